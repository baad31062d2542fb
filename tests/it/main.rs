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

mod compare;
mod documents;
mod exit_codes;
mod forge_server;
mod fuzz_corpus;
mod git_trust;
mod history_base;
mod history_dirty;
mod history_fetch;
mod history_format;
mod history_interval;
mod history_mainline;
mod history_oracle;
mod interruption;
mod large_record;
mod layers;
mod log;
mod log_recorder;
mod made;
mod own_folders;
mod pipelines;
mod prediction;
mod report;
mod report_annotations;
mod report_command;
mod report_diff;
mod report_edits;
mod report_foretold;
mod report_formats;
mod report_html;
mod report_markdown;
mod report_post;
mod report_precautions;
mod report_trend;
mod report_verdict;
mod report_why;
mod repositories;
mod source;
mod source_package;
mod source_repo;

#[path = "../whole/mod.rs"]
mod whole;

#[test]
fn no_test_file_is_forgotten() {
    whole::assert_no_file_is_forgotten(include_str!("main.rs"), "tests/it");
}
