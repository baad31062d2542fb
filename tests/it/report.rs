//! What people read, made from what real builds printed (`fixtures/logs`).

use std::path::Path;

use hinc::model::event::FailureKind;
use hinc::model::haskell::ComponentName;
use hinc::model::plan::{Kind, Mode};
use hinc::model::reason::ReasonCode;
use hinc::model::record::{Beside, Build, Direction, FailedDependency, Failure, Outcome, Part, Record, Transfer};
use hinc::model::revision::BaseReason;
use hinc::report::{self, Format, TextOptions};
use pretty_assertions::assert_eq;

use crate::log;
pub(super) use crate::made::{base, boundary, code, incremental, module, record, time};

pub(super) fn assert_text(name: &str, text: &str) {
    log::settings().bind(|| insta::assert_snapshot!(format!("text-{name}"), text));
}

const TRIXIE: &str = "nix-2.26.3-ghc-9.6.6";
pub(super) const SID: &str = "nix-2.34.8-ghc-9.10.3";

pub(super) fn options() -> TextOptions {
    TextOptions { colour: false, width: 100 }
}

/// The builds of a recorded log with times that are the same at each recording.
pub(super) fn recorded(case: &str) -> Vec<Build> {
    recorded_in(TRIXIE, case)
}

/// The same of a log of this root.
pub(super) fn recorded_in(root: &str, case: &str) -> Vec<Build> {
    let log = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/logs").join(root).join(format!("{case}.log"));
    let mut builds = log::builds(&log);
    for build in &mut builds {
        let steady = |seconds: &mut Option<f64>, value: f64| {
            if let Some(seconds) = seconds {
                *seconds = value;
            }
        };
        if build.seconds > 0.0 {
            build.seconds = 8.0;
            build.started = Some(time("2026-01-31T09:12:44.4Z"));
        }
        steady(&mut build.compile_began, 1.5);
        steady(&mut build.compile_seconds, 6.2);
        steady(&mut build.full_compile_seconds, 41.0);
        for (index, module) in (1u32..).zip(&mut build.modules) {
            steady(&mut module.seconds, f64::from(index) / 10.0);
            steady(&mut module.began, f64::from(index) / 10.0);
            steady(&mut module.ended, f64::from(index) / 10.0 + 0.25);
        }
        // What Cabal did beside is long enough in no recording to be told.
        build.beside_modules.clear();
    }
    builds
}

#[test]
fn what_went_to_a_builder_and_came_back_is_told() {
    let transfer =
        |builder: &str, direction, paths, bytes| Transfer { builder: builder.to_owned(), direction, paths, bytes };
    let transfers = vec![
        transfer("vm", Direction::ToBuilder, 12, 1_300_000),
        transfer("vm", Direction::FromBuilder, 1, 340_000),
        transfer("farm", Direction::ToBuilder, 1, 900),
    ];
    let mut builds = recorded("comment");
    for build in builds.iter_mut().filter(|build| build.outcome == Outcome::Built) {
        "vm".clone_into(&mut build.builder);
    }
    let record = Record { transfers, ..record(Mode::Incremental, builds) };
    assert_text("builder", &report::text(&record, &options()));
}

#[test]
fn time_that_no_module_took_is_told_where_it_is_much() {
    let beside =
        |component: &str, part, seconds| Beside { component: ComponentName(component.to_owned()), part, seconds };
    let told = |compile_seconds: f64, beside_modules: Vec<Beside>| {
        let build = Build { beside_modules, compile_seconds: Some(compile_seconds), ..incremental(Vec::new()) };
        let text = report::text(&record(Mode::Incremental, vec![build]), &options());
        text.lines().find(|line| line.contains("beside modules")).map(|line| line.trim().to_owned())
    };
    let other = |seconds| beside("lib", Part::Other, seconds);
    assert_eq!(
        told(41.0, vec![other(38.6)]).as_deref(),
        Some("beside modules: 39 s for C sources, preprocessing and archives (lib)")
    );
    let linked = |name, seconds| beside(name, Part::Linking, seconds);
    assert_eq!(
        told(41.0, vec![other(0.02), linked("exe:a", 2.0), linked("test:b", 8.0), linked("exe:c", 0.01)]).as_deref(),
        Some("beside modules: 10 s for linking programs (test:b 8.0 s, exe:a 2.0 s)")
    );
    assert_eq!(told(41.0, vec![other(3.0)]), None, "less than a tenth");
    assert_eq!(told(2.0, vec![other(0.9)]), None, "less than a second");
    assert_eq!(told(2.0, Vec::new()), None);
}

#[test]
fn dependencies_that_failed_are_told_with_their_last_lines() {
    let failed = |number: u32, builder: &str, kind| FailedDependency {
        name: format!("lib{number}-1.{number}"),
        drv: format!("/nix/store/95rllfcv9m2pr192kxvrmb7bkjd8gz3i-lib{number}-1.{number}.drv").parse().expect("a path"),
        builder: builder.to_owned(),
        seconds: f64::from(number) * 70.0,
        failure: Failure {
            kind,
            phase: None,
            message: "builder for '/nix/store/95rllfcv9m2pr192kxvrmb7bkjd8gz3i-lib.drv' failed with exit code 2"
                .to_owned(),
            errors: Vec::new(),
            log_tail: vec!["cc -c adler32.c".to_owned(), "error: adler32.c:1: no".to_owned()],
            no_room: false,
            killed: false,
        },
    };
    let mut failed: Vec<_> = (0..8).map(|number| failed(number, "", FailureKind::Builder)).collect();
    "vm".clone_into(&mut failed[1].builder);
    "ssh://ann@farm".clone_into(&mut failed[2].builder);
    failed[3].failure.kind = FailureKind::TimedOut;
    let skipped = Build { outcome: Outcome::Skipped, seconds: 0.0, ..incremental(Vec::new()) };
    let record = Record { failed_dependencies: failed, ..record(Mode::Incremental, vec![skipped]) };
    assert_text("dependencies", &report::text(&record, &options()));
    let again = report::read(report::json(&record).expect("JSON").as_bytes()).expect("it is read");
    assert_eq!(again, record);
}

#[test]
fn each_builder_has_one_line_of_what_it_was_sent() {
    let transfer = |builder: &str, paths, bytes| Transfer {
        builder: builder.to_owned(),
        direction: Direction::ToBuilder,
        paths,
        bytes,
    };
    let transfers = vec![transfer("vm", 2, 1000), transfer("farm", 3, 0), transfer("vm", 1, 24)];
    let text = report::text(&Record { transfers, ..record(Mode::Plain, Vec::new()) }, &options());
    let lines: Vec<&str> = text.lines().filter(|line| line.contains("sent")).map(str::trim).collect();
    // Of what the farm got nobody knows the size.
    assert_eq!(lines, ["vm: sent 3 paths (1.0 KiB)", "farm: sent 3 paths"]);
}

#[test]
fn reports_of_recorded_builds() {
    for case in [
        "comment",
        "export",
        "splice",
        "flags",
        "boot",
        "new",
        "cached",
        "broken",
        "redtest",
        "broken-base",
        "profiling-edit",
    ] {
        let text = report::text(&record(Mode::Incremental, recorded(case)), &options());
        assert_text(case, &text);
    }
    for case in ["full", "broken-full"] {
        let text = report::text(&record(Mode::Full, recorded(case)), &options());
        assert_text(case, &text);
    }
    // The first build of a day makes its base as well.
    let mut both = recorded("full");
    both[0].wanted = false;
    both.extend(recorded("comment").into_iter().skip(1));
    assert_text("first-of-the-day", &report::text(&record(Mode::Incremental, both), &options()));
}

pub(super) fn large() -> Build {
    let mut modules = vec![module("lib", "Mono.Types", "source-file-changed", None, "Mono.Types", 1.0)];
    "Source file changed".clone_into(&mut modules[0].reason_text);
    for index in 0..200 {
        let cause = if index < 150 { "Mono.Types".to_owned() } else { format!("Mono.Part{}", index % 5) };
        let seconds = f64::from(index % 7) / 2.0;
        modules.push(module(
            "lib",
            &format!("Mono.Part{index}"),
            "module-changed",
            Some(&cause),
            "Mono.Types",
            seconds,
        ));
    }
    let library = "/nix/store/95rllfcv9m2pr192kxvrmb7bkjd8gz3i-bar-0.1/lib/libHSbar-0.1-ghc9.6.6.so";
    modules.push(module("lib", "Mono.Splice", "file-changed", Some(library), library, 2.0));
    incremental(modules)
}

#[test]
fn a_large_cascade_stays_short() {
    let record = record(Mode::Incremental, vec![large()]);
    assert_text("large", &report::text(&record, &options()));
    let narrow = report::text(&record, &TextOptions { width: 50, ..options() });
    assert!(narrow.lines().count() < 40, "{narrow}");
    for line in narrow.lines().filter(|line| line.starts_with("    ")) {
        assert!(line.chars().count() <= 50, "{line}");
    }
}

#[test]
fn modules_without_a_reason_are_one_group() {
    let modules =
        (0..12).map(|index| module("lib", &format!("M{index}"), "must-compile", None, &format!("M{index}"), 0.5));
    let record = record(Mode::Incremental, vec![incremental(modules.collect())]);
    let text = report::text(&record, &options());
    assert_text("without-reason", &text);
}

#[test]
fn each_package_of_many_has_a_section() {
    let of = |package: &str, kind, outcome| Build {
        package: package.parse().expect("a name"),
        kind,
        outcome,
        modules_rebuilt: 2,
        modules_total: Some(3),
        ..incremental(Vec::new())
    };
    let why = Some("the base does not have the package new yet, so there is nothing to start from".to_owned());
    let builds = vec![
        // What was built on the way is told, what was there is not.
        Build { wanted: false, ..of("base-of-low", Kind::Full, Outcome::Cached) },
        Build { wanted: false, ..of("low", Kind::Incremental, Outcome::Built) },
        Build { wanted: false, ..of("lower", Kind::Incremental, Outcome::Cached) },
        Build { why, ..of("new", Kind::Plain, Outcome::Built) },
        of("same", Kind::Full, Outcome::Cached),
        of("same-and-missing", Kind::Full, Outcome::Built),
        of("high", Kind::Incremental, Outcome::Built),
    ];
    assert_text("many", &report::text(&record(Mode::Incremental, builds), &options()));
}

#[test]
fn a_plain_build_says_why() {
    let build =
        Build { kind: Kind::Plain, full_compile_seconds: None, warnings_replayed: 0, ..incremental(Vec::new()) };
    let mut record = record(Mode::Plain, vec![build]);
    "the package's dependencies changed (containers, text were added; mtl was removed), so GHC would compile every \
     module again"
        .clone_into(&mut record.why);
    assert_text("plain", &report::text(&record, &options()));
}

#[test]
fn every_outcome_has_a_headline() {
    let mut lines = String::new();
    for outcome in [Outcome::Built, Outcome::Cached, Outcome::Substituted, Outcome::Skipped] {
        for (kind, mode) in
            [(Kind::Incremental, Mode::Incremental), (Kind::Full, Mode::Full), (Kind::Plain, Mode::Plain)]
        {
            let build = Build { outcome, kind, ..incremental(Vec::new()) };
            let text = report::text(&record(mode, vec![build]), &options());
            lines.push_str(text.lines().next().expect("a headline"));
            lines.push('\n');
        }
    }
    for kind in [
        FailureKind::Builder,
        FailureKind::TimedOut,
        FailureKind::HashMismatch,
        FailureKind::NotDeterministic,
        FailureKind::NoMachine,
        FailureKind::Stopped,
    ] {
        let failure = Failure {
            kind,
            phase: None,
            message: "Nix's words".to_owned(),
            errors: Vec::new(),
            log_tail: Vec::new(),
            no_room: false,
            killed: false,
        };
        let build = Build {
            outcome: Outcome::Failed,
            failure: Some(failure),
            builder: "ssh-ng://builder".to_owned(),
            ..incremental(Vec::new())
        };
        let text = report::text(&record(Mode::Incremental, vec![build]), &options());
        assert!(text.contains("Nix's words"), "{text}");
        lines.push_str(text.lines().next().expect("a headline"));
        lines.push('\n');
    }
    assert_text("headlines", &lines);
}

#[test]
fn every_reason_for_a_base_is_said() {
    let mut lines = String::new();
    let boundary = boundary();
    let merge_base = "3333333333333333333333333333333333333333".parse().expect("a commit");
    for reason in [
        BaseReason::BeforeBoundary { boundary },
        BaseReason::Root { boundary },
        BaseReason::Pinned,
        BaseReason::MergeBase { boundary, merge_base, against: "origin/main".to_owned() },
        BaseReason::Available { boundary, found_in: "https://cache.example.org".to_owned() },
        BaseReason::Newer("by-lot".to_owned()),
    ] {
        let mut record = record(Mode::Incremental, Vec::new());
        record.base = Some(base(reason));
        lines.push_str(&report::text(&record, &options()));
    }
    assert_text("bases", &lines);
}

#[test]
fn without_colour_there_is_no_escape_and_with_it_the_same_words() {
    let record = record(Mode::Incremental, vec![large()]);
    let plain = report::text(&record, &options());
    let painted = report::text(&record, &TextOptions { colour: true, ..options() });
    assert!(!plain.contains('\x1b') && painted.contains('\x1b'));
    assert_eq!(anstream::adapter::strip_str(&painted).to_string(), plain);
}

#[test]
fn a_form_is_found_by_its_name() {
    assert_eq!("text".parse(), Ok(Format::Text));
    assert_eq!("json".parse(), Ok(Format::Json));
    let none = format!("`pdf` is no form of the report: it is {}", Format::names());
    assert_eq!("pdf".parse::<Format>(), Err(none));
}

#[test]
fn a_record_reads_back() {
    for case in ["export", "broken", "full"] {
        let record = record(Mode::Incremental, recorded(case));
        let json = report::json(&record).expect("JSON");
        assert!(json.ends_with("}\n"));
        assert_eq!(report::read(json.as_bytes()).expect("a record"), record);
    }
}

#[test]
fn a_record_of_a_newer_hinc_is_read_or_refused() {
    let record = record(Mode::Incremental, recorded("export"));
    let mut json = serde_json::to_value(&record).expect("JSON");
    json["new_field"] = serde_json::json!({"x": [1]});
    json["builds"][1]["modules"][0]["new_field"] = serde_json::json!(1);
    assert_eq!(report::read(json.to_string().as_bytes()).expect("a record"), record);

    let mut newer = json.clone();
    newer["builds"][1]["modules"][0]["reason"] = serde_json::json!("full-moon");
    newer["builds"][1]["modules"][0]["root_reason"] = serde_json::json!("full-moon");
    newer["base"]["reason"] = serde_json::json!("low-tide");
    let read = report::read(newer.to_string().as_bytes()).expect("a record");
    assert_eq!(read.builds[1].modules[0].reason, ReasonCode::Newer("full-moon".to_owned()));
    let written = serde_json::to_value(&read).expect("JSON");
    assert_eq!(written["builds"][1]["modules"][0]["reason"], "full-moon");
    assert_eq!(written["base"]["reason"], "low-tide");
    let quoted = format!("  `{}`: ", read.builds[1].modules[0].root_cause);
    let text = report::text(&read, &options());
    assert!(text.contains(&quoted) && text.contains("`low-tide`"), "what is not known is told as it is: {text}");

    json["schema_version"] = serde_json::json!(2);
    let error = report::read(json.to_string().as_bytes()).expect_err("another version");
    assert_eq!(error.to_string(), "a record of schema version 2, but this version of hinc knows version 1");

    json["schema_version"] = serde_json::json!(1);
    json["builds"][1]["modules"][0]["module"] = serde_json::json!(7);
    let error = report::read(json.to_string().as_bytes()).expect_err("damaged");
    assert_eq!(error.to_string(), "a record of schema version 1 that is damaged at `builds[1].modules[0].module`");

    for text in ["", "{", "[]", "{}", r#"{"schema_version":"1"}"#] {
        assert_eq!(report::read(text.as_bytes()).expect_err("no record").to_string(), "not a record of a build");
    }
}
