//! A user whom Nix's daemon on this machine does not trust: what comes back from a builder has to be signed.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::machines::Machine;
use crate::packages::{BEGUN, SLOW, derivations, user_settings};
use crate::running::{Running, until};
use crate::scene::{Ran, Scene};

const SOON: Duration = Duration::from_secs(120);

/// Where the daemon listens. Root does without it, so the other tests do not notice.
const SOCKET: &str = "/nix/var/nix/daemon-socket/socket";

/// Nix's daemon, as long as this lives.
struct Daemon(Child);

impl Daemon {
    /// Starts one with further settings.
    fn start(settings: &str) -> Self {
        let mut command = Command::new("nix-daemon");
        command.env("NIX_CONFIG", settings).env_remove("NIX_REMOTE").stdin(Stdio::null());
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("nix-daemon starts");
        until("the daemon listens", SOON, || Path::new(SOCKET).exists());
        Self(child)
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
        fs_err::remove_file(SOCKET).ok();
    }
}

/// hinc as the user `dev`, whom the daemon does not trust.
fn as_dev(scene: &Scene) -> Ran {
    let mut command = scene.command("setpriv");
    command.args(["--reuid=dev", "--regid=dev", "--init-groups", env!("CARGO_BIN_EXE_hinc")]);
    command.args(SLOW).args(["--builder", "signing"]).env("NIX_REMOTE", "daemon");
    Running::start(command).end(SOON)
}

#[test]
fn results_are_signed_where_the_daemon_wants_it() {
    let far = Machine::start("signing");
    let scene = derivations(0);
    scene.run("cp", &[far.key(), "../home/key"]).status(0);
    user_settings(&scene, &far.settings("").replace(far.key(), &scene.home().join("key").display().to_string()));
    let folder = scene.home();
    let folder = folder.parent().expect("the scene's folder").to_str().expect("a plain path").to_owned();
    scene.run("chown", &["-R", "dev:dev", &folder]).status(0);
    fs_err::create_dir_all("/nix/var/nix/daemon-socket").expect("a folder");
    scene.run("mount", &["-t", "tmpfs", "-o", "mode=755", "tmpfs", "/nix/var/nix/daemon-socket"]).status(0);

    let daemon = Daemon::start("");
    let refused = as_dev(&scene).status(3);
    let key = refused.stderr.split('`').find_map(|part| part.strip_prefix("extra-trusted-public-keys = "));
    let key = key.unwrap_or_else(|| panic!("{}", refused.stderr)).to_owned();
    assert!(key.starts_with("hinc-signing:"), "{key}");
    let secret = scene.home().join(".local/state/hinc/builders/signing/signing_key");
    assert_eq!(scene.run("stat", &["-c", "%a", secret.to_str().expect("a plain path")]).line(), "600");
    drop(daemon);

    // As the hint says.
    let _daemon = Daemon::start(&format!("extra-trusted-public-keys = {key}"));
    let built = as_dev(&scene).status(0);
    assert!(!built.stderr.contains(BEGUN), "it was built there already:\n{}", built.stderr);
    assert_eq!(fs_err::read_to_string(built.line()).expect("the result"), "slow\n");
}
