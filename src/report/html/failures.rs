//! What failed, with what was said of it.

use maud::{Markup, html};

use super::text::{lines, name, sentence};
use crate::model::record::{Failure, Record};
use crate::model::store::StorePath;
use crate::report::failure::{after, place, words_of};

/// How many failures are told with their lines.
const FAILURES: usize = 50;
/// How many lines each of them has.
const LINES: usize = 1000;

/// Something that failed, whether hinc builds it or not.
struct Failed<'a> {
    name: String,
    is_dependency: bool,
    failure: &'a Failure,
    drv: &'a StorePath,
    builder: &'a str,
    seconds: f64,
}

/// Each failure with its errors; nothing where none failed.
pub(super) fn section(record: &Record) -> Markup {
    let builds = record.builds.iter().filter(|build| build.failed_by_itself()).filter_map(|build| {
        Some(Failed {
            name: format!("{} {}", build.package, build.version),
            is_dependency: false,
            failure: build.failure.as_ref()?,
            drv: &build.drv,
            builder: &build.builder,
            seconds: build.seconds,
        })
    });
    let dependencies = record.failed_dependencies.iter().map(|failed| Failed {
        name: failed.name.clone(),
        is_dependency: true,
        failure: &failed.failure,
        drv: &failed.drv,
        builder: &failed.builder,
        seconds: failed.seconds,
    });
    let all: Vec<Failed<'_>> = builds.chain(dependencies).collect();
    if all.is_empty() {
        return Markup::default();
    }
    html! {
        section #failures aria-labelledby="failures-title" {
            h2 #failures-title { "What failed" }
            @for failed in all.iter().take(FAILURES) { (one(failed)) }
            @if all.len() > FAILURES { p.note { "and " (all.len() - FAILURES) " more, which the record has" } }
        }
    }
}

fn one(failed: &Failed<'_>) -> Markup {
    let (said, told) = words_of(failed.failure);
    let hidden = said.len().saturating_sub(LINES);
    html! {
        article.failure {
            h3 { (name(failed.name.trim_end())) @if failed.is_dependency { ", a dependency" } }
            p {
                (failed.failure.kind.words()) (after(failed.seconds)) (sentence(&place(failed.builder)))
                @if let Some(phase) = &failed.failure.phase { ", in its step " (name(phase)) }
                (told)
            }
            (lines(said.into_iter().take(LINES)))
            @if hidden > 0 { p.note { (hidden) " lines more, which the record has" } }
            @if failed.seconds > 0.0 { p.note { "The whole log: " code { "nix-store -l " (failed.drv) } } }
        }
    }
}
