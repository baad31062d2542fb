//! Events into the builds of a record.

use std::collections::{BTreeMap, BTreeSet};

use super::builder_log::BuilderLog;
use super::causes::{self, Link, Place, Root};
use super::failing::Said;
use super::outside::Outside;
use super::timing::seconds_between;
use crate::model::event::{Event, FailureKind, Speaker, What};
use crate::model::haskell::ModuleName;
use crate::model::plan::{Kind, Plan, Step};
use crate::model::record::{Build, FailedDependency, Outcome};
use crate::model::store::StorePath;

use chrono::{DateTime, Utc};

/// Folds the events of one build into what the record says of each derivation of the plan.
///
/// It keeps modules, errors and the last lines of each log, so its memory does not grow with the
/// length of the log. Of derivations that are not in the plan (dependencies that hinc does not build) it
/// keeps those that fail.
#[derive(Debug)]
pub struct Recorder {
    works: Vec<Work>,
    by_drv: BTreeMap<StorePath, usize>,
    by_output: BTreeMap<StorePath, usize>,
    outside: Outside,
}

/// One derivation, as far as it is known.
#[derive(Debug)]
struct Work {
    step: Step,
    wanted: bool,
    machine: String,
    started: Option<DateTime<Utc>>,
    stopped: Option<DateTime<Utc>>,
    substituted: bool,
    /// Whether its outputs are not there, whatever was said.
    missing: bool,
    failed: Option<Said>,
    log: BuilderLog,
}

impl Recorder {
    /// Makes one for a plan.
    pub fn new(plan: &Plan) -> Self {
        let mut recorder = Self {
            works: Vec::new(),
            by_drv: BTreeMap::new(),
            by_output: BTreeMap::new(),
            outside: Outside::default(),
        };
        for (index, step) in plan.steps.iter().enumerate() {
            // Two steps may have one derivation: its events belong to the first.
            recorder.by_drv.entry(step.derivation.drv.clone()).or_insert(index);
            for output in step.derivation.outputs.values() {
                recorder.by_output.entry(output.clone()).or_insert(index);
            }
            recorder.works.push(Work {
                step: step.clone(),
                wanted: plan.wanted.contains(&index),
                machine: String::new(),
                started: None,
                stopped: None,
                substituted: false,
                missing: false,
                failed: None,
                log: BuilderLog::default(),
            });
        }
        recorder
    }

    /// Takes one event in.
    pub fn event(&mut self, event: &Event) {
        if let What::SubstitutionStarted { path, .. } = &event.what {
            if let Some(&index) = self.by_output.get(path) {
                self.works[index].substituted = true;
            }
            return;
        }
        let Some(drv) = &event.drv else { return };
        let Some(&index) = self.by_drv.get(drv) else {
            self.outside.event(drv, &event.what, event.at);
            return;
        };
        let work = &mut self.works[index];
        match &event.what {
            What::BuildStarted { machine } => {
                // A build that is begun again, on another machine or after a lost connection,
                // starts from nothing.
                work.log = BuilderLog::default();
                work.machine.clone_from(machine);
                work.started = Some(event.at);
                work.stopped = None;
                work.failed = None;
            }
            What::BuildStopped => work.stopped = Some(event.at),
            What::BuildFailed { kind, by, message } => {
                let said = Said { kind: *kind, by: *by, message: message.clone() };
                if work.failed.as_ref().is_none_or(|known| said.says_more_than(known)) {
                    work.failed = Some(said);
                }
            }
            what => work.log.event(what, event.at),
        }
    }

    /// Returns the outputs of builds that ended and of which nothing else was said: Nix also says it of a build that it
    /// stopped for another's sake, so after a failure the store is asked.
    pub fn ended(&self) -> Vec<StorePath> {
        let ended = self.works.iter().filter(|work| work.stopped.is_some() && work.failed.is_none());
        ended.flat_map(|work| work.step.derivation.outputs.values().cloned()).collect()
    }

    /// Takes note of outputs that the store does not have, after all.
    pub fn missing(&mut self, paths: &BTreeSet<StorePath>) {
        for work in &mut self.works {
            work.missing = work.step.derivation.outputs.values().any(|output| paths.contains(output));
        }
    }

    /// Returns what failed although it is not in the plan. `succeeded` is whether Nix ended well: then whatever
    /// failed was built by another machine, or a builder said so.
    pub fn failed_dependencies(&mut self, succeeded: bool) -> Vec<FailedDependency> {
        let outside = std::mem::take(&mut self.outside);
        if succeeded { Vec::new() } else { outside.finish() }
    }

    /// Returns the builds in the order of the plan.
    ///
    /// `succeeded` is whether Nix ended well: its log does not say it of what was there already.
    pub fn finish(self, succeeded: bool) -> Vec<Build> {
        let wanted_ran = self.works.iter().any(|work| work.wanted && work.started.is_some());
        let outcomes: Vec<_> = self.works.iter().map(|work| work.outcome(succeeded, wanted_ran)).collect();
        let paths: Vec<_> = self.works.iter().map(|work| work.log.finished()).collect();
        let finished: Vec<_> = paths
            .iter()
            .map(|paths| {
                |module: &ModuleName| paths.get(module.0.replace('.', "/").as_str()).map(|found| (*found).clone())
            })
            .collect();
        let places: Vec<_> = std::iter::zip(&self.works, &finished)
            .map(|(work, finished)| Place {
                package: &work.step.package,
                is_base: work.step.kind == Kind::Full,
                finished,
            })
            .collect();
        let mut links = Vec::new();
        for (build, work) in self.works.iter().enumerate() {
            for compiled in work.log.compiled() {
                links.push(Link {
                    build,
                    component: &compiled.component,
                    module: &compiled.module,
                    place: compiled.place,
                    reason: &compiled.reason,
                    left_out: compiled.left_out.as_ref(),
                });
            }
        }
        let mut roots = causes::roots(&places, &links).into_iter();
        let works = self.works.into_iter().zip(outcomes);
        works
            .map(|(work, outcome)| {
                let own: Vec<_> = roots.by_ref().take(work.log.compiled().len()).collect();
                work.into_build(outcome, own)
            })
            .collect()
    }
}

impl Work {
    fn outcome(&self, succeeded: bool, wanted_ran: bool) -> Outcome {
        // Where all was built, whoever said otherwise was a builder.
        let failed = self.failed.as_ref().filter(|said| said.by.is_certain() || !succeeded);
        match (failed, self.started) {
            (Some(Said { kind: FailureKind::Dependency, .. }), None) => Outcome::Skipped,
            (Some(_), _) => Outcome::Failed,
            (None, Some(_)) if self.log.failed_step().is_some() && !succeeded => Outcome::Failed,
            (None, Some(_)) if (self.missing || self.stopped.is_none()) && !succeeded => Outcome::Failed,
            (None, Some(_)) => Outcome::Built,
            (None, None) if self.substituted => Outcome::Substituted,
            // Nix says nothing of what the store has. What was asked for was there; a helper was
            // if what stands on it was built, and otherwise nobody looked.
            (None, None) if self.wanted && succeeded => Outcome::Cached,
            (None, None) if !self.wanted && wanted_ran => Outcome::Cached,
            (None, None) => Outcome::Skipped,
        }
    }

    fn into_build(self, outcome: Outcome, roots: Vec<Root>) -> Build {
        let seconds = match (self.started, self.stopped) {
            (Some(from), Some(to)) => seconds_between(from, to),
            _ => 0.0,
        };
        let failed = self.failed;
        let folded = self.log.fold(roots);
        let failure = (outcome == Outcome::Failed).then(|| {
            // What was begun had all that it needs.
            let said = failed.filter(|said| said.kind != FailureKind::Dependency).unwrap_or_else(|| {
                let (kind, message) = match &folded.failed_step {
                    Some((phase, status)) => (
                        FailureKind::Builder,
                        format!("the builder failed in its step `{phase}` with exit code {status}"),
                    ),
                    None => (FailureKind::Stopped, "the build was stopped before its end".to_owned()),
                };
                Said { kind, by: Speaker::Hinc, message }
            });
            let phase = folded.failed_step.map(|(phase, _)| phase);
            said.into_failure(phase, folded.errors, folded.tail, folded.no_room)
        });
        let modules_rebuilt = match (outcome, folded.finished) {
            // A module that GHC began with and did not finish was not compiled.
            (Outcome::Failed, Some(finished)) => finished,
            // A builder that lets GHC say nothing (`-v0`) still counts.
            (_, finished) => folded.printed.max(finished.unwrap_or(0)),
        };
        Build {
            package: self.step.package,
            version: self.step.version,
            kind: self.step.kind,
            wanted: self.wanted,
            why: self.step.why,
            outcome,
            drv: self.step.derivation.drv,
            outputs: self.step.derivation.outputs,
            builder: self.machine,
            seconds,
            compile_seconds: folded.compile_seconds,
            full_compile_seconds: folded
                .full_compile_seconds
                .or_else(|| folded.compile_seconds.filter(|_| self.step.kind == Kind::Full)),
            beside_modules: folded.beside_modules,
            modules_total: folded.modules_total,
            modules_rebuilt,
            modules: folded.modules,
            warnings: folded.warnings,
            warnings_replayed: folded.warnings_replayed,
            failure,
        }
    }
}
