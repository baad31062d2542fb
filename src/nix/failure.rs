//! Tells from what Nix prints why it did not build.
//!
//! Nix's exit status says it only where Nix opens the store itself; through a daemon or ssh
//! it is always 1 (NixOS/nix issues 4813 and 12641). The texts are those of Nix 2.26 and 2.34.

use std::fmt;

use serde::Deserialize;

use crate::error::Hint;
use crate::exit::Exit;
use crate::process::{Status, TAIL_LINES};

/// Something around the builds that keeps Nix from working.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trouble {
    /// No daemon listens.
    DaemonDown,
    /// The daemon does not serve this user.
    DaemonRefuses,
    /// This user may not write to the store, and did not ask a daemon.
    StorePermission,
    /// The store's file system is mounted read-only.
    StoreReadOnly,
    /// The disk is full.
    DiskFull,
    /// The sandbox cannot be set up.
    Sandbox,
    /// No machine may build a derivation: of another system, with other features, or none at all.
    NoMachine,
    /// A store or builder that is reached over ssh does not answer.
    RemoteStore,
    /// Something cannot be downloaded.
    Network,
}

/// What to look for, in lower case, in Nix's own messages. The first hit counts.
const SIGNS: [(&str, Trouble); 24] = [
    ("no space left on device", Trouble::DiskFull),
    ("lack of free disk space", Trouble::DiskFull),
    ("database or disk is full", Trouble::DiskFull),
    ("disk quota exceeded", Trouble::DiskFull),
    ("cannot connect to socket at", Trouble::DaemonDown),
    ("is not allowed to connect to the nix daemon", Trouble::DaemonRefuses),
    ("nix daemon disconnected unexpectedly", Trouble::DaemonRefuses),
    ("cannot open connection to remote store 'daemon'", Trouble::DaemonRefuses),
    ("while setting up the build environment", Trouble::Sandbox),
    ("unable to start any build", Trouble::NoMachine),
    ("local builds are disabled", Trouble::NoMachine),
    ("platform mismatch", Trouble::NoMachine),
    ("missing system features", Trouble::NoMachine),
    ("required system or feature not available", Trouble::NoMachine),
    ("is required to build", Trouble::NoMachine),
    ("failed to find a machine for remote build", Trouble::NoMachine),
    ("failed to start ssh", Trouble::RemoteStore),
    ("cannot open connection to remote store", Trouble::RemoteStore),
    ("host key verification failed", Trouble::RemoteStore),
    ("unable to download", Trouble::Network),
    ("could not resolve host:", Trouble::Network),
    ("read-only file system", Trouble::StoreReadOnly),
    ("big-lock", Trouble::StorePermission),
    ("this command may have been run as non-root", Trouble::StorePermission),
];

impl Trouble {
    /// Looks for a known trouble in Nix's own lines. Lines that quote a builder's log (`> …`)
    /// are passed over: what a builder prints says nothing about Nix.
    pub fn in_lines<T: AsRef<str>>(lines: &[T]) -> Option<Self> {
        let lines: Vec<String> = lines
            .iter()
            .map(|line| line.as_ref().trim_start())
            .filter(|line| !line.starts_with('>'))
            .map(str::to_lowercase)
            .collect();
        let known = SIGNS.iter().find(|(sign, _)| lines.iter().any(|line| line.contains(sign)));
        known.map(|(_, trouble)| *trouble).or_else(|| {
            let denied = |line: &String| line.contains("permission denied") && line.contains("/nix/");
            lines.iter().any(denied).then_some(Self::StorePermission)
        })
    }

    /// Returns the exit code of a command that ends because of it.
    pub const fn exit(self) -> Exit {
        match self {
            Self::RemoteStore | Self::Network => Exit::Nix,
            _ => Exit::Environment,
        }
    }

    /// Returns what can be done about it.
    pub fn hints(self) -> Vec<Hint> {
        let text = match self {
            Self::DaemonDown => {
                "start the daemon: `sudo systemctl start nix-daemon`, or `sudo nix-daemon &` where there is no systemd"
            }
            Self::DaemonRefuses => {
                "let the administrator look at `allowed-users` in /etc/nix/nix.conf, and at the daemon's log: `journalctl -u nix-daemon`"
            }
            Self::StorePermission => {
                "use Nix through its daemon: `sudo systemctl start nix-daemon` and `export NIX_REMOTE=daemon`, or run as root"
            }
            Self::StoreReadOnly => "mount /nix/store writable; `hinc doctor` shows what Nix can reach",
            Self::DiskFull => "make room: `nix-collect-garbage` removes what nothing refers to, also old full builds",
            Self::Sandbox => "`hinc doctor` tries the sandbox and says what to put into /etc/nix/nix.conf",
            Self::NoMachine => "raise `-j` above 0, or name a builder for that system with `--builders`",
            Self::RemoteStore => "check that `ssh` reaches that host without a password, and that Nix is on its PATH",
            Self::Network => "check the network, or build without substituters: `--option substituters ''`",
        };
        vec![Hint::new(text)]
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::DaemonDown => "the Nix daemon does not answer",
            Self::DaemonRefuses => "the Nix daemon does not serve this user",
            Self::StorePermission => "this user may not write to the Nix store",
            Self::StoreReadOnly => "the Nix store cannot be written to",
            Self::DiskFull => "there is no room left on the disk",
            Self::Sandbox => "Nix cannot set up the sandbox of a build",
            Self::NoMachine => "Nix has no machine that may build this",
            Self::RemoteStore => "a remote store does not answer",
            Self::Network => "Nix cannot download what it needs",
        })
    }
}

/// What became of the builds of one call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// All were built.
    Built,
    /// At least one failed.
    Failed {
        /// How, as an exit code of hinc.
        exit: Exit,
        /// Whether a builder could not even be started, for its shell is not in the sandbox.
        shell_missing: bool,
        /// Whether the disk was full when it failed, as far as Nix can tell.
        disk_full: bool,
    },
    /// It was not the builds.
    Trouble(Option<Trouble>),
}

/// Reads along and remembers what decides the [`Verdict`]. Memory does not grow with the log.
#[derive(Debug, Default)]
pub struct Classifier {
    bits: u8,
    shell_missing: bool,
    disk_full: bool,
    trouble: Option<Trouble>,
    tail: Vec<String>,
}

/// The bits of Nix's exit status (`Worker::failingExitStatus` in `worker.cc`), on top of 96.
const TIMED_OUT: u8 = 1;
const HASH_MISMATCH: u8 = 2;
const BUILD_FAILURE: u8 = 4;
const CHECK_MISMATCH: u8 = 8;
const BUILD_STATUS: u8 = 0b110_0000;

/// What Nix says of a derivation that failed, in lower case.
const FAILURES: [(&str, u8); 8] = [
    ("timed out after", TIMED_OUT | BUILD_FAILURE),
    ("hash mismatch in fixed-output derivation", HASH_MISMATCH | BUILD_FAILURE),
    ("may not be deterministic", CHECK_MISMATCH),
    ("builder for '", BUILD_FAILURE),
    ("cannot build '", BUILD_FAILURE),
    ("failed to produce output path", BUILD_FAILURE),
    ("failed to build", BUILD_FAILURE),
    // A reference that the derivation forbids (`derivation-check.cc`).
    ("is not allowed to refer to", BUILD_FAILURE),
];

#[derive(Deserialize)]
struct Line<'a> {
    action: &'a str,
    #[serde(default)]
    level: u64,
    #[serde(default)]
    msg: Option<String>,
    #[serde(default, rename = "type")]
    kind: u64,
    #[serde(default)]
    fields: Vec<serde_json::Value>,
}

/// The lines that matter: Nix's messages, and what Nix itself says in red in a builder's log.
const BEGINNINGS: [&[u8]; 2] = [br#"{"action":"msg""#, br#"{"action":"result","fields":["\u001b[31;1merror:"#];

/// `resBuildLogLine` in `logging.hh`.
const BUILD_LOG_LINE: u64 = 101;

impl Classifier {
    /// Takes one line of Nix's standard error, with `--log-format internal-json` or not.
    pub fn feed(&mut self, line: &[u8]) {
        let Some(json) = line.strip_prefix(b"@nix ") else {
            // Plain lines come from programs that Nix starts (ssh), or from Nix before it logs.
            let text = String::from_utf8_lossy(line);
            if !text.trim().is_empty() {
                self.remember(vec![without_colours(&text)]);
            }
            return;
        };
        // Most lines are a builder's: they are told by how they begin, without being parsed.
        // Nix prints the keys in the order of the alphabet.
        if !BEGINNINGS.iter().any(|beginning| json.starts_with(beginning)) {
            return;
        }
        let Ok(line) = serde_json::from_slice::<Line>(json) else { return };
        if line.action == "msg" && line.level <= 1 {
            let text = without_colours(line.msg.as_deref().unwrap_or_default());
            self.message(&text);
        } else if line.action == "result" && line.kind == BUILD_LOG_LINE {
            let text = without_colours(line.fields.first().and_then(serde_json::Value::as_str).unwrap_or_default());
            self.shell_missing |= text.starts_with("error: executing '") && text.ends_with("No such file or directory");
        }
    }

    fn message(&mut self, text: &str) {
        let error = text.trim_start();
        if !error.starts_with("error:") {
            return;
        }
        let own: Vec<String> =
            text.lines().filter(|line| !line.trim_start().starts_with('>')).map(str::to_owned).collect();
        let lower = own.join("\n").to_lowercase();
        // Nix 2.34 says "Cannot build" also of a derivation that no machine may build.
        if Trouble::in_lines(&own) != Some(Trouble::NoMachine) {
            let bits = FAILURES.iter().find(|(sign, _)| lower.contains(sign)).map_or(0, |(_, bits)| *bits);
            self.bits |= bits;
            self.disk_full |= bits != 0 && lower.contains("lack of free disk space");
        }
        self.remember(text.lines().map(str::to_owned).collect());
    }

    fn remember(&mut self, lines: Vec<String>) {
        self.trouble = self.trouble.or_else(|| Trouble::in_lines(&lines));
        self.tail.extend(lines.into_iter().map(|line| line.trim_end().to_owned()).filter(|line| !line.is_empty()));
        let surplus = self.tail.len().saturating_sub(TAIL_LINES);
        self.tail.drain(..surplus);
    }

    /// Returns Nix's last messages, oldest first.
    pub fn tail(&self) -> &[String] {
        &self.tail
    }

    /// Returns what keeps Nix from working, as far as it was said.
    pub fn trouble(&self) -> Option<Trouble> {
        self.trouble
    }

    /// Returns how the connection to a remote store broke, where it did. Builds that ran then say as well that
    /// they failed.
    pub fn lost_connection(&self) -> Option<Trouble> {
        self.trouble.filter(|trouble| matches!(trouble, Trouble::RemoteStore | Trouble::DaemonRefuses))
    }

    /// Decides, once Nix has ended.
    pub fn verdict(&self, status: Status) -> Verdict {
        let of_status = match status {
            Status::Code(0) => return Verdict::Built,
            Status::Code(code) => {
                u8::try_from(code).ok().filter(|code| code & !0b1111 == BUILD_STATUS).map_or(0, |code| code & 0b1111)
            }
            Status::Signal(_) => 0,
        };
        // Nix 2.34 ends with 100 also where no machine may build it.
        if self.bits == 0 && self.trouble == Some(Trouble::NoMachine) {
            return Verdict::Trouble(self.trouble);
        }
        // The status of a local store says which builders failed; that of a daemon says nothing.
        let bits = if of_status == 0 { self.bits } else { of_status };
        if bits == 0 {
            return Verdict::Trouble(self.trouble);
        }
        Verdict::Failed { exit: exit_of(bits), shell_missing: self.shell_missing, disk_full: self.disk_full }
    }
}

/// One code for a set of failures, as Nix composes it: only a failure of one kind has a
/// code of its own.
const fn exit_of(bits: u8) -> Exit {
    match bits & !BUILD_FAILURE {
        TIMED_OUT => Exit::TimedOut,
        HASH_MISMATCH => Exit::HashMismatch,
        CHECK_MISMATCH if bits & BUILD_FAILURE == 0 => Exit::NotDeterministic,
        _ => Exit::BuildFailed,
    }
}

/// Removes what colours a terminal: `ESC [ … letter`.
pub(super) fn without_colours(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        plain.push_str(before);
        rest = after.find(|c: char| c.is_ascii_alphabetic()).map_or("", |end| &after[end + 1..]);
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

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

    fn verdict_of(path: &Path, status: i32) -> Verdict {
        let mut classifier = Classifier::default();
        for line in fs_err::read(path).expect("a recording").split(|byte| *byte == b'\n') {
            classifier.feed(line);
        }
        classifier.verdict(Status::Code(status))
    }

    // Recorded from `nix-store --realise … --log-format internal-json`, as root with a store of
    // its own (`local`) and as an untrusted user of a daemon, where every status is 1.
    #[test]
    fn recorded_failures_are_told_apart() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/failures");
        let mut seen = 0;
        for version in ["2.26.3", "2.34.8"] {
            for case in cases() {
                for way in ["local", "daemon"] {
                    let path = root.join(version).join(format!("{way}-{}.log", case.name));
                    let only_local = matches!(case.name, "sandbox-path" | "ssh");
                    if way == "daemon" && only_local {
                        continue;
                    }
                    let status = if way == "local" { case.local } else { case.local.min(1) };
                    assert_eq!(verdict_of(&path, status), case.expected, "{version} {way} {}", case.name);
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
            ("error: creating directory '/nix/var/nix/temproots': Read-only file system", Trouble::StoreReadOnly),
        ];
        for (text, expected) in cases {
            assert_eq!(trouble(text), Some(expected), "{text}");
        }
        assert_eq!(trouble("       > cp: No space left on device"), None, "a builder's words");
        assert_eq!(trouble("error: attribute 'x' missing"), None);
    }

    #[test]
    fn colours_are_removed() {
        assert_eq!(without_colours("\u{1b}[31;1merror:\u{1b}[0m a\u{1b}["), "error: a");
    }

    #[test]
    fn no_line_is_too_odd() {
        let mut classifier = Classifier::default();
        for line in [
            &b"@nix "[..],
            b"@nix {",
            b"@nix {\"action\":\"msg\"}",
            b"\xff\xfe",
            b"",
            b"@nix {\"action\":\"msg\",\"level\":-1}",
        ] {
            classifier.feed(line);
        }
        assert_eq!(classifier.verdict(Status::Code(1)), Verdict::Trouble(None));
    }
}
