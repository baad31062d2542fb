//! Derivations that are not in the plan: C libraries, Haskell packages of nixpkgs, fetched sources. Of those that
//! fail the record says as much as of packages.

use std::collections::{BTreeMap, VecDeque};

use chrono::{DateTime, Utc};

use super::builder_log::BuilderLog;
use super::failing::Said;
use super::timing::seconds_between;
use crate::model::event::{FailureKind, What};
use crate::model::record::FailedDependency;
use crate::model::store::StorePath;

/// How many logs are kept of those that ended and may yet be said to have failed. Nix says it at once, or, of a few
/// that run at the same time, at its end; and its message quotes the last lines.
const ENDED: usize = 64;

/// How many failures are told apart: nobody reads more.
const FAILED: usize = 200;

/// What is known of derivations outside of the plan. Memory does not grow with their number.
#[derive(Debug, Default)]
pub(super) struct Outside {
    running: BTreeMap<StorePath, Work>,
    ended: VecDeque<(StorePath, Work)>,
    failed: Vec<(StorePath, Said, Option<Work>)>,
}

#[derive(Debug)]
struct Work {
    machine: String,
    started: DateTime<Utc>,
    stopped: Option<DateTime<Utc>>,
    log: BuilderLog,
}

impl Outside {
    /// Takes one event of such a derivation in.
    pub(super) fn event(&mut self, drv: &StorePath, what: &What, at: DateTime<Utc>) {
        match what {
            What::BuildStarted { machine } => {
                // Begun again, on another machine: what failed before does not count.
                self.failed.retain(|(failed, ..)| failed != drv);
                self.ended.retain(|(ended, _)| ended != drv);
                let work = Work { machine: machine.clone(), started: at, stopped: None, log: BuilderLog::default() };
                self.running.insert(drv.clone(), work);
            }
            What::BuildStopped => {
                let Some(mut work) = self.running.remove(drv) else { return };
                work.stopped = Some(at);
                if let Some((.., of_failed)) = self.failed.iter_mut().find(|(failed, ..)| failed == drv) {
                    *of_failed = Some(work);
                    return;
                }
                self.ended.push_back((drv.clone(), work));
                if self.ended.len() > ENDED {
                    self.ended.pop_front();
                }
            }
            // What could not be begun is no failure of its own.
            What::BuildFailed { kind: FailureKind::Dependency, .. } => {}
            What::BuildFailed { kind, by, message } => {
                let said = Said { kind: *kind, by: *by, message: message.clone() };
                if let Some((_, known, _)) = self.failed.iter_mut().find(|(failed, ..)| failed == drv) {
                    if said.says_more_than(known) {
                        *known = said;
                    }
                    return;
                }
                let place = self.ended.iter().position(|(ended, _)| ended == drv);
                let work = place.and_then(|place| self.ended.remove(place)).map(|(_, work)| work);
                // Who may be a builder can name what never was.
                let has_run = work.is_some() || self.running.contains_key(drv);
                if self.failed.len() < FAILED && (by.is_certain() || has_run) {
                    self.failed.push((drv.clone(), said, work));
                }
            }
            what => {
                if let Some(work) = self.running.get_mut(drv) {
                    work.log.event(what, at);
                }
            }
        }
    }

    /// Returns those that failed, in the order in which that was said.
    pub(super) fn finish(mut self) -> Vec<FailedDependency> {
        let failed = std::mem::take(&mut self.failed);
        failed
            .into_iter()
            .map(|(drv, said, work)| {
                let work = work.or_else(|| self.running.remove(&drv));
                let (builder, seconds, log) = work.map_or_else(Default::default, |work| {
                    let seconds = work.stopped.map_or(0.0, |stopped| seconds_between(work.started, stopped));
                    (work.machine, seconds, work.log)
                });
                let folded = log.fold(Vec::new());
                let phase = folded.failed_step.map(|(phase, _)| phase);
                let failure = said.into_failure(phase, folded.errors, folded.tail, folded.no_room);
                let name = drv.name().trim_end_matches(".drv").to_owned();
                FailedDependency { name, drv, builder, seconds, failure }
            })
            .collect()
    }
}
