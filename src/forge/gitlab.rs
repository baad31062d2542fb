//! GitLab's REST API, version 4: notes of merge requests. <https://docs.gitlab.com/api/notes/#merge-requests>

use std::time::Duration;

use serde::Deserialize;
use serde_json::json;
use ureq::http::Method;

use super::client::{Client, PAGE};
use super::{Author, CheckText, Comment, Error, Forge, Source};

pub(super) struct GitLab {
    client: Client,
    project: String,
}

#[derive(Deserialize)]
struct User {
    id: u64,
    username: String,
}

impl From<User> for Author {
    fn from(user: User) -> Self {
        Self { id: Some(user.id), login: user.username }
    }
}

#[derive(Deserialize)]
struct Note {
    id: u64,
    author: Option<User>,
    body: Option<String>,
}

#[derive(Deserialize)]
struct MergeRequest {
    iid: u64,
    /// The head of the branch that is to be merged.
    sha: String,
}

#[derive(Deserialize)]
struct Commit {
    parent_ids: Vec<String>,
}

impl GitLab {
    pub(super) fn new(client: Client, project: &str) -> Self {
        // A job's own token, `CI_JOB_TOKEN`, may not write notes; all others go in this header.
        // <https://docs.gitlab.com/api/rest/authentication/>
        Self { client: client.with_headers(("private-token", ""), &[]), project: project.to_owned() }
    }

    fn of(&self, parts: &[&str]) -> String {
        let mut all = vec!["projects", self.project.as_str()];
        all.extend(parts);
        self.client.address().of(&all)
    }
}

impl Forge for GitLab {
    fn viewer(&self) -> Result<Author, Error> {
        Ok(self.client.get::<User>(self.client.address().of(&["user"]))?.into())
    }

    fn head(&self, request: u64) -> Result<String, Error> {
        let found: MergeRequest = self.client.get(self.of(&["merge_requests", &request.to_string()]))?;
        Ok(found.sha)
    }

    fn requests_from(&self, source: &Source) -> Result<Vec<(u64, String)>, Error> {
        let branch = crate::model::percent::encoded(&source.branch, crate::model::percent::UNRESERVED);
        let address = format!("{}?state=opened&source_branch={branch}&per_page={PAGE}", self.of(&["merge_requests"]));
        let mut found = Vec::new();
        self.client.list(address, |request: MergeRequest| found.push((request.iid, request.sha)))?;
        Ok(found)
    }

    fn parents(&self, commit: &str) -> Result<Vec<String>, Error> {
        let found: Commit = self.client.get(self.of(&["repository", "commits", commit]))?;
        Ok(found.parent_ids)
    }

    fn comments(&self, request: u64) -> Result<Vec<Comment>, Error> {
        let notes = self.of(&["merge_requests", &request.to_string(), "notes"]);
        let mut found = Vec::new();
        self.client.list(format!("{notes}?sort=asc&order_by=created_at&per_page={PAGE}"), |note: Note| {
            found.extend(Comment::read(note.id, note.author.map(Author::from), &note.body.unwrap_or_default()));
        })?;
        Ok(found)
    }

    fn create(&self, request: u64, body: &str) -> Result<(), Error> {
        self.client.create(self.of(&["merge_requests", &request.to_string(), "notes"]), &json!({ "body": body }))
    }

    fn update(&self, request: u64, comment: u64, body: &str) -> Result<(), Error> {
        let address = self.of(&["merge_requests", &request.to_string(), "notes", &comment.to_string()]);
        self.client.change(Method::PUT, address, &json!({ "body": body }))
    }

    /// GitLab has no checks that hold a text.
    fn check(&self, _text: &CheckText<'_>) -> Result<bool, Error> {
        Ok(false)
    }

    fn pause(&self, time: Duration) -> Result<(), Error> {
        self.client.pause(time)
    }
}
