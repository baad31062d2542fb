//! How ssh reaches a guest: keys, known hosts, configuration.

use tokio_util::sync::CancellationToken;

use super::error::Error;
use super::folder::Folder;
use crate::builder::ssh::config::Config;
use crate::model::builder::{Connection, Destination};
use crate::model::builder_name::BuilderName;
use crate::model::name::{Host, HostKey, SshWord, User};
use crate::process::{Invocation, system};

/// Makes the key of hinc and the host key of the guest, where they are not there.
pub(super) async fn make_keys(folder: &Folder, name: &BuilderName, cancel: &CancellationToken) -> Result<(), Error> {
    for (key, comment) in [("key", name.alias().to_string()), ("host_key", format!("{}-host", name.alias()))] {
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

/// Reads a public key of the folder.
pub(super) fn public_key(folder: &Folder, file: &str) -> Result<HostKey, Error> {
    fs_err::read_to_string(folder.file(file))?.parse().map_err(Error::HostKeyFile)
}

/// Returns how a guest's builder is reached.
pub(super) fn connection(folder: &Folder, name: &BuilderName) -> Result<Connection, Error> {
    reached(folder, name, name.alias())
}

/// Returns how root is reached in a guest.
pub(super) fn root_connection(folder: &Folder, name: &BuilderName) -> Result<Connection, Error> {
    reached(folder, name, name.root_alias())
}

fn reached(folder: &Folder, name: &BuilderName, host: Host) -> Result<Connection, Error> {
    Ok(Connection {
        name: name.to_string(),
        ssh_options: vec![SshWord::fixed("-F"), SshWord::with("", &folder.ssh_path("ssh_config")?)],
        destination: Destination { user: None, host },
        parameters: Vec::new(),
    })
}

/// Returns the configuration of ssh for a guest. It is read in place of the user's own and the system's, so that
/// nothing of these reaches hinc.
pub(super) fn config(folder: &Folder, name: &BuilderName, port: u16, user: &User, root: bool) -> Result<String, Error> {
    let mut config = Config::default();
    config.comment("Written by hinc at each start of this guest.");
    config.host(&name.alias()).set("User", user);
    if root {
        config.host(&name.root_alias()).set("User", "root");
    }
    config
        .all_hosts()
        .set("HostName", "127.0.0.1")
        .set("Port", port)
        .set("HostKeyAlias", &name.alias())
        .set("AddressFamily", "inet")
        .set("IdentityFile", &folder.ssh_path("key")?)
        .set("IdentitiesOnly", "yes")
        .set("IdentityAgent", "none")
        .set("CertificateFile", "none")
        .set("PreferredAuthentications", "publickey")
        .set("BatchMode", "yes")
        .set("UserKnownHostsFile", &folder.ssh_path("known_hosts")?)
        .set("GlobalKnownHostsFile", "/dev/null")
        .set("StrictHostKeyChecking", "yes")
        .set("UpdateHostKeys", "no")
        .set("CheckHostIP", "no")
        .set("ProxyCommand", "none")
        .set("ProxyJump", "none")
        .set("RemoteCommand", "none")
        .set("ControlMaster", "no")
        .set("ControlPath", "none")
        .set("ForwardAgent", "no")
        .set("ForwardX11", "no")
        .set("ServerAliveInterval", "15")
        .set("ServerAliveCountMax", "3")
        .set("ConnectTimeout", "10")
        .set("ConnectionAttempts", "1")
        .set("LogLevel", "INFO");
    Ok(config.text())
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

    fn vm() -> BuilderName {
        "vm".parse().expect("a label")
    }

    #[tokio::test]
    async fn keys_are_made_once_and_for_this_user() {
        let state = tempfile::tempdir().expect("a temporary folder");
        let folder = Folder::of(state.path(), &vm()).expect("a folder");
        folder.make().expect("it can be made");
        let cancel = CancellationToken::new();
        make_keys(&folder, &vm(), &cancel).await.expect("ssh-keygen runs");
        let read = |name: &str| fs_err::read_to_string(folder.file(name)).expect("it is there");
        let before = read("key.pub");
        assert!(before.starts_with("ssh-ed25519 ") && before.trim_end().ends_with(" hinc-vm"), "{before}");
        assert_ne!(before, read("host_key.pub"));
        for key in ["key", "host_key"] {
            let mode = fs_err::metadata(folder.file(key)).expect("it is there").permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        make_keys(&folder, &vm(), &cancel).await.expect("there is nothing to do");
        assert_eq!(read("key.pub"), before);
    }

    #[test]
    fn the_configuration_lets_nothing_of_the_user_in() {
        let folder = Folder::of(Path::new("/state/hinc"), &vm()).expect("a folder");
        insta::assert_snapshot!(config(&folder, &vm(), 40022, &User::fixed("builder"), true).expect("a text"));
        assert!(!config(&folder, &vm(), 40022, &User::fixed("builder"), false).expect("a text").contains("root"));
    }

    #[test]
    fn ssh_takes_the_configuration() {
        let state = tempfile::tempdir().expect("a temporary folder");
        let folder = Folder::of(state.path(), &vm()).expect("a folder");
        folder.make().expect("it can be made");
        folder
            .write_bytes(
                "ssh_config",
                config(&folder, &vm(), 40022, &User::fixed("builder"), true).expect("a text").as_bytes(),
            )
            .expect("written");
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
