//! Why a builder did not say what it is.

use crate::error::{Diagnose, Hint, OwnCommand};
use crate::exit::Exit;
use crate::model::unreachable::Unreachable;
use crate::process;

/// Why a builder could not be asked, or is not fit to build.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// ssh did not get there, or lost it.
    #[error("the builder `{builder}` {}", why.words())]
    Unreachable {
        /// The builder's name.
        builder: String,
        /// What ssh was called with.
        destination: String,
        /// Why.
        why: Unreachable,
        /// ssh's own words.
        tail: Vec<String>,
    },
    /// ssh failed in words that hinc does not know.
    #[error("the builder `{builder}` is not reached: ssh {status}")]
    Ssh {
        /// The builder's name.
        builder: String,
        /// What ssh was called with.
        destination: String,
        /// How ssh ended.
        status: process::Status,
        /// ssh's own words.
        tail: Vec<String>,
    },
    /// The answer did not come in time.
    #[error("the builder `{builder}` did not answer within {seconds} seconds")]
    Late {
        /// The builder's name.
        builder: String,
        /// How long was waited.
        seconds: u64,
    },
    /// Its login shell prints something where only Nix may.
    #[error("the login shell on the builder `{builder}` prints `{text}`, which Nix takes for its protocol")]
    Greeting {
        /// The builder's name.
        builder: String,
        /// What it prints first.
        text: String,
    },
    /// There is no Nix on it.
    #[error("there is no Nix on the builder `{builder}`")]
    NoNix {
        /// The builder's name.
        builder: String,
        /// The search path that was looked at.
        path: String,
    },
    /// Its store does not answer.
    #[error("the store of the builder `{builder}` does not answer")]
    Store {
        /// The builder's name.
        builder: String,
        /// What Nix there said.
        tail: Vec<String>,
    },
    /// It answered something else than it was asked.
    #[error("cannot understand what the builder `{builder}` answered: {problem}")]
    Answer {
        /// The builder's name.
        builder: String,
        /// What is odd.
        problem: String,
        /// What it wrote to its standard error.
        tail: Vec<String>,
    },
    /// Its clock is off, and this user may not set it.
    #[error("the clock of the builder `{builder}` is {} off, and may not be set by this user", seconds(*skew))]
    Clock {
        /// The builder's name.
        builder: String,
        /// By how many seconds it is ahead; behind where negative.
        skew: i64,
        /// What it said when it was to be set.
        tail: Vec<String>,
    },
    /// Its store has no room for a build.
    #[error("the builder `{builder}` has {free_mib} MiB left for its store")]
    NoRoom {
        /// The builder's name.
        builder: String,
        /// What is free, in MiB.
        free_mib: u64,
    },
    /// ssh could not be run.
    #[error(transparent)]
    Process(#[from] process::Error),
}

/// Writes a length of time for a sentence.
pub(super) fn seconds(number: i64) -> String {
    match number.unsigned_abs() {
        1 => "1 second".to_owned(),
        many => format!("{many} seconds"),
    }
}

impl Diagnose for Error {
    fn exit(&self) -> Exit {
        match self {
            Self::Process(error) => error.exit(),
            _ => Exit::Environment,
        }
    }

    fn hints(&self) -> Vec<Hint> {
        let doctor = |builder: &str| {
            let text = format!("`hinc builder doctor {builder}` looks for what is wrong");
            Hint::see(OwnCommand::BuilderDoctor, text)
        };
        match self {
            Self::Unreachable { destination, why, .. } => vec![Hint::new(why.advice(destination))],
            Self::Ssh { destination, .. } => {
                vec![Hint::new(format!("see what `ssh -v {destination} true` says"))]
            }
            Self::Late { builder, .. } => {
                vec![Hint::new("the machine hangs, or is very busy: wait and try again"), doctor(builder)]
            }
            Self::Greeting { .. } => vec![Hint::new(
                "let the shell's start files there (`.bashrc`, `.zshenv`) print nothing where no one types: `case $- in *i*) … ;; esac`",
            )],
            Self::NoNix { path, .. } => vec![Hint::new(format!(
                "install Nix there (https://nixos.org/download); where it is installed, set `remote-program` of the builder to its `nix-daemon`: ssh there looks in {path}",
            ))],
            Self::Store { builder, .. } => vec![
                Hint::new(
                    "see that the nix-daemon there runs and that its disk is not full; `nix-store --verify` mends a damaged database",
                ),
                doctor(builder),
            ],
            Self::Answer { builder, .. } => vec![doctor(builder)],
            Self::Clock { .. } => vec![Hint::new(
                "set it there as root (`sudo date -s`, or let chrony or systemd-timesyncd run): with a wrong time, certificates seem not valid yet and files seem to be of the future",
            )],
            Self::NoRoom { builder, .. } => vec![
                Hint::see(OwnCommand::BuilderGc, format!("`hinc builder gc {builder}` removes what nothing refers to")),
                Hint::see(
                    OwnCommand::BuilderResize,
                    format!("`hinc builder resize {builder}` makes the disk of a guest larger"),
                ),
            ],
            Self::Process(error) => error.hints(),
        }
    }

    fn tail(&self) -> &[String] {
        match self {
            Self::Unreachable { tail, .. }
            | Self::Ssh { tail, .. }
            | Self::Store { tail, .. }
            | Self::Answer { tail, .. }
            | Self::Clock { tail, .. } => tail,
            Self::Process(error) => error.tail(),
            _ => &[],
        }
    }
}
