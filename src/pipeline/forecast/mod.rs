//! What a build would do, before anything is built.

mod configured;
mod files;
mod foretell;
mod stores;

use tokio_util::sync::CancellationToken;

pub(super) use foretell::{Foretold, foretell};

use super::planning::{BaseFailures, Place, Places, Planned, Planner, plan_on};
use super::site::Work;
use super::{BuildOptions, Error, Project};
use crate::model::event::Event;
use crate::model::forecast::{
    FORECAST_SCHEMA_VERSION, Forecast, Hazard, HazardKind, OfCommit, PackageForecast, PlannedDerivation,
    PlannedSeconds, PlannedSource, StoreHas,
};
use crate::model::plan::{Candidate, Derivation, Kind, Mode, Plan, Reuse, Step};
use crate::model::prediction::{Known, Prediction};
use crate::nix::Nix;
use stores::Wanted;

/// Says what [`super::build`] would do with the same options. Nothing is built; sources and derivations go into the store.
pub async fn forecast(
    project: &Project,
    options: &BuildOptions,
    on_event: &dyn Fn(&Event),
    cancel: &CancellationToken,
) -> Result<Forecast, Error> {
    let bases = project.bases(&options.base, &options.telling(on_event), cancel).await?;
    let nix = Nix::new(options.nix.clone());
    let work = Work { project, nix: &nix, options, on_event, cancel };
    let mut planner = Planner::new(work);
    let mut failures = BaseFailures::new(work);
    let Planned { base, prepared, site } = plan_on(&mut planner, work, &bases, &mut failures).await?;

    let subjects: Vec<Subject<'_>> =
        prepared.candidates.iter().map(|candidate| Subject::of(&prepared.plan, candidate)).collect();
    let wanted: Vec<Wanted<'_>> = subjects.iter().map(Subject::wanted).collect();
    let foretold = async {
        let of = |subject: &Subject<'_>| {
            if subject.mode == Mode::Incremental {
                foretell(work, &base, &prepared.places, subject.candidate, failures.all())
            } else {
                Ok(None)
            }
        };
        subjects.iter().map(of).collect::<Result<Vec<_>, Error>>()
    };
    // What is foretold is worked out while the stores think about their answers: these are asked first.
    let (held, foretold) = tokio::join!(biased; stores::ask(&site, work, &wanted), foretold);
    let (held, foretold) = (held?, foretold?);
    let mut hazards = Vec::new();
    for uri in held.silent {
        let text = format!("{uri} did not say what it has");
        hazards.push(Hazard { package: None, kind: HazardKind::StoreIsSilent, text });
    }
    let mut packages = Vec::new();
    for ((subject, stores), foretold) in subjects.iter().zip(held.stores).zip(foretold) {
        packages.push(subject.forecast(&prepared.plan, foretold, stores, &mut hazards));
    }
    Ok(Forecast {
        schema_version: FORECAST_SCHEMA_VERSION,
        hinc: env!("CARGO_PKG_VERSION").to_owned(),
        head: project.head().clone(),
        base,
        base_failures: failures.into_all(),
        mode: prepared.plan.mode,
        why: prepared.plan.why,
        sources: sources(&prepared.places),
        packages,
        hazards,
    })
}

fn sources(places: &Places) -> Vec<PlannedSource> {
    let of = |commit, places: &[Place]| -> Vec<PlannedSource> {
        let source = |place: &Place| PlannedSource {
            commit,
            folder: place.folder.clone(),
            path: place.source.store_path.clone(),
        };
        places.iter().map(source).collect()
    };
    [of(OfCommit::Head, &places.head), of(OfCommit::Base, &places.base)].concat()
}

/// Whether a store has what a step makes. A partial build makes nothing but intermediates.
fn is_there(step: &Step, full: Option<&Derivation>, store: &StoreHas) -> bool {
    match (step.kind, full) {
        (Kind::Partial, _) => store.intermediates,
        (_, Some(full)) if full.drv == step.derivation.drv => store.intermediates && store.out,
        _ => store.result,
    }
}

/// A package and how it would be built.
struct Subject<'a> {
    candidate: &'a Candidate,
    /// Its steps of the plan.
    steps: Vec<&'a Step>,
    mode: Mode,
    /// Why it is built plainly, where others are not.
    why: Option<&'a str>,
    full: Option<&'a Derivation>,
    result: &'a Derivation,
}

impl<'a> Subject<'a> {
    fn of(plan: &'a Plan, candidate: &'a Candidate) -> Self {
        let (full, others) = match &candidate.reuse {
            Reuse::Unchanged { full } => (Some(full), vec![]),
            Reuse::OnBase { start, incremental, clean, .. } => (Some(start.derivation()), vec![incremental, clean]),
            Reuse::Nothing { over, .. } => (None, over.iter().collect()),
        };
        let all: Vec<&Derivation> = full.into_iter().chain(others).chain([&candidate.plain]).collect();
        let is_of = |step: &&Step| all.iter().any(|derivation| derivation.drv == step.derivation.drv);
        let steps: Vec<&Step> = plan.steps.iter().filter(is_of).collect();
        let last = steps.last();
        let mode = match last.map(|step| step.kind) {
            Some(Kind::Incremental) => Mode::Incremental,
            Some(Kind::Full | Kind::Partial) => Mode::Full,
            _ => Mode::Plain,
        };
        let why = last.and_then(|step| step.why.as_deref());
        let result = last.map_or(&candidate.plain, |step| &step.derivation);
        Self { candidate, mode, why, full: full.filter(|_| mode != Mode::Plain), result, steps }
    }

    fn wanted(&self) -> Wanted<'a> {
        Wanted { full: self.full, result: self.result }
    }

    fn forecast(
        &self,
        plan: &Plan,
        foretold: Option<Foretold>,
        stores: Vec<StoreHas>,
        hazards: &mut Vec<Hazard>,
    ) -> PackageForecast {
        let mut hazard = |kind, text: String| {
            hazards.push(Hazard { package: Some(self.candidate.name.clone()), kind, text });
        };
        let why = match (self.mode, self.why, &self.candidate.reuse) {
            (_, Some(why), _) => why.to_owned(),
            (Mode::Full, _, Reuse::Unchanged { .. }) if plan.mode == Mode::Incremental => {
                "nothing that goes into it changed since the base, so its full build is the result".to_owned()
            }
            _ => plan.why.clone(),
        };
        if let Reuse::Nothing { why: Some(why), .. } = &self.candidate.reuse {
            hazard(HazardKind::NothingReused, why.clone());
        }
        let has_base = stores.iter().any(|store| store.intermediates);
        if self.mode != Mode::Plain && !has_base && !stores.iter().any(|store| store.result) {
            hazard(HazardKind::BaseIsMissing, "no store has its full build, which is made first".to_owned());
        }
        let is_built = stores.first().is_some_and(|store| store.result);
        let Foretold { prediction, expected_seconds, full_seconds, modules, is_observed } =
            foretold.unwrap_or_else(|| Self::without_base(is_built, &why));
        if is_observed == Some(false) {
            hazard(HazardKind::NotObserved, "what the full build of the base looked at was not observed".to_owned());
        }
        if self.mode == Mode::Incremental {
            let missing = "what the full build of the base noted is not at hand here";
            match prediction.known {
                Known::Interfaces => {}
                Known::Sources => {
                    let bound =
                        "what may be compiled is known from the base's sources: all that may look at files counts";
                    hazard(HazardKind::NotesAreMissing, format!("{missing}, so {bound}"));
                }
                Known::Nothing => hazard(HazardKind::NotesAreMissing, format!("{missing}, nor do its sources tell it")),
            }
            if let Some(why) = &prediction.everything {
                hazard(HazardKind::Everything, why.clone());
            }
        }
        let there = |step: &Step| stores.first().is_some_and(|store| is_there(step, self.full, store));
        PackageForecast {
            package: self.candidate.name.clone(),
            version: self.candidate.version.clone(),
            wanted: self.candidate.wanted,
            mode: self.mode,
            why,
            derivations: self.steps.iter().map(|step| PlannedDerivation::of(step, there(step))).collect(),
            known: prediction.known,
            modules,
            changed: prediction.changed,
            at_most: prediction.at_most,
            certain: prediction.certain,
            precaution: prediction.precaution,
            everything: prediction.everything,
            seconds: PlannedSeconds { expected: expected_seconds, full: full_seconds },
            stores,
        }
    }

    /// What is foretold of a package that is not built on its base: everything, or nothing where it is there.
    fn without_base(is_built: bool, why: &str) -> Foretold {
        let nothing = Vec::new;
        let prediction = Prediction {
            known: Known::Nothing,
            changed: nothing(),
            at_most: nothing(),
            certain: nothing(),
            precaution: nothing(),
            everything: (!is_built).then(|| why.to_owned()),
        };
        let expected_seconds = is_built.then_some(0.0);
        Foretold { prediction, expected_seconds, full_seconds: None, modules: None, is_observed: None }
    }
}
