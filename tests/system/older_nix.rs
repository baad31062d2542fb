//! A Nix that knows `nix store ping` alone, as Lix and Nix before 2.19 do.

use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use super::scene::{HOUR, MIDNIGHT, Ran, Scene};

/// Passes all on to the real Nix, but for the subcommand that Lix 2.95.3 does not have, with its words.
const STAND_IN: &str = r#"#!/bin/sh
case " $* " in
  *" store info "*)
    echo "error: 'info' is not a recognised command" >&2
    echo "Try 'nix --help' for more information." >&2
    exit 1 ;;
esac
PATH=${PATH#*:} exec nix "$@"
"#;

/// A small package, and a `nix` that comes before the real one on the search path.
fn package() -> Scene {
    let scene = Scene::new();
    scene.write(
        "small.cabal",
        "cabal-version: 2.4\nname: small\nversion: 1\nbuild-type: Simple\nextra-source-files: unique.txt\n\n\
         library\n  exposed-modules: Small\n  build-depends: base\n  default-language: Haskell2010\n",
    );
    scene.write("Small.hs", "module Small where\n\nsmall :: Int\nsmall = 1\n");
    scene.write("unique.txt", &scene.unique());
    scene.commit_at(MIDNIGHT + HOUR, "Begin");
    let nix = scene.home().join("bin/nix");
    fs_err::create_dir(scene.home().join("bin")).expect("a folder");
    fs_err::write(&nix, STAND_IN).expect("a program");
    fs_err::set_permissions(&nix, std::fs::Permissions::from_mode(0o755)).expect("it runs");
    scene
}

fn hinc(scene: &Scene, args: &[&str]) -> Ran {
    scene.hinc_with(args, |command: &mut Command| {
        let path = std::env::var("PATH").expect("a search path");
        command.env("PATH", format!("{}:{path}", scene.home().join("bin").display()));
    })
}

#[test]
fn the_doctor_asks_the_store_by_the_name_that_nix_knows() {
    let scene = package();
    let doctor = hinc(&scene, &["doctor"]).status(0);
    assert!(doctor.stdout.lines().any(|line| line.starts_with("ok") && line.contains("store ")), "{}", doctor.stdout);
    assert!(doctor.stdout.contains("builds with this GHC"), "{}", doctor.stdout);
}

// To know whether it may open the sandbox, hinc asks the store whether it trusts this user.
#[test]
fn a_closed_sandbox_is_opened_there_too() {
    let scene = package();
    let closed = ["build", "--no-out-link", "--option", "sandbox-paths", "/bin/sh=/usr/bin/bash"];
    hinc(&scene, &closed).status(0);
}
