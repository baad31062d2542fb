//! A guest, or what watches it, that ends without having been asked.

use std::net::TcpListener;
use std::time::Duration;

use crate::guest::{BUILD, Guest, START};
use crate::packages::{BEGUN, SLOW, derivations};
use crate::running::{Running, until};

const SOON: Duration = Duration::from_secs(120);

#[test]
fn no_power_cut_is_the_end() {
    let guest = Guest::of(derivations(30));
    let port = a_port_that_is_taken_is_named(&guest);
    the_power_is_cut_in_the_middle_of_a_build(&guest, port);
    without_its_supervisor_it_is_adopted(&guest);
    with_nothing_of_it_left_it_starts_on_another_port(&guest);
}

fn a_port_that_is_taken_is_named(guest: &Guest) -> u16 {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("an address").port();
    guest.settings(&format!("port = {port}"));
    let ran = guest.hinc(&["builder", "up", "vm"], START).status(3);
    assert!(ran.stderr.contains(&port.to_string()) && ran.stderr.contains("hint:"), "{}", ran.stderr);
    assert!(guest.qemu().is_empty());
    guest.settings("");
    port
}

fn the_power_is_cut_in_the_middle_of_a_build(guest: &Guest, _port: u16) {
    // `up` is not needed: a build starts it.
    let command = || guest.command(&[&SLOW[..], &["--builder", "vm"]].concat());
    let mut hinc = Running::start(command());
    hinc.until_it_says(BEGUN, START);
    guest.signal("KILL", &guest.qemu());
    let ran = hinc.end(BUILD);
    assert!(ran.status == 0 || ran.stderr.contains("hint:"), "{}", ran.stderr);

    // It starts again, looks through its store, and builds.
    let again = Running::start(command()).end(BUILD).status(0);
    assert_eq!(guest.sh(&format!("cat {}", again.line())).trim(), "slow");
}

fn without_its_supervisor_it_is_adopted(guest: &Guest) {
    let qemu = guest.qemu();
    guest.signal("KILL", &guest.supervisors());
    until("it is gone", SOON, || guest.supervisors().is_empty());
    guest.up();
    assert_eq!(guest.qemu(), qemu, "the same guest goes on");
    assert_eq!(guest.sh("touch /written; ls /written").trim(), "/written");
    until("it is watched", SOON, || guest.supervisors().len() == 1);
}

fn with_nothing_of_it_left_it_starts_on_another_port(guest: &Guest) {
    let port = guest.status()["port"].as_u64().expect("a port");
    guest.signal("KILL", &guest.supervisors());
    guest.signal("KILL", &guest.qemu());
    until("that it is gone is seen", SOON, || guest.status()["state"] == "stopped");

    let port = u16::try_from(port).expect("a port");
    let _taken = TcpListener::bind(("127.0.0.1", port)).expect("the port is free");
    guest.settings("idle = \"1m\"\nephemeral = true");
    guest.up();
    assert_ne!(guest.status()["port"], port);
    assert_eq!(guest.sh("ls /written 2>/dev/null || echo forgotten").trim(), "forgotten");
    // Nobody uses it; to ask it how it is would be a use.
    until("it shuts down", Duration::from_secs(240), || guest.qemu().is_empty() && guest.supervisors().is_empty());
    assert_eq!(guest.status()["state"], "stopped");
}
