//! Two builds side by side: what `hinc report diff` says.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::haskell::{ComponentName, ModuleName};
use super::name::PackageName;
use super::plan::Mode;
use super::revision::CommitId;

/// The version of its form.
pub const RECORD_DIFF_SCHEMA_VERSION: u32 = 1;

/// Two builds side by side.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RecordDiff {
    /// [`RECORD_DIFF_SCHEMA_VERSION`].
    pub schema_version: u32,
    /// The one that was named first.
    pub before: Compared,
    /// The other.
    pub after: Compared,
    /// How the machines that they ran on differ, in one sentence: then their times are not those of the commits alone.
    /// None where they are one, or where they are not known.
    pub machines: Option<String>,
    /// The packages that were built for head in one of them, in the order of their names.
    pub packages: Vec<PackageDiff>,
}

/// One of the two builds.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Compared {
    /// When the command began.
    pub started: DateTime<Utc>,
    /// The commit that was built.
    pub head: CommitId,
    /// The commit that it stands on; none where it stands on none.
    pub base: Option<CommitId>,
    /// How it was built.
    pub mode: Mode,
    /// How long the whole command took, in seconds.
    pub seconds: f64,
    /// What is to be said of it in one sentence.
    pub verdict: String,
}

/// A package in both builds.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PackageDiff {
    /// Its name.
    pub package: PackageName,
    /// What was done in the first build; none where nothing was.
    pub before: Option<Work>,
    /// What was done in the other.
    pub after: Option<Work>,
    /// The modules that only one of them compiled, and those that both did, by component and name.
    pub modules: Vec<ModuleDiff>,
}

/// What a build did for a package.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Work {
    /// How many modules it compiled.
    pub modules_rebuilt: u32,
    /// How many the package has; none where the builder did not say so.
    pub modules_total: Option<u32>,
    /// How long the compilation took, in seconds; none where the builder did not say so.
    pub compile_seconds: Option<f64>,
}

/// A module that one of the builds compiled, or both.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ModuleDiff {
    /// Its component.
    pub component: ComponentName,
    /// Its name.
    pub module: ModuleName,
    /// How the first build compiled it; none where it did not.
    pub before: Option<Compilation>,
    /// How the other did.
    pub after: Option<Compilation>,
}

/// That a module was compiled.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Compilation {
    /// Why, in words.
    pub why: String,
    /// Its share of the wall clock, in seconds, where that is known.
    pub seconds: Option<f64>,
}
