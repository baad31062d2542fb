//! Why Nix, or the GHC of the machine, did not give what was asked for.

use std::path::PathBuf;

use super::failure::Trouble;
use super::flake;
use super::toolchain::remote::trouble::Trouble as BuilderTrouble;
use crate::error::{Diagnose, Hint, OwnCommand};
use crate::exit::Exit;
use crate::model::name::NotAllowed;
use crate::process;

/// Why a call of this stage failed. A build that fails is no error: see [`super::Realised`].
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A program of Nix is not on the search path.
    #[error("`{program}` was not found: Nix is not installed, or not on PATH")]
    NoNix {
        /// The program.
        program: String,
    },
    /// The installed Nix lacks something that hinc uses.
    #[error("{found} lacks {lacks}, which came with Nix {since}")]
    TooOld {
        /// The version that was found.
        found: String,
        /// What it lacks.
        lacks: &'static str,
        /// The first version that has it.
        since: &'static str,
    },
    /// The text of `--version` has no version in it.
    #[error("cannot find a version in `{text}`")]
    NoVersion {
        /// What was printed.
        text: String,
    },
    /// A program could not be run, or did not do what it was started for.
    #[error(transparent)]
    Process(#[from] process::Error),
    /// The expression does not evaluate.
    #[error("the Nix expression does not evaluate")]
    Evaluation {
        /// Nix's own message.
        tail: Vec<String>,
        /// Whether Nix was told to restrict it, for the sake of a nixpkgs that the repository names.
        restricted: bool,
    },
    /// Nix answered something else than what it was asked.
    #[error("cannot understand what {program} answered: {problem}")]
    Answer {
        /// The program.
        program: &'static str,
        /// Where and what.
        problem: String,
    },
    /// Something around the build keeps Nix from working.
    #[error("{trouble}")]
    Trouble {
        /// What it is.
        trouble: Trouble,
        /// Nix's own message.
        tail: Vec<String>,
    },
    /// Nix failed outside of a build, for a reason that hinc does not know.
    #[error("`{command}` {status}")]
    Failed {
        /// The command line, shortened.
        command: String,
        /// How it ended.
        status: process::Status,
        /// Nix's own message.
        tail: Vec<String>,
    },
    /// What a builder made has no signature that this machine's Nix believes.
    #[error("what `{builder}` built has no signature that Nix on this machine believes")]
    Unsigned {
        /// The builder.
        builder: String,
        /// The public key that it was signed with, where it was.
        key: Option<String>,
        /// Nix's own message.
        tail: Vec<String>,
    },
    /// The sandbox does not show the toolchain, and this user cannot change that.
    #[error("the sandbox of Nix does not show the GHC of this machine to builders: it lacks {}", missing.join(" "))]
    SandboxClosed {
        /// The folders that it lacks.
        missing: Vec<String>,
        /// What to do.
        advice: String,
    },
    /// The Nix functions that hinc brings along cannot be written.
    #[error("cannot write the Nix functions of hinc to {}", folder.display())]
    Library {
        /// The cache folder.
        folder: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The Nix functions that hinc is to use cannot be read.
    #[error("cannot read the Nix functions of hinc in {}", folder.display())]
    ReadLibrary {
        /// Where they are.
        folder: PathBuf,
        /// What the system said; it names the path.
        source: std::io::Error,
    },
    /// A setting that Nix would read as something else.
    #[error("Nix cannot be given the setting `{name}`")]
    Setting {
        /// Its name.
        name: String,
        /// What is wrong.
        source: NotAllowed,
    },
    /// What hinc keeps from one build to the next cannot be written.
    #[error("cannot keep the intermediates from the garbage collector")]
    State {
        /// What the system said; it names the path.
        source: std::io::Error,
    },
    /// There is no GHC on the search path.
    #[error("no `ghc` was found on PATH")]
    NoGhc,
    /// The GHC is older than 9.4.
    #[error("GHC {found} at {} is too old: hinc needs 9.4 or later", path.display())]
    OldGhc {
        /// Its version.
        found: String,
        /// Where it lies.
        path: PathBuf,
    },
    /// The GHC on the search path is a store path.
    #[error("the GHC at {} comes from Nix's store, and builders see there only what their derivation names", path.display())]
    GhcFromStore {
        /// Where it lies.
        path: PathBuf,
    },
    /// A program or file that goes with the GHC is missing.
    #[error("GHC {ghc_version} needs {what}, which was not found")]
    Incomplete {
        /// The version of the GHC.
        ghc_version: String,
        /// What is missing.
        what: String,
    },
    /// The GHC or its C compiler does not run.
    #[error("`{command}` {status}")]
    BrokenGhc {
        /// The command line.
        command: String,
        /// How it ended.
        status: process::Status,
        /// What it printed last.
        tail: Vec<String>,
    },
    /// The GHC of a builder cannot be used.
    #[error(transparent)]
    Builder(#[from] BuilderTrouble),
    /// A file that goes with the GHC cannot be read.
    #[error("cannot read what belongs to the GHC of this machine")]
    Unreadable {
        /// What the system said; it names the path.
        source: std::io::Error,
    },
}

/// Nix's manual has one page for all ways to install it.
const INSTALL_NIX: &str =
    "install Nix: `apt install nix-bin` on Debian, or see https://nixos.org/download for other systems";

/// The words of `nix/default.nix`.
const WANTS_A_GHC: &str = "hinc's own builder needs the description of a GHC";

/// What ssh and Nix say of a connection that broke.
const CONNECTION: [&str; 8] = [
    "unexpected end-of-file",
    "Broken pipe",
    "Connection reset by",
    "Connection closed by",
    "Connection to",
    "Timeout, server",
    "client_loop:",
    "kex_exchange_identification",
];

impl Error {
    /// Gives the error of a program of Nix: a missing program means a missing Nix, and what it
    /// printed may tell what is wrong around it.
    pub(super) fn of_nix(error: process::Error) -> Self {
        match error {
            process::Error::NotFound { program } => Self::NoNix { program },
            process::Error::Failed { command, status, tail } => match Trouble::in_lines(&tail) {
                Some(trouble) => Self::Trouble { trouble, tail },
                None => Self::Failed { command, status, tail },
            },
            other => Self::Process(other),
        }
    }

    /// Whether an expression was evaluated without a GHC and needs one: what `nix/default.nix` says then.
    pub fn wants_a_ghc(&self) -> bool {
        matches!(self, Self::Evaluation { tail, .. } if tail.iter().any(|line| line.contains(WANTS_A_GHC)))
    }

    /// Whether it is one of the connection to another machine's store, and not of what is done there.
    pub fn is_of_the_connection(&self) -> bool {
        match self {
            Self::Trouble { trouble, .. } => matches!(
                trouble,
                Trouble::RemoteStore | Trouble::DaemonRefuses | Trouble::DaemonDown | Trouble::Network
            ),
            Self::Process(process::Error::Late { .. }) => true,
            // Nix dies of a broken connection with words of its own in places.
            Self::Failed { tail, .. } => tail.iter().any(|line| CONNECTION.iter().any(|sign| line.contains(sign))),
            _ => false,
        }
    }

    /// Gives the error of a compiler.
    pub(super) fn of_compiler(error: process::Error) -> Self {
        match error {
            process::Error::Failed { command, status, tail } => Self::BrokenGhc { command, status, tail },
            other => Self::Process(other),
        }
    }
}

impl Diagnose for Error {
    fn exit(&self) -> Exit {
        match self {
            Self::NoNix { .. }
            | Self::TooOld { .. }
            | Self::Unsigned { .. }
            | Self::SandboxClosed { .. }
            | Self::Library { .. }
            | Self::ReadLibrary { .. }
            | Self::State { .. }
            | Self::NoGhc
            | Self::OldGhc { .. }
            | Self::GhcFromStore { .. }
            | Self::Incomplete { .. }
            | Self::BrokenGhc { .. }
            | Self::Unreadable { .. } => Exit::Environment,
            Self::Setting { .. } => Exit::Usage,
            Self::Process(error) => error.exit(),
            Self::Builder(trouble) => trouble.exit(),
            Self::Trouble { trouble, .. } => trouble.exit(),
            Self::NoVersion { .. } | Self::Evaluation { .. } | Self::Answer { .. } | Self::Failed { .. } => Exit::Nix,
        }
    }

    fn hints(&self) -> Vec<Hint> {
        let hint = |text: &str| vec![Hint::new(text)];
        let doctor = |text: &str| vec![Hint::see(OwnCommand::Doctor, text)];
        match self {
            Self::NoNix { .. } => hint(INSTALL_NIX),
            Self::TooOld { .. } => {
                hint("install a newer one: hinc is tested with Nix 2.26 and 2.34, and with Lix 2.95")
            }
            Self::NoVersion { .. } | Self::Answer { .. } => doctor("`hinc doctor` shows which Nix is used"),
            Self::Setting { .. } => hint("leave the option out, or set it in the nix.conf of the machine that builds"),
            Self::Process(error) => error.hints(),
            Self::Builder(trouble) => trouble.hints(),
            Self::Evaluation { tail, restricted: true }
                if tail.iter().any(|line| line.contains("forbidden in restricted mode")) =>
            {
                hint(
                    "the nixpkgs that hinc.toml names may read itself and the sources, and no other file, address or variable; \
                     where you trust it, `--option restrict-eval false` lifts that for this build",
                )
            }
            Self::Evaluation { tail, .. } => flake::hints(tail),
            Self::Trouble { trouble, .. } => trouble.hints(),
            Self::Failed { .. } => doctor("`hinc doctor` looks for what is wrong with Nix and its store"),
            Self::Unsigned { builder, key, .. } => unsigned(builder, key.as_deref()),
            Self::SandboxClosed { advice, .. } => vec![Hint::new(advice)],
            Self::Library { source, .. } => library_hints(source),
            Self::State { .. } => hint("make that folder writable, or point XDG_STATE_HOME to one that is"),
            Self::NoGhc => hint("install GHC 9.4 or later (`apt install ghc`, or ghcup), or add its folder to PATH"),
            Self::OldGhc { .. } => hint(
                "before 9.4 GHC looked at the times of files, which are all the same in the store: put a newer GHC first on PATH",
            ),
            Self::GhcFromStore { .. } => hint(
                "describe the package in a Nix file over nixpkgs' `haskellPackages` and build it with `-f FILE -A ATTR`, or put a GHC from outside of the store first on PATH",
            ),
            Self::Incomplete { what, .. } => {
                vec![Hint::new(format!("install what provides {what} (`apt install ghc gcc` on Debian)"))]
            }
            Self::BrokenGhc { .. } => hint("repair or reinstall that compiler, or put another GHC first on PATH"),
            Self::ReadLibrary { .. } => hint("see that the folder exists and may be read"),
            Self::Unreadable { .. } => hint("check the permissions of the path, or install GHC again"),
        }
    }

    fn tail(&self) -> &[String] {
        match self {
            Self::Evaluation { tail, .. }
            | Self::Trouble { tail, .. }
            | Self::Unsigned { tail, .. }
            | Self::Failed { tail, .. }
            | Self::BrokenGhc { tail, .. } => tail,
            Self::Process(error) => error.tail(),
            Self::Builder(trouble) => trouble.tail(),
            _ => &[],
        }
    }
}

fn unsigned(builder: &str, key: Option<&str>) -> Vec<Hint> {
    match key {
        Some(key) => vec![
            Hint::new(format!(
                "let an administrator add `extra-trusted-public-keys = {key}` to /etc/nix/nix.conf and restart the Nix daemon, once; then build again: what was built there is kept"
            )),
            Hint::new("or let an administrator add you to `trusted-users` there"),
        ],
        None => vec![
            Hint::new(format!(
                "where you trust that machine, describe it yourself, whole and without `trusted = false`, by [builder.{builder}] of ~/.config/hinc/config.toml"
            )),
            Hint::new(
                "or let it sign what it builds, by `secret-key-files` there, with its public key in `trusted-public-keys` here",
            ),
        ],
    }
}

fn library_hints(source: &std::io::Error) -> Vec<Hint> {
    use std::io::ErrorKind;
    let text = match source.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            "make room on that disk, or point XDG_CACHE_HOME to another"
        }
        _ => "make that folder writable, or point XDG_CACHE_HOME to one that is",
    };
    vec![Hint::new(text)]
}
