//! The calls of git that fetch.

use std::ffi::OsString;
use std::fmt;
use std::path::Path;

use gix::ObjectId;

use crate::model::name::Branch;
use crate::model::revision::CommitId;
use crate::process::Invocation;

/// What a clone lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lack {
    /// The history goes back further (`git clone --depth`).
    Commits,
    /// A branch of the remote.
    Branch(Branch),
    /// Which branch of the remote is its default.
    DefaultBranch,
}

impl fmt::Display for Lack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Commits => f.write_str("more of the history"),
            Self::Branch(branch) => write!(f, "the branch `{branch}`"),
            Self::DefaultBranch => f.write_str("the default branch"),
        }
    }
}

/// How often the history is fetched by pieces, each four times as long as the one before; then comes all of it.
pub(super) const STEPS: u32 = 6;

/// How many commits the first piece has.
const FIRST: u32 = 32;

fn depth(step: u32) -> Option<u32> {
    (step < STEPS).then(|| FIRST << (2 * step))
}

/// Says what is fetched.
pub(super) fn told(lack: &Lack, remote: &str, step: u32) -> String {
    match (lack, depth(step)) {
        (Lack::Commits, Some(depth)) => format!("the clone is shallow: fetching {depth} more commits from {remote}"),
        (Lack::Commits, None) => format!("the clone is shallow: fetching the whole history from {remote}"),
        (lack, _) => format!("fetching {lack} from {remote}"),
    }
}

/// What no call does: run hooks, also those that git 2.54 and later have in its settings; keep house; ask the file
/// system monitor.
const OFF: [&str; 6] = [
    "core.hooksPath=/dev/null",
    "hook.reference-transaction.enabled=false",
    "hook.pre-auto-gc.enabled=false",
    "core.fsmonitor=false",
    "maintenance.auto=false",
    "gc.auto=0",
];

/// Nobody is asked for a password, by git or by a program of the settings.
fn git(command: &str) -> Invocation {
    OFF.iter()
        .fold(Invocation::new("git"), |git, setting| git.args(["-c", setting]))
        .arg(command)
        .env("GIT_TERMINAL_PROMPT", "0")
        // Empty, and so before `core.askPass` and `SSH_ASKPASS` (`git_prompt` in git's `prompt.c`).
        .env("GIT_ASKPASS", "")
        .env("SSH_ASKPASS_REQUIRE", "never")
        .env("LC_ALL", "C")
}

/// Has ssh ask nobody: it would wait for a terminal that it does not have. For where the user has not said how ssh is
/// called.
pub(super) fn without_questions(git: Invocation) -> Invocation {
    git.env("GIT_SSH_COMMAND", "ssh -o BatchMode=yes")
}

/// Names the repository, so that it is the one that hinc reads, whatever the folder and the environment say.
pub(super) fn in_repository(mut git: Invocation, git_dir: &Path, folder: &Path) -> Invocation {
    let mut named = OsString::from("--git-dir=");
    named.push(git_dir);
    git.args.insert(0, named);
    git.cwd(folder)
}

/// Nothing but what is named is fetched, and written nowhere else (`--refmap=`).
fn fetching() -> Invocation {
    git("fetch").args(["--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head", "--refmap="])
}

fn into_remote(branch: &str, remote: &str) -> String {
    format!("+refs/heads/{branch}:refs/remotes/{remote}/{branch}")
}

/// Fetches more of the history: that of head, and of a branch; of all branches where head is not given.
pub(super) fn deepen(remote: &str, head: Option<&CommitId>, branch: Option<&Branch>, step: u32) -> Invocation {
    let depth = depth(step).map_or_else(|| "--unshallow".to_owned(), |depth| format!("--deepen={depth}"));
    let fetch = fetching().args([depth.as_str(), "--end-of-options", remote]);
    match head {
        None => fetch.arg(into_remote("*", remote)),
        Some(head) => fetch.arg(head.to_string()).args(branch.map(|branch| into_remote(branch.as_str(), remote))),
    }
}

/// Fetches a branch.
pub(super) fn fetch_branch(remote: &str, branch: &Branch) -> Invocation {
    fetching().args(["--end-of-options", remote]).arg(into_remote(branch.as_str(), remote))
}

/// Asks which branch is the default.
pub(super) fn ask_default(remote: &str) -> Invocation {
    git("ls-remote").args(["--symref", "--end-of-options", remote, "HEAD"])
}

/// Reads the answer to [`ask_default`]: `ref: refs/heads/main<tab>HEAD`.
pub(super) fn default_branch(answer: &[u8]) -> Option<Branch> {
    let answer = std::str::from_utf8(answer).ok()?;
    let mut lines = answer.lines().filter_map(|line| line.strip_prefix("ref: refs/heads/")?.strip_suffix("\tHEAD"));
    lines.find_map(|branch| branch.parse().ok())
}

/// Notes which branch is the default, as `git clone` does.
pub(super) fn note_default(remote: &str, branch: &Branch) -> Invocation {
    git("symbolic-ref").arg(format!("refs/remotes/{remote}/HEAD")).arg(format!("refs/remotes/{remote}/{branch}"))
}

/// Lists all files of a commit. git fetches the trees that are missing, all of them at once.
pub(super) fn list(commit: &CommitId) -> Invocation {
    git("ls-tree").args(["-r", "-z", "--full-tree", "--end-of-options"]).arg(commit.to_string())
}

/// Reads the names of files' contents from what [`list`] answers: `MODE TYPE NAME<tab>PATH`.
pub(super) fn objects(listed: &[u8]) -> impl Iterator<Item = ObjectId> + '_ {
    listed.split(|byte| *byte == 0).filter_map(|entry| {
        let mut words = entry.split(|byte| *byte == b' ');
        let _mode = words.next()?;
        let is_file = words.next()? == b"blob";
        let name = words.next()?.split(|byte| *byte == b'\t').next()?;
        ObjectId::from_hex(name).ok().filter(|_| is_file)
    })
}

/// Fetches objects by their names, as git itself does where it comes upon one that is missing (`promisor-remote.c`).
pub(super) fn fetch_objects(remote: &str, objects: &[ObjectId]) -> Invocation {
    let mut fetch = fetching();
    // In front of the command: what is here says nothing of what is missing.
    fetch.args.splice(0..0, ["-c", "fetch.negotiationAlgorithm=noop"].map(Into::into));
    fetch = fetch.args(["--filter=blob:none", "--stdin", "--end-of-options", remote]);
    for object in objects {
        fetch.stdin.extend(format!("{object}\n").into_bytes());
    }
    fetch
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(invocation: &Invocation) -> String {
        let is_off = |word: &str| word == "-c" || OFF.contains(&word);
        let words = invocation.args.iter().filter_map(|word| word.to_str()).filter(|word| !is_off(word));
        words
            .filter(|word| !word.starts_with("--no-") && !["--quiet", "--refmap="].contains(word))
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn each_call() {
        let head: CommitId = "a".repeat(40).parse().expect("a commit");
        let main: Branch = "main".parse().expect("a branch");
        let calls = [
            deepen("origin", Some(&head), None, 0),
            deepen("origin", Some(&head), Some(&main), 3),
            deepen("origin", None, Some(&main), 1),
            deepen("origin", Some(&head), None, STEPS),
            fetch_branch("origin", &main),
            ask_default("origin"),
            note_default("origin", &main),
            list(&head),
            fetch_objects("origin", &[ObjectId::null(gix::hash::Kind::Sha1)]),
        ];
        insta::assert_snapshot!(calls.iter().map(words).collect::<Vec<_>>().join("\n"), @r"
        fetch --deepen=32 --end-of-options origin aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
        fetch --deepen=2048 --end-of-options origin aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa +refs/heads/main:refs/remotes/origin/main
        fetch --deepen=128 --end-of-options origin +refs/heads/*:refs/remotes/origin/*
        fetch --unshallow --end-of-options origin aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
        fetch --end-of-options origin +refs/heads/main:refs/remotes/origin/main
        ls-remote --symref --end-of-options origin HEAD
        symbolic-ref refs/remotes/origin/HEAD refs/remotes/origin/main
        ls-tree -r -z --full-tree --end-of-options aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
        fetch.negotiationAlgorithm=noop fetch --filter=blob:none --stdin --end-of-options origin
        ");
    }

    #[test]
    fn the_default_branch_is_read() {
        let read = |answer: &str| default_branch(answer.as_bytes()).map(|branch| branch.to_string());
        assert_eq!(read("ref: refs/heads/release/2\tHEAD\n0123\tHEAD\n").as_deref(), Some("release/2"));
        // A remote whose HEAD is detached, and one that says something else.
        for answer in ["0123\tHEAD\n", "", "ref: refs/heads/--upload-pack=x\tHEAD\n", "ref: refs/heads/main\tother\n"] {
            assert_eq!(read(answer), None, "{answer:?}");
        }
    }

    #[test]
    fn what_is_listed_is_read() {
        let name = "b".repeat(40);
        let listed = format!("100644 blob {name}\ta b\x00160000 commit {name}\tmodule\x00120000 blob {name}\tlink\x00");
        assert_eq!(objects(listed.as_bytes()).count(), 2);
        assert_eq!(objects(b"").count(), 0);
        assert_eq!(objects(b"\x00x\x00100644 blob zz\tfile\x00").count(), 0);
    }
}
