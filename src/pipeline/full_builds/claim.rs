//! A claim on full builds, put down in the stores that they are sent to: [`crate::model::claim`].

use std::collections::BTreeSet;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::caches::Caches;
use crate::clock::Clock;
use crate::model::claim::{Moment, Seen, Subject, Ticket, WINDOW};
use crate::model::store::{NarHash, StorePath};
use crate::nix::{Nix, nar_hash};
use crate::pipeline::Error;
use crate::pipeline::push::{Destination, NotPushed};
use crate::pipeline::site::Work;

/// What is in each path that is put down. The name says all; this is for who finds one.
const TEXT: &str = "One of several jobs that want the same full build makes it: `hinc build --wait`.\n";

/// How often the one that holds a claim looks whether a new window has begun.
const STEP: Duration = Duration::from_secs(WINDOW.as_secs() / 12);

/// What several jobs want to make, and where they tell one another who does.
pub(super) struct Claim {
    subject: Subject,
    writer: Arc<Writer>,
    hash: NarHash,
    clock: Clock,
}

impl Claim {
    /// On full builds by the outputs that are needed of them.
    pub(super) fn on<'a>(work: Work<'_>, outputs: impl IntoIterator<Item = &'a StorePath>) -> Result<Self, Error> {
        let folder = tempfile::Builder::new().prefix("hinc-claim-").tempdir().map_err(Error::Temporary)?;
        let sample = folder.path().join("sample");
        fs_err::write(&sample, TEXT).map_err(Error::Temporary)?;
        let hash = nar_hash(&sample).map_err(Error::Temporary)?;
        let writer = Writer {
            nix: work.nix.clone(),
            destinations: work.options.push.clone(),
            folder,
            cancel: work.cancel.clone(),
        };
        let clock = work.options.clock;
        Ok(Self { subject: Subject::of(outputs), writer: Arc::new(writer), hash, clock })
    }

    /// Whether there is a store to put it down in.
    pub(super) fn writes(&self) -> bool {
        !self.writer.destinations.is_empty()
    }

    /// Returns the moment that it is now.
    pub(super) fn now(&self) -> Moment {
        Moment::at(self.clock.now().timestamp())
    }

    /// Whether this job holds it already, since before it lost the builder where it was at work.
    pub(super) fn is_one_of(&self, held: &[Held]) -> bool {
        held.iter().any(|held| held.subject == self.subject)
    }

    /// Looks what others have put down.
    pub(super) async fn look(
        &self,
        work: Work<'_>,
        caches: &Caches,
        now: i64,
        drawn: Option<Ticket>,
    ) -> Result<Seen, Error> {
        let held = self.paths(self.subject.held_now(now));
        let lower = self.paths(drawn.map(|ticket| ticket.lower(&self.subject)).unwrap_or_default());
        let asked: Vec<StorePath> = held.iter().chain(&lower).cloned().collect();
        let there: BTreeSet<StorePath> =
            caches.having(work, &asked).await?.into_iter().flat_map(|(_, there)| there).collect();
        let any = |paths: &[StorePath]| paths.iter().any(|path| there.contains(path));
        Ok(Seen { held: any(&held), lower: any(&lower) })
    }

    /// Where they are, once they are put down. The names are ones that a store takes.
    fn paths(&self, names: impl IntoIterator<Item = String>) -> Vec<StorePath> {
        names.into_iter().filter_map(|name| self.hash.source_path(&name).ok()).collect()
    }

    /// Draws a ticket and puts it down.
    pub(super) async fn draw(&self, now: i64) -> Result<Ticket, NotPushed> {
        let ticket = Ticket::new(now, RandomState::new().build_hasher().finish());
        self.writer.put(ticket.names(&self.subject)).await?;
        Ok(ticket)
    }

    /// Tells the others from now on that this job is at work.
    pub(super) async fn hold(&self) -> Result<Held, NotPushed> {
        let mut told = self.now().window;
        self.writer.put(vec![self.subject.held(told)]).await?;
        let (writer, subject, clock) = (self.writer.clone(), self.subject.clone(), self.clock);
        let task = tokio::spawn(async move {
            loop {
                tokio::time::sleep(STEP).await;
                let now = Moment::at(clock.now().timestamp()).window;
                // What fails is tried again a moment later.
                if now != told && writer.put(vec![subject.held(now)]).await.is_ok() {
                    told = now;
                }
            }
        });
        Ok(Held { subject: self.subject.clone(), task })
    }
}

/// A claim that is held until it is dropped.
pub(in crate::pipeline) struct Held {
    subject: Subject,
    task: JoinHandle<()>,
}

impl Drop for Held {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Writer {
    nix: Nix,
    destinations: Vec<Destination>,
    folder: TempDir,
    cancel: CancellationToken,
}

impl Writer {
    /// Puts paths of these names down in all stores that full builds are sent to. Fails where none takes them.
    async fn put(&self, names: Vec<String>) -> Result<(), NotPushed> {
        let files: Vec<PathBuf> = names.iter().map(|name| self.folder.path().join(name)).collect();
        for file in &files {
            fs_err::write(file, TEXT).map_err(|source| NotPushed::Copy(Error::Temporary(source)))?;
        }
        let added = self.nix.add_files(&files, &self.cancel).await;
        let paths: Vec<StorePath> = added.map_err(|error| NotPushed::Copy(error.into()))?.into_iter().collect();
        let mut last = Ok(());
        let mut taken = false;
        for destination in &self.destinations {
            last = match destination {
                Destination::Store(uri) => {
                    let copied = self.nix.copy_to(uri, &paths, &self.cancel).await;
                    copied.map_err(|error| NotPushed::Copy(error.into()))
                }
                Destination::Command(command) => crate::pipeline::push::run(command, &paths, &self.cancel).await,
            };
            taken |= last.is_ok();
        }
        if taken { Ok(()) } else { last }
    }
}
