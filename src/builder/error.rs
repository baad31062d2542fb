//! Why a builder cannot be used.

use std::path::PathBuf;

use super::{GuestError, ProbeError};
use crate::error::{Diagnose, Hint};
use crate::exit::Exit;

/// Why a builder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What it said when it was asked, or that it said nothing.
    #[error(transparent)]
    Probe(#[from] ProbeError),
    /// A guest that does not run as it should.
    #[error(transparent)]
    Guest(#[from] GuestError),
    /// hinc's own files of a builder cannot be written.
    #[error("cannot write to {}", folder.display())]
    State {
        /// The builder's folder.
        folder: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A path that Nix would take for several words of `NIX_SSHOPTS`.
    #[error("the path `{}` has white space in it, at which Nix would split it", path.display())]
    OddPath {
        /// The path.
        path: PathBuf,
    },
}

impl Diagnose for Error {
    fn exit(&self) -> Exit {
        match self {
            Self::Probe(error) => error.exit(),
            Self::Guest(error) => error.exit(),
            Self::State { .. } => Exit::Environment,
            Self::OddPath { .. } => Exit::Usage,
        }
    }

    fn hints(&self) -> Vec<Hint> {
        match self {
            Self::Probe(error) => error.hints(),
            Self::Guest(error) => error.hints(),
            Self::State { .. } => vec![Hint::new("make that folder writable, or point XDG_STATE_HOME to one that is")],
            Self::OddPath { .. } => vec![Hint::new("put the file where no folder has white space in its name")],
        }
    }

    fn tail(&self) -> &[String] {
        match self {
            Self::Probe(error) => error.tail(),
            Self::Guest(error) => error.tail(),
            Self::State { .. } | Self::OddPath { .. } => &[],
        }
    }
}
