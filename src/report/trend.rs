//! What past builds show together.

use std::collections::{BTreeMap, BTreeSet};

use super::cascade::{Causes, Nature};
use super::content::failed;
use super::page::{Page, width};
use super::style::Paint;
use super::words::{counted, duration, grouped};
use super::{Error, TextOptions};
use crate::foreign;
use crate::model::haskell::ModuleName;
use crate::model::plan::{Kind, Mode};
use crate::model::record::{Build, Outcome, Record};
use crate::model::trend::{Contagious, Ended, TREND_SCHEMA_VERSION, Trend, TrendBuild};

/// How many of the most contagious modules are told to people; JSON has all.
const CONTAGIOUS: usize = 10;

/// Returns what records show together; they are the oldest first.
pub fn trend(records: &[Record]) -> Trend {
    Trend {
        schema_version: TREND_SCHEMA_VERSION,
        builds: records.iter().map(build_of).collect(),
        contagious: contagious(records),
    }
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
        compile_seconds: worked.iter().filter_map(|build| build.compile_seconds).sum(),
        full_compile_seconds: all(&incremental, |build| build.full_compile_seconds),
        foretold: all(&incremental, foretold),
    }
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
                seconds: 0.0,
            });
            one.builds += u32::from(counted_here.insert(key));
            one.modules = one.modules.saturating_add(u32::try_from(edit.count()).unwrap_or(u32::MAX));
            one.seconds += edit.seconds;
        }
    }
    let mut found: Vec<Contagious> = found.into_values().collect();
    found.sort_by(|one, other| other.seconds.total_cmp(&one.seconds));
    found
}

/// Returns the trend as indented JSON with a line end. `docs/report.md` describes it.
pub fn trend_json(trend: &Trend) -> Result<String, Error> {
    let mut text = serde_json::to_string_pretty(trend).map_err(Error::Write)?;
    text.push('\n');
    Ok(text)
}

/// Returns the trend for people: a line for each build, then what their edits cost.
pub fn trend_text(trend: &Trend, options: &TextOptions) -> String {
    let mut page = Page { text: String::new(), paint: Paint { colour: options.colour }, width: options.width.max(40) };
    for build in &trend.builds {
        page.line(&line_of(build, page.paint));
    }
    let saved: Vec<f64> = trend.builds.iter().filter_map(saved).collect();
    if let (Some(least), Some(most)) =
        (saved.iter().copied().min_by(f64::total_cmp), saved.iter().copied().max_by(f64::total_cmp))
    {
        let builds = counted(saved.len() as u64, "incremental build");
        let told = match saved.iter().sum::<f64>() {
            all if all > 0.0 => {
                format!("saved by {builds}: {}, each between {} and {}", duration(all), duration(least), duration(most))
            }
            _ => format!("saved by {builds}: nothing"),
        };
        page.line("");
        page.sentence(0, &told);
    }
    if !trend.contagious.is_empty() {
        page.line("");
        page.line(&page.paint.title("What edits cost"));
        let names: Vec<String> = trend.contagious.iter().take(CONTAGIOUS).map(name_of).collect();
        let longest = names.iter().map(|name| width(name)).max().unwrap_or(0).min(page.width / 2);
        for (one, name) in trend.contagious.iter().zip(&names) {
            let each = one.seconds / f64::from(one.builds.max(1));
            page.line(&format!(
                "  {name:longest$}  {:>8} in {}: {}, {} each",
                duration(one.seconds),
                counted(one.builds, "build"),
                counted(one.modules, "module"),
                duration(each)
            ));
        }
        if let Some(hidden) = trend.contagious.len().checked_sub(CONTAGIOUS).filter(|hidden| *hidden > 0) {
            page.line(&format!("  and {} more", counted(hidden as u64, "module")));
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
            let full = build.full_compile_seconds.map(|full| format!(", full build {}", duration(full)));
            let foretold = build.foretold.map(|most| format!(", at most {} foretold", grouped(most.into())));
            format!(
                "{of} modules in {}{way}{}{}",
                duration(build.compile_seconds),
                full.unwrap_or_default(),
                foretold.unwrap_or_default()
            )
        }
    };
    format!("{when}  {head} {told}")
}

/// How much less time an incremental build took than its full build, in seconds; 0 where it took more.
fn saved(build: &TrendBuild) -> Option<f64> {
    let full = build.full_compile_seconds.filter(|_| build.ended == Ended::Built)?;
    Some((full - build.compile_seconds).max(0.0))
}

fn name_of(one: &Contagious) -> String {
    let name = match one.component.0.as_str() {
        "" | "lib" => one.module.to_string(),
        component => format!("{} ({component})", one.module),
    };
    foreign::line(&format!("{name} of {}", one.package)).into_owned()
}
