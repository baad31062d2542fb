//! What hinc has git fetch where a clone lacks a part of the history, or files: over a bare repository as the remote.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use hinc::error::Diagnose as _;
use hinc::exit::Exit;
use hinc::history::{Against, BasePolicy, Circumstances, Fetching, Options, PullRequest, Walk};
use hinc::model::interval_choice::IntervalSetting;
use hinc::model::revision::Base;
use hinc::pipeline::{Error, Project};
use pretty_assertions::assert_eq;
use tokio_util::sync::CancellationToken;

use crate::history_oracle::made_up;
use crate::repositories::{Commit, Random, TestRepository};

/// 2026-01-31 00:00 UTC, a midnight.
const MIDNIGHT: i64 = 1_769_817_600;
const HOUR: i64 = 3600;

/// A bare remote that has some commits as branches.
struct Remote {
    guard: tempfile::TempDir,
    origin: TestRepository,
}

impl Remote {
    fn of(commits: &[Commit], branches: &[(&str, usize)]) -> (Self, Vec<String>) {
        let source = TestRepository::new();
        let names = source.import(commits);
        let guard = tempfile::tempdir().expect("a temporary folder");
        let folder = guard.path().join("origin.git");
        source.git(["init", "--quiet", "--bare", "--initial-branch=main", folder.to_str().expect("a plain path")]);
        let pairs = branches.iter().map(|(branch, commit)| format!("{}:{branch}", names[*commit]));
        let mut push = vec!["push".to_owned(), "--quiet".to_owned(), folder.display().to_string()];
        push.extend(pairs);
        source.git(push);
        let origin = TestRepository::existing(&folder);
        origin.git(["config", "uploadpack.allowFilter", "true"]);
        origin.git(["config", "uploadpack.allowAnySHA1InWant", "true"]);
        (Self { guard, origin }, names)
    }

    fn url(&self) -> String {
        format!("file://{}", self.origin.folder().display())
    }

    /// Checks out a reference as CI services do: one fetch of it alone into an empty repository.
    fn checked_out(&self, reference: &str, more: &[&str]) -> TestRepository {
        let folder =
            self.guard.path().join(format!("job-{}", fs_err::read_dir(self.guard.path()).expect("a folder").count()));
        fs_err::create_dir(&folder).expect("a folder");
        let job = TestRepository::existing(&folder);
        job.git(["init", "--quiet", "--initial-branch=main"]);
        job.git(["remote", "add", "origin", &self.url()]);
        let mut fetch = vec!["fetch", "--quiet", "--no-tags"];
        fetch.extend(more);
        let into = format!("+{reference}:refs/remotes/job");
        fetch.extend(["origin", &into]);
        job.git(fetch);
        job.git(["checkout", "--quiet", "--detach", "refs/remotes/job"]);
        job
    }
}

/// Chooses the base of what is checked out, and returns what was told meanwhile beside it.
fn base_in(folder: &Path, options: &Options) -> (Result<Base, Error>, Vec<String>) {
    let told = Mutex::new(Vec::new());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let base = runtime.block_on(async {
        let project = Project::open(folder, Some("HEAD"))?;
        let tell = |text: &str| told.lock().expect("no panic").push(text.to_owned());
        project.bases(options, &tell, &CancellationToken::new()).await.map(|bases| bases.first)
    });
    (base, told.into_inner().expect("no panic"))
}

fn as_needed(options: &Options) -> Options {
    Options { fetching: Fetching::AsNeeded, ..options.clone() }
}

fn mainline() -> Options {
    let against = Some(Against::Branch("main".parse().expect("a branch")));
    Options {
        policy: BasePolicy::Mainline,
        circumstances: Circumstances { against, pull_request: None },
        ..Options::default()
    }
}

fn on(hours: i64, parents: &[usize]) -> Commit {
    Commit { seconds: MIDNIGHT + hours * HOUR, parents: parents.to_vec() }
}

/// Two pull requests from one main, with the merges that a service made to check them.
fn two_pull_requests() -> (Remote, Vec<String>) {
    let commits = [
        on(-80, &[]),
        on(-70, &[0]),
        on(-60, &[1]),
        on(-30, &[2]),
        on(-65, &[1]),
        on(-20, &[4]),
        on(-2, &[1]),
        on(3, &[6]),
        on(4, &[7, 3]),
        on(5, &[7, 5]),
    ];
    let refs = [("refs/heads/main", 7), ("refs/heads/a", 3), ("refs/pull/1/merge", 8), ("refs/pull/2/merge", 9)];
    Remote::of(&commits, &refs)
}

/// Runs `hinc base --json` in a job of GitHub Actions.
fn base_of_job(job: &TestRepository, event: &[(&str, &str)]) -> (Option<Base>, String) {
    let mut hinc = Command::new(env!("CARGO_BIN_EXE_hinc"));
    hinc.args(["base", "--json"]).current_dir(job.folder()).env_clear();
    hinc.env("PATH", std::env!("PATH")).env("HOME", "/nonexistent").env("CI", "true").env("GITHUB_ACTIONS", "true");
    let output = hinc.envs(event.iter().copied()).output().expect("it runs");
    (serde_json::from_slice(&output.stdout).ok(), String::from_utf8(output.stderr).expect("text"))
}

#[test]
fn jobs_of_pull_requests_share_the_base_of_main_whatever_they_checked_out() {
    let (remote, names) = two_pull_requests();
    for (number, merge) in [("1", &names[8]), ("2", &names[9])] {
        let reference = format!("refs/pull/{number}/merge");
        let event = [
            ("GITHUB_EVENT_NAME", "pull_request"),
            ("GITHUB_REF", reference.as_str()),
            ("GITHUB_BASE_REF", "main"),
            ("GITHUB_SHA", merge.as_str()),
        ];
        for depth in [&["--depth=1"] as &[&str], &["--depth=2"], &["--filter=tree:0"], &[]] {
            let (base, said) = base_of_job(&remote.checked_out(&reference, depth), &event);
            assert_eq!(base.unwrap_or_else(|| panic!("{said}")).commit.as_str(), names[6], "{depth:?}");
            assert_eq!(
                said.contains("the clone is shallow: fetching 32 more commits from origin"),
                depth.concat().contains("depth"),
                "{said}"
            );
        }
    }
    // What was checked out is not the merge: the branch of the target has to come too.
    let event =
        [("GITHUB_EVENT_NAME", "pull_request"), ("GITHUB_REF", "refs/pull/1/merge"), ("GITHUB_BASE_REF", "main")];
    let (base, said) = base_of_job(&remote.checked_out("refs/heads/a", &["--depth=1"]), &event);
    assert_eq!(base.unwrap_or_else(|| panic!("{said}")).commit.as_str(), names[0]);
    let (base, said) = base_of_job(&remote.checked_out("refs/heads/a", &[]), &event);
    assert_eq!(base.unwrap_or_else(|| panic!("{said}")).commit.as_str(), names[0]);
    assert!(said.contains("fetching the branch `main` from origin"), "{said}");
}

/// A job that is given the folder of an earlier one has main as it was then.
#[test]
fn a_main_line_that_stands_still_here_is_fetched_anew() {
    let (remote, names) = two_pull_requests();
    let job = remote.checked_out("refs/pull/1/merge", &[]);
    job.git(["update-ref", "refs/remotes/origin/main", &names[0]]);
    let (base, told) = base_in(job.folder(), &as_needed(&mainline()));
    assert_eq!(base.expect("a base").commit.as_str(), names[6]);
    assert_eq!(told, ["fetching the branch `main` from origin"]);
    assert_eq!(job.git(["rev-parse", "refs/remotes/origin/main"]), names[7]);

    // The remote is away: the answer is a right base, and it is said that others may have another one.
    fs_err::rename(remote.origin.folder(), remote.guard.path().join("away")).expect("it moves");
    job.git(["update-ref", "refs/remotes/origin/main", &names[1]]);
    let (base, told) = base_in(job.folder(), &as_needed(&mainline()));
    assert_eq!(base.expect("a base").commit.as_str(), names[0]);
    assert!(told[1].starts_with("cannot fetch the branch `main` (fatal: "), "{told:?}");
    assert!(
        told[1].ends_with("): the main line here may be older than that of others, and with it the base"),
        "{told:?}"
    );
}

#[test]
fn without_leave_nothing_is_fetched() {
    let (remote, names) = two_pull_requests();
    let job = remote.checked_out("refs/pull/1/merge", &["--depth=1"]);
    let (base, told) = base_in(job.folder(), &Options::default());
    let error = base.expect_err("it is shallow");
    assert_eq!(error.exit(), Exit::History);
    assert!(error.hints().iter().any(|hint| hint.as_str().contains("--history deepen")), "{:?}", error.hints());
    assert!(told.is_empty(), "{told:?}");
    assert_eq!(job.git(["rev-list", "--count", "HEAD"]), "1");
    let (base, _) = base_in(job.folder(), &as_needed(&Options::default()));
    assert_eq!(base.expect("a base").commit.as_str(), names[6]);
}

#[test]
fn the_default_branch_is_asked_for() {
    let (remote, names) = two_pull_requests();
    let job = remote.checked_out("refs/heads/a", &[]);
    let options = Options { policy: BasePolicy::Mainline, ..as_needed(&Options::default()) };
    let (base, told) = base_in(job.folder(), &options);
    assert_eq!(base.expect("a base").commit.as_str(), names[0]);
    assert_eq!(told, ["fetching the default branch from origin"]);
    assert_eq!(job.git(["symbolic-ref", "refs/remotes/origin/HEAD"]), "refs/remotes/origin/main");
}

#[test]
fn a_commit_that_was_never_pushed_has_its_history_fetched() {
    let (remote, names) = two_pull_requests();
    let job = remote.checked_out("refs/heads/main", &["--depth=1"]);
    job.write("file", "new");
    job.commit_all(MIDNIGHT + 9 * HOUR);
    let (base, told) = base_in(job.folder(), &as_needed(&Options::default()));
    assert_eq!(base.expect("a base").commit.as_str(), names[6]);
    assert_eq!(told.len(), 1, "{told:?}");
}

#[test]
fn a_remote_that_does_not_answer_is_told() {
    let (remote, _) = two_pull_requests();
    let job = remote.checked_out("refs/pull/1/merge", &["--depth=1"]);
    fs_err::rename(remote.origin.folder(), remote.guard.path().join("away")).expect("it moves");
    let (base, _) = base_in(job.folder(), &as_needed(&Options::default()));
    let error = base.expect_err("nothing answers");
    assert_eq!((error.exit(), error.to_string().as_str()), (Exit::History, "cannot fetch more of the history"));
    assert!(error.hints().iter().any(|hint| hint.as_str().contains("git fetch")), "{:?}", error.hints());
    let tail = error.tail().join("\n");
    assert!(tail.contains("does not appear to be a git repository") || tail.contains("Could not read"), "{tail}");
}

#[test]
fn no_hook_of_the_repository_runs() {
    let (remote, _) = two_pull_requests();
    let job = remote.checked_out("refs/pull/1/merge", &["--depth=1"]);
    let mark: PathBuf = remote.guard.path().join("ran");
    let script = format!("#!/bin/sh\ntouch {}\n", mark.display());
    for hook in ["reference-transaction", "post-checkout", "pre-auto-gc"] {
        let path = job.path(".git/hooks").join(hook);
        fs_err::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs_err::write(&path, &script).expect("a hook");
        fs_err::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("a mode");
    }
    let (base, _) = base_in(job.folder(), &as_needed(&mainline()));
    base.expect("a base");
    assert!(!mark.exists());
    // Since 2.54 git has hooks in its settings too; an older one knows nothing of them.
    let (remote, _) = two_pull_requests();
    let job = remote.checked_out("refs/pull/1/merge", &["--depth=1"]);
    let in_settings = remote.guard.path().join("ran");
    job.git(["config", "hook.x.event", "reference-transaction"]);
    job.git(["config", "hook.x.command", &format!("touch {} #", in_settings.display())]);
    base_in(job.folder(), &as_needed(&mainline())).0.expect("a base");
    assert!(!in_settings.exists());
}

#[test]
fn the_hooks_of_these_tests_would_run() {
    let (remote, _) = two_pull_requests();
    let job = remote.checked_out("refs/pull/1/merge", &["--depth=1"]);
    let mark: PathBuf = remote.guard.path().join("ran");
    let path = job.path(".git/hooks/reference-transaction");
    fs_err::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs_err::write(&path, format!("#!/bin/sh\ntouch {}\n", mark.display())).expect("a hook");
    fs_err::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("a mode");
    job.git(["update-ref", "refs/heads/other", "HEAD"]);
    assert!(mark.exists());
}

/// Also where the clone is shallow, and reaches far enough for an old main line.
#[test]
fn a_shallow_clone_has_its_main_line_fetched_anew_too() {
    let (remote, names) = two_pull_requests();
    let job = remote.checked_out("refs/pull/1/merge", &["--depth=5"]);
    job.git(["update-ref", "refs/remotes/origin/main", &names[1]]);
    let (base, _) = base_in(job.folder(), &as_needed(&mainline()));
    assert_eq!(base.expect("a base").commit.as_str(), names[6]);
}

/// A job that checks out the branch and not the merge, in the folder of an earlier one; and a default branch.
#[test]
fn whatever_leads_to_the_main_line_it_is_fetched_anew() {
    let (remote, names) = two_pull_requests();
    let of_request = |merge: &str| {
        let pull_request = PullRequest { target: "main".parse().expect("a branch"), merge: merge.parse().ok() };
        let circumstances = Circumstances { against: None, pull_request: Some(pull_request) };
        Options { circumstances, ..Options::default() }
    };
    let by_default = Options { policy: BasePolicy::Mainline, ..Options::default() };
    for (options, fetched) in [(of_request(&names[9]), true), (by_default, true), (of_request(&names[8]), false)] {
        let job = remote.checked_out("refs/pull/1/merge", &[]);
        job.git(["update-ref", "refs/remotes/origin/main", &names[0]]);
        job.git(["symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main"]);
        let (base, told) = base_in(job.folder(), &as_needed(&options));
        assert_eq!(base.expect("a base").commit.as_str(), names[6], "{options:?}");
        assert_eq!(told.len(), usize::from(fetched), "{told:?}");
    }
}

#[test]
fn what_is_fetched_changes_no_branch_of_the_user() {
    let (remote, names) = two_pull_requests();
    let job = remote.checked_out("refs/pull/1/merge", &["--depth=1"]);
    job.git(["config", "remote.origin.fetch", "+refs/heads/*:refs/heads/*"]);
    job.git(["update-ref", "refs/heads/main", "HEAD"]);
    let (base, _) = base_in(job.folder(), &as_needed(&mainline()));
    assert_eq!(base.expect("a base").commit.as_str(), names[6]);
    assert_eq!(job.git(["rev-parse", "refs/heads/main"]), names[8]);
}

/// `origin` is a folder, which git asks by a program of its settings.
fn asking(job: &TestRepository, mark: &Path) {
    job.git(["config", "remote.origin.uploadpack", &format!("touch {}; git-upload-pack", mark.display())]);
}

#[test]
fn nothing_is_fetched_into_a_repository_that_came_with_files() {
    let (remote, _) = two_pull_requests();
    let mark = remote.guard.path().join("ran");
    let outer = TestRepository::new();
    outer.git(["commit", "--quiet", "--allow-empty", "--message", "x"]);
    let job = remote.checked_out("refs/pull/1/merge", &["--depth=1"]);
    asking(&job, &mark);
    job.git(["config", "core.bare", "true"]);
    let inner = outer.path("innocent");
    fs_err::rename(job.path(".git"), &inner).expect("it moves");
    for folder in [inner.clone(), inner.join("refs")] {
        let (base, told) = base_in(&folder, &as_needed(&Options::default()));
        let error = base.expect_err("it is shallow");
        assert_eq!(error.exit(), Exit::History, "{error}");
        assert!(told.is_empty() && !mark.exists(), "{told:?}");
    }
}

/// The variables that name a repository are meant from the folder of hinc, and git is run in another one.
#[test]
fn a_repository_that_is_named_by_a_relative_path_is_the_one_that_is_fetched_into() {
    let (remote, names) = two_pull_requests();
    let job = remote.checked_out("refs/pull/1/merge", &["--depth=1"]);
    let below = job.path("sub");
    fs_err::create_dir(&below).expect("a folder");
    let mut hinc = Command::new(env!("CARGO_BIN_EXE_hinc"));
    hinc.args(["base", "--json", "--rev", "HEAD"]).current_dir(&below).env_clear().env("PATH", env!("PATH"));
    hinc.env("HOME", "/nonexistent").env("CI", "true").env("GIT_DIR", "../.git");
    let output = hinc.output().expect("it runs");
    let said = String::from_utf8(output.stderr).expect("text");
    let base: Base = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{said}"));
    assert_eq!(base.commit.as_str(), names[6]);
}

#[test]
fn nobody_is_asked_for_a_password() {
    let (remote, _) = two_pull_requests();
    let job = remote.checked_out("refs/pull/1/merge", &["--depth=1"]);
    // A server that wants one.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        while let Ok((mut stream, _)) = listener.accept() {
            drop(std::io::Read::read(&mut stream, &mut [0; 4096]));
            let answer = "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
            drop(std::io::Write::write_all(&mut stream, answer.as_bytes()));
        }
    });
    let mark = remote.guard.path().join("asked");
    let asker = remote.guard.path().join("asker");
    fs_err::write(&asker, format!("#!/bin/sh\ntouch {}\necho x\n", mark.display())).expect("a program");
    fs_err::set_permissions(&asker, std::fs::Permissions::from_mode(0o755)).expect("a mode");
    job.git(["config", "core.askPass", asker.to_str().expect("a plain path")]);
    job.git(["remote", "set-url", "origin", &format!("http://{address}/x.git")]);
    let (base, _) = base_in(job.folder(), &as_needed(&Options::default()));
    let error = base.expect_err("it is not let in");
    assert!(!mark.exists(), "{:?}", error.tail());
    assert!(error.tail().join("\n").contains("could not read Username"), "{:?}", error.tail());
}

/// Base and head of a partial clone have the sources that a whole clone gives.
#[test]
fn files_that_a_partial_clone_left_out_come_in_a_few_calls() {
    let source = TestRepository::new();
    for (number, hours) in [-50, -20, 2, 4].into_iter().enumerate() {
        for file in 0..40 {
            source.write(format!("folder{}/deep/file{file}", file % 5), format!("{file} in {number}\n"));
        }
        source.commit_all(MIDNIGHT + hours * HOUR);
    }
    source.git(["config", "uploadpack.allowFilter", "true"]);
    source.git(["config", "uploadpack.allowAnySHA1InWant", "true"]);
    let sources = |folder: &Path| {
        let (base, told) = base_in(folder, &as_needed(&Options::default()));
        let base = base.expect("a base");
        let project = Project::open(folder, Some("HEAD")).expect("it opens");
        let of = |tree| project.source(tree, "", None).expect("a source").store_path;
        (base.commit.to_string(), of(&base.tree), of(&project.head().tree), told)
    };
    let (commit, of_base, of_head, told) = sources(source.folder());
    assert!(told.is_empty(), "{told:?}");
    for filter in ["--filter=blob:none", "--filter=tree:0", "--filter=blob:limit=1"] {
        for more in [&["--no-checkout"] as &[&str], &[], &["--depth=1"]] {
            let clone = source.cloned(&[&[filter], more].concat());
            let trace = clone.path("trace");
            clone.git(["config", "trace2.eventTarget", trace.to_str().expect("a plain path")]);
            let (in_clone, base, head, told) = sources(clone.folder());
            assert_eq!((&in_clone, &base, &head), (&commit, &of_base, &of_head), "{filter} {more:?}");
            assert!(told.iter().any(|text| text.starts_with("fetching the files of ")), "{told:?}");
        }
    }
}

/// What hinc reads of another commit before it knows the base: `hinc.toml`, and what says what is built.
#[test]
fn files_of_another_commit_come_before_they_are_read() {
    let source = TestRepository::new();
    for (number, hours) in [-50, -20, 2, 4].into_iter().enumerate() {
        source.write("hinc.toml", format!("interval = \"{}h\"\n", number + 1));
        source.write("folder/file", format!("{number}\n"));
        source.commit_all(MIDNIGHT + hours * HOUR);
    }
    source.git(["config", "uploadpack.allowFilter", "true"]);
    source.git(["config", "uploadpack.allowAnySHA1InWant", "true"]);
    let hinc = |folder: &Path, args: &[&str], ci: bool| {
        let mut hinc = Command::new(env!("CARGO_BIN_EXE_hinc"));
        hinc.args(args).current_dir(folder).env_clear().env("PATH", std::env!("PATH")).env("HOME", "/nonexistent");
        let output = hinc.envs(ci.then_some(("CI", "true"))).output().expect("it runs");
        let text = |bytes| String::from_utf8(bytes).expect("text");
        (output.status.code(), text(output.stdout), text(output.stderr))
    };
    let base = ["base", "--rev", "HEAD~1"];
    let tree = ["source", "--rev", "HEAD~1"];
    for args in [&base[..], &tree[..]] {
        let (code, expected, said) = hinc(source.folder(), args, false);
        assert_eq!(code, Some(0), "{said}");
        for filter in ["--filter=blob:none", "--filter=tree:0"] {
            for (more, ci) in [(&["--history", "deepen"][..], false), (&[], true)] {
                let (code, found, said) = hinc(source.cloned(&[filter]).folder(), &[args, more].concat(), ci);
                assert_eq!((code, &found), (Some(0), &expected), "{filter} {more:?}: {said}");
                assert!(said.contains("fetching the files of "), "{said}");
            }
            let (code, _, said) = hinc(source.cloned(&[filter]).folder(), args, false);
            assert!(code != Some(0) && said.contains("`--history deepen`"), "{said}");
        }
    }
    // The settings were those of that commit.
    let (_, text, _) = hinc(source.folder(), &base, false);
    assert!(text.contains("(interval 3h)"), "{text}");
    // A build gets as far as to ask for a package.
    let clone = source.cloned(&["--filter=tree:0"]);
    let (_, _, said) = hinc(clone.folder(), &["build", "--rev", "HEAD~1", "--history", "deepen"], false);
    assert!(said.contains("fetching the files of ") && !said.contains("lacks the object"), "{said}");
}

/// `HINC_HISTORIES` made-up histories, 20 where it is not set, in clones of several depths: what a whole clone answers.
#[test]
#[expect(clippy::disallowed_methods, reason = "a test has no command line")]
fn a_shallow_clone_gives_the_answer_of_the_whole_history() {
    let histories = std::env::var("HINC_HISTORIES").ok().and_then(|number| number.parse().ok()).unwrap_or(20_u64);
    let mut deepened = 0;
    for seed in 0..histories {
        let mut random = Random(seed ^ 0xfe7c);
        let mut commits = made_up(&mut random);
        let interval = ["1m", "1h", "1d", "auto"][random.below(4)].parse().expect("an interval");
        if interval == IntervalSetting::Auto {
            // What happened in a day fills some weeks.
            let first = commits[0].seconds;
            for commit in &mut commits {
                commit.seconds = first + (commit.seconds - first) * 100;
            }
        }
        let pick = |random: &mut Random| commits.len() / 2 + random.below(commits.len() / 2);
        let (topic, main) = (pick(&mut random), pick(&mut random));
        let (remote, names) = Remote::of(&commits, &[("refs/heads/topic", topic), ("refs/heads/main", main)]);
        let walk = [Walk::FirstParent, Walk::AllParents][random.below(2)];
        let policy = [Options::default(), mainline()][random.below(2)].clone();
        let options = Options { interval, walk, ..policy };
        let whole = remote.checked_out(&names[topic], &[]);
        whole.git(["fetch", "--quiet", "origin", "+refs/heads/main:refs/remotes/origin/main"]);
        let shown = |base: Result<Base, Error>| match base {
            Ok(base) => format!("{} {} {:?}", base.commit, base.distance, base.interval_choice),
            Err(error) => error.to_string(),
        };
        let (expected, _) = base_in(whole.folder(), &options);
        let expected = shown(expected);
        let depth = ["--depth=1", "--depth=3", "--depth=50"][random.below(3)];
        let (base, told) = base_in(remote.checked_out(&names[topic], &[depth]).folder(), &as_needed(&options));
        assert_eq!(shown(base), expected, "seed {seed}, {depth}, {options:?}, {told:?}");
        deepened += u64::from(told.iter().any(|text| text.contains("shallow")));
    }
    assert!(deepened * 4 > histories, "{deepened} of {histories} had to fetch");
}
