//! Readers of settings, and what is printed of an error, for `fuzz/` alone: hinc itself reads files.

use super::diagnostic;
use super::error::Error;
use super::settings::fuzzed;
use crate::error::Diagnose;
use crate::foreign;
use crate::model::builder::Builder;

/// Reads a `hinc.toml`, and returns the builders of it.
pub fn of_repository(text: &str) -> Result<Vec<Builder>, Box<dyn Diagnose>> {
    fuzzed::repository(text).map_err(boxed)
}

/// Reads a file of the user's settings, and returns the builders of it.
pub fn of_user(text: &str) -> Result<Vec<Builder>, Box<dyn Diagnose>> {
    fuzzed::user(text).map_err(boxed)
}

fn boxed(error: Error) -> Box<dyn Diagnose> {
    Box::new(error)
}

/// Returns what a pipe gets of an error, and how many hints are in it.
pub fn printed(error: &dyn Diagnose) -> (String, usize) {
    (foreign::shown(&diagnostic::render(error, None), false).into_owned(), error.hints().len())
}
