//! What a build on another machine is told, and what it tells.

use crate::machines::Machine;
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

// The builder says what it would build for head, so nothing is built there in vain.
#[test]
fn what_the_base_and_head_both_lack_is_built_once_there() {
    let far = Machine::start("lacking");
    let scene = Scene::new();
    let unique = scene.unique();
    scene.write(
        "default.nix",
        &format!(
            "{{ hinc }}:\nlet\n  library = derivation {{\n    name = \"libsmall-1.2\";\n    system = builtins.currentSystem;\n    \
             builder = \"/bin/sh\";\n    unique = ''{unique}'';\n    args = [ \"-c\" ''echo the last words; exit 3'' ];\n  }};\nin\n\
             {{ app = hinc.host.mkPackage {{ src = ./app; path = [ library ]; }}; }}\n"
        ),
    );
    let cabal = "cabal-version: 2.4\nname: small\nversion: 1\nbuild-type: Simple\nextra-source-files: unique.txt\n\n\
                 library\n  exposed-modules: Small\n  build-depends: base\n  default-language: Haskell2010\n";
    scene.write("app/small.cabal", cabal);
    scene.write("app/unique.txt", &unique);
    scene.write("app/Small.hs", "module Small where\n\nsmall :: Int\nsmall = 1\n");
    scene.commit_at(MIDNIGHT - HOUR, "Begin");
    scene.write("app/Small.hs", "module Small where\n\nsmall :: Int\nsmall = 2\n");
    scene.commit_at(MIDNIGHT + HOUR, "Edit");
    user_settings(&scene, &far.settings(""));
    let args = ["-v", "build", "-f", "default.nix", "-A", "app", "--builder", "lacking", "--json", "--no-out-link"];
    let ran = scene.hinc(&args).status(100);
    let said = ran.stderr.lines().filter(|line| *line == "libsmall-1.2> the last words").count();
    assert_eq!(said, 1, "{}", ran.stderr);
    assert!(ran.stderr.contains("head needs libsmall-1.2 as well, which failed"), "{}", ran.stderr);
    let record = ran.json();
    let failed = record["failed_dependencies"].as_array().expect("a list");
    let told: Vec<_> = failed.iter().map(|failed| (&failed["name"], &failed["builder"])).collect();
    assert_eq!(told, [(&"libsmall-1.2".into(), &"lacking".into())], "{record:#}");
}
