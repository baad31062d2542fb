//! Walks a git tree in the order of a NAR.

use std::fmt::Write as _;

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

/// How many links one may meet on the way to a file, as Linux has it (`MAXSYMLINKS` in `namei.h`).
const MOST_LINKS: usize = 40;

/// How many entries may stand in the place of links that lead out of the folder, all in all.
const MOST_BROUGHT: usize = 200_000;

/// A walk through a folder of a tree.
#[derive(Debug, Default)]
pub(super) struct Walk {
    /// All of it.
    pub(super) steps: Vec<Step>,
    /// What stands in the place of links, and where, for whoever remembers what the walk was; none where no link leads
    /// out of the folder, so that the folder's own tree says all.
    pub(super) brought: Option<String>,
}

/// A folder that is being walked through.
struct Open {
    /// Its path from the top.
    path: String,
    rest: std::vec::IntoIter<Entry>,
    previous: BString,
    /// The folder that came as a whole, and this one with it: links that stay in it are kept.
    root: String,
}

/// Returns the walk through the folder at `path` of the tree `top`. Reads trees and links, no files.
///
/// A link that leads out of the folder, to something else in the tree, gives way to what it leads to: the folder is all
/// that a build gets. So `LICENSE -> ../LICENSE` is the file. cabal-install's `sdist` does the same.
pub(super) fn through(
    objects: &Objects,
    top: ObjectId,
    id: ObjectId,
    path: &str,
    options: Options,
) -> Result<Walk, Error> {
    let mut steps = Vec::new();
    let mut brought = None;
    let mut count = 0;
    let open = |id: ObjectId, path: String, root: String| -> Result<Open, Error> {
        let rest = entries(objects, id, &path)?.into_iter();
        Ok(Open { path, rest, previous: BString::default(), root })
    };
    // A stack of its own, as a tree may be deeper than the machine's.
    let mut folders = vec![open(id, path.to_owned(), path.to_owned())?];
    loop {
        let depth = folders.len();
        let Some(folder) = folders.last_mut() else { break };
        let Some(entry) = folder.rest.next() else {
            folders.pop();
            if !folders.is_empty() {
                steps.push(Step::Leave);
            }
            continue;
        };
        let mut place = join(&folder.path, &entry.name.to_str_lossy());
        check_name(&entry.name, &folder.previous, &place)?;
        if depth > DEEPEST {
            return Err(Error::Unstorable { path: place, problem: "it lies deeper than the 63 levels that Nix takes" });
        }
        folder.previous.clone_from(&entry.name);
        let mut root = folder.root.clone();
        let (mut id, mut kind) = (entry.id, entry.kind);
        if kind == EntryKind::Link
            && let Some(target) = target_outside(objects, id, &place, &folder.path, &root)?
        {
            let brought = brought.get_or_insert_with(String::new);
            if let Some(found) = follow(objects, top, &target)? {
                // A text takes all that is written to it.
                let _taken = writeln!(brought, "{place}\0{:?}\0{}", found.kind, found.id);
                (place, id, kind) = (found.path.clone(), found.id, found.kind);
                root = found.path;
            }
        }
        if root != path {
            count += 1;
            if count > MOST_BROUGHT {
                let problem = "links that lead out of the package's folder stand for more than 200,000 files: do they lead round in a circle?";
                return Err(Error::Unstorable { path: place, problem });
            }
        }
        let name = entry.name;
        match kind {
            EntryKind::Folder => {
                steps.push(Step::Enter(name));
                folders.push(open(id, place, root)?);
            }
            EntryKind::File { executable } => steps.push(Step::File { name, executable, id }),
            EntryKind::Link => steps.push(Step::Link { name, id }),
            EntryKind::Submodule => match options.submodules {
                Submodules::Refuse => return Err(Error::Submodule { path: place }),
                Submodules::Empty => steps.push(Step::EmptyFolder(name)),
            },
        }
    }
    Ok(Walk { steps, brought })
}

/// Where a link at `place`, in `folder`, leads, if that is outside of `root` and inside of the tree.
fn target_outside(
    objects: &Objects,
    id: ObjectId,
    place: &str,
    folder: &str,
    root: &str,
) -> Result<Option<String>, Error> {
    if root.is_empty() {
        return Ok(None);
    }
    let mut content = Vec::new();
    objects.read(id, Kind::Blob, &mut content, || place.to_owned())?;
    // What is no text, or leads out of the tree, leads nowhere here.
    let Ok(target) = content.to_str() else { return Ok(None) };
    if target.starts_with('/') {
        return Ok(None);
    }
    let Ok(path) = parts(&join(folder, target)).map(|parts| parts.join("/")) else { return Ok(None) };
    // A folder around this one is not put into it: no build needs itself once more.
    Ok((!is_at_or_below(&path, root) && !is_at_or_below(folder, &path)).then_some(path))
}

fn is_at_or_below(path: &str, folder: &str) -> bool {
    let rest = path.strip_prefix(folder);
    folder.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// What lies at a path.
struct Target {
    /// Its path without links.
    path: String,
    id: ObjectId,
    kind: EntryKind,
}

/// What lies at a path of the tree `top`, where links are followed; nothing where there is none, or where it leads out.
fn follow(objects: &Objects, top: ObjectId, path: &str) -> Result<Option<Target>, Error> {
    let mut waiting: Vec<String> = path.split('/').rev().map(str::to_owned).collect();
    let mut here = Target { path: String::new(), id: top, kind: EntryKind::Folder };
    let mut links = 0;
    while let Some(name) = waiting.pop() {
        if here.kind != EntryKind::Folder {
            return Ok(None);
        }
        let found = entries(objects, here.id, &here.path)?.into_iter().find(|entry| entry.name == name.as_bytes());
        let Some(entry) = found else { return Ok(None) };
        if entry.kind != EntryKind::Link {
            here = Target { path: join(&here.path, &name), id: entry.id, kind: entry.kind };
            continue;
        }
        links += 1;
        let mut content = Vec::new();
        objects.read(entry.id, Kind::Blob, &mut content, || join(&here.path, &name))?;
        let Ok(target) = content.to_str() else { return Ok(None) };
        if links > MOST_LINKS || target.starts_with('/') {
            return Ok(None);
        }
        let rest: Vec<&str> = waiting.iter().rev().map(String::as_str).collect();
        let whole = [&join(&here.path, target), rest.join("/").as_str()].join("/");
        let Ok(parts) = parts(&whole) else { return Ok(None) };
        waiting = parts.into_iter().rev().map(str::to_owned).collect();
        here = Target { path: String::new(), id: top, kind: EntryKind::Folder };
    }
    Ok(Some(here))
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
