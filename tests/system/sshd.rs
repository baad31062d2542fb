//! Another machine: an sshd on the loopback, in namespaces of its own, with an empty Nix store.
//!
//! What it changes of `/usr`, `/var/lib/ghc`, `/root` and `/nix` it changes for itself alone.

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use hinc::model::builder::{Connection, Destination};
use hinc::model::name::SshWord;
use tempfile::TempDir;

/// Lays the other machine's file systems over those of this one. `$1` is the folder for them, `$2` the
/// configuration of sshd.
const START: &str = r#"
set -e
mount -t tmpfs -o mode=755 tmpfs "$1"
for place in usr var/lib/ghc root; do
  mkdir -p "$1/$place/changes" "$1/$place/work"
  mount -t overlay -o "lowerdir=/$place,upperdir=$1/$place/changes,workdir=$1/$place/work" overlay "/$place"
done
mkdir -p "$1/nix/store" "$1/nix/var/nix"
mount --bind "$1/nix" /nix
mkdir -p /run/sshd
exec /usr/sbin/sshd -D -e -f "$2"
"#;

/// A machine that answers to ssh as root. It is gone when this is dropped.
pub(crate) struct Sshd {
    child: Child,
    folder: TempDir,
    port: u16,
}

impl Sshd {
    /// Starts it and waits until it answers.
    pub(crate) fn start() -> Self {
        let folder = TempDir::with_prefix("hinc-sshd-").expect("a temporary folder");
        let at = |name: &str| folder.path().join(name);
        for name in ["key", "host_key"] {
            make_key(&at(name));
        }
        fs_err::create_dir(at("machine")).expect("a folder");
        fs_err::copy(at("key.pub"), at("authorized_keys")).expect("a public key");
        let port = free_port();
        let lines = [
            format!("Port {port}"),
            "ListenAddress 127.0.0.1".to_owned(),
            format!("HostKey {}", at("host_key").display()),
            format!("AuthorizedKeysFile {}", at("authorized_keys").display()),
            // The folder above it is everybody's, which sshd does not like.
            "StrictModes no".to_owned(),
            "PermitRootLogin yes".to_owned(),
            "UsePAM no".to_owned(),
            // Failed tries, which are tested too, would bar this address for a while.
            "PerSourcePenalties no".to_owned(),
            "MaxStartups 100".to_owned(),
        ];
        fs_err::write(at("sshd_config"), lines.join("\n") + "\n").expect("a file");
        let host_key = fs_err::read_to_string(at("host_key.pub")).expect("a public key");
        fs_err::write(at("known_hosts"), format!("hinc-far {host_key}")).expect("a file");
        let child = Command::new("unshare")
            .args(["--mount", "--propagation", "private", "--pid", "--fork", "--kill-child=KILL", "--mount-proc"])
            .args(["sh", "-c", START, "sh"])
            .args([at("machine"), at("sshd_config")])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(fs_err::File::create(at("log")).expect("a file").into_parts().0)
            .spawn()
            .expect("unshare starts");
        let mut machine = Self { child, folder, port };
        machine.wait();
        machine
    }

    fn wait(&mut self) {
        let start = Instant::now();
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            let ended = self.child.try_wait().expect("it is ours");
            let log = || fs_err::read_to_string(self.folder.path().join("log")).unwrap_or_default();
            assert!(ended.is_none() && start.elapsed() < Duration::from_secs(30), "no sshd: {}", log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// How it is reached.
    pub(crate) fn connection(&self) -> Connection {
        connection(self.port, &self.folder.path().join("key"), &self.folder.path().join("known_hosts"))
    }

    /// The port that it listens at.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// A file of the fixture: `key`, `known_hosts`, or a new one.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs a script of POSIX shell on it, which must succeed, and returns what it prints.
    #[track_caller]
    pub(crate) fn run(&self, script: &str) -> String {
        let connection = self.connection();
        let output = Command::new("ssh")
            .args(&connection.ssh_options)
            .args([&connection.destination.to_string(), "--", script])
            .stdin(Stdio::null())
            .output()
            .expect("ssh starts");
        let words = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{script}: {words}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        // With it goes its namespace, and all that runs there.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// How a machine on the loopback is reached with a key.
pub(crate) fn connection(port: u16, key: &Path, known_hosts: &Path) -> Connection {
    let options = [
        "HostName=127.0.0.1".to_owned(),
        format!("Port={port}"),
        format!("IdentityFile={}", key.display()),
        format!("UserKnownHostsFile={}", known_hosts.display()),
        "IdentitiesOnly=yes".to_owned(),
        "BatchMode=yes".to_owned(),
        "StrictHostKeyChecking=yes".to_owned(),
        "HostKeyAlias=hinc-far".to_owned(),
        "LogLevel=ERROR".to_owned(),
        "ConnectTimeout=5".to_owned(),
    ];
    let mut ssh_options = ["-F", "none"].map(word).to_vec();
    ssh_options.extend(options.iter().map(|option| word(&format!("-o{option}"))));
    Connection { name: "far".to_owned(), ssh_options, destination: root_at("hinc-far"), parameters: Vec::new() }
}

/// An argument of ssh.
pub(crate) fn word(text: &str) -> SshWord {
    text.parse().expect("it has no white space")
}

/// Root of a host.
pub(crate) fn root_at(host: &str) -> Destination {
    Destination { user: Some("root".parse().expect("a user")), host: host.parse().expect("a host") }
}

/// Makes a pair of keys without a passphrase.
pub(crate) fn make_key(path: &Path) {
    let made = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(path).status();
    assert!(made.expect("ssh-keygen starts").success());
}

/// A port of the loopback that nobody has at the moment.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    listener.local_addr().expect("it is bound").port()
}
