//! Why a guest does not run, or does not do what was asked of it.

use std::path::PathBuf;

use super::port::Holder;
use crate::error::{Diagnose, Hint, OwnCommand};
use crate::exit::Exit;
use crate::model::name::NotAllowed;
use crate::process;

/// Why a guest does not run, or does not do what was asked of it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A public key of the guest is none.
    #[error("the public key of the guest cannot be used")]
    HostKeyFile(#[source] NotAllowed),
    /// The folder's path cannot be handed to ssh and QEMU.
    #[error("{} cannot hold a builder: {problem}", path.display())]
    Place {
        /// The folder.
        path: PathBuf,
        /// What is wrong with its path.
        problem: &'static str,
    },
    /// A file of the guest cannot be read or written.
    #[error("cannot keep the builder's files")]
    File {
        /// What the system said; it names the path.
        #[from]
        source: std::io::Error,
    },
    /// A file of the guest does not hold what hinc writes there.
    #[error("cannot understand {}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: serde_json::Error,
    },
    /// A program could not be run, or did not do what it was started for.
    #[error(transparent)]
    Process(#[from] process::Error),
    /// QEMU is not installed.
    #[error("`{program}` was not found: QEMU is not installed, or not on PATH")]
    NoQemu {
        /// The program.
        program: String,
        /// The system that it would run a guest of.
        system: String,
    },
    /// The guest's system is none that hinc starts.
    #[error("hinc starts guests of x86_64-linux and aarch64-linux, and not of `{0}`")]
    System(String),
    /// A file that the guest is started from is missing.
    #[error("the guest's {what} is not there")]
    NoImage {
        /// What it is: `disk image`, `kernel`.
        what: &'static str,
        /// What the system said; it names the path.
        source: std::io::Error,
    },
    /// The guest's disk belongs to another image than the settings name.
    #[error("the disk of `{name}` was made from another image than the one in the settings")]
    OtherImage {
        /// The guest.
        name: String,
        /// Its disk.
        disk: PathBuf,
    },
    /// The port of the settings is taken.
    #[error("port {port} of 127.0.0.1, which the settings give to `{name}`, is taken{}", by(holder.as_ref()))]
    PortTaken {
        /// The guest.
        name: String,
        /// The port.
        port: u16,
        /// Who listens there, where the system tells.
        holder: Option<Holder>,
    },
    /// The guest was started, and ended before it could be used.
    #[error("`{name}` does not come up: {problem}")]
    DidNotCome {
        /// The guest.
        name: String,
        /// How it ended.
        problem: String,
        /// The last lines of QEMU and of the guest's console.
        tail: Vec<String>,
    },
    /// The guest was up, and ended without having been shut down.
    #[error("`{name}` has ended by itself{}", after(problem))]
    Ended {
        /// The guest.
        name: String,
        /// What is known of its end; may be empty.
        problem: String,
    },
    /// The guest runs, and Nix does not answer on it.
    #[error("`{name}` has been starting for {seconds} s, and Nix does not answer on it: {problem}")]
    NoAnswer {
        /// The guest.
        name: String,
        /// For how long it was waited.
        seconds: u64,
        /// What the last try gave.
        problem: String,
        /// The last lines of the guest's console.
        tail: Vec<String>,
    },
    /// Another host key than the guest's own.
    #[error(
        "what answers on port {port} of 127.0.0.1 is not `{name}`: it does not have the host key that hinc gave to it"
    )]
    HostKey {
        /// The guest.
        name: String,
        /// The port.
        port: u16,
        /// Who listens there, where the system tells.
        holder: Option<Holder>,
        /// What ssh said.
        tail: Vec<String>,
    },
    /// The guest does not let hinc in.
    #[error("`{name}` runs, and its sshd does not take the key that hinc gave to it")]
    KeyRefused {
        /// The guest.
        name: String,
        /// What ssh said.
        tail: Vec<String>,
    },
    /// The guest has no Nix.
    #[error("`{name}` runs, and has no Nix that answers")]
    NoNix {
        /// The guest.
        name: String,
        /// What it said.
        tail: Vec<String>,
    },
    /// QEMU does not answer.
    #[error("QEMU does not answer: {problem}")]
    Qmp {
        /// What came in place of an answer.
        problem: String,
    },
    /// The guest does not run.
    #[error("`{name}` does not run")]
    NotRunning {
        /// The guest.
        name: String,
    },
    /// A guest that could not be ended.
    #[error("`{name}` could not be shut down: {problem}")]
    StillRuns {
        /// The guest.
        name: String,
        /// What is left.
        problem: String,
    },
    /// A disk is never made smaller.
    #[error("the disk of `{name}` has {has} GiB, and hinc never makes a disk smaller")]
    Shrink {
        /// The guest.
        name: String,
        /// How large it is, rounded up.
        has: u64,
    },
    /// The file system could not be made as large as the disk.
    #[error("the disk of `{name}` is larger now, and its file system is not")]
    Grow {
        /// The guest.
        name: String,
        /// What the guest said.
        tail: Vec<String>,
    },
    /// Something builds on the guest.
    #[error("a build uses `{name}`")]
    Busy {
        /// The guest.
        name: String,
    },
    /// Something has the guest for itself.
    #[error("the store of `{name}` is being cleaned")]
    Cleaned {
        /// The guest.
        name: String,
    },
    /// The store of a guest that was cut off could not be put right.
    #[error("`{name}` was cut off the last time, and its store could not be put right")]
    Store {
        /// The guest.
        name: String,
        /// What the guest said.
        tail: Vec<String>,
    },
    /// What a guest is made from can be neither built nor fetched.
    #[error("cannot get `{what}`, which the guest is made from")]
    NoProfile {
        /// The installable.
        what: String,
        /// What Nix said.
        tail: Vec<String>,
    },
    /// nixpkgs' builder is not what hinc knows.
    #[error("cannot start {what}: {problem}")]
    Profile {
        /// The installable.
        what: String,
        /// What was looked for and not found.
        problem: String,
    },
    /// This kind of guest cannot do that.
    #[error("{what} is not possible with nixpkgs' builder, whose user cannot become root")]
    NoRoot {
        /// What was asked for.
        what: &'static str,
    },
    /// hinc was asked to stop.
    #[error("stopped; {left}")]
    Cancelled {
        /// What goes on, or that nothing does.
        left: String,
    },
}

fn after(problem: &str) -> String {
    if problem.is_empty() { String::new() } else { format!(": {problem}") }
}

fn by(holder: Option<&Holder>) -> String {
    holder.map(|holder| format!(" by {holder}")).unwrap_or_default()
}

impl Error {
    /// Gives the error of a program of QEMU: a missing one means a missing QEMU.
    pub(super) fn of_qemu(error: process::Error, system: &str) -> Self {
        match error {
            process::Error::NotFound { program } => Self::NoQemu { program, system: system.to_owned() },
            other => Self::Process(other),
        }
    }
}

impl Diagnose for Error {
    fn exit(&self) -> Exit {
        match self {
            Self::Shrink { .. } | Self::System(_) | Self::NoRoot { .. } => Exit::Usage,
            Self::Process(error) => error.exit(),
            Self::Cancelled { .. } => Exit::Interrupted,
            _ => Exit::Environment,
        }
    }

    fn hints(&self) -> Vec<Hint> {
        let hint = |text: String| vec![Hint::new(text)];
        match self {
            Self::Process(error) => error.hints(),
            Self::Place { .. } => hint("set XDG_STATE_HOME to a folder with a short path without spaces".to_owned()),
            Self::Content { path, .. } => {
                hint(format!("remove {}: hinc makes it anew at the next `hinc builder up`", path.display()))
            }
            Self::NoQemu { system, .. } => {
                let package = if system.starts_with("aarch64") { "qemu-system-arm" } else { "qemu-system-x86" };
                hint(format!(
                    "install QEMU: `apt install {package} qemu-utils` on Debian, `brew install qemu` or \
                     `nix profile install nixpkgs#qemu` elsewhere; or name the program as `qemu` in the builder's settings"
                ))
            }
            Self::NoImage { .. } => hint("correct the builder's `image` in the settings".to_owned()),
            Self::OtherImage { disk, name } => hint(format!(
                "run `hinc builder down {name}` and remove {} to start anew from the new image; what was built in the guest is then built again",
                disk.display()
            )),
            Self::PortTaken { holder, .. } => {
                let mut hints = hint("leave `port` out of the builder's settings: hinc then takes a free one".to_owned());
                if let Some(pid) = holder.as_ref().and_then(|holder| holder.pid) {
                    hints.push(Hint::new(format!("or end process {pid}")));
                }
                hints
            }
            Self::DidNotCome { name, .. } | Self::NoAnswer { name, .. } | Self::Ended { name, .. } => vec![
                Hint::see(
                    OwnCommand::BuilderLogs,
                    format!(
                        "`hinc builder logs {name}` prints all of the guest's console, and `hinc builder logs --qemu {name}` what QEMU said"
                    ),
                ),
                Hint::see(OwnCommand::BuilderDown, format!("`hinc builder down {name}` ends what is left of it")),
            ],
            Self::HostKey { holder, name, .. } => vec![
                Hint::new(holder.as_ref().map_or_else(
                    || "look who listens on that port".to_owned(),
                    |holder| format!("{holder} listens there"),
                )),
                Hint::new(format!(
                    "`hinc builder down {name}` and `up` take another port; where the guest itself listens, its image sets a host key of its own, or its systemd is older than 253"
                )),
            ],
            Self::KeyRefused { .. } => hint(
                "the guest's systemd (253 or later) reads the key as a credential from QEMU, and its sshd reads /etc/ssh/sshd_config.d: \
                 look with `hinc builder logs` whether systemd-tmpfiles-setup failed"
                    .to_owned(),
            ),
            Self::NoNix { .. } => hint("install Nix in the guest's image".to_owned()),
            Self::Qmp { .. } => vec![Hint::see(
                OwnCommand::BuilderDown,
                "`hinc builder down` ends it, whatever state it is in",
            )],
            Self::NotRunning { name } => {
                vec![Hint::see(OwnCommand::BuilderUp, format!("`hinc builder up {name}` starts it"))]
            },
            Self::Shrink { .. } => hint("give a larger size".to_owned()),
            Self::Busy { name } | Self::Cleaned { name } => {
                vec![
                    Hint::new("try again when it has ended"),
                    Hint::see(OwnCommand::BuilderStatus, format!("`hinc builder status {name}` says what runs")),
                ]
            }
            Self::Store { name, .. } => hint(format!(
                "`hinc builder ssh {name} -- nix-store --verify --check-contents --repair` may put it right; \
                 or start the guest with a new disk: `hinc builder down {name}` and remove its disk.qcow2"
            )),
            Self::NoProfile { .. } => hint(
                "Nix fetches it from nixpkgs and its cache the first time: see that it reaches them. Or name another \
                 `image`, or a `disk` and a `kernel`, in the builder's settings: docs/builder.md"
                    .to_owned(),
            ),
            Self::Profile { .. } => hint(
                "name a nixpkgs of 2024 or later, such as `nixpkgs#darwin.linux-builder`, or use a disk image".to_owned(),
            ),
            Self::NoRoot { .. } => hint(
                "set `disk` in the builder's settings and start the guest with a new disk; a disk image as `image` has no such limit"
                    .to_owned(),
            ),
            _ => Vec::new(),
        }
    }

    fn tail(&self) -> &[String] {
        match self {
            Self::Process(error) => error.tail(),
            Self::DidNotCome { tail, .. }
            | Self::NoAnswer { tail, .. }
            | Self::HostKey { tail, .. }
            | Self::KeyRefused { tail, .. }
            | Self::NoNix { tail, .. }
            | Self::NoProfile { tail, .. }
            | Self::Grow { tail, .. }
            | Self::Store { tail, .. } => tail,
            _ => &[],
        }
    }
}
