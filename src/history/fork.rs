//! Finds where a branch left the main line.

use super::error::Error;
use super::repository::Repository;
use super::walk::{Commits, Walk};
use crate::model::revision::CommitId;

/// Returns the newest commit of the main line that `head` is made upon, and its committer time: of the first parents
/// from `mainline` on, the first that is `head` itself or an ancestor of it. None where there is no such commit.
///
/// `git merge-base` can name a commit that the main line only merged. Two branches then have different answers
/// although both were brought up to the same commit of the main line, and share nothing.
///
/// Both walks go back in time side by side, so the cost grows with what lies between, not with the history. With wrong
/// clocks the answer may be an older commit of the main line than the newest one; it is the same in every clone. In
/// a shallow clone it is that of the whole history, or [`Error::Shallow`].
pub(super) fn fork(
    repository: &Repository,
    head: &CommitId,
    mainline: &CommitId,
) -> Result<Option<(CommitId, i64)>, Error> {
    let mut reached = Reached { commits: Commits::from(repository, head, Walk::AllParents)?, cut_off: None };
    if let Some(found) = first_reached(repository, mainline, &mut reached, Some)? {
        return Ok(Some(found));
    }
    // Of unrelated histories, and where all clocks were wrong in one direction.
    first_reached(repository, mainline, &mut reached, |_| None)
}

/// Goes back along the main line to the first commit that the other walk comes to, which is taken back before each
/// question: to the candidate's time, or where there is `None` of it to its end.
fn first_reached(
    repository: &Repository,
    mainline: &CommitId,
    reached: &mut Reached<'_>,
    until: impl Fn(i64) -> Option<i64>,
) -> Result<Option<(CommitId, i64)>, Error> {
    let mut of_mainline = Commits::from(repository, mainline, Walk::FirstParent)?;
    while let Some(candidate) = of_mainline.next() {
        reached.go_back(until(candidate.committer_time))?;
        if reached.commits.has_reached(&candidate.name) {
            let commit = super::head::commit_id(of_mainline.id(&candidate.name)?)?;
            return Ok(Some((commit, candidate.committer_time)));
        }
        let cut_off = if of_mainline.is_shallow(&candidate) { Some(of_mainline.id(&candidate.name)?) } else { None };
        // What was not reached may be an ancestor by way of commits that are not here.
        if let Some(commit) = cut_off.or(reached.cut_off) {
            return Err(Error::Shallow { commit: commit.to_hex_with_len(10).to_string() });
        }
        of_mainline.follow(&candidate)?;
    }
    Ok(None)
}

/// The ancestors of head, as far as they were walked.
struct Reached<'r> {
    commits: Commits<'r>,
    /// A commit whose parents the clone lacks.
    cut_off: Option<gix::ObjectId>,
}

impl Reached<'_> {
    /// Follows all commits that are not older than a time, or all; up to the first whose parents are not here.
    fn go_back(&mut self, until: Option<i64>) -> Result<(), Error> {
        let is_newer = |time: i64| until.is_none_or(|until| time >= until);
        while self.cut_off.is_none() && self.commits.next_time().is_some_and(is_newer) {
            let Some(met) = self.commits.next() else { break };
            if self.commits.is_shallow(&met) {
                self.cut_off = Some(self.commits.id(&met.name)?);
            } else {
                self.commits.follow(&met)?;
            }
        }
        Ok(())
    }
}
