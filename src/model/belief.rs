//! Whom to believe that a derivation failed.
//!
//! A builder can print lines in the form of Nix's errors, about itself or about others. Display and record decide by
//! this table what is taken for true, so they cannot disagree.

use std::collections::BTreeSet;

use super::event::{Event, FailureKind, Speaker, What};
use super::store::StorePath;

/// How much what was said of a derivation counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Belief {
    /// It says of no failure of its own, or who says it cannot know.
    No,
    /// Another builder may have said it. Only the store knows, once all has ended.
    Perhaps,
    /// Nix said it, or its own builder did, and nobody else can have. A builder that says it and goes on deceives
    /// people about itself alone, and only until the store is asked.
    OfItself,
    /// Nix said it.
    Certain,
}

/// What was said of a derivation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Word {
    /// Its own builder said, in its own log, that a step failed.
    Step,
    /// An error that names it.
    Error(FailureKind, Speaker),
}

/// What a derivation does when something is said of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// Nix never began it.
    NeverBegun,
    /// Its builder runs, and no other.
    RunsAlone,
    /// Its builder runs, and others do.
    RunsBesideOthers,
    /// Its builder has ended.
    Ended,
}

/// Whether a derivation failed, by what was said and when.
const fn belief(word: Word, standing: Standing) -> Belief {
    match (word, standing) {
        // What could not be begun is no failure of its own.
        (Word::Error(FailureKind::Dependency, _), _) => Belief::No,
        (Word::Error(_, by), _) if by.is_certain() => Belief::Certain,
        // Who may be a builder can name what never was.
        (_, Standing::NeverBegun) => Belief::No,
        (Word::Step, Standing::RunsAlone | Standing::RunsBesideOthers) | (Word::Error(..), Standing::RunsAlone) => {
            Belief::OfItself
        }
        (Word::Error(..), Standing::RunsBesideOthers | Standing::Ended) | (Word::Step, Standing::Ended) => {
            Belief::Perhaps
        }
    }
}

/// Hears all events of a run, and judges what is said of derivations.
#[derive(Debug, Default)]
pub struct Hearing {
    running: BTreeSet<StorePath>,
    ended: BTreeSet<StorePath>,
    /// What failed for certain.
    failed: BTreeSet<StorePath>,
    /// What ended after something else had failed for certain.
    late: BTreeSet<StorePath>,
    /// Of what anybody said that it failed who can know.
    claimed: BTreeSet<StorePath>,
}

impl Hearing {
    /// Takes one event in. Returns how much it counts as word that its derivation failed.
    pub fn event(&mut self, event: &Event) -> Belief {
        let Some(drv) = &event.drv else { return Belief::No };
        let word = match &event.what {
            What::BuildStarted { .. } => {
                // Begun again: what was said of it before does not count.
                for known in [&mut self.ended, &mut self.failed, &mut self.late, &mut self.claimed] {
                    known.remove(drv);
                }
                self.running.insert(drv.clone());
                return Belief::No;
            }
            What::BuildStopped => {
                if let Some(drv) = self.running.take(drv) {
                    if self.another_failed(&drv) {
                        self.late.insert(drv.clone());
                    }
                    self.ended.insert(drv);
                }
                return Belief::No;
            }
            What::StepFailed { .. } => Word::Step,
            What::BuildFailed { kind, by, .. } => Word::Error(*kind, *by),
            _ => return Belief::No,
        };
        let belief = belief(word, self.standing(drv));
        if belief > Belief::No {
            self.claimed.insert(drv.clone());
        }
        if belief == Belief::Certain {
            self.failed.insert(drv.clone());
        }
        belief
    }

    /// Whether a builder of a derivation runs.
    pub fn runs(&self, drv: &StorePath) -> bool {
        self.running.contains(drv)
    }

    /// Whether Nix may have stopped a build, as it stops all that run beside one that failed unless it is told to keep
    /// going: another had failed for certain before this one ended. That its outputs are missing proves nothing then.
    pub fn may_have_been_stopped(&self, drv: &StorePath) -> bool {
        self.late.contains(drv) || self.runs(drv) && self.another_failed(drv)
    }

    /// Whether it was said of one derivation alone that it failed.
    pub fn names_one(&self) -> bool {
        self.claimed.len() == 1
    }

    fn another_failed(&self, drv: &StorePath) -> bool {
        self.failed.iter().any(|failed| failed != drv)
    }

    fn standing(&self, drv: &StorePath) -> Standing {
        match (self.running.contains(drv), self.running.len()) {
            (true, 1) => Standing::RunsAlone,
            (true, _) => Standing::RunsBesideOthers,
            (false, _) if self.ended.contains(drv) => Standing::Ended,
            (false, _) => Standing::NeverBegun,
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    #[test]
    fn every_word_counts_by_who_says_it_and_when() {
        use Belief::{Certain, No, OfItself, Perhaps};
        use FailureKind::{Builder, Dependency, Killed, TimedOut};
        let standings = [Standing::NeverBegun, Standing::RunsAlone, Standing::RunsBesideOthers, Standing::Ended];
        let cases = [
            (Word::Error(Builder, Speaker::Nix), [Certain; 4]),
            (Word::Error(TimedOut, Speaker::Nix), [Certain; 4]),
            (Word::Error(Killed, Speaker::Program), [Certain; 4]),
            (Word::Error(Builder, Speaker::Hinc), [Certain; 4]),
            (Word::Error(Dependency, Speaker::Nix), [No; 4]),
            (Word::Error(Dependency, Speaker::Unclear), [No; 4]),
            (Word::Error(Builder, Speaker::Unclear), [No, OfItself, Perhaps, Perhaps]),
            (Word::Error(TimedOut, Speaker::Unclear), [No, OfItself, Perhaps, Perhaps]),
            (Word::Step, [No, OfItself, OfItself, Perhaps]),
        ];
        for (word, expected) in cases {
            assert_eq!(standings.map(|standing| belief(word, standing)), expected, "{word:?}");
        }
    }

    #[test]
    fn what_ends_after_another_failed_may_have_been_stopped() {
        let drv = |name: &str| StorePath::from_parts(&"0".repeat(32), &format!("{name}.drv")).expect("a path");
        let started = || What::BuildStarted { machine: String::new() };
        let said = |kind, by| What::BuildFailed { kind, by, message: "failed".to_owned() };
        let claimed = || said(FailureKind::Builder, Speaker::Unclear);
        let certain = || said(FailureKind::Builder, Speaker::Nix);
        let both = || vec![("a", started()), ("b", started())];
        let after = |more: &[(&'static str, What)]| [both(), more.to_vec()].concat();
        for (events, stopped, names_one) in [
            (both(), false, false),
            (after(&[("b", claimed())]), false, true),
            (after(&[("b", claimed()), ("a", certain())]), true, false),
            (after(&[("b", claimed()), ("a", certain()), ("b", What::BuildStopped)]), true, false),
            // It ended by itself, whatever came after.
            (after(&[("b", claimed()), ("b", What::BuildStopped), ("a", certain())]), false, false),
            // Nobody knows which of the two it was.
            (after(&[("b", claimed()), ("a", claimed()), ("b", What::BuildStopped)]), false, false),
            // It is itself what failed, or what could not be begun.
            (after(&[("b", certain()), ("b", What::BuildStopped)]), false, true),
            (after(&[("a", said(FailureKind::Dependency, Speaker::Nix)), ("b", What::BuildStopped)]), false, false),
            // The other was begun again.
            (after(&[("a", certain()), ("a", started()), ("b", What::BuildStopped)]), false, false),
            // And so was this one.
            (after(&[("a", certain()), ("b", What::BuildStopped), ("b", started())]), true, true),
        ] {
            let mut hearing = Hearing::default();
            for (name, what) in &events {
                hearing.event(&Event { at: DateTime::UNIX_EPOCH, drv: Some(drv(name)), what: what.clone() });
            }
            assert_eq!(
                (hearing.may_have_been_stopped(&drv("b")), hearing.names_one()),
                (stopped, names_one),
                "{events:?}"
            );
        }
    }

    #[test]
    fn what_a_derivation_does_is_told_by_what_nix_began() {
        let drv = |name: &str| StorePath::from_parts(&"0".repeat(32), &format!("{name}.drv")).expect("a path");
        let mut hearing = Hearing::default();
        let mut hear = |name, what| {
            let event = Event { at: DateTime::UNIX_EPOCH, drv: Some(drv(name)), what };
            hearing.event(&event)
        };
        let started = || What::BuildStarted { machine: String::new() };
        let claim =
            || What::BuildFailed { kind: FailureKind::Builder, by: Speaker::Unclear, message: "failed".to_owned() };
        assert_eq!(hear("a", claim()), Belief::No);
        hear("a", started());
        assert_eq!(hear("a", claim()), Belief::OfItself);
        hear("b", started());
        assert_eq!([hear("a", claim()), hear("b", claim())], [Belief::Perhaps; 2]);
        hear("a", What::BuildStopped);
        assert_eq!([hear("a", claim()), hear("b", claim())], [Belief::Perhaps, Belief::OfItself]);
        hear("a", started());
        hear("b", What::BuildStopped);
        assert_eq!(hear("a", claim()), Belief::OfItself);
    }
}
