//! A build, from one end to the other.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use tokio_util::sync::CancellationToken;

use super::records::project_key;
use super::sources::{self, Wanted};
use super::{Error, Project, Records, link};
use crate::clock::Clock;
use crate::error::Hint;
use crate::exit::Exit;
use crate::history;
use crate::log::{Decoder, Recorder};
use crate::model::event::{Event, What};
use crate::model::package::Package;
use crate::model::plan::{Candidate, Mode, Plan, Step};
use crate::model::record::{Build, Outcome, RECORD_SCHEMA_VERSION, Record};
use crate::model::revision::Base;
use crate::model::source::SourceTree;
use crate::model::store::StorePath;
use crate::nix::toolchain::{self, HostToolchain};
use crate::nix::{self, HostOptions, Installable, Library, Nix, Realised, Request, SandboxPaths, UserArg};
use crate::plan::{self, Decision, Facts, Wish};
use crate::source;

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
}

/// All that a build is told.
#[derive(Debug, Clone)]
pub struct BuildOptions {
    /// How the base is chosen.
    pub base: history::Options,
    /// What is wanted.
    pub wish: Wish,
    /// What is built.
    pub target: Target,
    /// What Nix is told.
    pub nix: nix::Options,
    /// Where the result is linked; none for no link.
    pub link: Option<PathBuf>,
    /// hinc's state folder, for the record and the GC roots; none to keep neither.
    pub state: Option<PathBuf>,
    /// hinc's cache folder.
    pub cache: PathBuf,
    /// The search path on which GHC is looked for.
    pub search_path: OsString,
    /// The clock.
    pub clock: Clock,
}

/// A build that came to its end, well or not.
#[derive(Debug)]
pub struct Built {
    /// What it did.
    pub record: Record,
    /// How the command ends.
    pub exit: Exit,
    /// What can be done about a failure that is one of the machine and not of the package.
    pub hints: Vec<Hint>,
    /// Why the record could not be kept, where it could not: no reason for a good build to fail.
    pub record_problem: Option<String>,
}

/// Builds. A failed Haskell build is an outcome, with its record; an error is what kept hinc from building.
pub async fn build(
    project: &Project,
    options: &BuildOptions,
    on_event: &dyn Fn(&Event),
    cancel: &CancellationToken,
) -> Result<Built, Error> {
    let started = options.clock.now();
    project.top()?;
    if let Some(link) = &options.link {
        link::check(link)?;
    }
    let base = project.base(&options.base)?;
    let nix = Nix::new(options.nix.clone());
    let Prepared { plan, host, known_to_be_built } = prepare(project, options, &nix, &base, cancel).await?;
    let (realised, builds) = if known_to_be_built {
        (Realised::Built, Recorder::new(&plan).finish(true))
    } else {
        realise(&nix, &plan, host.as_ref(), options.clock, on_event, cancel).await?
    };

    let succeeded = realised == Realised::Built;
    let record = Record {
        schema_version: RECORD_SCHEMA_VERSION,
        hinc: env!("CARGO_PKG_VERSION").to_owned(),
        started,
        seconds: seconds_between(started, options.clock.now()),
        head: project.head().clone(),
        base: Some(base),
        mode: plan.mode,
        why: plan.why.clone(),
        builds,
        out_paths: if succeeded { out_paths(&plan) } else { Vec::new() },
    };
    // The record comes first: a link that fails must not lose it.
    let record_problem = keep_record(project, options, &record);
    if succeeded {
        make_links(&nix, options, &plan, cancel).await?;
        keep_intermediates(&nix, project, options, &plan, &record, cancel).await;
    }
    let (exit, hints) = match realised {
        Realised::Built => (Exit::Success, Vec::new()),
        Realised::Failed(failure) => (failure.exit, failure.hints),
    };
    Ok(Built { record, exit, hints, record_problem })
}

/// Builds or fetches what the plan wants and the store lacks.
async fn realise(
    nix: &Nix,
    plan: &Plan,
    host: Option<&HostToolchain>,
    clock: Clock,
    on_event: &dyn Fn(&Event),
    cancel: &CancellationToken,
) -> Result<(Realised, Vec<Build>), Error> {
    let mut recorder = Recorder::new(plan);
    let wanted: Vec<&Step> = plan.wanted.iter().filter_map(|&index| plan.steps.get(index)).collect();
    let outputs: Vec<StorePath> = wanted.iter().flat_map(|step| step.derivation.outputs.values().cloned()).collect();
    if nix.invalid(&outputs, cancel).await?.is_empty() {
        return Ok((Realised::Built, recorder.finish(true)));
    }
    on_event(&Event { at: clock.now(), drv: None, what: What::Planned { plan: plan.clone() } });
    let sandbox = match host {
        Some(host) => nix.open_sandbox(host, cancel).await?,
        None => SandboxPaths::AsConfigured,
    };
    let installables: Vec<Installable> =
        wanted.iter().map(|step| Installable { drv: step.derivation.drv.clone(), outputs: Vec::new() }).collect();
    let mut decoder = Decoder::new();
    let on_line = |line: &[u8]| {
        decoder.line(line, clock.now(), &mut |event: Event| {
            recorder.event(&event);
            on_event(&event);
        });
    };
    let realised = nix.realise(&installables, &sandbox, on_line, cancel).await?;
    let succeeded = realised == Realised::Built;
    Ok((realised, recorder.finish(succeeded)))
}

/// A plan, and what is needed to carry it out.
struct Prepared {
    plan: Plan,
    /// The machine's GHC, where it is needed.
    host: Option<HostToolchain>,
    /// Whether it is certain, without asking Nix, that there is nothing to do.
    known_to_be_built: bool,
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
    }
}

async fn prepare(
    project: &Project,
    options: &BuildOptions,
    nix: &Nix,
    base: &Base,
    cancel: &CancellationToken,
) -> Result<Prepared, Error> {
    let sides = sides(project, options, base)?;
    let decision = plan::decide(&Facts {
        wish: options.wish,
        head_source: &sides.head.store_path,
        base_source: sides.base.as_ref().map(|source| &source.store_path),
        head_package: sides.head_package.as_ref(),
        base_package: sides.base_package.as_ref(),
    });
    // A plain build has no use for the base, not even for its source.
    let base_source = sides.base.as_ref().filter(|_| decision.mode != Mode::Plain);
    let mut wanted = vec![Wanted { tree: &project.head().tree, folder: &sides.folder, source: &sides.head }];
    wanted.extend(base_source.map(|source| Wanted { tree: &base.tree, folder: &sides.folder, source }));

    let host = toolchain::detect(&options.search_path, Some(&options.cache), cancel).await;
    let library = Library::install(&options.cache)?;
    let side = |source: &SourceTree| nix::Side { source: source.store_path.clone() };
    let mut request =
        Request { head: side(&sides.head), base: base_source.map(side), toolchain: None, host: None, file: None };
    let (host, arguments): (Option<HostToolchain>, &[UserArg]) = match (&options.target, sides.head_package) {
        (Target::File { path, attributes, arguments }, _) => {
            request.file = Some(nix::File { path: path.clone(), attributes: attributes.clone() });
            // The packages of a Nix file may do without the machine's GHC.
            (host.ok(), arguments)
        }
        (Target::Host { options: host_options, .. }, package) => {
            request.host = package.map(|package| nix::Host {
                package,
                base_package: sides.base_package,
                options: host_options.clone(),
            });
            if let Ok(host) = &host {
                request.toolchain = Some(host.toolchain.clone());
                if let Some(plan) = known_plan(nix, options, &library, &request, &decision) {
                    return Ok(Prepared { plan, host: None, known_to_be_built: true });
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
    let plan = evaluate(nix, options, &library, request, arguments, &decision, cancel).await?;
    Ok(Prepared { plan, host, known_to_be_built: false })
}

/// Returns the plan of a request that was evaluated before, where all that it wants is linked where it should
/// be: then there is nothing to build and nothing to ask Nix for.
fn known_plan(
    nix: &Nix,
    options: &BuildOptions,
    library: &Library,
    request: &Request,
    decision: &Decision,
) -> Option<Plan> {
    let link = options.link.as_deref()?;
    let evaluation = nix.recall(&options.cache, library, request)?;
    let plan = plan::assemble(decision, &candidates(&evaluation));
    let all_linked = links(&plan, link).all(|(link, path)| nix::store::is_linked(&link, path));
    all_linked.then_some(plan)
}

/// Evaluates both commits. Where that fails because of the base alone, as after a refactoring, head is
/// evaluated by itself and built plainly: only an error in head is an error.
async fn evaluate(
    nix: &Nix,
    options: &BuildOptions,
    library: &Library,
    mut request: Request,
    arguments: &[UserArg],
    decision: &Decision,
    cancel: &CancellationToken,
) -> Result<Plan, Error> {
    match nix.evaluate(library, &request, arguments, cancel).await {
        Ok(evaluation) => {
            nix.remember(&options.cache, library, &request, &evaluation);
            Ok(plan::assemble(decision, &candidates(&evaluation)))
        }
        Err(error @ nix::Error::Evaluation { .. }) if request.base.take().is_some() => {
            let Ok(evaluation) = nix.evaluate(library, &request, arguments, cancel).await else {
                return Err(error.into());
            };
            let why = "the Nix expression of the base cannot be evaluated, so there is nothing to start from";
            let decision = Decision { mode: Mode::Plain, why: why.to_owned() };
            Ok(plan::assemble(&decision, &candidates(&evaluation)))
        }
        Err(error) => Err(error.into()),
    }
}

fn candidates(evaluation: &nix::Evaluation) -> Vec<Candidate> {
    let candidate = |package: &nix::EvaluatedPackage| Candidate {
        attribute: package.attribute.clone(),
        name: package.name.clone(),
        version: package.version.clone(),
        plain: package.plain.clone(),
        full: package.full.clone(),
        incremental: package.incremental.clone(),
        why_plain: package.why_plain.clone(),
    };
    evaluation.packages.iter().map(candidate).collect()
}

/// The paths that the user asked for: the output `out` of what is wanted, or the first where there is none.
fn out_paths(plan: &Plan) -> Vec<StorePath> {
    let wanted = plan.wanted.iter().filter_map(|&index| plan.steps.get(index));
    let first = |step: &Step| {
        let outputs = &step.derivation.outputs;
        outputs.get("out").or_else(|| outputs.values().next()).cloned()
    };
    wanted.filter_map(first).collect()
}

/// The links to what is wanted, with the paths they lead to. What a later build starts from is kept
/// elsewhere, and is no result.
fn links<'a>(plan: &'a Plan, link: &'a Path) -> impl Iterator<Item = (PathBuf, &'a StorePath)> {
    let wanted = plan.wanted.iter().filter_map(|&index| plan.steps.get(index));
    wanted.enumerate().flat_map(move |(index, step)| {
        let outputs = step.derivation.outputs.iter().filter(|(name, _)| *name != "intermediates");
        outputs.map(move |(name, path)| (nix::store::link_name(link, index, name), path))
    })
}

async fn make_links(nix: &Nix, options: &BuildOptions, plan: &Plan, cancel: &CancellationToken) -> Result<(), Error> {
    let Some(link) = &options.link else { return Ok(()) };
    for (link, path) in links(plan, link) {
        nix.link(path, &link, cancel).await?;
    }
    Ok(())
}

/// Keeps the intermediates of full builds from the garbage collector. Without it the next build would
/// only be slower, so a failure is worth no more than a line in the log.
async fn keep_intermediates(
    nix: &Nix,
    project: &Project,
    options: &BuildOptions,
    plan: &Plan,
    record: &Record,
    cancel: &CancellationToken,
) {
    let (Some(state), Ok(top)) = (&options.state, project.top()) else { return };
    for (step, build) in plan.steps.iter().zip(&record.builds) {
        let Some(path) = step.derivation.outputs.get("intermediates") else { continue };
        // A full build that nothing needed may not be there.
        if !matches!(build.outcome, Outcome::Built | Outcome::Substituted | Outcome::Cached) || !path.as_path().exists()
        {
            continue;
        }
        let package = format!("{}-{}", step.package, project_key(top));
        if let Err(error) = nix.keep_intermediates(state, &package, path, cancel).await {
            tracing::debug!(%path, %error, "the intermediates are not kept from the garbage collector");
        }
    }
}

fn keep_record(project: &Project, options: &BuildOptions, record: &Record) -> Option<String> {
    let state = options.state.as_deref()?;
    let top = project.top().ok()?;
    let error = Records::below(state).write(top, record).err()?;
    let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
    Some(format!("{error}{cause}"))
}

fn seconds_between(from: DateTime<Utc>, to: DateTime<Utc>) -> f64 {
    (to - from).to_std().map_or(0.0, |duration| duration.as_secs_f64())
}
