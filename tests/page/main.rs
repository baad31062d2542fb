//! The page of the report in a real browser: Debian's headless Chromium, told what to do by the `DevTools` protocol.
//!
//! Runs inside of `tests/env/enter`. What the pages look like lies in `target/screenshots` afterwards.

#![allow(
    clippy::allow_attributes,
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    reason = "a test starts programs, and stops at what it did not expect"
)]

mod browser;
mod hostile;
#[path = "../it/made.rs"]
mod made;
mod pages;
mod records;
mod usable;
#[path = "../whole/mod.rs"]
mod whole;

#[test]
fn no_file_of_tests_is_forgotten() {
    whole::assert_no_file_is_forgotten(include_str!("main.rs"), "tests/page");
}
