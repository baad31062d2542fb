//! Guests that hinc runs.
//!
//! A guest is a QEMU with a supervisor, `hinc builder supervise`, in the background. What is true of it is in locks
//! and in what QEMU says, so that it survives the end of any process by force: [`Guest::up`] and [`Guest::down`]
//! pick up what they find.

mod accelerator;
mod death;
mod disk;
mod doctor;
mod down;
mod emulate;
mod error;
mod folder;
#[doc(hidden)]
pub mod fuzzed;
mod gc;
mod lock;
mod logs;
mod port;
mod prepare;
mod profile;
mod qemu;
mod qmp;
mod seed;
mod ssh;
mod status;
mod stay;
mod stop;
mod store;
mod supervise;
mod up;
mod wait;

use std::path::{Path, PathBuf};

use tokio_util::sync::CancellationToken;

pub use accelerator::Accelerator;
pub use error::Error;
pub use gc::{Freed, GcOptions};
pub use port::Holder;
pub use status::{Disk, STATUS_SCHEMA_VERSION, State, Status};
pub use stop::Ending;
pub use supervise::supervise;

use crate::clock::Clock;
use crate::model::builder::{Connection, GuestSettings, Image};
use crate::model::builder_name::BuilderName;
use crate::model::name::SshPath;
use folder::{Folder, Kept, Plan, Ready, Run};
use lock::Lock;

/// A guest that hinc runs.
#[derive(Debug, Clone)]
pub struct Guest {
    name: BuilderName,
    settings: GuestSettings,
    folder: Folder,
    /// Where it is kept which accelerators work.
    accelerators: PathBuf,
}

/// That somebody uses a guest: as long as it is held, the guest is neither shut down for want of use nor cleaned.
#[derive(Debug)]
pub struct InUse {
    _lock: Lock,
}

impl Guest {
    /// Takes a guest by its name and settings. `state` is hinc's state folder; nothing is made there yet.
    pub fn at(state: &Path, name: &BuilderName, settings: GuestSettings) -> Result<Self, Error> {
        let folder = Folder::of(state, name)?;
        let accelerators = state.join("builders").join("accelerators.json");
        Ok(Self { name: name.clone(), settings, folder, accelerators })
    }

    /// Returns its name.
    pub fn name(&self) -> &BuilderName {
        &self.name
    }

    /// Returns its settings.
    pub fn settings(&self) -> &GuestSettings {
        &self.settings
    }

    /// Returns its folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Returns the paths of what its console, QEMU and its supervisor have said since the last start.
    pub fn logs(&self) -> Logs {
        let file = |name| self.folder.file(name);
        Logs { console: file("console.log"), qemu: file("qemu.log"), supervisor: file("supervisor.log") }
    }

    /// Returns how it is reached. It need not run.
    pub fn connection(&self) -> Result<Connection, Error> {
        ssh::connection(&self.folder, &self.name)
    }

    /// Returns how root is reached in it; none where hinc cannot become root there (nixpkgs' builder as it is).
    pub fn root_connection(&self) -> Option<Connection> {
        ssh::root_connection(&self.folder, &self.name).ok().filter(|_| self.has_root())
    }

    /// Returns the paths of the key that it lets in and of its known hosts. They need not be there.
    pub fn ssh_files(&self) -> Result<(SshPath, SshPath), Error> {
        Ok((self.folder.ssh_path("key")?, self.folder.ssh_path("known_hosts")?))
    }

    fn has_root(&self) -> bool {
        match self.settings.image {
            Image::Disk { .. } => true,
            // Only a start tells of what kind the package is.
            Image::Profile { .. } => matches!(self.folder.read("kept.json"), Ok(Some(Kept { root: true, .. }))),
        }
    }

    /// Says that it is used, until what is returned is dropped. To be taken before [`Guest::up`].
    pub fn in_use(&self) -> Result<InUse, Error> {
        self.folder.make()?;
        for _ in 0..20 {
            if let Some(lock) = Lock::shared(&self.folder.file("use.lock"))? {
                self.touch()?;
                return Ok(InUse { _lock: lock });
            }
            // Its supervisor has it for a moment where it looks whether anybody does.
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        Err(Error::Cleaned { name: self.name.to_string() })
    }

    /// The same, and waits where somebody has it for himself.
    pub async fn wait_in_use(&self, on_progress: &dyn Fn(&str), cancel: &CancellationToken) -> Result<InUse, Error> {
        self.folder.make()?;
        let path = self.folder.file("use.lock");
        let wait = || on_progress("waiting: its store is being cleaned");
        let lock = Lock::wait_shared(&path, wait, cancel).await?;
        self.touch()?;
        Ok(InUse { _lock: lock })
    }

    /// Writes down that it is used now.
    fn touch(&self) -> Result<(), Error> {
        let path = self.folder.file("use.lock");
        // It is there: whoever calls this has the lock.
        let file = fs_err::OpenOptions::new().append(true).open(path)?;
        Ok(file.into_file().set_modified(Clock::System.now().into())?)
    }

    fn run(&self) -> Result<Option<Run>, Error> {
        self.folder.read("run.json")
    }

    fn is_ready(&self) -> Result<bool, Error> {
        let ready: Option<Ready> = self.folder.read("ready.json")?;
        let plan: Option<Plan> = self.folder.read("plan.json")?;
        Ok(ready.is_some_and(|ready| plan.is_some_and(|plan| plan.boot == ready.boot)))
    }
}

/// Where a guest's words are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logs {
    /// The guest's console.
    pub console: PathBuf,
    /// QEMU.
    pub qemu: PathBuf,
    /// The supervisor.
    pub supervisor: PathBuf,
}
