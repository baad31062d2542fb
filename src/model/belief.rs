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
}

impl Hearing {
    /// Takes one event in. Returns how much it counts as word that its derivation failed.
    pub fn event(&mut self, event: &Event) -> Belief {
        let Some(drv) = &event.drv else { return Belief::No };
        let word = match &event.what {
            What::BuildStarted { .. } => {
                self.ended.remove(drv);
                self.running.insert(drv.clone());
                return Belief::No;
            }
            What::BuildStopped => {
                if let Some(drv) = self.running.take(drv) {
                    self.ended.insert(drv);
                }
                return Belief::No;
            }
            What::StepFailed { .. } => Word::Step,
            What::BuildFailed { kind, by, .. } => Word::Error(*kind, *by),
            _ => return Belief::No,
        };
        belief(word, self.standing(drv))
    }

    /// Whether a builder of a derivation runs.
    pub fn runs(&self, drv: &StorePath) -> bool {
        self.running.contains(drv)
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
