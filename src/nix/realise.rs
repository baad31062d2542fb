//! Builds derivations.

use std::collections::BTreeSet;

use tokio_util::sync::CancellationToken;

use super::Error;
use super::command::{Installable, Nix};
use super::failure::{Classifier, Trouble, Verdict};
use super::sandbox::SandboxPaths;
use crate::clock::Clock;
use crate::error::Hint;
use crate::exit::Exit;
use crate::log::Decoder;
use crate::model::event::{Event, Speaker, What};
use crate::model::store::StorePath;
use crate::process::{Finished, Invocation, Status, system};

/// What became of the derivations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Realised {
    /// All outputs are there.
    Built,
    /// At least one build failed. This is an outcome and not an error: the record says more.
    Failed(BuildFailure),
}

/// How builds failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildFailure {
    /// How the program ends: one of Nix's own codes.
    pub exit: Exit,
    /// What can be done, where the fault is one of the machine and not of the package.
    pub hints: Vec<Hint>,
    /// Whether the disk was full when it failed, as far as Nix can tell.
    pub disk_full: bool,
    /// Nix's last messages, oldest first.
    pub tail: Vec<String>,
}

impl Nix {
    /// Makes the wanted outputs be there, by building or by fetching. Hands on what each line of
    /// Nix's says: one event or more, or none where Nix only counts.
    ///
    /// When `cancel` is triggered, Nix and its builders are ended: those of a local store are in
    /// Nix's process group or killed by it, those of a daemon when it sees the connection close.
    pub async fn realise(
        &self,
        wanted: &[Installable],
        sandbox: &SandboxPaths,
        on_events: impl FnMut(&[Event]),
        clock: Clock,
        cancel: &CancellationToken,
    ) -> Result<Realised, Error> {
        if wanted.is_empty() {
            return Ok(Realised::Built);
        }
        let command = self.realisation(wanted, sandbox);
        let (classifier, finished) = heard(&command, on_events, clock, cancel).await?;
        outcome(&command, &classifier, finished.status)
    }
}

impl Nix {
    /// Returns the derivations that Nix would build to make the wanted outputs be there: what it has, and what it can
    /// fetch, needs none.
    pub async fn would_build(
        &self,
        wanted: &[Installable],
        clock: Clock,
        cancel: &CancellationToken,
    ) -> Result<BTreeSet<StorePath>, Error> {
        would_build(self.realisation(wanted, &SandboxPaths::AsConfigured), clock, cancel).await
    }
}

/// The derivations that a call of Nix would build.
pub(super) async fn would_build(
    realisation: Invocation,
    clock: Clock,
    cancel: &CancellationToken,
) -> Result<BTreeSet<StorePath>, Error> {
    let command = realisation.arg("--dry-run");
    let mut drvs = BTreeSet::new();
    let on_events = |events: &[Event]| {
        for event in events {
            // Nix names one in each line, beneath a headline. What it would fetch are no derivations.
            if let What::Message { by: Speaker::Nix, text, .. } = &event.what {
                drvs.extend(text.lines().filter_map(|line| line.trim().parse().ok()).filter(StorePath::is_derivation));
            }
        }
    };
    let (classifier, finished) = heard(&command, on_events, clock, cancel).await?;
    if finished.status.success() {
        return Ok(drvs);
    }
    Err(Error::Failed { command: command.summary(), status: finished.status, tail: classifier.tail().to_vec() })
}

/// Runs a program of Nix and hands on what each of its lines says, and remembers what they say of
/// how it ended. The lines are read here and nowhere else.
pub(super) async fn heard(
    command: &Invocation,
    mut on_events: impl FnMut(&[Event]),
    clock: Clock,
    cancel: &CancellationToken,
) -> Result<(Classifier, Finished), Error> {
    let mut classifier = Classifier::default();
    let mut decoder = Decoder::new();
    let mut events = Vec::new();
    let finished = system::stream(command, cancel, |line| {
        events.clear();
        decoder.line(line, clock.now(), &mut |event| events.push(event));
        for event in &events {
            classifier.event(event);
        }
        on_events(&events);
    })
    .await
    .map_err(Error::of_nix)?;
    Ok((classifier, finished))
}

/// What became of the builds of a call that ended.
pub(super) fn outcome(command: &Invocation, classifier: &Classifier, status: Status) -> Result<Realised, Error> {
    let tail = classifier.tail().to_vec();
    match classifier.verdict(status) {
        Verdict::Built => Ok(Realised::Built),
        Verdict::Failed { exit, shell_missing, disk_full } => {
            let mut hints = Vec::new();
            if shell_missing {
                hints.extend(Trouble::Sandbox.hints());
            }
            if disk_full {
                hints.extend(Trouble::DiskFull.hints());
            }
            Ok(Realised::Failed(BuildFailure { exit, hints, disk_full, tail }))
        }
        Verdict::Trouble(Some(trouble)) => Err(Error::Trouble { trouble, tail }),
        Verdict::Trouble(None) => Err(Error::Failed { command: command.summary(), status, tail }),
    }
}
