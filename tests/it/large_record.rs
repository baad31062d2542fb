//! A record as large as those of the largest packages there are; `benches/report.rs` renders it too.

use std::fmt::Write as _;

use hinc::model::record::Record;
use serde_json::{Value, json};

const MODULES_AT_ONCE: usize = 8;

/// Makes the record of an incremental build in which `modules` modules were compiled, eight at once, because of `causes`
/// edits, with as many errors as a record keeps.
pub(crate) fn large_record(modules: usize, causes: usize) -> Record {
    let commit = "2222222222222222222222222222222222222222";
    let base = json!({
        "schema_version": 2, "commit": "a1b2c3d4e5f60718293a4b5c6d7e8f9001122334", "tree": commit,
        "committer_time": 1_769_796_120, "boundary": 1_769_817_600, "interval_seconds": 86_400, "head": commit,
        "distance": 3, "reason": "before-boundary",
    });
    let mut ends = [0.0f64; MODULES_AT_ONCE];
    let listed: Vec<Value> = (0..modules).map(|index| module(index, causes, &mut ends)).collect();
    let last = ends.into_iter().fold(0.0, f64::max);
    let mut errors = Vec::new();
    for index in 0..330 {
        errors.push(format!("src/Some/Folder/Module{index}.hs:12:{}: error: [GHC-88464]", index % 80));
        errors.push("    Variable not in scope: ‘other’ :: Maybe [a] -> \"text\" && <b>".to_owned());
        errors.push(String::new());
    }
    let build = |package: &str, outcome: &str, modules: Vec<Value>, failure: Value| {
        let path: Vec<usize> = (0..modules.len()).step_by(MODULES_AT_ONCE).collect();
        json!({
            "critical_path": {"modules": path, "seconds": last / 2.0, "endless_cores_seconds": last / 2.0 + 3.0},
            "machine": {"system": "x86_64-linux", "cores": 8, "jobs": 8, "memory_bytes": 1_u64 << 34, "processor": "A CPU"},
            "package": package, "version": "3.1", "kind": "incremental", "wanted": true, "outcome": outcome,
            "drv": format!("/nix/store/00000000000000000000000000000000-{package}-3.1.drv"),
            "outputs": {"out": format!("/nix/store/00000000000000000000000000000000-{package}-3.1")}, "builder": "",
            "started": "2026-01-31T09:12:46Z", "seconds": last + 9.0, "compile_began": 2.5, "compile_seconds": last,
            "full_compile_seconds": last * 3.0, "modules_total": modules.len(), "modules_rebuilt": modules.len(),
            "modules": modules, "warnings": 7, "warnings_replayed": 12, "failure": failure,
        })
    };
    let failure = json!({
        "kind": "builder", "phase": "build", "message": "builder failed with exit code 1", "errors": errors,
        "log_tail": ["Error: Setup failed"],
    });
    let record = json!({
        "schema_version": 1, "hinc": "0.1.0", "started": "2026-01-31T09:12:44Z", "seconds": last + 14.0,
        "head": {"commit": commit, "tree": commit, "dirty": false, "committer_time": 1_769_846_400}, "base": base,
        "mode": "incremental", "why": "the base has the same package",
        "builds": [build("mono", "built", listed, Value::Null), build("broken", "failed", Vec::new(), failure)],
        "out_paths": [],
    });
    serde_json::from_value(record).expect("a record")
}

fn module(index: usize, causes: usize, ends: &mut [f64; MODULES_AT_ONCE]) -> Value {
    // Lengths that look random and are the same each time.
    let length = f64::from(u16::try_from(index * 7919 % 1009).expect("less than 1,009")) / 250.0 + 0.05;
    let slot = (0..ends.len()).min_by(|&a, &b| ends[a].total_cmp(&ends[b])).expect("a slot");
    let began = ends[slot];
    ends[slot] += length;
    let name = |index: usize| {
        let mut name = "Company.Product".to_owned();
        write!(name, ".Area{}.Part{}.Module{index}", index % 37, index % 11).expect("a text");
        name
    };
    let root = name(index % causes);
    let is_root = index < causes;
    let cause = (!is_root).then(|| name(index - causes));
    json!({
        "component": if index % 10 == 9 { "test:spec" } else { "lib" }, "module": name(index), "kind": "module",
        "reason": if is_root { "source-file-changed" } else { "module-changed" },
        "reason_text": cause.as_ref().map_or_else(|| "Source file changed".to_owned(), |cause| format!("{cause} changed")),
        "cause": cause, "left_out": null, "root_cause": root, "root_reason": "source-file-changed",
        "root_package": "mono", "root_component": "lib", "seconds": length / 8.0, "began": began, "ended": ends[slot],
    })
}
