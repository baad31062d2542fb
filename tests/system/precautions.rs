//! What the builder has compiled again although GHC would skip it, and how that is told and turned off.

use serde_json::Value;

use crate::scene::{HOUR, MIDNIGHT, Scene};

/// The incremental build of a record.
fn incremental(record: &Value) -> &Value {
    let builds = record["builds"].as_array().expect("builds");
    builds.iter().find(|build| build["kind"] == "incremental").unwrap_or_else(|| panic!("none in {record:#}"))
}

/// A module of a build.
fn module<'a>(build: &'a Value, name: &str) -> Option<&'a Value> {
    build["modules"].as_array().expect("modules").iter().find(|module| module["module"] == name)
}

#[test]
fn template_haskell_is_doubted_or_trusted_and_warnings_are_repeated() {
    let scene = Scene::new();
    scene.take_fixture("splices");
    scene.write("unique.txt", &scene.unique());
    scene.replace(
        "src/Splices/Alone.hs",
        "module Splices.Alone",
        "{-# OPTIONS_GHC -Wunused-top-binds #-}\nmodule Splices.Alone",
    );
    scene.replace("src/Splices/Alone.hs", "alone = 7", "alone = 7\n\nidle :: Int\nidle = 8");
    scene.commit_at(MIDNIGHT - HOUR, "Begin");
    scene.write("text.txt", "another text\n");
    scene.commit_at(MIDNIGHT + HOUR, "Change what a splice reads");

    let ran = scene.hinc(&["build", "--json", "-v"]).status(0);
    let record = ran.json();
    let build = incremental(&record);
    let text = module(build, "Splices.Text").unwrap_or_else(|| panic!("{}", ran.stderr));
    assert_eq!((&text["left_out"]["cause"], &text["reason_text"]), (&"splice".into(), &"".into()));
    assert!(text["left_out"]["about"].as_str().is_some_and(|about| about.contains("text.txt")), "{text}");
    assert_eq!(module(build, "Splices.Alone"), None, "it has nothing to do with the file");
    assert!(scene.run("result/bin/splices", &[]).status(0).stdout.contains("another text"));
    for words in ["compiled as a precaution, since ", "text.txt changed: ", "--trust-th turns this off"] {
        assert!(ran.stderr.contains(words), "`{words}` in\n{}", ran.stderr);
    }
    // The warning of the module that was skipped, in the words in which it was given.
    assert_eq!((&build["warnings"], &build["warnings_replayed"]), (&0.into(), &1.into()), "{}", ran.stderr);
    let warning = |stderr: &str| {
        let lines = || stderr.lines().filter_map(|line| line.split_once("> ").map(|(_, text)| text.to_owned()));
        let begins = |line: &String| line.contains("src/Splices/Alone.hs") && line.contains(": warning:");
        let starts: Vec<usize> = lines().enumerate().filter(|(_, line)| begins(line)).map(|(at, _)| at).collect();
        let of = |at: usize| lines().skip(at).take(5).collect::<Vec<_>>();
        (starts.len(), starts.into_iter().map(of).collect::<std::collections::BTreeSet<_>>())
    };
    let (times, texts) = warning(&ran.stderr);
    assert!(times >= 2 && texts.len() == 1, "given by the full build and repeated: {texts:?}\n{}", ran.stderr);

    // Who trusts splices gets what the base had; the full build is the same one.
    let trusting = scene.hinc(&["build", "--json", "--trust-th"]).status(0);
    let record = trusting.json();
    assert_eq!(module(incremental(&record), "Splices.Text"), None, "{}", trusting.stderr);
    assert_eq!(record["builds"][0]["outcome"], "cached", "{record:#}");
    assert!(!scene.run("result/bin/splices", &[]).status(0).stdout.contains("another text"));

    // The same as a setting of the repository.
    scene.write("hinc.toml", "[host]\ntrust-th = true\n");
    scene.commit_at(MIDNIGHT + 2 * HOUR, "Trust");
    let record = scene.hinc(&["build", "--json"]).status(0).json();
    assert_eq!(module(incremental(&record), "Splices.Text"), None, "{record:#}");
    assert_eq!(record["builds"][0]["outcome"], "cached", "{record:#}");
}
