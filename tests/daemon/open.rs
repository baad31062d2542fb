//! A daemon whose sandbox shows the machine's GHC.

use super::binary_cache::BinaryCache;
use super::scene::{HOUR, MIDNIGHT};

#[test]
fn the_main_job_needs_no_trust() {
    let scene = super::package();
    let doctor = scene.hinc(&["doctor", "--json"]).status(0).json();
    let states = doctor["checks"].as_array().expect("checks");
    assert!(states.iter().all(|check| check["state"] != "failed"), "{doctor:#}");

    let record = scene.hinc(&["build", "--json"]).status(0).json();
    assert_eq!(record["mode"], "incremental");
    let builds = record["builds"].as_array().expect("builds");
    let outcomes: Vec<_> =
        builds.iter().map(|build| (&build["kind"], &build["outcome"], &build["modules_rebuilt"])).collect();
    let (built, full, incremental) = ("built".into(), "full".into(), "incremental".into());
    assert_eq!(outcomes, [(&full, &built, &2.into()), (&incremental, &built, &1.into())], "{record:#}");
    assert_eq!(builds[1]["modules"][0]["module"], "First");

    // The links are roots of the daemon's garbage collector.
    let roots = scene.run("nix-store", &["--query", "--roots", "result"]).status(0).stdout;
    assert!(roots.contains("project/result"), "{roots}");
    let again = scene.hinc(&["build", "--json"]).status(0).json();
    assert_eq!(again["builds"][1]["outcome"], "cached");
}

#[test]
fn a_build_that_fails_is_one_through_a_daemon_as_well() {
    let scene = super::package();
    scene.replace("Second.hs", "first + 1", "first + True");
    let ran = scene.hinc(&["build"]).status(100);
    assert!(ran.stderr.contains("Second.hs:6:"), "{}", ran.stderr);
}

/// The port of the cache that `tests/env/nix-daemon.conf` lets everybody fetch from.
const PORT: u16 = 41_777;

/// The secret half of the key that it believes. It signs nothing but what this test makes.
const KEY: &str =
    "hinc-test-1:MbZcBq5UTfFM42Q1YTQ/bovj/SGmwwD6oSZhiSq53YrG9Dbje9vF1F8VBFKabjCIii7muuZGDGaM5qexvSO0rQ==";

/// The daemon remembers for an hour that a cache has a path not, and takes no shorter memory from this user.
#[test]
fn a_cache_that_had_it_not_before_is_asked_again() {
    let scene = super::package();
    let cache = BinaryCache::of(&scene.home().join("cache"), PORT).address;
    let key = scene.home().join("key");
    fs_err::write(&key, KEY).expect("a file");
    let head = scene.git(&["rev-parse", "HEAD"]);
    scene.git(&["checkout", "--quiet", "HEAD^"]);
    let seed =
        ["build", "--no-out-link", "--json", "--full-only", "--base", "HEAD", "--option", "substituters", &cache];
    let record = scene.hinc(&seed).status(0).json();
    assert_eq!(record["builds"][0]["outcome"], "built");
    // It comes into the cache, and another job begins without it.
    let push = ["--push", &format!("{cache}?secret-key={}", key.display())];
    let ran = scene.hinc(&[&seed[..], &push].concat()).status(0);
    assert!(ran.stderr.contains("the full build was pushed"), "{}", ran.stderr);
    fs_err::remove_dir_all(scene.home().join(".local/state/hinc")).expect("its roots");
    for output in record["builds"][0]["outputs"].as_object().expect("outputs").values() {
        scene.run("nix-store", &["--delete", output.as_str().expect("a path")]).status(0);
    }
    scene.git(&["checkout", "--quiet", head.trim()]);
    scene.replace("First.hs", "the least", "the very least");
    scene.commit_at(MIDNIGHT + 2 * HOUR, "Another comment");
    let ran = scene.hinc(&["build", "--no-out-link", "--json", "--option", "substituters", &cache]).status(0);
    let record = ran.json();
    assert_eq!(record["builds"][0]["outcome"], "substituted", "{}", ran.stderr);
    assert_eq!(record["mode"], "incremental");
}
