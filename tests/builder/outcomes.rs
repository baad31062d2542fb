//! What a build on another machine is told, and what it tells.

use crate::machine::Machine;
use crate::packages::user_settings;
use crate::scene::{HOUR, MIDNIGHT, Scene};

/// A repository with one derivation that was never built before and runs a script.
fn script(text: &str) -> Scene {
    let scene = Scene::new();
    let stamp = scene.unique();
    let system = std::env::consts::ARCH;
    scene.write(
        "default.nix",
        &format!(
            "derivation {{\n  name = \"script\";\n  system = \"{system}-linux\";\n  builder = \"/bin/sh\";\n  \
             args = [ \"-c\" {text:?} ];\n  PATH = \"/usr/bin:/bin\";\n  stamp = {stamp:?};\n}}\n"
        ),
    );
    scene.commit_at(MIDNIGHT - HOUR, "Begin");
    scene
}

// Nix itself sends no option over ssh-ng (NixOS/nix issue 5600).
#[test]
fn options_reach_the_builder() {
    let far = Machine::start("options");
    let scene = script("echo $NIX_BUILD_CORES > $out");
    user_settings(&scene, &far.settings(""));
    let build = ["build", "-f", "default.nix", "--builder", "options"];
    let out = scene.hinc(&[&build[..], &["--cores", "3"]].concat()).status(0);
    assert_eq!(fs_err::read_to_string(out.line()).expect("the result"), "3\n");

    let scene = script("sleep 60; echo done > $out");
    user_settings(&scene, &far.settings(""));
    let ran = scene.hinc(&[&build[..], &["--option", "timeout", "2"]].concat()).status(101);
    assert!(ran.stderr.contains("timed out"), "{}", ran.stderr);
}

#[test]
fn a_build_that_fails_there_is_told_as_one_that_fails_here() {
    let far = Machine::start("failing");
    let scene = script("echo the last words; exit 3");
    user_settings(&scene, &far.settings(""));
    let ran = scene.hinc(&["build", "-f", "default.nix", "--builder", "failing", "--json"]).status(100);
    let build = &ran.json()["builds"][0];
    assert_eq!((&build["outcome"], &build["builder"]), (&"failed".into(), &"failing".into()), "{build:#}");
    assert_eq!(build["failure"]["kind"], "builder", "{build:#}");
    // `nix log` cannot ask such a store; hinc has read along.
    assert_eq!(build["failure"]["log_tail"][0], "the last words", "{build:#}");
    assert!(ran.stderr.contains("the last words"), "{}", ran.stderr);
    // It has no version.
    assert!(ran.stderr.contains("\nscript: "), "{}", ran.stderr);
}
