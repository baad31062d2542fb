//! What `hinc builder config` prints, used by ssh and by Nix without hinc; and `hinc builder up --foreground`, which
//! services call.

use std::time::Duration;

use crate::guest::{BUILD, Guest, START};
use crate::running::Running;
use crate::scene::Scene;

const SOON: Duration = Duration::from_secs(120);

/// Built on another machine, or not at all, and by no run before: the store outlives these.
const BUILD_IT: &str = r#"derivation {
  name = "declared";
  system = builtins.currentSystem;
  builder = "/bin/sh";
  stamp = "STAMP";
  args = [ "-c" "read -r id < /proc/sys/kernel/random/boot_id; echo $id > $out" ];
}"#;

fn in_the_foreground(guest: &Guest) -> Running {
    let mut service = Running::start(guest.command(&["builder", "up", "--foreground", "vm"]));
    service.until_it_says("vm is up", START);
    service
}

#[test]
fn others_use_the_guest_by_what_is_printed_and_a_service_ends_it() {
    let guest = Guest::of(Scene::without_repository());
    let service = in_the_foreground(&guest);
    ssh_and_nix_build_on_it(&guest);

    guest.signal("TERM", &[service.id().to_string()]);
    let ended = service.end(SOON).status(0);
    assert!(ended.stderr.contains("vm has ended"), "{}", ended.stderr);
    assert_eq!((guest.qemu(), guest.supervisors()), (Vec::new(), Vec::new()));

    // What ends by itself is started again by whoever runs the service.
    let service = in_the_foreground(&guest);
    guest.signal("KILL", &guest.qemu());
    let ended = service.end(SOON).status(3);
    assert!(ended.stderr.contains("`vm` has ended by itself: QEMU"), "{}", ended.stderr);
}

fn ssh_and_nix_build_on_it(guest: &Guest) {
    let printed = |format: &str| guest.hinc(&["builder", "config", "vm", "--format", format], SOON).status(0).stdout;
    let config = guest.scene.home().join("printed_ssh_config");
    fs_err::write(&config, printed("ssh")).expect("it can be written");
    let config = config.to_str().expect("a plain path");
    let here = fs_err::read_to_string("/proc/sys/kernel/random/boot_id").expect("Linux has it");
    let there = guest.scene.run("ssh", &["-F", config, "hinc-vm", "cat /proc/sys/kernel/random/boot_id"]).stdout;
    assert!(!there.is_empty() && there != here, "{there}");

    let mut nix = guest.scene.command("nix-build");
    nix.env("NIX_SSHOPTS", format!("-F{config}"));
    nix.args(["--no-out-link", "--max-jobs", "0", "--builders", printed("machines").trim(), "-E"]);
    nix.arg(BUILD_IT.replace("STAMP", guest.scene.unique().trim()));
    let built = Running::start(nix).end(BUILD).status(0);
    let out = fs_err::read_to_string(built.line()).expect("it came back");
    assert_eq!(out, there, "it was built elsewhere: {}", built.stderr);
}
