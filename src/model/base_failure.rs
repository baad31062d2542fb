//! Full builds of bases that fail, and what is left of these bases.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::name::PackageName;
use super::revision::CommitId;
use super::store::StorePath;

/// The full build of a package at a base, which fails.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct BaseFailure {
    /// The base: that of the record, or a newer one that was passed over.
    pub commit: CommitId,
    /// The package.
    pub package: PackageName,
    /// The derivation of the full build.
    pub drv: StorePath,
    /// What head can be built on all the same.
    pub left: Left,
    /// How it is known.
    pub known: Known,
    /// The step it failed in, where that is known.
    pub phase: Option<String>,
    /// The first line of what it failed with, where that is known.
    pub error: Option<String>,
}

/// What is left of a base whose full build fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Left {
    /// The modules that compile.
    Modules,
    /// Nothing: it cannot be configured, or no module compiles.
    Nothing,
    /// Nobody knows: it was the machine that failed, as far as can be told. No later build hears of it.
    Unknown,
}

/// How it is known that a full build fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Known {
    /// It failed in this build.
    ThisBuild,
    /// It failed in an earlier one on this machine.
    EarlierBuild,
    /// A store or a cache has what compiles of it, which nobody makes of a package that builds.
    PartialBuild,
}

/// The packages of a base whose full builds fail, by what is left of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Failing {
    /// Those of which there are modules.
    pub partial: BTreeSet<PackageName>,
    /// Those of which there is nothing.
    pub gone: BTreeSet<PackageName>,
}

impl Failing {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.partial.is_empty() && self.gone.is_empty()
    }

    /// Gathers them, of one commit.
    pub fn at<'a>(commit: &CommitId, failures: impl IntoIterator<Item = &'a BaseFailure>) -> Self {
        let mut failing = Self::default();
        for failure in failures.into_iter().filter(|failure| failure.commit == *commit) {
            match failure.left {
                Left::Modules => failing.partial.insert(failure.package.clone()),
                Left::Nothing | Left::Unknown => failing.gone.insert(failure.package.clone()),
            };
        }
        failing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_of_one_commit_are_gathered_by_what_is_left() {
        let commit = |letter: &str| letter.repeat(40).parse::<CommitId>().expect("a name");
        let failure = |at: &str, package: &str, left| BaseFailure {
            commit: commit(at),
            package: package.parse().expect("a name"),
            drv: StorePath::from_parts(&"0".repeat(32), "x.drv").expect("a path"),
            left,
            known: Known::ThisBuild,
            phase: None,
            error: None,
        };
        let all = [
            failure("a", "one", Left::Modules),
            failure("a", "two", Left::Nothing),
            failure("a", "three", Left::Unknown),
            failure("b", "four", Left::Modules),
        ];
        let told = |at: &str| serde_json::to_string(&Failing::at(&commit(at), &all)).expect("JSON");
        assert_eq!(told("a"), r#"{"partial":["one"],"gone":["three","two"]}"#);
        assert_eq!(told("b"), r#"{"partial":["four"],"gone":[]}"#);
        assert!(Failing::at(&commit("c"), &all).is_empty() && !Failing::at(&commit("b"), &all).is_empty());
    }
}
