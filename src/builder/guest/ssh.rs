//! How ssh reaches a guest: keys, known hosts, configuration.

use tokio_util::sync::CancellationToken;

use super::error::Error;
use super::folder::Folder;
use crate::model::builder::Connection;
use crate::process::{Invocation, system};

/// Makes the key of hinc and the host key of the guest, where they are not there.
pub(super) async fn make_keys(folder: &Folder, name: &str, cancel: &CancellationToken) -> Result<(), Error> {
    for (key, comment) in [("key", format!("hinc-{name}")), ("host_key", format!("hinc-{name}-host"))] {
        if folder.file(key).exists() && folder.file(&format!("{key}.pub")).exists() {
            continue;
        }
        folder.remove(key)?;
        folder.remove(&format!("{key}.pub"))?;
        // ssh-keygen itself makes the file for this user alone.
        let keygen = Invocation::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-C", &comment, "-f"]);
        system::output(&keygen.arg(folder.file(key)), cancel).await?;
    }
    Ok(())
}

/// Returns the alias of a guest in its own ssh configuration.
pub(super) fn alias(name: &str) -> String {
    format!("hinc-{name}")
}

/// Returns the alias by which hinc becomes root in a guest.
fn root_alias(name: &str) -> String {
    format!("hinc-{name}-root")
}

/// Returns how a guest's builder is reached.
pub(super) fn connection(folder: &Folder, name: &str) -> Connection {
    Connection {
        name: name.to_owned(),
        ssh_options: vec!["-F".to_owned(), folder.text("ssh_config")],
        destination: alias(name),
        parameters: Vec::new(),
    }
}

/// Returns how root is reached in a guest.
pub(super) fn root_connection(folder: &Folder, name: &str) -> Connection {
    Connection { destination: root_alias(name), ..connection(folder, name) }
}

/// Returns the configuration of ssh for a guest. It is read in place of the user's own and the system's, so that
/// nothing of these reaches hinc.
pub(super) fn config(folder: &Folder, name: &str, port: u16, user: &str, root: bool) -> String {
    let alias = alias(name);
    let mut text = format!("# Written by hinc at each start of this guest.\nHost {alias}\n    User {user}\n");
    if root {
        text = format!("{text}\nHost {}\n    User root\n", root_alias(name));
    }
    format!(
        "{text}\n\
         Host *\n    \
         HostName 127.0.0.1\n    \
         Port {port}\n    \
         HostKeyAlias {alias}\n    \
         AddressFamily inet\n    \
         IdentityFile {}\n    \
         IdentitiesOnly yes\n    \
         IdentityAgent none\n    \
         CertificateFile none\n    \
         PreferredAuthentications publickey\n    \
         BatchMode yes\n    \
         UserKnownHostsFile {}\n    \
         GlobalKnownHostsFile /dev/null\n    \
         StrictHostKeyChecking yes\n    \
         UpdateHostKeys no\n    \
         CheckHostIP no\n    \
         ProxyCommand none\n    \
         ProxyJump none\n    \
         RemoteCommand none\n    \
         ControlMaster no\n    \
         ControlPath none\n    \
         ForwardAgent no\n    \
         ForwardX11 no\n    \
         ServerAliveInterval 15\n    \
         ServerAliveCountMax 3\n    \
         ConnectTimeout 10\n    \
         ConnectionAttempts 1\n    \
         LogLevel INFO\n",
        folder.text("key"),
        folder.text("known_hosts"),
    )
}

/// Returns the known hosts of a guest: its own key and no other.
pub(super) fn known_hosts(name: &str, public_host_key: &str) -> String {
    // A comment behind the key is of no use to ssh.
    let key: Vec<&str> = public_host_key.split_whitespace().take(2).collect();
    format!("{} {}\n", alias(name), key.join(" "))
}

/// What ssh said about why it did not get in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The host key is another one.
    HostKey,
    /// The key is not taken.
    Key,
    /// Something else: nobody listens yet, the connection was cut.
    Other,
}

impl Refusal {
    /// Tells it from what ssh wrote to its standard error.
    pub(super) fn of(lines: &[String]) -> Self {
        let says = |text: &str| lines.iter().any(|line| line.contains(text));
        if says("Host key verification failed") || says("REMOTE HOST IDENTIFICATION HAS CHANGED") {
            Self::HostKey
        } else if says("Permission denied (") {
            Self::Key
        } else {
            Self::Other
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;

    #[tokio::test]
    async fn keys_are_made_once_and_for_this_user() {
        let state = tempfile::tempdir().expect("a temporary folder");
        let folder = Folder::of(state.path(), "vm").expect("a folder");
        folder.make().expect("it can be made");
        let cancel = CancellationToken::new();
        make_keys(&folder, "vm", &cancel).await.expect("ssh-keygen runs");
        let read = |name: &str| fs_err::read_to_string(folder.file(name)).expect("it is there");
        let before = read("key.pub");
        assert!(before.starts_with("ssh-ed25519 ") && before.trim_end().ends_with(" hinc-vm"), "{before}");
        assert_ne!(before, read("host_key.pub"));
        for key in ["key", "host_key"] {
            let mode = fs_err::metadata(folder.file(key)).expect("it is there").permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        make_keys(&folder, "vm", &cancel).await.expect("there is nothing to do");
        assert_eq!(read("key.pub"), before);
    }

    #[test]
    fn the_configuration_lets_nothing_of_the_user_in() {
        let folder = Folder::of(Path::new("/state/hinc"), "vm").expect("a folder");
        insta::assert_snapshot!(config(&folder, "vm", 40022, "builder", true));
        assert!(!config(&folder, "vm", 40022, "builder", false).contains("root"));
        assert_eq!(known_hosts("vm", "ssh-ed25519 AAAA hinc-vm-host\n"), "hinc-vm ssh-ed25519 AAAA\n");
    }

    #[test]
    fn ssh_takes_the_configuration() {
        let state = tempfile::tempdir().expect("a temporary folder");
        let folder = Folder::of(state.path(), "vm").expect("a folder");
        folder.make().expect("it can be made");
        folder.write_bytes("ssh_config", config(&folder, "vm", 40022, "builder", true).as_bytes()).expect("written");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let shown = |host: &str| {
            let ssh = Invocation::new("ssh").args(["-G", "-F", &folder.text("ssh_config"), host]);
            let output = runtime.block_on(system::output(&ssh, &CancellationToken::new())).expect("ssh takes it");
            String::from_utf8(output.stdout).expect("text")
        };
        let builder = shown("hinc-vm");
        for line in ["user builder", "hostname 127.0.0.1", "port 40022", "stricthostkeychecking true", "batchmode yes"]
        {
            assert!(builder.lines().any(|shown| shown == line), "{line} is not in:\n{builder}");
        }
        assert!(shown("hinc-vm-root").lines().any(|line| line == "user root"));
    }

    #[test]
    fn refusals_are_told_apart() {
        let of = |line: &str| Refusal::of(&[line.to_owned()]);
        assert_eq!(of("Host key verification failed."), Refusal::HostKey);
        assert_eq!(of("builder@127.0.0.1: Permission denied (publickey)."), Refusal::Key);
        assert_eq!(of("kex_exchange_identification: Connection closed by remote host"), Refusal::Other);
    }
}
