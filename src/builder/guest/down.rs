//! Shuts a guest down.

use tokio_util::sync::CancellationToken;

use super::Guest;
use super::error::Error;
use super::folder::{Phase, Run, Unclean};
use super::lock::{self, Lock, pause};
use super::stop::{self, Ending};

/// How often it is looked whether it has ended.
const STEP: std::time::Duration = std::time::Duration::from_millis(300);

impl Guest {
    /// Shuts it down. It is no error where it does not run: then nothing is returned.
    pub async fn down(&self, on_progress: &dyn Fn(&str), cancel: &CancellationToken) -> Result<Option<Ending>, Error> {
        if !self.folder.path().exists() {
            return Ok(None);
        }
        let path = self.folder.file("lock");
        let mut seen = false;
        let mut said = false;
        loop {
            if lock::is_held(&path)? {
                seen = true;
                // Its supervisor takes the file away when it has begun; one that starts now has taken an old one away.
                if !self.folder.file("stop").exists() {
                    self.folder.write_bytes("stop", b"")?;
                }
                if !said {
                    on_progress("shutting it down");
                    said = true;
                }
            } else if let Some(lock) = Lock::exclusive(&path)? {
                if stop::lives(&self.folder)? {
                    return self.end_orphan(lock, on_progress).await.map(Some);
                }
                self.folder.remove("stop")?;
                // One that is about to be started has the lock for that.
                if seen || !lock::is_held(&self.folder.file("start.lock"))? {
                    return Ok(seen.then(|| self.ending()));
                }
                drop(lock);
                if !said {
                    on_progress("waiting: another hinc is about to start it");
                    said = true;
                }
            }
            pause(STEP, cancel, "its supervisor goes on shutting it down").await?;
        }
    }

    /// Ends a QEMU that lost its supervisor, in the place of one.
    async fn end_orphan(&self, _lock: Lock, on_progress: &dyn Fn(&str)) -> Result<Ending, Error> {
        on_progress("shutting it down: its supervisor is gone");
        let ending = stop::shut_down(&self.folder, &self.name, self.has_root(), self.is_ready()?).await?;
        let pending = self.folder.read::<Unclean>("unclean")?.is_some_and(|unclean| unclean.pending);
        for file in ["stop", "qmp.sock", "ready.json"] {
            self.folder.remove(file)?;
        }
        if ending == Ending::Clean && !pending {
            self.folder.remove("unclean")?;
        }
        if let Some(run) = self.run()? {
            self.folder.write("run.json", &Run { phase: Phase::Stopped, ..run })?;
        }
        Ok(ending)
    }

    /// Returns how the guest ended that was seen to run.
    fn ending(&self) -> Ending {
        let clean = !self.folder.file("unclean").exists();
        if clean { Ending::Clean } else { Ending::Quit }
    }
}
