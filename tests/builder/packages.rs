//! What is built on other machines.

use std::path::PathBuf;

use serde_json::Value;

use crate::scene::{HOUR, MIDNIGHT, Scene};

/// Three modules that were never built before, and an edit of the lowest one after midnight.
pub(crate) fn edited() -> Scene {
    let scene = package("First Second", "");
    scene.commit_at(MIDNIGHT - HOUR, "Begin");
    scene.replace("First.hs", "first = 1", "first = 1 -- the least");
    scene.commit_at(MIDNIGHT + HOUR, "Comment");
    scene
}

/// A package one module of which takes GHC some seconds.
pub(crate) fn slow(seconds: u32) -> Scene {
    let scene = package("First Second Slow", ", template-haskell");
    scene.write(
        "Slow.hs",
        &format!(
            "{{-# LANGUAGE TemplateHaskell #-}}\nmodule Slow where\n\nimport Second\nimport Control.Concurrent (threadDelay)\n\
             import Language.Haskell.TH.Syntax (runIO)\n\n$(runIO (threadDelay {seconds}000000) >> pure [])\n"
        ),
    );
    scene.commit_at(MIDNIGHT - HOUR, "Begin");
    scene
}

fn package(modules: &str, packages: &str) -> Scene {
    let scene = Scene::new();
    scene.write("unique.txt", &scene.unique());
    scene.write(
        "small.cabal",
        &format!(
            "cabal-version: 2.4\nname: small\nversion: 1.0\nextra-source-files: unique.txt\n\nlibrary\n  \
             default-language: Haskell2010\n  build-depends: base{packages}\n  exposed-modules: {modules}\n"
        ),
    );
    scene.write("First.hs", "module First where\n\nfirst :: Int\nfirst = 1\n");
    scene.write("Second.hs", "module Second where\n\nimport First\n\nsecond :: Int\nsecond = first + 1\n");
    scene
}

/// Two derivations without GHC in them, `quick` and, upon it, `slow`, which was never built before.
pub(crate) fn derivations(seconds: u32) -> Scene {
    let scene = Scene::new();
    let stamp = scene.unique();
    scene.write(
        "default.nix",
        &format!(
            "let\n  run = name: script: derivation {{\n    inherit name;\n    system = \"{}-linux\";\n    builder = \"/bin/sh\";\n    \
             args = [ \"-c\" script ];\n    PATH = \"/usr/bin:/bin\";\n    stamp = {stamp:?};\n  }};\nin rec {{\n  \
             quick = run \"quick\" \"echo quick > $out\";\n  \
             slow = run \"slow\" \"cat ${{quick}}; for i in $(seq {seconds}); do sleep 1; done; echo slow > $out\";\n}}\n",
            std::env::consts::ARCH
        ),
    );
    scene.commit_at(MIDNIGHT - HOUR, "Begin");
    scene
}

/// The arguments that build `slow` of [`derivations`].
pub(crate) const SLOW: [&str; 5] = ["build", "-f", "default.nix", "-A", "slow"];

/// What hinc says when only `slow` is left of it.
pub(crate) const BEGUN: &str = "quick> ended";

/// Writes the user's own settings.
pub(crate) fn user_settings(scene: &Scene, text: &str) {
    let folder = scene.home().join(".config/hinc");
    fs_err::create_dir_all(&folder).expect("a folder");
    fs_err::write(folder.join("config.toml"), text).expect("a file");
}

/// The state folder of a guest.
pub(crate) fn guest_folder(scene: &Scene, name: &str) -> PathBuf {
    scene.home().join(".local/state/hinc/builders").join(name)
}

/// The build of a kind.
#[track_caller]
pub(crate) fn build<'a>(record: &'a Value, kind: &str) -> &'a Value {
    let builds = record["builds"].as_array().expect("builds");
    builds.iter().find(|build| build["kind"] == kind).unwrap_or_else(|| panic!("no {kind} build in {record:#}"))
}

/// The path of an output.
#[track_caller]
pub(crate) fn output<'a>(build: &'a Value, name: &str) -> &'a str {
    build["outputs"][name].as_str().unwrap_or_else(|| panic!("no output {name} in {build:#}"))
}

/// Whether a path is in this machine's store.
pub(crate) fn is_here(scene: &Scene, path: &str) -> bool {
    scene.run("nix-store", &["--check-validity", path]).status == 0
}

/// How many paths and bytes went a way, of all builders together.
#[track_caller]
pub(crate) fn transferred(record: &Value, direction: &str) -> (u64, u64) {
    let transfers = record["transfers"].as_array().unwrap_or_else(|| panic!("no transfers in {record:#}"));
    let of = |key: &str| {
        let these = transfers.iter().filter(|transfer| transfer["direction"] == direction);
        these.map(|transfer| transfer[key].as_u64().expect("a number")).sum()
    };
    (of("paths"), of("bytes"))
}
