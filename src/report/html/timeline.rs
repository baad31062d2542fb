//! When what was compiled.

use std::collections::{BTreeMap, BTreeSet};

use maud::{Markup, html};

use super::entries::{Entries, Entry};
use super::text;
use crate::foreign;
use crate::model::record::{Module, Outcome, Part};
use crate::report::content;
use crate::report::lanes::{self, Span as Time};
use crate::report::sentence::{Sentence, name, sentence};

/// How many lanes are drawn at most.
const LANES: usize = 200;

/// What is drawn.
#[derive(Default)]
pub(super) struct Timeline {
    /// The lanes, those of a derivation together.
    pub(super) lanes: Vec<Lane>,
    /// The numbers of the entries that the others waited for, of those derivations of which that is known.
    pub(super) path: Vec<usize>,
    /// What is said of them.
    told: Vec<Sentence>,
    /// How many more there are, which took least time.
    hidden: usize,
    /// Whether any of them is by the clock, and whether any is only by the order.
    by_clock: bool,
    by_order: bool,
}

/// What was done one after another.
pub(super) struct Lane {
    /// What it is called.
    pub(super) title: String,
    /// What was done, the first first, none at the time of another.
    pub(super) spans: Vec<Span>,
}

/// Something that took time.
pub(super) struct Span {
    /// What it was.
    pub(super) what: What,
    /// When, in microseconds since the first derivation began to compile.
    pub(super) time: Time,
}

/// What takes time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    /// The entry of this number.
    Entry(usize),
    /// Something beside modules.
    Beside(Part),
}

impl Lane {
    fn length(&self) -> u64 {
        self.spans.iter().map(|span| span.time.end - span.time.begin).fold(0, u64::saturating_add)
    }
}

impl Timeline {
    /// Says what is drawn: of each derivation by the clock where the record tells it, else one after another.
    pub(super) fn of(entries: &Entries<'_>) -> Self {
        let mut of_subjects: Vec<Vec<(usize, &Entry<'_>)>> = entries.subjects.iter().map(|_| Vec::new()).collect();
        for (at, entry) in entries.all.iter().enumerate() {
            of_subjects[entry.subject].push((at, entry));
        }
        let begins = begins(entries);
        let (path, told) = path(entries);
        let mut drawn = Self { path, told, ..Self::default() };
        for (subject, own) in of_subjects.iter().enumerate() {
            let knows = own.iter().any(|(_, entry)| entry.module.began.is_some() && entry.module.ended.is_some());
            let mut lanes = if knows {
                by_clock(entries, subject, own, begins[subject])
            } else {
                by_order(entries, subject, own, begins[subject])
            };
            lanes.retain(|lane| lane.length() > 0);
            let is_drawn = !lanes.is_empty();
            drawn.by_clock |= is_drawn && knows;
            drawn.by_order |= is_drawn && !knows;
            drawn.lanes.append(&mut lanes);
        }
        drawn.hidden = drawn.lanes.len().saturating_sub(LANES);
        if drawn.hidden > 0 {
            let mut lengths: Vec<(u64, usize)> = drawn.lanes.iter().map(Lane::length).zip(0..).collect();
            lengths.sort_unstable_by(|a, b| b.cmp(a));
            let mut is_kept = vec![false; lengths.len()];
            for &(_, at) in &lengths[..LANES] {
                is_kept[at] = true;
            }
            let mut kept = is_kept.into_iter();
            drawn.lanes.retain(|_| kept.next().unwrap_or_default());
        }
        drawn
    }
}

/// What the compilation of each derivation waited for: the numbers of these entries, and what is said of them.
fn path(entries: &Entries<'_>) -> (Vec<usize>, Vec<Sentence>) {
    let known: Vec<_> = entries
        .subjects
        .iter()
        .enumerate()
        .filter_map(|(subject, told)| Some((subject, content::critical_path(told.build)?)))
        .collect();
    let members: BTreeSet<*const Module> =
        known.iter().flat_map(|(_, path)| path.iter().map(|&module| std::ptr::from_ref(module))).collect();
    let is_of_path =
        |(at, entry): (usize, &Entry<'_>)| members.contains(&std::ptr::from_ref(entry.module)).then_some(at);
    let told = known.iter().filter_map(|&(subject, _)| {
        let said = content::critical_path_in_words(entries.subjects[subject].build)?;
        let package =
            if entries.subjects.len() > 1 { sentence![name(entries.label(subject)), ": "] } else { "".into() };
        Some(sentence![package, said])
    });
    (entries.all.iter().enumerate().filter_map(is_of_path).collect(), told.collect())
}

/// When each derivation began to compile, in seconds since the first did; 0 for all where that is not known of each.
fn begins(entries: &Entries<'_>) -> Vec<f64> {
    let known: Option<Vec<f64>> = entries
        .subjects
        .iter()
        .map(|told| {
            let started = told.build.started?.signed_duration_since(entries.subjects.first()?.build.started?);
            Some(started.as_seconds_f64() + told.build.compile_began?)
        })
        .collect();
    let known = known.unwrap_or_else(|| vec![0.0; entries.subjects.len()]);
    let first = known.iter().copied().fold(f64::INFINITY, f64::min);
    known.into_iter().map(|begin| begin - first).collect()
}

/// A lane has what did not run at once.
fn by_clock(entries: &Entries<'_>, subject: usize, own: &[(usize, &Entry<'_>)], begin: f64) -> Vec<Lane> {
    let build = entries.subjects[subject].build;
    let end_of_all = (build.seconds - build.compile_began.unwrap_or(0.0)).max(0.0);
    let timed = own.iter().filter_map(|&(at, entry)| {
        let began = entry.module.began?;
        // GHC was at work on it when the build failed; of another builder's modules no end is known.
        let ended = entry.module.ended.or((build.outcome == Outcome::Failed).then_some(end_of_all))?;
        Some((at, Time::of_seconds(begin + began, begin + ended)))
    });
    let timed: Vec<(usize, Time)> = timed.collect();
    let times: Vec<Time> = timed.iter().map(|(_, time)| *time).collect();
    let mut lanes: Vec<Lane> = Vec::new();
    for (lane, (at, time)) in lanes::lanes(&times).into_iter().zip(timed) {
        while lanes.len() <= lane {
            let title = title(entries, subject, &format!("lane {}", lanes.len() + 1));
            lanes.push(Lane { title, spans: Vec::new() });
        }
        lanes[lane].spans.push(Span { what: What::Entry(at), time });
    }
    for lane in &mut lanes {
        lane.spans.sort_by_key(|span| span.time);
    }
    lanes
}

/// A lane is a component, and of each module it has the share of the wall clock: Cabal builds one component after
/// another.
fn by_order(entries: &Entries<'_>, subject: usize, own: &[(usize, &Entry<'_>)], begin: f64) -> Vec<Lane> {
    let told = entries.subjects[subject];
    let modules = own
        .iter()
        .filter_map(|&(at, entry)| Some((entry.module.component.0.as_str(), What::Entry(at), entry.module.seconds?)));
    let beside = [Part::Other, Part::Linking].into_iter().flat_map(|part| {
        let of_part = told.build.beside_modules.iter().filter(move |beside| beside.part == part);
        of_part.map(move |beside| (beside.component.0.as_str(), What::Beside(part), beside.seconds))
    });
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    let mut lanes: Vec<(Lane, Vec<(What, f64)>)> = Vec::new();
    for (component, what, seconds) in modules.chain(beside) {
        let place = *places.entry(component).or_insert_with(|| {
            lanes.push((Lane { title: title(entries, subject, component), spans: Vec::new() }, Vec::new()));
            lanes.len() - 1
        });
        lanes[place].1.push((what, seconds.max(0.0)));
    }
    let mut now = begin;
    let in_order = lanes.into_iter().map(|(mut lane, all)| {
        for (what, seconds) in all {
            lane.spans.push(Span { what, time: Time::of_seconds(now, now + seconds) });
            now += seconds;
        }
        lane
    });
    in_order.collect()
}

/// What a lane is called, after its package where there are several.
fn title(entries: &Entries<'_>, subject: usize, lane: &str) -> String {
    let package = if entries.subjects.len() > 1 { entries.label(subject) } else { String::new() };
    foreign::line(format!("{package} {lane}").trim()).into_owned()
}

/// Where the timeline is drawn; the script does it.
pub(super) fn section(timeline: &Timeline) -> Markup {
    if timeline.lanes.is_empty() {
        return Markup::default();
    }
    html! {
        section #timeline aria-labelledby="timeline-title" {
            h2 #timeline-title { "Timeline" }
            p.note {
                @if timeline.by_clock {
                    "From when the compilation began: what was compiled at once is in lanes of its own. What is free is \
                     GHC's and Cabal's own time, C sources and linking. "
                }
                @if timeline.by_order {
                    @if timeline.by_clock { "Where it is not known when modules began, a" } @else { "A" }
                    " component is a lane, one after another as Cabal builds them, and a module has its share of the wall \
                     clock, from the end of the module before it to its own: where several are compiled at once that is \
                     less than it would take alone. "
                }
                @if timeline.path.is_empty() {
                    "No critical path is shown, as the record does not say what all of these modules import. "
                }
                @if timeline.hidden > 0 {
                    "The " (LANES) " lanes in which most was done are drawn, not " (timeline.hidden) " more."
                }
            }
            @for told in &timeline.told { p { (text::sentence(told)) "." } }
            noscript { p.note { "The timeline is drawn by JavaScript. The table below has the times of modules." } }
            div.needs-script {
                div.tools role="group" aria-label="Zoom" {
                    button type="button" #zoom-in { "Zoom in" }
                    button type="button" #zoom-out { "Zoom out" }
                    button type="button" #zoom-all { "All" }
                    span.note { kbd { "Ctrl" } " and wheel, or " kbd { "+" } " " kbd { "-" } " " kbd { "0" } }
                }
                div #timeline-frame {
                    canvas #timeline-canvas tabindex="0" role="application"
                        aria-label="Timeline of what was compiled" aria-describedby="timeline-detail" {}
                }
                ul #timeline-legend .legend {}
                p #timeline-detail .detail aria-live="polite" {}
            }
        }
    }
}
