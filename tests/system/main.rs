//! Tests with the real Nix and the real GHC. They run inside of `tests/env/enter`.
//!
//! One program, so that the crate is linked once.

#![allow(
    clippy::allow_attributes,
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    reason = "a test starts programs, reads its own surroundings, and stops at what it did not expect"
)]

mod action;
mod bad_input;
mod base_at_hand;
mod base_lock;
mod beside;
mod binary_cache;
mod boundaries;
mod broken_base;
mod builder_doctor;
mod builder_probe;
mod builder_toolchain;
mod caches;
mod claims;
mod dependencies;
mod descriptions;
mod doctor;
mod flakes;
#[expect(dead_code, reason = "its other tests use the rest")]
#[path = "../it/forge_server.rs"]
mod forge_server;
mod git_programs;
mod harmless;
mod hostile_log;
mod hostile_repository;
mod http;
mod imports;
mod interruption;
mod layouts;
mod main_job;
mod nix;
mod nixpkgs;
mod older_nix;
mod plan;
mod precautions;
mod projects;
mod pseudo_terminal;
mod push;
mod remotes;
mod scene;
mod source;
#[path = "../it/source_repo.rs"]
mod source_repo;
mod sshd;
mod step;
mod terminal;
mod toolchain;
mod verify;

#[path = "../whole/mod.rs"]
mod whole;

#[test]
fn no_test_file_is_forgotten() {
    whole::assert_no_file_is_forgotten(include_str!("main.rs"), "tests/system");
}
