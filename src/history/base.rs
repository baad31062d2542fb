//! Chooses the base of a head.

use super::error::Error;
use super::head::{commit_id, resolve, tree_and_time};
use super::repository::Repository;
use super::walk::{Walk, distance, newest_at};
use crate::model::interval::Interval;
use crate::model::revision::{BASE_SCHEMA_VERSION, Base, BaseReason, Head};

/// How the base is chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The length of the pieces of time whose commits share a base.
    pub interval: Interval,
    /// Which parents the walk follows.
    pub walk: Walk,
    /// A revision to take instead (`--base`). It need not be an ancestor of head: any two
    /// commits of a package have modules in common, and the build is right with any base.
    pub pinned: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self { interval: Interval::DAY, walk: Walk::FirstParent, pinned: None }
    }
}

/// Returns the base of a head: the first commit of the walk from it whose committer time is
/// at or before the boundary that head's own committer time gives. So it follows from
/// the commit and the interval alone, whenever and wherever it is asked for. Where no commit
/// is old enough it is a root; see [`newest_at`].
///
/// The distance of a pinned base that the walk does not meet is 0.
pub fn base(repository: &Repository, head: &Head, options: &Options) -> Result<Base, Error> {
    let boundary = options.interval.boundary(head.committer_time);
    let (commit, distance, reason) = if let Some(revision) = &options.pinned {
        let pinned = resolve(repository, revision)?;
        let distance = distance(repository, &head.commit, pinned, options.walk)?;
        (commit_id(pinned)?, distance.unwrap_or(0), BaseReason::Pinned)
    } else {
        let found = newest_at(repository, &head.commit, boundary, options.walk)?;
        let reason = if found.is_root { BaseReason::Root } else { BaseReason::BeforeBoundary };
        (found.commit, found.distance, reason)
    };
    let id = gix::ObjectId::from_hex(commit.as_str().as_bytes())
        .map_err(|_| Error::DamagedCommit { commit: commit.to_string() })?;
    let (tree, committer_time) = tree_and_time(repository, id)?;
    Ok(Base {
        schema_version: BASE_SCHEMA_VERSION,
        commit,
        tree,
        committer_time,
        boundary,
        interval_seconds: options.interval,
        head: head.commit.clone(),
        distance,
        reason,
    })
}
