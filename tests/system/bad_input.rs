//! What a user can get wrong, and what can be wrong with a machine: one clear error each, and nothing left behind.

use crate::scene::{HOUR, MIDNIGHT, Ran, Scene};

const CABAL: &str = "cabal-version: 2.4\nname: small\nversion: 1.0\nlibrary\n  default-language: Haskell2010\n  build-depends: base\n  exposed-modules: Small\n";

fn small() -> Scene {
    let scene = Scene::new();
    scene.write("small.cabal", CABAL);
    scene.write("Small.hs", "module Small where\n\nanswer :: Int\nanswer = 42\n");
    scene.commit_at(MIDNIGHT - HOUR, "Begin");
    scene.write("Small.hs", "module Small where\n\n-- | The answer.\nanswer :: Int\nanswer = 42\n");
    scene.commit_at(MIDNIGHT + HOUR, "Say what it is");
    scene
}

/// Asserts that a command ended with one error that has all of these parts, a hint, and nothing on stdout.
#[track_caller]
fn one_error(ran: &Ran, status: i32, parts: &[&str]) {
    assert_eq!(ran.status, status, "{}", ran.stderr);
    assert_eq!(ran.stdout, "", "an error prints nothing on stdout");
    assert_eq!(ran.stderr.matches("error: ").count(), 1, "one error:\n{}", ran.stderr);
    for part in parts {
        assert!(ran.stderr.contains(part), "`{part}` is missing in:\n{}", ran.stderr);
    }
    for word in ["panicked", "RUST_BACKTRACE", "src/"] {
        assert!(!ran.stderr.contains(word), "`{word}` in:\n{}", ran.stderr);
    }
}

/// Asserts that the project folder holds what git tracks and nothing else.
#[track_caller]
fn nothing_left(scene: &Scene) {
    assert_eq!(scene.git(&["status", "--porcelain", "--ignored"]), "");
    let records = scene.home().join(".local/state/hinc/records");
    assert!(!records.exists(), "a record of a build that did not begin");
}

#[test]
fn not_a_repository() {
    let scene = Scene::without_repository();
    for command in ["build", "base", "source"] {
        one_error(&scene.hinc(&[command]), 4, &["repository", "hint: "]);
    }
}

#[test]
fn an_unborn_branch() {
    let scene = Scene::new();
    one_error(&scene.hinc(&["build"]), 4, &["commit", "hint: "]);
}

#[test]
fn an_unknown_revision() {
    let scene = small();
    one_error(&scene.hinc(&["build", "--rev", "no-such-branch"]), 4, &["no-such-branch", "hint: "]);
    one_error(&scene.hinc(&["build", "--base", "no-such-base"]), 4, &["no-such-base"]);
    let ran = scene.hinc(&["base", "--rev", "HEAD~99"]);
    one_error(&ran, 4, &["HEAD~99", "out of range", "git log"]);
    assert!(!ran.stderr.contains("fetch") && !ran.stderr.contains("delegate"), "{}", ran.stderr);
    nothing_left(&scene);
}

#[test]
fn a_bare_repository() {
    let scene = small();
    let bare = scene.home().join("bare.git");
    scene.git(&["clone", "--quiet", "--bare", ".", bare.to_str().expect("a plain path")]);
    let ran = scene.hinc_with(&["build"], |command| {
        command.current_dir(&bare);
    });
    one_error(&ran, 4, &["bare", "hint: "]);
}

#[test]
fn an_interval_that_is_none() {
    let scene = small();
    for interval in ["0", "-1d", "banana", "1000000 years"] {
        let argument = format!("--interval={interval}");
        one_error(&scene.hinc(&["build", &argument]), 2, &["interval", interval, "hint: "]);
    }
    let ran = scene.hinc_with(&["base"], |command| {
        command.env("HINC_INTERVAL", "soon");
    });
    one_error(&ran, 2, &["HINC_INTERVAL", "soon"]);
    nothing_left(&scene);
}

#[test]
fn settings_that_do_not_parse() {
    let scene = small();
    scene.write("hinc.toml", "intervall = \"1d\"\n");
    scene.commit_at(MIDNIGHT + 2 * HOUR, "Misspell a setting");
    one_error(&scene.hinc(&["build"]), 2, &["hinc.toml", "intervall", "hint: "]);
    let doctor = scene.hinc(&["doctor"]).status(3);
    assert!(doctor.stdout.contains("failed  settings") && doctor.stdout.contains("intervall"), "{}", doctor.stdout);
    // Which base a build takes cannot be said then.
    assert!(!doctor.stdout.lines().any(|line| line.starts_with("ok      base")), "{}", doctor.stdout);
    // A key that is gone says so.
    scene.write("hinc.toml", "[host]\ntrust-th = true\n");
    scene.commit_at(MIDNIGHT + 3 * HOUR, "Trust");
    one_error(&scene.hinc(&["build"]), 2, &["hinc.toml", "host.trust-th", "line 2", "is gone", "Take the line out"]);
}

#[test]
fn settings_that_git_does_not_track() {
    let scene = small();
    scene.write("hinc.toml", "interval = \"1h\"\n");
    let ran = scene.hinc(&["base"]).status(0);
    assert!(ran.stderr.contains("warning: hinc.toml is not read") && ran.stderr.contains("git add"), "{}", ran.stderr);
    scene.git(&["add", "hinc.toml"]);
    let ran = scene.hinc(&["base", "--json"]).status(0);
    assert_eq!((ran.stderr.as_str(), &ran.json()["interval_seconds"]), ("", &3600.into()));
}

#[test]
fn an_option_of_nix_that_is_none() {
    let scene = small();
    let ran = scene.hinc(&["build", "-j", "banana"]);
    one_error(&ran, 2, &["banana", "`auto`"]);
    nothing_left(&scene);
}

#[test]
fn a_submodule_is_refused_unless_it_may_be_empty() {
    let scene = small();
    // What `git submodule add` makes, without the files.
    fs_err::create_dir(scene.project().join("inner")).expect("a folder");
    let commit = scene.git(&["rev-parse", "HEAD"]);
    scene.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{},inner", commit.trim())]);
    one_error(&scene.hinc(&["source"]), 2, &["inner", "submodule", "hint: ", "hinc.toml"]);
    scene.write("hinc.toml", "[source]\nsubmodules = \"empty\"\n");
    scene.git(&["add", "hinc.toml"]);
    scene.hinc(&["source"]).status(0);
}

#[test]
fn a_package_description_that_does_not_parse() {
    let scene = small();
    scene.write("small.cabal", "name small\n\tversion: one\n");
    scene.commit_at(MIDNIGHT + 2 * HOUR, "Break the description");
    one_error(&scene.hinc(&["build"]), 2, &["small.cabal", "hint: "]);
    nothing_left(&scene);
}

#[test]
fn two_package_descriptions() {
    let scene = small();
    scene.write("other.cabal", &CABAL.replace("small", "other"));
    scene.commit_at(MIDNIGHT + 2 * HOUR, "Add another");
    one_error(&scene.hinc(&["build"]), 2, &["small.cabal", "other.cabal", "hint: "]);
}

#[test]
fn no_package_at_all() {
    let scene = Scene::new();
    scene.write("README", "Nothing to build.\n");
    scene.commit_at(MIDNIGHT, "Begin");
    one_error(&scene.hinc(&["build"]), 2, &[".cabal", "hint: "]);
    scene.write("package.yaml", "name: small\n");
    scene.commit_at(MIDNIGHT, "Add an hpack file");
    one_error(&scene.hinc(&["build"]), 2, &["package.yaml", "hpack"]);
}

#[test]
fn a_ghc_that_is_too_old() {
    let scene = small();
    // No Debian release at hand has a GHC this old: a script that says so stands in.
    let folder = scene.home().join("old");
    fs_err::create_dir(&folder).expect("a folder");
    let script = "#!/bin/sh\ncase $1 in --info) echo '[(\"Project version\",\"9.2.8\")]' ;; *) echo 9.2.8 ;; esac\n";
    fs_err::write(folder.join("ghc"), script).expect("a script");
    make_executable(&folder.join("ghc"));
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").expect("PATH"));
    let ran = scene.hinc_with(&["build"], |command| {
        command.env("PATH", path);
    });
    one_error(&ran, 3, &["9.2.8", "9.4", "hint: "]);
    nothing_left(&scene);
}

#[test]
fn no_nix_and_no_ghc_on_the_path() {
    let scene = small();
    let empty = scene.home().join("empty");
    fs_err::create_dir(&empty).expect("a folder");
    let ran = scene.hinc_with(&["build"], |command| {
        command.env("PATH", &empty);
    });
    one_error(&ran, 3, &["nix", "hint: "]);
    // Nix alone is there.
    let some = scene.home().join("some");
    fs_err::create_dir(&some).expect("a folder");
    for program in ["nix", "nix-store", "nix-instantiate", "bash", "git"] {
        let found = scene.run("sh", &["-c", &format!("command -v {program}")]).status(0);
        std::os::unix::fs::symlink(found.line(), some.join(program)).expect("a link");
    }
    let ran = scene.hinc_with(&["build"], |command| {
        command.env("PATH", &some);
    });
    one_error(&ran, 3, &["ghc", "hint: "]);
    nothing_left(&scene);
}

#[test]
fn a_shallow_clone() {
    let scene = small();
    let clone = scene.home().join("shallow");
    let url = format!("file://{}", scene.project().display());
    scene.git(&["clone", "--quiet", "--depth", "1", &url, clone.to_str().expect("a plain path")]);
    let ran = scene.hinc_with(&["build"], |command| {
        command.current_dir(&clone);
    });
    one_error(&ran, 4, &["shallow", "hint: ", "git fetch --unshallow"]);
}

#[test]
fn a_project_folder_that_cannot_be_written_to() {
    let scene = small();
    let project = scene.project();
    let project = project.to_str().expect("a plain path");
    scene.run("mount", &["--bind", project, project]).status(0);
    scene.run("mount", &["-o", "remount,bind,ro", project]).status(0);
    let refused = scene.hinc(&["build"]);
    let elsewhere = scene.home().join("result");
    let linked = scene.hinc(&["build", "--rev", "HEAD", "-o", elsewhere.to_str().expect("a plain path")]);
    // The mount would keep the folder from being removed. The test itself stands in it no more.
    scene.run("umount", &["--lazy", project]).status(0);
    one_error(&refused, 3, &["cannot make the link", "Read-only file system", "--no-out-link"]);
    linked.status(0);
    assert!(elsewhere.is_symlink());
}

#[test]
fn a_full_disk() {
    let scene = small();
    // Incompressible, and larger than the disk: the source does not fit.
    let line = |n: u64| format!("{:016x}\n", n.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let noise = (0..40_000).map(line).collect::<Vec<_>>().concat();
    scene.write("noise.txt", &noise);
    scene.commit_at(MIDNIGHT + 2 * HOUR, "Add noise");
    let disk = scene.home().join("disk");
    fs_err::create_dir(&disk).expect("a folder");
    let disk_name = disk.to_str().expect("a plain path");
    scene.run("mount", &["-t", "tmpfs", "-o", "size=256k", "tmpfs", disk_name]).status(0);
    let ran = scene.hinc_with(&["build"], |command| {
        command.env("TMPDIR", &disk);
    });
    let left = fs_err::read_dir(&disk).expect("the disk").count();
    scene.run("umount", &[disk_name]).status(0);
    one_error(&ran, 3, &["No space left on device", "hint: "]);
    assert_eq!(left, 0, "something was left on the full disk");
}

#[test]
fn a_file_that_git_does_not_track() {
    let scene = small();
    scene.write("new.nix", "{ hinc }: hinc.host.mkPackage { src = ./.; }\n");
    one_error(&scene.hinc(&["build", "-f", "new.nix"]), 2, &["new.nix", "git add"]);
    one_error(&scene.hinc(&["build", "../elsewhere"]), 2, &["elsewhere", "repository"]);
    one_error(&scene.hinc(&["build", ".#small"]), 2, &["no flake.nix", "hint: "]);
    one_error(&scene.hinc(&["build", "-A", "small"]), 2, &["Nix file", "hint: "]);
}

#[test]
fn a_result_that_is_no_link() {
    let scene = small();
    scene.write("result", "mine\n");
    one_error(&scene.hinc(&["build"]), 2, &["result", "hint: "]);
    assert_eq!(fs_err::read_to_string(scene.project().join("result")).expect("the file"), "mine\n");
}

#[test]
fn a_record_that_is_none() {
    let scene = small();
    one_error(&scene.hinc(&["report"]), 2, &["no build has left a record", "hint: "]);
    scene.write("broken.json", "{ \"schema_version\": 1,");
    one_error(&scene.hinc(&["report", "broken.json"]), 2, &["broken.json", "not a record", "hint: "]);
    scene.write("future.json", "{ \"schema_version\": 99 }");
    one_error(&scene.hinc(&["report", "future.json"]), 2, &["99"]);
}

#[test]
fn every_path_is_meant_from_the_folder_that_is_named() {
    let scene = small();
    scene.hinc(&["build", "--no-out-link", "--quiet"]).status(0);
    let project = scene.project();
    let ran =
        scene.hinc_with(&["report", "-o", "report.txt", "-C", project.to_str().expect("a plain path")], |command| {
            command.current_dir(scene.home());
        });
    ran.status(0);
    assert!(project.join("report.txt").is_file() && !scene.home().join("report.txt").exists());
}

#[test]
fn an_error_is_json_where_json_was_asked_for() {
    let scene = Scene::without_repository();
    let ran = scene.hinc(&["build", "--json"]).status(4);
    assert_eq!(ran.json()["exit"], 4);
}

fn make_executable(file: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt;
    fs_err::set_permissions(file, std::fs::Permissions::from_mode(0o755)).expect("the mode is set");
}
