//! What a build would do, and what it then does.

use serde_json::{Value, json};

use crate::scene::{HOUR, MIDNIGHT, Scene};

fn plan(scene: &Scene, more: &[&str]) -> Value {
    scene.hinc(&[&["plan", "--json"], more].concat()).status(0).json()
}

fn names(list: &Value) -> Vec<String> {
    let name =
        |id: &Value| format!("{}:{}", id["component"].as_str().expect("text"), id["module"].as_str().expect("text"));
    list.as_array().expect("a list").iter().map(name).collect()
}

fn hazards(plan: &Value) -> Vec<&str> {
    plan["hazards"].as_array().expect("a list").iter().map(|hazard| hazard["kind"].as_str().expect("text")).collect()
}

/// The incremental build of a record: what was foretold, and what GHC compiled.
fn fact(scene: &Scene) -> (Value, Vec<String>) {
    let ran = scene.hinc(&["build", "--no-out-link", "--json"]).status(0);
    let record = ran.json();
    let builds = record["builds"].as_array().expect("builds");
    let build = builds.iter().find(|build| build["kind"] == "incremental").unwrap_or_else(|| panic!("{record:#}"));
    let mut compiled = names(&build["modules"]);
    compiled.sort();
    assert!(!ran.stderr.contains("foretold"), "{}", ran.stderr);
    (build["prediction"].clone(), compiled)
}

#[test]
fn what_would_be_built_is_said_and_nothing_is_built() {
    let scene = Scene::new();
    scene.take_fixture("splices");
    scene.write("unique.txt", &scene.unique());
    scene.commit_at(MIDNIGHT - HOUR, "Begin");
    scene.write("text.txt", "another text\n");
    scene.commit_at(MIDNIGHT + HOUR, "Change what a splice reads");

    let before = plan(&scene, &[]);
    let package = &before["packages"][0];
    assert_eq!((&before["mode"], &package["mode"]), (&json!("incremental"), &json!("incremental")));
    assert_eq!(hazards(&before), ["base-is-missing", "notes-are-missing"], "{before:#}");
    assert_eq!((&package["known"], &package["everything"]), (&json!("sources"), &Value::Null), "{before:#}");
    assert_eq!(package["stores"][0], json!({"uri": "local", "intermediates": false, "out": false, "result": false}));
    let drvs: Vec<&str> = package["derivations"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|derivation| derivation["drv"].as_str().expect("text"))
        .collect();
    for drv in drvs {
        let outputs = scene.run("nix-store", &["--query", "--outputs", drv]).status(0).stdout;
        assert!(outputs.lines().all(|path| !std::path::Path::new(path).exists()), "{outputs} was built");
    }

    // A cache is asked where the store lacks something.
    let cache = scene.home().join("cache");
    fs_err::create_dir(&cache).expect("a folder");
    fs_err::write(cache.join("nix-cache-info"), "StoreDir: /nix/store\n").expect("a file");
    let uri = format!("file://{}", cache.display());
    let (empty, gone) = (format!("{uri} file:///nowhere/at/all"), plan(&scene, &["--option", "substituters", &uri]));
    assert_eq!(
        gone["packages"][0]["stores"][1],
        json!({"uri": uri, "intermediates": false, "out": false, "result": false})
    );

    scene.hinc(&["build", "--full-only", "--no-out-link", "--push", &uri]).status(0);
    let after = plan(&scene, &["--option", "substituters", &empty]);
    let package = &after["packages"][0];
    assert_eq!(package["stores"][0], json!({"uri": "local", "intermediates": true, "out": true, "result": false}));
    assert_eq!(package["stores"][1], json!({"uri": uri, "intermediates": true, "out": true, "result": false}));
    assert_eq!(
        (names(&package["precaution"]), names(&package["certain"])),
        (vec!["lib:Splices.Folder".to_owned(), "lib:Splices.Text".to_owned()], vec![])
    );
    assert_eq!(names(&package["at_most"]), ["exe:splices:Main", "lib:Splices.Folder", "lib:Splices.Text"]);
    assert!(package["seconds"]["expected"].as_f64() < package["seconds"]["full"].as_f64(), "{package:#}");

    let (prediction, compiled) = fact(&scene);
    assert!(compiled.contains(&"lib:Splices.Text".to_owned()), "{compiled:?}");
    for list in ["changed", "at_most", "certain", "precaution", "everything", "known"] {
        assert_eq!(prediction[list], package[list], "{list}");
    }
    let done = plan(&scene, &[]);
    assert_eq!(done["packages"][0]["stores"][0]["result"], true);
    let text = scene.hinc(&["plan"]).status(0).stdout;
    assert!(text.contains("nothing is built: the result is there"), "{text}");
}

/// Takes a path out of the store, as a garbage collector does; hinc's own links keep it.
fn forget(scene: &Scene, path: &str) {
    fs_err::remove_dir_all(scene.home().join(".local/state/hinc/roots")).ok();
    scene.run("nix-store", &["--delete", path]).status(0);
    assert!(!std::path::Path::new(path).exists());
}

#[test]
fn where_only_a_cache_has_the_base_its_sources_tell_what_is_compiled_at_most() {
    let scene = Scene::new();
    scene.take_fixture("splices");
    scene.write("unique.txt", &scene.unique());
    scene.write(
        "src/Splices/Above.hs",
        "module Splices.Above where\nimport Splices.Alone\nabove :: Int\nabove = alone\n",
    );
    scene.write("src/Splices/Aside.hs", "module Splices.Aside where\naside :: Int\naside = 1\n");
    scene.replace("splices.cabal", "    Splices.Alone\n", "    Splices.Above\n    Splices.Alone\n    Splices.Aside\n");
    scene.commit_at(MIDNIGHT - HOUR, "Begin");
    scene.write("text.txt", "another text\n");
    scene.replace("src/Splices/Alone.hs", "alone = 7", "alone = 8");
    scene.commit_at(MIDNIGHT + HOUR, "Edit a module, and what a splice reads");

    let cache = format!("file://{}", scene.home().join("cache").display());
    let made = scene.hinc(&["build", "--full-only", "--no-out-link", "--push", &cache, "--json"]).status(0).json();
    let noted = plan(&scene, &[]);
    assert_eq!((&noted["packages"][0]["known"], hazards(&noted)), (&json!("interfaces"), vec![]), "{noted:#}");
    forget(&scene, made["builds"][0]["outputs"]["intermediates"].as_str().expect("a path"));

    let from = ["--option", "substituters", &cache, "--option", "require-sigs", "false"];
    let planned = plan(&scene, &from);
    let package = &planned["packages"][0];
    assert_eq!(package["stores"][1], json!({"uri": cache, "intermediates": true, "out": true, "result": false}));
    assert_eq!((&package["known"], hazards(&planned)), (&json!("sources"), vec!["notes-are-missing"]), "{planned:#}");
    // `Splices.Aside` is none of them. Splices may read any file, and the program imports all of the library.
    let at_most = names(&package["at_most"]);
    let expected =
        ["exe:splices:Main", "lib:Splices.Above", "lib:Splices.Alone", "lib:Splices.Folder", "lib:Splices.Text"];
    assert_eq!(at_most, expected);
    let lists = ["changed", "certain", "precaution"].map(|list| names(&package[list]));
    assert_eq!(lists, [vec!["lib:Splices.Alone".to_owned()], vec!["lib:Splices.Alone".to_owned()], vec![]]);

    let record = scene.hinc(&[&["build", "--no-out-link", "--json"], &from[..]].concat()).status(0).json();
    let builds = record["builds"].as_array().expect("builds");
    let build = builds.iter().find(|build| build["kind"] == "incremental").unwrap_or_else(|| panic!("{record:#}"));
    let compiled = names(&build["modules"]);
    assert!(compiled.contains(&"lib:Splices.Text".to_owned()), "{record:#}");
    assert!(compiled.iter().all(|module| at_most.contains(module)), "{compiled:?}");
    assert!(names(&noted["packages"][0]["at_most"]).iter().all(|module| at_most.contains(module)), "{noted:#}");
}

#[test]
fn what_concerns_the_whole_package_is_a_hazard() {
    let scene = Scene::new();
    scene.take_fixture("splices");
    scene.write("unique.txt", &scene.unique());
    scene.commit_at(MIDNIGHT - HOUR, "Begin");
    scene.replace("src/Splices/Alone.hs", "alone = 7", "alone = 8");
    scene.commit_at(MIDNIGHT + HOUR, "Edit");
    let (prediction, compiled) = fact(&scene);
    assert!(names(&prediction["certain"]).contains(&"lib:Splices.Alone".to_owned()), "{prediction:#}");
    assert!(compiled.iter().all(|module| names(&prediction["at_most"]).contains(module)), "{compiled:?}");

    let description = fs_err::read_to_string(scene.project().join("splices.cabal")).expect("the file");
    let describe = |text: String| scene.write("splices.cabal", &text);
    // No part of a build.
    describe(description.replace("license:         MIT", "license:         MIT\nauthor: B"));
    let harmless = plan(&scene, &[]);
    assert_eq!((hazards(&harmless), &harmless["packages"][0]["everything"]), (vec![], &Value::Null));
    assert_eq!(names(&harmless["packages"][0]["changed"]), ["lib:Splices.Alone"]);
    describe(description.replace("  main-is:", "  ghc-options:      -O0\n  main-is:"));
    let options = plan(&scene, &[]);
    assert_eq!(hazards(&options), ["everything"]);
    assert_eq!(options["packages"][0]["everything"], "splices.cabal has another ghc-options");
    describe(description.replace("0.1.0.0", "0.1.0.1"));
    let version = plan(&scene, &[]);
    assert_eq!((&version["mode"], hazards(&version)), (&json!("plain"), vec!["nothing-reused"]));
    describe(description);
    let plain = plan(&scene, &["--no-incremental"]);
    assert_eq!(
        (&plain["mode"], plain["packages"][0]["derivations"][0]["kind"].as_str()),
        (&json!("plain"), Some("plain"))
    );
    scene.hinc(&["plan", "--full-only"]).status(0);
    scene.hinc(&["plan", "--rev", "nowhere"]).status(4);
}

#[test]
fn a_package_that_is_built_with_another_one_that_changed_has_no_bound() {
    let scene = Scene::new();
    let package = |name: &str, depends: &str, imports: &str| {
        scene.write(
            &format!("{name}/{name}.cabal"),
            &format!(
                "cabal-version: 2.4\nname: {name}\nversion: 1\nbuild-type: Simple\nlibrary\n  default-language: Haskell2010\n  \
                 exposed-modules: {0}\n  build-depends: base{depends}\n",
                name.to_uppercase()
            ),
        );
        scene.write(
            &format!("{name}/{}.hs", name.to_uppercase()),
            &format!("module {} where\n{imports}", name.to_uppercase()),
        );
    };
    package("low", "", "low :: Int\nlow = 1\n");
    package("high", ", low", "import LOW\nhigh :: Int\nhigh = low\n");
    scene.write("cabal.project", "packages: low high\n");
    scene.write("low/unique.txt", &scene.unique());
    scene.commit_at(MIDNIGHT - HOUR, "Begin");
    scene.hinc(&["build", "--no-out-link"]).status(0);
    scene.write("low/LOW.hs", "module LOW where\nlow :: Int\nlow = 2\n");
    scene.write("high/HIGH.hs", "module HIGH where\nimport LOW\nhigh :: Int\nhigh = low + 1\n");
    let both = plan(&scene, &[]);
    let of = |plan: &Value, name: &str| {
        let packages = plan["packages"].as_array().expect("a list");
        packages.iter().find(|package| package["package"] == name).expect("the package").clone()
    };
    let (low, high) = (of(&both, "low"), of(&both, "high"));
    assert_eq!((names(&low["certain"]), &low["everything"]), (vec!["lib:LOW".to_owned()], &Value::Null), "{both:#}");
    assert_eq!(high["everything"], "what it is built with changed (low-1)");
}
