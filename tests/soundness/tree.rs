//! A package as data: what its files hold, by their paths.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// What lies at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Entry {
    Text(String),
    /// What is no text.
    Bytes(Vec<u8>),
    /// A text that may be executed.
    Program(String),
    /// Where a symbolic link leads to.
    Link(String),
}

/// The first of the characters that stand for a byte in a path, those from 128 on.
const BYTE: u32 = 0xF700;

/// A path that need not be UTF-8, for [`Tree`].
pub(crate) fn path_of_bytes(bytes: &[u8]) -> String {
    let character = |&byte: &u8| if byte.is_ascii() { char::from(byte) } else { stand_in(byte) };
    bytes.iter().map(character).collect()
}

fn stand_in(byte: u8) -> char {
    char::from_u32(BYTE + u32::from(byte)).expect("a character")
}

/// The files of a package. Folders are there where they have a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Tree {
    pub(crate) entries: BTreeMap<String, Entry>,
}

impl Tree {
    /// Makes a tree of paths and texts.
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let mut tree = Self::default();
        for (path, text) in files {
            tree.write(path, text);
        }
        tree
    }

    /// Puts a text at a path, whether there is one or not.
    pub(crate) fn write(&mut self, path: &str, text: &str) {
        self.entries.insert(path.to_owned(), Entry::Text(text.to_owned()));
    }

    /// Puts an executable file at a path.
    pub(crate) fn program(&mut self, path: &str, text: &str) {
        self.entries.insert(path.to_owned(), Entry::Program(text.to_owned()));
    }

    /// Puts a symbolic link at a path.
    pub(crate) fn link(&mut self, path: &str, target: &str) {
        self.entries.insert(path.to_owned(), Entry::Link(target.to_owned()));
    }

    /// Removes a file that has to be there.
    #[track_caller]
    pub(crate) fn remove(&mut self, path: &str) {
        assert!(self.entries.remove(path).is_some(), "there is no {path}");
    }

    /// Gives a file another path.
    #[track_caller]
    pub(crate) fn rename(&mut self, from: &str, to: &str) {
        let entry = self.entries.remove(from).unwrap_or_else(|| panic!("there is no {from}"));
        self.entries.insert(to.to_owned(), entry);
    }

    /// Replaces a text that stands in a file exactly once.
    #[track_caller]
    pub(crate) fn replace(&mut self, path: &str, old: &str, new: &str) {
        let text = self.text_of(path);
        assert_eq!(text.matches(old).count(), 1, "`{old}` in {path}:\n{text}");
        *text = text.replace(old, new);
    }

    /// Puts a text at the end of a file.
    #[track_caller]
    pub(crate) fn append(&mut self, path: &str, more: &str) {
        self.text_of(path).push_str(more);
    }

    /// Puts a text at the start of a file.
    #[track_caller]
    pub(crate) fn prepend(&mut self, path: &str, more: &str) {
        self.text_of(path).insert_str(0, more);
    }

    /// The same files, all below a folder.
    pub(crate) fn below(self, folder: &str) -> Self {
        Self { entries: self.entries.into_iter().map(|(path, entry)| (format!("{folder}/{path}"), entry)).collect() }
    }

    #[track_caller]
    fn text_of(&mut self, path: &str) -> &mut String {
        match self.entries.get_mut(path) {
            Some(Entry::Text(text) | Entry::Program(text)) => text,
            other => panic!("{path} is {other:?}, and no text"),
        }
    }

    /// Writes all files below a folder.
    pub(crate) fn lay_out(&self, folder: &Path) {
        for (path, entry) in &self.entries {
            let file = folder.join(to_bytes(path));
            fs_err::create_dir_all(file.parent().expect("a folder")).expect("a folder");
            match entry {
                Entry::Text(text) => fs_err::write(file, text).expect("a file"),
                Entry::Bytes(bytes) => fs_err::write(file, bytes).expect("a file"),
                Entry::Program(text) => {
                    fs_err::write(&file, text).expect("a file");
                    fs_err::set_permissions(file, std::fs::Permissions::from_mode(0o755)).expect("a program");
                }
                Entry::Link(target) => fs_err::os::unix::fs::symlink(target, file).expect("a link"),
            }
        }
    }

    /// The first value of a field of the package's `.cabal` file.
    pub(crate) fn field(&self, name: &str) -> Option<String> {
        let value = self.description()?.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
        Some(value.trim().to_owned())
    }

    /// The text of its package description.
    pub(crate) fn description(&self) -> Option<&str> {
        let (_, cabal) = self
            .entries
            .iter()
            .find(|(path, _)| !path.contains('/') && Path::new(path).extension().is_some_and(|e| e == "cabal"))?;
        let Entry::Text(text) = cabal else { return None };
        Some(text)
    }

    /// What differs between this tree and a later one, file by file with both texts.
    pub(crate) fn describe_changes(&self, later: &Self) -> String {
        let mut told = String::new();
        let mut paths: Vec<_> = self.entries.keys().chain(later.entries.keys()).collect();
        paths.sort();
        paths.dedup();
        for path in paths {
            let (before, after) = (self.entries.get(path), later.entries.get(path));
            if before != after {
                let text = |entry: Option<&Entry>| match entry {
                    None => "(no such file)\n".to_owned(),
                    Some(Entry::Text(text) | Entry::Program(text)) => text.clone(),
                    Some(Entry::Bytes(bytes)) => format!("({} bytes)\n", bytes.len()),
                    Some(Entry::Link(target)) => format!("-> {target}\n"),
                };
                told.push_str("--- ");
                told.push_str(path);
                told.push_str(" in the base\n");
                told.push_str(&text(before));
                told.push_str("--- ");
                told.push_str(path);
                told.push_str(" in head\n");
                told.push_str(&text(after));
            }
        }
        told
    }
}

/// The path as the system has it.
fn to_bytes(path: &str) -> OsString {
    let mut bytes = Vec::new();
    for character in path.chars() {
        match u8::try_from(u32::from(character).wrapping_sub(BYTE)) {
            Ok(byte) => bytes.push(byte),
            Err(_) => bytes.extend(character.to_string().as_bytes()),
        }
    }
    OsString::from_vec(bytes)
}
