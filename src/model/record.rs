//! The record: the one document that a build leaves behind. Every report is a view of it.
//!
//! A field is added freely. One is renamed or dropped only with a new
//! [`RECORD_SCHEMA_VERSION`]. No field is flattened or untagged, so that a reader of one
//! version can say exactly what it does not understand of another.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::base_failure::BaseFailure;
use super::event::FailureKind;
use super::haskell::{ComponentName, ModuleName, NodeKind};
use super::name::{OutputName, PackageName};
use super::plan::{Kind, Mode};
use super::precaution::LeftOut;
use super::prediction::Prediction;
use super::reason::ReasonCode;
use super::revision::{Base, Head};
use super::store::StorePath;

/// The version of the record's form.
pub const RECORD_SCHEMA_VERSION: u32 = 1;

/// What one `hinc build` did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Record {
    /// [`RECORD_SCHEMA_VERSION`].
    pub schema_version: u32,
    /// The version of hinc that wrote it.
    pub hinc: String,
    /// When the build began.
    pub started: DateTime<Utc>,
    /// How long all of it took, in seconds.
    pub seconds: f64,
    /// The commit that was built.
    pub head: Head,
    /// The base of this commit, also where a plain build made no use of it.
    pub base: Option<Base>,
    /// How head was built.
    pub mode: Mode,
    /// Why in this way, in one sentence.
    pub why: String,
    /// The derivations, in the order of the plan.
    pub builds: Vec<Build>,
    /// What the user asked for: empty where the build failed.
    pub out_paths: Vec<StorePath>,
    /// What went to other machines and came back, in order; empty where all was built here.
    #[serde(default)]
    pub transfers: Vec<Transfer>,
    /// What failed although hinc does not build it: what a package needs, such as a C library or a Haskell package of
    /// nixpkgs. In the order in which Nix said so.
    #[serde(default)]
    pub failed_dependencies: Vec<FailedDependency>,
    /// Which full builds of the base, and of newer bases that were passed over, fail, in the order in which that came to
    /// be known.
    #[serde(default)]
    pub base_failures: Vec<BaseFailure>,
}

impl Record {
    /// Returns the build of a derivation; none where it was no part of this one.
    pub fn build_of(&self, drv: &StorePath) -> Option<&Build> {
        self.builds.iter().find(|build| build.drv == *drv)
    }
}

/// Store paths that went from this machine to a builder, or came from one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Transfer {
    /// The name of the builder in the settings.
    pub builder: String,
    /// Which way they went.
    pub direction: Direction,
    /// How many paths.
    pub paths: u32,
    /// Their sizes as NARs together, in bytes: what crosses the wire where nothing compresses it. 0 where they could not
    /// be asked for.
    pub bytes: u64,
}

/// Which way store paths go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// To the builder: derivations and sources.
    ToBuilder,
    /// From the builder: results.
    FromBuilder,
}

/// How a derivation came to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It was built now.
    Built,
    /// The store had it.
    Cached,
    /// It was fetched from a substituter.
    Substituted,
    /// Its builder failed, or Nix gave it up.
    Failed,
    /// It was not reached: another one failed, or the build was stopped, or nothing needed it.
    Skipped,
}

/// One derivation of a build.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Build {
    /// The package's name.
    pub package: PackageName,
    /// The package's version.
    pub version: String,
    /// What the derivation is for.
    pub kind: Kind,
    /// Whether it was asked for. What was not helps another: the full build of a base, a dependency.
    #[serde(default)]
    pub wanted: bool,
    /// Why this package is built plainly, where others are not.
    #[serde(default)]
    pub why: Option<String>,
    /// How it came to be.
    pub outcome: Outcome,
    /// The derivation.
    pub drv: StorePath,
    /// Its outputs by name.
    pub outputs: BTreeMap<OutputName, StorePath>,
    /// Where it was built: empty for this machine, else the name of the builder in the settings, or the URI where Nix
    /// itself distributed it.
    pub builder: String,
    /// When its builder was started. None where it did not run, and in records of older versions.
    pub started: Option<DateTime<Utc>>,
    /// How long its builder ran, in seconds; 0 where it did not run.
    pub seconds: f64,
    /// How many seconds after that the compilation began. None where that is not known, and in records of older versions.
    pub compile_began: Option<f64>,
    /// How long the compilation alone took, in seconds, where the builder said so.
    pub compile_seconds: Option<f64>,
    /// How long the compilation took in the full build that this one stands on, in seconds.
    pub full_compile_seconds: Option<f64>,
    /// What the compilation did beside modules, in the order of its components.
    #[serde(default)]
    pub beside_modules: Vec<Beside>,
    /// The chain of imports that the compilation waited for. None where imports are not known, where it failed, where
    /// nothing was compiled, and in records of older versions.
    #[serde(default)]
    pub critical_path: Option<CriticalPath>,
    /// What it was built on, as far as its builder said so. None where it did not, and in records of older versions.
    #[serde(default)]
    pub machine: Option<Machine>,
    /// How many modules the package has, where the builder said so.
    pub modules_total: Option<u32>,
    /// How many of them GHC compiled. Boot files are listed but not counted.
    pub modules_rebuilt: u32,
    /// What GHC compiled, in GHC's order, each once however many ways it was compiled in.
    pub modules: Vec<Module>,
    /// How many warnings GHC gave.
    pub warnings: u32,
    /// How many more the base's build gave for modules that GHC skipped now. The builder prints them again.
    pub warnings_replayed: u32,
    /// Why it failed, where it did.
    pub failure: Option<Failure>,
    /// What was foretold of an incremental build from what its base noted; none where that was not at hand, and in
    /// records of older versions. `at_most` is empty where any module could be compiled.
    #[serde(default)]
    pub prediction: Option<Prediction>,
}

impl Build {
    /// Whether it is a full or partial build of the base that nobody asked for, and so only helps another.
    pub fn is_helper(&self) -> bool {
        self.kind.is_of_base() && !self.wanted
    }

    /// Whether it failed, and was not only stopped.
    pub fn failed_by_itself(&self) -> bool {
        let stopped = self.failure.as_ref().is_some_and(|failure| failure.kind == FailureKind::Stopped);
        self.outcome == Outcome::Failed && !stopped
    }
}

/// A derivation that failed and is none of [`Record::builds`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct FailedDependency {
    /// Its name in the store, without `.drv`: `zlib-1.3.1`.
    pub name: String,
    /// The derivation.
    pub drv: StorePath,
    /// Where it was built, as of [`Build::builder`].
    pub builder: String,
    /// How long its builder ran, in seconds; 0 where it did not run.
    pub seconds: f64,
    /// Why it failed.
    pub failure: Failure,
}

/// A module that GHC compiled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Module {
    /// Its component.
    pub component: ComponentName,
    /// Its name.
    pub module: ModuleName,
    /// What was compiled: the module, its boot file, or a signature. Programs that were linked are not listed.
    pub kind: NodeKind,
    /// The name of the reason.
    pub reason: ReasonCode,
    /// What GHC printed in brackets; empty where it printed none.
    pub reason_text: String,
    /// What the reason names: a module, a file, a package.
    pub cause: Option<String>,
    /// What changed of the module that the reason names, as far as this one uses it; none where that is not known, and in
    /// records of older versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_declarations: Option<ChangedDeclarations>,
    /// Why GHC could not skip it, where the builder kept the base's interface from it on purpose.
    pub left_out: Option<LeftOut>,
    /// What the chain of reasons leads back to: the edited module, or the file, flag or package that changed;
    /// of a module that was left out, [`LeftOut::root`].
    pub root_cause: String,
    /// The reason of the entry that the chain ends at; none in records of older versions.
    #[serde(default)]
    pub root_reason: Option<ReasonCode>,
    /// The package of that entry; none where the chain leads on to a module that no build of the record has, and in
    /// records of older versions.
    #[serde(default)]
    pub root_package: Option<PackageName>,
    /// The component of the module that is named, where it is one of that package: each program has its own `Main`.
    pub root_component: Option<ComponentName>,
    /// Its share of the wall clock, in seconds: from the end of the module of its component that
    /// ended before it, or else from when GHC began with the first, to its own. Where several are
    /// compiled at once this is less than what the module alone would take. None where the
    /// builder did not say when it ended: it failed, or the builder is not hinc's.
    pub seconds: Option<f64>,
    /// When GHC had begun with it at the latest, in seconds since the compilation began. With `-j1` that is when it began;
    /// where several are compiled at once it may have begun before. None where neither GHC nor the builder told, and in
    /// records of older versions.
    pub began: Option<f64>,
    /// When it ended, in seconds since the compilation began. None where `seconds` is none because the end is not known,
    /// and in records of older versions.
    pub ended: Option<f64>,
}

/// The chain of modules of which each imports the one before it, directly or through others, that took longest: of each
/// component one, as Cabal builds one component after another. However many modules are compiled at once, these are not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct CriticalPath {
    /// The modules, by their places in [`Build::modules`], which count from 0; the first first.
    pub modules: Vec<u32>,
    /// How long they took one after another, in seconds.
    pub seconds: f64,
    /// How long the compilation would take with a core for each module, in seconds: these, and what is done beside modules.
    pub endless_cores_seconds: f64,
}

/// What a derivation was built on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Machine {
    /// The system that it was built for, as Nix writes it: `x86_64-linux`.
    pub system: Option<String>,
    /// The cores that Nix gave the build.
    pub cores: Option<u32>,
    /// How many modules GHC compiled at once.
    pub jobs: Option<u32>,
    /// The memory of the machine, in bytes.
    pub memory_bytes: Option<u64>,
    /// What its processor calls itself.
    pub processor: Option<String>,
}

/// What a module uses of another one that changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ChangedDeclarations {
    /// Names that the other one exports, or did: the first few of them.
    pub names: Vec<String>,
    /// How many more there are.
    #[serde(default)]
    pub more: u32,
    /// Whether there are others that are exported by no name: instances, and what GHC inlines.
    #[serde(default)]
    pub others: bool,
    /// Whether it exports other names than it did.
    #[serde(default)]
    pub exports: bool,
}

/// What a component took beside its modules.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Beside {
    /// The component.
    pub component: ComponentName,
    /// What it was.
    pub part: Part,
    /// How long it took, in seconds of the wall clock.
    pub seconds: f64,
}

/// What is done beside modules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// A program was linked.
    Linking,
    /// C sources, preprocessors, archives and shared libraries, and GHC's own start: Cabal does not say when it does
    /// which.
    Other,
}

/// Why a build failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Failure {
    /// In which way.
    pub kind: FailureKind,
    /// The step it failed in, where the builder said so.
    pub phase: Option<String>,
    /// Nix's message, without the lines of the log that Nix repeats.
    pub message: String,
    /// GHC's errors in full, as lines.
    pub errors: Vec<String>,
    /// The last lines of the builder's log, oldest first.
    pub log_tail: Vec<String>,
    /// Whether the builder's log says that there was no room on the disk: its words, not Nix's.
    #[serde(default)]
    pub no_room: bool,
    /// Whether the builder's log says that a compiler, a linker or a command was ended from outside: its words, not
    /// Nix's.
    #[serde(default)]
    pub killed: bool,
}
