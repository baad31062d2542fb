//! What past builds show together.

use std::collections::{BTreeMap, BTreeSet};

use super::cascade::{Causes, Nature};
use super::content::{self, failed};
use super::page::{Page, padded, width};
use super::sentence::{Sentence, said, sentence};
use super::style::Paint;
use super::words::{counted, duration, grouped};
use super::{Error, TextOptions};
use crate::foreign;
use crate::model::haskell::{ComponentName, ModuleName, NodeKind};
use crate::model::name::PackageName;
use crate::model::plan::{Kind, Mode};
use crate::model::record::{Build, Outcome, Record};
use crate::model::trend::{
    Contagious, Ended, ModuleTimes, Spread, TREND_SCHEMA_VERSION, Trend, TrendBuild, TrendMachine,
};

/// How many of the most contagious modules are told to people; JSON has all.
const CONTAGIOUS: usize = 10;
/// From how many times on their median is worth words.
const MEASURED: u32 = 3;
/// How many machines are named.
const MACHINES: usize = 5;

/// Returns what records show together; they are the oldest first.
pub fn trend(records: &[Record]) -> Trend {
    let mut machines: Vec<TrendMachine> = Vec::new();
    let builds: Vec<TrendBuild> = records
        .iter()
        .map(|record| TrendBuild { machine: machine_of(record, &mut machines), ..build_of(record) })
        .collect();
    let incremental = builds.iter().filter(|build| build.ended == Ended::Built && build.mode == Mode::Incremental);
    Trend {
        schema_version: TREND_SCHEMA_VERSION,
        contagious: contagious(records),
        incremental: Spread::of(incremental.filter_map(|build| build.compile_seconds)),
        full: full_builds(records),
        saved: Spread::of(builds.iter().filter_map(saved)),
        modules: modules(records),
        machines,
        builds,
    }
}

/// Counts the machine that a record was built on among those that are known; returns its place.
fn machine_of(record: &Record, known: &mut Vec<TrendMachine>) -> Option<u32> {
    let &(builder, machine) = content::machines(record).first()?;
    let is_one = |known: &TrendMachine| content::is_one_machine((&known.builder, &known.machine), (builder, machine));
    let place = known.iter().position(is_one).unwrap_or_else(|| {
        known.push(TrendMachine { builder: builder.to_owned(), machine: machine.clone(), builds: 0 });
        known.len() - 1
    });
    known[place].builds += 1;
    u32::try_from(place).ok()
}

/// How long full builds took, each once: those that incremental ones stand on, and those that were made.
fn full_builds(records: &[Record]) -> Option<Spread> {
    let mut found = BTreeMap::new();
    for record in records {
        let base = record.base.as_ref().map_or(&record.head.commit, |base| &base.commit);
        for build in record.builds.iter().filter(|build| build.outcome == Outcome::Built) {
            let commit = if build.kind == Kind::Full && build.wanted { &record.head.commit } else { base };
            if let Some(seconds) = build.full_compile_seconds {
                found.insert((commit.as_str(), &build.package), seconds);
            }
        }
    }
    // Several packages of one base are one full build.
    let mut of_commit: BTreeMap<&str, f64> = BTreeMap::new();
    for ((commit, _), seconds) in found {
        *of_commit.entry(commit).or_default() += seconds;
    }
    Spread::of(of_commit.into_values())
}

/// The modules that several builds compiled for head, the slowest first.
fn modules(records: &[Record]) -> Vec<ModuleTimes> {
    let mut found: BTreeMap<_, Vec<f64>> = BTreeMap::new();
    let builds = records.iter().flat_map(|record| &record.builds);
    for build in builds.filter(|build| build.outcome == Outcome::Built && !build.is_helper()) {
        for module in build.modules.iter().filter(|module| module.kind != NodeKind::Boot) {
            let time = module.began.zip(module.ended).map(|(began, ended)| (ended - began).max(0.0)).or(module.seconds);
            let Some(time) = time else { continue };
            found.entry((&build.package, &module.component, &module.module)).or_default().push(time);
        }
    }
    let several = found.into_iter().filter(|(_, times)| times.len() > 1);
    let mut several: Vec<ModuleTimes> = several
        .filter_map(|((package, component, module), times)| {
            let (package, component, module) = (package.clone(), component.clone(), module.clone());
            Some(ModuleTimes { package, component, module, times: Spread::of(times)? })
        })
        .collect();
    several.sort_by(|one, other| other.times.median.total_cmp(&one.times.median));
    several
}

fn build_of(record: &Record) -> TrendBuild {
    // What was built for head: a full build of the base is for others as well, and is paid once.
    let worked: Vec<&Build> =
        record.builds.iter().filter(|build| !build.is_helper() && build.outcome == Outcome::Built).collect();
    let ended = match failed(record) {
        Some(_) => Ended::Failed,
        None if worked.is_empty() => Ended::Cached,
        None => Ended::Built,
    };
    let incremental: Vec<&Build> = worked.iter().copied().filter(|build| build.kind == Kind::Incremental).collect();
    let foretold = |build: &&Build| {
        let bound = build.prediction.as_ref().filter(|prediction| prediction.everything.is_none())?;
        u32::try_from(bound.at_most.len()).ok()
    };
    let is_on_base = record.mode == Mode::Incremental;
    TrendBuild {
        started: record.started,
        head: record.head.commit.clone(),
        dirty: record.head.dirty,
        base: record.base.as_ref().filter(|_| is_on_base).map(|base| base.commit.clone()),
        mode: record.mode,
        ended,
        seconds: record.seconds,
        modules_rebuilt: worked.iter().map(|build| build.modules_rebuilt).fold(0, u32::saturating_add),
        modules_total: worked
            .iter()
            .try_fold(0, |sum: u32, build| Some(sum.saturating_add(build.modules_total?)))
            .filter(|total| *total > 0),
        compile_seconds: match ended {
            Ended::Cached => Some(0.0),
            Ended::Built | Ended::Failed => {
                worked.iter().filter_map(|build| build.compile_seconds).reduce(|sum, seconds| sum + seconds)
            }
        },
        full_compile_seconds: all(&incremental, |build| build.full_compile_seconds),
        foretold: all(&incremental, foretold),
        full_build_was_there: full_build_was_there(record),
        machine: None,
    }
}

/// Whether nobody had to make the full builds that a record's incremental builds stand on; none where it has none of
/// these.
fn full_build_was_there(record: &Record) -> Option<bool> {
    if record.mode != Mode::Incremental || !record.builds.iter().any(|build| build.kind == Kind::Incremental) {
        return None;
    }
    let made = |build: &Build| build.is_helper() && matches!(build.outcome, Outcome::Built | Outcome::Failed);
    Some(!record.builds.iter().any(made))
}

/// The sum of what is known of each of at least one build.
fn all<T: std::iter::Sum<T>>(builds: &[&Build], known: impl Fn(&&Build) -> Option<T>) -> Option<T> {
    if builds.is_empty() { None } else { builds.iter().map(known).sum() }
}

fn contagious(records: &[Record]) -> Vec<Contagious> {
    let mut found: BTreeMap<_, Contagious> = BTreeMap::new();
    for record in records {
        // An edit can set off modules of several packages, and is one edit all the same.
        let mut counted_here = BTreeSet::new();
        let builds = record.builds.iter().filter(|build| build.kind == Kind::Incremental);
        let causes = Causes::of(record);
        for (build, edit) in builds.flat_map(|build| causes.edits(build).into_iter().map(move |edit| (build, edit))) {
            let (Nature::Source, Some(component)) = (edit.nature, edit.root.component) else { continue };
            let package = edit.root.package.unwrap_or(&build.package);
            let key = (package.clone(), component.clone(), edit.root.name.to_owned());
            let one = found.entry(key.clone()).or_insert_with(|| Contagious {
                package: package.clone(),
                component: component.clone(),
                module: ModuleName(edit.root.name.to_owned()),
                builds: 0,
                modules: 0,
                seconds: None,
            });
            one.builds += u32::from(counted_here.insert(key));
            one.modules = one.modules.saturating_add(u32::try_from(edit.count()).unwrap_or(u32::MAX));
            if edit.modules.iter().any(|module| module.seconds.is_some()) {
                *one.seconds.get_or_insert(0.0) += edit.seconds;
            }
        }
    }
    let mut found: Vec<Contagious> = found.into_values().collect();
    let seconds = |one: &Contagious| one.seconds.unwrap_or(0.0);
    found.sort_by(|one, other| seconds(other).total_cmp(&seconds(one)));
    found
}

/// Returns the trend as indented JSON with a line end. `docs/report.md` describes it.
pub fn trend_json(trend: &Trend) -> Result<String, Error> {
    let mut text = serde_json::to_string_pretty(trend).map_err(Error::Write)?;
    text.push('\n');
    Ok(text)
}

/// What is said of all builds together.
pub(super) fn sentences(trend: &Trend) -> Vec<Sentence> {
    let mut told = Vec::new();
    if let Some(saved) = &trend.saved {
        let builds = counted(saved.count, "incremental build");
        let all: f64 = trend.builds.iter().filter_map(self::saved).sum();
        told.push(said(if all > 0.0 {
            let [least, most] = [saved.least, saved.most].map(duration);
            let each = if least == most { format!("each {least}") } else { format!("each between {least} and {most}") };
            format!("saved by {builds}: {}, {each}{}", duration(all), of_median(saved))
        } else {
            format!("saved by {builds}: nothing")
        }));
    }
    let measured = [(&trend.incremental, "incremental build"), (&trend.full, "full build")];
    for (spread, noun) in measured {
        let Some(spread) = spread.as_ref().filter(|spread| spread.count >= MEASURED) else { continue };
        told.push(said(format!("{} compiled in {}{}", counted(spread.count, noun), range(spread), of_median(spread))));
    }
    let hits: Vec<bool> = trend.builds.iter().filter_map(|build| build.full_build_was_there).collect();
    if hits.len() >= MEASURED as usize {
        let there = grouped(hits.iter().filter(|&&was_there| was_there).count() as u64);
        told.push(said(format!("the full build was there for {there} of {}", counted(hits.len() as u64, "build"))));
    }
    if trend.machines.len() > 1 {
        told.push("not all of these were compiled alike, so their times are not those of the commits alone:".into());
        for one in trend.machines.iter().take(MACHINES) {
            let words = content::machine_in_words((&one.builder, &one.machine));
            told.push(sentence![said(format!("{} with ", counted(one.builds, "build"))), words]);
        }
    }
    told
}

/// `40 s to 44 s`.
fn range(spread: &Spread) -> String {
    let [least, most] = [spread.least, spread.most].map(duration);
    if least == most { least } else { format!("{least} to {most}") }
}

/// `, median 43 s`, of so many that it says something.
fn of_median(spread: &Spread) -> String {
    let [least, most] = [spread.least, spread.most].map(duration);
    if spread.count < MEASURED || least == most {
        String::new()
    } else {
        format!(", median {}", duration(spread.median))
    }
}

/// Returns the trend for people: a line for each build, then what their edits cost.
pub fn trend_text(trend: &Trend, options: &TextOptions) -> String {
    let mut page = Page { text: String::new(), paint: Paint { colour: options.colour }, width: options.width.max(40) };
    for build in &trend.builds {
        page.line(&line_of(build, page.paint));
    }
    let told = sentences(trend);
    if !told.is_empty() {
        page.line("");
    }
    for told in told {
        page.sentence(0, &told.to_string());
    }
    if !trend.contagious.is_empty() {
        page.line("");
        page.line(&page.paint.title("What edits cost"));
        let names: Vec<String> = trend.contagious.iter().take(CONTAGIOUS).map(contagious_name).collect();
        let longest = names.iter().map(|name| width(name)).max().unwrap_or(0).min(page.width / 2);
        for (one, name) in trend.contagious.iter().zip(&names) {
            let each =
                one.seconds.map(|seconds| format!(", {} each", duration(seconds / f64::from(one.builds.max(1)))));
            page.line(&format!(
                "  {}  {:>8} in {}: {}{}",
                padded(name, longest),
                one.seconds.map(duration).unwrap_or_default(),
                counted(one.builds, "build"),
                counted(one.modules, "module"),
                each.unwrap_or_default()
            ));
        }
        if let Some(hidden) = trend.contagious.len().checked_sub(CONTAGIOUS).filter(|hidden| *hidden > 0) {
            page.line(&format!("  and {} more", counted(hidden as u64, "module")));
        }
    }
    // Of two times nobody knows which of them is the usual one.
    let measured: Vec<&ModuleTimes> =
        trend.modules.iter().filter(|one| one.times.count >= MEASURED).take(CONTAGIOUS).collect();
    if !measured.is_empty() {
        page.line("");
        page.line(&page.paint.title("What took longest, by the median of several builds"));
        let names: Vec<String> =
            measured.iter().map(|one| name_of(&one.module, &one.component, &one.package)).collect();
        let longest = names.iter().map(|name| width(name)).max().unwrap_or(0).min(page.width / 2);
        for (one, name) in measured.iter().zip(&names) {
            let (range, builds) = (range(&one.times), counted(one.times.count, "build"));
            let (name, median) = (padded(name, longest), duration(one.times.median));
            page.line(&format!("  {name}  {median:>8} of {builds}: {range}"));
        }
    }
    page.text
}

/// `2026-01-31 09:12  2222222222  1 of 13 modules  6.2 s  (full 41 s)  at most 3 foretold`.
fn line_of(build: &TrendBuild, paint: Paint) -> String {
    let when = build.started.format("%Y-%m-%d %H:%M");
    let head = format!("{}{}", build.head.short(), if build.dirty { "+" } else { " " });
    let told = match (build.ended, build.mode) {
        (Ended::Failed, _) => paint.bad("failed"),
        (Ended::Cached, _) => "nothing to do".to_owned(),
        (Ended::Built, mode) => {
            let of = match build.modules_total {
                Some(total) => format!("{} of {}", grouped(build.modules_rebuilt.into()), grouped(total.into())),
                None => grouped(build.modules_rebuilt.into()),
            };
            let way = match mode {
                Mode::Incremental => String::new(),
                Mode::Full => ", built in full".to_owned(),
                Mode::Plain => ", built plainly".to_owned(),
            };
            let made = if build.full_build_was_there == Some(false) { ", made now" } else { "" };
            let full = build.full_compile_seconds.map(|full| format!(", full build {}{made}", duration(full)));
            let foretold = build.foretold.map(|most| format!(", at most {} foretold", grouped(most.into())));
            let time = build.compile_seconds.map(|seconds| format!(" in {}", duration(seconds)));
            format!(
                "{of} modules{}{way}{}{}",
                time.unwrap_or_default(),
                full.unwrap_or_default(),
                foretold.unwrap_or_default()
            )
        }
    };
    format!("{when}  {head} {told}")
}

/// How much less time an incremental build took than its full build, in seconds; 0 where it took more.
pub(super) fn saved(build: &TrendBuild) -> Option<f64> {
    let full = build.full_compile_seconds.filter(|_| build.ended == Ended::Built)?;
    Some((full - build.compile_seconds?).max(0.0))
}

pub(super) fn contagious_name(one: &Contagious) -> String {
    name_of(&one.module, &one.component, &one.package)
}

/// `Main (exe:tree) of tree`.
pub(super) fn name_of(module: &ModuleName, component: &ComponentName, package: &PackageName) -> String {
    let name = match component.0.as_str() {
        "" | "lib" => module.to_string(),
        component => format!("{module} ({component})"),
    };
    foreign::line(&format!("{name} of {package}")).into_owned()
}
