//! The one writer of ssh's configuration.
//!
//! A line is a keyword of hinc's and a value of a type that holds no end of a line and nothing that ssh would take
//! apart. There is no way to write any other text.

use std::fmt::Write as _;

use crate::model::name::{Host, SshPath, User};

/// A configuration, or a part of one.
#[derive(Debug, Default)]
pub(in crate::builder) struct Config(String);

/// What a keyword can be given.
#[derive(Debug)]
pub(in crate::builder) struct Value(String);

impl From<&'static str> for Value {
    fn from(word: &'static str) -> Self {
        Self(word.to_owned())
    }
}

impl From<u16> for Value {
    fn from(number: u16) -> Self {
        Self(number.to_string())
    }
}

impl From<&User> for Value {
    fn from(user: &User) -> Self {
        Self(user.to_string())
    }
}

impl From<&Host> for Value {
    fn from(host: &Host) -> Self {
        // The zone of an address of IPv6. A `%` alone would begin something that ssh puts in.
        Self(host.replace('%', "%%"))
    }
}

impl From<&SshPath> for Value {
    fn from(path: &SshPath) -> Self {
        Self(if path.contains(['#', '=']) { format!("\"{path}\"") } else { path.to_string() })
    }
}

impl Config {
    /// Adds a line for people.
    pub(in crate::builder) fn comment(&mut self, text: &'static str) -> &mut Self {
        writeln!(self.0, "# {text}").ok();
        self
    }

    /// Begins the block of a host.
    pub(in crate::builder) fn host(&mut self, alias: &Host) -> &mut Self {
        self.block(alias)
    }

    /// Begins the block of all hosts.
    pub(in crate::builder) fn all_hosts(&mut self) -> &mut Self {
        self.block("*")
    }

    fn block(&mut self, pattern: &str) -> &mut Self {
        if self.0.contains("Host ") {
            self.0.push('\n');
        }
        writeln!(self.0, "Host {pattern}").ok();
        self
    }

    /// Adds a line to the block.
    pub(in crate::builder) fn set(&mut self, keyword: &'static str, value: impl Into<Value>) -> &mut Self {
        writeln!(self.0, "    {keyword} {}", value.into().0).ok();
        self
    }

    /// Returns the text, with a newline at its end.
    pub(in crate::builder) fn text(&self) -> String {
        self.0.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::{Invocation, system};
    use tokio_util::sync::CancellationToken;

    #[tokio::test]
    async fn ssh_reads_what_was_meant() {
        let (host, address): (Host, Host) = ("hinc-vm".parse().expect("a host"), "fe80::1%lo".parse().expect("a host"));
        let path: SshPath = "/a#b/c=d".parse().expect("a path");
        let user: User = "first.last".parse().expect("a user");
        let mut config = Config::default();
        config.comment("Written by a test.").host(&host);
        config.set("HostName", &address).set("User", &user).set("Port", 22_u16).set("IdentityFile", &path);
        config.all_hosts().set("BatchMode", "yes");
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("config");
        fs_err::write(&file, config.text()).expect("it is written");
        let ssh = Invocation::new("ssh").args(["-G", "-F"]).arg(&file).arg("hinc-vm");
        let output = system::output(&ssh, &CancellationToken::new()).await.expect("ssh takes it");
        let said = String::from_utf8(output.stdout).expect("text");
        for line in ["hostname fe80::1%lo", "user first.last", "port 22", "identityfile /a#b/c=d", "batchmode yes"] {
            assert!(said.lines().any(|said| said == line), "{line} is not in:\n{said}");
        }
    }
}
