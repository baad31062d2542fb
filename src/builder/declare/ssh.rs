//! A block of ssh's configuration.

use super::{Declared, Error, guest_user};
use crate::builder::ssh::config::Config;
use crate::builder::ssh::known_hosts;
use crate::model::builder::SshMachine;
use crate::model::name::Host;

/// Writes the block.
pub(super) fn block(declared: &Declared<'_>) -> Result<String, Error> {
    let alias = declared.alias();
    let mut config = Config::default();
    let mut text = String::new();
    if let Some(machine) = declared.builder.kind.machine() {
        if let Some(key) = &machine.host_key {
            // A block has no place for a host key.
            text = format!("# for known_hosts: {}", known_hosts::line(&alias, key));
        }
        other_machine(config.host(&alias), &alias, machine);
    } else {
        let (settings, place, port) = declared.guest()?;
        config
            .host(&alias)
            .set("HostName", "127.0.0.1")
            .set("Port", port)
            .set("User", &guest_user(settings))
            .set("HostKeyAlias", &alias)
            .set("IdentityFile", &place.key)
            .set("IdentitiesOnly", "yes")
            .set("UserKnownHostsFile", &place.known_hosts)
            .set("StrictHostKeyChecking", "yes");
    }
    config.set("BatchMode", "yes").set("ConnectTimeout", "10");
    config.set("ServerAliveInterval", "15").set("ServerAliveCountMax", "3");
    Ok(text + &config.text())
}

fn other_machine(config: &mut Config, alias: &Host, machine: &SshMachine) {
    config.set("HostName", &machine.host);
    if let Some(port) = machine.port {
        config.set("Port", port);
    }
    if let Some(user) = &machine.user {
        config.set("User", user);
    }
    if let Some(key) = &machine.key {
        config.set("IdentityFile", key).set("IdentitiesOnly", "yes");
    }
    if machine.host_key.is_some() {
        config.set("HostKeyAlias", alias).set("StrictHostKeyChecking", "yes");
    }
}
