//! Says of each build what is known of it beforehand, as soon as it begins.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;

use super::forecast::{Foretold, foretell};
use super::planning::Places;
use super::site::{Site, Work};
use super::{Past, Records};
use crate::model::base_failure::BaseFailure;
use crate::model::event::{Event, What};
use crate::model::outlook::{Outlook, Subject, last_like};
use crate::model::plan::{Candidate, Plan, Reuse};
use crate::model::record::Record;
use crate::model::revision::Base;
use crate::model::store::StorePath;

/// How many records are looked at: the newest of the project.
const RECORDS: usize = 10;

/// What is known of the builds of one call of Nix.
pub(super) struct Outlooks<'a> {
    work: Work<'a>,
    base: &'a Base,
    candidates: &'a [Candidate],
    places: &'a Places,
    /// The full builds that fail.
    failures: Vec<BaseFailure>,
    /// The builder; none where it is this machine.
    builder: Option<String>,
    plan: RefCell<Option<Plan>>,
    records: OnceCell<Vec<Record>>,
    /// What was foretold so far; none of a build that cannot be foretold.
    foretold: RefCell<BTreeMap<StorePath, Option<Foretold>>>,
}

impl<'a> Outlooks<'a> {
    /// Begins with nothing known.
    pub(super) fn new(
        work: Work<'a>,
        base: &'a Base,
        candidates: &'a [Candidate],
        places: &'a Places,
        failures: &[BaseFailure],
        site: &Site,
    ) -> Self {
        Self {
            work,
            base,
            candidates,
            places,
            failures: failures.to_vec(),
            builder: site.elsewhere().map(|elsewhere| elsewhere.builder.name.to_string()),
            plan: RefCell::default(),
            records: OnceCell::new(),
            foretold: RefCell::default(),
        }
    }

    /// Hears an event, passes it on, and says more where it is the begin of a build of the plan.
    pub(super) fn event(&self, event: &Event) {
        (self.work.on_event)(event);
        match (&event.what, &event.drv) {
            (What::Planned { plan }, _) => *self.plan.borrow_mut() = Some(plan.clone()),
            (What::BuildStarted { machine }, Some(drv)) => {
                let Some(outlook) = self.outlook(drv, machine).filter(|outlook| !outlook.is_empty()) else { return };
                let what = What::Foretold { outlook };
                (self.work.on_event)(&Event { at: event.at, drv: event.drv.clone(), what });
            }
            _ => {}
        }
    }

    /// What is known of a build that begins; none where it is not of the plan.
    fn outlook(&self, drv: &StorePath, machine: &str) -> Option<Outlook> {
        let plan = self.plan.borrow();
        let step = plan.as_ref()?.steps.iter().find(|step| step.derivation.drv == *drv)?;
        let place = self.builder.as_deref().unwrap_or(machine);
        let subject = Subject { package: step.package.as_str(), kind: step.kind, place };
        let last = last_like(self.records(), subject);
        self.foretell(drv);
        let foretold = self.foretold.borrow();
        let foretold = foretold.get(drv).and_then(Option::as_ref);
        Some(Outlook::of(last, foretold.map(|foretold| (&foretold.prediction, foretold.expected_seconds))))
    }

    /// The newest records of the project, the newest first.
    fn records(&self) -> &[Record] {
        self.records.get_or_init(|| {
            let (Some(state), Ok(top)) = (&self.work.options.state, self.work.project.top()) else { return Vec::new() };
            let past = Records::below(state).last(Some(top), RECORDS).unwrap_or_else(|error| {
                tracing::debug!(%error, "no earlier build tells how long this one takes");
                Past::default()
            });
            let mut records = past.records;
            records.reverse();
            records
        })
    }

    /// Returns what is foretold of a build, which is found out once. That something cannot be foretold is no reason for a
    /// good build to fail.
    pub(super) fn foretell(&self, drv: &StorePath) -> Option<Foretold> {
        if let Some(known) = self.foretold.borrow().get(drv) {
            return known.clone();
        }
        let is_of = |candidate: &&Candidate| matches!(&candidate.reuse, Reuse::OnBase { incremental, .. } if incremental.drv == *drv);
        let found = self.candidates.iter().find(is_of).and_then(|candidate| {
            foretell(self.work, self.base, self.places, candidate, &self.failures).unwrap_or_else(|error| {
                tracing::debug!(%error, package = %candidate.name, "nothing is foretold");
                None
            })
        });
        self.foretold.borrow_mut().insert(drv.clone(), found.clone());
        found
    }
}
