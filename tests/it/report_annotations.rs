//! What a CI service shows of a build beside the code: few things, the most relevant first, and all of it harmless.

use hinc::model::event::FailureKind;
use hinc::model::name::PackageName;
use hinc::model::plan::{Kind, Mode};
use hinc::model::record::{Build, FailedDependency, Failure, Outcome, Record};
use hinc::report::{Annotation, Level, annotations};
use pretty_assertions::assert_eq;

use crate::report::{incremental, module, record};

fn failure(errors: &[&str], log_tail: &[&str]) -> Failure {
    let lines = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect();
    Failure {
        kind: FailureKind::Builder,
        phase: Some("check".to_owned()),
        message: "builder failed with exit code 1".to_owned(),
        errors: lines(errors),
        log_tail: lines(log_tail),
        no_room: false,
        killed: false,
    }
}

fn failed(errors: &[&str], log_tail: &[&str]) -> Build {
    Build { outcome: Outcome::Failed, failure: Some(failure(errors, log_tail)), ..incremental(Vec::new()) }
}

/// The files of the repository: those of `mono` lie in a folder.
fn of(record: &Record) -> Vec<Annotation> {
    annotations(record, &|package: &PackageName, file: &str| {
        (file == "src/A.hs").then(|| format!("packages/{package}/{file}"))
    })
}

fn said(record: &Record) -> Vec<String> {
    let line = |annotation: &Annotation| {
        let spot = annotation
            .spot
            .as_ref()
            .map_or_else(String::new, |spot| format!("{}:{}:{} ", spot.file, spot.line, spot.column));
        format!("{:?} {spot}[{}] {}", annotation.level, annotation.title, annotation.message)
    };
    of(record).iter().map(line).collect()
}

const ERROR: [&str; 7] = [
    "src/A.hs:3:7: error: [GHC-83865]",
    "    • Couldn't match expected type ‘Int’ with actual type ‘Bool’",
    "    • In the expression: True",
    "  |",
    "3 | a = True",
    "  |     ^^^^",
    "",
];

#[test]
fn an_error_has_its_place_in_the_repository() {
    let record = record(Mode::Incremental, vec![failed(&ERROR, &["it failed"])]);
    let expected = "Error packages/mono/src/A.hs:3:7 [hinc: mono does not compile] src/A.hs:3:7: error: [GHC-83865]\n    \
                    • Couldn't match expected type ‘Int’ with actual type ‘Bool’\n    • In the expression: True";
    assert_eq!(said(&record), [expected]);
}

#[test]
fn what_is_not_of_the_repository_has_none() {
    let elsewhere =
        ["dist/build/autogen/B.hs:1:1: error: wrong", "<no location info>: error:", "    module ‘C’ is missing"];
    let record = record(Mode::Incremental, vec![failed(&elsewhere, &[])]);
    assert_eq!(
        said(&record),
        [
            "Error [hinc: mono does not compile] dist/build/autogen/B.hs:1:1: error: wrong",
            "Error [hinc: mono does not compile] <no location info>: error:\n    module ‘C’ is missing",
        ]
    );
}

#[test]
fn without_an_error_of_the_compiler_the_last_lines_are_told() {
    let lines: Vec<String> = (1..30).map(|number| format!("line {number}")).collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let mut record = record(Mode::Incremental, vec![failed(&[], &lines)]);
    let failed = &mut record.builds[0];
    let drv = failed.drv.clone();
    let told = said(&record);
    assert_eq!(told.len(), 1);
    assert!(told[0].starts_with("Error [hinc: mono failed] its step `check` failed\nline 22\n"), "{}", told[0]);
    assert!(told[0].ends_with("line 29"), "{}", told[0]);
    record.builds.clear();
    let failure = Failure { phase: None, ..failure(&[], &[]) };
    let dependency =
        FailedDependency { name: "zlib-1.3".to_owned(), drv, builder: String::new(), seconds: 1.0, failure };
    record.failed_dependencies.push(dependency);
    assert_eq!(said(&record), ["Error [hinc: zlib-1.3 failed] builder failed with exit code 1"]);
}

// A line of the base is another line of head.
#[test]
fn an_error_of_the_base_has_no_place_and_comes_after_those_of_head() {
    let base = Build { kind: Kind::Full, wanted: false, ..failed(&["src/A.hs:2:7: error: wrong"], &[]) };
    let head = failed(&["src/A.hs:3:7: error: wrong"], &[]);
    let mut both = record(Mode::Incremental, vec![base.clone(), head]);
    both.out_paths.clear();
    let expected = [
        "Error packages/mono/src/A.hs:3:7 [hinc: mono does not compile] src/A.hs:3:7: error: wrong",
        "Error [hinc: mono does not compile] src/A.hs:2:7: error: wrong",
    ];
    assert_eq!(said(&both), expected);
    // Where head is its own base, it is the same line.
    let mut alone = record(Mode::Incremental, vec![base]);
    alone.out_paths.clear();
    alone.base.as_mut().expect("a base").tree = alone.head.tree.clone();
    let expected = ["Error packages/mono/src/A.hs:2:7 [hinc: mono does not compile] src/A.hs:2:7: error: wrong"];
    assert_eq!(said(&alone), expected);
}

#[test]
fn there_are_few_and_none_twice() {
    let errors: Vec<String> = (1..20).map(|line| format!("src/A.hs:{line}:1: error: wrong")).collect();
    let errors: Vec<&str> = errors.iter().map(String::as_str).collect();
    let full = Build { kind: Kind::Full, ..failed(&errors[..3], &[]) };
    let other = Build { package: "other".parse().expect("a name"), ..failed(&[], &["it failed"]) };
    let told = said(&record(Mode::Full, vec![other.clone(), full.clone(), failed(&errors[..3], &[])]));
    assert_eq!(told.len(), 4, "{told:#?}");
    assert!(told[..3].iter().all(|line| line.contains("src/A.hs:")) && told[3].contains("other failed"), "{told:#?}");
    let told = said(&record(Mode::Full, vec![other, failed(&errors, &[])]));
    assert_eq!(told.len(), 5, "{told:#?}");
    assert!(told[4].starts_with("Error packages/mono/src/A.hs:5:1 "), "{told:#?}");
    // Of a base that could be done without nobody has to mend anything.
    let helper = Build { wanted: false, ..full };
    assert_eq!(said(&record(Mode::Incremental, vec![helper, incremental(Vec::new())])), [""; 0]);
}

#[test]
fn what_was_compiled_is_worth_one_only_where_nothing_explains_all_of_it() {
    let modules = |reason, root: &str| {
        let names = (0..30).map(|number| format!("M{number}"));
        names.map(|name| module("lib", &name, reason, None, root, 1.0)).collect::<Vec<_>>()
    };
    let of_modules = |modules: Vec<_>| {
        let total = u32::try_from(modules.len()).expect("few");
        record(Mode::Incremental, vec![Build { modules_total: Some(total), ..incremental(modules) }])
    };
    assert_eq!(said(&of_modules(modules("source-file-changed", "M0"))), [""; 0]);
    let told = of(&of_modules(modules("flags-changed", "flags")));
    assert_eq!(told.len(), 1, "{told:#?}");
    assert_eq!((told[0].level, told[0].spot.as_ref()), (Level::Warning, None));
    assert!(told[0].message.contains("all 30 modules rebuilt"), "{told:#?}");
}

#[test]
fn no_text_is_a_command_or_longer_than_people_read() {
    let long = format!("    {}", "x".repeat(10_000));
    let errors = ["\x1b[1msrc/A.hs:1:1: error: ##vso[task.complete]\r::error::x\x1b]0;x\x07", "::error::y", &long];
    let many: Vec<&str> = errors.into_iter().chain(std::iter::repeat_n("    more", 100)).collect();
    let told = of(&record(Mode::Incremental, vec![failed(&many, &[]), failed(&[], &["\r##[error]x", "+++ x"])]));
    assert!(!told.is_empty());
    for annotation in told {
        let Annotation { title, message, .. } = annotation;
        assert!(!format!("{title}{message}").contains(|c: char| c.is_control() && c != '\n'), "{message:?}");
        assert!(!message.contains("##[") && !message.contains("##vso[") && !title.contains('\n'), "{message:?}");
        assert!(message.lines().count() <= 10 && message.chars().count() < 4_200, "{message:?}");
    }
}
