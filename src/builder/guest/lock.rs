//! Locks on files, which the kernel takes away from whoever dies. They, and not process ids, say what runs.

use std::fs::File;
use std::path::Path;
use std::time::Duration;

use fs_err::os::unix::fs::OpenOptionsExt;
use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;
use tokio_util::sync::CancellationToken;

use super::error::Error;

/// How often a lock that somebody else has is tried again.
const AGAIN: Duration = Duration::from_millis(200);

/// A lock, held until it is dropped.
#[derive(Debug)]
pub(super) struct Lock(File);

impl Lock {
    /// Takes the lock for itself alone; none where somebody has it.
    pub(super) fn exclusive(path: &Path) -> Result<Option<Self>, Error> {
        Self::take(path, FlockOperation::NonBlockingLockExclusive)
    }

    /// Takes the lock together with others who share it; none where somebody has it for himself.
    pub(super) fn shared(path: &Path) -> Result<Option<Self>, Error> {
        Self::take(path, FlockOperation::NonBlockingLockShared)
    }

    /// Waits until the lock is free and takes it for itself alone. `on_wait` is called once where it has to wait.
    pub(super) async fn wait_exclusive(
        path: &Path,
        on_wait: impl FnOnce(),
        cancel: &CancellationToken,
    ) -> Result<Self, Error> {
        Self::wait(path, FlockOperation::NonBlockingLockExclusive, on_wait, cancel).await
    }

    /// Waits until nobody has the lock for himself and shares it.
    pub(super) async fn wait_shared(
        path: &Path,
        on_wait: impl FnOnce(),
        cancel: &CancellationToken,
    ) -> Result<Self, Error> {
        Self::wait(path, FlockOperation::NonBlockingLockShared, on_wait, cancel).await
    }

    async fn wait(
        path: &Path,
        operation: FlockOperation,
        on_wait: impl FnOnce(),
        cancel: &CancellationToken,
    ) -> Result<Self, Error> {
        let mut on_wait = Some(on_wait);
        loop {
            if let Some(lock) = Self::take(path, operation)? {
                return Ok(lock);
            }
            if let Some(on_wait) = on_wait.take() {
                on_wait();
            }
            pause(AGAIN, cancel, "nothing was changed").await?;
        }
    }

    fn take(path: &Path, operation: FlockOperation) -> Result<Option<Self>, Error> {
        let options = &mut fs_err::OpenOptions::new();
        let file = options.read(true).append(true).create(true).mode(0o600).open(path)?.into_file();
        match flock(&file, operation) {
            Ok(()) => Ok(Some(Self(file))),
            Err(Errno::WOULDBLOCK | Errno::INTR) => Ok(None),
            Err(error) => Err(std::io::Error::from(error).into()),
        }
    }

    /// Returns the open file, which holds the lock as long as anybody has it open.
    pub(super) fn into_file(self) -> File {
        self.0
    }
}

/// Whether somebody has a lock for himself. Nobody is kept from taking it for longer than this takes.
pub(super) fn is_held(path: &Path) -> Result<bool, Error> {
    if !path.exists() {
        return Ok(false);
    }
    Ok(Lock::shared(path)?.is_none())
}

/// Whether somebody shares a lock or has it for himself.
pub(super) fn is_shared(path: &Path) -> Result<bool, Error> {
    Ok(path.exists() && Lock::exclusive(path)?.is_none())
}

/// Sleeps; the error of a cancelled sleep says what is left.
pub(super) async fn pause(length: Duration, cancel: &CancellationToken, left: &str) -> Result<(), Error> {
    tokio::select! {
        () = tokio::time::sleep(length) => Ok(()),
        () = cancel.cancelled() => Err(Error::Cancelled { left: left.to_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_lock_is_had_by_one_or_shared() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("lock");
        assert!(!is_held(&path).expect("it can be asked"));
        let one = Lock::exclusive(&path).expect("it can be taken").expect("it is free");
        assert!(is_held(&path).expect("it can be asked"));
        assert!(Lock::exclusive(&path).expect("it can be tried").is_none());
        assert!(Lock::shared(&path).expect("it can be tried").is_none());
        let cancel = CancellationToken::new();
        let mut waited = false;
        let wait = Lock::wait_exclusive(&path, || waited = true, &cancel);
        let (lock, ()) = tokio::join!(wait, async {
            tokio::time::sleep(Duration::from_millis(50)).await;
            drop(one);
        });
        drop(lock.expect("it becomes free"));
        assert!(waited);
        let shared = [Lock::shared(&path), Lock::shared(&path)];
        assert!(shared.iter().all(|lock| lock.as_ref().is_ok_and(Option::is_some)));
        assert!(Lock::exclusive(&path).expect("it can be tried").is_none());
        assert!(!is_held(&path).expect("it can be asked"));
        cancel.cancel();
        let error = Lock::wait_exclusive(&path, || (), &cancel).await.expect_err("it is shared");
        assert!(matches!(error, Error::Cancelled { .. }), "{error}");
    }
}
