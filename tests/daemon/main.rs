//! The program for a user who is not root and has Nix through a daemon, as most users do.
//!
//! Runs inside of `tests/env/enter --daemon`: `open` with a sandbox that shows the machine's GHC, `closed`
//! with one that does not (`--nix-conf tests/env/nix-closed.conf`).

#![allow(
    clippy::allow_attributes,
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    dead_code,
    reason = "a test starts programs, reads its own surroundings, and stops at what it did not expect; \
              the scene has more than these tests use"
)]

#[path = "../system/binary_cache.rs"]
mod binary_cache;
mod closed;
#[path = "../system/http.rs"]
mod http;
mod open;
#[path = "../system/scene.rs"]
mod scene;

/// A package that was never built before, with an edit after midnight.
fn package() -> scene::Scene {
    use scene::{HOUR, MIDNIGHT, Scene};
    let scene = Scene::new();
    assert_ne!(scene.run("id", &["-u"]).line(), "0", "these tests are for a user who is not root");
    scene.write("unique.txt", &scene.unique());
    scene.write(
        "small.cabal",
        "cabal-version: 2.4\nname: small\nversion: 1.0\nlibrary\n  default-language: Haskell2010\n  \
         build-depends: base\n  exposed-modules: First Second\n",
    );
    scene.write("First.hs", "module First where\n\nfirst :: Int\nfirst = 1\n");
    scene.write("Second.hs", "module Second where\n\nimport First\n\nsecond :: Int\nsecond = first + 1\n");
    scene.commit_at(MIDNIGHT - HOUR, "Begin");
    scene.replace("First.hs", "first = 1", "first = 1 -- the least");
    scene.commit_at(MIDNIGHT + HOUR, "Comment");
    scene
}
