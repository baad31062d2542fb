//! GitLab CI.
//! <https://docs.gitlab.com/ci/variables/predefined_variables/#predefined-variables-for-merge-request-pipelines>

use super::{Lookup, into_branch};
use crate::history::PullRequest;

/// A merged result is a merge with the target's tip as its first parent; in a merge train that is the merge before it.
pub(super) fn pull_request(lookup: Lookup<'_>) -> Option<PullRequest> {
    lookup("GITLAB_CI")?;
    let is_merged_result = lookup("CI_MERGE_REQUEST_EVENT_TYPE").is_some_and(|kind| kind == "merged_result");
    into_branch(&lookup("CI_MERGE_REQUEST_TARGET_BRANCH_NAME")?, lookup("CI_COMMIT_SHA").filter(|_| is_merged_result))
}
