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

mod bad_input;
mod interruption;
mod main_job;
mod nix;
mod precautions;
mod scene;
mod source;
#[path = "../it/source_repo.rs"]
mod source_repo;
mod verify;

#[test]
fn no_test_file_is_forgotten() {
    let main = include_str!("main.rs");
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/system");
    for entry in fs_err::read_dir(folder).expect("the folder of this file") {
        let name = entry.expect("an entry").file_name().into_string().expect("a plain name");
        let module = name.strip_suffix(".rs").unwrap_or(&name);
        if module != "main" && module != "snapshots" {
            assert!(main.lines().any(|line| line == format!("mod {module};")), "{name} is not part of main.rs");
        }
    }
}
