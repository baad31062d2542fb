//! What a repository, a Nix file and a nixpkgs of somebody else cannot do: `docs/security.md`.

use std::net::TcpListener;
use std::path::Path;

use crate::scene::{HOUR, MIDNIGHT, Ran, Scene};

/// A package whose Nix file builds without GHC.
fn plain(derivation: &str) -> Scene {
    let scene = Scene::new();
    scene.write("default.nix", derivation);
    scene.write("unique.txt", &scene.unique());
    scene.commit_at(MIDNIGHT - HOUR, "Begin");
    scene
}

const HARMLESS: &str = r#"derivation { name = "harmless-1.0"; system = builtins.currentSystem; builder = "/bin/sh"; unique = ./unique.txt; args = [ "-c" "echo harmless >$out" ]; }"#;

fn user_settings(scene: &Scene, text: &str) {
    let folder = scene.home().join(".config/hinc");
    fs_err::create_dir_all(&folder).expect("a folder");
    fs_err::write(folder.join("config.toml"), text).expect("a file");
}

/// Whether somebody has called a port since this was asked last.
fn was_called(listener: &TcpListener) -> bool {
    listener.set_nonblocking(true).expect("a port");
    std::iter::from_fn(|| listener.accept().ok()).count() > 0
}

fn state(scene: &Scene, below: &str) -> std::path::PathBuf {
    scene.home().join(".local/state/hinc").join(below)
}

#[track_caller]
fn has(ran: &Ran, parts: &[&str]) {
    for part in parts {
        assert!(ran.stderr.contains(part), "`{part}` is missing in:\n{}", ran.stderr);
    }
}

// It stood in the guest's ssh configuration, and ssh ran it as the user.
#[test]
fn a_value_with_a_line_of_its_own_is_refused_before_anything_is_done() {
    let scene = plain(HARMLESS);
    let victim = scene.home().join("victim");
    let commands: [&[&str]; 6] = [
        &["build", "-f", "default.nix"],
        &["verify", "-f", "default.nix"],
        &["builder", "status", "vm"],
        &["builder", "up", "vm"],
        &["builder", "config", "vm"],
        &["builder", "doctor", "vm"],
    ];
    for command in commands {
        scene.write(
            "hinc.toml",
            &format!("[builder.vm]\nuser = \"root\\n    ProxyCommand touch {}\"\n", victim.display()),
        );
        scene.commit_at(MIDNIGHT, "Settings");
        let ran = scene.hinc(command).status(2);
        has(&ran, &["cannot read [builder.vm] of hinc.toml", "user: ", "is not a user: it has ASCII letters, digits"]);
        assert_eq!(ran.stderr.matches("error: ").count(), 1, "{}", ran.stderr);
        assert!(!ran.stderr.lines().any(|line| line.trim_start().starts_with("ProxyCommand")), "{}", ran.stderr);
        assert!(!victim.exists() && !state(&scene, "builders").exists(), "{command:?}");
    }
}

// It became a folder here, and a path in a script that deletes files on builders.
#[test]
fn a_package_that_is_named_by_a_path_is_refused() {
    for (name, output) in [("../../../victim", "out"), ("$(touch victim)", "out"), ("harmless", "../../victim")] {
        let scene = plain(&format!(
            "let made = {HARMLESS}; in made // {{ pname = \"{name}\"; outputs = [ \"{output}\" ]; \"{output}\" = made; }}"
        ));
        let ran = scene.hinc(&["build", "-f", "default.nix"]).status(5);
        assert_eq!(ran.stdout, "");
        assert!(!state(&scene, "roots").exists() && !state(&scene, "victim").exists());
        assert!(!scene.home().join("victim").exists() && !scene.project().join("victim").exists());
        has(&ran, &["error: "]);
    }
    let scene = plain(&format!("{HARMLESS} // {{ pname = \"../../../victim\"; }}"));
    let ran = scene.hinc(&["build", "-f", "default.nix"]).status(5);
    has(&ran, &["`../../../victim` is not a name of a package", "packages[0].name"]);
}

#[test]
fn a_builder_of_a_repository_is_not_called_without_the_user_s_word() {
    let scene = plain(HARMLESS);
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let port = listener.local_addr().expect("it is bound").port();
    let settings = format!(
        "default-builder = \"theirs\"\n[builder.theirs]\nhost = \"127.0.0.1\"\nport = {port}\nhost-key = \"ssh-ed25519 AAAA\"\n"
    );
    scene.write("hinc.toml", &settings);
    scene.commit_at(MIDNIGHT, "Settings");
    let ran = scene.hinc(&["build", "-f", "default.nix"]).status(0);
    has(&ran, &["asks for its own builder `theirs`", "`--builder theirs`", "[repository.\""]);
    for command in
        [&["doctor"][..], &["builder", "status"], &["base"], &["build", "-f", "default.nix", "--builder", "any"]]
    {
        scene.hinc(command);
    }
    assert!(!was_called(&listener), "nobody asked for it");
    assert!(!state(&scene, "builders/theirs").exists());

    // Settings that were made for no repository do not name it either.
    let by_environment = scene.hinc_with(&["build", "-f", "default.nix"], |command| {
        command.env("HINC_BUILDER", "theirs");
    });
    has(&by_environment.status(2), &["is described by hinc.toml alone, and not by you"]);
    assert!(!was_called(&listener), "nobody asked for it");

    scene.write("unique.txt", &scene.unique());
    scene.commit_at(MIDNIGHT + HOUR, "What is not built yet");
    // By the user's word it is called, as another one than the user's own of that name would be.
    let answer = std::thread::spawn(move || {
        listener.set_nonblocking(false).expect("a port");
        drop(listener.accept().expect("a call"));
        drop(listener);
    });
    let ran = scene.hinc(&["build", "-f", "default.nix", "--builder", "theirs"]);
    assert_ne!(ran.status, 0, "it hangs up");
    answer.join().expect("it was called");
    assert!(!state(&scene, "builders/theirs").exists(), "that would be the user's own");
    let folders: Vec<String> = fs_err::read_dir(state(&scene, "builders"))
        .expect("its folder")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"))
        .collect();
    assert!(folders.len() == 1 && folders[0].starts_with("theirs."), "{folders:?}");
}

// Port and host key of the user's own machine came from the repository, and unsigned results were taken from there.
#[test]
fn a_repository_cannot_lead_the_user_s_own_builder_elsewhere() {
    let scene = plain(HARMLESS);
    let (own, other) =
        (TcpListener::bind("127.0.0.1:0").expect("a port"), TcpListener::bind("127.0.0.1:0").expect("a port"));
    let port = |listener: &TcpListener| listener.local_addr().expect("it is bound").port();
    user_settings(&scene, &format!("[builder.farm]\nhost = \"127.0.0.1\"\nport = {}\n", port(&own)));
    let theirs = format!("[builder.farm]\nport = {}\nhost-key = \"ssh-ed25519 AAAA\"\n", port(&other));
    scene.write("hinc.toml", &theirs);
    scene.commit_at(MIDNIGHT, "Settings");
    let answer = std::thread::spawn(move || drop(own.accept().expect("a call")));
    scene.hinc(&["build", "-f", "default.nix", "--builder", "farm"]);
    answer.join().expect("the user's own was called");
    assert!(!was_called(&other), "that of the repository was called");
    assert!(!state(&scene, "builders").join("farm/known_hosts").exists(), "the repository's host key was written");
}

/// A nixpkgs with no more in it than hinc asks for. `extra` is evaluated with the package set.
fn small_nixpkgs(folder: &Path, extra: &str) -> (String, String) {
    let inside = folder.join("nixpkgs");
    fs_err::create_dir_all(&inside).expect("a folder");
    let text = format!(
        r#"{{ ... }}:
let
  made = name: description: _: derivation {{
    inherit name description;
    system = builtins.currentSystem;
    builder = "/bin/sh";
    extra = toString ({extra});
    args = [ "-c" "echo ${{name}} $extra >$out" ];
  }};
  base = {{ callCabal2nix = made; inherit extend; }};
  extend = overlay: let self = base // overlay self base; in self;
  lib = {{ overrideCabal = drv: change: builtins.seq (change {{ }}).src drv; dontCheck = drv: drv; }};
in
{{ haskellPackages = base; haskell = {{ packages = {{ }}; inherit lib; }}; }}
"#
    );
    fs_err::write(inside.join("default.nix"), text).expect("a file");
    fs_err::write(inside.join("beside.nix"), "\"beside\"").expect("a file");
    let archive = folder.join("nixpkgs.tar.gz");
    let run = |program: &str, args: &[&str]| {
        let ran = std::process::Command::new(program).args(args).current_dir(folder).output().expect("it runs");
        assert!(ran.status.success(), "{program}: {}", String::from_utf8_lossy(&ran.stderr));
        String::from_utf8(ran.stdout).expect("text").trim().to_owned()
    };
    run("tar", &["-czf", "nixpkgs.tar.gz", "nixpkgs"]);
    let url = format!("file://{}", archive.display());
    let hash = run("nix-prefetch-url", &["--unpack", &url]);
    (url, hash)
}

/// Builds a Cabal package over a nixpkgs that `hinc.toml` names.
fn over_nixpkgs(extra: &str, options: &[&str]) -> (Scene, Ran) {
    let scene = Scene::new();
    let secret = scene.home().join("secret");
    fs_err::write(&secret, "the secret").expect("a file");
    fs_err::create_dir(scene.home().join("flake")).expect("a folder");
    fs_err::write(scene.home().join("flake/flake.nix"), "{ outputs = _: { secret = \"the secret\"; }; }")
        .expect("a file");
    let (url, hash) = small_nixpkgs(&scene.home(), &extra.replace("SECRET", &secret.display().to_string()));
    scene.write("small.cabal", "cabal-version: 2.4\nname: small\nversion: 1.0\nlibrary\n  default-language: Haskell2010\n  build-depends: base\n");
    scene.write("unique.txt", &scene.unique());
    scene.write("hinc.toml", &format!("toolchain = \"nixpkgs\"\n[nixpkgs]\nurl = \"{url}\"\nsha256 = \"{hash}\"\n"));
    scene.commit_at(MIDNIGHT - HOUR, "Begin");
    let all: Vec<&str> = [&["build", "--no-out-link"], options].concat();
    // What this user's own expressions may do.
    let own_settings = format!(
        "extra-experimental-features = flakes fetch-tree\nallow-unsafe-native-code-during-evaluation = true\nallowed-uris = file://{}\n",
        scene.home().display()
    );
    let ran = scene.hinc_with(&all, |command| {
        command.env("NIX_CONFIG", own_settings);
        // What this user has on the search path is not for that nixpkgs.
        command.env("NIX_PATH", format!("own={}", scene.home().display())).env("SECRET_WORD", "the secret");
    });
    (scene, ran)
}

#[test]
fn a_nixpkgs_of_a_repository_reads_itself_and_the_sources() {
    let (_scene, ran) = over_nixpkgs(
        "[ (import ./beside.nix) (builtins.getEnv \"SECRET_WORD\") (builtins.pathExists \"SECRET\") \"end\" ]",
        &[],
    );
    let ran = ran.status(0);
    assert_eq!(
        fs_err::read_to_string(ran.line()).expect("the result"),
        "small beside end\n",
        "no variable is read, and no file seen"
    );
}

// It was evaluated as the user's own expressions are, and could put any file of the user's into the store.
#[test]
fn a_nixpkgs_of_a_repository_reads_no_file_of_the_user_s() {
    for leak in [
        "builtins.readFile \"SECRET\"",
        "builtins.path { path = \"SECRET\"; name = \"leak\"; }",
        "\"${/. + \"SECRET\"}\"",
        "builtins.readFile <own/secret>",
        "builtins.fetchurl \"file://SECRET\"",
        "builtins.attrNames (builtins.readDir \"/etc\")",
        // Restricted mode does not hold these.
        "(builtins.getFlake \"path:${builtins.dirOf \"SECRET\"}/flake\").secret",
        "(builtins.getFlake \"git+file:${builtins.dirOf \"SECRET\"}/flake\").secret",
        "builtins.exec [ \"cat\" \"SECRET\" ]",
    ] {
        let (_scene, ran) = over_nixpkgs(leak, &[]);
        let result = fs_err::read_to_string(ran.stdout.trim()).unwrap_or_default();
        assert_eq!((ran.status, result.as_str()), (5, ""), "{leak}");
        assert!(!ran.stderr.contains("the secret"), "{leak}:\n{}", ran.stderr);
        assert!(
            ["restricted mode", "was not found", "'getFlake' missing", "'flakes' is disabled", "'exec' missing"]
                .iter()
                .any(|why| ran.stderr.contains(why)),
            "{leak}:\n{}",
            ran.stderr
        );
    }
    // Nobody else's expression is told what to do about the nixpkgs of `hinc.toml`.
    let scene = plain("builtins.readFile \"/etc/passwd\"");
    let ran = scene.hinc(&["build", "-f", "default.nix", "--option", "restrict-eval", "true"]);
    assert!(ran.status != 0 && !ran.stderr.contains("the nixpkgs that hinc.toml names"), "{}", ran.stderr);
    // The user may lift it.
    let (_scene, ran) = over_nixpkgs("builtins.readFile \"SECRET\"", &["--option", "restrict-eval", "false"]);
    assert_eq!(fs_err::read_to_string(ran.status(0).line()).expect("the result"), "small the secret\n");
}
