//! What is known of a module that was not compiled.

use std::collections::BTreeSet;

use super::{Entry, Question, TOLD, entries, named};
use crate::foreign;
use crate::model::haskell::{ComponentName, ModuleName, NodeKind};
use crate::model::name::PackageName;
use crate::model::plan::Kind;
use crate::model::prediction::ModuleId;
use crate::model::record::{Build, Outcome, Record};
use crate::report::content;
use crate::report::failure::{files_with_errors, is_source_of};
use crate::report::page::Page;
use crate::report::words::{counted, duration};

/// Says why a module that is asked for was not compiled for head.
pub(super) fn tell(page: &mut Page, record: &Record, question: &Question) {
    if let Some(told) = not_here(record, question) {
        page.line(&format!("{} was not compiled", page.paint.title(&question.module)));
        page.sentence(2, &told);
        return;
    }
    let of_base: Vec<Entry<'_>> = entries(record)
        .filter(|entry| entry.build.is_helper() && question.is_of(&entry.build.package, &entry.module.component))
        .collect();
    let mut met = BTreeSet::new();
    // A full build that fails and what is left of it compile the same modules.
    let mut of_base = named(&of_base, question);
    of_base.reverse();
    of_base.retain(|Entry { build, module, .. }| met.insert((&build.package, &module.component, &module.module)));
    of_base.reverse();
    if of_base.is_empty() {
        unknown(page, record, question);
        return;
    }
    for entry in of_base.iter().take(TOLD) {
        known(page, record, question, *entry);
    }
    if let Some(hidden) = of_base.len().checked_sub(TOLD).filter(|hidden| *hidden > 0) {
        page.line(&format!("and {} of that name", counted(hidden as u64, "more module")));
    }
}

/// Says that the record has nothing of the package or the component that is asked for; none where it has.
fn not_here(record: &Record, question: &Question) -> Option<String> {
    let of_package = |build: &&Build| question.package.as_ref().is_none_or(|package| *package == build.package);
    if let Some(package) = &question.package
        && !record.builds.iter().any(|build| of_package(&build))
    {
        let packages: BTreeSet<&str> = record.builds.iter().map(|build| build.package.as_str()).collect();
        return Some(format!("The record has no package `{package}`: {}.", listed(&packages, "it is of none")));
    }
    let component = question.component.as_ref()?;
    let components: BTreeSet<&ComponentName> =
        record.builds.iter().filter(of_package).flat_map(components_of).collect();
    if components.contains(component) || components.is_empty() {
        return None;
    }
    let components = components.into_iter().map(|component| component.0.as_str()).collect();
    let named = foreign::line(&component.0);
    Some(format!("The record has no module of a component `{named}`: {}.", listed(&components, "it has none")))
}

fn components_of(build: &Build) -> impl Iterator<Item = &ComponentName> {
    let foretold = build.prediction.iter().flat_map(|prediction| prediction.at_most.iter().chain(&prediction.certain));
    build.modules.iter().map(|module| &module.component).chain(foretold.map(|id| &id.component))
}

/// `` it has `a`, `b`, and 3 more ``.
fn listed(names: &BTreeSet<&str>, nothing: &str) -> String {
    let shown: Vec<String> = names.iter().take(TOLD).map(|name| format!("`{}`", foreign::line(name))).collect();
    match (shown.is_empty(), names.len().saturating_sub(TOLD)) {
        (true, _) => nothing.to_owned(),
        (false, 0) => format!("it has {}", shown.join(", ")),
        (false, more) => format!("it has {}, and {more} more", shown.join(", ")),
    }
}

/// A module that was compiled for the base now.
fn known(page: &mut Page, record: &Record, question: &Question, Entry { build: of_base, module, .. }: Entry<'_>) {
    let name = page.paint.title(&content::label(module).to_string());
    let package = &of_base.package;
    let of_head = builds_of_head(record, Some(package)).next();
    let failed = of_head.is_some_and(|build| has_error(build, question));
    let what = if failed { "failed to compile" } else { "was not compiled" };
    page.line(&format!("{name} of {package} {what}"));
    let told = of_head.map_or("nothing of the package was built.".to_owned(), |build| {
        let used = "GHC used what the base has of it, if head still has it.";
        of_build(build, question).unwrap_or_else(|| used.to_owned())
    });
    let time = module.seconds.map(|seconds| format!(", in {}", duration(seconds))).unwrap_or_default();
    let what = if of_base.kind == Kind::Partial { "partial build" } else { "full build" };
    page.sentence(2, &format!("The {what} of the base compiled it{time}; for head, {told}"));
}

/// A module that was compiled for nothing.
fn unknown(page: &mut Page, record: &Record, question: &Question) {
    let name = page.paint.title(&question.module);
    let builds: Vec<&Build> = builds_of_head(record, question.package.as_ref()).collect();
    if let Some(build) = builds.iter().find(|build| has_error(build, question)) {
        page.line(&format!("{name} of {} failed to compile", build.package));
        page.sentence(2, "GHC found an error in it before it began with it.");
        return;
    }
    page.line(&format!("{name} was not compiled"));
    let mut told: Vec<(&PackageName, String)> =
        builds.iter().filter_map(|build| Some((&build.package, of_build(build, question)?))).collect();
    let ran = |build: &&&Build| matches!(build.outcome, Outcome::Built | Outcome::Failed);
    if !builds.iter().any(|build| ran(&build)) && !record.builds.iter().any(|build| ran(&&build)) {
        page.sentence(2, "No build of this record ran, so nothing was compiled.");
        return;
    }
    // What was not built says something only where that is all there is.
    if builds.iter().any(|build| ran(&build)) {
        let worked: BTreeSet<&PackageName> = builds.iter().filter(ran).map(|build| &build.package).collect();
        told.retain(|(package, _)| worked.contains(package));
    }
    for (package, told) in told.iter().take(TOLD) {
        page.sentence(2, &format!("{package}: {told}"));
    }
    if told.is_empty() {
        page.sentence(
            2,
            "GHC used what the base has of it, or it has another name: the record names the modules that were compiled, \
             and no others.",
        );
    }
}

fn builds_of_head<'a>(record: &'a Record, package: Option<&PackageName>) -> impl Iterator<Item = &'a Build> {
    let of_head = record.builds.iter().filter(|build| !build.is_helper());
    of_head.filter(move |build| package.is_none_or(|package| *package == build.package))
}

/// Whether the source of a module that is asked for has errors.
fn has_error(build: &Build, question: &Question) -> bool {
    let name = ModuleName(question.module.clone());
    build.outcome == Outcome::Failed && files_with_errors(build).any(|file| is_source_of(&name, NodeKind::Module, file))
}

/// Why a build of head did not compile a module that is asked for; none where nothing in it tells.
fn of_build(build: &Build, question: &Question) -> Option<String> {
    match build.outcome {
        Outcome::Cached => return Some("the store had the package, and nothing of it was compiled.".to_owned()),
        Outcome::Substituted => return Some("the package was fetched, and nothing of it was compiled.".to_owned()),
        Outcome::Skipped => return Some("nothing of the package was built.".to_owned()),
        Outcome::Failed if has_error(build, question) => {
            return Some("GHC found an error in it before it began with it.".to_owned());
        }
        // Where all of it was compiled, something else failed later.
        Outcome::Failed if build.compile_seconds.is_none() => {
            return Some(format!("the build {} before GHC had begun with it.", end_of(build)));
        }
        Outcome::Failed | Outcome::Built => {}
    }
    let prediction = build.prediction.as_ref().filter(|prediction| prediction.everything.is_none())?;
    let is_one = |id: &ModuleId| {
        question.names(&id.module) && question.component.as_ref().is_none_or(|component| *component == id.component)
    };
    let looked = "something that it imports, directly or through others, or a file that it read, changed. GHC looked, and \
                  nothing of that is in what it uses.";
    prediction.at_most.iter().any(is_one).then(|| looked.to_owned())
}

/// How a build that did not reach its end came to it.
pub(super) fn end_of(build: &Build) -> &'static str {
    if build.failed_by_itself() { "failed" } else { "was stopped" }
}
