//! nixpkgs' builder: a guest that Nix builds, with a script of its own that starts QEMU.
//!
//! hinc starts that script (`run-…-vm`) and not the programs around it: these copy the folder of the keys, with the
//! private one, into the store, where everybody reads it. The script takes its disk, the folder of keys and further
//! arguments for QEMU from outside. Two things are fixed in it, and hinc starts a copy with these replaced: the port,
//! which it opens on all interfaces, and the size of a new disk.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tokio_util::sync::CancellationToken;
use walkdir::WalkDir;

use super::Guest;
use super::accelerator::Accelerator;
use super::error::Error;
use super::folder::Attempt;
use super::{qemu, seed, ssh};
use crate::model::name::{HostKey, User};
use crate::process::{self, Invocation, system};

/// The name of its disk for QEMU: the first of its drives.
pub(super) const DISK: &str = "drive1";

/// The user that builds in it.
const USER: &str = "builder";

/// The public half of its host key, where the package does not have another one. The private half is in nixpkgs, for everybody to read: it tells nothing about
/// who answers, which is why the guest listens on the loopback alone.
const HOST_KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJBWcxb/Blaqt1auOtE+F8QUWrUotiC5qBJ+UuEWdVCb root@nixos";

/// What a system of `nix/builder/guest.nix` has in it: it takes its host key from hinc, as every guest with a disk does.
const TAKES_OURS: &str = "system/etc/hinc/guest";

/// How deep the script may lie below what was built: `create-builder` calls `run-builder`, which calls it.
const DEPTH: u32 = 4;

/// What nixpkgs' builder is started with.
#[derive(Debug)]
pub(super) struct Script {
    /// The copy of the script that starts QEMU.
    pub(super) path: PathBuf,
    /// What it is a copy of, which another image has under another path.
    pub(super) image: String,
    /// The public half of its host key.
    pub(super) host_key: HostKey,
    /// Whether that is the key that hinc gives to it. The key that it lets in is then that of root too.
    pub(super) takes_ours: bool,
}

/// Returns the user that builds in it.
pub(super) fn user() -> User {
    User::fixed(USER)
}

/// Builds the guest, and writes the copy of its script into the folder.
pub(super) async fn script(
    guest: &Guest,
    installable: &str,
    port: u16,
    on_progress: &dyn Fn(&str),
    cancel: &CancellationToken,
) -> Result<Script, Error> {
    let folder = &guest.folder;
    let package = if installable.starts_with('/') && !installable.contains('#') {
        PathBuf::from(installable)
    } else {
        on_progress(&format!("building {installable}"));
        // The link keeps it from the garbage collector.
        let build = Invocation::new("nix")
            .args(["--extra-experimental-features", "nix-command flakes", "build", "--print-out-paths", "--out-link"])
            .arg(folder.file("package"))
            .arg("--")
            .arg(installable);
        match system::output(&build, cancel).await {
            Ok(output) => PathBuf::from(String::from_utf8_lossy(&output.stdout).lines().next().unwrap_or_default()),
            Err(process::Error::Cancelled { .. }) => {
                return Err(Error::Cancelled { left: "nothing was started".to_owned() });
            }
            Err(process::Error::Failed { tail, .. }) => {
                return Err(Error::NoProfile { what: installable.to_owned(), tail });
            }
            Err(error) => return Err(error.into()),
        }
    };
    let missing = |problem: String| Error::Profile { what: installable.to_owned(), problem };
    let found = find(&package, DEPTH)
        .ok_or_else(|| missing(format!("{} leads to no script `run-…-vm` that starts QEMU", package.display())))?;
    let text = fs_err::read_to_string(&found)?;
    let text = adapted(&text, port, guest.settings.disk_gib)
        .map_err(|expected| missing(format!("{} has no `{expected}`", found.display())))?;
    let copy = folder.file("run-vm");
    folder.write_bytes("run-vm", text.as_bytes())?;
    fs_err::set_permissions(&copy, std::fs::Permissions::from_mode(0o700))?;
    // Only the public key is shown to the guest.
    let keys = folder.file("keys");
    fs_err::create_dir_all(&keys)?;
    fs_err::copy(folder.file("key.pub"), keys.join(format!("{USER}_ed25519.pub")))?;
    fs_err::create_dir_all(folder.file("tmp"))?;
    let takes_ours = beside(&found, TAKES_OURS).is_some_and(|file| file.exists());
    let host_key = if takes_ours {
        seed::write(folder)?;
        ssh::public_key(folder, "host_key.pub")?
    } else {
        match host_key(&found) {
            Some(key) => key,
            None => HOST_KEY.parse().map_err(Error::HostKeyFile)?,
        }
    };
    let image = fs_err::canonicalize(&found)?.to_string_lossy().into_owned();
    Ok(Script { path: copy, image, host_key, takes_ours })
}

/// Returns a path in the package of a script (`VM/bin/run-…-vm`).
fn beside(script: &Path, path: &str) -> Option<PathBuf> {
    Some(script.parent()?.parent()?.join(path))
}

/// Reads the public host key of the system beside the script.
fn host_key(script: &Path) -> Option<HostKey> {
    let file = beside(script, "system/etc/ssh/ssh_host_ed25519_key.pub")?;
    fs_err::read_to_string(file).ok()?.parse().ok().filter(|key: &HostKey| key.kind() == "ssh-ed25519")
}

/// Finds the script that starts QEMU: in the package, or in what a script of the package calls.
fn find(package: &Path, depth: u32) -> Option<PathBuf> {
    let files: Vec<PathBuf> = if package.is_file() {
        vec![package.to_owned()]
    } else {
        let files = WalkDir::new(package).max_depth(2).follow_links(true).sort_by_file_name().into_iter();
        files.flatten().map(walkdir::DirEntry::into_path).filter(|path| path.is_file()).collect()
    };
    let texts: Vec<(PathBuf, String)> =
        files.into_iter().filter_map(|path| Some((path.clone(), fs_err::read_to_string(path).ok()?))).collect();
    let is_it = |(path, text): &&(PathBuf, String)| {
        let name = path.file_name().is_some_and(|name| name.to_string_lossy().contains("run-"));
        name && text.contains("NIX_DISK_IMAGE") && text.contains("hostfwd=")
    };
    if let Some((path, _)) = texts.iter().find(is_it) {
        return Some(path.clone());
    }
    if depth == 0 {
        return None;
    }
    let called = texts.iter().flat_map(|(_, text)| programs(text));
    called.filter(|path| path.exists() && path != package).find_map(|path| find(&path, depth - 1))
}

/// Returns the programs of the store that a script names and that may lead to the one that starts QEMU.
fn programs(script: &str) -> Vec<PathBuf> {
    let end = |c: char| c.is_whitespace() || "\"'`;|&()<>$".contains(c);
    let words = script.split(end).filter(|word| word.starts_with('/'));
    words
        .map(PathBuf::from)
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            name.contains("run-") || name.contains("create-builder")
        })
        .collect()
}

/// Replaces the port that the script opens and the size of a new disk. The error is what was expected and not found.
fn adapted(script: &str, port: u16, disk_gib: u32) -> Result<String, &'static str> {
    const FORWARD: &str = "hostfwd=tcp:";
    let expected = "hostfwd=tcp::PORT-:22";
    let (before, rest) = script.split_once(FORWARD).ok_or(expected)?;
    // The address, which is empty in nixpkgs' own, and the port.
    let (from, rest) = rest.split_once('-').ok_or(expected)?;
    let (_, old) = from.rsplit_once(':').ok_or(expected)?;
    let is_ssh = rest.starts_with(":22,") || rest.starts_with(":22\"") || rest.starts_with(":22 ");
    if !is_ssh || old.parse::<u16>().is_err() || rest.contains(FORWARD) {
        return Err(expected);
    }
    let text = format!("{before}{FORWARD}127.0.0.1:{port}-{rest}");
    Ok(with_disk_size(&text, disk_gib))
}

/// Replaces the size of a new disk. A script that makes its disk otherwise keeps its size.
fn with_disk_size(script: &str, disk_gib: u32) -> String {
    const MAKE: &str = "createEmptyFilesystemImage \"$NIX_DISK_IMAGE\" \"";
    let Some((before, rest)) = script.split_once(MAKE) else { return script.to_owned() };
    let Some((size, after)) = rest.split_once("M\"") else { return script.to_owned() };
    if size.parse::<u64>().is_err() {
        return script.to_owned();
    }
    format!("{before}{MAKE}{}M\"{after}", u64::from(disk_gib) * 1024)
}

/// Returns how the copy is started. What it is given at the end goes behind its own arguments for QEMU, and the
/// last one counts.
pub(super) fn attempt(guest: &Guest, script: &Script, accelerator: Accelerator, proven: bool) -> Attempt {
    let folder = &guest.folder;
    let settings = &guest.settings;
    let mut args = vec![
        "-m".to_owned(),
        settings.memory_mib.to_string(),
        "-smp".to_owned(),
        settings.cores.to_string(),
        // Its own arguments have `-machine accel=`, and QEMU refuses `-accel` beside it.
        "-machine".to_owned(),
        format!("accel={accelerator}"),
    ];
    if script.takes_ours {
        args.extend(["-fw_cfg".to_owned(), format!("name={},file={}", seed::FW_CFG, folder.text("seed"))]);
    }
    args.extend(qemu::watched(folder));
    args.extend(settings.qemu_options.iter().cloned());
    let env = [
        ("KEYS", folder.text("keys")),
        ("NIX_DISK_IMAGE", folder.text("disk.qcow2")),
        ("TMPDIR", folder.text("tmp")),
        ("USE_TMPDIR", "1".to_owned()),
    ];
    let env = env.map(|(name, value)| (name.to_owned(), value)).to_vec();
    Attempt { accelerator, proven, program: script.path.to_string_lossy().into_owned(), args, env }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::builder::{GuestSettings, Image};

    const SCRIPT: &str = "#! /bin/sh\n\
        createEmptyFilesystemImage \"$NIX_DISK_IMAGE\" \"20480M\"\n\
        exec qemu-system-aarch64 -m 3072 -netdev user,id=user.0,hostfwd=tcp::31022-:22,\"$QEMU_NET_OPTS\" $QEMU_OPTS \"$@\"\n";

    #[test]
    fn the_port_is_opened_on_the_loopback_alone() {
        let text = adapted(SCRIPT, 40022, 100).expect("it has a port");
        assert!(text.contains("hostfwd=tcp:127.0.0.1:40022-:22,\"$QEMU_NET_OPTS\""), "{text}");
        assert!(text.contains("createEmptyFilesystemImage \"$NIX_DISK_IMAGE\" \"102400M\""), "{text}");
        let other = SCRIPT.replace("tcp::31022", "tcp:0.0.0.0:31022").replace("createEmpty", "makeEmpty");
        let text = adapted(&other, 40022, 100).expect("it has a port");
        assert!(text.contains("hostfwd=tcp:127.0.0.1:40022-:22,") && text.contains("20480M"), "{text}");
        for bad in ["", "hostfwd=tcp::31022-:2222,", "hostfwd=tcp::x-:22,", "hostfwd=tcp::1-:22, hostfwd=tcp::2-:80,"] {
            assert_eq!(adapted(bad, 40022, 100), Err("hostfwd=tcp::PORT-:22"), "{bad}");
        }
    }

    // The script of a stock guest gets nothing more than it knows.
    #[test]
    fn a_guest_of_ours_gets_its_host_key_from_outside() {
        let state = tempfile::tempdir().expect("a temporary folder");
        let package = state.path().join("package");
        fs_err::create_dir_all(package.join("bin")).expect("it can be made");
        fs_err::write(package.join("bin/run-nixos-vm"), format!("NIX_DISK_IMAGE=x\n{SCRIPT}")).expect("written");
        let installable = package.display().to_string();
        let settings = GuestSettings {
            image: Image::Profile { installable: installable.clone() },
            system: "aarch64-linux".parse().expect("a system"),
            cores: 2,
            memory_mib: 2048,
            disk_gib: 20,
            port: None,
            ephemeral: false,
            idle_minutes: 15,
            emulated_systems: Vec::new(),
            qemu: None,
            qemu_options: Vec::new(),
        };
        let guest = Guest::at(state.path(), &"vm".parse().expect("a label"), settings).expect("a guest");
        guest.folder.make().expect("it can be made");
        for (file, text) in
            [("key.pub", "ssh-ed25519 CCCC"), ("host_key", "secret"), ("host_key.pub", "ssh-ed25519 HHHH")]
        {
            guest.folder.write_bytes(file, text.as_bytes()).expect("it can be written");
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let made = || {
            let cancel = CancellationToken::new();
            let made = runtime.block_on(script(&guest, &installable, 40022, &|_| {}, &cancel)).expect("it is found");
            let args = attempt(&guest, &made, Accelerator::Tcg, true).args;
            (made.host_key, args.iter().any(|word| word.contains("opt/io.systemd.credentials")))
        };
        assert_eq!(made(), (HOST_KEY.parse().expect("a key"), false));
        fs_err::create_dir_all(package.join("system/etc/hinc")).expect("it can be made");
        fs_err::write(package.join("system/etc/hinc/guest"), "").expect("written");
        assert_eq!(made(), ("ssh-ed25519 HHHH".parse().expect("a key"), true));
        assert!(guest.folder.file("seed").exists());
    }

    #[test]
    fn the_script_is_found_behind_others() {
        let store = tempfile::tempdir().expect("a temporary folder");
        let path = |name: &str| store.path().join(name);
        let write = |name: &str, text: &str| {
            fs_err::create_dir_all(path(name).parent().expect("a folder")).expect("it can be made");
            fs_err::write(path(name), text).expect("it can be written");
        };
        write("vm-script/run-nixos-vm", &format!("NIX_DISK_IMAGE=x\n{SCRIPT}"));
        fs_err::create_dir_all(path("vm/bin")).expect("it can be made");
        std::os::unix::fs::symlink(path("vm-script/run-nixos-vm"), path("vm/bin/run-nixos-vm")).expect("a link");
        let call = |name: &str| format!("set -e\nKEYS=\"$(x --add \"$KEYS\")\" {}\n", path(name).display());
        write("run/bin/run-builder", &call("vm/bin/run-nixos-vm"));
        write("create/bin/create-builder", &call("run/bin/run-builder"));
        let wanted = Some(path("vm/bin/run-nixos-vm"));
        assert_eq!(find(&path("create"), DEPTH), wanted);
        assert_eq!(find(&path("run"), DEPTH), wanted);
        assert_eq!(find(&path("vm"), DEPTH), wanted);
        assert_eq!(find(&path("nothing"), DEPTH), None);
        write("other/bin/hello", "echo");
        assert_eq!(find(&path("other"), DEPTH), None);
    }
}
