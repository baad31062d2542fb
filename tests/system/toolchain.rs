//! Cabal packages without a Nix file, made by nixpkgs: over the package set of `tests/nixpkgs/set`.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::scene::{HOUR, MIDNIGHT, Ran, Scene};

/// The packages of a fixture that has a Nix file, without it. `far` stands upon `middle` and that upon `near`.
fn five() -> Scene {
    let scene = Scene::new();
    scene.take_fixture("five");
    fs_err::remove_file(scene.project().join("default.nix")).expect("the fixture has one");
    scene.write("near/unique.txt", &scene.unique());
    scene
}

/// hinc with the set as `<nixpkgs>`.
fn hinc(scene: &Scene, args: &[&str]) -> Ran {
    let set = format!("nixpkgs={}/tests/nixpkgs/set", env!("CARGO_MANIFEST_DIR"));
    scene.hinc_with(args, |command| {
        command.env("NIX_PATH", set);
    })
}

fn compiled(record: &Value) -> BTreeSet<String> {
    let builds = record["builds"].as_array().expect("builds").iter().filter(|build| build["kind"] != "full");
    let modules = builds.flat_map(|build| build["modules"].as_array().expect("modules"));
    modules.map(|module| module["module"].as_str().expect("a name").to_owned()).collect()
}

#[test]
fn a_cabal_project_is_built_by_nixpkgs() {
    let scene = five();
    scene.write("cabal.project", "packages: */*.cabal\n\npackage near\n  ghc-options: -Wall\n");
    scene.commit_at(MIDNIGHT - HOUR, "Begin");
    scene.replace("near/src/Near/Level.hs", "level = 1", "level = 4");
    scene.commit_at(MIDNIGHT + HOUR, "Raise");

    let ran = hinc(&scene, &["build", "--toolchain", "nixpkgs", "./far", "near", "--json"]).status(0);
    let record = ran.json();
    assert_eq!(record["mode"], "incremental", "{}", record["why"]);
    let expected = ["Far.Top", "Main", "Middle.Height", "Near.Level"].map(str::to_owned);
    assert_eq!(compiled(&record), expected.into(), "{}", ran.stderr);
    assert!(scene.run("result/bin/far", &[]).status(0).stdout.contains("50"));
    assert_eq!(record["out_paths"].as_array().map(Vec::len), Some(2));
    let told = "warning: cabal.project:4: `ghc-options` is not read with the toolchain `nixpkgs`";
    assert!(ran.stderr.contains(told), "{}", ran.stderr);

    // The settings can say so, and name the package set. All five are built then.
    let set = format!("ghc{}", ghc_version());
    scene.write("hinc.toml", &format!("toolchain = \"nixpkgs\"\n\n[nixpkgs]\nghc = \"{set}\"\n"));
    scene.commit_at(MIDNIGHT + 2 * HOUR, "Settings");
    let again = hinc(&scene, &["build", "--json", "--no-out-link"]).status(0).json();
    assert_eq!(again["out_paths"].as_array().map(Vec::len), Some(5), "{:#}", again["out_paths"]);
    assert!(again["out_paths"].as_array().is_some_and(|paths| paths.contains(&record["out_paths"][0])));
    let text = hinc(&scene, &["verify", "near"]).status(0).stdout;
    assert!(text.starts_with("near ") && text.contains(": equal: "), "{text}");
    // The flag comes before the file.
    let host = hinc(&scene, &["build", "--toolchain", "host", "near", "--no-out-link"]).status(0);
    assert_ne!(host.line(), record["out_paths"][1]);
}

/// `96` for GHC 9.6.
fn ghc_version() -> String {
    let output = std::process::Command::new("ghc").arg("--numeric-version").output().expect("ghc runs");
    let version = String::from_utf8_lossy(&output.stdout).into_owned();
    version.trim().split('.').take(2).collect()
}

#[test]
fn what_nixpkgs_lacks_is_said_in_one_error() {
    let scene = five();
    scene.commit_at(MIDNIGHT + HOUR, "Begin");
    let ran = hinc(&scene, &["build", "--toolchain", "nixpkgs", "--ghc", "ghc10", "near"]).status(5);
    let message = format!("this nixpkgs has no Haskell package set `ghc10`: it has ghc{}", ghc_version());
    assert!(ran.stderr.contains(&message), "{}", ran.stderr);

    let ran = scene.hinc_with(&["build", "--toolchain", "nixpkgs", "near"], |command| {
        command.env("NIX_PATH", "").env_remove("NIXPKGS");
    });
    let ran = ran.status(5);
    for part in ["there is no nixpkgs on Nix's search path", "-I nixpkgs=PATH", "--toolchain host"] {
        assert!(ran.stderr.contains(part), "`{part}` is missing:\n{}", ran.stderr);
    }
    // A Nix file chooses by itself.
    scene.write("default.nix", "{ }");
    scene.commit_at(MIDNIGHT + 2 * HOUR, "A Nix file");
    let ran = hinc(&scene, &["build", "--toolchain", "nixpkgs", "-f", "default.nix"]).status(2);
    assert!(ran.stderr.contains("`--toolchain` is for Cabal packages without a Nix file"), "{}", ran.stderr);
    scene.write("hinc.toml", "[nixpkgs]\nurl = \"https://example.org/x.tar.gz\"\n");
    scene.commit_at(MIDNIGHT + 3 * HOUR, "Half a nixpkgs");
    let ran = hinc(&scene, &["build", "--toolchain", "nixpkgs", "near"]).status(2);
    assert!(ran.stderr.contains("needs both `url` and `sha256`"), "{}", ran.stderr);
}
