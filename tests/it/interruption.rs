//! Signals, while hinc computes and while it waits for another program.

use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use crate::repositories::TestRepository;

/// Far more than any case needs, and less than anybody waits.
const LIMIT: Duration = Duration::from_secs(30);

/// A tree of ten that are one another, ten times: it is small, and nobody comes to its end.
fn endless() -> TestRepository {
    let git = TestRepository::new();
    git.write("file", "x\n");
    let blob = git.git(["hash-object", "-w", "file"]);
    let tree = |mode: &str, kind: &str, id: &str| {
        let entries: Vec<_> = (0..10).map(|number| format!("{mode} {kind} {id}\t{number}\n")).collect();
        git.git_with(["mktree"], &[], entries.concat().as_bytes())
    };
    let mut top = tree("100644", "blob", &blob);
    for _ in 0..9 {
        top = tree("040000", "tree", &top);
    }
    let commit = git.git(["commit-tree", top.as_str(), "-m", "Endless"]);
    git.git(["update-ref", "refs/heads/main", commit.as_str()]);
    git
}

/// Starts hinc, and returns when it hears signals.
fn listening(hinc: &mut Command, home: &Path) -> Child {
    let hinc = hinc.env("HOME", home).env_remove("XDG_STATE_HOME").env_remove("XDG_CACHE_HOME");
    let mut child = hinc.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("it starts");
    let mut said = BufReader::new(child.stderr.take().expect("stderr"));
    let mut line = String::new();
    while !line.contains("listening for signals") {
        line.clear();
        assert_ne!(said.read_line(&mut line).expect("stderr"), 0, "it ended too soon");
    }
    // It is not to end for want of a reader.
    std::thread::spawn(move || std::io::copy(&mut said, &mut std::io::sink()));
    child
}

fn send(signal: &str, child: &Child) {
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-s", signal, &id]).status().expect("kill").success());
}

/// Waits for its end, which is not to be long after a moment.
fn ended(mut child: Child, from: Instant) -> (ExitStatus, Duration) {
    while from.elapsed() < LIMIT {
        if let Some(status) = child.try_wait().expect("its end") {
            return (status, from.elapsed());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    child.kill().expect("it is killed");
    child.wait().expect("its end");
    panic!("it did not end by the signal");
}

// The same task computed and listened: nothing but SIGKILL ended it.
#[test]
fn what_computes_without_end_ends_by_a_signal() {
    let git = endless();
    let home = tempfile::tempdir().expect("a folder");
    for (first, second, code) in [("INT", None, 130), ("TERM", None, 143), ("INT", Some("TERM"), 143)] {
        let mut hinc = Command::new(env!("CARGO_BIN_EXE_hinc"));
        let child = listening(hinc.args(["-vv", "source", "--rev", "HEAD"]).current_dir(git.folder()), home.path());
        // By then it walks.
        std::thread::sleep(Duration::from_millis(500));
        let from = Instant::now();
        send(first, &child);
        if let Some(second) = second {
            std::thread::sleep(Duration::from_millis(700));
            send(second, &child);
        }
        let (status, after) = ended(child, from);
        assert_eq!(status.code(), Some(code), "{first} {second:?}");
        // A second one is not waited for so long.
        assert!(second.is_none() || after < Duration::from_millis(2700), "{after:?}");
        assert!(second.is_some() || after > Duration::from_secs(2), "it walked no longer: {after:?}");
        assert_eq!(fs_err::read_dir(home.path()).expect("a folder").count(), 0, "nothing is left");
    }
}

// It would be waited for longer than anybody who asks twice has patience.
#[test]
fn a_second_signal_ends_what_does_not_end_by_the_first_with_all_of_its_group() {
    let git = TestRepository::new();
    git.write("file", "x\n");
    git.commit_all(1_700_000_000);
    git.write("file", "y\n");
    git.commit_all(1_700_000_100);
    let clone = git.cloned(&["--depth=1"]);
    let home = tempfile::tempdir().expect("a folder");
    let programs = tempfile::tempdir().expect("a folder");
    let (stubborn, begun) = (programs.path().join("git"), programs.path().join("begun"));
    let script = format!(
        "#!/bin/sh\ntrap '' INT TERM\n(sleep 7; echo > {mark}.alive) &\necho > {mark}\nwhile :; do sleep 1; done\n",
        mark = begun.display()
    );
    fs_err::write(&stubborn, script).expect("a program");
    fs_err::set_permissions(&stubborn, std::fs::Permissions::from_mode(0o755)).expect("a mode");
    let path = format!("{}:{}", programs.path().display(), std::env::var("PATH").expect("PATH"));
    let mut hinc = Command::new(env!("CARGO_BIN_EXE_hinc"));
    hinc.args(["-vv", "base", "--history", "deepen"]).current_dir(clone.folder()).env("PATH", path);
    let child = listening(&mut hinc, home.path());
    let from = Instant::now();
    while !begun.exists() {
        assert!(from.elapsed() < LIMIT, "nothing was fetched");
        std::thread::sleep(Duration::from_millis(20));
    }
    let from = Instant::now();
    send("INT", &child);
    // Whoever passes on what all got already ends nothing.
    send("INT", &child);
    std::thread::sleep(Duration::from_millis(700));
    send("INT", &child);
    let (status, after) = ended(child, from);
    assert_eq!(status.code(), Some(130));
    assert!(after > Duration::from_millis(700) && after < Duration::from_secs(4), "{after:?}");
    // None of its group goes on.
    std::thread::sleep(Duration::from_secs(8).saturating_sub(from.elapsed()));
    assert!(!programs.path().join("begun.alive").exists());
}
