//! The main job: a full build for everybody, and an incremental one of today's commit.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::scene::{HOUR, MIDNIGHT, Scene};

/// A package of a few modules: `Base` is used by `Middle`, that by `Top`, and `Apart` by nobody.
fn package() -> Scene {
    let scene = Scene::new();
    scene.write("unique.txt", &scene.unique());
    scene.write(
        "layers.cabal",
        "cabal-version: 2.4\nname: layers\nversion: 1.0\n\nlibrary\n  default-language: Haskell2010\n  hs-source-dirs: src\n  \
         build-depends: base\n  exposed-modules: Base Middle Top Apart\n  other-modules: Paths_layers\n  \
         autogen-modules: Paths_layers\n\nexecutable layers\n  default-language: Haskell2010\n  hs-source-dirs: app\n  \
         main-is: Main.hs\n  build-depends: base, layers\n",
    );
    scene.write("src/Base.hs", "module Base (base) where\n\nbase :: Int\nbase = 1\n");
    scene.write("src/Middle.hs", "module Middle (middle) where\n\nimport Base\n\nmiddle :: Int\nmiddle = base + 1\n");
    scene.write("src/Top.hs", "module Top (top) where\n\nimport Middle\n\ntop :: Int\ntop = middle + 1\n");
    scene.write(
        "src/Apart.hs",
        "module Apart (folder) where\n\nimport Paths_layers\n\nfolder :: IO FilePath\nfolder = getDataDir\n",
    );
    scene.write("app/Main.hs", "module Main (main) where\n\nimport Top\n\nmain :: IO ()\nmain = print top\n");
    scene
}

fn build<'a>(record: &'a Value, kind: &str) -> &'a Value {
    let builds = record["builds"].as_array().expect("builds");
    builds.iter().find(|build| build["kind"] == kind).unwrap_or_else(|| panic!("no {kind} build in {record:#}"))
}

fn modules(build: &Value) -> BTreeSet<String> {
    let modules = build["modules"].as_array().expect("modules");
    modules.iter().map(|module| module["module"].as_str().expect("a name").to_owned()).collect()
}

fn names(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

#[test]
fn one_edited_comment_compiles_one_module() {
    let scene = package();
    scene.commit_at(MIDNIGHT - HOUR, "Begin");
    scene.replace("src/Base.hs", "base = 1", "base = 1 -- the least");
    scene.commit_at(MIDNIGHT + HOUR, "Comment");

    let ran = scene.hinc(&["build", "--json"]).status(0);
    let record = ran.json();
    assert_eq!((&record["mode"], &record["schema_version"]), (&"incremental".into(), &1.into()));
    assert_eq!(record["base"]["reason"], "before-boundary");
    let (full, incremental) = (build(&record, "full"), build(&record, "incremental"));
    assert_eq!(full["outcome"], "built");
    assert_eq!(modules(full), names(&["Base", "Middle", "Top", "Apart", "Paths_layers", "Main"]));
    assert_eq!(incremental["outcome"], "built");
    assert_eq!(modules(incremental), names(&["Base"]), "{}", ran.stderr);
    assert_eq!(incremental["modules"][0]["reason_text"], "Source file changed");
    assert_eq!(incremental["modules"][0]["root_cause"], "Base");
    assert_eq!(incremental["modules_total"], 6);

    // The link leads to the result, which works and is where Paths_ says it is.
    let result = scene.project().join("result").canonicalize().expect("a link");
    assert_eq!(record["out_paths"][0], result.to_str().expect("a plain path"));
    assert_eq!(scene.run("result/bin/layers", &[]).status(0).line(), "3");
    let references = scene.run("nix-store", &["--query", "--references", "result"]).status(0).stdout;
    assert!(!references.contains("intermediates"), "{references}");
    let (full_out, text) =
        (full["outputs"]["out"].as_str().expect("a path"), fs_err::read(result.join("bin/layers")).expect("it"));
    let needle = full_out.as_bytes();
    assert!(!text.windows(needle.len()).any(|window| window == needle), "the result holds the full build's path");

    // Again: nothing is built, and stdout is the path and nothing else.
    let again = scene.hinc(&["build"]).status(0);
    assert_eq!(again.line(), record["out_paths"][0]);
    assert!(!again.stderr.contains("Compiling"), "{}", again.stderr);
}

#[test]
fn a_changed_export_compiles_its_users_and_says_why() {
    let scene = package();
    scene.commit_at(MIDNIGHT - HOUR, "Begin");
    scene.replace("src/Base.hs", "base = 1", "base = 41");
    scene.commit_at(MIDNIGHT + HOUR, "Change");
    let files = ["a.trace.json", "junit.xml", "metrics.txt"];
    let ran =
        scene.hinc(&["build", "--json", "--report", files[0], "--report", files[1], "--report", files[2]]).status(0);
    let record = ran.json();
    let incremental = build(&record, "incremental");
    assert_eq!(modules(incremental), names(&["Base", "Middle", "Top", "Main"]), "{}", ran.stderr);
    assert_timed(build(&record, "full"), 6);
    assert_timed(incremental, 4);
    for module in incremental["modules"].as_array().expect("modules") {
        assert_eq!(module["root_cause"], "Base", "{module}");
    }
    assert_eq!(scene.run("result/bin/layers", &[]).status(0).line(), "43");
    for part in ["layers 1.0", "Base", "Middle", "Top"] {
        assert!(ran.stderr.contains(part), "`{part}` is missing in the report:\n{}", ran.stderr);
    }
    // The last record is shown again, word for word.
    let report = scene.hinc(&["report"]).status(0);
    assert!(ran.stderr.ends_with(&report.stdout), "report:\n{}\nbuild:\n{}", report.stdout, ran.stderr);
    let json = scene.hinc(&["report", "latest", "--format", "json"]).status(0).json();
    assert_eq!(json, record);
    // And what was written beside it, in each form.
    for (format, file) in std::iter::zip(["trace", "junit", "openmetrics"], files) {
        let written = fs_err::read_to_string(scene.project().join(file)).expect("the report");
        assert_eq!(scene.hinc(&["report", "--format", format]).status(0).stdout, written, "{format}");
    }
    let metrics = fs_err::read_to_string(scene.project().join("metrics.txt")).expect("the report");
    assert!(metrics.contains("hinc_modules_rebuilt{package=\"layers\"} 4\n"), "{metrics}");
    let trace = fs_err::read(scene.project().join("a.trace.json")).expect("the report");
    let trace: Value = serde_json::from_slice(&trace).expect("JSON");
    let slices = trace["traceEvents"].as_array().expect("events").iter().filter(|event| event["cat"] == "module");
    assert_eq!(slices.count(), 10);
}

/// Holds the times of a build's modules against what has to be true of them: each of the package needs the one before.
fn assert_timed(build: &Value, count: usize) {
    let modules = build["modules"].as_array().expect("modules");
    assert_eq!(modules.len(), count, "{build:#}");
    let number = |value: &Value| value.as_f64().unwrap_or_else(|| panic!("no number: {build:#}"));
    let (begins, compile) = (number(&build["compile_began"]), number(&build["compile_seconds"]));
    assert!(begins + compile <= number(&build["seconds"]), "{build:#}");
    for module in modules {
        let (began, ended) = (number(&module["began"]), number(&module["ended"]));
        assert!(0.0 <= began && began < ended && ended <= compile, "{module:#}");
    }
    for cause in modules {
        let later = modules.iter().filter(|module| module["cause"] == cause["module"]);
        for module in later {
            assert!(number(&module["began"]) >= number(&cause["ended"]) - 0.01, "{cause:#} {module:#}");
        }
    }
}

#[test]
fn a_day_shares_its_full_build() {
    let scene = package();
    scene.write("docs/notes.md", "One.\n");
    scene.commit_at(MIDNIGHT - HOUR, "Begin");
    scene.replace("src/Base.hs", "base = 1", "base = 2");
    let first = scene.commit_at(MIDNIGHT + HOUR, "First of the day");
    scene.replace("src/Base.hs", "base = 2", "base = 3");
    let second = scene.commit_at(MIDNIGHT + 5 * HOUR, "Second of the day");
    scene.replace("src/Base.hs", "base = 3", "base = 4");
    let next = scene.commit_at(MIDNIGHT + 25 * HOUR, "First of the next day");

    let full_of = |rev: &str| {
        let record = scene.hinc(&["build", "--json", "--no-out-link", "--rev", rev]).status(0).json();
        (build(&record, "full")["drv"].clone(), build(&record, "incremental")["drv"].clone())
    };
    let (one, two, three) = (full_of(&first), full_of(&second), full_of(&next));
    assert_eq!(one.0, two.0, "two commits of a day have one full build");
    assert_ne!(one.1, two.1);
    assert_ne!(two.0, three.0, "the next day has another");
}

#[test]
fn a_commit_that_changes_no_file_of_the_package_changes_nothing() {
    let scene = package();
    let inner = ["layers.cabal", "src", "app", "unique.txt"];
    fs_err::create_dir(scene.project().join("core")).expect("a folder");
    for name in inner {
        fs_err::rename(scene.project().join(name), scene.project().join("core").join(name)).expect("it moves");
    }
    scene.write("README", "One.\n");
    scene.commit_at(MIDNIGHT - HOUR, "Begin");
    scene.replace("core/src/Base.hs", "base = 1", "base = 2");
    scene.commit_at(MIDNIGHT + HOUR, "Change the package");
    let before = scene.hinc(&["build", "--json"]).status(0).json();
    scene.replace("README", "One.", "Two.");
    scene.commit_at(MIDNIGHT + 2 * HOUR, "Change something else");
    let after = scene.hinc(&["build", "--json"]).status(0).json();
    assert_eq!(build(&before, "incremental")["drv"], build(&after, "incremental")["drv"]);
    assert_eq!(build(&after, "incremental")["outcome"], "cached");
    assert_eq!(before["out_paths"], after["out_paths"]);
    // From the package's own folder it is the same package.
    let inside = scene.hinc_with(&["build"], |command| {
        command.current_dir(scene.project().join("core"));
    });
    assert_eq!(inside.status(0).line(), after["out_paths"][0]);
    // And so it is by its name.
    assert_eq!(scene.hinc(&["build", "./core"]).status(0).line(), after["out_paths"][0]);
}

#[test]
fn a_build_that_fails_leaves_a_record() {
    let scene = package();
    scene.commit_at(MIDNIGHT - HOUR, "Begin");
    scene.replace("src/Base.hs", "base = 1", "base = 2");
    scene.replace("src/Middle.hs", "middle = base + 1", "middle = base ++ \"one\"");
    scene.commit_at(MIDNIGHT + HOUR, "Break");
    let ran = scene.hinc(&["build"]).status(100);
    assert_eq!(ran.stdout, "");
    for part in ["src/Middle.hs:6:10: error:", "base ++ \"one\"", "layers"] {
        assert!(ran.stderr.contains(part), "`{part}` is missing in:\n{}", ran.stderr);
    }
    assert!(!scene.project().join("result").exists());
    let record = scene.hinc(&["report", "--format", "json"]).status(0).json();
    let incremental = build(&record, "incremental");
    assert_eq!((&incremental["outcome"], &record["out_paths"]), (&"failed".into(), &Value::Array(vec![])));
    assert_eq!(incremental["failure"]["phase"], "build");
    assert!(modules(incremental).contains("Base"), "what was built before is in the record: {incremental:#}");
    let timed = |name: &str| {
        let mut modules = incremental["modules"].as_array().expect("modules").iter();
        let module = modules.find(|module| module["module"] == name).expect("the module");
        (module["began"].is_f64(), module["ended"].is_f64())
    };
    assert_eq!((timed("Base"), timed("Middle")), ((true, true), (true, false)), "{incremental:#}");
    let junit = scene.hinc(&["report", "--format", "junit"]).status(0).stdout;
    let case = r#"<testcase name="Middle" classname="layers" file="src/Middle.hs">"#;
    assert!(junit.contains(case) && junit.contains("base ++ &quot;one&quot;"), "{junit}");
    // The same once more is the same: Nix keeps no failure. What failed is said to who wants to hear little, too.
    let quiet = scene.hinc(&["build", "--quiet"]).status(100);
    assert!(quiet.stderr.contains("src/Middle.hs:6:10: error:"), "{}", quiet.stderr);
    assert!(!quiet.stderr.contains("Compiling"), "{}", quiet.stderr);
    scene.replace("src/Middle.hs", "base ++ \"one\"", "base + 1");
    scene.commit_at(MIDNIGHT + 2 * HOUR, "Mend");
    scene.hinc(&["build"]).status(0);
}

#[test]
fn uncommitted_changes_are_built_and_said() {
    let scene = package();
    scene.commit_at(MIDNIGHT - HOUR, "Begin");
    scene.replace("src/Base.hs", "base = 1", "base = 10");
    scene.write("src/Untracked.hs", "module Untracked where\n");
    let ran = scene.hinc(&["build", "--json"]).status(0);
    let record = ran.json();
    assert_eq!(record["head"]["dirty"], true);
    assert!(ran.stderr.contains("uncommitted"), "{}", ran.stderr);
    assert_eq!(scene.run("result/bin/layers", &[]).line(), "12");
    assert!(modules(build(&record, "incremental")).contains("Base"));
    // The commit itself is something else.
    let record = scene.hinc(&["build", "--json", "--rev", "HEAD"]).status(0).json();
    assert_eq!((&record["head"]["dirty"], &record["mode"]), (&false.into(), &"full".into()));
    assert_eq!(scene.run("result/bin/layers", &[]).line(), "3");
}

#[test]
fn a_version_bump_is_a_plain_build_with_a_reason() {
    let scene = package();
    scene.commit_at(MIDNIGHT - HOUR, "Begin");
    scene.replace("layers.cabal", "version: 1.0", "version: 1.1");
    scene.commit_at(MIDNIGHT + HOUR, "Release");
    let ran = scene.hinc(&["build", "--json"]).status(0);
    let record = ran.json();
    assert_eq!(record["mode"], "plain");
    assert_eq!(record["builds"].as_array().expect("builds").len(), 1);
    assert!(record["why"].as_str().expect("a sentence").contains("from 1.0 to 1.1"), "{}", record["why"]);
}

#[test]
fn what_is_wanted_can_be_less() {
    let scene = package();
    scene.commit_at(MIDNIGHT - HOUR, "Begin");
    scene.replace("src/Base.hs", "base = 1", "base = 2");
    scene.commit_at(MIDNIGHT + HOUR, "Change");
    // A job makes the full build; the build of the day finds it.
    let nightly = scene.hinc(&["build", "--full-only", "--no-out-link", "--json"]).status(0).json();
    assert_eq!((&nightly["mode"], nightly["builds"].as_array().expect("builds").len()), (&"full".into(), 1));
    let daily = scene.hinc(&["build", "--json"]).status(0).json();
    assert_eq!(build(&daily, "full")["outcome"], "cached");
    assert_eq!(build(&daily, "full")["drv"], build(&nightly, "full")["drv"]);
    // From scratch the result works as well, and nothing is restored.
    let plain = scene.hinc(&["build", "--no-incremental", "--json", "-o", "plain"]).status(0).json();
    assert_eq!(plain["mode"], "plain");
    assert_eq!(build(&plain, "plain")["modules_rebuilt"], 6);
    let run = |link: &str| scene.run(&format!("{link}/bin/layers"), &[]).status(0).stdout;
    assert_eq!(run("result"), run("plain"));
}

#[test]
fn a_job_at_midnight_makes_the_full_build_of_the_day_that_begins() {
    let scene = package();
    scene.commit_at(MIDNIGHT - HOUR, "The last of its day");
    let job = scene.hinc(&["build", "--full-only", "--base", "HEAD", "--no-out-link", "--json"]).status(0).json();
    scene.replace("src/Base.hs", "base = 1", "base = 2");
    scene.commit_at(MIDNIGHT + HOUR, "The first of the next");
    let day = scene.hinc(&["build", "--json"]).status(0).json();
    assert_eq!(build(&day, "full")["drv"], build(&job, "full")["drv"]);
    assert_eq!(build(&day, "full")["outcome"], "cached");
}

#[test]
fn the_full_build_alone_is_never_a_build_of_head() {
    let scene = Scene::new();
    scene.write("README", "Nothing to build yet.\n");
    scene.commit_at(MIDNIGHT - HOUR, "Begin");
    scene.write(
        "small.cabal",
        "cabal-version: 2.4\nname: small\nversion: 1.0\nlibrary\n  default-language: Haskell2010\n",
    );
    scene.commit_at(MIDNIGHT + HOUR, "Add a package");
    let ran = scene.hinc(&["build", "--full-only"]).status(4);
    assert_eq!(ran.stdout, "");
    assert!(ran.stderr.contains("no full build") && ran.stderr.contains("does not have the package"), "{}", ran.stderr);
    assert!(!scene.project().join("result").exists());
}

#[test]
fn what_a_nix_file_says_while_it_is_evaluated_is_shown() {
    let scene = package();
    scene.write(
        "default.nix",
        "{ hinc, greeting ? \"none\" }: builtins.trace \"it says ${greeting}\" { it = hinc.host.mkPackage { src = ./.; }; }\n",
    );
    scene.commit_at(MIDNIGHT - HOUR, "Begin");
    let args = ["build", "-f", "default.nix", "-A", "it", "--argstr", "greeting", "hello", "--no-incremental"];
    let ran = scene.hinc(&args).status(0);
    assert!(ran.stderr.contains("it says hello"), "{}", ran.stderr);
}

#[test]
fn packages_of_a_nix_file() {
    let scene = Scene::new();
    scene.take_fixture("chain");
    scene.write("upper/unique.txt", &scene.unique());
    scene.commit_at(MIDNIGHT - HOUR, "Begin");
    scene.write("note.txt", "One.\n");
    scene.commit_at(MIDNIGHT + HOUR, "Add a note");
    let ran = scene.hinc(&["build", "-f", "default.nix", "-A", "upper", "--json"]).status(0);
    let record = ran.json();
    // The note is no part of the package: its full build is the result, as at the base.
    let upper = record["builds"].as_array().expect("builds").iter().rfind(|build| build["package"] == "upper");
    assert_eq!(upper.expect("upper is built")["outcome"], "built", "{}", ran.stderr);
    assert_eq!(record["mode"], "full");
    // So it is with the package that it is built with, which nobody asked for.
    let builds: Vec<_> = record["builds"].as_array().expect("builds").iter().collect();
    let told: Vec<_> = builds.iter().map(|build| (&build["package"], &build["kind"], &build["wanted"])).collect();
    let (full, no, yes) = ("full".into(), false.into(), true.into());
    assert_eq!(told, [(&"lower".into(), &full, &no), (&"upper".into(), &full, &yes)]);
    assert_eq!(record["out_paths"].as_array().expect("paths").len(), 1);
    // A folder stands for the `default.nix` in it, as for `nix-build`.
    let folder = scene.hinc(&["build", "-f", ".", "-A", "upper", "-o", "links/upper"]).status(0);
    assert_eq!(folder.line(), record["out_paths"][0]);
    assert!(scene.project().join("links/upper").is_symlink());
    // What the file does not have is Nix's error, with its words.
    let ran = scene.hinc(&["build", "-f", "default.nix", "-A", "missing"]).status(5);
    assert!(ran.stderr.contains("attribute 'missing'"), "{}", ran.stderr);
}

#[test]
fn a_base_that_does_not_compile_keeps_nobody_from_building() {
    let scene = package();
    scene.replace("src/Base.hs", "base = 1", "base = broken");
    scene.commit_at(MIDNIGHT - HOUR, "Begin badly");
    scene.replace("src/Base.hs", "base = broken", "base = 1");
    scene.commit_at(MIDNIGHT + HOUR, "Mend");
    let ran = scene.hinc(&["build", "--json"]).status(0);
    let record = ran.json();
    assert_eq!((&record["mode"], &build(&record, "full")["outcome"]), (&"incremental".into(), &"failed".into()));
    assert_eq!(build(&record, "incremental")["outcome"], "built");
    assert!(ran.stderr.contains("note: the full build of layers at the base "), "{}", ran.stderr);
    assert_eq!(scene.run("result/bin/layers", &[]).status(0).line(), "3");
    // Where head is broken as well, it is head's error that counts.
    scene.replace("src/Base.hs", "base = 1", "base = missing");
    let ran = scene.hinc(&["build"]).status(100);
    assert!(ran.stderr.contains("missing"), "{}", ran.stderr);
}

#[test]
fn a_dependency_that_fails_in_the_base_keeps_nobody_from_building_head() {
    let scene = Scene::new();
    scene.take_fixture("chain");
    scene.write("lower/unique.txt", &scene.unique());
    scene.replace("lower/src/Lower.hs", "level = 1000", "level = 2000");
    scene.replace("lower/src/Lower.hs", "level :: Int", "level :: Wrong");
    scene.commit_at(MIDNIGHT - HOUR, "A lower package that does not compile");
    scene.replace("lower/src/Lower.hs", "level :: Wrong", "level :: Int");
    scene.commit_at(MIDNIGHT + HOUR, "One that does");

    let record = scene.hinc(&["build", "-f", "default.nix", "-A", "upper", "--json"]).status(0).json();
    let why = "upper is built with failed in the base, so there is nothing to start from";
    assert!(record["why"].as_str().is_some_and(|told| told.ends_with(why)), "{}", record["why"]);
    let told = |build: &Value| format!("{} {} {}", build["package"], build["kind"], build["outcome"]).replace('"', "");
    let builds: Vec<String> = record["builds"].as_array().expect("builds").iter().map(told).collect();
    assert!(builds.contains(&"upper plain built".to_owned()), "{builds:?}");
}

/// CI services collect the store before they keep it. The roots are those of the job alone: a job that finds the full build,
/// and did not make it, keeps it too.
#[test]
fn what_a_build_started_from_is_kept_from_the_garbage_collector() {
    let scene = package();
    scene.commit_at(MIDNIGHT - HOUR, "Begin");
    scene.replace("src/Base.hs", "base = 1", "base = 2");
    scene.commit_at(MIDNIGHT + HOUR, "Change");
    let record = scene.hinc(&["build", "--json", "--no-out-link"]).status(0).json();
    let full = build(&record, "full");
    let output = |name: &str| full["outputs"][name].as_str().expect("a path").to_owned();
    let (intermediates, out) = (output("intermediates"), output("out"));
    let roots = scene.home().join(".local/state/hinc/roots");

    // The collector, for these paths alone: the store is that of all tests.
    let collected = |path: &str| scene.run("nix-store", &["--delete", path]);
    let refused = collected(&intermediates);
    assert!(refused.status != 0 && refused.stderr.contains("still alive"), "{}", refused.stderr);
    let dead = scene.run("nix-store", &["--gc", "--print-dead"]).status(0).stdout;
    assert!(!dead.lines().any(|line| line == intermediates), "the intermediates are garbage");
    // Nothing but the intermediates is needed, and so nothing else is kept.
    collected(&out).status(0);

    // Another job, that has the store and not the roots: of a new commit, and of the same, which needs no base any more.
    scene.replace("src/Base.hs", "base = 2", "base = 3");
    scene.commit_at(MIDNIGHT + 2 * HOUR, "Change again");
    for outcome in ["cached", "skipped"] {
        fs_err::remove_dir_all(&roots).expect("the roots");
        let again = scene.hinc(&["build", "--json", "--no-out-link"]).status(0).json();
        assert_eq!(build(&again, "full")["outcome"], outcome);
        let refused = collected(&intermediates);
        assert!(refused.status != 0 && refused.stderr.contains("still alive"), "{outcome}: {}", refused.stderr);
    }
    fs_err::remove_dir_all(&roots).expect("the roots");
    collected(&intermediates).status(0);

    // And the job that makes the full build alone.
    let seed = scene.hinc(&["build", "--full-only", "--json", "--no-out-link"]).status(0).json();
    let path = build(&seed, "full")["outputs"]["intermediates"].as_str().expect("a path").to_owned();
    assert_eq!(path, intermediates);
    let refused = collected(&intermediates);
    assert!(refused.status != 0 && refused.stderr.contains("still alive"), "{}", refused.stderr);
}
