//! Azure Pipelines. <https://learn.microsoft.com/azure/devops/pipelines/build/variables>

use super::{Lookup, into_branch};
use crate::history::PullRequest;

pub(super) fn pull_request(lookup: Lookup<'_>) -> Option<PullRequest> {
    lookup("TF_BUILD")?;
    let reference = lookup("BUILD_SOURCEBRANCH").unwrap_or_default();
    let is_merge = reference.starts_with("refs/pull/") && reference.ends_with("/merge");
    into_branch(&lookup("SYSTEM_PULLREQUEST_TARGETBRANCH")?, lookup("BUILD_SOURCEVERSION").filter(|_| is_merge))
}
