//! What ends a command.

use crate::error::Diagnose;

/// An error on its way to the reader.
pub(super) struct Failure(pub(super) Box<dyn Diagnose>);

impl<E: Diagnose + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(Box::new(error))
    }
}
