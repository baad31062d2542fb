//! What is foretold of one package's incremental build.

use std::collections::BTreeSet;

use super::files::{Package, Source};
use crate::model::plan::{Candidate, Derivation, INTERMEDIATES, Reuse, Start};
use crate::model::prediction::{Known, Prediction};
use crate::model::revision::Base;
use crate::model::store::StorePath;
use crate::nix::derivation;
use crate::pipeline::planning::Places;
use crate::pipeline::site::Work;
use crate::pipeline::{Error, Target};
use crate::predict::{self, Question, Recorded, Side};

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

impl Foretold {
    fn nothing_known(why: String) -> Self {
        let prediction = Prediction {
            known: Known::Nothing,
            changed: Vec::new(),
            at_most: Vec::new(),
            certain: Vec::new(),
            precaution: Vec::new(),
            everything: Some(why),
        };
        Self { prediction, expected_seconds: None, full_seconds: None, modules: None, is_observed: None }
    }
}

/// Foretells the incremental build of a package; none where it has none.
pub(in crate::pipeline) fn foretell(
    work: Work<'_>,
    base: &Base,
    places: &Places,
    candidate: &Candidate,
) -> Result<Option<Foretold>, Error> {
    let Reuse::OnBase { start, clean, .. } = &candidate.reuse else { return Ok(None) };
    let Some(recorded) = recorded(start.derivation()) else {
        let why = "what the full build of the base noted is not at hand here".to_owned();
        return Ok(Some(Foretold::nothing_known(why)));
    };
    let compared = match start {
        Start::Full { full, .. } => sources(full, clean),
        Start::Partial(_) => {
            Err("the full build of the base fails, so that not all of its modules are there".to_owned())
        }
    };
    let prediction = match compared {
        Ok((before, now)) => of_sources(work, base, places, &recorded, (&before, &now))?,
        Err(why) => Err(why),
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

/// Returns the sources of a package's full builds at both commits, if these differ in nothing else; why any module may
/// be compiled else.
fn sources(full: &Derivation, clean: &Derivation) -> Result<(StorePath, StorePath), String> {
    let text = |derivation: &Derivation| {
        let text = fs_err::read(derivation.drv.as_path());
        text.map_err(|_| "the derivations of both commits cannot be compared here".to_owned())
    };
    let own: BTreeSet<&StorePath> = full.outputs.values().chain(clean.outputs.values()).collect();
    let mut found = derivation::differences(&text(full)?, &text(clean)?, &own);
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
    recorded: &Recorded,
    (before, now): (&StorePath, &StorePath),
) -> Result<Result<Prediction, String>, Error> {
    let project = work.project;
    let before = Source::of(project, &base.tree, &places.base, before)?;
    let now = Source::of(project, &project.head().tree, &places.head, now)?;
    let (Some(before), Some(now)) = (before, now) else {
        return Ok(Err("its source is not at hand here".to_owned()));
    };
    let Some(old) = Package::find(&before, recorded) else {
        return Ok(Err("the full build of the base had other files than its source".to_owned()));
    };
    // hinc's own builder changes no file; what a user's Nix code does is not known.
    if !matches!(work.options.target, Target::Host { .. })
        && let Some(path) = old.changed_before_the_build(recorded)
    {
        return Ok(Err(format!("{path} is changed before it is compiled")));
    }
    let new = old.in_source(&now);
    let (Some(description), true) = (old.description(), old.description() == new.description()) else {
        return Ok(Err("its description has another name".to_owned()));
    };
    let read = |side, path: &gix::bstr::BStr| match side {
        Side::Base => old.read(path),
        Side::Head => new.read(path),
    };
    let (before, now) = (old.tree(), new.tree());
    let question = Question { before: &before, now: &now, recorded, description: description.as_ref(), read: &read };
    Ok(Ok(predict::predict(&question)))
}
