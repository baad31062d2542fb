//! What can go wrong in the command line itself.

use std::path::PathBuf;

use crate::error::{Diagnose, Hint};
use crate::exit::Exit;
use crate::history::UnknownPolicy;
use crate::model::interval::ParseIntervalError;
use crate::report;

/// An error of the command line, its settings or its output.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    /// An interval that is none.
    #[error("the interval of {origin} is wrong")]
    Interval {
        /// Where it was set.
        origin: &'static str,
        /// What is wrong with it.
        source: ParseIntervalError,
    },
    /// A base policy that is none.
    #[error("the base policy of {origin} is wrong")]
    BasePolicy {
        /// Where it was set.
        origin: &'static str,
        /// What is wrong with it.
        source: UnknownPolicy,
    },
    /// `hinc.toml` does not parse.
    #[error("cannot read the settings of hinc.toml")]
    Settings {
        /// Where and what.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The user's own settings do not parse.
    #[error("cannot read the settings of {}", file.display())]
    UserSettings {
        /// The file.
        file: PathBuf,
        /// Where and what.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The table of a builder does not parse.
    #[error("cannot read [builder.{name}] of {}", file.display())]
    BuilderSettings {
        /// The builder.
        name: String,
        /// The file.
        file: PathBuf,
        /// Where and what.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// An argument that does not fit.
    #[error("{0}")]
    Usage(String, Vec<Hint>),
    /// A file that was asked for cannot be written.
    #[error("cannot write {what}")]
    Output {
        /// What was to be written.
        what: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file that was named is no record that this version knows.
    #[error("cannot show {}", path.display())]
    Record {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: report::Error,
    },
    /// A file that was named cannot be read.
    #[error("cannot read {}", path.display())]
    Input {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

impl Diagnose for Error {
    fn exit(&self) -> Exit {
        match self {
            Self::Interval { .. }
            | Self::BasePolicy { .. }
            | Self::Settings { .. }
            | Self::UserSettings { .. }
            | Self::BuilderSettings { .. }
            | Self::Usage(..)
            | Self::Input { .. } => Exit::Usage,
            Self::Output { .. } => Exit::Environment,
            Self::Record { source, .. } => source.exit(),
        }
    }

    fn hints(&self) -> Vec<Hint> {
        match self {
            Self::Interval { .. } => {
                vec![Hint::new(
                    "an interval is a number with a unit, such as `30m`, `1h`, `1d` or `1w`; `auto` lets hinc choose",
                )]
            }
            Self::Settings { .. } => vec![Hint::new("docs/settings.md lists what hinc.toml may hold")],
            Self::UserSettings { .. } | Self::BuilderSettings { .. } => {
                vec![Hint::new("docs/builder.md lists what a builder's settings may hold")]
            }
            Self::Usage(_, hints) => hints.clone(),
            Self::Output { .. } => vec![Hint::new("check that the folder exists, is writable and has room")],
            Self::Record { source, .. } => source.hints(),
            Self::BasePolicy { .. } => vec![Hint::new("docs/base.md explains the policies")],
            Self::Input { .. } => Vec::new(),
        }
    }
}
