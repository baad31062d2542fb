//! Chooses the base of a head.

use super::error::Error;
use super::fetch::Fetching;
use super::head::{commit_id, object_id, resolve, tree_and_time};
use super::interval;
use super::main_line::MainLine;
use super::policy::{BasePolicy, Circumstances, From};
use super::repository::Repository;
use super::walk::{Found, FoundEach, Walk, distance, newest_at, newest_at_each};
use crate::model::build_cost::BuildCost;
use crate::model::interval::Interval;
use crate::model::interval_choice::{IntervalChoice, IntervalSetting};
use crate::model::revision::{BASE_SCHEMA_VERSION, Base, BaseReason, CommitId, Head};

/// How the base is chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The length of the pieces of time whose commits share a base.
    pub interval: IntervalSetting,
    /// Which parents the walk follows.
    pub walk: Walk,
    /// Where the walk begins, and how many boundaries count.
    pub policy: BasePolicy,
    /// What the policy may know.
    pub circumstances: Circumstances,
    /// Whether what the clone lacks may be fetched.
    pub fetching: Fetching,
    /// The time to choose for, in seconds since 1970-01-01 00:00 UTC, in place of the committer time of the commit that the
    /// walk begins at: so the base is that of a commit which is made then. Older ones are no answer to that.
    pub as_of: Option<i64>,
    /// A revision to take instead (`--base`). It need not be an ancestor of head: any two
    /// commits of a package have modules in common, and the build is right with any base.
    pub pinned: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            interval: IntervalSetting::Fixed(Interval::DAY),
            walk: Walk::FirstParent,
            policy: BasePolicy::default(),
            circumstances: Circumstances::default(),
            fetching: Fetching::Never,
            as_of: None,
            pinned: None,
        }
    }
}

/// What can be the base.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bases {
    /// The base, unless the full build of another one is at hand and its own is not.
    pub first: Base,
    /// Older ones, the newest first, each with its boundary.
    pub older: Vec<Base>,
}

impl Bases {
    /// Returns all of them, the newest first.
    pub fn iter(&self) -> impl Iterator<Item = &Base> {
        std::iter::once(&self.first).chain(&self.older)
    }
}

/// Returns what can be the base of a head: for each boundary the first commit of the walk whose committer time is at or
/// before it. It follows from the commit, the main line and the settings, whenever and wherever it is asked for. Where
/// no commit is old enough it is a root; see [`super::newest_at`].
///
/// The distance of a base that the walk does not meet is 0.
pub fn bases(repository: &Repository, head: &Head, options: &Options) -> Result<Bases, Error> {
    if let Some(revision) = &options.pinned {
        let pinned = resolve(repository, revision)?;
        let distance = steps(distance(repository, &head.commit, pinned, options.walk), options)?;
        // It plays no part here, and need not be chosen.
        let interval = match options.interval {
            IntervalSetting::Fixed(interval) => interval,
            IntervalSetting::Auto => Interval::DAY,
        };
        let found = (commit_id(pinned)?, distance, BaseReason::Pinned);
        let first = describe(repository, head, (interval, None), found)?;
        return Ok(Bases { first, older: Vec::new() });
    }

    let rule = options.policy.rule(&options.circumstances);
    let start = Start::of(repository, head, &rule.from)?;
    let (interval, choice) = match options.interval {
        IntervalSetting::Fixed(interval) => (interval, None),
        IntervalSetting::Auto => {
            let choice = interval::choose(repository, (&start.commit, start.time(options)), &BuildCost::ASSUMED)?;
            (choice.interval_seconds, Some(choice))
        }
    };
    let count = if options.as_of.is_some() { 1 } else { rule.boundaries };
    let boundaries = interval.last_boundaries(start.time(options), count);
    let FoundEach { found: met, unknown } = newest_at_each(repository, &start.commit, &boundaries, options.walk)?;
    let mut bases: Vec<Base> = Vec::new();
    for (met, boundary) in met.into_iter().zip(boundaries) {
        if bases.last().is_none_or(|newer| newer.commit != met.commit) {
            bases.push(start.base(repository, head, options, (interval, choice.clone()), met, boundary)?);
        }
    }
    if let Some(unknown) = unknown {
        return Err(unknown);
    }
    let mut bases = bases.into_iter();
    // Every walk over a whole history ends at a root.
    let first = bases.next().ok_or_else(|| Error::DamagedCommit { commit: start.commit.to_string() })?;
    Ok(Bases { first, older: bases.collect() })
}

/// Returns the interval that is the cheapest for a head, by what builds cost. With [`BuildCost::ASSUMED`] it is the one
/// of [`IntervalSetting::Auto`].
pub fn cheapest_interval(
    repository: &Repository,
    head: &Head,
    options: &Options,
    cost: &BuildCost,
) -> Result<IntervalChoice, Error> {
    let start = Start::of(repository, head, &options.policy.rule(&options.circumstances).from)?;
    interval::choose(repository, (&start.commit, start.time(options)), cost)
}

/// Returns the base of the boundary before a base, which is an older commit; none where the user named the base, or it is
/// a root. As [`bases`], it follows from the commit, the main line and the settings.
pub fn base_before(
    repository: &Repository,
    head: &Head,
    options: &Options,
    base: &Base,
) -> Result<Option<Base>, Error> {
    let is_last = matches!(base.reason, BaseReason::Pinned | BaseReason::Root { .. } | BaseReason::Newer(_));
    let Some(time) = base.committer_time.checked_sub(1).filter(|_| !is_last) else { return Ok(None) };
    let start = Start::of(repository, head, &options.policy.rule(&options.circumstances).from)?;
    let boundary = base.interval_seconds.boundary(time);
    let met = newest_at(repository, &start.commit, boundary, options.walk)?;
    // Where no commit is that old, the base itself can be the first root.
    if met.commit == base.commit {
        return Ok(None);
    }
    start
        .base(repository, head, options, (base.interval_seconds, base.interval_choice.clone()), met, boundary)
        .map(Some)
}

/// Where the walk begins.
struct Start {
    commit: CommitId,
    committer_time: i64,
    /// What the main line is called, where head left it there.
    fork: Option<String>,
}

impl Start {
    fn of(repository: &Repository, head: &Head, from: &From) -> Result<Self, Error> {
        let at_head = || Self { commit: head.commit.clone(), committer_time: head.committer_time, fork: None };
        let From::Fork(against) = from else { return Ok(at_head()) };
        let main_line = MainLine::of(repository, head, against)?;
        let (commit, committer_time) = main_line.fork(repository, head)?;
        Ok(if commit == head.commit { at_head() } else { Self { commit, committer_time, fork: Some(main_line.name) } })
    }

    /// Returns the time that boundaries are counted from.
    fn time(&self, options: &Options) -> i64 {
        options.as_of.unwrap_or(self.committer_time)
    }

    /// Returns a commit that the walk met as the base that a boundary gives.
    fn base(
        &self,
        repository: &Repository,
        head: &Head,
        options: &Options,
        interval: (Interval, Option<IntervalChoice>),
        met: Found,
        boundary: i64,
    ) -> Result<Base, Error> {
        let distance = if self.fork.is_some() {
            // What a branch merged of the main line is met by way of second parents.
            let base = object_id(&met.commit)?;
            steps(distance(repository, &head.commit, base, Walk::AllParents), options)?
        } else {
            met.distance
        };
        let reason = match &self.fork {
            _ if met.is_root => BaseReason::Root { boundary },
            None => BaseReason::BeforeBoundary { boundary },
            Some(against) => {
                BaseReason::MergeBase { boundary, merge_base: self.commit.clone(), against: against.clone() }
            }
        };
        describe(repository, head, interval, (met.commit, distance, reason))
    }
}

/// Returns a distance, 0 where there is none. No build depends on it: a clone that lacks what lies between is no error
/// unless the rest may be fetched.
fn steps(distance: Result<Option<u64>, Error>, options: &Options) -> Result<u64, Error> {
    match distance {
        Err(Error::Shallow { .. }) if options.fetching == Fetching::Never => Ok(0),
        distance => Ok(distance?.unwrap_or(0)),
    }
}

fn describe(
    repository: &Repository,
    head: &Head,
    (interval_seconds, interval_choice): (Interval, Option<IntervalChoice>),
    (commit, distance, reason): (CommitId, u64, BaseReason),
) -> Result<Base, Error> {
    let (tree, committer_time) = tree_and_time(repository, object_id(&commit)?)?;
    Ok(Base {
        schema_version: BASE_SCHEMA_VERSION,
        commit,
        tree,
        committer_time,
        interval_seconds,
        interval_choice,
        head: head.commit.clone(),
        distance,
        reason,
    })
}
