//! What failed, in words.

use super::page::Page;
use super::sentence::{Sentence, name, sentence};
use super::words::{duration, grouped};
use crate::log::ghc;
use crate::model::event::FailureKind;
use crate::model::haskell::{ModuleName, NodeKind};
use crate::model::record::{Build, FailedDependency, Failure, Record};
use crate::model::store::StorePath;

/// How many dependencies that failed are told with their last lines.
const DEPENDENCIES: usize = 5;

/// Whether a derivation failed in a way that a reader has to do something about: it was not stopped, and it is not the
/// full build of a base that could be done without.
pub(super) fn is_the_readers_business(record: &Record, build: &Build) -> bool {
    build.failed_by_itself() && (!build.is_helper() || record.out_paths.is_empty())
}

/// The files in which compilers found errors, as they name them; a file once for each error.
pub(super) fn files_with_errors(build: &Build) -> impl Iterator<Item = &str> {
    let lines = build.failure.iter().flat_map(|failure| &failure.errors);
    lines.filter(|line| ghc::is_error(line)).map(|line| ghc::error_file(line)).filter(|file| !file.is_empty())
}

/// Whether a file is the source of a module, or of one whose name ends so.
pub(super) fn is_source_of(module: &ModuleName, kind: NodeKind, file: &str) -> bool {
    let (stem, ending) = file.rsplit_once('.').unwrap_or((file, ""));
    let path = module.0.replace('.', "/");
    !path.is_empty()
        && ending.ends_with("-boot") == (kind == NodeKind::Boot)
        && stem.strip_suffix(path.as_str()).is_some_and(|folder| folder.is_empty() || folder.ends_with('/'))
}

/// ` after 3 s`, where it ran.
pub(super) fn after(seconds: f64) -> String {
    if seconds > 0.0 { format!(" after {}", duration(seconds)) } else { String::new() }
}

/// ` on NAME`, where it was another machine.
pub(super) fn place(builder: &str) -> Sentence {
    if builder.is_empty() { Sentence::default() } else { sentence![" on ", name(builder)] }
}

/// What the program said, what Nix said, and where the rest is.
pub(super) fn lines(page: &mut Page, failure: &Failure, drv: &StorePath, builder: &str, seconds: f64) {
    let lines = if failure.errors.is_empty() {
        let step = failure.phase.as_deref().map(|phase| format!("its step `{phase}` failed; ")).unwrap_or_default();
        if !failure.log_tail.is_empty() {
            page.line(&format!("  {step}the last lines:"));
        }
        &failure.log_tail
    } else {
        &failure.errors
    };
    if !lines.is_empty() {
        page.line("");
        for line in lines {
            page.of_program(line);
        }
        page.line("");
    }
    // What hinc's builder said of itself and what GHC said of the program is more than Nix's sentence.
    if failure.phase.is_none() || failure.kind != FailureKind::Builder {
        for line in failure.message.lines() {
            page.sentence(2, line);
        }
    }
    if seconds > 0.0 {
        // Where Nix itself gives a build away it keeps the log here, and calls that machine by an address.
        let there =
            if builder.is_empty() || builder.contains("://") { String::new() } else { format!(", on {builder}") };
        let line = page.paint.faint(&format!("  the whole log{there}: nix-store -l {drv}"));
        page.line(&line);
    }
}

/// What a program said when it failed, and who it was.
pub(super) fn words_of(failure: &Failure) -> (Vec<&str>, &'static str) {
    if !failure.errors.is_empty() {
        (failure.errors.iter().map(String::as_str).collect(), ": what GHC said")
    } else if !failure.log_tail.is_empty() {
        (failure.log_tail.iter().map(String::as_str).collect(), ": the last lines")
    } else {
        (failure.message.lines().collect(), ": what Nix said")
    }
}

/// Adds what failed although hinc does not build it.
pub(super) fn dependencies(page: &mut Page, record: &Record) {
    let shown = record.failed_dependencies.len().min(DEPENDENCIES);
    let (shown, hidden) = record.failed_dependencies.split_at(shown);
    for failed in shown {
        let FailedDependency { name, drv, builder, seconds, failure } = failed;
        let told = format!("{}{}{}", failure.kind.words(), after(*seconds), place(builder));
        let (name, told) = (page.paint.title(name), page.paint.bad(&told));
        page.line(&format!("{name}, a dependency: {told}"));
        lines(page, failure, drv, builder, *seconds);
    }
    if !hidden.is_empty() {
        let names: Vec<&str> = hidden.iter().map(|dependency| dependency.name.as_str()).collect();
        let noun = if hidden.len() == 1 { "dependency" } else { "dependencies" };
        let text = format!("and {} more {noun} failed: {}", grouped(hidden.len() as u64), names.join(", "));
        page.sentence(0, &text);
    }
}
