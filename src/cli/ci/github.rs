//! GitHub Actions, and Gitea's and Forgejo's, which have the same variables.
//! <https://docs.github.com/en/actions/reference/workflows-and-actions/variables>

use super::{Lookup, into_branch};
use crate::history::PullRequest;

pub(super) fn pull_request(lookup: Lookup<'_>) -> Option<PullRequest> {
    lookup("GITHUB_ACTIONS")?;
    let reference = lookup("GITHUB_REF").unwrap_or_default();
    match lookup("GITHUB_EVENT_NAME")?.as_str() {
        "merge_group" => into_branch(target_of_queue(&reference)?, None),
        "pull_request" | "pull_request_target" => {
            let is_merge = reference.starts_with("refs/pull/") && reference.ends_with("/merge");
            into_branch(&lookup("GITHUB_BASE_REF")?, lookup("GITHUB_SHA").filter(|_| is_merge))
        }
        _ => None,
    }
}

/// A merge queue checks `gh-readonly-queue/BRANCH/pr-NUMBER-COMMIT`.
fn target_of_queue(reference: &str) -> Option<&str> {
    reference.strip_prefix("refs/heads/gh-readonly-queue/")?.rsplit_once("/pr-").map(|(target, _)| target)
}
