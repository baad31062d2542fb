//! Edits and what each set off.

use std::collections::BTreeMap;

use crate::model::haskell::{ComponentName, NodeKind};
use crate::model::precaution::{Cause, LeftOut};
use crate::model::record::{Build, Module, Record};

/// From how many modules on those that GHC compiled without a reason are one group: that many
/// were hardly all created by hand.
const MANY_WITHOUT_REASON: usize = 6;

/// Something that changed, with all that GHC compiled because of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Edit<'a> {
    /// What changed: a module, a file, `flags`.
    pub root: &'a str,
    /// The component of the module that it is, where it is one of this build.
    pub component: Option<&'a ComponentName>,
    /// What kind of change it is.
    pub nature: Nature<'a>,
    /// What GHC compiled because of it, in GHC's order; an edited module is one of them.
    pub modules: Vec<&'a Module>,
    /// How many of these are modules, not boot files.
    pub count: usize,
    /// Their shares of the wall clock, in seconds.
    pub seconds: f64,
}

/// What kind of change a root cause is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Nature<'a> {
    /// Something that GHC does not compare, so that the builder kept modules of the base from it.
    Precaution(&'a LeftOut),
    /// The source of a module.
    Source,
    /// A file that a module reads while it is compiled, or a library that it runs.
    File,
    /// A module that GHC had no interface of: a new one, as a rule.
    New,
    /// Many modules that GHC had no interfaces of.
    ManyNew,
    /// A module of another package.
    OtherPackage,
    /// The module that Cabal writes with the package's version and folders.
    Paths,
    /// The list of imports, without an edit of the importing module.
    Imports,
    /// Flags of GHC.
    Flags,
    /// The packages that the package uses, or its unit id.
    Packages,
    /// Plugins of GHC.
    Plugins,
    /// Interfaces or objects that were not there, or did not belong together.
    Artifacts,
    /// Something else, in GHC's words.
    Unknown,
}

impl Nature<'_> {
    /// Whether nobody edited anything that would explain it.
    pub const fn is_unexpected(self) -> bool {
        match self {
            // Somebody edited a file that was read.
            Self::Precaution(left_out) => !matches!(left_out.cause, Cause::Input(_)),
            Self::Source | Self::File | Self::New | Self::OtherPackage => false,
            Self::ManyNew
            | Self::Paths
            | Self::Imports
            | Self::Flags
            | Self::Packages
            | Self::Plugins
            | Self::Artifacts
            | Self::Unknown => true,
        }
    }

    /// Whether it is only that nobody knows what was read, which the reader can do something about.
    pub const fn is_of_what_was_not_seen(self) -> bool {
        matches!(self, Self::Precaution(LeftOut { cause: Cause::Unfollowed(_) | Cause::Unobserved(_), .. }))
    }
}

/// Returns the edits of a build, the one that set off most first.
pub fn edits<'a>(record: &'a Record, build: &'a Build) -> Vec<Edit<'a>> {
    let own = own_reasons(record);
    let roots: BTreeMap<&str, Nature<'_>> = build
        .modules
        .iter()
        .map(|module| {
            let reason = own.get(module.root_cause.as_str()).copied();
            (module.root_cause.as_str(), nature(&module.root_cause, reason))
        })
        .collect();
    let without_reason = roots.values().filter(|&&nature| nature == Nature::New).count();
    let mut edits: BTreeMap<_, Edit<'a>> = BTreeMap::new();
    for module in &build.modules {
        let root = module.root_cause.as_str();
        let mut key = (root, module.root_component.as_ref(), roots[root]);
        if key.2 == Nature::New && without_reason >= MANY_WITHOUT_REASON {
            key = ("", None, Nature::ManyNew);
        }
        let edit = edits.entry(key).or_insert_with(|| Edit {
            root: key.0,
            component: key.1,
            nature: key.2,
            modules: Vec::new(),
            count: 0,
            seconds: 0.0,
        });
        edit.modules.push(module);
        edit.count += usize::from(is_counted(module));
        edit.seconds += module.seconds.unwrap_or(0.0);
    }
    let mut edits: Vec<_> = edits.into_values().collect();
    edits.sort_by(|a, b| b.modules.len().cmp(&a.modules.len()).then_with(|| a.root.cmp(b.root)));
    edits
}

/// Whether all modules of a package of several were compiled.
pub fn nothing_reused(build: &Build) -> bool {
    build.modules_total.is_some_and(|total| total > 1 && total == build.modules_rebuilt)
}

/// Returns the modules that took longest, longest first, at most `most`.
pub fn slowest(build: &Build, most: usize) -> Vec<(&Module, f64)> {
    let timed = build.modules.iter().filter_map(|module| module.seconds.map(|seconds| (module, seconds)));
    let mut timed: Vec<_> = timed.filter(|(_, seconds)| *seconds > 0.0).collect();
    timed.sort_by(|a, b| b.1.total_cmp(&a.1));
    timed.truncate(most);
    timed
}

/// Returns what made GHC compile most other modules by being named in their reasons, with how many
/// these are, at most `most`. What concerns a single module is left out.
pub fn contagious(build: &Build, most: usize) -> Vec<(&str, usize)> {
    let mut named: BTreeMap<&str, usize> = BTreeMap::new();
    for module in build.modules.iter().filter(|module| is_counted(module)) {
        if let Some(cause) = &module.cause {
            *named.entry(cause).or_default() += 1;
        }
    }
    let mut named: Vec<_> = named.into_iter().filter(|(_, count)| *count > 1).collect();
    named.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    named.truncate(most);
    named
}

/// Whether an entry is one of the modules that are counted.
pub fn is_counted(module: &Module) -> bool {
    matches!(module.kind, NodeKind::Module | NodeKind::Signature)
}

/// The reason that stands at the root of each cause, from anywhere in the record: the edit may be
/// in another package.
fn own_reasons(record: &Record) -> BTreeMap<&str, Own<'_>> {
    let passed_on =
        |reason: &str| matches!(reason, "module-changed" | "splice-module-changed" | "import-added" | "import-removed");
    let modules = record.builds.iter().flat_map(|build| &build.modules);
    let mut reasons = BTreeMap::new();
    for module in modules {
        let root = module.root_cause.as_str();
        let own = Own { reason: &module.reason, left_out: module.left_out.as_ref() };
        // A chain's own end wins over links that lead out of all that was compiled, and over those of another
        // package whose module comes from another unit now.
        let is_precaution = reasons.get(root).is_some_and(|known: &Own<'_>| known.left_out.is_some());
        if passed_on(own.reason) || is_precaution {
            reasons.entry(root).or_insert(own);
        } else {
            reasons.insert(root, own);
        }
    }
    reasons
}

/// What stands at the end of a chain.
#[derive(Clone, Copy)]
struct Own<'a> {
    reason: &'a str,
    left_out: Option<&'a LeftOut>,
}

fn nature<'a>(root: &str, own: Option<Own<'a>>) -> Nature<'a> {
    if let Some(left_out) = own.and_then(|own| own.left_out) {
        return Nature::Precaution(left_out);
    }
    match own.map(|own| own.reason).unwrap_or_default() {
        "source-file-changed" if root.starts_with("Paths_") => Nature::Paths,
        "source-file-changed" => Nature::Source,
        "file-changed" => Nature::File,
        "must-compile" => Nature::New,
        "module-changed" | "splice-module-changed" => Nature::OtherPackage,
        "import-added" | "import-removed" => Nature::Imports,
        "flags-changed" | "optimisation-flags-changed" | "hpc-flags-changed" => Nature::Flags,
        "package-changed" | "package-removed" | "unit-id-changed" => Nature::Packages,
        "impure-plugin" | "plugins-changed" | "plugin-fingerprint-changed" => Nature::Plugins,
        "missing-artifact"
        | "mismatched-dynamic-interface"
        | "hie-missing"
        | "hie-outdated"
        | "old-interface-incomplete" => Nature::Artifacts,
        _ => Nature::Unknown,
    }
}
