//! Finds the commits that `--interval auto` decides by.

use super::error::Error;
use super::repository::Repository;
use super::walk::{Commits, Walk};
use crate::model::build_cost::BuildCost;
use crate::model::interval_choice::{self, IntervalChoice, MOST_COMMITS, Window};
use crate::model::revision::CommitId;

/// Returns the interval that is the cheapest where the way back from a commit of some committer time is taken. It follows
/// from the commits that the way meets at or before the beginning of that week, first parents alone, so that it is the
/// same for all commits of the week whose way comes by there.
///
/// In a shallow clone it is that of the whole history, or [`Error::Shallow`].
pub(super) fn choose(
    repository: &Repository,
    (start, committer_time): (&CommitId, i64),
    cost: &BuildCost,
) -> Result<IntervalChoice, Error> {
    let window = Window::before(committer_time);
    let mut commits = Commits::from(repository, start, Walk::FirstParent)?;
    let mut times = Vec::new();
    while let Some(met) = commits.next() {
        if !times.is_empty() || met.committer_time <= window.until {
            times.push(met.committer_time);
            if met.committer_time <= window.since || times.len() == MOST_COMMITS {
                break;
            }
        }
        if commits.is_shallow(&met) {
            return Err(Error::Shallow { commit: commits.id(&met.name)?.to_hex_with_len(10).to_string() });
        }
        commits.follow(&met)?;
    }
    Ok(interval_choice::choose(&times, window, cost))
}
