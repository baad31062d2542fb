//! How a machine of the settings is reached by ssh.

use std::path::Path;

use super::Error;
use crate::model::builder::{Connection, SshMachine};

/// What every call says, for Nix's as well: never a question, never a connection that hangs without a word, and
/// nothing of the user's configuration that does other things than to connect.
const ALWAYS: [&str; 10] = [
    "-oBatchMode=yes",
    "-oConnectTimeout=10",
    "-oServerAliveInterval=15",
    "-oServerAliveCountMax=3",
    "-oControlMaster=no",
    "-oControlPath=none",
    "-oForwardAgent=no",
    "-oClearAllForwardings=yes",
    "-oRemoteCommand=none",
    "-oRequestTTY=no",
];

/// Returns how a machine is reached. Its host key, where the settings have one, is written to `known_hosts` of the
/// builder's folder below hinc's state folder.
pub fn connection(state: &Path, name: &str, machine: &SshMachine) -> Result<Connection, Error> {
    let mut options: Vec<String> = ALWAYS.iter().map(|option| (*option).to_owned()).collect();
    let mut host = machine.host.clone();
    let mut alias = None;
    if host == "localhost" {
        // Nix takes the bare word for no ssh at all.
        "127.0.0.1".clone_into(&mut host);
        alias = Some("localhost".to_owned());
    }
    if let Some(port) = machine.port {
        options.push(format!("-p{port}"));
    }
    if let Some(key) = &machine.key {
        options.push(format!("-i{}", plain(key)?));
        options.push("-oIdentitiesOnly=yes".to_owned());
    }
    if let Some(key) = &machine.host_key {
        let folder = state.join("builders").join(name);
        let file = folder.join("known_hosts");
        let own = format!("hinc-{name}");
        let write = |source| Error::State { folder: folder.clone(), source };
        fs_err::create_dir_all(&folder).map_err(write)?;
        let line = format!("{own} {}\n", key.trim());
        if fs_err::read_to_string(&file).ok().as_deref() != Some(&line) {
            write_whole(&file, line.as_bytes()).map_err(write)?;
        }
        options.push(format!("-oUserKnownHostsFile={}", plain(&file)?));
        options.push("-oGlobalKnownHostsFile=/dev/null".to_owned());
        options.push("-oStrictHostKeyChecking=yes".to_owned());
        alias = Some(own);
    }
    if let Some(alias) = alias {
        options.push(format!("-oHostKeyAlias={alias}"));
    }
    let destination = machine.user.as_ref().map_or_else(|| host.clone(), |user| format!("{user}@{host}"));
    Ok(Connection { name: name.to_owned(), ssh_options: options, destination, parameters: machine.parameters.clone() })
}

/// Returns a path as a word of `NIX_SSHOPTS`, which Nix splits at white space.
fn plain(path: &Path) -> Result<String, Error> {
    match path.to_str() {
        Some(text) if !text.contains(char::is_whitespace) => Ok(text.to_owned()),
        _ => Err(Error::OddPath { path: path.to_owned() }),
    }
}

fn write_whole(file: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::io::Write as _;
    let mut temporary = tempfile::NamedTempFile::new_in(file.parent().unwrap_or(Path::new(".")))?;
    temporary.write_all(bytes)?;
    temporary.persist(file).map(drop).map_err(|error| error.error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reached(machine: &SshMachine) -> (String, Vec<String>) {
        let state = tempfile::tempdir().expect("a folder");
        let connection = connection(state.path(), "farm", machine).expect("it can be");
        let own = connection.ssh_options.into_iter().filter(|option| !ALWAYS.contains(&option.as_str()));
        let state = state.path().display().to_string();
        (connection.destination, own.map(|option| option.replace(&state, "STATE")).collect())
    }

    #[test]
    fn a_machine_is_reached_as_its_settings_say() {
        let machine = SshMachine {
            host: "farm.example.org".to_owned(),
            user: Some("nix".to_owned()),
            port: Some(2222),
            key: Some("/keys/farm".into()),
            host_key: Some("ssh-ed25519 AAAA".to_owned()),
            parameters: Vec::new(),
        };
        let (destination, options) = reached(&machine);
        assert_eq!(destination, "nix@farm.example.org");
        assert_eq!(
            options,
            [
                "-p2222",
                "-i/keys/farm",
                "-oIdentitiesOnly=yes",
                "-oUserKnownHostsFile=STATE/builders/farm/known_hosts",
                "-oGlobalKnownHostsFile=/dev/null",
                "-oStrictHostKeyChecking=yes",
                "-oHostKeyAlias=hinc-farm",
            ]
        );
    }

    #[test]
    fn localhost_is_reached_by_ssh_all_the_same() {
        let machine = SshMachine { host: "localhost".to_owned(), ..SshMachine::default() };
        assert_eq!(reached(&machine), ("127.0.0.1".to_owned(), vec!["-oHostKeyAlias=localhost".to_owned()]));
    }

    #[test]
    fn a_path_that_nix_would_split_is_refused() {
        let machine = SshMachine { host: "x".to_owned(), key: Some("/my keys/x".into()), ..SshMachine::default() };
        let state = tempfile::tempdir().expect("a folder");
        assert!(matches!(connection(state.path(), "x", &machine), Err(Error::OddPath { .. })));
    }
}
