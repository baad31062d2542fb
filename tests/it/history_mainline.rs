//! Bases of branches and of pull requests: what they share with the main line.

use std::process::Command;

use hinc::error::Diagnose as _;
use hinc::history::{Against, BasePolicy, Circumstances, Error, Options, PullRequest, bases, head};
use hinc::model::revision::{Base, BaseReason};
use pretty_assertions::assert_eq;

use crate::history_oracle::made_up;
use crate::repositories::{Commit, Random, TestRepository};

/// 2026-01-31 00:00 UTC, a midnight.
const MIDNIGHT: i64 = 1_769_817_600;
const HOUR: i64 = 3600;

fn on(hours: i64, parents: &[usize]) -> Commit {
    Commit { seconds: MIDNIGHT + hours * HOUR, parents: parents.to_vec() }
}

fn mainline(against: Option<Against>) -> Options {
    let circumstances = Circumstances { against, pull_request: None };
    Options { policy: BasePolicy::Mainline, circumstances, ..Options::default() }
}

/// As in CI, where a service says what the pull request goes to, and which merge it made.
fn checked(merge: Option<&str>) -> Options {
    let merge = merge.map(|commit| commit.parse().expect("a commit"));
    let pull_request = Some(PullRequest { target: "main".parse().expect("a branch"), merge });
    Options { circumstances: Circumstances { against: None, pull_request }, ..Options::default() }
}

fn chosen(git: &TestRepository, revision: &str, options: &Options) -> Result<Base, Error> {
    let repository = git.open();
    let head = head(&repository, Some(revision))?;
    bases(&repository, &head, options).map(|bases| bases.first)
}

fn base_of(git: &TestRepository, revision: &str, options: &Options) -> String {
    chosen(git, revision, options).expect("a base").commit.to_string()
}

/// A repository with a remote that has `main`, at one of its commits.
fn with_main_at(commits: &[Commit], main: usize) -> (TestRepository, Vec<String>) {
    let git = TestRepository::new();
    let names = git.import(commits);
    git.git(["remote", "add", "origin", "https://example.org/project.git"]);
    git.git(["update-ref", "refs/remotes/origin/main", &names[main]]);
    git.git(["symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main"]);
    (git, names)
}

/// Two branches that left main on the same day, days ago, each with commits of several days, and the merges that a
/// service made of them with today's main.
fn two_pull_requests() -> (TestRepository, Vec<String>) {
    let commits = [
        on(-80, &[]),   // 0
        on(-70, &[0]),  // 1: main
        on(-60, &[1]),  // 2: branch a
        on(-30, &[2]),  // 3
        on(-65, &[1]),  // 4: branch b
        on(-20, &[4]),  // 5
        on(-2, &[1]),   // 6: main
        on(3, &[6]),    // 7: main, today
        on(4, &[7, 3]), // 8: a, merged to be checked
        on(5, &[7, 5]), // 9: b, merged to be checked
    ];
    with_main_at(&commits, 7)
}

#[test]
fn pull_requests_share_the_base_of_the_main_line() {
    let (git, names) = two_pull_requests();
    for merge in [&names[8], &names[9]] {
        let base = chosen(&git, merge, &checked(Some(merge))).expect("a base");
        assert_eq!(base.commit.as_str(), names[6]);
        assert_eq!(
            base.reason,
            BaseReason::MergeBase {
                boundary: MIDNIGHT,
                merge_base: names[7].parse().expect("a commit"),
                against: "main".to_owned()
            }
        );
    }
    // The same without the merges, by the branches alone: what main had when they left it.
    for tip in [&names[3], &names[5]] {
        assert_eq!(base_of(&git, tip, &checked(None)), names[0]);
        assert_eq!(base_of(&git, tip, &mainline(None)), names[0]);
    }
    // Each by itself has a base of its own.
    let branch = Options { policy: BasePolicy::Branch, ..checked(None) };
    assert_eq!(base_of(&git, &names[3], &branch), names[2]);
    assert_eq!(base_of(&git, &names[5], &branch), names[4]);
}

/// The clone of a job may lack the target's branch, or have an old one of it.
#[test]
fn the_merge_of_a_service_needs_no_branch() {
    let (git, names) = two_pull_requests();
    git.git(["update-ref", "-d", "refs/remotes/origin/main"]);
    assert_eq!(base_of(&git, &names[8], &checked(Some(&names[8]))), names[6]);
    // A job that checked out something else than the merge does not take its first parent for main.
    let error = chosen(&git, &names[3], &checked(Some(&names[8]))).expect_err("main is missing");
    let hints = error.hints();
    assert_eq!(error.to_string(), "the branch `main` of the remote `origin` is not in this clone");
    assert_eq!(hints[0].as_str(), "fetch it: `git fetch origin main:refs/remotes/origin/main`");
}

#[test]
fn a_long_lived_branch_has_its_own_base_each_day() {
    let (git, names) = two_pull_requests();
    assert_eq!(base_of(&git, &names[5], &Options::default()), names[4]);
    assert_eq!(base_of(&git, &names[3], &Options::default()), names[2]);
}

#[test]
fn entries_of_a_merge_queue_share_the_base_of_main() {
    // Three entries, queued around midnight, each upon the one before.
    let commits = [
        on(-40, &[]),
        on(-30, &[0]),
        on(-28, &[1]),
        on(-27, &[1]),
        on(-26, &[1]),
        on(-1, &[1, 2]),
        on(0, &[5, 3]),
        on(1, &[6, 4]),
    ];
    let (git, names) = with_main_at(&commits, 1);
    for entry in &names[5..8] {
        assert_eq!(base_of(&git, entry, &checked(None)), names[0]);
    }
}

#[test]
fn a_branch_that_merged_main_stands_on_what_it_merged() {
    let commits = [on(-80, &[]), on(-50, &[0]), on(-26, &[0]), on(-25, &[2]), on(-3, &[1, 3]), on(1, &[3])];
    let (git, names) = with_main_at(&commits, 5);
    let base = chosen(&git, &names[4], &mainline(None)).expect("a base");
    // It merged 3, of the day before; main's base of that day is the root.
    assert_eq!(base.commit.as_str(), names[0]);
    assert!(matches!(&base.reason, BaseReason::MergeBase { merge_base, .. } if merge_base.as_str() == names[3]));
    assert_eq!(base.distance.to_string(), git.git(["rev-list", "--count", &format!("^{}", names[0]), &names[4]]));
}

/// `git merge-base` names the tip of the branch that main merged.
#[test]
fn a_branch_made_from_a_merged_one_shares_the_base_of_main() {
    let commits = [on(-90, &[]), on(-50, &[0]), on(-30, &[1]), on(-20, &[2]), on(-10, &[1, 3]), on(1, &[3])];
    let (git, names) = with_main_at(&commits, 4);
    assert_eq!(git.git(["merge-base", &names[5], &names[4]]), names[3]);
    assert_eq!(base_of(&git, &names[5], &mainline(None)), names[0]);
}

#[test]
fn on_the_main_line_it_is_the_base_as_always() {
    let (git, names) = two_pull_requests();
    for commit in [&names[1], &names[6], &names[7]] {
        let along = chosen(&git, commit, &mainline(None)).expect("a base");
        assert_eq!(along, chosen(&git, commit, &Options::default()).expect("a base"));
    }
}

#[test]
fn the_main_line_can_be_named() {
    let (git, names) = two_pull_requests();
    git.git(["update-ref", "refs/heads/develop", &names[5]]);
    let revision = |name: &str| Some(Against::Revision(name.to_owned()));
    assert_eq!(base_of(&git, &names[9], &mainline(revision("develop"))), names[4]);
    assert_eq!(base_of(&git, &names[9], &mainline(revision(&names[6]))), names[1]);
    let branch = |name: &str| Some(Against::Branch(name.parse().expect("a branch")));
    assert_eq!(base_of(&git, &names[8], &mainline(branch("main"))), names[6]);
    let error = chosen(&git, &names[8], &mainline(branch("develop"))).expect_err("the remote has none of this name");
    assert_eq!(error.to_string(), "the branch `develop` of the remote `origin` is not in this clone");
}

#[test]
fn without_a_main_line_it_is_said_what_to_do() {
    let (git, names) = two_pull_requests();
    git.git(["update-ref", "--no-deref", "-d", "refs/remotes/origin/HEAD"]);
    let error = chosen(&git, &names[3], &mainline(None)).expect_err("nothing says which it is");
    assert_eq!(error.to_string(), "which branch of the remote `origin` is its default is not in this clone");
    assert_eq!(error.hints()[0].as_str(), "ask the remote: `git remote set-head origin --auto`");

    git.git(["remote", "remove", "origin"]);
    let error = chosen(&git, &names[3], &mainline(None)).expect_err("there is no remote");
    assert_eq!(error.to_string(), "a remote, whose default branch would be the main line, is not in this clone");
    // A branch of one's own will do.
    git.git(["update-ref", "refs/heads/main", &names[7]]);
    let own = Some(Against::Branch("main".parse().expect("a branch")));
    assert_eq!(base_of(&git, &names[3], &mainline(own)), names[0]);

    let (git, names) = with_main_at(&[on(-30, &[]), on(-20, &[]), on(-10, &[1])], 0);
    let error = chosen(&git, &names[2], &mainline(None)).expect_err("two histories");
    assert!(matches!(error, Error::NothingInCommon { .. }), "{error:?}");
    assert!(error.hints().iter().any(|hint| hint.as_str().contains("--base-policy branch")));
}

/// Forks of made-up histories, as git's own questions have them; and in shallow clones the same answer or none.
#[test]
fn forks_are_as_git_says_and_the_same_in_shallow_clones() {
    let (mut equal, mut behind, mut proved, mut refused) = (0, 0, 0, 0);
    for seed in 0..60 {
        let mut random = Random(seed);
        let commits = made_up(&mut random);
        let with_skew =
            commits.iter().any(|commit| commit.parents.iter().any(|p| commits[*p].seconds > commit.seconds));
        let git = TestRepository::new();
        let names = git.import(&commits);
        let pick = |random: &mut Random| names[names.len() / 2 + random.below(names.len() / 2)].clone();
        let (topic, main) = (pick(&mut random), pick(&mut random));
        let forget = git.git(["for-each-ref", "--format=delete %(refname)"]);
        git.git_with(["update-ref", "--stdin"], &[], format!("{forget}\n").as_bytes());
        git.git(["update-ref", "refs/heads/topic", &topic]);
        git.git(["update-ref", "refs/heads/main", &main]);
        let interval = "1s".parse().expect("an interval");
        let options = Options { interval, ..mainline(Some(Against::Branch("main".parse().expect("a branch")))) };
        let whole = chosen(&git, &topic, &options);

        let chain = git.git(["rev-list", "--first-parent", "main"]);
        let of_topic = git.git(["rev-list", "topic"]);
        let is_of_topic = |commit: &str| of_topic.lines().any(|ancestor| ancestor == commit);
        let expected = chain.lines().find(|commit| is_of_topic(commit));
        match (&whole, expected) {
            (Ok(base), Some(expected)) => {
                let fork = match &base.reason {
                    BaseReason::MergeBase { merge_base, .. } => merge_base.to_string(),
                    BaseReason::BeforeBoundary { .. } => topic.clone(),
                    reason => panic!("seed {seed}: with an interval of a second it is the fork itself: {reason:?}"),
                };
                // With wrong clocks it may be an older one.
                if fork == expected {
                    equal += 1;
                } else {
                    assert!(with_skew && chain.lines().any(|commit| commit == fork), "seed {seed}");
                    assert!(is_of_topic(&fork), "seed {seed}");
                    behind += 1;
                }
            }
            (Err(Error::NothingInCommon { .. }), None) => equal += 1,
            other => panic!("seed {seed}: {other:?}"),
        }

        for depth in ["--depth=1", "--depth=3", "--depth=50"] {
            let clone = git.cloned(&[depth, "--no-single-branch", "--no-checkout", "--branch=topic"]);
            match chosen(&clone, &topic, &options) {
                Err(Error::Shallow { .. }) => refused += 1,
                answer => {
                    proved += 1;
                    let shown = |answer: &Result<Base, Error>| match answer {
                        Ok(base) => base.commit.to_string(),
                        Err(error) => error.to_string().replace("origin/", ""),
                    };
                    assert_eq!(shown(&answer), shown(&whole), "seed {seed}, {depth}");
                }
            }
        }
    }
    assert!(equal > 20 && behind < equal / 4, "{equal} as git says, {behind} behind");
    assert!(proved > 20 && refused > 20, "{proved} proved, {refused} refused");
}

/// What `hinc base --json` answers in a job of GitHub Actions, and in a shell.
#[test]
fn a_job_of_a_ci_service_needs_no_settings() {
    let (git, names) = two_pull_requests();
    let base = |variables: &[(&str, &str)], args: &[&str]| {
        let mut hinc = Command::new(env!("CARGO_BIN_EXE_hinc"));
        hinc.args(["base", "--json", "--rev", &names[8]]).args(args).current_dir(git.folder()).env_clear();
        let output = hinc.env("HOME", git.folder()).envs(variables.iter().copied()).output().expect("it runs");
        let said = String::from_utf8(output.stderr).expect("text");
        assert!(output.status.success(), "{said}");
        serde_json::from_slice::<Base>(&output.stdout).expect("a base")
    };
    let job = [
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_EVENT_NAME", "pull_request"),
        ("GITHUB_REF", "refs/pull/7/merge"),
        ("GITHUB_BASE_REF", "main"),
        ("GITHUB_SHA", &names[8]),
    ];
    let in_ci = base(&job, &[]);
    assert_eq!(in_ci.commit.as_str(), names[6]);
    assert!(matches!(in_ci.reason, BaseReason::MergeBase { .. }), "{in_ci:?}");
    assert_eq!(base(&[], &["--against", "origin/main"]).commit, in_ci.commit);
    assert_eq!(base(&[("HINC_BASE_POLICY", "mainline")], &[]).commit, in_ci.commit);
    assert!(matches!(base(&job, &["--base-policy", "branch"]).reason, BaseReason::BeforeBoundary { .. }));
    assert!(matches!(base(&[], &[]).reason, BaseReason::BeforeBoundary { .. }));
}
