//! GitHub Actions, and Gitea's and Forgejo's, which have the same variables.
//! <https://docs.github.com/en/actions/reference/workflows-and-actions/variables>

use super::log::{Section, escaped};
use super::{Checks, Job, Lookup, into_branch};
use crate::forge::{Kind, Run};
use crate::history::PullRequest;
use crate::report::{Annotation, Level};

/// The names of GitHub's own program, `gh`.
const TOKENS: &[&str] = &["GITHUB_TOKEN", "GH_TOKEN"];

/// What is posted to: `GITHUB_REPOSITORY` is enough, as another service can set it too.
pub(super) fn job(lookup: Lookup<'_>) -> Option<Job> {
    let reference = lookup("GITHUB_REF").unwrap_or_default();
    let is_merge = reference.starts_with("refs/pull/") && reference.ends_with("/merge");
    let number = |name| lookup(name).and_then(|value| value.parse().ok());
    let run =
        number("GITHUB_RUN_NUMBER").map(|run| Run { number: run, attempt: number("GITHUB_RUN_ATTEMPT").unwrap_or(1) });
    let checks = match (lookup("GITHUB_EVENT_NAME"), lookup("GITHUB_EVENT_PATH")) {
        (Some(name), Some(file)) => {
            Checks::Event { name, file: file.into(), merge: lookup("GITHUB_SHA").filter(|_| is_merge) }
        }
        _ => Checks::Nothing,
    };
    Some(Job {
        kind: Kind::GitHub,
        project: lookup("GITHUB_REPOSITORY")?,
        address: lookup("GITHUB_API_URL").unwrap_or_else(|| "https://api.github.com".to_owned()),
        token_variables: TOKENS,
        token: TOKENS.iter().find_map(|name| lookup(name)).map(|token| token.parse()),
        workflow: lookup("GITHUB_WORKFLOW").unwrap_or_default(),
        name: lookup("GITHUB_JOB").unwrap_or_default(),
        run,
        checks,
    })
}

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

/// What ends a group. <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands>
pub(super) const END: &str = "::endgroup::";

/// What the runner reads for a per cent sign and line ends in a text, and beside them in a property
/// (`ActionCommand` of <https://github.com/actions/runner>).
const ESCAPES: [(char, &str); 5] = [('%', "%25"), ('\r', "%0D"), ('\n', "%0A"), (':', "%3A"), (',', "%2C")];

pub(super) fn begin(section: &Section<'_>) -> String {
    format!("::group::{}", escaped(section.title, &ESCAPES[..3]))
}

pub(super) fn annotation(annotation: &Annotation) -> String {
    let level = match annotation.level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Notice => "notice",
    };
    let property = |text: &str| escaped(text, &ESCAPES);
    let spot = annotation.spot.as_ref().map_or_else(String::new, |spot| {
        format!("file={},line={},col={},", property(&spot.file), spot.line, spot.column)
    });
    let text = escaped(&annotation.message, &ESCAPES[..3]);
    format!("::{level} {spot}title={}::{text}", property(&annotation.title))
}
