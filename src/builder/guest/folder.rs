//! What lies in a guest's folder, and who writes it.
//!
//! | file | what | written by |
//! | --- | --- | --- |
//! | `key`, `key.pub`, `host_key`, `host_key.pub` | hinc's key and the guest's own | the first `up` |
//! | `known_hosts`, `ssh_config` | how ssh reaches it | each `up` |
//! | `disk.qcow2` | its disk | the first `up`; each, where it is ephemeral |
//! | `kept.json` | what stays from one start to the next | `up` and `resize`, under `start.lock` |
//! | `plan.json` | how it is started | `up`, under `start.lock` |
//! | `run.json` | what runs | the supervisor, under `lock` |
//! | `ready.json` | that Nix answered on it | `up`, under `start.lock` |
//! | `stop` | that it is to be shut down | `down` |
//! | `unclean` | since when its store has not been known to be whole | the `up` that found it ready; taken away by a clean end |
//! | `lock` | held by the supervisor while it lives | |
//! | `qemu.lock` | held by QEMU while it lives: it is its standard input | |
//! | `start.lock` | held by the `up` that starts it | |
//! | `use.lock` | shared by all that use it; its time of change is when it was used last | |
//! | `look.lock` | shared by those that ask how it is | |
//! | `seed` | what the guest is told at its start | `up` |
//! | `package`, `run-vm`, `keys`, `tmp` | nixpkgs' builder | `up` |
//! | `qmp.sock`, `console.log`, `qemu.log`, `supervisor.log` | | QEMU, the supervisor |

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use fs_err::os::unix::fs::OpenOptionsExt;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::accelerator::Accelerator;
use super::error::Error;
use crate::files::{self, Readers};
use crate::model::builder_name::BuilderName;
use crate::model::name::SshPath;

/// The longest path of a socket that both Linux (108) and macOS (104) take, without the final zero.
const LONGEST_SOCKET: usize = 103;

/// The folder of a guest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Names the folder of a guest. Nothing is made.
    pub(super) fn of(state: &Path, name: &BuilderName) -> Result<Self, Error> {
        Self::at(&name.folder(state))
    }

    /// Takes a folder by its path.
    pub(super) fn at(path: &Path) -> Result<Self, Error> {
        let bad = |problem| Err(Error::Place { path: path.to_owned(), problem });
        let Some(text) = path.to_str() else { return bad("its path is not UTF-8") };
        if text.parse::<SshPath>().is_err() {
            return bad("its path has white space, a quote, `%` or `$`, which ssh and Nix take apart");
        }
        if text.len() + "/qmp.sock".len() > LONGEST_SOCKET {
            return bad("its path is too long for a socket");
        }
        Ok(Self { path: path.to_owned() })
    }

    /// Makes the folder, for this user alone.
    pub(super) fn make(&self) -> Result<(), Error> {
        files::private_folder(&self.path)?;
        // It can be older than hinc's care, or come from a backup.
        fs_err::set_permissions(&self.path, std::fs::Permissions::from_mode(0o700))?;
        Ok(())
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the path of a file in the folder.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Returns the path of a file as text: [`Folder::at`] has seen that it is.
    pub(super) fn text(&self, name: &str) -> String {
        self.file(name).to_string_lossy().into_owned()
    }

    /// Returns the path of a file as ssh and Nix are given it.
    pub(super) fn ssh_path(&self, name: &str) -> Result<SshPath, Error> {
        let problem = "its path has white space, a quote, `%` or `$`, which ssh and Nix take apart";
        self.text(name).parse().map_err(|_| Error::Place { path: self.path.clone(), problem })
    }

    /// Reads a file of hinc's; none where it is not there.
    pub(super) fn read<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, Error> {
        let path = self.file(name);
        let bytes = match fs_err::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        serde_json::from_slice(&bytes).map(Some).map_err(|source| Error::Content { path, source })
    }

    /// Writes a file of hinc's: whoever reads it meanwhile reads the old one or the new one.
    pub(super) fn write<T: Serialize>(&self, name: &str, value: &T) -> Result<(), Error> {
        let path = self.file(name);
        let bytes = serde_json::to_vec_pretty(value).map_err(|source| Error::Content { path: path.clone(), source })?;
        self.write_bytes(name, &bytes)
    }

    /// Writes a file that this user alone may read.
    pub(super) fn write_bytes(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        files::replace(&self.file(name), bytes, Readers::Owner)?;
        Ok(())
    }

    /// Opens a log that is begun anew, for this user alone.
    pub(super) fn log(&self, name: &str) -> Result<std::fs::File, Error> {
        let options = &mut fs_err::OpenOptions::new();
        Ok(options.write(true).create(true).truncate(true).mode(0o600).open(self.file(name))?.into_file())
    }

    /// Removes a file, where it is there.
    pub(super) fn remove(&self, name: &str) -> Result<(), Error> {
        match fs_err::remove_file(self.file(name)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }
}

/// What stays from one start to the next.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Kept {
    /// The port of the last start.
    pub(super) port: Option<u16>,
    /// What the disk was made from.
    pub(super) image: Option<String>,
    /// Whether the file system may be smaller than the disk.
    pub(super) grow: bool,
    /// Whether its image is another one than its store was used with: paths of the old one may be missing.
    #[serde(default)]
    pub(super) verify: bool,
    /// Whether hinc can become root in it.
    #[serde(default)]
    pub(super) root: bool,
}

/// How a guest is started: all that its supervisor needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Plan {
    /// What tells this start from all others.
    pub(super) boot: String,
    /// The guest's name.
    pub(super) name: BuilderName,
    /// The port that leads to its ssh.
    pub(super) port: u16,
    /// QEMU's command lines, the best accelerator first.
    pub(super) attempts: Vec<Attempt>,
    /// After how many seconds without use it is shut down; 0 for never.
    pub(super) idle_seconds: u64,
    /// How much memory it has, in MiB.
    pub(super) memory_mib: u32,
    /// How many processors it has.
    pub(super) cores: u32,
    /// Where it is kept which accelerators work on this machine.
    pub(super) accelerators: PathBuf,
    /// The machine, its kernel and its QEMU: what an accelerator works on or not.
    pub(super) machine: String,
    /// Whether hinc can become root in it.
    pub(super) root: bool,
}

/// One command line of QEMU.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Attempt {
    /// What runs the guest's instructions.
    pub(super) accelerator: Accelerator,
    /// Whether it has worked on this machine before, so that it is not given up soon.
    pub(super) proven: bool,
    /// The program.
    pub(super) program: String,
    /// Its arguments.
    pub(super) args: Vec<String>,
    /// Variables of its environment.
    pub(super) env: Vec<(String, String)>,
}

/// Where a guest is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Phase {
    /// QEMU was started.
    Started,
    /// It is being shut down.
    Stopping,
    /// It has ended as it should.
    Stopped,
    /// It has ended otherwise.
    Failed,
}

/// What runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Run {
    /// Which start it is.
    pub(super) boot: String,
    /// Where it is.
    pub(super) phase: Phase,
    /// Since when QEMU runs.
    pub(super) since: DateTime<Utc>,
    /// The supervisor's process id. For people: nothing is ended by it.
    pub(super) supervisor: u32,
    /// QEMU's process id. For people as well.
    pub(super) pid: Option<u32>,
    /// What runs the guest's instructions.
    pub(super) accelerator: Accelerator,
    /// The port.
    pub(super) port: u16,
    /// Its memory, in MiB.
    pub(super) memory_mib: u32,
    /// Its processors.
    pub(super) cores: u32,
    /// Why it ended, or why another accelerator was not taken.
    pub(super) notes: Vec<String>,
}

/// That Nix answered on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Ready {
    /// Which start it was.
    pub(super) boot: String,
    /// The guest's own word for its start (`/proc/sys/kernel/random/boot_id`). It is another one where the guest
    /// was reset since.
    pub(super) guest_boot: String,
    /// The version of Nix.
    pub(super) nix: String,
}

/// Since when the store has not been known to be whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Unclean {
    /// The start of which no clean end is known.
    pub(super) since: DateTime<Utc>,
    /// Whether that was an earlier start than the one that runs: its store is looked through before it is used.
    pub(super) pending: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_places_that_ssh_takes() {
        let name = |label: &str| -> BuilderName { label.parse().expect("a label") };
        let state = Path::new("/state/hinc");
        assert_eq!(Folder::of(state, &name("vm-2")).expect("a place").path(), Path::new("/state/hinc/builders/vm-2"));
        let place = |label: &str| Folder::of(state, &name(label)).expect("a place");
        assert_ne!(place("vm"), place("vm.0123456789ab"));
        for place in ["/a b".to_owned(), "/a%b".to_owned(), "/${HOME}".to_owned(), format!("/{}", "x".repeat(100))] {
            assert!(matches!(Folder::of(Path::new(&place), &name("vm")), Err(Error::Place { .. })), "{place}");
        }
    }

    #[test]
    fn files_are_for_this_user_and_replaced_as_a_whole() {
        let state = tempfile::tempdir().expect("a temporary folder");
        let folder = Folder::of(state.path(), &"vm".parse().expect("a label")).expect("a folder");
        folder.make().expect("it can be made");
        folder.make().expect("it is there");
        let mode = |path: &Path| fs_err::metadata(path).expect("it is there").permissions().mode() & 0o777;
        assert_eq!(mode(folder.path()), 0o700);
        assert_eq!(folder.read::<Kept>("kept.json").expect("it can be asked"), None);
        let kept = Kept { port: Some(31022), ..Kept::default() };
        folder.write("kept.json", &Kept::default()).expect("it can be written");
        folder.write("kept.json", &kept).expect("it can be written again");
        assert_eq!(mode(&folder.file("kept.json")), 0o600);
        assert_eq!(folder.read("kept.json").expect("it can be read"), Some(kept));
        folder.write_bytes("kept.json", b"{").expect("it can be written");
        let error = folder.read::<Kept>("kept.json").expect_err("it is cut off");
        assert!(matches!(error, Error::Content { .. }), "{error}");
        folder.remove("kept.json").expect("it is removed");
        folder.remove("kept.json").expect("it is gone");
        assert_eq!(fs_err::read_dir(folder.path()).expect("the folder").count(), 0);
    }
}
