//! GHC's reasons to compile something.
//!
//! Source of the facts: `GHC/Iface/Recomp.hs` (`RecompReason`) of GHC 9.4 to 9.14.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::haskell::ModuleName;

/// Makes [`Reason`] and [`ReasonCode`] of one table: a line is a reason, what it names, its code in the record, and the
/// words of GHC, in lower case, where these are always the same. `log` reads those that name something.
macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident $(($names:ty))? = $code:literal $(, $words:literal)?;)+) => {
        /// Why GHC compiles something.
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Reason {
            $($(#[$doc])* $name $(($names))?,)+
        }

        /// The name of a reason, without what it names. Stable: the record has it.
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[cfg_attr(test, derive(schemars::JsonSchema))]
        pub enum ReasonCode {
            $($(#[$doc])* #[serde(rename = $code)] $name,)+
            /// One that this version of hinc does not know, as a newer one wrote it.
            #[serde(untagged)]
            Newer(String),
        }

        impl Reason {
            /// Returns its name, without what it names.
            pub const fn code(&self) -> ReasonCode {
                match self {
                    $(Self::$name { .. } => ReasonCode::$name,)+
                }
            }

            /// Returns the reason that GHC gives in words that are always the same; `lower` is what it printed in
            /// brackets, in lower-case ASCII: older versions wrote some reasons so.
            pub fn of_words(lower: &str) -> Option<Self> {
                match lower {
                    $($($words => Some(Self::$name),)?)+
                    _ => None,
                }
            }
        }

        impl ReasonCode {
            /// All that this version of hinc knows.
            pub const KNOWN: &[Self] = &[$(Self::$name),+];

            /// Returns it as the record has it.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$name => $code,)+
                    Self::Newer(code) => code,
                }
            }
        }
    };
}

reasons! {
    /// No reason was printed: a new module, or an interface that is absent, unreadable or of another unit id.
    MustCompile = "must-compile", "";
    /// `Source file changed`.
    SourceFileChanged = "source-file-changed", "source file changed";
    /// `Flags changed`.
    FlagsChanged = "flags-changed", "flags changed";
    /// `Optimisation flags changed`.
    OptimisationFlagsChanged = "optimisation-flags-changed", "optimisation flags changed";
    /// `HPC flags changed`.
    HpcFlagsChanged = "hpc-flags-changed", "hpc flags changed";
    /// `M changed`: what this module uses of an imported one.
    ModuleChanged(ModuleName) = "module-changed";
    /// `M[TH] changed`: the object of a module that a splice of this one loaded.
    SpliceModuleChanged(ModuleName) = "splice-module-changed";
    /// `PATH changed`: a file that the module told GHC of, an included one, or a library loaded for a splice.
    FileChanged(String) = "file-changed";
    /// `M added`: the module imports one more.
    ImportAdded(ModuleName) = "import-added";
    /// `M removed`: the module imports one less.
    ImportRemoved(ModuleName) = "import-removed";
    /// `M package changed`: an imported module now comes from another unit.
    PackageChanged(String) = "package-changed";
    /// `M package changed` of a Backpack signature that is filled. GHC says it each time: it looks for the packages of
    /// the signature's imports among those that the module in its place uses.
    SignatureFilled = "signature-filled";
    /// `UNIT removed`: a unit is no longer used.
    PackageRemoved(String) = "package-removed";
    /// `-this-unit-id changed`.
    UnitIdChanged = "unit-id-changed", "-this-unit-id changed";
    /// `Signatures to merge in changed`.
    SignaturesChanged = "signatures-changed", "signatures to merge in changed";
    /// `Implementing module changed`.
    ImplementationChanged = "implementation-changed", "implementing module changed";
    /// `Impure plugin forced recompilation`.
    ImpurePlugin = "impure-plugin", "impure plugin forced recompilation";
    /// `Plugins changed`.
    PluginsChanged = "plugins-changed", "plugins changed";
    /// `Plugin fingerprint changed`.
    PluginFingerprintChanged = "plugin-fingerprint-changed", "plugin fingerprint changed";
    /// `HIE file is missing`.
    HieMissing = "hie-missing", "hie file is missing";
    /// `HIE file is out of date`.
    HieOutdated = "hie-outdated", "hie file is out of date";
    /// `Missing bytecode`, `object file`, `dynamic object file` or `dynamic interface file`: absent, or older than the interface.
    MissingArtifact(String) = "missing-artifact";
    /// `Mismatched dynamic interface file`.
    MismatchedDynamicInterface = "mismatched-dynamic-interface", "mismatched dynamic interface file";
    /// `Objects changed`, of a link.
    ObjectsChanged = "objects-changed", "objects changed";
    /// `Library changed`, of a link.
    LibraryChanged = "library-changed", "library changed";
    /// `Old interface lacks recompilation info` (GHC 9.14).
    OldInterfaceIncomplete = "old-interface-incomplete", "old interface lacks recompilation info";
    /// `JS backend always recompiles modules using Template Haskell for now`.
    JavaScriptSplice = "javascript-splice";
    /// Words that this version of hinc does not know.
    Unknown(String) = "unknown";
}

impl Reason {
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
    pub fn is_passed_on(&self) -> bool {
        self.code().is_passed_on()
    }
}

impl ReasonCode {
    /// Whether another module is the cause, so that the chain of reasons goes on there.
    pub const fn is_passed_on(&self) -> bool {
        matches!(self, Self::ModuleChanged | Self::SpliceModuleChanged | Self::ImportAdded | Self::ImportRemoved)
    }
}

impl fmt::Display for ReasonCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_written_as_it_is_read_and_one_of_a_newer_hinc_is_kept() {
        for code in ReasonCode::KNOWN {
            let json = serde_json::to_string(code).expect("JSON");
            assert_eq!(json, format!("\"{code}\""));
            assert_eq!(&serde_json::from_str::<ReasonCode>(&json).expect("a code"), code);
        }
        let newer = ReasonCode::Newer("full-moon".to_owned());
        assert_eq!(serde_json::from_str::<ReasonCode>("\"full-moon\"").expect("a code"), newer);
        assert_eq!(serde_json::to_string(&newer).expect("JSON"), "\"full-moon\"");
        assert!(serde_json::from_str::<ReasonCode>("7").is_err());
    }
}
