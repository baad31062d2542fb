//! What the builder has compiled again although GHC would skip it, and how that is told.

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
fn what_a_splice_read_is_told_and_warnings_are_repeated() {
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
    assert_eq!(text["reason_text"], "");
    assert_eq!(
        text["left_out"],
        serde_json::json!({"cause": "input", "input": "text.txt", "access": "read", "change": "changed",
            "reader": "code", "program": null, "more": 0, "about": null})
    );
    assert_eq!(text["root_cause"], "input: text.txt");
    assert_eq!(module(build, "Splices.Alone"), None, "it has nothing to do with the file");
    assert!(scene.run("result/bin/splices", &[]).status(0).stdout.contains("another text"));
    let told = "  text.txt changed, which a splice of this component read: ";
    assert!(ran.stderr.contains(told), "{}", ran.stderr);
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
}

#[test]
fn a_file_that_nobody_reads_makes_nothing_compile() {
    let scene = Scene::new();
    scene.take_fixture("splices");
    scene.write("unique.txt", &scene.unique());
    scene.commit_at(MIDNIGHT - HOUR, "Begin");
    scene.write("README.md", "What it is for\n");
    scene.commit_at(MIDNIGHT + HOUR, "Describe it");

    let ran = scene.hinc(&["build", "--json"]).status(0);
    let record = ran.json();
    assert_eq!(incremental(&record)["modules"], serde_json::json!([]), "{}", ran.stderr);
}
