//! Readers of Cabal's files, for `fuzz/` alone: hinc itself reads them from a tree of git.

use super::super::error::DescriptionProblem;
use super::{ProjectSettings, description, project, settings};

/// Reads a package description; an error has its line where it has one.
pub fn description(bytes: &[u8]) -> Result<(String, String), (Option<usize>, DescriptionProblem)> {
    description::parse(bytes).map(|found| (found.name, found.version))
}

/// Reads a `cabal.project`: the patterns of its packages, and the settings.
pub fn project(text: &str) -> (Vec<String>, ProjectSettings) {
    (project::packages(text), settings::parse(text))
}

/// Whether a name is matched by a pattern of a `cabal.project`.
pub fn matches(pattern: &str, name: &str) -> bool {
    project::matches(pattern, name)
}
