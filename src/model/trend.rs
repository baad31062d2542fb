//! What past builds show together: what `hinc report trend` says.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::haskell::{ComponentName, ModuleName};
use super::name::PackageName;
use super::plan::Mode;
use super::revision::CommitId;

/// The version of its form.
pub const TREND_SCHEMA_VERSION: u32 = 1;

/// The last builds of a repository.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Trend {
    /// [`TREND_SCHEMA_VERSION`].
    pub schema_version: u32,
    /// The builds, the oldest first.
    pub builds: Vec<TrendBuild>,
    /// The modules whose edits cost most time, the dearest first.
    pub contagious: Vec<Contagious>,
}

/// One build of them.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TrendBuild {
    /// When the command began.
    pub started: DateTime<Utc>,
    /// The commit that was built.
    pub head: CommitId,
    /// Whether tracked files differed from it.
    pub dirty: bool,
    /// The commit that it stands on; none where it stands on none.
    pub base: Option<CommitId>,
    /// How it was built.
    pub mode: Mode,
    /// How it ended.
    pub ended: Ended,
    /// How long the whole command took, in seconds.
    pub seconds: f64,
    /// How many modules were compiled for head.
    pub modules_rebuilt: u32,
    /// How many modules the packages have that were built for head; none where a builder did not say so.
    pub modules_total: Option<u32>,
    /// How long these compilations took, in seconds, all added up; 0 where nothing was built.
    pub compile_seconds: f64,
    /// How long those of their full builds took; none where that is not known of each.
    pub full_compile_seconds: Option<f64>,
    /// How many modules hinc had foretold at most; none where there was no bound for each.
    pub foretold: Option<u32>,
}

/// How a build ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Ended {
    /// Something was built.
    Built,
    /// The store or a cache had all of it.
    Cached,
    /// What was asked for is not there.
    Failed,
}

/// A module, with all that its edits made GHC compile.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Contagious {
    /// Its package.
    pub package: PackageName,
    /// Its component.
    pub component: ComponentName,
    /// Its name.
    pub module: ModuleName,
    /// In how many of the builds it had changed since the base.
    pub builds: u32,
    /// How many modules were compiled for that in all of them, itself among them.
    pub modules: u32,
    /// How long these took, in seconds.
    pub seconds: f64,
}
