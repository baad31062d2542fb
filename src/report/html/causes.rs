//! What changed, and what each change set off.

use maud::{Markup, html};

use super::entries::Entries;
use super::text::{name, sentence};
use crate::report::cascade::is_counted;
use crate::report::content::{self, Change, Subject};
use crate::report::words::{counted, duration, grouped};

/// How many changes of a package are seen at once, and how many are told; the table has the modules of all.
const AT_ONCE: usize = 10;
const CHANGES: usize = 500;
/// How many changes have modules in the page itself, and how many of each.
const LISTED: usize = 30;
const MODULES: usize = 20;

/// The changes of each package. The script makes trees of the lists.
pub(super) fn section(entries: &Entries<'_>) -> Markup {
    if entries.changes.is_empty() {
        return Markup::default();
    }
    let of_packages = entries.subjects.iter().filter(|told| !told.changes.is_empty()).count();
    // Changes are numbered through all packages.
    let mut first = 0;
    let packages: Vec<(usize, &Subject<'_>)> = entries
        .subjects
        .iter()
        .map(|told| {
            first += told.changes.len();
            (first - told.changes.len(), *told)
        })
        .filter(|(_, told)| !told.changes.is_empty())
        .collect();
    html! {
        section #causes aria-labelledby="causes-title" {
            h2 #causes-title { "What changed, and what it set off" }
            @for (first, told) in packages {
                @if of_packages > 1 { h3 { (name(&told.headline.name)) } }
                @let (seen, folded) = told.changes.split_at(told.changes.len().min(AT_ONCE));
                @for (at, change) in seen.iter().enumerate() { (one(change, first + at)) }
                @if !folded.is_empty() {
                    details.more {
                        summary { "and " (counted(folded.len() as u64, "change")) " more " span.measure { (sum(folded)) } }
                        @for (at, change) in folded.iter().take(CHANGES).enumerate() {
                            (one(change, first + AT_ONCE + at))
                        }
                        @if folded.len() > CHANGES {
                            p.note { (counted((folded.len() - CHANGES) as u64, "change")) " more are in the table below" }
                        }
                    }
                }
            }
        }
    }
}

/// `23 modules, 8.8 s`.
fn sum(changes: &[Change<'_>]) -> String {
    let modules: usize = changes.iter().map(|change| change.count).sum();
    let seconds: f64 = changes.iter().map(|change| change.seconds).sum();
    let time = if seconds > 0.0 { format!(", {}", duration(seconds)) } else { String::new() };
    format!("{}{time}", counted(modules as u64, "module"))
}

fn one(change: &Change<'_>, number: usize) -> Markup {
    html! {
        details.change.unexpected[change.unexpected] open[number == 0] data-change=(number) {
            summary {
                @if change.unexpected { span.mark { "unexpected" } " " }
                span.title { (sentence(&change.distinct_title)) }
                " " span.measure { (sum(std::slice::from_ref(change))) }
            }
            @if let Some(explanation) = &change.explanation { p.note { (sentence(explanation)) } }
            @if number < LISTED { (modules(change)) }
        }
    }
}

/// The modules that took longest, for whoever has no JavaScript.
fn modules(change: &Change<'_>) -> Markup {
    let mut shown = change.modules.clone();
    if shown.len() > MODULES {
        shown.sort_by(|a, b| b.seconds.unwrap_or(0.0).total_cmp(&a.seconds.unwrap_or(0.0)));
        shown.truncate(MODULES);
    }
    let hidden = change.count.saturating_sub(shown.iter().filter(|module| is_counted(module)).count());
    html! {
        ul.tree {
            @for module in &shown {
                li {
                    (sentence(&content::label(module)))
                    @if let Some(seconds) = module.seconds { " " span.measure { (duration(seconds)) } }
                    " " span.note { (sentence(&content::reason(module))) }
                }
            }
            @if hidden > 0 { li.note { "and " (grouped(hidden as u64)) " more, each of which took less time" } }
        }
    }
}
