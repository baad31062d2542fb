//! The compiler's errors, as soon as it prints them.

use std::collections::BTreeMap;

use crate::foreign;
use crate::log::ghc;
use crate::model::event::{Event, What};
use crate::model::store::StorePath;

/// How many lines of one build are shown at once: more than fits a screen is for the report.
const MOST: usize = 60;

/// What was shown of the errors of builds.
#[derive(Default)]
pub(super) struct Errors {
    builds: BTreeMap<StorePath, Shown>,
}

#[derive(Default)]
struct Shown {
    /// Whether the last line was one of an error.
    open: bool,
    /// Blank lines that stand before the next line of it.
    blank: usize,
    lines: usize,
}

impl Errors {
    /// Returns the lines that an event is worth, without the name of the build.
    pub(super) fn event(&mut self, event: &Event) -> Vec<String> {
        let Some(drv) = &event.drv else { return Vec::new() };
        match &event.what {
            What::Line { text } => {
                let plain = foreign::line(text);
                let begins = ghc::is_error(&plain);
                if !begins && !self.builds.get(drv).is_some_and(|shown| shown.open) {
                    return Vec::new();
                }
                self.builds.entry(drv.clone()).or_default().line(text, &plain, begins)
            }
            What::BuildStarted { .. } => {
                self.builds.remove(drv);
                Vec::new()
            }
            // GHC's own lines end an error.
            What::Compiling { .. } | What::Warning { .. } | What::Component { .. } | What::Phase { .. } => {
                if let Some(shown) = self.builds.get_mut(drv) {
                    shown.open = false;
                }
                Vec::new()
            }
            _ => Vec::new(),
        }
    }
}

impl Shown {
    fn line(&mut self, text: &str, plain: &str, begins: bool) -> Vec<String> {
        self.open = begins || ghc::continues(plain);
        if !self.open || self.lines > MOST {
            return Vec::new();
        }
        if plain.trim().is_empty() {
            self.blank += 1;
            return Vec::new();
        }
        // Those at the end of an error are none of it.
        let blank = if begins { 0 } else { self.blank };
        self.blank = 0;
        let mut lines = vec![String::new(); blank];
        self.lines += 1;
        if self.lines > MOST {
            lines.push("... the report has the rest".to_owned());
        } else {
            lines.push(text.to_owned());
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    fn said(errors: &mut Errors, text: &str) -> Vec<String> {
        let drv = StorePath::from_parts(&"0".repeat(32), "foo.drv").expect("a path");
        let what = What::Line { text: text.to_owned() };
        errors.event(&Event { at: DateTime::UNIX_EPOCH, drv: Some(drv), what })
    }

    #[test]
    fn errors_are_shown_line_by_line_and_nothing_else() {
        let mut errors = Errors::default();
        let log = [
            "Building library",
            "  an indented line",
            "\x1b[1msrc/A.hs:3:5: error: [GHC-83865]\x1b[0m",
            "    * Couldn't match",
            "",
            "  |",
            "3 | a = b",
            "",
            "",
            "src/B.hs:1:1: error:",
            "    Parse error",
            "make: *** failed",
            "    again",
        ];
        let shown: Vec<String> = log.iter().flat_map(|line| said(&mut errors, line)).collect();
        let expected = [
            "\x1b[1msrc/A.hs:3:5: error: [GHC-83865]\x1b[0m",
            "    * Couldn't match",
            "",
            "  |",
            "3 | a = b",
            "src/B.hs:1:1: error:",
            "    Parse error",
        ];
        assert_eq!(shown, expected);
    }

    #[test]
    fn a_flood_of_errors_ends() {
        let mut errors = Errors::default();
        let shown: Vec<String> =
            (0..1000).flat_map(|line| said(&mut errors, &format!("src/A.hs:{line}:1: error: no"))).collect();
        assert_eq!(shown.len(), MOST + 1);
        assert_eq!(shown.last().map(String::as_str), Some("... the report has the rest"));
    }
}
