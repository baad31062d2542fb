//! What each module cost, told from when they ended.
//!
//! With `-j` GHC prints a module's line when all modules before it have printed theirs
//! (`GHC/Driver/Pipeline/LogQueue.hs`), so the time of a line is not the time of the module. The
//! builder reports the times of the interfaces and objects instead.

use chrono::{DateTime, Utc};

/// By how many seconds the times of files may differ from those of the clock: a tick of Linux is 10 ms at most.
pub(super) const CLOCK_STEP: f64 = 0.01;

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

/// What is known of one module of a component.
#[derive(Debug, Default)]
pub(super) struct Heard {
    /// When GHC's lines of it came, in order: one for each way that it was compiled in. In seconds since 1970.
    pub(super) lines: Vec<f64>,
    /// When it ended, in the same unit.
    pub(super) ended: Option<f64>,
    /// Its share of the wall clock, in seconds, as [`shares`] gives it.
    pub(super) share: Option<f64>,
}

/// Returns when GHC had begun with each module, as far as that shows, in seconds since 1970.
///
/// A module had been begun when its line came, and with `-j1` it is begun then. With `-jN` a line waits for the modules
/// before it, even longer than its own module takes: then the last end before its own stands for it. GHC begins with a
/// module when it begins at all, or when another one ended and left its slot or its interface
/// (`GHC/Driver/Make.hs`, `executeCompileNode`), so it had been begun by then. It may have begun earlier. The ends are
/// those of the files of one way: where GHC makes two at once (`-dynamic-too`) it begins with the next only after the
/// second, so the line is better where nothing ran at once.
///
/// `from` is when all began: where lines came before it, or before what they had to wait for, they are of another
/// clock than the ends, and only these are looked at.
pub(super) fn begins(modules: &[Heard], from: Option<f64>) -> Vec<Option<f64>> {
    // Of several ways the one that ended then: the last line before that. Under `-j` there may be none.
    let line = |heard: &Heard| match heard.ended {
        Some(ended) => heard.lines.iter().rev().copied().find(|&line| line <= ended),
        None => heard.lines.first().copied(),
    };
    let lines: Vec<_> = modules.iter().map(line).collect();
    let is_one_clock = are_of_one_clock(modules, &lines, from);
    let is_parallel = modules.iter().zip(&lines).any(|(heard, line)| heard.ended.is_some() && line.is_none())
        || !modules.iter().filter_map(|heard| heard.ended).is_sorted();
    let begin = |(heard, line): (&Heard, Option<f64>)| {
        let line = line.filter(|_| is_one_clock || heard.ended.is_none());
        let after = heard.ended.zip(heard.share).map(|(ended, share)| ended - share);
        match (line, after) {
            (Some(line), Some(after)) if is_parallel => Some(line.min(after)),
            (line, after) => line.or(after),
        }
    };
    modules.iter().zip(lines).map(begin).collect()
}

/// Whether lines and ends can be of one clock: none came before all began, and none before a module had ended whose
/// line came earlier, since GHC prints in order.
fn are_of_one_clock(modules: &[Heard], lines: &[Option<f64>], from: Option<f64>) -> bool {
    let mut order: Vec<(f64, Option<f64>)> = Vec::new();
    order.extend(modules.iter().zip(lines).filter_map(|(heard, line)| line.map(|line| (line, heard.ended))));
    order.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut last_end = from.unwrap_or(f64::NEG_INFINITY);
    order.into_iter().all(|(line, ended)| {
        let fits = line + CLOCK_STEP >= last_end;
        last_end = ended.map_or(last_end, |ended| last_end.max(ended));
        fits
    })
}

/// Rounds seconds to microseconds, which is what the builder's times have.
pub(super) fn rounded(seconds: f64) -> f64 {
    (seconds * 1e6).round() / 1e6
}

/// Returns the seconds from one time to another, 0 where the clock was set back.
pub(super) fn seconds_between(from: DateTime<Utc>, to: DateTime<Utc>) -> f64 {
    (to - from).to_std().map_or(0.0, |duration| rounded(duration.as_secs_f64()))
}

/// Returns a time in seconds since 1970.
#[expect(clippy::cast_precision_loss, reason = "microseconds of this century fit into 53 bits")]
pub(super) fn epoch_seconds(at: DateTime<Utc>) -> f64 {
    at.timestamp_micros() as f64 / 1e6
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

    /// What GHC 9.6 and 9.10 say and when with `-jN`, of modules that take a length each: a slot is taken in the order
    /// of the list, and a line waits until all modules before it have ended. The second way of each takes as long again
    /// as `tail`. Gives the begins and what is heard of them.
    fn compiled(lengths: &[f64], slots: usize, tail: f64) -> (Vec<f64>, Vec<Heard>) {
        let mut free: Vec<f64> = vec![100.0; slots];
        let (mut begins, mut heard, mut printed) = (Vec::new(), Vec::new(), 100.0f64);
        for length in lengths {
            let slot = (0..slots).min_by(|&a, &b| free[a].total_cmp(&free[b])).expect("a slot");
            let begin = free[slot];
            let end = begin + length;
            heard.push(Heard { lines: vec![begin.max(printed)], ended: Some(end), share: None });
            begins.push(begin);
            printed = printed.max(end + tail);
            free[slot] = end + tail;
        }
        let ended: Vec<_> = heard.iter().map(|heard| heard.ended).collect();
        for (heard, share) in heard.iter_mut().zip(shares(&Span { began: Some(100.0), ended: &ended })) {
            heard.share = share;
        }
        (begins, heard)
    }

    #[test]
    fn one_after_the_other_the_begin_is_exact() {
        for tail in [0.0, 1.5] {
            let (begins_of, heard) = compiled(&[2.0, 1.0, 3.0], 1, tail);
            assert_eq!(begins(&heard, Some(100.0)), begins_of.into_iter().map(Some).collect::<Vec<_>>());
        }
    }

    #[test]
    fn of_two_at_once_the_line_tells_where_it_did_not_wait() {
        // The line of the second waits for the first. That of the fourth comes when it begins.
        let (begins_of, heard) = compiled(&[3.0, 1.0, 9.0, 4.0], 2, 0.0);
        assert_eq!(begins_of, [100.0, 100.0, 101.0, 103.0]);
        // The third is begun at 101, which nothing shows: its line comes at 103.
        assert_eq!(begins(&heard, Some(100.0)), [Some(100.0), Some(100.0), Some(103.0), Some(103.0)]);
    }

    // GHC 9.6.6 with `-dynamic-too -j2`, as measured: six modules of which A takes as long as B, C and D together.
    // The real begins are 0.23, 0.23, 6.68, 23.83, 27.77 and 32.38.
    #[test]
    fn of_a_real_build_of_two_at_once_no_module_is_without_a_begin() {
        let ended = [25.466, 4.950, 19.942, 26.514, 31.638, 32.982];
        let lines = [0.228, 31.561, 31.561, 31.561, 31.561, 32.380];
        let all: Vec<_> = ended.map(Some).to_vec();
        let shares = shares(&Span { began: Some(0.228), ended: &all });
        let heard = |((line, ended), share)| Heard { lines: vec![line], ended, share };
        let heard: Vec<_> = lines.into_iter().zip(all).zip(shares).map(heard).collect();
        let told: Vec<_> = begins(&heard, Some(0.0)).into_iter().flatten().map(rounded).collect();
        assert_eq!(told, [0.228, 0.228, 4.950, 25.466, 26.514, 31.638]);
    }

    #[test]
    fn of_several_ways_the_line_of_the_one_that_ended_counts() {
        let heard = |lines: &[f64], ended, share| Heard { lines: lines.to_vec(), ended, share };
        let first = [heard(&[10.0, 20.0], Some(12.0), Some(2.0)), heard(&[12.0, 22.0], Some(15.0), Some(3.0))];
        assert_eq!(begins(&first, Some(10.0)), [Some(10.0), Some(12.0)]);
        // Compiled once more after all: the former time is over.
        let again = [heard(&[10.0, 20.0], Some(22.0), Some(7.0)), heard(&[12.0], Some(15.0), Some(3.0))];
        assert_eq!(begins(&again, Some(10.0)), [Some(15.0), Some(12.0)]);
    }

    #[test]
    fn a_line_of_another_clock_does_not_count() {
        let heard = |line, ended, share| Heard { lines: vec![line], ended, share };
        // The builder's clock is 5 seconds ahead: the second line came before the end of the first.
        let modules = [heard(10.0, Some(16.0), Some(1.0)), heard(11.5, Some(18.0), Some(2.0)), heard(13.5, None, None)];
        assert_eq!(begins(&modules, Some(9.0)), [Some(15.0), Some(16.0), Some(13.5)]);
        // And here its beginning is told.
        assert_eq!(begins(&modules[..1], Some(12.0)), [Some(15.0)]);
        assert_eq!(begins(&modules[..1], Some(9.0)), [Some(10.0)]);
    }

    proptest! {
        // Whatever runs at once: it is never said that a module began before it did.
        #[test]
        fn no_begin_is_too_early(lengths in proptest::collection::vec(1u32..50, 1..30), slots in 1usize..6) {
            let lengths: Vec<_> = lengths.into_iter().map(|length| f64::from(length) / 8.0).collect();
            let (begins_of, heard) = compiled(&lengths, slots, 0.0);
            for ((begin, told), heard) in begins_of.iter().zip(begins(&heard, Some(100.0))).zip(&heard) {
                let told = told.expect("known, as its end is");
                prop_assert!(*begin <= told + 1e-9 && told <= heard.ended.expect("ended") + 1e-9);
            }
        }

        #[test]
        fn shares_add_up(ended in proptest::collection::vec(0u32..1000, 1..20)) {
            let ended: Vec<_> = ended.iter().map(|&end| Some(f64::from(end))).collect();
            let sum: f64 = shares(&Span { began: Some(0.0), ended: &ended }).into_iter().flatten().sum();
            let last = ended.iter().flatten().fold(0.0, |last: f64, &end| last.max(end));
            prop_assert!((sum - last).abs() < 1e-6);
        }
    }
}
