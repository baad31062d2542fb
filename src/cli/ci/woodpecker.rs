//! Woodpecker. <https://woodpecker-ci.org/docs/usage/environment>

use super::{Lookup, into_branch};
use crate::history::PullRequest;

pub(super) fn pull_request(lookup: Lookup<'_>) -> Option<PullRequest> {
    lookup("CI_PIPELINE_EVENT").filter(|event| event == "pull_request")?;
    into_branch(&lookup("CI_COMMIT_TARGET_BRANCH")?, None)
}
