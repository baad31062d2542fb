//! The files of a package at one commit: out of git where its source is a folder of the commit, else out of the store.

use std::collections::BTreeMap;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use gix::bstr::{BStr, BString, ByteSlice as _};
use md5::{Digest as _, Md5};
use walkdir::WalkDir;

use crate::model::name::PackageName;
use crate::model::revision::TreeId;
use crate::model::store::StorePath;
use crate::pipeline::planning::Place;
use crate::pipeline::{Error, Project};
use crate::predict::{Entry, Recorded, Tree};
use crate::source::{Files, Named};

/// The files of a source.
pub(super) enum Source {
    /// A folder of a commit.
    Git(Box<Files>),
    /// A path of the store.
    Store { folder: PathBuf, entries: BTreeMap<BString, Entry> },
}

impl Source {
    /// Finds the files of a store path; none where it is neither one of these places nor in the store.
    pub(super) fn of(
        project: &Project,
        tree: &TreeId,
        places: &[Place],
        path: &StorePath,
    ) -> Result<Option<Self>, Error> {
        match places.iter().find(|place| place.source.store_path == *path) {
            Some(place) => Ok(Some(Self::Git(Box::new(Files::of(project.git(), tree, &place.folder)?)))),
            None => Ok(in_store(path.as_path())),
        }
    }

    /// Returns all paths, sorted.
    fn paths(&self) -> Box<dyn Iterator<Item = &BString> + '_> {
        match self {
            Self::Git(files) => Box::new(files.iter().map(|(path, _)| path)),
            Self::Store { entries, .. } => Box::new(entries.keys()),
        }
    }

    /// Whether a package in it has a description for hpack and none for Cabal.
    pub(super) fn is_for_hpack(&self) -> bool {
        let has =
            |folder: &BStr| self.paths().any(|path| path.ends_with(b".cabal") && folder_of(path.as_ref()) == folder);
        let mut for_hpack = self.paths().filter(|path| base_name(path.as_ref()) == "package.yaml");
        for_hpack.any(|path| !has(folder_of(path.as_ref())))
    }

    fn entries(&self) -> Box<dyn Iterator<Item = (&BString, Entry)> + '_> {
        let entry = |named: &Named| match named {
            Named::File { content, executable } => {
                Entry::File { content: content.as_str().into(), executable: *executable }
            }
            Named::Link { target } => Entry::Link { target: target.clone() },
        };
        match self {
            Self::Git(files) => Box::new(files.iter().map(move |(path, named)| (path, entry(named)))),
            Self::Store { entries, .. } => Box::new(entries.iter().map(|(path, entry)| (path, entry.clone()))),
        }
    }

    fn read(&self, path: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::Git(files) => files.read(path),
            Self::Store { folder, entries } => {
                entries.get(path.as_bstr())?;
                fs_err::read(folder.join(std::ffi::OsStr::from_bytes(path))).ok()
            }
        }
    }
}

fn in_store(folder: &Path) -> Option<Source> {
    let mut entries = BTreeMap::new();
    for entry in WalkDir::new(folder).min_depth(1) {
        let entry = entry.ok()?;
        let below = entry.path().strip_prefix(folder).ok()?.as_os_str().as_bytes().into();
        let kind = entry.file_type();
        let found = if kind.is_symlink() {
            Entry::Link { target: fs_err::read_link(entry.path()).ok()?.into_os_string().as_bytes().into() }
        } else if kind.is_file() {
            let executable = entry.metadata().ok()?.permissions().mode() & 0o100 != 0;
            Entry::File {
                content: blake3::hash(&fs_err::read(entry.path()).ok()?).as_bytes().as_slice().into(),
                executable,
            }
        } else {
            continue;
        };
        entries.insert(below, found);
    }
    folder.is_dir().then(|| Source::Store { folder: folder.to_owned(), entries })
}

/// A package in a source.
pub(super) struct Package<'a> {
    source: &'a Source,
    /// The folder that it lies in, below the top of the source.
    folder: BString,
    /// How one comes from there to the top.
    climbing: BString,
}

impl<'a> Package<'a> {
    /// Finds the package that a full build was of: the folder whose files are those that the build noted.
    pub(super) fn find(source: &'a Source, recorded: &Recorded) -> Option<Self> {
        let folders = source.paths().filter(|path| path.ends_with(b".cabal")).map(|path| folder_of(path.as_ref()));
        let packages = folders.map(|folder| Self::at(source, folder));
        packages.into_iter().find(|package| {
            source.paths().all(|path| {
                let path = package.inside(path);
                recorded.has(path.as_ref()) || is_of_builds(path.as_ref())
            })
        })
    }

    /// Finds the package of a name, if there is just one.
    pub(super) fn named(source: &'a Source, name: &PackageName) -> Option<Self> {
        let file = format!("{name}.cabal");
        let mut found = source.paths().filter(|path| base_name(path.as_ref()) == file.as_str());
        let path = found.next().filter(|_| found.next().is_none())?;
        Some(Self::at(source, folder_of(path.as_ref())))
    }

    fn at(source: &'a Source, folder: &BStr) -> Self {
        let depth = if folder.is_empty() { 0 } else { folder.split_str("/").count() };
        Self { source, folder: folder.to_owned(), climbing: "../".repeat(depth).into() }
    }

    /// The same folder in another source.
    pub(super) fn in_source<'b>(&self, source: &'b Source) -> Package<'b> {
        Package { source, folder: self.folder.clone(), climbing: self.climbing.clone() }
    }

    /// Returns its path below the package's folder.
    fn inside(&self, path: &BString) -> BString {
        if self.folder.is_empty() {
            return path.clone();
        }
        let below = path.strip_prefix(self.folder.as_slice()).and_then(|rest| rest.strip_prefix(b"/"));
        below.map_or_else(|| [self.climbing.as_slice(), path].concat().into(), BString::from)
    }

    /// Returns its description; none where there is not just one.
    pub(super) fn description(&self) -> Option<BString> {
        let paths = self.source.paths().map(|path| self.inside(path));
        let mut found = paths.filter(|path| path.ends_with(b".cabal") && !path.contains(&b'/'));
        found.next().filter(|_| found.next().is_none())
    }

    /// Returns its files.
    pub(super) fn tree(&self) -> Tree {
        self.source.entries().map(|(path, entry)| (self.inside(path), entry)).collect()
    }

    /// Reads a file by its path below the package's folder.
    pub(super) fn read(&self, path: &BStr) -> Option<Vec<u8>> {
        if self.folder.is_empty() {
            return self.source.read(path);
        }
        match path.strip_prefix(self.climbing.as_slice()) {
            Some(below) => self.source.read(below),
            None => self.source.read(&[self.folder.as_slice(), b"/", path].concat()),
        }
    }

    /// Returns a file that was another one when the full build began: something had changed it. Reads all of them.
    pub(super) fn changed_before_the_build(&self, recorded: &Recorded) -> Option<BString> {
        let is_other = |path: &BString| {
            let Some(noted) = recorded.digest(path.as_ref()) else { return false };
            // A link has no digest.
            let Some(content) = self.read(path.as_ref()) else { return false };
            let digest = data_encoding::HEXLOWER.encode(&Md5::digest(&content));
            noted != digest.as_bytes()
        };
        self.source.paths().map(|path| self.inside(path)).find(is_other)
    }
}

fn base_name(path: &BStr) -> &BStr {
    path[path.rfind_byte(b'/').map_or(0, |end| end + 1)..].as_bstr()
}

fn folder_of(path: &BStr) -> &BStr {
    path[..path.rfind_byte(b'/').unwrap_or(0)].as_bstr()
}

/// Whether a build puts a file of its own there, which nobody notes.
fn is_of_builds(path: &BStr) -> bool {
    matches!(path.as_bytes(), b"Setup" | b"config.log" | b"config.status") || path.starts_with(b"dist/")
}
