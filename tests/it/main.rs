//! Tests that need neither Nix nor GHC: they run on any machine with git.
//!
//! One program, so that the crate is linked once. The first test asserts that no
//! file was forgotten here.

#![allow(
    clippy::allow_attributes,
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    reason = "a test starts programs, reads its own surroundings, and stops at what it did not expect"
)]

mod documents;
mod exit_codes;
mod history_base;
mod history_dirty;
mod history_oracle;
mod layers;
mod log;
mod log_recorder;
mod report;
mod repositories;
mod source;
mod source_package;
mod source_repo;

#[test]
fn no_test_file_is_forgotten() {
    let main = include_str!("main.rs");
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it");
    for entry in fs_err::read_dir(folder).expect("the folder of this file") {
        let name = entry.expect("an entry").file_name().into_string().expect("a plain name");
        let module = name.strip_suffix(".rs").unwrap_or(&name);
        if module != "main" && module != "snapshots" {
            assert!(main.lines().any(|line| line == format!("mod {module};")), "{name} is not part of main.rs");
        }
    }
}
