//! The table of what GHC compiled.

use maud::{Markup, html};

use super::data::milliseconds;
use super::entries::{Entries, Entry};
use super::text::{name, sentence};
use crate::model::haskell::NodeKind;
use crate::report::content;
use crate::report::words::{duration, grouped};

/// How many rows the table has at a time; the script turns to the next ones.
pub(super) const ROWS: usize = 100;

/// What stands behind a name.
pub(super) const fn kind_mark(kind: NodeKind) -> &'static str {
    match kind {
        NodeKind::Boot => "[boot]",
        NodeKind::Signature => "[sig]",
        NodeKind::Module | NodeKind::Instantiation | NodeKind::Link => "",
    }
}

/// The table with its first rows: those that took longest, without those of full builds of the base that only help.
pub(super) fn section(entries: &Entries<'_>) -> Markup {
    if entries.all.is_empty() {
        return Markup::default();
    }
    let has_helper = entries.all.iter().any(|entry| entries.is_of_helper(entry));
    let has_other = entries.all.iter().any(|entry| !entries.is_of_helper(entry));
    let mut shown: Vec<&Entry<'_>> =
        entries.all.iter().filter(|entry| !has_other || !entries.is_of_helper(entry)).collect();
    let all = shown.len();
    // As the script sorts them, which has whole milliseconds.
    shown.sort_by_key(|entry| std::cmp::Reverse(entry.module.seconds.map_or(-1, milliseconds)));
    shown.truncate(ROWS);
    html! {
        section #modules aria-labelledby="modules-title" {
            h2 #modules-title { "Modules" }
            div.tools.needs-script role="search" {
                label { "Search " input #search type="search" placeholder="module, component, reason" autocomplete="off" spellcheck="false"; }
                @if entries.subjects.len() > 1 {
                    label {
                        "Package "
                        select #package {
                            @if has_helper && has_other { option value="own" { "all but full builds of the base" } }
                            option value="all" { "all" }
                            @for at in 0..entries.subjects.len() {
                                option value=(at) { (crate::foreign::line(&entries.label(at))) }
                            }
                        }
                    }
                }
            }
            p #modules-count .note aria-live="polite" {
                @if all > ROWS { "The " (ROWS) " that took longest, of " (grouped(all as u64)) }
                @else { (grouped(all as u64)) " compiled" }
            }
            table #modules-table role="table" aria-describedby="modules-count" {
                thead role="rowgroup" {
                    tr role="row" {
                        @for (key, title) in [("name", "Module"), ("component", "Component"), ("time", "Time"), ("why", "Why"), ("change", "Because of")] {
                            th role="columnheader" scope="col" class={ "c-" (key) } aria-sort=[(key == "time").then_some("descending")] {
                                button type="button" data-key=(key) { (title) span.arrow aria-hidden="true" {} }
                            }
                        }
                    }
                }
                tbody role="rowgroup" {
                    @for entry in &shown { (row(entries, entry)) }
                }
            }
            div.tools.needs-script role="group" aria-label="Pages of the table" {
                button type="button" #page-before { "Previous" }
                span #page-number {}
                button type="button" #page-after { "Next" }
            }
        }
    }
}

fn row(entries: &Entries<'_>, entry: &Entry<'_>) -> Markup {
    let module = entry.module;
    let mark = kind_mark(module.kind);
    html! {
        tr role="row" {
            td.c-name role="cell" { (name(&module.module.0)) @if !mark.is_empty() { " " (mark) } }
            td.c-component role="cell" { (component(entries, entry)) }
            td.c-time role="cell" { @if let Some(seconds) = module.seconds { (duration(seconds)) } }
            td.c-why role="cell" { bdi { (sentence(&content::reason(module))) } }
            td.c-change role="cell" { @if let Some(change) = entry.change { bdi { (sentence(&entries.changes[change].distinct_title)) } } }
        }
    }
}

/// The component, after its package where there are several.
fn component(entries: &Entries<'_>, entry: &Entry<'_>) -> Markup {
    html! {
        @if entries.subjects.len() > 1 { (name(&entries.label(entry.subject))) " " }
        (name(&entry.module.component.0))
    }
}
