//! Packages of nixpkgs' Haskell builder, as they are, over the package set of `tests/nixpkgs/set`.

use serde_json::Value;

use crate::scene::{HOUR, MIDNIGHT, Ran, Scene};

/// Five local packages; `far` stands upon `middle` and that upon `near`.
fn five() -> Scene {
    let scene = Scene::new();
    scene.take_fixture("five");
    scene.write("near/unique.txt", &scene.unique());
    scene.write("middle/unique.txt", &scene.unique());
    scene.write("far/unique.txt", &scene.unique());
    scene
}

fn hinc(scene: &Scene, args: &[&str]) -> Ran {
    let set = format!("nixpkgs={}/tests/nixpkgs/set", env!("CARGO_MANIFEST_DIR"));
    let all: Vec<&str> = [args, &["-I", &set]].concat();
    scene.hinc(&all)
}

fn build<'a>(record: &'a Value, package: &str, kind: &str) -> &'a Value {
    let builds = record["builds"].as_array().expect("builds");
    let found = builds.iter().find(|build| build["package"] == package && build["kind"] == kind);
    found.unwrap_or_else(|| panic!("no {kind} build of {package} in {record:#}"))
}

fn modules(build: &Value) -> Vec<&str> {
    let modules = build["modules"].as_array().expect("modules");
    modules.iter().map(|module| module["module"].as_str().expect("a name")).collect()
}

#[test]
fn a_users_expression_is_built_incrementally_as_it_is() {
    let scene = five();
    // What the file says while it is evaluated is heard once for each commit.
    scene.replace("default.nix", "let\n  names", "builtins.trace \"looked at\" (\nlet\n  names");
    let text = fs_err::read_to_string(scene.project().join("default.nix")).expect("the file");
    scene.write("default.nix", &format!("{text})\n"));
    scene.commit_at(MIDNIGHT - HOUR, "Begin");
    scene.replace("near/src/Near/Level.hs", "level = 1", "level = 4");
    scene.commit_at(MIDNIGHT + HOUR, "Raise");

    let ran = hinc(&scene, &["build", "-f", "default.nix", "-A", "far", "-A", "near", "--json"]).status(0);
    assert_eq!(ran.stderr.matches("looked at").count(), 2, "{}", ran.stderr);
    let record = ran.json();
    assert_eq!(record["mode"], "incremental", "{}", record["why"]);
    let far = build(&record, "far", "incremental");
    assert_eq!(modules(far), ["Far.Top", "Main"]);
    assert_eq!(modules(build(&record, "near", "incremental")), ["Near.Level"]);
    // Nobody asked for it, but it was built on the way.
    assert_eq!(modules(build(&record, "middle", "incremental")), ["Middle.Height"]);
    assert_eq!(record["out_paths"][0], far["outputs"]["out"]);
    assert_eq!(record["out_paths"].as_array().map(Vec::len), Some(2));
    let second = scene.project().join("result-2").canonicalize().expect("a second link");
    assert_eq!(record["out_paths"][1], second.to_str().expect("a plain path"));
    assert!(scene.run("result/bin/far", &[]).status(0).stdout.contains("50"));

    // Once more, there is nothing to do, and the base need not be looked at.
    let ran = hinc(&scene, &["build", "-f", "default.nix", "-A", "far", "-A", "near", "--json"]).status(0);
    assert_eq!(ran.stderr.matches("looked at").count(), 1, "{}", ran.stderr);
    assert_eq!(build(&ran.json(), "far", "incremental")["outcome"], "cached");
    assert_eq!(ran.json()["out_paths"], record["out_paths"]);
}

#[test]
fn a_file_that_reads_the_environment_is_asked_each_time() {
    let scene = five();
    scene.replace("default.nix", "echo text >$out", "echo ${builtins.getEnv \"WORD\"} >$out");
    scene.commit_at(MIDNIGHT - HOUR, "Begin");
    let said = |word: &str| {
        let set = format!("nixpkgs={}/tests/nixpkgs/set", env!("CARGO_MANIFEST_DIR"));
        let args = ["build", "-f", "default.nix", "-A", "text", "-I", &set];
        scene.hinc_with(&args, |command| drop(command.env("WORD", word))).status(0);
        fs_err::read_to_string(scene.project().join("result")).expect("the result").trim().to_owned()
    };
    let (one, other) = (scene.unique().trim().replace(' ', "-"), "other".to_owned());
    for word in [&one, &other, &one] {
        assert_eq!(said(word), *word);
    }
}

#[test]
fn the_result_is_what_a_clean_build_gives() {
    let scene = five();
    scene.commit_at(MIDNIGHT - HOUR, "Begin");
    scene.replace("near/src/Near/Level.hs", "level = 1", "level = 5");
    scene.commit_at(MIDNIGHT + HOUR, "Raise");
    let ran = hinc(&scene, &["verify", "-f", "default.nix", "-A", "far", "--json"]).status(0);
    assert_eq!(ran.json()["verdict"], "equal", "{:#}", ran.json());
}

#[test]
fn what_cannot_be_reused_is_built_plainly_with_a_sentence() {
    let scene = five();
    // Nix cannot catch this one, so that head is evaluated by itself.
    scene.replace(
        "default.nix",
        "haskellPackages = packages;",
        "haskellPackages = packages;\n  apart' = packages.missing;",
    );
    scene.commit_at(MIDNIGHT - HOUR, "Begin");
    scene.replace("default.nix", "packages.missing", "packages.apart");
    scene.commit_at(MIDNIGHT + HOUR, "Mend");
    let record = |args: &[&str]| hinc(&scene, args).status(0).json();

    let broken = record(&["build", "-f", "default.nix", "-A", "apart'", "--json"]);
    assert_eq!(broken["mode"], "plain");
    let why = broken["why"].as_str().expect("a sentence");
    assert!(why.contains("the Nix expression of the base cannot be evaluated"), "{why}");

    let other = record(&["build", "-f", "default.nix", "-A", "text", "--json"]);
    assert_eq!(other["mode"], "plain");
    let why = other["why"].as_str().expect("a sentence");
    assert!(why.contains("text was not made by a builder that hinc knows"), "{why}");

    let missing = hinc(&scene, &["build", "-f", "default.nix", "-A", "nowhere"]).status(5);
    assert!(missing.stderr.contains("attribute 'nowhere' is missing in default.nix"), "{}", missing.stderr);
}

#[test]
fn a_new_version_still_stands_on_what_was_reused() {
    let scene = five();
    scene.commit_at(MIDNIGHT - HOUR, "Begin");
    scene.replace("near/src/Near/Level.hs", "level = 1", "level = 6");
    scene.replace("far/far.cabal", "0.1", "0.2");
    scene.commit_at(MIDNIGHT + HOUR, "Release");
    let record = hinc(&scene, &["build", "-f", "default.nix", "-A", "far", "--json"]).status(0).json();
    let far = build(&record, "far", "plain");
    let why = far["why"].as_str().or(record["why"].as_str()).expect("a sentence");
    assert!(why.contains("version changed from 0.1 to 0.2"), "{why}");
    assert_eq!(far["modules_rebuilt"], 3, "{far:#}");
    assert_eq!(modules(build(&record, "near", "incremental")), ["Near.Level"]);
}
