//! Heads, bases and what goes wrong on the way to them.

use std::path::Path;

use hinc::error::Diagnose;
use hinc::exit::Exit;
use hinc::history::{BasePolicy, Error, Options, Walk, base_before, bases, head, newest_at, open};
use hinc::model::interval_choice::IntervalSetting;
use hinc::model::revision::{Base, BaseReason};
use pretty_assertions::assert_eq;

use crate::repositories::{Commit, TestRepository};

/// 2026-01-31 00:00 UTC, a midnight.
const MIDNIGHT: i64 = 1_769_817_600;
const HOUR: i64 = 3600;

fn on(seconds: i64, parents: &[usize]) -> Commit {
    Commit { seconds, parents: parents.to_vec() }
}

/// Three days with two commits each.
fn three_days() -> (TestRepository, Vec<String>) {
    let git = TestRepository::new();
    let times = [-48, -40, -24, -2, 1, 9];
    let names: Vec<String> = times.iter().map(|hours| git.commit(MIDNIGHT + hours * HOUR)).collect();
    (git, names)
}

fn base_of(git: &TestRepository, revision: &str, options: &Options) -> Base {
    let repository = git.open();
    let head = head(&repository, Some(revision)).expect("a head");
    bases(&repository, &head, options).expect("a base").first
}

/// Asserts that an error ends the program as every error of the history does, that its
/// message fits after `error: `, and that it says what to do.
fn assert_helpful(error: &Error, hint: &str) {
    assert_eq!(error.exit(), Exit::History);
    let text = error.to_string();
    assert!(!text.ends_with('.') && !text.contains('\n'), "{text}");
    let hints: Vec<String> = error.hints().iter().map(|hint| hint.as_str().to_owned()).collect();
    assert!(hints.iter().any(|text| text.contains(hint)), "{text}: {hints:?}");
}

#[test]
fn commits_of_a_day_share_the_last_one_of_the_day_before() {
    let (git, names) = three_days();
    for revision in &names[4..] {
        let base = base_of(&git, revision, &Options::default());
        assert_eq!(base.commit.as_str(), names[3]);
        assert_eq!(base.committer_time, MIDNIGHT - 2 * HOUR);
        assert_eq!(base.reason, BaseReason::BeforeBoundary { boundary: MIDNIGHT });
        assert_eq!(base.head.as_str(), revision);
        assert_eq!(base.tree.as_str(), git.git(["rev-parse", &format!("{}^{{tree}}", names[3])]));
    }
    assert_eq!(base_of(&git, &names[5], &Options::default()).distance, 2);
    // A commit at midnight is the base of its own day, and so its own base.
    let midnight = base_of(&git, &names[2], &Options::default());
    assert_eq!((midnight.commit.as_str(), midnight.distance), (names[2].as_str(), 0));
    assert_eq!(base_of(&git, &names[3], &Options::default()).commit.as_str(), names[2]);
}

#[test]
fn the_interval_moves_the_boundary() {
    let (git, names) = three_days();
    let with = |interval: &str| Options { interval: interval.parse().expect("an interval"), ..Options::default() };
    assert_eq!(base_of(&git, &names[5], &with("8h")).commit.as_str(), names[4]);
    // The Thursday before, 2026-01-29 00:00 UTC, is when the first commit was made.
    let week = base_of(&git, &names[5], &with("1w"));
    assert_eq!(week.commit.as_str(), names[0]);
    assert_eq!(week.reason, BaseReason::BeforeBoundary { boundary: MIDNIGHT - 48 * HOUR });
}

#[test]
fn a_commit_that_is_not_there_yet_has_a_base() {
    let (git, names) = three_days();
    let repository = git.open();
    let head = head(&repository, Some(&names[5])).expect("a head");
    let boundary = |days: i64| MIDNIGHT + days * 24 * HOUR;
    // What is committed on the next day stands on head, what is committed now where head does, and what a late job finds
    // committed after midnight belongs to the day that began.
    for (as_of, days, expected) in [
        (boundary(1), 1, &names[5]),
        (boundary(2) - 1, 1, &names[5]),
        (boundary(1) - 1, 0, &names[3]),
        (boundary(0), 0, &names[3]),
        (boundary(0) - 1, -1, &names[2]),
    ] {
        for policy in [BasePolicy::Branch, BasePolicy::Available] {
            let options = Options { as_of: Some(as_of), policy, ..Options::default() };
            let found = bases(&repository, &head, &options).expect("a base");
            assert_eq!(found.first.commit.as_str(), expected, "{as_of}");
            assert_eq!(found.first.reason, BaseReason::BeforeBoundary { boundary: boundary(days) });
            // Whoever makes the full build of a day has no use for one of the day before.
            assert_eq!(found.older, []);
            let min_age = format!("--min-age={}", boundary(days));
            assert_eq!(git.git(["rev-list", "-1", "--first-parent", &min_age, &names[5]]), *expected);
        }
    }
}

#[test]
fn before_a_base_comes_that_of_the_boundary_before_it() {
    let (git, names) = three_days();
    let repository = git.open();
    let head = head(&repository, Some(&names[5])).expect("a head");
    let before = |base: &Base, options: &Options| base_before(&repository, &head, options, base).expect("an answer");
    let options = Options::default();
    let base = bases(&repository, &head, &options).expect("a base").first;
    assert_eq!(base.commit.as_str(), names[3]);
    // A commit at a boundary is the base of that one.
    let second = before(&base, &options).expect("one");
    assert_eq!((second.commit.as_str(), second.distance), (names[2].as_str(), 3));
    assert_eq!(second.reason, BaseReason::BeforeBoundary { boundary: MIDNIGHT - 24 * HOUR });
    let third = before(&second, &options).expect("one");
    assert_eq!((third.commit.as_str(), third.distance), (names[0].as_str(), 5));
    // A root has none before it, whether or not it is as old as a boundary.
    assert_eq!(before(&third, &options), None);
    let week = Options { interval: "52w".parse().expect("an interval"), ..Options::default() };
    let root = bases(&repository, &head, &week).expect("a base").first;
    assert!(matches!(root.reason, BaseReason::Root { .. }), "{root:?}");
    assert_eq!(before(&root, &week), None);
    // Nor has one that the user named.
    let pinned = Options { pinned: Some(names[3].clone()), ..Options::default() };
    let base = bases(&repository, &head, &pinned).expect("a base").first;
    assert_eq!(before(&base, &pinned), None);
}

#[test]
fn of_several_boundaries_each_has_its_base_once() {
    let (git, names) = three_days();
    let repository = git.open();
    let options = Options { policy: BasePolicy::Available, ..Options::default() };
    let all = |revision: &str| {
        let head = head(&repository, Some(revision)).expect("a head");
        let found = bases(&repository, &head, &options).expect("bases");
        let told: Vec<_> = found.iter().map(|base| (base.commit.to_string(), base.reason.clone())).collect();
        told
    };
    let before = |days: i64| BaseReason::BeforeBoundary { boundary: MIDNIGHT - days * 24 * HOUR };
    let of_head = all(&names[5]);
    // Of the last day there is nothing older than the root, and it stands for all boundaries before it.
    assert_eq!(of_head, [(names[3].clone(), before(0)), (names[2].clone(), before(1)), (names[0].clone(), before(2))]);
    assert_eq!(all(&names[0]), [(names[0].clone(), before(2))]);
}

#[test]
fn a_young_history_begins_at_its_root() {
    let git = TestRepository::new();
    let root = git.commit(MIDNIGHT + HOUR);
    let tip = git.commit(MIDNIGHT + 2 * HOUR);
    let base = base_of(&git, &tip, &Options::default());
    assert_eq!(
        (base.commit.as_str(), base.distance, base.reason),
        (root.as_str(), 1, BaseReason::Root { boundary: MIDNIGHT })
    );
    let alone = base_of(&git, &root, &Options::default());
    assert_eq!(
        (alone.commit.as_str(), alone.distance, alone.reason),
        (root.as_str(), 0, BaseReason::Root { boundary: MIDNIGHT })
    );
}

#[test]
fn of_several_roots_it_is_the_one_that_git_names() {
    let git = TestRepository::new();
    let names = git.import(&[on(MIDNIGHT + 1, &[]), on(MIDNIGHT + 5, &[]), on(MIDNIGHT + 9, &[0, 1])]);
    let all = Options { walk: Walk::AllParents, ..Options::default() };
    assert_eq!(
        base_of(&git, &names[2], &all).commit.as_str(),
        git.git(["rev-list", "-1", "--max-parents=0", &names[2]])
    );
    assert_eq!(base_of(&git, &names[2], &Options::default()).commit.as_str(), names[0]);
}

#[test]
fn a_branch_that_was_merged_is_left_out_unless_asked_for() {
    let git = TestRepository::new();
    let names = git.import(&[
        on(MIDNIGHT - 5 * HOUR, &[]),
        on(MIDNIGHT - HOUR, &[0]),
        on(MIDNIGHT + HOUR, &[0]),
        on(MIDNIGHT + 2 * HOUR, &[2, 1]),
    ]);
    assert_eq!(base_of(&git, &names[3], &Options::default()).commit.as_str(), names[0]);
    let all = Options { walk: Walk::AllParents, ..Options::default() };
    assert_eq!(base_of(&git, &names[3], &all).commit.as_str(), names[1]);
}

#[test]
fn a_base_can_be_pinned() {
    let (git, names) = three_days();
    git.git(["tag", "--annotate", "--message=x", "v1", &names[1]]);
    let pin = |revision: &str| Options { pinned: Some(revision.to_owned()), ..Options::default() };
    let base = base_of(&git, "HEAD", &pin("v1"));
    assert_eq!((base.commit.as_str(), base.distance, base.reason), (names[1].as_str(), 4, BaseReason::Pinned));

    git.git(["checkout", "--quiet", "--orphan", "other"]);
    let stranger = git.commit(MIDNIGHT);
    let base = base_of(&git, "main", &pin("other"));
    assert_eq!((base.commit.as_str(), base.distance, base.reason), (stranger.as_str(), 0, BaseReason::Pinned));
}

#[test]
fn a_revision_is_named_in_every_way_of_git() {
    let (git, names) = three_days();
    git.git(["tag", "light", &names[2]]);
    git.git(["tag", "--annotate", "--message=x", "heavy", &names[3]]);
    git.git(["tag", "--annotate", "--message=x", "heavier", "heavy"]);
    git.git(["branch", "side/branch", &names[1]]);
    let repository = git.open();
    let short = &names[4][..9];
    for revision in [
        "HEAD",
        "@",
        "main",
        "refs/heads/main",
        "HEAD~3",
        "HEAD^",
        "HEAD^0",
        "light",
        "heavy",
        "heavier",
        "heavier~1",
        "side/branch",
        short,
        &names[0],
        "heavy^{commit}",
        "heavy^{}",
        ":/at 17697",
        "main@{0}",
    ] {
        let found = head(&repository, Some(revision)).unwrap_or_else(|error| panic!("{revision}: {error}"));
        let expected = git.git(["rev-list", "-1", revision]);
        assert_eq!(found.commit.as_str(), expected, "{revision}");
    }
    git.git(["checkout", "--quiet", "--detach", "HEAD~2"]);
    assert_eq!(head(&git.open(), None).expect("a head").commit.as_str(), names[3]);
}

#[test]
fn a_revision_that_is_none_is_refused() {
    let (git, names) = three_days();
    git.write("file", "x");
    let last = git.commit_all(MIDNIGHT + 10 * HOUR);
    let repository = git.open();
    let refused = |revision: &str| head(&repository, Some(revision)).expect_err(revision);
    for (revision, hint) in [
        ("nothing", "git fetch origin nothing"),
        ("0000000000000000000000000000000000000000", "git fetch origin 0"),
        ("", "git log"),
        ("HEAD~100", "git log"),
        ("--all", "git log"),
        ("-1", "git log"),
        ("HEAD:absent", "git log"),
        ("\0", "git log"),
    ] {
        let error = refused(revision);
        assert!(matches!(error, Error::UnknownRevision { .. }), "{revision}: {error:?}");
        assert_helpful(&error, hint);
    }
    for revision in ["HEAD~1..HEAD", "HEAD...main", "^HEAD"] {
        let error = refused(revision);
        assert!(matches!(error, Error::Range { .. }), "{revision}: {error:?}");
        assert_helpful(&error, "one commit");
    }
    for (revision, kind) in [("HEAD^{tree}", "tree"), ("HEAD:file", "blob")] {
        let error = refused(revision);
        assert!(matches!(&error, Error::NotACommit { kind: found, .. } if found == kind), "{revision}: {error:?}");
        assert_helpful(&error, "one commit");
    }
    assert!(head(&repository, Some(&names[0])).is_ok() && head(&repository, Some(&last)).is_ok());
}

#[test]
fn a_short_name_of_two_commits_is_refused() {
    let git = TestRepository::new();
    let commits: Vec<Commit> = (0..600).map(|number| on(MIDNIGHT + number, &[])).collect();
    let names = git.import(&commits);
    let mut sorted = names.clone();
    sorted.sort();
    let twins = sorted
        .windows(2)
        .find(|pair| pair[0][..4] == pair[1][..4])
        .expect("two of 600 begin with the same four digits");
    let error = head(&git.open(), Some(&twins[0][..4])).expect_err("it is ambiguous");
    match &error {
        Error::AmbiguousRevision { candidates, .. } => assert!(candidates.len() >= 2, "{candidates:?}"),
        other => panic!("{other:?}"),
    }
    assert_helpful(&error, "more digits");
}

#[test]
fn a_branch_that_only_the_remote_has_is_proposed() {
    let (git, _) = three_days();
    git.git(["branch", "feature"]);
    let clone = git.cloned(&[]);
    let error = head(&clone.open(), Some("feature")).expect_err("no such local branch");
    assert_helpful(&error, "did you mean `origin/feature`?");
}

#[test]
fn a_folder_outside_of_every_repository_is_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for path in [folder.path().to_owned(), folder.path().join("missing")] {
        let error = open(&path).expect_err("no repository");
        assert!(matches!(error, Error::NoRepository { .. } | Error::Open { .. }), "{error:?}");
    }
    let error = open(folder.path()).expect_err("no repository");
    assert!(matches!(error, Error::NoRepository { .. }), "{error:?}");
    assert_helpful(&error, "git init");
}

#[test]
fn a_repository_is_found_from_a_folder_below() {
    let (git, _) = three_days();
    git.write("src/deep/file", "x");
    let repository = open(&git.path("src/deep")).expect("a repository");
    assert_eq!(repository.work_tree().expect("a work tree"), git.folder());
    assert!(!repository.is_shallow() && !repository.is_partial());
}

#[test]
fn a_branch_without_commits_is_refused() {
    let git = TestRepository::new();
    for revision in [None, Some("HEAD"), Some("@")] {
        let error = head(&git.open(), revision).expect_err("no commit");
        assert!(matches!(&error, Error::Unborn { branch } if branch == "main"), "{error:?}");
        assert_helpful(&error, "git commit");
    }
}

#[test]
fn a_bare_repository_has_a_base_but_no_work_tree() {
    let (git, names) = three_days();
    let bare = git.cloned(&["--bare"]);
    let repository = bare.open();
    let found = head(&repository, None).expect("a head");
    assert!(!found.dirty);
    assert_eq!(bases(&repository, &found, &Options::default()).expect("a base").first.commit.as_str(), names[3]);
    let error = repository.work_tree().expect_err("no files");
    assert!(matches!(error, Error::Bare { .. }), "{error:?}");
    assert_helpful(&error, "git worktree add");
}

#[test]
fn a_repository_of_another_user_is_refused() {
    use std::io::Write as _;
    let (git, _) = three_days();
    git.write("src/file", "x");
    if std::os::unix::fs::lchown(git.folder(), Some(12345), Some(12345)).is_err() {
        writeln!(std::io::stderr(), "skipped: only root can give a repository to another user")
            .expect("standard error");
        return;
    }
    for path in [git.folder().to_owned(), git.path("src")] {
        let error = open(&path).expect_err("it belongs to another user");
        assert!(matches!(&error, Error::ForeignOwner { folder } if folder == git.folder()), "{error:?}");
        assert_helpful(&error, &format!("git config --global --add safe.directory {}", git.folder().display()));
    }
}

/// A branch of which an old side branch was merged late.
fn late_merge() -> (TestRepository, Vec<String>) {
    let git = TestRepository::new();
    let names = git.import(&[
        on(MIDNIGHT - 30 * HOUR, &[]),
        on(MIDNIGHT - 20 * HOUR, &[0]),
        // The side branch: old, and near to the tip.
        on(MIDNIGHT - 10 * HOUR, &[0]),
        on(MIDNIGHT - HOUR, &[1]),
        on(MIDNIGHT + HOUR, &[3]),
        on(MIDNIGHT + 2 * HOUR, &[4]),
        on(MIDNIGHT + 3 * HOUR, &[5, 2]),
        on(MIDNIGHT + 4 * HOUR, &[6]),
    ]);
    git.git(["update-ref", "refs/heads/main", &names[7]]);
    (git, names)
}

#[test]
fn a_shallow_clone_is_not_believed() {
    let (git, names) = late_merge();
    for depth in 1..=3 {
        let clone = git.cloned(&[&format!("--depth={depth}"), "--branch=main", "--no-checkout"]);
        let repository = clone.open();
        assert!(repository.is_shallow());
        for walk in [Walk::FirstParent, Walk::AllParents] {
            let start = names[7].parse().expect("a name");
            let error = newest_at(&repository, &start, MIDNIGHT, walk).expect_err("not provable");
            assert!(matches!(error, Error::Shallow { .. }), "depth {depth}, {walk:?}: {error:?}");
            assert_helpful(&error, "git fetch --unshallow");
            assert_helpful(&error, "fetch-depth: 0");
        }
        if depth == 3 {
            // What git answers here is wrong: the side branch, which is older than the true base.
            let wrong = clone.git(["rev-list", "-1", &format!("--min-age={MIDNIGHT}"), &names[7]]);
            let right = git.git(["rev-list", "-1", &format!("--min-age={MIDNIGHT}"), &names[7]]);
            assert_eq!((wrong, right), (names[2].clone(), names[3].clone()));
        }
    }
}

#[test]
fn a_shallow_clone_that_reaches_far_enough_is_believed() {
    let (git, names) = late_merge();
    for depth in 5..=6 {
        let clone = git.cloned(&[&format!("--depth={depth}"), "--branch=main", "--no-checkout"]);
        let repository = clone.open();
        assert!(repository.is_shallow());
        for walk in [Walk::FirstParent, Walk::AllParents] {
            let found = newest_at(&repository, &names[7].parse().expect("a name"), MIDNIGHT, walk).expect("proved");
            assert_eq!((found.commit.as_str(), found.is_root), (names[3].as_str(), false), "depth {depth}, {walk:?}");
        }
    }
    // The last commit of the clone is itself old enough: its parents do not matter.
    let clone = git.cloned(&["--depth=1", "--branch=main", "--no-checkout"]);
    let late = Options { interval: IntervalSetting::Auto, pinned: Some("HEAD".to_owned()), ..Options::default() };
    assert_eq!(base_of(&clone, "HEAD", &late).reason, BaseReason::Pinned);
    let found = newest_at(&clone.open(), &names[7].parse().expect("a name"), MIDNIGHT + 4 * HOUR, Walk::FirstParent);
    assert_eq!(found.expect("proved").distance, 0);
}

#[test]
fn a_partial_clone_has_all_commits() {
    let (git, names) = three_days();
    git.git(["config", "uploadpack.allowFilter", "true"]);
    let clone = git.cloned(&["--filter=tree:0", "--no-checkout"]);
    let repository = clone.open();
    assert!(repository.is_partial());
    let found = head(&repository, Some("HEAD")).expect("a head");
    assert_eq!(bases(&repository, &found, &Options::default()).expect("a base").first.commit.as_str(), names[3]);
}

#[test]
fn a_missing_commit_is_named() {
    let (git, names) = three_days();
    let (folder, file) = names[3].split_at(2);
    fs_err::remove_file(git.path(Path::new(".git/objects").join(folder).join(file))).expect("a loose object");
    let repository = git.open();
    let found = head(&repository, Some("HEAD")).expect("a head");
    let error = bases(&repository, &found, &Options::default()).expect_err("its base is missing");
    assert!(matches!(&error, Error::MissingCommit { commit, partial: false } if *commit == names[3]), "{error:?}");
    assert_helpful(&error, "git fsck");
}

#[test]
fn replaced_commits_are_followed_as_git_follows_them() {
    let (git, names) = three_days();
    git.git(["commit-graph", "write", "--reachable"]);
    git.git(["replace", "--graft", &names[4], &names[1]]);
    let expected = git.git(["rev-list", "-1", "--first-parent", &format!("--min-age={MIDNIGHT}"), "HEAD"]);
    assert_eq!(expected, names[1]);
    assert_eq!(base_of(&git, "HEAD", &Options::default()).commit.as_str(), expected);
}

#[test]
fn grafts_are_refused() {
    let (git, names) = three_days();
    git.write(".git/info/grafts", format!("{} {}\n", names[4], names[1]));
    let repository = git.open();
    let found = head(&repository, Some("HEAD")).expect("a head");
    let error = bases(&repository, &found, &Options::default()).expect_err("grafts");
    assert!(matches!(error, Error::Grafts { .. }), "{error:?}");
    assert_helpful(&error, "git replace --convert-graft-file");
}

/// A commit-graph keeps 34 bits of a time, in which one before 1970 looks like one of 2514.
#[test]
fn a_time_that_a_commit_graph_cannot_hold_is_read_from_the_commit() {
    let (git, _) = three_days();
    let text = git.git(["cat-file", "commit", "HEAD~5"]);
    let old = text.replace(&format!("> {} +0000", MIDNIGHT - 48 * HOUR), "> -1000 +0000");
    let root = git.git_with(
        ["hash-object", "-t", "commit", "-w", "--literally", "--stdin"],
        &[],
        format!("{old}\n").as_bytes(),
    );
    let child = git.git(["commit-tree", "-p", &root, "-m", "child", "HEAD^{tree}"]);
    git.git(["update-ref", "refs/heads/main", &child]);
    let ask = || newest_at(&git.open(), &child.parse().expect("a name"), 0, Walk::FirstParent).expect("an answer");
    let without = ask();
    git.git(["commit-graph", "write", "--reachable"]);
    assert_eq!(ask(), without);
    assert_eq!((without.commit.as_str(), without.committer_time, without.is_root), (root.as_str(), -1000, false));
}
