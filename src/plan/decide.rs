//! How head is to be built, as far as it is known before Nix evaluates anything.

use crate::model::package::Package;
use crate::model::plan::Mode;
use crate::model::store::StorePath;

/// What the user asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Wish {
    /// Head, on the base where that is possible.
    #[default]
    Incremental,
    /// The full build of the base and nothing else, for everybody who builds on it later.
    FullOnly,
    /// Head from scratch.
    Plain,
}

/// What is known of head and base.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// What the user asked for.
    pub wish: Wish,
    /// The source of head.
    pub head_source: &'a StorePath,
    /// The source of the base; none where the base does not have the folder that is built.
    pub base_source: Option<&'a StorePath>,
    /// Whether the same source of another commit may be built differently: a flake knows its commit.
    pub knows_its_commit: bool,
    /// The package at head, where it is a Cabal package that hinc itself found.
    pub head_package: Option<&'a Package>,
    /// The same package at the base.
    pub base_package: Option<&'a Package>,
}

/// How head is to be built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The mode.
    pub mode: Mode,
    /// Why, in one sentence without a full stop.
    pub why: String,
}

/// Decides how head is built.
///
/// A change of the package's name or version gives another unit id, and with it an interface that GHC
/// does not read (`GHC/Iface/Recomp.hs`, `checkVersions`): reuse is pointless and a restore is not paid for.
pub fn decide(facts: &Facts<'_>) -> Decision {
    let decision = |mode, why: &str| Decision { mode, why: why.to_owned() };
    if facts.wish == Wish::Plain {
        return decision(Mode::Plain, "no incremental build was wanted (--no-incremental)");
    }
    let Some(base_source) = facts.base_source else {
        return decision(Mode::Plain, "the base does not have the package yet, so there is nothing to start from");
    };
    if facts.wish == Wish::FullOnly {
        return decision(Mode::Full, "only the full build of the base was wanted (--full-only)");
    }
    if facts.head_source == base_source && !facts.knows_its_commit {
        return decision(Mode::Full, "head and its base have the same source, so the full build is the result");
    }
    if let (Some(head), Some(base)) = (facts.head_package, facts.base_package) {
        if head.name != base.name {
            let why = format!(
                "the package was named {} at the base and is {} now, so no module could be reused",
                base.name, head.name
            );
            return Decision { mode: Mode::Plain, why };
        }
        if head.version != base.version {
            let why = format!(
                "the version of {} went from {} to {}, which makes GHC compile every module again",
                head.name, base.version, head.version
            );
            return Decision { mode: Mode::Plain, why };
        }
    }
    decision(Mode::Incremental, "head is built on the compiled modules of its base")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::package::BuildType;

    fn source(letter: char) -> StorePath {
        let hash = letter.to_string().repeat(32);
        StorePath::from_parts(&hash, "source").expect("a path")
    }

    fn package(name: &str, version: &str) -> Package {
        Package {
            name: name.to_owned(),
            version: version.to_owned(),
            build_type: BuildType::Simple,
            folder: String::new(),
            description: format!("{name}.cabal"),
        }
    }

    fn decided(wish: Wish, base: Option<char>, versions: (&str, &str)) -> Decision {
        let (head, base_source) = (source('a'), base.map(source));
        let (head_package, base_package) = (package("foo", versions.0), package("foo", versions.1));
        decide(&Facts {
            wish,
            head_source: &head,
            base_source: base_source.as_ref(),
            knows_its_commit: false,
            head_package: Some(&head_package),
            base_package: Some(&base_package),
        })
    }

    #[test]
    fn every_case_has_its_mode() {
        let same = ("1.0", "1.0");
        assert_eq!(decided(Wish::Incremental, Some('b'), same).mode, Mode::Incremental);
        assert_eq!(decided(Wish::Incremental, Some('a'), same).mode, Mode::Full);
        assert_eq!(decided(Wish::Incremental, None, same).mode, Mode::Plain);
        assert_eq!(decided(Wish::FullOnly, Some('b'), same).mode, Mode::Full);
        assert_eq!(decided(Wish::FullOnly, None, same).mode, Mode::Plain);
        assert_eq!(decided(Wish::Plain, Some('b'), same).mode, Mode::Plain);
    }

    #[test]
    fn the_same_source_of_another_commit_may_be_built_differently() {
        let same = source('a');
        let facts = Facts {
            wish: Wish::Incremental,
            head_source: &same,
            base_source: Some(&same),
            knows_its_commit: true,
            head_package: None,
            base_package: None,
        };
        assert_eq!(decide(&facts).mode, Mode::Incremental);
        assert_eq!(decide(&Facts { knows_its_commit: false, ..facts }).mode, Mode::Full);
    }

    #[test]
    fn a_version_bump_is_built_plainly_and_says_so() {
        let decision = decided(Wish::Incremental, Some('b'), ("1.1", "1.0"));
        assert_eq!(decision.mode, Mode::Plain);
        assert_eq!(decision.why, "the version of foo went from 1.0 to 1.1, which makes GHC compile every module again");
    }
}
