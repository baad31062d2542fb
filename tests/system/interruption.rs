//! Ctrl-C in the middle of a build.

use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;

use crate::scene::{HOUR, MIDNIGHT, Scene};

/// A module that GHC takes long over: the test would have to be very slow to miss it.
fn slow() -> Scene {
    let scene = Scene::new();
    scene.write(
        "slow.cabal",
        "cabal-version: 2.4\nname: slow\nversion: 1.0\nextra-source-files: unique.txt\nlibrary\n  default-language: Haskell2010\n  \
         build-depends: base, template-haskell\n  exposed-modules: Slow\n",
    );
    scene.write(
        "Slow.hs",
        "{-# LANGUAGE TemplateHaskell #-}\nmodule Slow where\n\nimport Control.Concurrent (threadDelay)\n\
         import Language.Haskell.TH.Syntax (runIO)\n\n$(runIO (threadDelay 60000000) >> pure [])\n",
    );
    // A store in which somebody let it come to its end would have it.
    scene.write("unique.txt", &scene.unique());
    scene.commit_at(MIDNIGHT - HOUR, "Begin");
    scene
}

#[test]
fn a_signal_ends_nix_and_its_builders() {
    for (signal, status) in [("INT", 130), ("TERM", 143)] {
        let scene = slow();
        let mut hinc =
            scene.hinc_command(&["build"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("hinc");
        let mut stderr = BufReader::new(hinc.stderr.take().expect("stderr"));
        let mut seen = String::new();
        while !seen.contains("Compiling Slow") {
            assert_ne!(stderr.read_line(&mut seen).expect("stderr"), 0, "it ended too soon:\n{seen}");
        }
        scene.run("kill", &["-s", signal, &hinc.id().to_string()]).status(0);
        stderr.read_to_string(&mut seen).expect("stderr");
        let ended = hinc.wait().expect("it ends");
        assert_eq!(ended.code(), Some(status), "{seen}");
        assert!(!seen.contains("panicked"), "{seen}");

        // No compiler, no builder and no half of a file is left.
        let processes = scene.run("ps", &["-e", "-o", "args"]).status(0).stdout;
        let left: Vec<&str> =
            processes.lines().filter(|line| line.contains("Slow") || line.contains("slow-1.0")).collect();
        assert_eq!(left, Vec::<&str>::new());
        assert_eq!(scene.git(&["status", "--porcelain", "--ignored"]), "");
        let state = scene.home().join(".local/state/hinc");
        let files: Vec<_> =
            walkdir::WalkDir::new(&state).into_iter().flatten().filter(|entry| entry.file_type().is_file()).collect();
        assert!(files.is_empty(), "{files:?}");
    }
}
