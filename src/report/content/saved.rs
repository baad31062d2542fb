//! What was saved.

use crate::model::plan::Kind;
use crate::model::record::{Outcome, Record};

/// Times of the packages that were built incrementally and whose full build's time is known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TimeSaved {
    /// How many packages these are; at least one.
    pub packages: usize,
    /// How long compiling them in full took, in seconds.
    pub full: f64,
    /// How long compiling them took now, in seconds.
    pub now: f64,
}

impl TimeSaved {
    /// Returns what was saved, in seconds; none where nothing was.
    pub fn seconds(&self) -> Option<f64> {
        (self.full > self.now).then_some(self.full - self.now)
    }
}

/// Returns what a build saved, where that is known of any package.
pub fn time_saved(record: &Record) -> Option<TimeSaved> {
    let built = record.builds.iter();
    let built = built.filter(|build| build.kind == Kind::Incremental && build.outcome == Outcome::Built);
    let times = built.filter_map(|build| Some((build.full_compile_seconds?, build.compile_seconds?)));
    let none = TimeSaved { packages: 0, full: 0.0, now: 0.0 };
    let all = times.fold(none, |sum, (full, now)| TimeSaved {
        packages: sum.packages + 1,
        full: sum.full + full,
        now: sum.now + now,
    });
    (all.packages > 0).then_some(all)
}
