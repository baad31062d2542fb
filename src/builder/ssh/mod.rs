//! How a machine of the settings is reached by ssh, and what ssh is told in files.

pub(in crate::builder) mod config;
pub(in crate::builder) mod known_hosts;

use std::path::Path;

use super::Error;
use crate::files::{self, Readers};
use crate::model::builder::{Connection, Destination, SshMachine};
use crate::model::builder_name::BuilderName;
use crate::model::name::{Host, SshPath, SshWord};

/// What every call says, for Nix's as well: never a question, never a connection that hangs without a word, no host key
/// that is not known, and nothing of the user's configuration that does other things than to connect.
///
/// Kerberos' `GSSAPIDelegateCredentials` is not among them: an ssh without it complains of the word. `SendEnv` cannot
/// be taken back. Where neither may come from the user's configuration, that is not read: [`NO_CONFIGURATION`].
const ALWAYS: [&str; 16] = [
    "-oBatchMode=yes",
    "-oConnectTimeout=10",
    "-oServerAliveInterval=15",
    "-oServerAliveCountMax=3",
    "-oControlMaster=no",
    "-oControlPath=none",
    "-oForwardAgent=no",
    "-oForwardX11=no",
    "-oTunnel=no",
    "-oAddKeysToAgent=no",
    "-oClearAllForwardings=yes",
    "-oRemoteCommand=none",
    "-oRequestTTY=no",
    "-oStrictHostKeyChecking=yes",
    "-oNoHostAuthenticationForLocalhost=no",
    "-oUpdateHostKeys=no",
];

/// Said for machines that a repository names: no file of the user's or of the system's is read, since what stands there was
/// meant for hosts that these know.
const NO_CONFIGURATION: &str = "-F/dev/null";

/// Returns how a machine is reached. Its host key, where the settings have one, is written to `known_hosts` of the
/// builder's folder below hinc's state folder.
pub fn connection(state: &Path, name: &BuilderName, machine: &SshMachine) -> Result<Connection, Error> {
    let mut options: Vec<SshWord> = Vec::new();
    if name.is_of_repository() {
        options.push(SshWord::fixed(NO_CONFIGURATION));
    }
    options.extend(ALWAYS.map(SshWord::fixed));
    let mut host = machine.host.clone();
    let mut alias: Option<Host> = None;
    if machine.host == "localhost" {
        // Nix takes the bare word for no ssh at all.
        alias = Some(host);
        host = Host::loopback();
    }
    if let Some(port) = machine.port {
        options.push(SshWord::with("-p", &port));
    }
    if let Some(key) = &machine.key {
        options.push(SshWord::with("-i", key));
        options.push(SshWord::fixed("-oIdentitiesOnly=yes"));
    }
    if let Some(key) = &machine.host_key {
        let folder = name.folder(state);
        let file = folder.join("known_hosts");
        let write = |source| Error::State { folder: folder.clone(), source };
        files::private_folder(&folder).map_err(write)?;
        let line = known_hosts::line(&name.alias(), key);
        if fs_err::read_to_string(&file).ok().as_deref() != Some(&line) {
            files::replace(&file, line.as_bytes(), Readers::Owner).map_err(write)?;
        }
        options.push(SshWord::with("-oUserKnownHostsFile=", &plain(&file)?));
        options.push(SshWord::fixed("-oGlobalKnownHostsFile=/dev/null"));
        alias = Some(name.alias());
    }
    if let Some(alias) = alias {
        options.push(SshWord::with("-oHostKeyAlias=", &alias));
    }
    let destination = Destination { user: machine.user.clone(), host };
    Ok(Connection { name: name.to_string(), ssh_options: options, destination, parameters: machine.parameters.clone() })
}

/// Returns a path of hinc's own as ssh and Nix can be given it.
fn plain(path: &Path) -> Result<SshPath, Error> {
    let text = path.to_str().and_then(|text| text.parse().ok());
    text.ok_or_else(|| Error::OddPath { path: path.to_owned() })
}

#[cfg(test)]
mod tests {
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::model::builder_name::Describer;
    use crate::model::project::ProjectKey;
    use crate::process::{Invocation, system};

    fn own(word: &str) -> BuilderName {
        BuilderName::new(word.parse().expect("a word"), Describer::Settings)
    }

    fn of_repository(word: &str) -> BuilderName {
        BuilderName::new(word.parse().expect("a word"), Describer::Repository(ProjectKey::of(Path::new("/project"))))
    }

    fn machine(host: &str) -> SshMachine {
        SshMachine::at(host.parse().expect("a host"))
    }

    fn reached(name: &BuilderName, machine: &SshMachine) -> (String, Vec<String>) {
        let state = tempfile::tempdir().expect("a folder");
        let connection = connection(state.path(), name, machine).expect("it can be");
        let own = connection.ssh_options.iter().filter(|option| !ALWAYS.contains(&option.as_str()));
        let state = state.path().display().to_string();
        (connection.destination.to_string(), own.map(|option| option.replace(&state, "STATE")).collect())
    }

    #[test]
    fn a_machine_is_reached_as_its_settings_say() {
        let machine = SshMachine {
            user: Some("nix".parse().expect("a user")),
            port: Some(2222),
            key: Some("/keys/farm".parse().expect("a path")),
            host_key: Some("ssh-ed25519 AAAA".parse().expect("a key")),
            ..machine("farm.example.org")
        };
        let (destination, options) = reached(&own("farm"), &machine);
        assert_eq!(destination, "nix@farm.example.org");
        assert_eq!(
            options,
            [
                "-p2222",
                "-i/keys/farm",
                "-oIdentitiesOnly=yes",
                "-oUserKnownHostsFile=STATE/builders/farm/known_hosts",
                "-oGlobalKnownHostsFile=/dev/null",
                "-oHostKeyAlias=hinc-farm",
            ]
        );
    }

    #[test]
    fn localhost_is_reached_by_ssh_all_the_same() {
        let expected = ("127.0.0.1".to_owned(), vec!["-oHostKeyAlias=localhost".to_owned()]);
        assert_eq!(reached(&own("farm"), &machine("localhost")), expected);
    }

    // It wrote over the known hosts of a guest of the same name.
    #[test]
    fn a_machine_of_a_repository_has_known_hosts_of_its_own() {
        let state = tempfile::tempdir().expect("a folder");
        let guest = own("vm").folder(state.path());
        fs_err::create_dir_all(&guest).expect("a folder");
        fs_err::write(guest.join("known_hosts"), "the guest's").expect("a file");
        let machine = SshMachine { host_key: Some("ssh-ed25519 AAAA".parse().expect("a key")), ..machine("x") };
        let name = of_repository("vm");
        connection(state.path(), &name, &machine).expect("it can be");
        assert_eq!(fs_err::read_to_string(guest.join("known_hosts")).expect("the file"), "the guest's");
        let own = fs_err::read_to_string(name.folder(state.path()).join("known_hosts")).expect("its own");
        assert_eq!(own, format!("hinc-{} ssh-ed25519 AAAA\n", name.label()));
    }

    /// What ssh makes of the options of a connection, where a configuration of the user's sets all that is dangerous.
    async fn shown(name: &BuilderName) -> Vec<String> {
        let folder = tempfile::tempdir().expect("a folder");
        let users = folder.path().join("config");
        let text = "Host *\nForwardX11 yes\nForwardX11Trusted yes\nForwardAgent yes\nTunnel yes\nAddKeysToAgent yes\n\
            GSSAPIDelegateCredentials yes\nPermitLocalCommand yes\nLocalCommand touch /victim\nSendEnv SECRET*\n\
            SetEnv SECRET=1\nStrictHostKeyChecking no\nNoHostAuthenticationForLocalhost yes\nUpdateHostKeys yes\n\
            LocalForward 8080 localhost:80\nRemoteForward 8080 localhost:80\nControlMaster auto\nControlPath /tmp/x\n\
            RemoteCommand id\nProxyCommand touch /victim\nHostName victim\n";
        fs_err::write(&users, text).expect("a file");
        let connection = connection(folder.path(), name, &machine("farm")).expect("it can be");
        let mut script = connection.script("", &[]);
        let end = script.args.iter().position(|word| word == "--").expect("the command");
        script.args.truncate(end);
        // Behind hinc's own words, as the user's configuration is read behind them. The first `-F` counts.
        let mut ssh = Invocation::new("ssh").arg("-G");
        if !name.is_of_repository() {
            ssh = ssh.arg("-F").arg(&users);
        }
        ssh.args.extend(script.args);
        let output = system::output(&ssh, &CancellationToken::new()).await.expect("ssh takes the options");
        String::from_utf8(output.stdout).expect("text").lines().map(str::to_owned).collect()
    }

    const OFF: [&str; 9] = [
        "forwardx11 no",
        "forwardagent no",
        "tunnel false",
        "addkeystoagent false",
        "permitlocalcommand no",
        "stricthostkeychecking true",
        "nohostauthenticationforlocalhost no",
        "updatehostkeys false",
        "controlmaster false",
    ];

    #[tokio::test]
    async fn what_does_more_than_to_connect_is_off_for_every_machine() {
        for name in [own("farm"), of_repository("farm")] {
            let shown = shown(&name).await;
            for line in OFF {
                assert!(shown.iter().any(|shown| shown == line), "{line} is not in {shown:#?}");
            }
            for start in ["localforward", "remoteforward", "controlpath", "remotecommand"] {
                assert!(!shown.iter().any(|shown| shown.starts_with(start)), "{start} is in {shown:#?}");
            }
        }
    }

    #[tokio::test]
    async fn nothing_of_the_users_configuration_is_for_a_machine_of_a_repository() {
        let shown = shown(&of_repository("farm")).await;
        assert!(shown.iter().any(|line| line == "hostname farm"), "{shown:#?}");
        for start in ["sendenv", "setenv", "localcommand", "proxycommand", "gssapidelegatecredentials yes"] {
            assert!(!shown.iter().any(|shown| shown.starts_with(start)), "{start} is in {shown:#?}");
        }
        let (_, options) = reached(&of_repository("farm"), &machine("farm"));
        assert_eq!(options, ["-F/dev/null"]);
    }
}
