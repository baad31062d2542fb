//! QEMU's command line, as data.
//!
//! Everything that a guest is told about its surroundings is here or in the seed: its image knows nothing of hinc.

use super::accelerator::{Accelerator, Host, Os, Processor};
use super::folder::Folder;
use super::seed;
use crate::model::builder::GuestSettings;
use crate::model::builder_name::BuilderName;
use crate::model::name::KernelParameters;

/// The name of the disk, by which it is made larger.
pub(super) const DISK: &str = "disk";

/// QEMU's interrupt controller of version 2 has no more processors.
const MOST_CORES_OF_GIC_2: u32 = 8;

/// Without the controllers that nothing is connected to: the kernel waits seconds for each of their links.
const Q35: &str = "q35,sata=off,smbus=off";

/// What a guest is started from, when hinc itself starts it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Boot<'a> {
    /// The kernel.
    pub(super) kernel: &'a str,
    /// The first file system.
    pub(super) initrd: Option<&'a str>,
    /// The kernel's parameters.
    pub(super) parameters: &'a KernelParameters,
}

/// A guest on a machine.
#[derive(Debug, Clone, Copy)]
pub(super) struct Machine<'a> {
    /// The guest's name.
    pub(super) name: &'a BuilderName,
    /// Its settings.
    pub(super) settings: &'a GuestSettings,
    /// Its processor.
    pub(super) processor: Processor,
    /// Its folder.
    pub(super) folder: &'a Folder,
    /// The port that leads to its ssh.
    pub(super) port: u16,
    /// The machine that it runs on.
    pub(super) host: Host,
}

/// Returns the program for a guest's processor.
pub(super) fn program(settings: &GuestSettings, guest: Processor) -> String {
    settings.qemu.as_ref().map_or_else(
        || match guest {
            Processor::X86 => "qemu-system-x86_64".to_owned(),
            Processor::Arm => "qemu-system-aarch64".to_owned(),
        },
        |path| path.to_string_lossy().into_owned(),
    )
}

/// Returns the arguments that start a guest of an image.
pub(super) fn arguments(guest: Machine<'_>, accelerator: Accelerator, boot: Boot<'_>) -> Vec<String> {
    let Machine { name, settings, processor: guest, folder, port, host } = guest;
    let mut arguments: Vec<String> = Vec::new();
    let mut add = |words: &[&str]| arguments.extend(words.iter().map(ToString::to_string));
    add(&["-name", &name.alias(), "-nodefaults", "-no-user-config", "-display", "none"]);
    let (machine, processor) = machine(host, guest, accelerator);
    let cores =
        if machine.ends_with("gic-version=2") { settings.cores.min(MOST_CORES_OF_GIC_2) } else { settings.cores };
    add(&["-machine", machine, "-accel", &accelerator_argument(accelerator), "-cpu", processor]);
    add(&["-smp", &cores.to_string(), "-m", &settings.memory_mib.to_string()]);

    add(&["-kernel", boot.kernel]);
    if let Some(initrd) = boot.initrd {
        add(&["-initrd", initrd]);
    }
    add(&["-append", &parameters(boot.parameters, guest)]);
    add(&[
        "-drive",
        &format!(
            "if=none,id={DISK},file={},format=qcow2,discard=unmap,detect-zeroes=unmap",
            value(&folder.text("disk.qcow2"))
        ),
        "-device",
        &format!("virtio-blk-pci,drive={DISK}"),
    ]);
    // No IPv6: what the guest sends there is lost where this machine has none, and each try costs a timeout.
    add(&[
        "-netdev",
        &format!("user,id=net,ipv6=off,hostfwd=tcp:127.0.0.1:{port}-:22"),
        "-device",
        "virtio-net-pci,netdev=net,romfile=",
        "-device",
        "virtio-rng-pci",
    ]);
    add(&["-fw_cfg", &format!("name={},file={}", seed::FW_CFG, value(&folder.text("seed")))]);
    arguments.extend(watched(folder));
    arguments.extend(settings.qemu_options.iter().cloned());
    arguments
}

/// Returns the arguments by which hinc watches any guest: the console goes to a file, the machine protocol to a
/// socket, and a guest that switches itself off stays as a process, so that a clean end can be told from any other.
pub(super) fn watched(folder: &Folder) -> Vec<String> {
    [
        "-serial",
        &format!("file:{}", folder.text("console.log")),
        "-monitor",
        "none",
        "-qmp",
        &format!("unix:{},server=on,wait=off", value(&folder.text("qmp.sock"))),
        "-no-shutdown",
    ]
    .iter()
    .map(ToString::to_string)
    .collect()
}

/// Returns what `-accel` takes.
fn accelerator_argument(accelerator: Accelerator) -> String {
    match accelerator {
        Accelerator::Tcg => "tcg,thread=multi".to_owned(),
        other => other.to_string(),
    }
}

fn machine(host: Host, guest: Processor, accelerator: Accelerator) -> (&'static str, &'static str) {
    match (guest, accelerator) {
        // Without the virtualisation that QEMU can play: a `/dev/kvm` in the guest would be advertised by Nix.
        (Processor::X86, Accelerator::Tcg) => (Q35, "max,-svm,-vmx"),
        (Processor::X86, _) => (Q35, "host"),
        // The full algorithm of pointer authentication takes half of the time.
        (Processor::Arm, Accelerator::Tcg) => ("virt", "max,pauth-impdef=on"),
        (Processor::Arm, _) if host.os == Os::Macos => ("virt,gic-version=2", "host"),
        (Processor::Arm, _) => ("virt,gic-version=max", "host"),
    }
}

/// Adds the console to the kernel's parameters, unless they name one.
fn parameters(parameters: &KernelParameters, guest: Processor) -> String {
    let console = match guest {
        Processor::X86 => "console=ttyS0",
        Processor::Arm => "console=ttyAMA0",
    };
    if parameters.split_whitespace().any(|word| word.starts_with("console=")) {
        return parameters.to_string();
    }
    format!("{parameters} {console}").trim_start().to_owned()
}

/// Writes a value of a list of options: QEMU reads a doubled comma as one.
fn value(text: &str) -> String {
    text.replace(',', ",,")
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::*;
    use crate::model::builder::Image;
    use crate::model::name::NotAllowed;

    fn settings(system: &str) -> GuestSettings {
        GuestSettings {
            image: Image::Disk {
                disk: PathBuf::from("/images/disk.qcow2"),
                kernel: PathBuf::from("/images/vmlinuz"),
                initrd: Some(PathBuf::from("/images/initrd")),
                parameters: parsed("root=/dev/vda rw"),
                user: parsed("builder"),
            },
            system: parsed(system),
            cores: 12,
            memory_mib: 6144,
            disk_gib: 100,
            port: None,
            ephemeral: false,
            idle_minutes: 15,
            emulated_systems: Vec::new(),
            qemu: None,
            qemu_options: vec!["-device".to_owned(), "virtio-balloon-pci".to_owned()],
        }
    }

    fn parsed<T: std::str::FromStr<Err = NotAllowed>>(text: &str) -> T {
        text.parse().expect("it is allowed")
    }

    fn command(os: Os, processor: Processor, system: &str) -> String {
        let name: BuilderName = parsed("vm");
        let folder = Folder::of(Path::new("/state/a,b"), &name).expect("a folder");
        let host = Host { os, processor, kvm: true };
        let settings = settings(system);
        let guest = Processor::of(system).expect("a system");
        let words = parsed("root=/dev/vda rw");
        let boot = Boot { kernel: "/images/vmlinuz", initrd: Some("/images/initrd"), parameters: &words };
        let machine =
            Machine { name: &name, settings: &settings, processor: guest, folder: &folder, port: 40022, host };
        let line = |accelerator| {
            let arguments = arguments(machine, accelerator, boot);
            let mut text = program(&settings, guest);
            for argument in arguments {
                text.push_str(if argument.starts_with('-') { "\n  " } else { " " });
                text.push_str(&argument);
            }
            text
        };
        host.candidates(guest).into_iter().map(line).collect::<Vec<_>>().join("\n\n")
    }

    #[test]
    fn linux_on_x86() {
        insta::assert_snapshot!(command(Os::Linux, Processor::X86, "x86_64-linux"));
    }

    #[test]
    fn linux_on_arm() {
        insta::assert_snapshot!(command(Os::Linux, Processor::Arm, "aarch64-linux"));
    }

    #[test]
    fn macos_on_arm() {
        insta::assert_snapshot!(command(Os::Macos, Processor::Arm, "aarch64-linux"));
    }

    #[test]
    fn macos_on_x86() {
        insta::assert_snapshot!(command(Os::Macos, Processor::X86, "x86_64-linux"));
    }

    #[test]
    fn a_guest_of_another_processor() {
        insta::assert_snapshot!(command(Os::Macos, Processor::Arm, "x86_64-linux"));
    }

    #[test]
    fn a_console_of_the_settings_is_kept() {
        assert_eq!(parameters(&parsed("root=/dev/vda console=hvc0"), Processor::X86), "root=/dev/vda console=hvc0");
        assert_eq!(parameters(&parsed(""), Processor::Arm), "console=ttyAMA0");
    }
}
