//! What a build is told.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use super::push::Destination;
use crate::clock::Clock;
use crate::history;
use crate::model::builder::Builder;
use crate::model::event::{Event, Speaker};
use crate::nix::flake::Attribute as FlakeAttribute;
use crate::nix::{self, HostOptions, PinnedNixpkgs, UserArg};
use crate::plan::Wish;

/// What is built.
#[derive(Debug, Clone)]
pub enum Target {
    /// Cabal packages of the tree, over the machine's GHC.
    Host {
        /// Which.
        selection: Selection,
        /// How they are configured.
        options: HostOptions,
    },
    /// Cabal packages of the tree, made by nixpkgs' Haskell package set.
    Nixpkgs {
        /// Which.
        selection: Selection,
        /// The package set, such as `ghc98`; none for nixpkgs' default.
        ghc: Option<String>,
        /// The nixpkgs; none for that of Nix's search path.
        pinned: Option<PinnedNixpkgs>,
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

impl Target {
    /// What the function of a Nix file gets; nothing where there is none.
    pub(super) fn arguments(&self) -> &[UserArg] {
        match self {
            Self::File { arguments, .. } => arguments,
            Self::Host { .. } | Self::Nixpkgs { .. } | Self::Flake { .. } => &[],
        }
    }
}

/// Which Cabal packages of the tree are built.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Selection {
    /// The folders of those that are built, or the descriptions in them, below the top; none for all.
    pub folders: Vec<String>,
    /// The folders of all packages of the project, with `*` for any characters; none where `cabal.project` says so,
    /// or where they are to be looked for.
    pub patterns: Vec<String>,
}

/// Which machines build.
#[derive(Debug, Clone)]
pub struct BuilderOptions {
    /// Those that were asked for. Where there is none, this machine builds what it can.
    pub wanted: Vec<Builder>,
    /// All that are known, for what this machine cannot build.
    pub known: Vec<Builder>,
    /// The program itself, for the process that watches over a guest.
    pub hinc: PathBuf,
}

impl BuilderOptions {
    /// Whether it is certain that another machine builds.
    pub fn elsewhere(&self) -> bool {
        !self.wanted.is_empty() && !self.wanted.iter().any(|builder| builder.kind.is_this_machine())
    }
}

/// All that a build is told.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct BuildOptions {
    /// How the base is chosen.
    pub base: history::Options,
    /// What is wanted.
    pub wish: Wish,
    /// Whether full builds of the base are tried that are known to fail.
    pub retry_base: bool,
    /// Where full builds are sent.
    pub push: Vec<Destination>,
    /// How long another job is waited for that makes the same full build; none to wait for nobody.
    pub wait: Option<Duration>,
    /// Whether results are sent as well.
    pub push_results: bool,
    /// Whether the build is to be compared with a clean one.
    pub verify: bool,
    /// Whether nothing is built, and it is only said what would be.
    pub plan_only: bool,
    /// What is built.
    pub target: Target,
    /// What Nix is told.
    pub nix: nix::Options,
    /// Which machines build.
    pub builders: BuilderOptions,
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

impl BuildOptions {
    /// Makes events of what hinc says of itself.
    pub(super) fn telling<'a>(&self, on_event: &'a dyn Fn(&Event)) -> impl Fn(&str) + 'a {
        let clock = self.clock;
        move |text: &str| on_event(&Event::warning(clock.now(), Speaker::Hinc, text))
    }
}
