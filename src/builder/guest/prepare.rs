//! Prepares the start of a guest: its files, its port, its disk, QEMU's command lines.

use std::path::Path;

use tokio_util::sync::CancellationToken;

use super::Guest;
use super::accelerator::{Experience, Host, Processor};
use super::error::Error;
use super::folder::{Attempt, Kept, Plan, Unclean};
use super::{disk, port, profile, qemu, seed, ssh};
use crate::builder::ssh::known_hosts;
use crate::clock::Clock;
use crate::model::builder::{GuestSettings, Image};
use crate::process::{Invocation, system};

/// Writes all that the supervisor needs. The caller has `start.lock`, and nothing runs.
pub(super) async fn prepare(
    guest: &Guest,
    on_progress: &dyn Fn(&str),
    cancel: &CancellationToken,
) -> Result<(), Error> {
    let settings = &guest.settings;
    let folder = &guest.folder;
    let processor = Processor::of(&settings.system)?;
    let host = Host::this();
    let mut kept: Kept = folder.read("kept.json")?.unwrap_or_default();
    let port = choose_port(guest, &kept, on_progress, cancel).await?;
    kept.port = Some(port);
    ssh::make_keys(folder, &guest.name, cancel).await?;

    let program = qemu::program(settings, processor);
    let emulator = emulator(settings, &program, cancel).await?;
    let machine = machine(&emulator, cancel).await?;
    let experience = Experience::read(&guest.accelerators);
    let candidates = host.candidates(processor).into_iter();
    let candidates: Vec<_> = candidates
        .map(|one| (one, experience.works(&machine, one)))
        .filter(|(_, works)| *works != Some(false))
        .collect();

    let mut attempts = Vec::new();
    let user = match &settings.image {
        Image::Disk { disk, kernel, initrd, parameters, user } => {
            for (what, path) in [("disk image", Some(disk)), ("kernel", Some(kernel)), ("initrd", initrd.as_ref())] {
                if let Some(path) = path {
                    fs_err::metadata(path).map_err(|source| Error::NoImage { what, source })?;
                }
            }
            disk::make(guest, disk, &mut kept, cancel).await?;
            kept.root = true;
            seed::write(folder)?;
            let kernel = absolute(kernel)?;
            let initrd = initrd.as_deref().map(absolute).transpose()?;
            let boot = qemu::Boot { kernel: &kernel, initrd: initrd.as_deref(), parameters };
            let this = qemu::Machine { name: &guest.name, settings, processor, folder, port, host };
            for (accelerator, works) in candidates {
                let args = qemu::arguments(this, accelerator, boot);
                let proven = works == Some(true);
                attempts.push(Attempt { accelerator, proven, program: program.clone(), args, env: Vec::new() });
            }
            let public = ssh::public_key(folder, "host_key.pub")?;
            folder.write_bytes("known_hosts", known_hosts::line(&guest.name.alias(), &public).as_bytes())?;
            user.clone()
        }
        Image::Profile { installable } => {
            let script = profile::script(guest, installable, port, on_progress, cancel).await?;
            kept.root = script.takes_ours;
            kept.verify |= kept.image.as_ref().is_some_and(|image| *image != script.image);
            if settings.ephemeral || !folder.file("disk.qcow2").exists() {
                folder.remove("disk.qcow2")?;
                kept.verify = false;
            }
            kept.image = Some(script.image.clone());
            for (accelerator, works) in candidates {
                let proven = works == Some(true);
                attempts.push(profile::attempt(guest, &script, accelerator, proven));
            }
            folder.write_bytes("known_hosts", known_hosts::line(&guest.name.alias(), &script.host_key).as_bytes())?;
            profile::user()
        }
    };
    let config = ssh::config(folder, &guest.name, port, &user, kept.root)?;
    folder.write_bytes("ssh_config", config.as_bytes())?;
    folder.write("kept.json", &kept)?;
    for left in ["ready.json", "run.json", "stop"] {
        folder.remove(left)?;
    }
    if settings.ephemeral {
        // A disk that is new each time has nothing to look through.
        folder.remove("unclean")?;
    } else if let Some(unclean) = folder.read::<Unclean>("unclean")? {
        folder.write("unclean", &Unclean { pending: true, ..unclean })?;
    }
    let now = Clock::System.now();
    folder.write(
        "plan.json",
        &Plan {
            boot: format!("{}-{}", now.timestamp_micros(), std::process::id()),
            name: guest.name.clone(),
            port,
            attempts,
            idle_seconds: u64::from(settings.idle_minutes) * 60,
            memory_mib: settings.memory_mib,
            cores: settings.cores,
            accelerators: guest.accelerators.clone(),
            machine,
            root: kept.root,
        },
    )
}

async fn choose_port(
    guest: &Guest,
    kept: &Kept,
    on_progress: &dyn Fn(&str),
    cancel: &CancellationToken,
) -> Result<u16, Error> {
    if let Some(port) = guest.settings.port {
        if port::is_free(port) {
            return Ok(port);
        }
        let holder = port::holder(port, cancel).await;
        return Err(Error::PortTaken { name: guest.name.to_string(), port, holder });
    }
    match kept.port {
        Some(port) if port::is_free(port) => Ok(port),
        Some(port) => {
            let new = port::free()?;
            let holder = port::holder(port, cancel).await;
            let by = holder.map(|holder| format!(" by {holder}")).unwrap_or_default();
            on_progress(&format!("port {port} is taken{by}: taking {new}"));
            Ok(new)
        }
        None => port::free(),
    }
}

/// Names the machine, its kernel and its QEMU: what an accelerator works on or not.
pub(super) async fn machine(emulator: &str, cancel: &CancellationToken) -> Result<String, Error> {
    let kernel = system::output(&Invocation::new("uname").args(["-nrm"]), cancel).await?;
    let kernel = String::from_utf8_lossy(&kernel.stdout).trim().to_owned();
    // A machine that was started anew may have other permissions or another hypervisor beneath it.
    let boot = fs_err::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    Ok(format!("{kernel} {} {emulator}", boot.trim()).replace("  ", " "))
}

/// Names the QEMU that runs a guest: by the line with its version, or where the guest brings its own by that guest.
pub(super) async fn emulator(
    settings: &GuestSettings,
    program: &str,
    cancel: &CancellationToken,
) -> Result<String, Error> {
    if let Image::Profile { installable } = &settings.image {
        return Ok(installable.clone());
    }
    let version = system::output(&Invocation::new(program).arg("--version"), cancel).await;
    let version = version.map_err(|error| Error::of_qemu(error, &settings.system))?;
    Ok(String::from_utf8_lossy(&version.stdout).lines().next().unwrap_or_default().to_owned())
}

fn absolute(path: &Path) -> Result<String, Error> {
    let path = fs_err::canonicalize(path)?;
    let text = path.to_str().map(str::to_owned);
    text.ok_or(Error::Place { path, problem: "its path is not UTF-8" })
}
