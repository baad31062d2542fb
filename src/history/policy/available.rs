//! Of the bases of the last boundaries the newest whose full build is at hand, so that the first build after a
//! boundary need not make one.

use super::{Circumstances, From, Rule};

/// How many boundaries count: with the usual interval a week.
pub(super) const BOUNDARIES: usize = 7;

pub(super) const fn rule(_: &Circumstances) -> Rule {
    Rule { from: From::Head, boundaries: BOUNDARIES }
}
