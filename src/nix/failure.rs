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
mod tests;
