//! Lists the files of a tree.

use std::collections::BTreeMap;

use gix::ObjectId;
use gix::bstr::{BString, ByteSlice as _};
use gix::objs::Kind;

use super::error::Error;
use super::object::Objects;
use super::walk::Step;
use super::{Options, Place, Submodules};
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
    /// Lists those of the folder `folder` of `tree`, as a build gets them; the empty text is the top.
    pub fn of(repo: &gix::Repository, tree: &TreeId, folder: &str) -> Result<Self, Error> {
        let place = Place::find(repo, tree, folder)?;
        let options = Options { submodules: Submodules::Empty, ..Options::default() };
        let mut files = BTreeMap::new();
        let mut below = BString::default();
        let at = |below: &BString, name: &BString| -> BString {
            if below.is_empty() { name.clone() } else { [below.as_slice(), b"/", name].concat().into() }
        };
        for step in place.walk(options)?.steps {
            match step {
                Step::Enter(name) => below = at(&below, &name),
                Step::Leave => {
                    let above = below.rfind_byte(b'/').unwrap_or(0);
                    below.truncate(above);
                }
                Step::EmptyFolder(_) => {}
                Step::File { name, executable, id } => {
                    files.insert(at(&below, &name), (Named::File { content: id.to_string(), executable }, id));
                }
                Step::Link { name, id } => {
                    let path = at(&below, &name);
                    let mut target = Vec::new();
                    place.objects.read(id, Kind::Blob, &mut target, || path.to_string())?;
                    files.insert(path, (Named::Link { target: target.into() }, id));
                }
            }
        }
        Ok(Self { objects: place.objects, files })
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
