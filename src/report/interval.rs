//! The interval that is the cheapest, in words: what `hinc interval suggest` prints.

use super::words::{counted, duration, grouped};
use crate::model::build_cost::BuildCost;
use crate::model::interval::Interval;
use crate::model::interval_choice::{Candidate, IntervalChoice};

/// What is known of an interval beside what it would have cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// The interval.
    pub interval: Interval,
    /// How far head is from the base that it has with this interval, in commits.
    pub distance: u64,
}

/// Renders a choice. `now` has a line for each interval that was compared.
pub fn interval(choice: &IntervalChoice, cost: &BuildCost, now: &[Now]) -> String {
    let mut lines = vec![
        format!("interval  {}", choice.interval_seconds),
        format!("why       {}", choice.why),
        format!("counted   {}", counting(choice, cost)),
    ];
    for candidate in &choice.candidates {
        let of_head = now.iter().find(|now| now.interval == candidate.interval_seconds);
        lines.push(format!(
            "{:<10}{}",
            candidate.interval_seconds.to_string(),
            told(candidate, choice.commits, cost, of_head)
        ));
    }
    lines.join("\n") + "\n"
}

/// Says what a full build counts.
fn counting(choice: &IntervalChoice, cost: &BuildCost) -> String {
    let full = format!("a full build as {}", counted(choice.full_build_in_commits, "commit"));
    let why = match cost.measured_by {
        0 => "as is usual: too few builds were made here to measure it by".to_owned(),
        builds => format!(
            "as {} here compiled again {} of the modules for each commit after the base",
            counted(builds, "incremental build"),
            percent(choice.full_build_in_commits),
        ),
    };
    let seconds = cost.full_build_seconds.map(|seconds| format!("; one took {}", duration(seconds)));
    format!("{full}, {why}{}", seconds.unwrap_or_default())
}

fn told(candidate: &Candidate, commits: u64, cost: &BuildCost, now: Option<&Now>) -> String {
    let between = tenths(candidate.commits_between, commits);
    let cost = time(candidate.cost, cost).unwrap_or_else(|| format!("as {}", counted(candidate.cost, "commit")));
    let now = now.map(|now| format!("; head is now {} from its base", counted(now.distance, "commit")));
    format!(
        "{}, {between} commits between base and head on average, together {cost}{}",
        counted(candidate.full_builds, "full build"),
        now.unwrap_or_default(),
    )
}

/// How long a cost takes, where it is known how long a full build does.
#[expect(clippy::cast_precision_loss, reason = "it is shown in two or three digits")]
fn time(commits: u64, cost: &BuildCost) -> Option<String> {
    let seconds = cost.full_build_seconds?;
    Some(format!("about {}", duration(seconds * commits as f64 / cost.full_build_in_commits as f64)))
}

/// `2.5 %`, the part that is one of so many.
fn percent(parts: u64) -> String {
    format!("{} %", tenths(100, parts))
}

/// Divides, and rounds to a tenth.
fn tenths(number: u64, by: u64) -> String {
    let tenths = number.saturating_mul(10).saturating_add(by / 2) / by.max(1);
    format!("{}.{}", grouped(tenths / 10), tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::interval_choice::{CANDIDATES, Window, choose};

    fn printed(cost: &BuildCost) -> String {
        // 2026-01-29 00:00 UTC, when a week begins, and 40 days with two commits each.
        let thursday = 1_769_644_800;
        let times: Vec<i64> =
            (1..40).flat_map(|day| [1, 2].map(|hour| thursday - day * 86_400 - hour * 3000)).collect();
        let choice = choose(&times, Window::before(thursday + 5), cost);
        let now: Vec<Now> =
            CANDIDATES.into_iter().zip([12, 3, 1]).map(|(interval, distance)| Now { interval, distance }).collect();
        interval(&choice, cost, &now)
    }

    #[test]
    fn it_says_which_why_and_what_each_would_have_cost() {
        insta::assert_snapshot!(printed(&BuildCost::ASSUMED), @r"
        interval  1w
        why       1w is the cheapest for the 54 commits up to 2026-01-29 00:00 UTC: 4 full builds and 7.3 commits between a commit and its base, against 27 full builds and 1.5 commits between for 1d, and 54 full builds and 1.0 commits between for 1h
        counted   a full build as 40 commits, as is usual: too few builds were made here to measure it by
        1w        4 full builds, 7.3 commits between base and head on average, together as 553 commits; head is now 12 commits from its base
        1d        27 full builds, 1.5 commits between base and head on average, together as 1,161 commits; head is now 3 commits from its base
        1h        54 full builds, 1.0 commits between base and head on average, together as 2,214 commits; head is now 1 commit from its base
        ");
        let measured = BuildCost { full_build_in_commits: 83, full_build_seconds: Some(312.0), measured_by: 14 };
        let text = printed(&measured);
        let lines: Vec<&str> = text.lines().skip(2).take(2).collect();
        insta::assert_snapshot!(lines.join("\n"), @r"
        counted   a full build as 83 commits, as 14 incremental builds here compiled again 1.2 % of the modules for each commit after the base; one took 5 min 12 s
        1w        4 full builds, 7.3 commits between base and head on average, together about 45 min 25 s; head is now 12 commits from its base
        ");
    }
}
