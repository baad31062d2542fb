//! The address of a store: the first column, or `uri` of a table.

use super::Fault;
use super::entry::encoded_host_key;
use crate::model::builder::SshMachine;
use crate::model::name::{Name, Rule};
use crate::model::percent::decoded;

/// What an address leads to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Address {
    /// This machine, without ssh.
    ThisMachine,
    /// A machine that answers to ssh.
    Ssh(SshMachine),
}

/// The words by which Nix means a store of this machine.
const THIS_MACHINE: [&str; 3] = ["auto", "daemon", "local"];

/// Takes an address apart.
pub(super) fn address(text: &str) -> Result<Address, Fault> {
    if THIS_MACHINE.contains(&text) {
        return Ok(Address::ThisMachine);
    }
    let not_ssh = || Fault::NotSsh(text.to_owned());
    let (old_protocol, rest) = match text.split_once("://") {
        Some(("ssh-ng", rest)) => (false, rest),
        Some(("ssh", rest)) => (true, rest),
        Some(_) => return Err(not_ssh()),
        // Without a scheme, Nix takes what has a slash for a path, and what is no word of its own for a host.
        None if text.contains('/') || text.split('?').next().is_some_and(|word| THIS_MACHINE.contains(&word)) => {
            return Err(not_ssh());
        }
        None if text.starts_with('?') => return Err(not_ssh()),
        None => (true, text),
    };
    let (authority, query) = rest.split_once('?').unwrap_or((rest, ""));
    let authority = authority.strip_suffix('/').unwrap_or(authority);
    if authority.contains('/') {
        return Err(Fault::Path(text.to_owned()));
    }
    if authority == "localhost" {
        return if query.is_empty() { Ok(Address::ThisMachine) } else { Err(Fault::Localhost(text.to_owned())) };
    }
    let mut machine = of_authority(authority, text)?;
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        parameter(pair, old_protocol, &mut machine)?;
    }
    Ok(Address::Ssh(machine))
}

fn of_authority(authority: &str, text: &str) -> Result<SshMachine, Fault> {
    let (user, place) = match authority.rsplit_once('@') {
        Some((user, place)) => (Some(name(user)?), place),
        None => (None, authority),
    };
    let (host, port) = host_and_port(place)?;
    if host.is_empty() {
        return Err(Fault::NoHost(text.to_owned()));
    }
    Ok(SshMachine { user, port, ..SshMachine::at(name(host)?) })
}

/// An address of IPv6 is in brackets, or has no port.
fn host_and_port(place: &str) -> Result<(&str, Option<u16>), Fault> {
    let (host, port) = match place.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, "")) => (host, None),
        Some((host, rest)) => (host, Some(rest.strip_prefix(':').unwrap_or(rest))),
        None if place.matches(':').count() > 1 => (place, None),
        None => match place.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (place, None),
        },
    };
    let number = |port: &str| match port.parse::<u16>() {
        Ok(number) if number > 0 => Ok(number),
        _ => Err(Fault::Port(port.to_owned())),
    };
    Ok((host, port.map(number).transpose()?))
}

/// A user or a host. What begins with `-` would be an option of ssh, and Nix splits at white space.
fn name<R: Rule>(text: &str) -> Result<Name<R>, Fault> {
    decoded(text).and_then(|name| name.parse().ok()).ok_or_else(|| Fault::NoName(text.to_owned()))
}

fn parameter(pair: &str, old_protocol: bool, machine: &mut SshMachine) -> Result<(), Fault> {
    let fault = || Fault::Parameter(pair.to_owned());
    let (name, value) = pair.split_once('=').ok_or_else(fault)?;
    let (name, value) = (decoded(name).ok_or_else(fault)?, decoded(value).ok_or_else(fault)?);
    match name.as_str() {
        "" => return Err(fault()),
        "ssh-key" => machine.key = Some(value.parse()?),
        "base64-ssh-public-host-key" => machine.host_key = Some(encoded_host_key(&value)?),
        // The old protocol alone has these.
        "log-fd" if old_protocol => {}
        "remote-program" if old_protocol => machine.parameters.push((name, newer_program(&value))),
        _ => machine.parameters.push((name, value)),
    }
    Ok(())
}

/// The old protocol is spoken by `nix-store --serve`, the new one by `nix-daemon --stdio`, which lies beside it.
fn newer_program(program: &str) -> String {
    match program.strip_suffix("nix-store") {
        Some(folder) if folder.is_empty() || folder.ends_with('/') => format!("{folder}nix-daemon"),
        _ => program.to_owned(),
    }
}
