//! Which interval is the cheapest: what `--interval auto` means, and what `hinc interval suggest` says.
//!
//! All that is decided here follows from the committer times of commits that are older than the week of the commit that
//! is built. So every commit of that week has the same interval, and each of the three intervals begins anew where a
//! week does: nobody who builds a commit of the same day is given another base.

use std::fmt;
use std::str::FromStr;

use chrono::DateTime;
use serde::{Deserialize, Serialize};

use super::build_cost::BuildCost;
use super::interval::{Interval, ParseIntervalError};

/// What the settings say of the interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IntervalSetting {
    /// It is this one.
    Fixed(Interval),
    /// `auto`: of [`CANDIDATES`] the one that the history says is the cheapest.
    Auto,
}

impl FromStr for IntervalSetting {
    type Err = ParseIntervalError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "auto" { Ok(Self::Auto) } else { text.parse().map(Self::Fixed) }
    }
}

impl fmt::Display for IntervalSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(interval) => interval.fmt(f),
            Self::Auto => f.write_str("auto"),
        }
    }
}

/// The intervals that are compared. A week begins where a day does, and a day where an hour does.
pub const CANDIDATES: [Interval; 3] = [Interval::WEEK, Interval::DAY, Interval::HOUR];

/// How many weeks of history count.
const WEEKS: i64 = 4;

/// How many commits count at most, the newest of them.
pub const MOST_COMMITS: usize = 1000;

/// The commits that count for a commit of some time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The first commit of the walk that is at or before this counts, and what follows: the beginning of the week.
    pub until: i64,
    /// The first commit that is at or before this is the last one that is needed: it can be a base, and counts no more.
    pub since: i64,
}

impl Window {
    /// Returns the one of a commit by its committer time. It is the same for all commits of a week.
    pub const fn before(committer_time: i64) -> Self {
        let until = Interval::WEEK.boundary(committer_time);
        Self { until, since: until.saturating_sub(WEEKS * Interval::WEEK.seconds() as i64) }
    }
}

/// The interval that was chosen, with what it follows from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct IntervalChoice {
    /// The interval, in seconds.
    pub interval_seconds: Interval,
    /// Why, in one sentence.
    pub why: String,
    /// Commits up to this time were looked at, in seconds since 1970-01-01 00:00 UTC: the beginning of the week.
    pub until: i64,
    /// How many commits were looked at.
    pub commits: u64,
    /// How many commits between base and head were taken to cost as much as a full build.
    pub full_build_in_commits: u64,
    /// What each interval would have cost.
    pub candidates: Vec<Candidate>,
}

/// What an interval would have cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Candidate {
    /// The interval, in seconds.
    pub interval_seconds: Interval,
    /// How many bases the commits would have had, and so how many full builds.
    pub full_builds: u64,
    /// How many commits would have lain between each commit and its base, all added up.
    pub commits_between: u64,
    /// What all of it would have cost, counted in commits: each full build, and for each commit what lies between it and
    /// its base, at most a full build.
    pub cost: u64,
}

/// Chooses the interval by the committer times of the commits of a window, the newest first as the walk met them.
pub fn choose(times: &[i64], window: Window, cost: &BuildCost) -> IntervalChoice {
    // What the window ends at can be a base, but nobody's head.
    let heads = times.iter().take_while(|time| **time > window.since).count();
    let candidates: Vec<Candidate> =
        CANDIDATES.into_iter().map(|interval| candidate(interval, times, heads, cost.full_build_in_commits)).collect();
    // Of equals the day, which is the usual one, and then the longer one.
    let rank = |candidate: &&Candidate| (candidate.cost, candidate.interval_seconds != Interval::DAY);
    let interval_seconds = candidates.iter().min_by_key(rank).map_or(Interval::DAY, |best| best.interval_seconds);
    let commits = heads as u64;
    IntervalChoice {
        why: why(interval_seconds, commits, window, &candidates),
        interval_seconds,
        until: window.until,
        commits,
        full_build_in_commits: cost.full_build_in_commits,
        candidates,
    }
}

/// Builds each of the first `heads` commits on its base, as `docs/base.md` says which that is.
fn candidate(interval_seconds: Interval, times: &[i64], heads: usize, full: u64) -> Candidate {
    let mut sum = Candidate { interval_seconds, full_builds: 0, commits_between: 0, cost: 0 };
    let mut bases = vec![false; times.len()];
    for (head, time) in times.iter().enumerate().take(heads) {
        let boundary = interval_seconds.boundary(*time);
        let found = times[head..].iter().position(|time| *time <= boundary);
        // Where none is old enough it is the last one, as it is the root.
        let base = found.map_or(times.len() - 1, |found| head + found);
        let between = (base - head) as u64;
        sum.commits_between += between;
        sum.cost = sum.cost.saturating_add(between.min(full));
        if !std::mem::replace(&mut bases[base], true) {
            sum.full_builds += 1;
            sum.cost = sum.cost.saturating_add(full);
        }
    }
    sum
}

fn why(chosen: Interval, commits: u64, window: Window, candidates: &[Candidate]) -> String {
    let until = DateTime::from_timestamp(window.until, 0)
        .map_or_else(|| format!("@{}", window.until), |time| time.format("%Y-%m-%d %H:%M UTC").to_string());
    if commits == 0 {
        return format!("{chosen} as usual, since there is no commit of the four weeks up to {until} to judge by");
    }
    let told = |candidate: &Candidate| {
        let full_builds = candidate.full_builds;
        format!(
            "{full_builds} full build{} and {} between",
            s(full_builds),
            average(candidate.commits_between, commits)
        )
    };
    let is_chosen = |candidate: &&Candidate| candidate.interval_seconds == chosen;
    let best = candidates.iter().find(is_chosen).map(told).unwrap_or_default();
    let others: Vec<String> = candidates
        .iter()
        .filter(|candidate| !is_chosen(candidate))
        .map(|candidate| format!("{} for {}", told(candidate), candidate.interval_seconds))
        .collect();
    format!(
        "{chosen} is the cheapest for the {commits} commit{} up to {until}: {best} a commit and its base, against {}",
        s(commits),
        others.join(", and ")
    )
}

fn s(count: u64) -> &'static str {
    if count == 1 { "" } else { "s" }
}

/// `3.2 commits`.
fn average(sum: u64, count: u64) -> String {
    let tenths = (sum.saturating_mul(10) + count / 2) / count.max(1);
    format!("{}.{} commits", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// 2026-01-29 00:00 UTC, a Thursday, when a week begins.
    const THURSDAY: i64 = 1_769_644_800;
    const HOUR: i64 = 3600;
    const DAY: i64 = 24 * HOUR;

    /// Commits ten minutes after some hours before the week, the newest first.
    fn hours(before: impl IntoIterator<Item = i64>) -> Vec<i64> {
        before.into_iter().map(|hours| THURSDAY - hours * HOUR + 600).collect()
    }

    /// On each of 28 days some commits, that many minutes apart, from 09:00 on.
    fn every_day(count: i64, minutes: i64) -> Vec<i64> {
        let day = |day: i64| (0..count).map(move |index| THURSDAY - day * DAY + 9 * HOUR + index * minutes * 60);
        (1..=28).flat_map(|of| day(of).rev()).collect()
    }

    #[test]
    fn each_kind_of_history_has_its_interval() {
        let long_ago = THURSDAY - 60 * DAY;
        let mut weekly_burst: Vec<i64> =
            (0..4).flat_map(|week| hours((0..10).map(|hour| week * 168 + 60 + hour * 5))).collect();
        weekly_burst.push(long_ago);
        let cases = [
            ("nothing", vec![], "1d"),
            ("nothing for a long time", vec![long_ago], "1d"),
            ("one commit", hours([5]), "1d"),
            ("two in one hour", hours([5, 5]), "1d"),
            ("one a day", every_day(1, 0), "1w"),
            ("two a day", every_day(2, 60), "1w"),
            ("five a day", every_day(5, 60), "1d"),
            ("fifteen a day, over the day", every_day(15, 40), "1d"),
            // As many full builds, and the first of the next day is one commit nearer to its base.
            ("fifteen a day, in one hour", every_day(15, 3), "1h"),
            ("two hundred a day", every_day(200, 3), "1h"),
            ("ten within two days, once a week", weekly_burst, "1w"),
        ];
        for (name, times, expected) in cases {
            let choice = choose(&times, Window::before(THURSDAY + DAY), &BuildCost::ASSUMED);
            assert_eq!(choice.interval_seconds.to_string(), expected, "{name}: {choice:?}");
        }
    }

    #[test]
    fn a_dear_full_build_makes_it_longer_and_a_cheap_one_shorter() {
        let times = every_day(8, 60);
        let chosen = |full_build_in_commits| {
            let cost = BuildCost { full_build_in_commits, ..BuildCost::ASSUMED };
            choose(&times, Window::before(THURSDAY), &cost).interval_seconds.to_string()
        };
        assert_eq!([1, 40, 500].map(chosen), ["1h", "1d", "1w"]);
    }

    #[test]
    fn what_an_interval_costs_is_what_its_bases_cost() {
        // Two on the day before, one on the day before that, and one that is older than the window.
        let mut times: Vec<i64> = hours([2, 4, 30]);
        times.push(THURSDAY - 40 * DAY);
        let choice = choose(&times, Window::before(THURSDAY + 3 * HOUR), &BuildCost::ASSUMED);
        let told: Vec<(u64, u64, u64)> =
            choice.candidates.iter().map(|one| (one.full_builds, one.commits_between, one.cost)).collect();
        // By the week all three stand on the old one; by the day the first two stand on the third; by the hour each on the one before.
        assert_eq!(told, [(1, 3 + 2 + 1, 46), (2, 2 + 1 + 1, 84), (3, 1 + 1 + 1, 123)]);
        assert_eq!((choice.commits, choice.until), (3, THURSDAY));
        insta::assert_snapshot!(choice.why, @"1w is the cheapest for the 3 commits up to 2026-01-29 00:00 UTC: 1 full build and 2.0 commits between a commit and its base, against 2 full builds and 1.3 commits between for 1d, and 3 full builds and 1.0 commits between for 1h");
    }

    #[test]
    fn a_commit_at_a_boundary_is_its_own_base() {
        let choice = choose(&[THURSDAY - DAY, THURSDAY - 2 * DAY], Window::before(THURSDAY), &BuildCost::ASSUMED);
        assert_eq!(choice.candidates[1].commits_between, 0);
    }

    #[test]
    fn without_commits_it_is_the_usual_one() {
        let choice = choose(&[], Window::before(THURSDAY), &BuildCost::ASSUMED);
        insta::assert_snapshot!(choice.why, @"1d as usual, since there is no commit of the four weeks up to 2026-01-29 00:00 UTC to judge by");
    }

    #[test]
    fn a_setting_is_an_interval_or_auto() {
        assert_eq!("auto".parse(), Ok(IntervalSetting::Auto));
        assert_eq!("1d".parse(), Ok(IntervalSetting::Fixed(Interval::DAY)));
        for text in ["Auto", "auto ", "", "1"] {
            assert!(text.parse::<IntervalSetting>().is_err(), "{text}");
        }
        for text in ["auto", "1w"] {
            assert_eq!(text.parse::<IntervalSetting>().expect("a setting").to_string(), text);
        }
    }

    proptest! {
        #[test]
        fn every_time_of_a_week_has_its_window(time in -10_000_000_000i64..10_000_000_000, later in 0i64..604_800) {
            let week = Interval::WEEK.boundary(time);
            prop_assert_eq!(Window::before(time), Window::before(week + later));
        }

        // Whatever the times are, also with wrong clocks: nothing overflows, and what was chosen costs least.
        #[test]
        fn what_is_chosen_is_the_cheapest(
            times in proptest::collection::vec(any::<i64>().prop_map(|time| time / 4), 0..60),
            now in any::<i64>(),
            full_build_in_commits in 1u64..,
        ) {
            let cost = BuildCost { full_build_in_commits, ..BuildCost::ASSUMED };
            let choice = choose(&times, Window::before(now), &cost);
            let chosen = choice.candidates.iter().find(|one| one.interval_seconds == choice.interval_seconds);
            let chosen = chosen.expect("one of them");
            for candidate in &choice.candidates {
                prop_assert!(chosen.cost <= candidate.cost);
                prop_assert!(candidate.full_builds <= choice.commits);
                prop_assert!(candidate.commits_between <= choice.commits * times.len() as u64);
            }
        }
    }
}
