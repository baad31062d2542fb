//! What hinc foretells of a build: which modules GHC will compile, at most and for certain.

use serde::{Deserialize, Serialize};

use super::haskell::{ComponentName, ModuleName};

/// A module of a package.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ModuleId {
    /// Its component, as Cabal names it on its command line.
    pub component: ComponentName,
    /// Its name.
    pub module: ModuleName,
}

/// What the modules of a prediction are known from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Known {
    /// What GHC and the full build of the base wrote down.
    Interfaces,
    /// The sources and the description of the base.
    Sources,
    /// Nothing: which modules there are is not known.
    Nothing,
}

/// The modules that one package's incremental build will compile. Lists are sorted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Prediction {
    /// What it is known from.
    pub known: Known,
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
}
