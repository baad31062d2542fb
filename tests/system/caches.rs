//! What of a cache is taken, and who says which caches there are.

use std::fmt::Write as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};

use crate::scene::{HOUR, MIDNIGHT, Ran, Scene};

/// A package whose result is a line of text, which no other run has built.
fn package() -> Scene {
    let scene = Scene::new();
    scene.write(
        "default.nix",
        r#"derivation { name = "cached-1.0"; system = builtins.currentSystem; builder = "/bin/sh"; unique = ./unique.txt; args = [ "-c" "echo built >$out" ]; }"#,
    );
    scene.write("unique.txt", &scene.unique());
    scene.commit_at(MIDNIGHT - HOUR, "Begin");
    scene
}

fn build(scene: &Scene, options: &[&str]) -> Ran {
    scene.hinc(&[&["build", "--no-out-link", "-f", "default.nix", "--json"], options].concat()).status(0)
}

/// The result of a build: its path, what is in it, and how it came to be.
fn result(ran: &Ran) -> (String, String, String) {
    let record = ran.json();
    let path = record["out_paths"][0].as_str().expect("a path").to_owned();
    let text = fs_err::read_to_string(&path).expect("the result");
    let builds = record["builds"].as_array().expect("builds");
    let build = builds.iter().find(|build| build["outputs"]["out"] == path.as_str()).expect("the build");
    (path, text, build["outcome"].as_str().expect("a word").to_owned())
}

fn remove(scene: &Scene, path: &str) {
    scene.run("nix-store", &["--delete", path]).status(0);
    assert!(!Path::new(path).exists());
}

/// A cache that says of a path that it is another text, and that nobody signed.
fn forged(scene: &Scene, path: &str) -> PathBuf {
    let cache = scene.home().join("forged");
    fs_err::create_dir(&cache).expect("a folder");
    fs_err::write(scene.home().join("text"), "forged\n").expect("a file");
    let text = scene.home().join("text");
    let text = text.to_str().expect("text");
    let nar = cache.join("forged.nar");
    scene.run("sh", &["-c", &format!("nix-store --dump {text} >{}", nar.display())]).status(0);
    let hash = scene.run("nix-hash", &["--type", "sha256", "--base32", text]).status(0);
    let (hash, size) = (hash.line(), nar.metadata().expect("a file").len());
    let digest = path.trim_start_matches("/nix/store/").split('-').next().expect("a hash");
    let mut narinfo = String::new();
    write!(
        narinfo,
        "StorePath: {path}\nURL: forged.nar\nCompression: none\nFileHash: sha256:{hash}\nFileSize: {size}\nNarHash: sha256:{hash}\nNarSize: {size}\nReferences: \n"
    )
    .expect("text");
    fs_err::write(cache.join(format!("{digest}.narinfo")), narinfo).expect("a file");
    fs_err::write(cache.join("nix-cache-info"), "StoreDir: /nix/store\n").expect("a file");
    cache
}

#[test]
fn what_a_cache_has_is_taken_with_a_signature_that_nix_trusts_and_not_without() {
    let scene = package();
    let (path, text, outcome) = result(&build(&scene, &[]));
    assert_eq!((text.as_str(), outcome.as_str()), ("built\n", "built"));
    // A cache that has it signed by a key of the user's.
    let (secret, public) = (scene.home().join("secret"), scene.home().join("public"));
    let (secret, public) = (secret.to_str().expect("text"), public.to_str().expect("text"));
    scene.run("nix-store", &["--generate-binary-cache-key", "cache-1", secret, public]).status(0);
    let signed = scene.home().join("signed");
    scene.run("nix", &["copy", "--to", &format!("file://{}?secret-key={secret}", signed.display()), &path]).status(0);
    let forged = forged(&scene, &path);
    remove(&scene, &path);

    // The user names a cache, but nobody signed what it has.
    let at = |cache: &Path| format!("file://{}", cache.display());
    let ran = build(&scene, &["--option", "substituters", &at(&forged)]);
    assert_eq!(result(&ran), (path.clone(), "built\n".to_owned(), "built".to_owned()));
    remove(&scene, &path);
    // The forgery is a good one: it is the signature that is missing.
    let ran = build(&scene, &["--option", "substituters", &at(&forged), "--option", "require-sigs", "false"]);
    assert_eq!(result(&ran).1, "forged\n");
    remove(&scene, &path);
    // It is signed, by nobody whom the user trusts.
    let ran = build(&scene, &["--option", "substituters", &at(&signed)]);
    assert_eq!(result(&ran).2, "built");
    remove(&scene, &path);
    // It is, by somebody of whom the user said so.
    let key = fs_err::read_to_string(public).expect("a key");
    let trusted = ["--option", "substituters", &at(&signed), "--option", "trusted-public-keys", key.trim()];
    let ran = build(&scene, &trusted);
    assert_eq!(result(&ran), (path, "built\n".to_owned(), "substituted".to_owned()));
}

/// Answers nothing, and counts who calls.
fn calls(listener: &TcpListener) -> usize {
    listener.set_nonblocking(true).expect("a port");
    std::iter::from_fn(|| listener.accept().ok()).count()
}

// Nix asks `nix build` whether it may take these; to an evaluation they are no settings at all.
#[test]
fn a_repository_names_no_cache() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let cache = format!("http://{}", listener.local_addr().expect("it is bound"));
    let scene = package();
    for key in ["substituters", "extra-substituters", "trusted-public-keys", "require-sigs", "push", "push-with"] {
        scene.write("hinc.toml", &format!("{key} = \"{cache}\"\n"));
        scene.commit_at(MIDNIGHT, "Settings");
        let ran = scene.hinc(&["build", "-f", "default.nix"]).status(2);
        assert!(ran.stderr.contains(&format!("unknown field `{key}`")), "{}", ran.stderr);
    }
    let flake = format!(
        "{{\n  nixConfig = {{ extra-substituters = [ \"{cache}\" ]; extra-trusted-public-keys = [ \"x:AAAA\" ]; require-sigs = false; }};\n  \
         outputs = {{ self }}: {{ packages.x86_64-linux.default = import ./default.nix; packages.aarch64-linux.default = import ./default.nix; }};\n}}\n"
    );
    scene.git(&["rm", "--quiet", "-f", "hinc.toml"]);
    // A flake has no `builtins.currentSystem`.
    let system = scene.run("nix-instantiate", &["--eval", "--raw", "--expr", "builtins.currentSystem"]).status(0);
    scene.replace("default.nix", "builtins.currentSystem", &format!("\"{}\"", system.line()));
    scene.write("flake.nix", &flake);
    scene.write("unique.txt", &scene.unique());
    scene.commit_at(MIDNIGHT + HOUR, "A flake");
    let ran = scene.hinc(&["build", "--no-out-link", ".#default"]).status(0);
    assert_eq!(fs_err::read_to_string(ran.line()).expect("the result"), "built\n");
    assert_eq!(calls(&listener), 0, "{}", ran.stderr);
}
