//! Bitbucket Pipelines. <https://support.atlassian.com/bitbucket-cloud/docs/variables-and-secrets/>

use super::{Lookup, into_branch};
use crate::history::PullRequest;

/// It merges the target into the branch: the first parent is the branch's.
pub(super) fn pull_request(lookup: Lookup<'_>) -> Option<PullRequest> {
    into_branch(&lookup("BITBUCKET_PR_DESTINATION_BRANCH")?, None)
}
