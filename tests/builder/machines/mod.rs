//! Another machine on the network, by `tests/env/second-machine`.

mod cut_off;
mod elsewhere;
mod foreign;
mod outcomes;
mod strangers;
mod unsigned;

use std::path::Path;
use std::process::{Command, Output};

/// Another machine with a store of its own. Its power is cut when this is dropped.
pub(crate) struct Machine {
    name: String,
    address: String,
    user: String,
    key: String,
    host_key: String,
}

fn second_machine(args: &[&str]) -> Output {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/env/second-machine");
    Command::new(script).args(args).output().expect("tests/env/second-machine runs")
}

#[track_caller]
fn succeed(args: &[&str]) -> String {
    let output = second_machine(args);
    assert!(output.status.success(), "second-machine {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

impl Machine {
    /// Starts a machine. No two tests may use one name: they run at once.
    #[track_caller]
    pub(crate) fn start(name: &str) -> Self {
        let said = succeed(&["start", name]);
        let word = |key: &str| {
            let line = said.lines().find_map(|line| line.strip_prefix(key)).unwrap_or_else(|| panic!("{said}"));
            line.trim().to_owned()
        };
        Self {
            name: name.to_owned(),
            address: word("address "),
            user: word("user "),
            key: word("key "),
            host_key: word("host-key "),
        }
    }

    /// The table that describes it, with further lines.
    pub(crate) fn settings(&self, more: &str) -> String {
        format!(
            "[builder.{}]\nkind = \"ssh\"\nhost = \"{}\"\nuser = \"{}\"\nkey = \"{}\"\nhost-key = \"{}\"\n{more}\n",
            self.name, self.address, self.user, self.key, self.host_key
        )
    }

    /// The same with the host key of another machine.
    pub(crate) fn settings_with_key_of(&self, other: &Self) -> String {
        self.settings("").replace(&self.host_key, &other.host_key)
    }

    /// Where it is.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Who builds on it.
    pub(crate) fn user(&self) -> &str {
        &self.user
    }

    /// Its public host key.
    pub(crate) fn host_key(&self) -> &str {
        &self.host_key
    }

    /// The file of the key that opens it.
    pub(crate) fn key(&self) -> &str {
        &self.key
    }

    /// Pulls its network cable.
    pub(crate) fn cut(&self) {
        succeed(&["cut", &self.name]);
    }

    /// Plugs its network cable in again.
    pub(crate) fn restore(&self) {
        succeed(&["restore", &self.name]);
    }

    /// Runs a command of its shell there, and returns what it prints.
    #[track_caller]
    pub(crate) fn sh(&self, script: &str) -> String {
        succeed(&["sh", &self.name, "sh", "-c", script])
    }

    /// Whether a command of its shell succeeds there.
    pub(crate) fn does(&self, script: &str) -> bool {
        second_machine(&["sh", &self.name, "sh", "-c", script]).status.success()
    }

    /// Whether a path is in its store.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.does(&format!("nix-store --check-validity {path}"))
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        // A test that failed has more to say than this.
        second_machine(&["stop", &self.name]);
    }
}
