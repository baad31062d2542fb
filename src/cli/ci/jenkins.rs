//! Jenkins with multibranch pipelines. <https://plugins.jenkins.io/branch-api/>

use super::{Lookup, into_branch};
use crate::history::PullRequest;

pub(super) fn pull_request(lookup: Lookup<'_>) -> Option<PullRequest> {
    lookup("JENKINS_URL")?;
    into_branch(&lookup("CHANGE_TARGET")?, None)
}
