//! A base that does not compile, and a head that mends it.

use std::path::Path;

use serde_json::{Value, json};

use crate::remotes::{bare_clone, shallow_clone};
use crate::scene::{HOUR, MIDNIGHT, Ran, Scene};

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
    assert!(ran.stderr.contains("note: the full build of a at the base"), "{}", ran.stderr);
    // It is the case that is meant: head of `b` was begun, and came to nothing.
    assert!(ran.stderr.lines().any(|line| line.starts_with("b-1> starts from")), "{}", ran.stderr);
    let record = ran.json();
    assert_eq!(
        builds(&record),
        ["a full failed", "b full built", "a partial failed", "a plain built", "b incremental built",],
        "{record:#}"
    );
    assert_eq!(record["mode"], "incremental", "{record:#}");
    assert_eq!(record["base_failures"][0]["left"], "nothing", "{record:#}");
    assert_eq!(record["out_paths"].as_array().map(Vec::len), Some(2), "{record:#}");
    // What was stopped is no part of the report: it is built.
    assert!(!ran.stderr.lines().any(|line| line.starts_with("b 1: stopped")), "{}", ran.stderr);
    assert!(ran.stderr.lines().any(|line| line.starts_with("a 1: plain build")), "{}", ran.stderr);
}

const BROKEN: &str = "\nbroken :: Int\nbroken = \"no number\"\n";
const MENDED: &str = "\nbroken :: Int\nbroken = 7\n";

/// A package in a folder: modules beneath and above one that breaks, one that stands alone, and a program.
fn package(scene: &Scene, name: &str) {
    let path = |file: &str| format!("{name}/{file}");
    scene.write(
        &path(&format!("{name}.cabal")),
        &format!(
            "cabal-version: 2.4\nname: {name}\nversion: 1\nbuild-type: Simple\nextra-source-files: unique.txt\n\n\
             library\n  exposed-modules: Above Alone Beneath Middle\n  build-depends: base\n  default-language: \
             Haskell2010\n\nexecutable {name}\n  hs-source-dirs: app\n  main-is: Main.hs\n  build-depends: base, \
             {name}\n  default-language: Haskell2010\n"
        ),
    );
    scene.write(&path("unique.txt"), &scene.unique());
    scene.write(&path("Beneath.hs"), "module Beneath where\n\nbeneath :: Int\nbeneath = 1\n");
    scene.write(&path("Middle.hs"), "module Middle where\n\nimport Beneath\n\nmiddle :: Int\nmiddle = beneath + 1\n");
    scene.write(&path("Above.hs"), "module Above where\n\nimport Middle\n\nabove :: Int\nabove = middle + 1\n");
    scene.write(&path("Alone.hs"), "module Alone where\n\nalone :: Int\nalone = 1\n");
    scene.write(
        &path("app/Main.hs"),
        "module Main (main) where\n\nimport Above\nimport Alone\n\nmain :: IO ()\nmain = print (above, alone)\n",
    );
}

fn break_it(scene: &Scene, name: &str) {
    scene.replace(&format!("{name}/Middle.hs"), "beneath + 1\n", &format!("beneath + 1\n{BROKEN}"));
}

fn mend(scene: &Scene, name: &str) {
    scene.replace(&format!("{name}/Middle.hs"), BROKEN, MENDED);
}

/// The package `core` at a base that does not compile and a head that does.
fn broken_yesterday() -> Scene {
    let scene = Scene::new();
    package(&scene, "core");
    break_it(&scene, "core");
    scene.commit_at(MIDNIGHT - HOUR, "Break");
    mend(&scene, "core");
    scene.commit_at(MIDNIGHT + HOUR, "Mend");
    scene
}

fn alone(scene: &Scene, value: u32) {
    scene.write("core/Alone.hs", &format!("module Alone where\n\nalone :: Int\nalone = {value}\n"));
    scene.commit_at(MIDNIGHT + 2 * HOUR + i64::from(value), "Edit");
}

fn build(scene: &Scene, options: &[&str]) -> Ran {
    scene.hinc(&[&["build", "--no-out-link", "--json"], options].concat())
}

/// Each build of a record: its package, its kind and how it came to be.
fn builds(record: &Value) -> Vec<String> {
    let word = |value: &Value| value.as_str().expect("a word").to_owned();
    let builds = record["builds"].as_array().expect("a list").iter();
    builds
        .map(|build| format!("{} {} {}", word(&build["package"]), word(&build["kind"]), word(&build["outcome"])))
        .collect()
}

fn build_of<'a>(record: &'a Value, kind: &str) -> &'a Value {
    let builds = record["builds"].as_array().expect("a list");
    builds.iter().find(|build| build["kind"] == kind).unwrap_or_else(|| panic!("no {kind} in {record:#}"))
}

/// The modules that the incremental build compiled, in the order of the alphabet.
fn compiled(record: &Value) -> Vec<String> {
    let modules = build_of(record, "incremental")["modules"].as_array().expect("modules").iter();
    let mut names: Vec<String> = modules.map(|module| module["module"].as_str().expect("a name").to_owned()).collect();
    names.sort();
    names
}

fn plan(scene: &Scene, options: &[&str]) -> Value {
    scene.hinc(&[&["plan", "--json"], options].concat()).status(0).json()
}

/// The derivations of a package that is planned, and whether they are there.
fn kinds(package: &Value) -> Vec<(&str, bool)> {
    let derivations = package["derivations"].as_array().expect("a list").iter();
    derivations.map(|one| (one["kind"].as_str().expect("a word"), one["there"].as_bool().expect("a truth"))).collect()
}

/// The names of modules, in the order of the alphabet.
fn modules(list: &Value) -> Vec<&str> {
    let mut names: Vec<&str> =
        list.as_array().expect("modules").iter().map(|id| id["module"].as_str().expect("a name")).collect();
    names.sort_unstable();
    names
}

/// What is known of the first base that fails: what is left of it, and how that is known.
fn failure(record: &Value) -> (&str, &str) {
    let failure = &record["base_failures"][0];
    (failure["left"].as_str().expect("a word"), failure["known"].as_str().expect("a word"))
}

fn printed(scene: &Scene, record: &Value, name: &str) -> String {
    let outs = record["out_paths"].as_array().expect("paths").iter().map(|path| path.as_str().expect("a path"));
    let program = outs.map(|out| format!("{out}/bin/{name}")).find(|program| Path::new(program).exists());
    scene.run(&program.expect("the program"), &[]).status(0).line().to_owned()
}

/// Takes a path out of the store, as a garbage collector does; hinc's own links keep it.
fn forget(scene: &Scene, path: &Value) {
    fs_err::remove_dir_all(scene.home().join(".local/state/hinc/roots")).ok();
    let path = path.as_str().expect("a path");
    scene.run("nix-store", &["--delete", path]).status(0);
    assert!(!Path::new(path).exists());
}

#[test]
fn what_compiles_of_it_is_built_on_and_the_full_build_is_not_tried_again() {
    let scene = broken_yesterday();
    let ran = build(&scene, &[]).status(0);
    let record = ran.json();
    assert_eq!(builds(&record), ["core full failed", "core partial built", "core incremental built"], "{record:#}");
    assert_eq!(failure(&record), ("modules", "this-build"));
    assert_eq!(compiled(&record), ["Above", "Main", "Middle"]);
    assert_eq!(printed(&scene, &record, "core"), "(3,1)");
    assert!(
        record["base_failures"][0]["error"].as_str().is_some_and(|error| error.contains("Middle.hs:")),
        "{record:#}"
    );
    assert!(ran.stderr.contains("head is built on the modules that do compile"), "{}", ran.stderr);
    assert!(ran.stderr.contains("core 1: what compiles of the base"), "{}", ran.stderr);
    // Nobody knows how long a full build would have taken.
    assert!(build_of(&record, "incremental")["full_compile_seconds"].is_null());

    alone(&scene, 2);
    let planned = plan(&scene, &[]);
    let record = build(&scene, &[]).status(0).json();
    assert_eq!(builds(&record), ["core partial cached", "core incremental built"], "{record:#}");
    assert_eq!(failure(&record), ("modules", "partial-build"));
    assert_eq!(compiled(&record), ["Above", "Alone", "Main", "Middle"]);
    // That was foretold, to the module: what did not compile, what was edited, and what imports one of these.
    let package = &planned["packages"][0];
    assert_eq!(failure(&planned), ("modules", "partial-build"), "{planned:#}");
    assert_eq!(kinds(package), [("partial", true), ("incremental", false)], "{planned:#}");
    for list in ["changed", "at_most", "certain"] {
        assert_eq!(modules(&package[list]), ["Above", "Alone", "Main", "Middle"], "{list} {planned:#}");
    }
    assert_eq!((&package["everything"], &package["known"]), (&Value::Null, &"interfaces".into()));
    assert_eq!(package["modules"], 5);
    assert_eq!(build_of(&record, "incremental")["prediction"]["certain"], package["certain"]);
    let text = scene.hinc(&["plan"]).status(0).stdout;
    assert!(text.contains("is known to fail"), "{text}");
    // Who wants the full build to be tried is told what that would be.
    let planned = plan(&scene, &["--retry-base"]);
    assert_eq!(
        (&planned["base_failures"], kinds(&planned["packages"][0])[0]),
        (&Value::Array(vec![]), ("full", false))
    );
    assert_eq!(printed(&scene, &record, "core"), "(3,2)");
    // And where there is nothing to do.
    let ran = scene.hinc(&["build", "--no-out-link"]).status(0);
    assert!(ran.stderr.contains("core 1: nothing to do"), "{}", ran.stderr);

    // A collector took what compiled: it is made again, and nothing else.
    let partial = build_of(&record, "partial")["outputs"]["intermediates"].clone();
    let results = build_of(&record, "incremental")["outputs"]["out"].clone();
    forget(&scene, &results);
    forget(&scene, &partial);
    alone(&scene, 3);
    let record = build(&scene, &[]).status(0).json();
    assert_eq!(builds(&record), ["core partial built", "core incremental built"], "{record:#}");
    assert_eq!(failure(&record), ("modules", "earlier-build"));
    assert!(
        record["base_failures"][0]["error"].as_str().is_some_and(|error| error.contains("Middle.hs:")),
        "{record:#}"
    );

    // The way out, for who knows better.
    alone(&scene, 4);
    let record = build(&scene, &["--retry-base"]).status(0).json();
    assert_eq!(builds(&record), ["core full failed", "core partial cached", "core incremental built"], "{record:#}");
    assert_eq!(failure(&record), ("modules", "this-build"));

    // `hinc verify` builds on the same.
    let verified = scene.hinc(&["verify", "--json"]).status(0).json();
    assert_eq!(verified["verdict"], "equal", "{verified:#}");
}

#[test]
fn another_machine_takes_what_compiles_from_a_cache_and_tries_no_full_build() {
    let scene = broken_yesterday();
    let cache = format!("file://{}", scene.home().join("cache").display());
    let record = build(&scene, &["--push", &cache]).status(0).json();
    let partial = build_of(&record, "partial")["outputs"]["intermediates"].clone();
    // Nothing is left of it here, neither in the store nor of what hinc knows.
    forget(&scene, &partial);
    for folder in [".local/state/hinc", ".cache/hinc"] {
        fs_err::remove_dir_all(scene.home().join(folder)).expect("a folder");
    }
    alone(&scene, 2);
    let options = ["--option", "substituters", &cache, "--option", "require-sigs", "false"];
    let record = build(&scene, &options).status(0).json();
    assert_eq!(builds(&record), ["core partial substituted", "core incremental built"], "{record:#}");
    assert_eq!(failure(&record), ("modules", "partial-build"));
    assert_eq!(compiled(&record), ["Above", "Alone", "Main", "Middle"]);
}

#[test]
fn the_job_that_makes_full_builds_leaves_what_compiles_for_others() {
    let scene = broken_yesterday();
    let cache = scene.home().join("cache");
    let ran = build(&scene, &["--full-only", "--push", &format!("file://{}", cache.display())]).status(100);
    let record = ran.json();
    assert_eq!(builds(&record), ["core full failed", "core partial built"], "{record:#}");
    let partial = build_of(&record, "partial")["outputs"]["intermediates"].as_str().expect("a path").to_owned();
    let digest = partial.trim_start_matches("/nix/store/").split('-').next().expect("a digest");
    assert!(cache.join(format!("{digest}.narinfo")).exists(), "{}", ran.stderr);
    let record = build(&scene, &[]).status(0).json();
    assert_eq!(builds(&record), ["core partial cached", "core incremental built"], "{record:#}");
}

/// What is asked for stands on it, and has no full build either.
#[test]
fn a_full_build_that_another_one_fails_beneath_ends_with_its_failure() {
    let scene = project_upon_one();
    break_it(&scene, "one");
    scene.commit_at(MIDNIGHT - HOUR, "Break");
    mend(&scene, "one");
    scene.commit_at(MIDNIGHT + HOUR, "Mend");
    let ran = build(&scene, &["--full-only", "./upon"]).status(100);
    let record = ran.json();
    assert!(builds(&record).contains(&"one full failed".to_owned()), "{record:#}");
    assert_eq!(failure(&record).0, "modules", "{record:#}");
}

#[test]
fn of_four_packages_the_three_others_are_incremental() {
    let scene = Scene::new();
    let names = ["one", "two", "three", "four"];
    scene.write("cabal.project", "packages: one two three four\n");
    for name in names {
        package(&scene, name);
    }
    break_it(&scene, "two");
    scene.commit_at(MIDNIGHT - HOUR, "Break");
    mend(&scene, "two");
    for name in names {
        scene.replace(&format!("{name}/Alone.hs"), "alone = 1", "alone = 2");
    }
    scene.commit_at(MIDNIGHT + HOUR, "Mend, and edit all");
    let record = build(&scene, &[]).status(0).json();
    let all = builds(&record);
    for name in names {
        assert!(all.contains(&format!("{name} incremental built")), "{all:?}");
        assert_eq!(printed(&scene, &record, name), "(3,2)");
    }
    assert!(all.contains(&"two full failed".to_owned()) && all.contains(&"two partial built".to_owned()), "{all:?}");
    assert!(!all.iter().any(|build| build.contains("plain")), "{all:?}");
}

/// `one`, which others are built with.
fn project_upon_one() -> Scene {
    let scene = Scene::new();
    scene.write("cabal.project", "packages: one upon aside\n");
    for name in ["one", "upon", "aside"] {
        package(&scene, name);
    }
    let cabal = "upon/upon.cabal";
    scene.replace(
        cabal,
        "exposed-modules: Above Alone Beneath Middle\n  build-depends: base",
        "exposed-modules: Upon\n  build-depends: base, one",
    );
    scene.write("upon/Upon.hs", "module Upon where\n\nimport Above (above)\n\nupon :: Int\nupon = above + 1\n");
    scene.write("upon/app/Main.hs", "module Main (main) where\n\nimport Upon\n\nmain :: IO ()\nmain = print upon\n");
    scene
}

#[test]
fn where_a_package_stands_on_one_that_does_not_build_an_older_base_is_taken() {
    let scene = project_upon_one();
    let oldest = scene.commit_at(MIDNIGHT - 25 * HOUR, "Begin");
    break_it(&scene, "one");
    let broken = scene.commit_at(MIDNIGHT - HOUR, "Break");
    mend(&scene, "one");
    scene.replace("upon/Upon.hs", "above + 1", "above + 2");
    scene.replace("aside/Alone.hs", "alone = 1", "alone = 2");
    scene.commit_at(MIDNIGHT + HOUR, "Mend");
    let ran = build(&scene, &[]).status(0);
    let record = ran.json();
    assert_eq!(record["base"]["commit"], oldest.as_str(), "{record:#}");
    assert_eq!(record["base_failures"][0]["commit"], broken.as_str(), "{record:#}");
    let told = format!("note: the base {} is passed over: there the full build of one failed", &broken[..10]);
    assert_eq!(ran.stderr.lines().filter(|line| line.starts_with(&told)).count(), 1, "{}", ran.stderr);
    let all = builds(&record);
    for name in ["one", "upon", "aside"] {
        assert!(all.contains(&format!("{name} incremental built")), "{all:?}");
    }
    assert_eq!(printed(&scene, &record, "upon"), "5");
    // The plan is the same, and says why.
    let planned = plan(&scene, &[]);
    assert_eq!(
        (&planned["base"], &planned["base_failures"]),
        (
            &record["base"],
            &json!([{
                "commit": broken,
                "package": "one",
                "drv": record["base_failures"][0]["drv"],
                "left": "modules",
                "known": "earlier-build",
                "phase": record["base_failures"][0]["phase"],
                "error": record["base_failures"][0]["error"],
            }])
        ),
        "{planned:#}"
    );
}

#[test]
fn where_there_is_no_older_base_that_package_alone_is_built_plainly() {
    let scene = project_upon_one();
    break_it(&scene, "one");
    scene.commit_at(MIDNIGHT - HOUR, "Break");
    mend(&scene, "one");
    scene.replace("upon/Upon.hs", "above + 1", "above + 2");
    scene.replace("aside/Alone.hs", "alone = 1", "alone = 2");
    scene.commit_at(MIDNIGHT + HOUR, "Mend");
    let record = build(&scene, &[]).status(0).json();
    let all = builds(&record);
    for build in ["one incremental built", "upon plain built", "aside incremental built"] {
        assert!(all.contains(&build.to_owned()), "{all:?}");
    }
    assert_eq!(printed(&scene, &record, "upon"), "5");
    assert!(record["why"].as_str().is_some_and(|why| why.contains("upon: ")), "{record:#}");
}

#[test]
fn a_base_of_which_nothing_is_left_is_passed_over_and_not_tried_again() {
    let scene = Scene::new();
    package(&scene, "core");
    let good = scene.commit_at(MIDNIGHT - 25 * HOUR, "Begin");
    scene.replace("core/core.cabal", "library\n", "library\n  extra-libraries: nowhere\n");
    let bad = scene.commit_at(MIDNIGHT - HOUR, "Break");
    scene.replace("core/core.cabal", "  extra-libraries: nowhere\n", "");
    scene.replace("core/Alone.hs", "alone = 1", "alone = 2");
    scene.commit_at(MIDNIGHT + HOUR, "Mend");
    let record = build(&scene, &[]).status(0).json();
    assert_eq!(builds(&record), ["core full failed", "core full built", "core incremental built"], "{record:#}");
    assert_eq!((failure(&record), &record["base"]["commit"]), (("nothing", "this-build"), &Value::from(good.as_str())));
    assert_eq!(compiled(&record), ["Alone", "Main"]);

    alone(&scene, 3);
    let ran = build(&scene, &[]).status(0);
    let record = ran.json();
    assert_eq!(builds(&record), ["core full cached", "core incremental built"], "{record:#}");
    assert_eq!(failure(&record), ("nothing", "earlier-build"));
    let told = format!("the base {} is passed over: there the full build of core failed before", &bad[..10]);
    assert!(ran.stderr.contains(&format!("note: {told}")), "{}", ran.stderr);
    let report = scene.hinc(&["report"]).status(0).stdout.replace("\n  ", " ").replace("  ", " ");
    assert!(report.contains(&told), "{report}");
}

#[test]
fn the_older_one_is_fetched_where_the_clone_does_not_have_it() {
    let scene = Scene::new();
    package(&scene, "core");
    let good = scene.commit_at(MIDNIGHT - 25 * HOUR, "Begin");
    scene.replace("core/core.cabal", "library\n", "library\n  extra-libraries: nowhere\n");
    scene.commit_at(MIDNIGHT - HOUR, "Break");
    scene.replace("core/core.cabal", "  extra-libraries: nowhere\n", "");
    scene.commit_at(MIDNIGHT + HOUR, "Mend");
    let bare = bare_clone(&scene);
    shallow_clone(&scene, 2, &format!("file://{}", bare.display()), &[]);
    let record = build(&scene, &["--history", "deepen"]).status(0).json();
    assert_eq!((failure(&record), &record["base"]["commit"]), (("nothing", "this-build"), &Value::from(good.as_str())));
}

#[test]
fn a_failure_of_the_machine_is_not_remembered() {
    let scene = Scene::new();
    package(&scene, "core");
    scene.write("core/kill", "#!/bin/sh\nkill -9 $$\n");
    scene.run("chmod", &["+x", scene.project().join("core/kill").to_str().expect("text")]).status(0);
    scene.replace("core/Middle.hs", "module Middle", "{-# OPTIONS_GHC -F -pgmF ./kill #-}\nmodule Middle");
    scene.commit_at(MIDNIGHT - HOUR, "Begin");
    scene.replace("core/Middle.hs", "{-# OPTIONS_GHC -F -pgmF ./kill #-}\n", "");
    scene.commit_at(MIDNIGHT + HOUR, "Edit");
    for value in [2, 3] {
        let ran = build(&scene, &[]).status(0);
        let record = ran.json();
        assert_eq!(builds(&record), ["core full failed", "core plain built"], "{record:#}");
        assert_eq!(failure(&record), ("unknown", "this-build"));
        assert!(ran.stderr.contains("it may be the machine that failed"), "{}", ran.stderr);
        assert!(!scene.home().join(".local/state/hinc/failed-bases").exists());
        alone(&scene, value);
    }
}
