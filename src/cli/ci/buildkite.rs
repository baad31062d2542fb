//! Buildkite. <https://buildkite.com/docs/pipelines/configure/environment-variables>

use super::{Lookup, into_branch};
use crate::history::PullRequest;

pub(super) fn pull_request(lookup: Lookup<'_>) -> Option<PullRequest> {
    lookup("BUILDKITE")?;
    let target = lookup("BUILDKITE_MERGE_QUEUE_BASE_BRANCH").or_else(|| lookup("BUILDKITE_PULL_REQUEST_BASE_BRANCH"));
    into_branch(&target?, None)
}
