//! What is foretold of random edits, beside what GHC compiles.
//!
//! `HINC_PREDICTED_EDITS` and `HINC_PREDICTED_SEEDS` say how far to go.

use std::collections::BTreeSet;
use std::path::Path;

use hinc::model::prediction::{ModuleId, Prediction};
use hinc::predict::Configuration;
use serde_json::json;

use super::super::foretold::foretold;
use super::super::nix;
use super::super::tree;
use super::edits::Edit;
use super::model::Package;
use super::random::Random;
use super::{Surroundings, in_parallel, number_of};

/// How many edits are made on one base.
const EDITS_OF_A_BASE: usize = 12;

/// A head, and its incremental build.
struct Case {
    edits: Vec<Edit>,
    head: tree::Tree,
    kept: nix::Drv,
}

/// How good predictions were.
#[derive(Debug, Default)]
struct Sums {
    bounded: usize,
    at_most: usize,
    truly: usize,
    all: usize,
}

impl Sums {
    /// Adds one of `modules`; returns what it missed, and what it was wrong about.
    fn add(&mut self, prediction: &Prediction, compiled: &BTreeSet<ModuleId>, modules: usize) -> Vec<String> {
        let mut faults = Vec::new();
        if prediction.everything.is_none() {
            let foretold: BTreeSet<ModuleId> = prediction.at_most.iter().cloned().collect();
            self.bounded += 1;
            self.at_most += foretold.len();
            self.truly += compiled.len();
            self.all += modules;
            let missed: Vec<ModuleId> = compiled.difference(&foretold).cloned().collect();
            if !missed.is_empty() {
                faults.push(format!("not foretold: {}", described(missed)));
            }
        }
        let wrong: Vec<ModuleId> = prediction.certain.iter().filter(|id| !compiled.contains(*id)).cloned().collect();
        if !wrong.is_empty() {
            faults.push(format!("certain and not compiled: {}", described(wrong)));
        }
        faults.into_iter().map(|fault| format!("{:?}: {fault}", prediction.known)).collect()
    }
}

/// The modules that a build compiled: those whose interfaces it wrote itself.
fn compiled(intermediates: &Path) -> BTreeSet<ModuleId> {
    let read = |name: &str| fs_err::read_to_string(intermediates.join("hinc").join(name)).expect("the build noted it");
    let finished = read("finished");
    let stems: BTreeSet<&str> = finished
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .map(|(_, path)| path.rsplit_once('.').map_or(path, |(stem, _)| stem))
        .collect();
    let modules = read("modules");
    let columns = modules.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    let found = columns.filter(|columns| stems.contains(columns[2]));
    found
        .map(|columns| {
            serde_json::from_value(json!({"component": columns[0], "module": columns[1]})).expect("a module")
        })
        .collect()
}

fn described(modules: impl IntoIterator<Item = ModuleId>) -> String {
    modules.into_iter().map(|id| format!("{}:{}", id.component, id.module)).collect::<Vec<_>>().join(" ")
}

/// A state that can be built, some edits from the first one, with its full build.
fn base(random: &mut Random, number: usize, surroundings: &Surroundings) -> (Package, nix::Drv) {
    loop {
        let mut package = Package::default();
        for _ in 0..number * 6 {
            Edit::any(random).apply(&mut package);
        }
        while let Some(mending) = Edit::that_mends(&package) {
            mending.apply(&mut package);
        }
        let full = surroundings.evaluate(None, &package).head_full;
        nix::realise(&[&full], "2");
        if nix::is_valid(full.output("out")) {
            return (package, full);
        }
    }
}

fn cases(random: &mut Random, base: &Package, surroundings: &Surroundings) -> Vec<Case> {
    let mut heads: Vec<(Vec<Edit>, Package)> = Vec::new();
    while heads.len() < EDITS_OF_A_BASE {
        let mut head = base.clone();
        // Most people make one edit at a time.
        let edits: Vec<Edit> = (0..=random.below(6) / 3).map(|_| Edit::any(random)).collect();
        for edit in &edits {
            edit.apply(&mut head);
        }
        if head.render() != base.render() {
            heads.push((edits, head));
        }
    }
    let answers = in_parallel(&heads, |(_, head)| surroundings.evaluate(Some(base), head));
    let cases = heads.into_iter().zip(answers).filter_map(|((edits, head), answer)| {
        Some(Case { edits, head: head.render(), kept: answer.incremental_kept? })
    });
    let cases: Vec<Case> = cases.collect();
    nix::realise(&cases.iter().map(|case| &case.kept).collect::<Vec<_>>(), "2");
    cases
}

#[test]
fn no_module_is_compiled_that_was_not_foretold() {
    let wanted = number_of("HINC_PREDICTED_EDITS").unwrap_or(24);
    let seed = number_of("HINC_PREDICTED_SEED").unwrap_or(1) as u64;
    let surroundings = Surroundings { functions: nix::functions(), options: json!({ "shared": false, "tests": true }) };
    let mut random = Random::of(seed);
    let configuration = Configuration { tests: true, all: true, ..Configuration::default() };
    let (mut compared, mut noted, mut sources, mut faults) = (0, Sums::default(), Sums::default(), Vec::new());
    for number in 0..wanted.div_ceil(EDITS_OF_A_BASE) {
        let (package, full) = base(&mut random, number, &surroundings);
        let modules = fs_err::read_to_string(full.output("intermediates").join("hinc/count")).expect("it is noted");
        let modules: usize = modules.trim().parse().expect("a number");
        for case in cases(&mut random, &package, &surroundings) {
            if !nix::is_valid(case.kept.output("out")) {
                continue;
            }
            let compiled = compiled(case.kept.output("intermediates"));
            let predictions = foretold(&package.render(), &case.head, &full, &configuration);
            compared += 1;
            for (prediction, sums) in predictions.iter().zip([&mut noted, &mut sources]) {
                let found = sums.add(prediction, &compiled, modules);
                faults.extend(found.into_iter().map(|fault| format!("{:?}: {fault}", case.edits)));
            }
        }
    }
    println!("seed {seed}: {compared} edits; by what the base noted {noted:?}, by its sources {sources:?}");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(compared * 2 > wanted, "only {compared} of {wanted} edits were built incrementally");
    for sums in [noted, sources] {
        assert!(sums.bounded * 2 > compared, "only {} of {compared} predictions have a bound", sums.bounded);
        assert!(sums.at_most < sums.all, "a bound of everything is none: {sums:?}");
    }
}
