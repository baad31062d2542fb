//! How a derivation failed.

use crate::log;
use crate::model::event::{FailureKind, Speaker};
use crate::model::record::Failure;

/// What was said of how a derivation failed.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) kind: FailureKind,
    pub(super) by: Speaker,
    pub(super) message: String,
}

impl Said {
    /// The first error says most; later ones sum up. What may be a builder's own words stands back behind Nix's.
    pub(super) fn says_more_than(&self, known: &Self) -> bool {
        if known.by.is_certain() == self.by.is_certain() {
            known.kind == FailureKind::Dependency && self.kind != FailureKind::Dependency
        } else {
            self.by.is_certain()
        }
    }

    /// Returns it with what the builder's log says: the step that failed, GHC's errors and the last lines.
    pub(super) fn into_failure(
        self,
        phase: Option<String>,
        errors: Vec<String>,
        tail: Vec<String>,
        no_room: bool,
    ) -> Failure {
        let (message, repeated) = log::without_log(&self.message);
        let log_tail = if tail.is_empty() { repeated } else { tail };
        Failure { kind: self.kind, phase, message, errors, log_tail, no_room }
    }
}
