//! Why descriptions could not be compared.

use std::path::PathBuf;

use crate::error::{Diagnose, Hint};
use crate::exit::Exit;

/// What is wrong with the description of a build.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It cannot be read.
    #[error("cannot read the description of a build, {}", path.display())]
    Read {
        /// Where it is.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// It has a line of a newer description, or one that is not in its place: half a comparison proves nothing.
    #[error("line {line} of the description of a build, {}, is not understood", path.display())]
    NotUnderstood {
        /// Where it is.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// It does not have all the lines that it says it has.
    #[error("the description of a build, {}, is cut off", path.display())]
    CutOff {
        /// Where it is.
        path: PathBuf,
    },
}

impl Diagnose for Error {
    fn exit(&self) -> Exit {
        match self {
            Self::Read { .. } => Exit::Environment,
            Self::NotUnderstood { .. } => Exit::Internal,
            Self::CutOff { .. } => Exit::Nix,
        }
    }

    fn hints(&self) -> Vec<Hint> {
        match self {
            Self::Read { .. } => vec![Hint::new(
                "builds are compared on this machine: build in a store that it can read, without `--store`",
            )],
            Self::NotUnderstood { .. } => Vec::new(),
            Self::CutOff { path } => vec![Hint::new(format!(
                "look whether the store is sound: `nix-store --verify-path {}`",
                path.display()
            ))],
        }
    }
}
