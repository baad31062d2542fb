//! Modules for NixOS and nix-darwin. They set options of `nix/builder/options.nix`.

use std::fmt::Write as _;

use super::Declared;
use crate::model::builder::{BuilderKind, GuestSettings, Image, SshMachine};
use crate::model::nix_string::nix_string;

/// Writes a module; `set` is the output of hinc's flake that has the module which this one needs.
pub(super) fn module(declared: &Declared<'_>, set: &str) -> String {
    let builder = declared.builder;
    let mut settings = Settings::default();
    match &builder.kind {
        BuilderKind::Local => settings.text("kind", "local"),
        BuilderKind::Ssh(machine) => of_machine(&mut settings, machine),
        BuilderKind::Vm(guest) => of_guest(&mut settings, guest),
    }
    settings.list("systems", &builder.systems);
    settings.list("features", &builder.features);
    settings.list("mandatoryFeatures", &builder.mandatory_features);
    settings.plain("speed", &format!("{}", builder.speed));
    if let Some(jobs) = builder.jobs {
        settings.plain("jobs", &jobs.to_string());
    }
    let guest = builder.kind.guest().is_some();
    if !guest {
        settings.plain("trusted", if builder.trusted { "true" } else { "false" });
    }
    if guest {
        settings.plain("start", "true");
    }
    let user = if guest { format!("    user = {};\n", nix_string(declared.user)) } else { String::new() };
    format!(
        "# Beside this in `modules`: hinc.{set}.builder, of the flake of hinc.\n\
         {{\n  \
           services.hinc = {{\n    \
             enable = true;\n\
         {user}    \
             builders.{} = {{\n\
         {}    }};\n  }};\n}}\n",
        nix_string(builder.name.word()),
        settings.0,
    )
}

#[derive(Default)]
struct Settings(String);

impl Settings {
    fn plain(&mut self, name: &str, value: &str) {
        writeln!(self.0, "      {name} = {value};").ok();
    }

    fn text(&mut self, name: &str, value: &str) {
        self.plain(name, &nix_string(value));
    }

    fn list<T: AsRef<str>>(&mut self, name: &str, values: &[T]) {
        if !values.is_empty() {
            let values: Vec<String> = values.iter().map(|value| nix_string(value.as_ref())).collect();
            self.plain(name, &format!("[ {} ]", values.join(" ")));
        }
    }

    fn path(&mut self, name: &str, value: Option<&std::path::PathBuf>) {
        if let Some(value) = value {
            self.text(name, &value.to_string_lossy());
        }
    }
}

fn of_machine(settings: &mut Settings, machine: &SshMachine) {
    settings.text("kind", "ssh");
    settings.text("host", &machine.host);
    if let Some(user) = &machine.user {
        settings.text("user", user);
    }
    if let Some(port) = machine.port {
        settings.plain("port", &port.to_string());
    }
    if let Some(key) = &machine.key {
        settings.text("key", key);
    }
    if let Some(key) = &machine.host_key {
        settings.text("hostKey", &key.to_string());
    }
}

fn of_guest(settings: &mut Settings, guest: &GuestSettings) {
    settings.text("kind", "vm");
    match &guest.image {
        Image::Profile { installable } => settings.text("image", installable),
        Image::Disk { disk, kernel, initrd, parameters, user } => {
            settings.path("disk", Some(disk));
            settings.path("kernel", Some(kernel));
            settings.path("initrd", initrd.as_ref());
            settings.text("kernelParameters", parameters);
            settings.text("user", user);
        }
    }
    settings.text("system", &guest.system);
    settings.plain("cores", &guest.cores.to_string());
    settings.text("memory", &memory(guest.memory_mib));
    settings.text("diskSize", &format!("{}GiB", guest.disk_gib));
    if let Some(port) = guest.port {
        settings.plain("port", &port.to_string());
    }
    if guest.ephemeral {
        settings.plain("ephemeral", "true");
    }
    settings
        .text("idle", &if guest.idle_minutes == 0 { "never".to_owned() } else { format!("{}m", guest.idle_minutes) });
    settings.list("emulatedSystems", &guest.emulated_systems);
    settings.path("qemu", guest.qemu.as_ref());
    settings.list("qemuOptions", &guest.qemu_options);
}

fn memory(mib: u32) -> String {
    if mib.is_multiple_of(1024) { format!("{}GiB", mib / 1024) } else { format!("{mib}MiB") }
}
