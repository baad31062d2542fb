//! The base against `git rev-list`, over made-up histories and over a real one.

use hinc::history::{Walk, count, newest_at};
use hinc::model::interval::Interval;

use crate::repositories::{Commit, Random, TestRepository};

const HISTORIES: u64 = 20;
const REVISIONS_EACH: usize = 25;
const BOUNDARIES_EACH: usize = 2;

fn rev_list(git: &TestRepository, walk: Walk, args: &[&str]) -> String {
    let mut all = vec!["rev-list"];
    if walk == Walk::FirstParent {
        all.push("--first-parent");
    }
    all.extend(args);
    git.git(all)
}

/// Compares hinc's answer with git's: the newest commit that is old enough, the first root
/// where there is none, and, if asked for (it is one more run of git), the commit that stands
/// at the answer's place in the walk. Returns whether it is a root for want of an older one.
fn compare(
    git: &TestRepository,
    repository: &hinc::history::Repository,
    walk: Walk,
    revision: &str,
    boundary: i64,
    with_distance: bool,
    case: &str,
) -> bool {
    let start = revision.parse().expect("a whole name");
    let found = newest_at(repository, &start, boundary, walk).expect("an answer");
    let mut expected = rev_list(git, walk, &["-1", &format!("--min-age={boundary}"), revision]);
    let is_root = expected.is_empty();
    if is_root {
        expected = rev_list(git, walk, &["-1", "--max-parents=0", revision]);
    }
    assert_eq!((found.commit.as_str(), found.is_root), (expected.as_str(), is_root), "{case}");
    if with_distance {
        let there = rev_list(git, walk, &["-1", &format!("--skip={}", found.distance), revision]);
        assert_eq!(there, expected, "the distance {} is wrong: {case}", found.distance);
    }
    is_root
}

/// A history with branches, merges of up to four parents, several roots, many equal
/// seconds, and clocks that go wrong in both directions.
pub(crate) fn made_up(random: &mut Random) -> Vec<Commit> {
    let count = 30 + random.below(120);
    // A small step makes many commits of one second.
    let step = [1, 3, 600][random.below(3)];
    let mut clock: i64 = 1_600_000_000;
    let mut commits: Vec<Commit> = Vec::new();
    for number in 0..count {
        clock += i64::try_from(random.below(step)).expect("small");
        let skew = i64::try_from(random.below(step * 40)).expect("small");
        let seconds = match random.below(100) {
            0..5 => clock - skew,
            5..8 => clock + skew,
            _ => clock,
        };
        let mut parents: Vec<usize> = Vec::new();
        if number > 0 && !random.chance(2) {
            let wanted = [1, 1, 1, 1, 2, 2, 2, 3, 4][random.below(9)];
            for _ in 0..wanted {
                let back = 1 + random.below(number.min(12));
                if !parents.contains(&(number - back)) {
                    parents.push(number - back);
                }
            }
        }
        commits.push(Commit { seconds, parents });
    }
    commits
}

fn made_up_boundary(random: &mut Random, commits: &[Commit]) -> i64 {
    let near = commits[random.below(commits.len())].seconds;
    near + [-1, 0, 0, 0, 1, -5000][random.below(6)]
}

#[test]
fn a_thousand_cases_are_as_git_says() {
    let mut cases = 0;
    let mut roots = 0;
    for seed in 0..HISTORIES {
        let mut random = Random(seed);
        let commits = made_up(&mut random);
        let git = TestRepository::new();
        let names = git.import(&commits);
        match seed % 3 {
            1 => drop(git.git(["commit-graph", "write", "--reachable"])),
            // A graph that knows the older half alone.
            2 => {
                let half = names[..names.len() / 2].join("\n");
                git.git_with(["commit-graph", "write", "--stdin-commits", "--split"], &[], half.as_bytes());
            }
            _ => {}
        }
        let repository = git.open();
        for revision in [&names[names.len() / 2], &names[names.len() - 1]] {
            let counted = count(&repository, &revision.parse().expect("a whole name")).expect("a number");
            let expected = git.git(["rev-list", "--count", revision]);
            assert_eq!(counted.map(|number| number.to_string()), Some(expected), "seed {seed}");
        }
        for _ in 0..REVISIONS_EACH {
            let revision = &names[names.len() / 4 + random.below(names.len() * 3 / 4)];
            for walk in [Walk::FirstParent, Walk::AllParents] {
                for number in 0..BOUNDARIES_EACH {
                    let boundary = made_up_boundary(&mut random, &commits);
                    let case = format!("seed {seed}, {walk:?} from {revision} to {boundary}");
                    let is_root = compare(&git, &repository, walk, revision, boundary, number == 0, &case);
                    cases += 1;
                    roots += u32::from(is_root);
                }
            }
        }
    }
    assert_eq!(cases, 2 * 1000, "a thousand for each walk");
    assert!(roots > 20 && roots < cases / 2, "{roots} of {cases} found no commit that is old enough");
}

/// Both walks from the commits of a real repository, each to the midnight before it and to
/// the week before it. `HINC_HISTORY_REPOSITORY` names the repository.
#[test]
#[expect(clippy::disallowed_methods, reason = "a test has no command line")]
fn a_real_history_is_as_git_says() {
    const MOST_REVISIONS: usize = 1000;
    let Some(folder) = std::env::var_os("HINC_HISTORY_REPOSITORY") else {
        announce("skipped: HINC_HISTORY_REPOSITORY names no repository");
        return;
    };
    let git = TestRepository::existing(folder.as_ref());
    let repository = git.open();
    let log = git.git(["log", "--format=%H %ct", "HEAD"]);
    let all: Vec<(&str, i64)> = log
        .lines()
        .map(|line| line.split_once(' ').expect("a name and a time"))
        .map(|(name, time)| (name, time.parse().expect("a number")))
        .collect();
    let every = all.len().div_ceil(MOST_REVISIONS);
    let mut cases = 0;
    for (revision, time) in all.iter().step_by(every) {
        for walk in [Walk::FirstParent, Walk::AllParents] {
            for (interval, with_distance) in [("1d", true), ("1w", false)] {
                let boundary = interval.parse::<Interval>().expect("an interval").boundary(*time);
                let case = format!("{walk:?} from {revision} to {boundary}");
                compare(&git, &repository, walk, revision, boundary, with_distance, &case);
                cases += 1;
            }
        }
    }
    announce(&format!("{cases} cases from {} of {} commits", all.len().div_ceil(every), all.len()));
    assert!(cases > 0);
}

/// Prints a line that the test runner does not hold back when the test passes.
fn announce(line: &str) {
    use std::io::Write as _;
    writeln!(std::io::stderr(), "{line}").expect("standard error is open");
}
