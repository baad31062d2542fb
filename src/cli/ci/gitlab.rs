//! GitLab CI.
//! <https://docs.gitlab.com/ci/variables/predefined_variables/#predefined-variables-for-merge-request-pipelines>

use super::log::Section;
use super::{Checks, Job, Lookup, into_branch};
use crate::forge::{Kind, Run};
use crate::history::PullRequest;

/// A token of the project, the group or a user, with the scope `api`. The job's own, `CI_JOB_TOKEN`, may not write notes:
/// <https://docs.gitlab.com/ci/jobs/ci_job_token/>
const TOKENS: &[&str] = &["GITLAB_TOKEN"];

/// What is posted to. Numbers of pipelines and of jobs grow with time, and who begins a job again gets a new one.
pub(super) fn job(lookup: Lookup<'_>) -> Option<Job> {
    lookup("GITLAB_CI")?;
    let number = |name| lookup(name).and_then(|value| value.parse().ok());
    let commit = lookup("CI_COMMIT_SHA");
    // Set for merged results alone, where `CI_COMMIT_SHA` is the merge.
    let source = lookup("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA");
    let checks = match (number("CI_MERGE_REQUEST_IID"), source.clone().or_else(|| commit.clone())) {
        (Some(number), Some(head)) => Checks::Request { number, head, merge: commit.filter(|_| source.is_some()) },
        _ => Checks::Nothing,
    };
    Some(Job {
        kind: Kind::GitLab,
        // Of a merge request that comes from a fork, that of the target.
        project: lookup("CI_MERGE_REQUEST_PROJECT_ID").or_else(|| lookup("CI_PROJECT_ID"))?,
        address: lookup("CI_API_V4_URL").unwrap_or_else(|| "https://gitlab.com/api/v4".to_owned()),
        token_variables: TOKENS,
        token: TOKENS.iter().find_map(|name| lookup(name)).map(|token| token.parse()),
        workflow: String::new(),
        name: lookup("CI_JOB_NAME").unwrap_or_default(),
        run: number("CI_PIPELINE_ID").zip(number("CI_JOB_ID")).map(|(number, attempt)| Run { number, attempt }),
        checks,
    })
}

/// A merged result is a merge with the target's tip as its first parent; in a merge train that is the merge before it.
pub(super) fn pull_request(lookup: Lookup<'_>) -> Option<PullRequest> {
    lookup("GITLAB_CI")?;
    let is_merged_result = lookup("CI_MERGE_REQUEST_EVENT_TYPE").is_some_and(|kind| kind == "merged_result");
    into_branch(&lookup("CI_MERGE_REQUEST_TARGET_BRANCH_NAME")?, lookup("CI_COMMIT_SHA").filter(|_| is_merged_result))
}

/// <https://docs.gitlab.com/ci/jobs/job_logs/#custom-collapsible-sections>
pub(super) fn begin(section: &Section<'_>) -> String {
    let Section { title, at, .. } = section;
    format!("\x1b[0Ksection_start:{at}:{}[collapsed=true]\r\x1b[0K{title}", name(section))
}

pub(super) fn end(section: &Section<'_>) -> String {
    format!("\x1b[0Ksection_end:{}:{}\r\x1b[0K", section.at, name(section))
}

/// What no other section of the job is called: those of one name are opened and closed together.
fn name(section: &Section<'_>) -> String {
    format!("hinc_{}_{}", section.first, section.number)
}
