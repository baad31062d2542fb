//! Past builds: charts, and tables with the numbers.

use maud::{Markup, html};

use super::chart::{Bar, chart};
use super::summary::time;
use super::text::{commit, name, sentence};
use super::{THEME, document};
use crate::model::plan::Mode;
use crate::model::trend::{Ended, Trend, TrendBuild};
use crate::report::trend::{contagious_name, name_of, sentences};
use crate::report::words::{counted, duration, grouped, moment};

/// How many modules are told of each kind.
const MODULES: usize = 100;

/// Returns what past builds show together as one HTML document.
pub fn trend_html(trend: &Trend) -> String {
    let title = counted(trend.builds.len() as u64, "build");
    let body = html! {
        header {
            div.bar { p.of { "hinc" } button.needs-script type="button" #theme { "Theme: system" } }
            h1 { (title) }
            @if let (Some(first), Some(last)) = (trend.builds.first(), trend.builds.last()) {
                p.note { (when(first)) " to " (when(last)) }
            }
        }
        main {
            (tiles(trend))
            (told(trend))
            (charts(trend))
            section #builds aria-labelledby="builds-title" { h2 #builds-title { "Builds" } (builds(trend)) }
            (modules(trend))
        }
    };
    document(&title, &body, &[THEME])
}

/// The same as a part of another page.
pub(super) fn section(trend: &Trend) -> Markup {
    html! {
        section #past aria-labelledby="past-title" {
            h2 #past-title { "Past builds" }
            p.note { "The last " (counted(trend.builds.len() as u64, "build")) " of this repository, this one at the right." }
            (told(trend))
            (charts(trend))
            details { summary { "All numbers" } (builds(trend)) }
        }
    }
}

fn when(build: &TrendBuild) -> Markup {
    html! { time datetime=(build.started.to_rfc3339()) { (moment(build.started.timestamp())) } }
}

fn told(trend: &Trend) -> Markup {
    let told = sentences(trend);
    html! { @if !told.is_empty() { ul.how { @for told in &told { li { (sentence(told)) } } } } }
}

fn tiles(trend: &Trend) -> Markup {
    html! {
        dl.tiles {
            @if let Some(spread) = &trend.incremental {
                div { dt { "Incremental builds" } dd { (grouped(spread.count.into())) } }
                div { dt { "Compiling took, median" } dd { (time(spread.median)) } }
            }
            @if let Some(spread) = &trend.full { div { dt { "Full build, median" } dd { (time(spread.median)) } } }
            @if let Some(spread) = &trend.saved { div { dt { "Saved, median" } dd { (time(spread.median)) } } }
        }
    }
}

fn charts(trend: &Trend) -> Markup {
    let ends = [trend.builds.first(), trend.builds.last()];
    let ends = ends.map(|build| build.map(|build| moment(build.started.timestamp())).unwrap_or_default());
    let ends = [ends[0].as_str(), ends[1].as_str()];
    let bar = |build: &TrendBuild, title: String, value, mark| {
        let failed = build.ended == Ended::Failed;
        let (head, when) = (build.head.short(), moment(build.started.timestamp()));
        let title = if build.ended == Ended::Built { title } else { ended(build).to_owned() };
        Bar { title: format!("{head}, {when}: {title}"), value, mark, failed }
    };
    let times = trend.builds.iter().map(|build| {
        let full = build.full_compile_seconds.map(|full| format!(", full build {}", duration(full)));
        let time = build.compile_seconds.map_or("time not known".to_owned(), duration);
        bar(build, format!("{time}{}", full.unwrap_or_default()), build.compile_seconds.unwrap_or(0.0), None)
    });
    let times: Vec<Bar> = times.collect();
    let modules = trend.builds.iter().map(|build| {
        let share = |part: u32| Some(100.0 * f64::from(part) / f64::from(build.modules_total?.max(1)));
        bar(build, rebuilt(build), share(build.modules_rebuilt).unwrap_or(0.0), build.foretold.and_then(share))
    });
    let modules: Vec<Bar> = modules.collect();
    let has = |is_so: fn(&TrendBuild) -> bool| trend.builds.iter().any(is_so);
    html! {
        div.charts {
            (chart("Time to compile", duration, ends, &times))
            (chart("Share of modules compiled", |share| format!("{share:.1} %"), ends, &modules))
        }
        ul.legend {
            li { span.swatch.value {} " compiled" }
            @if has(|build| build.foretold.is_some()) { li { span.swatch.foretold {} " foretold at most" } }
            @if has(|build| build.ended == Ended::Failed) { li { span.swatch.failed {} " failed" } }
        }
    }
}

/// `3 of 689 modules, at most 5 foretold`.
fn rebuilt(build: &TrendBuild) -> String {
    let of = build.modules_total.map(|total| format!(" of {}", grouped(total.into()))).unwrap_or_default();
    let most = build.foretold.map(|most| format!(", at most {} foretold", grouped(most.into()))).unwrap_or_default();
    format!("{}{of} modules{most}", grouped(build.modules_rebuilt.into()))
}

fn ended(build: &TrendBuild) -> &'static str {
    match (build.ended, build.mode) {
        (Ended::Failed, _) => "failed",
        (Ended::Cached, _) => "nothing to do",
        (Ended::Built, Mode::Incremental) => "incremental",
        (Ended::Built, Mode::Full) => "in full",
        (Ended::Built, Mode::Plain) => "plainly",
    }
}

fn builds(trend: &Trend) -> Markup {
    html! {
        table.past {
            thead {
                tr {
                    th { "Build" } th { "Commit" } th { "How" } th.number { "Modules" } th.number { "Foretold" }
                    th.number { "Time" } th.number { "Full build" } th { "It was" }
                }
            }
            tbody {
                @for build in trend.builds.iter().rev() {
                    @let is_built = build.ended == Ended::Built;
                    tr {
                        td data-label="Build" { (when(build)) }
                        td data-label="Commit" {
                            (commit(build.head.short(), build.head.as_str()))
                            @if build.dirty { " and edits" }
                        }
                        td data-label="How" { (ended(build)) }
                        td.number data-label="Modules" {
                            @if is_built {
                                (grouped(build.modules_rebuilt.into()))
                                @if let Some(total) = build.modules_total { " of " (grouped(total.into())) }
                            }
                        }
                        td.number data-label="Foretold" {
                            @if let Some(most) = build.foretold { "at most " (grouped(most.into())) }
                        }
                        td.number data-label="Time" {
                            @if let Some(seconds) = build.compile_seconds.filter(|_| is_built) { (time(seconds)) }
                        }
                        td.number data-label="Full build" {
                            @if let Some(full) = build.full_compile_seconds { (time(full)) }
                        }
                        td data-label="It was" {
                            @match build.full_build_was_there {
                                Some(true) => "there",
                                Some(false) => "made now",
                                None => "",
                            }
                        }
                    }
                }
            }
        }
    }
}

fn modules(trend: &Trend) -> Markup {
    html! {
        @if !trend.contagious.is_empty() {
            section #contagious aria-labelledby="contagious-title" {
                h2 #contagious-title { "What edits cost" }
                table.past {
                    thead { tr { th { "Edited" } th.number { "Builds" } th.number { "Modules" } th.number { "Time" } } }
                    tbody {
                        @for one in trend.contagious.iter().take(MODULES) {
                            tr {
                                td { (name(&contagious_name(one))) }
                                td.number data-label="Builds" { (grouped(one.builds.into())) }
                                td.number data-label="Modules" { (grouped(one.modules.into())) }
                                td.number data-label="Time" { @if let Some(seconds) = one.seconds { (time(seconds)) } }
                            }
                        }
                    }
                }
                (more(trend.contagious.len()))
            }
        }
        @if !trend.modules.is_empty() {
            section #slowest aria-labelledby="slowest-title" {
                h2 #slowest-title { "What several builds compiled" }
                table.past {
                    thead {
                        tr {
                            th { "Module" } th.number { "Times" } th.number { "Median" } th.number { "Least" }
                            th.number { "Most" }
                        }
                    }
                    tbody {
                        @for one in trend.modules.iter().take(MODULES) {
                            tr {
                                td { (name(&name_of(&one.module, &one.component, &one.package))) }
                                td.number data-label="Times" { (grouped(one.times.count.into())) }
                                td.number data-label="Median" { (time(one.times.median)) }
                                td.number data-label="Least" { (time(one.times.least)) }
                                td.number data-label="Most" { (time(one.times.most)) }
                            }
                        }
                    }
                }
                (more(trend.modules.len()))
            }
        }
    }
}

fn more(all: usize) -> Markup {
    html! {
        @if let Some(hidden) = all.checked_sub(MODULES).filter(|hidden| *hidden > 0) {
            p.note { "and " (counted(hidden as u64, "module")) " more, which the JSON document has" }
        }
    }
}
