//! What a step of a CI service is left with after a build: its summary and its outputs.

use std::collections::BTreeMap;

use crate::scene::{HOUR, MIDNIGHT, Scene};

/// The outputs of a file in which each has an end of its own.
fn outputs(text: &str) -> BTreeMap<String, String> {
    let mut outputs = BTreeMap::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let (name, end) = line.split_once("<<").expect("a name and an end");
        let value: Vec<&str> = lines.by_ref().take_while(|line| *line != end).collect();
        assert!(outputs.insert(name.to_owned(), value.join("\n")).is_none(), "{name} is there twice");
    }
    outputs
}

#[test]
fn a_step_has_the_report_and_outputs_of_a_build() {
    let scene = Scene::of_two_modules();
    let base = scene.commit_at(MIDNIGHT - HOUR, "Begin");
    scene.replace("Two.hs", "two = 2", "two = 1 + 1");
    scene.commit_at(MIDNIGHT + HOUR, "Edit");

    let (summary, output) = (scene.home().join("summary.md"), scene.home().join("output"));
    fs_err::write(&summary, "# Of another program\n").expect("a file");
    fs_err::write(&output, "").expect("a file");
    let build = |more: &[(&str, &str)]| {
        scene.hinc_with(&["build", "--no-out-link"], |hinc| {
            hinc.env("GITHUB_STEP_SUMMARY", &summary).env("GITHUB_OUTPUT", &output).envs(more.iter().copied());
        })
    };
    let ran = build(&[]).status(0);
    let text = fs_err::read_to_string(&summary).expect("a summary");
    assert!(text.starts_with("# Of another program\n") && text.contains("1 of 2 modules rebuilt"), "{text}");
    let found = outputs(&fs_err::read_to_string(&output).expect("outputs"));
    let names: Vec<&str> = found.keys().map(String::as_str).collect();
    let expected = [
        "full-build-cached",
        "full-build-rev",
        "modules-rebuilt",
        "modules-total",
        "out-path",
        "report-json",
        "seconds",
    ];
    assert_eq!(names, expected);
    assert_eq!(found["out-path"], ran.line());
    assert_eq!((found["full-build-rev"].as_str(), found["full-build-cached"].as_str()), (base.as_str(), "false"));
    assert_eq!((found["modules-rebuilt"].as_str(), found["modules-total"].as_str()), ("1", "2"));
    assert!(found["seconds"].parse::<f64>().expect("a number") > 0.0);
    let record = fs_err::read(&found["report-json"]).expect("the record");
    let record: serde_json::Value = serde_json::from_slice(&record).expect("JSON");
    assert_eq!(record["out_paths"][0], ran.line());

    // The second time there is nothing to build, and both can be switched off.
    fs_err::write(&output, "").expect("a file");
    build(&[("HINC_STEP_SUMMARY", "off")]).status(0);
    let same = fs_err::read_to_string(&summary).expect("a summary");
    assert_eq!(same, text);
    let found = outputs(&fs_err::read_to_string(&output).expect("outputs"));
    assert_eq!(found["full-build-cached"], "true");
    fs_err::write(&output, "").expect("a file");
    build(&[("HINC_OUTPUTS", "off")]).status(0);
    assert_eq!(fs_err::read_to_string(&output).expect("a file"), "");

    // What cannot be written makes no build fail.
    fs_err::remove_file(&summary).expect("a file");
    fs_err::create_dir_all(&summary).expect("a folder");
    // Anybody may have made a folder of any name: a file in a file there is never.
    let nowhere = output.join("output").display().to_string();
    let ran = build(&[("GITHUB_OUTPUT", &nowhere)]).status(0);
    assert!(ran.stderr.contains("warning: no summary of this step: "), "{}", ran.stderr);
    assert!(ran.stderr.contains("warning: no outputs of this step: "), "{}", ran.stderr);
}
