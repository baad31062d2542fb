//! Whether a reader should do something about a build.
//!
//! A comment on a pull request mails everybody who follows it, so it is made where there is something to do.

use super::verdict;
use crate::model::plan::Kind;
use crate::model::record::{Build, Outcome, Record};
use crate::report::cascade::{self, Causes, Nature};

/// Why a reader should look at a build that is not broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Worth {
    /// Nothing of the base could be reused, or was, and no edit of a source explains it.
    NothingReused,
    /// Other flags, plugins or packages than the base's, or files of the base that did not fit.
    Unexpected,
    /// hinc foretold something else.
    WronglyForetold,
    /// A large share of the modules was compiled.
    Share,
    /// The compilation took long.
    Time,
}

/// From when on a build is worth words although every change in it was expected.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thresholds {
    /// The share of a package's modules that is compiled, of 1.
    pub share: f64,
    /// How many modules a package must have for that.
    pub modules: u32,
    /// The time of its compilation, in seconds.
    pub seconds: f64,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self { share: 0.5, modules: 20, seconds: 600.0 }
    }
}

/// Returns why a reader should look at a build; none where all is as it should be, and where it failed: that is said by
/// the job itself.
pub fn worth(record: &Record, thresholds: &Thresholds) -> Option<Worth> {
    if verdict::failed(record).is_some() {
        return None;
    }
    let built = record.builds.iter().filter(|build| build.outcome == Outcome::Built);
    let causes = Causes::of(record);
    built.filter_map(|build| worth_of(record, &causes, build, thresholds)).min_by_key(|worth| *worth as u8)
}

fn worth_of<'a>(record: &Record, causes: &Causes<'a>, build: &'a Build, thresholds: &Thresholds) -> Option<Worth> {
    match build.kind {
        Kind::Incremental => {}
        // There is a base, and it was of no use: another version, other dependencies.
        Kind::Plain if record.base.is_some() && build.wanted => return Some(Worth::NothingReused),
        _ => return None,
    }
    let edits = causes.edits(build);
    let unexpected = edits.iter().filter(|edit| edit.nature.is_unexpected());
    // Cabal's own module changes with each version of a package.
    let mut unexpected = unexpected.filter(|edit| edit.nature != Nature::Paths);
    let first = unexpected.next();
    if first.is_some() && cascade::nothing_reused(build) {
        return Some(Worth::NothingReused);
    }
    if first.is_some() {
        return Some(Worth::Unexpected);
    }
    if super::foretold::sentence_of(build).is_some() {
        return Some(Worth::WronglyForetold);
    }
    let total = build.modules_total.unwrap_or(0);
    if total >= thresholds.modules && f64::from(build.modules_rebuilt) >= thresholds.share * f64::from(total) {
        return Some(Worth::Share);
    }
    (build.compile_seconds? >= thresholds.seconds).then_some(Worth::Time)
}
