//! From what was asked for to a plan and the place where it is carried out.

use super::candidates::{Candidates, Needs, own_system};
use super::{Site, Work};
use crate::builder::machines;
use crate::model::builder::Builder;
use crate::model::event::{Event, Speaker};
use crate::model::revision::Base;
use crate::nix::toolchain::remote::detect_on;
use crate::pipeline::error::Error;
use crate::pipeline::options::Target;
use crate::pipeline::prepare::{Ghc, Prepared, prepare};
use crate::pipeline::realise::is_here;

/// The places where a plan may be carried out, one after another.
pub(in crate::pipeline) struct Sites<'a> {
    work: Work<'a>,
    /// None as long as this machine builds.
    candidates: Option<Candidates<'a>>,
    /// The plan of a builder that was lost, where it is as good for the next one.
    plan: Option<Prepared>,
}

impl<'a> Sites<'a> {
    /// Takes the machines that were asked for.
    pub(in crate::pipeline) fn new(work: Work<'a>) -> Self {
        let wanted = &work.options.builders.wanted;
        let only_here = wanted.iter().all(|builder| builder.kind.is_this_machine());
        let mut sites = Self { work, candidates: None, plan: None };
        if !only_here {
            sites.take(wanted.clone());
        }
        sites
    }

    fn take(&mut self, builders: Vec<Builder>) {
        let Work { options, on_event, cancel, .. } = self.work;
        self.candidates = Some(Candidates::new(builders, options, on_event, cancel));
    }

    /// Returns a plan and the place for it. A builder is started or asked only where there is something to build,
    /// or where its compiler goes into the derivations.
    pub(in crate::pipeline) async fn prepare(&mut self, base: &Base) -> Result<(Prepared, Site), Error> {
        let work = self.work;
        if self.candidates.is_some() && matches!(work.options.target, Target::Host { .. }) {
            return self.prepare_for_its_ghc(base).await;
        }
        let mut prepared = match self.plan.take() {
            Some(prepared) => prepared,
            None if self.candidates.is_some() => match prepare(work, base, Ghc::Nowhere).await {
                // A Nix file may use hinc's own builder for some packages.
                Err(Error::Nix(error)) if error.wants_a_ghc() => return self.prepare_for_its_ghc(base).await,
                prepared => prepared?,
            },
            None => prepare(work, base, Ghc::Here).await?,
        };
        if prepared.known_to_be_built {
            return Ok((prepared, Site::Here));
        }
        let needs = Needs::of(&prepared.plan);
        if self.candidates.is_none()
            && let Some(builders) = self.for_a_foreign_system(&needs).await?
        {
            self.take(builders);
        }
        let Some(candidates) = &mut self.candidates else { return Ok((prepared, Site::Here)) };
        let full_only = work.options.wish == crate::plan::Wish::FullOnly;
        if !full_only && is_here(work, &prepared.plan).await? {
            return Ok((prepared, Site::Here));
        }
        let site = candidates.first(&needs).await?;
        if let Some(elsewhere) = site.elsewhere()
            && prepared.host.is_some()
        {
            // A builder for this machine's own system too could take a derivation that describes this machine's GHC,
            // and build it with its own: so that one goes into none.
            if elsewhere.facts.systems.contains(&own_system()) {
                return Box::pin(self.prepare(base)).await;
            }
            // Nor is the sandbox there to show the folders of this machine's GHC.
            prepared.host = None;
        }
        self.plan = Some(prepared.clone());
        Ok((prepared, site))
    }

    /// Asks the first builder for its GHC, which goes into the derivations.
    async fn prepare_for_its_ghc(&mut self, base: &Base) -> Result<(Prepared, Site), Error> {
        let work = self.work;
        let site = match &mut self.candidates {
            Some(candidates) => candidates.first(&Needs::default()).await?,
            None => Site::Here,
        };
        let ghc = match site.elsewhere() {
            None => Ghc::Here,
            Some(elsewhere) => Ghc::There(detect_on(&elsewhere.connection, work.cancel).await?),
        };
        Ok((prepare(work, base, ghc).await?, site))
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
