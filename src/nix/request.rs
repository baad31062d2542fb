//! What `drive.nix` is asked.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::flake::Flake;
use crate::model::base_failure::Failing;
use crate::model::cabal::dependencies::Dependencies;
use crate::model::name::Url;
use crate::model::package::BuildType;
use crate::model::store::StorePath;
use crate::model::toolchain::Toolchain;

/// What hinc asks of `drive.nix`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Request {
    /// The source of head.
    pub head: Side,
    /// The source of the base, where there is one to build on.
    pub base: Option<Side>,
    /// The GHC of the machine.
    pub toolchain: Option<Toolchain>,
    /// What is built of these.
    #[serde(flatten)]
    pub asked: Asked,
    /// The packages whose full builds of the base are known to fail.
    #[serde(skip_serializing_if = "Failing::is_empty")]
    pub failing: Failing,
    /// Whether the builds are to be compared, which needs more derivations.
    // Left out where it is off, so that the request is the one that was answered before.
    #[serde(skip_serializing_if = "is_off")]
    pub verify: bool,
    /// Whether head's own builds are all that is asked for.
    #[serde(skip_serializing_if = "is_off")]
    pub plain_only: bool,
}

/// What is built. Its name in the request says which.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Asked {
    /// Cabal packages without a Nix file, over the GHC of the machine.
    Host(Host),
    /// Cabal packages without a Nix file, by nixpkgs' Haskell package set.
    Cabal(Cabal),
    /// A Nix file of the user.
    File(File),
    /// Flakes of the user.
    Flake(Flake),
}

impl Asked {
    /// The nixpkgs that the repository names.
    pub(super) fn pinned_nixpkgs(&self) -> Option<&PinnedNixpkgs> {
        match self {
            Self::Cabal(cabal) => cabal.nixpkgs.as_ref(),
            Self::Host(_) | Self::File(_) | Self::Flake(_) => None,
        }
    }
}

/// One of the two commits, by its sources that are in the store.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Side {
    /// All of its tree, where that is one source.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<StorePath>,
    /// Its Cabal packages, where these are the sources.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub packages: Vec<LocalPackage>,
}

impl Side {
    /// All that the store holds of it.
    fn sources(&self) -> impl Iterator<Item = &StorePath> {
        self.source.iter().chain(self.packages.iter().map(|package| &package.source))
    }

    /// The commit whose tree is this source.
    pub fn of(source: StorePath) -> Self {
        Self { source: Some(source), ..Self::default() }
    }
}

/// A Cabal package of the repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LocalPackage {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// How it wants to be built.
    pub build_type: BuildType,
    /// Its folder, as a source.
    pub source: StorePath,
    /// Which packages of the repository it is built with.
    pub dependencies: Dependencies,
    /// The name of the package of the base that it is built on; of a package of head.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
    /// Why there is none, where that is known better than by its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub absent: Option<String>,
}

/// Cabal packages that are built over the GHC of the machine.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Host {
    /// Which of head's packages are wanted, by name.
    pub wanted: Vec<String>,
    /// How all packages are built.
    pub options: HostOptions,
    /// How single ones are built otherwise, by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub package_options: BTreeMap<String, HostOptions>,
}

/// Cabal packages that nixpkgs' Haskell package set makes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cabal {
    /// Which of head's packages are wanted, by name.
    pub wanted: Vec<String>,
    /// The package set, such as `ghc98`; none for nixpkgs' default.
    pub ghc: Option<String>,
    /// The nixpkgs; none for that of Nix's search path.
    pub nixpkgs: Option<PinnedNixpkgs>,
}

/// A nixpkgs that is fetched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PinnedNixpkgs {
    /// The archive.
    pub url: Url,
    /// The hash of its content.
    pub sha256: String,
}

/// How a package is built over the GHC of the machine. What is `None` or empty is left to the Nix functions.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct HostOptions {
    /// Whether the test suites are built and run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tests: Option<bool>,
    /// Whether the benchmarks are built.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub benchmarks: Option<bool>,
    /// Whether profiling libraries are built.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profiling: Option<bool>,
    /// Whether shared libraries are built.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shared: Option<bool>,
    /// Whether static libraries are built.
    #[serde(rename = "static", skip_serializing_if = "Option::is_none")]
    pub static_libraries: Option<bool>,
    /// Whether documentation is built.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub haddock: Option<bool>,
    /// Cabal's flags: `foo` switches one on, `-foo` off.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<String>,
    /// Arguments for `Setup configure`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub configure_flags: Vec<String>,
    /// Arguments for GHC.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ghc_options: Vec<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it")]
fn is_off(switch: &bool) -> bool {
    !switch
}

/// A Nix file in the source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct File {
    /// Where it lies below the top of the source, such as `default.nix`.
    pub path: String,
    /// The attributes to build; what `nix-build` would take where there are none.
    pub attributes: Vec<String>,
}

impl Request {
    /// All sources of it that the store holds, each once.
    pub(super) fn sources(&self) -> BTreeSet<&StorePath> {
        [Some(&self.head), self.base.as_ref()].into_iter().flatten().flat_map(Side::sources).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_what_drive_nix_reads() {
        let source: StorePath = "/nix/store/hz99d8gx12kw8cv5hlgfwjm90318wkrw-source".parse().expect("a path");
        let request = Request {
            head: Side::of(source.clone()),
            base: Some(Side::of(source)),
            toolchain: None,
            asked: Asked::File(File { path: "default.nix".into(), attributes: vec!["lib".into()] }),
            failing: Failing::default(),
            verify: false,
            plain_only: false,
        };
        insta::assert_json_snapshot!(request);
    }

    #[test]
    fn only_options_that_were_set_are_said() {
        let json = |options: &HostOptions| serde_json::to_string(options).expect("JSON");
        assert_eq!(json(&HostOptions::default()), "{}");
        assert_eq!(json(&HostOptions { tests: Some(false), ..HostOptions::default() }), r#"{"tests":false}"#);
    }
}
