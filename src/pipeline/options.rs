//! What a build is told.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::clock::Clock;
use crate::history;
use crate::nix::flake::Attribute as FlakeAttribute;
use crate::nix::{self, HostOptions, UserArg};
use crate::plan::Wish;

/// What is built.
#[derive(Debug, Clone)]
pub enum Target {
    /// The Cabal package of a folder of the tree, over the machine's GHC.
    Host {
        /// The folder, or the description in it, below the top; none to look for the only package.
        folder: Option<String>,
        /// How it is configured.
        options: HostOptions,
    },
    /// Packages that a Nix file of the tree defines.
    File {
        /// The file, below the top.
        path: String,
        /// The attributes; none for what the file gives by itself.
        attributes: Vec<String>,
        /// What its function gets.
        arguments: Vec<UserArg>,
    },
    /// Packages that flakes of the tree provide.
    Flake {
        /// What is wanted of them.
        attributes: Vec<FlakeAttribute>,
    },
}

/// All that a build is told.
#[derive(Debug, Clone)]
pub struct BuildOptions {
    /// How the base is chosen.
    pub base: history::Options,
    /// What is wanted.
    pub wish: Wish,
    /// Whether the build is to be compared with a clean one.
    pub verify: bool,
    /// What is built.
    pub target: Target,
    /// Whether modules that run Template Haskell are reused although files that they may have read changed.
    pub trust_th: bool,
    /// What Nix is told.
    pub nix: nix::Options,
    /// Where the result is linked; none for no link.
    pub link: Option<PathBuf>,
    /// A folder with other Nix functions than hinc's own, for work on these.
    pub functions: Option<PathBuf>,
    /// hinc's state folder, for the record and the GC roots; none to keep neither.
    pub state: Option<PathBuf>,
    /// hinc's cache folder.
    pub cache: PathBuf,
    /// The search path on which GHC is looked for.
    pub search_path: OsString,
    /// The clock.
    pub clock: Clock,
}
