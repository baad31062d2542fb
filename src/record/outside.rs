//! Derivations that are not in the plan: C libraries, Haskell packages of nixpkgs, fetched sources. Of those that
//! fail the record says as much as of packages.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use chrono::{DateTime, Utc};

use super::builder_log::BuilderLog;
use super::failing::Said;
use super::timing::seconds_between;
use crate::model::belief::Belief;
use crate::model::event::{FailureKind, What};
use crate::model::record::FailedDependency;
use crate::model::store::StorePath;

/// How many logs are kept of those that ended and may yet be said to have failed. Nix says it at once, or, of a few
/// that run at the same time, at its end; and its message quotes the last lines.
const ENDED: usize = 64;

/// How many failures are told apart: nobody reads more.
const FAILED: usize = 200;

/// How many of them may be in doubt: each is a question to the store.
const DOUBTFUL: usize = 20;

/// What is known of derivations outside of the plan. What is kept of their logs does not grow with their number.
#[derive(Debug, Default)]
pub(super) struct Outside {
    running: BTreeMap<StorePath, Work>,
    ended: VecDeque<(StorePath, Work)>,
    failed: Vec<Failed>,
}

/// One that failed, as somebody said.
#[derive(Debug)]
struct Failed {
    drv: StorePath,
    said: Said,
    /// Whether the store bears it out.
    confirmed: bool,
    work: Option<Work>,
}

impl Failed {
    fn is_certain(&self) -> bool {
        self.confirmed || self.said.belief == Belief::Certain
    }
}

#[derive(Debug)]
struct Work {
    machine: String,
    started: DateTime<Utc>,
    stopped: Option<DateTime<Utc>>,
    log: BuilderLog,
}

impl Outside {
    /// Takes one event of such a derivation in. `belief` is how much it counts as word that it failed.
    pub(super) fn event(&mut self, drv: &StorePath, what: &What, belief: Belief, at: DateTime<Utc>) {
        match what {
            What::BuildStarted { machine } => {
                // Begun again, on another machine: what failed before does not count.
                self.failed.retain(|failed| failed.drv != *drv);
                self.ended.retain(|(ended, _)| ended != drv);
                let work = Work { machine: machine.clone(), started: at, stopped: None, log: BuilderLog::default() };
                self.running.insert(drv.clone(), work);
            }
            What::BuildStopped => {
                let Some(mut work) = self.running.remove(drv) else { return };
                work.stopped = Some(at);
                if let Some(failed) = self.failed.iter_mut().find(|failed| failed.drv == *drv) {
                    failed.work = Some(work);
                    return;
                }
                self.ended.push_back((drv.clone(), work));
                if self.ended.len() > ENDED {
                    self.ended.pop_front();
                }
            }
            what => {
                if let Some(said) = Said::of(what, belief).filter(|said| said.kind != FailureKind::Dependency) {
                    self.failed(drv, said);
                }
                if let Some(work) = self.running.get_mut(drv) {
                    work.log.event(what, at);
                }
            }
        }
    }

    fn failed(&mut self, drv: &StorePath, said: Said) {
        if let Some(known) = self.failed.iter_mut().find(|failed| failed.drv == *drv) {
            known.said.improve(said);
            return;
        }
        let is_certain = said.belief == Belief::Certain;
        if self.failed.len() >= FAILED || !is_certain && self.doubtful().count() >= DOUBTFUL {
            return;
        }
        let place = self.ended.iter().position(|(ended, _)| ended == drv);
        let work = place.and_then(|place| self.ended.remove(place)).map(|(_, work)| work);
        self.failed.push(Failed { drv: drv.clone(), said, confirmed: false, work });
    }

    /// Returns those of which it is not certain that they failed: the store knows.
    pub(super) fn doubtful(&self) -> impl Iterator<Item = &StorePath> {
        self.failed.iter().filter(|failed| !failed.is_certain()).map(|failed| &failed.drv)
    }

    /// Forgets what was said, though not for certain, of some derivations.
    pub(super) fn forget(&mut self, drvs: impl Fn(&StorePath) -> bool) {
        self.failed.retain(|failed| failed.said.belief == Belief::Certain || !drvs(&failed.drv));
    }

    /// Returns those that failed, and what was said of each.
    pub(super) fn failed_ones(&self) -> impl Iterator<Item = (&StorePath, &Said)> {
        self.failed.iter().filter(|failed| failed.is_certain()).map(|failed| (&failed.drv, &failed.said))
    }

    /// Takes note of those that failed as the store says.
    pub(super) fn confirm(&mut self, drvs: &BTreeSet<StorePath>) {
        for failed in &mut self.failed {
            failed.confirmed |= drvs.contains(&failed.drv);
        }
    }

    /// Returns those that failed for certain, in the order in which that was said.
    pub(super) fn finish(mut self) -> Vec<FailedDependency> {
        let failed = std::mem::take(&mut self.failed).into_iter().filter(Failed::is_certain);
        failed
            .map(|Failed { drv, said, work, .. }| {
                let work = work.or_else(|| self.running.remove(&drv));
                let (builder, seconds, log) = work.map_or_else(Default::default, |work| {
                    let seconds = work.stopped.map_or(0.0, |stopped| seconds_between(work.started, stopped));
                    (work.machine, seconds, work.log)
                });
                let failure = said.into_failure(log.fold(Vec::new()).signs);
                let name = drv.name().trim_end_matches(".drv").to_owned();
                FailedDependency { name, drv, builder, seconds, failure }
            })
            .collect()
    }
}
