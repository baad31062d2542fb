//! What `hinc verify` found: whether the incremental result is what a clean build gives.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::haskell::{ComponentName, ModuleName};
use super::name::PackageName;
use super::record::Failure;
use super::revision::{Base, Head};
use super::store::StorePath;

/// The version of the document's form.
pub const VERIFICATION_SCHEMA_VERSION: u32 = 1;

/// What one `hinc verify` found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Verification {
    /// [`VERIFICATION_SCHEMA_VERSION`].
    pub schema_version: u32,
    /// The version of hinc that wrote it.
    pub hinc: String,
    /// When it began.
    pub started: DateTime<Utc>,
    /// How long all of it took, in seconds.
    pub seconds: f64,
    /// The commit that was built.
    pub head: Head,
    /// The commit that it was built on.
    pub base: Base,
    /// The verdict on all packages: the worst of theirs.
    pub verdict: Verdict,
    /// The verdict in one sentence.
    pub why: String,
    /// The packages that were asked for.
    pub packages: Vec<VerifiedPackage>,
}

/// What is to be said of an incremental build.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// There is no incremental build, so a clean one is the result.
    NothingToVerify,
    /// It gives what a clean build gives.
    Equal,
    /// Something kept the builds from being compared: a machine, a limit of time.
    Failed,
    /// It gives something else.
    Different,
}

/// One package.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct VerifiedPackage {
    /// Its name.
    pub package: PackageName,
    /// Its version.
    pub version: String,
    /// The verdict on it.
    pub verdict: Verdict,
    /// The verdict in one sentence.
    pub why: String,
    /// The result of the incremental build; none where there is no such build or it failed.
    pub incremental: Option<StorePath>,
    /// The result of the clean build; none where it was not needed or failed.
    pub clean: Option<StorePath>,
    /// How long the incremental build compiled, in seconds, where it was built now.
    pub incremental_seconds: Option<f64>,
    /// How long the clean build compiled, in seconds, where it was built now.
    pub clean_seconds: Option<f64>,
    /// Why the incremental build failed, where it did.
    pub incremental_failure: Option<Failure>,
    /// Why the clean build failed, where it did.
    pub clean_failure: Option<Failure>,
    /// How much was compared.
    pub compared: Compared,
    /// What differs.
    pub differences: Vec<Difference>,
    /// What differs here, and between two clean builds as well: it says nothing about the incremental one.
    pub unstable: Vec<Difference>,
    /// What GHC wrote otherwise for others to inline, in interfaces of modules whose code is the same.
    pub same_code: Vec<Difference>,
}

/// How much was compared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Compared {
    /// Interfaces, of every way.
    pub interfaces: u32,
    /// Objects of modules, of every way.
    pub objects: u32,
    /// Other files of the build folder: objects of C, generated sources.
    pub others: u32,
    /// Installed files.
    pub files: u32,
    /// Lines that the test suites printed.
    pub test_lines: u32,
    /// Warnings of GHC.
    pub warnings: u32,
    /// Those of the objects and files whose bytes differ in nothing but what GHC names and orders at random.
    pub renamed: u32,
}

/// What sort of thing differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Subject {
    /// One build failed, or both did in different steps.
    Build,
    /// What GHC knows of a module.
    Interface,
    /// The code of a module.
    Object,
    /// Another file of the build folder.
    BuildFile,
    /// The description of a library in the package database.
    Registration,
    /// An installed file.
    File,
    /// What the test suites printed.
    Tests,
    /// A warning of GHC.
    Warning,
    /// The incremental build does not give the same when it is built once more.
    Repetition,
}

/// One thing that differs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Difference {
    /// What sort of thing.
    pub subject: Subject,
    /// The component, where it is about a module.
    pub component: Option<ComponentName>,
    /// The module, where it is about one.
    pub module: Option<ModuleName>,
    /// The file: below the build folder, or below the installed one. Empty where it is about none.
    pub file: String,
    /// What of it differs.
    pub what: String,
    /// What the incremental build has there; none where it has nothing.
    pub incremental: Option<String>,
    /// What the clean build has there; none where it has nothing.
    pub clean: Option<String>,
}
