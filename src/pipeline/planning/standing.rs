//! Which full builds of bases fail, as far as this run knows.

use std::collections::{BTreeMap, BTreeSet};

use super::prepare::Prepared;
use crate::model::base_failure::{BaseFailure, Failing, Known, Left};
use crate::model::event::{Event, Speaker};
use crate::model::name::PackageName;
use crate::model::plan::{Derivation, INTERMEDIATES, Kind, Reuse, Start};
use crate::model::record::Build;
use crate::model::revision::{Base, CommitId};
use crate::model::store::StorePath;
use crate::nix::Installable;
use crate::pipeline::failed_bases::{FailedBases, Remembered};
use crate::pipeline::site::{Site, Work};
use crate::pipeline::{Error, Wish};
use crate::plan;
use crate::report;

/// The full builds that fail.
pub(in crate::pipeline) struct BaseFailures {
    remembered: FailedBases,
    known: Vec<BaseFailure>,
    /// Those that the user was told of.
    told: Vec<BaseFailure>,
    /// Which of the packages that are wanted could be built on a base, as long as nothing was known to fail.
    hoped: BTreeMap<CommitId, BTreeSet<PackageName>>,
}

/// The full build of one package of a base, and what is taken in its place.
struct Helper<'a> {
    package: &'a PackageName,
    full: &'a Derivation,
    partial: &'a Derivation,
}

impl Helper<'_> {
    /// Returns its failure, with what an earlier run knew of it.
    fn failure(&self, base: &Base, left: Left, known: Known, before: Option<Remembered>) -> BaseFailure {
        let (phase, error) = before.map(|before| (before.phase, before.error)).unwrap_or_default();
        BaseFailure {
            commit: base.commit.clone(),
            package: self.package.clone(),
            drv: self.full.drv.clone(),
            left,
            known,
            phase,
            error,
        }
    }
}

impl BaseFailures {
    /// Begins with what earlier runs left.
    pub(in crate::pipeline) fn new(work: Work<'_>) -> Self {
        let remembered = FailedBases::below(work.options.state.as_deref());
        Self { remembered, known: Vec::new(), told: Vec::new(), hoped: BTreeMap::new() }
    }

    /// Whether what is known of them counts: who wants the full build itself, or asks for it, wants it to be tried.
    pub(in crate::pipeline) fn are_asked_for(work: Work<'_>) -> bool {
        work.options.wish == Wish::Incremental && !work.options.retry_base
    }

    /// Returns those of a base by their packages.
    pub(super) fn at(&self, base: &Base) -> Failing {
        Failing::at(&base.commit, &self.known)
    }

    /// Whether there is something left of a base whose full builds fail.
    pub(in crate::pipeline) fn leave_modules(&self, base: &Base) -> bool {
        !self.at(base).partial.is_empty()
    }

    /// Whether none of a base may be the fault of the machine.
    pub(in crate::pipeline) fn are_its_own(&self, base: &Base) -> bool {
        self.known.iter().filter(|failure| failure.commit == base.commit).all(|failure| failure.left != Left::Unknown)
    }

    /// Says which full builds fail, and what that means for head, but for what was said before in the same words.
    pub(in crate::pipeline) fn tell(&mut self, work: Work<'_>, base: &Base) {
        for failure in &self.known {
            if !self.told.contains(failure) {
                let text = format!("note: {}", report::base_failure(failure, &base.commit));
                (work.on_event)(&Event::warning(work.options.clock.now(), Speaker::Hinc, text));
                self.told.push(failure.clone());
            }
        }
    }

    /// Returns all of them, in the order in which they came to be known.
    pub(in crate::pipeline) fn all(&self) -> &[BaseFailure] {
        &self.known
    }

    /// The same.
    pub(in crate::pipeline) fn into_all(self) -> Vec<BaseFailure> {
        self.known
    }

    /// Whether a base is passed over for an older one.
    pub(super) fn ruin(&self, base: &Base, prepared: &Prepared) -> bool {
        let here = self.known.iter().filter(|failure| failure.commit == base.commit);
        self.hoped.get(&base.commit).is_some_and(|hoped| plan::is_ruined(hoped, &prepared.candidates, here))
    }

    /// Looks for full builds that are known to fail: those of whose modules a store or a cache has what compiles, and
    /// not all, and those that failed before and that no cache has. Returns whether there are any.
    ///
    /// A store that does not answer has nothing: to ask is no reason for a build to fail.
    pub(super) async fn look(
        &mut self,
        site: &Site,
        work: Work<'_>,
        base: &Base,
        prepared: &Prepared,
    ) -> Result<bool, Error> {
        if prepared.known_to_be_built {
            return Ok(false);
        }
        self.hope(base, prepared);
        if !Self::are_asked_for(work) {
            return Ok(false);
        }
        match self.known(site, work, base, prepared).await {
            Err(error) if !work.cancel.is_cancelled() => {
                tracing::debug!(%error, "whether a full build fails is not known");
                Ok(false)
            }
            found => {
                let found = found?;
                let any = !found.is_empty();
                self.known.extend(found);
                Ok(any)
            }
        }
    }

    fn hope(&mut self, base: &Base, prepared: &Prepared) {
        let on_base = |reuse: &Reuse| matches!(reuse, Reuse::OnBase { .. });
        let wanted = prepared.candidates.iter().filter(|candidate| candidate.wanted && on_base(&candidate.reuse));
        let names = wanted.map(|candidate| candidate.name.clone()).collect();
        self.hoped.entry(base.commit.clone()).or_insert(names);
    }

    async fn known(
        &self,
        site: &Site,
        work: Work<'_>,
        base: &Base,
        prepared: &Prepared,
    ) -> Result<Vec<BaseFailure>, Error> {
        let mut helpers = helpers(prepared);
        let paths: Vec<StorePath> = helpers.iter().filter_map(|helper| helper.full.intermediates()).cloned().collect();
        let missing = site.invalid(work, &paths).await?;
        helpers.retain(|helper| helper.full.intermediates().is_some_and(|path| missing.contains(path)));
        // What can be fetched need not be built.
        let to_build = would_build(site, work, helpers.iter().flat_map(|helper| [helper.full, helper.partial])).await?;
        helpers.retain(|helper| to_build.contains(&helper.full.drv));
        let now = work.options.clock.now();
        let found = helpers.into_iter().filter_map(|helper| {
            let before = self.remembered.recall(&helper.full.drv, now);
            let there = !to_build.contains(&helper.partial.drv);
            let (left, known) = match &before {
                _ if there => (Left::Modules, Known::PartialBuild),
                Some(before) => (before.left, Known::EarlierBuild),
                None => return None,
            };
            Some(helper.failure(base, left, known, before))
        });
        Ok(found.collect())
    }

    /// Takes note of full builds that fail by their derivations, since what compiles of them was fetched.
    pub(in crate::pipeline) fn are_partial(
        &mut self,
        work: Work<'_>,
        base: &Base,
        prepared: &Prepared,
        full: &BTreeSet<StorePath>,
    ) {
        let now = work.options.clock.now();
        for helper in helpers(prepared).iter().filter(|helper| full.contains(&helper.full.drv)) {
            let before = self.remembered.recall(&helper.full.drv, now);
            self.known.push(helper.failure(base, Left::Modules, Known::PartialBuild, before));
        }
    }

    /// Takes note of which full and partial builds of a base failed, as far as it is `certain`, and remembers what later runs can rely on. Returns
    /// whether anything came to be known by it.
    pub(in crate::pipeline) fn learn(
        &mut self,
        work: Work<'_>,
        base: &Base,
        builds: &[Build],
        certain: &BTreeSet<StorePath>,
    ) -> bool {
        let before = self.known.clone();
        let is_of_base = |build: &Build| {
            let wanted_alone = work.options.wish == Wish::FullOnly && build.kind.is_of_base();
            build.is_helper() || wanted_alone
        };
        let failed = builds.iter().filter(|build| is_of_base(build) && build.failed_by_itself());
        for build in failed.filter(|build| certain.contains(&build.drv)) {
            let Some(failure) = &build.failure else { continue };
            let left = plan::left_of(build.kind, failure);
            let is_it = |known: &&mut BaseFailure| known.commit == base.commit && known.package == build.package;
            match self.known.iter_mut().find(is_it) {
                Some(known) if build.kind == Kind::Partial => known.left = left,
                Some(_) => {}
                None => self.known.push(BaseFailure {
                    commit: base.commit.clone(),
                    package: build.package.clone(),
                    drv: build.drv.clone(),
                    left,
                    known: Known::ThisBuild,
                    phase: failure.phase.clone(),
                    error: Some(failure.errors.first().unwrap_or(&failure.message).clone()),
                }),
            }
        }
        let now = work.options.clock.now();
        for failure in self.known.iter().filter(|failure| !before.contains(failure)) {
            let BaseFailure { drv, left, phase, error, .. } = failure;
            self.remembered.remember(drv, now, *left, phase.as_deref(), error.as_deref());
        }
        self.known != before
    }
}

/// Returns the full builds that a plan starts from.
fn helpers(prepared: &Prepared) -> Vec<Helper<'_>> {
    let candidates = prepared.candidates.iter();
    let helpers = candidates.filter_map(|candidate| match &candidate.reuse {
        Reuse::OnBase { start: Start::Full { full, partial }, .. } => {
            Some(Helper { package: &candidate.name, full, partial })
        }
        Reuse::OnBase { start: Start::Partial(_), .. } | Reuse::Unchanged { .. } | Reuse::Nothing { .. } => None,
    });
    helpers.collect()
}

/// Returns what would be built for the intermediates of some builds; asks nobody where there are none.
async fn would_build(
    site: &Site,
    work: Work<'_>,
    builds: impl Iterator<Item = &Derivation>,
) -> Result<BTreeSet<StorePath>, Error> {
    let wanted: Vec<Installable> = builds
        .filter_map(|build| {
            let (name, _) = build.outputs.iter().find(|(name, _)| **name == INTERMEDIATES)?;
            Some(Installable { drv: build.drv.clone(), outputs: vec![name.clone()] })
        })
        .collect();
    if wanted.is_empty() {
        return Ok(BTreeSet::new());
    }
    site.would_build(work, &wanted).await
}
