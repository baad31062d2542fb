//! What happens during a build: the one event type.
//!
//! The progress display and the record are both made of these events and of nothing
//! else, so they cannot disagree.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::haskell::{ComponentName, Progress};
use super::store::StorePath;

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

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// A builder was started.
    BuildStarted {
        /// The machine it runs on: empty for this one, else a store URI.
        machine: String,
    },
    /// A builder ended, well or not: Nix's log does not say which.
    BuildStopped,
    /// Nix said that this derivation failed.
    BuildFailed {
        /// Nix's own message.
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
    /// The builder entered a phase.
    Phase {
        /// Its name, such as `buildPhase`.
        name: String,
    },
    /// Cabal began with a component.
    Component {
        /// The component.
        name: ComponentName,
    },
    /// GHC compiles a module or links a program.
    Compiling {
        /// The component it is part of.
        component: ComponentName,
        /// GHC's line.
        progress: Progress,
    },
    /// GHC warned.
    Warning {
        /// The source file, as GHC prints it.
        file: String,
        /// The whole line.
        text: String,
        /// Whether it is a repetition of what the base's build said.
        replayed: bool,
    },
    /// The intermediates of the base were put in place.
    Restored {
        /// How many modules they hold.
        modules: u32,
        /// How many seconds the full build took to compile them.
        full_seconds: f64,
    },
    /// A module was finished in this build.
    Finished {
        /// Its component.
        component: ComponentName,
        /// The module's interface, below `dist/build`.
        interface: String,
        /// When, in seconds since 1970-01-01 00:00 UTC.
        time: f64,
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
        /// The phase.
        phase: String,
        /// Its exit status.
        status: i32,
    },
    /// Any other line of a builder, kept as it is.
    Line {
        /// The line.
        text: String,
    },
    /// A message of Nix itself.
    Message {
        /// Nix's verbosity: 0 error, 1 warning, 2 notice, 3 info, 4 and more for debugging.
        level: u64,
        /// The text, without colours.
        text: String,
    },
}
