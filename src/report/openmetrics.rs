//! Numbers as `OpenMetrics` text, for GitLab's `artifacts:reports:metrics` and whatever scrapes files.
//!
//! The form is that of the `OpenMetrics` specification 1.0. GitLab compares values as texts and shows each that differs
//! (docs.gitlab.com, "Metrics reports"), so times are rounded to two digits: 14.1 and 14.2 seconds are the same build.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::Error;
use super::text::TextOptions;
use crate::foreign;
use crate::model::record::{Build, Outcome, Record};

/// A number that every package has, where it is known.
struct Metric {
    name: &'static str,
    /// The unit that the name ends in, if it is of one.
    unit: &'static str,
    help: &'static str,
    value: fn(&Build) -> Option<f64>,
}

const METRICS: [Metric; 7] = [
    Metric {
        name: "hinc_modules_rebuilt",
        unit: "",
        help: "Modules that GHC compiled.",
        value: |build| Some(f64::from(build.modules_rebuilt)),
    },
    Metric {
        name: "hinc_modules",
        unit: "",
        help: "Modules that the package has.",
        value: |build| build.modules_total.map(f64::from),
    },
    Metric {
        name: "hinc_compilation_seconds",
        unit: "seconds",
        help: "Time of the compilation.",
        value: |build| build.compile_seconds.map(meaningful),
    },
    Metric {
        name: "hinc_full_compilation_seconds",
        unit: "seconds",
        help: "Time of the compilation in the full build.",
        value: |build| build.full_compile_seconds.map(meaningful),
    },
    Metric {
        name: "hinc_endless_cores_compilation_seconds",
        unit: "seconds",
        help: "Time that the compilation would take with a core for each module.",
        value: |build| build.critical_path.as_ref().map(|path| meaningful(path.endless_cores_seconds)),
    },
    Metric {
        name: "hinc_cores",
        unit: "",
        help: "Cores that the build was given.",
        value: |build| build.machine.as_ref()?.cores.map(f64::from),
    },
    Metric {
        name: "hinc_warnings",
        unit: "",
        help: "Warnings, those of modules that were not compiled included.",
        value: |build| Some(f64::from(build.warnings) + f64::from(build.warnings_replayed)),
    },
];

/// Returns the numbers of what was built of head, one family after the other.
///
/// What the store had, or failed, has no numbers: a comparison says that they are gone, and not that they became 0.
#[expect(clippy::unnecessary_wraps, reason = "all forms are rendered alike")]
pub(super) fn openmetrics(record: &Record, _options: &TextOptions) -> Result<String, Error> {
    let builds = labelled(record);
    let mut text = String::new();
    for metric in METRICS {
        let points: Vec<_> =
            builds.iter().filter_map(|(labels, build)| Some((labels, (metric.value)(build)?))).collect();
        if points.is_empty() {
            continue;
        }
        // Writing to a text does not fail.
        writeln!(text, "# HELP {} {}", metric.name, metric.help).ok();
        writeln!(text, "# TYPE {} gauge", metric.name).ok();
        if !metric.unit.is_empty() {
            writeln!(text, "# UNIT {} {}", metric.name, metric.unit).ok();
        }
        for (labels, value) in points {
            writeln!(text, "{}{labels} {value}", metric.name).ok();
        }
    }
    text.push_str("# EOF\n");
    Ok(foreign::shown(&text, false).into_owned())
}

/// The builds with their labels, of which no two are the same: a point may be there only once.
fn labelled(record: &Record) -> Vec<(String, &Build)> {
    let built = record.builds.iter().filter(|build| build.outcome == Outcome::Built);
    let mut seen: BTreeMap<&str, u32> = BTreeMap::new();
    built
        .filter(|build| !build.is_helper())
        .map(|build| {
            let package = build.package.as_str();
            let count = seen.entry(package).or_insert(0);
            *count += 1;
            let more = if *count > 1 { format!(",build=\"{count}\"") } else { String::new() };
            (format!("{{package=\"{}\"{more}}}", escaped(package)), build)
        })
        .collect()
}

/// A label's value: a backslash, a quote and a line end are written with a backslash.
fn escaped(text: &str) -> String {
    foreign::line(text).replace('\\', "\\\\").replace('"', "\\\"")
}

/// Rounds to two digits, and never finer than a tenth of a second: what differs less is noise.
fn meaningful(seconds: f64) -> f64 {
    let seconds = seconds.max(0.0);
    let mut step = 0.1;
    while step * 100.0 <= seconds && step < 1e12 {
        step *= 10.0;
    }
    // A tenth is no number that can be multiplied with exactly.
    if step < 1.0 { (seconds * 10.0).round() / 10.0 } else { (seconds / step).round() * step }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_two_digits() {
        for (seconds, text) in [
            (0.0, "0"),
            (0.04, "0"),
            (0.26, "0.3"),
            (6.149, "6.1"),
            (9.96, "10"),
            (14.4, "14"),
            (99.4, "99"),
            (143.0, "140"),
            (1_799.0, "1800"),
            // What only a foreign record has.
            (-3.0, "0"),
        ] {
            assert_eq!(meaningful(seconds).to_string(), text);
        }
        assert!(meaningful(1e300).is_finite());
    }

    #[test]
    fn labels_are_quoted() {
        assert_eq!(escaped("a\\b\"c\nd\x1b[1m"), "a\\\\b\\\"c d");
    }
}
