//! A build, from one end to the other.

use chrono::{DateTime, Utc};
use tokio_util::sync::CancellationToken;

use super::prepare::{Prepared, prepare};
use super::realise::realise;
use super::results::{keep_intermediates, keep_record, make_links, out_paths};
use super::{BuildOptions, Error, Project, link};
use crate::error::Hint;
use crate::exit::Exit;
use crate::log::Recorder;
use crate::model::event::Event;
use crate::model::plan::{Kind, Plan};
use crate::model::record::{Build, Outcome, RECORD_SCHEMA_VERSION, Record};
use crate::model::store::StorePath;
use crate::nix::{Nix, Realised};

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
    let prepared = prepare(project, options, &nix, &base, on_event, cancel).await?;
    let (plan, realised, builds) = carry_out(&nix, prepared, options, on_event, cancel).await?;

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

/// Carries out the plan. Where the base is what fails, head is built from scratch: a base that does not
/// compile must not keep anybody from building the commit that mends it.
async fn carry_out(
    nix: &Nix,
    prepared: Prepared,
    options: &BuildOptions,
    on_event: &dyn Fn(&Event),
    cancel: &CancellationToken,
) -> Result<(Plan, Realised, Vec<Build>), Error> {
    let Prepared { plan, fallback, host, known_to_be_built, .. } = prepared;
    if known_to_be_built {
        let builds = Recorder::new(&plan).finish(true);
        return Ok((plan, Realised::Built, builds));
    }
    let (realised, builds) = realise(nix, &plan, host.as_ref(), options.clock, on_event, cancel).await?;
    if !only_the_base_failed(nix, &plan, &realised, &builds, cancel).await? {
        return Ok((plan, realised, builds));
    }
    let (realised, plain) = realise(nix, &fallback, host.as_ref(), options.clock, on_event, cancel).await?;
    let mut all: Vec<Build> = builds.into_iter().filter(|build| build.outcome == Outcome::Failed).collect();
    all.extend(plain);
    Ok((fallback, realised, all))
}

/// Whether head could not even be begun, since a full build that it stands on is not there. The base may
/// have failed by itself or in one of its dependencies, of which the plan knows nothing: so the store is asked.
async fn only_the_base_failed(
    nix: &Nix,
    plan: &Plan,
    realised: &Realised,
    builds: &[Build],
    cancel: &CancellationToken,
) -> Result<bool, Error> {
    // Where nothing of a package changed, the full build of its base is itself what is wanted.
    let is_helper = |index: usize| {
        plan.steps.get(index).is_some_and(|step| step.kind == Kind::Full) && !plan.wanted.contains(&index)
    };
    let failed = builds.iter().enumerate().filter(|(_, build)| build.outcome == Outcome::Failed);
    let head_failed = failed.map(|(index, _)| index).any(|index| !is_helper(index));
    if *realised == Realised::Built || head_failed {
        return Ok(false);
    }
    let helpers = plan.steps.iter().enumerate().filter(|(index, _)| is_helper(*index));
    let outputs: Vec<StorePath> = helpers.flat_map(|(_, step)| step.derivation.outputs.values().cloned()).collect();
    Ok(!nix.invalid(&outputs, cancel).await?.is_empty())
}

pub(super) fn seconds_between(from: DateTime<Utc>, to: DateTime<Utc>) -> f64 {
    (to - from).to_std().map_or(0.0, |duration| duration.as_secs_f64())
}
