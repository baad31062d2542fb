//! What a full build costs beside what an incremental one does, by the records of past builds.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::name::PackageName;
use super::plan::Kind;
use super::record::{Outcome, Record};

/// How many builds that were measured are enough to believe them.
const ENOUGH: u64 = 3;

/// The largest number of commits that a full build can cost as much as: where almost nothing is compiled again.
const MOST: u64 = 1000;

/// What builds cost.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct BuildCost {
    /// How many commits between base and head make GHC compile as many modules as there are. At least 1.
    pub full_build_in_commits: u64,
    /// How long a full build of all packages took, in seconds; none where no record has one.
    pub full_build_seconds: Option<f64>,
    /// How many incremental builds this was measured by; 0 where it is assumed.
    pub measured_by: u64,
}

impl BuildCost {
    /// What is taken where nothing is known, and by `--interval auto` always, since it has to be the same for everybody:
    /// a commit makes a fortieth of the modules be compiled again.
    pub const ASSUMED: Self = Self { full_build_in_commits: 40, full_build_seconds: None, measured_by: 0 };

    /// Measures it by the records of a project, the oldest first. What is too little to go by stays as it is assumed.
    pub fn measured<'a>(records: impl IntoIterator<Item = &'a Record>) -> Self {
        let mut full_builds: BTreeMap<&PackageName, f64> = BTreeMap::new();
        // Modules that there were for each commit of distance, and modules that were compiled again.
        let (mut there, mut rebuilt, mut measured_by) = (0u64, 0u64, 0u64);
        for record in records {
            let distance = record.base.as_ref().map_or(0, |base| base.distance);
            for build in record.builds.iter().filter(|build| build.outcome == Outcome::Built) {
                match (build.kind, build.modules_total) {
                    (Kind::Full, _) => {
                        full_builds.insert(&build.package, build.seconds);
                    }
                    (Kind::Incremental, Some(total)) if distance > 0 && total > 0 => {
                        there = there.saturating_add(distance.saturating_mul(total.into()));
                        rebuilt = rebuilt.saturating_add(build.modules_rebuilt.into());
                        measured_by += 1;
                    }
                    _ => {}
                }
            }
        }
        let seconds: f64 = full_builds.values().sum();
        let full_build_seconds = Some(seconds).filter(|seconds| seconds.is_finite() && *seconds > 0.0);
        if measured_by < ENOUGH {
            return Self { full_build_seconds, ..Self::ASSUMED };
        }
        let full_build_in_commits = there.checked_div(rebuilt).unwrap_or(MOST).clamp(1, MOST);
        Self { full_build_in_commits, full_build_seconds, measured_by }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Package, kind, outcome, modules, modules compiled, seconds.
    type Case<'a> = (&'a str, &'a str, &'a str, Option<u32>, u32, f64);

    /// A record of some builds on a base that is `distance` commits away.
    fn record(distance: u64, builds: &[Case<'_>]) -> Record {
        let name = "a".repeat(40);
        let builds: Vec<serde_json::Value> = builds
            .iter()
            .map(|(package, kind, outcome, total, rebuilt, seconds)| {
                serde_json::json!({
                    "package": package, "version": "1", "kind": kind, "outcome": outcome,
                    "drv": "/nix/store/00000000000000000000000000000000-a.drv", "outputs": {}, "builder": "",
                    "seconds": seconds, "compile_seconds": null, "full_compile_seconds": null, "modules_total": total,
                    "modules_rebuilt": rebuilt, "modules": [], "warnings": 0, "warnings_replayed": 0, "failure": null,
                })
            })
            .collect();
        serde_json::from_value(serde_json::json!({
            "schema_version": 1, "hinc": "0.1.0", "started": "2026-01-31T09:12:44Z", "seconds": 6.2,
            "head": {"commit": name, "tree": name, "dirty": false, "committer_time": 5},
            "base": {
                "schema_version": 2, "commit": name, "tree": name, "committer_time": 5, "interval_seconds": 86_400,
                "head": name, "distance": distance, "reason": "pinned",
            },
            "mode": "incremental", "why": "because", "builds": builds, "out_paths": [],
        }))
        .expect("a record")
    }

    #[test]
    fn a_full_build_costs_as_many_commits_as_compile_all_modules() {
        let assumed = BuildCost::ASSUMED.full_build_in_commits;
        let incremental = |rebuilt| ("a", "incremental", "built", Some(100), rebuilt, 5.0);
        let cases = [
            ("no record", vec![], assumed, None, 0),
            // Four of a hundred modules by two commits, and so two by one.
            ("three builds", vec![record(2, &[incremental(4)]); 3], 50, None, 3),
            ("two are too few", vec![record(2, &[incremental(4)]); 2], assumed, None, 0),
            ("nothing was compiled", vec![record(2, &[incremental(0)]); 3], MOST, None, 3),
            ("all was compiled", vec![record(1, &[incremental(100)]); 3], 1, None, 3),
            // Head is its own base, what was there, and what failed, say nothing.
            ("no distance", vec![record(0, &[incremental(4)]); 3], assumed, None, 0),
            ("cached", vec![record(2, &[("a", "incremental", "cached", Some(100), 4, 0.0)]); 3], assumed, None, 0),
            ("failed", vec![record(2, &[("a", "incremental", "failed", Some(100), 4, 0.0)]); 3], assumed, None, 0),
            ("no number", vec![record(2, &[("a", "incremental", "built", None, 4, 5.0)]); 3], assumed, None, 0),
            (
                "of each package the newest full build",
                vec![
                    record(2, &[("a", "full", "built", Some(9), 9, 10.0), ("b", "full", "built", Some(9), 9, 7.0)]),
                    record(2, &[("a", "full", "built", Some(9), 9, 20.0), ("b", "full", "cached", Some(9), 0, 0.0)]),
                ],
                assumed,
                Some(27.0),
                0,
            ),
        ];
        for (name, records, full_build_in_commits, full_build_seconds, measured_by) in cases {
            let expected = BuildCost { full_build_in_commits, full_build_seconds, measured_by };
            assert_eq!(BuildCost::measured(&records), expected, "{name}");
        }
    }
}
