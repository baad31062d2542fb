//! Records that tests make; `tests/page` makes its own of these.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use hinc::model::haskell::{ComponentName, ModuleName, NodeKind};
use hinc::model::plan::{Kind, Mode};
use hinc::model::reason::ReasonCode;
use hinc::model::record::{Build, Module, Outcome, RECORD_SCHEMA_VERSION, Record};
use hinc::model::revision::{Base, BaseReason, Head};

/// A time in RFC 3339.
pub(crate) fn time(text: &str) -> DateTime<Utc> {
    text.parse().expect("a time")
}

/// The boundary of the base.
pub(crate) fn boundary() -> i64 {
    time("2026-01-31T00:00:00Z").timestamp()
}

/// A base, for this reason.
pub(crate) fn base(reason: BaseReason) -> Base {
    Base {
        schema_version: 2,
        commit: "a1b2c3d4e5f60718293a4b5c6d7e8f9001122334".parse().expect("a commit"),
        tree: "1111111111111111111111111111111111111111".parse().expect("a tree"),
        committer_time: time("2026-01-30T18:02:00Z").timestamp(),
        interval_seconds: "1d".parse().expect("an interval"),
        interval_choice: None,
        head: "2222222222222222222222222222222222222222".parse().expect("a commit"),
        distance: 3,
        reason,
    }
}

/// A record around builds.
pub(crate) fn record(mode: Mode, builds: Vec<Build>) -> Record {
    let out_paths = match builds.last() {
        Some(build) if build.failure.is_none() => build.outputs.values().cloned().collect(),
        _ => Vec::new(),
    };
    Record {
        schema_version: RECORD_SCHEMA_VERSION,
        hinc: "0.1.0".to_owned(),
        started: time("2026-01-31T09:12:44Z"),
        seconds: 6.2,
        head: Head {
            commit: "2222222222222222222222222222222222222222".parse().expect("a commit"),
            tree: "3333333333333333333333333333333333333333".parse().expect("a tree"),
            dirty: false,
            committer_time: time("2026-01-31T08:00:00Z").timestamp(),
        },
        base: (mode == Mode::Incremental).then(|| base(BaseReason::BeforeBoundary { boundary: boundary() })),
        mode,
        why: "the base has the same package".to_owned(),
        builds,
        out_paths,
        transfers: Vec::new(),
        failed_dependencies: Vec::new(),
        base_failures: Vec::new(),
    }
}

/// A module, compiled for `reason`, which names `cause`, for what happened to `root`.
pub(crate) fn module(
    component: &str,
    name: &str,
    reason: &str,
    cause: Option<&str>,
    root: &str,
    seconds: f64,
) -> Module {
    Module {
        component: ComponentName(component.to_owned()),
        module: ModuleName(name.to_owned()),
        kind: NodeKind::Module,
        reason: code(reason),
        reason_text: cause.map_or_else(String::new, |cause| format!("{cause} changed")),
        cause: cause.map(str::to_owned),
        changed_declarations: None,
        left_out: None,
        root_cause: root.to_owned(),
        // As in records of older versions.
        root_reason: None,
        root_package: None,
        root_component: None,
        seconds: Some(seconds),
        began: None,
        ended: None,
    }
}

/// The reason of a name that the record has.
pub(crate) fn code(name: &str) -> ReasonCode {
    ReasonCode::KNOWN.iter().find(|code| code.as_str() == name).unwrap_or_else(|| panic!("no reason: {name}")).clone()
}

/// An incremental build of these modules.
pub(crate) fn incremental(modules: Vec<Module>) -> Build {
    let path = |name: &str| format!("/nix/store/95rllfcv9m2pr192kxvrmb7bkjd8gz3i-{name}").parse().expect("a path");
    Build {
        package: "mono".parse().expect("a name"),
        version: "3.1".to_owned(),
        kind: Kind::Incremental,
        wanted: true,
        why: None,
        outcome: Outcome::Built,
        drv: path("mono-3.1.drv"),
        outputs: BTreeMap::from([("out".parse().expect("a name"), path("mono-3.1"))]),
        builder: String::new(),
        started: None,
        seconds: 100.0,
        compile_began: None,
        compile_seconds: Some(90.0),
        full_compile_seconds: Some(1800.0),
        beside_modules: Vec::new(),
        critical_path: None,
        machine: None,
        modules_total: Some(3000),
        modules_rebuilt: u32::try_from(modules.len()).expect("few modules"),
        modules,
        warnings: 3,
        warnings_replayed: 12,
        failure: None,
        prediction: None,
    }
}
