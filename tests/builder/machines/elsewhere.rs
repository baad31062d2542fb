//! A machine behind ssh builds: what goes there and what comes back.

use std::process::Command;

use crate::machines::Machine;
use crate::packages::{SLOW, build, derivations, edited, is_here, output, transferred, user_settings};
use crate::scene::{HOUR, MIDNIGHT};

#[test]
fn only_the_result_comes_back() {
    let far = Machine::start("far");
    let scene = edited();
    user_settings(&scene, &far.settings(""));

    let record = scene.hinc(&["build", "--builder", "far", "--json"]).status(0).json();
    assert_eq!(record["mode"], "incremental", "{}", record["why"]);
    for kind in ["full", "incremental"] {
        assert_eq!(build(&record, kind)["builder"], "far", "{record:#}");
        assert_eq!(build(&record, kind)["outcome"], "built", "{record:#}");
    }
    let (full, incremental) = (build(&record, "full"), build(&record, "incremental"));
    assert_eq!(incremental["modules"].as_array().map(Vec::len), Some(1), "{incremental:#}");

    // The result is here; what later builds start from stays there, and so does the full build.
    let out = output(incremental, "out");
    assert!(is_here(&scene, out) && far.has(out));
    for left in [output(full, "out"), output(full, "intermediates")] {
        assert!(far.has(left) && !is_here(&scene, left), "{left}");
    }
    let result = scene.project().join("result").canonicalize().expect("a link");
    assert_eq!(result.to_str(), Some(out));
    let (paths, bytes) = transferred(&record, "from-builder");
    let size: u64 = scene.run("nix-store", &["--query", "--size", out]).status(0).line().parse().expect("a number");
    assert_eq!((paths, bytes), (1, size), "{record:#}");
    assert!(transferred(&record, "to-builder").0 >= 3, "derivations and sources went there: {record:#}");

    // Again: nothing is built and nothing is copied.
    let again = scene.hinc(&["build", "--builder", "far", "--json"]).status(0).json();
    assert_eq!(again["out_paths"], record["out_paths"]);
    assert_eq!(transferred(&again, "from-builder"), (0, 0), "{again:#}");
}

#[test]
fn a_full_build_goes_from_there_into_a_cache() {
    let far = Machine::start("pushes");
    let scene = edited();
    user_settings(&scene, &far.settings(""));
    let cache = scene.home().join("cache");
    let uri = format!("file://{}", cache.display());
    let ran = scene.hinc(&["build", "--builder", "pushes", "--json", "--push", &uri, "--push-with", "cat"]).status(0);
    let record = ran.json();
    let full = build(&record, "full");
    for path in [output(full, "out"), output(full, "intermediates")] {
        let digest = path.trim_start_matches("/nix/store/").split('-').next().expect("a digest");
        assert!(cache.join(format!("{digest}.narinfo")).exists(), "{path}: {}", ran.stderr);
        assert!(!is_here(&scene, path), "{path}");
    }
    let told = "not pushed: `cat`: the full build is in the store of pushes, from where `--push STORE` sends it";
    assert!(ran.stderr.contains(told), "{}", ran.stderr);
}

#[test]
fn a_nix_file_gets_the_ghc_of_the_machine_that_builds() {
    let far = Machine::start("ghc");
    let scene = edited();
    scene.write("default.nix", "{ hinc }: hinc.host.mkPackage { src = ./.; }\n");
    scene.commit_at(MIDNIGHT + 2 * HOUR, "A Nix file");
    user_settings(&scene, &far.settings(""));
    let record = scene.hinc(&["build", "-f", "default.nix", "--builder", "ghc", "--json"]).status(0).json();
    assert_eq!(record["builds"][0]["builder"], "ghc", "{record:#}");
}

#[test]
fn of_two_the_one_that_builds_for_the_system_is_taken() {
    let far = Machine::start("other");
    let scene = derivations(0);
    scene.replace("default.nix", "x86_64-linux", "i686-linux");
    scene.commit_at(MIDNIGHT + HOUR, "Another processor");
    user_settings(&scene, &far.settings(""));
    let args = [&SLOW[..], &["--builder", "local,other", "--json"]].concat();
    let no_32_bits = |command: &mut Command| {
        command.env("NIX_CONFIG", "extra-platforms =");
    };
    let ran = scene.hinc_with(&args, no_32_bits).status(0);
    assert_eq!(ran.json()["builds"][0]["builder"], "other", "{}", ran.stdout);
}

// Nix would send it to any machine of the system, and the GHC there may have other packages than the one that the
// derivation describes.
#[test]
fn nix_itself_does_not_send_away_what_describes_the_ghc_of_this_machine() {
    let far = Machine::start("nixown");
    let scene = edited();
    let host_key = data_encoding::BASE64.encode(far.host_key().as_bytes());
    let system = std::env::consts::ARCH;
    let line = format!("ssh-ng://{}@{} {system}-linux {} 4 9 - - {host_key}", far.user(), far.address(), far.key());
    let distributed = |command: &mut Command| {
        command.env("NIX_CONFIG", format!("builders = {line}"));
    };
    let record = scene.hinc_with(&["build", "--json"], distributed).status(0).json();
    for kind in ["full", "incremental"] {
        assert_eq!(build(&record, kind)["outcome"], "built", "{record:#}");
        assert!(!far.has(output(build(&record, kind), "out")), "{record:#}");
    }
}

#[test]
fn what_is_used_is_kept_there() {
    let far = Machine::start("kept");
    let scene = edited();
    user_settings(&scene, &far.settings(""));
    let record = scene.hinc(&["build", "--builder", "kept", "--json"]).status(0).json();
    let intermediates = output(build(&record, "full"), "intermediates");
    far.sh("nix-store --gc");
    assert!(far.has(intermediates), "tomorrow's builds start from it");
}

#[test]
fn another_host_key_is_refused() {
    let (far, other) = (Machine::start("hostkey"), Machine::start("otherkey"));
    let scene = derivations(0);
    user_settings(&scene, &far.settings_with_key_of(&other));
    let ran = scene.hinc(&[&SLOW[..], &["--builder", "hostkey"]].concat()).status(3);
    assert!(ran.stderr.contains("host key") && ran.stderr.contains("hint:"), "{}", ran.stderr);
    assert!(far.sh("ls /nix/store 2>/dev/null || true").is_empty(), "nothing went there");
}

#[test]
fn a_full_disk_there_is_one_error_that_says_so() {
    let far = Machine::start("full");
    let scene = derivations(0);
    user_settings(&scene, &far.settings(""));
    // The store is made, and then there is no room left beside it.
    far.sh("nix store info --store local && mount -o remount,size=$(df --output=used -k /nix | tail -n 1 | tr -d ' ')k /nix");
    let ran = scene.hinc(&[&SLOW[..], &["--builder", "full"]].concat());
    assert_ne!(ran.status, 0);
    assert!(ran.stderr.contains("full") && ran.stderr.contains("hint:"), "{}", ran.stderr);

    // With room, the same command builds it.
    far.sh("mount -o remount,size=4G /nix");
    scene.hinc(&[&SLOW[..], &["--builder", "full"]].concat()).status(0);
}
