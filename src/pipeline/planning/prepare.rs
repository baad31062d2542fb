//! From two commits to a plan: sources, evaluation, and what is decided before anything is built.

use tokio_util::sync::CancellationToken;

use super::evaluations::{Evaluations, wished};
use super::flake;
use super::sides::{Place, Sides};
use super::sources::{self, Wanted};
use crate::model::base_failure::Failing;
use crate::model::event::{Event, Speaker};
use crate::model::plan::{Candidate, Mode, Plan};
use crate::model::revision::Base;
use crate::nix::toolchain::{self, HostToolchain};
use crate::nix::{self, Asked, Library, Request};
use crate::pipeline::site::Work;
use crate::pipeline::{BuildOptions, Error};
use crate::plan::{self, Decision, Facts, Wish};

/// A plan, and what is needed to carry it out.
#[derive(Clone)]
pub(in crate::pipeline) struct Prepared {
    pub(in crate::pipeline) plan: Plan,
    /// What is built where the full build of the base fails: head, from scratch.
    pub(in crate::pipeline) fallback: Plan,
    /// The machine's GHC, where it is needed.
    pub(in crate::pipeline) host: Option<HostToolchain>,
    /// What the evaluation found; nothing where it was not needed.
    pub(in crate::pipeline) candidates: Vec<Candidate>,
    /// The sources of both commits.
    pub(in crate::pipeline) places: Places,
    /// Whether it is certain already that there is nothing to build.
    pub(in crate::pipeline) known_to_be_built: bool,
}

/// The sources of a plan, each with the folder of the tree that it is.
#[derive(Clone, Default)]
pub(in crate::pipeline) struct Places {
    pub(in crate::pipeline) head: Vec<Place>,
    pub(in crate::pipeline) base: Vec<Place>,
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
///
/// `failing` are the packages whose full builds of the base are known to fail.
pub(super) async fn prepare(work: Work<'_>, base: &Base, failing: &Failing, ghc: Ghc) -> Result<Prepared, Error> {
    let Work { project, options, nix, on_event, cancel } = work;
    let sides = Sides::of(project, options, base)?;
    let warn = |by, text: &str| on_event(&Event::warning(options.clock.now(), by, text));
    for text in &sides.warnings {
        warn(Speaker::Hinc, &format!("warning: {text}"));
    }
    let decision =
        plan::decide(Facts { wish: options.wish, has_base: sides.base.is_some(), same_source: sides.same_source });
    if options.wish == Wish::FullOnly && decision.mode != Mode::Full {
        return Err(Error::NoFullBuild { why: decision.why });
    }
    let sides = if decision.mode == Mode::Plain { sides.without_base() } else { sides };

    let library = match &options.functions {
        Some(folder) => Library::at(folder),
        None => Library::install(&options.cache)?,
    };
    let host = match (ghc.find(options, cancel).await, &sides.asked) {
        (Ok(host), _) => Some(host),
        (Err(error), Asked::Host(_)) => {
            // Where Nix is missing as well, that is the first thing to say.
            nix::version(cancel).await?;
            return Err(error.into());
        }
        // The packages of Nix files, flakes and nixpkgs may do without.
        (Err(_), Asked::Cabal(_) | Asked::File(_) | Asked::Flake(_)) => None,
    };
    let places = Places { head: sides.head_sources, base: sides.base_sources };
    let mut request = Request {
        head: sides.head,
        base: sides.base,
        toolchain: host.as_ref().map(|host| host.toolchain.clone()),
        asked: sides.asked,
        failing: failing.clone(),
        verify: options.verify,
        plain_only: false,
    };
    let arguments = options.target.arguments();
    let evaluations = Evaluations { nix, options, library: &library, cancel };
    // What follows from the request alone is looked up before anything is done for it.
    let by_itself = nix.answers_by_itself(&request);
    if by_itself && let Some(known) = evaluations.known(&request, arguments, &decision, &warn).await? {
        return Ok(Prepared { places, ..known });
    }
    if let Asked::Flake(flake) = &mut request.asked {
        flake::count(project, flake)?;
    }
    if !by_itself && let Some(known) = evaluations.known(&request, arguments, &decision, &warn).await? {
        return Ok(Prepared { places, ..known });
    }
    let of_head = places.head.iter().map(|place| (&project.head().tree, place));
    let of_base = places.base.iter().map(|place| (&base.tree, place));
    let wanted = of_head.chain(of_base).map(|(tree, Place { folder, source })| Wanted { tree, folder, source });
    let recalled = (options.plan_only && by_itself).then(|| evaluations.recalled(&request, arguments)).flatten();
    let (evaluation, decision) = if let Some(evaluation) = recalled {
        (evaluation, decision)
    } else {
        sources::add(nix, project, &wanted.collect::<Vec<_>>(), cancel).await?;
        evaluations.evaluate(request, arguments, decision).await?
    };
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
    Ok(Prepared { plan, fallback, host, candidates, places, known_to_be_built: false })
}
