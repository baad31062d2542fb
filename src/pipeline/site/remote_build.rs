//! Carries a plan out in the store of a builder: derivations go there, results come back, and nothing else.

use std::collections::BTreeSet;
use std::sync::PoisonError;

use tokio_util::sync::CancellationToken;

use super::watch::Heard;
use super::{Elsewhere, Work, roots};
use crate::model::event::{Event, What};
use crate::model::plan::Plan;
use crate::model::record::{Direction, Outcome, Transfer};
use crate::model::store::StorePath;
use crate::nix::toolchain::HostToolchain;
use crate::nix::{self, BuilderStore, Copied, Installable, Realised, SigningKey};
use crate::pipeline::error::{Error, disk_full_on};
use crate::pipeline::realise::{Carried, settle};
use crate::record::Recorder;

impl Elsewhere {
    /// Builds what the plan wants, and brings the results here. What only later builds start from stays there, and
    /// is kept from its garbage collector.
    pub(in crate::pipeline) async fn realise(
        &self,
        work: Work<'_>,
        plan: &Plan,
        host: Option<&HostToolchain>,
    ) -> Result<Carried, Error> {
        let mut recorder = Recorder::new(plan);
        let results: Vec<StorePath> = plan.wanted_steps().flat_map(|step| step.derivation.results().cloned()).collect();
        let clock = work.options.clock;
        (work.on_event)(&Event { at: clock.now(), drv: None, what: What::Planned { plan: plan.clone() } });

        let store = self.store(work.nix, host)?;
        let installables: Vec<Installable> = plan.wanted_steps().map(Installable::of).collect();
        let mut transfers = self.take_sent();
        let mut note = |direction, copied: &Copied| transfers.extend(self.transfer(direction, copied));
        let mut on_events = |events: &[Event]| {
            for event in events {
                recorder.event(event);
                (work.on_event)(event);
            }
        };
        note(Direction::ToBuilder, &self.send(work, &store, &installables, &mut on_events).await?);
        let realised = self
            .watched(work.cancel, &mut on_events, async |events, cancel| {
                store.realise(&installables, events, clock, cancel).await
            })
            .await?;
        if realised == Realised::Built {
            let missing: Vec<StorePath> = work.nix.invalid(&results, work.cancel).await?.into_iter().collect();
            if !missing.is_empty() {
                note(Direction::FromBuilder, &self.fetch(work, &store, &missing, &mut on_events).await?);
            }
            roots::keep(self, work, plan).await;
        }
        // The room of this machine is not what was missing.
        let realised = match realised {
            Realised::Failed(mut failure) if failure.disk_full => {
                failure.hints = vec![disk_full_on(self.builder.name.word())];
                Realised::Failed(failure)
            }
            realised => realised,
        };
        let keep_going = work.nix.options.keep_going;
        if realised != Realised::Built {
            // This machine made the derivations, so its store knows their outputs.
            let outputs = async |drv: &StorePath| work.nix.outputs(drv, work.cancel).await;
            settle(&mut recorder, keep_going, outputs, async |paths| store.invalid(paths, work.cancel).await).await;
        }
        let mut carried = Carried::of(realised, recorder, transfers, keep_going);
        self.sign(&mut carried);
        Ok(carried)
    }

    /// Returns the derivations that the builder would build. It is sent them first: it has to know them to say so.
    pub(super) async fn would_build(
        &self,
        work: Work<'_>,
        wanted: &[Installable],
    ) -> Result<BTreeSet<StorePath>, Error> {
        let store = self.store(work.nix, None)?;
        let mut on_events = |events: &[Event]| events.iter().for_each(work.on_event);
        let sent = self.send(work, &store, wanted, &mut on_events).await?;
        let would_build = async |_: &mut dyn FnMut(&[Event]), cancel: &CancellationToken| {
            store.would_build(wanted, work.options.clock, cancel).await
        };
        let drvs = self.watched(work.cancel, &mut on_events, would_build).await?;
        self.sent.lock().unwrap_or_else(PoisonError::into_inner).extend(self.transfer(Direction::ToBuilder, &sent));
        Ok(drvs)
    }

    async fn send(
        &self,
        work: Work<'_>,
        store: &BuilderStore,
        wanted: &[Installable],
        on_events: &mut dyn FnMut(&[Event]),
    ) -> Result<Copied, Error> {
        let drvs: Vec<StorePath> = wanted.iter().map(|wanted| wanted.drv.clone()).collect();
        let clock = work.options.clock;
        self.watched(work.cancel, on_events, async |events, cancel| store.send(&drvs, events, clock, cancel).await)
            .await
    }

    /// What was copied, for the record; none where it was nothing.
    fn transfer(&self, direction: Direction, copied: &Copied) -> Option<Transfer> {
        let builder = self.builder.name.to_string();
        (copied.paths > 0).then_some(Transfer { builder, direction, paths: copied.paths, bytes: copied.bytes })
    }

    /// Brings paths here. Where this machine's Nix wants signatures of whoever is not trusted, they are signed first.
    async fn fetch(
        &self,
        work: Work<'_>,
        store: &BuilderStore,
        paths: &[StorePath],
        on_events: &mut dyn FnMut(&[Event]),
    ) -> Result<Copied, Error> {
        let (unsigned, clock) = (self.builder.trusted, work.options.clock);
        let first = self
            .watched(work.cancel, on_events, async |events, cancel| {
                store.fetch(paths, unsigned, events, clock, cancel).await
            })
            .await;
        if !first.as_ref().is_err_and(is_unsigned) {
            return first;
        }
        let (true, Some(state)) = (self.builder.trusted, &work.options.state) else { return first };
        let name = &self.builder.name;
        let key = SigningKey::of(&name.folder(state), name, work.cancel).await?;
        if let Err(error) = store.sign(paths, &key, work.cancel).await {
            tracing::debug!(%error, "the results are not signed");
            return first;
        }
        let again = self
            .watched(work.cancel, on_events, async |events, cancel| {
                store.fetch(paths, unsigned, events, clock, cancel).await
            })
            .await;
        match again {
            Err(Error::OnBuilder { builder, mut source }) => {
                if let nix::Error::Unsigned { key: told, .. } = &mut *source {
                    *told = Some(key.public);
                }
                Err(Error::OnBuilder { builder, source })
            }
            again => again,
        }
    }

    /// Says of builds where they were made. Nix does not: for it the builder's store is the only one there is.
    fn sign(&self, carried: &mut Carried) {
        let built = carried.builds.iter_mut().filter(|build| matches!(build.outcome, Outcome::Built | Outcome::Failed));
        let places = built.map(|build| &mut build.builder);
        let places = places.chain(carried.failed_dependencies.iter_mut().map(|failed| &mut failed.builder));
        for place in places.filter(|place| place.is_empty()) {
            *place = self.builder.name.to_string();
        }
    }

    /// Runs something on the builder as long as that answers. A builder that is lost is an error of its own kind.
    async fn watched<T>(
        &self,
        cancel: &CancellationToken,
        on_events: &mut dyn FnMut(&[Event]),
        run: impl AsyncFnOnce(&mut dyn FnMut(&[Event]), &CancellationToken) -> Result<T, nix::Error>,
    ) -> Result<T, Error> {
        let heard = Heard::now();
        let stop = cancel.child_token();
        // A line by which Nix only counts is a word as well.
        let mut listen = |events: &[Event]| {
            heard.again();
            on_events(events);
        };
        let running = run(&mut listen, &stop);
        tokio::pin!(running);
        let result = tokio::select! {
            result = &mut running => result,
            () = heard.until_gone(&self.connection, cancel) => {
                stop.cancel();
                // It is ended in order, so that no process of it stays behind.
                drop(running.await);
                return Err(self.lost(Vec::new()));
            }
        };
        match result {
            Err(error) if !cancel.is_cancelled() && error.is_of_the_connection() => {
                Err(self.lost(crate::error::Diagnose::tail(&error).to_vec()))
            }
            Err(error @ (nix::Error::Process(_) | nix::Error::NoNix { .. })) => Err(error.into()),
            Err(source) => Err(Error::OnBuilder { builder: self.builder.name.to_string(), source: Box::new(source) }),
            Ok(done) => Ok(done),
        }
    }

    fn lost(&self, tail: Vec<String>) -> Error {
        Error::BuilderLost { builder: self.builder.name.to_string(), tail }
    }
}

fn is_unsigned(error: &Error) -> bool {
    matches!(error, Error::OnBuilder { source, .. } if matches!(**source, nix::Error::Unsigned { .. }))
}
