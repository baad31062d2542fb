//! Events into the builds of a record.

use std::collections::{BTreeMap, BTreeSet};

use super::builder_log::BuilderLog;
use super::causes::{self, Link, Place, Root};
use super::failing::Said;
use super::outside::Outside;
use super::timing::{self, seconds_between};
use crate::model::belief::{Belief, Hearing};
use crate::model::event::{Event, FailureKind, What};
use crate::model::haskell::ModuleName;
use crate::model::plan::{Kind, Plan, Step};
use crate::model::record::{Build, FailedDependency, Machine, Outcome};
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
    hearing: Hearing,
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
    /// Whether its outputs are there, whatever was said; none where the store was not asked.
    is_there: Option<bool>,
    /// Whether Nix may have stopped it for the sake of one that failed.
    perhaps_stopped: bool,
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
            hearing: Hearing::default(),
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
                is_there: None,
                perhaps_stopped: false,
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
        let belief = self.hearing.event(event);
        let Some(drv) = &event.drv else { return };
        let Some(&index) = self.by_drv.get(drv) else {
            self.outside.event(drv, &event.what, belief, event.at);
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
            what => {
                match (&mut work.failed, Said::of(what, belief)) {
                    (Some(known), Some(said)) => known.improve(said),
                    (known @ None, said) => *known = said,
                    (Some(_), None) => {}
                }
                work.log.event(what, event.at);
            }
        }
    }

    /// Takes back what was said, though not for certain, of builds that Nix may have stopped since another one failed:
    /// that their outputs are missing bears nothing out. Not to be called where Nix was told to keep going.
    pub fn discount_stopped(&mut self) {
        let hearing = &self.hearing;
        for work in &mut self.works {
            work.perhaps_stopped = work.is_doubtful() && hearing.may_have_been_stopped(&work.step.derivation.drv);
            work.failed.take_if(|said| work.perhaps_stopped && said.kind != FailureKind::Dependency);
        }
        self.outside.forget(|drv| hearing.may_have_been_stopped(drv));
    }

    /// Returns what failed beyond doubt. Of a call of Nix that was told to keep going that is all that was said to have
    /// failed and is not there, since nothing is stopped then.
    pub fn failed_for_certain(&self, keep_going: bool) -> BTreeSet<StorePath> {
        let certain = |belief| match belief {
            Belief::Certain => true,
            Belief::OfItself => keep_going || self.hearing.names_one(),
            Belief::Perhaps => keep_going,
            Belief::No => false,
        };
        let works = self.works.iter().filter_map(|work| Some((&work.step.derivation.drv, work.failed.as_ref()?)));
        let all = works.chain(self.outside.failed_ones());
        all.filter(|(_, said)| certain(said.belief)).map(|(drv, _)| drv.clone()).collect()
    }

    /// Returns the outputs of builds of the plan that were begun and of which it is not certain that they failed: Nix
    /// says that a build ended also where it stopped it for another's sake. After a failure the store is asked for them.
    pub fn doubtful_outputs(&self) -> Vec<StorePath> {
        let doubtful = self.works.iter().filter(|work| work.is_doubtful());
        doubtful.flat_map(|work| work.step.derivation.outputs.values().cloned()).collect()
    }

    /// Takes note of which of [`Self::doubtful_outputs`] the store does not have.
    pub fn missing(&mut self, paths: &BTreeSet<StorePath>) {
        for work in self.works.iter_mut().filter(|work| work.is_doubtful()) {
            work.is_there = Some(!work.step.derivation.outputs.values().any(|output| paths.contains(output)));
        }
    }

    /// Returns derivations that are not in the plan and of which it was said that they failed, but not by whom it is
    /// certain. They count only where they are confirmed.
    pub fn doubtful_dependencies(&self) -> Vec<StorePath> {
        self.outside.doubtful().cloned().collect()
    }

    /// Takes note of which of [`Self::doubtful_dependencies`] failed, as the store says.
    pub fn confirm(&mut self, drvs: &BTreeSet<StorePath>) {
        self.outside.confirm(drvs);
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
                is_base: work.step.kind.is_of_base(),
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
    /// Whether it was begun, and nobody said for certain that it failed.
    fn is_doubtful(&self) -> bool {
        self.started.is_some() && self.failed.as_ref().is_none_or(|said| said.belief != Belief::Certain)
    }

    fn outcome(&self, succeeded: bool, wanted_ran: bool) -> Outcome {
        // Where it is there, whoever said otherwise was a builder.
        let is_there = succeeded || self.is_there == Some(true);
        let failed = self.failed.as_ref().filter(|said| said.belief == Belief::Certain || !is_there);
        let came_to_nothing = self.is_there == Some(false) || self.stopped.is_none() || self.perhaps_stopped;
        match (failed, self.started) {
            (Some(Said { kind: FailureKind::Dependency, .. }), None) => Outcome::Skipped,
            (Some(_), _) => Outcome::Failed,
            (None, Some(_)) if came_to_nothing && !is_there => Outcome::Failed,
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
        // Where the builder's clock is another one, the beginning is nowhere within the time that it ran.
        let compile_began = self.started.zip(folded.compile_start).and_then(|(from, start)| {
            let began = timing::rounded(start - timing::epoch_seconds(from));
            (0.0..=seconds).contains(&began).then_some(began)
        });
        let failure = (outcome == Outcome::Failed).then(|| {
            // What was begun had all that it needs.
            let said = failed.filter(|said| said.kind != FailureKind::Dependency);
            said.unwrap_or_else(Said::stopped).into_failure(folded.signs)
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
            started: self.started,
            seconds,
            compile_began,
            compile_seconds: folded.compile_seconds,
            full_compile_seconds: folded
                .full_compile_seconds
                .or_else(|| folded.compile_seconds.filter(|_| self.step.kind == Kind::Full)),
            beside_modules: folded.beside_modules,
            critical_path: folded.critical_path,
            machine: folded.machine.map(|machine| Machine {
                system: Some(self.step.derivation.system).filter(|system| !system.is_empty()),
                ..machine
            }),
            modules_total: folded.modules_total,
            modules_rebuilt,
            modules: folded.modules,
            warnings: folded.warnings,
            warnings_replayed: folded.warnings_replayed,
            failure,
            prediction: None,
        }
    }
}
