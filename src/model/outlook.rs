//! What is known of a build before it has done anything: how long builds like it took, and which modules are
//! foretold to be compiled.

use serde::{Deserialize, Serialize};

use super::haskell::{ComponentName, ModuleName};
use super::plan::Kind;
use super::prediction::{Known, Prediction};
use super::record::{Build, Outcome, Record};

/// What is known beforehand of one build.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Outlook {
    /// How many modules GHC will compile; none where nothing was foretold.
    pub modules: Option<Foretold>,
    /// How long its builder will run, in seconds; none where nothing like it was recorded.
    pub seconds: Option<f64>,
    /// Where the build that this is known from was at which time, in the order of its modules.
    pub marks: Vec<Mark>,
}

/// How many modules are foretold to be compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Foretold {
    /// For certain, or as a precaution.
    pub at_least: u32,
    /// No more than these; none where any module may be.
    pub at_most: Option<u32>,
}

/// That a build had begun with a module.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mark {
    /// Its component.
    pub component: ComponentName,
    /// The module.
    pub module: ModuleName,
    /// When, in seconds since the builder was started.
    pub seconds: f64,
}

/// What a build is, as far as the times of others can tell its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subject<'a> {
    /// The package's name.
    pub package: &'a str,
    /// What the derivation is for.
    pub kind: Kind,
    /// Where it is built, as of [`Build::builder`].
    pub place: &'a str,
}

/// Returns the newest build of a package whose times tell something of the next: of the same kind, or else of another
/// that compiles as it does, in the same place, and to its end. Records are the newest first.
pub fn last_like<'a>(records: &'a [Record], subject: Subject<'_>) -> Option<&'a Build> {
    let alike = |build: &&Build| {
        build.package.as_str() == subject.package
            && build.outcome == Outcome::Built
            && build.builder == subject.place
            && build.seconds > 0.0
    };
    let builds = || records.iter().flat_map(|record| &record.builds).filter(alike);
    let as_it_compiles = |build: &&Build| full(build.kind).is_some() && full(build.kind) == full(subject.kind);
    builds().find(|build| build.kind == subject.kind).or_else(|| builds().find(as_it_compiles))
}

/// Whether all modules are compiled. A partial build ends before tests and installation do, and a description compiles
/// nothing.
const fn full(kind: Kind) -> Option<bool> {
    match kind {
        Kind::Full | Kind::Plain | Kind::Clean => Some(true),
        Kind::Incremental | Kind::Kept => Some(false),
        Kind::Partial | Kind::Description => None,
    }
}

impl Outlook {
    /// Returns what is known of a build from the last one like it, and from what is foretold: a prediction, and how many
    /// seconds its modules take.
    pub fn of(last: Option<&Build>, foretold: Option<(&Prediction, Option<f64>)>) -> Self {
        let modules = foretold.and_then(|(prediction, _)| Foretold::of(prediction));
        let compiling = foretold.and_then(|(_, seconds)| seconds);
        // What is compiled differs from one incremental build to the next, and what else they do does not.
        let seconds = match (last, compiling) {
            (Some(last), Some(compiling)) => last
                .compile_seconds
                .map(|compiled| (last.seconds - compiled).max(0.0) + compiling)
                .or(Some(last.seconds)),
            (Some(last), None) => Some(last.seconds),
            (None, _) => None,
        };
        let marks = last.filter(|_| compiling.is_none()).map(marks).unwrap_or_default();
        Self { modules, seconds, marks }
    }

    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        self.modules.is_none() && self.seconds.is_none()
    }
}

impl Foretold {
    fn of(prediction: &Prediction) -> Option<Self> {
        if prediction.known == Known::Nothing {
            return None;
        }
        let count = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        let at_most = prediction.everything.is_none().then(|| count(prediction.at_most.len()));
        // A module that is compiled as a precaution can be one that is compiled for certain.
        let certain = prediction.certain.iter().chain(&prediction.precaution);
        let at_least = count(certain.collect::<std::collections::BTreeSet<_>>().len());
        Some(Self { at_least, at_most })
    }
}

fn marks(last: &Build) -> Vec<Mark> {
    let Some(compile_began) = last.compile_began else { return Vec::new() };
    let marks = last.modules.iter().filter_map(|module| {
        let seconds = compile_began + module.began?;
        Some(Mark { component: module.component.clone(), module: module.module.clone(), seconds })
    });
    marks.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::prediction::ModuleId;

    fn build(kind: &str, outcome: &str, place: &str, seconds: f64) -> Build {
        let module = |name: &str, began: Option<f64>| {
            serde_json::json!({"component": "lib", "module": name, "kind": "module", "reason": "must-compile",
                "reason_text": "", "cause": null, "left_out": null, "root_cause": name, "root_component": null,
                "seconds": null, "began": began, "ended": null})
        };
        let build = serde_json::json!({
            "package": "foo", "version": "1", "kind": kind, "outcome": outcome,
            "drv": format!("/nix/store/{}-foo-1.drv", "0".repeat(32)), "outputs": {}, "builder": place,
            "started": null, "seconds": seconds, "compile_began": 3.0, "compile_seconds": 10.0,
            "full_compile_seconds": null, "modules_total": 2, "modules_rebuilt": 2,
            "modules": [module("A", Some(0.0)), module("B", None), module("C", Some(4.5))],
            "warnings": 0, "warnings_replayed": 0, "failure": null});
        serde_json::from_value(build).expect("a build")
    }

    fn record(builds: &[Build]) -> Record {
        let name = "0123456789abcdef0123456789abcdef01234567";
        let head = serde_json::json!({"commit": name, "tree": name, "dirty": false, "committer_time": 0});
        let record = serde_json::json!({"schema_version": 1, "hinc": "0.1.0", "started": "2026-01-31T09:12:44Z",
            "seconds": 1.0, "head": head, "base": null, "mode": "plain", "why": "", "builds": builds, "out_paths": []});
        serde_json::from_value(record).expect("a record")
    }

    fn prediction(known: Known, at_most: &[&str], certain: &[&str], everything: Option<&str>) -> Prediction {
        let ids = |names: &[&str]| -> Vec<ModuleId> {
            let component = ComponentName("lib".to_owned());
            names
                .iter()
                .map(|&name| ModuleId { component: component.clone(), module: ModuleName(name.to_owned()) })
                .collect()
        };
        Prediction {
            known,
            changed: ids(certain),
            at_most: ids(at_most),
            certain: ids(certain),
            precaution: ids(&certain[..certain.len().min(1)]),
            everything: everything.map(str::to_owned),
        }
    }

    #[test]
    fn the_last_build_that_tells_something_is_the_newest_like_it() {
        let records = [
            record(&[build("incremental", "failed", "", 1.0), build("full", "cached", "", 0.0)]),
            record(&[build("incremental", "built", "farm", 2.0), build("plain", "built", "", 3.0)]),
            record(&[build("incremental", "built", "", 4.0), build("full", "built", "", 5.0)]),
            record(&[build("incremental", "built", "", 6.0), build("description", "built", "", 7.0)]),
        ];
        for (kind, place, expected) in [
            (Kind::Incremental, "", Some(4.0)),
            (Kind::Incremental, "farm", Some(2.0)),
            (Kind::Kept, "", Some(4.0)),
            (Kind::Full, "", Some(5.0)),
            (Kind::Plain, "", Some(3.0)),
            // As a plain one compiles all of it, too.
            (Kind::Clean, "", Some(3.0)),
            (Kind::Full, "farm", None),
            (Kind::Partial, "", None),
            (Kind::Description, "", Some(7.0)),
        ] {
            let last = last_like(&records, Subject { package: "foo", kind, place });
            assert_eq!(last.map(|build| build.seconds), expected, "{kind:?} {place}");
        }
        assert_eq!(last_like(&records, Subject { package: "bar", kind: Kind::Full, place: "" }), None);
    }

    #[test]
    fn what_is_known_beforehand() {
        let last = build("incremental", "built", "", 14.0);
        let mut without = last.clone();
        without.compile_seconds = None;
        let some = prediction(Known::Interfaces, &["A", "B", "C"], &["A", "B"], None);
        let any = prediction(Known::Sources, &["A", "B"], &["A"], Some("flags changed"));
        let nothing = prediction(Known::Nothing, &[], &[], Some("flags changed"));
        let two = Foretold { at_least: 2, at_most: Some(3) };
        let one = Foretold { at_least: 1, at_most: None };
        for (last, foretold, modules, seconds, marks) in [
            (None, None, None, None, 0),
            (Some(&last), None, None, Some(14.0), 2),
            (None, Some((&some, Some(2.5))), Some(two), None, 0),
            // What it does beside compiling took four seconds.
            (Some(&last), Some((&some, Some(2.5))), Some(two), Some(6.5), 0),
            (Some(&last), Some((&some, None)), Some(two), Some(14.0), 2),
            (Some(&without), Some((&some, Some(2.5))), Some(two), Some(14.0), 0),
            (Some(&last), Some((&any, None)), Some(one), Some(14.0), 2),
            (Some(&last), Some((&nothing, None)), None, Some(14.0), 2),
        ] {
            let outlook = Outlook::of(last, foretold);
            assert_eq!((outlook.modules, outlook.seconds, outlook.marks.len()), (modules, seconds, marks));
            assert_eq!(outlook.is_empty(), modules.is_none() && seconds.is_none());
        }
        let began: Vec<f64> = Outlook::of(Some(&last), None).marks.iter().map(|mark| mark.seconds).collect();
        assert_eq!(began, [3.0, 7.5]);
    }
}
