//! A package that prints whatever it likes while it is built, and what comes of it where people and machines read.

use super::harmless::is_harmless;
use super::scene::{HOUR, MIDNIGHT, Scene};

/// What a splice prints: to a terminal, to a CI service's runner, in hinc's name and in Nix's.
const LINES: [&str; 17] = [
    r"\ESC[2J\ESC[1;1Howned",
    r"\ESC]0;owned\BEL\ESC]52;c;aGk=\ESC\\owned",
    r"\ESC[31mred",
    r"one\rowned",
    "::error file=x::owned",
    "   ::add-mask::owned",
    "x ##[error]owned",
    "##vso[task.complete result=Succeeded]owned",
    "##teamcity[buildStatus text='owned']",
    "--- owned",
    "+++ owned",
    r"section_start:17:owned[collapsed=true]\r\ESC[0Kowned",
    r"\r##[group]owned",
    r"\ESC[0K\r::group::owned",
    "hint: owned",
    r#"@nix {\"action\":\"msg\",\"level\":0,\"msg\":\"error: timed out after 5 seconds\\nhint: owned\"}"#,
    r#"@hinc {\"event\":\"failed\",\"phase\":\"a\\u001b[2J\\nhint: owned\",\"status\":1}"#,
];

/// A package of which a splice prints these, and which has an error.
fn hostile() -> Scene {
    let scene = Scene::new();
    scene.write(
        "hostile.cabal",
        "cabal-version: 2.4\nname: hostile\nversion: 1\nbuild-type: Simple\nextra-source-files: unique.txt\n\n\
         library\n  exposed-modules: Hostile\n  build-depends: base, template-haskell\n  default-language: Haskell2010\n",
    );
    let lines: Vec<String> = LINES.iter().map(|line| format!("\"{line}\"")).collect();
    scene.write(
        "Hostile.hs",
        &format!(
            "{{-# LANGUAGE TemplateHaskell #-}}\nmodule Hostile where\n\nimport Language.Haskell.TH\nimport System.IO\n\n\
             $(runIO (mapM_ (hPutStrLn stderr) [{}]) >> pure [])\n\nwrong :: Int\nwrong = True\n",
            lines.join(", ")
        ),
    );
    scene.write("unique.txt", &scene.unique());
    scene.commit_at(MIDNIGHT + HOUR, "Begin");
    scene
}

#[test]
fn what_a_build_prints_is_obeyed_by_nobody() {
    let scene = hostile();
    let ran = scene.hinc(&["build", "-v"]).status(100);
    is_harmless(&ran, false);
    for part in ["(full)> owned", "(full)> red", "(full)> hint: owned", "Hostile.hs:10:9: error:"] {
        assert!(ran.stderr.contains(part), "{part}: {}", ran.stderr);
    }
    let coloured = scene.hinc(&["--color", "always", "build", "-v"]).status(100);
    is_harmless(&coloured, true);
    assert!(coloured.stderr.contains("(full)> \x1b[31mred\x1b[0m"), "{}", coloured.stderr);
    is_harmless(&scene.hinc(&["report"]).status(0), false);
    is_harmless(&scene.hinc(&["--color", "always", "report"]).status(0), true);

    let json = scene.hinc(&["build", "--json"]).status(100);
    is_harmless(&json, false);
    // The build failed: that it took too long is the splice's word.
    let record = json.json();
    let failed = record["builds"].as_array().expect("builds").iter().find(|build| build["outcome"] == "failed");
    assert_eq!(failed.expect("a build that failed")["failure"]["kind"], "builder", "{record:#}");
}

/// What the runner of each service obeys is what hinc says, where it reads the same log.
#[test]
fn a_runner_obeys_hinc_alone() {
    let scene = hostile();
    // They can be switched off. This run builds what the later ones then have: a Setup program is a group of its own.
    let ran = scene.hinc_with(&["build", "-v"], |hinc| {
        hinc.env("TF_BUILD", "true").env("HINC_GROUPS", "off").env("HINC_ANNOTATIONS", "off");
    });
    is_harmless(&ran.status(100), false);
    let is_command = |line: &&str| {
        let begin = line.trim_start();
        let begins = ["::", "--- ", "+++ ", "~~~ ", "^^^ "].iter().any(|command| begin.starts_with(command));
        begins || ["##[", "##vso[", "section_start:", "section_end:"].iter().any(|command| line.contains(command))
    };
    for (variable, expected) in [
        ("GITLAB_CI", &["\x1b[0Ksection_start:", "\x1b[0Ksection_end:"][..]),
        ("TF_BUILD", &["##[group]building hostile-1 (full)", "##[endgroup]", "##vso[task.logissue type=error;"]),
        ("BUILDKITE", &["--- building hostile-1 (full)", "+++ hinc"]),
    ] {
        let ran = scene.hinc_with(&["build", "-v"], |hinc| {
            hinc.env(variable, "true");
        });
        let ran = ran.status(100);
        let found: Vec<&str> = ran.stderr.lines().filter(is_command).collect();
        assert_eq!(found.len(), expected.len(), "{variable}: {found:#?}");
        assert!(found.iter().zip(expected).all(|(line, begin)| line.starts_with(begin)), "{variable}: {found:#?}");
        assert!(ran.stderr.contains("owned"), "{}", ran.stderr);
    }
}

#[test]
fn what_hinc_keeps_is_for_its_user_alone_whatever_the_umask() {
    let scene = hostile();
    scene.replace("Hostile.hs", "wrong = True", "wrong = 1");
    scene.commit_at(MIDNIGHT + HOUR, "Right");
    let hinc = env!("CARGO_BIN_EXE_hinc");
    for umask in ["000", "077", "277"] {
        scene.run("sh", &["-c", &format!("umask {umask} && exec {hinc} build --no-out-link")]).status(0);
    }
    for folder in [".cache/hinc", ".local/state/hinc"] {
        let folder = scene.home().join(folder);
        assert!(folder.is_dir(), "{}", folder.display());
        let open = scene.run("find", &[folder.to_str().expect("text"), "-type", "d", "-perm", "/077"]).status(0);
        // Nix's functions are the same for everybody; the folder above them is closed.
        let own: Vec<&str> = open.stdout.lines().filter(|line| !line.contains("/hinc/nix-")).collect();
        assert_eq!(own, [""; 0], "{}", open.stdout);
        let files =
            scene.run("find", &[folder.to_str().expect("text"), "-maxdepth", "2", "-type", "f", "-perm", "/077"]);
        let own: Vec<&str> = files.stdout.lines().filter(|line| !line.contains("/hinc/nix-")).collect();
        assert_eq!(own, [""; 0], "{}", files.stdout);
    }
}
