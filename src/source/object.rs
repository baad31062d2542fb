//! Reads raw objects.

use gix::ObjectId;
use gix::objs::{Find, Kind};

use super::error::Error;

/// The object database of a repository, to be read by one thread.
///
/// Objects that are only in memory (those of a dirty work tree) are part of it. Replacements
/// (`git replace`) are not followed: a tree's name must tell its content, or the memo would
/// give the hash of another content.
#[derive(Clone)]
pub(super) struct Objects {
    handle: gix::OdbHandle,
    hash: gix::hash::Kind,
}

impl Objects {
    /// Takes the objects of a repository.
    pub(super) fn of(repo: &gix::Repository) -> Self {
        let mut handle = repo.objects.clone();
        handle.ignore_replacements = true;
        Self { handle, hash: repo.object_hash() }
    }

    /// Returns how long the names of objects are.
    pub(super) fn hash_kind(&self) -> gix::hash::Kind {
        self.hash
    }

    /// Reads an object of this kind into `buffer`. `path` is where in the tree it belongs, for errors.
    pub(super) fn read(
        &self,
        id: ObjectId,
        kind: Kind,
        buffer: &mut Vec<u8>,
        path: impl FnOnce() -> String,
    ) -> Result<(), Error> {
        // git knows these two objects without having them (`find_cached_object` in odb.c).
        let empty = match kind {
            Kind::Tree => self.hash.empty_tree(),
            _ => self.hash.empty_blob(),
        };
        if id == empty {
            buffer.clear();
            return Ok(());
        }
        match self.handle.try_find(&id, buffer) {
            Ok(Some(data)) if data.kind == kind => Ok(()),
            Ok(Some(data)) => {
                let source = format!("it is a {}, not a {kind}", data.kind).into();
                Err(Error::BadObject { id: id.to_string(), path: path(), source })
            }
            Ok(None) => Err(Error::MissingObject { id: id.to_string(), path: path() }),
            Err(error) => Err(Error::BadObject { id: id.to_string(), path: path(), source: error.into() }),
        }
    }
}
