//! Jobs that want the same full build at the same time, each with a store of its own, and a cache that they share.

use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::binary_cache::BinaryCache;
use crate::scene::{HOUR, MIDNIGHT, Scene};

fn two_days() -> Scene {
    two_days_that_begin_with("7")
}

/// The same, with another value yesterday.
fn two_days_that_begin_with(value: &str) -> Scene {
    let scene = Scene::new();
    scene.take_fixture("splices");
    scene.write("unique.txt", &scene.unique());
    let before = format!("alone = {value}");
    scene.replace("src/Splices/Alone.hs", "alone = 7", &before);
    scene.commit_at(MIDNIGHT - HOUR, "Begin");
    scene.replace("src/Splices/Alone.hs", &before, "alone = 8");
    scene.commit_at(MIDNIGHT + HOUR, "Eight");
    scene
}

/// What hinc's own programs need not be compiled anew for: the store that the other tests use.
const BESIDE: &str = "local?trusted=true";

/// A machine with a store of its own.
struct Job {
    child: Child,
    stderr: PathBuf,
}

impl Job {
    /// Starts one that looks in a cache, where it takes what nobody signed.
    fn start(scene: &Scene, store: &str, cache: &str, options: &[&str]) -> Self {
        let root = format!("local?root={}", scene.home().join(store).display());
        let stderr = scene.home().join(format!("{store}.err"));
        let mut command = scene.hinc_command(&["build", "--no-out-link", "--json", "--store", &root]);
        let substituters = format!("{BESIDE} {cache}");
        command.args(["--option", "substituters", &substituters, "--option", "require-sigs", "false"]).args(options);
        // Two machines have two memories, those of Nix among them.
        command.env("XDG_STATE_HOME", scene.home().join(format!("{store}.state")));
        command.env("XDG_CACHE_HOME", scene.home().join(format!("{store}.cache")));
        command.stdout(Stdio::piped()).stderr(fs_err::File::create(&stderr).expect("a file").into_parts().0);
        Self { child: command.spawn().expect("hinc"), stderr }
    }

    fn end(self) -> (Value, String) {
        let (stderr, output) = (self.stderr.clone(), self.child.wait_with_output().expect("it ends"));
        let said = fs_err::read_to_string(stderr).expect("what it said");
        assert!(output.status.success(), "{said}");
        (serde_json::from_slice(&output.stdout).expect("a record"), said)
    }
}

/// How the full build of the base came to be.
fn full(record: &Value) -> &str {
    let builds = record["builds"].as_array().expect("builds");
    let full = builds.iter().find(|build| build["kind"] == "full");
    full.and_then(|build| build["outcome"].as_str()).unwrap_or_else(|| panic!("none in {record:#}"))
}

/// Waits until a job has put its claim down.
fn until_it_is_held(cache: &Path) {
    let end = Instant::now() + Duration::from_secs(180);
    let is_held = |entry: fs_err::DirEntry| {
        let text = fs_err::read_to_string(entry.path()).unwrap_or_default();
        text.lines().any(|line| line.starts_with("StorePath: ") && line.contains("-held-"))
    };
    while !fs_err::read_dir(cache).is_ok_and(|entries| entries.flatten().any(is_held)) {
        assert!(Instant::now() < end, "nobody holds a claim");
        std::thread::sleep(Duration::from_millis(100));
    }
}

const WAITING: &str = "waiting: another job makes the full build";

#[test]
fn of_two_jobs_that_begin_at_once_one_makes_the_full_build() {
    let scene = two_days();
    let cache = format!("file://{}", scene.home().join("cache").display());
    let jobs = ["one", "two"].map(|store| Job::start(&scene, store, &cache, &["--push", &cache, "--wait", "10m"]));
    let ended = jobs.map(Job::end);
    let mut outcomes = ended.each_ref().map(|(record, _)| full(record));
    outcomes.sort_unstable();
    assert_eq!(outcomes, ["built", "substituted"], "{ended:#?}");
    assert_eq!(ended.iter().filter(|(_, said)| said.contains(WAITING)).count(), 1, "{ended:#?}");
}

#[test]
fn where_it_fails_the_one_that_waits_takes_what_compiles_and_does_not_try_it() {
    let scene = two_days_that_begin_with("\"seven\"");
    let cache = format!("file://{}", scene.home().join("cache").display());
    let jobs = ["one", "two"].map(|store| Job::start(&scene, store, &cache, &["--push", &cache, "--wait", "10m"]));
    let ended = jobs.map(Job::end);
    let mut seen = ended.each_ref().map(|(record, _)| {
        let builds = record["builds"].as_array().expect("builds");
        let told = builds.iter().map(|build| format!("{} {}", build["kind"], build["outcome"]).replace('"', ""));
        (told.collect::<Vec<_>>(), record["base_failures"][0]["known"].as_str().unwrap_or_default())
    });
    seen.sort_unstable();
    let (of_one, of_other) = (
        ["full failed", "partial built", "incremental built"].map(str::to_owned).to_vec(),
        ["partial cached", "incremental built"].map(str::to_owned).to_vec(),
    );
    assert_eq!(seen, [(of_one, "this-build"), (of_other, "partial-build")], "{ended:#?}");
    assert_eq!(ended.iter().filter(|(_, said)| said.contains(WAITING)).count(), 1, "{ended:#?}");
}

#[test]
fn a_job_that_was_killed_holds_nobody_up() {
    let scene = two_days();
    let folder = scene.home().join("cache");
    let cache = format!("file://{}", folder.display());
    let mut killed = Job::start(&scene, "one", &cache, &["--push", &cache, "--wait", "10m"]);
    until_it_is_held(&folder);
    killed.child.kill().expect("it can be killed");
    killed.child.wait().expect("it ended");
    // One that has nothing to push waits as well, but no longer than it was told.
    let impatient = Job::start(&scene, "three", &cache, &["--wait", "1s"]);
    let (record, said) = Job::start(&scene, "two", &cache, &["--push", &cache, "--wait", "10m"]).end();
    assert_eq!(full(&record), "built", "{said}");
    assert!(said.contains(WAITING) && said.contains("the full build was pushed"), "{said}");
    let (record, said) = impatient.end();
    assert_eq!(full(&record), "built", "{said}");
    assert!(said.contains("did not come in 1s, so it is made here"), "{said}");
}

#[test]
fn a_cache_that_is_gone_in_the_middle_makes_no_build_fail() {
    let scene = two_days();
    let folder = scene.home().join("cache");
    let cache = format!("file://{}", folder.display());
    let job = Job::start(&scene, "one", &cache, &["--push", &cache, "--wait", "10m"]);
    until_it_is_held(&folder);
    fs_err::rename(&folder, scene.home().join("gone")).expect("it can be moved");
    fs_err::write(&folder, "").expect("nobody makes it anew");
    let (record, said) = job.end();
    assert_eq!(full(&record), "built", "{said}");
    assert!(said.contains("warning: not pushed: "), "{said}");
    // It is gone from the beginning.
    let (record, said) = Job::start(&scene, "two", &cache, &["--push", &cache, "--wait", "10m"]).end();
    assert_eq!(full(&record), "built", "{said}");
    assert!(said.contains("warning: other jobs cannot be told that the full build is made here: "), "{said}");
}

/// Nix remembers for an hour that a cache has a path not.
#[test]
fn a_cache_that_had_it_not_before_is_asked_again() {
    let scene = two_days();
    let folder = scene.home().join("cache");
    let cache = BinaryCache::of(&folder, 0).address;
    let head = scene.git(&["rev-parse", "HEAD"]);
    scene.git(&["checkout", "--quiet", "HEAD^"]);
    // Before anybody made it, a job asked. What it built itself is in a store that is given up.
    let (record, _) = Job::start(&scene, "asked", &cache, &["--full-only", "--base", "HEAD"]).end();
    assert_eq!(full(&record), "built");
    scene.git(&["checkout", "--quiet", head.trim()]);
    let (record, said) = Job::start(&scene, "one", &cache, &["--push", &cache]).end();
    assert_eq!(full(&record), "built", "{said}");
    fs_err::rename(scene.home().join("asked.cache"), scene.home().join("two.cache")).expect("a memory");
    let (record, said) = Job::start(&scene, "two", &cache, &[]).end();
    assert_eq!(full(&record), "substituted", "{said}");
}
