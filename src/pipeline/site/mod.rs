//! Where builds are made: in the store of this machine, or in that of a builder.

mod candidates;
mod remote_build;
mod roots;
mod sites;
mod watch;

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use tokio_util::sync::CancellationToken;

pub(super) use candidates::{Needs, own_system};
pub(super) use sites::Sites;

use super::{BuildOptions, Error, Project};
use crate::builder::{Facts, InUse};
use crate::model::builder::{Builder, Connection};
use crate::model::event::Event;
use crate::model::record::Transfer;
use crate::model::store::StorePath;
use crate::nix::toolchain::HostToolchain;
use crate::nix::{BuilderStore, Installable, Nix, RemoteSetting};

/// Where the builds of a plan are made.
pub(super) enum Site {
    /// In the store of this machine, or the one that `--store` names.
    Here,
    /// In the store of a builder.
    On(Box<Elsewhere>),
}

/// A builder that answered.
pub(super) struct Elsewhere {
    pub(super) builder: Builder,
    pub(super) connection: Connection,
    pub(super) facts: Facts,
    /// What went there before anything was built.
    sent: Mutex<Vec<Transfer>>,
    /// Keeps a guest from being shut down or collected meanwhile.
    _in_use: Option<InUse>,
}

/// What all that is done at a site needs.
#[derive(Clone, Copy)]
pub(super) struct Work<'a> {
    pub(super) project: &'a Project,
    pub(super) nix: &'a Nix,
    pub(super) options: &'a BuildOptions,
    pub(super) on_event: &'a dyn Fn(&Event),
    pub(super) cancel: &'a CancellationToken,
}

impl Site {
    /// Returns the builder; none where it is this machine.
    pub(super) fn elsewhere(&self) -> Option<&Elsewhere> {
        match self {
            Self::Here => None,
            Self::On(elsewhere) => Some(elsewhere),
        }
    }

    /// Returns what its store is called.
    pub(super) fn store_in_words(&self) -> String {
        match self {
            Self::Here => "the store".to_owned(),
            Self::On(elsewhere) => format!("the store of {}", elsewhere.builder.name),
        }
    }

    /// Takes what went to a builder and belongs to no build of it.
    pub(super) fn take_sent(&self) -> Vec<Transfer> {
        self.elsewhere().map(Elsewhere::take_sent).unwrap_or_default()
    }

    /// Copies paths from its store into another one.
    pub(super) async fn copy_to(&self, work: Work<'_>, uri: &str, paths: &[StorePath]) -> Result<(), Error> {
        if paths.is_empty() {
            return Ok(());
        }
        match self {
            Self::Here => work.nix.copy_to(uri, paths, work.cancel).await?,
            Self::On(elsewhere) => elsewhere.store(work.nix, None)?.copy_to(uri, paths, work.cancel).await?,
        }
        Ok(())
    }

    /// Copies paths from another store into its own.
    pub(super) async fn fetch_from(&self, work: Work<'_>, uri: &str, paths: &[StorePath]) -> Result<(), Error> {
        let (clock, cancel) = (work.options.clock, work.cancel);
        let on_events = |events: &[Event]| events.iter().for_each(work.on_event);
        match self {
            Self::Here => work.nix.fetch_from(uri, paths, on_events, clock, cancel).await?,
            Self::On(elsewhere) => {
                elsewhere.store(work.nix, None)?.fetch_from(uri, paths, on_events, clock, cancel).await?;
            }
        }
        Ok(())
    }

    /// Returns those of the paths that the store of the site does not have.
    pub(super) async fn invalid(&self, work: Work<'_>, paths: &[StorePath]) -> Result<BTreeSet<StorePath>, Error> {
        Ok(match self {
            Self::Here => work.nix.invalid(paths, work.cancel).await?,
            Self::On(elsewhere) => elsewhere.store(work.nix, None)?.invalid(paths, work.cancel).await?,
        })
    }

    /// Returns the derivations that would be built there for what is wanted. What goes to the site so that it can say so
    /// is among the transfers of its next build.
    pub(super) async fn would_build(
        &self,
        work: Work<'_>,
        wanted: &[Installable],
    ) -> Result<BTreeSet<StorePath>, Error> {
        match self {
            Self::Here => Ok(work.nix.would_build(wanted, work.options.clock, work.cancel).await?),
            Self::On(elsewhere) => elsewhere.would_build(work, wanted).await,
        }
    }
}

impl Elsewhere {
    /// Takes what went there before anything was built.
    fn take_sent(&self) -> Vec<Transfer> {
        std::mem::take(&mut *self.sent.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Returns its store. With `host`, its sandbox shows the compiler of that machine.
    pub(super) fn store(&self, nix: &Nix, host: Option<&HostToolchain>) -> Result<BuilderStore, Error> {
        let mut settings = nix.remote_settings()?;
        if let Some(jobs) = self.builder.jobs.filter(|_| nix.options.max_jobs.is_none()) {
            settings.push(RemoteSetting::new("max-jobs", &jobs.to_string())?);
        }
        if let Some(host) = host {
            settings.push(RemoteSetting::new("sandbox-paths", &host.folders.join(" "))?);
        }
        Ok(nix.at(&self.connection, self.facts.nix_folder.clone(), settings))
    }
}
