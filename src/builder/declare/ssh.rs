//! A block of ssh's configuration.

use std::fmt::Write as _;

use super::{Declared, Error, guest_user};
use crate::model::builder::{BuilderKind, SshMachine};

/// Writes the block.
pub(super) fn block(declared: &Declared<'_>) -> Result<String, Error> {
    let alias = declared.alias();
    let mut text = format!("Host {alias}\n");
    if let BuilderKind::Ssh(machine) = &declared.builder.kind {
        other_machine(&mut text, &alias, machine)?;
    } else {
        let (settings, place, port) = declared.guest()?;
        line(&mut text, "HostName", "127.0.0.1");
        line(&mut text, "Port", &port.to_string());
        line(&mut text, "User", &word(guest_user(settings))?);
        line(&mut text, "HostKeyAlias", &alias);
        line(&mut text, "IdentityFile", &word(&format!("{}/key", place.folder))?);
        line(&mut text, "IdentitiesOnly", "yes");
        line(&mut text, "UserKnownHostsFile", &word(&format!("{}/known_hosts", place.folder))?);
        line(&mut text, "StrictHostKeyChecking", "yes");
    }
    for (name, value) in
        [("BatchMode", "yes"), ("ConnectTimeout", "10"), ("ServerAliveInterval", "15"), ("ServerAliveCountMax", "3")]
    {
        line(&mut text, name, value);
    }
    Ok(text)
}

fn other_machine(text: &mut String, alias: &str, machine: &SshMachine) -> Result<(), Error> {
    line(text, "HostName", &word(&machine.host)?);
    if let Some(port) = machine.port {
        line(text, "Port", &port.to_string());
    }
    if let Some(user) = &machine.user {
        line(text, "User", &word(user)?);
    }
    if let Some(key) = &machine.key {
        line(text, "IdentityFile", &word(&key.to_string_lossy())?);
        line(text, "IdentitiesOnly", "yes");
    }
    if let Some(key) = &machine.host_key {
        line(text, "HostKeyAlias", alias);
        line(text, "StrictHostKeyChecking", "yes");
        // A block has no place for a host key.
        *text = format!("# for known_hosts: {alias} {}\n{text}", plain(key.trim())?);
    }
    Ok(())
}

fn line(text: &mut String, name: &str, value: &str) {
    writeln!(text, "    {name} {value}").ok();
}

/// A word in quotes where it needs them. A `%` would begin something that ssh puts in.
fn word(text: &str) -> Result<String, Error> {
    let text = plain(text)?.replace('%', "%%");
    Ok(if text.contains([' ', '\t', '#', '=']) { format!("\"{text}\"") } else { text })
}

fn plain(text: &str) -> Result<&str, Error> {
    if text.is_empty() || text.contains(|c: char| c.is_control() && c != '\t' || c == '"' || c == '\\') {
        return Err(Error::Character { format: "ssh's configuration", text: text.to_owned() });
    }
    Ok(text)
}
