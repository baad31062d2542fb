//! Modules that the base did not compile, and that head may.
//!
//! A description names them, or a module that is compiled imports them: GHC looks for what is imported in the source
//! folders, whether it is named or not.

use std::collections::{BTreeMap, BTreeSet};

use gix::bstr::{BStr, BString, ByteSlice as _};

use super::description::{Component, Description};
use crate::model::haskell::header::Header;
use crate::model::haskell::{ComponentName, ModuleName};
use crate::model::prediction::ModuleId;

/// The suffixes of sources: GHC's own, and those that Cabal has preprocessors for (`knownSuffixHandlers`).
const SUFFIXES: &[&str] = &["hs", "lhs", "hsc", "chs", "x", "y", "ly", "gc", "cpphs", "hsig", "lhsig"];

/// Returns the modules that a file can be the source of, or the `-boot` file of, by what a description says.
pub(super) fn modules_at(description: &Description, path: &BStr) -> Vec<ModuleId> {
    modules_in(description, path, &|component| component.folders.iter().map(String::as_str).collect())
}

/// Returns the modules that a file counts as another source of, though GHC does not look for one there: what describes
/// packages takes the package's own folder for the last folder of each component (`nix/host/DescribePackage.hs`).
pub(super) fn modules_aside(description: &Description, path: &BStr) -> Vec<ModuleId> {
    modules_in(description, path, &|component| if component.folders.contains(".") { vec![] } else { vec!["."] })
}

fn modules_in(description: &Description, path: &BStr, folders: &dyn Fn(&Component) -> Vec<&str>) -> Vec<ModuleId> {
    let Ok(text) = path.to_str() else { return Vec::new() };
    let source = text.strip_suffix("-boot").unwrap_or(text);
    let Some((stem, suffix)) = source.rsplit_once('.') else { return Vec::new() };
    if !SUFFIXES.contains(&suffix) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (label, component) in &description.components {
        for name in names_in(component, &folders(component), stem, source) {
            found.push(ModuleId { component: ComponentName(label.clone()), module: ModuleName(name) });
        }
    }
    found
}

fn names_in(component: &Component, folders: &[&str], stem: &str, source: &str) -> Vec<String> {
    let is_module = |part: &str| {
        part.chars().next().is_some_and(char::is_uppercase)
            && part.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '\''))
    };
    let mut names = Vec::new();
    for &folder in folders {
        let below = if folder == "." {
            Some((stem, source))
        } else {
            let below = |path: &'_ str| path.strip_prefix(folder).and_then(|rest| rest.strip_prefix('/')).map(str::len);
            below(stem).zip(below(source)).map(|(a, b)| (&stem[stem.len() - a..], &source[source.len() - b..]))
        };
        let Some((below, file)) = below else { continue };
        if below.split('/').all(is_module) {
            names.push(below.replace('/', "."));
        }
        // The main module has another name than its file, and `-main-is` can give it that of its file.
        if component.mains.contains_key(file) {
            names.push("Main".to_owned());
        }
    }
    names.sort();
    names.dedup();
    names
}

/// What a source can import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Imports {
    /// These modules and no others.
    These(BTreeSet<String>),
    /// Any: something else makes the text that GHC reads.
    Any,
}

impl Imports {
    /// Looks at the head of a source.
    pub(super) fn of(header: &Header, description: &Description) -> Self {
        let preprocessed = header.cpp || description.has_macros;
        let is_renamed = preprocessed && header.names_one_of(&description.macros);
        // What such a file has is not looked at here.
        let includes_imports = header.includes.iter().any(|include| include.at_imports);
        if !header.is_certain() || description.has_programs || is_renamed || preprocessed && includes_imports {
            return Self::Any;
        }
        // It is imported where nothing is said of it.
        let prelude = "Prelude".to_owned();
        Self::These(header.imports.iter().map(|import| import.module.0.clone()).chain([prelude]).collect())
    }

    /// What one of two sources can import.
    pub(super) fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::These(one), Self::These(two)) => Self::These(one.into_iter().chain(two).collect()),
            _ => Self::Any,
        }
    }

    /// Whether a module of this name may be among them.
    pub(super) fn may_have(&self, name: &str) -> bool {
        match self {
            Self::These(names) => names.contains(name),
            Self::Any => true,
        }
    }
}

/// Modules that head has a source for and the base did not compile.
#[derive(Debug, Clone, Default)]
pub(super) struct Newcomers {
    /// Their sources.
    pub(super) sources: BTreeMap<ModuleId, Vec<BString>>,
}

impl Newcomers {
    /// Finds them among the files of head. `is_known` says whether the base compiled a module, or another one of the
    /// same component from the same file: a main module has two names.
    pub(super) fn find<'a>(
        description: &Description,
        files: impl Iterator<Item = &'a BStr>,
        is_built: &dyn Fn(&ComponentName) -> bool,
        is_known: &dyn Fn(&ModuleId, &BStr) -> bool,
    ) -> Self {
        let mut sources: BTreeMap<ModuleId, Vec<BString>> = BTreeMap::new();
        for path in files.filter(|path| !path.ends_with(b"-boot")) {
            for id in modules_at(description, path) {
                if is_built(&id.component) && !is_known(&id, path) {
                    sources.entry(id).or_default().push(path.to_owned());
                }
            }
        }
        Self { sources }
    }
}

/// The modules that Cabal makes for a component of a package, if they are named or imported.
pub(super) fn generated_modules(description: &Description, component: &ComponentName) -> [ModuleId; 2] {
    let name = description.name.replace('-', "_");
    ["Paths_", "PackageInfo_"]
        .map(|prefix| ModuleId { component: component.clone(), module: ModuleName(format!("{prefix}{name}")) })
}

/// In which branches a description names a module; empty where it does not.
pub(super) fn branches_of(description: &Description, id: &ModuleId) -> BTreeSet<(String, String)> {
    let Some(component) = description.components.get(&id.component.0) else { return BTreeSet::new() };
    let listed = component.listed.iter().filter(|(name, _)| **name == id.module.0);
    let mains = component.mains.iter().filter(|_| id.module.0 == "Main");
    let each = listed.chain(mains);
    each.flat_map(|(name, branches)| branches.iter().map(|branch| (name.clone(), branch.clone()))).collect()
}
