//! What builds Cabal packages that have no Nix file: the machine's GHC, or nixpkgs.

use clap::Args;

use super::error::Error;
use super::settings::HincToml;
use crate::error::Hint;
use crate::pipeline::{Selection, Target};

/// What builds the packages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Toolchain {
    /// The GHC of the machine, with the packages of its database.
    #[default]
    Host,
    /// The Haskell packages of nixpkgs, by `callCabal2nix`.
    Nixpkgs,
}

/// With what Cabal packages are built.
#[derive(Debug, Args)]
pub(super) struct ToolchainArgs {
    /// What builds Cabal packages. Default: `toolchain` of `hinc.toml`, then `host`.
    ///
    /// With `nixpkgs`, packages are made by `callCabal2nix` of the nixpkgs that Nix's search path has, or that
    /// `hinc.toml` names. See docs/projects.md.
    #[arg(long, value_name = "TOOLCHAIN")]
    toolchain: Option<Toolchain>,
    /// The Haskell package set of nixpkgs, such as `ghc98`. Default: `haskellPackages`.
    #[arg(long, value_name = "SET")]
    ghc: Option<String>,
}

impl ToolchainArgs {
    /// Refuses what is said beside a Nix file or a flake, which choose by themselves.
    pub(super) fn refuse(&self) -> Result<(), Error> {
        let Some(what) = self.given() else { return Ok(()) };
        let hints = vec![Hint::new("let the Nix file or the flake choose the compiler, or leave it out")];
        Err(Error::Usage(format!("{what} is for Cabal packages without a Nix file or a flake"), hints))
    }

    fn given(&self) -> Option<&'static str> {
        self.toolchain.map(|_| "`--toolchain`").or(self.ghc.as_ref().map(|_| "`--ghc`"))
    }

    /// Returns what is built, with what.
    pub(super) fn target(&self, selection: Selection, file: &HincToml) -> Result<Target, Error> {
        match self.toolchain.unwrap_or(file.toolchain()) {
            Toolchain::Nixpkgs => Ok(Target::Nixpkgs {
                selection,
                ghc: self.ghc.clone().or(file.ghc().map(str::to_owned)),
                pinned: file.nixpkgs()?,
            }),
            Toolchain::Host if self.ghc.is_some() => {
                let hints = vec![
                    Hint::new("add `--toolchain nixpkgs`"),
                    Hint::new("over the machine's GHC, it is the `ghc` on the PATH that is used"),
                ];
                Err(Error::Usage("`--ghc` names a package set of nixpkgs".to_owned(), hints))
            }
            Toolchain::Host => Ok(Target::Host { selection, options: file.host_options() }),
        }
    }
}
