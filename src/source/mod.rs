//! Turns the tree of a commit into a source: a content-addressed store path named `source`.
//!
//! Layer 2. Trees and blobs are read straight from the object database, raw: no checkout, no
//! attributes, no filters. The result depends on the tree alone, so equal trees are one path
//! whatever the clone, the machine or the settings of git.
//!
//! Nothing here starts a program: [`CacheFolder`] lays a NAR out so that `nix copy` takes it.

#![warn(clippy::indexing_slicing)]

mod cache_folder;
mod error;
mod file;
mod files;
mod lfs;
mod memo;
mod nar;
mod object;
pub mod package;
mod walk;

use std::io::Write;
use std::path::Path;

pub use cache_folder::CacheFolder;
pub use error::{DescriptionProblem, Error};
pub use file::{path_in_tree, read_file};
pub use files::{Files, Named};

use crate::model::revision::TreeId;
use crate::model::source::{SOURCE_NAME, SourceTree};
use crate::model::store::NarHash;
use memo::Memo;
use object::Objects;
use walk::Walk;

/// What becomes of a submodule: an entry of a tree that names a commit of another repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Submodules {
    /// It is an error: the files that it stands for are not there.
    #[default]
    Refuse,
    /// It is an empty folder, as `builtins.fetchGit` has it (`git-utils.cc` in NixOS/nix).
    Empty,
}

/// What becomes of a pointer of Git LFS: a small text that stands for a file kept elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LfsPointers {
    /// It is an error: a build would read the pointer in place of the file.
    #[default]
    Refuse,
    /// It is taken as the text it is.
    Keep,
}

/// How a tree is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Options {
    /// What becomes of submodules.
    pub submodules: Submodules,
    /// What becomes of pointers of Git LFS.
    pub lfs: LfsPointers,
}

/// Returns the source that the folder `folder` of `tree` is; the empty text is the top.
///
/// `cache` is the folder of the memo, `hinc/sources` below the XDG cache folder: the hash of
/// a tree that was hashed before is taken from there and none of its files is read. A memo
/// that cannot be read or written costs time, never the result.
pub fn hash(
    repo: &gix::Repository,
    tree: &TreeId,
    folder: &str,
    options: Options,
    cache: Option<&Path>,
) -> Result<SourceTree, Error> {
    let place = Place::find(repo, tree, folder)?;
    match place.remembered(options, cache) {
        Some(known) => known,
        None => place.write(options, cache, &mut std::io::sink()),
    }
}

/// Returns the same as [`hash`], if the memo `cache` holds it. Reads no file of the tree.
///
/// Whoever needs the NAR anyway asks this first, and on `None` calls [`CacheFolder::add`], which
/// reads the tree once for both the hash and the NAR.
pub fn known(
    repo: &gix::Repository,
    tree: &TreeId,
    folder: &str,
    options: Options,
    cache: Option<&Path>,
) -> Result<Option<SourceTree>, Error> {
    Place::find(repo, tree, folder)?.remembered(options, cache).transpose()
}

/// Writes the NAR of the folder `folder` of `tree` to `out` and returns what was written. The hash
/// is kept in the memo `cache`.
///
/// One file at a time is in memory.
pub fn write_nar(
    repo: &gix::Repository,
    tree: &TreeId,
    folder: &str,
    options: Options,
    cache: Option<&Path>,
    out: &mut dyn Write,
) -> Result<SourceTree, Error> {
    Place::find(repo, tree, folder)?.write(options, cache, out)
}

/// A folder of a tree that is to be a source.
struct Place {
    objects: Objects,
    /// The tree that it is a folder of.
    top: gix::ObjectId,
    /// Its path from the top, cleaned.
    folder: String,
    /// Its own tree.
    id: gix::ObjectId,
}

impl Place {
    fn find(repo: &gix::Repository, tree: &TreeId, folder: &str) -> Result<Self, Error> {
        let objects = Objects::of(repo);
        let folder = walk::parts(folder)?.join("/");
        let top = walk::folder(&objects, tree, "")?;
        let id = walk::folder(&objects, tree, &folder)?;
        Ok(Self { objects, top, folder, id })
    }

    fn walk(&self, options: Options) -> Result<Walk, Error> {
        walk::through(&self.objects, self.top, self.id, &self.folder, options)
    }

    fn remembered(&self, options: Options, cache: Option<&Path>) -> Option<Result<SourceTree, Error>> {
        let cache = cache?;
        let plain = Memo::new(cache, &self.id, None, options);
        if let Some((hash, size)) = plain.read() {
            return Some(source_tree(&self.id, hash, size));
        }
        // Where links lead out of the folder, its own tree does not say all.
        let brought = match self.walk(options) {
            Ok(walk) => walk.brought?,
            Err(error) => return Some(Err(error)),
        };
        let (hash, size) = Memo::new(cache, &self.id, Some(&brought), options).read()?;
        Some(source_tree(&self.id, hash, size))
    }

    fn write(&self, options: Options, cache: Option<&Path>, out: &mut dyn Write) -> Result<SourceTree, Error> {
        let Walk { steps, brought } = self.walk(options)?;
        let (hash, size) = nar::write(&self.objects, &steps, &self.folder, options, out)?;
        if let Some(cache) = cache {
            Memo::new(cache, &self.id, brought.as_deref(), options).write(hash, size);
        }
        source_tree(&self.id, hash, size)
    }
}

fn source_tree(id: &gix::ObjectId, nar_hash: NarHash, nar_size: u64) -> Result<SourceTree, Error> {
    let store_path = nar_hash.source_path(SOURCE_NAME).map_err(|error| Error::Internal { source: error.into() })?;
    let tree = TreeId::try_from(id.to_string()).map_err(|error| Error::Internal { source: error.into() })?;
    Ok(SourceTree { tree, nar_hash, nar_size, store_path })
}
