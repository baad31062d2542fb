//! Builds the trees of a list of files.

use gix::ObjectId;
use gix::bstr::{BString, ByteSlice};
use gix::objs::tree::{Entry, EntryMode};

/// A file of a tree: its path from the top, its mode, its blob (for a submodule its commit).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct File {
    pub(super) path: BString,
    pub(super) mode: EntryMode,
    pub(super) id: ObjectId,
}

/// Writes the trees of files that are sorted by their whole paths, as in an index, and
/// returns the top one. A file whose path ends in `/` is a whole folder (of a sparse index).
pub(super) fn write(git: &gix::Repository, files: &[File]) -> Result<ObjectId, gix::Error> {
    write_below(git, files, 0)
}

/// `top` is the length of the folder's own path, with its last `/`.
fn write_below(git: &gix::Repository, files: &[File], top: usize) -> Result<ObjectId, gix::Error> {
    // Sorting by whole paths compares a folder as if its name ended in `/`, which is the
    // order of a tree: https://git-scm.com/docs/gitdatamodel (`base_name_compare`).
    let mut tree = gix::objs::Tree { entries: Vec::new() };
    let mut rest = files;
    while let Some(first) = rest.first() {
        let name = &first.path[top..];
        let (entry, used) = match name.find_byte(b'/') {
            Some(end) if end + 1 < name.len() => {
                let folder = &first.path[..=top + end];
                let used = rest.iter().take_while(|file| file.path.starts_with(folder)).count();
                let id = write_below(git, &rest[..used], top + end + 1)?;
                (Entry { mode: gix::objs::tree::EntryKind::Tree.into(), filename: name[..end].into(), oid: id }, used)
            }
            end => {
                let filename = &name[..end.unwrap_or(name.len())];
                (Entry { mode: first.mode, filename: filename.into(), oid: first.id }, 1)
            }
        };
        tree.entries.push(entry);
        rest = &rest[used..];
    }
    Ok(git.write_object(&tree)?.detach())
}
