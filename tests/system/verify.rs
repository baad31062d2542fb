//! `hinc verify`: what is equal, what is not, and what cannot be compared.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::scene::{HOUR, MIDNIGHT, Ran, Scene};

/// A library with a C file, a program with one of its own, and a test suite. `Hidden` uses a number that
/// no interface shows.
fn package() -> Scene {
    let scene = Scene::new();
    scene.write("unique.txt", &scene.unique());
    scene.write(
        "proof.cabal",
        "cabal-version: 2.4\nname: proof\nversion: 1.0\nbuild-type: Simple\ndata-files: data.txt\n\n\
         library\n  default-language: Haskell2010\n  hs-source-dirs: src\n  build-depends: base\n  \
         exposed-modules: Open Hidden\n  other-modules: Paths_proof\n  autogen-modules: Paths_proof\n  \
         include-dirs: include\n  c-sources: cbits/two.c\n\n\
         executable proof\n  default-language: Haskell2010\n  hs-source-dirs: app\n  main-is: Main.hs\n  \
         build-depends: base, proof\n  c-sources: app/three.c\n\n\
         test-suite spec\n  type: exitcode-stdio-1.0\n  default-language: Haskell2010\n  hs-source-dirs: test\n  \
         main-is: Spec.hs\n  build-depends: base, proof\n",
    );
    scene.write("hinc.toml", "[host]\ntests = true\n");
    scene.write("data.txt", "data\n");
    scene.write("include/number.h", "#define NUMBER 41\n");
    scene.write("cbits/two.c", "int two(void) { return 2; }\n");
    scene.write("app/three.c", "int three(void) { return 3; }\n");
    scene.write(
        "src/Open.hs",
        "module Open (open, folder) where\n\nimport Hidden (hidden)\nimport Paths_proof (getDataDir)\n\n\
         open :: Int\nopen = hidden 1\n\nfolder :: IO FilePath\nfolder = getDataDir\n",
    );
    scene.write(
        "src/Hidden.hs",
        "{-# LANGUAGE CPP #-}\nmodule Hidden (hidden) where\n\n#include \"number.h\"\n\n\
         hidden :: Int -> Int\nhidden n = n + number n\n{-# NOINLINE hidden #-}\n\n\
         number :: Int -> Int\nnumber n = if n > 100 then 0 else NUMBER\n{-# NOINLINE number #-}\n",
    );
    scene.write(
        "app/Main.hs",
        "module Main (main) where\n\nimport Open (folder, open)\n\nforeign import ccall \"three\" three :: Int\n\n\
         main :: IO ()\nmain = print (open + three) >> folder >>= putStrLn\n",
    );
    scene.write("test/Spec.hs", "module Main (main) where\n\nimport Open (open)\n\nmain :: IO ()\nmain = print open\n");
    scene
}

/// A copy of the Nix functions in which something is wrong.
fn broken_functions(scene: &Scene, file: &str, old: &str, new: &str) -> PathBuf {
    let folder = scene.home().join("functions");
    let mut copy = Command::new("cp");
    copy.arg("-r").arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("nix")).arg(&folder);
    assert!(copy.status().expect("cp runs").success());
    let text = fs_err::read_to_string(folder.join(file)).expect("the file");
    assert_eq!(text.matches(old).count(), 1, "`{old}` in {file}");
    fs_err::write(folder.join(file), text.replace(old, new)).expect("the file");
    folder
}

fn verify_with(scene: &Scene, functions: &Path, args: &[&str]) -> Ran {
    scene.hinc_with(args, |command| {
        command.env("HINC_NIX_FUNCTIONS", functions);
    })
}

fn the_package(document: &Value) -> &Value {
    assert_eq!(document["packages"].as_array().map(Vec::len), Some(1), "{document:#}");
    &document["packages"][0]
}

#[test]
fn an_edit_is_built_as_from_scratch() {
    let scene = package();
    scene.commit_at(MIDNIGHT - HOUR, "Begin");
    scene.replace("src/Open.hs", "open = hidden 1", "open = hidden 1 -- and one");
    scene.replace("app/three.c", "return 3", "return 4");
    scene.commit_at(MIDNIGHT + HOUR, "Edit");

    let ran = scene.hinc(&["verify", "--json"]).status(0);
    let document = ran.json();
    assert_eq!((&document["verdict"], &document["schema_version"]), (&"equal".into(), &2.into()), "{}", ran.stderr);
    let package = the_package(&document);
    for key in ["differences", "unstable"] {
        assert_eq!(package[key].as_array().map(Vec::len), Some(0), "{key}: {package:#}");
    }
    // Three components of one to three modules, the library in two ways.
    for (what, least) in [("interfaces", 8), ("objects", 8), ("others", 3), ("files", 8), ("test_lines", 4)] {
        assert!(package["compared"][what].as_u64() >= Some(least), "{what}: {package:#}");
    }
    assert_ne!(package["incremental"], package["clean"]);
    assert!(ran.stderr.contains("Compiling Open"), "{}", ran.stderr);

    // Everything is there now: the same in words, and nothing is built.
    let ran = scene.hinc(&["verify"]).status(0);
    assert!(ran.stdout.starts_with("proof 1.0: equal: "), "{}", ran.stdout);
    assert!(ran.stdout.contains("compared: ") && !ran.stderr.contains("Compiling"), "{}\n{}", ran.stdout, ran.stderr);
    // And it is the very result of `hinc build` that was compared.
    assert_eq!(scene.hinc(&["build", "--no-out-link"]).status(0).line(), package["incremental"]);
    assert!(!scene.project().join("result").exists());
}

/// A module that GHC skips though a file that it includes is another: GHC is told that it is not.
#[test]
fn a_stale_constant_in_a_library_is_found() {
    let scene = package();
    scene.commit_at(MIDNIGHT - HOUR, "Begin");
    scene.replace("include/number.h", "41", "42");
    scene.commit_at(MIDNIGHT + HOUR, "Another number");
    // As a restore would that hides the new header from GHC: the old one is put in its place.
    let functions = broken_functions(
        &scene,
        "host/build.sh",
        "if [ -n \"$previous\" ]; then restore; fi\n",
        "if [ -n \"$previous\" ]; then restore; sed -i s/42/41/ include/number.h; fi\n",
    );
    let ran = verify_with(&scene, &functions, &["verify", "--json"]).status(6);
    let document = ran.json();
    assert_eq!(document["verdict"], "different");
    let differences = the_package(&document)["differences"].as_array().expect("a list");
    let code = differences.iter().find(|difference| difference["subject"] == "object").expect("code that differs");
    assert_eq!((&code["module"], &code["component"]), (&"Hidden".into(), &"lib".into()), "{code:#}");
    assert!(differences.iter().all(|difference| difference["module"] != "Open"), "{differences:#?}");
    // The test suite prints the number, and the program has it in it.
    assert!(differences.iter().any(|difference| difference["subject"] == "tests"), "{differences:#?}");
    assert!(differences.iter().any(|difference| difference["file"] == "bin/proof"), "{differences:#?}");

    let text = verify_with(&scene, &functions, &["verify"]).status(6).stdout;
    for part in ["proof 1.0: different: ", "Hidden\n", "code (Hidden", "what the test suites print", "42"] {
        assert!(text.contains(part), "`{part}` is missing in:\n{text}");
    }
}

/// What is in no code: a type, and a rule. Its hash differs as that of a function does that GHC wrote otherwise, and
/// the whole was `equal`. And files that are compared by their parts, or not at all, by their first letters.
#[test]
fn a_stale_type_is_found_and_so_are_files_that_look_like_others() {
    let scene = package();
    scene.replace("proof.cabal", "data-files: data.txt", "data-files: data.txt, names.txt, blob.bin");
    scene.replace("proof.cabal", "exposed-modules: Open", "exposed-modules: Types Texts Open");
    scene.write("include/size.h", "#define SIZE Int\n");
    scene.write(
        "src/Types.hs",
        "{-# LANGUAGE CPP #-}\nmodule Types (Size) where\n\n#include \"size.h\"\n\ntype Size = SIZE\n",
    );
    scene.write(
        "src/Texts.hs",
        "{-# LANGUAGE CPP #-}\nmodule Texts (text) where\n\n#include \"size.h\"\n\n\
         {-# DEPRECATED text \"Say SIZE.\" #-}\ntext :: Int\ntext = 1\n",
    );
    let data = |number: &str| {
        scene.write("names.txt", &format!("HIERARCHY of today is {number}\n"));
        scene.write("blob.bin", &format!("\u{7f}ELF\u{2}\u{1}\u{1}{}{number}", "\0".repeat(200)));
    };
    data("one");
    scene.commit_at(MIDNIGHT - HOUR, "Begin");
    scene.write("include/size.h", "#define SIZE Word\n");
    scene.replace("src/Texts.hs", "Say SIZE.", "Say another.");
    data("two");
    scene.commit_at(MIDNIGHT + HOUR, "Another type");
    let functions = broken_functions(
        &scene,
        "host/build.sh",
        "if [ -n \"$previous\" ]; then restore; fi\n",
        "if [ -n \"$previous\" ]; then restore; sed -i s/Word/Int/ include/size.h; \
         sed -i 's/Say another./Say SIZE./' src/Texts.hs; sed -i s/two/one/ names.txt blob.bin; fi\n",
    );
    let document = verify_with(&scene, &functions, &["verify", "--json"]).status(6).json();
    assert_eq!(document["verdict"], "different", "{document:#}");
    let package = the_package(&document);
    let differences = package["differences"].as_array().expect("a list");
    for (subject, module, what) in [
        ("interface", "Types", "ABI hash"),
        ("interface", "Types", "declaration Size"),
        ("interface", "Types", "type Size"),
        ("interface", "Texts", "ABI hash"),
        ("interface", "Texts", "deprecations"),
    ] {
        let is_it = |found: &&Value| found["subject"] == subject && found["module"] == module && found["what"] == what;
        assert!(differences.iter().any(|found| is_it(&found)), "{module}, {what}: {package:#}");
    }
    assert!(differences.iter().all(|found| found["subject"] != "object"), "{package:#}");
    for name in ["names.txt", "blob.bin"] {
        let is_it = |found: &&Value| found["file"].as_str().is_some_and(|file| file.ends_with(name));
        assert!(differences.iter().any(|found| is_it(&found)), "{name}: {package:#}");
    }
    let same_code = package["same_code"].as_array().expect("a list");
    assert!(same_code.iter().all(|found| found["module"].is_null()), "{same_code:#?}");
}

/// The warning of a module that GHC skips is printed again, and missing where it is not.
#[test]
fn a_warning_that_is_lost_is_found() {
    let scene = package();
    scene.replace("proof.cabal", "library\n", "library\n  ghc-options: -Wunused-imports -fdiagnostics-color=always\n");
    scene.replace("src/Hidden.hs", "#include", "import Data.List (sort)\n\n#include");
    scene.commit_at(MIDNIGHT - HOUR, "Begin");
    scene.replace("src/Open.hs", "open = hidden 1", "open = hidden 1 -- and one");
    scene.commit_at(MIDNIGHT + HOUR, "Edit");
    let document = scene.hinc(&["verify", "--json"]).status(0).json();
    assert_eq!(the_package(&document)["compared"]["warnings"], 1, "{document:#}");

    let functions =
        broken_functions(&scene, "intermediates/compile.sh", "replay_warnings \"$previous\" \"$record\"", ":");
    let document = verify_with(&scene, &functions, &["verify", "--json"]).status(6).json();
    let differences = the_package(&document)["differences"].as_array().expect("a list");
    let [lost] = differences.as_slice() else { panic!("{differences:#?}") };
    assert_eq!((&lost["subject"], &lost["module"]), (&"warning".into(), &"Hidden".into()), "{lost:#}");
    assert_eq!((&lost["incremental"], &lost["clean"]), (&Value::Null, &"given".into()), "{lost:#}");
    assert!(lost["what"].as_str().is_some_and(|text| text.starts_with("src/Hidden.hs:4:1: warning: [")), "{lost:#}");
    let text = verify_with(&scene, &functions, &["verify"]).status(6).stdout;
    assert!(text.contains("given by the clean build alone"), "{text}");
}

/// An object of C that a restore takes along, and a program that was linked with it.
#[test]
fn a_stale_object_of_c_in_a_program_is_found() {
    let scene = package();
    scene.commit_at(MIDNIGHT - HOUR, "Begin");
    scene.replace("app/three.c", "return 3", "return 4");
    scene.commit_at(MIDNIGHT + HOUR, "Another number");
    let functions = broken_functions(
        &scene,
        "host/build.sh",
        "if [ -n \"$previous\" ]; then restore; fi\n",
        "if [ -n \"$previous\" ]; then restore; sed -i s/4/3/ app/three.c; fi\n",
    );
    let document = verify_with(&scene, &functions, &["verify", "--json"]).status(6).json();
    let differences = the_package(&document)["differences"].as_array().expect("a list");
    let of = |subject: &str| differences.iter().find(|difference| difference["subject"] == subject);
    let object = of("build-file").expect("the object of C");
    assert!(object["file"].as_str().is_some_and(|file| file.ends_with("three.o")), "{object:#}");
    assert_eq!(of("file").expect("the program")["file"], "bin/proof");
    assert!(differences.iter().all(|difference| difference["module"].is_null()), "{differences:#?}");
}

#[test]
fn without_an_incremental_build_there_is_nothing_to_verify() {
    let scene = package();
    scene.commit_at(MIDNIGHT - HOUR, "Begin");
    scene.replace("proof.cabal", "version: 1.0", "version: 1.1");
    scene.commit_at(MIDNIGHT + HOUR, "A new version");
    let document = scene.hinc(&["verify", "--json"]).status(0).json();
    assert_eq!(document["verdict"], "nothing-to-verify");
    let why = document["why"].as_str().expect("a sentence");
    assert!(why.contains("from 1.0 to 1.1"), "{why}");
    let ran = scene.hinc(&["verify"]).status(0);
    assert!(ran.stdout.starts_with("proof 1.1: nothing to verify: "), "{}", ran.stdout);
    assert!(!ran.stderr.contains("Compiling"), "{}", ran.stderr);

    // The same where the commit changed nothing of the package.
    let ran = scene.hinc(&["verify", "--base", "HEAD"]).status(0);
    assert!(
        ran.stdout.contains("nothing to verify") && ran.stdout.contains("nothing that goes into the build changed"),
        "{}",
        ran.stdout
    );
}

#[test]
fn builds_that_fail_alike_and_builds_that_do_not() {
    let scene = package();
    scene.commit_at(MIDNIGHT - HOUR, "Begin");
    scene.replace("src/Open.hs", "open = hidden 1", "open = missing");
    scene.commit_at(MIDNIGHT + HOUR, "Break it");
    let ran = scene.hinc(&["verify", "--json"]).status(100);
    let document = ran.json();
    let package = the_package(&document);
    assert_eq!((&document["verdict"], &package["not_compared"]), (&"fails".into(), &Value::Null), "{package:#}");
    let parts: Vec<_> = package["failures"].as_array().expect("a list").iter().map(|failed| &failed["part"]).collect();
    assert_eq!(parts, ["incremental", "incremental-again", "clean"]);
    assert_eq!(package["failures"][2]["failure"]["phase"], "build");
    let text = scene.hinc(&["verify"]).status(100).stdout;
    assert!(text.starts_with("proof 1.0: does not build: both builds fail, in the same step: build"), "{text}");
    assert_eq!(text.matches("Variable not in scope: missing").count(), 1, "{text}");
    let clean = "the clean build failed, in its step build, with the errors of the incremental build";
    assert!(text.contains(clean), "{text}");

    // The same commit upon itself: nothing changed, and there is one build alone. It was said to be the result.
    let ran = scene.hinc(&["verify", "--base", "HEAD", "--json"]).status(100);
    let document = ran.json();
    assert_eq!(
        (&document["verdict"], &the_package(&document)["failures"][0]["part"]),
        (&"fails".into(), &"only".into())
    );

    // A restore that breaks the build is a difference.
    scene.replace("src/Open.hs", "open = missing", "open = hidden 2");
    scene.commit_at(MIDNIGHT + 2 * HOUR, "Mend it");
    let functions = broken_functions(
        &scene,
        "host/build.sh",
        "if [ -n \"$previous\" ]; then restore; fi\n",
        "if [ -n \"$previous\" ]; then restore; rm src/Open.hs; fi\n",
    );
    let document = verify_with(&scene, &functions, &["verify", "--json"]).status(6).json();
    let package = the_package(&document);
    assert_eq!(package["differences"][0]["subject"], "build", "{package:#}");
    assert_eq!((&package["differences"][0]["clean"], &package["incremental"]), (&"built".into(), &Value::Null));
}

/// What compiles of a base that fails is built on, and that is proved. Where its log says that it may be the machine
/// that failed, there is the clean build alone. It has to be its own fault: nothing is said
/// where a limit of time kept it from its end.
#[test]
fn a_base_that_fails_is_told_from_one_that_is_kept_from_its_end() {
    for (body, limit, verdict, left) in [
        ("fail \"broken\"", "3600", "equal", "modules"),
        (
            "runIO (hPutStrLn stderr \"Hidden.o: No space left on device\") >> fail \"broken\"",
            "3600",
            "nothing-to-verify",
            "unknown",
        ),
        (
            "runIO (hPutStrLn stderr \"collect2: fatal error: ld terminated with signal 9 [Killed]\") >> fail \"broken\"",
            "3600",
            "nothing-to-verify",
            "unknown",
        ),
        // Anybody can print this line; that GHC gave another error says more.
        ("runIO (hPutStrLn stderr \"Killed\") >> fail \"broken\"", "3600", "nothing-to-verify", "unknown"),
        ("runIO (threadDelay 600000000) >> fail \"awake\"", "40", "not-compared", "unknown"),
    ] {
        let scene = package();
        scene.replace(
            "proof.cabal",
            "build-depends: base\n  exposed",
            "build-depends: base, template-haskell\n  exposed",
        );
        let spliced = |body: &str| {
            format!(
                "{{-# LANGUAGE TemplateHaskell #-}}\nmodule Hidden (hidden) where\n\n\
                 import Control.Concurrent (threadDelay)\nimport Language.Haskell.TH.Syntax (lift, runIO)\n\
                 import System.IO (hPutStrLn, stderr)\n\n\
                 hidden :: Int -> Int\nhidden n = n + $({body})\n"
            )
        };
        scene.write("src/Hidden.hs", &spliced(body));
        scene.commit_at(MIDNIGHT - HOUR, "It does not build");
        scene.write("src/Hidden.hs", &spliced("lift (1 :: Int)"));
        scene.commit_at(MIDNIGHT + HOUR, "It builds");
        let args = ["verify", "--json", "--option", "max-silent-time", limit];
        let ran = scene.hinc(&args).status(if verdict == "not-compared" { 7 } else { 0 });
        let document = ran.json();
        let package = the_package(&document);
        assert_eq!(package["verdict"], verdict, "{body}: {document:#}");
        assert_eq!(document["base_failures"][0]["left"], left, "{document:#}");
        if left == "unknown" {
            assert_eq!(package["failures"][0]["part"], "base", "{package:#}");
            assert!(
                package["why"].as_str().is_some_and(|why| why.contains("the full build of the base")),
                "{package:#}"
            );
        }
        if verdict == "not-compared" {
            assert_eq!(package["not_compared"], serde_json::json!({"because": "timed-out", "part": "base"}));
            assert_eq!(package["failures"][0]["part"], "base", "{package:#}");
            assert!(
                package["why"].as_str().is_some_and(|why| why.contains("the full build of the base")),
                "{package:#}"
            );
        }
    }
}

/// As where the memory of the machine is used up: the builds were there, and the clean one was said to fail.
#[test]
fn a_description_that_is_killed_is_no_verdict_on_the_builds() {
    let scene = package();
    scene.commit_at(MIDNIGHT - HOUR, "Begin");
    scene.replace("src/Open.hs", "open = hidden 1", "open = hidden 1 -- and one");
    scene.commit_at(MIDNIGHT + HOUR, "Edit");
    let functions = broken_functions(
        &scene,
        "verify/describe.sh",
        "read -r library",
        // The first process of a sandbox cannot be killed from within.
        "if [ -z \"$witness\" ]; then bash -c 'kill -KILL $$'; fi\nread -r library",
    );
    let document = verify_with(&scene, &functions, &["verify", "--json"]).status(7).json();
    let package = the_package(&document);
    assert_eq!(package["verdict"], "not-compared", "{package:#}");
    assert_eq!(package["not_compared"], serde_json::json!({"because": "killed", "part": "clean-description"}));
    assert!(package["clean"].is_string() && package["incremental"].is_string(), "{package:#}");
    let text = verify_with(&scene, &functions, &["verify"]).status(7).stdout;
    let wanted =
        "proof 1.0: not compared: nothing was compared: the description of the clean build was ended from outside";
    assert!(text.starts_with(wanted) && !text.contains("build failed") && !text.contains("builds fail"), "{text}");
}

/// What keeps both builds from being begun is no sign that they are equal.
#[test]
fn where_neither_build_could_be_begun_nothing_was_compared() {
    let scene = Scene::new();
    scene.write("cabal.project", "packages: low high\n");
    for (name, depends, module, text) in [
        ("low", "", "Low", "low :: Int\nlow = 1\n"),
        ("high", ", low", "High", "import Low (low)\n\nhigh :: Int\nhigh = low\n"),
    ] {
        scene.write(
            &format!("{name}/{name}.cabal"),
            &format!(
                "cabal-version: 2.4\nname: {name}\nversion: 1.0\n\nlibrary\n  default-language: Haskell2010\n  \
                 build-depends: base{depends}\n  exposed-modules: {module}\n"
            ),
        );
        scene.write(&format!("{name}/{module}.hs"), &format!("-- {}\nmodule {module} where\n\n{text}", scene.unique()));
    }
    scene.commit_at(MIDNIGHT - HOUR, "Begin");
    scene.replace("low/Low.hs", "low = 1", "low = missing");
    scene.replace("high/High.hs", "high = low", "high = low + 1");
    scene.commit_at(MIDNIGHT + HOUR, "Break what it stands on");
    let document = scene.hinc(&["verify", "./high", "--json"]).status(7).json();
    let package = the_package(&document);
    assert_eq!(package["not_compared"], serde_json::json!({"because": "neither-begun", "part": null}), "{package:#}");

    // Both by name: the one that is broken does not build, and that is said of all. The other waits for it.
    let document = scene.hinc(&["verify", "./low", "./high", "--json"]).status(100).json();
    let verdicts: Vec<_> =
        document["packages"].as_array().expect("a list").iter().map(|package| &package["verdict"]).collect();
    assert_eq!(verdicts, ["fails", "not-compared"], "{document:#}");
    assert_eq!(document["verdict"], "fails");
}

/// A file that has the name of an interface and is none was the same as any other that cannot be read.
#[test]
fn what_only_looks_like_an_interface_is_compared_by_its_content() {
    let scene = package();
    scene.replace("proof.cabal", "data-files: data.txt", "data-files: data.txt, odd.hi");
    scene.write("odd.hi", "no interface\n");
    scene.commit_at(MIDNIGHT - HOUR, "Begin");
    scene.replace("src/Open.hs", "open = hidden 1", "open = hidden 1 -- and one");
    scene.commit_at(MIDNIGHT + HOUR, "Edit");
    let functions = broken_functions(
        &scene,
        "host/build.sh",
        "if [ -n \"$previous\" ]; then restore; fi\n",
        "if [ -n \"$previous\" ]; then restore; echo another >odd.hi; fi\n",
    );
    let document = verify_with(&scene, &functions, &["verify", "--json"]).status(6).json();
    let differences = the_package(&document)["differences"].as_array().expect("a list");
    let [odd] = differences.as_slice() else { panic!("{differences:#?}") };
    assert!(odd["file"].as_str().is_some_and(|file| file.ends_with("odd.hi")), "{odd:#}");
    assert_eq!((&odd["incremental"], &odd["clean"]), (&"another".into(), &"no interface".into()), "{odd:#}");
}
