//! The branch that others are made from and merged into.

use gix::ObjectId;

use super::base::Options;
use super::error::Error;
use super::fork::fork;
use super::head::{commit_id, object_id, resolve};
use super::policy::{Against, From};
use super::repository::Repository;
use crate::model::name::Branch;
use crate::model::revision::{CommitId, Head};

/// The main line, as this clone knows it.
#[derive(Debug)]
pub(super) struct MainLine {
    /// What it is called: `origin/main`.
    pub(super) name: String,
    tip: CommitId,
}

impl MainLine {
    /// Finds the main line.
    pub(super) fn of(repository: &Repository, head: &Head, against: &Against) -> Result<Self, Error> {
        let (name, tip) = match against {
            Against::Revision(revision) => (revision.clone(), resolve(repository, revision)?),
            Against::Branch(branch) => branch_tip(repository, branch)?,
            Against::FirstParent { merge, or } => match first_parent(repository, head, merge)? {
                Some(tip) => (or.to_string(), tip),
                None => branch_tip(repository, or)?,
            },
            Against::DefaultBranch => default_branch(repository)?,
        };
        Ok(Self { name, tip: commit_id(tip)? })
    }

    /// Returns the commit of it that head is made upon, and its committer time.
    pub(super) fn fork(&self, repository: &Repository, head: &Head) -> Result<(CommitId, i64), Error> {
        fork(repository, &head.commit, &self.tip)?
            .ok_or_else(|| Error::NothingInCommon { head: head.commit.short().to_owned(), with: self.name.clone() })
    }
}

/// Returns the branch of the remote that the base of a head depends on, where it depends on one.
pub(super) fn branch_of(repository: &Repository, head: &Head, options: &Options) -> Option<Branch> {
    if options.pinned.is_some() {
        return None;
    }
    match options.policy.rule(&options.circumstances).from {
        From::Head | From::Fork(Against::Revision(_)) => None,
        From::Fork(Against::Branch(branch)) => Some(branch),
        From::Fork(Against::FirstParent { merge, or }) => (head.commit != merge).then_some(or),
        From::Fork(Against::DefaultBranch) => {
            let remote = repository.remote()?;
            let head = repository.git().find_reference(format!("refs/remotes/{remote}/HEAD").as_str()).ok()?;
            let target = head.target().try_name()?.as_bstr().to_string();
            target.strip_prefix(&format!("refs/remotes/{remote}/"))?.parse().ok()
        }
    }
}

fn branch_tip(repository: &Repository, branch: &Branch) -> Result<(String, ObjectId), Error> {
    let remote = repository.remote();
    let (name, reference) = match &remote {
        Some(remote) => (format!("{remote}/{branch}"), format!("refs/remotes/{remote}/{branch}")),
        None => (branch.to_string(), format!("refs/heads/{branch}")),
    };
    match peeled(repository, &reference)? {
        Some(tip) => Ok((name, tip)),
        None => Err(Error::NoMainLine { branch: Some(branch.clone()), remote }),
    }
}

fn default_branch(repository: &Repository) -> Result<(String, ObjectId), Error> {
    let missing = || Error::NoMainLine { branch: None, remote: repository.remote() };
    let remote = repository.remote().ok_or_else(missing)?;
    let reference = format!("refs/remotes/{remote}/HEAD");
    let tip = peeled(repository, &reference)?.ok_or_else(missing)?;
    // What it stands for says more than `origin/HEAD`.
    let target = repository
        .git()
        .find_reference(reference.as_str())
        .ok()
        .and_then(|reference| reference.target().try_name().map(|name| name.shorten().to_string()));
    Ok((target.unwrap_or_else(|| format!("{remote}/HEAD")), tip))
}

/// Returns the commit that a reference names, also by way of others; none where it is not there.
fn peeled(repository: &Repository, reference: &str) -> Result<Option<ObjectId>, Error> {
    let reading = || format!("`{reference}`");
    let found = repository.git().try_find_reference(reference).map_err(Error::reading(reading()))?;
    let Some(mut found) = found else { return Ok(None) };
    found.peel_to_id().map(|id| Some(id.detach())).map_err(Error::reading(reading()))
}

/// Returns the first parent of head, where head is a merge, and this one.
fn first_parent(repository: &Repository, head: &Head, merge: &CommitId) -> Result<Option<ObjectId>, Error> {
    if head.commit != *merge {
        return Ok(None);
    }
    let git = repository.git();
    let id = object_id(&head.commit)?;
    let shallow = git.shallow_commits().map_err(Error::reading("the list of shallow commits"))?;
    if shallow.is_some_and(|list| list.binary_search(&id).is_ok()) {
        return Err(Error::Shallow { commit: head.commit.short().to_owned() });
    }
    let commit = git.find_commit(id).map_err(Error::reading(format!("the commit {id}")))?;
    let mut parents = commit.parent_ids();
    let first = parents.next().map(gix::Id::detach);
    Ok(first.filter(|_| parents.next().is_some()))
}
