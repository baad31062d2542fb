//! What is going to be built, before it is.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::name::{OutputName, PackageName};
use super::store::StorePath;

/// How head is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// On the intermediates of the base.
    Incremental,
    /// From scratch, with intermediates of its own.
    Full,
    /// From scratch, as Nix would without hinc.
    Plain,
}

/// What one derivation is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// The full build of the base, or of head itself.
    Full,
    /// What compiles of the base, whose full build fails.
    Partial,
    /// Head on the intermediates of the base.
    Incremental,
    /// Head without intermediates.
    Plain,
    /// Head on the intermediates of the base once more, with intermediates of its own, to be looked at.
    Kept,
    /// Head from scratch with intermediates, to be looked at.
    Clean,
    /// The description of a build, to be compared with that of another.
    Description,
}

impl Kind {
    /// Whether later builds start from it.
    pub const fn is_of_base(self) -> bool {
        matches!(self, Self::Full | Self::Partial)
    }
}

/// A derivation and the paths it will have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Derivation {
    /// The derivation.
    pub drv: StorePath,
    /// Its outputs by name.
    pub outputs: BTreeMap<OutputName, StorePath>,
    /// The system that it is built on, as Nix writes it: `x86_64-linux`; empty where nobody said it.
    #[serde(default)]
    pub system: String,
    /// The system features that it needs, such as `kvm`.
    #[serde(default)]
    pub features: Vec<String>,
}

/// The output that later builds start from. It is no result of a build.
pub const INTERMEDIATES: &str = "intermediates";

impl Derivation {
    /// Returns its outputs but for what only later builds start from.
    pub fn results(&self) -> impl Iterator<Item = &StorePath> {
        self.outputs.iter().filter(|(name, _)| *name != INTERMEDIATES).map(|(_, path)| path)
    }

    /// Returns what only later builds start from; none of a build that leaves nothing.
    pub fn intermediates(&self) -> Option<&StorePath> {
        self.outputs.get(INTERMEDIATES)
    }
}

/// One derivation of the plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// The package's name.
    pub package: PackageName,
    /// The package's version at this commit.
    pub version: String,
    /// What it is for.
    pub kind: Kind,
    /// Why this package is built plainly, where others are not.
    #[serde(default)]
    pub why: Option<String>,
    /// The derivation.
    #[serde(flatten)]
    pub derivation: Derivation,
}

/// All of a build: the derivations in the order in which they depend on one another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// How head is built.
    pub mode: Mode,
    /// Why in this way, in one sentence without a full stop.
    pub why: String,
    /// The derivations. One that only helps another (a full build) comes before it.
    pub steps: Vec<Step>,
    /// Which of them, by index, give what the user asked for.
    pub wanted: Vec<usize>,
}

impl Plan {
    /// Returns the steps that give what the user asked for, in its order.
    pub fn wanted_steps(&self) -> impl Iterator<Item = &Step> {
        self.wanted.iter().filter_map(|&index| self.steps.get(index))
    }

    /// Returns the steps that only help another: full and partial builds of bases that nobody asked for.
    pub fn helpers(&self) -> impl Iterator<Item = &Step> {
        let is_wanted = |index: &usize| self.wanted.contains(index);
        self.steps
            .iter()
            .enumerate()
            .filter(move |(index, step)| step.kind.is_of_base() && !is_wanted(index))
            .map(|(_, step)| step)
    }
}

/// What Nix's evaluation found for one package: the derivations it could be built by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The attribute path that was asked for; empty for the package of a Cabal project.
    pub attribute: String,
    /// The package's name.
    pub name: PackageName,
    /// The package's version at head.
    pub version: String,
    /// Head from scratch, without intermediates.
    pub plain: Derivation,
    /// What of the base can be of use.
    pub reuse: Reuse,
    /// Whether it was asked for. What was not is built with one that was.
    pub wanted: bool,
}

/// What of a package's base can be of use to head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reuse {
    /// All: nothing that goes into the build changed, so that one derivation is the full build of both.
    Unchanged {
        /// The full build.
        full: Derivation,
    },
    /// The compiled modules.
    OnBase {
        /// What of the base head is built on.
        start: Start,
        /// Head on the intermediates of `start`.
        incremental: Derivation,
        /// The full build of head itself.
        clean: Derivation,
        /// What is needed to compare `incremental` with `clean`, where the request is to verify.
        proof: Option<Box<Proof>>,
    },
    /// Nothing.
    Nothing {
        /// Why, in one sentence; none where no base was named.
        why: Option<String>,
        /// Head from scratch, upon packages that are built incrementally.
        over: Option<Derivation>,
    },
}

/// What of the base an incremental build starts from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Start {
    /// Its full build.
    Full {
        /// It.
        full: Derivation,
        /// What compiles of the base, for the case that the full build fails. It has intermediates and nothing else.
        partial: Box<Derivation>,
    },
    /// What compiles of it, since its full build is known to fail.
    Partial(Derivation),
}

impl Start {
    /// Returns the derivation that has the intermediates.
    pub const fn derivation(&self) -> &Derivation {
        match self {
            Self::Full { full, .. } => full,
            Self::Partial(partial) => partial,
        }
    }

    /// Returns what kind of build it is.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Full { .. } => Kind::Full,
            Self::Partial(_) => Kind::Partial,
        }
    }
}

/// The builds that prove an incremental one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// The incremental build once more, with an output `intermediates`.
    pub kept: Derivation,
    /// The further derivations.
    pub comparison: Comparison,
}

/// What is needed to compare an incremental build with a clean one. The descriptions have one output, a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comparison {
    /// A second clean build, which shows in what a clean build differs from itself.
    pub again: Derivation,
    /// The description of the incremental build.
    pub described_incremental: Derivation,
    /// The description of the clean build.
    pub described_clean: Derivation,
    /// The description of the second clean build.
    pub described_again: Derivation,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wanted_and_what_only_helps() {
        let step = |package: &str, kind| Step {
            package: package.parse().expect("a name"),
            version: "1".to_owned(),
            kind,
            why: None,
            derivation: Derivation {
                drv: StorePath::from_parts(&"a".repeat(32), &format!("{package}.drv")).expect("a path"),
                outputs: BTreeMap::new(),
                system: String::new(),
                features: Vec::new(),
            },
        };
        let steps = vec![
            step("base", Kind::Full),
            step("head", Kind::Incremental),
            step("same", Kind::Full),
            step("beneath", Kind::Plain),
        ];
        let plan = Plan { mode: Mode::Incremental, why: String::new(), steps, wanted: vec![2, 1, 9] };
        let names = |steps: Vec<&Step>| -> Vec<String> { steps.iter().map(|step| step.package.to_string()).collect() };
        assert_eq!(names(plan.wanted_steps().collect()), ["same", "head"]);
        assert_eq!(names(plan.helpers().collect()), ["base"]);
    }
}
