//! Whether head itself failed, or only what it stands on.

use std::collections::BTreeSet;

use crate::model::record::Build;
use crate::model::store::StorePath;

/// Whether a package of head failed. One that was only stopped did not: Nix ends what runs beside a failure, so it says
/// nothing of head where that was one of the base. `certain` is what failed beyond doubt: a builder may have said of
/// another that it failed, and a plain build shows whether it did.
pub fn head_failed(builds: &[Build], certain: &BTreeSet<StorePath>) -> bool {
    // Where nothing of a package changed, the full build of its base is itself what is wanted.
    builds.iter().any(|build| !build.is_helper() && build.failed_by_itself() && certain.contains(&build.drv))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn build((kind, wanted, how): &(&str, bool, &str)) -> Build {
        let (outcome, failure) = match *how {
            "built" | "skipped" | "cached" => (*how, None),
            kind => (
                "failed",
                Some(serde_json::json!({"kind": kind, "phase": null, "message": "", "errors": [], "log_tail": []})),
            ),
        };
        let build = serde_json::json!({
            "package": "a", "version": "1", "kind": kind, "wanted": wanted, "outcome": outcome,
            "drv": "/nix/store/00000000000000000000000000000000-a.drv", "outputs": {}, "builder": "", "seconds": 0.0,
            "compile_seconds": null, "full_compile_seconds": null, "modules_total": null, "modules_rebuilt": 0,
            "modules": [], "warnings": 0, "warnings_replayed": 0, "failure": failure,
        });
        serde_json::from_value(build).expect("a build")
    }

    /// Builds by their kind, whether they are wanted, and how they ended; and whether head failed.
    type Case<'a> = (&'a [(&'a str, bool, &'a str)], bool);

    #[test]
    fn what_was_only_stopped_is_no_failure_of_head() {
        let cases: [Case<'_>; 11] = [
            (&[], false),
            (&[("full", false, "builder"), ("incremental", true, "skipped")], false),
            (&[("full", false, "built"), ("incremental", true, "builder")], true),
            (&[("full", false, "built"), ("incremental", true, "killed")], true),
            (&[("full", false, "built"), ("incremental", true, "timed-out")], true),
            // Of two packages: the base of one failed while head of the other was built.
            (&[("full", false, "builder"), ("full", false, "built"), ("incremental", true, "stopped")], false),
            (&[("full", false, "timed-out"), ("plain", true, "stopped")], false),
            // A dependency of a base failed, and both were stopped.
            (&[("full", false, "stopped"), ("incremental", true, "stopped")], false),
            // Head of one failed, too.
            (&[("full", false, "builder"), ("incremental", true, "builder")], true),
            // The full build of the base is itself what is wanted.
            (&[("full", true, "builder"), ("full", false, "stopped")], true),
            (&[("full", true, "stopped"), ("full", false, "builder")], false),
        ];
        for (builds, expected) in cases {
            let all: Vec<Build> = builds.iter().map(build).collect();
            let certain = all.iter().map(|build| build.drv.clone()).collect();
            assert_eq!(head_failed(&all, &certain), expected, "{builds:?}");
            assert!(!head_failed(&all, &BTreeSet::new()), "somebody said so: {builds:?}");
        }
    }
}
