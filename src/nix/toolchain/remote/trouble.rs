//! Why the GHC of a builder cannot be used.

use crate::error::{Diagnose, Hint, OwnCommand};
use crate::exit::Exit;
use crate::model::unreachable::Unreachable;
use crate::process::Status;

/// What is wrong with the GHC of a builder.
#[derive(Debug, thiserror::Error)]
#[error("the builder `{builder}` {problem}")]
pub struct Trouble {
    /// The builder's name.
    pub builder: String,
    /// What is wrong.
    pub problem: Problem,
    /// What was written to the standard error there, or by ssh.
    pub tail: Vec<String>,
}

/// What can be wrong, in words that go after "the builder NAME".
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// ssh did not get there, or lost it.
    #[error("{}", why.words())]
    Unreachable {
        /// Why.
        why: Unreachable,
        /// What ssh was called with.
        destination: String,
    },
    /// ssh failed in words that hinc does not know.
    #[error("is not reached: ssh {status}")]
    Ssh {
        /// How ssh ended.
        status: Status,
        /// What ssh was called with.
        destination: String,
    },
    /// The answer did not come in time.
    #[error("did not describe its GHC within {seconds} seconds")]
    Late {
        /// How long was waited.
        seconds: u64,
    },
    /// There is no GHC on the search path of its shell.
    #[error("has no `ghc` on the search path of ssh")]
    NoGhc {
        /// That search path.
        path: String,
    },
    /// The GHC is older than 9.4.
    #[error("has GHC {found} at {path}, which is too old: hinc needs 9.4 or later")]
    OldGhc {
        /// Its version.
        found: String,
        /// Where it lies.
        path: String,
    },
    /// The GHC on the search path is a store path.
    #[error("has a GHC at {path} that comes from Nix's store, and builds see there only what their derivation names")]
    GhcFromStore {
        /// Where it lies.
        path: String,
    },
    /// A program or file that goes with the GHC is missing.
    #[error("has GHC {ghc_version}, which needs {what}, and that was not found")]
    Incomplete {
        /// The version of the GHC.
        ghc_version: String,
        /// What is missing.
        what: String,
    },
    /// A compiler does not run.
    #[error("has a compiler that does not run: {what}")]
    Broken {
        /// The command, and what it said.
        what: String,
    },
    /// No program there makes SHA-256 digests.
    #[error("has neither `sha256sum` nor `shasum`, by which its GHC is told from others")]
    NoDigest,
    /// A file that goes with the GHC cannot be read.
    #[error("does not let us read all that belongs to its GHC")]
    Unreadable,
    /// It answered something else than it was asked.
    #[error("described its GHC in words that hinc does not understand: {what}")]
    Odd {
        /// What is odd.
        what: String,
    },
}

impl Problem {
    /// Reads a line of the script: what it stopped at, and words.
    pub(super) fn of_failure(failure: &str, path: &str, ghc_version: Option<&str>) -> Self {
        let (kind, words) = failure.split_once(' ').unwrap_or((failure, ""));
        let what = words.to_owned();
        match kind {
            "no-ghc" => Self::NoGhc { path: path.to_owned() },
            "no-digest" => Self::NoDigest,
            "missing" => Self::Incomplete { ghc_version: ghc_version.unwrap_or_default().to_owned(), what },
            "broken" => Self::Broken { what },
            _ => Self::Odd { what },
        }
    }
}

impl Diagnose for Trouble {
    fn exit(&self) -> Exit {
        Exit::Environment
    }

    fn hints(&self) -> Vec<Hint> {
        let text = match &self.problem {
            Problem::Unreachable { why, destination } => why.advice(destination),
            Problem::Ssh { destination, .. } => format!("see what `ssh -v {destination} true` says"),
            Problem::Late { .. } => "the machine hangs, or is very busy: wait and try again".to_owned(),
            Problem::NoGhc { path } => format!(
                "install GHC 9.4 or later there (`apt install ghc`), or put its folder on the search path of shells that no one types at, which is {path}; or build with `--toolchain nixpkgs`, which needs none"
            ),
            Problem::OldGhc { .. } | Problem::GhcFromStore { .. } => {
                "put another GHC first on the search path there, or build with `--toolchain nixpkgs`".to_owned()
            }
            Problem::Incomplete { what, .. } => {
                format!("install what provides {what} there (`apt install ghc gcc bash` on Debian)")
            }
            Problem::Broken { .. } => "repair or reinstall that compiler there".to_owned(),
            Problem::NoDigest => "install coreutils or perl there".to_owned(),
            Problem::Unreadable => "check the permissions of the files there, or install GHC again".to_owned(),
            Problem::Odd { .. } => {
                let doctor = format!("`hinc builder doctor {}` looks for what is wrong", self.builder);
                return vec![Hint::see(OwnCommand::BuilderDoctor, doctor)];
            }
        };
        vec![Hint::new(text)]
    }

    fn tail(&self) -> &[String] {
        &self.tail
    }
}
