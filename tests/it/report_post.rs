//! `hinc report post` against a server that answers as a forge does, and as one that fails.

use std::collections::VecDeque;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use hinc::model::plan::Mode;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::forge_server::{BOT, Comment, Fault, Server, State};
use crate::report::{incremental, module, record};

const TOKEN: &str = "ghs_4rThISisAsEcReT";
const HEAD: &str = "2222222222222222222222222222222222222222";
const OLDER: &str = "1111111111111111111111111111111111111111";
const NEWER: &str = "9999999999999999999999999999999999999999";
const MERGE: &str = "3333333333333333333333333333333333333333";

/// A job of GitHub Actions with a record, and the forge that it works for.
struct Job {
    server: Server,
    folder: TempDir,
    variables: Vec<(&'static str, String)>,
}

struct Said {
    code: Option<i32>,
    text: String,
}

/// A forge with a pull request whose head is [`HEAD`], and no comment.
fn forge() -> State {
    State { app: Some(BOT.to_owned()), head: HEAD.to_owned(), branch: "them:topic".to_owned(), ..State::default() }
}

fn event(head: &str) -> Value {
    json!({"pull_request": {"number": 7, "head": {"sha": head}}})
}

fn fork_event() -> Value {
    json!({"workflow_run": {
        "name": "CI", "event": "pull_request", "head_sha": HEAD, "head_branch": "topic", "run_number": 12, "run_attempt": 3,
        "head_repository": {"owner": {"login": "them"}}, "pull_requests": [],
    }})
}

impl Job {
    fn new(state: State) -> Self {
        let server = Server::start(state);
        let folder = tempfile::tempdir().expect("a folder");
        let variables = vec![
            ("GITHUB_ACTIONS", "true".to_owned()),
            ("GITHUB_API_URL", server.address()),
            ("GITHUB_REPOSITORY", "o/r".to_owned()),
            ("GITHUB_TOKEN", TOKEN.to_owned()),
            ("GITHUB_WORKFLOW", "Build -->".to_owned()),
            ("GITHUB_JOB", "linux".to_owned()),
            ("GITHUB_RUN_NUMBER", "5".to_owned()),
            ("GITHUB_RUN_ATTEMPT", "1".to_owned()),
            ("GITHUB_REF", "refs/pull/7/merge".to_owned()),
            ("GITHUB_SHA", MERGE.to_owned()),
        ];
        Self { server, folder, variables }.of(HEAD).began_by("pull_request", &event(HEAD))
    }

    /// The record is of this commit.
    fn of(self, commit: &str) -> Self {
        self.with_reason(commit, "source-file-changed", "A.B")
    }

    /// The same, with another reason for what was compiled.
    fn with_reason(self, commit: &str, reason: &str, root: &str) -> Self {
        let modules = vec![module("lib", "A.B", reason, None, root, 1.0)];
        let mut record = record(Mode::Incremental, vec![incremental(modules)]);
        record.head.commit = commit.parse().expect("a commit");
        let json = hinc::report::json(&record).expect("JSON");
        fs_err::write(self.file("record.json"), json).expect("a record");
        self
    }

    fn began_by(self, name: &str, event: &Value) -> Self {
        fs_err::write(self.file("event.json"), event.to_string()).expect("an event");
        let file = self.file("event.json");
        self.with("GITHUB_EVENT_NAME", name).with("GITHUB_EVENT_PATH", &file)
    }

    fn with(mut self, name: &'static str, value: &str) -> Self {
        self.variables.retain(|(found, _)| *found != name);
        self.variables.push((name, value.to_owned()));
        self
    }

    fn failing(self, begin: &'static str, faults: impl IntoIterator<Item = Fault>) -> Self {
        self.server.state().faults.push((begin, faults.into_iter().collect::<VecDeque<_>>()));
        self
    }

    fn file(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().expect("text").to_owned()
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut hinc = Command::new(env!("CARGO_BIN_EXE_hinc"));
        hinc.args(["report", "post", "record.json"]).args(args).current_dir(self.folder.path()).env_clear();
        hinc.envs(self.variables.iter().filter(|(_, value)| !value.is_empty()).cloned());
        hinc.env("HOME", self.folder.path()).env("PATH", env!("PATH")).stdin(Stdio::null());
        hinc
    }

    fn run(&self, args: &[&str]) -> Said {
        let output = self.command(args).output().expect("it runs");
        assert_eq!(output.stdout, b"", "nothing is an answer");
        let text = String::from_utf8(output.stderr).expect("text");
        assert!(!text.contains(TOKEN), "the token is shown: {text}");
        for request in &self.server.state().requests {
            let token = request.header("authorization").or_else(|| request.header("private-token"));
            assert!(token.is_some_and(|token| token.ends_with(TOKEN)), "{request:?}");
            assert!(request.header("user-agent").is_some_and(|agent| agent.starts_with("hinc/")), "{request:?}");
        }
        Said { code: output.status.code(), text }
    }

    /// Runs it where all goes well.
    fn posts(&self, args: &[&str], said: &str) {
        let found = self.run(args);
        assert!(found.text.contains(said) && !found.text.contains("warning:"), "{}", found.text);
        assert_eq!(found.code, Some(0));
    }

    /// Runs it where nothing can be posted: told, and no failure.
    fn is_told(&self, args: &[&str], said: &str) {
        let found = self.run(args);
        assert!(found.text.starts_with("warning: the report is not posted: "), "{}", found.text);
        assert!(found.text.contains(said), "{}", found.text);
        assert_eq!(found.code, Some(0), "{}", found.text);
    }

    fn bodies(&self) -> Vec<String> {
        self.server.state().comments.iter().map(|comment| comment.body.clone()).collect()
    }
}

/// The marker of the job's comment, of a commit and a run.
fn marker(commit: &str, run: u64) -> String {
    format!("<!-- hinc:report:Build%20%2D%2D%3E/linux/mono v1 sha={commit} at=1769850764 run={run}.1 -->")
}

fn comment(id: u64, login: &str, body: &str) -> Comment {
    let user = if login == BOT { 41_898_282 } else { 1_000 + id };
    Comment { id, user: (user, login.to_owned()), body: body.to_owned() }
}

const COMMENTS: &str = "GET /repos/o/r/issues/7/comments?per_page=100";

#[test]
fn a_comment_is_made_and_then_kept_up_to_date() {
    let job = Job::new(forge());
    job.posts(
        &["--always", "--timeout", "100000000years"],
        "the report is posted, as a new comment (#7 in o/r of GitHub)",
    );
    let expected =
        ["GET /user", "POST /graphql", COMMENTS, "GET /repos/o/r/pulls/7", "POST /repos/o/r/issues/7/comments"];
    assert_eq!(job.server.lines(), expected);
    let bodies = job.bodies();
    let last = bodies[0].lines().last().expect("a line");
    assert_eq!(last, marker(HEAD, 5));
    {
        let state = job.server.state();
        let post = state.requests.last().expect("a request");
        assert_eq!(post.header("accept"), Some("application/vnd.github+json"));
        assert_eq!(post.header("x-github-api-version"), Some("2022-11-28"));
        assert_eq!(post.body.as_object().map(serde_json::Map::len), Some(1));
    }

    job.posts(&[], "the comment says the same already");
    assert_eq!(job.server.writes().len(), 1, "{:?}", job.server.lines());

    // A new commit.
    job.server.state().head = NEWER.to_owned();
    let job = job.of(NEWER).began_by("pull_request", &event(NEWER)).with("GITHUB_RUN_NUMBER", "6");
    job.posts(&[], "the report is posted, in the comment that was there");
    assert_eq!(job.server.writes()[1..], ["PATCH /repos/o/r/issues/comments/10000"]);
    let bodies = job.bodies();
    assert!(bodies.len() == 1 && bodies[0].ends_with(&format!("sha={NEWER} at=1769850764 run=6.1 -->")), "{bodies:?}");
}

#[test]
fn a_comment_is_made_where_a_reader_should_act() {
    let job = Job::new(forge());
    job.posts(&[], "nobody has to act");
    job.posts(&["--never"], "none is to be made");
    let job = job.with("HINC_COMMENT", "never");
    job.posts(&[], "none is to be made");
    let job = job.with("HINC_COMMENT", "off");
    job.posts(&["--timeout", "1m"], "none is to be made");
    // What says nothing does not count, and ends no good job.
    let job = job.with("HINC_COMMENT", "perhaps");
    let said = job.run(&[]);
    assert!(
        said.text.starts_with("warning: HINC_COMMENT is `perhaps`") && said.text.contains("hint: "),
        "{}",
        said.text
    );
    assert!(said.code == Some(0) && said.text.contains("nobody has to act"), "{}", said.text);
    assert_eq!(job.server.writes(), [""; 0]);
    // No edit of a source explains it.
    let job = Job::new(forge()).with_reason(HEAD, "flags-changed", "flags");
    job.posts(&[], "as a new comment");
    let job = Job::new(forge()).with("HINC_COMMENT", "always");
    job.posts(&[], "as a new comment");
    let nothing = Job::new(forge());
    for args in [["--from-share", "lots"], ["--from-time", "soon"], ["--from-modules", "-1"]] {
        assert_eq!(nothing.run(&args).code, Some(2), "{args:?}");
    }
    // What is there is kept up to date, also where none would be made.
    let job = job.with("GITHUB_RUN_ATTEMPT", "2").with("HINC_COMMENT", "never");
    let body = format!("something else\n\n{}", marker(HEAD, 5));
    job.server.state().comments[0].body = body;
    job.posts(&[], "in the comment that was there");
}

#[test]
fn from_when_on_a_comment_is_made_can_be_set() {
    Job::new(forge()).posts(&["--from-time", "1h"], "nobody has to act");
    Job::new(forge()).posts(&["--from-time", "100ms"], "as a new comment");
    Job::new(forge()).posts(&["--from-share", "0%", "--from-modules", "1"], "as a new comment");
    let in_repository = |file: &str| {
        let job = Job::new(forge());
        let git = |args: &[&str]| {
            let identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"];
            let done =
                Command::new("git").args(identity).args(args).current_dir(job.folder.path()).output().expect("git");
            assert!(done.status.success(), "{done:?}");
        };
        fs_err::write(job.folder.path().join("hinc.toml"), file).expect("a file");
        git(&["init", "--quiet"]);
        git(&["add", "hinc.toml"]);
        git(&["commit", "--quiet", "--message", "one"]);
        job
    };
    let job = in_repository("[comment]\nfrom-time = \"100ms\"\n");
    job.posts(&["--from-time", "1h"], "nobody has to act");
    job.posts(&[], "as a new comment");
    let broken = in_repository("[comment]\nfrom-share = \"half\"\n").run(&[]);
    assert!(
        broken.code == Some(0) && broken.text.contains("hinc.toml does not count for the comment"),
        "{}",
        broken.text
    );
    assert!(broken.text.contains("`half` is no share") && broken.text.contains("nobody has to act"), "{}", broken.text);
}

#[test]
fn of_250_comments_the_own_one_is_found_and_no_other_is_touched() {
    let job = Job::new(forge());
    let own = marker(OLDER, 4);
    let mut comments: Vec<Comment> =
        (0..250).map(|id| comment(id, &format!("user-{id}"), &format!("Comment {id}"))).collect();
    // A look-alike: the marker is right, and the author is not, whatever the name says.
    comments[20] = comment(20, "stranger", &format!("Mine!\n\n{own}"));
    comments[30] = comment(30, "github-actions", &format!("Mine!\n\n{own}"));
    // The author is right, and the marker is not the last line, or of another job or workflow.
    comments[40] = comment(40, BOT, &format!("> {own}\n\n{own}\n\nis what was quoted"));
    comments[50] = comment(50, BOT, &format!("x\n\n{}", own.replace("/linux/", "/mac/")));
    comments[60] = comment(60, BOT, &format!("x\n\n{}", own.replace("report:Build", "report:Test")));
    comments[240] = comment(240, BOT, &format!("old\n\n{own}"));
    job.server.state().comments.clone_from(&comments);
    job.posts(&[], "in the comment that was there");
    let pages: Vec<String> = job.server.lines().into_iter().filter(|line| line.contains("/issues/7/")).collect();
    assert_eq!(pages, [COMMENTS.to_owned(), format!("{COMMENTS}&page=2"), format!("{COMMENTS}&page=3")]);
    assert_eq!(job.server.writes(), ["PATCH /repos/o/r/issues/comments/240"]);
    for (index, (body, before)) in job.bodies().iter().zip(&comments).enumerate() {
        assert_eq!(*body == before.body, index != 240, "{index}: {body}");
    }
}

#[test]
fn a_newer_commit_s_comment_is_never_written_over() {
    let with = |commit: &str, run: u64, head_now: &str| {
        let job = Job::new(State { head: head_now.to_owned(), ..forge() });
        let body = format!("of {commit}\n\n{}", marker(commit, run));
        job.server.state().comments.push(comment(1, BOT, &body));
        job
    };
    with(NEWER, 4, NEWER).posts(&["--always"], "the comment is of a newer commit");
    with(NEWER, 6, MERGE).posts(&["--always"], "the comment is of a newer commit");
    with(HEAD, 6, HEAD).posts(&["--always"], "the comment is of a later run");
    with(NEWER, 6, HEAD).posts(&[], "in the comment that was there");
    let job = Job::new(State { head: NEWER.to_owned(), ..forge() });
    job.posts(&["--always"], "the pull request has a newer commit");
    assert_eq!(job.server.writes(), [""; 0]);
}

#[test]
fn what_is_refused_is_told_and_not_tried_again() {
    for (status, said) in [
        (401, "the token is not valid"),
        (403, "permissions: pull-requests: write"),
        (404, "permissions: pull-requests: write"),
        (410, "does not take comments"),
        (422, "status 422: \"as the test wants\""),
    ] {
        let job = Job::new(forge()).failing("POST /repos", [Fault::status(status)]);
        job.is_told(&["--always"], said);
        assert_eq!(job.server.writes().len(), 1, "{status}: {:?}", job.server.lines());
        // Before anything is written: a token that may not even read.
        let job = Job::new(forge()).failing("GET /repos", [Fault::status(status)]);
        job.is_told(&["--always"], said);
        assert_eq!(job.server.writes(), [""; 0], "{status}");
    }
}

#[test]
fn a_limit_is_waited_for_if_it_is_short() {
    let short = Fault::with(429, &[("retry-after", "1")]);
    let job = Job::new(forge()).failing("POST /repos", [short]);
    let begin = Instant::now();
    job.posts(&["--always"], "as a new comment");
    assert!(begin.elapsed() >= Duration::from_secs(1), "it did not wait");
    assert_eq!((job.server.writes().len(), job.bodies().len()), (2, 1));

    // HINC_CLOCK stands still at 1,800,000,000.
    for (status, headers) in [
        (429, vec![("retry-after", "3600")]),
        (403, vec![("retry-after", "3600")]),
        (403, vec![("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1800003599")]),
    ] {
        let job = Job::new(forge()).with("HINC_CLOCK", "2027-01-15T08:00:00Z");
        let job = job.failing("POST /repos", [Fault::with(status, &headers)]);
        job.is_told(&["--always"], "met a limit of the forge that lasts 1h more");
        assert_eq!(job.server.writes().len(), 1);
    }
    // One that would be waited for, were there the time.
    let job = Job::new(forge()).failing("POST /repos", [Fault::with(429, &[("retry-after", "30")])]);
    job.is_told(&["--always", "--timeout", "5s"], "met a limit of the forge that lasts 30s more");
}

#[test]
fn a_forge_that_fails_once_is_asked_again_and_has_one_comment() {
    for faults in [
        ("GET /user", Fault::status(500)),
        ("GET /repos/o/r/issues", Fault::status(502)),
        ("GET /repos/o/r/issues", Fault::Cut),
        ("GET /repos/o/r/issues", Fault::Half),
        ("GET /repos/o/r/pulls", Fault::status(503)),
        ("POST /repos", Fault::status(500)),
        ("POST /repos", Fault::Cut),
        // The comment is there, though the answer says that it is not, or never came.
        ("POST /repos", Fault::DoneBut(500)),
        ("POST /repos", Fault::DoneThenCut),
        ("POST /repos", Fault::Half),
    ] {
        let said = format!("{faults:?}");
        let job = Job::new(forge()).failing(faults.0, [faults.1]);
        job.posts(&["--always"], "as a new comment");
        assert_eq!(job.bodies().len(), 1, "{said}: {:?}", job.server.lines());
    }
    let job = Job::new(forge()).failing("PATCH", [Fault::status(500), Fault::DoneThenCut]);
    let body = format!("x\n\n{}", marker(OLDER, 4));
    job.server.state().comments.push(comment(1, BOT, &body));
    job.posts(&[], "in the comment that was there");
    assert_eq!(job.server.writes().len(), 3);
}

#[test]
fn a_forge_that_goes_on_failing_is_given_up() {
    let always = |fault: &Fault| std::iter::repeat_n(fault.clone(), 20);
    for (fault, said) in [(Fault::status(500), "failed with status 500"), (Fault::Cut, "no answer to ")] {
        let job = Job::new(forge()).failing("GET /repos/o/r/issues", always(&fault));
        job.is_told(&["--always"], said);
        assert_eq!(job.server.lines().iter().filter(|line| line.starts_with(COMMENTS)).count(), 3);
        let job = Job::new(forge()).failing("POST /repos", always(&fault));
        job.is_told(&["--always"], said);
        assert_eq!(job.server.writes().len(), 3);
    }
    let job = Job::new(forge()).with("GITHUB_API_URL", "http://127.0.0.1:1");
    job.is_told(&["--always"], "no answer to GET http://127.0.0.1:1/user");
}

#[test]
fn a_slow_forge_is_not_waited_for() {
    let job = Job::new(forge()).failing("GET /repos/o/r/issues", [Fault::Slow(Duration::from_secs(60))]);
    let begin = Instant::now();
    job.is_told(&["--always", "--timeout", "2s"], "no answer to GET http://127.0.0.1:");
    assert!(begin.elapsed() < Duration::from_secs(30), "{:?}", begin.elapsed());
    assert_eq!(job.server.writes(), [""; 0]);
}

#[test]
fn who_stops_hinc_does_not_wait_for_the_forge() {
    let job = Job::new(forge()).failing("GET /user", [Fault::Slow(Duration::from_secs(60))]);
    let mut child = job.command(&[]).stderr(Stdio::null()).spawn().expect("it starts");
    while job.server.lines().is_empty() {
        std::thread::sleep(Duration::from_millis(20));
    }
    let begin = Instant::now();
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-s", "INT", &id]).status().expect("kill").success());
    assert_eq!(child.wait().expect("its end").code(), Some(130));
    assert!(begin.elapsed() < Duration::from_secs(20), "{:?}", begin.elapsed());
}

#[test]
fn a_token_knows_who_it_is() {
    let body = format!("x\n\n{}", marker(OLDER, 4));
    // An app of one's own.
    let job = Job::new(State { app: Some("our-app[bot]".to_owned()), ..forge() });
    let found = [comment(1, BOT, &body), comment(2, "our-app[bot]", &body)];
    job.server.state().comments.extend(found);
    job.posts(&[], "in the comment that was there");
    assert_eq!(job.server.writes(), ["PATCH /repos/o/r/issues/comments/2"]);
    // GraphQL refuses: the token is taken for that of a workflow.
    let job = Job::new(State { app: None, ..forge() });
    let found = [comment(1, "our-app[bot]", &body), comment(2, BOT, &body)];
    job.server.state().comments.extend(found);
    job.posts(&[], "in the comment that was there");
    assert_eq!(job.server.writes(), ["PATCH /repos/o/r/issues/comments/2"]);
    // A user: the number counts, and not the name.
    let job = Job::new(State { viewer: Some((77, "me".to_owned())), ..forge() });
    let of = |id, user: u64, login: &str| Comment { id, user: (user, login.to_owned()), body: body.clone() };
    let found = [of(1, 78, "me"), of(2, 77, "my-older-name")];
    job.server.state().comments.extend(found);
    job.posts(&[], "in the comment that was there");
    assert_eq!(job.server.writes(), ["PATCH /repos/o/r/issues/comments/2"]);
}

#[test]
fn a_redirect_is_followed_on_the_same_host_alone() {
    let to = |address: &str| Fault::Status(301, vec![("location", address.to_owned())], String::new());
    let job = Job::new(forge()).failing("GET /user", [to("/user")]);
    job.posts(&["--always"], "as a new comment");
    assert_eq!(job.server.lines()[..2], ["GET /user", "GET /user"]);
    let job = Job::new(forge()).failing("POST /repos", [to("/repos/o/r/issues/7/comments")]);
    job.posts(&["--always"], "as a new comment");
    assert_eq!(job.server.writes().len(), 2, "a POST stays one");

    let other = Server::start(forge());
    for (begin, address) in [("GET /user", "/user"), ("POST /repos", "/repos/o/r/issues/7/comments")] {
        let job = Job::new(forge()).failing(begin, [to(&format!("{}{address}", other.address()))]);
        job.is_told(&["--always"], "leads to another host, which is not sent the token");
    }
    let link = format!("<{}/x>; rel=\"next\"", other.address());
    let job =
        Job::new(forge()).failing("GET /repos/o/r/issues", [Fault::Status(200, vec![("link", link)], "[]".to_owned())]);
    job.is_told(&["--always"], "leads to another host");
    assert_eq!(other.lines(), [""; 0], "the other host was never asked");
    let round = std::iter::repeat_n(to("/user"), 20);
    Job::new(forge()).failing("GET /user", round).is_told(&[], "no answer to GET http://127.0.0.1:");
}

#[test]
fn what_a_forge_says_is_harmless() {
    let message = "\u{1b}[2J::error::x\n::error::y ##[error]z";
    let body = json!({ "message": message }).to_string();
    let job = Job::new(forge()).failing("POST /repos", [Fault::Status(422, Vec::new(), body)]);
    let said = job.run(&["--always"]);
    assert!(!said.text.contains('\u{1b}') && !said.text.contains("##["), "{:?}", said.text);
    // The one command is hinc's own.
    let commands: Vec<&str> = said.text.lines().filter(|line| line.trim_start().starts_with("::")).collect();
    let own = "::notice title=hinc%3A the report is not posted::POST ";
    assert!(commands.len() == 1 && commands[0].starts_with(own), "{:?}", said.text);
    for answer in ["", "[", "{\"id\": \"x\"}", "<html>"] {
        let job = Job::new(forge()).failing("GET /user", [Fault::Status(200, Vec::new(), answer.to_owned())]);
        job.is_told(&["--always"], "the answer to GET ");
    }
}

#[test]
fn a_pull_request_of_a_fork_is_found_by_its_head() {
    // The first workflow built the merge that GitHub made of the head.
    let built = |commit: &str| {
        let state = State { parents: vec![(MERGE.to_owned(), vec![OLDER.to_owned(), HEAD.to_owned()])], ..forge() };
        let job = Job::new(state).of(commit).began_by("workflow_run", &fork_event());
        job.with("GITHUB_REF", "refs/heads/main").with("GITHUB_SHA", NEWER)
    };
    let job = built(MERGE);
    job.posts(&["--always"], "as a new comment (#7 in o/r of GitHub)");
    assert!(job.server.lines().contains(&"GET /repos/o/r/pulls?state=open&head=them:topic&per_page=100".to_owned()));
    let bodies = job.bodies();
    // The workflow and the run are those that built.
    assert!(bodies[0].contains("<!-- hinc:report:CI/linux/"), "{bodies:?}");
    assert!(bodies[0].ends_with(&format!("sha={HEAD} at=1769850764 run=12.3 -->")), "{bodies:?}");
    built(HEAD).posts(&["--always"], "as a new comment");
    // A number that came with the record may be that of anybody's pull request, and so may a commit.
    for named in [["--pull-request", "7"], ["--head", HEAD]] {
        let job = built(MERGE).with("GITHUB_STEP_SUMMARY", "/dev/null");
        job.is_told(&["--always", named[0], named[1]], "say nothing in a job that another workflow began");
        assert_eq!(job.server.lines(), [""; 0]);
    }

    // The record is the fork's word: one of another commit is not posted.
    let job = built(OLDER).with("GITHUB_STEP_SUMMARY", "/dev/null");
    job.is_told(&["--always"], &format!("the record is of commit {OLDER}, which is neither {HEAD}"));
    assert_eq!(job.server.writes(), [""; 0]);
    // By now it has another head.
    let job = built(HEAD);
    job.server.state().head = NEWER.to_owned();
    job.is_told(&["--always"], "no open pull request of them:topic has the head");
    // What cannot be posted is in the summary of this job, as the one that built is another.
    let job = built(HEAD).failing("POST /repos", [Fault::status(403)]);
    let summary = job.file("summary.md");
    let job = job.with("GITHUB_STEP_SUMMARY", &summary);
    job.is_told(&["--always"], "status 403");
    assert!(fs_err::read_to_string(&summary).expect("a summary").contains("modules rebuilt"));
    // A run for something else than a pull request.
    let mut push = fork_event();
    push["workflow_run"]["event"] = json!("push");
    let job = built(HEAD).began_by("workflow_run", &push);
    job.posts(&["--always"], "nothing is posted: this job is not about a pull request");
    assert_eq!(job.server.lines(), [""; 0]);
}

#[test]
fn a_record_of_another_commit_is_not_posted() {
    // The merge that GitHub had built for this job.
    Job::new(forge()).of(MERGE).posts(&["--always"], "as a new comment");
    let job = Job::new(forge()).of(OLDER);
    job.is_told(&["--always"], "the record is of commit 1111111111");
    assert_eq!(job.server.writes(), [""; 0]);
    // Who says what was built is believed, and the forge says of whom it is the head.
    let job = Job::new(State { head: OLDER.to_owned(), ..forge() }).of(OLDER);
    job.posts(&["--always", "--pull-request", "7", "--head", OLDER], "as a new comment");
}

#[test]
fn a_check_is_written_where_it_is_asked_for() {
    let job = Job::new(forge());
    job.posts(&["--check-run", "hinc"], "the check is written to o/r of GitHub");
    job.posts(&["--check-run", "hinc"], "the check is written");
    assert_eq!(job.server.writes(), ["POST /repos/o/r/check-runs", "PATCH /repos/o/r/check-runs/500"]);
    {
        let state = job.server.state();
        let check = &state.checks[0];
        assert_eq!(check["head_sha"], HEAD);
        assert_eq!((&check["status"], &check["conclusion"]), (&json!("completed"), &json!("success")));
        assert!(check["output"]["summary"].as_str().is_some_and(|text| text.contains("modules rebuilt")), "{check}");
        assert!(check["output"]["title"].as_str().is_some_and(|title| !title.is_empty()), "{check}");
    }
    // One of the same name that somebody else wrote is not touched, and a push has a check and no comment.
    let state =
        State { checks: vec![json!({"id": 1, "name": "hinc", "head_sha": HEAD, "external_id": "x"})], ..forge() };
    let job = Job::new(state).began_by("push", &json!({"after": HEAD}));
    job.posts(&["--check-run", "hinc", "--always"], "the check is written");
    assert_eq!(job.server.writes(), ["POST /repos/o/r/check-runs"]);
    // The one does not depend on the other.
    let job = Job::new(forge()).failing("POST /repos/o/r/check-runs", [Fault::status(403)]);
    let said = job.run(&["--check-run", "hinc", "--always"]);
    assert_eq!(said.code, Some(0));
    assert!(said.text.contains("as a new comment") && said.text.contains("warning: the check is not written: "));
}

#[test]
fn where_nothing_can_be_posted_it_is_said() {
    let job = Job::new(forge()).began_by("push", &json!({"after": HEAD}));
    job.posts(&["--always"], "nothing is posted: this job is not about a pull request");
    Job::new(forge()).with("GITHUB_TOKEN", "").is_told(&["--always"], "there is no token in GITHUB_TOKEN or GH_TOKEN");
    Job::new(forge()).with("GITHUB_REPOSITORY", "").is_told(&[], "no project on a forge is known");
    let job = Job::new(forge()).with("GITHUB_API_URL", "http://api.github.com");
    job.is_told(&["--always"], "anybody on the way could read the token");
    let job = Job::new(forge()).with("GITHUB_EVENT_PATH", "/nowhere");
    job.is_told(&["--always"], "the event of this job, /nowhere, cannot be read");
    let job = Job::new(forge()).with("GITHUB_TOKEN", &format!("{TOKEN} x"));
    job.is_told(&["--always"], "the token is none");
    assert_eq!(job.server.lines(), [""; 0]);
    let said = Job::new(forge()).with("GITHUB_TOKEN", "").run(&["--quiet"]);
    assert_eq!((said.code, said.text.as_str()), (Some(0), ""));
    // A record that is none is a mistake of the command line.
    let job = Job::new(forge());
    fs_err::write(job.file("record.json"), "{}").expect("a file");
    let said = job.run(&[]);
    assert!(said.code == Some(2) && said.text.contains("cannot show record.json"), "{}", said.text);
}

#[test]
fn notes_of_gitlab_are_kept_up_to_date_as_well() {
    let state = State { viewer: Some((5, "project_9_bot".to_owned())), ..forge() };
    let job = Job::new(state);
    let address = job.server.address();
    let mut job = job;
    job.variables = [
        ("GITLAB_CI", "true"),
        ("GITLAB_TOKEN", TOKEN),
        ("CI_API_V4_URL", address.as_str()),
        ("CI_PROJECT_ID", "8"),
        ("CI_MERGE_REQUEST_PROJECT_ID", "9"),
        ("CI_MERGE_REQUEST_IID", "7"),
        ("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", HEAD),
        ("CI_COMMIT_SHA", MERGE),
        ("CI_JOB_NAME", "build: [9.6]"),
        ("CI_PIPELINE_ID", "100"),
        ("CI_JOB_ID", "1001"),
    ]
    .map(|(name, value)| (name, value.to_owned()))
    .to_vec();
    let job = job.of(MERGE);
    job.posts(&["--always"], "as a new comment (#7 in 9 of GitLab)");
    let job = job.with("CI_JOB_ID", "1002");
    for page in 0..150 {
        job.server.state().comments.insert(0, comment(page, "somebody", "A note"));
    }
    let edited = job.bodies().pop().expect("a note").replacen("### ", "### Changed: ", 1);
    job.server.state().comments.last_mut().expect("a note").body = edited;
    let said = job.run(&["--check-run", "hinc"]);
    assert!(said.code == Some(0) && said.text.contains("in the comment that was there"), "{}", said.text);
    assert!(said.text.contains("warning: no check is written: 9 of GitLab has none"), "{}", said.text);
    let notes = "/projects/9/merge_requests/7/notes";
    assert_eq!(job.server.writes(), [format!("POST {notes}"), format!("PUT {notes}/10000")]);
    let bodies = job.bodies();
    let marker = "<!-- hinc:report:/build%3A%20%5B9.6%5D/";
    assert!(bodies[150].contains(marker) && bodies[150].contains(&format!("sha={HEAD}")), "{}", bodies[150]);
    assert!(job.server.state().requests.iter().all(|request| request.header("private-token") == Some(TOKEN)));
}

#[test]
fn a_report_is_shown_as_ever_and_post_is_a_command() {
    let job = Job::new(forge());
    fs_err::copy(job.file("record.json"), job.file("post")).expect("a copy");
    let run = |args: &[&str]| {
        let mut hinc = Command::new(env!("CARGO_BIN_EXE_hinc"));
        hinc.arg("report").args(args).current_dir(job.folder.path()).env_clear().env("HOME", job.folder.path());
        hinc.output().expect("it runs")
    };
    let json = fs_err::read(job.file("record.json")).expect("a record");
    for args in [&["record.json", "--format", "json"][..], &["./post", "--format", "json"]] {
        assert_eq!(run(args).stdout, json);
    }
    let output = run(&["record.json", "--format", "json", "-o", "copy.json"]);
    assert!(output.status.success());
    assert_eq!(fs_err::read(job.file("copy.json")).expect("a copy"), json);
    for args in [&["post", "--format", "json"][..], &["record.json", "post"], &["post", "--always", "--never"]] {
        assert_eq!(run(args).status.code(), Some(2), "{args:?}");
    }
}
