//! Readers of Cabal's files, for `fuzz/` alone: hinc itself reads them from a tree of git.

use super::super::error::DescriptionProblem;
use super::{ProjectSettings, description, project, settings};
use crate::model::cabal::layout;

/// Reads a package description; an error has its line where it has one.
pub fn description(bytes: &[u8]) -> Result<(String, String), (Option<usize>, DescriptionProblem)> {
    description::parse(bytes).map(|found| (found.name, found.version))
}

/// Reads a `cabal.project`: the patterns of its packages without their braces, and the settings; none where Cabal
/// cannot read it.
pub fn project(text: &str) -> Option<(Vec<String>, ProjectSettings)> {
    let elements = layout::parse(text).ok()?;
    let entries = project::packages(&elements).into_iter();
    let patterns = entries.filter_map(|entry| project::alternatives(&entry.pattern)).flatten();
    Some((patterns.collect(), settings::read(&elements)))
}

/// Whether a name is matched by a pattern of a `cabal.project`.
pub fn matches(pattern: &str, name: &str) -> bool {
    project::matches(pattern, name)
}
