//! Which repositories are read at all, against `git` itself; and that no program which a repository names is run.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use pretty_assertions::assert_eq;

use crate::repositories::TestRepository;

/// The user's own settings of git, and folders for what a test makes.
struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder") }
    }

    fn path(&self, below: &str) -> PathBuf {
        fs_err::canonicalize(self.folder.path()).expect("a folder").join(below)
    }

    /// Writes the user's settings of git.
    fn settings(&self, text: &str) {
        fs_err::write(self.path("gitconfig"), text).expect("a file");
    }

    /// A program in a folder, with the settings of this place and none of the tester's.
    fn command(&self, program: &str, args: &[&str], folder: &Path, variables: &[(&str, &str)]) -> Command {
        let mut command = Command::new(program);
        command.args(args).current_dir(folder).env_clear().stdin(Stdio::null());
        if let Some(path) = std::env::var_os("PATH") {
            command.env("PATH", path);
        }
        command
            .env("HOME", self.path("home"))
            .env("GIT_CONFIG_GLOBAL", self.path("gitconfig"))
            .env("GIT_CONFIG_SYSTEM", self.path("system"))
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("LC_ALL", "C")
            .envs(variables.iter().copied());
        command
    }

    fn run(&self, program: &str, args: &[&str], folder: &Path, variables: &[(&str, &str)]) -> Output {
        self.command(program, args, folder, variables).output().expect("it runs")
    }

    /// Whether hinc reads the repository of a folder, and what it said.
    fn hinc(&self, folder: &Path, variables: &[(&str, &str)]) -> (bool, String) {
        let output = self.run(env!("CARGO_BIN_EXE_hinc"), &["base"], folder, variables);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(matches!(output.status.code(), Some(0 | 4)), "{said}");
        (output.status.success(), said)
    }

    /// Whether git does.
    fn git(&self, folder: &Path, variables: &[(&str, &str)]) -> bool {
        self.run("git", &["rev-parse", "HEAD"], folder, variables).status.success()
    }
}

fn with_a_commit() -> TestRepository {
    let git = TestRepository::new();
    git.write("file", "x\n");
    git.write("below/file", "x\n");
    git.commit_all(1_700_000_000);
    git
}

const EXPLICIT: &str = "[safe]\n\tbareRepository = explicit\n";

/// Where settings can stand, and what they say: a name, the user's file, the system's file, the environment.
type Said = (&'static str, &'static str, &'static str, &'static [(&'static str, &'static str)]);

const BY_ENVIRONMENT: [(&str, &str); 3] =
    [("GIT_CONFIG_COUNT", "1"), ("GIT_CONFIG_KEY_0", "safe.bareRepository"), ("GIT_CONFIG_VALUE_0", "explicit")];

const ALL_BY_ENVIRONMENT: [(&str, &str); 3] =
    [("GIT_CONFIG_COUNT", "1"), ("GIT_CONFIG_KEY_0", "safe.bareRepository"), ("GIT_CONFIG_VALUE_0", "all")];

const SAID: [Said; 8] = [
    ("nothing", "", "", &[]),
    ("the user", EXPLICIT, "", &[]),
    ("the administrator", "", EXPLICIT, &[]),
    ("the environment", "", "", &BY_ENVIRONMENT),
    ("a file that the user includes", "[include]\n\tpath = included\n", "", &[]),
    ("the user, against the administrator", "[safe]\n\tbareRepository = all\n", EXPLICIT, &[]),
    ("the environment, against the user", EXPLICIT, "", &ALL_BY_ENVIRONMENT),
    ("the user, twice", "[safe]\n\tbareRepository = explicit\n\tbareRepository = all\n", "", &[]),
];

// hinc took every bare repository, whatever git's settings said.
#[test]
fn a_bare_repository_is_used_where_git_would_use_it() {
    let git = with_a_commit();
    let sub = with_a_commit();
    git.git([
        "-c",
        "protocol.file.allow=always",
        "submodule",
        "--quiet",
        "add",
        &format!("file://{}", sub.folder().display()),
        "sub",
    ]);
    git.commit_all(1_700_000_100);
    git.git(["worktree", "add", "--quiet", "--detach", "../second"]);
    let bare = git.cloned(&["--bare"]);
    // It cannot allow itself.
    let allows_itself = git.cloned(&["--bare"]);
    allows_itself.git(["config", "safe.bareRepository", "all"]);
    // A folder of a clone that looks like a repository.
    git.git(["clone", "--quiet", "--bare", ".", "nested"]);
    let folders = [
        git.folder().to_owned(),
        git.path("below"),
        git.path(".git"),
        git.path(".git/objects"),
        git.path("sub"),
        git.path(".git/modules/sub"),
        git.path(".git/worktrees/second"),
        git.path("../second"),
        bare.folder().to_owned(),
        bare.path("objects"),
        allows_itself.folder().to_owned(),
        git.path("nested"),
        git.path("nested/refs"),
    ];
    let mut refused = 0;
    for (name, user, system, variables) in SAID {
        let place = Place::new();
        place.settings(user);
        fs_err::write(place.path("included"), EXPLICIT).expect("a file");
        fs_err::write(place.path("system"), system).expect("a file");
        for folder in &folders {
            let (read, said) = place.hinc(folder, variables);
            let case = format!("{name}, in {}: {said}", folder.display());
            assert_eq!(read, place.git(folder, variables), "{case}");
            if !read {
                refused += 1;
                assert!(said.contains("is a bare repository that was not named"), "{case}");
                assert!(said.contains("hint: if it is yours, name it: `GIT_DIR="), "{case}");
            }
        }
        // Named, it is used.
        let at = bare.folder().to_str().expect("text");
        let named = [variables, &[("GIT_DIR", at)]].concat();
        assert!(place.hinc(bare.folder(), &named).0, "{name}");
        assert!(place.git(bare.folder(), &named), "{name}");
    }
    assert_eq!(refused, 4 * 5, "four say so, of five folders");
    // git stops at a word that is none wherever it meets a bare repository.
    let place = Place::new();
    place.settings("[safe]\n\tbareRepository = perhaps\n");
    assert!(!place.git(bare.folder(), &[]) && !place.hinc(bare.folder(), &[]).0);
}

/// Everything in git's settings that names a program, each of which would make a file of its name in `marker`.
fn programs(marker: &Path) -> String {
    const KEYS: [(&str, &[&str]); 9] = [
        ("filter \"theirs\"", &["clean", "smudge", "process"]),
        ("diff", &["external"]),
        ("diff \"theirs\"", &["textconv", "command"]),
        ("merge \"theirs\"", &["driver"]),
        ("credential", &["!helper"]),
        ("gpg", &["program"]),
        ("uploadpack", &["packObjectsHook"]),
        ("sequence", &["editor"]),
        ("core", &["fsmonitor", "sshCommand", "pager", "editor", "askPass", "gitProxy", "alternateRefsCommand"]),
    ];
    let marker = marker.display();
    let mut lines = Vec::new();
    for (section, keys) in KEYS {
        lines.push(format!("[{section}]"));
        for key in keys {
            let (key, shell) = key.strip_prefix('!').map_or((*key, ""), |key| (key, "!"));
            lines.push(format!("\t{key} = \"{shell}touch {marker}/{key}; cat\""));
        }
    }
    lines.push(format!(
        "[core]\n\trepositoryFormatVersion = 0\n\tbare = false\n\thooksPath = {marker}/hooks\n\
         [filter \"theirs\"]\n\trequired = true\n\
         [remote \"origin\"]\n\turl = \"ext::sh -c touch% {marker}/ext\"\n\tpromisor = true\n\
         [extensions]\n\tpartialClone = origin\n"
    ));
    lines.join("\n")
}

/// Gives a repository all of it, and changed files, new and old, that a filter is for.
fn arm(git: &TestRepository, marker: &Path) {
    git.write(".gitattributes", "* filter=theirs diff=theirs merge=theirs\n");
    git.commit_all(1_700_000_200);
    git.write("file", "another text\n");
    fs_err::create_dir_all(marker.join("hooks")).expect("a folder");
    for hook in ["post-index-change", "reference-transaction", "post-checkout", "fsmonitor-watchman", "pre-commit"] {
        for folder in [marker.join("hooks"), git.path(".git/hooks")] {
            fs_err::create_dir_all(&folder).expect("a folder");
            fs_err::write(folder.join(hook), format!("#!/bin/sh\ntouch {}/{hook}\n", marker.display()))
                .expect("a file");
            fs_err::set_permissions(folder.join(hook), std::os::unix::fs::PermissionsExt::from_mode(0o755))
                .expect("a mode");
        }
    }
    let config = git.path(".git/config");
    let own = fs_err::read_to_string(&config).expect("settings");
    // By an include as well: it is followed only where the settings themselves are.
    fs_err::write(git.path(".git/included"), programs(marker)).expect("a file");
    fs_err::write(config, format!("{own}{}[include]\n\tpath = included\n", programs(marker))).expect("a file");
}

/// The names of the programs that ran.
fn ran(marker: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs_err::read_dir(marker)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("text"))
        .filter(|name| name != "hooks")
        .collect();
    names.sort();
    names
}

// It ran a filter of a folder that came with the clone, for whoever gave that folder to hinc.
#[test]
fn a_folder_that_looks_like_a_repository_runs_nothing() {
    let place = Place::new();
    place.settings("");
    let git = with_a_commit();
    let marker = place.path("ran");
    arm(&git, &marker);
    // Its files are those of a repository, and its work tree the one above it.
    let nested = git.path("nested");
    fs_err::create_dir(&nested).expect("a folder");
    for name in ["HEAD", "index", "objects", "refs"] {
        let copied = Command::new("cp").arg("-r").arg(git.path(".git").join(name)).arg(&nested).status();
        assert!(copied.expect("cp runs").success());
    }
    let with_work_tree = format!("{}[core]\n\tworktree = {}\n", programs(&marker), git.folder().display());
    fs_err::write(git.path(".git/config"), "[core]\n\trepositoryFormatVersion = 0\n\tbare = false\n").expect("a file");
    fs_err::create_dir_all(nested.join("deep")).expect("a folder");
    for index in [true, false] {
        if !index {
            fs_err::remove_file(nested.join("index")).expect("a file");
        }
        for config in [with_work_tree.as_str(), &programs(&marker)] {
            fs_err::write(nested.join("config"), config).expect("a file");
            for folder in [nested.clone(), nested.join("deep")] {
                let (_, said) = place.hinc(&folder, &[]);
                assert_eq!(ran(&marker), [""; 0], "{said}");
                if config == with_work_tree {
                    assert!(said.contains("is a bare repository that takes `"), "{said}");
                    assert!(said.contains("hint: if it came with the files of another repository"), "{said}");
                }
            }
        }
    }
    // The user can name it, and the work tree.
    fs_err::write(nested.join("config"), "[core]\n\trepositoryFormatVersion = 0\n\tbare = false\n").expect("a file");
    let (nested, top) = (nested.to_str().expect("text"), git.folder().to_str().expect("text"));
    for variables in [&[("GIT_DIR", nested), ("GIT_WORK_TREE", top)][..], &[("GIT_WORK_TREE", top)]] {
        assert!(place.hinc(Path::new(nested), variables).0, "{variables:?}");
    }
}

// The user's own repository is read as `git add --update` would read it: with its filters, and nothing else.
#[test]
fn of_the_user_s_own_repository_filters_run_and_nothing_else() {
    let place = Place::new();
    place.settings("");
    let git = with_a_commit();
    let marker = place.path("ran");
    arm(&git, &marker);
    // A program that stays would have to speak git's protocol.
    let config = git.path(".git/config");
    let settings = fs_err::read_to_string(&config).expect("settings").replace("\tprocess = ", "\tother = ");
    fs_err::write(git.path(".git/included"), "").expect("a file");
    fs_err::write(config, settings).expect("a file");
    let (read, said) = place.hinc(git.folder(), &[]);
    assert!(read, "{said}");
    assert_eq!(ran(&marker), ["clean"], "{said}");
    // A commit is read as it is.
    fs_err::remove_file(marker.join("clean")).expect("a file");
    let commit = place.run(env!("CARGO_BIN_EXE_hinc"), &["base", "--rev", "HEAD"], git.folder(), &[]);
    assert!(commit.status.success(), "{}", String::from_utf8_lossy(&commit.stderr));
    assert_eq!(ran(&marker), [""; 0]);
}

fn give_away(path: &Path) -> bool {
    let mut all = walkdir::WalkDir::new(path).into_iter();
    all.all(|entry| std::os::unix::fs::lchown(entry.expect("an entry").path(), Some(12345), Some(12345)).is_ok())
}

fn only_root() {
    use std::io::Write as _;
    writeln!(std::io::stderr(), "only root can give a repository to another user: not looked at").expect("stderr");
}

/// What can belong to another user, below a repository with a second work tree and a submodule.
type Given = (&'static str, &'static [&'static str], &'static str);

const GIVEN: [Given; 8] = [
    ("nothing", &[], "."),
    ("all of it", &["."], "."),
    ("all of it, from a folder below", &["."], "below"),
    ("its .git alone", &[".git"], "."),
    ("its top, and not its .git", &["file", "below", "./"], "."),
    ("the file that leads to it", &["../second/.git"], "../second"),
    ("what a second work tree is of", &[".git"], "../second"),
    ("a second work tree", &["../second"], "../second"),
];

#[test]
fn a_repository_is_read_where_git_would_read_it() {
    let mut refused = 0;
    for (name, given, folder) in GIVEN {
        let git = with_a_commit();
        git.git(["worktree", "add", "--quiet", "--detach", "../second"]);
        for path in given {
            let given = match path.strip_suffix("/") {
                Some(alone) => std::os::unix::fs::lchown(git.path(alone), Some(12345), Some(12345)).is_ok(),
                None => give_away(&git.path(path)),
            };
            if !given {
                only_root();
                return;
            }
        }
        let folder = git.path(folder);
        let top = if folder.ends_with("below") { git.folder() } else { &folder };
        let top = fs_err::canonicalize(top).expect("a folder");
        for trust in ["", "top", "all", "above", "reset", "another", "own"] {
            let place = Place::new();
            let entry = |value: &Path| format!("[safe]\n\tdirectory = {}\n", value.display());
            place.settings(&match trust {
                "top" => entry(&top),
                "all" => entry(Path::new("*")),
                "above" => entry(&top.parent().expect("a folder").join("*")),
                "reset" => format!("{}{}", entry(&top), entry(Path::new(""))),
                "another" => entry(Path::new("/somewhere/else")),
                _ => String::new(),
            });
            if trust == "own" {
                let config = git.path(".git/config");
                let own = fs_err::read_to_string(&config).expect("settings");
                fs_err::write(config, format!("{own}{}", entry(Path::new("*")))).expect("a file");
            }
            let (read, said) = place.hinc(&folder, &[]);
            let case = format!("{name}, trusted by `{trust}`: {said}");
            assert_eq!(read, place.git(&folder, &[]), "{case}");
            if !read {
                refused += 1;
                assert!(said.contains("belongs to another user"), "{case}");
                let hint = format!(
                    "hint: if you trust its files, say so: `git config --global --add safe.directory {}`",
                    top.display()
                );
                assert!(said.contains(&hint), "{case}");
            }
        }
    }
    assert!(refused > 20, "{refused}");
}

#[test]
fn of_a_repository_of_another_user_nothing_runs() {
    let place = Place::new();
    place.settings("");
    let git = with_a_commit();
    let marker = place.path("ran");
    arm(&git, &marker);
    if !give_away(git.folder()) {
        only_root();
        return;
    }
    for args in [
        &["base"][..],
        &["base", "--rev", "HEAD"],
        &["source"],
        &["build"],
        &["verify"],
        &["doctor"],
        &["report"],
        &["builder", "status"],
    ] {
        let output = place.run(env!("CARGO_BIN_EXE_hinc"), args, git.folder(), &[]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() || args[0] == "builder", "{args:?}: {said}");
        assert_eq!(ran(&marker), [""; 0], "{args:?}: {said}");
    }
}
