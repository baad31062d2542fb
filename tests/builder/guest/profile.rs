//! nixpkgs' builder, as far as it can be had without nixpkgs: a package with scripts of the same form, whose last
//! one starts the Debian guest. What Nix and NixOS do in nixpkgs' own is not tested by this.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::time::Duration;

use crate::guest::Guest;
use crate::packages::{derivations, guest_folder};

const SOON: Duration = Duration::from_secs(180);

#[test]
fn the_script_of_a_package_is_started_with_everything_from_outside() {
    let guest = Guest::of(derivations(0));
    let store = guest.scene.home().join("store");
    package(&guest, &store);
    let installable = store.join("create");
    guest.write_settings(&format!(
        "[builder.vm]\nkind = \"vm\"\nimage = \"{}\"\ncores = 2\nmemory = \"1536MiB\"\ndisk-size = \"9GiB\"\n",
        installable.display()
    ));
    guest.up();
    let status = guest.status();
    assert_eq!(
        (&status["state"], &status["cores"], &status["memory_mib"]),
        (&"running".into(), &2.into(), &1536.into())
    );
    assert_ne!(status["port"], 31022);
    assert_eq!(guest.sh("id -un; nproc").trim(), "builder\n2");
    assert_eq!(guest.sh("df --output=size -B 1G / | tail -n 1").trim(), "6", "its file system is the image's");

    // The scripts before it would have put the private key into the store; only the public one is shown.
    let keys = guest_folder(&guest.scene, "vm").join("keys");
    let names: Vec<_> =
        fs_err::read_dir(keys).expect("the folder of keys").map(|entry| entry.expect("a file").file_name()).collect();
    assert_eq!(names, ["builder_ed25519.pub"]);
    let qemu = guest.qemu();
    let listening = guest.scene.run("ss", &["--no-header", "--listening", "--tcp", "--numeric", "--processes"]).stdout;
    let own: Vec<&str> = listening.lines().filter(|line| line.contains(&format!("pid={},", qemu[0]))).collect();
    assert!(own.len() == 1 && own[0].contains("127.0.0.1:"), "{listening}");

    let ran = guest.hinc(&["builder", "resize", "vm", "20GiB"], SOON).status(2);
    assert!(ran.stderr.contains("hint:"), "{}", ran.stderr);
    guest.hinc(&["builder", "gc", "vm"], SOON).status(0);
    let ran = guest.hinc(&["builder", "down", "vm"], SOON).status(0);
    assert!(ran.stderr.contains("vm is down\n"), "{}", ran.stderr);
    assert!(guest.qemu().is_empty() && guest.supervisors().is_empty());
    another_image_keeps_the_disk(&guest, &store);
}

/// In nixpkgs' guest a part of the store is of the image, and the database on the disk does not know when it changes.
fn another_image_keeps_the_disk(guest: &Guest, store: &Path) {
    fs_err::rename(store.join("vm-script"), store.join("new-script")).expect("it can be moved");
    fs_err::remove_file(store.join("vm/bin/run-nixos-vm")).expect("it is there");
    symlink(store.join("new-script/run-nixos-vm"), store.join("vm/bin/run-nixos-vm")).expect("a link");
    let ran = guest.up();
    assert!(ran.stderr.contains("its image is another one"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("cut off"), "{}", ran.stderr);
    guest.hinc(&["builder", "down", "vm"], SOON).status(0);
}

/// Writes `create`, which calls `run`, which calls `vm`, as nixpkgs has it since 2025.
fn package(guest: &Guest, store: &Path) {
    let write = |name: &str, text: &str| {
        let path = store.join(name);
        fs_err::create_dir_all(path.parent().expect("a folder")).expect("it can be made");
        fs_err::write(&path, text).expect("it can be written");
        fs_err::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("it can be run");
    };
    let called = |name: &str| store.join(name).display().to_string();
    write("create/bin/create-builder", &format!("#!/bin/sh\nexit 1\n{}\n", called("run/bin/run-builder")));
    write("run/bin/run-builder", &format!("#!/bin/sh\nKEYS=\"$(false)\" {}\nexit 1\n", called("vm/bin/run-nixos-vm")));
    let host = store.join("host");
    guest
        .scene
        .run("ssh-keygen", &["-q", "-t", "ed25519", "-N", "", "-f", host.to_str().expect("a plain path")])
        .status(0);
    write("vm-script/run-nixos-vm", &script(&host));
    fs_err::create_dir_all(store.join("vm/bin")).expect("it can be made");
    symlink(store.join("vm-script/run-nixos-vm"), store.join("vm/bin/run-nixos-vm")).expect("a link");
    let public = fs_err::read_to_string(host.with_extension("pub")).expect("the host key");
    write("system/etc/ssh/ssh_host_ed25519_key.pub", &public);
    symlink(store.join("system"), store.join("vm/system")).expect("a link");
}

/// What takes the same variables and arguments as nixpkgs' script.
fn script(host_key: &Path) -> String {
    let image = crate::guest::image();
    let (image, host_key) = (image.display(), host_key.display());
    format!(
        r#"#!/bin/sh
set -e
createEmptyFilesystemImage() {{ qemu-img create -q -f qcow2 -F qcow2 -b {image}/disk.qcow2 "$1" "$2"; }}
if ! test -e "$NIX_DISK_IMAGE"; then
  createEmptyFilesystemImage "$NIX_DISK_IMAGE" "20480M"
fi
test -n "$USE_TMPDIR"
cd "$TMPDIR"
drop_in='HostKey /run/keys/host
AuthorizedKeysFile /run/keys/client
'
line() {{ printf 'f+~ %s %s root root - %s\n' "$1" "$2" "$(base64 -w 0)"; }}
{{
  echo 'd /run/keys 0755 root root -'
  line /run/keys/client 0644 <"$KEYS/builder_ed25519.pub"
  line /run/keys/host 0600 <{host_key}
  printf '%s' "$drop_in" | line /etc/ssh/sshd_config.d/00-keys.conf 0644
  # The guest's only user is root, who has the store: that becomes the builder's.
  echo 'd /home/builder 0755 builder builder -'
  echo 'Z /nix - builder builder -'
}} >seed
exec qemu-system-x86_64 \
  -machine accel=kvm:tcg \
  -cpu max \
  -m 1024 \
  -smp 1 \
  -net nic,netdev=user.0,model=virtio -netdev user,id=user.0,hostfwd=tcp::31022-:22,"$QEMU_NET_OPTS" \
  -drive cache=writeback,file="$NIX_DISK_IMAGE",id=drive1,if=none,index=1,werror=report -device virtio-blk-pci,bootindex=1,drive=drive1,serial=root \
  -device virtio-rng-pci \
  -nographic \
  -fw_cfg name=opt/io.systemd.credentials/tmpfiles.extra,file=seed \
  -fw_cfg name=opt/io.systemd.credentials/sysusers.extra,string='u builder - builder /home/builder /bin/sh' \
  -kernel {image}/vmlinuz -initrd {image}/initrd -append "root=/dev/vda rw console=ttyS0 $QEMU_KERNEL_PARAMS" \
  $QEMU_OPTS \
  "$@"
"#
    )
}
