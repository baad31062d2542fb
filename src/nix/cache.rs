//! Other stores: what they have now, and what is fetched from them by name.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use tokio_util::sync::CancellationToken;

use super::command::{Nix, new_program, program};
use super::error::Error;
use super::nar;
use super::realise::heard;
use super::remote::BuilderStore;
use crate::clock::Clock;
use crate::model::event::Event;
use crate::model::store::{NarHash, StorePath};
use crate::process::{Invocation, system};

/// What Nix remembers of a cache is not asked, and a cache that does not answer is given up soon. These are settings of
/// the program that asks and not of a daemon, which would not take them from everybody.
const ASKED_NOW: [(&str, &str); 4] = [
    ("narinfo-cache-negative-ttl", "0"),
    ("narinfo-cache-positive-ttl", "0"),
    ("connect-timeout", "5"),
    ("download-attempts", "1"),
];

impl Nix {
    fn validity_in(&self, uri: &str, paths: &[StorePath]) -> Invocation {
        let command = program("nix-store").args(["--check-validity", "--print-invalid", "--store", uri]);
        asked_now(self.with_options(command)).args(paths.iter().map(StorePath::as_str))
    }

    fn copying_from(&self, uri: &str, paths: &[StorePath]) -> Invocation {
        let command = new_program(&["copy", "--log-format", "internal-json", "--from", uri]);
        let command = match &self.options.store {
            Some(store) => command.args(["--to", store]),
            None => command,
        };
        asked_now(self.with_options(command)).args(paths.iter().map(StorePath::as_str))
    }

    /// Returns those of the paths that another store has at this moment, whatever Nix remembers of it. `uri` is the store's.
    pub async fn present_in(
        &self,
        uri: &str,
        paths: &[StorePath],
        cancel: &CancellationToken,
    ) -> Result<BTreeSet<StorePath>, Error> {
        let output = system::output(&self.validity_in(uri, paths), cancel).await.map_err(Error::of_nix)?;
        let missing = super::store::paths(&output.stdout)?;
        Ok(paths.iter().filter(|path| !missing.contains(path)).cloned().collect())
    }

    /// Copies paths with all that they refer to from another store. They need a signature that Nix believes, as if they
    /// were substituted.
    ///
    /// A daemon takes no shorter memory of what a cache has not (`narinfo-cache-negative-ttl`) from a user whom it does
    /// not trust, but it takes signed paths.
    pub async fn fetch_from(
        &self,
        uri: &str,
        paths: &[StorePath],
        on_events: impl FnMut(&[Event]),
        clock: Clock,
        cancel: &CancellationToken,
    ) -> Result<(), Error> {
        copied(&self.copying_from(uri, paths), on_events, clock, cancel).await
    }

    /// Adds files to the store by their own names.
    pub async fn add_files(&self, files: &[PathBuf], cancel: &CancellationToken) -> Result<BTreeSet<StorePath>, Error> {
        let command = self.of_store(program("nix-store").arg("--add").args(files));
        let output = system::output(&command, cancel).await.map_err(Error::of_nix)?;
        super::store::paths(&output.stdout)
    }
}

impl BuilderStore {
    /// Copies paths with all that they refer to from another store into the builder's, by way of this machine. As
    /// [`Nix::fetch_from`].
    pub async fn fetch_from(
        &self,
        uri: &str,
        paths: &[StorePath],
        on_events: impl FnMut(&[Event]),
        clock: Clock,
        cancel: &CancellationToken,
    ) -> Result<(), Error> {
        let command = asked_now(new_program(&["copy", "--log-format", "internal-json", "--from", uri]));
        let command = command.args(["--to", &self.uri()]).args(paths.iter().map(StorePath::as_str));
        copied(&self.reached(command), on_events, clock, cancel).await
    }
}

fn asked_now(command: Invocation) -> Invocation {
    ASKED_NOW.iter().fold(command, |command, (name, value)| command.args(["--option", name, value]))
}

async fn copied(
    command: &Invocation,
    on_events: impl FnMut(&[Event]),
    clock: Clock,
    cancel: &CancellationToken,
) -> Result<(), Error> {
    let (classifier, finished) = heard(command, on_events, clock, cancel).await?;
    if finished.status.success() {
        return Ok(());
    }
    Err(Error::Failed { command: command.summary(), status: finished.status, tail: classifier.tail().to_vec() })
}

/// Returns the NAR hash of a file, which with its name is its path in a store ([`NarHash::source_path`]).
pub fn nar_hash(file: &Path) -> std::io::Result<NarHash> {
    nar::hash(file)
}
