//! The log stage over what real Nix, GHC and Cabal printed (`fixtures/logs`).

use std::fmt::Write as _;
use std::path::Path;

use chrono::{DateTime, Utc};
use hinc::log::Decoder;
use hinc::model::event::{Counter, Event, Speaker, What};
use hinc::model::haskell::NodeKind;
use hinc::model::plan::Plan;
use hinc::model::record::{Build, Outcome};
use hinc::model::store::StorePath;
use hinc::record::Recorder;
use pretty_assertions::assert_eq;
use proptest::prelude::*;

/// Reads a recorded log: each line with the time at which it was read.
pub(crate) fn events(log: &Path) -> Vec<Event> {
    let text = fs_err::read(log).expect("a recorded log");
    let mut decoder = Decoder::new();
    let mut events = Vec::new();
    for line in text.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()) {
        let blank = line.iter().position(|&byte| byte == b' ').expect("a time");
        let time: f64 = std::str::from_utf8(&line[..blank]).expect("a time").parse().expect("a time");
        #[expect(clippy::cast_possible_truncation, reason = "microseconds of this century")]
        let at = DateTime::<Utc>::from_timestamp_micros((time * 1e6).round() as i64).expect("a time");
        decoder.line(&line[blank + 1..], at, &mut |event| events.push(event));
    }
    events
}

/// Folds a recorded log with its plan.
pub(crate) fn builds(log: &Path) -> Vec<Build> {
    let plan = fs_err::read_to_string(log.with_extension("plan.json")).expect("the plan beside the log");
    let plan: Plan = serde_json::from_str(&plan).expect("a plan");
    let mut recorder = Recorder::new(&plan);
    let events = events(log);
    for event in &events {
        recorder.event(event);
    }
    recorder.finish(!events.iter().any(|event| matches!(event.what, What::BuildFailed { .. })))
}

/// A build in as few lines as can be compared by eye. Times differ at each recording: only
/// whether they are there is shown.
fn summary(build: &Build) -> String {
    let mut text = format!("{:?} {} {}: {:?}", build.kind, build.package, build.version, build.outcome);
    let known = |seconds: Option<f64>| seconds.map_or("no", |seconds| if seconds > 0.0 { "yes" } else { "zero" });
    write!(
        text,
        "\n  rebuilt {} of {:?}, warnings {} + {}, timed: builder {}, compilation {}, full {}\n",
        build.modules_rebuilt,
        build.modules_total,
        build.warnings,
        build.warnings_replayed,
        known(Some(build.seconds)),
        known(build.compile_seconds),
        known(build.full_compile_seconds),
    )
    .expect("a string");
    for module in &build.modules {
        let kind = if module.kind == NodeKind::Module { String::new() } else { format!(" {:?}", module.kind) };
        let timed = if module.seconds.is_some() { "timed" } else { "-" };
        writeln!(
            text,
            "  {} {}{kind}: {} [{}] names {:?}, root {}, {timed}",
            module.component, module.module, module.reason, module.reason_text, module.cause, module.root_cause
        )
        .expect("a string");
    }
    if let Some(failure) = &build.failure {
        writeln!(text, "  failed: {:?} in {:?}: {}", failure.kind, failure.phase, failure.message).expect("a string");
        for line in &failure.errors {
            writeln!(text, "  error | {line}").expect("a string");
        }
        writeln!(text, "  tail of {} lines, the last: {:?}", failure.log_tail.len(), failure.log_tail.last())
            .expect("a string");
    }
    text
}

/// Hashes and times change with each recording.
pub(crate) fn settings() -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.add_filter("/nix/store/[a-z0-9]{32}-", "/nix/store/HASH-");
    settings
}

#[test]
fn recorded_logs_fold_into_builds() {
    settings().bind(|| {
        insta::glob!("../../fixtures/logs", "*/*.log", |path| {
            let text: Vec<String> = builds(path).iter().map(summary).collect();
            insta::assert_snapshot!("builds", text.join("\n"));
        });
    });
}

// The builder counts interfaces and objects by their times: it never looks at GHC's lines.
#[test]
fn the_modules_in_the_log_are_those_that_were_written() {
    let mut compared = 0;
    insta::glob!("../../fixtures/logs", "*/*.log", |path| {
        let plan = fs_err::read_to_string(path.with_extension("plan.json")).expect("the plan beside the log");
        let plan: Plan = serde_json::from_str(&plan).expect("a plan");
        let events = events(path);
        for build in builds(path).iter().filter(|build| build.outcome == Outcome::Built) {
            assert!(plan.steps.iter().any(|step| step.derivation.drv == build.drv));
            let own = || events.iter().filter(|event| event.drv.as_ref() == Some(&build.drv));
            let written = own()
                .find_map(|event| match event.what {
                    What::Built { compiled, .. } => Some(compiled),
                    _ => None,
                })
                .expect("the builder's own count");
            let printed = build.modules.iter().filter(|module| module.kind == NodeKind::Module).count();
            assert_eq!(u32::try_from(printed), Ok(written), "{}", path.display());
            assert_eq!(build.modules_rebuilt, written, "{}", path.display());
            let timed = build.modules.iter().filter(|module| module.seconds.is_some()).count();
            assert_eq!(timed, printed, "{}", path.display());
            compared += 1;
        }
    });
    assert!(compared >= 18, "only {compared} builds were compared");
}

#[test]
fn no_line_of_a_builder_is_lost() {
    insta::glob!("../../fixtures/logs", "*/*.log", |path| {
        let text = fs_err::read_to_string(path).expect("a recorded log");
        let lines =
            text.lines().filter(|line| line.contains(r#""action":"result""#) && line.ends_with(r#""type":101}"#));
        let of_builders = |what: &What| {
            matches!(
                what,
                What::Line { .. }
                    | What::Compiling { .. }
                    | What::Component { .. }
                    | What::Warning { .. }
                    | What::LeftOut { .. }
                    | What::Restored { .. }
                    | What::Finished { .. }
                    | What::Machine { .. }
                    | What::Imports { .. }
                    | What::DeclarationsChanged { .. }
                    | What::Built { .. }
                    | What::StepFailed { .. }
            )
        };
        let seen = events(path).iter().filter(|event| of_builders(&event.what) && event.drv.is_some()).count();
        assert_eq!(seen, lines.count(), "{}", path.display());
    });
}

fn decode(lines: &[Vec<u8>]) -> Vec<Event> {
    let mut decoder = Decoder::new();
    let mut events = Vec::new();
    for line in lines {
        decoder.line(line, DateTime::UNIX_EPOCH, &mut |event| events.push(event));
    }
    events
}

const START: &str = r#"@nix {"action":"start","fields":["/nix/store/95rllfcv9m2pr192kxvrmb7bkjd8gz3i-ok.drv","",1,1],"id":7,"level":3,"parent":0,"text":"building","type":105}"#;

proptest! {
    #[test]
    fn any_bytes_are_read(lines in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..60), 0..20)) {
        // Bytes that are no message of Nix are kept, one event each.
        prop_assert_eq!(decode(&lines).len(), lines.len());
    }

    #[test]
    fn any_log_line_gives_one_event(texts in proptest::collection::vec(".{0,80}", 0..20)) {
        let mut lines = vec![START.as_bytes().to_vec()];
        for text in &texts {
            let json = serde_json::json!({"action": "result", "fields": [text], "id": 7, "type": 101});
            lines.push(format!("@nix {json}").into_bytes());
        }
        let events = decode(&lines);
        prop_assert_eq!(events.len(), texts.len() + 1);
        for (event, text) in events[1..].iter().zip(&texts) {
            prop_assert_eq!(&event.what, &What::Line { text: hinc::foreign::coloured_line(text).into_owned() });
        }
    }

    // What is almost a message is where a parser goes wrong.
    #[test]
    fn damaged_messages_are_read(at in 0usize..150, byte in any::<u8>(), cut in 0usize..160) {
        let mut line = START.as_bytes().to_vec();
        let at = at.min(line.len() - 1);
        line[at] = byte;
        line.truncate(cut.max(1));
        let log = br#"@nix {"action":"result","fields":["[1 of 2] Compiling A"],"id":7,"type":101}"#.to_vec();
        prop_assert!(!decode(&[line, log]).is_empty());
    }
}

/// What Nix 2.26 and 2.34 print while they fetch a path from a cache, and while they copy one. Of the progress of both most
/// is left out.
const FETCH: &str = r#"
@nix {"action":"start","id":2,"level":0,"parent":0,"text":"","type":102}
@nix {"action":"start","id":3,"level":0,"parent":0,"text":"","type":104}
@nix {"action":"start","id":4,"level":0,"parent":0,"text":"","type":103}
@nix {"action":"result","fields":[0,3,1,0],"id":3,"type":105}
@nix {"action":"result","fields":[0,1,0,0],"id":4,"type":105}
@nix {"action":"result","fields":[101,300184],"id":2,"type":106}
@nix {"action":"result","fields":[100,300112],"id":2,"type":106}
@nix {"action":"start","fields":["/nix/store/fdf20dal63pr9zsh7d2gp22rc8cb34v5-blob","http://127.0.0.1:8123"],"id":5,"level":0,"parent":0,"text":"","type":108}
@nix {"action":"start","fields":["/nix/store/fdf20dal63pr9zsh7d2gp22rc8cb34v5-blob","http://127.0.0.1:8123","local"],"id":6,"level":3,"parent":5,"text":"copying path '/nix/store/fdf20dal63pr9zsh7d2gp22rc8cb34v5-blob' from 'http://127.0.0.1:8123'","type":100}
@nix {"action":"start","fields":["http://127.0.0.1:8123/nar/0yvr.nar.xz"],"id":7,"level":4,"parent":6,"text":"","type":101}
@nix {"action":"result","fields":[163840,300184,0,0],"id":7,"type":105}
@nix {"action":"stop","id":7}
@nix {"action":"result","fields":[8192,300112,0,0],"id":6,"type":105}
@nix {"action":"stop","id":6}
@nix {"action":"stop","id":5}
@nix {"action":"stop","id":4}
@nix {"action":"stop","id":3}
@nix {"action":"stop","id":2}
@nix {"action":"start","id":8,"level":3,"parent":0,"text":"copying 1 paths","type":103}
@nix {"action":"result","fields":[100,300112],"id":8,"type":106}
@nix {"action":"start","fields":["/nix/store/fdf20dal63pr9zsh7d2gp22rc8cb34v5-blob","local","file:///cache"],"id":9,"level":3,"parent":0,"text":"copying path","type":100}
@nix {"action":"result","fields":[300105,300112,0,0],"id":9,"type":105}
@nix {"action":"result","fields":["x",-1],"id":9,"type":105}
@nix {"action":"result","fields":[],"id":9,"type":105}
@nix {"action":"result","fields":[5,6],"id":77,"type":105}
@nix {"action":"stop","id":9}
"#;

#[test]
fn what_nix_fetches_copies_and_counts_is_told() {
    let path: StorePath = "/nix/store/fdf20dal63pr9zsh7d2gp22rc8cb34v5-blob".parse().expect("a path");
    let counted = |counter, done, expected| What::Counted { counter, done, expected };
    let (cache, local) = ("http://127.0.0.1:8123".to_owned(), "local".to_owned());
    let progress = |done| What::TransferProgress { path: path.clone(), done, expected: 300_112 };
    let stopped = || What::TransferStopped { path: path.clone() };
    let expected = [
        counted(Counter::Bytes, 0, 0),
        counted(Counter::Builds, 0, 3),
        counted(Counter::Paths, 0, 1),
        counted(Counter::Bytes, 0, 300_112),
        What::SubstitutionStarted { path: path.clone(), from: cache.clone() },
        What::CopyStarted { path: path.clone(), from: cache, to: local.clone() },
        // What is downloaded is packed, and of another size.
        progress(8192),
        // One end, though there are two activities.
        stopped(),
        What::Message { by: Speaker::Nix, level: 3, text: "copying 1 paths".to_owned() },
        counted(Counter::Bytes, 0, 300_112),
        What::CopyStarted { path: path.clone(), from: local, to: "file:///cache".to_owned() },
        progress(300_105),
        stopped(),
    ];
    let lines: Vec<Vec<u8>> = FETCH.trim().lines().map(|line| line.as_bytes().to_vec()).collect();
    let events: Vec<What> = decode(&lines).into_iter().map(|event| event.what).collect();
    assert_eq!(events, expected);
}

// A builder may begin downloads of its own, and say of them what it likes.
#[test]
fn a_builder_counts_nothing() {
    let download = r#"@nix {"action":"start","fields":["/nix/store/95rllfcv9m2pr192kxvrmb7bkjd8gz3i-ok"],"id":8,"level":3,"parent":7,"text":"","type":101}"#;
    let counts = [
        r#"@nix {"action":"result","fields":[1,1000000,0,0],"id":8,"type":105}"#,
        r#"@nix {"action":"result","fields":[100,1000000],"id":8,"type":106}"#,
        r#"@nix {"action":"result","fields":[1,1000000,0,0],"id":7,"type":105}"#,
    ];
    let lines: Vec<Vec<u8>> =
        [START, download].into_iter().chain(counts).map(|line| line.as_bytes().to_vec()).collect();
    let events = decode(&lines);
    assert!(matches!(events[..], [Event { what: What::BuildStarted { .. }, .. }]), "{events:?}");
}

#[test]
fn colours_and_line_ends_do_not_hide_a_line() {
    let line = r#"@nix {"action":"result","fields":["\u001b[1msrc/A.hs:3:1: \u001b[0mwarning: [-Wtabs]\r"],"id":7,"type":101}"#;
    let events = decode(&[START.as_bytes().to_vec(), format!("{line}\r\n").into_bytes()]);
    let What::Warning { file, text, replayed: false } = &events[1].what else { panic!("{:?}", events[1]) };
    assert_eq!((file.as_str(), text.as_str()), ("src/A.hs", "src/A.hs:3:1: warning: [-Wtabs]"));
}

// What a builder prints in Nix's form has no `raw_msg`, and comes while the builder runs.
#[test]
fn it_is_told_who_may_have_said_a_message() {
    let message = |text: &str| format!(r#"@nix {{"action":"msg","level":1,"msg":"{text}"}}"#).into_bytes();
    let own = br#"@nix {"action":"msg","level":0,"msg":"error: c","raw_msg":"c"}"#.to_vec();
    let stop = br#"@nix {"action":"stop","id":7}"#.to_vec();
    let torn = br#"@nix {"action":"result","fields":["error: x"#.to_vec();
    let all = [
        message("a"),
        START.as_bytes().to_vec(),
        message("b"),
        own,
        b"ssh: d".to_vec(),
        torn,
        stop,
        message("e\\nf\\u001b[2J"),
    ];
    let said: Vec<_> = decode(&all)
        .into_iter()
        .filter_map(|event| if let What::Message { by, text, .. } = event.what { Some((by, text)) } else { None })
        .collect();
    let said: Vec<_> = said.iter().map(|(by, text)| (*by, text.as_str())).collect();
    assert_eq!(
        said,
        [
            (Speaker::Nix, "a"),
            (Speaker::Unclear, "b"),
            (Speaker::Nix, "error: c"),
            (Speaker::Program, "ssh: d"),
            (Speaker::Unclear, r#"@nix {"action":"result","fields":["error: x"#),
            (Speaker::Nix, "e\nf"),
        ]
    );
}

// Nix lets a builder begin downloads, and say of them what it likes.
#[test]
fn what_a_builder_says_that_it_does_are_lines_of_its_log() {
    let lines = [
        r#"@nix {"action":"start","id":9,"level":0,"parent":7,"type":101,"text":"error: a\nhint: b","fields":["x"]}"#,
        r#"@nix {"action":"result","id":9,"type":104,"fields":["replayPhase"]}"#,
        r#"@nix {"action":"result","id":9,"type":107,"fields":["c"]}"#,
        r#"@nix {"action":"result","id":9,"type":101,"fields":["d\u001b[2J\r"]}"#,
        // Of Determinate Nix: no store path of a fetch, and no hook.
        r#"@nix {"action":"result","id":9,"type":109,"payload":{"storePath":"x"}}"#,
        r#"@nix {"action":"result","id":9,"type":110,"payload":{"success":false}}"#,
    ];
    let all: Vec<_> = std::iter::once(START).chain(lines).map(|line| line.as_bytes().to_vec()).collect();
    let events = decode(&all);
    assert!(events.iter().all(|event| event.drv == events[0].drv), "{events:#?}");
    let line = |text: &str| What::Line { text: text.to_owned() };
    let said: Vec<_> = events[1..].iter().map(|event| event.what.clone()).collect();
    assert_eq!(said, [line("error: a hint: b"), line("replayPhase"), line("c"), line("d")]);
}

// Nix 2.34 does not say which derivation timed out.
#[test]
fn a_failure_without_a_name_belongs_to_the_build_that_ran() {
    let stop = br#"@nix {"action":"stop","id":7}"#.to_vec();
    let message = r#"@nix {"action":"msg","level":0,"msg":"\u001b[31;1merror:\u001b[0m timed out after \u001b[35;1m2\u001b[0m seconds"}"#;
    let events = decode(&[START.as_bytes().to_vec(), stop, message.as_bytes().to_vec()]);
    let last = events.last().expect("an event");
    assert_eq!(last.drv.as_ref().map(StorePath::name), Some("ok.drv"));
    let What::BuildFailed { kind, message, by: Speaker::Nix } = &last.what else { panic!("{last:?}") };
    assert_eq!((*kind, message.as_str()), (hinc::model::event::FailureKind::TimedOut, "timed out after 2 seconds"));
}

// hinc reads no line whole that is a gigabyte long, and what is left of it is nobody's message.
#[test]
fn a_line_that_was_cut_is_a_line_of_the_log_and_said_to_be_cut() {
    let cut =
        format!(r#"@nix {{"action":"result","fields":["error: timed out after 5 seconds {}"#, "x".repeat(100_000));
    let cut = format!("{cut}{}{}]", hinc::process::CUT, 1 << 30);
    let events = decode(&[START.as_bytes().to_vec(), cut.into_bytes()]);
    let What::Line { text } = &events[1].what else { panic!("{:?}", events[1]) };
    assert_eq!(events[1].drv, events[0].drv);
    assert!(text.starts_with("error: timed out after 5 seconds xxx") && text.len() < 2200, "{text}");
    let left_out = (1 << 30) + "error: timed out after 5 seconds ".len() + 100_000 - 2000;
    assert!(text.ends_with(&format!(": {left_out}]")), "{text}");
}

#[test]
fn a_long_line_of_a_builder_is_cut_and_said_to_be() {
    let json = serde_json::json!({"action": "result", "fields": ["ä".repeat(500_000)], "id": 7, "type": 101});
    let events = decode(&[START.as_bytes().to_vec(), format!("@nix {json}").into_bytes()]);
    let What::Line { text } = &events[1].what else { panic!("{:?}", events[1]) };
    assert!(text.len() < 70_000 && text.ends_with(&format!("ä{}{}]", hinc::process::CUT, 1_000_000 - 65_536)));
}

// By GHC 9.6 and 9.10, one after the other and several at once.
#[test]
fn what_was_compiled_began_before_it_ended_and_within_the_compilation() {
    let mut in_profiling = 0;
    insta::glob!("../../fixtures/logs", "*/*.log", |path| {
        for build in builds(path).iter().filter(|build| build.outcome == Outcome::Built) {
            let (Some(seconds), Some(compile_began)) = (build.compile_seconds, build.compile_began) else {
                panic!("{}: {build:?}", path.display())
            };
            assert!(build.started.is_some() && compile_began + seconds <= build.seconds, "{}", path.display());
            let mut before = 0.0;
            for module in build.modules.iter().filter(|module| module.kind == NodeKind::Module) {
                let (Some(began), Some(ended)) = (module.began, module.ended) else {
                    panic!("{}: {module:?}", path.display())
                };
                assert!(0.0 <= began && began <= ended && ended <= seconds, "{}: {module:?}", path.display());
                // Of a build in which nothing ran at once, no module begins before the one before it has ended.
                let in_order = build.modules.iter().filter_map(|module| module.ended).is_sorted();
                assert!(!in_order || before <= began + 0.01, "{}: {module:?}", path.display());
                before = ended;
                in_profiling += usize::from(path.file_name().is_some_and(|name| name == "profiling.log"));
            }
        }
    });
    assert!(in_profiling > 5, "a build of several ways is among them");
}

// What `began` in docs/record.md rests on: several at once, GHC keeps a module's line even longer than the module takes.
#[test]
fn lines_of_ghc_come_after_the_end_of_their_module() {
    let mut late: std::collections::BTreeMap<String, usize> = std::collections::BTreeMap::new();
    insta::glob!("../../fixtures/logs", "*/full.log", |path| {
        let mut lines = std::collections::BTreeMap::new();
        for event in events(path) {
            match event.what {
                What::Compiling { progress, .. } if progress.kind == NodeKind::Module => {
                    lines.entry(progress.module.0.replace('.', "/")).or_insert(event.at);
                }
                What::Finished { interface, time } => {
                    let Some(line) = interface.strip_suffix(".hi").and_then(|name| lines.get(name)) else { continue };
                    #[expect(clippy::cast_precision_loss, reason = "microseconds of this century")]
                    let line = line.timestamp_micros() as f64 / 1e6;
                    let suite = path.parent().and_then(Path::file_name).expect("a folder").to_string_lossy();
                    *late.entry(suite.into_owned()).or_default() += usize::from(line > time + 0.01);
                }
                _ => {}
            }
        }
    });
    assert!(late.len() == 2 && late.values().all(|&late| late > 1), "{late:?}");
}
