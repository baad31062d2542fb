//! Edits and what each set off.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::haskell::{ComponentName, NodeKind};
use crate::model::name::PackageName;
use crate::model::precaution::{Cause, LeftOut};
use crate::model::reason::ReasonCode;
use crate::model::record::{Build, Module, Record};

/// From how many modules on those that GHC compiled without a reason are one group: that many
/// were hardly all created by hand.
const MANY_WITHOUT_REASON: usize = 6;

/// Something that changed, with all that GHC compiled because of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Edit<'a> {
    /// What changed.
    pub root: Root<'a>,
    /// What kind of change it is.
    pub nature: Nature<'a>,
    /// What GHC compiled because of it, in GHC's order; an edited module is one of them.
    pub modules: Vec<&'a Module>,
    /// Their shares of the wall clock, in seconds.
    pub seconds: f64,
}

impl Edit<'_> {
    /// How many of its modules are counted: boot files are not.
    pub fn count(&self) -> usize {
        self.modules.iter().filter(|module| is_counted(module)).count()
    }
}

/// What the chains of reasons lead back to. Modules of different packages and components have the same name, and files
/// may be called as flags are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Root<'a> {
    /// What changed: a module, a file, `flags`; empty where several things are told as one.
    pub name: &'a str,
    /// The component of the module that it is, where it is one of the package.
    pub component: Option<&'a ComponentName>,
    /// The package; none where it is not one of the record.
    pub package: Option<&'a PackageName>,
    /// GHC's reason there; none in records of older versions.
    reason: Option<&'a ReasonCode>,
}

impl<'a> Root<'a> {
    pub(super) fn of(module: &'a Module) -> Self {
        Self {
            name: &module.root_cause,
            component: module.root_component.as_ref(),
            package: module.root_package.as_ref(),
            reason: module.root_reason.as_ref(),
        }
    }
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
    /// What a module of another package has for those who import it.
    OtherPackage,
    /// The same of a module of this package, of which GHC did not say why it compiled it.
    Interface,
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
            Self::Source | Self::File | Self::New | Self::OtherPackage | Self::Interface => false,
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

/// What the builds of a record tell of roots together: the edit may be in another package than what it set off.
pub struct Causes<'a> {
    /// What was left out of what a build took from the base, by the root that it is for others. Modules of one root were
    /// left out for the same thing.
    precautions: BTreeMap<Root<'a>, &'a LeftOut>,
    /// The reasons at the ends of chains, of roots that have none, as older versions did not write it: the first that no
    /// other module passed on, else the first.
    ends: BTreeMap<Root<'a>, &'a ReasonCode>,
}

impl<'a> Causes<'a> {
    /// Collects them, in one walk.
    pub fn of(record: &'a Record) -> Self {
        let mut causes = Self { precautions: BTreeMap::new(), ends: BTreeMap::new() };
        for module in record.builds.iter().flat_map(|build| &build.modules) {
            let root = Root::of(module);
            if let Some(left_out) = &module.left_out {
                causes.precautions.insert(root, left_out);
            }
            if module.root_reason.is_none() {
                let end = causes.ends.entry(root).or_insert(&module.reason);
                if end.is_passed_on() && !module.reason.is_passed_on() {
                    *end = &module.reason;
                }
            }
        }
        causes
    }

    /// Returns the edits of a build of the record, the one that cost most time first.
    pub fn edits(&self, build: &'a Build) -> Vec<Edit<'a>> {
        // Thousands of modules may have one root.
        let roots: BTreeSet<Root<'_>> = build.modules.iter().map(Root::of).collect();
        let natures: BTreeMap<Root<'_>, Nature<'_>> =
            roots.into_iter().map(|root| (root, self.nature(root, build))).collect();
        let without_reason = natures.values().filter(|&&nature| nature == Nature::New).count();
        let mut edits: BTreeMap<_, Edit<'a>> = BTreeMap::new();
        for module in &build.modules {
            let mut root = Root::of(module);
            let mut nature = natures[&root];
            if nature == Nature::New && without_reason >= MANY_WITHOUT_REASON {
                root = Root { name: "", component: None, package: Some(&build.package), reason: None };
                nature = Nature::ManyNew;
            }
            let edit = edits.entry(root).or_insert_with(|| Edit { root, nature, modules: Vec::new(), seconds: 0.0 });
            edit.modules.push(module);
            edit.seconds += module.seconds.unwrap_or(0.0);
        }
        let mut edits: Vec<_> = edits.into_values().collect();
        edits.sort_by(|a, b| b.seconds.total_cmp(&a.seconds).then_with(|| a.root.cmp(&b.root)));
        edits
    }

    /// What kind of change a root is.
    fn nature(&self, root: Root<'a>, build: &Build) -> Nature<'a> {
        if let Some(left_out) = self.precautions.get(&root) {
            return Nature::Precaution(left_out);
        }
        root.reason
            .or_else(|| self.ends.get(&root).copied())
            .map_or(Nature::Unknown, |reason| nature(reason, root, build))
    }
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

/// Returns the name that the chain of reasons goes on to from a module; none where it ends there.
pub(super) fn leads_to(module: &Module) -> Option<&str> {
    let leads_on = module.reason.is_passed_on() || module.reason == ReasonCode::PackageChanged;
    module.cause.as_deref().filter(|_| leads_on && module.left_out.is_none())
}

/// Whether an entry is one of the modules that are counted.
pub fn is_counted(module: &Module) -> bool {
    matches!(module.kind, NodeKind::Module | NodeKind::Signature)
}

/// What kind of change a root is that is no precaution, by the reason at the end of its chain.
fn nature<'a>(reason: &ReasonCode, root: Root<'a>, build: &Build) -> Nature<'a> {
    match reason {
        ReasonCode::SourceFileChanged if is_made_by_cabal(root, build) => Nature::Paths,
        ReasonCode::SourceFileChanged => Nature::Source,
        ReasonCode::FileChanged => Nature::File,
        ReasonCode::MustCompile | ReasonCode::SignatureFilled => Nature::New,
        ReasonCode::ModuleChanged | ReasonCode::SpliceModuleChanged if root.component.is_some() => Nature::Interface,
        ReasonCode::ModuleChanged | ReasonCode::SpliceModuleChanged => Nature::OtherPackage,
        ReasonCode::ImportAdded | ReasonCode::ImportRemoved => Nature::Imports,
        ReasonCode::FlagsChanged | ReasonCode::OptimisationFlagsChanged | ReasonCode::HpcFlagsChanged => Nature::Flags,
        ReasonCode::PackageChanged | ReasonCode::PackageRemoved | ReasonCode::UnitIdChanged => Nature::Packages,
        ReasonCode::ImpurePlugin | ReasonCode::PluginsChanged | ReasonCode::PluginFingerprintChanged => Nature::Plugins,
        ReasonCode::MissingArtifact
        | ReasonCode::MismatchedDynamicInterface
        | ReasonCode::HieMissing
        | ReasonCode::HieOutdated
        | ReasonCode::OldInterfaceIncomplete => Nature::Artifacts,
        ReasonCode::SignaturesChanged
        | ReasonCode::ImplementationChanged
        | ReasonCode::ObjectsChanged
        | ReasonCode::LibraryChanged
        | ReasonCode::JavaScriptSplice
        | ReasonCode::Unknown
        | ReasonCode::Newer(_) => Nature::Unknown,
    }
}

/// Whether Cabal writes a module, with the package's name in its own.
fn is_made_by_cabal(root: Root<'_>, build: &Build) -> bool {
    let package = root.package.unwrap_or(&build.package).as_str().replace('-', "_");
    ["Paths_", "PackageInfo_"].iter().any(|made| root.name.strip_prefix(made) == Some(package.as_str()))
}
