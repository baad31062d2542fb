//! Walks a git tree in the order of a NAR.

use gix::ObjectId;
use gix::bstr::{BString, ByteSlice};
use gix::objs::{Kind, TreeRefIter};

use super::error::Error;
use super::object::Objects;
use super::{Options, Submodules};
use crate::model::revision::TreeId;

/// The longest file name that Linux and macOS take, in bytes.
const LONGEST_NAME: usize = 255;

/// How many names a path may have. Nix takes no more since 2.34 ("maximum NAR directory depth of 64",
/// where the top counts); older ones do, but a source must be one everywhere.
const DEEPEST: usize = 63;

/// What an entry of a tree is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EntryKind {
    Folder,
    File { executable: bool },
    Link,
    Submodule,
}

/// An entry of a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) name: BString,
    pub(super) kind: EntryKind,
    pub(super) id: ObjectId,
}

/// A step of the walk. A folder's entries stand between its `Enter` and its `Leave`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    Enter(BString),
    Leave,
    File { name: BString, executable: bool, id: ObjectId },
    Link { name: BString, id: ObjectId },
    EmptyFolder(BString),
}

/// Returns the entries of a tree, by name as NAR wants them: git sorts a folder as if its name
/// ended in `/`, NAR by the bytes of the name alone (`dump` in `archive.cc` of NixOS/nix).
pub(super) fn entries(objects: &Objects, id: ObjectId, path: &str) -> Result<Vec<Entry>, Error> {
    let mut data = Vec::new();
    objects.read(id, Kind::Tree, &mut data, || path.to_owned())?;
    let mut entries = Vec::new();
    for entry in TreeRefIter::from_bytes(&data, objects.hash_kind()) {
        let entry = entry.map_err(|error| Error::BadObject {
            id: id.to_string(),
            path: path.to_owned(),
            source: error.into(),
        })?;
        let mode = entry.mode.value();
        // By the bits that `canon_mode` in git's `cache.h` looks at: old commits hold modes such as 100664.
        let kind = match mode & 0o170_000 {
            0o040_000 => EntryKind::Folder,
            0o120_000 => EntryKind::Link,
            0o160_000 => EntryKind::Submodule,
            _ => EntryKind::File { executable: mode & 0o100 != 0 },
        };
        entries.push(Entry { name: entry.filename.to_owned(), kind, id: entry.oid.to_owned() });
    }
    entries.sort_by(|left, right| left.name.cmp(&right.name));
    Ok(entries)
}

/// Returns the tree that lies at `folder` below `tree`.
pub(super) fn folder(objects: &Objects, tree: &TreeId, folder: &str) -> Result<ObjectId, Error> {
    let (id, kind) = resolve(objects, tree, folder)?;
    match kind {
        EntryKind::Folder => Ok(id),
        _ => Err(Error::NotAFolder { path: folder.to_owned() }),
    }
}

/// Returns the object at `path` below `tree`, and what it is. Links are not followed.
pub(super) fn resolve(objects: &Objects, tree: &TreeId, path: &str) -> Result<(ObjectId, EntryKind), Error> {
    let top = ObjectId::from_hex(tree.as_str().as_bytes()).map_err(|error| Error::Internal { source: error.into() })?;
    let not_found = || Error::NotFound { path: path.to_owned(), tree: tree.short().to_owned() };
    let mut here = (top, EntryKind::Folder);
    let mut walked = String::new();
    for name in parts(path)? {
        if here.1 != EntryKind::Folder {
            return Err(not_found());
        }
        let entry = entries(objects, here.0, &walked)?.into_iter().find(|entry| entry.name == name.as_bytes());
        let entry = entry.ok_or_else(not_found)?;
        here = (entry.id, entry.kind);
        walked = join(&walked, name);
    }
    Ok(here)
}

/// Splits a path into its names. `.` and doubled slashes fall away, `..` takes a name back.
pub(super) fn parts(path: &str) -> Result<Vec<&str>, Error> {
    let outside = || Error::Outside { path: path.to_owned() };
    if path.starts_with('/') {
        return Err(outside());
    }
    let mut parts = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop().ok_or_else(outside)?;
            }
            name => parts.push(name),
        }
    }
    Ok(parts)
}

/// Joins a folder and a name below it.
pub(super) fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// Returns all steps of the walk through the tree `id`, which lies at `path`. Reads trees, no files.
pub(super) fn steps(objects: &Objects, id: ObjectId, path: &str, options: Options) -> Result<Vec<Step>, Error> {
    let mut steps = Vec::new();
    // A stack of its own, as a tree may be deeper than the machine's.
    let mut open = vec![(path.to_owned(), entries(objects, id, path)?.into_iter(), BString::default())];
    loop {
        let depth = open.len();
        let Some((folder, rest, previous)) = open.last_mut() else { break };
        let Some(entry) = rest.next() else {
            open.pop();
            if !open.is_empty() {
                steps.push(Step::Leave);
            }
            continue;
        };
        let path = join(folder, &entry.name.to_str_lossy());
        check_name(&entry.name, previous, &path)?;
        if depth > DEEPEST {
            return Err(Error::Unstorable { path, problem: "it lies deeper than the 63 levels that Nix takes" });
        }
        previous.clone_from(&entry.name);
        match entry.kind {
            EntryKind::Folder => {
                let below = entries(objects, entry.id, &path)?.into_iter();
                steps.push(Step::Enter(entry.name));
                open.push((path, below, BString::default()));
            }
            EntryKind::File { executable } => steps.push(Step::File { name: entry.name, executable, id: entry.id }),
            EntryKind::Link => steps.push(Step::Link { name: entry.name, id: entry.id }),
            EntryKind::Submodule => match options.submodules {
                Submodules::Refuse => return Err(Error::Submodule { path }),
                Submodules::Empty => steps.push(Step::EmptyFolder(entry.name)),
            },
        }
    }
    Ok(steps)
}

/// Refuses a name that Nix refuses to unpack (`parseDump` in `archive.cc` of NixOS/nix). git itself
/// never writes such trees. Names need not be UTF-8: neither git nor Nix asks for that.
fn check_name(name: &BString, previous: &BString, path: &str) -> Result<(), Error> {
    let problem = if name.is_empty() || name == "." || name == ".." || name.contains(&b'/') || name.contains(&0) {
        "its name is not a file name"
    } else if name.len() > LONGEST_NAME {
        "its name is longer than 255 bytes"
    } else if name == previous {
        "two entries of one folder have this name"
    } else {
        return Ok(());
    };
    Err(Error::Unstorable { path: path.to_owned(), problem })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_cleaned() {
        assert_eq!(parts("").expect("a path"), Vec::<&str>::new());
        assert_eq!(parts("./a//b/").expect("a path"), ["a", "b"]);
        assert_eq!(parts("a/../b").expect("a path"), ["b"]);
        assert!(parts("..").is_err());
        assert!(parts("/a").is_err());
    }

    #[test]
    fn names_that_nix_would_refuse_are_refused() {
        for name in ["", ".", "..", "a/b", "a\0b", "same", &"x".repeat(256)] {
            assert!(check_name(&name.into(), &"same".into(), "p").is_err(), "{name}");
        }
        for name in ["...", ".a", "a b", "~nix~case~hack~1", "\n", &"x".repeat(255)] {
            assert!(check_name(&name.into(), &"same".into(), "p").is_ok(), "{name}");
        }
    }
}
