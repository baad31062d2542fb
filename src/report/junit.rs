//! The outcome as `JUnit` XML, for CI services that list tests which failed (GitLab, Jenkins, Buildkite, Azure).
//!
//! A suite is a derivation. Its first case is the derivation itself, so a package that is built well is one test that
//! passed. A module is a case only where it has errors: thousands that passed would bury those that a reader is looking
//! for. There is no standard but what readers take: here the schema of Jenkins' xUnit plugin, as `quick-junit` writes it.

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::Error;
use super::content;
use super::failure::{is_source_of, is_the_readers_business};
use super::text::TextOptions;
use super::titles;
use crate::foreign;
use crate::log::ghc;
use crate::model::event::FailureKind;
use crate::model::record::{Build, FailedDependency, Failure, Outcome, Record};

/// Returns a record's outcome as XML.
pub(super) fn junit(record: &Record, _options: &TextOptions) -> Result<String, Error> {
    let mut report = Report::new("hinc");
    report.set_timestamp(record.started).set_time(time(record.seconds));
    for build in &record.builds {
        report.add_test_suite(suite(record, build));
    }
    if !record.failed_dependencies.is_empty() {
        let mut suite = TestSuite::new("dependencies");
        suite.add_test_cases(record.failed_dependencies.iter().map(dependency));
        report.add_test_suite(suite);
    }
    let text = report.to_string().map_err(Error::WriteXml)?;
    Ok(foreign::shown(&text, false).into_owned())
}

fn suite(record: &Record, build: &Build) -> TestSuite {
    let mut suite = TestSuite::new(one_line(&titles::of_build(build)));
    suite.set_time(time(build.seconds));
    if let Some(machine) = &build.machine {
        let told = content::machine_in_words((&build.builder, machine)).to_string();
        suite.add_property(("machine", one_line(&told).as_str()));
    }
    if let Some(started) = build.started {
        suite.set_timestamp(started);
    }
    let mut case = TestCase::new(titles::purpose(build), status(record, build));
    case.set_classname(build.package.as_str()).set_time(time(build.seconds));
    suite.add_test_case(case);
    if is_the_readers_business(record, build) {
        suite.add_test_cases(modules(build));
    }
    suite
}

fn status(record: &Record, build: &Build) -> TestCaseStatus {
    let skipped = |why: &str| {
        let mut status = TestCaseStatus::skipped();
        status.set_message(why);
        status
    };
    match (build.outcome, &build.failure) {
        (Outcome::Built | Outcome::Cached | Outcome::Substituted, _) => TestCaseStatus::success(),
        (Outcome::Skipped, _) => skipped("not reached, or not needed"),
        (Outcome::Failed, Some(failure)) if is_the_readers_business(record, build) => failed(failure),
        (Outcome::Failed, _) if build.failed_by_itself() => skipped("failed, and head was built without it"),
        (Outcome::Failed, _) => skipped("stopped"),
    }
}

/// Whatever is no fault of the package is an error, as `JUnit` has these two words.
fn failed(failure: &Failure) -> TestCaseStatus {
    let is_the_machines = failure.no_room
        || failure.killed
        || matches!(failure.kind, FailureKind::DiskFull | FailureKind::Killed | FailureKind::NoMachine);
    let kind = if is_the_machines { NonSuccessKind::Error } else { NonSuccessKind::Failure };
    let mut status = TestCaseStatus::non_success(kind);
    let lines = if failure.errors.is_empty() { &failure.log_tail } else { &failure.errors };
    let step = failure.phase.as_ref().map(|phase| format!(" ({phase})")).unwrap_or_default();
    let first = failure.errors.first().map(String::as_str);
    let said = first.or_else(|| failure.message.lines().next()).unwrap_or_default();
    status.set_message(one_line(&format!("{}{step}: {said}", failure.kind.words())));
    status.set_type(failure.kind.words());
    status.set_description(several_lines(lines));
    status
}

fn dependency(dependency: &FailedDependency) -> TestCase {
    let mut case = TestCase::new(one_line(&dependency.name), failed(&dependency.failure));
    case.set_classname("dependencies").set_time(time(dependency.seconds));
    case
}

/// One case for each file that has errors, in the order in which the compiler said so.
fn modules(build: &Build) -> Vec<TestCase> {
    let mut files: Vec<(&str, Vec<&str>)> = Vec::new();
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    let mut here = 0;
    for line in build.failure.iter().flat_map(|failure| &failure.errors) {
        if ghc::is_error(line) {
            let file = ghc::error_file(line);
            here = *places.entry(file).or_insert(files.len());
            if here == files.len() {
                files.push((file, Vec::new()));
            }
        }
        // What follows belongs to it.
        if let Some((_, lines)) = files.get_mut(here) {
            lines.push(line);
        }
    }
    files.into_iter().filter(|(file, _)| !file.is_empty()).map(|(file, lines)| module(build, file, &lines)).collect()
}

fn module(build: &Build, file: &str, lines: &[&str]) -> TestCase {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    status.set_message(one_line(lines.first().copied().unwrap_or_default()));
    status.set_type("compiler error");
    status.set_description(several_lines(lines));
    let mut case = TestCase::new(one_line(module_of(build, file).unwrap_or(file)), status);
    case.set_classname(build.package.as_str());
    case.extra.insert("file".into(), one_line(file).into());
    case
}

/// The module that a file is the source of, of those that GHC began with: the longest name that the path ends in.
fn module_of<'a>(build: &'a Build, file: &str) -> Option<&'a str> {
    let sources = build.modules.iter().filter(|module| is_source_of(&module.module, module.kind, file));
    sources.map(|module| module.module.0.as_str()).max_by_key(|name| name.len())
}

fn one_line(text: &str) -> String {
    in_xml(&foreign::line(text))
}

fn several_lines<L: Borrow<str>>(lines: &[L]) -> String {
    in_xml(&foreign::lines(&lines.join("\n")))
}

/// `quick-junit` takes out what XML 1.0 (2.2) does not allow, but for these two.
fn in_xml(text: &str) -> String {
    text.replace(['\u{fffe}', '\u{ffff}'], "")
}

/// What is less than nothing, or longer than can be, is nothing: only a foreign record has it.
fn time(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or_default()
}
