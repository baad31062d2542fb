//! Projects of many packages.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::scene::{HOUR, MIDNIGHT, Ran, Scene};

/// A library package of the modules that are given as their texts, with a program where there is one.
fn package(scene: &Scene, folder: &str, name: &str, depends: &str, modules: &[(&str, &str)], program: Option<&str>) {
    let names: Vec<&str> = modules.iter().map(|(name, _)| *name).collect();
    let executable = match program {
        Some(text) => {
            scene.write(&format!("{folder}/app/Main.hs"), &format!("module Main (main) where\n\n{text}"));
            format!(
                "\nexecutable {name}\n  default-language: Haskell2010\n  hs-source-dirs: app\n  main-is: Main.hs\n  \
                 build-depends: base, {name}\n"
            )
        }
        None => String::new(),
    };
    scene.write(
        &format!("{folder}/{name}.cabal"),
        &format!(
            "cabal-version: 2.4\nname: {name}\nversion: 1.0\n\nlibrary\n  default-language: Haskell2010\n  \
             hs-source-dirs: src\n  build-depends: base{depends}\n  exposed-modules: {}\n{executable}",
            names.join(" ")
        ),
    );
    scene.write(&format!("{folder}/unique.txt"), &scene.unique());
    for (name, text) in modules {
        scene.write(&format!("{folder}/src/{name}.hs"), &format!("module {name} where\n\n{text}"));
    }
}

/// Five packages: `low` is used by `middle` and that by `high`, which has a program; two are apart.
fn five() -> Scene {
    let scene = Scene::new();
    scene.write("cabal.project", "packages: packages/*/*.cabal\n");
    package(
        &scene,
        "packages/low",
        "low",
        "",
        &[("Low", "low :: Int\nlow = 1\n"), ("Still", "still :: Int\nstill = 5\n")],
        None,
    );
    package(
        &scene,
        "packages/middle",
        "middle",
        ", low",
        &[
            ("Middle", "import Low\n\nmiddle :: Int\nmiddle = low + 10\n"),
            ("Aside", "import Still\n\naside :: Int\naside = still\n"),
        ],
        None,
    );
    package(
        &scene,
        "packages/high",
        "high",
        ", low, middle",
        &[("High", "import Middle\n\nhigh :: Int\nhigh = middle + 100\n"), ("Quiet", "quiet :: Int\nquiet = 0\n")],
        Some("import High\n\nmain :: IO ()\nmain = print high\n"),
    );
    package(&scene, "packages/apart", "apart", "", &[("Apart", "apart :: Int\napart = 1\n")], None);
    package(&scene, "packages/beside", "beside", "", &[("Beside", "beside :: Int\nbeside = 1\n")], None);
    scene
}

/// What is said of each package: the kind and the outcome of each of its builds that was asked for.
fn wanted(record: &Value) -> BTreeMap<String, (String, String)> {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let builds = record["builds"].as_array().expect("builds").iter();
    let wanted = builds.filter(|build| build["wanted"] == true);
    wanted.map(|build| (text(&build["package"]), (text(&build["kind"]), text(&build["outcome"])))).collect()
}

fn is(package: &str, kind: &str, outcome: &str) -> (String, (String, String)) {
    (package.to_owned(), (kind.to_owned(), outcome.to_owned()))
}

fn build<'a>(record: &'a Value, package: &str, kind: &str) -> &'a Value {
    let mut builds = record["builds"].as_array().expect("builds").iter();
    let found = builds.find(|build| build["package"] == package && build["kind"] == kind);
    found.unwrap_or_else(|| panic!("no {kind} build of {package} in {record:#}"))
}

/// What was compiled in the builds that are not of the base: `package:Module`.
fn compiled(record: &Value) -> BTreeSet<String> {
    let builds = record["builds"].as_array().expect("builds").iter().filter(|build| build["kind"] != "full");
    builds
        .flat_map(|build| {
            let modules = build["modules"].as_array().expect("modules").iter();
            modules.map(|module| {
                format!("{}:{}", build["package"].as_str().expect("a name"), module["module"].as_str().expect("a name"))
            })
        })
        .collect()
}

fn names(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

/// The text that the program of `high` prints.
fn printed(scene: &Scene, record: &Value) -> String {
    let outputs = build(record, "high", "incremental");
    let program = format!("{}/bin/high", outputs["outputs"]["out"].as_str().expect("a path"));
    scene.run(&program, &[]).status(0).line().to_owned()
}

fn verified_equal(ran: &Ran, packages: &[&str]) {
    let document = ran.json();
    assert_eq!(document["verdict"], "equal", "{}\n{document:#}", ran.stderr);
    let list = document["packages"].as_array().expect("packages");
    let equal = list.iter().filter(|package| package["verdict"] == "equal");
    let equal: BTreeSet<String> =
        equal.map(|package| package["package"].as_str().expect("a name").to_owned()).collect();
    assert_eq!(equal, names(packages), "{document:#}");
}

#[test]
fn five_packages_are_built_together() {
    let scene = five();
    scene.commit_at(MIDNIGHT - HOUR, "Begin");
    // An edit that no importer can see: the others are built for the new `low` and compile nothing.
    scene.replace("packages/low/src/Low.hs", "low = 1\n", "low = 1 -- the least\n");
    scene.commit_at(MIDNIGHT + HOUR, "Comment");
    let ran = scene.hinc(&["build", "--json"]).status(0);
    let record = ran.json();
    let expected = [
        is("apart", "full", "built"),
        is("beside", "full", "built"),
        is("high", "incremental", "built"),
        is("low", "incremental", "built"),
        is("middle", "incremental", "built"),
    ];
    assert_eq!(wanted(&record), expected.into());
    assert_eq!(compiled(&record), names(&["low:Low"]), "{}", ran.stderr);
    assert_eq!(printed(&scene, &record), "111");

    // One link for each, numbered as nix-build does, in the order of the paths on stdout.
    let paths = record["out_paths"].as_array().expect("paths");
    assert_eq!(paths.len(), 5);
    for (link, path) in ["result", "result-2", "result-3", "result-4", "result-5"].iter().zip(paths) {
        let target = scene.project().join(link).canonicalize().expect("a link");
        assert_eq!(target.to_str(), path.as_str(), "{link}");
    }
    // The report has a section for each.
    for name in ["apart", "beside", "high", "low", "middle"] {
        assert!(ran.stderr.contains(&format!("\n{name} 1.0: ")), "no section for {name}:\n{}", ran.stderr);
    }

    // Again: all is there, and nobody asks Nix to evaluate.
    let again = scene.hinc(&["build"]).status(0);
    let lines: Vec<&str> = again.stdout.lines().collect();
    assert_eq!(lines, paths.iter().map(|path| path.as_str().expect("a path")).collect::<Vec<_>>());
    assert!(!again.stderr.contains("Compiling"), "{}", again.stderr);

    // An edit that some importers see.
    scene.replace("packages/low/src/Low.hs", "low = 1 ", "low = 2 ");
    scene.commit_at(MIDNIGHT + 2 * HOUR, "Another number");
    let ran = scene.hinc(&["build", "--json"]).status(0);
    let record = ran.json();
    assert_eq!(compiled(&record), names(&["low:Low", "middle:Middle", "high:High", "high:Main"]), "{}", ran.stderr);
    assert_eq!(wanted(&record)["apart"], ("full".to_owned(), "cached".to_owned()));
    assert_eq!(printed(&scene, &record), "112");
    // What was edited is named in the packages that had to follow.
    for (package, module) in [("middle", "Middle"), ("high", "High"), ("high", "Main")] {
        let modules = build(&record, package, "incremental")["modules"].as_array().expect("modules");
        let module = modules.iter().find(|found| found["module"] == module).expect("it was compiled");
        assert_eq!(module["root_cause"], "Low", "{module:#}");
    }
    verified_equal(&scene.hinc(&["verify", "--json"]).status(0), &["high", "low", "middle"]);
}

#[test]
fn one_of_them_is_built_with_what_it_depends_on() {
    let scene = five();
    scene.commit_at(MIDNIGHT - HOUR, "Begin");
    scene.replace("packages/low/src/Low.hs", "low = 1\n", "low = 3\n");
    scene.commit_at(MIDNIGHT + HOUR, "Edit");
    let ran = scene.hinc(&["build", "./packages/middle", "--json"]).status(0);
    let record = ran.json();
    assert_eq!(wanted(&record), [is("middle", "incremental", "built")].into());
    assert_eq!(record["out_paths"].as_array().map(Vec::len), Some(1));
    // What was built on the way is told, with its modules.
    assert_eq!(compiled(&record), names(&["low:Low", "middle:Middle"]), "{}", ran.stderr);
    assert_eq!(build(&record, "low", "incremental")["wanted"], false);
    assert!(ran.stderr.contains("\nlow 1.0: 1 of 2 modules rebuilt"), "{}", ran.stderr);

    // From its folder it is the same; with another one, in the order in which they are named.
    let inside = scene.hinc_with(&["build", "--no-out-link"], |command| {
        command.current_dir(scene.project().join("packages/middle/src"));
    });
    assert_eq!(inside.status(0).line(), record["out_paths"][0]);
    let ran = scene.hinc(&["build", "packages/middle", "./packages/apart/apart.cabal", "--json"]).status(0);
    let paths = ran.json()["out_paths"].clone();
    assert_eq!((paths[0].clone(), paths.as_array().map(Vec::len)), (record["out_paths"][0].clone(), Some(2)));
    assert!(paths[1].as_str().is_some_and(|path| path.ends_with("-apart-1.0")), "{paths}");

    // `package` in hinc.toml names the one that is built where none is.
    scene.write("hinc.toml", "package = \"packages/middle\"\n");
    scene.commit_at(MIDNIGHT + 2 * HOUR, "Settings");
    assert_eq!(scene.hinc(&["build"]).status(0).line(), record["out_paths"][0]);
}

#[test]
fn packages_come_and_change_their_versions() {
    let scene = five();
    scene.commit_at(MIDNIGHT - HOUR, "Begin");
    package(
        &scene,
        "packages/newcomer",
        "newcomer",
        ", middle",
        &[("Newcomer", "import Middle\n\nnewcomer :: Int\nnewcomer = middle\n")],
        None,
    );
    scene.replace("packages/low/src/Low.hs", "low = 1\n", "low = 1 -- the least\n");
    scene.commit_at(MIDNIGHT + HOUR, "A newcomer");
    let ran = scene.hinc(&["build", "--json"]).status(0);
    let record = ran.json();
    assert_eq!((&record["mode"], wanted(&record)["newcomer"].0.as_str()), (&"incremental".into(), "plain"));
    let newcomer = build(&record, "newcomer", "plain");
    let why = newcomer["why"].as_str().expect("a sentence");
    assert!(why.contains("newcomer") && why.contains("nothing to start from"), "{why}");
    assert!(ran.stderr.contains("built plainly: the base does not have the package newcomer"), "{}", ran.stderr);
    // It stands on the incremental builds of the others: nothing is built twice.
    assert_eq!(compiled(&record), names(&["low:Low", "newcomer:Newcomer"]), "{}", ran.stderr);
    let references =
        scene.run("nix-store", &["--query", "--references", newcomer["outputs"]["out"].as_str().expect("a path")]);
    let middle = build(&record, "middle", "incremental")["outputs"]["out"].clone();
    assert!(references.status(0).stdout.contains(middle.as_str().expect("a path")));

    // A new version of `low` is another unit to GHC, for all that use it.
    scene.replace("packages/low/low.cabal", "version: 1.0", "version: 1.1");
    scene.replace("packages/apart/src/Apart.hs", "apart = 1\n", "apart = 2\n");
    scene.commit_at(MIDNIGHT + 2 * HOUR, "A new version");
    let ran = scene.hinc(&["build", "--json"]).status(0);
    let record = ran.json();
    let kinds: BTreeMap<String, String> = wanted(&record).into_iter().map(|(name, (kind, _))| (name, kind)).collect();
    for (name, kind) in
        [("low", "plain"), ("middle", "plain"), ("high", "plain"), ("apart", "incremental"), ("beside", "full")]
    {
        assert_eq!(kinds[name], kind, "{name}");
    }
    assert!(build(&record, "low", "plain")["why"].as_str().is_some_and(|why| why.contains("from 1.0 to 1.1")));
    assert!(build(&record, "middle", "plain")["why"].as_str().is_some_and(|why| why.contains("(low)")));
    let program = build(&record, "high", "plain")["outputs"]["out"].as_str().expect("a path").to_owned();
    assert_eq!(scene.run(&format!("{program}/bin/high"), &[]).status(0).line(), "111");
    let text = scene.hinc(&["verify"]).status(0).stdout;
    assert!(text.contains("low 1.1: nothing to verify: ") && text.contains("apart 1.0: equal: "), "{text}");

    // The job at midnight builds what there is of the base.
    let record = scene.hinc(&["build", "--full-only", "--base", "HEAD~1", "--json"]).status(0).json();
    assert_eq!(wanted(&record).into_keys().collect::<BTreeSet<_>>(), names(&["apart", "beside"]));
    assert!(record["why"].as_str().is_some_and(|why| why.contains("newcomer")), "{}", record["why"]);
}

#[test]
fn a_package_that_moved_or_was_broken_in_the_base() {
    let scene = five();
    scene.write("packages/beside/beside.cabal", "name: 1-2\n");
    scene.replace("packages/apart/apart.cabal", "name: apart", "name: formerly");
    scene.commit_at(MIDNIGHT - HOUR, "Begin");
    package(&scene, "packages/beside", "beside", "", &[("Beside", "beside :: Int\nbeside = 1\n")], None);
    scene.replace("packages/apart/apart.cabal", "name: formerly", "name: apart");
    scene.git(&["mv", "packages/low", "packages/deep"]);
    scene.replace("packages/deep/src/Low.hs", "low = 1\n", "low = 1 -- the least\n");
    scene.commit_at(MIDNIGHT + HOUR, "Mend and move");
    let record = scene.hinc(&["build", "--json"]).status(0).json();
    let why = |package: &str| build(&record, package, "plain")["why"].as_str().expect("a sentence").to_owned();
    assert!(why("beside").contains("cannot be read in the base"), "{}", why("beside"));
    assert!(why("apart").contains("formerly"), "{}", why("apart"));
    assert_eq!(wanted(&record)["low"].0, "incremental", "the folder of a package is not its name");
    assert_eq!(compiled(&record), names(&["low:Low", "beside:Beside", "apart:Apart"]));
}

#[test]
fn test_suites_that_close_a_circle_are_left_out() {
    let scene = Scene::new();
    package(&scene, "one", "one", "", &[("One", "one :: Int\none = 1\n")], None);
    package(&scene, "two", "two", ", one", &[("Two", "import One\n\ntwo :: Int\ntwo = one + 1\n")], None);
    let suite = |name: &str, uses: &str| {
        format!(
            "\ntest-suite spec\n  type: exitcode-stdio-1.0\n  default-language: Haskell2010\n  hs-source-dirs: test\n  \
             main-is: Spec.hs\n  build-depends: base, {name}, {uses}\n"
        )
    };
    for (name, uses, module) in [("one", "two", "Two"), ("two", "one", "One")] {
        let file = scene.project().join(format!("{name}/{name}.cabal"));
        let text = fs_err::read_to_string(&file).expect("the file");
        fs_err::write(&file, text + &suite(name, uses)).expect("the file");
        scene.write(
            &format!("{name}/test/Spec.hs"),
            &format!("module Main (main) where\n\nimport {module} ()\n\nmain :: IO ()\nmain = putStrLn \"the tests of {name}\"\n"),
        );
    }
    scene.commit_at(MIDNIGHT + HOUR, "Begin");
    // Without tests nobody sees the circle.
    let ran = scene.hinc(&["build", "--no-out-link"]).status(0);
    assert!(!ran.stderr.contains("left out"), "{}", ran.stderr);

    scene.write("hinc.toml", "[host]\ntests = true\n");
    scene.commit_at(MIDNIGHT + 2 * HOUR, "Test");
    for _ in 0..2 {
        // It is said again where nothing is left to be built.
        let ran = scene.hinc(&["build", "-v"]).status(0);
        let message = "warning: the test suites of one are left out: they use two";
        assert!(ran.stderr.contains(message), "{}", ran.stderr);
        assert!(!ran.stderr.contains("the test suites of two"), "{}", ran.stderr);
    }
    let of = |name: &str| {
        let path = scene.hinc(&["build", "--no-out-link", name]).status(0).line().to_owned();
        scene.run("nix-store", &["--read-log", &path]).status(0).stdout
    };
    assert!(!of("one").contains("the tests of one") && of("two").contains("the tests of two"));

    // A circle of libraries cannot be built at all.
    scene.replace("one/one.cabal", "build-depends: base\n  exposed", "build-depends: base, two\n  exposed");
    scene.commit_at(MIDNIGHT + 3 * HOUR, "A circle");
    let ran = scene.hinc(&["build"]).status(5);
    assert!(ran.stderr.contains("the packages one, two depend on each other"), "{}", ran.stderr);
}

#[test]
fn what_cabal_project_says_is_honoured_or_told() {
    let scene = Scene::new();
    scene.write(
        "cabal.project",
        "packages: one two\nconstraints: text <1\n\npackage two\n  ghc-options: -DTWO=22\n  flags: +loud\n",
    );
    package(&scene, "one", "one", "", &[("One", "one :: Int\none = 1\n")], None);
    package(&scene, "two", "two", ", one", &[], Some("import Two\n\nmain :: IO ()\nmain = print two\n"));
    scene.write(
        "two/src/Two.hs",
        "{-# LANGUAGE CPP #-}\nmodule Two where\n\nimport One\n\ntwo :: Int\n#ifdef LOUD\ntwo = one + 1000 + TWO\n#else\ntwo = one + TWO\n#endif\n",
    );
    scene.replace(
        "two/two.cabal",
        "exposed-modules: \n",
        "exposed-modules: Two\n  if flag(loud)\n    cpp-options: -DLOUD\n\nflag loud\n  default: False\n  manual: True\n",
    );
    scene.commit_at(MIDNIGHT - HOUR, "Begin");
    scene.replace("one/src/One.hs", "one = 1\n", "one = 2\n");
    scene.commit_at(MIDNIGHT + HOUR, "Edit");
    let ran = scene.hinc(&["build", "two", "--json"]).status(0);
    assert!(ran.stderr.contains("warning: cabal.project:2: `constraints` is not read"), "{}", ran.stderr);
    let record = ran.json();
    assert_eq!(compiled(&record), names(&["one:One", "two:Two", "two:Main"]));
    assert_eq!(scene.run("result/bin/two", &[]).status(0).line(), "1024");
}

#[test]
fn a_program_of_the_project_is_a_tool_of_another_package() {
    let scene = Scene::new();
    scene.write("hinc.toml", "packages = [\"tool\", \"user\"]\n");
    package(
        &scene,
        "tool",
        "tool",
        "",
        &[("Words", "word :: String\nword = \"first\"\n")],
        Some(
            "import System.Environment\nimport Words\n\nmain :: IO ()\nmain = do\n  [_, from, to] <- getArgs\n  \
             text <- readFile from\n  writeFile to (text ++ \"\\nword :: String\\nword = \" ++ show word ++ \"\\n\")\n",
        ),
    );
    package(&scene, "user", "user", "", &[("User", "")], Some("import User\n\nmain :: IO ()\nmain = putStrLn word\n"));
    scene.write("user/src/User.hs", "{-# OPTIONS_GHC -F -pgmF tool #-}\nmodule User where\n");
    scene.replace(
        "user/user.cabal",
        "exposed-modules: User\n",
        "exposed-modules: User\n  build-tool-depends: tool:tool\n",
    );
    scene.commit_at(MIDNIGHT - HOUR, "Begin");
    scene.replace("tool/src/Words.hs", "first", "second");
    scene.commit_at(MIDNIGHT + HOUR, "Edit the tool");
    scene.hinc(&["build", "user"]).status(0);
    assert_eq!(scene.run("result/bin/user", &[]).status(0).line(), "second");
}

#[test]
fn a_local_package_comes_before_a_newer_one_of_ghcs_own() {
    let scene = Scene::new();
    package(&scene, "transformers", "transformers", "", &[("Own", "own :: Int\nown = 1\n")], None);
    scene.replace("transformers/transformers.cabal", "version: 1.0", "version: 0.0.1");
    let program = Some("import User\n\nmain :: IO ()\nmain = print user\n");
    package(&scene, "user", "user", ", transformers", &[("User", "import Own\n\nuser :: Int\nuser = own\n")], program);
    scene.commit_at(MIDNIGHT - HOUR, "Begin");
    scene.replace("transformers/src/Own.hs", "own = 1\n", "own = 2\n");
    scene.commit_at(MIDNIGHT + HOUR, "Edit");
    let record = scene.hinc(&["build", "user", "--json"]).status(0).json();
    assert_eq!(compiled(&record), names(&["transformers:Own", "user:User", "user:Main"]));
    assert_eq!(scene.run("result/bin/user", &[]).status(0).line(), "2");
}

#[test]
fn what_is_wrong_with_a_project_is_said() {
    let scene = five();
    scene.write("elsewhere/low/low.cabal", "cabal-version: 2.4\nname: low\nversion: 9\n");
    scene.write("hinc.toml", "packages = [\"packages/*\", \"elsewhere/*\"]\n");
    scene.commit_at(MIDNIGHT + HOUR, "Two of one name");
    let ran = scene.hinc(&["build"]).status(2);
    assert!(ran.stderr.contains("there are 2 packages called low: elsewhere/low, packages/low"), "{}", ran.stderr);
    scene.write("hinc.toml", "packages = [\"package/*\"]\n");
    scene.commit_at(MIDNIGHT + 2 * HOUR, "Misspelt");
    let ran = scene.hinc(&["build"]).status(2);
    assert!(ran.stderr.contains("no package lies at `package/*`"), "{}", ran.stderr);
    let ran = scene.hinc(&["build", "--ghc", "ghc98"]).status(2);
    assert!(ran.stderr.contains("--toolchain nixpkgs"), "{}", ran.stderr);
}

#[test]
fn several_attributes_of_a_nix_file_have_a_section_each() {
    let scene = five();
    scene.write(
        "default.nix",
        "{ hinc }:\nrec {\n  low = hinc.host.mkPackage { src = ./packages/low; };\n  middle = hinc.host.mkPackage {\n    \
         src = ./packages/middle;\n    dependencies = [ low ];\n  };\n  apart = hinc.host.mkPackage { src = ./packages/apart; };\n}\n",
    );
    scene.commit_at(MIDNIGHT - HOUR, "Begin");
    scene.replace("packages/low/src/Low.hs", "low = 1\n", "low = 2\n");
    scene.replace("packages/apart/src/Apart.hs", "apart = 1\n", "apart = 2\n");
    scene.commit_at(MIDNIGHT + HOUR, "Edit");
    let ran = scene.hinc(&["build", "-f", "default.nix", "-A", "apart", "-A", "middle", "--json"]).status(0);
    let record = ran.json();
    assert_eq!(wanted(&record), [is("apart", "incremental", "built"), is("middle", "incremental", "built")].into());
    // `low` was built on the way.
    assert_eq!(compiled(&record), names(&["apart:Apart", "low:Low", "middle:Middle"]));
    for (link, name) in [("result", "-apart-1.0"), ("result-2", "-middle-1.0")] {
        let target = scene.project().join(link).canonicalize().expect("a link");
        assert!(target.to_str().is_some_and(|target| target.ends_with(name)), "{}", target.display());
    }
    for name in ["apart", "low", "middle"] {
        assert!(ran.stderr.contains(&format!("\n{name} 1.0: ")), "no section for {name}:\n{}", ran.stderr);
    }
}
