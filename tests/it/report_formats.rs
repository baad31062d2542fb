//! The forms of the report that programs read: well formed whatever a record holds, and quick however much it is.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use hinc::model::plan::{Kind, Mode};
use hinc::model::record::{Build, CriticalPath, FailedDependency, Failure, Machine, Module, Outcome, Record};
use hinc::report::{self, Format};
use pretty_assertions::assert_eq;
use proptest::prelude::*;
use serde_json::Value;

use crate::large_record::large_record;
use crate::log;
use crate::report::{SID, incremental, module, options, record, recorded, recorded_in};
use crate::report_html::outline_of as outline;

fn rendered(format: Format, record: &Record) -> String {
    format.render(record, &options()).unwrap_or_else(|error| panic!("{format}: {error}"))
}

/// Holds a text against all that its form demands.
fn assert_well_formed(format: Format, text: &str, record: &Record) {
    let odd = |c: &char| {
        *c != '\n' && *c != '\t' && (c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
    };
    assert_eq!(text.chars().find(odd), None, "{format}: nothing that a terminal obeys");
    assert!(!text.lines().any(|line| line.starts_with("::")), "{format}: no command of a runner");
    assert!(text.ends_with('\n'), "{format}");
    match format.name() {
        "json" => {
            assert_valid(text);
            assert_eq!(&report::read(text.as_bytes()).expect("a record"), record);
        }
        "trace" => assert_trace(text, record),
        "junit" => assert_junit(text, record),
        "openmetrics" => assert_metrics(text),
        _ => {}
    }
}

/// The schema of the record that is under `docs/`.
fn assert_valid(json: &str) {
    let schema = include_str!("../../docs/record.schema.json");
    let schema: Value = serde_json::from_str(schema).expect("the schema");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let json: Value = serde_json::from_str(json).expect("JSON");
    let errors: Vec<_> = validator.iter_errors(&json).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");
}

/// What Perfetto and `chrome://tracing` want: known kinds of events, whole microseconds, processes and threads with
/// names, and slices of one thread that nest.
fn assert_trace(text: &str, record: &Record) {
    let trace: Value = serde_json::from_str(text).expect("JSON");
    let number = |event: &Value, key: &str| event[key].as_u64().unwrap_or_else(|| panic!("no {key}: {event}"));
    let mut named = BTreeSet::new();
    let mut processes = BTreeSet::new();
    let mut slices: BTreeMap<(u64, u64), Vec<(u64, u64)>> = BTreeMap::new();
    let mut modules = 0;
    for event in trace["traceEvents"].as_array().expect("events") {
        let (pid, tid) = (number(event, "pid"), number(event, "tid"));
        match (event["ph"].as_str(), event["name"].as_str()) {
            (Some("M"), Some("process_name")) => assert!(processes.insert(pid), "{event}"),
            (Some("M"), Some("thread_name")) => assert!(named.insert((pid, tid)), "{event}"),
            (Some("M"), Some("process_sort_index")) => {}
            (Some("X"), Some(_)) => {
                assert!(processes.contains(&pid) && named.contains(&(pid, tid)), "named before: {event}");
                let begin = number(event, "ts");
                slices.entry((pid, tid)).or_default().push((begin, begin + number(event, "dur")));
                modules += usize::from(event["cat"] == "module");
            }
            _ => panic!("an unknown event: {event}"),
        }
    }
    assert_eq!(processes.len(), record.builds.iter().filter(|build| build.seconds > 0.0).count());
    for (thread, slices) in slices {
        assert!(slices.is_sorted_by_key(|(begin, _)| *begin), "{thread:?} is in order");
        let mut open: Vec<u64> = Vec::new();
        for (begin, end) in slices {
            open.retain(|&outer| outer > begin);
            assert!(open.iter().all(|&outer| end <= outer), "{thread:?}: a slice from {begin} to {end} does not nest");
            assert!(thread.1 == 0 || open.is_empty(), "{thread:?}: modules of one lane are not within one another");
            open.push(end);
        }
    }
    let timed = record.builds.iter().filter(|build| build.seconds > 0.0).flat_map(|build| {
        build
            .modules
            .iter()
            .filter(|module| module.began.is_some() && (module.ended.is_some() || build.outcome == Outcome::Failed))
    });
    assert_eq!(modules, timed.count());
}

fn assert_junit(text: &str, record: &Record) {
    // XML 1.0, 2.2.
    let is_allowed = |c: char| matches!(c, '\t' | '\n' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    assert!(text.chars().all(is_allowed));
    let report = quick_junit::Report::deserialize_from_str(text).expect("XML as JUnit's readers take it");
    let suites = record.builds.len() + usize::from(!record.failed_dependencies.is_empty());
    assert_eq!(report.test_suites.len(), suites);
    let cases: usize = report.test_suites.iter().map(|suite| suite.test_cases.len()).sum();
    assert_eq!(report.tests, cases);
    for (suite, build) in report.test_suites.iter().zip(&record.builds) {
        assert_eq!(suite.tests, suite.test_cases.len());
        assert_eq!(
            suite.test_cases[0].classname.as_ref().map(quick_junit::XmlString::as_str),
            Some(build.package.as_str())
        );
    }
}

/// The grammar of the `OpenMetrics` specification, as far as hinc writes it.
fn assert_metrics(text: &str) {
    let body = text.strip_suffix("# EOF\n").expect("the end");
    let mut families = BTreeSet::new();
    let mut family = String::new();
    let mut points = BTreeSet::new();
    for line in body.lines() {
        assert!(line.is_ascii() || line.contains('"'), "{line}");
        if let Some(comment) = line.strip_prefix("# ") {
            let [what, name, value] = comment.splitn(3, ' ').collect::<Vec<_>>()[..] else { panic!("{line}") };
            match what {
                "HELP" => {
                    assert!(families.insert(name.to_owned()), "a family is in one place: {line}");
                    name.clone_into(&mut family);
                }
                "TYPE" => assert_eq!((name, value), (family.as_str(), "gauge")),
                "UNIT" => assert!(name == family && name.ends_with(&format!("_{value}")), "{line}"),
                _ => panic!("{line}"),
            }
            continue;
        }
        let (point, value) = line.rsplit_once(' ').expect("a value");
        let (name, labels) = point.split_once('{').expect("labels");
        assert_eq!(name, family);
        let value: f64 = value.parse().expect("a number");
        assert!(value >= 0.0 && value.is_finite(), "{line}");
        let labels = labels.strip_suffix('}').expect("the end of the labels");
        let inner = labels.strip_prefix("package=\"").expect("the package").replace("\\\\", "").replace("\\\"", "");
        assert!(inner.matches('"').count() % 2 == 1 && !inner.contains('\\'), "{line}");
        assert!(points.insert(point.to_owned()), "a point is there once: {line}");
    }
}

fn assert_all_well_formed(record: &Record) {
    for format in Format::ALL {
        assert_well_formed(*format, &rendered(*format, record), record);
    }
}

#[test]
fn real_builds_are_well_formed_in_every_form() {
    let mut failed = 0;
    insta::glob!("../../fixtures/logs", "*/*.log", |path| {
        let record = record(Mode::Incremental, log::builds(path));
        assert_all_well_formed(&record);
        failed += record.builds.iter().filter(|build| build.failure.is_some()).count();
    });
    assert!(failed > 0, "some of them failed");
}

#[test]
fn an_edit_and_an_error_read_like_this() {
    for case in ["export", "broken"] {
        let record = record(Mode::Incremental, recorded(case));
        for format in [Format::Trace, Format::Junit, Format::OpenMetrics] {
            let text = rendered(format, &record);
            log::settings().bind(|| insta::assert_snapshot!(format!("{format}-{case}"), text));
        }
    }
}

#[test]
fn those_of_the_other_root_read_like_this() {
    for case in ["export", "broken"] {
        let record = record(Mode::Incremental, recorded_in(SID, case));
        for format in Format::ALL {
            let text = rendered(*format, &record);
            let text = if *format == Format::Html { outline(&text) } else { text };
            log::settings().bind(|| insta::assert_snapshot!(format!("sid-{format}-{case}"), text));
        }
    }
}

fn failed(errors: &[&str]) -> Build {
    let failure = serde_json::json!({
        "kind": "builder", "phase": "build", "message": "builder failed\nmore", "errors": errors, "log_tail": ["the end"],
    });
    let failure = serde_json::from_value(failure).expect("a failure");
    Build { outcome: Outcome::Failed, failure: Some(failure), ..incremental(Vec::new()) }
}

/// The names of cases with what a viewer makes of them: `ok`, `skipped`, `failure`, `error`.
fn cases(record: &Record) -> Vec<(String, String, &'static str)> {
    let report = quick_junit::Report::deserialize_from_str(&rendered(Format::Junit, record)).expect("XML");
    let cases = report.test_suites.into_iter().flat_map(|suite| suite.test_cases);
    cases
        .map(|case| {
            let what = match case.status {
                quick_junit::TestCaseStatus::Success { .. } => "ok",
                quick_junit::TestCaseStatus::Skipped { .. } => "skipped",
                quick_junit::TestCaseStatus::NonSuccess { kind: quick_junit::NonSuccessKind::Failure, .. } => "failure",
                quick_junit::TestCaseStatus::NonSuccess { .. } => "error",
            };
            (
                case.classname.map_or_else(String::new, |name| name.as_str().to_owned()),
                case.name.as_str().to_owned(),
                what,
            )
        })
        .collect()
}

#[test]
fn a_viewer_lists_what_failed_and_nothing_that_only_helps() {
    let began =
        |name: &str| Module { began: Some(0.5), ended: None, ..module("lib", name, "must-compile", None, name, 0.0) };
    let lines = [
        "src/Data/A.hs:3:1: error: [GHC-88464]",
        "    Variable not in scope: x",
        "",
        "src/Other.hs:1:1: error: [GHC-87110]",
        "src/Data/A.hs:9:1: error: [GHC-88464]",
        "<no location info>: error: nowhere",
        "cbits/a.c:3:1: error: expected ';'",
    ];
    let broken = Build { modules: vec![began("A"), began("Data.A"), began("Else")], ..failed(&lines) };
    let helper = Build { kind: Kind::Full, wanted: false, ..failed(&lines) };
    let skipped = Build { outcome: Outcome::Skipped, seconds: 0.0, ..incremental(Vec::new()) };
    let dependency = FailedDependency {
        name: "zlib-1.3.1".to_owned(),
        drv: skipped.drv.clone(),
        builder: String::new(),
        seconds: 3.0,
        failure: Failure { no_room: true, ..failed(&[]).failure.expect("a failure") },
    };
    let red = Record {
        out_paths: Vec::new(),
        failed_dependencies: vec![dependency],
        ..record(Mode::Incremental, vec![helper.clone(), broken, skipped])
    };
    let told = |told: &[(&str, &str, &'static str)]| -> Vec<(String, String, &'static str)> {
        told.iter().map(|&(class, name, what)| (class.to_owned(), name.to_owned(), what)).collect()
    };
    let modules = |name: &'static str| {
        vec![("mono", name, "failure"), ("mono", "src/Other.hs", "failure"), ("mono", "cbits/a.c", "failure")]
    };
    let mut expected = vec![("mono", "full build of the base", "failure")];
    expected.extend(modules("src/Data/A.hs"));
    expected.push(("mono", "build", "failure"));
    expected.extend(modules("Data.A"));
    expected.extend([("mono", "build", "skipped"), ("dependencies", "zlib-1.3.1", "error")]);
    assert_eq!(cases(&red), told(&expected));

    // The same base in a build that did without it: nothing is red.
    let green = record(Mode::Plain, vec![helper, incremental(Vec::new())]);
    assert_eq!(cases(&green), told(&[("mono", "full build of the base", "skipped"), ("mono", "build", "ok")]));
}

#[test]
fn the_page_names_every_form() {
    let page = include_str!("../../docs/report.md");
    for format in Format::ALL {
        let row = format!("| `{format}` | `.{}` |", format.ending());
        assert!(page.contains(&row), "docs/report.md has no row {row}");
    }
}

#[test]
fn two_packages_of_one_name_are_two_points() {
    let text = rendered(Format::OpenMetrics, &record(Mode::Incremental, vec![incremental(Vec::new()); 2]));
    assert!(
        text.contains("hinc_modules{package=\"mono\"} 3000\nhinc_modules{package=\"mono\",build=\"2\"} 3000\n"),
        "{text}"
    );
    assert_metrics(&text);
}

// The clock of a guest, a record that somebody wrote by hand: the form holds.
#[test]
fn times_that_cannot_be_are_drawn_all_the_same() {
    let at = |began, ended| Module { began, ended, ..module("lib", "M", "must-compile", None, "M", 0.0) };
    let modules = vec![
        at(Some(-5.0), Some(3.0)),
        at(Some(9.0), Some(3.0)),
        at(Some(1e300), Some(1e301)),
        at(None, Some(3.0)),
        at(Some(1.0), None),
        at(Some(1.0), Some(1e300)),
    ];
    for (compile_began, seconds) in [(Some(-3.0), 1e300), (Some(1e300), -4.0), (None, 7.0)] {
        let build = Build {
            compile_began,
            compile_seconds: Some(seconds),
            started: Some("1901-01-01T00:00:00Z".parse().expect("a time")),
            ..incremental(modules.clone())
        };
        assert_all_well_formed(&record(Mode::Incremental, vec![build]));
    }
}

#[test]
fn a_very_large_record_is_rendered_in_time() {
    let record = large_record(10_000, 500);
    assert_eq!(record.builds[0].modules.len(), 10_000);
    // A second is what docs/report.md promises, and `make bench` measures. Without optimisation the slowest form takes
    // 2.2 s on a busy machine of two cores.
    let limit = Duration::from_secs(if cfg!(debug_assertions) { 5 } else { 1 });
    for format in Format::ALL {
        let started = Instant::now();
        let text = rendered(*format, &record);
        let took = started.elapsed();
        assert!(took < limit, "{format}: {took:?}");
        assert_well_formed(*format, &text, &record);
    }
    let trace: Value = serde_json::from_str(&rendered(Format::Trace, &record)).expect("JSON");
    let lanes = trace["traceEvents"].as_array().expect("events").iter().filter(|event| event["pid"] == 1);
    assert_eq!(
        lanes.map(|event| event["tid"].as_u64()).max(),
        Some(Some(9)),
        "eight were compiled at once, and there is a critical path"
    );
}

proptest! {
    // Names, words and errors as a fork's record may have them.
    #[test]
    fn nothing_that_a_record_says_breaks_a_form(
        words in proptest::collection::vec("(::error::|##\\[x|\\]\\]>|<!--|&amp;|\\PC|\\p{Cc}|\u{202e}|\u{fffe}|\u{ffff}|[\"'`|\\\\<>{}=\n]|[a-z. ]){0,12}", 8),
    ) {
        let word = |index: usize| words[index].clone();
        let mut broken = failed(&[&format!("{}:1:1: error: {}", word(0), word(1)), &word(2)]);
        broken.version = word(3);
        broken.builder = word(4);
        broken.modules = vec![Module {
            reason_text: word(5),
            began: Some(0.1),
            ..module(&word(6), &word(7), "module-changed", Some(&word(0)), &word(1), 1.0)
        }];
        let hostile = Record { why: word(2), hinc: word(3), ..record(Mode::Incremental, vec![broken]) };
        assert_all_well_formed(&hostile);
    }
}

/// A build of a chain of three modules and twelve others, on a machine.
fn with_a_critical_path() -> Build {
    let at = |name: &str, began: f64, ended: f64| Module {
        began: Some(began),
        ended: Some(ended),
        ..module("lib", name, "source-file-changed", None, name, ended - began)
    };
    let mut modules = vec![at("A", 0.0, 1.0), at("B", 1.0, 2.5), at("C", 2.5, 6.0)];
    modules.extend(
        (0..12).map(|index| at(&format!("Other{index}"), f64::from(index) / 2.0, f64::from(index) / 2.0 + 0.5)),
    );
    Build {
        compile_seconds: Some(9.0),
        critical_path: Some(CriticalPath { modules: vec![0, 1, 2], seconds: 6.0, endless_cores_seconds: 7.0 }),
        machine: Some(Machine {
            system: Some("x86_64-linux".to_owned()),
            cores: Some(4),
            jobs: Some(2),
            memory_bytes: None,
            processor: None,
        }),
        ..incremental(modules)
    }
}

#[test]
fn what_the_others_waited_for_is_told_in_every_form() {
    let build = with_a_critical_path();
    let record = record(Mode::Incremental, vec![build.clone()]);
    assert_all_well_formed(&record);
    let told = "critical path: 3 modules from A to C took 6.0 s of 9.0 s; with endless cores all would take 7.0 s";
    assert!(rendered(Format::Text, &record).contains(told));
    let markdown = rendered(Format::Markdown, &record);
    assert!(markdown.contains("critical path: 3 modules from `A` to `C` took 6.0 s of 9.0 s"), "{markdown}");
    let page = rendered(Format::Html, &record);
    assert!(page.contains(",\"path\":[0,1,2],") && page.contains("critical path: 3 modules"));
    let trace: Value = serde_json::from_str(&rendered(Format::Trace, &record)).expect("JSON");
    let events = trace["traceEvents"].as_array().expect("events");
    let path: Vec<_> =
        events.iter().filter(|event| event["cat"] == "critical path").map(|event| &event["name"]).collect();
    assert_eq!(path, ["A", "B", "C"]);
    assert!(
        rendered(Format::OpenMetrics, &record).contains("hinc_endless_cores_compilation_seconds{package=\"mono\"} 7")
    );

    // Where more cores are of no use that is said, and where a record names what it does not have, nothing.
    let path = |modules, endless_cores_seconds| {
        let critical_path = Some(CriticalPath { modules, seconds: 6.0, endless_cores_seconds });
        let build = Build { critical_path, ..build.clone() };
        report::text(&super::report::record(Mode::Incremental, vec![build]), &options())
    };
    assert!(path(vec![0, 1, 2], 8.9).contains("more cores would make it no faster"));
    assert!(!path(vec![0, 15], 7.0).contains("critical path"));
    assert!(!path(Vec::new(), 7.0).contains("critical path"));
    let unknown = Build { critical_path: None, ..build };
    let page = rendered(Format::Html, &super::report::record(Mode::Incremental, vec![unknown]));
    assert!(page.contains("No critical path is shown"), "it is said");
}

#[test]
fn the_machine_is_told_at_one_place_of_every_form() {
    let record = record(Mode::Incremental, vec![with_a_critical_path()]);
    for (format, told) in [
        (Format::Text, "compiled with 4 cores, 2 modules at once (x86_64-linux)"),
        (Format::Markdown, "compiled with 4 cores, 2 modules at once (`x86_64-linux`)"),
        (Format::Html, "compiled with 4 cores, 2 modules at once (<bdi>x86_64-linux</bdi>)"),
        (Format::Json, "\"jobs\": 2"),
        (Format::Trace, "\"jobs\":2"),
        (Format::Junit, "value=\"4 cores, 2 modules at once (x86_64-linux)\""),
        (Format::OpenMetrics, "hinc_cores{package=\"mono\"} 4"),
    ] {
        let text = rendered(format, &record);
        assert_eq!(text.matches(told).count(), 1, "{format}: {text}");
    }
}
