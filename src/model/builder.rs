//! The machines that build: as the settings describe them, and how they are reached.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use super::builder_name::BuilderName;
use super::name::{Feature, Host, HostKey, KernelParameters, SshPath, SshWord, System, User};
use super::percent;
use crate::process::Invocation;

/// A machine that builds, as the settings describe it.
#[derive(Debug, Clone, PartialEq)]
pub struct Builder {
    /// Its name in the settings, such as `vm`, and who describes it.
    pub name: BuilderName,
    /// What it is.
    pub kind: BuilderKind,
    /// The systems that it builds for, as Nix writes them; none where it is to be asked.
    pub systems: Vec<System>,
    /// Its system features; none where it is to be asked.
    pub features: Vec<Feature>,
    /// The features that a derivation must want to be built on it.
    pub mandatory_features: Vec<Feature>,
    /// How fast it is beside others. The faster of two healthy ones is taken.
    pub speed: f64,
    /// How many derivations it builds at once; none for what it has in its own settings.
    pub jobs: Option<u32>,
    /// Whether what it built is taken without a signature.
    pub trusted: bool,
}

#[cfg(test)]
impl Builder {
    /// One for tests that is of no use: nobody trusts it, and it says nothing of itself.
    pub(crate) fn example(label: &str, kind: BuilderKind) -> Self {
        Self {
            name: label.parse().expect("a label"),
            kind,
            systems: Vec::new(),
            features: Vec::new(),
            mandatory_features: Vec::new(),
            speed: 1.0,
            jobs: None,
            trusted: false,
        }
    }
}

/// What a builder is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BuilderKind {
    /// This machine.
    Local,
    /// Another machine that has Nix and answers to ssh.
    Ssh(SshMachine),
    /// A guest that hinc runs.
    Vm(GuestSettings),
}

impl BuilderKind {
    /// Whether it is this machine, to which nothing has to be sent.
    pub const fn is_this_machine(&self) -> bool {
        match self {
            Self::Local => true,
            Self::Ssh(_) | Self::Vm(_) => false,
        }
    }

    /// Returns the machine that somebody else runs, where it is one.
    pub const fn machine(&self) -> Option<&SshMachine> {
        match self {
            Self::Ssh(machine) => Some(machine),
            Self::Local | Self::Vm(_) => None,
        }
    }

    /// Returns the guest of hinc's, where it is one.
    pub const fn guest(&self) -> Option<&GuestSettings> {
        match self {
            Self::Vm(settings) => Some(settings),
            Self::Local | Self::Ssh(_) => None,
        }
    }
}

/// A machine that answers to ssh.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SshMachine {
    /// The host, as ssh takes it: a name, an address, or an alias of the user's ssh configuration.
    pub host: Host,
    /// The user there; none for what ssh takes.
    pub user: Option<User>,
    /// The port; none for what ssh takes.
    pub port: Option<u16>,
    /// The private key; none for what ssh takes.
    pub key: Option<SshPath>,
    /// The public host key, as `ssh-keyscan` prints it without the host: `ssh-ed25519 AAAA…`; none for what the
    /// user's `known_hosts` says.
    pub host_key: Option<HostKey>,
    /// More parameters of the store URI, such as `remote-program`.
    pub parameters: Vec<(String, String)>,
}

impl SshMachine {
    /// Returns a machine of which only the host is known.
    pub fn at(host: Host) -> Self {
        Self { host, user: None, port: None, key: None, host_key: None, parameters: Vec::new() }
    }
}

/// A guest that hinc runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuestSettings {
    /// What it is started from.
    pub image: Image,
    /// The system of the guest: `x86_64-linux` or `aarch64-linux`.
    pub system: System,
    /// How many processors it has.
    pub cores: u32,
    /// How much memory it has, in MiB.
    pub memory_mib: u32,
    /// How large its disk is, in GiB. It takes only the room that is used.
    pub disk_gib: u32,
    /// The port of this machine's loopback that leads to its ssh; none for one that is free, which it keeps.
    pub port: Option<u16>,
    /// Whether everything that is written to its disk is forgotten when it stops.
    pub ephemeral: bool,
    /// After how many minutes without a connection it is shut down; 0 for never.
    pub idle_minutes: u32,
    /// Systems of other processors that it builds for too, by emulation: `x86_64-linux` in an aarch64 guest.
    pub emulated_systems: Vec<System>,
    /// The QEMU program; none for the one on the search path.
    pub qemu: Option<PathBuf>,
    /// More arguments for QEMU.
    pub qemu_options: Vec<String>,
}

/// What a guest is started from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Image {
    /// nixpkgs' builder (`nixos/modules/profiles/nix-builder-vm.nix`), by what Nix builds or fetches it from:
    /// `nixpkgs#darwin.linux-builder`.
    Profile {
        /// An installable of Nix, or the path of the package.
        installable: String,
    },
    /// A disk with its kernel: any Linux with sshd, Nix and systemd.
    Disk {
        /// The disk's image, raw or qcow2. It is never written to: the guest has a copy.
        disk: PathBuf,
        /// The kernel.
        kernel: PathBuf,
        /// The first file system of the kernel, where it needs one.
        initrd: Option<PathBuf>,
        /// The kernel's parameters, such as `root=/dev/vda`.
        parameters: KernelParameters,
        /// Who builds in it.
        user: User,
    },
}

/// How hinc reaches a builder: what every call of ssh and of Nix to it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// The builder's name in the settings.
    pub name: String,
    /// What ssh is called with.
    pub ssh_options: Vec<SshWord>,
    /// Who is meant there, and where.
    pub destination: Destination,
    /// Parameters of the store URI.
    pub parameters: Vec<(String, String)>,
}

/// Where ssh goes: `user@host` or an alias.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// The user there; none for what ssh takes.
    pub user: Option<User>,
    /// The host. Never the bare `localhost`, by which Nix means no ssh at all (`ssh.cc`).
    pub host: Host,
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.user {
            Some(user) => write!(f, "{user}@{}", self.host),
            None => self.host.fmt(f),
        }
    }
}

/// What hinc's own calls of ssh say beside what is said to Nix. Nix itself has ssh run a command here that does nothing but to
/// say that ssh got in, and whatever comes first counts: it cannot be switched off for Nix, nor can the user's own be run.
const ONLY_OF_HINC: [&str; 2] = ["-oPermitLocalCommand=no", "-T"];

/// What stands for itself in the parameters of a store's address.
const PLAIN: &[u8] = b"-._~/:";

impl Connection {
    /// Returns the store's address, with further parameters.
    pub fn store_uri(&self, more: &[(String, String)]) -> String {
        let mut uri = format!("ssh-ng://{}", self.destination);
        for (index, (name, value)) in self.parameters.iter().chain(more).enumerate() {
            uri.push(if index == 0 { '?' } else { '&' });
            uri.push_str(&percent::encoded(name, PLAIN));
            uri.push('=');
            uri.push_str(&percent::encoded(value, PLAIN));
        }
        uri
    }

    /// Returns the command that runs a script of POSIX shell there. The script goes over the standard input, so that
    /// no shell of the user's takes it apart; its arguments are `$1`, `$2` and so on. The answer has bounds: the
    /// machine can be anybody's.
    pub fn script(&self, script: &str, arguments: &[&str]) -> Invocation {
        let mut words = vec!["sh".to_owned(), "-s".to_owned(), "--".to_owned()];
        words.extend(arguments.iter().map(|argument| single_quoted(argument)));
        let mut command = Invocation::new("ssh")
            .env("LC_ALL", "C.UTF-8")
            .args(&self.ssh_options)
            .args(ONLY_OF_HINC)
            .arg(self.destination.to_string())
            .arg("--")
            .arg(words.join(" "))
            .answers_at_most(LONGEST_ANSWER)
            .within(LONGEST_TIME);
        command.stdin = script.as_bytes().to_vec();
        command
    }

    /// Returns the command that runs a script there that calls Nix's programs. `nix_folder` is where they are, if not on
    /// the search path of a plain ssh.
    pub fn script_with_nix(&self, nix_folder: Option<&SshPath>, script: &str, arguments: &[&str]) -> Invocation {
        match nix_folder {
            Some(folder) => {
                self.script(&format!("export PATH=\"$PATH\":{}\n{script}", single_quoted(folder)), arguments)
            }
            None => self.script(script, arguments),
        }
    }

    /// Returns what Nix reads as `NIX_SSHOPTS`.
    pub fn nix_sshopts(&self) -> String {
        self.ssh_options.iter().map(SshWord::as_str).collect::<Vec<_>>().join(" ")
    }
}

/// How much a builder may answer to a script, in bytes.
const LONGEST_ANSWER: usize = 16 << 20;

/// How long an answer may take where the script is no long work. A guest in emulation starts Nix three times within it.
pub const LONGEST_TIME: Duration = Duration::from_secs(120);

/// Writes a word so that a POSIX shell reads it as it is.
pub fn single_quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connection() -> Connection {
        Connection {
            name: "vm".to_owned(),
            ssh_options: vec![SshWord::fixed("-F"), SshWord::fixed("/state/ssh_config")],
            destination: Destination { user: None, host: "hinc-vm".parse().expect("a host") },
            parameters: vec![("compress".to_owned(), "true".to_owned())],
        }
    }

    #[test]
    fn the_address_has_all_parameters() {
        let more = [("remote-program".to_owned(), "nix-daemon --cores 2".to_owned())];
        assert_eq!(
            connection().store_uri(&more),
            "ssh-ng://hinc-vm?compress=true&remote-program=nix-daemon%20--cores%202"
        );
        assert_eq!(Connection { parameters: Vec::new(), ..connection() }.store_uri(&[]), "ssh-ng://hinc-vm");
    }

    #[test]
    fn a_script_reaches_the_other_shell_as_it_is() {
        let command = connection().script("echo \"$1\"", &["it's"]);
        let words: Vec<_> = command.args.iter().map(|word| word.to_string_lossy()).collect();
        assert_eq!(
            words,
            ["-F", "/state/ssh_config", "-oPermitLocalCommand=no", "-T", "hinc-vm", "--", r"sh -s -- 'it'\''s'"]
        );
        assert_eq!(command.stdin, b"echo \"$1\"");
        assert_eq!(connection().script_with_nix(None, "echo \"$1\"", &["it's"]), command);
    }

    // On a Mac a plain ssh has no Nix on its search path.
    #[tokio::test]
    async fn a_script_finds_nix_where_it_is() {
        let folder = tempfile::tempdir().expect("a folder");
        let program = folder.path().join("nix-of-a-test");
        fs_err::write(&program, "#!/bin/sh\necho \"$@\"\n").expect("a program");
        fs_err::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("it runs");
        let place: SshPath = folder.path().to_str().expect("text").parse().expect("a path");
        let command = connection().script_with_nix(Some(&place), "set -eu\nnix-of-a-test \"$1\"\n", &["x"]);
        // What sshd would start.
        let mut there = Invocation::new("sh").args(["-s", "--", "x"]);
        there.stdin = command.stdin;
        let output = crate::process::system::output(&there, &tokio_util::sync::CancellationToken::new()).await;
        assert_eq!(output.expect("it is found").stdout, b"x\n");
    }
}
