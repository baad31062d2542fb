//! Lists the files of a tree.

use std::collections::BTreeMap;

use gix::ObjectId;
use gix::bstr::{BString, ByteSlice as _};
use gix::objs::Kind;

use super::Place;
use super::error::Error;
use super::object::Objects;
use super::walk::{self, EntryKind};
use crate::model::revision::TreeId;

/// The files of a folder of a tree. What stands for another repository is none.
pub struct Files {
    objects: Objects,
    files: BTreeMap<BString, (Named, ObjectId)>,
}

/// What a file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    /// A file, by the name that git has for its content.
    File {
        /// The name.
        content: String,
        /// Whether it can be executed.
        executable: bool,
    },
    /// A link.
    Link {
        /// What it leads to.
        target: BString,
    },
}

impl Files {
    /// Lists those of the folder `folder` of `tree`; the empty text is the top.
    pub fn of(repo: &gix::Repository, tree: &TreeId, folder: &str) -> Result<Self, Error> {
        let Place { objects, folder, id } = Place::find(repo, tree, folder)?;
        let mut files = BTreeMap::new();
        let mut folders = vec![(BString::default(), id)];
        while let Some((below, id)) = folders.pop() {
            for entry in walk::entries(&objects, id, &folder)? {
                let path: BString =
                    if below.is_empty() { entry.name } else { [below.as_slice(), b"/", &entry.name].concat().into() };
                let named = match entry.kind {
                    EntryKind::Folder => {
                        folders.push((path, entry.id));
                        continue;
                    }
                    EntryKind::Submodule => continue,
                    EntryKind::File { executable } => Named::File { content: entry.id.to_string(), executable },
                    EntryKind::Link => {
                        let mut target = Vec::new();
                        objects.read(entry.id, Kind::Blob, &mut target, || path.to_string())?;
                        Named::Link { target: target.into() }
                    }
                };
                files.insert(path, (named, entry.id));
            }
        }
        Ok(Self { objects, files })
    }

    /// Returns all paths below the folder, sorted, with what is there.
    pub fn iter(&self) -> impl Iterator<Item = (&BString, &Named)> {
        self.files.iter().map(|(path, (named, _))| (path, named))
    }

    /// Reads a file; none where it is not there, a link, or cannot be read.
    pub fn read(&self, path: &[u8]) -> Option<Vec<u8>> {
        let (Named::File { .. }, id) = self.files.get(path.as_bstr())? else { return None };
        let mut content = Vec::new();
        self.objects.read(*id, Kind::Blob, &mut content, || path.as_bstr().to_string()).ok()?;
        Some(content)
    }
}
