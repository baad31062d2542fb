//! The flakes of a tree: which one an address means, and what it learns of its commit.

use std::path::Path;

use crate::history;
use crate::model::revision::{Base, CommitId};
use crate::model::source::SourceTree;
use crate::nix;
use crate::nix::flake::{self, Attribute, Flake, Locked};
use crate::pipeline::{Error, Project};
use crate::source;

impl Project {
    /// Returns the folder of the flake that a path of the user stands for: the nearest one at or above it that
    /// has a `flake.nix`, as for Nix. With `dir` it is that folder below the path and no other.
    pub fn flake_folder(&self, from: &Path, path: &Path, dir: Option<&str>) -> Result<String, Error> {
        let mut folder = self.path_in_tree(from, path)?;
        if let Some(dir) = dir {
            let inner = Path::new(dir.trim_start_matches('/'));
            return self.path_in_tree(&self.top()?.join(folder), inner);
        }
        // Nix takes the file for its folder as well.
        if folder == "flake.nix" || folder.ends_with("/flake.nix") {
            folder.truncate(above(&folder).len());
        }
        let mut candidate = folder.as_str();
        loop {
            if self.has_file(&file_of(candidate))? {
                return Ok(candidate.to_owned());
            }
            if candidate.is_empty() {
                return Err(Error::NoFlake { folder, commit: self.head().commit.clone() });
            }
            candidate = above(candidate);
        }
    }

    /// Whether head has a Cabal package in a folder, or anywhere: also one that cannot be understood, or one of several.
    pub fn has_package(&self, folder: Option<&str>) -> bool {
        let tree = &self.head().tree;
        let nothing = |error: &source::Error| matches!(error, source::Error::NoPackage { .. });
        match folder {
            Some(folder) => !source::package::at(self.git(), tree, folder).is_err_and(|error| nothing(&error)),
            None => match source::package::all(self.git(), tree, self.scope()) {
                Ok(found) => !found.packages.is_empty() || found.broken.iter().any(|broken| !nothing(&broken.error)),
                Err(error) => !nothing(&error),
            },
        }
    }

    /// Whether head's tree has a file.
    pub fn has_file(&self, path: &str) -> Result<bool, Error> {
        match source::read_file(self.git(), &self.head().tree, path) {
            Ok(content) => Ok(content.is_some()),
            Err(source::Error::NotAFile { .. } | source::Error::NotAFolder { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

fn above(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn file_of(folder: &str) -> String {
    if folder.is_empty() { "flake.nix".to_owned() } else { format!("{folder}/flake.nix") }
}

/// Asserts that head has all the flakes.
pub(super) fn check(project: &Project, attributes: &[Attribute]) -> Result<(), Error> {
    for attribute in attributes {
        let path = attribute.file();
        if !project.has_file(&path)? {
            return Err(Error::NoSuchFile { path, commit: project.head().commit.clone() });
        }
    }
    Ok(())
}

/// Returns what Nix is asked. The commits are not counted yet: see [`count`].
pub(super) fn asked(
    project: &Project,
    base: &Base,
    attributes: &[Attribute],
    options: &nix::Options,
    head_source: &SourceTree,
    base_source: Option<&SourceTree>,
) -> Flake {
    let system = flake::system(options);
    let head = project.head();
    let locked = |source: &SourceTree, rev: Option<&CommitId>, time: i64| Locked {
        nar_hash: source.nar_hash,
        rev: rev.cloned(),
        rev_count: None,
        // Nix takes no time before 1970 here.
        last_modified: u64::try_from(time).unwrap_or(0),
    };
    let mut wanted = Vec::new();
    for attribute in attributes {
        let in_base = base_source.is_some()
            && source::read_file(project.git(), &base.tree, &attribute.file()).is_ok_and(|file| file.is_some());
        wanted.push(attribute.wanted(&system, in_base));
    }
    Flake {
        head: locked(head_source, (!head.dirty).then_some(&head.commit), head.committer_time),
        base: base_source.map(|source| locked(source, Some(&base.commit), base.committer_time)),
        attributes: wanted,
        shallow: project.repository().is_shallow(),
    }
}

/// Counts the commits, for `self.revCount`: this reads the whole history, so it is done only for an evaluation.
pub(super) fn count(project: &Project, flake: &mut Flake) -> Result<(), Error> {
    if flake.shallow {
        return Ok(());
    }
    for locked in [Some(&mut flake.head), flake.base.as_mut()].into_iter().flatten() {
        if let Some(rev) = &locked.rev {
            locked.rev_count = history::count(project.repository(), rev)?;
        }
    }
    Ok(())
}
