//! Remembers the hashes of trees.
//!
//! A tree's name tells its content, so what was computed once holds for ever. Where links lead out of it, what they
//! lead to is part of the name. Only sources that
//! were accepted are kept: a tree with a submodule is refused each time.

use std::path::{Path, PathBuf};

use gix::ObjectId;
use serde::{Deserialize, Serialize};

use super::{LfsPointers, Options, Submodules};
use crate::files::{self, Readers};
use crate::model::store::NarHash;

/// The version of a memo's file. A new one makes the older ones be ignored.
const SCHEMA_VERSION: u32 = 2;

/// When there are more files than this, the older half is removed.
const MOST_FILES: usize = 4096;

/// What a file of the memo holds.
#[derive(Debug, Serialize, Deserialize)]
struct Content {
    schema_version: u32,
    tree: String,
    nar_hash: NarHash,
    nar_size: u64,
}

/// The place where the hash of one tree is remembered.
pub(super) struct Memo {
    folder: PathBuf,
    tree: String,
    file_name: String,
}

impl Memo {
    /// Names the place for `tree` read with `options`, below the memo's folder. `brought` is what stands in the place of
    /// links that lead out of it.
    pub(super) fn new(folder: &Path, tree: &ObjectId, brought: Option<&str>, options: Options) -> Self {
        let submodules = match options.submodules {
            Submodules::Refuse => "",
            Submodules::Empty => "+empty-submodules",
        };
        let lfs = match options.lfs {
            LfsPointers::Refuse => "",
            LfsPointers::Keep => "+lfs-pointers",
        };
        let links = brought.map(|brought| format!("+links-{}", blake3::hash(brought.as_bytes()).to_hex()));
        let links = links.unwrap_or_default();
        let tree = tree.to_string();
        Self { folder: folder.to_owned(), file_name: format!("{tree}{submodules}{lfs}{links}.json"), tree }
    }

    /// Returns what is remembered. A file that cannot be read counts as none.
    pub(super) fn read(&self) -> Option<(NarHash, u64)> {
        let bytes = fs_err::read(self.folder.join(&self.file_name)).ok()?;
        let content: Content = serde_json::from_slice(&bytes)
            .inspect_err(|error| tracing::debug!(file = self.file_name, %error, "a broken memo is ignored"))
            .ok()?;
        let good = content.schema_version == SCHEMA_VERSION && content.tree == self.tree;
        good.then_some((content.nar_hash, content.nar_size))
    }

    /// Remembers a hash. Whoever reads at the same time sees the whole file or none.
    pub(super) fn write(&self, nar_hash: NarHash, nar_size: u64) {
        if let Err(error) = self.try_write(nar_hash, nar_size) {
            tracing::debug!(folder = %self.folder.display(), %error, "the hash of a source is not remembered");
        }
    }

    fn try_write(&self, nar_hash: NarHash, nar_size: u64) -> std::io::Result<()> {
        let content = Content { schema_version: SCHEMA_VERSION, tree: self.tree.clone(), nar_hash, nar_size };
        let mut text = serde_json::to_vec(&content)?;
        text.push(b'\n');
        files::private_folder(&self.folder)?;
        files::replace(&self.folder.join(&self.file_name), &text, Readers::Owner)?;
        self.prune()
    }

    /// Keeps the folder from growing without end.
    fn prune(&self) -> std::io::Result<()> {
        let mut files = Vec::new();
        for entry in fs_err::read_dir(&self.folder)? {
            files.push(entry?);
        }
        if files.len() <= MOST_FILES {
            return Ok(());
        }
        let modified = |entry: &fs_err::DirEntry| entry.metadata().and_then(|data| data.modified()).ok();
        files.sort_by_cached_key(modified);
        for old in files.iter().take(MOST_FILES / 2) {
            fs_err::remove_file(old.path())?;
        }
        Ok(())
    }
}
