//! What this machine cannot build goes to a machine of `/etc/nix/machines` without a word.

use std::time::Duration;

use data_encoding::BASE64;

use crate::machines::Machine;
use crate::packages::{SLOW, derivations, transferred};
use crate::running::Running;
use crate::scene::{HOUR, MIDNIGHT};

const SOON: Duration = Duration::from_secs(120);

#[test]
fn another_system_is_built_where_it_can_be() {
    is_built_on(&Machine::start("foreign"));
    // A machine for that system alone, as Linux is for a Mac.
    let alone = Machine::start("alone");
    alone.sh("printf 'system = i686-linux\\nextra-platforms =\\n' >> /etc/nix/nix.conf");
    is_built_on(&alone);
}

fn is_built_on(far: &Machine) {
    let scene = derivations(0);
    scene.replace("default.nix", "x86_64-linux", "i686-linux");
    scene.commit_at(MIDNIGHT + HOUR, "Another processor");
    let own = scene.home().join("bin");
    fs_err::create_dir(&own).expect("a folder");
    for program in ["ghc", "ghc-pkg"] {
        std::os::unix::fs::symlink(format!("/usr/bin/{program}"), own.join(program)).expect("a link");
    }
    let command = || {
        let mut command = scene.hinc_command(&[&SLOW[..], &["--json"]].concat());
        // This machine is told not to build programs of 32 bits, the other one does.
        command.env("NIX_CONFIG", "extra-platforms =");
        // And its GHC is in a folder that the other one does not have.
        command.env("PATH", format!("{}:/usr/bin:/bin", own.display()));
        command
    };

    fs_err::create_dir_all("/etc/nix").expect("a folder");
    let host_key = BASE64.encode(far.host_key().as_bytes());
    let line = format!("ssh-ng://{}@{} i686-linux {} 1 1 - - {host_key}\n", far.user(), far.address(), far.key());
    fs_err::write("/etc/nix/machines", line).expect("a file");
    let record = Running::start(command()).end(SOON).status(0).json();
    assert_eq!(record["builds"][0]["outcome"], "built", "{record:#}");
    assert_ne!(record["builds"][0]["builder"], "", "{record:#}");
    assert_eq!(transferred(&record, "from-builder").0, 1, "{record:#}");
}

#[test]
fn where_nobody_can_it_is_said_and_nothing_is_started() {
    let scene = derivations(0);
    scene.replace("default.nix", "x86_64-linux", "armv7l-linux");
    scene.commit_at(MIDNIGHT + HOUR, "Another processor");
    let ran = Running::start(scene.hinc_command(&SLOW)).end(SOON).status(3);
    assert!(ran.stderr.contains("this is for armv7l-linux") && ran.stderr.contains("hint:"), "{}", ran.stderr);
    assert!(!scene.home().join(".local/state/hinc/builders").exists(), "no guest was made");
}
