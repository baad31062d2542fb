//! Buildkite. <https://buildkite.com/docs/pipelines/configure/environment-variables>

use super::log::Section;
use super::{Lookup, into_branch};
use crate::history::PullRequest;

pub(super) fn pull_request(lookup: Lookup<'_>) -> Option<PullRequest> {
    lookup("BUILDKITE")?;
    let target = lookup("BUILDKITE_MERGE_QUEUE_BASE_BRANCH").or_else(|| lookup("BUILDKITE_PULL_REQUEST_BASE_BRANCH"));
    into_branch(&target?, None)
}

/// What begins a part that is not folded. A part ends where the next one begins.
/// <https://buildkite.com/docs/pipelines/configure/managing-log-output>
pub(super) const UNFOLDED: &str = "+++ hinc";

pub(super) fn begin(section: &Section<'_>) -> String {
    format!("--- {}", section.title)
}
