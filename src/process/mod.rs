//! Programs that hinc starts.
//!
//! Layer 0. A command is data, an [`Invocation`], so a test can look at its arguments
//! without running it; [`system`] is the only place that runs one.

mod groups;
mod invocation;
mod last_lines;
pub mod system;

pub use invocation::Invocation;
pub use last_lines::LastLines;
pub use system::{CUT, Finished, Output, Status};

use crate::error::{Diagnose, Hint, OwnCommand};
use crate::exit::Exit;

/// How many of a failing program's last lines an error keeps.
pub const TAIL_LINES: usize = 20;

/// Why a program did not do what it was started for.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The program is not on the search path.
    #[error("`{program}` was not found")]
    NotFound {
        /// The name that was looked for.
        program: String,
    },
    /// The system refused to start it.
    #[error("cannot start `{program}`")]
    Spawn {
        /// The program.
        program: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// Reading from it or waiting for it failed.
    #[error("lost the connection to `{program}`")]
    Lost {
        /// The program.
        program: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// It ended with another status than 0.
    #[error("`{command}` {status}")]
    Failed {
        /// The command line, shortened.
        command: String,
        /// How it ended.
        status: Status,
        /// The last lines of its standard error, oldest first.
        tail: Vec<String>,
    },
    /// It wrote more than it may.
    #[error("`{program}` answered with more than {} MB", longest >> 20)]
    TooMuch {
        /// The program.
        program: String,
        /// How many bytes it may answer.
        longest: usize,
    },
    /// It took longer than it may.
    #[error("`{command}` did not end within {seconds} s")]
    Late {
        /// The command line, shortened.
        command: String,
        /// How long it may take.
        seconds: u64,
    },
    /// It was stopped because hinc was asked to stop.
    #[error("`{program}` was stopped")]
    Cancelled {
        /// The program.
        program: String,
    },
}

impl Diagnose for Error {
    fn exit(&self) -> Exit {
        match self {
            Self::NotFound { .. } | Self::Spawn { .. } => Exit::Environment,
            Self::Lost { .. } | Self::Failed { .. } | Self::TooMuch { .. } | Self::Late { .. } => Exit::Nix,
            Self::Cancelled { .. } => Exit::Interrupted,
        }
    }

    fn hints(&self) -> Vec<Hint> {
        match self {
            Self::NotFound { program } => {
                vec![
                    Hint::new(format!("install `{program}`, or add its folder to PATH")),
                    Hint::see(OwnCommand::Doctor, "`hinc doctor` lists what is needed"),
                ]
            }
            _ => Vec::new(),
        }
    }

    fn tail(&self) -> &[String] {
        match self {
            Self::Failed { tail, .. } => tail,
            _ => &[],
        }
    }
}
