//! What each module cost, told from when they ended.
//!
//! With `-j` GHC prints a module's line when all modules before it have printed theirs
//! (`GHC/Driver/Pipeline/LogQueue.hs`), so the time of a line is not the time of the module. The
//! builder reports the times of the interfaces and objects instead.

use chrono::{DateTime, Utc};

/// One component's modules: when each ended, where that is known.
pub(super) struct Span<'a> {
    /// When the component began, in seconds since 1970.
    pub(super) began: Option<f64>,
    /// When each module ended, in the same unit.
    pub(super) ended: &'a [Option<f64>],
}

/// Returns each module's share of the wall clock, in seconds: from the end before its own, or from
/// the begin of the component, to its own end. The shares of a component add up to its time.
pub(super) fn shares(span: &Span<'_>) -> Vec<Option<f64>> {
    let mut order: Vec<(f64, usize)> =
        span.ended.iter().enumerate().filter_map(|(index, end)| end.map(|end| (end, index))).collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let mut shares = vec![None; span.ended.len()];
    let mut before = span.began;
    for (end, index) in order {
        shares[index] = before.map(|before| (end - before).max(0.0));
        before = Some(end);
    }
    shares
}

/// Rounds seconds to microseconds, which is what the builder's times have.
pub(super) fn rounded(seconds: f64) -> f64 {
    (seconds * 1e6).round() / 1e6
}

/// Returns the seconds from one time to another, 0 where the clock was set back.
pub(super) fn seconds_between(from: DateTime<Utc>, to: DateTime<Utc>) -> f64 {
    (to - from).to_std().map_or(0.0, |duration| rounded(duration.as_secs_f64()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn shares_follow_the_order_of_the_ends() {
        let ended = [Some(13.0), None, Some(11.0), Some(13.0)];
        let span = Span { began: Some(10.5), ended: &ended };
        assert_eq!(shares(&span), [Some(2.0), None, Some(0.5), Some(0.0)]);
        let span = Span { began: None, ended: &ended };
        assert_eq!(shares(&span), [Some(2.0), None, None, Some(0.0)]);
    }

    proptest! {
        #[test]
        fn shares_add_up(ended in proptest::collection::vec(0u32..1000, 1..20)) {
            let ended: Vec<_> = ended.iter().map(|&end| Some(f64::from(end))).collect();
            let sum: f64 = shares(&Span { began: Some(0.0), ended: &ended }).into_iter().flatten().sum();
            let last = ended.iter().flatten().fold(0.0, |last: f64, &end| last.max(end));
            prop_assert!((sum - last).abs() < 1e-6);
        }
    }
}
