//! A Cabal package as far as it must be known before it is built.

use serde::{Deserialize, Serialize};

use super::cabal::dependencies::Dependencies;
use super::cabal::leaving::Leaving;

/// How a package wants to be built: `build-type` of its description.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum BuildType {
    /// Cabal's own `Setup`. The default.
    #[default]
    Simple,
    /// Cabal's `Setup` with a `configure` script.
    Configure,
    /// A `Setup.hs` of its own.
    Custom,
    /// A `Setup.hs` made of hooks (Cabal 3.14).
    Hooks,
    /// A makefile.
    Make,
}

/// A Cabal package in a tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// How it wants to be built.
    pub build_type: BuildType,
    /// Its folder below the top of the tree, `/` between the parts; empty for the top itself.
    pub folder: String,
    /// The file name of its description, such as `foo.cabal`.
    pub description: String,
    /// What it is built with.
    pub dependencies: Dependencies,
    /// What it names outside of its folder.
    pub leaving: Vec<Leaving>,
}
