//! What past builds show together.

use hinc::model::haskell::ComponentName;
use hinc::model::plan::{Kind, Mode};
use hinc::model::record::{Build, Module, Outcome, Record};
use hinc::report::{self, trend_json, trend_text};
use pretty_assertions::assert_eq;

use crate::report::{code, incremental, module, options, record, recorded};

/// Modules that were compiled since `root` of `mono` was edited.
fn set_off(root: &str, count: u32, seconds: f64) -> Vec<Module> {
    let of = |index: u32| {
        let (name, reason) =
            if index == 0 { (root.to_owned(), "source-file-changed") } else { (format!("M{index}"), "module-changed") };
        Module {
            root_reason: Some(code("source-file-changed")),
            root_package: Some("mono".parse().expect("a name")),
            root_component: Some(ComponentName("lib".to_owned())),
            ..module("lib", &name, reason, Some(root), root, seconds)
        }
    };
    (0..count).map(of).collect()
}

fn built(hour: i64, modules: Vec<Module>) -> Record {
    let mut record = record(Mode::Incremental, vec![incremental(modules)]);
    record.started += chrono::TimeDelta::hours(hour);
    record
}

fn records() -> Vec<Record> {
    let cached = Build { outcome: Outcome::Cached, ..incremental(Vec::new()) };
    let mut both = built(1, [set_off("Types", 40, 1.0), set_off("Leaf", 1, 0.5)].concat());
    // The edit sets off modules of another package, and is one edit all the same.
    let app = Build {
        package: "app".parse().expect("a name"),
        modules_total: Some(7),
        ..incremental(set_off("Types", 4, 2.0).split_off(1))
    };
    both.builds.push(app);
    // What is built for the base is for others as well.
    both.builds.insert(0, Build { kind: Kind::Full, wanted: false, ..incremental(set_off("Base", 30, 9.0)) });
    vec![
        built(0, set_off("Types", 40, 1.5)),
        both,
        record(Mode::Incremental, vec![cached]),
        record(Mode::Incremental, recorded("broken")),
        record(Mode::Full, recorded("full")),
    ]
}

#[test]
fn a_line_for_each_build_and_what_edits_cost() {
    let trend = report::trend(&records());
    insta::assert_snapshot!(trend_text(&trend, &options()), @r"
    2026-01-31 09:12  2222222222  40 of 3,000 modules in 1 min 30 s, full build 30 min
    2026-01-31 10:12  2222222222  44 of 3,007 modules in 3 min, full build 1 h
    2026-01-31 09:12  2222222222  nothing to do
    2026-01-31 09:12  2222222222  failed
    2026-01-31 09:12  2222222222  13 of 13 modules in 6.2 s, built in full

    saved by 2 incremental builds: 1 h 25 min, each between 28 min 30 s and 57 min

    What edits cost
      Types of mono        1 min 46 s in 2 builds: 83 modules, 53 s each
      Leaf of mono            0.5 s in 1 build: 1 module, 0.5 s each
      Tree.Leaf of tree       0.1 s in 1 build: 1 module, 0.1 s each
      Tree.Branch of tree    0.00 s in 1 build: 1 module, 0.00 s each
    ");
    let costs: Vec<_> =
        trend.contagious.iter().map(|one| (one.module.0.as_str(), one.builds, one.modules, one.seconds)).collect();
    assert_eq!(costs[..2], [("Types", 2, 83, 106.0), ("Leaf", 1, 1, 0.5)]);
}

#[test]
fn where_nothing_was_saved_that_is_said() {
    let mut slow = built(0, set_off("Types", 2, 1.0));
    slow.builds[0].full_compile_seconds = Some(3.0);
    let told = trend_text(&report::trend(&[slow]), &options());
    assert!(told.contains("\nsaved by 1 incremental build: nothing\n"), "{told}");
}

#[test]
fn of_no_build_nothing_is_said() {
    let trend = report::trend(&[]);
    assert_eq!(trend_text(&trend, &options()), "");
    assert_eq!((trend.builds.len(), trend.contagious.len()), (0, 0));
}

#[test]
fn the_document_is_as_its_schema_says() {
    let schema = include_str!("../../docs/trend.schema.json");
    let schema = serde_json::from_str(schema).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let document: serde_json::Value =
        serde_json::from_str(&trend_json(&report::trend(&records())).expect("JSON")).expect("JSON");
    assert!(validator.is_valid(&document), "{document:#}");
    let mut broken = document;
    broken["builds"][0]["ended"] = "sometimes".into();
    assert!(!validator.is_valid(&broken));
}

#[test]
fn numbers_of_a_foreign_record_have_a_sum() {
    let largest = || Build { modules_rebuilt: u32::MAX, modules_total: Some(u32::MAX), ..incremental(Vec::new()) };
    let trend = report::trend(&[record(Mode::Incremental, vec![largest(), largest()])]);
    let build = &trend.builds[0];
    assert_eq!((build.modules_rebuilt, build.modules_total), (u32::MAX, Some(u32::MAX)));
    let unknown = Build { modules_total: None, ..largest() };
    let trend = report::trend(&[record(Mode::Incremental, vec![largest(), unknown])]);
    assert_eq!(trend.builds[0].modules_total, None);
}
