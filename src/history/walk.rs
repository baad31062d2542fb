//! Walks back from a commit to the newest one at or before a boundary.
//!
//! The order is that of `git rev-list` without a topological option: of all commits whose
//! child was visited, the one with the newest committer time comes next, and of those with
//! equal times the one that was met first (`process_parents` and `get_revision_1` in git's
//! `revision.c`, over the stable queue of `prio-queue.c`). gix's own walk is not used:
//! its heap does not keep the order of equal times, and its cutoff means `--since`.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::ops::Range;

use gix::ObjectId;
use gix::commitgraph::{Graph, Position};
use gix::objs::Find as _;

use super::commit;
use super::error::Error;
use super::repository::Repository;
use crate::model::revision::CommitId;

/// What the cache of delta bases may hold; git's own `core.deltaBaseCacheLimit` is 96 MiB.
const PACK_CACHE: usize = 96 << 20;

/// A commit-graph keeps 34 bits of a time. From half of that on (the year 2242) the
/// commit itself is asked, so that times before 1970, which wrap around there, are right.
const GRAPH_TIME_TRUSTED_BELOW: i64 = 1 << 33;

/// Which parents a walk follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Walk {
    /// The first parent of each commit: the commits that stood at the tip of the branch.
    #[default]
    FirstParent,
    /// All parents.
    AllParents,
}

/// Where a walk ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The commit.
    pub commit: CommitId,
    /// Its committer time, in seconds since 1970-01-01 00:00 UTC.
    pub committer_time: i64,
    /// How many commits the walk met before it.
    pub distance: u64,
    /// Whether no commit is as old as the boundary, and this is the first root that was met.
    pub is_root: bool,
}

/// What a walk found for several boundaries.
#[derive(Debug)]
pub struct FoundEach {
    /// For each boundary the commit, in the order of the boundaries. Shorter than their list where the walk came to
    /// the root, which stands for all that follow, or to where a shallow clone ends.
    pub found: Vec<Found>,
    /// Why the rest is unknown: the clone is shallow, [`Error::Shallow`].
    pub unknown: Option<Error>,
}

/// Returns the first commit of the walk from `start` whose committer time is at or before
/// `boundary`: what `git rev-list -1 --min-age=<boundary> [--first-parent] <start>` prints.
/// Where there is none, the first root that the walk met: what `git rev-list -1
/// --max-parents=0 [--first-parent] <start>` prints.
///
/// In a shallow clone the answer is given if it is that of the whole history, which is so
/// unless a commit without its parents came before it; else it is [`Error::Shallow`].
pub fn newest_at(repository: &Repository, start: &CommitId, boundary: i64, walk: Walk) -> Result<Found, Error> {
    let FoundEach { mut found, unknown } = newest_at_each(repository, start, &[boundary], walk)?;
    // Every walk over a whole history ends at a root.
    found.pop().ok_or_else(|| unknown.unwrap_or_else(|| Error::DamagedCommit { commit: start.to_string() }))
}

/// Returns what [`newest_at`] does for each of several boundaries, the newest first, in one walk.
pub fn newest_at_each(
    repository: &Repository,
    start: &CommitId,
    boundaries: &[i64],
    walk: Walk,
) -> Result<FoundEach, Error> {
    let mut commits = Commits::from(repository, start, walk)?;
    let mut found = Vec::new();
    let mut root = None;
    while let Some(met) = commits.next() {
        while boundaries.get(found.len()).is_some_and(|boundary| met.committer_time <= *boundary) {
            found.push(commits.found(&met, false)?);
        }
        if found.len() == boundaries.len() {
            return Ok(FoundEach { found, unknown: None });
        }
        if commits.is_shallow(&met) {
            let commit = commits.id(&met.name)?.to_hex_with_len(10).to_string();
            return Ok(FoundEach { found, unknown: Some(Error::Shallow { commit }) });
        }
        let is_root = commits.follow(&met)?;
        if is_root && root.is_none() {
            root = Some(met);
        }
    }
    if let Some(met) = root {
        found.push(commits.found(&met, true)?);
    }
    Ok(FoundEach { found, unknown: None })
}

/// Returns how many commits the walk from `start` meets before `target`, none where it
/// does not meet it. In a shallow clone it is that of the whole history, or [`Error::Shallow`].
pub(super) fn distance(
    repository: &Repository,
    start: &CommitId,
    target: ObjectId,
    walk: Walk,
) -> Result<Option<u64>, Error> {
    let mut commits = Commits::from(repository, start, walk)?;
    let target = commits.name(target);
    while let Some(met) = commits.next() {
        if met.name == target {
            return Ok(Some(met.distance));
        }
        if commits.is_shallow(&met) {
            return Err(Error::Shallow { commit: commits.id(&met.name)?.to_hex_with_len(10).to_string() });
        }
        commits.follow(&met)?;
    }
    Ok(None)
}

/// Returns how many commits are reachable from one: what `git rev-list --count <start>` prints. None in a shallow
/// clone that lacks some of them.
pub fn count(repository: &Repository, start: &CommitId) -> Result<Option<u64>, Error> {
    let mut commits = Commits::from(repository, start, Walk::AllParents)?;
    while let Some(met) = commits.next() {
        if commits.is_shallow(&met) {
            return Ok(None);
        }
        commits.follow(&met)?;
    }
    Ok(Some(commits.met))
}

/// How a commit is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Name {
    /// By its place in the commit-graph, which knows all ancestors of what it knows.
    Graph(Position),
    /// By the name of its object.
    Object(ObjectId),
}

/// A commit that the walk came to.
pub(super) struct Met {
    pub(super) name: Name,
    pub(super) committer_time: i64,
    distance: u64,
    /// Where in `Commits::parents` its parents lie; unused for one of the commit-graph.
    parents: Range<usize>,
}

/// A commit that waits for its turn.
struct Waiting {
    committer_time: i64,
    /// Of equal times the one that came first goes first.
    arrival: Reverse<u64>,
    name: Name,
    /// Where in `Commits::parents` its parents lie; unused for one of the commit-graph.
    parents: Range<usize>,
}

impl Waiting {
    const fn rank(&self) -> (i64, Reverse<u64>) {
        (self.committer_time, self.arrival)
    }
}

impl PartialEq for Waiting {
    fn eq(&self, other: &Self) -> bool {
        self.rank() == other.rank()
    }
}

impl Eq for Waiting {}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Waiting {
    fn cmp(&self, other: &Self) -> Ordering {
        self.rank().cmp(&other.rank())
    }
}

/// The commits reachable from one, in the order of the walk.
pub(super) struct Commits<'r> {
    repository: &'r Repository,
    objects: gix::OdbHandle,
    graph: Option<Graph>,
    shallow: Option<gix::shallow::Commits>,
    /// How many parents of a commit are followed.
    followed: usize,
    queue: BinaryHeap<Waiting>,
    seen_in_graph: Vec<bool>,
    seen: gix::hashtable::HashSet<ObjectId>,
    parents: Vec<ObjectId>,
    positions: Vec<Position>,
    buffer: Vec<u8>,
    arrivals: u64,
    met: u64,
}

impl<'r> Commits<'r> {
    pub(super) fn from(repository: &'r Repository, start: &CommitId, walk: Walk) -> Result<Self, Error> {
        let git = repository.git();
        refuse_grafts(git)?;
        let shallow = git.shallow_commits().map_err(Error::reading("the list of shallow commits"))?;
        // As in git: where the parents to follow are not those of the commits, the graph is left alone.
        // gix sees to the same for replaced objects.
        let graph = if shallow.is_some() {
            None
        } else {
            git.commit_graph_if_enabled().map_err(Error::reading("the commit-graph"))?
        };
        let mut objects = git.objects.clone();
        // A walk reads no commit twice, but the base of a delta many times.
        objects.unset_object_cache();
        objects.set_pack_cache(|| Box::new(gix::odb::pack::cache::lru::MemoryCappedHashmap::new(PACK_CACHE)));
        let known = graph.as_ref().map_or(0, Graph::num_commits);
        let mut commits = Self {
            repository,
            objects,
            graph,
            shallow,
            followed: if walk == Walk::FirstParent { 1 } else { usize::MAX },
            queue: BinaryHeap::new(),
            seen_in_graph: vec![false; known as usize],
            seen: gix::hashtable::HashSet::default(),
            parents: Vec::new(),
            positions: Vec::new(),
            buffer: Vec::new(),
            arrivals: 0,
            met: 0,
        };
        let name = commits.name(super::head::object_id(start)?);
        commits.enqueue(name)?;
        Ok(commits)
    }

    /// Returns the committer time of the next commit.
    pub(super) fn next_time(&self) -> Option<i64> {
        self.queue.peek().map(|waiting| waiting.committer_time)
    }

    /// Whether a commit is the first of the walk, or a parent of one that was followed.
    pub(super) fn has_reached(&self, name: &Name) -> bool {
        match name {
            Name::Graph(position) => self.seen_in_graph[position.0 as usize],
            Name::Object(id) => self.seen.contains(id),
        }
    }

    /// Takes the next commit from the queue.
    pub(super) fn next(&mut self) -> Option<Met> {
        let Waiting { committer_time, name, parents, .. } = self.queue.pop()?;
        let distance = self.met;
        self.met += 1;
        Some(Met { name, committer_time, distance, parents })
    }

    /// Puts the parents of a commit into the queue. Returns whether it has none.
    pub(super) fn follow(&mut self, met: &Met) -> Result<bool, Error> {
        match met.name {
            Name::Graph(position) => self.follow_in_graph(position),
            Name::Object(_) => {
                for index in met.parents.clone().take(self.followed) {
                    let parent = self.name(self.parents[index]);
                    self.enqueue(parent)?;
                }
                Ok(met.parents.is_empty())
            }
        }
    }

    fn follow_in_graph(&mut self, position: Position) -> Result<bool, Error> {
        let Some(graph) = &self.graph else { return Ok(true) };
        // They are copied because queueing needs all of `self`.
        let mut parents = std::mem::take(&mut self.positions);
        for parent in graph.commit_at(position).iter_parents().take(self.followed) {
            parents.push(parent.map_err(Error::reading("the commit-graph"))?);
        }
        let is_root = parents.is_empty();
        for parent in parents.drain(..) {
            self.enqueue(Name::Graph(parent))?;
        }
        self.positions = parents;
        Ok(is_root)
    }

    /// Puts a commit into the queue, unless it was there before.
    fn enqueue(&mut self, name: Name) -> Result<(), Error> {
        let is_new = match name {
            Name::Graph(position) => !std::mem::replace(&mut self.seen_in_graph[position.0 as usize], true),
            Name::Object(id) => self.seen.insert(id),
        };
        if !is_new {
            return Ok(());
        }
        let (committer_time, parents) = match name {
            Name::Graph(position) => (self.graph_time(position)?, 0..0),
            Name::Object(id) => {
                let start = self.parents.len();
                let time = self.read(&id)?;
                (time, start..self.parents.len())
            }
        };
        self.queue.push(Waiting { committer_time, arrival: Reverse(self.arrivals), name, parents });
        self.arrivals += 1;
        Ok(())
    }

    fn graph_time(&mut self, position: Position) -> Result<i64, Error> {
        let Some(graph) = &self.graph else { return Ok(0) };
        let commit = graph.commit_at(position);
        match i64::try_from(commit.committer_timestamp()) {
            Ok(time) if time < GRAPH_TIME_TRUSTED_BELOW => Ok(time),
            _ => {
                let id = commit.id().to_owned();
                let before = self.parents.len();
                let time = self.read(&id)?;
                self.parents.truncate(before);
                Ok(time)
            }
        }
    }

    /// Reads a commit's object: returns its time and appends its parents to `self.parents`.
    fn read(&mut self, id: &ObjectId) -> Result<i64, Error> {
        let found = self.objects.try_find(id, &mut self.buffer);
        let object = found.map_err(|error| Error::reading(format!("the commit {id}"))(error))?;
        let Some(object) = object else {
            return Err(Error::MissingCommit { commit: id.to_string(), partial: self.repository.is_partial() });
        };
        let time =
            if object.kind == gix::objs::Kind::Commit { commit::read(object.data, &mut self.parents) } else { None };
        time.ok_or_else(|| Error::DamagedCommit { commit: id.to_string() })
    }

    fn name(&self, id: ObjectId) -> Name {
        self.graph.as_ref().and_then(|graph| graph.lookup(id)).map_or(Name::Object(id), Name::Graph)
    }

    pub(super) fn id(&self, name: &Name) -> Result<ObjectId, Error> {
        match (name, &self.graph) {
            (Name::Object(id), _) => Ok(*id),
            (Name::Graph(position), Some(graph)) => Ok(graph.id_at(*position).to_owned()),
            (Name::Graph(position), None) => Err(Error::DamagedCommit { commit: format!("{position:?}") }),
        }
    }

    fn found(&self, met: &Met, is_root: bool) -> Result<Found, Error> {
        Ok(Found {
            commit: super::head::commit_id(self.id(&met.name)?)?,
            committer_time: met.committer_time,
            distance: met.distance,
            is_root,
        })
    }

    /// Whether the clone lacks the parents of a commit.
    pub(super) fn is_shallow(&self, met: &Met) -> bool {
        match (&met.name, &self.shallow) {
            // The list is sorted: `gix_shallow::read`.
            (Name::Object(id), Some(list)) => list.binary_search(id).is_ok(),
            _ => false,
        }
    }
}

/// `git` follows the parents that `info/grafts` names, gix does not. It has been deprecated
/// in favour of replace refs, which both follow, since git 2.18.
fn refuse_grafts(git: &gix::Repository) -> Result<(), Error> {
    let file = git.common_dir().join("info").join("grafts");
    match fs_err::read_to_string(&file) {
        Ok(text) if text.lines().any(|line| !line.trim().is_empty() && !line.starts_with('#')) => {
            Err(Error::Grafts { file })
        }
        _ => Ok(()),
    }
}
