//! From what was asked for to a plan, and the site where it is carried out.

use super::prepare::{Ghc, Prepared, prepare};
use crate::model::base_failure::Failing;
use crate::model::revision::Base;
use crate::nix::toolchain::remote::detect_on;
use crate::pipeline::options::Target;
use crate::pipeline::realise::is_here;
use crate::pipeline::site::{Needs, Site, Sites, Work, own_system};
use crate::pipeline::{Error, Wish};

/// Plans, and plans again where a site was lost.
pub(in crate::pipeline) struct Planner<'a> {
    work: Work<'a>,
    sites: Sites<'a>,
    /// The plan of a site that was lost, where it is as good for the next one.
    plan: Option<Prepared>,
}

impl<'a> Planner<'a> {
    /// Begins.
    pub(in crate::pipeline) fn new(work: Work<'a>) -> Self {
        Self { work, sites: Sites::new(work), plan: None }
    }

    /// Returns a plan and the site for it. A builder is started or asked only where there is something to build, or
    /// where its compiler goes into the derivations.
    pub(in crate::pipeline) async fn plan(
        &mut self,
        base: &Base,
        failing: &Failing,
    ) -> Result<(Prepared, Site), Error> {
        let work = self.work;
        if self.sites.are_elsewhere() && matches!(work.options.target, Target::Host { .. }) {
            return self.plan_for_its_ghc(base, failing).await;
        }
        let mut prepared = match self.plan.take() {
            Some(prepared) => prepared,
            None if self.sites.are_elsewhere() => match prepare(work, base, failing, Ghc::Nowhere).await {
                // A Nix file may use hinc's own builder for some packages.
                Err(Error::Nix(error)) if error.wants_a_ghc() => return self.plan_for_its_ghc(base, failing).await,
                prepared => prepared?,
            },
            None => prepare(work, base, failing, Ghc::Here).await?,
        };
        if prepared.known_to_be_built {
            return Ok((prepared, Site::Here));
        }
        let needs = Needs::of(&prepared.plan);
        self.sites.look_further(&needs).await?;
        let full_only = work.options.wish == Wish::FullOnly;
        if self.sites.are_elsewhere() && !full_only && is_here(work, &prepared.plan).await? {
            return Ok((prepared, Site::Here));
        }
        let site = self.sites.first(&needs).await?;
        let Some(elsewhere) = site.elsewhere() else { return Ok((prepared, site)) };
        if prepared.host.is_some() {
            // A builder for this machine's own system too could take a derivation that describes this machine's GHC,
            // and build it with its own: so that one goes into none.
            if elsewhere.facts.systems.contains(&own_system()) {
                return Box::pin(self.plan(base, failing)).await;
            }
            // Nor is the sandbox there to show the folders of this machine's GHC.
            prepared.host = None;
        }
        self.plan = Some(prepared.clone());
        Ok((prepared, site))
    }

    /// Forgets the plan, since the next one is for another base, or for what is left of it.
    pub(in crate::pipeline) fn begin_again(&mut self) {
        self.plan = None;
    }

    /// Asks the first site for its GHC, which goes into the derivations.
    async fn plan_for_its_ghc(&mut self, base: &Base, failing: &Failing) -> Result<(Prepared, Site), Error> {
        let site = self.sites.first(&Needs::default()).await?;
        let ghc = match site.elsewhere() {
            None => Ghc::Here,
            Some(elsewhere) => Ghc::There(detect_on(&elsewhere.connection, self.work.cancel).await?),
        };
        Ok((prepare(self.work, base, failing, ghc).await?, site))
    }

    /// Takes note that the site was lost; the error where there is no other.
    pub(in crate::pipeline) fn lost(&mut self, error: Error) -> Result<(), Error> {
        self.sites.lost(error)
    }
}
