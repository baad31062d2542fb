//! A machines line of a builder.

use crate::model::builder::{Builder, SshMachine};
use crate::model::name::{Name, SshPath};
use crate::model::percent::{UNRESERVED, encoded};

/// Writes the line of a builder that is reached as `machine`, without a newline.
///
/// A host that is the bare `localhost` is written as 127.0.0.1, since Nix would take it for no ssh at all.
pub fn line(builder: &Builder, machine: &SshMachine) -> String {
    // A key whose path has a character that ends an entry goes into the address, where it can be written otherwise.
    let (column, parameter) = match &machine.key {
        Some(key) if key.contains([';', '#']) => (None, Some(key)),
        other => (other.as_ref(), None),
    };
    let columns = [
        Some(address(machine, parameter)),
        list(&builder.systems),
        column.map(ToString::to_string),
        builder.jobs.map(|jobs| jobs.to_string()),
        Some(builder.speed.to_string()),
        list(&builder.features),
        list(&builder.mandatory_features),
        machine.host_key.as_ref().map(|key| data_encoding::BASE64.encode(key.to_string().as_bytes())),
    ];
    let columns: Vec<String> = columns.into_iter().map(|column| column.unwrap_or_else(|| "-".to_owned())).collect();
    columns.join(" ")
}

/// The address of the store, as Nix 2.31 and later understand it: these take a port in it.
fn address(machine: &SshMachine, key: Option<&SshPath>) -> String {
    let mut text = "ssh-ng://".to_owned();
    if let Some(user) = &machine.user {
        text.push_str(&encoded(user, UNRESERVED));
        text.push('@');
    }
    let bare = machine.user.is_none() && machine.port.is_none() && machine.host == "localhost";
    match machine.host.as_str() {
        "localhost" if bare => text.push_str("127.0.0.1"),
        host if host.contains(':') => {
            text.push('[');
            text.push_str(&encoded(host, b"-._~:"));
            text.push(']');
        }
        host => text.push_str(&encoded(host, UNRESERVED)),
    }
    if let Some(port) = machine.port {
        text.push(':');
        text.push_str(&port.to_string());
    }
    let mut separator = '?';
    let key = key.map(|key| ("ssh-key", key.as_str()));
    let parameters = machine.parameters.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    for (name, value) in parameters.chain(key) {
        text.push(separator);
        text.push_str(&encoded(name, UNRESERVED));
        text.push('=');
        text.push_str(&encoded(value, b"-._~/:"));
        separator = '&';
    }
    text
}

/// Names with commas between them; none of them holds one.
fn list<R>(names: &[Name<R>]) -> Option<String> {
    let names: Vec<&str> = names.iter().map(Name::as_str).collect();
    (!names.is_empty()).then(|| names.join(","))
}
