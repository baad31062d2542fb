use std::path::Path;

use chrono::DateTime;

use super::*;
use crate::log::Decoder;

/// How a recorded call ended, and what it is to be taken for.
struct Case {
    name: &'static str,
    local: i32,
    expected: Verdict,
}

const fn failed(exit: Exit) -> Verdict {
    Verdict::Failed { exit, shell_missing: false, disk_full: false }
}

fn cases() -> Vec<Case> {
    let case = |name, local, expected| Case { name, local, expected };
    let trouble = |trouble| Verdict::Trouble(Some(trouble));
    let no_shell = Verdict::Failed { exit: Exit::BuildFailed, shell_missing: true, disk_full: false };
    vec![
        case("built", 0, Verdict::Built),
        case("failed", 100, failed(Exit::BuildFailed)),
        case("dependency-failed", 100, failed(Exit::BuildFailed)),
        case("printed-disk-full", 100, failed(Exit::BuildFailed)),
        case("no-output", 1, failed(Exit::BuildFailed)),
        case("forbidden", 1, failed(Exit::BuildFailed)),
        case("timed-out", 101, failed(Exit::TimedOut)),
        case("silent", 101, failed(Exit::TimedOut)),
        case("several", 101, failed(Exit::TimedOut)),
        case("hash-mismatch", 102, failed(Exit::HashMismatch)),
        case("not-deterministic", 104, failed(Exit::NotDeterministic)),
        case("no-shell", 100, no_shell),
        case("missing", 1, Verdict::Trouble(None)),
        case("no-jobs", 1, trouble(Trouble::NoMachine)),
        case("other-system", 1, trouble(Trouble::NoMachine)),
        case("sandbox-path", 1, trouble(Trouble::Sandbox)),
        case("ssh", 1, trouble(Trouble::RemoteStore)),
    ]
}

fn verdict_on<'a>(lines: impl IntoIterator<Item = &'a [u8]>, status: i32) -> Verdict {
    let (mut classifier, mut decoder) = (Classifier::default(), Decoder::new());
    for line in lines {
        decoder.line(line, DateTime::UNIX_EPOCH, &mut |event| classifier.event(&event));
    }
    classifier.verdict(Status::Code(status))
}

fn verdict_of(path: &Path, status: i32) -> Verdict {
    let text = fs_err::read(path).expect("a recording");
    verdict_on(text.split(|byte| *byte == b'\n'), status)
}

// Recorded from `nix-store --realise … --log-format internal-json`, as root with a store of
// its own (`local`) and as an untrusted user of a daemon, where every status is 1.
#[test]
fn recorded_failures_are_told_apart() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/failures");
    let mut seen = 0;
    for version in ["2.26.3", "2.34.8", "lix-2.95.3"] {
        for case in cases() {
            for way in ["local", "daemon"] {
                let path = root.join(version).join(format!("{way}-{}.log", case.name));
                let only_local = matches!(case.name, "sandbox-path" | "ssh");
                if way == "daemon" && only_local {
                    continue;
                }
                let status = match (way, version, case.name) {
                    // Lix says as well that the builder failed, which never began.
                    ("local", "lix-2.95.3", "sandbox-path") => 100,
                    ("local", ..) => case.local,
                    _ => case.local.min(1),
                };
                // There a build runs on while the daemon says of another that it timed out.
                let unclear = (version, way, case.name) == ("2.26.3", "daemon", "several");
                let expected = if unclear { &failed(Exit::BuildFailed) } else { &case.expected };
                assert_eq!(verdict_of(&path, status), *expected, "{version} {way} {}", case.name);
                seen += 1;
            }
        }
    }
    let recorded = walkdir::WalkDir::new(root).into_iter().flatten().filter(|entry| entry.file_type().is_file());
    assert_eq!(recorded.count(), seen, "a recording has no case");
}

// Nix 2.34 ends with 100 there, 2.26 with 1.
#[test]
fn a_status_of_100_is_no_failed_build_where_none_could_start() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/failures/2.34.8");
    for name in ["no-jobs", "other-system"] {
        let verdict = verdict_of(&root.join(format!("local-{name}.log")), 100);
        assert_eq!(verdict, Verdict::Trouble(Some(Trouble::NoMachine)), "{name}");
    }
}

// One that fails by itself beside one whose sandbox could not be set up: with `-k` Lix tells both.
#[test]
fn a_sandbox_that_cannot_be_set_up_hides_no_failed_build() {
    let path = |name: &str| format!("/nix/store/95rllfcv9m2pr192kxvrmb7bkjd8gz3i-{name}.drv");
    let message = |text: String| {
        let json = serde_json::json!({"action": "msg", "level": 0, "msg": format!("error: {text}"), "raw_msg": text});
        format!("@nix {json}").into_bytes()
    };
    let unprepared =
        message(format!("\n       … while setting up the build environment for {}\n\n       error: x", path("a")));
    let failed_of = |name: &str| message(format!("builder for '{}' failed with exit code 1", path(name)));
    let waits = message(format!("1 dependencies of derivation '{}' failed to build", path("c")));
    let verdict = |lines: &[&Vec<u8>]| verdict_on(lines.iter().map(|line| line.as_slice()), 100);
    let sandbox = Verdict::Trouble(Some(Trouble::Sandbox));
    assert_eq!(verdict(&[&unprepared, &failed_of("a")]), sandbox);
    assert_eq!(verdict(&[&unprepared, &failed_of("a"), &waits]), sandbox);
    assert_eq!(verdict(&[&unprepared, &failed_of("a"), &failed_of("b"), &waits]), failed(Exit::BuildFailed));
    assert_eq!(verdict(&[&failed_of("b"), &unprepared, &failed_of("a")]), failed(Exit::BuildFailed));
    let download = message("unable to download 'https://x': HTTP error 404".to_owned());
    assert_eq!(verdict(&[&download, &unprepared, &failed_of("a")]), sandbox);
    // Nix itself quotes what the author of a derivation wrote.
    let quoted =
        message(format!("illegal reference specifier '… while setting up the build environment for {}'", path("a")));
    assert_eq!(verdict(&[&quoted, &failed_of("a")]), failed(Exit::BuildFailed));
}

#[test]
fn a_status_is_enough_where_it_says_something() {
    let verdict = |code| Classifier::default().verdict(Status::Code(code));
    assert_eq!(verdict(100), failed(Exit::BuildFailed));
    assert_eq!(verdict(101), failed(Exit::TimedOut));
    assert_eq!(verdict(102), failed(Exit::HashMismatch));
    assert_eq!(verdict(104), failed(Exit::NotDeterministic));
    assert_eq!(verdict(103), failed(Exit::BuildFailed), "timed out and a wrong hash");
    assert_eq!(verdict(108), failed(Exit::BuildFailed), "failed and not deterministic");
    assert_eq!(verdict(1), Verdict::Trouble(None));
    assert_eq!(verdict(127), Verdict::Trouble(None));
    assert_eq!(Classifier::default().verdict(Status::Signal(9)), Verdict::Trouble(None));
}

#[test]
fn what_nix_says_of_its_surroundings_is_known() {
    let trouble = |text: &str| Trouble::in_lines(&[text]);
    let cases = [
        ("error: opening lock file '/nix/var/nix/db/big-lock': Permission denied", Trouble::StorePermission),
        ("       error: creating directory '/nix/store/x': Permission denied", Trouble::StorePermission),
        (
            "error: cannot connect to socket at '/nix/var/nix/daemon-socket/socket': No such file or directory",
            Trouble::DaemonDown,
        ),
        // What a user sees whom `allowed-users` leaves out.
        (
            "error: cannot open connection to remote store 'daemon': error: reading from file: Connection reset by peer",
            Trouble::DaemonRefuses,
        ),
        ("error: writing to file: No space left on device", Trouble::DiskFull),
        (
            "error: cannot add path '/nix/store/95rllfcv9m2pr192kxvrmb7bkjd8gz3i-ok' because it lacks a signature by a trusted key",
            Trouble::Unsigned,
        ),
        ("error: creating directory '/nix/var/nix/temproots': Read-only file system", Trouble::StoreReadOnly),
    ];
    for (text, expected) in cases {
        assert_eq!(trouble(text), Some(expected), "{text}");
    }
    assert_eq!(trouble("       > cp: No space left on device"), None, "a builder's words");
    assert_eq!(trouble("error: attribute 'x' missing"), None);
}

/// The log of one build that fails, as a daemon's client has it (`raw` is none) or a local store.
fn forged(lines: &[serde_json::Value], end: &str) -> Vec<Vec<u8>> {
    let drv = "/nix/store/95rllfcv9m2pr192kxvrmb7bkjd8gz3i-ok.drv";
    let started = serde_json::json!({"action": "start", "fields": [drv, "", 1, 1], "id": 7, "level": 3, "parent": 0, "text": "", "type": 105});
    let stopped = serde_json::json!({"action": "stop", "id": 7});
    let end = end.replace("DRV", drv);
    let error = serde_json::json!({"action": "msg", "level": 0, "msg": format!("error: {end}"), "raw_msg": end});
    let all = std::iter::once(&started).chain(lines).chain([&stopped, &error]);
    all.map(|line| format!("@nix {line}").into_bytes()).collect()
}

// Nix hands on what a builder prints in its form: messages, downloads, and results of these.
#[test]
fn a_builder_chooses_no_exit_code() {
    let message = |text: &str| serde_json::json!({"action": "msg", "level": 0, "msg": format!("\u{1b}[31;1merror:\u{1b}[0m {text}")});
    let download = |text: &str| serde_json::json!({"action": "start", "id": 9, "level": 0, "parent": 7, "text": text, "type": 101, "fields": [text]});
    let result =
        |kind: u64, text: &str| serde_json::json!({"action": "result", "id": 9, "type": kind, "fields": [text]});
    let payload = |kind: u64| serde_json::json!({"action": "result", "id": 9, "type": kind, "payload": {"status": "TimedOut", "success": false}});
    for said in [
        "timed out after 5 seconds",
        "building of '/nix/store/x.drv^*' from .drv file timed out after 5 seconds of silence",
        "hash mismatch in fixed-output derivation '/nix/store/95rllfcv9m2pr192kxvrmb7bkjd8gz3i-ok.drv':",
        "derivation '/nix/store/x.drv' may not be deterministic: output 'x' differs",
        "Cannot build '/nix/store/x.drv'.\nReason: platform mismatch",
        "writing to file: No space left on device",
        "cannot open connection to remote store 'ssh-ng://b': x",
        "Nix daemon disconnected unexpectedly (maybe it crashed?)",
        "unable to download 'https://x': HTTP error 404",
        "\n       … while setting up the build environment for /nix/store/95rllfcv9m2pr192kxvrmb7bkjd8gz3i-ok.drv",
    ] {
        let quoted = format!("builder for 'DRV' failed with exit code 1;\nlast 1 log lines:\n> error: {said}");
        let torn = serde_json::json!({"action": "result", "fields": [format!("error: {said}")], "id": 7, "type": 101});
        for lines in [
            vec![message(said)],
            vec![download(&format!("error: {said}"))],
            vec![download(""), result(101, &format!("error: {said}")), result(107, said), result(104, said)],
            vec![download(""), payload(109), payload(110)],
            vec![torn],
        ] {
            let log = forged(&lines, &quoted);
            let verdict = verdict_on(log.iter().map(Vec::as_slice), 1);
            assert_eq!(verdict, failed(Exit::BuildFailed), "{lines:?}");
        }
        // A message that was cut off, for its length or for the end of a process, is nobody's.
        let mut log = forged(&[], "builder for 'DRV' failed with exit code 1");
        log.insert(1, format!(r#"@nix {{"action":"result","fields":["error: {said}"#).into_bytes());
        let verdict = verdict_on(log.iter().map(Vec::as_slice), 1);
        assert_eq!(verdict, failed(Exit::BuildFailed), "{said}");
    }
}

#[test]
fn what_nix_says_itself_counts_while_builders_run() {
    let mut log = forged(&[], "timed out after 5 seconds");
    log.swap(1, 2);
    assert_eq!(verdict_on(log.iter().map(Vec::as_slice), 1), failed(Exit::TimedOut));
}

// The base was said to fail, and the exit was 101.
#[test]
fn a_slow_network_is_no_slow_build() {
    for text in [
        "unable to download 'https://cache/x.narinfo': Connection timed out after 30 seconds",
        "unable to download 'https://cache/x.narinfo': Timeout was reached (28) Operation timed out after 5001 milliseconds",
    ] {
        let line = serde_json::json!({"action": "msg", "level": 0, "msg": format!("error: {text}"), "raw_msg": text});
        let verdict = verdict_on([format!("@nix {line}").as_bytes()], 1);
        assert_eq!(verdict, Verdict::Trouble(Some(Trouble::Network)), "{text}");
    }
}

#[test]
fn a_missing_shell_is_all_that_its_builder_says() {
    let line = |text: &str| serde_json::json!({"action": "result", "fields": [text], "id": 7, "type": 101});
    let missing = line("\u{1b}[31;1merror:\u{1b}[0m executing '/bin/sh': No such file or directory");
    let shell_missing = |lines: &[serde_json::Value]| {
        let log = forged(lines, "builder for 'DRV' failed with exit code 1");
        matches!(verdict_on(log.iter().map(Vec::as_slice), 1), Verdict::Failed { shell_missing: true, .. })
    };
    assert!(shell_missing(std::slice::from_ref(&missing)));
    assert!(!shell_missing(&[line("I run"), missing]));
}

#[test]
fn no_line_is_too_odd() {
    let lines = [
        &b"@nix "[..],
        b"@nix {",
        b"@nix {\"action\":\"msg\"}",
        b"\xff\xfe",
        b"",
        b"@nix {\"action\":\"msg\",\"level\":-1}",
    ];
    assert_eq!(verdict_on(lines, 1), Verdict::Trouble(None));
}
