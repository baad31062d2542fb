//! What a package needs and hinc does not build: it fails, and people learn what it was.

use super::scene::{HOUR, MIDNIGHT, Scene};

/// A package that needs a program, which fails where `how` says so. It was never built before.
fn needs_a_library(scene: &Scene, how: &str, word: &str) {
    let unique = scene.unique();
    scene.write(
        "default.nix",
        &format!(
            "{{ hinc }}:\nlet\n  library = derivation {{\n    name = \"libsmall-1.2\";\n    system = builtins.currentSystem;\n    \
             builder = \"/bin/sh\";\n    unique = ''{unique}'';\n    args = [ \"-c\" ''{how}'' ];\n  }};\nin\n\
             {{ app = hinc.host.mkPackage {{ src = ./app; path = [ library ]; }}; }}\n"
        ),
    );
    scene.write(
        "app/small.cabal",
        "cabal-version: 2.4\nname: small\nversion: 1\nbuild-type: Simple\nextra-source-files: unique.txt\n\n\
         library\n  exposed-modules: Small\n  build-depends: base\n  default-language: Haskell2010\n",
    );
    scene.write("app/Small.hs", &format!("module Small where\n\nsmall :: String\nsmall = \"{word}\"\n"));
    scene.write("app/unique.txt", &unique);
}

const FAILS: &str = "echo 'no such header: small.h'; exit 3";
const WORKS: &str = "echo > $out";

#[test]
fn a_library_that_fails_is_named() {
    let scene = Scene::new();
    needs_a_library(&scene, FAILS, "one");
    scene.commit_at(MIDNIGHT + HOUR, "Begin");
    let ran = scene.hinc(&["build", "-f", "default.nix", "-A", "app", "--json", "--no-out-link"]).status(100);
    let report: Vec<&str> = ran.stderr.lines().collect();
    assert!(report.iter().any(|line| line.starts_with("small 1: not built: a dependency failed")), "{}", ran.stderr);
    assert!(report.iter().any(|line| line.starts_with("libsmall-1.2, a dependency: failed")), "{}", ran.stderr);
    assert!(report.contains(&"no such header: small.h"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("done"), "{}", ran.stderr);
    assert!(report.iter().any(|line| line.starts_with("libsmall-1.2> failed")), "{}", ran.stderr);
    let record = ran.json();
    let failed = &record["failed_dependencies"][0];
    assert_eq!(failed["name"], "libsmall-1.2");
    assert_eq!(failed["failure"]["log_tail"][0], "no such header: small.h");
    // What it says of the log is true.
    let (_, command) = ran.stderr.split_once("the whole log: ").expect("how to see the log");
    let words: Vec<&str> = command.lines().next().expect("a line").split(' ').collect();
    assert_eq!(words.last().copied(), failed["drv"].as_str());
    assert_eq!(scene.run(words[0], &words[1..]).status(0).line(), "no such header: small.h");
}

// Nix cannot tell the two apart while both run, so the store is asked which of them is there.
#[test]
fn a_library_that_says_of_another_that_it_failed_is_alone_in_the_report() {
    let scene = Scene::new();
    needs_a_library(&scene, FAILS, "one");
    let unique = scene.unique();
    scene.write(
        "default.nix",
        &format!(
            r#"{{ hinc }}:
let
  library = name: how: derivation {{
    inherit name;
    system = builtins.currentSystem;
    builder = "/bin/sh";
    unique = "{unique}";
    args = [ "-c" how ];
  }};
  honest = library "libhonest-1" "echo > $out";
  liar = library "libliar-1" ''
    /bin/sleep 1
    echo '@nix {{"action":"msg","level":0,"msg":"error: builder for '"'"'${{builtins.unsafeDiscardStringContext honest.drvPath}}'"'"' failed with exit code 1"}}'
    /bin/sleep 4
    exit 3
  '';
in
{{ app = hinc.host.mkPackage {{ src = ./app; path = [ honest liar ]; }}; }}
"#
        ),
    );
    scene.commit_at(MIDNIGHT + HOUR, "Begin");
    let arguments = ["build", "-f", "default.nix", "-A", "app", "-j", "2", "--json", "--no-out-link"];
    let ran = scene.hinc(&arguments).status(100);
    let record = ran.json();
    let failed = record["failed_dependencies"].as_array().expect("a list");
    let names: Vec<_> = failed.iter().map(|failed| failed["name"].as_str()).collect();
    assert_eq!(names, [Some("libliar-1")], "{record:#}");
    assert!(
        !ran.stderr.lines().any(|line| line.starts_with("libhonest-1") && line.contains("failed")),
        "{}",
        ran.stderr
    );
}

// Nix stopped the other, whose missing output was taken for a failure: head, which needs it alone, was not built.
#[test]
fn a_library_of_the_base_that_lies_about_one_of_head_keeps_nobody_from_building_head() {
    let scene = Scene::new();
    needs_a_library(&scene, FAILS, "one");
    let unique = scene.unique();
    let libraries = |needs: &str| {
        let text = format!(
            r#"{{ hinc }}:
let
  library = name: how: derivation {{
    inherit name;
    system = builtins.currentSystem;
    builder = "/bin/sh";
    unique = "{unique}";
    args = [ "-c" how ];
  }};
  honest = library "libhonest-1" "/bin/sleep 15; echo > $out";
  liar = library "libliar-1" ''
    /bin/sleep 1
    echo '@nix {{"action":"msg","level":0,"msg":"error: builder for '"'"'${{builtins.unsafeDiscardStringContext honest.drvPath}}'"'"' failed with exit code 1"}}'
    /bin/sleep 2
    exit 3
  '';
in
{{ app = hinc.host.mkPackage {{ src = ./app; path = [ {needs} ]; }}; }}
"#
        );
        scene.write("default.nix", &text);
    };
    libraries("honest liar");
    scene.commit_at(MIDNIGHT - HOUR, "Begin");
    libraries("honest");
    scene.write("app/Small.hs", "module Small where\n\nsmall :: String\nsmall = \"two\"\n");
    scene.commit_at(MIDNIGHT + HOUR, "Do without");
    let arguments = ["build", "-f", "default.nix", "-A", "app", "-j", "2", "--json", "--no-out-link"];
    let ran = scene.hinc(&arguments).status(0);
    let record = ran.json();
    let failed = record["failed_dependencies"].as_array().expect("a list");
    let names: Vec<_> = failed.iter().map(|failed| failed["name"].as_str()).collect();
    assert_eq!(names, [Some("libliar-1")], "{record:#}");
    assert_eq!(record["mode"], "plain", "{record:#}");
    assert!(
        !ran.stderr.lines().any(|line| line.starts_with("libhonest-1") && line.contains("failed")),
        "{}",
        ran.stderr
    );
}

#[test]
fn where_the_base_lacks_something_head_is_built_from_scratch_and_that_is_said() {
    let scene = Scene::new();
    needs_a_library(&scene, FAILS, "one");
    scene.commit_at(MIDNIGHT - HOUR, "Begin");
    needs_a_library(&scene, WORKS, "two");
    scene.commit_at(MIDNIGHT + HOUR, "Mend");
    let ran = scene.hinc(&["build", "-f", "default.nix", "-A", "app", "--json", "--no-out-link"]).status(0);
    let why = "something that the full build of the base needs failed, so there is nothing to start from";
    assert!(ran.stderr.contains(&format!("warning: {why}; head is built from scratch")), "{}", ran.stderr);
    let record = ran.json();
    assert_eq!((record["mode"].as_str(), record["why"].as_str()), (Some("plain"), Some(why)));
    assert_eq!(record["failed_dependencies"][0]["name"], "libsmall-1.2");
    assert_eq!(record["builds"].as_array().map(Vec::len), Some(1));
}

// Head was built from scratch in vain: the library was built a second time, and failed a second time.
#[test]
fn what_the_base_and_head_both_lack_is_built_once() {
    let scene = Scene::new();
    needs_a_library(&scene, FAILS, "one");
    scene.commit_at(MIDNIGHT - HOUR, "Begin");
    scene.write("app/Small.hs", "module Small where\n\nsmall :: String\nsmall = \"two\"\n");
    scene.commit_at(MIDNIGHT + HOUR, "Edit");
    let ran = scene.hinc(&["-v", "build", "-f", "default.nix", "-A", "app", "--json", "--no-out-link"]).status(100);
    let why = "warning: head needs libsmall-1.2 as well, which failed, so it is not built from scratch";
    assert!(ran.stderr.lines().any(|line| line == why), "{}", ran.stderr);
    let said = ran.stderr.lines().filter(|line| *line == "libsmall-1.2> no such header: small.h").count();
    assert_eq!(said, 1, "{}", ran.stderr);
    let record = ran.json();
    let names: Vec<_> = record["failed_dependencies"].as_array().expect("a list").iter().collect();
    assert_eq!(names.len(), 1, "{record:#}");
    assert_eq!(names[0]["name"], "libsmall-1.2");
    let outcomes = record["builds"].as_array().expect("a list").iter().map(|build| build["outcome"].as_str());
    assert_eq!(outcomes.collect::<Vec<_>>(), [Some("skipped"); 2], "{record:#}");
}
