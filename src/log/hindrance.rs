//! Whether it was the machine that kept a builder from its end, by the words of its own log.

use super::{says_killed, says_no_room};
use crate::model::record::Failure;
use crate::model::verification::Obstacle;

/// Returns what kept a builder from its end that ended with an error of its own; none where that is an error of the
/// package.
///
/// Nobody but the builder says so, and any text may hold these words: an error of GHC's that is another one is why it
/// failed.
pub fn hindrance(failure: &Failure) -> Option<Obstacle> {
    let no_room = failure.no_room.then_some(Obstacle::DiskFull);
    let said = no_room.or_else(|| failure.killed.then_some(Obstacle::Killed))?;
    let mut errors = failure.errors.chunk_by(|_, next| !begins_error(next));
    errors.all(is_of_hindrance).then_some(said)
}

/// Whether a line of an error is its first: GHC indents what belongs to it, but for the lines of a source that it shows
/// (`12 | main = ...`).
pub fn begins_error(line: &str) -> bool {
    let after_number = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let is_of_source = after_number.len() < line.len() && after_number.starts_with(" |");
    !is_of_source && line.chars().next().is_some_and(|first| !first.is_whitespace())
}

/// Whether an error of GHC, given as its lines, says no more than that: in its first line, or that what GHC called
/// failed, which says itself why.
fn is_of_hindrance(error: &[String]) -> bool {
    let Some((first, rest)) = error.split_first() else { return true };
    let of_program = |line: &String| line.contains("' failed in phase `");
    let of_system = |line: &String| says_no_room(line.trim_start()) || says_killed(line.trim_start());
    // What GHC says at a place in a source may quote anything.
    let of_no_place = first.starts_with("<no location info>: error");
    of_system(first)
        || of_program(first)
        || rest.first().is_some_and(|line| of_program(line) || of_no_place && of_system(line))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::event::FailureKind;

    #[test]
    fn an_error_at_a_place_is_no_other_one_for_the_line_that_it_shows() {
        let failure = |errors: &[&str]| Failure {
            kind: FailureKind::Builder,
            phase: Some("build".to_owned()),
            message: String::new(),
            errors: errors.iter().map(|&line| line.to_owned()).collect(),
            log_tail: Vec::new(),
            no_room: false,
            killed: true,
        };
        let killed = [
            "A.hs:1:1: error:",
            "    `kill' failed in phase `Haskell pre-processor'. (Exit code: -9)",
            "   |",
            "12 | {-# OPTIONS_GHC -F -pgmF ./kill #-}",
            "   | ^",
        ];
        assert_eq!(hindrance(&failure(&killed)), Some(Obstacle::Killed));
        let other = ["B.hs:3:1: error: [GHC-1]", "    No instance", "  |", "3 | b = \"x\"", "  | ^"];
        assert_eq!(hindrance(&failure(&[killed, other].concat())), None);
        assert_eq!(hindrance(&failure(&other)), None);
        assert_eq!(hindrance(&Failure { killed: false, ..failure(&killed) }), None);
        for (line, begins) in [("12 | x", false), ("12: x", true), ("| x", true), ("  | x", false), ("", false)] {
            assert_eq!(begins_error(line), begins, "{line}");
        }
    }
}
