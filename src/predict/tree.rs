//! The files of a package at one commit, and what a program sees of them.
//!
//! What differs for whom is the rule of `nix/reuse/Contents.hs`, which the builder goes by.

use std::collections::{BTreeMap, BTreeSet};

use gix::bstr::{BStr, BString, ByteSlice as _};

/// What a file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// A file, by something that tells its content.
    File {
        /// Equal for equal contents alone.
        content: BString,
        /// Whether it can be executed.
        executable: bool,
    },
    /// A link.
    Link {
        /// What it leads to.
        target: BString,
    },
}

/// Files by their paths below the package's folder; of what lies beside that folder with `../` before.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tree {
    entries: BTreeMap<BString, Entry>,
    /// The names in each folder.
    folders: BTreeMap<BString, BTreeSet<BString>>,
}

/// How a program looks at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Access {
    /// Its content.
    Read,
    /// The names in a folder.
    List,
    /// Whether it is there, as what, and how large.
    Ask,
    /// The same, without the size.
    Find,
    /// It as a program.
    Run,
}

/// What became of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It is another thing.
    Changed,
    /// The base does not have it.
    Added,
    /// Head does not have it.
    Removed,
}

/// How many links in a row are followed.
const MOST_LINKS: u32 = 40;

/// What a program sees of a path.
#[derive(PartialEq)]
enum Seen<'a> {
    Away(BString),
    There { link: Option<&'a BStr>, thing: Thing<'a> },
}

#[derive(PartialEq)]
enum Thing<'a> {
    Nothing,
    Folder(Vec<(&'a BStr, &'static str)>),
    File { executable: Option<bool>, content: Option<&'a BStr> },
}

impl FromIterator<(BString, Entry)> for Tree {
    fn from_iter<T: IntoIterator<Item = (BString, Entry)>>(files: T) -> Self {
        let mut tree = Self::default();
        for (path, entry) in files {
            let mut below = path.clone();
            while below != "." && !below.split_str("/").all(|part| part == b"..") {
                let folder = folder_of(below.as_ref());
                let is_new =
                    tree.folders.entry(folder.clone()).or_default().insert(base_name(below.as_ref()).to_owned());
                if !is_new || folder == "." {
                    break;
                }
                below = folder;
            }
            tree.entries.insert(path, entry);
        }
        tree
    }
}

impl Tree {
    /// Returns the paths of all files.
    pub(super) fn paths(&self) -> impl Iterator<Item = &BStr> {
        self.entries.keys().map(AsRef::as_ref)
    }

    /// Whether there is a file of this path.
    pub(super) fn has(&self, path: &BStr) -> bool {
        self.entries.contains_key(path)
    }

    /// Whether there is a file of this path, and no link.
    pub(super) fn is_file(&self, path: &BStr) -> bool {
        matches!(self.entries.get(path), Some(Entry::File { .. }))
    }

    /// Whether a path is, or leads to, a file of the tree.
    pub(super) fn leads_to_file(&self, path: &BStr) -> bool {
        self.follow(&simplified(path)).is_ok_and(|end| self.is_file(end.as_ref()))
    }

    /// Whether a path is a link that leads to no file of the tree: to a folder, out of the tree, or nowhere.
    pub(super) fn is_link_to_no_file(&self, path: &BStr) -> bool {
        matches!(self.entries.get(path), Some(Entry::Link { .. })) && !self.leads_to_file(path)
    }

    /// Returns all paths of files that differ from an older tree.
    pub(super) fn changes_since(&self, before: &Self) -> BTreeMap<BString, Change> {
        let mut changes = BTreeMap::new();
        for (path, old) in &before.entries {
            match self.entries.get(path) {
                None => changes.insert(path.clone(), Change::Removed),
                Some(new) if new != old => changes.insert(path.clone(), Change::Changed),
                Some(_) => None,
            };
        }
        let added = self.entries.keys().filter(|path| !before.entries.contains_key(*path));
        changes.extend(added.map(|path| (path.clone(), Change::Added)));
        changes
    }

    /// Whether what a program sees of a path by an access is another thing than in an older tree.
    pub(super) fn differs(&self, before: &Self, access: Access, path: &BStr) -> bool {
        before.look(access, path) != self.look(access, path)
    }

    fn look(&self, access: Access, path: &BStr) -> Seen<'_> {
        let path = simplified(path);
        let end = match self.follow(&path) {
            Err(away) => return Seen::Away(away),
            Ok(end) => end,
        };
        // What asks may ask for the link itself.
        let link = match self.entries.get(&path) {
            Some(Entry::Link { target }) if matches!(access, Access::Ask | Access::Find) => Some(target.as_bstr()),
            _ => None,
        };
        Seen::There { link, thing: self.thing(access, &end) }
    }

    fn thing(&self, access: Access, end: &BString) -> Thing<'_> {
        if let Some(names) = self.folders.get(end) {
            let kind = |name: &BString| match self.entries.get(&joined(end.as_ref(), name.as_ref())) {
                None => "folder",
                Some(Entry::Link { .. }) => "link",
                Some(Entry::File { .. }) => "file",
            };
            let names = names.iter().map(|name| (name.as_bstr(), kind(name)));
            return Thing::Folder(if access == Access::List { names.collect() } else { Vec::new() });
        }
        match self.entries.get(end) {
            _ if end == "." => Thing::Folder(Vec::new()),
            // A size is not known here: another content may have another one.
            Some(Entry::File { content, executable }) => Thing::File {
                executable: matches!(access, Access::Ask | Access::Find | Access::Run).then_some(*executable),
                content: matches!(access, Access::Read | Access::Run | Access::Ask).then_some(content.as_bstr()),
            },
            _ => Thing::Nothing,
        }
    }

    /// Where a path leads by the links of the tree; an error where that is outside of it. A circle leads nowhere.
    fn follow(&self, path: &BString) -> Result<BString, BString> {
        let mut path = path.clone();
        for _ in 0..MOST_LINKS {
            let Some((folder, target, rest)) = self.first_link(&path) else { return Ok(path) };
            let behind = |start: BString| if rest.is_empty() { start } else { joined(start.as_ref(), rest.as_ref()) };
            if target.starts_with(b"/") {
                return Err(behind(target));
            }
            path = simplified(behind(joined(folder.as_ref(), target.as_ref())).as_ref());
        }
        Err(path)
    }

    fn first_link(&self, path: &BString) -> Option<(BString, BString, BString)> {
        let ends = path.find_iter("/").chain([path.len()]);
        for end in ends {
            let (here, rest) = path.split_at(end);
            if let Some(Entry::Link { target }) = self.entries.get(here.as_bstr()) {
                let rest = rest.strip_prefix(b"/").unwrap_or(rest);
                return Some((folder_of(here.as_bstr()), target.clone(), rest.into()));
            }
        }
        None
    }
}

/// Returns a path without empty parts, `.` and what `..` takes back.
pub(super) fn simplified(path: &BStr) -> BString {
    let absolute = path.starts_with(b"/");
    let mut parts: Vec<&[u8]> = Vec::new();
    for part in path.split_str("/") {
        match part {
            b"" | b"." => {}
            b".." if parts.last().is_some_and(|last| *last != b"..") => {
                parts.pop();
            }
            b".." if absolute => {}
            name => parts.push(name),
        }
    }
    let text: BString = gix::bstr::join("/", parts).into();
    match (absolute, text.is_empty()) {
        (true, _) => [b"/", text.as_slice()].concat().into(),
        (false, true) => ".".into(),
        (false, false) => text,
    }
}

fn folder_of(path: &BStr) -> BString {
    match path.rfind_byte(b'/') {
        None => ".".into(),
        Some(0) => "/".into(),
        Some(end) => path[..end].into(),
    }
}

fn base_name(path: &BStr) -> &BStr {
    path.rfind_byte(b'/').map_or(path, |end| path[end + 1..].as_bstr())
}

/// Returns the path of something in a folder.
pub(super) fn joined(folder: &BStr, name: &BStr) -> BString {
    if folder == "." { name.to_owned() } else { [folder.as_bytes(), b"/", name.as_bytes()].concat().into() }
}

#[cfg(test)]
mod tests {
    use super::Access::{Ask, Find, List, Read, Run};
    use super::*;

    fn file(path: &str, content: &str) -> (BString, Entry) {
        (path.into(), Entry::File { content: content.into(), executable: false })
    }

    fn link(path: &str, target: &str) -> (BString, Entry) {
        (path.into(), Entry::Link { target: target.into() })
    }

    #[test]
    fn paths_are_simplified() {
        let cases = [("a//b/./c", "a/b/c"), ("a/../b", "b"), ("../a", "../a"), ("./", "."), ("/a/../../b", "/b")];
        for (path, simple) in cases {
            assert_eq!(simplified(path.into()), simple, "{path}");
        }
    }

    #[test]
    fn what_differs_depends_on_how_one_looks() {
        let before: Tree = [file("d/one", "1"), file("x", "1"), link("to", "d"), link("out", "/etc/x"), link("l", "x")]
            .into_iter()
            .collect();
        let now: Tree =
            [file("d/one", "2"), file("d/two", "1"), link("to", "d"), link("out", "/etc/x"), link("l", "d/two")]
                .into_iter()
                .collect();
        let differs = |access, path: &str| now.differs(&before, access, path.into());
        let cases = [
            (Read, "d/one", true),
            (Read, "to/one", true),
            (Find, "d/one", false),
            (Ask, "d/one", true),
            (Run, "d/one", true),
            (List, "d", true),
            (List, "./to/", true),
            (Find, "d", false),
            (Read, "x", true),
            (Find, "x", true),
            (Find, "nowhere", false),
            (Read, "out", false),
            (Read, "out/y", false),
            (List, ".", true),
            // It leads to another file of the same content.
            (Read, "l", false),
            (Find, "l", true),
        ];
        for (access, path, expected) in cases {
            assert_eq!(differs(access, path), expected, "{access:?} {path}");
        }
        let changes = now.changes_since(&before);
        let names: Vec<_> = changes.iter().map(|(path, change)| (path.to_string(), *change)).collect();
        assert_eq!(
            names,
            [
                ("d/one".to_owned(), Change::Changed),
                ("d/two".to_owned(), Change::Added),
                ("l".to_owned(), Change::Changed),
                ("x".to_owned(), Change::Removed)
            ]
        );
    }

    #[test]
    fn links_that_lead_to_files_are_told_from_others() {
        let leads = |target: &str| {
            let tree: Tree = [file("d/one", "1"), link("d/to", target)].into_iter().collect();
            !tree.is_link_to_no_file("d/to".into()) && tree.leads_to_file("d/to".into())
        };
        let cases = [("one", true), ("../d/one", true), ("../d", false), ("/d/one", false), ("two", false)];
        for (target, expected) in cases {
            assert_eq!(leads(target), expected, "{target}");
        }
    }

    #[test]
    fn a_circle_of_links_leads_nowhere() {
        let tree: Tree = [link("a", "b"), link("b", "a")].into_iter().collect();
        assert!(!tree.differs(&tree.clone(), Read, "a/x".into()));
    }
}
