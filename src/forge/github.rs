//! GitHub's REST API, version 2022-11-28. <https://docs.github.com/en/rest>

use std::time::Duration;

use serde::Deserialize;
use serde_json::json;
use ureq::http::Method;

use super::client::{Client, PAGE};
use super::{Author, CheckText, Comment, Error, Forge, Source, Worth};

const HEADERS: &[(&str, &str)] = &[("accept", "application/vnd.github+json"), ("x-github-api-version", "2022-11-28")];

/// Who `GITHUB_TOKEN` of a workflow is.
/// <https://docs.github.com/en/actions/concepts/security/github_token>
const WORKFLOW: &str = "github-actions[bot]";

pub(super) struct GitHub {
    client: Client,
    owner: String,
    name: String,
}

#[derive(Deserialize)]
struct User {
    id: u64,
    login: String,
}

#[derive(Deserialize)]
struct Viewer {
    data: Option<ViewerData>,
}

#[derive(Deserialize)]
struct ViewerData {
    viewer: ViewerLogin,
}

#[derive(Deserialize)]
struct ViewerLogin {
    login: String,
}

#[derive(Deserialize)]
struct Entry {
    id: u64,
    /// None where the user is gone.
    user: Option<User>,
    body: Option<String>,
}

#[derive(Deserialize)]
struct PullRequest {
    number: u64,
    head: Commit,
}

#[derive(Deserialize)]
struct Commit {
    sha: String,
}

#[derive(Deserialize)]
struct Parents {
    parents: Vec<Commit>,
}

#[derive(Deserialize)]
struct CheckRuns {
    check_runs: Vec<CheckRun>,
}

#[derive(Deserialize)]
struct CheckRun {
    id: u64,
    external_id: Option<String>,
}

impl GitHub {
    pub(super) fn new(client: Client, project: &str) -> Self {
        let (owner, name) = project.split_once('/').unwrap_or((project, ""));
        let client = client.with_headers(("authorization", "Bearer "), HEADERS);
        Self { client, owner: owner.to_owned(), name: name.to_owned() }
    }

    fn of(&self, parts: &[&str]) -> String {
        let mut all = vec!["repos", self.owner.as_str(), self.name.as_str()];
        all.extend(parts);
        self.client.address().of(&all)
    }

    /// The token of a GitHub App, as that of a workflow is one, may not ask `GET /user`
    /// (<https://docs.github.com/en/rest/authentication/endpoints-available-for-github-app-installation-access-tokens>
    /// does not list it), but GraphQL tells it who it is.
    fn app(&self) -> Result<Author, Error> {
        // `https://api.github.com/graphql`, and `https://HOST/api/graphql` of an Enterprise Server, whose REST API is at
        // `https://HOST/api/v3`.
        let address =
            self.client.address().with_path(|path| format!("{}/graphql", path.strip_suffix("/v3").unwrap_or(path)));
        let login = match self.client.ask::<Viewer>(address, &json!({"query": "{ viewer { login } }"})) {
            Ok(viewer) => viewer.data.map(|data| data.viewer.login),
            Err(Error::Refused { .. }) => None,
            Err(error) => return Err(error),
        };
        Ok(Author { id: None, login: login.unwrap_or_else(|| WORKFLOW.to_owned()) })
    }

    fn find_check(&self, text: &CheckText<'_>, own: &str) -> Result<Option<u64>, Error> {
        let name = crate::model::percent::encoded(text.name, crate::model::percent::UNRESERVED);
        let address = format!("{}?check_name={name}&per_page={PAGE}", self.of(&["commits", text.head, "check-runs"]));
        let found: CheckRuns = self.client.get(address)?;
        let own = found.check_runs.iter().find(|run| run.external_id.as_deref() == Some(own));
        Ok(own.map(|run| run.id))
    }
}

impl Forge for GitHub {
    fn viewer(&self) -> Result<Author, Error> {
        match self.client.get::<User>(self.client.address().of(&["user"])) {
            Ok(user) => Ok(Author { id: Some(user.id), login: user.login }),
            Err(error) if error.is_status(403) => self.app(),
            Err(error) => Err(error),
        }
    }

    fn head(&self, request: u64) -> Result<String, Error> {
        let found: PullRequest = self.client.get(self.of(&["pulls", &request.to_string()]))?;
        Ok(found.head.sha)
    }

    /// `commits/SHA/pulls` knows nothing of the commits of forks.
    fn requests_from(&self, source: &Source) -> Result<Vec<(u64, String)>, Error> {
        let plain = crate::model::percent::UNRESERVED;
        let head = [&source.owner, &source.branch].map(|text| crate::model::percent::encoded(text, plain));
        let address = format!("{}?state=open&head={}:{}&per_page={PAGE}", self.of(&["pulls"]), head[0], head[1]);
        let mut found = Vec::new();
        self.client.list(address, |request: PullRequest| found.push((request.number, request.head.sha)))?;
        Ok(found)
    }

    fn parents(&self, commit: &str) -> Result<Vec<String>, Error> {
        let found: Parents = self.client.get(self.of(&["git", "commits", commit]))?;
        Ok(found.parents.into_iter().map(|parent| parent.sha).collect())
    }

    fn comments(&self, request: u64) -> Result<Vec<Comment>, Error> {
        let address = format!("{}?per_page={PAGE}", self.of(&["issues", &request.to_string(), "comments"]));
        let mut found = Vec::new();
        self.client.list(address, |entry: Entry| {
            let author = entry.user.map(|user| Author { id: Some(user.id), login: user.login });
            found.extend(Comment::read(entry.id, author, &entry.body.unwrap_or_default()));
        })?;
        Ok(found)
    }

    fn create(&self, request: u64, body: &str) -> Result<(), Error> {
        self.client.create(self.of(&["issues", &request.to_string(), "comments"]), &json!({ "body": body }))
    }

    fn update(&self, _request: u64, comment: u64, body: &str) -> Result<(), Error> {
        let address = self.of(&["issues", "comments", &comment.to_string()]);
        self.client.change(Method::PATCH, address, &json!({ "body": body }))
    }

    /// A check run: <https://docs.github.com/en/rest/checks/runs>. Only GitHub Apps may write one, as a workflow is.
    fn check(&self, text: &CheckText<'_>) -> Result<bool, Error> {
        let own = format!("hinc:report:{}", text.key.as_str());
        let conclusion = match text.worth {
            Worth::Acting => "neutral",
            Worth::Routine => "success",
        };
        let mut body = json!({
            "name": text.name,
            "external_id": own,
            "status": "completed",
            "conclusion": conclusion,
            "output": { "title": text.title, "summary": text.summary },
        });
        if let Some(id) = self.find_check(text, &own)? {
            self.client.change(Method::PATCH, self.of(&["check-runs", &id.to_string()]), &body)?;
            return Ok(true);
        }
        body["head_sha"] = json!(text.head);
        match self.client.create(self.of(&["check-runs"]), &body) {
            // It may be there all the same.
            Err(error) if error.is_uncertain() && self.find_check(text, &own).is_ok_and(|found| found.is_some()) => {}
            result => result?,
        }
        Ok(true)
    }

    fn pause(&self, time: Duration) -> Result<(), Error> {
        self.client.pause(time)
    }
}
