//! What people read of `hinc plan`.

use super::base;
use super::base_failures::base_failure;
use super::page::Page;
use super::style::Paint;
use super::words::{counted, duration, grouped};
use super::{Error, TextOptions};
use crate::model::forecast::{Forecast, OfCommit, PackageForecast, StoreHas};
use crate::model::plan::{Kind, Mode};
use crate::model::prediction::ModuleId;

/// How many modules of a kind are named; JSON has all.
const NAMED: usize = 8;

/// Returns the forecast as indented JSON with a line end. `docs/plan.md` describes it.
pub fn forecast_json(forecast: &Forecast) -> Result<String, Error> {
    let mut text = serde_json::to_string_pretty(forecast).map_err(Error::Write)?;
    text.push('\n');
    Ok(text)
}

/// Returns the forecast for people: lines, each with its end.
pub fn forecast_text(forecast: &Forecast, options: &TextOptions) -> String {
    let mut page = Page { text: String::new(), paint: Paint { colour: options.colour }, width: options.width.max(40) };
    let place = base::place(&forecast.base, forecast.head.committer_time);
    let (commit, why) = (forecast.base.commit.short(), base::why(&forecast.base));
    page.indented(0, &format!("base {commit}, {place}: {why}"));
    for failure in &forecast.base_failures {
        page.indented(0, &page.paint.notable(&base_failure(failure, &forecast.base.commit).to_string()));
    }
    page.indented(0, &format!("{}: {}", mode(page.paint, forecast.mode), forecast.why));
    for source in &forecast.sources {
        let commit = match source.commit {
            OfCommit::Head => "head",
            OfCommit::Base => "base",
        };
        let folder = if source.folder.is_empty() { String::new() } else { format!(" {}", source.folder) };
        let line = format!("source of {commit}{folder}: {}", source.path);
        let line = page.paint.faint(&line);
        page.indented(0, &line);
    }
    for package in &forecast.packages {
        one_package(&mut page, forecast, package);
    }
    for hazard in &forecast.hazards {
        let about = hazard.package.as_ref().map(|package| format!("{package}: ")).unwrap_or_default();
        let word = page.paint.notable("hazard");
        page.indented(0, &format!("{word}: {about}{}", hazard.text));
    }
    page.text
}

fn mode(paint: Paint, mode: Mode) -> String {
    match mode {
        Mode::Incremental => paint.good("incremental"),
        Mode::Full => paint.good("full"),
        Mode::Plain => paint.notable("plain"),
    }
}

fn one_package(page: &mut Page, forecast: &Forecast, package: &PackageForecast) {
    let name = page.paint.title(&format!("{} {}", package.package, package.version));
    let mode = mode(page.paint, package.mode);
    let beneath = if package.wanted { "" } else { ", which others are built with" };
    let why = if package.why == forecast.why { String::new() } else { format!(": {}", package.why) };
    page.indented(0, &format!("{name}{beneath}: {mode}{why}"));
    for line in outlook(package) {
        page.sentence(2, &line);
    }
    for (what, modules) in [
        ("changed", &package.changed),
        ("certain", &package.certain),
        ("as a precaution", &package.precaution),
        ("at most", &package.at_most),
    ] {
        // What may be compiled beside what is told already.
        if !modules.is_empty() && package.everything.is_none() {
            page.cut(2, &format!("{what}: {}", named(modules)));
        }
    }
    for derivation in &package.derivations {
        let kind = match derivation.kind {
            Kind::Full => "full build",
            Kind::Partial => "what compiles of the base",
            Kind::Incremental => "incremental build",
            _ => "plain build",
        };
        let there = if derivation.there { ", which is there" } else { "" };
        let line = page.paint.faint(&format!("{kind}{there}: {}", derivation.drv));
        page.indented(2, &line);
    }
    for store in &package.stores {
        page.indented(2, &format!("{}: {}", store.uri, held(store)));
    }
}

/// How much would be compiled, in sentences.
fn outlook(package: &PackageForecast) -> Vec<String> {
    let total = package.modules.map(|count| grouped(count as u64));
    let of = total.as_ref().map(|total| format!(" of {total}")).unwrap_or_default();
    let time = match (package.seconds.expected, package.seconds.full) {
        (Some(expected), Some(full)) => {
            format!("; what is certain took {} of {} in the base", duration(expected), duration(full))
        }
        _ => String::new(),
    };
    if package.stores.first().is_some_and(|store| store.result) {
        return vec!["nothing is built: the result is there".to_owned()];
    }
    match (&package.everything, package.mode) {
        (Some(_), Mode::Incremental) => {
            let all = total.map_or_else(|| "all modules".to_owned(), |total| format!("all {total} modules"));
            vec![format!("{all} may be compiled{time}")]
        }
        (Some(_), _) => vec!["all modules are compiled".to_owned()],
        (None, _) if package.at_most.is_empty() => vec!["no module is compiled".to_owned()],
        (None, _) => {
            let changed = counted(package.changed.len() as u64, "module");
            let (certain, precaution) = (package.certain.len() as u64, package.precaution.len() as u64);
            let careful =
                if precaution > 0 { format!(", {} as a precaution", grouped(precaution)) } else { String::new() };
            let at_most = grouped(package.at_most.len() as u64);
            vec![format!(
                "{changed} changed; {} {} compiled for certain{careful}, {at_most}{of} at most{time}",
                grouped(certain),
                if certain == 1 { "is" } else { "are" },
            )]
        }
    }
}

fn named(modules: &[ModuleId]) -> String {
    let name = |id: &ModuleId| match id.component.0.as_str() {
        "" | "lib" => id.module.to_string(),
        component => format!("{} ({component})", id.module),
    };
    let more = modules.len().saturating_sub(NAMED);
    let shown: Vec<String> = modules.iter().take(NAMED).map(name).collect();
    let more = if more > 0 { format!(" and {} more", grouped(more as u64)) } else { String::new() };
    format!("{}{more}", shown.join(", "))
}

fn held(store: &StoreHas) -> String {
    let has = [
        (store.result, "the result"),
        (store.intermediates, "the intermediates of the base"),
        (store.out, "the result of the base"),
    ];
    let has: Vec<&str> = has.iter().filter(|(there, _)| *there).map(|(_, what)| *what).collect();
    if has.is_empty() { "nothing of it".to_owned() } else { has.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::base_failure::{self, BaseFailure, Left};
    use crate::model::forecast::{
        FORECAST_SCHEMA_VERSION, Hazard, HazardKind, PlannedDerivation, PlannedSeconds, PlannedSource,
    };
    use crate::model::haskell::{ComponentName, ModuleName};
    use crate::model::prediction::Known;
    use crate::model::revision::{Base, BaseReason, Head};
    use crate::model::store::StorePath;

    fn path(name: &str) -> StorePath {
        StorePath::from_parts(&"a".repeat(32), name).expect("a path")
    }

    fn id(component: &str, module: &str) -> ModuleId {
        ModuleId { component: ComponentName(component.to_owned()), module: ModuleName(module.to_owned()) }
    }

    fn package(name: &str) -> PackageForecast {
        PackageForecast {
            package: name.parse().expect("a name"),
            version: "1.2".to_owned(),
            wanted: true,
            mode: Mode::Incremental,
            why: "because".to_owned(),
            derivations: vec![
                PlannedDerivation { kind: Kind::Full, drv: path("foo-1.drv"), there: true },
                PlannedDerivation { kind: Kind::Incremental, drv: path("foo-1.2.drv"), there: false },
            ],
            known: Known::Interfaces,
            modules: Some(3000),
            changed: vec![id("lib", "A.B")],
            at_most: (0..12).map(|number| id("lib", &format!("M{number}"))).chain([id("exe:x", "Main")]).collect(),
            certain: vec![id("lib", "A.B")],
            precaution: vec![id("lib", "C"), id("exe:x", "Main")],
            everything: None,
            seconds: PlannedSeconds { expected: Some(1.25), full: Some(90.0) },
            stores: vec![
                StoreHas { uri: "local".to_owned(), intermediates: true, out: false, result: false },
                StoreHas { uri: "https://cache".to_owned(), intermediates: false, out: false, result: false },
            ],
        }
    }

    #[test]
    fn it_says_what_would_be_built_and_what_that_would_take() {
        let name = "c".repeat(40);
        let head = Head {
            commit: name.parse().expect("a name"),
            tree: name.parse().expect("a name"),
            dirty: false,
            committer_time: 1_769_851_300,
        };
        let there = StoreHas { uri: "local".to_owned(), intermediates: true, out: true, result: true };
        let forecast = Forecast {
            schema_version: FORECAST_SCHEMA_VERSION,
            hinc: "0.1.0".to_owned(),
            head,
            base: Base::example(BaseReason::BeforeBoundary { boundary: 1_769_817_600 }, 3),
            base_failures: vec![BaseFailure {
                commit: "d".repeat(40).parse().expect("a name"),
                package: "foo".parse().expect("a name"),
                drv: path("foo-1.drv"),
                left: Left::Nothing,
                known: base_failure::Known::EarlierBuild,
                phase: None,
                error: Some("A.hs:1:2: error".to_owned()),
            }],
            mode: Mode::Incremental,
            why: "because".to_owned(),
            sources: vec![PlannedSource { commit: OfCommit::Head, folder: "foo".to_owned(), path: path("source") }],
            packages: vec![
                package("foo"),
                PackageForecast { everything: Some("x".to_owned()), ..package("whole") },
                PackageForecast {
                    mode: Mode::Plain,
                    wanted: false,
                    why: "GHC changed".to_owned(),
                    everything: Some("GHC changed".to_owned()),
                    derivations: Vec::new(),
                    stores: Vec::new(),
                    ..package("plain")
                },
                PackageForecast {
                    mode: Mode::Full,
                    changed: Vec::new(),
                    at_most: Vec::new(),
                    certain: Vec::new(),
                    precaution: Vec::new(),
                    derivations: Vec::new(),
                    stores: vec![there],
                    ..package("there")
                },
            ],
            hazards: vec![Hazard {
                package: Some("whole".parse().expect("a name")),
                kind: HazardKind::Everything,
                text: "x".to_owned(),
            }],
        };
        let text = forecast_text(&forecast, &TextOptions { colour: false, width: 100 });
        insta::assert_snapshot!(text);
    }
}
