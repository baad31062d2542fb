//! From two commits to a plan: sources, evaluation, and what is decided before anything is built.

use tokio_util::sync::CancellationToken;

use super::evaluations::{Evaluations, wished};
use super::packages::{Member, Packages};
use super::site::Work;
use super::sources::{self, Wanted};
use super::{BuildOptions, Error, Project, Target, flake};
use crate::model::event::{Event, Speaker};
use crate::model::plan::{Candidate, Mode, Plan};
use crate::model::revision::Base;
use crate::model::source::SourceTree;
use crate::nix::toolchain::{self, HostToolchain};
use crate::nix::{self, Library, Request, UserArg};
use crate::plan::{self, Decision, Facts, Wish};
use crate::source;

/// A plan, and what is needed to carry it out.
#[derive(Clone)]
pub(super) struct Prepared {
    pub(super) plan: Plan,
    /// What is built where the full build of the base fails: head, from scratch.
    pub(super) fallback: Plan,
    /// The machine's GHC, where it is needed.
    pub(super) host: Option<HostToolchain>,
    /// What the evaluation found; nothing where it was not needed.
    pub(super) candidates: Vec<Candidate>,
    /// Whether it is certain already that there is nothing to build.
    pub(super) known_to_be_built: bool,
}

/// What the two commits are, as far as the target needs it.
struct Sides {
    head: nix::Side,
    /// None where the base has nothing of what is built.
    base: Option<nix::Side>,
    head_sources: Vec<Place>,
    base_sources: Vec<Place>,
    same_source: bool,
    packages: Option<Packages>,
}

/// A source, and the folder of the tree that it is.
struct Place {
    folder: String,
    source: SourceTree,
}

fn sides(project: &Project, options: &BuildOptions, base: &Base) -> Result<Sides, Error> {
    let cache = Some(options.cache.as_path());
    let head_tree = &project.head().tree;
    match &options.target {
        Target::Host { selection, .. } | Target::Nixpkgs { selection, .. } => {
            let packages = Packages::find(project, options, selection, &base.tree)?;
            let places = |members: &[Member]| -> Vec<Place> {
                let place =
                    |member: &Member| Place { folder: member.package.folder.clone(), source: member.source.clone() };
                members.iter().map(place).collect()
            };
            Ok(Sides {
                head: Packages::side(&packages.head),
                base: packages.has_base().then(|| Packages::side(&packages.base)),
                head_sources: places(&packages.head),
                base_sources: places(&packages.base),
                same_source: packages.are_the_same(),
                packages: Some(packages),
            })
        }
        Target::File { .. } | Target::Flake { .. } => {
            match &options.target {
                Target::File { path, .. } if source::read_file(project.git(), head_tree, path)?.is_none() => {
                    return Err(Error::NoSuchFile { path: path.clone(), commit: project.head().commit.clone() });
                }
                Target::Flake { attributes } => flake::check(project, attributes)?,
                _ => {}
            }
            // A flake knows its commit, and may build the same source of another one differently.
            let may_differ = matches!(options.target, Target::Flake { .. }) && project.head().commit != base.commit;
            let whole = |source| Place { folder: String::new(), source };
            let head = whole(project.source(head_tree, "", cache)?);
            let base = project.source(&base.tree, "", cache).ok().map(whole);
            let side = |place: &Place| nix::Side::of(place.source.store_path.clone());
            Ok(Sides {
                head: side(&head),
                base: base.as_ref().map(side),
                same_source: !may_differ
                    && base.as_ref().is_some_and(|base| base.source.store_path == head.source.store_path),
                head_sources: vec![head],
                base_sources: base.into_iter().collect(),
                packages: None,
            })
        }
    }
}

/// The GHC that packages without a Nix file are built with.
pub(super) enum Ghc {
    /// That of this machine.
    Here,
    /// That of a builder.
    There(HostToolchain),
    /// None: what is built brings its own.
    Nowhere,
}

impl Ghc {
    async fn find(self, options: &BuildOptions, cancel: &CancellationToken) -> Result<HostToolchain, nix::Error> {
        match self {
            Self::Here => toolchain::detect(&options.search_path, Some(&options.cache), cancel).await,
            Self::There(host) => Ok(host),
            Self::Nowhere => Err(nix::Error::NoGhc),
        }
    }
}

/// Chooses the sources, puts them into the store, and finds the derivations.
pub(super) async fn prepare(work: Work<'_>, base: &Base, ghc: Ghc) -> Result<Prepared, Error> {
    let Work { project, options, nix, on_event, cancel } = work;
    let sides = sides(project, options, base)?;
    let warn = |by, text: &str| on_event(&Event::warning(options.clock.now(), by, text));
    for text in sides.packages.iter().flat_map(|packages| &packages.warnings) {
        warn(Speaker::Hinc, &format!("warning: {text}"));
    }
    let decision =
        plan::decide(Facts { wish: options.wish, has_base: sides.base.is_some(), same_source: sides.same_source });
    if options.wish == Wish::FullOnly && decision.mode != Mode::Full {
        return Err(Error::NoFullBuild { why: decision.why });
    }
    // A plain build has no use for the base, not even for its source.
    let use_base = decision.mode != Mode::Plain;
    let mut wanted = Vec::new();
    for Place { folder, source } in &sides.head_sources {
        wanted.push(Wanted { tree: &project.head().tree, folder, source });
    }
    for Place { folder, source } in sides.base_sources.iter().filter(|_| use_base) {
        wanted.push(Wanted { tree: &base.tree, folder, source });
    }

    let host = ghc.find(options, cancel).await;
    let library = match &options.functions {
        Some(folder) => Library::at(folder),
        None => Library::install(&options.cache)?,
    };
    let evaluations = Evaluations { nix, options, library: &library, cancel };
    let mut request = Request {
        head: sides.head,
        base: sides.base.filter(|_| use_base),
        toolchain: None,
        host: None,
        cabal: None,
        file: None,
        flake: None,
        verify: options.verify,
        plain_only: false,
    };
    let (host, arguments): (Option<HostToolchain>, &[UserArg]) = match (&options.target, &sides.packages) {
        (Target::File { path, attributes, arguments }, _) => {
            request.file = Some(nix::File { path: path.clone(), attributes: attributes.clone() });
            // The packages of a Nix file may do without the machine's GHC.
            (host.ok(), arguments)
        }
        (Target::Flake { attributes }, _) => {
            let [head] = sides.head_sources.as_slice() else { unreachable!("a flake has one source") };
            let base_source = sides.base_sources.first().map(|place| &place.source).filter(|_| use_base);
            request.flake = Some(flake::asked(project, base, attributes, nix, &head.source, base_source));
            request.toolchain = host.as_ref().ok().map(|host| host.toolchain.clone());
            if let Some(known) = evaluations.known(&request, &[], &decision, &warn).await? {
                return Ok(known);
            }
            if let Some(flake) = &mut request.flake {
                flake::count(project, flake)?;
            }
            (host.ok(), &[])
        }
        (Target::Nixpkgs { ghc, pinned, .. }, packages) => {
            request.cabal = packages.as_ref().map(|packages| nix::Cabal {
                wanted: packages.wanted.clone(),
                ghc: ghc.clone(),
                nixpkgs: pinned.clone(),
            });
            // So do those of nixpkgs.
            (host.ok(), &[])
        }
        (Target::Host { options: host_options, .. }, packages) => {
            request.host = packages.as_ref().map(|packages| packages.host(host_options));
            if let Ok(host) = &host {
                request.toolchain = Some(host.toolchain.clone());
                if let Some(known) = evaluations.known(&request, &[], &decision, &warn).await? {
                    return Ok(known);
                }
            } else {
                // Where Nix is missing as well, that is the first thing to say.
                nix::version(cancel).await?;
            }
            (Some(host?), &[])
        }
    };
    request.toolchain = host.as_ref().map(|host| host.toolchain.clone());
    if !nix.answers_by_itself(&request)
        && let Some(known) = evaluations.known(&request, arguments, &decision, &warn).await?
    {
        return Ok(known);
    }
    sources::add(nix, project, &wanted, cancel).await?;
    let (evaluation, decision) = evaluations.evaluate(request, arguments, decision).await?;
    for text in &evaluation.messages {
        warn(Speaker::Nix, text);
    }
    for text in &evaluation.warnings {
        warn(Speaker::Hinc, &format!("warning: {text}"));
    }
    let candidates = evaluation.packages;
    let plan = wished(options, plan::assemble(&decision, &candidates))?;
    let why = "the full build of the base failed, so there is nothing to start from";
    let fallback = plan::assemble(&Decision { mode: Mode::Plain, why: why.to_owned() }, &candidates);
    Ok(Prepared { plan, fallback, host, candidates, known_to_be_built: false })
}
