//! How a guest is.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use super::Guest;
use super::accelerator::Accelerator;
use super::error::Error;
use super::folder::{Phase, Ready};
use super::lock::Lock;
use super::qmp::Qmp;
use super::{disk, lock, port, stop};
use crate::clock::Clock;
use crate::model::builder::Connection;
use crate::model::nix_version::NixVersion;
use crate::process::system;

/// The version of the form of [`Status`] as JSON.
pub const STATUS_SCHEMA_VERSION: u32 = 1;

/// How long the guest may take to say how it is.
const PATIENCE: Duration = Duration::from_secs(20);

/// Where a guest is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Nothing runs.
    Stopped,
    /// QEMU runs, and Nix has not answered yet.
    Starting,
    /// Nix answers.
    Running,
    /// It is being shut down.
    Stopping,
    /// It has answered before, and does not now.
    Unreachable,
}

/// How a guest is.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Status {
    /// Of what form this is.
    pub schema_version: u32,
    /// The guest's name.
    pub name: String,
    /// Where it is in its life.
    pub state: State,
    /// Since when QEMU runs.
    pub since: Option<DateTime<Utc>>,
    /// The port of 127.0.0.1 that leads to its ssh, where it runs or one is kept for it.
    pub port: Option<u16>,
    /// QEMU's process id.
    pub pid: Option<u32>,
    /// Its supervisor's process id, where one lives.
    pub supervisor: Option<u32>,
    /// What runs its instructions.
    pub accelerator: Option<Accelerator>,
    /// Its memory, in MiB: as it runs, or as it would be started.
    pub memory_mib: u32,
    /// Its processors.
    pub cores: u32,
    /// The system of the guest.
    pub system: String,
    /// Whether all that is written to its disk is forgotten when it stops.
    pub ephemeral: bool,
    /// Its disk; none where it has none yet.
    pub disk: Option<Disk>,
    /// The flavour and version of Nix on it, such as `Nix 2.26.3`, where it answers.
    pub nix_version: Option<String>,
    /// The systems that it builds for, as it says itself.
    pub systems: Vec<String>,
    /// Its system features, as it says itself.
    pub features: Vec<String>,
    /// What else is to be known: why it ended, why an accelerator was not taken.
    pub notes: Vec<String>,
}

/// A guest's disk. All sizes are in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Disk {
    /// How large the guest sees it.
    pub size: u64,
    /// What it takes on this machine, beside the image that it is a copy of.
    pub allocated: u64,
    /// What is used of the guest's file system, where it answers.
    pub used: Option<u64>,
    /// What is free there.
    pub free: Option<u64>,
}

impl Guest {
    /// Returns how it is. A guest that does not answer is no error.
    pub async fn status(&self, cancel: &CancellationToken) -> Result<Status, Error> {
        let run = self.run()?;
        let supervised = lock::is_held(&self.folder.file("lock"))?;
        let lives = stop::lives(&self.folder)?;
        let mut notes = run.as_ref().map(|run| run.notes.clone()).unwrap_or_default();
        let size = disk::size(self)?;
        let mut disk = size.map(|size| Disk { size: size.bytes, allocated: size.allocated, used: None, free: None });
        let ready: Option<Ready> = self.folder.read("ready.json")?;
        let mut nix_version = None;
        let (mut systems, mut features) = (Vec::new(), Vec::new());
        let state = match &run {
            Some(run) if lives || supervised => {
                let was_ready = ready.is_some_and(|ready| ready.boot == run.boot);
                // Not a use of it: its supervisor does not take the connections for one.
                let _looks = Lock::shared(&self.folder.file("look.lock"))?;
                let answered = if was_ready { self.used(cancel).await } else { None };
                match (run.phase, answered) {
                    (Phase::Stopping, _) => State::Stopping,
                    (_, Some(answer)) => {
                        if let Some(disk) = &mut disk {
                            (disk.used, disk.free) = (answer.used, answer.free);
                        }
                        nix_version = answer.nix;
                        (systems, features) = (answer.systems, answer.features);
                        State::Running
                    }
                    (_, None) if was_ready => {
                        notes.extend(self.why_unreachable().await);
                        State::Unreachable
                    }
                    _ => State::Starting,
                }
            }
            None if supervised || lives => State::Starting,
            _ => State::Stopped,
        };
        if lives && !supervised {
            notes.push("its supervisor is gone: the next `hinc builder up` or `down` takes over".to_owned());
        }
        let live = run.filter(|_| state != State::Stopped);
        let kept: Option<super::folder::Kept> = self.folder.read("kept.json")?;
        let kept_port = self.settings.port.or(kept.and_then(|kept| kept.port));
        Ok(Status {
            schema_version: STATUS_SCHEMA_VERSION,
            name: self.name.to_string(),
            state,
            since: live.as_ref().map(|run| run.since),
            port: live.as_ref().map(|run| run.port).or(kept_port),
            pid: live.as_ref().and_then(|run| run.pid),
            supervisor: live.as_ref().filter(|_| supervised).map(|run| run.supervisor),
            accelerator: live.as_ref().map(|run| run.accelerator),
            memory_mib: live.as_ref().map_or(self.settings.memory_mib, |run| run.memory_mib),
            cores: live.as_ref().map_or(self.settings.cores, |run| run.cores),
            system: self.settings.system.to_string(),
            ephemeral: self.settings.ephemeral,
            disk,
            nix_version,
            systems,
            features,
            notes,
        })
    }

    async fn used(&self, cancel: &CancellationToken) -> Option<Answer> {
        let connection = self.connection().ok()?;
        let both =
            async { tokio::join!(ask(&connection, cancel), crate::builder::probe(&connection, Clock::System, cancel)) };
        let (answer, facts) = tokio::time::timeout(PATIENCE, both).await.ok()?;
        let mut answer = answer?;
        if let Ok(facts) = facts {
            (answer.systems, answer.features) = (facts.systems, facts.features);
        }
        Some(answer)
    }

    /// Says what QEMU knows of a guest that does not answer.
    async fn why_unreachable(&self) -> Option<String> {
        match Qmp::connect(&self.folder.file("qmp.sock")).await {
            Err(error) => Some(format!("{error}: its process may be stopped")),
            Ok(mut qmp) => match qmp.status().await.as_deref() {
                Ok("io-error") => Some(
                    "QEMU has halted it, since its disk cannot be written: is the disk of this machine full?"
                        .to_owned(),
                ),
                Ok("running") => self.who_listens().await,
                Ok(other) => Some(format!("QEMU says that it is {other}")),
                Err(error) => Some(error.to_string()),
            },
        }
    }

    async fn who_listens(&self) -> Option<String> {
        let port = self.run().ok()??.port;
        let holder = port::holder(port, &CancellationToken::new()).await?;
        Some(format!("port {port} is held by {holder}"))
    }
}

/// What the guest says about itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Answer {
    nix: Option<String>,
    used: Option<u64>,
    free: Option<u64>,
    systems: Vec<String>,
    features: Vec<String>,
}

const SCRIPT: &str = r"
nix --version
df -Pk /nix/store | tail -n 1
";

async fn ask(connection: &Connection, cancel: &CancellationToken) -> Option<Answer> {
    let output = system::output(&connection.script(SCRIPT, &[]), cancel).await.ok()?;
    Some(answer(&String::from_utf8_lossy(&output.stdout)))
}

/// Reads the version of Nix, of which Lix makes several lines, and the last line, that of `df -P` with 1024-byte blocks: device, size, used, free.
pub(super) fn answer(text: &str) -> Answer {
    let nix = NixVersion::parse(text).map(|version| version.to_string());
    let words: Vec<&str> = text.lines().next_back().unwrap_or_default().split_whitespace().collect();
    let bytes = |index: usize| words.get(index)?.parse::<u64>().ok()?.checked_mul(1024);
    Answer { nix, used: bytes(2), free: bytes(3), ..Answer::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_guest_says_what_is_used() {
        let text = "nix (Nix) 2.26.3\n/dev/vda  6102668  1221212  4552868  22% /\n";
        let found = answer(text);
        assert_eq!(found.nix.as_deref(), Some("Nix 2.26.3"));
        assert_eq!((found.used, found.free), (Some(1_221_212 * 1024), Some(4_552_868 * 1024)));
        assert_eq!(answer(""), Answer::default());
        let lix =
            answer(&text.replacen("nix (Nix) 2.26.3\n", "nix (Lix, like Nix) 2.95.3\nSystem type: x86_64-linux\n", 1));
        assert_eq!((lix.nix.as_deref(), lix.used), (Some("Lix 2.95.3"), found.used));
        // No disk has so many blocks.
        assert_eq!(answer(&format!("nix 2.3\n/dev/vda 1 {} 2 9% /\n", u64::MAX)).used, None);
    }
}
