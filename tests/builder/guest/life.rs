//! A guest from its first start to its end: the acceptance of `hinc builder`.

use std::time::Duration;

use crate::guest::{BUILD, Guest, START};
use crate::packages::{BEGUN, SLOW, build, derivations, edited, is_here, output, transferred};
use crate::running::{Running, until};

const SOON: Duration = Duration::from_secs(120);

/// One test, because each start of a guest costs half a minute without KVM.
#[test]
fn from_nothing_to_a_build_and_gone_again() {
    let guest = Guest::of(edited());
    assert_eq!(guest.status()["state"], "stopped");
    two_that_start_it_at_once_start_one(&guest);
    it_says_what_it_is(&guest);
    only_this_machine_reaches_it(&guest);
    let kept = a_package_is_built_on_it(&guest);
    resize_loses_nothing(&guest, &kept);
    gc_keeps_what_is_used(&guest, &kept);
    a_clock_that_is_behind_is_set(&guest);
    a_killed_hinc_leaves_a_guest_that_builds(&guest);
    a_full_disk_is_said(&guest);
    a_stopped_guest_is_waited_for(&guest);
    down_leaves_nothing(&guest);
}

fn two_that_start_it_at_once_start_one(guest: &Guest) {
    let first = Running::start(guest.command(&["builder", "up", "vm"]));
    let second = Running::start(guest.command(&["builder", "up", "vm"]));
    first.end(START).status(0);
    second.end(START).status(0);
    assert_eq!((guest.qemu().len(), guest.supervisors().len()), (1, 1));
}

fn it_says_what_it_is(guest: &Guest) {
    let status = guest.status();
    assert_eq!(status["state"], "running", "{status:#}");
}

fn only_this_machine_reaches_it(guest: &Guest) {
    let qemu = guest.qemu();
    let listening = guest.scene.run("ss", &["--no-header", "--listening", "--tcp", "--numeric", "--processes"]).stdout;
    let own: Vec<&str> = listening.lines().filter(|line| line.contains(&format!("pid={},", qemu[0]))).collect();
    assert_eq!(own.len(), 1, "{listening}");
    assert!(own[0].contains("127.0.0.1:"), "{}", own[0]);
    let folder = crate::packages::guest_folder(&guest.scene, "vm");
    let folder = folder.to_str().expect("a plain path");
    let mode = guest.scene.run("stat", &["--format=%a", folder]).status(0);
    assert_eq!(mode.line(), "700");
    let open = ["-perm", "/077", "(", "-name", "key", "-o", "-name", "host_key", "-o", "-name", "*.json", ")"];
    let open = guest.scene.run("find", &[&[folder], &open[..]].concat()).status(0).stdout;
    assert_eq!(open, "", "others may read these");
}

/// Returns a path that later builds start from.
fn a_package_is_built_on_it(guest: &Guest) -> String {
    let record = guest.hinc(&["build", "--builder", "vm", "--json"], BUILD).status(0).json();
    assert_eq!(record["mode"], "incremental", "{}", record["why"]);
    let (full, incremental) = (build(&record, "full"), build(&record, "incremental"));
    for one in [full, incremental] {
        assert_eq!((&one["builder"], &one["outcome"]), (&"vm".into(), &"built".into()), "{record:#}");
    }
    assert_eq!(incremental["modules"].as_array().map(Vec::len), Some(1), "{incremental:#}");
    let (out, intermediates) = (output(incremental, "out"), output(full, "intermediates"));
    assert!(is_here(&guest.scene, out) && !is_here(&guest.scene, intermediates));
    assert!(!is_here(&guest.scene, output(full, "out")), "nobody asked for the base's result");
    let size: u64 =
        guest.scene.run("nix-store", &["--query", "--size", out]).status(0).line().parse().expect("a number");
    assert_eq!(transferred(&record, "from-builder"), (1, size), "{record:#}");
    intermediates.to_owned()
}

fn resize_loses_nothing(guest: &Guest, kept: &str) {
    let size = || guest.sh("df --output=size -B 1M /nix | tail -n 1").trim().parse::<u64>().expect("a number");
    let before = size();
    guest.hinc(&["builder", "resize", "vm", "12GiB"], SOON).status(0);
    let after = size();
    assert!(after > before + 3500, "{before} MiB, then {after} MiB");
    assert!(guest.has(kept));
    let smaller = guest.hinc(&["builder", "resize", "vm", "4GiB"], SOON).status(2);
    assert!(smaller.stderr.contains("smaller"), "{}", smaller.stderr);
}

fn gc_keeps_what_is_used(guest: &Guest, kept: &str) {
    let waste = guest.sh("echo waste > /tmp/waste; nix-store --add /tmp/waste").trim().to_owned();
    assert!(guest.has(&waste));
    guest.hinc(&["builder", "gc", "vm"], SOON).status(0);
    assert!(guest.has(kept), "a build of this repository starts from it");
    assert!(!guest.has(&waste));
}

fn a_clock_that_is_behind_is_set(guest: &Guest) {
    let now = || guest.sh("date +%s").trim().parse::<i64>().expect("a number");
    let right = now();
    guest.sh("date -s @1700000000");
    let other = derivations(0);
    Running::start(guest.command_in(&other, &[&SLOW[..], &["--builder", "vm"]].concat())).end(BUILD).status(0);
    let behind = right - now();
    assert!(behind < 30, "{behind} s");
}

fn a_killed_hinc_leaves_a_guest_that_builds(guest: &Guest) {
    let other = derivations(15);
    let command = || guest.command_in(&other, &[&SLOW[..], &["--builder", "vm"]].concat());
    let mut hinc = Running::start(command());
    hinc.until_it_says(BEGUN, SOON);
    hinc.kill();
    let again = Running::start(command()).end(BUILD).status(0);
    assert!(!is_here(&other, &format!("{}.lock", again.line())));

    // The same with the ssh that it talks through.
    let other = derivations(10);
    let command = || guest.command_in(&other, &[&SLOW[..], &["--builder", "vm"]].concat());
    let mut hinc = Running::start(command());
    hinc.until_it_says(BEGUN, SOON);
    guest.signal("KILL", &guest.processes("^ssh "));
    let ran = hinc.end(BUILD);
    assert!(ran.status == 0 || ran.stderr.contains("hint:"), "{}", ran.stderr);
    Running::start(command()).end(BUILD).status(0);
}

fn a_full_disk_is_said(guest: &Guest) {
    guest.sh("fallocate -l $(df --output=avail -B 1 / | tail -n 1) /full || true; df /");
    let other = derivations(0);
    let command = || guest.command_in(&other, &[&SLOW[..], &["--builder", "vm"]].concat());
    let ran = Running::start(command()).end(BUILD);
    assert_ne!(ran.status, 0, "{}", ran.stderr);
    assert!(ran.stderr.contains("hint:"), "{}", ran.stderr);
    guest.sh("rm /full");
    Running::start(command()).end(BUILD).status(0);
}

/// As a laptop does with its lid closed.
fn a_stopped_guest_is_waited_for(guest: &Guest) {
    let other = derivations(5);
    let mut hinc = Running::start(guest.command_in(&other, &[&SLOW[..], &["--builder", "vm"]].concat()));
    hinc.until_it_says(BEGUN, SOON);
    guest.signal("STOP", &guest.qemu());
    std::thread::sleep(Duration::from_secs(8));
    guest.signal("CONT", &guest.qemu());
    hinc.end(BUILD).status(0);
}

fn down_leaves_nothing(guest: &Guest) {
    guest.hinc(&["builder", "down", "vm"], SOON).status(0);
    until("no process is left", Duration::from_secs(5), || guest.qemu().is_empty() && guest.supervisors().is_empty());
    assert_eq!(guest.status()["state"], "stopped");
    // There is nothing to do, and that is no error.
    guest.hinc(&["builder", "down", "vm"], SOON).status(0);
}
