//! Repositories with programs in their settings of git, under every command that looks at a repository: those of another
//! user, those that came with a clone, and the user's own.

use std::path::{Path, PathBuf};

use crate::scene::{HOUR, MIDNIGHT, Scene};

/// Each command that looks at a repository.
const COMMANDS: [&[&str]; 14] = [
    &["base"],
    &["base", "--rev", "HEAD"],
    &["source"],
    &["build", "-f", "default.nix"],
    &["build"],
    &["build", ".#default"],
    &["verify", "-f", "default.nix"],
    &["report"],
    &["doctor"],
    &["builder", "status"],
    &["builder", "doctor", "vm"],
    &["builder", "config", "vm"],
    &["builder", "down", "vm"],
    &["builder", "logs", "vm"],
];

/// A repository with a changed file that a filter is for, and settings that name a program for all that git runs
/// any for. Each program makes a file in the folder that is returned.
fn armed() -> (Scene, PathBuf) {
    let scene = Scene::new();
    scene.write(
        "default.nix",
        r#"derivation { name = "armed-1.0"; system = builtins.currentSystem; builder = "/bin/sh"; unique = ./unique.txt; args = [ "-c" "echo built >$out" ]; }"#,
    );
    scene.write("armed.cabal", "cabal-version: 2.4\nname: armed\nversion: 1.0\nlibrary\n  build-depends: base\n");
    scene.write("flake.nix", "{ outputs = { self }: { packages.x86_64-linux.default = import ./default.nix; }; }\n");
    scene.write("unique.txt", &scene.unique());
    scene.write(".gitattributes", "* filter=theirs diff=theirs\n");
    scene.commit_at(MIDNIGHT - HOUR, "Begin");
    scene.write("unique.txt", &scene.unique());
    let marker = scene.home().join("ran");
    fs_err::create_dir(&marker).expect("a folder");
    let run = |name: &str| format!("touch {}/{name}; cat", marker.display());
    for (key, name) in [
        ("filter.theirs.clean", "clean"),
        ("filter.theirs.smudge", "smudge"),
        ("filter.theirs.process", "process"),
        ("diff.external", "external"),
        ("diff.theirs.textconv", "textconv"),
        ("core.fsmonitor", "fsmonitor"),
        ("core.sshCommand", "ssh"),
        ("core.pager", "pager"),
        ("core.editor", "editor"),
        ("core.askPass", "askpass"),
        ("credential.helper", "credential"),
        ("gpg.program", "gpg"),
        ("uploadpack.packObjectsHook", "pack"),
    ] {
        scene.git(&["config", key, &run(name)]);
    }
    let hooks = scene.project().join(".git/hooks");
    for hook in ["post-index-change", "reference-transaction", "post-checkout", "pre-auto-gc"] {
        fs_err::write(hooks.join(hook), format!("#!/bin/sh\n{}\n", run(hook))).expect("a file");
        fs_err::set_permissions(hooks.join(hook), std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("a mode");
    }
    (scene, marker)
}

fn ran(marker: &Path) -> Vec<String> {
    let name = |entry: std::io::Result<fs_err::DirEntry>| entry.expect("an entry").file_name().into_string();
    fs_err::read_dir(marker).expect("a folder").map(|entry| name(entry).expect("text")).collect()
}

#[test]
fn no_command_runs_a_program_of_a_repository_of_another_user() {
    let (scene, marker) = armed();
    scene.run("chown", &["-R", "-h", "12345:12345", scene.project().to_str().expect("text")]).status(0);
    for command in COMMANDS {
        let ran_it = scene.hinc(command);
        assert_eq!(ran(&marker), [""; 0], "{command:?}: {}", ran_it.stderr);
        if ["base", "source", "build", "verify"].contains(&command[0]) {
            assert_eq!((ran_it.status, ran_it.stdout.as_str()), (4, ""), "{command:?}: {}", ran_it.stderr);
            assert!(ran_it.stderr.contains("belongs to another user"), "{command:?}: {}", ran_it.stderr);
            assert!(ran_it.stderr.contains("git config --global --add safe.directory"), "{}", ran_it.stderr);
        }
    }
}

#[test]
fn no_command_runs_a_program_of_a_folder_that_looks_like_a_repository() {
    let (scene, marker) = armed();
    // The clone of somebody's repository, with a folder in it that has the files of this one's `.git`.
    let top = scene.project();
    let nested = top.join("nested");
    scene.run("cp", &["-r", ".git", nested.to_str().expect("text")]).status(0);
    scene.run("git", &["config", "-f", "nested/config", "core.worktree", top.to_str().expect("text")]).status(0);
    scene.run("git", &["config", "-f", "nested/config", "core.bare", "false"]).status(0);
    fs_err::write(top.join(".git/config"), "[core]\n\trepositoryFormatVersion = 0\n").expect("a file");
    for command in COMMANDS {
        let inside = scene.hinc(&[&["-C", "nested"], command].concat());
        assert_eq!(ran(&marker), [""; 0], "{command:?}: {}", inside.stderr);
        if ["base", "source", "build", "verify"].contains(&command[0]) {
            assert_eq!((inside.status, inside.stdout.as_str()), (4, ""), "{command:?}: {}", inside.stderr);
        }
    }
}

#[test]
fn of_the_user_s_own_repository_filters_alone_run() {
    let (scene, marker) = armed();
    scene.git(&["config", "--unset", "filter.theirs.process"]);
    for command in COMMANDS {
        let ran_it = scene.hinc(command);
        let mut names = ran(&marker);
        names.retain(|name| name != "clean");
        assert_eq!(names, [""; 0], "{command:?}: {}", ran_it.stderr);
    }
    assert_eq!(ran(&marker), ["clean"]);
}
