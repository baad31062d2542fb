//! The machines that may build, one after another.

use super::candidates::{Candidates, Needs, own_system};
use super::{Site, Work};
use crate::builder::machines;
use crate::model::builder::Builder;
use crate::model::event::{Event, Speaker};
use crate::pipeline::error::Error;

/// The sites, of which one at a time is taken.
pub(in crate::pipeline) struct Sites<'a> {
    work: Work<'a>,
    /// None as long as this machine builds.
    candidates: Option<Candidates<'a>>,
}

impl<'a> Sites<'a> {
    /// Takes the machines that were asked for.
    pub(in crate::pipeline) fn new(work: Work<'a>) -> Self {
        let wanted = &work.options.builders.wanted;
        let only_here = wanted.iter().all(|builder| builder.kind.is_this_machine());
        let mut sites = Self { work, candidates: None };
        if !only_here {
            sites.take(wanted.clone());
        }
        sites
    }

    fn take(&mut self, builders: Vec<Builder>) {
        let Work { options, on_event, cancel, .. } = self.work;
        self.candidates = Some(Candidates::new(builders, options, on_event, cancel));
    }

    /// Whether another machine than this one may have to build.
    pub(in crate::pipeline) fn are_elsewhere(&self) -> bool {
        self.candidates.is_some()
    }

    /// Returns the first that answers and has what is needed. It stays the first, until it is lost.
    pub(in crate::pipeline) async fn first(&mut self, needs: &Needs) -> Result<Site, Error> {
        match &mut self.candidates {
            Some(candidates) => candidates.first(needs).await,
            None => Ok(Site::Here),
        }
    }

    /// Takes others where none was asked for, and this machine cannot build what is needed.
    pub(in crate::pipeline) async fn look_further(&mut self, needs: &Needs) -> Result<(), Error> {
        if self.candidates.is_none()
            && let Some(builders) = self.for_a_foreign_system(needs).await?
        {
            self.take(builders);
        }
        Ok(())
    }

    /// Takes note that the builder was lost; the error where there is no other.
    pub(in crate::pipeline) fn lost(&mut self, error: Error) -> Result<(), Error> {
        match &mut self.candidates {
            Some(candidates) => candidates.lost(error),
            None => Err(error),
        }
    }

    /// Returns who may build what this machine cannot; none where it can, or where Nix was told how.
    async fn for_a_foreign_system(&self, needs: &Needs) -> Result<Option<Vec<Builder>>, Error> {
        let own = own_system();
        let told = self.work.nix.options.store.is_some() || self.work.nix.options.builders.is_some();
        if told || !self.work.options.builders.wanted.is_empty() || needs.systems.iter().all(|system| *system == own) {
            return Ok(None);
        }
        let settings = self.work.nix.read_settings(self.work.cancel).await?;
        if needs.systems.iter().all(|system| settings.builds(system)) {
            return Ok(None);
        }
        // The administrator's machines come before a guest that would have to be started.
        let machines = machines::read(&settings.builders);
        for problem in &machines.problems {
            let at = self.work.options.clock.now();
            (self.work.on_event)(&Event::warning(at, Speaker::Hinc, format!("warning: {problem}")));
        }
        let known = self.work.options.builders.known.iter().filter(|builder| !builder.kind.is_this_machine());
        let (guests, others): (Vec<&Builder>, Vec<&Builder>) =
            known.partition(|builder| builder.kind.guest().is_some());
        Ok(Some(others.into_iter().cloned().chain(machines.builders).chain(guests.into_iter().cloned()).collect()))
    }
}
