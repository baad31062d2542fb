//! Two builds side by side.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use super::content::{self, verdict};
use super::page::{Page, padded, width};
use super::style::Paint;
use super::words::{counted, duration, grouped, moment};
use super::{Error, TextOptions};
use crate::model::haskell::{ComponentName, ModuleName, NodeKind};
use crate::model::name::PackageName;
use crate::model::plan::Mode;
use crate::model::record::{Build, Outcome, Record};
use crate::model::record_diff::{
    Compared, Compilation, ModuleDiff, PackageDiff, RECORD_DIFF_SCHEMA_VERSION, RecordDiff, Work,
};

/// How many modules of a kind are told to people; JSON has all.
const NAMED: usize = 10;
/// From which difference on a module that both compiled is told, in seconds, and from which share of its time.
const SECONDS: f64 = 0.5;
const SHARE: f64 = 0.2;
/// Which difference of a whole compilation is none, in seconds.
const LEAST: f64 = 0.1;

/// Compares what two builds did for head.
pub fn diff(before: &Record, after: &Record) -> RecordDiff {
    let builds = [of_head(before), of_head(after)];
    let names: BTreeSet<&PackageName> = builds.iter().flat_map(BTreeMap::keys).copied().collect();
    let packages = names.into_iter().map(|name| {
        let [before, after] = [builds[0].get(name).copied(), builds[1].get(name).copied()];
        PackageDiff {
            package: name.clone(),
            before: before.map(work),
            after: after.map(work),
            modules: modules(before, after),
        }
    });
    RecordDiff {
        schema_version: RECORD_DIFF_SCHEMA_VERSION,
        before: compared(before),
        after: compared(after),
        machines: content::machine_difference(before, after).map(|told| told.to_string()),
        packages: packages.collect(),
    }
}

fn compared(record: &Record) -> Compared {
    Compared {
        started: record.started,
        head: record.head.commit.clone(),
        base: record.base.as_ref().filter(|_| record.mode == Mode::Incremental).map(|base| base.commit.clone()),
        mode: record.mode,
        seconds: record.seconds,
        verdict: verdict(record).sentence.to_string(),
    }
}

/// The builds that ran for head, by package. Full builds of the base are none.
fn of_head(record: &Record) -> BTreeMap<&PackageName, &Build> {
    let ran = record.builds.iter().filter(|build| matches!(build.outcome, Outcome::Built | Outcome::Failed));
    ran.filter(|build| !build.is_helper()).map(|build| (&build.package, build)).collect()
}

fn work(build: &Build) -> Work {
    let Build { modules_rebuilt, modules_total, compile_seconds, .. } = *build;
    Work { modules_rebuilt, modules_total, compile_seconds }
}

type Compilations<'a> = BTreeMap<(&'a ComponentName, &'a ModuleName), Compilation>;

fn modules(before: Option<&Build>, after: Option<&Build>) -> Vec<ModuleDiff> {
    let [before, after] = [before, after].map(|build| build.map(compilations).unwrap_or_default());
    let all: BTreeSet<_> = before.keys().chain(after.keys()).copied().collect();
    let diff = |(component, module): (&ComponentName, &ModuleName)| ModuleDiff {
        component: component.clone(),
        module: module.clone(),
        before: before.get(&(component, module)).cloned(),
        after: after.get(&(component, module)).cloned(),
    };
    all.into_iter().map(diff).collect()
}

fn compilations(build: &Build) -> Compilations<'_> {
    let modules = build.modules.iter().filter(|module| module.kind != NodeKind::Boot);
    let compilation = |module| Compilation { why: content::reason(module).to_string(), seconds: module.seconds };
    modules.map(|module| ((&module.component, &module.module), compilation(module))).collect()
}

/// Returns the comparison as indented JSON with a line end. `docs/report.md` describes it.
pub fn diff_json(diff: &RecordDiff) -> Result<String, Error> {
    let mut text = serde_json::to_string_pretty(diff).map_err(Error::Write)?;
    text.push('\n');
    Ok(text)
}

/// Returns the comparison for people: lines, each with its end.
pub fn diff_text(diff: &RecordDiff, options: &TextOptions) -> String {
    let mut page = Page { text: String::new(), paint: Paint { colour: options.colour }, width: options.width.max(40) };
    for (word, build) in [("before", &diff.before), ("after ", &diff.after)] {
        let head = build.head.short();
        let base = build.base.as_ref().map(|base| format!(" on {}", base.short())).unwrap_or_default();
        let when = moment(build.started.timestamp());
        page.line(&format!("{} {head}{base}, {when}: {}", page.paint.title(word), build.verdict));
    }
    if let Some(told) = &diff.machines {
        page.sentence(0, &page.paint.notable(told));
    }
    for package in &diff.packages {
        package_lines(&mut page, package);
    }
    page.text
}

/// What is said of a package; none where neither build did anything for it.
pub(super) fn told_of_package(package: &PackageDiff) -> Option<String> {
    Some(match (&package.before, &package.after) {
        (Some(before), Some(after)) => {
            let amount = counted(after.modules_rebuilt.abs_diff(before.modules_rebuilt), "module");
            let modules = match after.modules_rebuilt.cmp(&before.modules_rebuilt) {
                Ordering::Greater => format!("{amount} more"),
                Ordering::Less => format!("{amount} fewer"),
                Ordering::Equal => "as many modules".to_owned(),
            };
            let time = after.compile_seconds.zip(before.compile_seconds).map(|(after, before)| {
                let by = (after - before).abs();
                let word = if after > before { "more" } else { "less" };
                if by < LEAST { ", in as much time".to_owned() } else { format!(", {} {word}", duration(by)) }
            });
            format!("{modules}{}", time.unwrap_or_default())
        }
        (None, Some(after)) => format!("built only after, {}", counted(after.modules_rebuilt, "module")),
        (Some(before), None) => format!("built only before, {}", counted(before.modules_rebuilt, "module")),
        (None, None) => return None,
    })
}

/// The modules of a package that are worth words, in lists with titles; of each list first what weighs most.
pub(super) fn lists_of(package: &PackageDiff) -> impl Iterator<Item = (&'static str, Vec<&ModuleDiff>)> {
    let only = |is_one: &dyn Fn(&ModuleDiff) -> bool| -> Vec<&ModuleDiff> {
        package.modules.iter().filter(|module| is_one(module)).collect()
    };
    let lists = [
        ("compiled only after", only(&|module| module.before.is_none())),
        ("compiled only before", only(&|module| module.after.is_none())),
        ("compiled both times, in another time", only(&|module| changed_by(module).is_some())),
    ];
    lists.into_iter().filter(|(_, modules)| !modules.is_empty()).map(|(title, mut modules)| {
        modules.sort_by(|one, other| weight(other).total_cmp(&weight(one)));
        (title, modules)
    })
}

fn package_lines(page: &mut Page, package: &PackageDiff) {
    let Some(told) = told_of_package(package) else { return };
    page.line(&format!("{}: {told}", page.paint.title(package.package.as_str())));
    for (title, modules) in lists_of(package) {
        page.indented(2, &format!("{title}: {}", grouped(modules.len() as u64)));
        let names: Vec<String> = modules.iter().take(NAMED).map(|module| name_of(module)).collect();
        let longest = names.iter().map(|name| width(name)).max().unwrap_or(0).min(page.width / 2);
        for (module, name) in modules.iter().zip(&names) {
            page.cut(4, &format!("{}  {}", padded(name, longest), told_of(module)));
        }
        if modules.len() > NAMED {
            page.indented(4, &format!("and {} more", grouped((modules.len() - NAMED) as u64)));
        }
    }
}

/// By how much longer a module took that both compiled, in seconds, where that is much.
fn changed_by(module: &ModuleDiff) -> Option<f64> {
    let (before, after) = (module.before.as_ref()?.seconds?, module.after.as_ref()?.seconds?);
    let by = after - before;
    (by.abs() >= SECONDS && by.abs() >= SHARE * before.max(after)).then_some(by)
}

fn weight(module: &ModuleDiff) -> f64 {
    let one = module.after.as_ref().or(module.before.as_ref()).and_then(|compilation| compilation.seconds);
    changed_by(module).map_or(one.unwrap_or(0.0), f64::abs)
}

fn told_of(module: &ModuleDiff) -> String {
    let time = |compilation: &Compilation| compilation.seconds.map(duration).unwrap_or_default();
    match (&module.before, &module.after) {
        (Some(before), Some(after)) => format!("{} before, {} after", time(before), time(after)),
        (Some(one), None) | (None, Some(one)) => format!("{:>8}  {}", time(one), one.why),
        (None, None) => String::new(),
    }
}

/// `Main (exe:tree)`.
pub(super) fn name_of(module: &ModuleDiff) -> String {
    match module.component.0.as_str() {
        "" | "lib" => module.module.to_string(),
        component => format!("{} ({component})", module.module),
    }
}
