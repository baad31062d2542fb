//! The guest of these tests: the Debian image of `tests/env/build-guest`, run by hinc.

mod declared;
mod faults;
mod life;
mod power;
mod profile;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use serde_json::Value;

use crate::packages::{guest_folder, user_settings};
use crate::running::Running;
use crate::scene::{Ran, Scene};

/// Without KVM a guest has two processors of this machine busy: one at a time.
static ONE: Mutex<()> = Mutex::new(());

/// How long a start may take on a machine without KVM whose processors are busy.
pub(crate) const START: Duration = Duration::from_secs(300);

/// How long a build of a small package may take there.
pub(crate) const BUILD: Duration = Duration::from_secs(600);

/// The image of the suite that this entry is of.
pub(crate) fn image() -> PathBuf {
    let root = std::env::var("HINC_TEST_ROOT").expect("these tests run inside of tests/env/enter with a Debian root");
    let suite = Path::new(&root).parent().and_then(Path::file_name).expect("the suite's folder").to_owned();
    let image = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/env/guest").join(&suite);
    assert!(image.join("key").exists(), "tests/env/build-guest {} comes first", suite.display());
    image
}

/// A repository whose user has a guest. Nothing of it runs after this is dropped.
pub(crate) struct Guest {
    pub(crate) scene: Scene,
    _one: MutexGuard<'static, ()>,
}

impl Guest {
    /// Describes the guest `vm` to the user of a repository. Nothing is started.
    pub(crate) fn of(scene: Scene) -> Self {
        // A test that failed with the guest has ended it all the same.
        let one = ONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let guest = Self { scene, _one: one };
        guest.settings("");
        guest
    }

    /// Describes it anew, with further lines.
    pub(crate) fn settings(&self, more: &str) {
        let image = image();
        let image = image.display();
        user_settings(
            &self.scene,
            &format!(
                "[builder.vm]\nkind = \"vm\"\ndisk = \"{image}/disk.qcow2\"\nkernel = \"{image}/vmlinuz\"\n\
                 initrd = \"{image}/initrd\"\nkernel-parameters = \"root=/dev/vda rw console=ttyS0\"\n\
                 cores = 2\nmemory = \"2GiB\"\ndisk-size = \"8GiB\"\n{more}\n"
            ),
        );
    }

    /// Describes it otherwise.
    pub(crate) fn write_settings(&self, text: &str) {
        user_settings(&self.scene, text);
    }

    /// Takes another repository of the same user's.
    pub(crate) fn other_repository(&self, other: &Scene) {
        let file = self.scene.home().join(".config/hinc/config.toml");
        user_settings(other, &fs_err::read_to_string(file).expect("the settings"));
    }

    /// hinc, for this user.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        self.scene.hinc_command(args)
    }

    /// hinc in another repository, for this user.
    pub(crate) fn command_in(&self, other: &Scene, args: &[&str]) -> Command {
        let mut command = self.scene.hinc_command(args);
        command.current_dir(other.project());
        command
    }

    /// Runs hinc to its end.
    #[track_caller]
    pub(crate) fn hinc(&self, args: &[&str], within: Duration) -> Ran {
        Running::start(self.command(args)).end(within)
    }

    /// Starts it.
    #[track_caller]
    pub(crate) fn up(&self) -> Ran {
        self.hinc(&["builder", "up", "vm"], START).status(0)
    }

    /// What `hinc builder status --json` says.
    #[track_caller]
    pub(crate) fn status(&self) -> Value {
        self.hinc(&["builder", "status", "vm", "--json"], Duration::from_secs(60)).status(0).json()
    }

    /// Runs a command of the guest's shell as root, and returns what it prints.
    #[track_caller]
    pub(crate) fn sh(&self, script: &str) -> String {
        self.hinc(&["builder", "ssh", "vm", "--", script], Duration::from_secs(120)).status(0).stdout
    }

    /// Whether a path is in the guest's store.
    pub(crate) fn has(&self, path: &str) -> bool {
        let check = format!("nix-store --check-validity {path}");
        self.hinc(&["builder", "ssh", "vm", "--", &check], Duration::from_secs(120)).status == 0
    }

    /// The process ids of this guest's QEMU, or of hinc's process that watches it.
    pub(crate) fn processes(&self, what: &str) -> Vec<String> {
        let folder = guest_folder(&self.scene, "vm");
        let found = self.scene.run("pgrep", &["-f", &format!("{what}.*{}", folder.display())]);
        found.stdout.lines().map(str::to_owned).collect()
    }

    /// The process ids of its QEMU.
    pub(crate) fn qemu(&self) -> Vec<String> {
        self.processes("qemu-system")
    }

    /// The process ids of what watches it.
    pub(crate) fn supervisors(&self) -> Vec<String> {
        self.processes("builder supervise")
    }

    /// Sends a signal to processes.
    pub(crate) fn signal(&self, signal: &str, ids: &[String]) {
        assert!(!ids.is_empty(), "nobody to send {signal} to");
        for id in ids {
            self.scene.run("kill", &["-s", signal, id]);
        }
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        if std::thread::panicking() {
            for log in ["supervisor.log", "qemu.log", "console.log"] {
                let file = guest_folder(&self.scene, "vm").join(log);
                let bytes = fs_err::read(&file).unwrap_or_default();
                let text = String::from_utf8_lossy(&bytes);
                let lines: Vec<&str> = text.lines().collect();
                eprintln!("--- the end of {log}:\n{}", lines[lines.len().saturating_sub(15)..].join("\n"));
            }
        }
        for id in self.supervisors().into_iter().chain(self.qemu()) {
            self.scene.run("kill", &["-KILL", &id]);
        }
    }
}
