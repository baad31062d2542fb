//! Looks at what a guest is started from and with, and says what is wrong with it.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use tokio_util::sync::CancellationToken;

use super::accelerator::{Accelerator, Experience, Host, Os, Processor};
use super::prepare::{emulator, machine};
use super::status::{State, Status};
use super::{Error, Guest, port, qemu};
use crate::builder::doctor::key_check;
use crate::builder::gib;
use crate::model::builder::{Connection, Image};
use crate::model::check::Check;
use crate::process::{Invocation, system};

/// Below this much room on this machine a guest's disk cannot grow by a full build.
const LITTLE_ROOM: u64 = 5 << 30;

impl Guest {
    /// Checks all that can be seen of a guest, and returns how it is reached where it runs.
    pub(in crate::builder) async fn doctor(
        &self,
        checks: &mut Vec<Check>,
        cancel: &CancellationToken,
    ) -> Option<Connection> {
        checks.extend(self.image_checks());
        checks.extend(self.qemu_checks(cancel).await);
        checks.push(self.files_check());
        checks.extend(self.room_here());
        let status = match self.status(cancel).await {
            Ok(status) => status,
            Err(error) => {
                checks.push(Check::of_error("guest", &error));
                return None;
            }
        };
        checks.push(self.port_check(&status, cancel).await);
        checks.push(state_check(&status));
        if status.state == State::Running { self.connection().ok() } else { None }
    }

    /// Says in a few words how it is.
    pub(in crate::builder) async fn glance(&self, cancel: &CancellationToken) -> Result<String, Error> {
        let status = self.status(cancel).await?;
        let what = format!("a guest for {}", status.system);
        Ok(match status.state {
            State::Stopped => format!("{what}, which is started when it is needed"),
            State::Starting => format!("{what}, which is starting"),
            State::Running => {
                let nix = status.nix_version.map(|version| format!(" with {version}"));
                format!("{what}{}, which runs", nix.unwrap_or_default())
            }
            State::Stopping => format!("{what}, which is being shut down"),
            State::Unreachable => format!("{what}, which does not answer: see `hinc builder doctor {}`", self.name),
        })
    }

    /// What it is started from.
    fn image_checks(&self) -> Vec<Check> {
        match &self.settings.image {
            // Nix builds or fetches it at the first start, and has its own words where it cannot.
            Image::Profile { installable } => vec![Check::ok("image", installable.clone())],
            Image::Disk { disk, kernel, initrd, .. } => {
                let files = [("image", Some(disk)), ("kernel", Some(kernel)), ("initrd", initrd.as_ref())];
                let there = |(name, path): (&str, Option<&std::path::PathBuf>)| Some(file_check(name, path?));
                files.into_iter().filter_map(there).collect()
            }
        }
    }

    /// QEMU, and what runs a guest's instructions.
    async fn qemu_checks(&self, cancel: &CancellationToken) -> Vec<Check> {
        let processor = match Processor::of(&self.settings.system) {
            Ok(processor) => processor,
            Err(error) => return vec![Check::of_error("system", &error)],
        };
        let mut checks = Vec::new();
        let program = qemu::program(&self.settings, processor);
        // nixpkgs' builder brings its own.
        let own = matches!(self.settings.image, Image::Disk { .. });
        let emulator = emulator(&self.settings, &program, cancel).await;
        if own {
            checks.push(match &emulator {
                Ok(version) => Check::ok("qemu", version.clone()),
                Err(error) => Check::of_error("qemu", error),
            });
        }
        let machine = match &emulator {
            Ok(emulator) => machine(emulator, cancel).await.ok(),
            Err(_) => None,
        };
        let experience = Experience::read(&self.accelerators);
        let works = |accelerator| machine.as_ref().and_then(|machine| experience.works(machine, accelerator));
        let hypervisor = hypervisor(cancel).await;
        checks.push(accelerator_check(Host::this(), processor, works, hypervisor));
        checks
    }

    /// Who may read its folder and its keys.
    fn files_check(&self) -> Check {
        const NAME: &str = "key";
        let folder = self.folder.path();
        let key = self.folder.file("key");
        if !key.exists() {
            return Check::ok(NAME, "made at the first start");
        }
        match fs_err::metadata(folder).map(|metadata| metadata.permissions().mode() & 0o777) {
            Ok(mode) if mode & 0o022 != 0 => Check::failed(
                NAME,
                format!("others may write to {} (mode {mode:o})", folder.display()),
                format!("chmod 700 {}", folder.display()),
            ),
            _ => key_check(NAME, &key),
        }
    }

    /// What is left on this machine for its disk.
    fn room_here(&self) -> Option<Check> {
        // The folder may not be there yet; one above it is.
        let there = self.folder.path().ancestors().find(|folder| folder.exists())?;
        let room = rustix::fs::statvfs(there).ok()?;
        let free = room.f_bavail.saturating_mul(room.f_frsize);
        let found = format!("{} free here, for a disk of up to {} GiB", gib(free), self.settings.disk_gib);
        Some(if free >= LITTLE_ROOM {
            Check::ok("room here", found)
        } else {
            let advice = "a guest whose disk cannot grow is halted in the middle of its work: make room on this disk";
            Check::warning("room here", found, advice)
        })
    }

    async fn port_check(&self, status: &Status, cancel: &CancellationToken) -> Check {
        const NAME: &str = "port";
        let Some(number) = self.settings.port.or(status.port) else {
            return Check::ok(NAME, "a free one is found at the first start");
        };
        if status.state != State::Stopped || port::is_free(number) {
            return Check::ok(NAME, format!("{number} of 127.0.0.1"));
        }
        let holder = port::holder(number, cancel).await;
        let found = format!("{number} is taken{}", holder.map(|holder| format!(" by {holder}")).unwrap_or_default());
        match self.settings.port {
            Some(_) => Check::failed(
                NAME,
                found,
                format!("end that program, or take `port` out of [builder.{}]: hinc finds a free one", self.name),
            ),
            None => Check::ok(NAME, format!("{found}: another one is found at the next start")),
        }
    }
}

fn file_check(name: &str, path: &Path) -> Check {
    match fs_err::File::open(path) {
        Ok(_) => Check::ok(name, path.display().to_string()),
        Err(error) => Check::failed(name, error.to_string(), "mend the path in ~/.config/hinc/config.toml"),
    }
}

/// Whether macOS lets programs use the processor's help; none elsewhere, and where it does not say.
async fn hypervisor(cancel: &CancellationToken) -> Option<bool> {
    if !cfg!(target_os = "macos") {
        return None;
    }
    let output = system::output(&Invocation::new("sysctl").args(["-n", "kern.hv_support"]), cancel).await.ok()?;
    Some(String::from_utf8_lossy(&output.stdout).trim() == "1")
}

fn accelerator_check(
    host: Host,
    guest: Processor,
    works: impl Fn(Accelerator) -> Option<bool>,
    hypervisor: Option<bool>,
) -> Check {
    const NAME: &str = "accelerator";
    let fast = host.candidates(guest).into_iter().find(|accelerator| *accelerator != Accelerator::Tcg);
    let slow =
        |why: &str, advice: &str| Check::warning(NAME, format!("tcg, which is several times slower: {why}"), advice);
    match fast {
        Some(Accelerator::Hvf) if hypervisor == Some(false) => slow(
            "macOS offers no hypervisor (`kern.hv_support`)",
            "in a virtual machine, switch on nested virtualisation",
        ),
        Some(fast) => match works(fast) {
            Some(true) => Check::ok(NAME, format!("{fast}: a guest has run with it")),
            Some(false) => slow(
                &format!("a guest did not come up with {fast}"),
                "it is tried again when the machine, its kernel or QEMU is another one",
            ),
            None => Check::ok(NAME, format!("{fast}, not tried yet")),
        },
        None if host.processor != guest => {
            slow("the guest is of another processor", "take `system` of this machine's processor where you can")
        }
        None if host.os == Os::Linux => slow(
            "/dev/kvm is not there or does not open",
            "load the module (`modprobe kvm_intel` or `kvm_amd`), and let this user open it (`adduser USER kvm`)",
        ),
        None => slow("there is no other", "nothing to do"),
    }
}

fn state_check(status: &Status) -> Check {
    const NAME: &str = "guest";
    let name = &status.name;
    let notes = if status.notes.is_empty() { String::new() } else { format!(": {}", status.notes.join("; ")) };
    match status.state {
        State::Running => Check::ok(NAME, format!("runs{notes}")),
        State::Starting => {
            Check::warning(NAME, format!("is starting{notes}"), format!("`hinc builder up {name}` waits for it"))
        }
        State::Stopping => {
            Check::warning(NAME, format!("is being shut down{notes}"), "look again in a moment".to_owned())
        }
        // That is how it is when nobody builds. What it would say cannot be seen now.
        State::Stopped => {
            Check::ok(NAME, format!("is stopped{notes}; after `hinc builder up {name}` there is more to see"))
        }
        State::Unreachable => Check::failed(
            NAME,
            format!("does not answer{notes}"),
            format!("`hinc builder logs {name}` shows its console; `hinc builder down {name}` ends it"),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::check::State as Outcome;

    #[test]
    fn what_runs_a_guest_is_told() {
        let host = |os, processor, kvm| Host { os, processor, kvm };
        let linux = host(Os::Linux, Processor::X86, true);
        let check =
            |host, guest, known: Option<bool>, hypervisor| accelerator_check(host, guest, move |_| known, hypervisor);
        assert_eq!(check(linux, Processor::X86, Some(true), None).state, Outcome::Ok);
        assert_eq!(check(linux, Processor::X86, None, None).state, Outcome::Ok);
        for (host, guest, known, hypervisor, words) in [
            (linux, Processor::X86, Some(false), None, "did not come up with kvm"),
            (linux, Processor::Arm, None, None, "another processor"),
            (host(Os::Linux, Processor::X86, false), Processor::X86, None, None, "/dev/kvm"),
            (host(Os::Macos, Processor::Arm, false), Processor::Arm, None, Some(false), "kern.hv_support"),
        ] {
            let check = check(host, guest, known, hypervisor);
            assert!(check.state == Outcome::Warning && check.found.contains(words), "{check:?}");
        }
    }
}
