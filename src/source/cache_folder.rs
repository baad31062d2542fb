//! Lays sources out as a binary cache in a folder, from which `nix copy` adds them to a store.
//!
//! This way into the store needs no checkout and no trust. A narinfo with a `CA` field describes a
//! path whose name follows from its content, and Nix takes such a path without a signature
//! (`ValidPathInfo::isContentAddressed` in `path-info.cc`), also for a user whom the daemon does
//! not trust. The format: `doc/manual/source/protocols/` and `nar-info.cc` in NixOS/nix.

use std::fmt::Write as _;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::error::Error;
use super::{Options, write_nar};
use crate::files::{self, Readers};
use crate::model::revision::TreeId;
use crate::model::source::SourceTree;
use crate::model::store::STORE_DIR;

/// A folder that is a binary cache.
#[derive(Debug)]
pub struct CacheFolder {
    folder: PathBuf,
}

impl CacheFolder {
    /// Makes `folder` a binary cache. It is made where it does not exist; its parent must.
    pub fn create(folder: &Path) -> Result<Self, Error> {
        let cache = Self { folder: folder.to_owned() };
        let about = format!("StoreDir: {STORE_DIR}\n");
        fs_err::create_dir_all(folder.join("nar"))
            .and_then(|()| files::replace(&folder.join("nix-cache-info"), about.as_bytes(), Readers::Owner))
            .map_err(|source| cache.error(source))?;
        Ok(cache)
    }

    /// Returns the store URI, for `nix copy --from`.
    pub fn uri(&self) -> String {
        let mut uri = "file://".to_owned();
        for &byte in self.folder.as_os_str().as_bytes() {
            if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
                uri.push(char::from(byte));
            } else {
                // Writing to a text cannot fail.
                let _ = write!(uri, "%{byte:02X}");
            }
        }
        uri
    }

    /// Adds the folder `folder` of `tree`. The NAR goes straight from the object database to its
    /// file, and its narinfo is written last, so that an interrupted call leaves nothing that
    /// Nix would take. The hash is kept in the memo, the folder that [`super::hash`] has as `cache`.
    pub fn add(
        &self,
        repo: &gix::Repository,
        tree: &TreeId,
        folder: &str,
        options: Options,
        memo: Option<&Path>,
    ) -> Result<SourceTree, Error> {
        let mut file = NamedTempFile::new_in(&self.folder).map_err(|source| self.error(source))?;
        let source = write_nar(repo, tree, folder, options, memo, file.as_file_mut()).map_err(|error| match error {
            Error::Write { source } => self.error(source),
            other => other,
        })?;
        let nar = format!("nar/{}.nar", source.store_path.hash_part());
        file.persist(self.folder.join(&nar)).map_err(|error| self.error(error.error))?;
        let narinfo = narinfo(&source, &nar);
        let file = self.folder.join(format!("{}.narinfo", source.store_path.hash_part()));
        files::replace(&file, narinfo.as_bytes(), Readers::Owner).map_err(|source| self.error(source))?;
        Ok(source)
    }

    fn error(&self, source: io::Error) -> Error {
        Error::CacheFolder { folder: self.folder.clone(), source }
    }
}

/// Describes a source as a binary cache does. Without `CA` Nix would ask for a signature.
fn narinfo(source: &SourceTree, nar: &str) -> String {
    let hash = source.nar_hash.base32();
    format!(
        "StorePath: {path}\nURL: {nar}\nCompression: none\nFileHash: {hash}\nFileSize: {size}\n\
         NarHash: {hash}\nNarSize: {size}\nReferences: \nCA: fixed:r:{hash}\n",
        path = source.store_path,
        size = source.nar_size,
    )
}
