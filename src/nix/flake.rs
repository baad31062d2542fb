//! Flakes in the source: what `drive.nix` is told of them, and what is done so that they evaluate purely.

use serde::Serialize;

use super::command::Options;
use crate::error::Hint;
use crate::model::percent;
use crate::model::revision::CommitId;
use crate::model::store::NarHash;

/// Attributes of flakes that lie in the sources.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Flake {
    /// What the flakes learn of head.
    pub head: Locked,
    /// What they learn of the base, where there is one.
    pub base: Option<Locked>,
    /// What is wanted.
    pub attributes: Vec<Wanted>,
    /// Whether the clone lacks a part of the history, so that commits cannot be counted.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub shallow: bool,
}

impl Flake {
    /// The same where the base is of no use.
    #[must_use]
    pub fn without_base(self) -> Self {
        let attributes = self.attributes.into_iter().map(|wanted| Wanted { in_base: false, ..wanted }).collect();
        Self { base: None, attributes, ..self }
    }
}

/// What a flake learns of the commit that it is part of, as `self.rev` and so on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Locked {
    /// The hash of the source.
    pub nar_hash: NarHash,
    /// The commit; none for a work tree with changes, which is no commit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rev: Option<CommitId>,
    /// How many commits are reachable from it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rev_count: Option<u64>,
    /// The committer time; for a work tree with changes that of the commit below them.
    pub last_modified: u64,
}

/// One attribute, and where `drive.nix` looks for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Wanted {
    /// The attribute as the user wrote it; empty for the default package.
    pub name: String,
    /// The folder of the flake below the top of the source.
    pub folder: String,
    /// The same as a part of an address.
    pub dir: String,
    /// Where to look, one after the other.
    pub paths: Vec<Vec<String>>,
    /// Whether the base has this flake.
    pub in_base: bool,
}

/// An attribute of a flake as the user asked for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// The folder of the flake below the top of the tree.
    pub folder: String,
    /// What was written after the `#`.
    pub text: String,
    /// Its parts; none for the default package.
    pub path: Vec<String>,
    /// Whether it is meant from the top, and no packages of the system are looked for.
    pub from_the_top: bool,
}

impl Attribute {
    /// Returns the flake's file below the top of the tree.
    pub fn file(&self) -> String {
        if self.folder.is_empty() { "flake.nix".to_owned() } else { format!("{}/flake.nix", self.folder) }
    }

    /// Returns what `drive.nix` is told.
    pub fn wanted(&self, system: &str, in_base: bool) -> Wanted {
        Wanted {
            name: self.text.clone(),
            folder: self.folder.clone(),
            dir: percent::encoded(&self.folder, b"-._~/"),
            paths: self.places(system),
            in_base,
        }
    }

    /// Returns the places where `nix build` looks for it (`getDefaultFlakeAttrPaths` and
    /// `getDefaultFlakeAttrPathPrefixes` in `installables.cc`).
    fn places(&self, system: &str) -> Vec<Vec<String>> {
        let below = |parts: &[&str]| -> Vec<String> {
            parts.iter().map(|&part| part.to_owned()).chain(self.path.iter().cloned()).collect()
        };
        if self.path.is_empty() {
            vec![below(&["packages", system, "default"]), below(&["defaultPackage", system])]
        } else if self.from_the_top {
            vec![below(&[])]
        } else {
            vec![below(&["packages", system]), below(&["legacyPackages", system]), below(&[])]
        }
    }
}

/// Returns Nix's name of the platform whose packages are built: the machine's own, unless the user names another.
pub fn system(options: &Options) -> String {
    let named = options.options.iter().rev().find(|(name, _)| name == "system").map(|(_, system)| system.clone());
    named.unwrap_or_else(|| {
        let arch = match std::env::consts::ARCH {
            "x86" => "i686",
            arch => arch,
        };
        let kernel = match std::env::consts::OS {
            "macos" => "darwin",
            kernel => kernel,
        };
        format!("{arch}-{kernel}")
    })
}

/// Whether the user's options leave the evaluation pure, so that it gives the same each time.
pub(super) fn is_pure(options: &Options) -> bool {
    !options.options.iter().any(|(name, _)| name == "pure-eval")
}

/// Returns what to do about an error that only flakes have.
pub(super) fn hints(tail: &[String]) -> Vec<Hint> {
    let says = |part: &str| tail.iter().any(|line| line.contains(part));
    // Texts of Nix 2.26 and 2.34 (`flake.cc`), and of Lix 2.95.
    if says("cannot update unlocked flake input") || says("requires lock file changes") {
        return vec![Hint::new(
            "the lock file of the commit lacks an input: run `nix flake lock` and commit flake.lock",
        )];
    }
    if says("is not allowed in pure evaluation mode")
        || says("is forbidden in pure evaluation mode")
        || says("is forbidden in pure eval mode")
        || says("attribute 'currentSystem' missing")
        || says("attribute 'currentTime' missing")
    {
        return vec![Hint::new(
            "a flake may read only itself and its locked inputs; for this build `--option pure-eval false` lifts that",
        )];
    }
    if says("attribute 'rev' missing") || says("attribute 'dirtyRev' missing") {
        return vec![Hint::new(
            "a work tree with changes has no `self.rev`, and none of Nix's path flakes has a `self.dirtyRev`: \
             write `self.rev or \"dirty\"`, or commit first",
        )];
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn places(path: &[&str], from_the_top: bool) -> Vec<String> {
        let path = path.iter().map(|&part| part.to_owned()).collect();
        let attribute = Attribute { folder: String::new(), text: String::new(), path, from_the_top };
        attribute.places("x86_64-linux").iter().map(|path| path.join(" ")).collect()
    }

    #[test]
    fn attributes_are_looked_for_where_nix_build_does() {
        assert_eq!(places(&[], false), ["packages x86_64-linux default", "defaultPackage x86_64-linux"]);
        assert_eq!(
            places(&["a", "b.c"], false),
            ["packages x86_64-linux a b.c", "legacyPackages x86_64-linux a b.c", "a b.c"]
        );
        assert_eq!(places(&["checks", "x"], true), ["checks x"]);
    }

    #[test]
    fn the_system_is_the_machines_unless_the_user_names_one() {
        let with = |options: &[(&str, &str)]| {
            let options = options.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            Options { options, ..Options::default() }
        };
        let own = system(&Options::default());
        assert!(own.ends_with("-linux") || own.ends_with("-darwin"), "{own}");
        assert_eq!(system(&with(&[("system", "a-b"), ("cores", "1"), ("system", "c-d")])), "c-d");
        assert!(is_pure(&with(&[("system", "a-b")])));
        assert!(!is_pure(&with(&[("pure-eval", "false")])));
    }

    // Printed by Nix 2.26.3.
    #[test]
    fn errors_that_only_flakes_have_are_known() {
        let cases = [
            ("error: cannot update unlocked flake input 'dep' in pure mode", "nix flake lock"),
            (
                "error: access to absolute path '/etc' is forbidden in pure evaluation mode (use '--impure' to override)",
                "pure-eval",
            ),
            ("error: 'builtins.storePath' is not allowed in pure evaluation mode", "pure-eval"),
            (
                // Lix 2.95.3.
                "error: access to absolute path '/etc/passwd' is forbidden in pure eval mode (use '--impure' to override)",
                "pure-eval",
            ),
            ("error: attribute 'currentTime' missing", "pure-eval"),
            ("error: attribute 'dirtyRev' missing", "commit first"),
        ];
        for (line, part) in cases {
            let hints = hints(&[line.to_owned()]);
            assert!(hints.len() == 1 && format!("{hints:?}").contains(part), "{line}: {hints:?}");
        }
        assert!(hints(&["error: attribute 'x' missing".to_owned()]).is_empty());
    }
}
