//! Full builds that others made, or are making: what is fetched, and who is waited for, before Nix builds.

mod caches;
mod claim;

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::time::Instant;

pub(super) use self::caches::Caches;
use self::claim::Claim;
pub(super) use self::claim::Held;
use super::planning::{BaseFailures, Prepared};
use super::push::without_parameters;
use super::site::{Site, Work};
use super::{Error, Wish};
use crate::error::in_one_line;
use crate::model::claim::{SETTLE, Step, next};
use crate::model::plan::{Candidate, Derivation, INTERMEDIATES, Reuse, Start};
use crate::model::store::StorePath;
use crate::nix::Installable;

/// How often the caches are asked while another job is at work.
const POLL: Duration = Duration::from_secs(5);

/// What was done about the full builds of a plan before it is carried out.
#[derive(Default)]
pub(super) struct Ready {
    /// What came from caches.
    pub(super) fetched: Fetched,
    /// Says to others that this job makes the others, as long as it lives.
    pub(super) claim: Option<Held>,
}

/// What came from caches, by the derivations of full builds.
#[derive(Default)]
pub(super) struct Fetched {
    /// Those whose outputs were fetched.
    pub(super) whole: BTreeSet<StorePath>,
    /// Those that fail, since what compiles of them was fetched: nobody makes that of a package that builds.
    pub(super) partial: BTreeSet<StorePath>,
}

/// What can be had of a full build.
#[derive(Clone, Copy)]
enum Part {
    /// All that is needed of it.
    Whole,
    /// What compiles of one that fails.
    Partial,
}

/// A full build that Nix would make.
struct Lacking<'a> {
    derivation: &'a Derivation,
    /// What of it is needed.
    outputs: Vec<StorePath>,
    /// The modules that compile of one that fails, where these would do.
    partial: Option<&'a StorePath>,
}

/// Fetches the full builds that Nix would make although a cache has them: it remembers for an hour that a cache has a
/// path not, and looks in no store that full builds are only sent to. With `--wait`, waits for those that another job
/// makes. Where that one fails, what compiles of it comes in its place. What goes wrong here is told, and the full build
/// is made.
/// `held` are the claims that this job has already.
pub(super) async fn make_ready(
    site: &Site,
    work: Work<'_>,
    prepared: &Prepared,
    held: &[Held],
) -> Result<Ready, Error> {
    let mut ready = Ready::default();
    let mut lacking = match lacking(site, work, prepared).await {
        Ok(lacking) if !lacking.is_empty() => lacking,
        Err(error) if !work.cancel.is_cancelled() => {
            tracing::debug!(%error, "whether a full build has to be made is not known");
            return Ok(ready);
        }
        found => return found.map(|_| ready),
    };
    let mut caches = Caches::known(work).await?;
    fetch(site, work, &mut caches, &mut lacking, &mut ready.fetched).await?;
    let Some(longest) = work.options.wait.filter(|_| !lacking.is_empty()) else { return Ok(ready) };
    let claim = match Claim::on(work, lacking.iter().flat_map(|build| &build.outputs)) {
        Ok(claim) if claim.is_one_of(held) => return Ok(ready),
        Ok(claim) => claim,
        Err(error) => {
            cannot_tell(work, &in_one_line(&error));
            return Ok(ready);
        }
    };
    ready.claim = wait(&claim, longest, site, work, &mut caches, &mut lacking, &mut ready.fetched).await?;
    Ok(ready)
}

fn cannot_tell(work: Work<'_>, why: &str) {
    let tell = work.options.telling(work.on_event);
    tell(&format!("warning: other jobs cannot be told that the full build is made here: {why}"));
}

/// Waits for what another job makes, and fetches it. Returns the claim of this job where it is the one that makes it.
async fn wait(
    claim: &Claim,
    longest: Duration,
    site: &Site,
    work: Work<'_>,
    caches: &mut Caches,
    lacking: &mut Vec<Lacking<'_>>,
    fetched: &mut Fetched,
) -> Result<Option<Held>, Error> {
    let tell = work.options.telling(work.on_event);
    let begun = Instant::now();
    let mut drawn = None;
    let mut said = false;
    loop {
        let now = claim.now();
        let seen = claim.look(work, caches, now.window, drawn).await?;
        match next(seen, drawn, now, claim.writes()) {
            Step::Build => return Ok(None),
            Step::Hold => match claim.hold().await {
                Ok(held) => return Ok(Some(held)),
                Err(why) => {
                    cannot_tell(work, &why.told());
                    return Ok(None);
                }
            },
            Step::Draw => match claim.draw(now.window).await {
                Ok(ticket) => {
                    drawn = Some(ticket);
                    pause(SETTLE, work).await;
                }
                Err(why) => {
                    cannot_tell(work, &why.told());
                    return Ok(None);
                }
            },
            Step::Later => pause(Duration::from_secs(now.left.unsigned_abs()), work).await,
            Step::Wait => {
                if !std::mem::replace(&mut said, true) {
                    tell("waiting: another job makes the full build of the base");
                }
                let left = longest.saturating_sub(begun.elapsed());
                if left.is_zero() {
                    let waited = humantime::format_duration(longest);
                    tell(&format!(
                        "warning: the full build of another job did not come in {waited}, so it is made here"
                    ));
                    return Ok(None);
                }
                pause(POLL.min(left), work).await;
            }
        }
        fetch(site, work, caches, lacking, fetched).await?;
        if lacking.is_empty() {
            return Ok(None);
        }
    }
}

/// Waits; the next program that is started says that it was cancelled.
async fn pause(length: Duration, work: Work<'_>) {
    tokio::select! {
        () = tokio::time::sleep(length) => {}
        () = work.cancel.cancelled() => {}
    }
}

/// Returns the full builds of a plan that Nix would make.
async fn lacking<'a>(site: &Site, work: Work<'_>, prepared: &'a Prepared) -> Result<Vec<Lacking<'a>>, Error> {
    let full = prepared.plan.steps.iter().filter(|step| step.kind.is_of_base()).map(|step| &step.derivation);
    let mut builds: Vec<Lacking<'_>> = full.map(|derivation| Lacking::of(derivation, work.options.wish)).collect();
    if BaseFailures::are_asked_for(work) {
        for build in &mut builds {
            build.partial = prepared.candidates.iter().find_map(|candidate| partial_of(candidate, build.derivation));
        }
    }
    let outputs: Vec<StorePath> = builds.iter().flat_map(|build| build.outputs.iter().cloned()).collect();
    let invalid = site.invalid(work, &outputs).await?;
    builds.retain(|build| build.outputs.iter().any(|output| invalid.contains(output)));
    if builds.is_empty() {
        return Ok(builds);
    }
    let wanted: Vec<Installable> = builds.iter().map(|build| build.installable(work.options.wish)).collect();
    let would_build = site.would_build(work, &wanted).await?;
    builds.retain(|build| would_build.contains(&build.derivation.drv));
    Ok(builds)
}

/// Returns the intermediates of what compiles of a package whose full build this is.
fn partial_of<'a>(candidate: &'a Candidate, full: &Derivation) -> Option<&'a StorePath> {
    match &candidate.reuse {
        Reuse::OnBase { start: Start::Full { full: own, partial }, .. } if own.drv == full.drv => {
            partial.intermediates()
        }
        _ => None,
    }
}

impl<'a> Lacking<'a> {
    fn of(derivation: &'a Derivation, wish: Wish) -> Self {
        let needed = derivation.outputs.iter().filter(|(name, _)| wish == Wish::FullOnly || **name == INTERMEDIATES);
        Self { derivation, outputs: needed.map(|(_, path)| path.clone()).collect(), partial: None }
    }

    /// Returns the paths of a part; none where there is no such part.
    fn paths(&self, part: Part) -> impl Iterator<Item = &StorePath> {
        let (whole, partial) = match part {
            Part::Whole => (self.outputs.as_slice(), None),
            Part::Partial => (&[][..], self.partial),
        };
        whole.iter().chain(partial)
    }

    /// Whether a cache has a part, given what it has.
    fn is_in(&self, there: &BTreeSet<StorePath>, part: Part) -> bool {
        self.paths(part).next().is_some() && self.paths(part).all(|path| there.contains(path))
    }

    fn installable(&self, wish: Wish) -> Installable {
        let outputs = match wish {
            Wish::FullOnly => Vec::new(),
            _ => self.derivation.outputs.keys().filter(|name| **name == INTERMEDIATES).cloned().collect(),
        };
        Installable { drv: self.derivation.drv.clone(), outputs }
    }
}

/// Fetches those that a cache has, and takes them off the list.
async fn fetch(
    site: &Site,
    work: Work<'_>,
    caches: &mut Caches,
    lacking: &mut Vec<Lacking<'_>>,
    fetched: &mut Fetched,
) -> Result<(), Error> {
    let tell = work.options.telling(work.on_event);
    let outputs = lacking.iter().flat_map(|build| build.outputs.iter().chain(build.partial)).cloned();
    let answers = caches.having(work, &outputs.collect::<Vec<_>>()).await?;
    // What compiles is of use only where no cache has all of it.
    let each =
        [Part::Whole, Part::Partial].into_iter().flat_map(|part| answers.iter().map(move |answer| (part, answer)));
    for (part, (uri, there)) in each {
        if caches.is_given_up(uri) {
            continue;
        }
        let found = |build: &Lacking<'_>| build.is_in(there, part);
        let paths: Vec<StorePath> =
            lacking.iter().filter(|build| found(build)).flat_map(|build| build.paths(part)).cloned().collect();
        if paths.is_empty() {
            continue;
        }
        match site.fetch_from(work, uri, &paths).await {
            Ok(()) => {
                let came = match part {
                    Part::Whole => &mut fetched.whole,
                    Part::Partial => &mut fetched.partial,
                };
                came.extend(lacking.extract_if(.., |build| found(build)).map(|build| build.derivation.drv.clone()));
            }
            Err(error) if work.cancel.is_cancelled() => return Err(error),
            Err(error) => {
                let cache = without_parameters(uri);
                tell(&format!("warning: the full build in `{cache}` cannot be fetched: {}", in_one_line(&error)));
                caches.failed(uri);
            }
        }
    }
    Ok(())
}
