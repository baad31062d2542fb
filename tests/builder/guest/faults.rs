//! What can go wrong with a guest between its first start and its end, and the way out of each.

use std::time::Duration;

use crate::guest::{Guest, START};
use crate::packages::{derivations, guest_folder};
use crate::running::{Running, until};

const SOON: Duration = Duration::from_secs(180);

/// One test, because each start of a guest costs half a minute without KVM.
#[test]
fn each_fault_has_a_way_out() {
    let guest = Guest::of(derivations(0));
    a_start_that_is_called_off_leaves_nothing(&guest);
    one_that_dies_while_it_is_made_ready_is_told(&guest);
    a_qemu_that_crashes_at_the_start_is_started_once_more(&guest);
    an_interrupted_start_goes_on(&guest);
    another_host_key_is_told(&guest);
    what_a_power_cut_broke_is_removed_and_the_disk_is_as_large_as_the_settings_say(&guest);
    a_stopped_guest_is_told_and_ended(&guest);
}

fn a_start_that_is_called_off_leaves_nothing(guest: &Guest) {
    let mut up = Running::start(guest.command(&["builder", "up", "vm"]));
    up.until_it_says("the guest starts", START);
    guest.hinc(&["builder", "down", "vm"], SOON).status(0);
    let ran = up.end(SOON).status(3);
    assert!(ran.stderr.contains("it was shut down meanwhile"), "{}", ran.stderr);
    until("no process is left", SOON, || guest.qemu().is_empty() && guest.supervisors().is_empty());
}

/// What is asked of it at that time fails in whatever way; the message names the end of the guest.
fn one_that_dies_while_it_is_made_ready_is_told(guest: &Guest) {
    let mut up = Running::start(guest.command(&["builder", "up", "vm"]));
    up.until_it_says("making its file system as large as its disk", START);
    guest.signal("KILL", &guest.qemu());
    let ran = up.end(SOON).status(3);
    assert!(ran.stderr.contains("`vm` does not come up: "), "{}", ran.stderr);
    until("no process is left", SOON, || guest.qemu().is_empty() && guest.supervisors().is_empty());
}

fn a_qemu_that_crashes_at_the_start_is_started_once_more(guest: &Guest) {
    let mut up = Running::start(guest.command(&["builder", "up", "vm"]));
    up.until_it_says("the guest starts", START);
    let first = guest.qemu();
    guest.signal("ABRT", &first);
    until("another QEMU is started", SOON, || guest.qemu().iter().any(|one| !first.contains(one)));
    guest.signal("ABRT", &guest.qemu());
    let ran = up.end(SOON).status(3);
    assert!(ran.stderr.contains("while the guest started: it is started again"), "{}", ran.stderr);
    until("no process is left", SOON, || guest.qemu().is_empty() && guest.supervisors().is_empty());
}

fn an_interrupted_start_goes_on(guest: &Guest) {
    let mut up = Running::start(guest.command(&["builder", "up", "vm"]));
    up.until_it_says("the guest starts", START);
    guest.signal("INT", &[up.id().to_string()]);
    let ran = up.end(SOON).status(130);
    assert!(ran.stderr.contains("goes on starting"), "{}", ran.stderr);
    let qemu = guest.qemu();
    assert_eq!((qemu.len(), &guest.status()["state"]), (1, &"starting".into()));
    guest.up();
    assert_eq!((guest.qemu(), &guest.status()["state"]), (qemu, &"running".into()));
}

fn another_host_key_is_told(guest: &Guest) {
    let file = guest_folder(&guest.scene, "vm").join("known_hosts");
    let right = fs_err::read_to_string(&file).expect("the known hosts");
    let other = fs_err::read_to_string(file.with_file_name("key.pub")).expect("another key");
    fs_err::write(&file, format!("hinc-vm {other}")).expect("they can be written");
    let ran = guest.hinc(&["builder", "up", "vm"], START).status(3);
    let port = guest.status()["port"].to_string();
    for part in ["host key", &port, "qemu-system", "hint:"] {
        assert!(ran.stderr.contains(part), "no `{part}` in {}", ran.stderr);
    }
    fs_err::write(&file, right).expect("they can be written");
    guest.up();
}

fn what_a_power_cut_broke_is_removed_and_the_disk_is_as_large_as_the_settings_say(guest: &Guest) {
    // Three files of the store, kept by a root of hinc's each, one of which names another.
    let paths = guest.sh(&format!(
        "set -e; roots=$HOME/.local/state/hinc/roots/project; mkdir -p $roots; cd /tmp\n\
         echo whole > whole; echo broken > broken\n\
         whole=$(nix-store --add whole); broken=$(nix-store --add broken)\n\
         user=$(nix-build --no-out-link --expr 'derivation {{ name = \"user\"; system = \"{}-linux\"; \
         builder = \"/bin/sh\"; args = [ \"-c\" \"echo ${{builtins.storePath '$broken'}} > $out\" ]; }}')\n\
         for path in $whole $broken $user; do ln -sfn $path $roots/$(basename $path); echo $path; done\n\
         chmod +w $broken; echo more >> $broken; sync",
        std::env::consts::ARCH
    ));
    let paths: Vec<&str> = paths.lines().collect();
    let [whole, broken, user] = paths[..] else { panic!("three paths: {paths:?}") };
    guest.signal("KILL", &guest.qemu());
    until("it is gone", SOON, || guest.qemu().is_empty() && guest.supervisors().is_empty());

    let file = guest.scene.home().join(".config/hinc/config.toml");
    let settings = fs_err::read_to_string(&file).expect("the settings");
    fs_err::write(&file, settings.replace("\"8GiB\"", "\"11GiB\"")).expect("they can be written");
    let ran = guest.up();
    let size = guest.sh("df --output=size -B 1M / | tail -n 1").trim().parse::<u64>().expect("a number");
    assert!(size > 10_000, "{size} MiB");
    assert!(ran.stderr.contains("it was cut off the last time"), "{}", ran.stderr);
    // The third is the derivation, which names the broken one too.
    assert!(ran.stderr.contains("3 that were not whole or built on such were removed"), "{}", ran.stderr);
    assert_eq!([whole, broken, user].map(|path| guest.has(path)), [true, false, false]);
}

/// As a debugger or a system that is short of memory does. It goes on, and is then shut down as any other.
fn a_stopped_guest_is_told_and_ended(guest: &Guest) {
    guest.signal("STOP", &guest.qemu());
    let status = guest.status();
    assert_eq!(status["state"], "unreachable", "{status:#}");
    assert!(status["notes"].to_string().contains("may be stopped"), "{status:#}");
    let ran = guest.hinc(&["builder", "down", "vm"], SOON).status(0);
    assert!(ran.stderr.contains("vm is down\n"), "{}", ran.stderr);
    assert!(guest.qemu().is_empty() && guest.supervisors().is_empty());
    // Its next start has nothing to look through.
    assert!(!guest_folder(&guest.scene, "vm").join("unclean").exists(), "it had a clean end");
}
