//! Tells from what Nix prints why it did not build.
//!
//! Nix's exit status says it only where Nix opens the store itself; through a daemon or ssh
//! it is always 1 (NixOS/nix issues 4813 and 12641). The texts are those of Nix 2.26 and 2.34, and of Lix 2.95.

use std::collections::BTreeSet;
use std::fmt;

use crate::error::{Hint, OwnCommand};
use crate::exit::Exit;
use crate::foreign;
use crate::model::event::{Event, FailureKind, Speaker, What};
use crate::model::store::StorePath;
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
    /// What came from elsewhere has no signature that is believed here.
    Unsigned,
}

/// What to look for, in lower case, in Nix's own messages. The first hit counts.
const SIGNS: [(&str, Trouble); 26] = [
    ("no space left on device", Trouble::DiskFull),
    ("lack of free disk space", Trouble::DiskFull),
    ("database or disk is full", Trouble::DiskFull),
    ("disk quota exceeded", Trouble::DiskFull),
    ("cannot connect to socket at", Trouble::DaemonDown),
    ("could not connect to any lix socket", Trouble::DaemonDown),
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
    ("because it lacks a signature by a trusted key", Trouble::Unsigned),
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
            Self::StoreReadOnly => {
                let doctor = Hint::see(OwnCommand::Doctor, "`hinc doctor` shows what Nix can reach");
                return vec![Hint::new("mount /nix/store writable"), doctor];
            }
            Self::DiskFull => "make room: `nix-collect-garbage` removes what nothing refers to, also old full builds",
            Self::Sandbox => {
                let doctor = "`hinc doctor` tries the sandbox and says what to put into /etc/nix/nix.conf";
                return vec![Hint::see(OwnCommand::Doctor, doctor)];
            }
            Self::NoMachine => "raise `-j` above 0, or name a builder for that system with `--builders`",
            Self::RemoteStore => "check that `ssh` reaches that host without a password, and that Nix is on its PATH",
            Self::Unsigned => {
                "let an administrator add the key of whoever made it to `trusted-public-keys`, or you to `trusted-users`, in /etc/nix/nix.conf"
            }
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
            Self::Unsigned => "what comes from elsewhere has no signature that Nix on this machine believes",
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
///
/// What a builder may have said in Nix's name decides no more than that a build failed.
#[derive(Debug, Default)]
pub struct Classifier {
    bits: u8,
    /// Whether Nix or a builder said that a build failed.
    perhaps_failed: bool,
    /// Whose line came last.
    last_to_speak: Option<StorePath>,
    shell_missing: bool,
    disk_full: bool,
    trouble: Option<Trouble>,
    /// All that Nix itself said of its surroundings.
    troubles: BTreeSet<Trouble>,
    /// The derivations whose sandbox could not be set up. Lix goes on to say of each that its builder failed, since it
    /// ends the process that was to become the builder.
    unprepared: BTreeSet<StorePath>,
    tail: Vec<String>,
}

/// The bits of Nix's exit status (`Worker::failingExitStatus` in `worker.cc`), on top of 96.
const TIMED_OUT: u8 = 1;
const HASH_MISMATCH: u8 = 2;
const BUILD_FAILURE: u8 = 4;
const CHECK_MISMATCH: u8 = 8;
const BUILD_STATUS: u8 = 0b110_0000;

impl Classifier {
    /// Takes in what Nix said.
    pub fn event(&mut self, event: &Event) {
        match &event.what {
            What::BuildFailed { kind, by, message } => {
                let lines: Vec<String> = format!("error: {message}").lines().map(str::to_owned).collect();
                if by.is_certain() {
                    let never_began = event.drv.as_ref().is_some_and(|drv| self.unprepared.contains(drv))
                        || *kind == FailureKind::Dependency && !self.unprepared.is_empty();
                    let bits = if never_began { 0 } else { bits_of(*kind) };
                    self.bits |= bits;
                    self.disk_full |= bits != 0 && Trouble::in_lines(&lines) == Some(Trouble::DiskFull);
                    self.trouble = self.trouble.or_else(|| Trouble::in_lines(&lines));
                } else {
                    self.perhaps_failed = true;
                }
                self.remember(lines);
            }
            What::Message { by, level, text } => {
                let counts = match by {
                    Speaker::Nix => *level == 0 && text.trim_start().starts_with("error:"),
                    Speaker::Program => !text.trim().is_empty(),
                    Speaker::Unclear | Speaker::Hinc => false,
                };
                if counts {
                    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
                    let trouble = Trouble::in_lines(&lines);
                    self.troubles.extend(trouble);
                    self.unprepared.extend(unprepared(&lines));
                    self.trouble = self.trouble.or(trouble);
                    self.remember(lines);
                }
            }
            What::Line { text } => {
                // Before a builder runs, Nix writes into its log; what it writes then is all there is.
                let first = event.drv.is_some() && self.last_to_speak != event.drv;
                if first {
                    self.last_to_speak.clone_from(&event.drv);
                }
                self.shell_missing |= first && is_missing_shell(&foreign::line(text));
            }
            _ => {}
        }
    }

    fn remember(&mut self, lines: Vec<String>) {
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

    /// Whether Nix said this of its surroundings, whatever else it said.
    pub fn has_heard_of(&self, trouble: Trouble) -> bool {
        self.troubles.contains(&trouble)
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
        // Nix 2.34 ends with 100 also where no machine may build it, Lix also where a sandbox cannot be set up.
        let unprepared_alone = !self.unprepared.is_empty() && !self.perhaps_failed;
        if self.bits == 0 && (self.trouble == Some(Trouble::NoMachine) || unprepared_alone) {
            let known = [Trouble::NoMachine, Trouble::DiskFull];
            let sandbox = if self.unprepared.is_empty() { None } else { Some(Trouble::Sandbox) };
            return Verdict::Trouble(self.trouble.filter(|trouble| known.contains(trouble)).or(sandbox));
        }
        // The status of a local store says which builders failed; that of a daemon says nothing.
        let bits = if of_status == 0 { self.bits } else { of_status };
        if bits == 0 {
            let perhaps = self.perhaps_failed && self.trouble.is_none();
            return if perhaps {
                Verdict::Failed { exit: Exit::BuildFailed, shell_missing: false, disk_full: false }
            } else {
                Verdict::Trouble(self.trouble)
            };
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

/// The derivation whose sandbox a message says could not be set up (`local-derivation-goal.cc` of Lix; Nix names none).
/// What else a message quotes is somebody else's.
fn unprepared(message: &[String]) -> Option<StorePath> {
    let [first, second, ..] = message else { return None };
    let drv = second.trim().strip_prefix("… while setting up the build environment for ")?;
    (first.trim() == "error:").then(|| drv.trim_matches('\'').parse().ok()).flatten()
}

/// Whether a line is what Nix writes into the log of a builder whose program it cannot start; Lix
/// has words of its own.
fn is_missing_shell(line: &str) -> bool {
    (line.starts_with("error: executing '") || line.starts_with("running /"))
        && line.ends_with("No such file or directory")
}

/// How a failure counts in Nix's exit status.
const fn bits_of(kind: FailureKind) -> u8 {
    match kind {
        FailureKind::TimedOut => TIMED_OUT | BUILD_FAILURE,
        FailureKind::HashMismatch => HASH_MISMATCH | BUILD_FAILURE,
        FailureKind::NotDeterministic => CHECK_MISMATCH,
        FailureKind::Builder | FailureKind::Killed | FailureKind::DiskFull | FailureKind::Dependency => BUILD_FAILURE,
        // Nix 2.34 says "Cannot build" also of a derivation that no machine may build.
        FailureKind::NoMachine | FailureKind::Stopped => 0,
    }
}

#[cfg(test)]
mod tests {
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
            let json =
                serde_json::json!({"action": "msg", "level": 0, "msg": format!("error: {text}"), "raw_msg": text});
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
        let quoted = message(format!(
            "illegal reference specifier '… while setting up the build environment for {}'",
            path("a")
        ));
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
            let torn =
                serde_json::json!({"action": "result", "fields": [format!("error: {said}")], "id": 7, "type": 101});
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
            let line =
                serde_json::json!({"action": "msg", "level": 0, "msg": format!("error: {text}"), "raw_msg": text});
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
}
