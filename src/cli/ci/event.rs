//! The event that began a job of GitHub Actions, as the file of `GITHUB_EVENT_PATH` tells it. The names of branches and
//! owners in it are the words of whoever opened the pull request.
//! <https://docs.github.com/en/webhooks/webhook-events-and-payloads>

use serde::Deserialize;

use crate::forge::{Place, Run, Source};

/// What an event says of the pull request that is checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) struct Subject {
    /// The pull request.
    pub(in crate::cli) place: Place,
    /// The commit of it that is built: its head when the event came.
    pub(in crate::cli) head: String,
    /// Of a run that another workflow waited for: which it was.
    pub(in crate::cli) upstream: Option<Upstream>,
}

/// The run that built, where another one posts: the first of the two workflows for pull requests of forks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) struct Upstream {
    /// The workflow's name.
    pub(in crate::cli) workflow: String,
    /// Which run of it.
    pub(in crate::cli) run: Run,
}

#[derive(Deserialize)]
struct Event {
    pull_request: Option<PullRequest>,
    workflow_run: Option<WorkflowRun>,
}

#[derive(Deserialize)]
struct PullRequest {
    number: u64,
    head: Head,
}

#[derive(Deserialize)]
struct Head {
    sha: String,
}

#[derive(Deserialize)]
struct WorkflowRun {
    name: Option<String>,
    event: String,
    head_sha: String,
    head_branch: Option<String>,
    head_repository: Option<Repository>,
    run_number: u64,
    #[serde(default)]
    run_attempt: u64,
}

#[derive(Deserialize)]
struct Repository {
    owner: Owner,
}

#[derive(Deserialize)]
struct Owner {
    login: String,
}

/// Reads an event; none where it is about no pull request.
///
/// Of a `workflow_run` the pull request is found by the branch and the head that it is said to have: the list of pull
/// requests in the event is empty where they come from forks (<https://github.com/github/docs/issues/22501>), and
/// what an artifact of the fork says is the word of the fork.
pub(in crate::cli) fn subject(name: &str, json: &[u8]) -> Result<Option<Subject>, serde_json::Error> {
    let event: Event = serde_json::from_slice(json)?;
    Ok(match event {
        Event { workflow_run: Some(run), .. } if name == "workflow_run" => of_run(run),
        Event { pull_request: Some(request), .. } => {
            Some(Subject { place: Place::Request(request.number), head: request.head.sha, upstream: None })
        }
        _ => None,
    })
}

fn of_run(run: WorkflowRun) -> Option<Subject> {
    if !run.event.starts_with("pull_request") {
        return None;
    }
    let source = Source { owner: run.head_repository?.owner.login, branch: run.head_branch? };
    let upstream = Upstream {
        workflow: run.name.unwrap_or_default(),
        run: Run { number: run.run_number, attempt: run.run_attempt },
    };
    Some(Subject { place: Place::From(source), head: run.head_sha, upstream: Some(upstream) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(name: &str, event: &serde_json::Value) -> Option<Subject> {
        subject(name, event.to_string().as_bytes()).expect("an event")
    }

    #[test]
    fn an_event_says_which_pull_request_it_is_about() {
        let request =
            json!({"action": "synchronize", "pull_request": {"number": 7, "head": {"sha": "c0ffee", "ref": "x"}}});
        let expected = Subject { place: Place::Request(7), head: "c0ffee".to_owned(), upstream: None };
        assert_eq!(of("pull_request", &request), Some(expected.clone()));
        assert_eq!(of("pull_request_target", &request), Some(expected));
        assert_eq!(of("push", &json!({"ref": "refs/heads/main", "after": "c0ffee"})), None);
        assert_eq!(of("schedule", &json!({})), None);
        assert!(subject("push", b"[").is_err() && subject("push", b"").is_err());
    }

    #[test]
    fn a_run_of_another_workflow_says_where_its_commit_is_from() {
        let run = |event: &str, repository: serde_json::Value| {
            json!({"workflow_run": {
                "name": "CI", "event": event, "head_sha": "c0ffee", "head_branch": "topic/x", "head_repository": repository,
                "run_number": 12, "run_attempt": 2, "pull_requests": [],
            }})
        };
        let fork = json!({"owner": {"login": "them"}, "name": "project"});
        let found = of("workflow_run", &run("pull_request", fork.clone())).expect("a pull request");
        assert_eq!(found.place, Place::From(Source { owner: "them".to_owned(), branch: "topic/x".to_owned() }));
        assert_eq!(found.head, "c0ffee");
        let run_of_ci = Upstream { workflow: "CI".to_owned(), run: Run { number: 12, attempt: 2 } };
        assert_eq!(found.upstream, Some(run_of_ci));
        assert_eq!(of("workflow_run", &run("push", fork.clone())), None);
        // The fork is gone.
        assert_eq!(of("workflow_run", &run("pull_request", json!(null))), None);
        // An artifact cannot make an event of another kind look like one.
        assert_eq!(of("push", &run("pull_request", fork)), None);
    }
}
