//! What `hinc verify` found: whether the incremental result is what a clean build gives.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::base_failure::BaseFailure;
use super::haskell::{ComponentName, ModuleName};
use super::name::PackageName;
use super::record::Failure;
use super::revision::{Base, Head};
use super::store::StorePath;
use crate::exit::Exit;

/// The version of the document's form.
pub const VERIFICATION_SCHEMA_VERSION: u32 = 2;

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
    /// Which full builds of the base, and of newer bases that were passed over for it, fail.
    #[serde(default)]
    pub base_failures: Vec<BaseFailure>,
}

/// What is to be said of an incremental build, from the best to the worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// There is no incremental build, and a clean one was made: that is the result.
    NothingToVerify,
    /// It gives what a clean build gives.
    Equal,
    /// The package does not build: both builds fail in the same way, or there is only one, and it fails.
    Fails,
    /// The builds could not be compared.
    NotCompared,
    /// It gives something else.
    Different,
}

impl Verdict {
    /// Returns how `hinc verify` ends.
    pub const fn exit(self) -> Exit {
        match self {
            Self::NothingToVerify | Self::Equal => Exit::Success,
            Self::Fails => Exit::BuildFailed,
            Self::NotCompared => Exit::NotCompared,
            Self::Different => Exit::Difference,
        }
    }
}

/// One of the things that are made for a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// The full build of the base.
    Base,
    /// The incremental build.
    Incremental,
    /// The incremental build, made once more.
    IncrementalAgain,
    /// The clean build.
    Clean,
    /// The second clean build.
    CleanAgain,
    /// The description of the incremental build.
    IncrementalDescription,
    /// The description of the clean build.
    CleanDescription,
    /// The description of the second clean build.
    CleanAgainDescription,
    /// The build of a package that has no incremental one.
    Only,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Base => "the full build of the base",
            Self::Incremental => "the incremental build",
            Self::IncrementalAgain => "the incremental build, made once more,",
            Self::Clean => "the clean build",
            Self::CleanAgain => "the second clean build",
            Self::IncrementalDescription => "the description of the incremental build",
            Self::CleanDescription => "the description of the clean build",
            Self::CleanAgainDescription => "the description of the second clean build",
            Self::Only => "the build",
        })
    }
}

/// What kept builds from being compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Obstacle {
    /// One ran into a limit of time.
    TimedOut,
    /// One failed while there was no room left on the disk.
    DiskFull,
    /// One was ended from outside.
    Killed,
    /// One was stopped before its end.
    Stopped,
    /// There is no machine for one.
    NoMachine,
    /// One has another hash than it should.
    HashMismatch,
    /// One gave another result when Nix repeated it.
    NotDeterministic,
    /// One could not be begun, since something that it needs is not there.
    NotBegun,
    /// None of the two could be begun.
    NeitherBegun,
    /// One failed that says nothing about the package: a description, a second clean build.
    Failed,
    /// Both builds fail, and at least one does not say in which step.
    UnknownStep,
    /// Both builds fail in the same step with nothing in common in what GHC says.
    OtherErrors,
    /// There was nothing in the descriptions to compare.
    Empty,
    /// Nix gives no way to describe the incremental build.
    NoDescription,
}

/// Why builds were not compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct NotCompared {
    /// What it was.
    pub because: Obstacle,
    /// The part that it befell; null where it is about several.
    pub part: Option<Part>,
}

/// A part that failed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct FailedPart {
    /// Which.
    pub part: Part,
    /// How it failed.
    pub failure: Failure,
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
    /// Why the builds were not compared, where that is the verdict.
    pub not_compared: Option<NotCompared>,
    /// What failed of all that was made, and how.
    pub failures: Vec<FailedPart>,
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
