//! What a clone lacks comes from where it was cloned, by the way that git was told.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::http::{self, Request, Response};
use crate::scene::{HOUR, MIDNIGHT, Scene};
use crate::sshd::Sshd;

const DAY: i64 = 24 * HOUR;

/// A history of some days, of which a bare repository beside it is the remote, and the base of its head.
fn some_days() -> (Scene, String) {
    let scene = Scene::new();
    for day in 0..40 {
        scene.commit_at(MIDNIGHT + day * DAY / 20, &format!("Commit {day}"));
    }
    let base = scene.hinc(&["base", "--json"]).status(0).json()["commit"].as_str().expect("a commit").to_owned();
    bare_clone(&scene);
    (scene, base)
}

/// Makes a bare repository beside the project, and returns its folder.
pub(crate) fn bare_clone(scene: &Scene) -> PathBuf {
    let bare = scene.home().join("origin.git");
    scene.git(&["clone", "--quiet", "--bare", ".", bare.to_str().expect("text")]);
    bare
}

/// Takes the place of the project by a clone of the last commits.
pub(crate) fn shallow_clone(scene: &Scene, depth: u32, url: &str, settings: &[(&str, &str)]) {
    fs_err::remove_dir_all(scene.project()).expect("it was cloned");
    fs_err::create_dir(scene.project()).expect("a folder");
    scene.git(&["init", "--quiet", "--initial-branch=main"]);
    scene.git(&["remote", "add", "origin", url]);
    for (name, value) in settings {
        scene.git(&["config", "--local", name, value]);
    }
    scene.git(&[
        "fetch",
        "--quiet",
        "--no-tags",
        &format!("--depth={depth}"),
        "origin",
        "+main:refs/remotes/origin/main",
    ]);
    scene.git(&["checkout", "--quiet", "--force", "-B", "main", "refs/remotes/origin/main"]);
}

#[test]
fn a_history_comes_over_ssh_as_git_is_told_to_call_it() {
    let (scene, base) = some_days();
    let sshd = Sshd::start();
    let url = format!("ssh://root@127.0.0.1:{}{}", sshd.port(), scene.home().join("origin.git").display());
    let (key, host) = (sshd.file("key"), sshd.file("known_hosts"));
    let ssh = format!(
        "ssh -F none -i {} -o HostKeyAlias=hinc-far -o UserKnownHostsFile={} -o StrictHostKeyChecking=yes",
        key.display(),
        host.display()
    );
    shallow_clone(&scene, 1, &url, &[("core.sshCommand", &ssh)]);
    let refused = scene.hinc(&["base", "--history", "error"]).status(4);
    assert!(refused.stderr.contains("shallow"), "{}", refused.stderr);
    let ran = scene.hinc(&["base", "--json", "--history", "deepen"]).status(0);
    assert_eq!(ran.json()["commit"], base.as_str(), "{}", ran.stderr);

    // A machine that nobody knows is asked for nothing.
    let unknown = sshd.file("unknown");
    fs_err::write(&unknown, "").expect("a file");
    let ssh = ssh.replace(host.to_str().expect("text"), unknown.to_str().expect("text"));
    shallow_clone_again(&scene, &ssh);
    let ran = scene.hinc(&["base", "--history", "deepen"]).status(4);
    assert!(ran.stderr.contains("Host key verification failed"), "{}", ran.stderr);
}

/// Makes the clone one of one commit again, and tells git to call ssh in another way.
fn shallow_clone_again(scene: &Scene, ssh: &str) {
    scene.git(&["fetch", "--quiet", "--depth=1", "origin", "+main:refs/remotes/origin/main"]);
    scene.git(&["config", "--local", "core.sshCommand", ssh]);
}

/// What `actions/checkout` writes into the settings of a clone.
const AUTHORIZATION: &str = "AUTHORIZATION: basic eC1hY2Nlc3MtdG9rZW46c2VjcmV0";

#[test]
fn a_history_comes_over_http_with_the_header_of_a_ci_service() {
    let (scene, base) = some_days();
    let home = scene.home();
    let address = http::serve(0, move |request| git_backend(&home, request));
    let header = format!("http.{address}/.extraheader");
    shallow_clone(&scene, 1, &format!("{address}/origin.git"), &[(&header, AUTHORIZATION)]);
    let ran = scene.hinc(&["base", "--json", "--history", "deepen"]).status(0);
    assert_eq!(ran.json()["commit"], base.as_str(), "{}", ran.stderr);
    assert!(!ran.stderr.contains("eC1hY2Nlc3M"), "{}", ran.stderr);

    // Without it, nobody is asked for a password.
    scene.git(&["fetch", "--quiet", "--depth=1", "origin", "+main:refs/remotes/origin/main"]);
    scene.git(&["config", "--local", "--unset-all", &header]);
    let ran = scene.hinc(&["base", "--history", "deepen"]).status(4);
    assert!(ran.stderr.contains("could not read Username"), "{}", ran.stderr);
}

/// Answers as a server of git does, to those who have the secret.
fn git_backend(repositories: &Path, request: &Request) -> Response {
    let secret = AUTHORIZATION.split_once(": ").expect("a header").1;
    if request.header("authorization") != Some(secret) {
        let headers = vec!["WWW-Authenticate: Basic realm=\"git\"".to_owned()];
        return Response { headers, ..Response::empty("401 Unauthorized") };
    }
    let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
    let mut backend = Command::new("/usr/lib/git-core/git-http-backend");
    backend
        .env("GIT_PROJECT_ROOT", repositories)
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("PATH_INFO", format!("/{path}"))
        .env("QUERY_STRING", query)
        .env("REQUEST_METHOD", &request.method)
        .env("CONTENT_LENGTH", request.body.len().to_string())
        .env("CONTENT_TYPE", request.header("content-type").unwrap_or_default())
        .env("HTTP_CONTENT_ENCODING", request.header("content-encoding").unwrap_or_default())
        .env("GIT_PROTOCOL", request.header("git-protocol").unwrap_or_default())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut backend = backend.spawn().expect("git's own server");
    let mut stdin = backend.stdin.take().expect("a pipe");
    let body = request.body.clone();
    let writer = std::thread::spawn(move || stdin.write_all(&body).ok());
    let output = backend.wait_with_output().expect("it ends").stdout;
    writer.join().expect("it was written");
    let end = output.windows(4).position(|four| four == b"\r\n\r\n").expect("a head");
    let head = String::from_utf8_lossy(&output[..end]).into_owned();
    let (status, headers): (Vec<&str>, Vec<&str>) = head.lines().partition(|line| line.starts_with("Status: "));
    let status = status.first().map_or("200 OK", |line| line.trim_start_matches("Status: "));
    Response {
        status: status.to_owned(),
        headers: headers.into_iter().map(str::to_owned).collect(),
        body: output[end + 4..].to_vec(),
    }
}
