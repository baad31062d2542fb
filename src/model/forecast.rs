//! What `hinc plan` says: what would be built, and what that would take.

use serde::Serialize;

use super::base_failure::BaseFailure;
use super::name::PackageName;
use super::plan::{Kind, Mode, Step};
use super::prediction::{Known, ModuleId};
use super::revision::{Base, Head};
use super::store::StorePath;

/// The version of its form.
pub const FORECAST_SCHEMA_VERSION: u32 = 1;

/// What one `hinc build` would do.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Forecast {
    /// [`FORECAST_SCHEMA_VERSION`].
    pub schema_version: u32,
    /// The version of hinc that wrote it.
    pub hinc: String,
    /// The commit that would be built.
    pub head: Head,
    /// The base of this commit, also where a plain build would make no use of it.
    pub base: Base,
    /// Full builds of bases that are known to fail: of this base, and of newer ones that are passed over for it.
    pub base_failures: Vec<BaseFailure>,
    /// How head would be built.
    pub mode: Mode,
    /// Why in this way, in one sentence.
    pub why: String,
    /// What goes into the store of both commits.
    pub sources: Vec<PlannedSource>,
    /// The packages that were asked for, and those of the repository that they are built with.
    pub packages: Vec<PackageForecast>,
    /// What makes a build larger than its edits, or a prediction worse, in sentences.
    pub hazards: Vec<Hazard>,
}

/// Of which commit a source is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum OfCommit {
    /// Head.
    Head,
    /// The base.
    Base,
}

/// A source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PlannedSource {
    /// Of which commit.
    pub commit: OfCommit,
    /// The folder of its tree; empty for the top.
    pub folder: String,
    /// The store path.
    pub path: StorePath,
}

/// What would become of one package.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PackageForecast {
    /// The package's name.
    pub package: PackageName,
    /// Its version at head.
    pub version: String,
    /// Whether it was asked for.
    pub wanted: bool,
    /// How it would be built.
    pub mode: Mode,
    /// Why in this way, in one sentence.
    pub why: String,
    /// Its derivations, in the order in which they would be built.
    pub derivations: Vec<PlannedDerivation>,
    /// What the lists of modules are known from.
    pub known: Known,
    /// How many modules the base has; null where that is not known.
    pub modules: Option<usize>,
    /// Modules whose source changed, came, went or moved.
    pub changed: Vec<ModuleId>,
    /// Modules that may be compiled. No other one is, unless `everything` says why any may be.
    pub at_most: Vec<ModuleId>,
    /// Modules that are compiled, if the build succeeds.
    pub certain: Vec<ModuleId>,
    /// Modules that hinc has compiled though GHC alone would not, since something that was observed differs.
    pub precaution: Vec<ModuleId>,
    /// Why any module may be compiled, in one sentence; null where `at_most` is a bound.
    pub everything: Option<String>,
    /// How long the compilation would take.
    pub seconds: PlannedSeconds,
    /// What each store has. A cache is asked only where the store that builds lacks something.
    pub stores: Vec<StoreHas>,
}

/// One derivation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PlannedDerivation {
    /// What it is for.
    pub kind: Kind,
    /// The derivation.
    pub drv: StorePath,
    /// Whether its outputs are there, so that nothing of it is built.
    pub there: bool,
}

impl PlannedDerivation {
    /// Describes a step of a plan.
    pub fn of(step: &Step, there: bool) -> Self {
        Self { kind: step.kind, drv: step.derivation.drv.clone(), there }
    }
}

/// Seconds of the wall clock.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PlannedSeconds {
    /// What the modules took in the base that are compiled for certain, or as a precaution; null where nobody knows.
    pub expected: Option<f64>,
    /// What all of the base took; null where nobody knows.
    pub full: Option<f64>,
}

/// What one store has of the full build that head would be built on, or that is itself the result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct StoreHas {
    /// The store, as Nix names it; `local` for that of this machine.
    pub uri: String,
    /// Whether it has the intermediates, which is what matters.
    pub intermediates: bool,
    /// Whether it has the result of the full build.
    pub out: bool,
    /// Whether it has the result of head.
    pub result: bool,
}

/// What makes a build larger than its edits, or a prediction worse.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Hazard {
    /// The package that it is about; null where it is about all.
    pub package: Option<PackageName>,
    /// What kind it is.
    pub kind: HazardKind,
    /// The hazard, in one sentence.
    pub text: String,
}

/// The kinds of hazards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum HazardKind {
    /// Nothing of the base can be used: another GHC, another version, other flags, other dependencies.
    NothingReused,
    /// Any module may be compiled.
    Everything,
    /// The full build of the base has to be made first.
    BaseIsMissing,
    /// What the base's build noted is not at hand.
    NotesAreMissing,
    /// What the base's build looked at was not observed.
    NotObserved,
    /// A store did not answer.
    StoreIsSilent,
}
