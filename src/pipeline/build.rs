//! A build, from one end to the other.

use std::collections::BTreeSet;
use std::path::PathBuf;

use chrono::{DateTime, Utc};
use tokio_util::sync::CancellationToken;

use super::full_builds::{self, Held, Ready};
use super::outlooks::Outlooks;
use super::planning::{BaseFailures, Planned, Planner, Prepared, plan_on};
use super::push;
use super::realise::{Carried, realise};
use super::results::{keep_intermediates, keep_record, make_links, out_paths};
use super::site::{Site, Work};
use super::{BuildOptions, Error, Project, link};
use crate::error::Hint;
use crate::exit::Exit;
use crate::history::Bases;
use crate::model::event::{Event, Speaker};
use crate::model::plan::{Kind, Plan};
use crate::model::prediction::Known;
use crate::model::record::{Build, Outcome, RECORD_SCHEMA_VERSION, Record};
use crate::model::revision::Base;
use crate::model::store::StorePath;
use crate::nix::{Installable, Nix, Realised};
use crate::plan::{self, Lack, Wish};

/// A build that came to its end, well or not.
#[derive(Debug)]
pub struct Built {
    /// What it did.
    pub record: Record,
    /// How the command ends.
    pub exit: Exit,
    /// What can be done about a failure that is one of the machine and not of the package.
    pub hints: Vec<Hint>,
    /// Where the record is kept; none where it is not.
    pub record_file: Option<PathBuf>,
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
    let bases = project.bases(&options.base, &options.telling(on_event), cancel).await?;
    let nix = Nix::new(options.nix.clone());
    let work = Work { project, nix: &nix, options, on_event, cancel };
    // Who waits for what is made here waits until it was sent.
    let mut claims = Vec::new();
    let mut failures = BaseFailures::new(work);
    let (base, site, Done { plan, carried }) = on_some_site(work, bases, &mut failures, &mut claims).await?;
    let Carried { realised, builds, failed_dependencies, mut transfers, .. } = carried;
    transfers.extend(site.take_sent());

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
        transfers,
        failed_dependencies,
        base_failures: failures.into_all(),
    };
    // The record comes first: a link that fails must not lose it.
    let (record_file, record_problem) = match keep_record(project, options, &record) {
        Some(Ok(file)) => (Some(file), None),
        Some(Err(problem)) => (None, Some(problem)),
        None => (None, None),
    };
    if succeeded {
        make_links(&nix, options, &plan, cancel).await?;
    }
    keep_intermediates(&nix, project, options, &plan, &record, cancel).await;
    push::push(&site, work, &plan, &record.builds).await;
    let (exit, hints) = match realised {
        Realised::Built => (Exit::Success, Vec::new()),
        Realised::Failed(failure) => (failure.exit, failure.hints),
    };
    Ok(Built { record, exit, hints, record_file, record_problem })
}

/// A plan, and what became of it.
struct Done {
    plan: Plan,
    carried: Carried,
}

/// How far a plan came.
enum Step {
    /// To its end.
    Done(Done),
    /// To full builds of the base that failed; what is left of it makes another plan.
    PlanAgain(Done),
}

/// Builds where it is to be built; on the next builder where one is lost, which goes on from what its store has. Where
/// full builds fail, head is built on what is left of their base, or on an older one.
async fn on_some_site(
    work: Work<'_>,
    mut bases: Bases,
    failures: &mut BaseFailures,
    claims: &mut Vec<Held>,
) -> Result<(Base, Site, Done), Error> {
    let mut planner = Planner::new(work);
    let mut before: Option<(Base, Site, Done)> = None;
    let mut fetched = BTreeSet::new();
    loop {
        let planned = plan_on(&mut planner, work, &bases, failures).await;
        // What was wanted are full builds, and nothing is left of one.
        if matches!(planned, Err(Error::NoFullBuild { .. }))
            && let Some(ended) = before.take()
        {
            failures.tell(work, &ended.0);
            return Ok(ended);
        }
        let Planned { base, prepared, site } = planned?;
        failures.tell(work, &base);
        let ready = if prepared.known_to_be_built {
            Ready::default()
        } else {
            full_builds::make_ready(&site, work, &prepared, claims).await?
        };
        claims.extend(ready.claim);
        fetched.extend(ready.fetched.whole);
        if !ready.fetched.partial.is_empty() {
            failures.are_partial(work, &base, &prepared, &ready.fetched.partial);
            planner.begin_again();
            continue;
        }
        let (candidates, places) = (prepared.candidates.clone(), prepared.places.clone());
        let outlooks = Outlooks::new(work, &base, &candidates, &places, failures.all(), &site);
        let on_event = |event: &Event| outlooks.event(event);
        let listening = Work { on_event: &on_event, ..work };
        match carry_out(&site, listening, &base, prepared, failures).await {
            Err(error @ Error::BuilderLost { .. }) if !work.cancel.is_cancelled() => planner.lost(error)?,
            Err(error) => return Err(error),
            Ok(Step::PlanAgain(Done { plan, mut carried })) => {
                carried.were_fetched(&fetched);
                let carried = join(work, before.take(), carried);
                before = Some((base, site, Done { plan, carried }));
                planner.begin_again();
                continue;
            }
            Ok(Step::Done(Done { plan, mut carried })) => {
                carried.were_fetched(&fetched);
                note_predictions(&outlooks, &mut carried.builds);
                return Ok((base, site, Done { plan, carried: join(work, before.take(), carried) }));
            }
        }
        // The next builder goes on with what was begun.
        bases = Bases { first: base, older: Vec::new() };
    }
}

/// Puts what could be foretold of incremental builds beside what they did. The base's notes are at hand now, also where
/// they were made just before.
fn note_predictions(outlooks: &Outlooks<'_>, builds: &mut [Build]) {
    let ran = |build: &&mut Build| {
        build.kind == Kind::Incremental && matches!(build.outcome, Outcome::Built | Outcome::Failed)
    };
    for build in builds.iter_mut().filter(ran) {
        let Some(foretold) = outlooks.foretell(&build.drv) else { continue };
        let mut prediction = foretold.prediction;
        if prediction.known == Known::Nothing {
            continue;
        }
        if prediction.everything.is_some() {
            prediction.at_most.clear();
        }
        build.prediction = Some(prediction);
    }
}

fn join(work: Work<'_>, before: Option<(Base, Site, Done)>, carried: Carried) -> Carried {
    let Some((_, _, Done { carried: before, .. })) = before else { return carried };
    // Who wanted the full build itself did not get it.
    let failure = (work.options.wish == Wish::FullOnly).then(|| before.realised.clone());
    let mut joined = before.then(carried);
    if let Some(failure) = failure {
        joined.realised = failure;
    }
    joined
}

/// Carries out the plan. Where it is a full build of the base that fails, there is another plan; where it is something
/// that the base needs and head does not, head is built from scratch: a base that does not compile must not keep anybody
/// from building the commit that mends it.
async fn carry_out(
    site: &Site,
    work: Work<'_>,
    base: &Base,
    prepared: Prepared,
    failures: &mut BaseFailures,
) -> Result<Step, Error> {
    let Prepared { plan, mut fallback, host, known_to_be_built, .. } = prepared;
    if known_to_be_built {
        let carried = Carried::nothing_to_do(&plan);
        return Ok(Step::Done(Done { plan, carried }));
    }
    let mut carried = realise(site, work, &plan, host.as_ref()).await?;
    let learned = carried.realised != Realised::Built && failures.learn(work, base, &carried.builds, &carried.certain);
    // Others can build on what compiles.
    if learned && work.options.wish == Wish::FullOnly && failures.leave_modules(base) {
        carried.forget_what_was_stopped();
        return Ok(Step::PlanAgain(Done { plan, carried }));
    }
    if !only_the_base_failed(site, work, &plan, &carried).await? {
        return Ok(Step::Done(Done { plan, carried }));
    }
    if learned {
        carried.forget_what_was_stopped();
        return Ok(Step::PlanAgain(Done { plan, carried }));
    }
    if let Some(name) = lacking(site, work, &fallback, &carried).await {
        let text = format!("warning: head needs {name} as well, which failed, so it is not built from scratch");
        (work.on_event)(&Event::warning(work.options.clock.now(), Speaker::Hinc, text));
        return Ok(Step::Done(Done { plan, carried }));
    }
    // What was stopped for the sake of what failed is no news: it is built now.
    let known_why = !carried.failed_dependencies.is_empty() || carried.builds.iter().any(Build::failed_by_itself);
    carried.builds.retain(|build| build.failed_by_itself() || !known_why && build.outcome == Outcome::Failed);
    if carried.builds.is_empty() {
        "something that the full build of the base needs failed, so there is nothing to start from"
            .clone_into(&mut fallback.why);
    }
    let text = format!("warning: {}; head is built from scratch", fallback.why);
    (work.on_event)(&Event::warning(work.options.clock.now(), Speaker::Hinc, text));
    let plain = realise(site, work, &fallback, host.as_ref()).await?;
    Ok(Step::Done(Done { plan: fallback, carried: carried.then(plain) }))
}

/// Whether head could not even be begun, since a full build that it stands on is not there. The base may
/// have failed by itself or in one of its dependencies, of which the plan knows nothing: so the store is asked.
async fn only_the_base_failed(site: &Site, work: Work<'_>, plan: &Plan, carried: &Carried) -> Result<bool, Error> {
    if carried.realised == Realised::Built || plan::head_failed(&carried.builds, &carried.certain) {
        return Ok(false);
    }
    let outputs: Vec<StorePath> = plan.helpers().flat_map(|step| step.derivation.outputs.values().cloned()).collect();
    Ok(!site.invalid(work, &outputs).await?.is_empty())
}

/// Returns the name of what failed beneath the base and would fail beneath head again; none where there is no such thing,
/// or where nobody can say.
async fn lacking(site: &Site, work: Work<'_>, fallback: &Plan, carried: &Carried) -> Option<String> {
    if carried.failed_dependencies.is_empty() {
        return None;
    }
    let wanted: Vec<Installable> = fallback.wanted_steps().map(Installable::of).collect();
    let to_build = match site.would_build(work, &wanted).await {
        Ok(drvs) => drvs,
        Err(error) => {
            tracing::debug!(%error, "whether head needs what failed is not known");
            return None;
        }
    };
    let lack = Lack {
        failed: &carried.failed_dependencies,
        certain: &carried.certain,
        to_build: &to_build,
        wanted: fallback.wanted.len(),
        keep_going: work.nix.options.keep_going,
    };
    plan::lacking(lack).map(|failed| failed.name.clone())
}

pub(super) fn seconds_between(from: DateTime<Utc>, to: DateTime<Utc>) -> f64 {
    (to - from).to_std().map_or(0.0, |duration| duration.as_secs_f64())
}
