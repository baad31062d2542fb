//! The base that Nix code reads where hinc cannot run.

use std::path::Path;

use crate::flakes::with_flake;
use crate::scene::{HOUR, MIDNIGHT, Scene};

/// Packages of a flake on those of the base that its lock names.
fn outputs(url: &str) -> String {
    format!(
        "    noted = hinc.lib.baseSource {{ lock = ./hinc.lock; url = \"{url}\"; }};\n    \
             packages.${{system}}.default = hinc.lib.incremental {{ base = hinc.host.mkPackage {{ src = self.noted + \"/lower\"; }}; }} (hinc.host.mkPackage {{ src = ./lower; }});\n"
    )
}

fn nix(scene: &Scene, args: &[&str]) -> crate::scene::Ran {
    scene.run("nix", &[&["--extra-experimental-features", "nix-command flakes"], args].concat())
}

#[test]
fn a_base_that_was_noted_is_read_in_pure_evaluation() {
    let scene = with_flake("");
    let url = format!("file://{}", scene.project().display());
    let flake = fs_err::read_to_string(scene.project().join("flake.nix")).expect("a flake");
    scene.write("flake.nix", &flake.replace("  in {\n", &format!("  in {{\n{}", outputs(&url))));
    scene.write(".gitattributes", "lower/Apart.hs export-ignore\n");
    let base = scene.commit_at(MIDNIGHT - HOUR, "Begin");
    scene.replace("lower/Middle.hs", "base + 1", "base + 2");
    scene.commit_at(MIDNIGHT + HOUR, "Two");

    scene.hinc(&["base", "--write", "hinc.lock"]).status(0);
    let written = || fs_err::read_to_string(scene.project().join("hinc.lock")).expect("a lock");
    let lock: serde_json::Value = serde_json::from_str(&written()).expect("JSON");
    assert_eq!((lock["version"].as_u64(), lock["rev"].as_str()), (Some(1), Some(base.as_str())));
    assert_eq!(lock["lastModified"].as_i64(), Some(MIDNIGHT - HOUR));
    // The lock is committed, and the base is still the same: nothing is written anew.
    let before = fs_err::metadata(scene.project().join("hinc.lock")).expect("a file").modified().expect("a time");
    scene.commit_at(MIDNIGHT + 2 * HOUR, "Note the base");
    scene.hinc(&["base", "--write", "hinc.lock"]).status(0);
    let after = fs_err::metadata(scene.project().join("hinc.lock")).expect("a file").modified().expect("a time");
    assert_eq!(before, after);

    let source = scene.hinc(&["source", "--rev", &base]).status(0).line().to_owned();
    let read = nix(&scene, &["eval", "--raw", ".#noted.outPath"]).status(0);
    assert_eq!(read.stdout.trim(), source);
    let drv = nix(&scene, &["eval", "--raw", ".#default.drvPath"]).status(0).stdout.trim().to_owned();
    let needed = scene.run("nix-store", &["--query", "--references", &drv]).status(0).stdout;
    let full = needed.lines().find(|path| path.ends_with("-lower-1.0.drv")).unwrap_or_else(|| panic!("{needed}"));
    let outputs = scene.run("nix-store", &["--query", "--outputs", full]).status(0).stdout;
    assert!(outputs.contains("-intermediates"), "{outputs}");

    // Another version, and another commit of the same name.
    let hash = lock["narHash"].as_str().expect("a hash");
    let other = format!("sha256-{}=", "A".repeat(43));
    let cases = [("\"version\": 1", "\"version\": 2", "is of version 2"), (hash, &other, "NAR hash mismatch")];
    for (old, new, told) in cases {
        let text = written();
        scene.write("hinc.lock", &text.replace(old, new));
        let ran = nix(&scene, &["eval", "--raw", ".#noted.outPath"]);
        assert!(ran.status != 0 && ran.stderr.contains(told), "{}", ran.stderr);
        scene.write("hinc.lock", &text);
    }
    let ran = scene.hinc(&["base", "--write", "no/such/folder/hinc.lock"]).status(3);
    assert!(ran.stderr.contains("cannot write the base to `no/such/folder/hinc.lock`"), "{}", ran.stderr);
}

/// The full builds that a derivation needs: those of `lower` with intermediates.
fn full_builds(scene: &Scene, drv: &str) -> Vec<String> {
    let needed = scene.run("nix-store", &["--query", "--references", drv]).status(0).stdout;
    let lower = needed.lines().filter(|path| path.ends_with("-lower-1.0.drv"));
    let outputs = |path: &str| scene.run("nix-store", &["--query", "--outputs", path]).status(0).stdout;
    lower.filter(|path| outputs(path).contains("-intermediates")).map(str::to_owned).collect()
}

#[test]
fn a_base_that_is_an_input_is_overridden_on_the_command_line() {
    let scene = with_flake("");
    let flake = fs_err::read_to_string(scene.project().join("flake.nix")).expect("a flake");
    let url = format!("git+file://{}", scene.project().display());
    let with_input = flake
        .replace("inputs = { };", &format!("inputs.base = {{ url = \"{url}?ref=main\"; flake = false; }};"))
        .replace("{ self }:", "{ self, base }:")
        .replace(
            "  in {\n",
            "  in {\n    chosen = base.rev;\n    packages.${system}.default = hinc.lib.incremental { base = hinc.host.mkPackage { src = base + \"/lower\"; }; } (hinc.host.mkPackage { src = ./lower; });\n",
        );
    assert_ne!(flake, with_input);
    scene.write("flake.nix", &with_input);
    let base = scene.commit_at(MIDNIGHT - HOUR, "Begin");
    scene.replace("lower/Middle.hs", "base + 1", "base + 2");
    scene.commit_at(MIDNIGHT + HOUR, "Two");
    scene.replace("lower/Middle.hs", "base + 2", "base + 3");
    let head = scene.commit_at(MIDNIGHT + 2 * HOUR, "Three");

    let chosen = scene.hinc(&["base", "--json"]).status(0).json()["commit"].as_str().expect("a commit").to_owned();
    assert_eq!(chosen, base);
    let evaluated = |attribute: &str, rev: &str| {
        let input = format!("{url}?rev={rev}");
        let args = ["eval", "--raw", attribute, "--no-write-lock-file", "--override-input", "base", &input];
        nix(&scene, &args).status(0).stdout.trim().to_owned()
    };
    assert_eq!(evaluated(".#chosen", &chosen), base);
    let drv = evaluated(".#default.drvPath", &chosen);
    let full = full_builds(&scene, &drv);
    assert_eq!(full.len(), 1, "{full:?}");
    // Another base is another full build.
    let other = full_builds(&scene, &evaluated(".#default.drvPath", &head));
    assert!(other.len() == 1 && other != full, "{other:?}");
}

/// `docs/ci/flake.nix` as it is, over a package set of our own in place of nixpkgs, which is not at hand everywhere.
#[test]
fn the_flake_of_the_page_about_ci_is_evaluated() {
    let scene = Scene::new();
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs_err::read_to_string(top.join("docs/ci/flake.nix")).expect("the flake");
    let url = "https://example.org/project.git";
    assert_eq!(page.matches(url).count(), 1);
    scene.write("flake.nix", &page.replace(url, &format!("file://{}", scene.project().display())));
    scene.write(
        "package.nix",
        "{ mkDerivation, base }:\nmkDerivation {\n  pname = \"lower\";\n  version = \"1.0\";\n  src = ./.;\n  libraryHaskellDepends = [ base ];\n  license = null;\n}\n",
    );
    scene.write(
        "lower.cabal",
        "cabal-version: 2.4\nname: lower\nversion: 1.0\nbuild-type: Simple\nlibrary\n  default-language: Haskell2010\n  \
         build-depends: base\n  exposed-modules: Base\n",
    );
    scene.write("Base.hs", "module Base where\n");
    scene.write("unique.txt", &scene.unique());
    let base = scene.commit_at(MIDNIGHT - HOUR, "Begin");
    scene.write("Base.hs", "module Base where\n\none :: Int\none = 1\n");
    scene.commit_at(MIDNIGHT + HOUR, "One");
    // As `docs/ci/base-lock.yml` writes it.
    scene.hinc(&["base", "--base", &base, "--write", "hinc.lock"]).status(0);
    scene.commit_at(MIDNIGHT + HOUR, "Note the base");

    let instead = |name: &str, text: String| {
        let folder = scene.home().join(name);
        fs_err::create_dir(&folder).expect("a folder");
        fs_err::write(folder.join("flake.nix"), text).expect("a flake");
        format!("path:{}", folder.display())
    };
    let set = top.join("tests/nixpkgs/set");
    let nixpkgs = instead(
        "nixpkgs",
        format!(
            "{{ outputs = _: {{ legacyPackages.x86_64-linux = import {} {{ system = \"x86_64-linux\"; }}; }}; }}\n",
            set.display()
        ),
    );
    let hinc = instead("hinc", format!("{{ outputs = _: {{ lib = import {}/nix/lib.nix; }}; }}\n", top.display()));
    let evaluated = |attribute: &str| {
        let inputs = ["--override-input", "nixpkgs", &nixpkgs, "--override-input", "hinc", &hinc];
        let args = [&["eval", "--impure", "--raw", "--no-write-lock-file", attribute][..], &inputs].concat();
        nix(&scene, &args).status(0).stdout.trim().to_owned()
    };
    let app = evaluated(".#hydraJobs.app.x86_64-linux.drvPath");
    assert_eq!(evaluated(".#checks.x86_64-linux.app.drvPath"), app);
    assert_eq!(evaluated(".#packages.x86_64-linux.default.drvPath"), app);
    // What the service is given as a job of its own is what the other one starts from.
    assert_eq!(full_builds(&scene, &app), [evaluated(".#hydraJobs.base.x86_64-linux.drvPath")]);
}
