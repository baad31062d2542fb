//! All of a build in one sentence, and whether somebody should look at it.

use hinc::model::plan::{Kind, Mode};
use hinc::model::record::{Build, Direction, Module, Outcome, Record, Transfer};
use hinc::report::content::{Tone, verdict};
use hinc::report::{Format, Thresholds, Worth, worth};
use pretty_assertions::assert_eq;

use crate::report::{incremental, module, options, record, recorded};

fn told(record: &Record) -> (String, Tone, Option<Worth>) {
    let verdict = verdict(record);
    (verdict.sentence.to_string(), verdict.tone, worth(record, &Thresholds::default()))
}

fn modules(count: u32, reason: &str, root: &str) -> Vec<Module> {
    (0..count).map(|index| module("lib", &format!("M{index}"), reason, Some(root), root, 0.1)).collect()
}

fn of_total(total: u32, modules: Vec<Module>) -> Build {
    Build { modules_total: Some(total), compile_seconds: Some(9.0), ..incremental(modules) }
}

#[test]
fn recorded_builds_in_a_sentence() {
    let told: Vec<String> = [
        ("comment", Mode::Incremental),
        ("export", Mode::Incremental),
        ("splice", Mode::Incremental),
        ("flags", Mode::Incremental),
        ("boot", Mode::Incremental),
        ("new", Mode::Incremental),
        ("cached", Mode::Incremental),
        ("broken", Mode::Incremental),
        ("redtest", Mode::Incremental),
        ("broken-base", Mode::Incremental),
        ("full", Mode::Full),
        ("broken-full", Mode::Full),
    ]
    .into_iter()
    .map(|(case, mode)| {
        let (sentence, tone, worth) = told(&record(mode, recorded(case)));
        format!("{case}: {sentence} [{tone:?}, {worth:?}]")
    })
    .collect();
    insta::assert_snapshot!(told.join("\n"), @r"
    comment: 1 of 13 modules rebuilt in 6.2 s, as expected [Good, None]
    export: 4 of 13 modules rebuilt in 6.2 s, as expected [Good, None]
    splice: 4 of 13 modules rebuilt in 6.2 s, as expected [Good, None]
    flags: 9 of 13 modules rebuilt in 6.2 s: flags changed [Notable, Some(Unexpected)]
    boot: 1 of 13 modules rebuilt in 6.2 s, as expected [Good, None]
    new: 2 of 14 modules rebuilt in 6.2 s, as expected [Good, None]
    cached: nothing to do, the store has it [Good, None]
    broken: tree failed in its step build [Bad, None]
    redtest: tree failed in its step check [Bad, None]
    broken-base: tree failed in its step build [Bad, None]
    full: built in full, 13 modules in 6.2 s: the base has the same package [Good, None]
    broken-full: tree failed in its step build [Bad, None]
    ");
}

#[test]
fn a_comment_is_worth_its_mails_where_somebody_can_do_something() {
    for (build, expected) in [
        (of_total(100, modules(3, "source-file-changed", "A")), None),
        (of_total(100, modules(1, "flags-changed", "flags")), Some(Worth::Unexpected)),
        (of_total(3, modules(3, "flags-changed", "flags")), Some(Worth::NothingReused)),
        (of_total(3, modules(3, "source-file-changed", "A")), None),
        (of_total(20, modules(10, "source-file-changed", "A")), Some(Worth::Share)),
        (of_total(21, modules(10, "source-file-changed", "A")), None),
        (of_total(100, modules(1, "source-file-changed", "Paths_mono")), None),
        (
            Build { compile_seconds: Some(600.0), ..of_total(100, modules(3, "source-file-changed", "A")) },
            Some(Worth::Time),
        ),
        (Build { outcome: Outcome::Cached, ..of_total(3, modules(3, "flags-changed", "flags")) }, None),
        // Another version, other dependencies.
        (Build { kind: Kind::Plain, ..of_total(3, modules(3, "must-compile", "A")) }, Some(Worth::NothingReused)),
        (Build { kind: Kind::Full, ..of_total(3, modules(3, "flags-changed", "flags")) }, None),
    ] {
        let record = record(Mode::Incremental, vec![build]);
        assert_eq!(worth(&record, &Thresholds::default()), expected, "{}", told(&record).0);
    }
}

#[test]
fn where_one_package_failed_no_other_is_worth_a_comment() {
    let plain = || Build { kind: Kind::Plain, ..of_total(3, modules(3, "must-compile", "A")) };
    let failed = Build { outcome: Outcome::Failed, ..of_total(3, modules(1, "source-file-changed", "A")) };
    let of = |builds| worth(&record(Mode::Incremental, builds), &Thresholds::default());
    assert_eq!(of(vec![plain(), plain()]), Some(Worth::NothingReused));
    assert_eq!(of(vec![failed, plain()]), None);
    // The full build of a base that could be done without.
    let helper = Build { kind: Kind::Full, wanted: false, outcome: Outcome::Failed, ..plain() };
    assert_eq!(of(vec![helper, plain()]), Some(Worth::NothingReused));
}

#[test]
fn what_was_wrongly_foretold_is_not_as_expected() {
    let foretold = |most: &[&str]| {
        let ids: Vec<_> = most.iter().map(|name| serde_json::json!({ "component": "lib", "module": name })).collect();
        let prediction = serde_json::json!({
            "known": "interfaces", "changed": [], "certain": [], "precaution": [], "at_most": ids, "everything": null
        });
        let prediction = Some(serde_json::from_value(prediction).expect("a prediction"));
        let build = Build { prediction, ..of_total(100, modules(2, "source-file-changed", "A")) };
        told(&record(Mode::Incremental, vec![build]))
    };
    let (sentence, tone, worth) = foretold(&["M0", "M1", "M2"]);
    assert!(sentence.ends_with(", as expected"), "{sentence}");
    assert_eq!((tone, worth), (Tone::Good, None));
    let (sentence, tone, worth) = foretold(&["M0"]);
    assert!(sentence.ends_with(", not as foretold"), "{sentence}");
    assert_eq!((tone, worth), (Tone::Notable, Some(Worth::WronglyForetold)));
}

#[test]
fn several_packages_are_told_together() {
    let built = |modules: Vec<Module>| of_total(10, modules);
    let plain = Build {
        kind: Kind::Plain,
        why: Some("it has another version".to_owned()),
        ..of_total(4, modules(4, "must-compile", "A"))
    };
    let several = |builds| told(&record(Mode::Incremental, builds));
    let edited = || built(modules(2, "source-file-changed", "A"));
    let flags = || built(modules(3, "flags-changed", "flags"));
    let said = [
        several(vec![edited(), edited()]),
        several(vec![edited(), flags()]),
        several(vec![edited(), plain.clone()]),
        several(vec![plain.clone()]),
        several(vec![Build { outcome: Outcome::Substituted, ..edited() }]),
        several(vec![built(Vec::new())]),
    ];
    let said: Vec<String> = said.iter().map(|(sentence, tone, _)| format!("{sentence} [{tone:?}]")).collect();
    insta::assert_snapshot!(said.join("\n"), @r"
    4 of 20 modules rebuilt in 18 s, as expected [Good]
    5 of 20 modules rebuilt in 18 s: flags changed [Notable]
    2 of 10 modules rebuilt in 9.0 s, 1 package built plainly [Notable]
    built plainly, 4 modules in 9.0 s: it has another version [Notable]
    nothing was built, it was fetched [Good]
    0 of 10 modules rebuilt in 9.0 s, as expected [Good]
    ");
}

#[test]
fn numbers_of_a_foreign_record_have_a_sum() {
    for (kind, mode, words) in [
        (Kind::Incremental, Mode::Incremental, "all 8,589,934,590 modules rebuilt in 18 s"),
        (Kind::Full, Mode::Full, "built in full, 8,589,934,590 modules in 18 s"),
    ] {
        let largest = || Build { kind, modules_rebuilt: u32::MAX, ..of_total(u32::MAX, Vec::new()) };
        let mut record = record(mode, vec![largest(), largest()]);
        let transfer =
            Transfer { builder: "big".to_owned(), direction: Direction::ToBuilder, paths: u32::MAX, bytes: u64::MAX };
        record.transfers = vec![transfer.clone(), transfer];
        let (sentence, ..) = told(&record);
        assert!(sentence.starts_with(words), "{sentence}");
        let text = Format::Text.render(&record, &options());
        let text = text.expect("a report");
        assert!(text.contains("big: sent 8,589,934,590 paths ("), "{text}");
    }
}
