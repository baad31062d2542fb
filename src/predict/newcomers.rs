//! Modules that the base did not compile, and that head may.
//!
//! A description names them, or a module that is compiled imports them: GHC looks for what is imported in the source
//! folders, whether it is named or not. Imports are not parsed here. A module that imports another one has its name in
//! its text, unless something else makes that text first.

use std::collections::BTreeMap;

use gix::bstr::{BStr, BString, ByteSlice as _};

use super::description::{Component, Description};
use crate::model::haskell::{ComponentName, ModuleName};
use crate::model::prediction::ModuleId;

/// The suffixes of sources: GHC's own, and those that Cabal has preprocessors for (`knownSuffixHandlers`).
const SUFFIXES: &[&str] = &["hs", "lhs", "hsc", "chs", "x", "y", "ly", "gc", "cpphs", "hsig", "lhsig"];

/// Haskell, and what the usual preprocessors take the imports of as they are.
const TAKE_IMPORTS_OVER: &[&str] = &[".hs", ".lhs", ".hs-boot", ".lhs-boot", ".hsc", ".chs", ".x", ".y", ".ly"];

/// Returns the modules that a file can be the source of, or the `-boot` file of, by what a description says.
pub(super) fn modules_at(description: &Description, path: &BStr) -> Vec<ModuleId> {
    let Ok(text) = path.to_str() else { return Vec::new() };
    let source = text.strip_suffix("-boot").unwrap_or(text);
    let Some((stem, suffix)) = source.rsplit_once('.') else { return Vec::new() };
    if !SUFFIXES.contains(&suffix) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (label, component) in &description.components {
        for name in names_in(component, stem, source) {
            found.push(ModuleId { component: ComponentName(label.clone()), module: ModuleName(name) });
        }
    }
    found
}

fn names_in(component: &Component, stem: &str, source: &str) -> Vec<String> {
    let is_module = |part: &str| {
        part.chars().next().is_some_and(char::is_uppercase)
            && part.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '\''))
    };
    let mut names = Vec::new();
    for folder in &component.folders {
        let below = if folder == "." {
            Some((stem, source))
        } else {
            let below = |path: &'_ str| {
                path.strip_prefix(folder.as_str()).and_then(|rest| rest.strip_prefix('/')).map(str::len)
            };
            below(stem).zip(below(source)).map(|(a, b)| (&stem[stem.len() - a..], &source[source.len() - b..]))
        };
        let Some((below, file)) = below else { continue };
        if below.split('/').all(is_module) {
            names.push(below.replace('/', "."));
        }
        // The main module has another name than its file, and `-main-is` can give it that of its file.
        if component.mains.contains(file) {
            names.push("Main".to_owned());
        }
    }
    names.sort();
    names.dedup();
    names
}

/// What a text says of its imports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Text<'a> {
    /// It is what GHC reads.
    Plain(&'a [u8]),
    /// Something else makes what GHC reads.
    Unclear,
}

impl<'a> Text<'a> {
    /// Looks at a source.
    pub(super) fn of(path: &BStr, text: &'a [u8], description: &Description) -> Self {
        let is_plain = TAKE_IMPORTS_OVER.iter().any(|suffix| path.ends_with(suffix.as_bytes()));
        let has = |word: &str| memchr::memmem::find(text, word.as_bytes()).is_some();
        // A macro can stand for a name, and a program can make any text.
        let has_macros = (has("CPP") || has("-cpp") || description.has_macros)
            && (description.defines_macros || has("define") || has("include") || has("\\\n"));
        if !is_plain || has_macros || description.has_programs || has("pgm") || has("-F") {
            return Self::Unclear;
        }
        Self::Plain(text)
    }

    /// Whether it may import a module of this name.
    pub(super) fn may_import(self, name: &str) -> bool {
        match self {
            Self::Plain(text) => memchr::memmem::find(text, name.as_bytes()).is_some(),
            Self::Unclear => true,
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

/// Whether a description names a module, of whatever branch.
pub(super) fn is_listed(description: &Description, id: &ModuleId) -> bool {
    let component = description.components.get(&id.component.0);
    component.is_some_and(|component| {
        component.listed.contains(&id.module.0) || id.module.0 == "Main" && !component.mains.is_empty()
    })
}
