//! `hinc why`: the chain from a module to what changed.

use std::time::{Duration, Instant};

use hinc::model::event::FailureKind;
use hinc::model::haskell::ComponentName;
use hinc::model::plan::{Kind, Mode};
use hinc::model::prediction::{ModuleId, Prediction};
use hinc::model::record::{Build, ChangedDeclarations, Module, Outcome, Record};
use hinc::report::{self, Question};

use crate::report::{code, incremental, module, options, record, recorded};

fn why(record: &Record, module: &str) -> String {
    report::why_text(record, &Question { module: module.to_owned(), package: None, component: None }, &options())
}

#[test]
fn recorded_chains() {
    let export = record(Mode::Incremental, recorded("export"));
    insta::assert_snapshot!(why(&export, "Tree.Root"), @r"
    Tree.Root of tree was compiled in 0.3 s: Tree.Leaf was edited
      Tree.Root    Tree.Branch changed
      Tree.Branch  Tree.Leaf changed
      Tree.Leaf    Source file changed
    GHC says the first reason that it finds; a module may have others.
    ");
    insta::assert_snapshot!(why(&export, "Leaf"), @r"
    Tree.Leaf of tree was compiled in 0.1 s: Tree.Leaf was edited
      Tree.Leaf  Source file changed
    GHC says the first reason that it finds; a module may have others.
    ");
    insta::assert_snapshot!(why(&export, "Tree.Nowhere"), @r"
    Tree.Nowhere was not compiled
      GHC used what the base has of it, or it has another name: the record names the modules that were
      compiled, and no others.
    ");
    let splice = record(Mode::Incremental, recorded("splice"));
    insta::assert_snapshot!(why(&splice, "Tree.Splice"), @r"
    Tree.Splice of tree was compiled in 0.2 s: Tree.Names was edited
      Tree.Splice  Tree.Names changed
      Tree.Names   Source file changed
    GHC says the first reason that it finds; a module may have others.
    ");
    let flags = record(Mode::Incremental, recorded("flags"));
    insta::assert_snapshot!(why(&flags, "Tree.Names"), @r"
    Tree.Names of tree was compiled in 0.4 s: flags changed
      Tree.Names  Flags changed
      GHC was called with other flags than for the base: options or extensions in the description of the
      package, or folders of included files.
    GHC says the first reason that it finds; a module may have others.
    ");
    insta::assert_snapshot!(why(&record(Mode::Full, recorded("full")), "Tree.Names"), @r"
    Tree.Names of tree was compiled in 0.5 s
      as every module of it: the build stands on no earlier one
    ");
}

/// A module of an edit of `Core`.
fn because(component: &str, name: &str, cause: &str) -> Module {
    let reason = if name == cause { "source-file-changed" } else { "module-changed" };
    let module = module(component, name, reason, Some(cause), "Core", 0.2);
    let words = if name == cause { "Source file changed".to_owned() } else { module.reason_text.clone() };
    Module {
        reason_text: words,
        root_reason: Some(code("source-file-changed")),
        root_package: Some("core".parse().expect("a name")),
        root_component: Some(ComponentName("lib".to_owned())),
        ..module
    }
}

fn of(package: &str, kind: Kind, modules: Vec<Module>) -> Build {
    Build { package: package.parse().expect("a name"), kind, wanted: kind != Kind::Full, ..incremental(modules) }
}

#[test]
fn a_chain_leads_through_packages_and_components() {
    let two_days = record(
        Mode::Incremental,
        vec![
            // What was compiled for the base is no reason in head.
            of("core", Kind::Full, vec![because("lib", "Core", "Core"), because("lib", "Core.Mid", "Core")]),
            of("core", Kind::Incremental, vec![because("lib", "Core", "Core"), because("lib", "Core.Mid", "Core")]),
            of(
                "app",
                Kind::Incremental,
                vec![
                    because("lib", "App", "Core.Mid"),
                    because("exe:app", "Main", "App"),
                    because("test:spec", "Main", "Spec"),
                ],
            ),
        ],
    );
    insta::assert_snapshot!(why(&two_days, "Main"), @r"
    Main (exe:app) of app was compiled in 0.2 s: Core of core was edited
      Main (exe:app)    App changed
      App               Core.Mid changed
      Core.Mid of core  Core changed
      Core of core      Source file changed
    Main (test:spec) of app was compiled in 0.2 s: Core of core was edited
      Main (test:spec)  Spec changed
    GHC says the first reason that it finds; a module may have others.
    ");
    let of_component = Question {
        module: "Main".to_owned(),
        package: Some("app".parse().expect("a name")),
        component: Some(ComponentName("test:spec".to_owned())),
    };
    insta::assert_snapshot!(report::why_text(&two_days, &of_component, &options()), @r"
    Main (test:spec) of app was compiled in 0.2 s: Core of core was edited
      Main (test:spec)  Spec changed
    GHC says the first reason that it finds; a module may have others.
    ");
}

#[test]
fn what_changed_for_a_module_is_named_where_that_is_known() {
    let changed = |names: &[&str], more, others, exports| {
        let names = names.iter().map(|&name| name.to_owned()).collect();
        let changed_declarations = Some(ChangedDeclarations { names, more, others, exports });
        let module = Module { changed_declarations, ..because("lib", "Core.Mid", "Core") };
        let build = of("core", Kind::Incremental, vec![because("lib", "Core", "Core"), module]);
        let told = why(&record(Mode::Incremental, vec![build]), "Core.Mid");
        told.lines().nth(1).map(|line| line.trim().to_owned())
    };
    for (told, expected) in [
        (changed(&["insert"], 0, false, false), "Core.Mid  Core changed: `insert`"),
        (
            changed(&["insert", "\\/"], 3, true, true),
            "Core.Mid  Core changed: `insert`, `\\/`, 3 more, instances, or what GHC inlines, which names it exports",
        ),
        (changed(&[], 0, true, false), "Core.Mid  Core changed: an instance, or what GHC inlines of it"),
        (changed(&[], 0, false, true), "Core.Mid  Core changed: which names it exports"),
        (changed(&[], 0, false, false), "Core.Mid  Core changed"),
        (changed(&["\x1b[2J\u{202e}a"], 0, false, false), "Core.Mid  Core changed: `a`"),
    ] {
        assert_eq!(told.as_deref(), Some(expected));
    }
}

// Boot files make cycles of names.
#[test]
fn a_cycle_ends() {
    let cycle = record(
        Mode::Incremental,
        vec![of("core", Kind::Incremental, vec![because("lib", "A", "B"), because("lib", "B", "A")])],
    );
    insta::assert_snapshot!(why(&cycle, "A"), @r"
    A of core was compiled in 0.2 s: Core was edited
      A  B changed
      B  A changed
    GHC says the first reason that it finds; a module may have others.
    ");
}

#[test]
fn what_was_not_compiled_is_told_with_what_was_foretold() {
    let id = |name: &str| ModuleId {
        component: ComponentName("lib".to_owned()),
        module: serde_json::from_value(name.into()).expect("a name"),
    };
    let prediction: Prediction = serde_json::from_value(serde_json::json!({
        "known": "interfaces", "changed": [], "certain": [], "precaution": [], "at_most": [id("A"), id("B")],
        "everything": null
    }))
    .expect("a prediction");
    let build = Build { prediction: Some(prediction), ..of("core", Kind::Incremental, vec![because("lib", "A", "A")]) };
    let record_of = |build| record(Mode::Incremental, vec![build]);
    insta::assert_snapshot!(why(&record_of(build.clone()), "B"), @r"
    B was not compiled
      core: something that it imports, directly or through others, or a file that it read, changed. GHC
      looked, and nothing of that is in what it uses.
    ");
    insta::assert_snapshot!(why(&record_of(build.clone()), "C"), @r"
    C was not compiled
      GHC used what the base has of it, or it has another name: the record names the modules that were
      compiled, and no others.
    ");
    let cached = Build { outcome: Outcome::Cached, modules: Vec::new(), ..build };
    insta::assert_snapshot!(why(&record_of(cached), "B"), @r"
    B was not compiled
      No build of this record ran, so nothing was compiled.
    ");
}

#[test]
fn what_only_the_base_compiled_was_not_compiled_for_head() {
    let of_base = |name: &str| Module { seconds: Some(0.09), ..because("lib", name, name) };
    let two_days = |of_head: Build| {
        let base = of("core", Kind::Full, vec![of_base("One"), of_base("Two")]);
        record(Mode::Incremental, vec![base, of_head])
    };
    let built = two_days(of("core", Kind::Incremental, vec![because("lib", "Two", "Two")]));
    insta::assert_snapshot!(why(&built, "One"), @r"
    One of core was not compiled
      The full build of the base compiled it, in 0.09 s; for head, GHC used what the base has of it, if
      head still has it.
    ");
    insta::assert_snapshot!(why(&built, "Two"), @r"
    Two of core was compiled in 0.2 s: Core was edited
      Two  Source file changed
    GHC says the first reason that it finds; a module may have others.
    ");
    let failed = Build { outcome: Outcome::Failed, compile_seconds: None, ..of("core", Kind::Incremental, Vec::new()) };
    insta::assert_snapshot!(why(&two_days(failed), "One"), @r"
    One of core was not compiled
      The full build of the base compiled it, in 0.09 s; for head, the build failed before GHC had begun
      with it.
    ");
    let cached = Build { outcome: Outcome::Cached, ..of("core", Kind::Incremental, Vec::new()) };
    insta::assert_snapshot!(why(&two_days(cached), "One"), @r"
    One of core was not compiled
      The full build of the base compiled it, in 0.09 s; for head, the store had the package, and
      nothing of it was compiled.
    ");
}

#[test]
fn of_a_build_that_failed_it_is_told_what_it_came_to() {
    let broken = include_bytes!("../../fuzz/corpus/record/broken");
    let broken = report::read(broken).expect("a record");
    insta::assert_snapshot!(why(&broken, "Tree.Leaf"), @r"
    Tree.Leaf of tree was compiled in 0.1 s: Tree.Leaf was edited
      Tree.Leaf  Source file changed
    GHC says the first reason that it finds; a module may have others.
    ");
    insta::assert_snapshot!(why(&broken, "Tree.Branch"), @r"
    Tree.Branch of tree failed to compile: Tree.Branch was edited
      Tree.Branch  Source file changed
    GHC says the first reason that it finds; a module may have others.
    ");
    insta::assert_snapshot!(why(&broken, "Tree.Root"), @r"
    Tree.Root was not compiled
      tree: the build failed before GHC had begun with it.
    ");
    let mut stopped = broken.clone();
    for build in stopped.builds.iter_mut().filter(|build| build.outcome == Outcome::Failed) {
        let failure = build.failure.as_mut().expect("a failure");
        failure.kind = FailureKind::Stopped;
        failure.errors.clear();
    }
    insta::assert_snapshot!(why(&stopped, "Tree.Branch"), @r"
    GHC had begun with Tree.Branch of tree when the build was stopped: Tree.Branch was edited
      Tree.Branch  Source file changed
    GHC says the first reason that it finds; a module may have others.
    ");
    insta::assert_snapshot!(why(&stopped, "Tree.Root"), @r"
    Tree.Root was not compiled
      tree: the build was stopped before GHC had begun with it.
    ");
    // GHC could not even read what it imports.
    let mut unread = broken.clone();
    for build in &mut unread.builds {
        build.modules.clear();
    }
    insta::assert_snapshot!(why(&unread, "Branch"), @r"
    Branch of tree failed to compile
      GHC found an error in it before it began with it.
    ");
    // All was compiled, and a test failed.
    let mut tested = broken;
    for build in tested.builds.iter_mut().filter(|build| build.outcome == Outcome::Failed) {
        build.compile_seconds = Some(1.0);
        build.failure.as_mut().expect("a failure").errors.clear();
    }
    insta::assert_snapshot!(why(&tested, "Tree.Root"), @r"
    Tree.Root was not compiled
      GHC used what the base has of it, or it has another name: the record names the modules that were
      compiled, and no others.
    ");
    insta::assert_snapshot!(why(&tested, "Tree.Branch"), @r"
    Tree.Branch of tree was compiled: Tree.Branch was edited
      Tree.Branch  Source file changed
    GHC says the first reason that it finds; a module may have others.
    ");
}

#[test]
fn what_the_record_does_not_have_is_told_with_what_it_has() {
    let built = record(
        Mode::Incremental,
        vec![
            of("core", Kind::Incremental, vec![because("lib", "A", "A")]),
            of("app", Kind::Incremental, vec![because("exe:app", "Main", "Main")]),
        ],
    );
    let asked = |package: Option<&str>, component: Option<&str>| {
        let package = package.map(|package| package.parse().expect("a name"));
        let component = component.map(|component| ComponentName(component.to_owned()));
        report::why_text(&built, &Question { module: "A".to_owned(), package, component }, &options())
    };
    insta::assert_snapshot!(asked(Some("nope"), None), @r"
    A was not compiled
      The record has no package `nope`: it has `app`, `core`.
    ");
    insta::assert_snapshot!(asked(None, Some("exe:nope")), @r"
    A was not compiled
      The record has no module of a component `exe:nope`: it has `exe:app`, `lib`.
    ");
    insta::assert_snapshot!(asked(Some("core"), Some("exe:app")), @r"
    A was not compiled
      The record has no module of a component `exe:app`: it has `lib`.
    ");
    insta::assert_snapshot!(asked(None, Some("exe:app")), @r"
    A was not compiled
      GHC used what the base has of it, or it has another name: the record names the modules that were
      compiled, and no others.
    ");
}

#[test]
fn a_very_long_chain_is_told_in_time() {
    let name = |index: usize| format!("M{index}.Last");
    let modules = (0..10_000).map(|index| because("lib", &name(index), &name(index.saturating_sub(1)))).collect();
    let record = record(Mode::Incremental, vec![incremental(modules)]);
    let started = Instant::now();
    let told = why(&record, &name(9_999));
    // Each step, with a line before and one behind them.
    assert_eq!(told.lines().count(), 10_002);
    // Without optimisation, on a machine that does other things as well.
    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
}

#[test]
fn very_many_modules_of_one_name_are_told_in_time() {
    let name = |index: usize| format!("M{index}.Types");
    // Each was edited; of the second half no root has a reason, as in records of older versions.
    let module = |index: usize| Module {
        root_cause: name(index),
        root_reason: (index < 2_500).then(|| code("source-file-changed")),
        ..because("lib", &name(index), &name(index))
    };
    let record = record(Mode::Incremental, vec![incremental((0..5_000).map(module).collect())]);
    let started = Instant::now();
    let told = why(&record, "Types");
    assert_eq!(told.matches(" was edited\n").count(), 10);
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
}
