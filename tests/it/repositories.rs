//! Git repositories for tests, made and asked by the real `git`.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// A repository with a work tree in a folder of its own, which goes away with it.
pub(crate) struct TestRepository {
    /// Removes the folder in the end; none for one that was there before.
    _guard: Option<TempDir>,
    folder: PathBuf,
}

impl TestRepository {
    /// Makes an empty one on the branch `main`, whatever the user's own settings of git are.
    pub(crate) fn new() -> Self {
        let guard = tempfile::tempdir().expect("a temporary folder");
        let folder = fs_err::canonicalize(guard.path()).expect("a folder").join("project");
        fs_err::create_dir(&folder).expect("a folder");
        let repository = Self { _guard: Some(guard), folder };
        repository.git(["init", "--quiet", "--initial-branch=main"]);
        repository.shield();
        repository
    }

    /// Clones it with more arguments, such as `--depth=1`, into a folder beside it.
    pub(crate) fn cloned(&self, args: &[&str]) -> Self {
        let guard = tempfile::tempdir().expect("a temporary folder");
        let folder = fs_err::canonicalize(guard.path()).expect("a folder").join("clone");
        let from = format!("file://{}", self.folder.display());
        let mut all = vec!["clone", "--quiet"];
        all.extend(args);
        all.extend([from.as_str(), folder.to_str().expect("a plain path")]);
        self.git(all);
        let clone = Self { _guard: Some(guard), folder };
        clone.shield();
        clone
    }

    /// Takes one that is there already.
    pub(crate) fn existing(folder: &Path) -> Self {
        Self { _guard: None, folder: folder.to_owned() }
    }

    /// hinc reads the user's own settings in this process; those of the repository come before them.
    fn shield(&self) {
        for (name, value) in [
            ("core.autocrlf", "false"),
            ("core.attributesFile", "/dev/null"),
            ("core.excludesFile", "/dev/null"),
            ("core.fileMode", "true"),
            ("protocol.file.allow", "always"),
        ] {
            self.git(["config", name, value]);
        }
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn path(&self, below: impl AsRef<Path>) -> PathBuf {
        self.folder.join(below)
    }

    /// Opens it with hinc.
    #[expect(clippy::disallowed_methods, reason = "hinc::history honours GIT_DIR as git does")]
    pub(crate) fn open(&self) -> hinc::history::Repository {
        assert!(
            std::env::var_os("GIT_DIR").is_none(),
            "unset GIT_DIR: hinc honours it, and these tests want their own"
        );
        hinc::history::open(&self.folder).expect("a repository")
    }

    /// Runs git in it, and returns what it printed without the last line's end.
    pub(crate) fn git<I: IntoIterator<Item: AsRef<OsStr>>>(&self, args: I) -> String {
        self.git_with(args, &[], b"")
    }

    /// Runs git, and returns whether it succeeded.
    pub(crate) fn succeeds<I: IntoIterator<Item: AsRef<OsStr>>>(&self, args: I) -> bool {
        let args: Vec<_> = args.into_iter().map(|arg| arg.as_ref().to_owned()).collect();
        run(&self.folder, &args, &[], b"").status.success()
    }

    /// Runs git with more variables and an input.
    pub(crate) fn git_with<I: IntoIterator<Item: AsRef<OsStr>>>(
        &self,
        args: I,
        variables: &[(&str, &OsStr)],
        input: &[u8],
    ) -> String {
        let args: Vec<_> = args.into_iter().map(|arg| arg.as_ref().to_owned()).collect();
        let output = run(&self.folder, &args, variables, input);
        assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("plain text").trim_end().to_owned()
    }

    /// Writes a file, with the folders above it.
    pub(crate) fn write(&self, path: impl AsRef<Path>, content: impl AsRef<[u8]>) {
        let path = self.path(path);
        fs_err::create_dir_all(path.parent().expect("a folder")).expect("folders");
        fs_err::write(path, content).expect("a file");
    }

    /// Commits all that is there at a time, in seconds since 1970, and returns the commit's name.
    pub(crate) fn commit_all(&self, seconds: i64) -> String {
        self.git(["add", "--all"]);
        self.commit(seconds)
    }

    /// Commits what is staged at a time.
    pub(crate) fn commit(&self, seconds: i64) -> String {
        let date = format!("{seconds} +0000");
        let dates = [("GIT_COMMITTER_DATE", OsStr::new(&date)), ("GIT_AUTHOR_DATE", OsStr::new(&date))];
        let message = format!("at {seconds}");
        self.git_with(["commit", "--quiet", "--allow-empty", "--message", &message], &dates, b"");
        self.git(["rev-parse", "HEAD"])
    }

    /// Makes commits with `git fast-import` and returns their names, in the same order.
    pub(crate) fn import(&self, commits: &[Commit]) -> Vec<String> {
        let mut stream = String::new();
        for (number, commit) in commits.iter().enumerate() {
            write!(
                stream,
                "commit refs/heads/c{number}\nmark :{mark}\ncommitter Tester <tester@example.org> {time} +0000\ndata <<END\ncommit {number}\nEND\n",
                mark = number + 1,
                time = commit.seconds,
            )
            .expect("text");
            for (index, parent) in commit.parents.iter().enumerate() {
                let word = if index == 0 { "from" } else { "merge" };
                writeln!(stream, "{word} :{}", parent + 1).expect("text");
            }
            stream.push('\n');
        }
        let marks = self.path(".git/marks");
        let export = format!("--export-marks={}", marks.display());
        self.git_with(["fast-import", "--quiet", "--force", &export], &[], stream.as_bytes());
        let mut names = vec![String::new(); commits.len()];
        for line in fs_err::read_to_string(marks).expect("marks").lines() {
            let (mark, name) = line.split_once(' ').expect("a mark and a name");
            let number: usize = mark.trim_start_matches(':').parse().expect("a number");
            name.clone_into(&mut names[number - 1]);
        }
        names
    }
}

/// A commit of a made-up history.
pub(crate) struct Commit {
    /// Its committer time.
    pub(crate) seconds: i64,
    /// Its parents, as places in the list, each before it.
    pub(crate) parents: Vec<usize>,
}

/// Runs git in a folder, with an environment that holds nothing of the user's.
#[expect(clippy::disallowed_methods, reason = "git is the oracle here, not a part of hinc")]
pub(crate) fn run(folder: &Path, args: &[std::ffi::OsString], variables: &[(&str, &OsStr)], input: &[u8]) -> Output {
    let mut command = Command::new("git");
    command.args(args).current_dir(folder).env_clear();
    for name in ["PATH", "TMPDIR"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command
        .envs([("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_NOSYSTEM", "1"), ("HOME", "/nonexistent")])
        .envs([("GIT_AUTHOR_NAME", "Tester"), ("GIT_AUTHOR_EMAIL", "tester@example.org")])
        .envs([("GIT_COMMITTER_NAME", "Tester"), ("GIT_COMMITTER_EMAIL", "tester@example.org")])
        .envs([("TZ", "UTC"), ("LC_ALL", "C"), ("GIT_TERMINAL_PROMPT", "0")])
        .envs([
            ("GIT_CONFIG_COUNT", "2"),
            ("GIT_CONFIG_KEY_0", "protocol.file.allow"),
            ("GIT_CONFIG_VALUE_0", "always"),
        ])
        // A repository from elsewhere may belong to another user.
        .envs([("GIT_CONFIG_KEY_1", "safe.directory"), ("GIT_CONFIG_VALUE_1", "*")])
        .envs(variables.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().expect("git is on the search path");
    let mut stdin = child.stdin.take().expect("a pipe");
    let input = input.to_vec();
    // From a thread of its own: git may print before it has read all.
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().expect("git ends");
    drop(writer.join().expect("a writer"));
    output
}

/// Numbers that look random and follow from a seed alone: `SplitMix64` (Steele, Lea and Flood, 2014).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Returns a number from 0 to one less than `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end).expect("small")).expect("small")
    }

    /// Returns true `percent` times in a hundred.
    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}
