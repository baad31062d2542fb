//! A forge on this machine that answers as the documentation of GitHub and GitLab says, with the faults that a case
//! asks for. It keeps what it was asked.
//! <https://docs.github.com/en/rest/issues/comments>, <https://docs.gitlab.com/api/notes/#merge-requests>

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use serde_json::{Value, json};

/// What the server was asked.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) method: String,
    /// The path with its query.
    pub(super) target: String,
    /// In lower case, with their values.
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Value,
}

impl Request {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// `GET /user`.
    pub(super) fn line(&self) -> String {
        format!("{} {}", self.method, self.target)
    }

    fn query(&self, name: &str) -> Option<&str> {
        let (_, query) = self.target.split_once('?')?;
        query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
    }
}

/// What becomes of one request in the place of an answer, or around one.
#[derive(Debug, Clone)]
pub(super) enum Fault {
    /// This status, with headers, and a body.
    Status(u16, Vec<(&'static str, String)>, String),
    /// It is carried out, and then answered with this status.
    DoneBut(u16),
    /// It is carried out, and the connection is cut before any answer.
    DoneThenCut,
    /// The connection is cut at once.
    Cut,
    /// The answer is begun, and its rest never comes.
    Half,
    /// The answer takes this long.
    Slow(Duration),
}

impl Fault {
    pub(super) fn status(status: u16) -> Self {
        Self::Status(status, Vec::new(), json!({"message": "as the test wants"}).to_string())
    }

    pub(super) fn with(status: u16, headers: &[(&'static str, &str)]) -> Self {
        let headers = headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        Self::Status(status, headers, json!({"message": "API rate limit exceeded"}).to_string())
    }
}

#[derive(Debug, Clone)]
pub(super) struct Comment {
    pub(super) id: u64,
    /// The number and the name of who wrote it.
    pub(super) user: (u64, String),
    pub(super) body: String,
}

/// What the forge has.
#[derive(Debug, Default)]
pub(super) struct State {
    /// Who the token is; none for the token of an app, which may not ask.
    pub(super) viewer: Option<(u64, String)>,
    /// What GraphQL says of it; none where it refuses.
    pub(super) app: Option<String>,
    /// The head of pull request 7.
    pub(super) head: String,
    /// Its branch as `owner:branch`.
    pub(super) branch: String,
    pub(super) comments: Vec<Comment>,
    /// Commits with their parents.
    pub(super) parents: Vec<(String, Vec<String>)>,
    /// Checks as they were sent.
    pub(super) checks: Vec<Value>,
    /// Faults of the requests whose lines begin with a text, in order.
    pub(super) faults: Vec<(&'static str, VecDeque<Fault>)>,
    pub(super) requests: Vec<Request>,
}

impl State {
    fn user(&self) -> (u64, String) {
        self.viewer.clone().unwrap_or_else(|| (41_898_282, self.app.clone().unwrap_or_else(|| BOT.to_owned())))
    }

    fn add(&mut self, body: &Value) -> Value {
        let comment = Comment {
            id: 10_000 + self.comments.len() as u64,
            user: self.user(),
            body: body["body"].as_str().expect("a text").to_owned(),
        };
        let answer = json!({"id": comment.id});
        self.comments.push(comment);
        answer
    }

    fn edit(&mut self, id: &str, body: &Value) -> Option<Value> {
        let id: u64 = id.parse().ok()?;
        let comment = self.comments.iter_mut().find(|comment| comment.id == id)?;
        body["body"].as_str().expect("a text").clone_into(&mut comment.body);
        Some(json!({"id": id}))
    }

    fn fault(&mut self, line: &str) -> Option<Fault> {
        self.faults.iter_mut().find(|(begin, _)| line.starts_with(begin))?.1.pop_front()
    }
}

/// Who the token of a workflow is.
pub(super) const BOT: &str = "github-actions[bot]";

pub(super) struct Server {
    port: u16,
    state: Arc<Mutex<State>>,
}

impl Server {
    pub(super) fn start(state: State) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let state = Arc::new(Mutex::new(state));
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&shared);
                std::thread::spawn(move || answer(&stream, port, &shared));
            }
        });
        Self { port, state }
    }

    pub(super) fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no thread panicked")
    }

    /// The lines of what it was asked.
    pub(super) fn lines(&self) -> Vec<String> {
        self.state().requests.iter().map(Request::line).collect()
    }

    /// The lines of what it was asked to write.
    pub(super) fn writes(&self) -> Vec<String> {
        self.lines().into_iter().filter(|line| !line.starts_with("GET ") && !line.ends_with("/graphql")).collect()
    }
}

fn read(stream: &TcpStream) -> Option<Request> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length").and_then(|(_, value)| value.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body).ok()?;
    let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
    Some(Request { method, target, headers, body })
}

fn answer(stream: &TcpStream, port: u16, state: &Mutex<State>) {
    let Some(request) = read(stream) else { return };
    let (fault, answered) = {
        let mut state = state.lock().expect("no thread panicked");
        state.requests.push(request.clone());
        let fault = state.fault(&request.line());
        let is_carried_out = !matches!(fault, Some(Fault::Status(..) | Fault::Cut));
        (fault, is_carried_out.then(|| answer_to(&mut state, &request, port)))
    };
    let (mut status, mut headers, mut body) = answered.unwrap_or_default();
    let half = matches!(fault, Some(Fault::Half));
    match fault {
        Some(Fault::Cut | Fault::DoneThenCut) => return,
        Some(Fault::Status(wanted, more, text)) => {
            (status, body) = (wanted, text);
            headers = more.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        }
        Some(Fault::DoneBut(wanted)) => status = wanted,
        Some(Fault::Slow(time)) => std::thread::sleep(time),
        Some(Fault::Half) | None => {}
    }
    let headers: String = headers.iter().flat_map(|(name, value)| [name, ": ", value, "\r\n"]).collect();
    let head = format!(
        "HTTP/1.1 {status} As It Is\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n{headers}\r\n",
        body.len()
    );
    let mut stream = stream;
    let sent = if half { &body[..body.len() / 2] } else { &body };
    // A client that has gone is no fault of this test.
    stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(sent.as_bytes())).ok();
}

type Answer = (u16, Vec<(String, String)>, String);

fn answer_to(state: &mut State, request: &Request, port: u16) -> Answer {
    let path = request.target.split('?').next().unwrap_or_default();
    let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    let found = match (request.method.as_str(), &parts[..]) {
        ("GET", ["user"]) => match &state.viewer {
            Some((id, login)) => Some((200, json!({"id": id, "login": login, "username": login, "type": "User"}))),
            None => Some((403, json!({"message": "Resource not accessible by integration"}))),
        },
        ("POST", ["graphql"]) => match &state.app {
            Some(login) => Some((200, json!({"data": {"viewer": {"login": login}}}))),
            None => Some((401, json!({"message": "Bad credentials"}))),
        },
        ("GET", ["repos", "o", "r", "pulls", "7"]) => Some((200, json!({"number": 7, "head": {"sha": state.head}}))),
        ("GET", ["repos", "o", "r", "pulls"]) => {
            let is_it = request.query("head") == Some(state.branch.as_str());
            let all = if is_it { vec![json!({"number": 7, "head": {"sha": state.head}})] } else { Vec::new() };
            Some((200, json!(all)))
        }
        ("GET", ["repos", "o", "r", "git", "commits", commit]) => {
            let found = state.parents.iter().find(|(found, _)| found == commit);
            found.map(|(_, parents)| {
                let parents: Vec<Value> = parents.iter().map(|sha| json!({"sha": sha})).collect();
                (200, json!({"sha": commit, "parents": parents}))
            })
        }
        ("GET", ["repos", "o", "r", "issues", "7", "comments"] | ["projects", "9", "merge_requests", "7", "notes"]) => {
            return page(state, request, path, port);
        }
        (
            "POST",
            ["repos", "o", "r", "issues", "7", "comments"] | ["projects", "9", "merge_requests", "7", "notes"],
        ) => Some((201, state.add(&request.body))),
        ("PATCH", ["repos", "o", "r", "issues", "comments", id])
        | ("PUT", ["projects", "9", "merge_requests", "7", "notes", id]) => {
            state.edit(id, &request.body).map(|answer| (200, answer))
        }
        ("GET", ["repos", "o", "r", "commits", commit, "check-runs"]) => {
            let name = request.query("check_name").unwrap_or_default();
            let is_it = |check: &&Value| check["head_sha"] == *commit && check["name"] == name;
            let found: Vec<&Value> = state.checks.iter().filter(is_it).collect();
            Some((200, json!({"total_count": found.len(), "check_runs": found})))
        }
        ("POST", ["repos", "o", "r", "check-runs"]) => {
            let mut check = request.body.clone();
            check["id"] = json!(500 + state.checks.len());
            state.checks.push(check.clone());
            Some((201, check))
        }
        ("PATCH", ["repos", "o", "r", "check-runs", id]) => {
            let is_it = |check: &&mut Value| check["id"].as_u64() == id.parse().ok();
            state.checks.iter_mut().find(is_it).map(|check| {
                check["conclusion"] = request.body["conclusion"].clone();
                (200, json!({}))
            })
        }
        ("GET", ["projects", "9", "merge_requests", "7"]) => Some((200, json!({"iid": 7, "sha": state.head}))),
        _ => None,
    };
    let (status, body) = found.unwrap_or_else(|| (404, json!({"message": "Not Found"})));
    (status, Vec::new(), body.to_string())
}

/// One page of the comments, with where they go on. `username` is what GitLab calls a login, and `author` a user.
fn page(state: &State, request: &Request, path: &str, port: u16) -> Answer {
    let number = |name, default| request.query(name).map_or(default, |value| value.parse().expect("a number"));
    let (size, number) = (number("per_page", 30).min(100), number("page", 1));
    let entry = |comment: &Comment| {
        let user = json!({"id": comment.user.0, "login": comment.user.1, "username": comment.user.1});
        json!({"id": comment.id, "user": user, "author": user, "body": comment.body})
    };
    let entries: Vec<Value> = state.comments.iter().skip((number - 1) * size).take(size).map(entry).collect();
    let mut headers = Vec::new();
    if number * size < state.comments.len() {
        let at = format!("http://127.0.0.1:{port}{path}?per_page={size}");
        let link = format!("<{at}&page={}>; rel=\"next\", <{at}&page=99>; rel=\"last\"", number + 1);
        headers.push(("link".to_owned(), link));
    }
    (200, headers, json!(entries).to_string())
}
