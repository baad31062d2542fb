//! What `hinc doctor` says of a repository.

use super::scene::{HOUR, MIDNIGHT, Scene};

#[test]
fn the_base_is_the_one_that_a_build_takes() {
    let scene = Scene::new();
    scene.write("a.txt", "1");
    let first = scene.commit_at(MIDNIGHT - HOUR, "Begin");
    scene.write("hinc.toml", "interval = \"1h\"\n");
    let second = scene.commit_at(MIDNIGHT + HOUR, "Say how often");
    scene.write("a.txt", "2");
    scene.commit_at(MIDNIGHT + 2 * HOUR + 60, "Change");
    let doctor = |change: &dyn Fn(&mut std::process::Command)| {
        let ran = scene.hinc_with(&["doctor"], change);
        let line = ran.stdout.lines().find(|line| line.starts_with("ok      base")).map(str::to_owned);
        line.unwrap_or_else(|| panic!("no base:\n{}", ran.stdout))
    };
    let base = scene.hinc(&["base", "--json"]).status(0).json();
    assert_eq!(base["commit"], second.as_str());
    let told = doctor(&|_| {});
    assert!(told.ends_with(&format!("{}, 1 h and 1 commit before head", &second[..10])), "{told}");
    // The environment counts for both.
    let told = doctor(&|command| _ = command.env("HINC_INTERVAL", "1d"));
    assert!(told.contains(&first[..10]), "{told}");
}

#[test]
fn nobody_who_runs_the_doctor_is_sent_to_the_doctor() {
    let scene = Scene::new();
    scene.write("hinc-test.cabal", "cabal-version: 2.4\nname: hinc-test\nversion: 1\n");
    scene.commit_at(MIDNIGHT, "Begin");
    // A program that says something else than Nix does.
    let odd = scene.home().join("odd");
    fs_err::create_dir_all(&odd).expect("a folder");
    fs_err::write(odd.join("nix-instantiate"), "#!/bin/sh\necho no version\n").expect("a program");
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs_err::set_permissions(odd.join("nix-instantiate"), executable).expect("it runs");
    let run = |args: &[&str]| {
        scene.hinc_with(args, |command| {
            let path = std::env::var("PATH").expect("a search path");
            command.env("PATH", format!("{}:{path}", odd.display()));
        })
    };
    let doctor = "`hinc doctor` shows which Nix is used";
    let built = run(&["build", "--toolchain", "host"]);
    assert!(built.stderr.contains(doctor), "{}", built.stderr);
    for args in [&["doctor"][..], &["doctor", "--json"]] {
        let ran = run(args).status(3);
        assert!(!ran.stdout.contains("`hinc doctor`"), "{}", ran.stdout);
    }
    assert!(run(&["doctor"]).stdout.lines().any(|line| line.starts_with("failed  nix ")), "the check itself is there");
}
