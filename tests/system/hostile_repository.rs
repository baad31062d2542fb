//! One repository with all of it at once, under every command that reads a repository: nothing is
//! run, written, read, called or printed that `docs/security.md` does not allow.

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::harmless::is_harmless;
use super::scene::{HOUR, MIDNIGHT, Scene};

/// Names of files, all of which the package reads: a terminal's commands, a line end with words
/// of hinc's after it, a command of a CI service's runner, options.
const NAMES: [&str; 5] =
    ["\u{1b}]0;owned\u{7}", "a\nhint: owned", "::error file=x::owned", "##vso[task.complete]owned", "--store=owned"];

struct Hostile {
    scene: Scene,
    listener: TcpListener,
}

impl Hostile {
    /// Two commits, and changes that are not committed.
    fn new() -> Self {
        let scene = Scene::new();
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        listener.set_nonblocking(true).expect("a port");
        let hostile = Self { scene, listener };
        hostile.package();
        hostile.nix_files();
        hostile.settings();
        hostile.programs();
        hostile.scene.commit_at(MIDNIGHT - HOUR, "Begin \u{1b}[2J\u{1b}]0;owned\u{7}\n\nhint: owned\n::error::owned");
        for name in NAMES {
            hostile.scene.write(&format!("data/{name}"), "changed\n");
        }
        hostile.scene.commit_at(MIDNIGHT + HOUR, "::warning::owned\r\u{1b}[1A");
        hostile.scene.write("Other.hs", "module Other where\n\nother :: Int\nother = 2\n");
        hostile.git_configuration();
        hostile
    }

    fn project(&self) -> PathBuf {
        self.scene.project()
    }

    /// The file that every program of the repository makes.
    fn witness(&self) -> PathBuf {
        self.scene.home().parent().expect("a folder").join("witness")
    }

    /// A package of which a splice reads files of all these names.
    fn package(&self) {
        self.scene.write(
            "hostile.cabal",
            "cabal-version: 2.4\nname: hostile\nversion: 1\nbuild-type: Simple\nextra-source-files: unique.txt\n\
             synopsis: ::error::owned\n\nlibrary\n  exposed-modules: Hostile Other\n  \
             build-depends: base, template-haskell, directory\n  default-language: Haskell2010\n",
        );
        self.scene.write(
            "Hostile.hs",
            "{-# LANGUAGE TemplateHaskell #-}\nmodule Hostile where\n\nimport Language.Haskell.TH\nimport System.Directory\n\n\
             read :: [String]\n\
             read = $(runIO (listDirectory \"data\" >>= mapM (\\name -> readFile (\"data/\" ++ name))) >>= listE . map (litE . stringL))\n",
        );
        self.scene.write("Other.hs", "module Other where\n\nother :: Int\nother = 1\n");
        for name in NAMES {
            self.scene.write(&format!("data/{name}"), "first\n");
        }
        self.scene.write("unique.txt", &self.scene.unique());
        // Where these lead there is nothing of the package.
        std::os::unix::fs::symlink(self.scene.home().join("secret"), self.project().join("data-link")).expect("a link");
        fs_err::write(self.scene.home().join("secret"), "of the user alone\n").expect("a file");
    }

    /// What Nix would do if it were asked with the wrong words.
    fn nix_files(&self) {
        let port = self.port();
        let witness = self.witness();
        let witness = witness.display();
        self.scene.write(
            "flake.nix",
            &format!(
                "{{ nixConfig = {{ post-build-hook = \"{}/nix\"; extra-substituters = \"http://127.0.0.1:{port}\"; \
                 allow-unsafe-native-code-during-evaluation = true; }};\n  outputs = _: {{ packages.x86_64-linux.default = \
                 builtins.trace \"\\u001b[2J::error::owned\" (builtins.exec [ \"touch\" \"{witness}\" ]); }}; }}\n",
                self.project().display()
            ),
        );
        let file = "builtins.trace \"\u{1b}[2J\u{1b}]0;owned\u{7}\\nhint: owned\\n::error::owned\" (throw \"\u{1b}[2J\\nhint: owned\\n::error::owned\")\n";
        for name in ["default.nix", "shell.nix", "release.nix"] {
            self.scene.write(name, file);
        }
        self.scene.write("nix.conf", &format!("post-build-hook = {}/nix\n", self.project().display()));
        self.scene.write(".ghc.environment.x86_64-linux-9.6.6", "package-id owned\n");
        self.scene.write(".ghci", &format!(":! touch {witness}\n"));
        self.scene.write("cabal.project.local", "package hostile\n  ghc-options: -DOWNED\n");
    }

    /// Builders of its own, where this test listens, as every command that calls builders would take them.
    fn settings(&self) {
        let port = self.port();
        self.scene.write(
            "hinc.toml",
            &format!(
                "default-builder = \"theirs\"\n\n[builder.theirs]\nhost = \"127.0.0.1\"\nport = {port}\nhost-key = \"ssh-ed25519 AAAA\"\n\n\
                 [builder.unknown-key]\nhost = \"127.0.0.1\"\nport = {port}\n"
            ),
        );
    }

    /// Programs named like those that hinc starts.
    fn programs(&self) {
        for name in
            ["nix", "nix-store", "nix-instantiate", "git", "ssh", "ghc", "ghc-pkg", "qemu-system-x86_64", "bash", "sh"]
        {
            self.program(&self.project().join(name), name);
        }
    }

    fn program(&self, path: &Path, name: &str) {
        fs_err::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs_err::write(path, format!("#!/bin/sh\necho {name} >>{}\ncat\n", self.witness().display())).expect("a file");
        fs_err::set_permissions(path, std::fs::Permissions::from_mode(0o755)).expect("a program");
    }

    /// What a folder that somebody unpacked can have: settings and hooks with which git starts programs.
    /// Filters are not among them: for a folder that is the user's own they run in hinc as in git.
    fn git_configuration(&self) {
        let program = self.project().join(".git/owned");
        self.program(&program, "git-program");
        for hook in ["post-checkout", "post-index-change", "pre-commit", "fsmonitor-watchman", "reference-transaction"]
        {
            self.program(&self.project().join(".git/hooks").join(hook), hook);
        }
        let program = program.display();
        let file = self.project().join(".git/config");
        let text = fs_err::read_to_string(&file).expect("it is there");
        let text = format!(
            "{text}[core]\n\tfsmonitor = {program}\n\tsshCommand = {program}\n\tpager = {program}\n\teditor = {program}\n\taskPass = {program}\n\
             \talternateRefsCommand = {program}\n[diff]\n\texternal = {program}\n[diff \"owned\"]\n\ttextconv = {program}\n[credential]\n\thelper = {program}\n\
             [gpg]\n\tprogram = {program}\n[uploadpack]\n\tpackObjectsHook = {program}\n[alias]\n\tlog = !{program}\n\trev-parse = !{program}\n\
             [remote \"origin\"]\n\turl = ext::{program}\n\tpromisor = true\n"
        );
        fs_err::write(file, text).expect("a file");
        fs_err::write(self.project().join(".git/info/attributes"), "* diff=owned\n").expect("a file");
    }

    fn port(&self) -> u16 {
        self.listener.local_addr().expect("it is bound").port()
    }

    /// Every file of the home and the repository but those that are hinc's, with when and what it was last.
    fn all_else(&self) -> String {
        let folder = self.scene.home().parent().expect("a folder").to_owned();
        let folder = folder.to_str().expect("text").to_owned();
        let own = ["*/home/.cache/hinc*", "*/home/.local/state/hinc*", "*/home/.cache/nix*", "*/project/result"];
        let mut args = vec![folder.as_str()];
        for pattern in own {
            args.extend(["!", "-path", pattern]);
        }
        // Folders that hold hinc's own change with it.
        args.extend(["!", "-type", "d", "-printf", "%p %T@ %s %m\\n"]);
        let found = self.scene.run("find", &args).status(0).stdout;
        let mut lines: Vec<&str> = found.lines().collect();
        lines.sort_unstable();
        lines.join("\n")
    }
}

#[test]
fn a_repository_with_all_of_it_gets_nothing() {
    let hostile = Hostile::new();
    let before = hostile.all_else();
    let commands: &[(&[&str], &[i32])] = &[
        (&["base"], &[0]),
        (&["base", "--json"], &[0]),
        (&["source"], &[0]),
        (&["source", "--rev", "HEAD~1"], &[0]),
        (&["doctor"], &[0, 3]),
        (&["doctor", "--json"], &[0, 3]),
        (&["build"], &[0]),
        (&["build", "-v", "--rev", "HEAD"], &[0]),
        (&["--color", "always", "build", "-v", "--no-incremental"], &[0]),
        (&["build", "--full-only", "--json"], &[0]),
        (&["verify", "-v"], &[0]),
        (&["report"], &[0]),
        (&["build", "-f", "default.nix"], &[5]),
        (&["--color", "always", "build", "-f", "default.nix"], &[5]),
        (&["build", ".#default", "-v"], &[5]),
        (&["verify", "-f", "release.nix", "-A", "\u{1b}[2J\nhint: owned"], &[2, 5]),
        (&["build", "--rev", "\u{1b}[2J\nhint: owned"], &[2, 4]),
        (&["builder", "status"], &[0, 3]),
        (&["builder", "config"], &[0, 2, 3]),
    ];
    let mut said = String::new();
    for (command, expected) in commands {
        let ran = hostile.scene.hinc(command);
        assert!(expected.contains(&ran.status), "{command:?} ended with {}:\n{}{}", ran.status, ran.stdout, ran.stderr);
        is_harmless(&ran, command.contains(&"always"));
        assert!(
            !hostile.witness().exists(),
            "{command:?} ran: {}",
            fs_err::read_to_string(hostile.witness()).expect("it")
        );
        assert!(hostile.listener.accept().is_err(), "{command:?} called the builder or the cache of the repository");
        assert_eq!(hostile.all_else(), before, "{command:?} wrote somewhere else than where it keeps its own");
        for text in [&ran.stdout, &ran.stderr] {
            said += text;
            assert!(!text.contains("of the user alone"), "{command:?} read what the repository has no right to");
        }
    }
    // It all did come up: names of files, and what the Nix files say.
    for part in ["Hostile [data/", "which a splice of this component read (and 4 more)", "  > ::error::owned"] {
        assert!(said.contains(part), "{part}:\n{said}");
    }
}
