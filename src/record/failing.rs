//! How a derivation failed.

use super::builder_log::Signs;
use crate::log;
use crate::model::belief::Belief;
use crate::model::event::{FailureKind, What};
use crate::model::record::Failure;

/// What was said of how a derivation failed.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) kind: FailureKind,
    pub(super) belief: Belief,
    /// Nix's message; none where the builder alone said so, by its step.
    message: Option<String>,
}

impl Said {
    /// Takes what an event says, that counts for so much; none where it says nothing of a failure.
    pub(super) fn of(what: &What, belief: Belief) -> Option<Self> {
        match what {
            What::BuildFailed { kind, message, .. } if belief > Belief::No || *kind == FailureKind::Dependency => {
                Some(Self { kind: *kind, belief, message: Some(message.clone()) })
            }
            What::StepFailed { .. } if belief > Belief::No => {
                Some(Self { kind: FailureKind::Builder, belief, message: None })
            }
            _ => None,
        }
    }

    /// A build of which nothing was said and that came to nothing.
    pub(super) fn stopped() -> Self {
        Self { kind: FailureKind::Stopped, belief: Belief::Certain, message: None }
    }

    /// Takes what was said later, where that says more.
    pub(super) fn improve(&mut self, later: Self) {
        if later.says_more_than(self) {
            *self = later;
        }
    }

    /// The first error says most; later ones sum up. What may be a builder's own words stands back behind Nix's.
    fn says_more_than(&self, known: &Self) -> bool {
        let (ours, theirs) = (self.rank(), known.rank());
        ours > theirs || ours == theirs && known.message.is_none() && self.message.is_some()
    }

    /// What failed by itself counts for more than what lacks something.
    fn rank(&self) -> (bool, Belief) {
        (self.kind != FailureKind::Dependency, self.belief)
    }

    /// Returns it with what the builder's log says: the step that failed, GHC's errors and the last lines.
    pub(super) fn into_failure(self, signs: Signs) -> Failure {
        let Signs { failed_step, errors, tail, no_room, killed } = signs;
        // What was stopped did not come to the end of a step, whatever its builder said of itself.
        let failed_step = failed_step.filter(|_| self.kind != FailureKind::Stopped);
        let message = self.message.unwrap_or_else(|| match &failed_step {
            Some((phase, status)) => format!("the builder failed in its step `{phase}` with exit code {status}"),
            None => "the build was stopped before its end".to_owned(),
        });
        let (message, repeated) = log::without_log(&message);
        let log_tail = if tail.is_empty() { repeated } else { tail };
        // The builder saw how its step ended, also where Nix did not see how the builder did.
        let kind = match (self.kind, &failed_step) {
            (FailureKind::Builder, Some((_, status))) if log::is_from_outside(*status) => FailureKind::Killed,
            (kind, _) => kind,
        };
        let phase = failed_step.map(|(phase, _)| phase);
        Failure { kind, phase, message, errors, log_tail, no_room, killed }
    }
}
