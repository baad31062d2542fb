//! Waits until a guest answers, and says meanwhile how far it is.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

use super::error::Error;
use super::folder::Folder;
use super::qmp::Qmp;
use super::ssh::Refusal;
use crate::clock::Clock;
use crate::model::builder::Connection;
use crate::model::nix_version::NixVersion;
use crate::process::{self, LastLines, Status, system};

/// How long the greeting of an sshd may take.
const GREETING: Duration = Duration::from_secs(3);

/// How long one try of ssh may take.
const TRY: Duration = Duration::from_secs(40);

/// After how long an sshd is looked for even where QEMU says that the guest has no network yet.
const LATEST: TimeDelta = TimeDelta::seconds(150);

/// Whether the sshd of a guest greets. While the guest has no network it is not asked: QEMU would keep each question
/// and hand all on at once when the network is there.
pub(super) async fn sshd_is_there(folder: &Folder, port: u16, since: DateTime<Utc>) -> bool {
    let up = match Qmp::connect(&folder.file("qmp.sock")).await {
        Ok(mut qmp) => qmp.network_is_up().await,
        // It serves somebody else, or does not serve yet.
        Err(_) => Some(false),
    };
    let late = Clock::System.now() - since > LATEST;
    (late || up != Some(false)) && greeted(port).await
}

/// Runs a script in a guest that has just come up. A connection that breaks before the script has said anything is
/// made anew: the guest's network or its sshd may not have settled. The script can be run twice.
pub(super) async fn run(
    connection: &Connection,
    script: &str,
    arguments: &[&str],
    cancel: &CancellationToken,
) -> Result<process::Output, process::Error> {
    let script = connection.script(script, arguments).within(LONGEST_WORK);
    for _ in 0..TRIES {
        match system::output(&script, cancel).await {
            Err(process::Error::Failed { status: Status::Code(255), .. }) => {}
            other => return other,
        }
        tokio::select! {
            () = tokio::time::sleep(AGAIN) => {}
            () = cancel.cancelled() => {}
        }
    }
    system::output(&script, cancel).await
}

/// How long a script may work in a guest: it verifies or cleans a store, which takes as long as the store is large.
const LONGEST_WORK: Duration = Duration::from_secs(2 * 60 * 60);

/// How often a broken connection is made anew, and after how long.
const TRIES: u32 = 6;
const AGAIN: Duration = Duration::from_secs(4);

/// Whether an sshd greets on a port. QEMU takes the connection in any case: only the greeting says that somebody
/// is there. To be asked until it is so and not again: sshd counts each visitor who goes without logging in, and after
/// a dozen it lets nobody in for a while (`PerSourcePenalties` of OpenSSH 9.8).
async fn greeted(port: u16) -> bool {
    let greeting = async {
        let mut stream = TcpStream::connect((std::net::Ipv4Addr::LOCALHOST, port)).await?;
        let mut bytes = [0; 4];
        stream.read_exact(&mut bytes).await?;
        Ok::<_, std::io::Error>(bytes)
    };
    matches!(tokio::time::timeout(GREETING, greeting).await, Ok(Ok(bytes)) if &bytes == b"SSH-")
}

/// What a builder says that answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    /// The version of Nix.
    pub(super) nix: String,
    /// The guest's own word for its start.
    pub(super) guest_boot: String,
}

/// What came of one try.
#[derive(Debug)]
pub(super) enum Tried {
    /// Nix answers.
    Answered(Answer),
    /// Nothing yet, and why.
    NotYet(String),
    /// The host key is another one.
    HostKey(Vec<String>),
    /// The key is not taken.
    KeyRefused(Vec<String>),
    /// ssh gets in, and finds no Nix or one that does not open its store.
    NoNix(Vec<String>),
}

/// Exit statuses of the script that ssh itself does not have.
const NO_NIX: i32 = 66;
const NO_STORE: i32 = 67;

/// `store info` came with Nix 2.19; before, it was `store ping`.
const SCRIPT: &str = r#"
nix=$(nix --version) || exit 66
options='--extra-experimental-features nix-command'
nix $options store info >/dev/null 2>&1 || nix $options store ping >/dev/null || exit 67
printf '%s\n' "$nix"
cat /proc/sys/kernel/random/boot_id
"#;

/// Tries once whether Nix answers.
pub(super) async fn try_once(connection: &Connection, cancel: &CancellationToken) -> Result<Tried, Error> {
    let mut lines = LastLines::default();
    let script = connection.script(SCRIPT, &[]).within(TRY);
    let finished = match system::stream(&script, cancel, |line| lines.push(line)).await {
        Err(process::Error::Late { seconds, .. }) => {
            return Ok(Tried::NotYet(format!("ssh did not answer within {seconds} s")));
        }
        Err(process::Error::Cancelled { .. }) => return Err(Error::Cancelled { left: String::new() }),
        finished => finished?,
    };
    let mut lines = lines.into_lines();
    Ok(match finished.status {
        Status::Code(0) => answer(&String::from_utf8_lossy(&finished.stdout)),
        Status::Code(NO_NIX | NO_STORE) => Tried::NoNix(lines),
        _ => match Refusal::of(&lines) {
            Refusal::HostKey => Tried::HostKey(lines),
            Refusal::Key => Tried::KeyRefused(lines),
            Refusal::Other => Tried::NotYet(lines.pop().unwrap_or_else(|| format!("ssh {}", finished.status))),
        },
    })
}

/// Reads the version of Nix, of which Lix makes several lines, and in the last line what the guest calls its start.
pub(super) fn answer(text: &str) -> Tried {
    let text = text.trim_end();
    match (NixVersion::parse(text), text.rsplit_once('\n')) {
        (Some(nix), Some((_, boot))) => {
            Tried::Answered(Answer { nix: nix.to_string(), guest_boot: boot.trim().to_owned() })
        }
        _ => Tried::NotYet(format!("it answered `{}`", text.trim())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncWriteExt;

    #[tokio::test]
    async fn a_port_that_is_open_is_no_sshd() {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let port = listener.local_addr().expect("its address").port();
        let server = tokio::spawn(async move {
            drop(listener.accept().await.expect("a connection"));
            let (mut stream, _) = listener.accept().await.expect("a connection");
            stream.write_all(b"SSH-2.0-x\r\n").await.expect("it is written");
        });
        assert!(!greeted(port).await);
        assert!(greeted(port).await);
        server.await.expect("the server");
        assert!(!greeted(port).await);
    }

    #[test]
    fn an_answer_has_a_version_and_a_boot() {
        let read = |text: &str| match answer(text) {
            Tried::Answered(read) => (read.nix, read.guest_boot),
            other => panic!("{text}: {other:?}"),
        };
        assert_eq!(read("nix (Nix) 2.26.3\n5d3c\n"), ("Nix 2.26.3".to_owned(), "5d3c".to_owned()));
        let lix = "nix (Lix, like Nix) 2.95.3\nSystem type: x86_64-linux\nFeatures: gc\n5d3c\n";
        assert_eq!(read(lix), ("Lix 2.95.3".to_owned(), "5d3c".to_owned()));
        assert!(matches!(answer("nix (Nix) 2.26.3\n"), Tried::NotYet(_)));
    }
}
