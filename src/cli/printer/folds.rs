//! Which part of a log folds where a CI service reads it: what was fetched and copied, and what each build compiled. What
//! hinc itself says, how builds end, and the report stay unfolded.

use crate::cli::ci::{End, Runner, Section};
use crate::foreign;

/// Where lines of progress belong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// To no part that folds.
    Open,
    /// To what is fetched and copied.
    Transfers,
    /// To builds, with what they are called: they can run at once, and their lines say of which one they are.
    Builds(String),
}

impl Place {
    fn title(&self) -> Option<&str> {
        match self {
            Self::Open => None,
            Self::Transfers => Some("fetching and copying"),
            Self::Builds(names) => Some(names),
        }
    }

    /// Builds that begin while others run fold with these.
    fn is_same(&self, other: &Self) -> bool {
        matches!((self, other), (Self::Builds(_), Self::Builds(_))) || self == other
    }
}

/// The parts of one log.
#[derive(Debug)]
pub(super) struct Folds {
    runner: Runner,
    place: Place,
    /// When the first part began, in seconds since 1970.
    first: Option<i64>,
    number: u32,
    /// The line that is due before the next one that is not folded.
    due: Option<&'static str>,
}

impl Folds {
    /// Begins with nothing folded.
    pub(super) fn new(runner: Runner) -> Self {
        Self { runner, place: Place::Open, first: None, number: 0, due: None }
    }

    /// Returns the lines for the runner that lead to a place. `at` is now, in seconds since 1970.
    pub(super) fn go(&mut self, place: Place, at: i64) -> Vec<String> {
        let mut lines = Vec::new();
        if !self.place.is_same(&place) {
            lines.extend(self.end(at));
            if let Some(title) = place.title() {
                self.number += 1;
                self.due = None;
                let title = foreign::line(title);
                let title = foreign::shown(&title, false);
                let first = *self.first.get_or_insert(at);
                lines.push(self.runner.begin(&Section { title: &title, first, number: self.number, at }));
            }
            self.place = place;
        }
        if self.place == Place::Open {
            lines.extend(self.due.take().map(str::to_owned));
        }
        lines
    }

    fn end(&mut self, at: i64) -> Option<String> {
        let title = self.place.title()?;
        match self.runner.end(&Section { title, first: self.first.unwrap_or(at), number: self.number, at }) {
            End::Line(line) => Some(line),
            End::Next(line) => {
                self.due = Some(line);
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_never_lie_in_one_another() {
        let builds = |names: &str| Place::Builds(names.to_owned());
        let places = [
            Place::Open,
            Place::Transfers,
            Place::Transfers,
            builds("building a"),
            // Another one began.
            builds("building a, b"),
            Place::Open,
            Place::Open,
            builds("building \x1b[1m##[group]c\r::error::x"),
            Place::Open,
        ];
        let said = |runner| {
            let mut folds = Folds::new(runner);
            places.iter().zip(7..).map(|(place, at)| folds.go(place.clone(), at).join("\n")).collect::<Vec<_>>()
        };
        assert_eq!(
            said(Runner::GitHub),
            [
                "",
                "::group::fetching and copying",
                "",
                "::endgroup::\n::group::building a",
                "",
                "::endgroup::",
                "",
                "::group::building # #[group]c ::error::x",
                "::endgroup::"
            ]
        );
        assert_eq!(
            said(Runner::Buildkite),
            [
                "",
                "--- fetching and copying",
                "",
                "--- building a",
                "",
                "+++ hinc",
                "",
                "--- building # #[group]c ::error::x",
                "+++ hinc"
            ]
        );
        let gitlab = said(Runner::GitLab);
        assert!(
            gitlab[5].contains("section_end:12:hinc_8_2\r") && gitlab[8].contains("section_end:15:hinc_8_3\r"),
            "{gitlab:?}"
        );
    }
}
