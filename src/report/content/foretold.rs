//! Where GHC did not do what was foretold.

use std::collections::BTreeSet;

use crate::model::haskell::{ComponentName, ModuleName, NodeKind};
use crate::model::prediction::ModuleId;
use crate::model::record::{Build, Module, Outcome};
use crate::report::sentence::{Sentence, name, said, sentence};

/// How many modules are named.
const NAMED: usize = 5;

/// One sentence where the prediction of a build was wrong. That GHC compiled less than it might have is the usual case,
/// and is told by how much it compiled.
pub(super) fn sentence_of(build: &Build) -> Option<Sentence> {
    let (missed, idle) = (not_foretold(build), not_compiled(build));
    let told = match (missed.as_slice(), idle.as_slice()) {
        ([], []) => return None,
        (missed @ [_, ..], _) => {
            sentence!["compiled though hinc had foretold that it could not be: ", named(missed)]
        }
        ([], idle) => sentence!["not compiled though hinc had foretold that it would be: ", named(idle)],
    };
    Some(sentence![told, " (this is a bug of hinc's)"])
}

/// The modules that were compiled and that the bound does not have.
fn not_foretold(build: &Build) -> Vec<ModuleId> {
    let Some(prediction) = build.prediction.as_ref().filter(|prediction| prediction.everything.is_none()) else {
        return Vec::new();
    };
    let known: BTreeSet<&ModuleId> = prediction.at_most.iter().collect();
    let names: BTreeSet<&ModuleName> = prediction.at_most.iter().map(|id| &id.module).collect();
    // Cabal does not always say which component it is at.
    let is_known =
        |id: &ModuleId| known.contains(id) || id.component == ComponentName::default() && names.contains(&id.module);
    let compiled: BTreeSet<ModuleId> = build.modules.iter().filter(|module| is_one(module)).map(id).collect();
    compiled.into_iter().filter(|id| !is_known(id)).collect()
}

/// The modules that were certain and were not compiled, where nothing kept GHC from it.
fn not_compiled(build: &Build) -> Vec<ModuleId> {
    let Some(prediction) = build.prediction.as_ref().filter(|_| build.outcome == Outcome::Built) else {
        return Vec::new();
    };
    // A builder that lets GHC say nothing does not name them.
    let named = build.modules.iter().filter(|module| module.kind != NodeKind::Boot).count();
    if u32::try_from(named).is_ok_and(|named| named < build.modules_rebuilt) {
        return Vec::new();
    }
    let compiled: BTreeSet<&ModuleName> = build.modules.iter().map(|module| &module.module).collect();
    prediction.certain.iter().filter(|id| !compiled.contains(&id.module)).cloned().collect()
}

fn is_one(module: &Module) -> bool {
    matches!(module.kind, NodeKind::Module | NodeKind::Boot)
}

fn id(module: &Module) -> ModuleId {
    ModuleId { component: module.component.clone(), module: module.module.clone() }
}

fn named(modules: &[ModuleId]) -> Sentence {
    let shown = modules.iter().take(NAMED).map(|id| name(id.module.to_string()));
    let shown = Sentence::joined(shown, ", ");
    match modules.len().saturating_sub(NAMED) {
        0 => shown,
        more => sentence![shown, said(format!(" and {more} more"))],
    }
}
