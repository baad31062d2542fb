//! Waiting for a guest's end, for services.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::Guest;
use super::error::Error;
use super::folder::Phase;
use super::lock;
use super::stop;

/// How often it is looked whether it has ended.
const LOOK: Duration = Duration::from_secs(2);

impl Guest {
    /// Waits until nothing of it runs. The guest is asked nothing, so this is no use that would keep it from being
    /// shut down when idle. It is an error where it has ended otherwise than by being shut down.
    pub async fn wait_for_end(&self, cancel: &CancellationToken) -> Result<(), Error> {
        while stop::lives(&self.folder)? || lock::is_held(&self.folder.file("lock"))? {
            lock::pause(LOOK, cancel, "the guest goes on").await?;
        }
        match self.run()? {
            Some(run) if run.phase != Phase::Stopped => {
                Err(Error::Ended { name: self.name.to_string(), problem: run.notes.join("; ") })
            }
            _ => Ok(()),
        }
    }
}
