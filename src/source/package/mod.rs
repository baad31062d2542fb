//! Finds the Cabal packages of a tree.

mod description;
#[doc(hidden)]
pub mod fuzzed;
mod layout;
mod project;
mod settings;

use std::collections::BTreeSet;

use gix::ObjectId;
use gix::bstr::ByteSlice;

use super::error::Error;
use super::file;
use super::object::Objects;
use super::walk::{self, Entry, EntryKind, join};
use crate::model::package::{BuildType, Package};
use crate::model::revision::TreeId;

pub use settings::{Choices, ProjectSettings, Unread};

/// The file that names the packages of a repository.
const PROJECT_FILE: &str = "cabal.project";

/// How many folders below the top packages are looked for where nothing names them.
const DEPTH: usize = 2;

/// The packages of a tree.
#[derive(Debug, Default)]
pub struct Found {
    /// Those that can be read, by their folders.
    pub packages: Vec<Package>,
    /// Those that cannot, with the reason.
    pub broken: Vec<Broken>,
}

/// A folder with a description that cannot be read.
#[derive(Debug)]
pub struct Broken {
    /// The folder, below the top.
    pub folder: String,
    /// Why.
    pub error: Error,
}

/// Returns the package that `folder` of `tree` holds; `folder` may also be the path of a `.cabal`
/// file. Both are relative to the top.
pub fn at(repo: &gix::Repository, tree: &TreeId, folder: &str) -> Result<Package, Error> {
    Search { objects: Objects::of(repo), tree }.at(folder)
}

/// Returns all packages of a tree:
///
/// 1. where `patterns` name some, these: folders and `.cabal` files, `*` for any characters;
/// 2. those that `packages:` and `optional-packages:` of `cabal.project` name;
/// 3. the package at the top;
/// 4. those of all folders with a `.cabal` file, down to two folders below the top.
pub fn all(repo: &gix::Repository, tree: &TreeId, patterns: &[String]) -> Result<Found, Error> {
    let search = Search { objects: Objects::of(repo), tree };
    let mut found = Found::default();
    for folder in search.folders(patterns)? {
        match search.at(&folder) {
            Ok(package) => found.packages.push(package),
            Err(error) => found.broken.push(Broken { folder, error }),
        }
    }
    Ok(found)
}

/// Returns what `cabal.project` says beside naming packages; nothing where there is none.
pub fn settings(repo: &gix::Repository, tree: &TreeId) -> Result<ProjectSettings, Error> {
    let search = Search { objects: Objects::of(repo), tree };
    let mut settings = match search.project()? {
        Some(text) => settings::parse(&text),
        None => ProjectSettings::default(),
    };
    let top = walk::entries(&search.objects, walk::folder(&search.objects, tree, "")?, "")?;
    for name in ["cabal.project.local", "cabal.project.freeze"] {
        if top.iter().any(|entry| entry.name == name) {
            settings.unread.push(Unread::file(name));
        }
    }
    Ok(settings)
}

struct Search<'a> {
    objects: Objects,
    tree: &'a TreeId,
}

impl Search<'_> {
    fn at(&self, path: &str) -> Result<Package, Error> {
        let path = walk::parts(path)?.join("/");
        let (id, kind) = walk::resolve(&self.objects, self.tree, &path)?;
        if kind == EntryKind::Folder {
            return self.only_in(&path, id);
        }
        let (folder, file) = path.rsplit_once('/').unwrap_or(("", &path));
        if !is_description(file) {
            return Err(Error::NotAFolder { path });
        }
        self.read(folder, file)
    }

    /// The text of `cabal.project` at the top.
    fn project(&self) -> Result<Option<String>, Error> {
        match self.file(PROJECT_FILE) {
            Ok(text) => Ok(Some(text.to_str_lossy().into_owned())),
            Err(Error::NotFound { .. } | Error::NotAFile { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn folders(&self, patterns: &[String]) -> Result<BTreeSet<String>, Error> {
        let top = walk::folder(&self.objects, self.tree, "")?;
        let mut folders = BTreeSet::new();
        for pattern in patterns {
            let mut matched = BTreeSet::new();
            self.matching(pattern, top, &mut matched)?;
            if matched.is_empty() {
                return Err(Error::NoMatch { pattern: pattern.clone() });
            }
            folders.append(&mut matched);
        }
        if !patterns.is_empty() {
            return Ok(folders);
        }
        if let Some(text) = self.project()? {
            for pattern in project::packages(&text) {
                self.matching(&pattern, top, &mut folders)?;
            }
        }
        if folders.is_empty() && !descriptions(&walk::entries(&self.objects, top, "")?).is_empty() {
            folders.insert(String::new());
        }
        if folders.is_empty() {
            self.below("", top, DEPTH, &mut folders)?;
        }
        if folders.is_empty() {
            self.only_in("", top)?;
        }
        Ok(folders)
    }

    /// Reads the only description in a folder.
    fn only_in(&self, folder: &str, id: ObjectId) -> Result<Package, Error> {
        let entries = walk::entries(&self.objects, id, folder)?;
        let files = descriptions(&entries);
        match files.as_slice() {
            [] => {
                let hpack = entries.iter().any(|entry| entry.name == "package.yaml");
                let hpack = hpack.then(|| join(folder, "package.yaml"));
                Err(Error::NoPackage { folder: folder.to_owned(), hpack })
            }
            [file] => self.read(folder, file),
            _ => Err(Error::ManyDescriptions { folder: folder.to_owned(), files }),
        }
    }

    /// Collects the folders with a description, from `folder` down.
    fn below(&self, folder: &str, id: ObjectId, depth: usize, found: &mut BTreeSet<String>) -> Result<(), Error> {
        let entries = walk::entries(&self.objects, id, folder)?;
        if !descriptions(&entries).is_empty() {
            found.insert(folder.to_owned());
        }
        if depth == 0 {
            return Ok(());
        }
        for entry in entries.iter().filter(|entry| entry.kind == EntryKind::Folder) {
            self.below(&join(folder, &entry.name.to_str_lossy()), entry.id, depth - 1, found)?;
        }
        Ok(())
    }

    /// Collects the packages that an entry of `packages:` names: a folder with a description, or a description.
    fn matching(&self, pattern: &str, top: ObjectId, found: &mut BTreeSet<String>) -> Result<(), Error> {
        // What lies outside of the repository cannot be its package.
        let Ok(parts) = walk::parts(pattern) else { return Ok(()) };
        let mut places = vec![(String::new(), Some(top))];
        for part in parts {
            let mut next = Vec::new();
            for (folder, id) in places {
                let Some(id) = id else { continue };
                for entry in walk::entries(&self.objects, id, &folder)? {
                    let name = entry.name.to_str_lossy();
                    if project::matches(part, &name) {
                        let id = (entry.kind == EntryKind::Folder).then_some(entry.id);
                        next.push((join(&folder, &name), id));
                    }
                }
            }
            places = next;
        }
        for (path, id) in places {
            if let Some(id) = id {
                if !descriptions(&walk::entries(&self.objects, id, &path)?).is_empty() {
                    found.insert(path);
                }
            } else {
                let (folder, file) = path.rsplit_once('/').unwrap_or(("", &path));
                if is_description(file) {
                    found.insert(folder.to_owned());
                }
            }
        }
        Ok(())
    }

    fn read(&self, folder: &str, file: &str) -> Result<Package, Error> {
        let path = join(folder, file);
        let content = self.file(&path)?;
        let read =
            description::parse(&content).map_err(|(line, problem)| Error::Description { file: path, line, problem })?;
        let build_type = match read.build_type {
            Some(build_type) => build_type,
            // Old formats leave it open; a `Setup` of its own then decides, as in cabal-install.
            None if self.has_setup(folder)? => BuildType::Custom,
            None => BuildType::Simple,
        };
        Ok(Package {
            name: read.name,
            version: read.version,
            build_type,
            folder: folder.to_owned(),
            description: file.to_owned(),
        })
    }

    fn has_setup(&self, folder: &str) -> Result<bool, Error> {
        let id = walk::folder(&self.objects, self.tree, folder)?;
        let entries = walk::entries(&self.objects, id, folder)?;
        Ok(entries.iter().any(|entry| entry.name == "Setup.hs" || entry.name == "Setup.lhs"))
    }

    fn file(&self, path: &str) -> Result<Vec<u8>, Error> {
        file::read(&self.objects, self.tree, path)
    }
}

/// Returns the names of the package descriptions among these entries, in order.
fn descriptions(entries: &[Entry]) -> Vec<String> {
    let files = entries.iter().filter(|entry| matches!(entry.kind, EntryKind::File { .. } | EntryKind::Link));
    files.map(|entry| entry.name.to_str_lossy().into_owned()).filter(|name| is_description(name)).collect()
}

/// Whether Cabal takes a file of this name for a package description: not one that is called `.cabal` alone.
fn is_description(name: &str) -> bool {
    name.strip_suffix(".cabal").is_some_and(|stem| !stem.is_empty())
}
