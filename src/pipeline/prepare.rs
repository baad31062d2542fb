//! From two commits to a plan: sources, evaluation, and what is decided before anything is built.

use std::path::Path;

use tokio_util::sync::CancellationToken;

use super::results::links;
use super::sources::{self, Wanted};
use super::{BuildOptions, Error, Project, Target, flake};
use crate::model::event::{Event, What};
use crate::model::package::Package;
use crate::model::plan::{Candidate, Kind, Mode, Plan, Step};
use crate::model::revision::Base;
use crate::model::source::SourceTree;
use crate::model::store::StorePath;
use crate::nix::toolchain::{self, HostToolchain};
use crate::nix::{self, Library, Nix, Request, UserArg};
use crate::plan::{self, Decision, Facts, Wish};
use crate::source;

/// A plan, and what is needed to carry it out.
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
    head: SourceTree,
    base: Option<SourceTree>,
    head_package: Option<Package>,
    base_package: Option<Package>,
    /// The folder that is a source: that of the package, or all of the tree.
    folder: String,
}

fn sides(project: &Project, options: &BuildOptions, base: &Base) -> Result<Sides, Error> {
    let cache = Some(options.cache.as_path());
    let head_tree = &project.head().tree;
    match &options.target {
        Target::Host { folder, .. } => {
            let head_package = source::package::find(project.git(), head_tree, folder.as_deref())?;
            let folder = head_package.folder.clone();
            // What the base lacks or had broken is no reason to fail: head can be built plainly.
            let base_package = source::package::find(project.git(), &base.tree, Some(&folder)).ok();
            let base_source = match &base_package {
                Some(_) => project.source(&base.tree, &folder, cache).ok(),
                None => None,
            };
            Ok(Sides {
                head: project.source(head_tree, &folder, cache)?,
                base: base_source,
                head_package: Some(head_package),
                base_package,
                folder,
            })
        }
        Target::File { path, .. } => {
            if source::read_file(project.git(), head_tree, path)?.is_none() {
                return Err(Error::NoSuchFile { path: path.clone(), commit: project.head().commit.clone() });
            }
            Ok(Sides {
                head: project.source(head_tree, "", cache)?,
                base: project.source(&base.tree, "", cache).ok(),
                head_package: None,
                base_package: None,
                folder: String::new(),
            })
        }
        Target::Flake { attributes } => {
            flake::check(project, attributes)?;
            Ok(Sides {
                head: project.source(head_tree, "", cache)?,
                base: project.source(&base.tree, "", cache).ok(),
                head_package: None,
                base_package: None,
                folder: String::new(),
            })
        }
    }
}

/// Chooses the sources, puts them into the store, and finds the derivations.
pub(super) async fn prepare(
    project: &Project,
    options: &BuildOptions,
    nix: &Nix,
    base: &Base,
    on_event: &dyn Fn(&Event),
    cancel: &CancellationToken,
) -> Result<Prepared, Error> {
    let sides = sides(project, options, base)?;
    let decision = plan::decide(&Facts {
        wish: options.wish,
        head_source: &sides.head.store_path,
        base_source: sides.base.as_ref().map(|source| &source.store_path),
        knows_its_commit: matches!(options.target, Target::Flake { .. }) && project.head().commit != base.commit,
        head_package: sides.head_package.as_ref(),
        base_package: sides.base_package.as_ref(),
    });
    if options.wish == Wish::FullOnly && decision.mode != Mode::Full {
        return Err(Error::NoFullBuild { why: decision.why });
    }
    // A plain build has no use for the base, not even for its source.
    let base_source = sides.base.as_ref().filter(|_| decision.mode != Mode::Plain);
    let mut wanted = vec![Wanted { tree: &project.head().tree, folder: &sides.folder, source: &sides.head }];
    wanted.extend(base_source.map(|source| Wanted { tree: &base.tree, folder: &sides.folder, source }));

    let host = toolchain::detect(&options.search_path, Some(&options.cache), cancel).await;
    let library = match &options.functions {
        Some(folder) => Library::at(folder),
        None => Library::install(&options.cache)?,
    };
    let side = |source: &SourceTree| nix::Side { source: source.store_path.clone() };
    let mut request = Request {
        head: side(&sides.head),
        base: base_source.map(side),
        toolchain: None,
        host: None,
        file: None,
        flake: None,
        trust_th: options.trust_th,
        verify: options.verify,
    };
    let (host, arguments): (Option<HostToolchain>, &[UserArg]) = match (&options.target, sides.head_package) {
        (Target::File { path, attributes, arguments }, _) => {
            request.file = Some(nix::File { path: path.clone(), attributes: attributes.clone() });
            // The packages of a Nix file may do without the machine's GHC.
            (host.ok(), arguments)
        }
        (Target::Flake { attributes }, _) => {
            let flake = flake::asked(project, base, attributes, nix, &sides.head, base_source);
            request.flake = Some(flake);
            request.toolchain = host.as_ref().ok().map(|host| host.toolchain.clone());
            if let Some(known) = known(nix, options, &library, &request, &decision, cancel).await? {
                return Ok(known);
            }
            if let Some(flake) = &mut request.flake {
                flake::count(project, flake)?;
            }
            (host.ok(), &[])
        }
        (Target::Host { options: host_options, .. }, package) => {
            request.host = package.map(|package| nix::Host {
                package,
                base_package: sides.base_package,
                options: host_options.clone(),
            });
            if let Ok(host) = &host {
                request.toolchain = Some(host.toolchain.clone());
                if let Some(known) = known(nix, options, &library, &request, &decision, cancel).await? {
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
    sources::add(nix, project, &wanted, cancel).await?;
    let (evaluation, decision) = evaluate(nix, options, &library, request, arguments, decision, cancel).await?;
    for text in &evaluation.messages {
        on_event(&Event { at: options.clock.now(), drv: None, what: What::Message { level: 1, text: text.clone() } });
    }
    let candidates = evaluation.packages;
    let plan = plan::assemble(&decision, &candidates);
    if options.wish == Wish::FullOnly && plan.steps.iter().any(|step| step.kind != Kind::Full) {
        return Err(Error::NoFullBuild { why: plan.why });
    }
    let why = "the full build of the base failed, so there is nothing to start from";
    let fallback = plan::assemble(&Decision { mode: Mode::Plain, why: why.to_owned() }, &candidates);
    Ok(Prepared { plan, fallback, host, candidates, known_to_be_built: false })
}

/// Returns what was evaluated before, where nothing of it is left to be built.
async fn known(
    nix: &Nix,
    options: &BuildOptions,
    library: &Library,
    request: &Request,
    decision: &Decision,
    cancel: &CancellationToken,
) -> Result<Option<Prepared>, Error> {
    if options.verify {
        return Ok(None);
    }
    let Some(plan) = known_plan(nix, options, library, request, decision, cancel).await? else { return Ok(None) };
    let (fallback, candidates) = (plan.clone(), Vec::new());
    Ok(Some(Prepared { plan, fallback, host: None, candidates, known_to_be_built: true }))
}

/// Returns the plan of a request that was evaluated before, where all that it wants is there: then there is
/// nothing to build. Where it is linked as it should be, Nix need not even be asked.
async fn known_plan(
    nix: &Nix,
    options: &BuildOptions,
    library: &Library,
    request: &Request,
    decision: &Decision,
    cancel: &CancellationToken,
) -> Result<Option<Plan>, Error> {
    let Some(evaluation) = nix.recall(&options.cache, library, request) else { return Ok(None) };
    let plan = plan::assemble(decision, &evaluation.packages);
    if options.wish == Wish::FullOnly {
        // Who wants the full build alone wants what later builds start from, which no link keeps.
        let is_there = |step: &Step| step.derivation.outputs.values().all(|path| path.as_path().exists());
        if !plan.steps.iter().all(|step| step.kind == Kind::Full && is_there(step)) {
            return Ok(None);
        }
    }
    let linked = |link: &Path| links(&plan, link).all(|(link, path)| nix::store::is_linked(&link, path));
    if options.link.as_deref().is_some_and(linked) {
        return Ok(Some(plan));
    }
    let wanted = plan.wanted.iter().filter_map(|&index| plan.steps.get(index));
    let outputs: Vec<StorePath> = wanted.flat_map(|step| step.derivation.outputs.values().cloned()).collect();
    // A path that does not exist is not valid: no need to ask.
    if !outputs.iter().all(|path| path.as_path().exists()) || !nix.invalid(&outputs, cancel).await?.is_empty() {
        return Ok(None);
    }
    Ok(Some(plan))
}

/// Evaluates both commits. Where that fails because of the base alone, as after a refactoring, head is
/// evaluated by itself and built plainly: only an error in head is an error.
async fn evaluate(
    nix: &Nix,
    options: &BuildOptions,
    library: &Library,
    mut request: Request,
    arguments: &[UserArg],
    decision: Decision,
    cancel: &CancellationToken,
) -> Result<(nix::Evaluation, Decision), Error> {
    match nix.evaluate(library, &request, arguments, cancel).await {
        Ok(evaluation) => {
            nix.remember(&options.cache, library, &request, &evaluation);
            Ok((evaluation, decision))
        }
        Err(error @ nix::Error::Evaluation { .. })
            if options.wish != Wish::FullOnly && request.base.take().is_some() =>
        {
            let Ok(evaluation) = nix.evaluate(library, &request, arguments, cancel).await else {
                return Err(error.into());
            };
            let why = "the Nix expression of the base cannot be evaluated, so there is nothing to start from";
            Ok((evaluation, Decision { mode: Mode::Plain, why: why.to_owned() }))
        }
        Err(error) => Err(error.into()),
    }
}
