//! Reads one file of a tree.

use gix::bstr::ByteSlice;
use gix::objs::Kind;

use super::error::Error;
use super::object::Objects;
use super::walk::{self, EntryKind, join};
use crate::model::revision::TreeId;

/// How many links in a row are followed, as many as Linux does.
const MOST_LINKS: usize = 40;

/// Returns a file of a tree by its path below the top; none where there is nothing at that path.
/// A link is followed as long as it stays in the tree.
pub fn read_file(repo: &gix::Repository, tree: &TreeId, path: &str) -> Result<Option<Vec<u8>>, Error> {
    match read(&Objects::of(repo), tree, path) {
        Ok(content) => Ok(Some(content)),
        Err(Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Returns a path as a tree names it, without `.` and `..`.
///
/// # Errors
///
/// [`Error::Outside`] where it leads out of the tree.
pub fn path_in_tree(path: &str) -> Result<String, Error> {
    Ok(walk::parts(path)?.join("/"))
}

/// Reads a file that is to be there.
pub(super) fn read(objects: &Objects, tree: &TreeId, path: &str) -> Result<Vec<u8>, Error> {
    let mut path = path.to_owned();
    let mut content = Vec::new();
    for _ in 0..MOST_LINKS {
        let (id, kind) = walk::resolve(objects, tree, &path)?;
        match kind {
            EntryKind::Folder => return Err(Error::NotAFile { path }),
            EntryKind::Submodule => return Err(Error::Submodule { path }),
            EntryKind::File { .. } => {
                objects.read(id, Kind::Blob, &mut content, || path.clone())?;
                return Ok(content);
            }
            EntryKind::Link => {
                objects.read(id, Kind::Blob, &mut content, || path.clone())?;
                let target = content.to_str_lossy();
                if target.starts_with('/') {
                    return Err(Error::Outside { path: target.into_owned() });
                }
                let (folder, _) = path.rsplit_once('/').unwrap_or(("", &path));
                path = walk::parts(&join(folder, &target))?.join("/");
            }
        }
    }
    Err(Error::NotAFile { path })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_as_the_tree_names_it() {
        for (path, expected) in [
            ("src/A.hs", Some("src/A.hs")),
            ("./src//A.hs", Some("src/A.hs")),
            ("packages/a/../shared/A.hs", Some("packages/shared/A.hs")),
            ("packages/../../A.hs", None),
            ("/etc/passwd", None),
        ] {
            assert_eq!(path_in_tree(path).ok().as_deref(), expected, "{path}");
        }
    }
}
