//! What is foretold of one package's incremental build.

use std::collections::BTreeMap;

use super::configured::{configuration, profiles};
use super::files::{Package, Source};
use crate::model::base_failure::BaseFailure;
use crate::model::plan::{Candidate, Derivation, INTERMEDIATES, Reuse, Start};
use crate::model::prediction::{Known, Prediction};
use crate::model::revision::Base;
use crate::model::store::StorePath;
use crate::nix::derivation;
use crate::pipeline::planning::Places;
use crate::pipeline::site::Work;
use crate::pipeline::{Error, Target};
use crate::predict::{self, Configuration, Question, Recorded, Side};

/// What is foretold, and what it would take.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::pipeline) struct Foretold {
    pub(in crate::pipeline) prediction: Prediction,
    /// How long what is certain takes, in seconds.
    pub(in crate::pipeline) expected_seconds: Option<f64>,
    /// How long the base took, in seconds.
    pub(in crate::pipeline) full_seconds: Option<f64>,
    /// How many modules the base has.
    pub(in crate::pipeline) modules: Option<usize>,
    /// Whether it was observed what the base's build looked at; none where that is not at hand.
    pub(in crate::pipeline) is_observed: Option<bool>,
}

/// That any module may be compiled, where it is not known which there are.
fn anything(why: String) -> Prediction {
    Prediction {
        known: Known::Nothing,
        changed: Vec::new(),
        at_most: Vec::new(),
        certain: Vec::new(),
        precaution: Vec::new(),
        everything: Some(why),
    }
}

/// Foretells the incremental build of a package; none where it has none. `failures` are the full builds that fail.
pub(in crate::pipeline) fn foretell(
    work: Work<'_>,
    base: &Base,
    places: &Places,
    candidate: &Candidate,
    failures: &[BaseFailure],
) -> Result<Option<Foretold>, Error> {
    let Reuse::OnBase { start, clean, .. } = &candidate.reuse else { return Ok(None) };
    let recorded = recorded(start.derivation());
    // What compiles of a base is made by a derivation of its own, and of the same sources.
    let full = match start {
        Start::Full { full, .. } => Some(&full.drv),
        Start::Partial(_) => failures
            .iter()
            .find(|failure| failure.commit == base.commit && failure.package == candidate.name)
            .map(|failure| &failure.drv),
    };
    let compared = match full {
        Some(full) => sources(full, &clean.drv),
        None => Err("it is not known how its base was to be built".to_owned()),
    };
    let prediction = match (compared, &recorded, start) {
        (Err(why), ..) => Err(why),
        (Ok(_), Some(recorded), Start::Partial(_))
            if recorded.may_lack_ways() || variables_of(&candidate.plain).is_none_or(|told| profiles(&told)) =>
        {
            Err("what compiles of the base may not have been compiled in all ways, as for profiling".to_owned())
        }
        (Ok(sources), Some(recorded), _) => {
            of_sources(work, base, places, candidate, &sources, predict::Base::Noted(recorded))?
        }
        (Ok(_), None, Start::Partial(_)) => Err("which modules of the base compile is not known here".to_owned()),
        (Ok(sources), None, Start::Full { .. }) => match configuration_of(&candidate.plain) {
            Ok(configuration) => {
                of_sources(work, base, places, candidate, &sources, predict::Base::Sources(&configuration))?
            }
            Err(why) => Err(why),
        },
    };
    let Some(recorded) = recorded else {
        let prediction = prediction.unwrap_or_else(anything);
        return Ok(Some(Foretold {
            prediction,
            expected_seconds: None,
            full_seconds: None,
            modules: None,
            is_observed: None,
        }));
    };
    let prediction = prediction.unwrap_or_else(|why| predict::everything(&recorded, why));
    Ok(Some(Foretold {
        expected_seconds: predict::expected_seconds(&recorded, &prediction),
        full_seconds: recorded.seconds(),
        modules: Some(recorded.modules()),
        is_observed: Some(recorded.is_observed()),
        prediction,
    }))
}

/// Reads what a full build noted; none where it is not in the store of this machine.
fn recorded(full: &Derivation) -> Option<Recorded> {
    let folder = full.outputs.get(INTERMEDIATES)?.as_path().join("hinc");
    Recorded::read(&|name| fs_err::read(folder.join(name)).ok())
}

/// Reads how a package is built.
fn configuration_of(plain: &Derivation) -> Result<Configuration, String> {
    let variables = variables_of(plain).ok_or("its derivation cannot be looked at here")?;
    configuration(&plain.system, &variables)
}

fn variables_of(derivation: &Derivation) -> Option<BTreeMap<String, String>> {
    let text = fs_err::read(derivation.drv.as_path()).ok()?;
    Some(derivation::variables(&text))
}

/// Returns the sources of a package's full builds at both commits, if these differ in nothing else; why any module may
/// be compiled else.
fn sources(full: &StorePath, clean: &StorePath) -> Result<(StorePath, StorePath), String> {
    let text = |drv: &StorePath| {
        let text = fs_err::read(drv.as_path());
        text.map_err(|_| "the derivations of both commits cannot be compared here".to_owned())
    };
    let mut found = derivation::differences(&text(full)?, &text(clean)?);
    if !found.built_with.is_empty() {
        let names: Vec<String> = found.built_with.into_iter().collect();
        return Err(format!("what it is built with changed ({})", names.join(", ")));
    }
    match (found.first.pop_first(), found.second.pop_first()) {
        (Some(before), Some(now)) if found.first.is_empty() && found.second.is_empty() && !found.otherwise => {
            Ok((before, now))
        }
        _ => Err("its derivation differs in more than the source".to_owned()),
    }
}

fn of_sources(
    work: Work<'_>,
    base: &Base,
    places: &Places,
    candidate: &Candidate,
    (before, now): &(StorePath, StorePath),
    known: predict::Base<'_>,
) -> Result<Result<Prediction, String>, Error> {
    let project = work.project;
    let before = Source::of(project, &base.tree, &places.base, before)?;
    let now = Source::of(project, &project.head().tree, &places.head, now)?;
    let (Some(before), Some(now)) = (before, now) else {
        return Ok(Err("its source is not at hand here".to_owned()));
    };
    let old = match known {
        predict::Base::Noted(recorded) => {
            let Some(old) = Package::find(&before, recorded) else {
                let why = if before.is_for_hpack() {
                    "hpack makes its description before it is built"
                } else {
                    "the full build of the base had other files than its source"
                };
                return Ok(Err(why.to_owned()));
            };
            // hinc's own builder changes no file; what a user's Nix code does is not known.
            if !matches!(work.options.target, Target::Host { .. })
                && let Some(path) = old.changed_before_the_build(recorded)
            {
                return Ok(Err(format!("{path} is changed before it is compiled")));
            }
            old
        }
        predict::Base::Sources(_) => match Package::named(&before, &candidate.name) {
            Some(old) => old,
            None => return Ok(Err(format!("its source has not just one {}.cabal", candidate.name))),
        },
    };
    let new = old.in_source(&now);
    let (Some(description), true) = (old.description(), old.description() == new.description()) else {
        return Ok(Err("its description has another name".to_owned()));
    };
    let read = |side, path: &gix::bstr::BStr| match side {
        Side::Base => old.read(path),
        Side::Head => new.read(path),
    };
    let (before, now) = (old.tree(), new.tree());
    let question = Question { before: &before, now: &now, base: known, description: description.as_ref(), read: &read };
    Ok(Ok(predict::predict(&question)))
}
