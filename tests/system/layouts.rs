//! Repositories as people lay them out: what cabal-install builds of them, hinc builds.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::scene::{HOUR, MIDNIGHT, Scene};

/// A package of a description and modules, without a common indentation in either.
fn package(scene: &Scene, folder: &str, name: &str, rest: &str, files: &[(&str, &str)]) {
    scene.write(&format!("{folder}/{name}.cabal"), &format!("cabal-version: 3.0\nname: {name}\nversion: 0.1\n{rest}"));
    scene.write(&format!("{folder}/unique.txt"), &scene.unique());
    for (path, text) in files {
        scene.write(&format!("{folder}/{path}"), text);
    }
}

fn library(modules: &str, depends: &str) -> String {
    format!(
        "build-type: Simple\nlibrary\n  exposed-modules: {modules}\n  build-depends: base{depends}\n  \
         default-language: Haskell2010\n"
    )
}

fn program(name: &str, depends: &str, more: &str) -> String {
    format!(
        "executable {name}\n  main-is: Main.hs\n  build-depends: base{depends}\n  default-language: Haskell2010\n{more}"
    )
}

/// What was compiled in the builds that are not of the base: `package:Module`.
fn compiled(record: &Value) -> BTreeSet<String> {
    let builds = record["builds"].as_array().expect("builds").iter().filter(|build| build["kind"] != "full");
    let of = |build: &Value| -> Vec<String> {
        let modules = build["modules"].as_array().expect("modules").iter();
        let name = build["package"].as_str().expect("a name");
        modules.map(|module| format!("{name}:{}", module["module"].as_str().expect("a name"))).collect()
    };
    builds.flat_map(of).collect()
}

/// What the program `name` of a package prints that was built for head.
fn printed(scene: &Scene, record: &Value, name: &str) -> String {
    let builds = record["builds"].as_array().expect("builds").iter();
    let mut of_head = builds.filter(|build| build["kind"] != "full" && build["package"] == name);
    let out = of_head.find_map(|build| build["outputs"]["out"].as_str()).expect("a build of head");
    scene.run(&format!("{out}/bin/{name}"), &[]).status(0).stdout
}

fn names(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

#[test]
fn a_project_in_a_folder_with_braces_links_and_a_condition_on_one_line() {
    let scene = Scene::new();
    scene.write("README.md", "Two halves.\n");
    scene.write("LICENSE", "Do what you like.\n");
    scene.write("shared/Shared.hs", "module Shared where\n\nshared :: Int\nshared = 1\n");
    scene.write("half/cabal.project", "packages: ./{core,app}/*.cabal gone\n");
    let core = format!("license-file: LICENSE\n{}", library("Core Shared", ""));
    package(&scene, "half/core", "core", &core, &[("Core.hs", "module Core where\n\ncore :: Int\ncore = 10\n")]);
    let conditional = program("app", "", "  if !flag(small) { build-depends: core }\n");
    let app = format!("build-type: Simple\nflag small\n  default: False\n{conditional}");
    let main = "module Main where\n\nimport Core\nimport Shared\n\nmain :: IO ()\nmain = print (core + shared)\n";
    package(&scene, "half/app", "app", &app, &[("Main.hs", main)]);
    for (target, link) in [("../../LICENSE", "LICENSE"), ("../../shared/Shared.hs", "Shared.hs")] {
        std::os::unix::fs::symlink(target, scene.project().join("half/core").join(link)).expect("a link");
    }
    scene.commit_at(MIDNIGHT - HOUR, "Begin");
    scene.replace("shared/Shared.hs", "shared = 1", "shared = 2");
    scene.commit_at(MIDNIGHT + HOUR, "Edit what is linked");

    let half = scene.project().join("half");
    let within = |args: &[&str]| {
        scene
            .hinc_with(args, |command| {
                command.current_dir(&half);
            })
            .status(0)
    };
    let ran = within(&["build", "--json", "--no-out-link"]);
    let record = ran.json();
    assert_eq!(printed(&scene, &record, "app"), "12\n");
    assert_eq!(compiled(&record), names(&["app:Main", "core:Shared"]), "{record:#}");
    assert!(ran.stderr.contains("half/cabal.project:1: `gone` names no package"), "{}", ran.stderr);
    assert_eq!(within(&["verify", "--json"]).json()["verdict"], "equal");
    // From the top it is the only project.
    assert_eq!(printed(&scene, &scene.hinc(&["build", "--json", "--no-out-link"]).status(0).json(), "app"), "12\n");
}

#[test]
fn a_setup_program_of_a_local_package_and_a_set_of_its_libraries() {
    let scene = Scene::new();
    scene.write("cabal.project", "packages: kit app json\n");
    let second = "library json\n  visibility: public\n  hs-source-dirs: json\n  exposed-modules: Kit.Json\n  \
                  build-depends: base\n  default-language: Haskell2010\n";
    let kit = "module Kit (kitMain) where\n\nimport Distribution.Simple\n\nkitMain :: IO ()\nkitMain = \
               defaultMainWithHooks simpleUserHooks { preBuild = \\a f -> writeFile \"Made.hs\" \"module Made where\\nmade :: \
               String\\nmade = \\\"kit 1\\\"\\n\" >> preBuild simpleUserHooks a f }\n";
    let json = "module Kit.Json where\n\njson :: Int\njson = 2\n";
    let all = format!("{}{second}", library("Kit", ", Cabal"));
    package(&scene, "kit", "kit", &all, &[("Kit.hs", kit), ("json/Kit/Json.hs", json)]);
    let custom = "build-type: Custom\ncustom-setup\n  setup-depends: base, Cabal, kit\n";
    let app = format!("{custom}{}", program("app", ", kit:{kit, json}", "  other-modules: Made Other\n"));
    let main = "module Main where\n\nimport Kit.Json\nimport Made\nimport Other\n\nmain :: IO ()\nmain = putStrLn made >> print (json + \
                other)\n";
    let files = [
        ("Setup.hs", "import Kit\n\nmain :: IO ()\nmain = kitMain\n"),
        ("Main.hs", main),
        ("Other.hs", "module Other where\n\nother :: Int\nother = 1\n"),
    ];
    package(&scene, "app", "app", &app, &files);
    // Its name is that of a library of `kit`, which makes no circle of the two.
    let user = format!("build-type: Simple\n{}", program("json", "", "  build-tool-depends: app:app\n"));
    package(&scene, "json", "json", &user, &[("Main.hs", "module Main where\n\nmain :: IO ()\nmain = print 6\n")]);
    scene.commit_at(MIDNIGHT - HOUR, "Begin");
    scene.replace("kit/Kit.hs", "kit 1", "kit 2");
    scene.commit_at(MIDNIGHT + HOUR, "Another Setup program");

    let record = scene.hinc(&["build", "--json", "--no-out-link"]).status(0).json();
    assert_eq!(printed(&scene, &record, "app"), "kit 2\n3\n");
    assert_eq!(printed(&scene, &record, "json"), "6\n");
    assert_eq!(scene.hinc(&["verify", "--json"]).status(0).json()["verdict"], "equal");
}

#[test]
fn a_test_suite_runs_a_program_of_its_own_package() {
    let scene = Scene::new();
    scene.write("hinc.toml", "[host]\ntests = true\n");
    let suite = "test-suite spec\n  type: exitcode-stdio-1.0\n  hs-source-dirs: test\n  main-is: Spec.hs\n  build-depends: base, \
                 process\n  build-tool-depends: own:own\n  default-language: Haskell2010\n";
    let own = format!("build-type: Simple\n{}{suite}", program("own", "", ""));
    let spec = "module Main where\n\nimport System.Exit\nimport System.Process\n\nmain :: IO ()\nmain = do\n  said <- readProcess \
                \"own\" [] \"\"\n  if said == \"two\" then pure () else exitFailure\n";
    let main = "module Main where\n\nmain :: IO ()\nmain = putStr \"two\"\n";
    package(&scene, ".", "own", &own, &[("Main.hs", main), ("test/Spec.hs", spec)]);
    scene.commit_at(MIDNIGHT - HOUR, "Begin");
    scene.replace("Main.hs", "putStr", "-- said\n  putStr");
    scene.commit_at(MIDNIGHT + HOUR, "Edit");
    let record = scene.hinc(&["build", "--json", "--no-out-link"]).status(0).json();
    assert_eq!(compiled(&record), names(&["own:Main"]), "{record:#}");
    // And the suite looks: another word fails it.
    scene.replace("Main.hs", "\"two\"", "\"three\"");
    scene.commit_at(MIDNIGHT + HOUR + HOUR, "Another word");
    scene.hinc(&["build", "--no-out-link"]).status(100);
    // What hinc.toml says can be said otherwise without a commit.
    scene.hinc(&["build", "--no-out-link", "--config", "host.tests=false"]).status(0);
    let ran = scene.hinc(&["build", "--config", "host.test=false"]).status(2);
    assert!(ran.stderr.contains("cannot take `--config host.test=false` for what hinc.toml says"), "{}", ran.stderr);
    let ran = scene.hinc(&["build", "--config", "tests"]).status(2);
    assert!(ran.stderr.contains("it is KEY=VALUE"), "{}", ran.stderr);
}

#[test]
fn sources_above_the_package_are_told_with_what_to_do() {
    let scene = Scene::new();
    scene.write("cabal.project", "packages: app\n");
    scene.write("shared/Shared.hs", "module Shared where\n\nshared :: Int\nshared = 1\n");
    let more = "  other-modules: Shared\n  hs-source-dirs: . ../shared\n";
    let app = format!("build-type: Simple\n{}", program("app", "", more));
    let main = "module Main where\n\nimport Shared\n\nmain :: IO ()\nmain = print shared\n";
    package(&scene, "app", "app", &app, &[("Main.hs", main)]);
    scene.commit_at(MIDNIGHT - HOUR, "Begin");
    let ran = scene.hinc(&["build", "--no-out-link"]).status(100);
    let told = "app/app.cabal:10: `hs-source-dirs: ../shared` leads out of the package's folder";
    assert!(ran.stderr.contains(told), "{}", ran.stderr);
    // What it says to do is all that is needed.
    std::os::unix::fs::symlink("../shared", scene.project().join("app/shared")).expect("a link");
    scene.replace("app/app.cabal", ". ../shared", ". shared");
    scene.commit_at(MIDNIGHT + HOUR, "Link it");
    let record = scene.hinc(&["build", "--json", "--no-out-link"]).status(0).json();
    assert_eq!(printed(&scene, &record, "app"), "1\n");
}
