//! How builds end, as far as anybody has said so by then.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::model::belief::{Belief, Hearing};
use crate::model::event::{Event, FailureKind, What};
use crate::model::store::StorePath;

/// The end of a build, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ending {
    /// What goes after its name.
    pub(super) words: String,
    /// Whether it is known to have failed. Where it is not, nobody knows yet: Nix says that a build ended, and may say
    /// much later that it failed.
    pub(super) failed: bool,
}

/// The builds that run, and those that failed.
#[derive(Debug, Default)]
pub(super) struct Endings {
    hearing: Hearing,
    started: BTreeMap<StorePath, DateTime<Utc>>,
    failed: BTreeMap<StorePath, (Belief, FailureKind)>,
}

impl Endings {
    /// Returns the end of a build where an event is one, or says for the first time how it was.
    pub(super) fn event(&mut self, event: &Event) -> Option<Ending> {
        let belief = self.hearing.event(event);
        let drv = event.drv.as_ref()?;
        match &event.what {
            What::BuildStarted { .. } => {
                self.started.insert(drv.clone(), event.at);
                self.failed.remove(drv);
                None
            }
            // What another may have said is not shown: it cannot be taken back.
            _ if belief >= Belief::OfItself => {
                let kind = match &event.what {
                    What::BuildFailed { kind, .. } => *kind,
                    _ => FailureKind::Builder,
                };
                let known = self.failed.get(drv).copied();
                // The first word says most, and Nix's more than any other.
                if known.is_none_or(|(known, _)| belief > known) {
                    self.failed.insert(drv.clone(), (belief, kind));
                }
                let words = kind.words().to_owned();
                (known.is_none() && !self.hearing.runs(drv)).then_some(Ending { words, failed: true })
            }
            What::BuildStopped => {
                let started = self.started.remove(drv)?;
                let tenths = (event.at - started).num_milliseconds().max(0) / 100;
                // What Nix stopped for another's sake, its own word does not make a failure.
                let counts = |belief| belief == Belief::Certain || !self.hearing.may_have_been_stopped(drv);
                let failed = self.failed.get(drv).filter(|(belief, _)| counts(*belief));
                let words = failed.map_or("ended", |(_, kind)| kind.words());
                let words = format!("{words} after {}.{} s", tenths / 10, tenths % 10);
                Some(Ending { words, failed: failed.is_some() })
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::event::Speaker;

    fn drv(name: &str) -> StorePath {
        StorePath::from_parts(&"0".repeat(32), &format!("{name}.drv")).expect("a path")
    }

    /// What is said of builds whose events come a second apart.
    fn said(events: &[(&str, What)]) -> Vec<String> {
        let mut endings = Endings::default();
        let told = events.iter().zip(0..).filter_map(|((name, what), seconds)| {
            let at = DateTime::from_timestamp(seconds, 0).expect("a time");
            let ending = endings.event(&Event { at, drv: Some(drv(name)), what: what.clone() })?;
            Some(format!("{name} {} {}", ending.words, ending.failed))
        });
        told.collect()
    }

    /// Events of builds by name, and what is said of them.
    type Case<'a> = (&'a [(&'a str, What)], &'a [&'a str]);

    #[test]
    fn nothing_that_failed_is_said_to_be_done() {
        let started = || What::BuildStarted { machine: String::new() };
        let failed = |kind, by| What::BuildFailed { kind, by, message: "x".to_owned() };
        let by_nix = || failed(FailureKind::Builder, Speaker::Nix);
        let claimed = || failed(FailureKind::Builder, Speaker::Unclear);
        let step_failed = || What::StepFailed { phase: "build".to_owned(), status: 1 };
        let cases: [Case<'_>; 12] = [
            (&[("a", started()), ("a", What::BuildStopped)], &["a ended after 1.0 s false"]),
            // Nix 2.34, and every daemon: afterwards.
            (
                &[("a", started()), ("a", What::BuildStopped), ("a", by_nix()), ("a", by_nix())],
                &["a ended after 1.0 s false", "a failed true"],
            ),
            // Nix 2.26: before.
            (
                &[("a", started()), ("a", by_nix()), ("a", What::BuildStopped), ("a", by_nix())],
                &["a failed after 2.0 s true"],
            ),
            (
                &[("a", started()), ("a", failed(FailureKind::TimedOut, Speaker::Nix)), ("a", What::BuildStopped)],
                &["a timed out after 2.0 s true"],
            ),
            // hinc's own builder.
            (&[("a", started()), ("a", step_failed()), ("a", What::BuildStopped)], &["a failed after 2.0 s true"]),
            // Of itself a builder may say it, of another not.
            (&[("a", started()), ("a", claimed()), ("a", What::BuildStopped)], &["a failed after 2.0 s true"]),
            (
                &[("a", started()), ("b", started()), ("b", claimed()), ("b", What::BuildStopped)],
                &["b ended after 2.0 s false"],
            ),
            // Its own log is nobody else's.
            (
                &[("a", started()), ("b", started()), ("b", step_failed()), ("b", What::BuildStopped)],
                &["b failed after 2.0 s true"],
            ),
            // It may be that Nix stopped it.
            (
                &[("a", started()), ("b", started()), ("b", step_failed()), ("a", by_nix()), ("b", What::BuildStopped)],
                &["b ended after 3.0 s false"],
            ),
            (
                &[("a", started()), ("b", started()), ("b", by_nix()), ("a", by_nix()), ("b", What::BuildStopped)],
                &["b failed after 3.0 s true"],
            ),
            // Nix says how.
            (
                &[
                    ("a", started()),
                    ("a", step_failed()),
                    ("a", failed(FailureKind::TimedOut, Speaker::Nix)),
                    ("a", by_nix()),
                    ("a", What::BuildStopped),
                ],
                &["a timed out after 4.0 s true"],
            ),
            // What could not be begun did not end.
            (&[("b", failed(FailureKind::Dependency, Speaker::Nix))], &[]),
        ];
        for (events, expected) in cases {
            assert_eq!(said(events), expected, "{events:?}");
        }
    }

    #[test]
    fn a_second_try_is_judged_by_itself() {
        let started = || What::BuildStarted { machine: String::new() };
        let failed = What::BuildFailed { kind: FailureKind::Builder, by: Speaker::Nix, message: String::new() };
        let events =
            [("a", started()), ("a", failed), ("a", What::BuildStopped), ("a", started()), ("a", What::BuildStopped)];
        assert_eq!(said(&events), ["a failed after 2.0 s true", "a ended after 1.0 s false"]);
    }
}
