//! Full builds that are sent to where others find them.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use crate::binary_cache::BinaryCache;
use crate::scene::{HOUR, MIDNIGHT, Ran, Scene};

fn two_days() -> Scene {
    let scene = Scene::new();
    scene.take_fixture("splices");
    scene.write("unique.txt", &scene.unique());
    scene.commit_at(MIDNIGHT - HOUR, "Begin");
    scene.replace("src/Splices/Alone.hs", "alone = 7", "alone = 8");
    scene.commit_at(MIDNIGHT + HOUR, "Eight");
    scene
}

fn build(scene: &Scene, options: &[&str]) -> Ran {
    scene.hinc(&[&["build", "--no-out-link", "--json"], options].concat())
}

fn step<'a>(record: &'a Value, kind: &str) -> &'a Value {
    let builds = record["builds"].as_array().expect("builds");
    builds.iter().find(|build| build["kind"] == kind).unwrap_or_else(|| panic!("none in {record:#}"))
}

fn has(cache: &Path, path: &str) -> bool {
    let digest = path.trim_start_matches("/nix/store/").split('-').next().expect("a digest");
    cache.join(format!("{digest}.narinfo")).exists()
}

#[test]
fn the_full_build_is_sent_and_another_job_need_not_make_it() {
    let scene = two_days();
    let (cache, list) = (scene.home().join("cache"), scene.home().join("list"));
    let uri = format!("file://{}?compression=none", cache.display());
    let command = format!("cat >{}", list.display());
    let ran = build(&scene, &["--push", &uri, "--push-with", &command]).status(0);
    let record = ran.json();
    let output = |kind: &str, name: &str| step(&record, kind)["outputs"][name].as_str().expect("a path").to_owned();
    let (intermediates, out, result) =
        (output("full", "intermediates"), output("full", "out"), output("incremental", "out"));
    assert!(has(&cache, &intermediates) && has(&cache, &out), "{}", ran.stderr);
    assert!(!has(&cache, &result), "the result was not asked for");
    let told = format!("the full build was pushed: `file://{}`", cache.display());
    assert!(ran.stderr.contains(&told) && !ran.stderr.contains("compression=none"), "{}", ran.stderr);
    let listed = fs_err::read_to_string(&list).expect("a list");
    let mut listed: Vec<&str> = listed.lines().collect();
    listed.sort_unstable();
    let mut expected = [intermediates.as_str(), out.as_str()];
    expected.sort_unstable();
    assert_eq!(listed, expected);

    // It is there already, and the result is asked for.
    scene.replace("src/Splices/Alone.hs", "alone = 8", "alone = 9");
    scene.commit_at(MIDNIGHT + 2 * HOUR, "Nine");
    let ran = build(&scene, &["--push", &uri, "--push-results"]).status(0);
    assert!(ran.stderr.contains("the build was pushed: "), "{}", ran.stderr);
    let record = ran.json();
    assert!(has(&cache, step(&record, "incremental")["outputs"]["out"].as_str().expect("a path")));

    // Another job, in whose store it is not.
    fs_err::remove_dir_all(scene.home().join(".local/state/hinc/roots")).ok();
    scene.run("nix-store", &["--delete", &intermediates]).status(0);
    scene.replace("src/Splices/Alone.hs", "alone = 9", "alone = 10");
    scene.commit_at(MIDNIGHT + 3 * HOUR, "Ten");
    let from = format!("file://{}", cache.display());
    let record =
        build(&scene, &["--option", "substituters", &from, "--option", "require-sigs", "false"]).status(0).json();
    assert_eq!(step(&record, "full")["outcome"], "substituted");

    // What a job on a schedule makes: the full build of head itself.
    let record = build(&scene, &["--full-only", "--base", "HEAD", "--push", &uri]).status(0).json();
    let full = step(&record, "full");
    assert_eq!(full["outcome"], "built");
    assert!(has(&cache, full["outputs"]["intermediates"].as_str().expect("a path")));
}

#[test]
fn what_cannot_be_sent_makes_no_build_fail() {
    let scene = two_days();
    let ran =
        build(&scene, &["--push", "file:///proc/no/such/cache", "--push-with", "echo 'no room' >&2; exit 3"]).status(0);
    assert!(ran.stderr.contains("warning: not pushed: `file:///proc/no/such/cache`: "), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("warning: not pushed: `echo 'no room' >&2; exit 3`: ") && ran.stderr.contains("no room"),
        "{}",
        ran.stderr
    );

    // Head does not compile: the full build of its base is as good as ever.
    let cache = scene.home().join("cache");
    scene.replace("src/Splices/Alone.hs", "alone = 8", "alone = True");
    scene.commit_at(MIDNIGHT + 2 * HOUR, "Broken");
    let ran = build(&scene, &["--push", &format!("file://{}", cache.display())]).status(100);
    let record = ran.json();
    let intermediates = step(&record, "full")["outputs"]["intermediates"].as_str().expect("a path").to_owned();
    assert!(has(&cache, &intermediates), "{}", ran.stderr);
}

#[test]
fn what_was_sent_before_an_interruption_is_not_sent_again() {
    let scene = two_days();
    let folder = scene.home().join("cache");
    let cache = BinaryCache::of(&folder, 0);
    // Room for one of the two outputs: what is in it, and what says so.
    cache.has_room_for(3);
    let ran = build(&scene, &["--push", &cache.address]).status(0);
    assert!(ran.stderr.contains("warning: not pushed: "), "{}", ran.stderr);
    cache.has_room_for(usize::MAX);
    let ran = build(&scene, &["--push", &cache.address]).status(0);
    assert!(ran.stderr.contains("the full build was pushed"), "{}", ran.stderr);
    let outputs = step(&ran.json(), "full")["outputs"].clone();
    for output in outputs.as_object().expect("outputs").values() {
        assert!(has(&folder, output.as_str().expect("a path")), "{outputs}");
    }
    let taken = cache.taken();
    let whole: Vec<&String> = taken.iter().filter(|file| file.ends_with(".narinfo")).collect();
    assert_eq!(whole.len(), whole.iter().collect::<BTreeSet<_>>().len(), "{taken:?}");
    assert_eq!(whole.len(), outputs.as_object().expect("outputs").len(), "{taken:?}");
}
