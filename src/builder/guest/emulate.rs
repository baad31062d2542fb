//! Systems of other processors that a guest is to build for by emulation.
//!
//! What runs their programs (QEMU's user mode, registered with the kernel by `binfmt_misc`) is of the guest's image.
//! Nix there has to be told that it may take their derivations, which hinc does.

use tokio_util::sync::CancellationToken;

use super::Guest;
use super::error::Error;
use super::wait;
use crate::model::name::System;
use crate::process;

/// The arguments are the systems. Says of each that is not there why, and adds the others to Nix's settings.
const SCRIPT: &str = r#"
binfmt=${BINFMT:-/proc/sys/fs/binfmt_misc}
conf=${NIX_CONF_DIR:-/etc/nix}/nix.conf
changed=
nix='nix --extra-experimental-features nix-command'
known=$($nix config show extra-platforms 2>/dev/null || $nix show-config | sed -n 's/^extra-platforms = //p')
for system in "$@"; do
  case $system in
    i686-linux) cpu=i386 ;;
    armv?l-linux) cpu=arm ;;
    *) cpu=${system%-linux} ;;
  esac
  # Debian and others name it by the processor, NixOS by the system.
  if ! grep -qs '^enabled' "$binfmt/qemu-$cpu" "$binfmt/$system"; then
    echo "unregistered $system"
    continue
  fi
  case " $known " in *" $system "*) continue ;; esac
  if [ -L "$conf" ] || ! echo "extra-extra-platforms = $system" >>"$conf"; then
    echo "closed $system"
    continue
  fi
  changed=yes
done
[ -z "$changed" ] || systemctl try-restart nix-daemon.service >&2 || true
"#;

/// Lets Nix of the guest build for the systems of its settings. Returns a warning for each that it cannot.
pub(super) async fn emulate(guest: &Guest, cancel: &CancellationToken) -> Result<Vec<String>, Error> {
    let systems: Vec<&str> = guest.settings.emulated_systems.iter().map(System::as_str).collect();
    let Some(root) = guest.root_connection().filter(|_| !systems.is_empty()) else { return Ok(Vec::new()) };
    match wait::run(&root, SCRIPT, &systems, cancel).await {
        Ok(output) => Ok(warnings(&String::from_utf8_lossy(&output.stdout))),
        Err(process::Error::Cancelled { .. }) => Err(Error::Cancelled { left: String::new() }),
        Err(error) => Err(error.into()),
    }
}

pub(super) fn warnings(text: &str) -> Vec<String> {
    let warning = |line: &str| match line.split_once(' ')? {
        ("unregistered", system) => Some(format!(
            "warning: it does not emulate {system}: its kernel has no program for it (Debian's package `qemu-user-binfmt` brings one)"
        )),
        ("closed", system) => Some(format!(
            "warning: its Nix does not build for {system}: add it to `extra-platforms` of its image's nix.conf"
        )),
        _ => None,
    };
    text.lines().filter_map(warning).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::{Invocation, system};

    #[tokio::test]
    async fn only_what_the_kernel_runs_is_added() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = |name: &str| folder.path().join(name);
        let write = |name: &str, text: &str| fs_err::write(path(name), text).expect("it can be written");
        // A Nix that knows one system already.
        write("nix", "#!/bin/sh\n[ \"$3$4\" = configshow ] && echo 'i686-linux riscv64-linux'\n");
        fs_err::set_permissions(path("nix"), std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("it runs");
        write("qemu-aarch64", "enabled\ninterpreter /usr/bin/qemu-aarch64\n");
        write("qemu-i386", "enabled\n");
        write("qemu-arm", "disabled\n");
        write("nix.conf", "cores = 2\n");
        let mut sh =
            Invocation::new("sh").args(["-s", "--", "aarch64-linux", "i686-linux", "armv7l-linux", "mips-linux"]);
        sh.stdin = SCRIPT.as_bytes().to_vec();
        let sh = sh
            .env("PATH", format!("{}:/usr/bin:/bin", folder.path().display()))
            .env("BINFMT", folder.path())
            .env("NIX_CONF_DIR", folder.path());
        let output = system::output(&sh, &CancellationToken::new()).await.expect("it runs");
        let said = String::from_utf8(output.stdout).expect("text");
        assert_eq!(said, "unregistered armv7l-linux\nunregistered mips-linux\n");
        let conf = fs_err::read_to_string(path("nix.conf")).expect("it is there");
        assert_eq!(conf, "cores = 2\nextra-extra-platforms = aarch64-linux\n");
        let warnings = warnings(&format!("{said}closed riscv64-linux\n"));
        assert_eq!(warnings.len(), 3);
        assert!(warnings[0].contains("armv7l-linux") && warnings[2].contains("nix.conf"), "{warnings:?}");
    }
}
