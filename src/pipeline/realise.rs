//! Carries a plan out, and hears what happens meanwhile.

use super::Error;
use super::site::{Elsewhere, Site, Work};
use crate::model::event::{Event, What};
use crate::model::plan::Plan;
use crate::model::record::{Build, FailedDependency, Transfer};
use crate::model::store::StorePath;
use crate::nix::toolchain::HostToolchain;
use crate::nix::{Installable, Realised, SandboxPaths};
use crate::record::Recorder;

/// A plan that was carried out.
pub(super) struct Carried {
    /// What became of the derivations together.
    pub(super) realised: Realised,
    /// What became of each, in the order of the plan.
    pub(super) builds: Vec<Build>,
    /// What failed outside of the plan.
    pub(super) failed_dependencies: Vec<FailedDependency>,
    /// What went to a builder and came back.
    pub(super) transfers: Vec<Transfer>,
}

impl Carried {
    /// A plan whose results are there already.
    pub(super) fn nothing_to_do(plan: &Plan) -> Self {
        Self {
            realised: Realised::Built,
            builds: Recorder::new(plan).finish(true),
            failed_dependencies: Vec::new(),
            transfers: Vec::new(),
        }
    }

    /// Takes what was recorded of a run that ended.
    pub(super) fn of(realised: Realised, mut recorder: Recorder, transfers: Vec<Transfer>) -> Self {
        let succeeded = realised == Realised::Built;
        let failed_dependencies = recorder.failed_dependencies(succeeded);
        Self { realised, builds: recorder.finish(succeeded), failed_dependencies, transfers }
    }

    /// Joins it with what was carried out after it, which says how both ended.
    pub(super) fn then(self, later: Self) -> Self {
        let known = |failed: &FailedDependency| later.failed_dependencies.iter().any(|again| again.drv == failed.drv);
        let failed_before: Vec<_> = self.failed_dependencies.into_iter().filter(|failed| !known(failed)).collect();
        Self {
            realised: later.realised,
            builds: self.builds.into_iter().chain(later.builds).collect(),
            failed_dependencies: failed_before.into_iter().chain(later.failed_dependencies).collect(),
            transfers: self.transfers.into_iter().chain(later.transfers).collect(),
        }
    }
}

/// Builds or fetches what the plan wants and the store lacks.
pub(super) async fn realise(
    site: &Site,
    work: Work<'_>,
    plan: &Plan,
    host: Option<&HostToolchain>,
) -> Result<Carried, Error> {
    match site {
        Site::Here => here(work, plan, host).await,
        Site::On(elsewhere) => on(elsewhere, work, plan, host).await,
    }
}

/// Whether all results of a plan are in the store of this machine.
pub(super) async fn is_here(work: Work<'_>, plan: &Plan) -> Result<bool, Error> {
    let results: Vec<StorePath> = plan.wanted_steps().flat_map(|step| step.derivation.results().cloned()).collect();
    Ok(work.nix.invalid(&results, work.cancel).await?.is_empty())
}

async fn here(work: Work<'_>, plan: &Plan, host: Option<&HostToolchain>) -> Result<Carried, Error> {
    let Work { nix, options, on_event, cancel, .. } = work;
    let clock = options.clock;
    let outputs: Vec<StorePath> =
        plan.wanted_steps().flat_map(|step| step.derivation.outputs.values().cloned()).collect();
    if nix.invalid(&outputs, cancel).await?.is_empty() {
        return Ok(Carried::nothing_to_do(plan));
    }
    on_event(&Event { at: clock.now(), drv: None, what: What::Planned { plan: plan.clone() } });
    let sandbox = match host {
        Some(host) => nix.open_sandbox(host, cancel).await?,
        None => SandboxPaths::AsConfigured,
    };
    let installables: Vec<Installable> =
        plan.wanted_steps().map(|step| Installable { drv: step.derivation.drv.clone(), outputs: Vec::new() }).collect();
    let mut recorder = Recorder::new(plan);
    let on_events = |events: &[Event]| {
        for event in events {
            recorder.event(event);
            on_event(event);
        }
    };
    let realised = nix.realise(&installables, &sandbox, on_events, clock, cancel).await?;
    if realised != Realised::Built {
        recorder.missing(&nix.invalid(&recorder.ended(), cancel).await.unwrap_or_default());
    }
    Ok(Carried::of(realised, recorder, Vec::new()))
}

async fn on(
    elsewhere: &Elsewhere,
    work: Work<'_>,
    plan: &Plan,
    host: Option<&HostToolchain>,
) -> Result<Carried, Error> {
    // What later builds start from never comes back: whether it is there is for the builder to say.
    if work.options.wish != super::Wish::FullOnly && is_here(work, plan).await? {
        return Ok(Carried::nothing_to_do(plan));
    }
    elsewhere.realise(work, plan, host).await
}
