//! The catalogue of edits: an incremental build gives what a clean build gives.
//!
//! Each case is a small package, an edit, and what comes of it. Base and head are built by Nix and
//! GHC, head both from scratch and on the base's modules, and the two are compared: whether they
//! succeed, what they install, what their programs and test suites print, what their interfaces
//! say, what they warn of (`seen.rs`).
//!
//! # A new case
//!
//! Choose the file of its theme below, take a package of `packages.rs` or write one, and say what
//! changes and what a clean build then does:
//!
//! ```ignore
//! #[test]
//! fn an_exported_function() {
//!     Case::of(small()).edit(|tree| tree.replace("src/Small/Words.hs", "hello", "goodbye")).prints_otherwise();
//! }
//! ```
//!
//! The last call runs the case, and fails as well where the edit could not be seen at all; see
//! `case.rs` for the others. Where exactly certain modules have to be compiled, add `compiles`.
//!
//! `walk` applies edits at random, in any order. `recipes` shows that the catalogue can tell: the
//! recipe that nixpkgs has for the restore fails in it.
//!
//! `HINC_SOUNDNESS_NIX` names a folder that is tested in place of `nix/`.

#![allow(
    clippy::allow_attributes,
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test starts programs, reads its own surroundings, and stops at what it did not expect, and says how far it went"
)]

mod c;
mod case;
mod components;
mod configuration;
mod configured;
mod declarations;
mod dependencies;
mod foretold;
mod holes;
mod leaves;
mod log;
mod modules;
mod nix;
mod observed;
mod packages;
mod partial;
mod plugins;
mod pragmas;
mod preprocessors;
mod processes;
mod programs;
mod recipes;
mod restored;
mod seen;
mod setup;
mod splices;
mod tree;
mod walk;
mod warnings;
mod ways;

#[path = "../whole/mod.rs"]
mod whole;

#[test]
fn no_test_file_is_forgotten() {
    whole::assert_no_file_is_forgotten(include_str!("main.rs"), "tests/soundness");
}
