//! What head and the base are, and what Nix is asked of them: target by target.

use super::flake;
use super::packages::{Member, Packages};
use crate::model::revision::Base;
use crate::model::source::SourceTree;
use crate::nix::flake::Attribute;
use crate::nix::{self, Asked, HostOptions, PinnedNixpkgs, Side};
use crate::pipeline::options::{Selection, Target};
use crate::pipeline::{BuildOptions, Error, Project};
use crate::source;

/// The two commits, as far as what is built needs them.
pub(super) struct Sides {
    /// Head, for Nix.
    pub(super) head: Side,
    /// The base; none where it has nothing of what is built.
    pub(super) base: Option<Side>,
    /// The sources of head.
    pub(super) head_sources: Vec<Place>,
    /// The sources of the base.
    pub(super) base_sources: Vec<Place>,
    /// Whether all that is built is the same at both.
    pub(super) same_source: bool,
    /// What Nix is asked.
    pub(super) asked: Asked,
    /// What the user should know before it is built.
    pub(super) warnings: Vec<String>,
}

/// A source, and the folder of the tree that it is.
#[derive(Clone)]
pub(in crate::pipeline) struct Place {
    pub(in crate::pipeline) folder: String,
    pub(in crate::pipeline) source: SourceTree,
}

impl Sides {
    /// Finds what a target is at both commits. What the base lacks or had broken is no reason to fail.
    pub(super) fn of(project: &Project, options: &BuildOptions, base: &Base) -> Result<Self, Error> {
        match &options.target {
            Target::Host { selection, options: how } => host(project, options, base, selection, how),
            Target::Nixpkgs { selection, ghc, pinned } => {
                nixpkgs(project, options, base, selection, ghc.as_deref(), pinned.as_ref())
            }
            Target::File { path, attributes, .. } => file(project, options, base, path, attributes),
            Target::Flake { attributes } => of_flakes(project, options, base, attributes),
        }
    }

    /// The same for a build that has no use for the base, not even for its source.
    pub(super) fn without_base(self) -> Self {
        let asked = match self.asked {
            Asked::Flake(flake) => Asked::Flake(flake.without_base()),
            asked => asked,
        };
        Self { base: None, base_sources: Vec::new(), asked, ..self }
    }
}

/// Cabal packages over the GHC of the machine that builds.
fn host(
    project: &Project,
    options: &BuildOptions,
    base: &Base,
    selection: &Selection,
    how: &HostOptions,
) -> Result<Sides, Error> {
    let packages = Packages::find(project, options, selection, &base.tree)?;
    let asked = Asked::Host(packages.host(how));
    Ok(of_packages(packages, asked))
}

/// Cabal packages that nixpkgs' Haskell package set makes.
fn nixpkgs(
    project: &Project,
    options: &BuildOptions,
    base: &Base,
    selection: &Selection,
    ghc: Option<&str>,
    pinned: Option<&PinnedNixpkgs>,
) -> Result<Sides, Error> {
    let packages = Packages::find(project, options, selection, &base.tree)?;
    let asked = Asked::Cabal(nix::Cabal {
        wanted: packages.wanted.clone(),
        ghc: ghc.map(str::to_owned),
        nixpkgs: pinned.cloned(),
    });
    Ok(of_packages(packages, asked))
}

fn of_packages(packages: Packages, asked: Asked) -> Sides {
    let places = |members: &[Member]| -> Vec<Place> {
        let place = |member: &Member| Place { folder: member.package.folder.clone(), source: member.source.clone() };
        members.iter().map(place).collect()
    };
    Sides {
        head: Packages::side(&packages.head),
        base: packages.has_base().then(|| Packages::side(&packages.base)),
        head_sources: places(&packages.head),
        base_sources: places(&packages.base),
        same_source: packages.are_the_same(),
        asked,
        warnings: packages.warnings,
    }
}

/// Packages that a Nix file of the tree defines.
fn file(
    project: &Project,
    options: &BuildOptions,
    base: &Base,
    path: &str,
    attributes: &[String],
) -> Result<Sides, Error> {
    if source::read_file(project.git(), &project.head().tree, path)?.is_none() {
        return Err(Error::NoSuchFile { path: path.to_owned(), commit: project.head().commit.clone() });
    }
    let (head, base) = trees(project, options, base)?;
    let asked = Asked::File(nix::File { path: path.to_owned(), attributes: attributes.to_vec() });
    Ok(of_trees(head, base, asked))
}

/// Packages that flakes of the tree provide.
fn of_flakes(project: &Project, options: &BuildOptions, base: &Base, attributes: &[Attribute]) -> Result<Sides, Error> {
    flake::check(project, attributes)?;
    let (head, base_source) = trees(project, options, base)?;
    let asked = Asked::Flake(flake::asked(project, base, attributes, &options.nix, &head, base_source.as_ref()));
    let sides = of_trees(head, base_source, asked);
    // A flake knows its commit, and may build the same source of another one differently.
    Ok(Sides { same_source: sides.same_source && project.head().commit == base.commit, ..sides })
}

/// The whole trees of both commits as sources; of the base only where it can be one.
fn trees(project: &Project, options: &BuildOptions, base: &Base) -> Result<(SourceTree, Option<SourceTree>), Error> {
    let cache = Some(options.cache.as_path());
    let head = project.source(&project.head().tree, "", cache)?;
    Ok((head, project.source(&base.tree, "", cache).ok()))
}

fn of_trees(head: SourceTree, base: Option<SourceTree>, asked: Asked) -> Sides {
    let whole = |source| Place { folder: String::new(), source };
    let side = |source: &SourceTree| Side::of(source.store_path.clone());
    Sides {
        head: side(&head),
        base: base.as_ref().map(side),
        same_source: base.as_ref().is_some_and(|base| base.store_path == head.store_path),
        head_sources: vec![whole(head)],
        base_sources: base.map(whole).into_iter().collect(),
        asked,
        warnings: Vec::new(),
    }
}
