//! What can be wrong with a machines line, and where it is wrong.

use std::fmt;
use std::path::PathBuf;

use crate::error::{Diagnose, Hint};
use crate::exit::Exit;
use crate::model::name::NotAllowed;

/// Where a text of machines stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// In Nix's setting `builders`.
    Setting,
    /// In a file.
    File(PathBuf),
}

/// A place in a text of machines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The text.
    pub origin: Origin,
    /// The line, from 1.
    pub line: usize,
    /// The character in the line, from 1.
    pub column: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.origin {
            Origin::Setting => write!(f, "Nix's setting `builders`, line {}, column {}", self.line, self.column),
            Origin::File(path) => write!(f, "{}:{}:{}", path.display(), self.line, self.column),
        }
    }
}

/// Why machines could not be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A line is wrong, or names what hinc cannot build on.
    #[error("{place}: {fault}")]
    Line {
        /// Where.
        place: Place,
        /// What.
        fault: Fault,
    },
    /// The same in a file that is TOML.
    #[error("{place}: {fault}")]
    Table {
        /// Where.
        place: Place,
        /// What.
        fault: Fault,
    },
    /// A file could not be read.
    #[error("cannot read the machines file {}", path.display())]
    Read {
        /// Where it is named; none for the first one.
        place: Option<Place>,
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file takes in itself.
    #[error("{place}: the machines file {} takes in itself", path.display())]
    Circle {
        /// Where it is named again.
        place: Place,
        /// The file.
        path: PathBuf,
    },
}

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The first column is `-`.
    #[error("the first column, the machine's address, is missing")]
    NoAddress,
    /// A table without an address.
    #[error("`uri`, the machine's address, is missing")]
    NoUri,
    /// A text is no TOML, or not of the form that machines have.
    #[error("{0}")]
    Toml(String),
    /// A version of that form that is not known.
    #[error("version {0} of the form is not known: hinc reads version 1")]
    Version(i64),
    /// What is wrong with one machine of such a text.
    #[error("machine `{name}`: {fault}")]
    Machine {
        /// What it is called.
        name: String,
        /// What is wrong.
        fault: Box<Self>,
    },
    /// A host key that is none, written as it is.
    #[error("`{0}` is no host key: it has the form `ssh-ed25519 AAAA...`")]
    PlainHostKey(String),
    /// The address has no host.
    #[error("`{0}` has no host")]
    NoHost(String),
    /// The host or the user would be read by ssh as something else.
    #[error("`{0}` is no host or user that ssh could be given")]
    NoName(String),
    /// A name, a key or a list that holds something else.
    #[error(transparent)]
    Name(#[from] NotAllowed),
    /// A port that is none.
    #[error("`{0}` is no port: a port is a number from 1 to 65535")]
    Port(String),
    /// The address has more after the host than parameters.
    #[error("`{0}` has a path after the host, which an address of ssh cannot have")]
    Path(String),
    /// A parameter without a value, or with a `%` that stands for nothing.
    #[error("`{0}` is no parameter of a store: it has the form NAME=VALUE, with %XX for special characters")]
    Parameter(String),
    /// A store that is not reached by ssh.
    #[error("hinc cannot build on `{0}`: it is not reached by ssh")]
    NotSsh(String),
    /// `localhost` with parameters: a store of this machine at another place.
    #[error("`{0}` is a store of this machine with parameters of its own, since `localhost` alone means no ssh")]
    Localhost(String),
    /// The number of jobs is no number.
    #[error("`{0}` is no number of jobs")]
    Jobs(String),
    /// The speed is no number.
    #[error("`{0}` is no speed: a speed is a number from 0 on, such as 1 or 2.5")]
    Speed(String),
    /// The eighth column is no host key.
    #[error("`{0}` is no host key in base64")]
    HostKey(String),
}

impl Diagnose for Error {
    fn exit(&self) -> Exit {
        match self {
            Self::Line { .. } | Self::Table { .. } | Self::Circle { .. } => Exit::Usage,
            Self::Read { .. } => Exit::Environment,
        }
    }

    fn hints(&self) -> Vec<Hint> {
        let hint = match self {
            Self::Line { fault: Fault::HostKey(_), .. } => {
                "`ssh-keyscan -t ed25519 HOST | cut -d ' ' -f 2- | base64 -w0` prints the eighth column (compare the \
                 key with the machine's own before you believe it)"
            }
            Self::Line { fault: Fault::NotSsh(_) | Fault::Localhost(_), .. } => {
                "Nix may use this machine by itself: hinc leaves it out"
            }
            Self::Line { .. } => {
                "the columns are: address, systems, ssh key, jobs, speed, features, mandatory features, host key; `-` \
                 stands for the default"
            }
            Self::Table { fault: Fault::Machine { fault, .. }, .. }
                if matches!(**fault, Fault::NotSsh(_) | Fault::Localhost(_)) =>
            {
                "Nix may use this machine by itself: hinc leaves it out"
            }
            Self::Table { .. } => {
                "a machine is a table `[machines.NAME]` with `uri`, and as it needs them `system-types`, `jobs`, \
                 `speed-factor`, `supported-features`, `mandatory-features`, `ssh-key`, `ssh-public-host-key`, `enabled`"
            }
            Self::Circle { .. } => "remove the line: Nix would not come to an end with it",
            Self::Read { .. } => "make it readable for you, or name another file in Nix's setting `builders`",
        };
        vec![Hint::new(hint)]
    }
}
