//! Which bare repositories are used.
//!
//! A folder of a clone can have the files of a bare repository: a `HEAD`, a `config`, `objects` and
//! `refs`. Whoever stands in it then works in a repository whose settings came with the clone, and
//! settings can name programs to run. git has `safe.bareRepository = explicit` against that
//! (`allowed_bare_repo` in git's `setup.c`). hinc honours it, and beside it, whatever git's settings
//! say, never takes the files of a work tree that such a repository claims to have.

use std::path::{Path, PathBuf};

use gix::config::Source;

use super::error::Error;

/// What the user said about the repository to use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Named {
    /// `GIT_DIR` is set: nothing is searched for.
    repository: bool,
    /// `GIT_WORK_TREE` is set: the settings of the repository do not count.
    work_tree: bool,
}

impl Named {
    /// Reads it from the environment, as gix does when it opens a repository.
    #[expect(clippy::disallowed_methods, reason = "gix reads these two itself, and says nothing about it")]
    pub(super) fn by_environment() -> Self {
        let is_set = |name| std::env::var_os(name).is_some();
        Self { repository: is_set("GIT_DIR"), work_tree: is_set("GIT_WORK_TREE") }
    }

    /// Whether nothing is searched for.
    pub(super) const fn by_git_dir(self) -> bool {
        self.repository
    }
}

/// A repository that is in nobody's `.git`, and that a search comes upon.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Bare(PathBuf);

impl Bare {
    /// Returns the bare repository that a search from a folder upwards ends at; none where it ends at a `.git`, in
    /// one, or nowhere, and where the user named the repository.
    pub(super) fn around(folder: &Path, named: Named) -> Option<Self> {
        if named.repository {
            return None;
        }
        let folder = fs_err::canonicalize(folder).ok()?;
        for candidate in folder.ancestors() {
            if gix::discover::is_git(&candidate.join(".git")).is_ok() {
                return None;
            }
            if gix::discover::is_git(candidate).is_ok() {
                return (!is_of_a_work_tree(candidate)).then(|| Self(candidate.to_owned()));
            }
        }
        None
    }

    /// Refuses it where git's settings of the system, of the user or of the environment want bare repositories to be
    /// named. Nothing of the repository itself is read for this.
    pub(super) fn refuse_unnamed(&self) -> Result<(), Error> {
        if must_be_named()? { Err(Error::BareNotNamed { folder: self.0.clone() }) } else { Ok(()) }
    }

    /// Refuses it where it has a work tree by its own settings.
    pub(super) fn refuse_work_tree(&self, work_tree: Option<&Path>, named: Named) -> Result<(), Error> {
        match work_tree {
            Some(work_tree) if !named.work_tree => {
                Err(Error::BareWithWorkTree { folder: self.0.clone(), work_tree: work_tree.to_owned() })
            }
            _ => Ok(()),
        }
    }
}

/// Whether a folder is the `.git` of a work tree, or what a `.git` has for its submodules and further work trees
/// (`is_implicit_bare_repo` in git's `setup.c`).
fn is_of_a_work_tree(folder: &Path) -> bool {
    let parts: Vec<_> = folder.components().map(std::path::Component::as_os_str).collect();
    folder.ends_with(".git")
        || parts.windows(2).any(|pair| pair[0] == ".git" && (pair[1] == "worktrees" || pair[1] == "modules"))
}

/// Whether a setting that no repository can make says `safe.bareRepository = explicit`. The last one counts. git
/// stops at a value that it does not know; here it is taken for the strict one.
fn must_be_named() -> Result<bool, Error> {
    let reading = || Error::reading("git's settings of the user");
    let mut settings = gix::config::File::from_globals().map_err(reading())?;
    settings.append(gix::config::File::from_environment_overrides().map_err(reading())?).map_err(reading())?;
    let of_no_repository =
        |meta: &gix::config::file::Metadata| !matches!(meta.source, Source::Local | Source::Worktree);
    let values = settings.strings_filter("safe.bareRepository", of_no_repository).unwrap_or_default();
    Ok(values.last().is_some_and(|value| value.as_slice() != b"all"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_git_folder_keeps_for_others_is_of_a_work_tree() {
        for (folder, expected) in [
            ("/p/.git", true),
            ("/p/.git/modules/sub", true),
            ("/p/.git/modules/deep/modules/sub", true),
            ("/p/.git/worktrees/other", true),
            ("/p/bare.git", false),
            ("/p/nested", false),
            ("/p/x.git/modules/sub", false),
            ("/p/.git/nested", false),
            ("/p/worktrees/modules", false),
        ] {
            assert_eq!(is_of_a_work_tree(Path::new(folder)), expected, "{folder}");
        }
    }
}
