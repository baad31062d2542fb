//! What CI services say of the job that hinc runs in: one file for each service.
//!
//! What they say is the runner's word, not the repository's. It chooses the base, and can make no build wrong.

mod append;
mod azure;
mod bitbucket;
mod buildkite;
mod event;
mod github;
mod gitlab;
mod jenkins;
mod job;
mod log;
#[cfg(test)]
mod recipes;
mod woodpecker;

use std::path::PathBuf;

use crate::history::PullRequest;

pub(super) use append::{outputs, summary};
pub(super) use event::{Subject, Upstream, subject};
pub(super) use job::{Checks, Job};
pub(super) use log::{End, Runner, Section};

/// Returns the value of a variable of the environment; none where it is empty.
type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

/// What a service says of the pull request that it checks; none where it checks something else, or is not the service
/// that runs this job.
type Service = fn(Lookup<'_>) -> Option<PullRequest>;

/// The services. Their variables have names of their own, so the order does not matter.
const SERVICES: &[Service] = &[
    azure::pull_request,
    bitbucket::pull_request,
    buildkite::pull_request,
    github::pull_request,
    gitlab::pull_request,
    jenkins::pull_request,
    woodpecker::pull_request,
];

/// Returns the pull request that this job checks.
pub(super) fn pull_request(lookup: Lookup<'_>) -> Option<PullRequest> {
    SERVICES.iter().find_map(|service| service(lookup))
}

/// What services say of a job whose reports can be posted. GitHub's variables may be set beside those of another service.
const JOBS: &[fn(Lookup<'_>) -> Option<Job>] = &[gitlab::job, github::job];

/// Returns the job, where its service says enough to post reports.
pub(super) fn job(lookup: Lookup<'_>) -> Option<Job> {
    JOBS.iter().find_map(|job| job(lookup))
}

/// Returns the files that the summary of this step is in: services that run workflows of GitHub's have it under its name,
/// their own, or both. None where `HINC_STEP_SUMMARY` is `off`.
pub(super) fn summaries(lookup: Lookup<'_>) -> Vec<PathBuf> {
    let mut files = Vec::new();
    if is_on(lookup, "HINC_STEP_SUMMARY") {
        for name in ["GITHUB_STEP_SUMMARY", "GITEA_STEP_SUMMARY", "FORGEJO_STEP_SUMMARY"] {
            files.extend(lookup(name).map(PathBuf::from).filter(|file| !files.contains(file)));
        }
    }
    files
}

/// Returns the file for the outputs of this step; none where `HINC_OUTPUTS` is `off`.
pub(super) fn output_file(lookup: Lookup<'_>) -> Option<PathBuf> {
    let names = ["GITHUB_OUTPUT", "GITEA_OUTPUT", "FORGEJO_OUTPUT"];
    names.into_iter().find_map(lookup).filter(|_| is_on(lookup, "HINC_OUTPUTS")).map(PathBuf::from)
}

/// Returns the service whose runner folds parts of this log; none where `HINC_GROUPS` is `off`.
pub(super) fn groups(lookup: Lookup<'_>) -> Option<Runner> {
    log::runner(lookup).filter(|_| is_on(lookup, "HINC_GROUPS"))
}

/// Returns the service whose runner makes annotations of lines of this log; none where `HINC_ANNOTATIONS` is `off`.
pub(super) fn annotations(lookup: Lookup<'_>) -> Option<Runner> {
    log::runner(lookup).filter(|_| is_on(lookup, "HINC_ANNOTATIONS"))
}

fn is_on(lookup: Lookup<'_>, name: &str) -> bool {
    !lookup(name).is_some_and(|value| matches!(value.to_ascii_lowercase().as_str(), "off" | "0" | "false" | "no"))
}

/// Makes a pull request of the name of a branch, and of the merge that the service made. A text that is no branch says
/// nothing.
fn into_branch(target: &str, merge: Option<String>) -> Option<PullRequest> {
    let target = target.strip_prefix("refs/heads/").unwrap_or(target).parse().ok()?;
    Some(PullRequest { target, merge: merge.and_then(|commit| commit.parse().ok()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_of_a_step_are_found_unless_they_are_switched_off() {
        let of = |variables: &[(&str, &str)]| {
            let lookup = |name: &str| {
                variables.iter().find(|(variable, _)| *variable == name).map(|(_, value)| (*value).to_owned())
            };
            (summaries(&lookup), output_file(&lookup))
        };
        let files = |names: &[&str]| names.iter().map(PathBuf::from).collect::<Vec<_>>();
        let all = [("GITHUB_STEP_SUMMARY", "/s"), ("GITEA_STEP_SUMMARY", "/s"), ("GITHUB_OUTPUT", "/o")];
        assert_eq!(of(&all), (files(&["/s"]), Some(PathBuf::from("/o"))));
        assert_eq!(of(&[("FORGEJO_STEP_SUMMARY", "/f")]), (files(&["/f"]), None));
        let off = |name| [&all[..], &[(name, "off")]].concat();
        assert_eq!(of(&off("HINC_STEP_SUMMARY")), (Vec::new(), Some(PathBuf::from("/o"))));
        assert_eq!(of(&off("HINC_OUTPUTS")), (files(&["/s"]), None));
    }

    const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

    /// The variables as the documentation of each service describes them.
    #[test]
    fn each_service_says_where_a_pull_request_goes() {
        let github = |event: &'static str, reference: &'static str| {
            vec![
                ("GITHUB_ACTIONS", "true"),
                ("GITHUB_EVENT_NAME", event),
                ("GITHUB_REF", reference),
                ("GITHUB_SHA", COMMIT),
            ]
        };
        let with = |mut variables: Vec<(&'static str, &'static str)>, more: &[(&'static str, &'static str)]| {
            variables.extend(more);
            variables
        };
        let to_main = &[("GITHUB_BASE_REF", "main")];
        let gitlab = |kind| {
            vec![
                ("GITLAB_CI", "true"),
                ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main"),
                ("CI_MERGE_REQUEST_EVENT_TYPE", kind),
                ("CI_COMMIT_SHA", COMMIT),
            ]
        };
        let azure =
            vec![("TF_BUILD", "True"), ("BUILD_SOURCEBRANCH", "refs/pull/7/merge"), ("BUILD_SOURCEVERSION", COMMIT)];
        let buildkite = vec![("BUILDKITE", "true"), ("BUILDKITE_PULL_REQUEST", "7")];
        for (variables, expected) in [
            (vec![], None),
            (with(github("pull_request", "refs/pull/7/merge"), to_main), Some(("main", true))),
            // A workflow can check out something else; what the event names is then no merge.
            (with(github("pull_request_target", "refs/heads/main"), to_main), Some(("main", false))),
            (github("push", "refs/heads/main"), None),
            (github("merge_group", "refs/heads/gh-readonly-queue/main/pr-7-0123abc"), Some(("main", false))),
            (
                github("merge_group", "refs/heads/gh-readonly-queue/release/2.0/pr-7-0123abc"),
                Some(("release/2.0", false)),
            ),
            (github("merge_group", "refs/heads/gh-readonly-queue/main"), None),
            (with(github("pull_request", "refs/pull/7/merge"), &[("GITHUB_BASE_REF", "--upload-pack=x")]), None),
            (gitlab("detached"), Some(("main", false))),
            (gitlab("merged_result"), Some(("main", true))),
            (gitlab("merge_train"), Some(("main", false))),
            (vec![("GITLAB_CI", "true")], None),
            (with(azure.clone(), &[("SYSTEM_PULLREQUEST_TARGETBRANCH", "refs/heads/main")]), Some(("main", true))),
            (azure, None),
            (with(buildkite.clone(), &[("BUILDKITE_PULL_REQUEST_BASE_BRANCH", "main")]), Some(("main", false))),
            (buildkite, None),
            (vec![("BUILDKITE", "true"), ("BUILDKITE_MERGE_QUEUE_BASE_BRANCH", "main")], Some(("main", false))),
            (vec![("BITBUCKET_PR_DESTINATION_BRANCH", "main")], Some(("main", false))),
            (vec![("JENKINS_URL", "http://ci/"), ("CHANGE_TARGET", "main")], Some(("main", false))),
            (vec![("CI_PIPELINE_EVENT", "pull_request"), ("CI_COMMIT_TARGET_BRANCH", "main")], Some(("main", false))),
            (vec![("CI_PIPELINE_EVENT", "push"), ("CI_COMMIT_TARGET_BRANCH", "main")], None),
        ] {
            let lookup = |name: &str| {
                variables.iter().find(|(variable, _)| *variable == name).map(|(_, value)| (*value).to_owned())
            };
            let said = pull_request(&lookup);
            let said = said.as_ref().map(|request| (request.target.as_str(), request.merge.is_some()));
            assert_eq!(said, expected, "{variables:?}");
        }
    }
}
