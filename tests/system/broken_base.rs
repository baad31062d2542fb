//! A base that does not compile, and a head that mends it, of more than one package.

use super::scene::{HOUR, MIDNIGHT, Scene};

/// A module of a package that takes GHC some seconds, and what its splice gives in the end.
fn module(scene: &Scene, name: &str, seconds: u32, gives: &str) {
    let module = format!("M{name}");
    scene.write(
        &format!("{name}/{module}.hs"),
        &format!(
            "{{-# LANGUAGE TemplateHaskell #-}}\nmodule {module} where\n\nimport Control.Concurrent (threadDelay)\n\
             import Language.Haskell.TH\n\nvalue :: Int\nvalue = $(runIO (threadDelay {seconds}000000) >> {gives})\n"
        ),
    );
}

// Nix stopped `b`, which was taken for a failure of head: it ended with 100, and head was never built.
#[test]
fn a_package_that_is_stopped_for_a_broken_base_is_built_with_the_one_that_is_mended() {
    let scene = Scene::new();
    scene.write("cabal.project", "packages: a b\n");
    for name in ["a", "b"] {
        scene.write(
            &format!("{name}/{name}.cabal"),
            &format!(
                "cabal-version: 2.4\nname: {name}\nversion: 1\nbuild-type: Simple\nextra-source-files: unique.txt\n\n\
                 library\n  exposed-modules: M{name}\n  build-depends: base, template-haskell\n  \
                 default-language: Haskell2010\n"
            ),
        );
        scene.write(&format!("{name}/unique.txt"), &scene.unique());
    }
    // The base of `b` is there long before that of `a` fails, and its head is then being built.
    module(&scene, "a", 20, "fail \"broken yesterday\"");
    module(&scene, "b", 0, "[| 1 |]");
    scene.commit_at(MIDNIGHT - HOUR, "Break");
    module(&scene, "a", 0, "[| 2 |]");
    module(&scene, "b", 30, "[| 3 |]");
    scene.commit_at(MIDNIGHT + HOUR, "Mend");
    let ran = scene.hinc(&["build", "-j", "2", "--json", "--no-out-link"]).status(0);
    let why = "the full build of the base failed";
    assert!(ran.stderr.contains(&format!("warning: {why}")), "{}", ran.stderr);
    // It is the case that is meant: head of `b` was begun, and came to nothing.
    assert!(ran.stderr.lines().any(|line| line.starts_with("b-1> starts from")), "{}", ran.stderr);
    let record = ran.json();
    assert_eq!(record["mode"], "plain", "{record:#}");
    let builds = record["builds"].as_array().expect("a list").iter();
    let builds: Vec<_> = builds.map(|build| [&build["package"], &build["kind"], &build["outcome"]]).collect();
    assert_eq!(builds, [["a", "full", "failed"], ["a", "plain", "built"], ["b", "plain", "built"]], "{record:#}");
    assert_eq!(record["out_paths"].as_array().map(Vec::len), Some(2), "{record:#}");
    // What was stopped is no part of the report: it is built.
    assert!(!ran.stderr.lines().any(|line| line.starts_with("b 1: stopped")), "{}", ran.stderr);
    assert!(ran.stderr.lines().any(|line| line.starts_with("b 1: plain build")), "{}", ran.stderr);
}
