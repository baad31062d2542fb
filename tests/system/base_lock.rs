//! The base that Nix code reads where hinc cannot run.

use crate::flakes::with_flake;
use crate::scene::{HOUR, MIDNIGHT, Scene};

/// Packages of a flake on those of the base that its lock names.
fn outputs(url: &str) -> String {
    format!(
        "    noted = hinc.lib.baseSource {{ lock = ./hinc.lock; url = \"{url}\"; }};\n    \
             packages.${{system}}.default = hinc.lib.incremental {{ base = hinc.host.mkPackage {{ src = self.noted + \"/lower\"; }}; }} (hinc.host.mkPackage {{ src = ./lower; }});\n"
    )
}

fn nix(scene: &Scene, args: &[&str]) -> crate::scene::Ran {
    scene.run("nix", &[&["--extra-experimental-features", "nix-command flakes"], args].concat())
}

#[test]
fn a_base_that_was_noted_is_read_in_pure_evaluation() {
    let scene = with_flake("");
    let url = format!("file://{}", scene.project().display());
    let flake = fs_err::read_to_string(scene.project().join("flake.nix")).expect("a flake");
    scene.write("flake.nix", &flake.replace("  in {\n", &format!("  in {{\n{}", outputs(&url))));
    scene.write(".gitattributes", "lower/Apart.hs export-ignore\n");
    let base = scene.commit_at(MIDNIGHT - HOUR, "Begin");
    scene.replace("lower/Middle.hs", "base + 1", "base + 2");
    scene.commit_at(MIDNIGHT + HOUR, "Two");

    scene.hinc(&["base", "--write", "hinc.lock"]).status(0);
    let written = || fs_err::read_to_string(scene.project().join("hinc.lock")).expect("a lock");
    let lock: serde_json::Value = serde_json::from_str(&written()).expect("JSON");
    assert_eq!((lock["version"].as_u64(), lock["rev"].as_str()), (Some(1), Some(base.as_str())));
    assert_eq!(lock["lastModified"].as_i64(), Some(MIDNIGHT - HOUR));
    // The lock is committed, and the base is still the same: nothing is written anew.
    let before = fs_err::metadata(scene.project().join("hinc.lock")).expect("a file").modified().expect("a time");
    scene.commit_at(MIDNIGHT + 2 * HOUR, "Note the base");
    scene.hinc(&["base", "--write", "hinc.lock"]).status(0);
    let after = fs_err::metadata(scene.project().join("hinc.lock")).expect("a file").modified().expect("a time");
    assert_eq!(before, after);

    let source = scene.hinc(&["source", "--rev", &base]).status(0).line().to_owned();
    let read = nix(&scene, &["eval", "--raw", ".#noted.outPath"]).status(0);
    assert_eq!(read.stdout.trim(), source);
    let drv = nix(&scene, &["eval", "--raw", ".#default.drvPath"]).status(0).stdout.trim().to_owned();
    let needed = scene.run("nix-store", &["--query", "--references", &drv]).status(0).stdout;
    let full = needed.lines().find(|path| path.ends_with("-lower-1.0.drv")).unwrap_or_else(|| panic!("{needed}"));
    let outputs = scene.run("nix-store", &["--query", "--outputs", full]).status(0).stdout;
    assert!(outputs.contains("-intermediates"), "{outputs}");

    // Another version, and another commit of the same name.
    let hash = lock["narHash"].as_str().expect("a hash");
    let other = format!("sha256-{}=", "A".repeat(43));
    let cases = [("\"version\": 1", "\"version\": 2", "is of version 2"), (hash, &other, "NAR hash mismatch")];
    for (old, new, told) in cases {
        let text = written();
        scene.write("hinc.lock", &text.replace(old, new));
        let ran = nix(&scene, &["eval", "--raw", ".#noted.outPath"]);
        assert!(ran.status != 0 && ran.stderr.contains(told), "{}", ran.stderr);
        scene.write("hinc.lock", &text);
    }
    let ran = scene.hinc(&["base", "--write", "no/such/folder/hinc.lock"]).status(3);
    assert!(ran.stderr.contains("cannot write the base to `no/such/folder/hinc.lock`"), "{}", ran.stderr);
}
