//! Makes derivations, and says what became of each.

use std::collections::BTreeSet;

use crate::compare::Fate;
use crate::error::Hint;
use crate::model::event::FailureKind;
use crate::model::plan::{Candidate, Derivation, Kind, Mode, Plan, Step};
use crate::model::record::{Build, Failure};
use crate::model::revision::Base;
use crate::model::store::StorePath;
use crate::nix::toolchain::HostToolchain;
use crate::nix::{BuildFailure, Realised};
use crate::pipeline::Error;
use crate::pipeline::planning::BaseFailures;
use crate::pipeline::realise::{Carried, realise};
use crate::pipeline::site::{Site, Work};

/// What derivations are made with.
pub(super) struct Maker<'a> {
    pub(super) work: Work<'a>,
    pub(super) site: &'a Site,
    pub(super) host: Option<&'a HostToolchain>,
}

/// What became of some derivations.
pub(super) struct Made {
    builds: Vec<Build>,
    /// The outputs that are not there.
    missing: BTreeSet<StorePath>,
    failure: Option<BuildFailure>,
    /// What failed beyond doubt.
    certain: BTreeSet<StorePath>,
}

impl Maker<'_> {
    /// Makes what a plan wants.
    pub(super) async fn make(&self, plan: &Plan) -> Result<Made, Error> {
        if plan.steps.is_empty() {
            return Ok(Made::of(Vec::new()));
        }
        let Carried { realised, builds, certain, .. } = realise(self.site, self.work, plan, self.host).await?;
        let failure = match realised {
            Realised::Built => return Ok(Made::of(builds)),
            Realised::Failed(failure) => failure,
        };
        let outputs: Vec<StorePath> =
            plan.steps.iter().flat_map(|step| step.derivation.outputs.values().cloned()).collect();
        let missing = self.site.invalid(self.work, &outputs).await?;
        Ok(Made { builds, missing, failure: Some(failure), certain })
    }

    /// Makes descriptions, and what these describe.
    pub(super) async fn describe(
        &self,
        candidate: &Candidate,
        builds: &[&Derivation],
        descriptions: &[&Derivation],
    ) -> Result<Made, Error> {
        let of = |kind, derivations: &[&Derivation]| -> Vec<Step> {
            derivations.iter().map(|derivation| step(candidate, kind, derivation)).collect()
        };
        let steps = [of(Kind::Clean, builds), of(Kind::Description, descriptions)].concat();
        let wanted = (builds.len()..steps.len()).collect();
        let why = "the builds are described, to be compared".to_owned();
        self.make(&Plan { mode: Mode::Incremental, why, steps, wanted }).await
    }
}

impl Made {
    /// Returns builds none of which failed.
    const fn of(builds: Vec<Build>) -> Self {
        Self { builds, missing: BTreeSet::new(), failure: None, certain: BTreeSet::new() }
    }

    /// Takes note of full builds of the base that failed. Returns whether there is another plan now; none where it may be
    /// the machine that failed, as then nothing is known of the base.
    pub(super) fn teach(&self, failures: &mut BaseFailures, work: Work<'_>, base: &Base) -> bool {
        self.failure.is_some() && failures.learn(work, base, &self.builds, &self.certain) && failures.are_its_own(base)
    }

    fn is_there(&self, derivation: &Derivation) -> bool {
        derivation.outputs.values().all(|path| !self.missing.contains(path))
    }

    fn build_of(&self, derivation: &Derivation) -> Option<&Build> {
        self.builds.iter().find(|build| build.drv == derivation.drv)
    }

    /// How a derivation failed, where it did.
    pub(super) fn failure_of(&self, derivation: &Derivation) -> Option<&Failure> {
        self.build_of(derivation)?.failure.as_ref().filter(|_| !self.is_there(derivation))
    }

    /// What became of a derivation.
    pub(super) fn fate_of(&self, derivation: &Derivation) -> Fate {
        Fate::of(self.is_there(derivation), self.failure_of(derivation))
    }

    /// Its result; none where it is not there.
    pub(super) fn result_of(&self, derivation: &Derivation) -> Option<StorePath> {
        derivation.outputs.get("out").filter(|_| self.is_there(derivation)).cloned()
    }

    /// How long it compiled, where it was built now.
    pub(super) fn seconds_of(&self, derivation: &Derivation) -> Option<f64> {
        self.build_of(derivation)?.compile_seconds
    }

    /// What Nix said last, as the failure of something that was not begun: nobody else knows of what that
    /// needed and that failed.
    pub(super) fn failure_beneath(&self, what: &str) -> Option<Failure> {
        Some(Failure {
            kind: FailureKind::Dependency,
            phase: None,
            message: what.to_owned(),
            errors: Vec::new(),
            log_tail: self.failure.as_ref()?.tail.clone(),
            no_room: false,
            killed: false,
        })
    }

    /// What can be done about what failed.
    pub(super) fn hints(&self) -> Vec<Hint> {
        self.failure.as_ref().map(|failure| failure.hints.clone()).unwrap_or_default()
    }
}

pub(super) fn step(candidate: &Candidate, kind: Kind, derivation: &Derivation) -> Step {
    Step {
        package: candidate.name.clone(),
        version: candidate.version.clone(),
        kind,
        why: None,
        derivation: derivation.clone(),
    }
}

/// What is made first. The full build of the base comes along with the one on it.
pub(super) fn plan_of(plan: &Plan, steps: impl Iterator<Item = Step>) -> Plan {
    let mut all: Vec<Step> = Vec::new();
    let mut wanted = Vec::new();
    for step in steps {
        let known = all.iter().position(|known| known.derivation.drv == step.derivation.drv);
        let index = known.unwrap_or(all.len());
        // Where nothing changed, the full build of the base is itself what was asked for.
        if (!step.kind.is_of_base() || plan.wanted.iter().any(|&index| is_of(plan, index, &step)))
            && !wanted.contains(&index)
        {
            wanted.push(index);
        }
        if known.is_none() {
            all.push(step);
        }
    }
    Plan { mode: plan.mode, why: plan.why.clone(), steps: all, wanted }
}

fn is_of(plan: &Plan, index: usize, step: &Step) -> bool {
    plan.steps.get(index).is_some_and(|known| known.derivation.drv == step.derivation.drv)
}
