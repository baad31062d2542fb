//! Modules, components and GHC's reasons to compile.
//!
//! Source of the facts: `GHC/Iface/Recomp.hs` (`RecompReason`) and `GHC/Driver/Main.hs`
//! (`batchMsgWith`) of GHC 9.4 to 9.14.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The name of a module, such as `Data.Map.Strict`. What GHC prints is kept as it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct ModuleName(pub String);

impl fmt::Display for ModuleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A component of a package, as Cabal names it on its command line: `lib`, `lib:internal`,
/// `exe:foo`, `test:spec`, `bench:speed`, `flib:foo`. Empty where it is not known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct ComponentName(pub String);

impl fmt::Display for ComponentName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What stands at a place of GHC's build plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum NodeKind {
    /// A module.
    Module,
    /// The boot file of a module: `[boot]`.
    Boot,
    /// A Backpack signature: `[sig]`.
    Signature,
    /// `Instantiating`, of Backpack.
    Instantiation,
    /// `Linking`, of a program.
    Link,
}

/// A line `[ 7 of 10] Compiling M ( … ) [reason]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// The place in the plan, from 1. Not a count of what was compiled.
    pub index: u32,
    /// How many places the plan has.
    pub total: u32,
    /// What is at this place.
    pub kind: NodeKind,
    /// The module; of a link, the program's path.
    pub module: ModuleName,
    /// The source file, where GHC prints it.
    pub source: Option<String>,
    /// The object files, where GHC prints them. Their suffix tells the way.
    pub objects: Vec<String>,
    /// Why it is compiled.
    pub reason: Reason,
    /// The same as GHC printed it, without the brackets; empty where it printed none.
    pub reason_text: String,
}

/// Why GHC compiles something.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// No reason was printed: a new module, or an interface that is absent, unreadable or of another unit id.
    MustCompile,
    /// `Source file changed`.
    SourceFileChanged,
    /// `Flags changed`.
    FlagsChanged,
    /// `Optimisation flags changed`.
    OptimisationFlagsChanged,
    /// `HPC flags changed`.
    HpcFlagsChanged,
    /// `M changed`: what this module uses of an imported one.
    ModuleChanged(ModuleName),
    /// `M[TH] changed`: the object of a module that a splice of this one loaded.
    SpliceModuleChanged(ModuleName),
    /// `PATH changed`: a file that the module told GHC of, an included one, or a library loaded for a splice.
    FileChanged(String),
    /// `M added`: the module imports one more.
    ImportAdded(ModuleName),
    /// `M removed`: the module imports one less.
    ImportRemoved(ModuleName),
    /// `M package changed`: an imported module now comes from another unit.
    PackageChanged(String),
    /// `M package changed` of a Backpack signature that is filled. GHC says it each time: it looks for the packages of
    /// the signature's imports among those that the module in its place uses.
    SignatureFilled,
    /// `UNIT removed`: a unit is no longer used.
    PackageRemoved(String),
    /// `-this-unit-id changed`.
    UnitIdChanged,
    /// `Signatures to merge in changed`.
    SignaturesChanged,
    /// `Implementing module changed`.
    ImplementationChanged,
    /// `Impure plugin forced recompilation`.
    ImpurePlugin,
    /// `Plugins changed`.
    PluginsChanged,
    /// `Plugin fingerprint changed`.
    PluginFingerprintChanged,
    /// `HIE file is missing`.
    HieMissing,
    /// `HIE file is out of date`.
    HieOutdated,
    /// `Missing bytecode`, `object file`, `dynamic object file` or `dynamic interface file`: absent, or older than the interface.
    MissingArtifact(String),
    /// `Mismatched dynamic interface file`.
    MismatchedDynamicInterface,
    /// `Objects changed`, of a link.
    ObjectsChanged,
    /// `Library changed`, of a link.
    LibraryChanged,
    /// `Old interface lacks recompilation info` (GHC 9.14).
    OldInterfaceIncomplete,
    /// `JS backend always recompiles modules using Template Haskell for now`.
    JavaScriptSplice,
    /// A reason that this version of hinc does not know.
    Unknown(String),
}

impl Reason {
    /// Returns the name of the reason, without what it names. Stable: the record has it.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::MustCompile => "must-compile",
            Self::SourceFileChanged => "source-file-changed",
            Self::FlagsChanged => "flags-changed",
            Self::OptimisationFlagsChanged => "optimisation-flags-changed",
            Self::HpcFlagsChanged => "hpc-flags-changed",
            Self::ModuleChanged(_) => "module-changed",
            Self::SpliceModuleChanged(_) => "splice-module-changed",
            Self::FileChanged(_) => "file-changed",
            Self::ImportAdded(_) => "import-added",
            Self::ImportRemoved(_) => "import-removed",
            Self::PackageChanged(_) => "package-changed",
            Self::SignatureFilled => "signature-filled",
            Self::PackageRemoved(_) => "package-removed",
            Self::UnitIdChanged => "unit-id-changed",
            Self::SignaturesChanged => "signatures-changed",
            Self::ImplementationChanged => "implementation-changed",
            Self::ImpurePlugin => "impure-plugin",
            Self::PluginsChanged => "plugins-changed",
            Self::PluginFingerprintChanged => "plugin-fingerprint-changed",
            Self::HieMissing => "hie-missing",
            Self::HieOutdated => "hie-outdated",
            Self::MissingArtifact(_) => "missing-artifact",
            Self::MismatchedDynamicInterface => "mismatched-dynamic-interface",
            Self::ObjectsChanged => "objects-changed",
            Self::LibraryChanged => "library-changed",
            Self::OldInterfaceIncomplete => "old-interface-incomplete",
            Self::JavaScriptSplice => "javascript-splice",
            Self::Unknown(_) => "unknown",
        }
    }

    /// Returns what the reason names: a module, a file, a package, an artifact.
    pub fn cause(&self) -> Option<&str> {
        match self {
            Self::ModuleChanged(module)
            | Self::SpliceModuleChanged(module)
            | Self::ImportAdded(module)
            | Self::ImportRemoved(module) => Some(&module.0),
            Self::FileChanged(name)
            | Self::PackageChanged(name)
            | Self::PackageRemoved(name)
            | Self::MissingArtifact(name) => Some(name),
            _ => None,
        }
    }

    /// Whether another module is the cause, so that the chain of reasons goes on there.
    pub const fn is_passed_on(&self) -> bool {
        matches!(
            self,
            Self::ModuleChanged(_) | Self::SpliceModuleChanged(_) | Self::ImportAdded(_) | Self::ImportRemoved(_)
        )
    }
}
