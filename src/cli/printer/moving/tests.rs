//! What is printed above the lines that move, and at the end.

use super::*;
use crate::model::event::{FailureKind, Speaker};

fn event(seconds: i64, name: &str, what: What) -> Event {
    let drv = StorePath::from_parts(&"0".repeat(32), &format!("{name}.drv")).expect("a path");
    Event { at: DateTime::from_timestamp(seconds, 0).expect("a time"), drv: Some(drv), what }
}

fn line(text: &str) -> What {
    What::Line { text: text.to_owned() }
}

fn started() -> What {
    What::BuildStarted { machine: String::new() }
}

#[test]
fn a_failure_is_told_at_once_and_what_it_is() {
    let failed = What::BuildFailed { kind: FailureKind::Builder, by: Speaker::Nix, message: "it failed".to_owned() };
    let clock = Clock::Fixed(DateTime::UNIX_EPOCH);
    let mut moving = Moving::new(clock, false, false);
    for (seconds, what) in [
        (0, started()),
        (1, line("compiling")),
        (2, line("src/z.c:3:1: error: expected ';'")),
        (2, line("    3 | int x")),
        (3, What::Message { by: Speaker::Hinc, level: 1, text: "warning: a\nb".to_owned() }),
        (4, failed),
        (5, What::BuildStopped),
    ] {
        moving.event(&event(seconds, "zlib", what));
    }
    let expected = "zlib> src/z.c:3:1: error: expected ';'\nzlib>     3 | int x\nwarning: a\n  b\n\
                    zlib> failed after 5.0 s: a dependency that no cache has\n";
    assert_eq!(moving.above, expected);
    assert_eq!((moving.state.built, moving.state.failed.len(), moving.state.running.len()), (0, 1, 0));
}

#[test]
fn what_ended_is_taken_back_where_it_failed() {
    let failed = What::BuildFailed { kind: FailureKind::Builder, by: Speaker::Nix, message: "it failed".to_owned() };
    let mut moving = Moving::new(Clock::Fixed(DateTime::UNIX_EPOCH), false, false);
    let counts = |moving: &Moving| (moving.state.built, moving.state.failed.len());
    for name in ["a", "b"] {
        moving.event(&event(0, name, started()));
        moving.event(&event(1, name, What::BuildStopped));
    }
    assert_eq!(counts(&moving), (2, 0));
    // Nix 2.34 says it afterwards, and again at the end.
    moving.event(&event(2, "a", failed.clone()));
    moving.event(&event(2, "a", failed));
    assert_eq!(counts(&moving), (1, 1));
}

#[test]
fn all_lines_are_shown_where_they_are_asked_for_and_nothing_twice() {
    let mut moving = Moving::new(Clock::Fixed(DateTime::UNIX_EPOCH), true, true);
    moving.event(&event(0, "a", started()));
    moving.event(&event(0, "a", line("\x1b[31mA.hs:1:1: error: x\x1b[0m\x1b[2J")));
    assert_eq!(moving.above, "a> \x1b[31mA.hs:1:1: error: x\x1b[0m\n");
    let mut plain = Moving::new(Clock::Fixed(DateTime::UNIX_EPOCH), false, true);
    plain.event(&event(0, "a", line("\x1b[31mred\x1b[0m")));
    assert_eq!(plain.above, "a> red\n");
}

#[test]
fn what_runs_when_hinc_is_stopped_is_told() {
    let mut moving = Moving::new(Clock::Fixed(DateTime::from_timestamp(70, 0).expect("a time")), false, false);
    assert_eq!(moving.stopping(), Vec::<String>::new());
    moving.event(&event(5, "a", started()));
    assert_eq!(moving.stopping(), ["a after 1m05s"]);
}
