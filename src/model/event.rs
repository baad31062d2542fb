//! What happens during a build: the one event type.
//!
//! The progress display and the record are both made of these events and of nothing
//! else, so they cannot disagree.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::haskell::{ComponentName, ModuleName, Progress};
use super::outlook::Outlook;
use super::plan::Plan;
use super::precaution::LeftOut;
use super::record::ChangedDeclarations;
use super::store::StorePath;
use crate::exit::Exit;

/// Something that happened, and where.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// When hinc learnt of it.
    pub at: DateTime<Utc>,
    /// The derivation it belongs to; none for what concerns all of the build.
    pub drv: Option<StorePath>,
    /// What happened.
    pub what: What,
}

impl Event {
    /// Something that somebody says beside the builds, at the level of a warning.
    pub fn warning(at: DateTime<Utc>, by: Speaker, text: impl Into<String>) -> Self {
        Self { at, drv: None, what: What::Message { by, level: 1, text: text.into() } }
    }
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// Nix is about to be asked for these derivations.
    Planned {
        /// All of them.
        plan: Plan,
    },
    /// A builder was started.
    BuildStarted {
        /// The machine it runs on: empty for this one, else a store URI.
        machine: String,
    },
    /// A builder ended, well or not: Nix's log does not say which.
    BuildStopped,
    /// Nix said that this derivation failed.
    BuildFailed {
        /// In which way.
        kind: FailureKind,
        /// Who said it.
        by: Speaker,
        /// Nix's own message, without `error:` and without colours. It may have several lines,
        /// the last lines of the builder's log among them.
        message: String,
    },
    /// A store path is being fetched from a substituter.
    SubstitutionStarted {
        /// The path.
        path: StorePath,
        /// Where from.
        from: String,
    },
    /// A store path is being copied between stores.
    CopyStarted {
        /// The path.
        path: StorePath,
        /// Where from.
        from: String,
        /// Where to.
        to: String,
    },
    /// How much of a store path has come, of one that is fetched or copied.
    TransferProgress {
        /// The path.
        path: StorePath,
        /// How many bytes of it are there, unpacked.
        done: u64,
        /// How many it has; 0 where that is not known.
        expected: u64,
    },
    /// A store path is no longer being fetched or copied: it is there, or could not be had.
    TransferStopped {
        /// The path.
        path: StorePath,
    },
    /// Nix counts, beyond what hinc asked for.
    Counted {
        /// What.
        counter: Counter,
        /// How many are done.
        done: u64,
        /// How many these and those to come are together.
        expected: u64,
    },
    /// What is known beforehand of a build that has just begun.
    Foretold {
        /// It.
        outlook: Outlook,
    },
    /// The builder entered a phase.
    Phase {
        /// Its name, such as `buildPhase`.
        name: String,
    },
    /// Cabal began with a component.
    Component {
        /// The component.
        name: ComponentName,
        /// Cabal's line.
        text: String,
    },
    /// GHC compiles a module or links a program.
    Compiling {
        /// The component it is part of.
        component: ComponentName,
        /// What the line says.
        progress: Progress,
        /// GHC's line.
        text: String,
    },
    /// GHC warned.
    Warning {
        /// The source file, as GHC prints it; empty where the warning is not about a file.
        file: String,
        /// The whole line.
        text: String,
        /// Whether it is a repetition of what the base's build said of a module that GHC skipped.
        replayed: bool,
    },
    /// A module of the base was not put in place, so that GHC compiles it.
    LeftOut {
        /// The component it is part of.
        component: ComponentName,
        /// The module.
        module: ModuleName,
        /// Why.
        why: LeftOut,
    },
    /// The intermediates of the base were put in place.
    Restored {
        /// How many modules were put in place: those that head no longer has are left out.
        modules: u32,
        /// How many files these are.
        files: u32,
        /// How many seconds the full build took to compile all of its modules.
        full_seconds: f64,
        /// How many modules the full build had.
        full_modules: u32,
    },
    /// A module was finished in this build.
    Finished {
        /// The module's interface, below `dist/build`.
        interface: String,
        /// When, in seconds since 1970-01-01 00:00 UTC.
        time: f64,
    },
    /// What the modules are compiled on.
    Machine {
        /// The cores that Nix gives the build; 0 where nobody knows.
        cores: u32,
        /// How many modules GHC compiles at once.
        jobs: u32,
        /// The memory of the machine, in KiB; 0 where nobody knows.
        memory_kib: u64,
        /// What its processor calls itself; empty where nobody knows.
        processor: String,
    },
    /// Which modules a module waited for. One that was not compiled is named where it lies between two that were.
    Imports {
        /// The path of its interface below `dist/build`, without its suffix.
        module: String,
        /// Modules of its component that it imports, in the same form.
        of: Vec<String>,
    },
    /// Declarations changed that a module uses of another one, which was compiled as well.
    DeclarationsChanged {
        /// The path of the interface of the module that uses them below `dist/build`, without its suffix.
        module: String,
        /// The name of the module that they are of.
        by: ModuleName,
        /// What changed.
        changed: ChangedDeclarations,
    },
    /// All components were built.
    Built {
        /// How many modules they have.
        modules: u32,
        /// How many of them were compiled in this build.
        compiled: u32,
        /// When the compilation began, in seconds since 1970-01-01 00:00 UTC.
        start: f64,
        /// How long it took, in seconds.
        seconds: f64,
    },
    /// A step of the builder failed.
    StepFailed {
        /// The step: `configure`, `build`, `check` or `install`.
        phase: String,
        /// Its exit status.
        status: i32,
    },
    /// Any other line of a builder, kept as it is.
    Line {
        /// The line.
        text: String,
    },
    /// A message, of Nix itself as far as that can be told.
    Message {
        /// Who said it.
        by: Speaker,
        /// Nix's verbosity: 0 error, 1 warning, 2 notice, 3 info, 4 and more for debugging.
        level: u64,
        /// The text, without colours.
        text: String,
    },
}

/// What Nix counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Counter {
    /// Derivations that are built.
    Builds,
    /// Store paths that are fetched or copied.
    Paths,
    /// Their bytes, unpacked. What is done is not counted: each path tells it.
    Bytes,
}

/// Who says something.
///
/// A builder can print lines in the form of Nix's own messages, which Nix then passes on as if
/// they were its own. What it cannot forge is the beginning and end of its own activity, and what
/// Nix adds to the errors that it throws itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Speaker {
    /// Nix: an error that it throws, or anything that was said while no builder ran.
    Nix,
    /// A program that Nix runs, no builder, such as ssh; or Nix, before it knows in which form to
    /// write.
    Program,
    /// Nix or a builder that ran at that time.
    Unclear,
    /// hinc itself.
    Hinc,
}

impl Speaker {
    /// Whether it is certain that no builder said it.
    pub const fn is_certain(self) -> bool {
        !matches!(self, Self::Unclear)
    }
}

/// In which way a derivation failed, told from Nix's text: its exit status says it only for a
/// store without a daemon (NixOS/nix issues 4813 and 12641).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum FailureKind {
    /// The builder ended with an error, or made no output or a forbidden one.
    Builder,
    /// The builder, or what it called, was ended from outside: for want of memory, or by somebody.
    Killed,
    /// The builder ended with an error while there was no room left on the disk.
    DiskFull,
    /// It took longer than `timeout`, or was silent for longer than `max-silent-time`.
    TimedOut,
    /// A fixed output has another hash than it should.
    HashMismatch,
    /// A repeated build gave another result.
    NotDeterministic,
    /// Something that it needs failed, so it was not begun.
    Dependency,
    /// No machine was found that can build it.
    NoMachine,
    /// The build was stopped before its end.
    Stopped,
}

impl FailureKind {
    /// Says it in words that go after the name of what failed.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Builder | Self::Dependency => "failed",
            Self::Killed => "ended from outside",
            Self::DiskFull => "failed, with no room left on the disk",
            Self::TimedOut => "timed out",
            Self::HashMismatch => "gave another hash than it should",
            Self::NotDeterministic => "is not deterministic",
            Self::NoMachine => "cannot be built here",
            Self::Stopped => "stopped",
        }
    }

    /// Returns how the program ends because of it.
    pub const fn exit(self) -> Exit {
        match self {
            Self::Builder | Self::Killed | Self::DiskFull | Self::Dependency => Exit::BuildFailed,
            Self::TimedOut => Exit::TimedOut,
            Self::HashMismatch => Exit::HashMismatch,
            Self::NotDeterministic => Exit::NotDeterministic,
            Self::NoMachine => Exit::Environment,
            Self::Stopped => Exit::Interrupted,
        }
    }
}
