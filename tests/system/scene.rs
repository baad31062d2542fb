//! A place of its own for a test: a folder, a home, a git repository, and hinc in it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// 2026-01-30 00:00 UTC: commits are placed relative to it, so that a day's boundary is easy to see.
pub(crate) const MIDNIGHT: i64 = 1_769_731_200;

/// An hour, in seconds.
pub(crate) const HOUR: i64 = 3600;

/// A folder with a repository in `project` and a home in `home`. Everything is gone when it is dropped.
pub(crate) struct Scene {
    folder: TempDir,
}

/// What a command left.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    fn of(output: &Output) -> Self {
        Self {
            status: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Asserts an exit status and returns itself.
    #[track_caller]
    pub(crate) fn status(self, expected: i32) -> Self {
        assert_eq!(self.status, expected, "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// Returns stdout as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}:\n{}\n{}", self.stdout, self.stderr))
    }

    /// Returns the only line of stdout.
    #[track_caller]
    pub(crate) fn line(&self) -> &str {
        let mut lines = self.stdout.lines();
        let line = lines.next().unwrap_or_else(|| panic!("no output:\n{}", self.stderr));
        assert_eq!(lines.next(), None, "more than one line");
        line
    }
}

impl Scene {
    /// Makes a scene with an empty repository.
    pub(crate) fn new() -> Self {
        let scene = Self::without_repository();
        scene.git(&["init", "--quiet", "--initial-branch=main"]);
        scene
    }

    /// Makes a scene whose project folder is not a repository.
    pub(crate) fn without_repository() -> Self {
        let folder = TempDir::with_prefix("hinc-test-").expect("a temporary folder");
        let scene = Self { folder };
        for name in ["home", "project"] {
            fs_err::create_dir(scene.folder.path().join(name)).expect("a folder");
        }
        scene
    }

    /// The repository.
    pub(crate) fn project(&self) -> PathBuf {
        self.folder.path().join("project")
    }

    /// The home folder.
    pub(crate) fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// Writes a file of the project, with the folders above it.
    pub(crate) fn write(&self, path: &str, text: &str) {
        let file = self.project().join(path);
        fs_err::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        fs_err::write(file, text).expect("a file");
    }

    /// Replaces a text that stands in a file of the project exactly once.
    #[track_caller]
    pub(crate) fn replace(&self, path: &str, old: &str, new: &str) {
        let file = self.project().join(path);
        let text = fs_err::read_to_string(&file).expect("the file");
        assert_eq!(text.matches(old).count(), 1, "`{old}` in {path}");
        fs_err::write(file, text.replace(old, new)).expect("the file");
    }

    /// Returns a text that no other scene of any run has. A package that holds it was never built
    /// before, though all tests share a store.
    pub(crate) fn unique(&self) -> String {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a time after 1970");
        format!("{} {}\n", self.folder.path().display(), now.as_nanos())
    }

    /// Copies a folder of `fixtures/projects` into the project.
    pub(crate) fn take_fixture(&self, name: &str) {
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/projects").join(name);
        let mut copy = Command::new("cp");
        copy.arg("-r").arg(from.join(".")).arg(self.project());
        assert!(copy.status().expect("cp runs").success());
    }

    /// Makes a scene with a package of two modules, `One` and `Two`, that no other scene has. Nothing is committed.
    pub(crate) fn of_two_modules() -> Self {
        let scene = Self::new();
        scene.write(
            "small.cabal",
            "cabal-version: 2.4\nname: small\nversion: 1\nbuild-type: Simple\nextra-source-files: unique.txt\n\n\
             library\n  exposed-modules: One, Two\n  build-depends: base\n  default-language: Haskell2010\n",
        );
        scene.write("One.hs", "module One where\n\none :: Int\none = 1\n");
        scene.write("Two.hs", "module Two where\n\ntwo :: Int\ntwo = 2\n");
        scene.write("unique.txt", &scene.unique());
        scene
    }

    /// Commits all files at a time, in seconds since 1970, and returns the commit.
    pub(crate) fn commit_at(&self, time: i64, message: &str) -> String {
        self.git(&["add", "--all"]);
        let date = format!("@{time} +0000");
        let mut git = self.git_command(&["commit", "--quiet", "--allow-empty", "--message", message]);
        git.env("GIT_AUTHOR_DATE", &date).env("GIT_COMMITTER_DATE", &date);
        let ran = Ran::of(&git.output().expect("git runs"));
        assert_eq!(ran.status, 0, "{}", ran.stderr);
        self.git(&["rev-parse", "HEAD"]).trim().to_owned()
    }

    /// Runs git in the project and returns its output.
    #[track_caller]
    pub(crate) fn git(&self, args: &[&str]) -> String {
        let ran = Ran::of(&self.git_command(args).output().expect("git runs"));
        assert_eq!(ran.status, 0, "git {args:?}: {}", ran.stderr);
        ran.stdout
    }

    fn git_command(&self, args: &[&str]) -> Command {
        let mut git = self.command("git");
        git.args(args)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_SYSTEM", "/dev/null")
            .env("GIT_AUTHOR_NAME", "A Developer")
            .env("GIT_AUTHOR_EMAIL", "developer@example.org")
            .env("GIT_COMMITTER_NAME", "A Developer")
            .env("GIT_COMMITTER_EMAIL", "developer@example.org");
        git
    }

    /// A program in the project folder, with this scene's home and nothing of the tester's settings.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(self.project())
            .env("HOME", self.home())
            .env("COLUMNS", "100")
            .env_remove("XDG_STATE_HOME")
            .env_remove("XDG_CACHE_HOME")
            .env_remove("HINC_INTERVAL")
            .env_remove("CI")
            .env_remove("GITHUB_ACTIONS")
            .env_remove("GITHUB_STEP_SUMMARY")
            .env_remove("GITHUB_OUTPUT")
            .stdin(Stdio::null());
        command
    }

    /// hinc, not yet started.
    pub(crate) fn hinc_command(&self, args: &[&str]) -> Command {
        let mut command = self.command(env!("CARGO_BIN_EXE_hinc"));
        command.args(args);
        command
    }

    /// Runs hinc in the project folder.
    pub(crate) fn hinc(&self, args: &[&str]) -> Ran {
        Ran::of(&self.hinc_command(args).output().expect("hinc runs"))
    }

    /// Runs hinc with other surroundings than usual.
    pub(crate) fn hinc_with(&self, args: &[&str], change: impl FnOnce(&mut Command)) -> Ran {
        let mut command = self.hinc_command(args);
        change(&mut command);
        Ran::of(&command.output().expect("hinc runs"))
    }

    /// Runs any program in the project folder.
    pub(crate) fn run(&self, program: &str, args: &[&str]) -> Ran {
        let mut command = self.command(program);
        command.args(args);
        Ran::of(&command.output().unwrap_or_else(|error| panic!("{program}: {error}")))
    }
}
