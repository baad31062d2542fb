//! What past builds show together: what `hinc report trend` says.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::haskell::{ComponentName, ModuleName};
use super::name::PackageName;
use super::plan::Mode;
use super::record::Machine;
use super::revision::CommitId;

/// The version of its form.
pub const TREND_SCHEMA_VERSION: u32 = 1;

/// The last builds of a repository.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Trend {
    /// [`TREND_SCHEMA_VERSION`].
    pub schema_version: u32,
    /// The builds, the oldest first.
    pub builds: Vec<TrendBuild>,
    /// The modules whose edits cost most time, the dearest first.
    pub contagious: Vec<Contagious>,
    /// How long incremental builds took to compile; none where there are none.
    pub incremental: Option<Spread>,
    /// How long the full builds took that they stand on, each once.
    pub full: Option<Spread>,
    /// What each of them saved against its full build, in seconds; 0 where it took longer.
    pub saved: Option<Spread>,
    /// The modules that several of the builds compiled, with the time that each of them took; the slowest first.
    pub modules: Vec<ModuleTimes>,
    /// What they ran on, as far as that is known. Where there are several, their times are not those of the commits alone.
    pub machines: Vec<TrendMachine>,
}

/// How far times lie apart.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Spread {
    /// How many there are.
    pub count: u32,
    /// The one in the middle, in seconds; of an even number the mean of the two there.
    pub median: f64,
    /// The least.
    pub least: f64,
    /// The most.
    pub most: f64,
}

impl Spread {
    /// Returns that of some times; none where there are none.
    pub fn of(times: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut times: Vec<f64> = times.into_iter().filter(|time| time.is_finite()).collect();
        times.sort_by(f64::total_cmp);
        let (&least, &most) = (times.first()?, times.last()?);
        let (low, high) = (times[(times.len() - 1) / 2], times[times.len() / 2]);
        // Each half by itself: of two large numbers the sum may be none.
        Some(Self {
            count: u32::try_from(times.len()).unwrap_or(u32::MAX),
            median: low / 2.0 + high / 2.0,
            least,
            most,
        })
    }
}

/// A module that several builds compiled.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ModuleTimes {
    /// Its package.
    pub package: PackageName,
    /// Its component.
    pub component: ComponentName,
    /// Its name.
    pub module: ModuleName,
    /// How long it took: from when GHC had begun with it to its end, or where that is not known, its share of the wall
    /// clock.
    pub times: Spread,
}

/// A machine that builds ran on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TrendMachine {
    /// The builder, as a record names it; empty where it is the machine that hinc ran on.
    pub builder: String,
    /// What is known of it.
    pub machine: Machine,
    /// How many of the builds ran on it.
    pub builds: u32,
}

/// One build of them.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TrendBuild {
    /// When the command began.
    pub started: DateTime<Utc>,
    /// The commit that was built.
    pub head: CommitId,
    /// Whether tracked files differed from it.
    pub dirty: bool,
    /// The commit that it stands on; none where it stands on none.
    pub base: Option<CommitId>,
    /// How it was built.
    pub mode: Mode,
    /// How it ended.
    pub ended: Ended,
    /// How long the whole command took, in seconds.
    pub seconds: f64,
    /// How many modules were compiled for head.
    pub modules_rebuilt: u32,
    /// How many modules the packages have that were built for head; none where a builder did not say so.
    pub modules_total: Option<u32>,
    /// How long these compilations took, in seconds, all added up whose time is known; 0 where nothing was to be done, none
    /// where the time of no compilation is known.
    pub compile_seconds: Option<f64>,
    /// How long those of their full builds took; none where that is not known of each.
    pub full_compile_seconds: Option<f64>,
    /// How many modules hinc had foretold at most; none where there was no bound for each.
    pub foretold: Option<u32>,
    /// Whether the full build that it stands on was there or fetched; false where one had to be made, none where it stands
    /// on none.
    pub full_build_was_there: Option<bool>,
    /// What it ran on, by its place in [`Trend::machines`], which counts from 0; none where that is not known. Of several
    /// machines the first.
    pub machine: Option<u32>,
}

/// How a build ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Ended {
    /// Something was built.
    Built,
    /// The store or a cache had all of it.
    Cached,
    /// What was asked for is not there.
    Failed,
}

/// A module, with all that its edits made GHC compile.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Contagious {
    /// Its package.
    pub package: PackageName,
    /// Its component.
    pub component: ComponentName,
    /// Its name.
    pub module: ModuleName,
    /// In how many of the builds it had changed since the base.
    pub builds: u32,
    /// How many modules were compiled for that in all of them, itself among them.
    pub modules: u32,
    /// How long those of them took whose time is known, in seconds; none where that is none of them.
    pub seconds: Option<f64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_one_in_the_middle_is_told() {
        let told = |times: &[f64]| Spread::of(times.iter().copied()).map(|spread| (spread.count, spread.median));
        for (times, expected) in [
            (&[][..], None),
            (&[f64::NAN], None),
            (&[3.0], Some((1, 3.0))),
            (&[4.0, 1.0], Some((2, 2.5))),
            (&[9.0, 1.0, 2.0], Some((3, 2.0))),
            (&[f64::MAX, f64::MAX], Some((2, f64::MAX))),
        ] {
            assert_eq!(told(times), expected, "{times:?}");
        }
        let spread = Spread::of([2.0, 9.0, 1.0]).expect("three");
        assert_eq!((spread.least, spread.most), (1.0, 9.0));
    }
}
