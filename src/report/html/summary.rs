//! What is seen first: the verdict, the numbers, the base.

use maud::{Markup, html};

use super::text::{commit, name, sentence};
use crate::model::plan::Kind;
use crate::model::record::{Build, Outcome, Record};
use crate::report::content::{self, Content, Tone};
use crate::report::words::{counted, duration, grouped, moment};

/// The mark and the class of a tone; a colour alone tells nothing to many.
pub(super) const fn tone(tone: Tone) -> (&'static str, &'static str) {
    match tone {
        Tone::Good => ("✓", "good"),
        Tone::Notable => ("!", "notable"),
        Tone::Bad => ("✗", "bad"),
    }
}

/// A time that machines read too (HTML, 4.5.14: a duration, in seconds).
pub(super) fn time(seconds: f64) -> Markup {
    let exact = if seconds.is_finite() { seconds.max(0.0) } else { 0.0 };
    html! { time datetime={ "PT" (format!("{exact:.3}")) "S" } { (duration(seconds)) } }
}

/// The verdict as the page's heading, and of which commit, when and by whom.
pub(super) fn header(record: &Record, content: &Content<'_>) -> Markup {
    let (mark, class) = tone(content.verdict.tone);
    let mut names: Vec<&str> =
        record.builds.iter().filter(|build| build.wanted).map(|build| build.package.as_str()).collect();
    names.dedup();
    html! {
        header {
            div.bar {
                p.of {
                    "hinc"
                    @if let Some((first, more)) = names.split_first() {
                        " · " (name(first))
                        @if !more.is_empty() { " and " (counted(more.len() as u64, "package")) " more" }
                    }
                }
                button.needs-script type="button" #theme { "Theme: system" }
            }
            h1 class=(class) { span.glyph aria-hidden="true" { (mark) } " " (sentence(&content.verdict.sentence)) }
            p.note {
                "head " (commit(record.head.commit.short(), record.head.commit.as_str()))
                @if record.head.dirty { " with edits that are not committed" }
                ", built "
                time datetime=(record.started.to_rfc3339()) { (moment(record.started.timestamp())) }
                ", by hinc " (name(&record.hinc))
            }
        }
    }
}

/// The numbers, and how it was built.
pub(super) fn section(record: &Record, content: &Content<'_>) -> Markup {
    html! {
        section #summary aria-label="Summary" {
            (tiles(record))
            @if !content.how.is_empty() || !content.transfers.is_empty() {
                ul.how { @for told in content.how.iter().chain(&content.transfers) { li { (sentence(told)) } } }
            }
        }
    }
}

fn tiles(record: &Record) -> Markup {
    let built: Vec<&Build> =
        record.builds.iter().filter(|build| build.outcome == Outcome::Built && !build.is_helper()).collect();
    let of = |kind| built.iter().copied().filter(move |build| build.kind == kind);
    let rebuilt: u64 = of(Kind::Incremental).map(|build| u64::from(build.modules_rebuilt)).sum();
    let total: u64 =
        of(Kind::Incremental).map(|build| u64::from(build.modules_total.unwrap_or(build.modules_rebuilt))).sum();
    let compiled: u64 = built
        .iter()
        .filter(|build| build.kind != Kind::Incremental)
        .map(|build| u64::from(build.modules_total.unwrap_or(build.modules_rebuilt)))
        .sum();
    let times: Vec<f64> = built.iter().filter_map(|build| build.compile_seconds).collect();
    let warnings: u64 = built.iter().map(|build| u64::from(build.warnings) + u64::from(build.warnings_replayed)).sum();
    html! {
        dl.tiles {
            @if total > 0 {
                div {
                    dt { "Modules rebuilt" }
                    dd {
                        data value=(rebuilt) { (grouped(rebuilt)) } " of " data value=(total) { (grouped(total)) }
                        svg.share viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true" {
                            rect.all width="100" height="4" {}
                            rect.part width=(share(rebuilt, total)) height="4" {}
                        }
                    }
                }
            }
            @if compiled > 0 { div { dt { "Modules compiled" } dd { data value=(compiled) { (grouped(compiled)) } } } }
            @if !times.is_empty() { div { dt { "Compiling took" } dd { (time(times.iter().sum())) } } }
            @if let Some(saved) = content::time_saved(record) {
                div { dt { @if saved.packages == 1 { "Full build" } @else { "Full builds" } } dd { (time(saved.full)) } }
                div { dt { "Saved" } dd { @if let Some(seconds) = saved.seconds() { (time(seconds)) } @else { "nothing" } } }
            }
            @if warnings > 0 { div { dt { "Warnings" } dd { data value=(warnings) { (grouped(warnings)) } } } }
            div { dt { "Whole command" } dd { (time(record.seconds)) } }
        }
    }
}

/// The share in hundredths, of which a little is still seen.
fn share(part: u64, all: u64) -> u64 {
    if part == 0 { 0 } else { (part.saturating_mul(100) / all.max(1)).clamp(1, 100) }
}
