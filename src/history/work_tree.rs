//! The tree of a work tree with its tracked changes.
//!
//! It is the tree that `git add --update` and `git write-tree` would give: staged changes,
//! then changed and removed files of the work tree, each passed through git's filters
//! (`.gitattributes`, `core.autocrlf`). What `git` keeps in the index about each file (its
//! times, size, inode) tells which files need not be read. The rules are those of
//! `run_diff_files` in git's `diff-lib.c` and `ce_match_stat_basic` in `read-cache.c`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use gix::ObjectId;
use gix::bstr::{BStr, BString, ByteSlice};
use gix::filter::plumbing::pipeline::convert::ToGitOutcome;
use gix::index::entry::{Flags, Mode, Stat};
use gix::index::fs::Metadata;
use gix::objs::tree::{EntryKind, EntryMode};

use super::error::Error;
use super::tree::{self, File};
use crate::model::revision::TreeId;

/// Returns the tree of the tracked files as they are now. Objects that the repository
/// lacks are put where `git` writes its objects, which for hinc is memory.
pub(super) fn tracked_tree(git: &gix::Repository) -> Result<ObjectId, Error> {
    let folder = git.workdir().ok_or_else(|| Error::Bare { folder: git.git_dir().to_owned() })?;
    let reading_settings = || Error::reading("git's settings for the work tree");
    let (filters, index) = git.filter_pipeline(None).map_err(Error::reading("the index"))?;
    refuse_unmerged(&index)?;
    let mut work_tree = WorkTree {
        git,
        folder,
        filters,
        index: &index,
        stat_options: git.stat_options().map_err(reading_settings())?,
        capabilities: git.filesystem_options().map_err(reading_settings())?,
        looks_at_sparse: looks_at_sparse(git),
        real_folders: BTreeMap::new(),
    };
    let mut files = Vec::with_capacity(index.entries().len());
    for entry in index.entries() {
        let path = entry.path(&index);
        if let Some((mode, id)) = work_tree.state_of(entry, path)? {
            files.push(File { path: path.to_owned(), mode, id });
        }
    }
    tree::write(git, &files).map_err(Error::reading("the trees of the index"))
}

/// Whether the tree of a work tree differs from that of a commit. Old commits may have modes
/// such as 100664 in their trees, which no index keeps; these are no change.
pub(super) fn differs(git: &gix::Repository, tree: ObjectId, committed: &TreeId) -> Result<bool, Error> {
    let reading = || Error::reading(format!("the tree {committed}"));
    let Ok(committed) = ObjectId::from_hex(committed.as_str().as_bytes()) else { return Ok(true) };
    if tree == committed {
        return Ok(false);
    }
    let index = git.index_from_tree(&committed).map_err(reading())?;
    let files: Vec<File> = index
        .entries()
        .iter()
        .filter_map(|entry| {
            let mode = entry.mode.to_tree_entry_mode()?;
            Some(File { path: entry.path(&index).to_owned(), mode, id: entry.id })
        })
        .collect();
    Ok(tree::write(git, &files).map_err(reading())? != tree)
}

fn refuse_unmerged(index: &gix::index::State) -> Result<(), Error> {
    let mut unmerged: Vec<&BStr> =
        index.entries().iter().filter(|entry| entry.stage_raw() != 0).map(|entry| entry.path(index)).collect();
    unmerged.dedup();
    match unmerged.first() {
        Some(first) => Err(Error::Unmerged { path: first.to_string(), count: unmerged.len() }),
        None => Ok(()),
    }
}

/// Whether a file counts that is there although the sparse checkout leaves it out
/// (`clear_skip_worktree_from_present_files` in git's `sparse-index.c`).
fn looks_at_sparse(git: &gix::Repository) -> bool {
    let config = git.config_snapshot();
    config.boolean("core.sparseCheckout").unwrap_or(false)
        && !config.boolean("sparse.expectFilesOutsideOfPatterns").unwrap_or(false)
}

struct WorkTree<'r> {
    git: &'r gix::Repository,
    folder: &'r Path,
    filters: gix::filter::Pipeline<'r>,
    index: &'r gix::index::State,
    stat_options: gix::index::entry::stat::Options,
    capabilities: gix::fs::Capabilities,
    looks_at_sparse: bool,
    /// Which folders are folders, and not symbolic links to some.
    real_folders: BTreeMap<BString, bool>,
}

impl WorkTree<'_> {
    /// Returns what git would store for a file of the index, none where it is gone.
    fn state_of(&mut self, entry: &gix::index::Entry, path: &BStr) -> Result<Option<(EntryMode, ObjectId)>, Error> {
        let recorded = entry.mode.to_tree_entry_mode().map(|mode| (mode, entry.id));
        let left_out = entry.flags.contains(Flags::SKIP_WORKTREE);
        // `git update-index --assume-unchanged`, `--skip-worktree`, and the folders of a sparse index.
        if entry.flags.contains(Flags::ASSUME_VALID) || entry.mode.is_sparse() || left_out && !self.looks_at_sparse {
            return Ok(recorded);
        }
        let on_disk = self.folder.join(native(path)?);
        let Some(metadata) = self.metadata(path, &on_disk)? else {
            return Ok(if left_out { recorded } else { None });
        };
        if metadata.is_dir() {
            let checked_out = submodule_head(self.git, &on_disk);
            return Ok(match checked_out {
                Some(id) => Some((EntryKind::Commit.into(), id)),
                None if entry.mode.is_submodule() => recorded,
                None => None,
            });
        }
        let mode = self.mode(entry.mode, &metadata).ok_or_else(|| Error::Untrackable { path: path.to_string() })?;
        if mode == entry.mode && self.is_as_recorded(entry, &metadata)? {
            return Ok(recorded);
        }
        let id =
            if metadata.is_symlink() { self.store_link(path, &on_disk)? } else { self.store_file(path, &on_disk)? };
        Ok(mode.to_tree_entry_mode().map(|mode| (mode, id)))
    }

    /// Returns what the file system says of a tracked path, none where there is nothing.
    fn metadata(&mut self, path: &BStr, on_disk: &Path) -> Result<Option<Metadata>, Error> {
        let folder = path.rfind_byte(b'/').map_or(BStr::new(b""), |end| path[..end].as_bstr());
        if !self.is_real_folder(folder)? {
            return Ok(None);
        }
        lstat(on_disk)
    }

    /// Whether a folder below the work tree can be reached without following a symbolic link.
    /// What lies behind one is not part of the work tree (`has_symlink_leading_path` in git's `symlinks.c`).
    fn is_real_folder(&mut self, folder: &BStr) -> Result<bool, Error> {
        if folder.is_empty() {
            return Ok(true);
        }
        if let Some(&known) = self.real_folders.get(folder) {
            return Ok(known);
        }
        let above = folder.rfind_byte(b'/').map_or(BStr::new(b""), |end| folder[..end].as_bstr());
        let is_real = self.is_real_folder(above)?
            && lstat(&self.folder.join(native(folder)?))?.is_some_and(|metadata| metadata.is_dir());
        self.real_folders.insert(folder.to_owned(), is_real);
        Ok(is_real)
    }

    /// Returns the mode that git would record (`ce_mode_from_stat` in git's `read-cache.h`),
    /// none for what it cannot store.
    fn mode(&self, recorded: Mode, metadata: &Metadata) -> Option<Mode> {
        if metadata.is_symlink() {
            return Some(Mode::SYMLINK);
        }
        if !metadata.is_file() {
            return None;
        }
        if recorded == Mode::SYMLINK && !self.capabilities.symlink {
            return Some(recorded);
        }
        let executable =
            if self.capabilities.executable_bit { metadata.is_executable() } else { recorded == Mode::FILE_EXECUTABLE };
        Some(if executable { Mode::FILE_EXECUTABLE } else { Mode::FILE })
    }

    /// Whether a file needs not be read: it is as it was when git last read it.
    fn is_as_recorded(&self, entry: &gix::index::Entry, metadata: &Metadata) -> Result<bool, Error> {
        if entry.flags.contains(Flags::INTENT_TO_ADD) {
            return Ok(false);
        }
        let stat = Stat::from_fs(metadata).map_err(|source| Error::File {
            path: self.folder.join(entry.path(self.index).to_string()),
            source: std::io::Error::other(source),
        })?;
        // A file that changed in the moment the index was written looks unchanged; git marks
        // those it notices with a size of 0 (Documentation/technical/racy-git.adoc in git).
        let marked_racy = entry.stat.size == 0 && !entry.id.is_empty_blob();
        Ok(stat.matches(&entry.stat, self.stat_options)
            && !marked_racy
            && !stat.is_racy(self.index.timestamp(), self.stat_options))
    }

    fn store_link(&self, path: &BStr, on_disk: &Path) -> Result<ObjectId, Error> {
        let target = fs_err::read_link(on_disk).map_err(|source| Error::File { path: on_disk.to_owned(), source })?;
        let filter = |source: gix::Error| Error::Filter { path: path.to_string(), source: source.into() };
        let bytes = gix::path::into_bstr(target).map_err(filter)?;
        Ok(self.git.write_blob(bytes.as_bytes()).map_err(filter)?.detach())
    }

    fn store_file(&mut self, path: &BStr, on_disk: &Path) -> Result<ObjectId, Error> {
        let file = fs_err::File::open(on_disk).map_err(|source| Error::File { path: on_disk.to_owned(), source })?;
        let filter = |source: gix::Error| Error::Filter { path: path.to_string(), source: source.into() };
        let converted = self.filters.convert_to_git(file, &native(path)?, self.index).map_err(filter)?;
        let written = match converted {
            ToGitOutcome::Unchanged(file) => self.git.write_blob_stream(file),
            ToGitOutcome::Buffer(bytes) => self.git.write_blob(bytes),
            ToGitOutcome::Process(output) => self.git.write_blob_stream(output),
        };
        Ok(written.map_err(filter)?.detach())
    }
}

/// Returns the commit that is checked out in the repository at a folder, none where there is none.
fn submodule_head(git: &gix::Repository, folder: &Path) -> Option<ObjectId> {
    // Without this look the folder itself could be taken for a bare repository.
    if !folder.join(".git").exists() {
        return None;
    }
    let submodule = gix::open_opts(folder, git.open_options().clone()).ok()?;
    Some(submodule.head_id().ok()?.detach())
}

fn lstat(path: &Path) -> Result<Option<Metadata>, Error> {
    use std::io::ErrorKind::{NotADirectory, NotFound};
    match Metadata::from_path_no_follow(path) {
        Ok(metadata) => Ok(Some(metadata)),
        Err(error) if matches!(error.kind(), NotFound | NotADirectory) => Ok(None),
        Err(source) => Err(Error::File { path: path.to_owned(), source }),
    }
}

fn native(path: &BStr) -> Result<PathBuf, Error> {
    gix::path::from_bstr(path)
        .map(std::borrow::Cow::into_owned)
        .map_err(|_| Error::Untrackable { path: path.to_string() })
}
