//! Which of several bases is taken: the newest whose full build is at hand, else the newest.

use super::planner::Planner;
use super::prepare::Prepared;
use super::standing::BaseFailures;
use crate::history::Bases;
use crate::model::plan::{Derivation, INTERMEDIATES, Reuse};
use crate::model::revision::{Base, BaseReason};
use crate::model::store::StorePath;
use crate::nix::Installable;
use crate::pipeline::site::{Site, Work};
use crate::pipeline::{Error, Wish};

/// A plan, the base that it builds on, and where it is carried out.
pub(in crate::pipeline) struct Planned {
    pub(in crate::pipeline) base: Base,
    pub(in crate::pipeline) prepared: Prepared,
    pub(in crate::pipeline) site: Site,
}

/// How many older bases are looked at in the place of one of which nothing is left.
const PASSED_OVER: usize = 3;

/// Plans on one base after the other, the newest first, until one's full build is at hand, in the store that builds or
/// in one that this may fetch from. Only its intermediates are asked for: a store that has the results alone is of no
/// use. Where none has any, the newest base is taken, and so it is where the full build itself is what is wanted.
///
/// Where the full build is known to fail, what compiles of it takes its place. Where that is nothing, the base of the
/// boundary before takes the place of the base, a few times; where those fail as well, it stays the newest.
pub(in crate::pipeline) async fn plan_on(
    planner: &mut Planner<'_>,
    work: Work<'_>,
    bases: &Bases,
    failures: &mut BaseFailures,
) -> Result<Planned, Error> {
    let newest = plan_on_one(planner, work, &bases.first, failures).await?;
    let is_ruined = failures.ruin(&bases.first, &newest.prepared);
    let is_certain = bases.older.is_empty() || work.options.wish == Wish::FullOnly || newest.prepared.known_to_be_built;
    if !is_ruined && (is_certain || place_of(&newest.site, work, &newest.prepared).await?.is_some()) {
        return Ok(newest);
    }
    if work.options.wish != Wish::FullOnly {
        for older in &bases.older {
            let Some(planned) = plan_on_older(planner, work, older, failures).await? else { continue };
            let Some(found_in) = place_of(&planned.site, work, &planned.prepared).await? else { continue };
            let reason = match older.reason.boundary() {
                Some(boundary) => BaseReason::Available { boundary, found_in },
                None => older.reason.clone(),
            };
            return Ok(Planned { base: Base { reason, ..older.clone() }, ..planned });
        }
    }
    if is_ruined && work.options.wish == Wish::Incremental {
        let tell = work.options.telling(work.on_event);
        let mut newer = bases.first.clone();
        for _ in 0..PASSED_OVER {
            let before = work.project.base_before(&work.options.base, &newer, &tell, work.cancel).await?;
            let Some(older) = before else { break };
            if let Some(planned) = plan_on_older(planner, work, &older, failures).await? {
                return Ok(planned);
            }
            newer = older;
        }
    }
    // What the planner remembers is of an older one.
    planner.begin_again();
    Ok(newest)
}

/// Plans on a base; on what is left of it, where full builds are known to fail.
async fn plan_on_one(
    planner: &mut Planner<'_>,
    work: Work<'_>,
    base: &Base,
    failures: &mut BaseFailures,
) -> Result<Planned, Error> {
    loop {
        let (prepared, site) = planner.plan(base, &failures.at(base)).await?;
        // What is known grows each time, and a base has so many packages and no more.
        if !failures.look(&site, work, base, &prepared).await? {
            return Ok(Planned { base: base.clone(), prepared, site });
        }
        planner.begin_again();
    }
}

/// The same for an older base; none where nothing is left of it, or where it cannot be planned on.
async fn plan_on_older(
    planner: &mut Planner<'_>,
    work: Work<'_>,
    older: &Base,
    failures: &mut BaseFailures,
) -> Result<Option<Planned>, Error> {
    planner.begin_again();
    match plan_on_one(planner, work, older, failures).await {
        Ok(planned) => Ok((!failures.ruin(older, &planned.prepared)).then_some(planned)),
        Err(error) if work.cancel.is_cancelled() => Err(error),
        // What an old commit lacks is no reason not to build on a newer one.
        Err(error) => {
            tracing::debug!(%error, commit = %older.commit, "an older base is passed over");
            Ok(None)
        }
    }
}

/// Returns where the full builds are that a plan starts from, in words; none where one of them would have to be made,
/// or where it starts from none.
///
/// A store that does not answer has none of them: to ask is no reason for a build to fail.
async fn place_of(site: &Site, work: Work<'_>, prepared: &Prepared) -> Result<Option<String>, Error> {
    match asked(site, work, prepared).await {
        Err(error) if !work.cancel.is_cancelled() => {
            tracing::debug!(%error, "whether a full build is at hand is not known");
            Ok(None)
        }
        found => found,
    }
}

async fn asked(site: &Site, work: Work<'_>, prepared: &Prepared) -> Result<Option<String>, Error> {
    let starts = starts(prepared);
    if starts.is_empty() {
        return Ok(None);
    }
    let outputs: Vec<StorePath> = starts.iter().map(|(_, path)| path.clone()).collect();
    if site.invalid(work, &outputs).await?.is_empty() {
        return Ok(Some(site.store_in_words()));
    }
    let wanted: Vec<Installable> = starts.into_iter().map(|(wanted, _)| wanted).collect();
    let would_build = site.would_build(work, &wanted).await?;
    Ok(would_build.is_empty().then(|| "a binary cache".to_owned()))
}

/// Returns the intermediates that a plan starts from.
fn starts(prepared: &Prepared) -> Vec<(Installable, StorePath)> {
    let of = |full: &Derivation| {
        let (name, path) = full.outputs.iter().find(|(name, _)| **name == INTERMEDIATES)?;
        Some((Installable { drv: full.drv.clone(), outputs: vec![name.clone()] }, path.clone()))
    };
    let candidates = prepared.candidates.iter();
    let fulls = candidates.filter_map(|candidate| match &candidate.reuse {
        Reuse::OnBase { start, .. } => of(start.derivation()),
        Reuse::Unchanged { full } => of(full),
        Reuse::Nothing { .. } => None,
    });
    fulls.collect()
}
