//! Which of several bases is taken: the newest whose full build is at hand.

use serde_json::Value;

use crate::scene::{HOUR, MIDNIGHT, Scene};

/// A package with a commit on each of three days.
fn three_days() -> (Scene, [String; 3]) {
    let scene = Scene::new();
    scene.take_fixture("splices");
    scene.write("unique.txt", &scene.unique());
    let oldest = scene.commit_at(MIDNIGHT - 25 * HOUR, "Begin");
    scene.replace("src/Splices/Alone.hs", "alone = 7", "alone = 8");
    let newer = scene.commit_at(MIDNIGHT - HOUR, "Eight");
    scene.replace("src/Splices/Alone.hs", "alone = 8", "alone = 9");
    let head = scene.commit_at(MIDNIGHT + HOUR, "Nine");
    (scene, [oldest, newer, head])
}

fn build(scene: &Scene, options: &[&str]) -> Value {
    scene.hinc(&[&["build", "--no-out-link", "--json"], options].concat()).status(0).json()
}

/// The base, why it is this one, and where its full build was found.
fn base(record: &Value) -> (&str, &str, Option<&str>) {
    let base = &record["base"];
    (base["commit"].as_str().expect("a commit"), base["reason"].as_str().expect("a word"), base["found_in"].as_str())
}

fn intermediates(record: &Value) -> (String, String) {
    let builds = record["builds"].as_array().expect("builds");
    let full = builds.iter().find(|build| build["kind"] == "full").unwrap_or_else(|| panic!("none in {record:#}"));
    let output = |name: &str| full["outputs"][name].as_str().expect("an output").to_owned();
    (output("intermediates"), output("out"))
}

#[test]
fn the_newest_base_whose_full_build_is_at_hand_is_taken() {
    let (scene, [oldest, newer, _]) = three_days();
    let available = ["--base-policy", "available"];
    let outcomes = |record: &Value| -> Vec<String> {
        let builds = record["builds"].as_array().expect("builds").iter();
        builds
            .map(|build| {
                format!("{} {}", build["kind"].as_str().expect("a word"), build["outcome"].as_str().expect("a word"))
            })
            .collect()
    };

    // The job of the night before made the full build of the oldest.
    let of_oldest = build(&scene, &["--full-only", "--rev", &newer]);
    let record = build(&scene, &available);
    assert_eq!(base(&record), (oldest.as_str(), "available", Some("the store")));
    assert_eq!(outcomes(&record), ["full cached", "incremental built"]);
    // It is a build of one's own that is asked for with another policy.
    assert_eq!(base(&build(&scene, &[])).0, newer);

    // The job of this night asks for the newest, whatever is at hand.
    let of_newer = build(&scene, &[&["--full-only"], &available[..]].concat());
    assert_eq!(base(&of_newer), (newer.as_str(), "before-boundary", None));
    assert_eq!(base(&build(&scene, &available)), (newer.as_str(), "before-boundary", None));

    // Nothing is here any more, and a cache has the results of the oldest but not its intermediates.
    let (older_intermediates, older_out) = intermediates(&of_oldest);
    let (newer_intermediates, _) = intermediates(&of_newer);
    let cache = format!("file://{}", scene.home().join("cache").display());
    scene.run("nix", &["copy", "--no-check-sigs", "--to", &cache, &older_out]).status(0);
    let forget = || {
        // Links of hinc's own keep them, where it made some since.
        fs_err::remove_dir_all(scene.home().join(".local/state/hinc/roots")).ok();
        for path in [&older_intermediates, &newer_intermediates] {
            scene.run("nix-store", &["--delete", path]).status(0);
            assert!(!std::path::Path::new(path).exists(), "{path}");
        }
    };
    scene.run("nix", &["copy", "--no-check-sigs", "--to", &format!("{cache}-whole"), &older_intermediates]).status(0);
    forget();
    let from = |cache: &str| {
        [&available[..], &["--option", "substituters", cache, "--option", "require-sigs", "false"]]
            .concat()
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
    };
    let options = from(&cache);
    let record = build(&scene, &options.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(base(&record), (newer.as_str(), "before-boundary", None), "there is none at hand");
    forget();
    // The cache of another job has its intermediates, and head is not built yet.
    scene.replace("src/Splices/Alone.hs", "alone = 9", "alone = 10");
    scene.commit_at(MIDNIGHT + 2 * HOUR, "Ten");
    let whole = format!("{cache}-whole");
    let options = from(&whole);
    let record = build(&scene, &options.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(base(&record), (oldest.as_str(), "available", Some("a binary cache")));
    assert_eq!(outcomes(&record), ["full substituted", "incremental built"]);
}
