//! Lanes of a timeline: what ran at once is in lanes of its own.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// A time from its begin to its end, in any unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Span {
    /// When it begins.
    pub(super) begin: u64,
    /// When it ends, not before its begin.
    pub(super) end: u64,
}

impl Span {
    /// Makes one of seconds, in whole microseconds.
    pub(super) fn of_seconds(begin: f64, end: f64) -> Self {
        Self { begin: microseconds(begin), end: microseconds(end).max(microseconds(begin)) }
    }
}

/// Whole microseconds of seconds. What is less than nothing, or no number, as only a foreign record has it, is nothing.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "not negative, and a cast saturates")]
pub(super) fn microseconds(seconds: f64) -> u64 {
    (seconds.max(0.0) * 1e6).round() as u64
}

/// Returns the lane of each span, counted from 0: spans of one lane do not overlap, though one may begin where another
/// ends. There are as few lanes as can be, and those with low numbers are filled first.
///
/// A span takes the lowest lane that is free when it begins, in the order of the begins. A new lane is opened only
/// where all others are taken, so there are no more lanes than spans at one time. What takes no time shares its lane
/// with whatever begins or ends then. `n log n`.
pub(super) fn lanes(spans: &[Span]) -> Vec<usize> {
    let mut order: Vec<(Span, usize)> = spans.iter().copied().zip(0..).collect();
    order.sort_unstable();
    let mut free = BinaryHeap::new();
    let mut taken = BinaryHeap::new();
    let mut opened = 0;
    let mut lanes = vec![0; spans.len()];
    for (span, index) in order {
        while let Some(&Reverse((end, lane))) = taken.peek()
            && end <= span.begin
        {
            taken.pop();
            free.push(Reverse(lane));
        }
        let lane = free.pop().map_or(opened, |Reverse(lane)| lane);
        opened = opened.max(lane + 1);
        taken.push(Reverse((span.end, lane)));
        lanes[index] = lane;
    }
    lanes
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn spans(times: &[(u64, u64)]) -> Vec<Span> {
        times.iter().map(|&(begin, end)| Span { begin, end }).collect()
    }

    #[test]
    fn what_runs_at_once_is_in_lanes_of_its_own() {
        for (times, expected) in [
            (&[][..], &[][..]),
            (&[(0, 5), (5, 9)], &[0, 0]),
            (&[(0, 5), (4, 9)], &[0, 1]),
            // The order of the list is not that of time.
            (&[(4, 9), (0, 5), (9, 10)], &[1, 0, 0]),
            // The lowest lane that is free, not the one that became free last.
            (&[(0, 2), (0, 3), (0, 1), (4, 5), (4, 6)], &[1, 2, 0, 0, 1]),
            // What took no time is at the same place without being at the same time.
            (&[(3, 3), (3, 3), (3, 4)], &[0, 0, 0]),
        ] {
            assert_eq!(lanes(&spans(times)), expected, "{times:?}");
        }
    }

    proptest! {
        #[test]
        fn no_lane_has_two_at_once_and_none_is_too_many(
            times in proptest::collection::vec((0u64..60, 0u64..20), 0..40),
        ) {
            let times: Vec<_> = times.into_iter().map(|(begin, length)| (begin, begin + length)).collect();
            let spans = spans(&times);
            let lanes = lanes(&spans);
            for (index, one) in spans.iter().enumerate() {
                for (other_index, other) in spans.iter().enumerate().skip(index + 1) {
                    let apart = one.end <= other.begin || other.end <= one.begin;
                    prop_assert!(apart || lanes[index] != lanes[other_index]);
                }
            }
            // One that takes no time needs a lane that is free at that moment.
            let at_once = |at| {
                let moments = spans.iter().any(|span| span.begin == at && span.end == at);
                spans.iter().filter(|span| span.begin <= at && at < span.end).count() + usize::from(moments)
            };
            let most = (0..80).map(at_once).max().unwrap_or(0);
            let count = lanes.iter().max().map_or(0, |lane| lane + 1);
            prop_assert!(count <= most.max(1), "{} lanes for {}", count, most);
        }
    }
}
