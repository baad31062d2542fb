//! Two builds side by side.

use maud::{Markup, html};

use super::summary::time;
use super::text::{commit, name};
use super::{THEME, document};
use crate::model::record_diff::{Compared, Compilation, ModuleDiff, PackageDiff, RecordDiff, Work};
use crate::report::diff::{lists_of, name_of, told_of_package};
use crate::report::words::{counted, grouped, moment};

/// How many packages are told, and how many modules of each list of one.
const PACKAGES: usize = 500;
const MODULES: usize = 200;

/// Returns a comparison as one HTML document.
pub fn diff_html(diff: &RecordDiff) -> String {
    let title = format!("{} and {}", diff.before.head.short(), diff.after.head.short());
    let body = html! {
        header {
            div.bar { p.of { "hinc" } button.needs-script type="button" #theme { "Theme: system" } }
            h1 { "Two builds side by side" }
            p.note { (when(&diff.before)) " and " (when(&diff.after)) }
        }
        main {
            section #builds aria-labelledby="builds-title" {
                h2 #builds-title { "Builds" }
                (builds(diff))
                @if let Some(told) = &diff.machines { p.notable { (name(told)) } }
            }
            section #packages aria-labelledby="packages-title" {
                h2 #packages-title { "Packages" }
                @if diff.packages.is_empty() { p.note { "neither of them built anything for head" } }
                @for one in diff.packages.iter().take(PACKAGES) { (package(one)) }
                (more(diff.packages.len(), PACKAGES, "package"))
            }
        }
    };
    document(&title, &body, &[THEME])
}

fn when(build: &Compared) -> Markup {
    html! { time datetime=(build.started.to_rfc3339()) { (moment(build.started.timestamp())) } }
}

fn builds(diff: &RecordDiff) -> Markup {
    html! {
        table.past {
            thead { tr { th { "" } th { "Build" } th { "Commit" } th { "Base" } th { "What it did" } th.number { "Whole command" } } }
            tbody {
                @for (word, build) in [("before", &diff.before), ("after", &diff.after)] {
                    tr {
                        td { strong { (word) } }
                        td data-label="Build" { (when(build)) }
                        td data-label="Commit" { (commit(build.head.short(), build.head.as_str())) }
                        td data-label="Base" {
                            @if let Some(base) = &build.base { (commit(base.short(), base.as_str())) } @else { "none" }
                        }
                        td data-label="What it did" { (name(&build.verdict)) }
                        td.number data-label="Whole command" { (time(build.seconds)) }
                    }
                }
            }
        }
    }
}

fn package(package: &PackageDiff) -> Markup {
    html! {
        article.package {
            h3 { (name(package.package.as_str())) }
            @if let Some(told) = told_of_package(package) { p { (told) } }
            table.past {
                thead { tr { th { "" } th.number { "Modules" } th.number { "Time" } } }
                tbody {
                    @for (word, work) in [("before", &package.before), ("after", &package.after)] {
                        @if let Some(work) = work { (row(word, work)) }
                    }
                }
            }
            @for (title, modules) in lists_of(package) {
                details open[modules.len() <= 10] {
                    summary { (title) ": " (grouped(modules.len() as u64)) }
                    (list(&modules))
                }
            }
        }
    }
}

fn row(word: &str, work: &Work) -> Markup {
    html! {
        tr {
            td { (word) }
            td.number data-label="Modules" {
                (grouped(work.modules_rebuilt.into()))
                @if let Some(total) = work.modules_total { " of " (grouped(total.into())) }
            }
            td.number data-label="Time" { @if let Some(seconds) = work.compile_seconds { (time(seconds)) } }
        }
    }
}

fn list(modules: &[&ModuleDiff]) -> Markup {
    html! {
        table.past {
            thead { tr { th { "Module" } th.number { "Before" } th.number { "After" } th { "Why" } } }
            tbody {
                @for module in modules.iter().take(MODULES) {
                    tr {
                        td { (name(&name_of(module))) }
                        td.number data-label="Before" { (seconds(module.before.as_ref())) }
                        td.number data-label="After" { (seconds(module.after.as_ref())) }
                        td data-label="Why" {
                            @if let Some(one) = module.after.as_ref().or(module.before.as_ref()) { (name(&one.why)) }
                        }
                    }
                }
            }
        }
        (more(modules.len(), MODULES, "module"))
    }
}

fn seconds(compilation: Option<&Compilation>) -> Markup {
    html! {
        @match compilation {
            None => "not compiled",
            Some(one) => @if let Some(seconds) = one.seconds { (time(seconds)) },
        }
    }
}

fn more(all: usize, shown: usize, noun: &str) -> Markup {
    html! {
        @if let Some(hidden) = all.checked_sub(shown).filter(|hidden| *hidden > 0) {
            p.note { "and " (counted(hidden as u64, noun)) " more, which the JSON document has" }
        }
    }
}
