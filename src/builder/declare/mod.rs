//! What a user can put into the configuration of other programs, so that they reach a builder or start it.
//!
//! All of it is text, made of the settings alone: nothing is read or written here. hinc itself needs none of it.

mod error;
mod nix;
mod plist;
mod service;
mod ssh;
#[cfg(test)]
mod tests;
mod unit;

pub use error::Error;

use super::machines;
use crate::model::builder::{Builder, GuestSettings, Image, SshMachine};
use crate::model::name::{Host, HostKey, SshPath, User};

/// What can be printed of a builder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A block for ssh's configuration.
    Ssh,
    /// A line for `/etc/nix/machines`.
    Machines,
    /// A module for nix-darwin.
    NixDarwin,
    /// A module for NixOS.
    Nixos,
    /// A property list for launchd: an agent of the user.
    Launchd,
    /// A unit for systemd: a service of the user.
    Systemd,
}

/// A builder, and what its declarations say of this machine.
#[derive(Debug, Clone, Copy)]
pub struct Declared<'a> {
    /// The builder.
    pub builder: &'a Builder,
    /// Where its guest is; none for a builder that is no guest.
    pub guest: Option<&'a GuestPlace>,
    /// The path of hinc.
    pub hinc: &'a str,
    /// Who runs it.
    pub user: &'a str,
    /// The search path of a service: `nix`, `ssh` and QEMU are looked for on it.
    pub path: &'a str,
}

/// Where a guest is to be found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuestPlace {
    /// The key that it lets in.
    pub key: SshPath,
    /// Its known hosts.
    pub known_hosts: SshPath,
    /// The port of 127.0.0.1 that leads to its ssh; none where it never ran.
    pub port: Option<u16>,
    /// Its public host key; none where it never ran.
    pub host_key: Option<HostKey>,
}

impl Declared<'_> {
    /// Returns the text of a format, with a newline at its end.
    pub fn text(&self, format: Format) -> Result<String, Error> {
        if self.builder.kind.is_this_machine() {
            return Err(Error::ThisMachine { name: self.name() });
        }
        let text = match format {
            Format::Ssh => ssh::block(self),
            Format::Machines => self.machines_line(),
            Format::NixDarwin => Ok(nix::module(self, "darwinModules")),
            Format::Nixos => Ok(nix::module(self, "nixosModules")),
            Format::Launchd => service::launchd(self),
            Format::Systemd => service::systemd(self),
        }?;
        // They would not be printed, and what is printed then says something else.
        let odd = |c: char| c.is_control() && !"\n\t".contains(c);
        match text.lines().find(|line| line.contains(odd)) {
            Some(line) => Err(Error::Character { format: "what is printed", text: line.trim().to_owned() }),
            None => Ok(text),
        }
    }

    fn name(&self) -> String {
        self.builder.name.to_string()
    }

    /// The host of ssh's configuration that leads to it.
    fn alias(&self) -> Host {
        self.builder.name.alias()
    }

    /// The guest with its port: it has one from its first start on, or by its settings.
    fn guest(&self) -> Result<(&GuestSettings, &GuestPlace, u16), Error> {
        let (Some(settings), Some(place)) = (self.builder.kind.guest(), self.guest) else {
            return Err(Error::NoGuest { name: self.name() });
        };
        let port = settings.port.or(place.port).ok_or_else(|| Error::NoPort { name: self.name() })?;
        Ok((settings, place, port))
    }

    fn machines_line(&self) -> Result<String, Error> {
        let mut builder = self.builder.clone();
        let machine = if let Some(machine) = self.builder.kind.machine() {
            machine.clone()
        } else {
            let (settings, place, _) = self.guest()?;
            if builder.systems.is_empty() {
                builder.systems =
                    std::iter::once(&settings.system).chain(&settings.emulated_systems).cloned().collect();
            }
            // Port and address are in the block of ssh: Nix takes a port in the line since 2.31 alone, and
            // holds the host key against the host of the line.
            SshMachine {
                user: Some(guest_user(settings)),
                key: Some(place.key.clone()),
                host_key: place.host_key.clone(),
                ..SshMachine::at(self.alias())
            }
        };
        if builder.systems.is_empty() {
            return Err(Error::NoSystems { name: self.name() });
        }
        Ok(format!("{}\n", machines::line(&builder, &machine)))
    }
}

/// Who builds in a guest.
fn guest_user(settings: &GuestSettings) -> User {
    match &settings.image {
        // nixpkgs' builder has this user, and no other one with a key.
        Image::Profile { .. } => User::fixed("builder"),
        Image::Disk { user, .. } => user.clone(),
    }
}
