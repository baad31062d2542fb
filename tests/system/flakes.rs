//! Packages that a flake provides.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::scene::{HOUR, MIDNIGHT, Ran, Scene};

/// The first lines of a flake: hinc's functions over the machine's GHC. Each evaluation says so once.
const BEGIN: &str = "{\n  inputs = { };\n  outputs = { self }: let\n    toolchain = builtins.fromJSON (builtins.readFile ./toolchain.json);\n    \
    inherit (toolchain) system;\n    hinc = builtins.trace \"evaluated at ${self.rev or \"work tree\"}\" (import ./hinc-nix { inherit toolchain; });\n  in {\n";

fn flake(outputs: &str) -> String {
    format!("{BEGIN}{outputs}  }};\n}}\n")
}

const PACKAGES: &str = "    packages.${system} = rec {\n      lower = hinc.host.mkPackage { src = ./lower; };\n      \
    upper = hinc.host.mkPackage { src = ./upper; dependencies = [ lower ]; };\n      default = upper;\n    };\n";

/// A repository with a flake, not committed yet.
pub(crate) fn with_flake(outputs: &str) -> Scene {
    let scene = Scene::new();
    in_folder(&scene, "", outputs);
    scene
}

/// Writes a flake with two packages into a folder: `""`, or one that ends with a slash.
fn in_folder(scene: &Scene, folder: &str, outputs: &str) {
    let functions = Path::new(env!("CARGO_MANIFEST_DIR")).join("nix");
    let at = |path: &str| format!("{folder}{path}");
    fs_err::create_dir_all(scene.project().join(folder)).expect("a folder");
    let copied = Command::new("cp").arg("-r").arg(functions).arg(scene.project().join(at("hinc-nix"))).status();
    assert!(copied.expect("cp runs").success());
    let version = scene.run("ghc", &["--numeric-version"]).status(0);
    let system = scene.run("nix-instantiate", &["--eval", "--raw", "--expr", "builtins.currentSystem"]).status(0);
    let toolchain = json!({"ghc": "/usr/bin/ghc", "ghc_version": version.line(), "system": system.line()});
    scene.write(&at("toolchain.json"), &toolchain.to_string());
    scene.write(&at("flake.nix"), &flake(outputs));
    scene.write(&at("lower/unique.txt"), &scene.unique());
    let cabal = |name: &str, depends: &str, modules: &str| {
        format!(
            "cabal-version: 2.4\nname: {name}\nversion: 1.0\nbuild-type: Simple\nlibrary\n  default-language: Haskell2010\n  \
             build-depends: base{depends}\n  exposed-modules: {modules}\n"
        )
    };
    scene.write(&at("lower/lower.cabal"), &cabal("lower", "", "Base Middle Apart"));
    scene.write(&at("lower/Base.hs"), "module Base (base) where\n\nbase :: Int\nbase = 1\n");
    scene.write(
        &at("lower/Middle.hs"),
        "module Middle (middle) where\n\nimport Base\n\nmiddle :: Int\nmiddle = base + 1\n",
    );
    scene.write(&at("lower/Apart.hs"), "module Apart where\n");
    scene.write(&at("upper/upper.cabal"), &cabal("upper", ", lower", "Top Other"));
    scene.write(&at("upper/Top.hs"), "module Top (top) where\n\nimport Middle\n\ntop :: Int\ntop = middle\n");
    scene.write(&at("upper/Other.hs"), "module Other where\n");
}

fn build<'a>(record: &'a Value, package: &str, kind: &str) -> &'a Value {
    let builds = record["builds"].as_array().expect("builds");
    let found = builds.iter().find(|build| build["package"] == package && build["kind"] == kind);
    found.unwrap_or_else(|| panic!("no {kind} build of {package} in {record:#}"))
}

fn modules(build: &Value) -> BTreeSet<&str> {
    let modules = build["modules"].as_array().expect("modules");
    modules.iter().map(|module| module["module"].as_str().expect("a name")).collect()
}

fn names<'a>(names: &[&'a str]) -> BTreeSet<&'a str> {
    names.iter().copied().collect()
}

/// How often a flake was evaluated.
fn evaluations(ran: &Ran) -> usize {
    ran.stderr.matches("evaluated at").count()
}

/// What plain Nix gives for the same address: an oracle for sources, attributes and what `self` says.
fn by_nix(scene: &Scene, address: &str) -> String {
    let ran = scene.run("nix", &["build", "--no-link", "--print-out-paths", address]).status(0);
    ran.line().to_owned()
}

#[track_caller]
fn refused(ran: &Ran, status: i32, parts: &[&str]) {
    assert_eq!((ran.status, ran.stdout.as_str()), (status, ""), "{}", ran.stderr);
    assert_eq!(ran.stderr.matches("error: ").count(), 1, "one error:\n{}", ran.stderr);
    for part in parts {
        assert!(ran.stderr.contains(part), "`{part}` is missing in:\n{}", ran.stderr);
    }
    assert!(!ran.stderr.contains("drive"), "the user has nothing to do with hinc's files:\n{}", ran.stderr);
}

#[test]
fn one_edit_compiles_one_module_of_each_package_in_one_call() {
    let scene = with_flake(PACKAGES);
    let base = scene.commit_at(MIDNIGHT - HOUR, "Begin");
    scene.replace("lower/Base.hs", "base = 1", "base = 1 -- the least");
    let head = scene.commit_at(MIDNIGHT + HOUR, "Comment");

    let ran = scene.hinc(&["build", "--json", ".#lower", ".#upper"]).status(0);
    let record = ran.json();
    assert_eq!(record["mode"], "incremental", "{record:#}");
    assert_eq!(modules(build(&record, "lower", "full")), names(&["Apart", "Base", "Middle"]));
    let lower = build(&record, "lower", "incremental");
    assert_eq!(modules(lower), names(&["Base"]), "{}", ran.stderr);
    assert_eq!(lower["modules"][0]["reason_text"], "Source file changed");
    assert_eq!(modules(build(&record, "upper", "incremental")), names(&[]), "the interface of lower is the same");
    assert_eq!(record["out_paths"].as_array().map(Vec::len), Some(2));
    for link in ["result", "result-2"] {
        assert!(scene.project().join(link).join("lib").is_dir(), "{link}");
    }
    // Each commit once, for all attributes.
    assert_eq!(evaluations(&ran), 2, "{}", ran.stderr);
    for commit in [&base, &head] {
        assert_eq!(ran.stderr.matches(&format!("evaluated at {commit}")).count(), 1, "{}", ran.stderr);
    }

    // Everything is built: Nix is not asked to evaluate anything.
    let folder = scene.home().join("bin");
    fs_err::create_dir(&folder).expect("a folder");
    let fake = folder.join("nix-instantiate");
    fs_err::write(&fake, "#!/bin/sh\necho nix-instantiate was called >&2\nexit 1\n").expect("a file");
    assert!(Command::new("chmod").arg("+x").arg(&fake).status().expect("chmod runs").success());
    #[expect(clippy::disallowed_methods, reason = "a test has no cli::env")]
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").expect("a search path"));
    let again = scene.hinc_with(&["build", ".#lower", ".#upper"], |command| {
        command.env("PATH", path);
    });
    let again = again.status(0);
    assert_eq!(again.stdout.lines().collect::<Vec<_>>(), [&record["out_paths"][0], &record["out_paths"][1]]);
}

#[test]
fn every_way_to_write_an_address_gives_what_nix_build_gives() {
    let scene = with_flake(
        "    packages.${system} = { default = hinc.host.mkPackage { src = ./lower; }; \"1.0\" = self.packages.${system}.default; };\n    \
         legacyPackages.${system} = { \"1.0\" = throw \"not this one\"; old.lower = self.packages.${system}.default; };\n    \
         checks.it = self.packages.${system}.default;\n    \
         packages.mine = hinc.host.mkPackage { src = ./lower; tests = true; };\n",
    );
    scene.commit_at(MIDNIGHT - HOUR, "Begin");
    scene.write("notes", "Nothing of the package.\n");
    scene.commit_at(MIDNIGHT + HOUR, "Take a note");
    let top = scene.project().canonicalize().expect("the folder").display().to_string();
    let plain = |address: &str| {
        let ran = scene.hinc(&["build", "--no-incremental", "--no-out-link", address]).status(0);
        ran.line().to_owned()
    };
    let default = by_nix(&scene, ".");
    for address in [
        ".".to_owned(),
        ".#".to_owned(),
        ".#default".to_owned(),
        ".#\"1.0\"".to_owned(),
        ".#old.lower".to_owned(),
        ".#checks.it".to_owned(),
        ".#.checks.it".to_owned(),
        "./lower#default".to_owned(),
        "path:.#default".to_owned(),
        format!("{top}#default"),
        format!("git+file://{top}"),
        format!("git+file://{top}#default"),
    ] {
        assert_eq!(plain(&address), default, "{address}");
    }
    assert_eq!(plain(".#packages.mine"), by_nix(&scene, ".#packages.mine"));
    // A repository whose only Nix file is a flake, and with one package: that package, as before.
    let record = scene.hinc(&["build", "--json", "--no-out-link", ".#default"]).status(0).json();
    assert!(
        record["why"].as_str().is_some_and(|why| why.contains("nothing that goes into the build changed")),
        "{record:#}"
    );
}

#[test]
fn a_flake_without_a_cabal_package_is_what_is_built_by_default() {
    let scene = with_flake(
        "    packages.${system}.default = derivation { name = \"text-1.0\"; inherit system; builder = \"/bin/sh\"; \
         args = [ \"-c\" \"echo text >$out\" ]; };\n",
    );
    for name in ["lower", "upper"] {
        fs_err::remove_dir_all(scene.project().join(name)).expect("a folder");
    }
    scene.write("sub/file", "");
    scene.commit_at(MIDNIGHT - HOUR, "Begin");
    scene.write("sub/file", "x");
    scene.commit_at(MIDNIGHT + HOUR, "Go on");
    let ran = scene.hinc(&["build"]).status(0);
    assert_eq!(ran.line(), by_nix(&scene, "."));
    assert!(ran.stderr.contains("no Cabal package here"), "{}", ran.stderr);
    let below = scene.hinc_with(&["build"], |command| {
        command.current_dir(scene.project().join("sub"));
    });
    assert_eq!(below.status(0).line(), ran.line());
    // What was not made by a builder that hinc knows is built as Nix would, and that is said.
    let record = scene.hinc(&["build", "--json", "."]).status(0).json();
    assert_eq!(record["mode"], "plain", "{record:#}");
}

#[test]
fn a_work_tree_with_changes() {
    let scene = with_flake(PACKAGES);
    scene.commit_at(MIDNIGHT - HOUR, "Begin");
    scene.replace("upper/Top.hs", "top = middle", "top = middle + 1");
    scene.commit_at(MIDNIGHT + HOUR, "Change");
    scene.replace("lower/Apart.hs", "where", "where\n\n-- not committed");
    scene.write("lower/untracked.txt", "git does not know it");
    let ran = scene.hinc(&["build", "--json", ".#lower"]).status(0);
    let record = ran.json();
    assert_eq!(modules(build(&record, "lower", "incremental")), names(&["Apart"]), "{}", ran.stderr);
    assert_eq!(record["head"]["dirty"], true);
    assert!(ran.stderr.contains("evaluated at work tree"), "{}", ran.stderr);
    let plain = scene.hinc(&["build", "--no-incremental", "--no-out-link", ".#lower"]).status(0);
    assert_eq!(plain.line(), by_nix(&scene, ".#lower"), "Nix takes the same files");
}

#[test]
fn a_flake_in_a_folder() {
    let scene = Scene::new();
    // The folder of the flake is a package as well, and its source is the flake itself.
    in_folder(&scene, "a b/", &PACKAGES.replace("rec {", "rec { all = hinc.host.mkPackage { src = self; };"));
    scene.write(
        "a b/all.cabal",
        "cabal-version: 2.4\nname: all\nversion: 1.0\nbuild-type: Simple\nlibrary\n  \
        default-language: Haskell2010\n  build-depends: base\n  hs-source-dirs: lower\n  exposed-modules: Base Apart\n",
    );
    scene.commit_at(MIDNIGHT - HOUR, "Begin");
    scene.replace("a b/lower/Base.hs", "base = 1", "base = 1 -- the least");
    scene.commit_at(MIDNIGHT + HOUR, "Comment");
    let record = scene.hinc(&["build", "--json", ".?dir=a%20b#lower"]).status(0).json();
    assert_eq!(modules(build(&record, "lower", "incremental")), names(&["Base"]), "{record:#}");
    let path = record["out_paths"][0].as_str().expect("a path").to_owned();
    assert_eq!(scene.hinc(&["build", "./a b#lower"]).status(0).line(), path);
    assert_eq!(scene.hinc(&["build", "a%20b/lower#lower"]).status, 2, "a name without `./` is one of the registry");
    let inside = scene.hinc_with(&["build", ".#lower"], |command| {
        command.current_dir(scene.project().join("a b/upper"));
    });
    assert_eq!(inside.status(0).line(), path);
    let whole = scene.hinc(&["build", "--json", "./a b#all"]).status(0).json();
    assert_eq!(modules(build(&whole, "all", "incremental")), names(&["Base"]), "{whole:#}");
    refused(&scene.hinc(&["build", ".#lower"]), 2, &["has no flake.nix at the top", "hint: "]);
    refused(&scene.hinc(&["build", ".?dir=upper#lower"]), 2, &["has no file upper/flake.nix", "hint: "]);
}

#[test]
fn inputs_are_those_of_each_commits_own_lock_file() {
    let scene = with_flake("");
    let inner = scene.home().join("inner");
    fs_err::create_dir(&inner).expect("a folder");
    let files = [
        (
            "inner.cabal",
            "cabal-version: 2.4\nname: inner\nversion: 1.0\nbuild-type: Simple\nlibrary\n  \
          default-language: Haskell2010\n  build-depends: base\n  exposed-modules: One Two\n",
        ),
        ("One.hs", "module One where\n\none :: Int\none = 1\n"),
        ("Two.hs", "module Two where\n"),
    ];
    for (name, text) in files {
        fs_err::write(inner.join(name), text).expect("a file");
    }
    fs_err::write(inner.join("unique.txt"), scene.unique()).expect("a file");
    let folder = inner.display().to_string();
    let commit_inner = |message: &str| {
        scene.git(&["-C", &folder, "add", "--all"]);
        scene.git(&["-C", &folder, "commit", "--quiet", "--message", message]);
    };
    scene.git(&["init", "--quiet", &folder]);
    commit_inner("Begin");
    let text = flake("    packages.${system}.inner = hinc.host.mkPackage { src = inner; };\n")
        .replace("inputs = { };", &format!("inputs.inner = {{ url = \"git+file://{folder}\"; flake = false; }};"))
        .replace("{ self }", "{ self, inner }");
    scene.write("flake.nix", &text);
    scene.git(&["add", "--all"]);
    // Nobody has locked the input yet. Where Nix would write the lock file, hinc says what to do.
    scene.commit_at(MIDNIGHT - 2 * HOUR, "Begin without a lock");
    let ran = scene.hinc(&["build", ".#inner"]);
    refused_by_nix(&ran, &["cannot update unlocked flake input 'inner'", "hint: ", "nix flake lock"]);
    assert_eq!(scene.git(&["status", "--porcelain"]), "", "the source is left alone");

    scene.run("nix", &["flake", "lock"]).status(0);
    scene.commit_at(MIDNIGHT - HOUR, "Lock");
    fs_err::write(inner.join("One.hs"), "module One where\n\n-- | The first.\none :: Int\none = 1\n").expect("a file");
    commit_inner("Comment");
    scene.run("nix", &["flake", "update"]).status(0);
    scene.commit_at(MIDNIGHT + HOUR, "Update");
    fs_err::write(inner.join("Two.hs"), "broken, and locked by nobody").expect("a file");
    commit_inner("Break");

    let ran = scene.hinc(&["build", "--json", ".#inner"]).status(0);
    let record = ran.json();
    assert_eq!(record["mode"], "incremental", "{record:#}");
    assert_eq!(modules(build(&record, "inner", "full")), names(&["One", "Two"]));
    assert_eq!(modules(build(&record, "inner", "incremental")), names(&["One"]), "{}", ran.stderr);
}

const SEEN: &str = "    packages.${system} = {\n      seen = builtins.trace \"seen by ${self.rev or \"none\"}: ${seen}\" (derivation { name = \"seen-1.0\"; \
    inherit system seen; builder = \"/bin/sh\"; args = [ \"-c\" \"echo $seen >$out\" ]; });\n    \
  lower = builtins.trace \"seen by ${self.rev or \"none\"}: ${seen}\" (hinc.host.mkPackage { src = ./lower; });\n    };\n";

#[test]
fn a_flake_learns_of_its_commit_what_nix_tells_it() {
    let scene = with_flake(SEEN);
    let text = flake(SEEN).replace(
        "  in {\n",
        "    seen = builtins.toJSON { rev = self.rev or null; short = self.shortRev or null; count = self.revCount or null; \
         time = self.lastModified; date = self.lastModifiedDate; hash = self.narHash; out = self.outPath; };\n  in {\n",
    );
    scene.write("flake.nix", &text);
    let base = scene.commit_at(MIDNIGHT - 2 * HOUR, "Begin");
    // The same files: only the commit differs, and what the flake makes of it.
    let second = scene.commit_at(MIDNIGHT - HOUR, "Second");
    let head = scene.commit_at(MIDNIGHT + HOUR, "Third");
    let ran = scene.hinc(&["build", "--base", &base, ".#seen"]).status(0);
    assert_eq!(ran.line(), by_nix(&scene, ".#seen"));
    let both = scene.hinc(&["build", "--base", &base, "--no-out-link", ".#lower"]).status(0);
    assert!(both.stderr.contains("nothing that goes into the build changed"), "{}", both.stderr);
    for (commit, count, time) in [(&base, 1, MIDNIGHT - 2 * HOUR), (&head, 3, MIDNIGHT + HOUR)] {
        let line = both.stderr.lines().find_map(|line| line.split_once(&format!("seen by {commit}: ")));
        let (_, text) = line.unwrap_or_else(|| panic!("{commit} in:\n{}", both.stderr));
        let seen: Value = serde_json::from_str(text).expect("JSON");
        assert_eq!((&seen["rev"], &seen["count"]), (&json!(commit), &json!(count)));
        assert_eq!((&seen["time"], &seen["short"]), (&json!(time), &json!(commit[..7])));
    }
    let read = |ran: &Ran| fs_err::read_to_string(ran.line()).expect("the result");
    assert!(read(&ran).contains(&head), "{}", read(&ran));
    // Another commit of the same tree is another question, though its source is the same.
    let of_second = scene.hinc(&["build", "--rev", &second, "--base", &base, "--no-out-link", ".#seen"]).status(0);
    assert!(read(&of_second).contains(&second), "{}", read(&of_second));
    assert_ne!(of_second.line(), ran.line());

    // A clone without its whole history cannot count commits.
    let shallow = scene.home().join("shallow");
    let from = format!("file://{}", scene.project().display());
    scene.git(&["clone", "--quiet", "--depth=2", &from, shallow.to_str().expect("a plain path")]);
    let ran = scene.hinc_with(&["build", "--base", &second, "--no-out-link", ".#seen"], |command| {
        command.current_dir(&shallow);
    });
    assert!(read(&ran.status(0)).contains("\"count\":null"));

    scene.write("lower/Apart.hs", "module Apart where -- changed\n");
    let dirty = scene.hinc(&["build", "--no-out-link", ".#seen"]).status(0);
    let (_, text) = dirty.stderr.lines().find_map(|line| line.split_once("seen by none: ")).expect("a trace");
    let seen: Value = serde_json::from_str(text).expect("JSON");
    assert_eq!((&seen["rev"], &seen["count"], &seen["time"]), (&Value::Null, &Value::Null, &json!(MIDNIGHT + HOUR)));
    assert_eq!(dirty.line(), by_nix(&scene, ".#seen"), "and Nix tells it the same");
}

#[test]
fn what_only_head_has_is_built_plainly_with_one_sentence_why() {
    let scene = with_flake("    packages.${system}.lower = hinc.host.mkPackage { src = ./lower; };\n");
    let text = fs_err::read_to_string(scene.project().join("flake.nix")).expect("the flake");
    let packages = |text: &str| scene.write("flake.nix", &flake(text));
    let at = |hours: i64, message: &str| scene.commit_at(MIDNIGHT - 20 * HOUR + hours * HOUR, message);
    fs_err::remove_file(scene.project().join("flake.nix")).expect("it is there");
    let without = at(0, "No flake");
    packages("    packages.${system} = { other = 1; lower = 2; };\n");
    let another = at(1, "Another attribute");
    packages("    packages.${system}.lower = throw \"not yet\";\n");
    let throws = at(2, "Throw");
    packages("    packages.${system}.lower = (x: x.y) { };\n");
    let fails = at(3, "Fail");
    scene.write("flake.nix", "{ outputs = {");
    let broken = at(4, "Break");
    scene.write("flake.nix", &text);
    at(5, "Mend");

    let why = |base: &str| {
        let ran = scene.hinc(&["build", "--json", "--base", base, ".#lower"]).status(0);
        let record = ran.json();
        assert_eq!(record["mode"], "plain", "{record:#}");
        assert!(evaluations(&ran) <= 2, "{}", ran.stderr);
        record["why"].as_str().expect("a sentence").to_owned()
    };
    assert_eq!(why(&without), "the base has no flake.nix");
    assert_eq!(why(&another), "the flake provides no derivation at attribute lower in the base");
    assert_eq!(why(&throws), "the flake provides no derivation at attribute lower in the base");
    let fails_by_itself = "the Nix expression of the base cannot be evaluated, so there is nothing to start from";
    assert_eq!((why(&fails).as_str(), why(&broken).as_str()), (fails_by_itself, fails_by_itself));
}

#[test]
fn what_head_lacks_is_one_error() {
    let scene = with_flake(
        "    packages.${system} = { lower = hinc.host.mkPackage { src = ./lower; }; set = { a = 1; }; bad = throw \"no ${\"such\"} thing\"; };\n",
    );
    scene.commit_at(MIDNIGHT - HOUR, "Begin");
    scene.write("notes", "");
    scene.commit_at(MIDNIGHT + HOUR, "Go on");
    let parts =
        ["the flake provides no attribute 'packages.", ".typo', 'legacyPackages.", "or 'typo'", "has bad, lower, set"];
    refused_by_nix(&scene.hinc(&["build", ".#typo"]), &parts);
    refused_by_nix(&scene.hinc(&["build", "."]), &["provides no attribute", ".default' or 'defaultPackage."]);
    refused_by_nix(&scene.hinc(&["build", ".#set"]), &["attribute 'set' of the flake is not a derivation"]);
    refused_by_nix(&scene.hinc(&["build", ".#bad"]), &["no such thing"]);
    refused_by_nix(&scene.hinc(&["build", ".#lower", ".#typo"]), &["typo"]);
}

/// An error of hinc with Nix's own below it.
#[track_caller]
fn refused_by_nix(ran: &Ran, parts: &[&str]) {
    assert_eq!((ran.status, ran.stdout.as_str()), (5, ""), "{}", ran.stderr);
    assert!(ran.stderr.contains("the Nix expression does not evaluate"), "{}", ran.stderr);
    for part in parts {
        assert!(ran.stderr.contains(part), "`{part}` is missing in:\n{}", ran.stderr);
    }
    assert!(!ran.stderr.contains("drive"), "the user has nothing to do with hinc's files:\n{}", ran.stderr);
}

#[test]
fn what_is_no_address_of_this_repository_is_one_error() {
    let scene = with_flake(PACKAGES);
    scene.commit_at(MIDNIGHT - HOUR, "Begin");
    refused(&scene.hinc(&["build", "github:a/b#c"]), 2, &["somewhere else", "hinc -C FOLDER build .#ATTRIBUTE"]);
    refused(&scene.hinc(&["build", "nixpkgs#hello"]), 2, &["registry", "hint: "]);
    let home = scene.home().display().to_string();
    refused(&scene.hinc(&["build", &format!("{home}#x")]), 2, &["not in this repository", "hinc -C "]);
    refused(&scene.hinc(&["build", "..#x"]), 2, &["not in this repository", "hinc -C "]);
    refused(&scene.hinc(&["build", ".?rev=abc#x"]), 2, &["`--rev REV`"]);
    refused(&scene.hinc(&["build", ".#lower^dev"]), 2, &["chooses outputs", "hint: "]);
    refused(&scene.hinc(&["build", ".#a..b"]), 2, &["no attribute path", "hint: "]);
    refused(&scene.hinc(&["build", ".#lower", "./lower"]), 2, &["cannot be built in one call", "hint: "]);
    for (option, value) in [("-A", &["x"][..]), ("--arg", &["x", "1"]), ("--argstr", &["x", "1"]), ("-I", &["x=y"])] {
        let arguments: Vec<&str> = ["build", ".#lower", option].into_iter().chain(value.iter().copied()).collect();
        refused(&scene.hinc(&arguments), 2, &[&format!("`{option}` does not go with a flake"), "hint: "]);
    }
    assert_eq!(scene.hinc(&["build", ".#lower", "-f", "default.nix"]).status, 2);
    assert!(!scene.home().join(".local/state/hinc/records").exists(), "nothing was built");
}

#[test]
fn a_flake_sees_nothing_of_the_machine() {
    let text = "    packages.${system} = {\n      home = builtins.trace \"home: <${builtins.getEnv \"HOME\"}>\" self.packages.${system}.it;\n      \
        it = derivation { name = \"it\"; inherit system; builder = \"/bin/sh\"; args = [ \"-c\" \"echo >$out\" ]; };\n      \
        time = derivation { name = \"time\"; inherit system; builder = \"/bin/sh\"; time = builtins.currentTime; };\n      \
        path = derivation { name = \"path\"; inherit system; builder = \"/bin/sh\"; time = builtins.readFile /etc/passwd; };\n    };\n";
    let scene = with_flake(text);
    scene.commit_at(MIDNIGHT - HOUR, "Begin");
    let ran = scene.hinc(&["build", "--no-out-link", ".#home"]).status(0);
    assert!(ran.stderr.contains("home: <>"), "{}", ran.stderr);
    refused_by_nix(&scene.hinc(&["build", ".#time"]), &["currentTime", "hint: ", "--option pure-eval false"]);
    refused_by_nix(&scene.hinc(&["build", ".#path"]), &["forbidden in pure evaluation mode", "hint: "]);
    // Who lifts that is asked each time.
    for _ in 0..2 {
        let ran = scene.hinc(&["build", "--no-out-link", "--option", "pure-eval", "false", ".#home"]).status(0);
        assert!(ran.stderr.contains(&format!("home: <{}>", scene.home().display())), "{}", ran.stderr);
    }
}

/// The package set of `tests/nixpkgs`, with what it asks of the machine written down: a flake may not look.
fn packages_of_nixpkgs(scene: &Scene) {
    // It reads `.cabal` files by hinc's own function.
    fs_err::create_dir(scene.project().join("tests")).expect("a folder");
    for folder in ["nix", "tests/nixpkgs"] {
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        let copied = Command::new("cp").arg("-r").arg(from).arg(scene.project().join(folder)).status();
        assert!(copied.expect("cp runs").success());
    }
    for (folder, name) in [("/usr/bin", "programs.json"), ("/var/lib/ghc/package.conf.d", "database.json")] {
        let expression = format!("builtins.readDir {folder}");
        let listed = scene.run("nix-instantiate", &["--eval", "--strict", "--json", "--expr", &expression]).status(0);
        scene.write(&format!("tests/nixpkgs/{name}"), &listed.stdout);
    }
    let machine = "tests/nixpkgs/machine.nix";
    scene.replace(machine, "builtins.readDir \"/usr/bin\"", "builtins.fromJSON (builtins.readFile ./programs.json)");
    scene.replace(machine, "builtins.readDir folder", "builtins.fromJSON (builtins.readFile ./database.json)");
    scene.replace(machine, "if builtins.pathExists folder then", "if folder != null then");
}

#[test]
fn packages_of_nixpkgs_are_built_incrementally_from_a_flake_as_it_is() {
    let scene = Scene::new();
    scene.take_fixture("five");
    scene.write("near/unique.txt", &scene.unique());
    packages_of_nixpkgs(&scene);
    let system = scene.run("nix-instantiate", &["--eval", "--raw", "--expr", "builtins.currentSystem"]).status(0);
    scene.write(
        "flake.nix",
        &format!(
            "{{ outputs = {{ self }}: let system = \"{}\"; pkgs = import ./tests/nixpkgs/set {{ inherit system; }}; in {{\n  \
             packages.${{system}} = builtins.trace \"evaluated at ${{self.rev}}\" (import ./default.nix {{ inherit pkgs; }});\n}}; }}\n",
            system.line()
        ),
    );
    scene.commit_at(MIDNIGHT - HOUR, "Begin");
    scene.replace("near/src/Near/Level.hs", "level = 1", "level = 4");
    scene.commit_at(MIDNIGHT + HOUR, "Raise");
    let ran = scene.hinc(&["build", "--json", ".#far", ".#haskellPackages.near"]).status(0);
    assert_eq!(evaluations(&ran), 2, "{}", ran.stderr);
    let record = ran.json();
    assert_eq!(record["mode"], "incremental", "{record:#}");
    assert_eq!(modules(build(&record, "near", "incremental")), names(&["Near.Level"]));
    assert_eq!(modules(build(&record, "middle", "incremental")), names(&["Middle.Height"]));
    assert_eq!(modules(build(&record, "far", "incremental")), names(&["Far.Top", "Main"]));
    assert!(scene.run("result/bin/far", &[]).status(0).stdout.contains("50"));
    // All is there: no evaluation.
    let again = scene.hinc(&["build", "--json", ".#far", ".#haskellPackages.near"]).status(0);
    assert_eq!((evaluations(&again), &again.json()["out_paths"]), (0, &record["out_paths"]), "{}", again.stderr);
}

#[test]
fn an_incremental_build_of_a_flake_is_verified() {
    let scene = with_flake(PACKAGES);
    scene.commit_at(MIDNIGHT - HOUR, "Begin");
    scene.replace("lower/Base.hs", "base = 1", "base = 2");
    scene.commit_at(MIDNIGHT + HOUR, "Change");
    let verified = scene.hinc(&["verify", "--json", ".#lower"]).status(0).json();
    assert_eq!(verified["verdict"], "equal", "{verified:#}");
    assert_eq!(verified["packages"][0]["package"], "lower");
}
