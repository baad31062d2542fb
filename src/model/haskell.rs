//! Modules, components, and what GHC says of its progress.
//!
//! Source of the facts: `GHC/Driver/Main.hs` (`batchMsgWith`) of GHC 9.4 to 9.14.

use std::fmt;

use serde::{Deserialize, Serialize};

pub mod header;

use super::reason::Reason;

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

impl ComponentName {
    /// Whether other components can import its modules, as far as its name tells.
    pub fn is_library(&self) -> bool {
        matches!(self.0.split(':').next(), Some("" | "lib"))
    }
}

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
