//! Finds the commit that is built.

use gix::ObjectId;
use gix::revision::spec::parse::{self, ObjectKindHint};

use super::error::Error;
use super::repository::Repository;
use super::{commit, work_tree};
use crate::model::revision::{CommitId, Head, TreeId};

/// Returns head. With a revision, that commit exactly: a branch, a tag, an object name or
/// its beginning, or a form such as `HEAD~3` (gitrevisions(7)). Without one, `HEAD` plus
/// the tracked changes of the work tree: what `git add --update` would make of the index,
/// so staged new files count and untracked files do not. The index itself, and the object
/// database, stay as they are.
pub fn head(repository: &Repository, revision: Option<&str>) -> Result<Head, Error> {
    if let Some(revision) = revision {
        return describe(repository, resolve(repository, revision)?);
    }
    let mut head = describe(repository, checked_out(repository)?)?;
    if repository.git().workdir().is_some() {
        let tree = work_tree::tracked_tree(repository.git())?;
        head.dirty = work_tree::differs(repository.git(), tree, &head.tree)?;
        if head.dirty {
            head.tree = tree_id(tree)?;
        }
    }
    Ok(head)
}

/// Returns the commit that `HEAD` names.
fn checked_out(repository: &Repository) -> Result<ObjectId, Error> {
    let head = repository.git().head().map_err(Error::reading("HEAD"))?;
    if let gix::head::Kind::Unborn(branch) = &head.kind {
        return Err(Error::Unborn { branch: branch.shorten().to_string() });
    }
    Ok(head.into_peeled_id().map_err(Error::reading("HEAD"))?.detach())
}

/// Returns the commit that a revision names.
pub(super) fn resolve(repository: &Repository, revision: &str) -> Result<ObjectId, Error> {
    let git = repository.git();
    // As `git rev-list` does: a short name that only one commit has is not ambiguous.
    let options = parse::Options { object_kind_hint: Some(ObjectKindHint::Committish), ..parse::Options::default() };
    let spec = gix::revision::Spec::from_bstr(revision, git, options)
        .map_err(|error| not_resolved(repository, revision, error))?;
    let Some(id) = spec.single() else { return Err(Error::Range { revision: revision.to_owned() }) };
    let object = id.object().map_err(|error| not_resolved(repository, revision, error))?;
    let peeled = object.peel_tags_to_end().map_err(Error::reading(format!("`{revision}`")))?;
    if peeled.kind == gix::objs::Kind::Commit {
        Ok(peeled.id)
    } else {
        Err(Error::NotACommit { revision: revision.to_owned(), kind: peeled.kind.to_string() })
    }
}

fn not_resolved(repository: &Repository, revision: &str, error: gix::Error) -> Error {
    if matches!(revision, "HEAD" | "@")
        && let Err(unborn @ Error::Unborn { .. }) = checked_out(repository)
    {
        return unborn;
    }
    if let Some(
        parse::Error::AmbiguousPrefix { candidates, .. } | parse::Error::AmbiguousRefAndObject { candidates, .. },
    ) = error.downcast_any_ref::<parse::Error>()
    {
        let candidates = candidates.iter().map(|(prefix, info)| format!("{prefix} ({info})")).collect();
        return Error::AmbiguousRevision { revision: revision.to_owned(), candidates };
    }
    Error::UnknownRevision {
        revision: revision.to_owned(),
        similar: remote_branches_named(repository.git(), revision),
        shallow: repository.is_shallow(),
        source: (!is_not_found(&error)).then(|| error.into()),
    }
}

/// Whether gix says no more than that nothing has this name, which is our own message already.
fn is_not_found(error: &gix::Error) -> bool {
    error.iter_errors().any(|cause| cause.to_string().contains("could not be found"))
}

/// Returns the remote-tracking branches of a name. CI clones often have `origin/main` but no `main`.
fn remote_branches_named(git: &gix::Repository, revision: &str) -> Vec<String> {
    let is_there = |name: &String| git.try_find_reference(name.as_str()).is_ok_and(|reference| reference.is_some());
    git.remote_names().iter().map(|remote| format!("{remote}/{revision}")).filter(is_there).collect()
}

fn describe(repository: &Repository, id: ObjectId) -> Result<Head, Error> {
    let (tree, committer_time) = tree_and_time(repository, id)?;
    Ok(Head { commit: commit_id(id)?, tree, dirty: false, committer_time })
}

/// Returns a commit's tree and committer time.
pub(super) fn tree_and_time(repository: &Repository, id: ObjectId) -> Result<(TreeId, i64), Error> {
    let found = repository.git().try_find_object(id).map_err(Error::reading(format!("the commit {id}")))?;
    let Some(object) = found else {
        return Err(Error::MissingCommit { commit: id.to_string(), partial: repository.is_partial() });
    };
    let damaged = || Error::DamagedCommit { commit: id.to_string() };
    let time = commit::read(&object.data, &mut Vec::new()).ok_or_else(damaged)?;
    let tree = commit::tree(&object.data).ok_or_else(damaged)?;
    Ok((tree_id(tree)?, time))
}

pub(super) fn commit_id(id: ObjectId) -> Result<CommitId, Error> {
    let text = id.to_string();
    text.parse().map_err(|_| Error::DamagedCommit { commit: text })
}

/// Returns the object that a commit's name is the name of.
pub(super) fn object_id(commit: &CommitId) -> Result<ObjectId, Error> {
    ObjectId::from_hex(commit.as_str().as_bytes()).map_err(|_| Error::DamagedCommit { commit: commit.to_string() })
}

fn tree_id(id: ObjectId) -> Result<TreeId, Error> {
    let text = id.to_string();
    text.parse().map_err(|_| Error::DamagedCommit { commit: text })
}
