//! The few things of a build that a CI service shows beside the code, or at the top of the job.
//!
//! A service shows ten of a step at most, and people see the first few. So an annotation is an error that somebody has to
//! mend, or the one thing of a build that nobody expected; no module has one because it was compiled.

use std::collections::BTreeSet;

use super::content::{Thresholds, Worth, verdict, worth};
use super::failure::is_the_readers_business;
use crate::foreign;
use crate::log::ghc;
use crate::model::name::PackageName;
use crate::model::record::{Build, Failure, Record};

/// How many annotations a build has at most.
const MOST: usize = 5;

/// How many lines of an error are shown.
const LINES: usize = 10;

/// How many characters of a line are shown.
const LONGEST_LINE: usize = 400;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// The build failed.
    Error,
    /// It did not, and somebody should look at it.
    Warning,
    /// The build is as it should be, and something beside it is not.
    Notice,
}

/// A place in a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spot {
    /// The file, below the top of the repository.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1.
    pub column: u32,
}

/// What is shown beside the code. No text has an escape sequence or a command of a runner in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Annotation {
    /// How bad it is.
    pub level: Level,
    /// Where; none where it is of the build as a whole, or of no file of the repository.
    pub spot: Option<Spot>,
    /// In one line, what it is about.
    pub title: String,
    /// What is said of it, in lines.
    pub message: String,
}

impl Annotation {
    /// Returns a notice about hinc's own work, of the job as a whole.
    pub fn notice(title: &str, message: &str) -> Self {
        let title = harmless([format!("hinc: {title}").as_str()]);
        Self { level: Level::Notice, spot: None, title, message: harmless(message.lines()) }
    }
}

/// Returns the annotations of a build, the most relevant first: the errors of the compiler, those of head before those of
/// its base, then what failed without
/// any, and of a build that did not fail that everything was compiled though no source explains it. `in_repository` says
/// where a file lies that the compiler names for a package.
pub fn annotations(record: &Record, in_repository: &dyn Fn(&PackageName, &str) -> Option<String>) -> Vec<Annotation> {
    let mut failed: Vec<(&Build, &Failure)> = record
        .builds
        .iter()
        .filter(|build| is_the_readers_business(record, build))
        .filter_map(|build| Some((build, build.failure.as_ref()?)))
        .collect();
    // What somebody changed just now is in head.
    failed.sort_by_key(|(build, _)| build.kind.is_of_base());
    let is_head = record.base.as_ref().is_none_or(|base| base.tree == record.head.tree);
    let mut seen = BTreeSet::new();
    let mut found: Vec<Annotation> = failed
        .iter()
        .flat_map(|(build, failure)| errors(failure).into_iter().map(move |lines| (build, lines)))
        // A partial build says the same as the full one.
        .filter(|(build, lines)| seen.insert((build.package.as_str(), *lines)))
        .map(|(build, lines)| {
            // The lines of a base are not those of the commit that is looked at.
            let has_place = is_head || !build.kind.is_of_base();
            of_error(build, lines, &|package, file| has_place.then(|| in_repository(package, file)).flatten())
        })
        .take(MOST)
        .collect();
    let is_told = |failure: &Failure| failure.errors.iter().any(|line| ghc::is_error(line));
    let others = failed.iter().filter(|(_, failure)| !is_told(failure));
    let others = others.map(|(build, failure)| of_failure(build.package.as_str(), failure));
    let dependencies = record.failed_dependencies.iter();
    let dependencies = dependencies.map(|dependency| of_failure(&dependency.name, &dependency.failure));
    found.extend(others.chain(dependencies));
    if worth(record, &Thresholds::default()) == Some(Worth::NothingReused) {
        found.push(Annotation {
            level: Level::Warning,
            spot: None,
            title: "hinc: nothing of the base could be reused".to_owned(),
            message: harmless([verdict(record).sentence.to_string().as_str()]),
        });
    }
    found.truncate(MOST);
    found
}

/// The errors of the compiler, each with its lines.
fn errors(failure: &Failure) -> Vec<&[String]> {
    let begins: Vec<usize> = (0..failure.errors.len()).filter(|&at| ghc::is_error(&failure.errors[at])).collect();
    let ends = begins.iter().skip(1).copied().chain([failure.errors.len()]);
    begins.iter().zip(ends).map(|(&begin, end)| &failure.errors[begin..end]).collect()
}

fn of_error(
    build: &Build,
    lines: &[String],
    in_repository: &dyn Fn(&PackageName, &str) -> Option<String>,
) -> Annotation {
    let place = lines.first().and_then(|line| ghc::error_place(line));
    // Compilers count from 1: what counts from 0 is no place.
    let spot = place.filter(|place| place.line > 0 && place.column > 0).and_then(|place| {
        let file = in_repository(&build.package, place.file)?;
        Some(Spot { file, line: place.line, column: place.column })
    });
    // The source is quoted where the annotation is shown.
    let is_quoted = |line: &str| line.split_once('|').is_some_and(|(number, _)| number.trim().parse::<u32>().is_ok());
    let is_gutter = |line: &str| line.trim_start().starts_with('|');
    let told = lines.iter().map(String::as_str).filter(|line| !is_quoted(line) && !is_gutter(line));
    Annotation {
        level: Level::Error,
        spot,
        title: title(build.package.as_str(), "does not compile"),
        message: harmless(told),
    }
}

fn of_failure(name: &str, failure: &Failure) -> Annotation {
    let step = failure.phase.as_ref().map(|phase| format!("its step `{phase}` failed")).unwrap_or_default();
    // The last lines say most.
    let tail = failure.log_tail.len().saturating_sub(LINES - 2);
    let said = if failure.log_tail.is_empty() { failure.message.lines().collect() } else { Vec::new() };
    let lines = [step.as_str()].into_iter().chain(said).chain(failure.log_tail[tail..].iter().map(String::as_str));
    Annotation {
        level: Level::Error,
        spot: None,
        title: title(name, failure.kind.words()),
        message: harmless(lines.filter(|line| !line.is_empty())),
    }
}

fn title(name: &str, what: &str) -> String {
    harmless([format!("hinc: {name} {what}").as_str()])
}

/// Makes one text of lines that others wrote.
fn harmless<'a>(lines: impl IntoIterator<Item = &'a str>) -> String {
    let lines = lines.into_iter().map(|line| foreign::line(line).chars().take(LONGEST_LINE).collect::<String>());
    let lines: Vec<String> = lines.take(LINES).collect();
    foreign::shown(lines.join("\n").trim_end(), false).into_owned()
}
