//! A machines line of a builder.

use crate::model::builder::{Builder, SshMachine};
use crate::model::name::Name;

/// Writes the line of a builder that is reached as `machine`, without a newline.
///
/// A host that is the bare `localhost` is written as 127.0.0.1, since Nix would take it for no ssh at all.
pub fn line(builder: &Builder, machine: &SshMachine) -> String {
    let key = machine.key.as_ref().map(ToString::to_string);
    // A key whose path has a character that ends a column goes into the address, where it can be written otherwise.
    let (column, parameter) = match key {
        Some(key) if is_word(&key) => (Some(key), None),
        other => (None, other),
    };
    let columns = [
        Some(address(machine, parameter.as_deref())),
        list(&builder.systems),
        column,
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
fn address(machine: &SshMachine, key: Option<&str>) -> String {
    let mut text = "ssh-ng://".to_owned();
    if let Some(user) = &machine.user {
        text.push_str(&encoded(user, b"-._~"));
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
        host => text.push_str(&encoded(host, b"-._~")),
    }
    if let Some(port) = machine.port {
        text.push(':');
        text.push_str(&port.to_string());
    }
    let mut separator = '?';
    let key = key.map(|key| ("ssh-key", key));
    let parameters = machine.parameters.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    for (name, value) in parameters.chain(key) {
        text.push(separator);
        text.push_str(&encoded(name, b"-._~"));
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

/// Whether a text can be a column as it is.
fn is_word(text: &str) -> bool {
    let ends = |c: char| c.is_whitespace() || c.is_control() || c == ';' || c == '#';
    !text.is_empty() && text != "-" && !text.contains(ends)
}

/// Writes letters, digits and the characters of `plain` as they are.
fn encoded(text: &str, plain: &[u8]) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || plain.contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            encoded.push_str(&data_encoding::HEXUPPER.encode(&[byte]));
        }
    }
    encoded
}
