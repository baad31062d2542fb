//! Finds the Cabal packages of a tree.

mod description;
#[doc(hidden)]
pub mod fuzzed;
mod project;
mod settings;

use std::collections::BTreeSet;

use gix::ObjectId;
use gix::bstr::ByteSlice;

use super::error::{DescriptionProblem, Error};
use super::file;
use super::object::Objects;
use super::walk::{self, Entry, EntryKind, join};
use crate::model::cabal::layout::{self, Element};
use crate::model::package::{BuildType, Package};
use crate::model::revision::TreeId;

pub use project::{Idle, Nameless};
pub use settings::{Choices, ProjectSettings, Unread};

/// The file that names the packages of a repository.
const PROJECT_FILE: &str = "cabal.project";

/// How many folders below the top packages are looked for where nothing names them.
const DEPTH: usize = 2;

/// Where packages are looked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Scope<'a> {
    /// Folders and `.cabal` files below the top, `*` for any characters of a name; none where `cabal.project` says it.
    pub patterns: &'a [String],
    /// A folder below the top: the nearest `cabal.project` at or above it counts.
    pub from: &'a str,
}

/// The packages of a tree.
#[derive(Debug, Default)]
pub struct Found {
    /// Those that can be read, by their folders.
    pub packages: Vec<Package>,
    /// Those that cannot, with the reason.
    pub broken: Vec<Broken>,
    /// Entries of `cabal.project` that name no package, in the order of the file.
    pub nameless: Vec<Nameless>,
    /// What else `cabal.project` says; nothing where there is none.
    pub settings: ProjectSettings,
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
/// 1. where patterns name some, these;
/// 2. those that `packages:` and `optional-packages:` of `cabal.project` name;
/// 3. the package in its folder, or at the top;
/// 4. those of all folders with a `.cabal` file, down to two folders below;
/// 5. those of the only `cabal.project` down there.
pub fn all(repo: &gix::Repository, tree: &TreeId, scope: Scope<'_>) -> Result<Found, Error> {
    let search = Search { objects: Objects::of(repo), tree };
    let project = search.project_above(scope.from)?;
    let mut found = Found { settings: search.settings(project.as_ref())?, ..Found::default() };
    for folder in search.folders(scope.patterns, project, &mut found)? {
        match search.at(&folder) {
            Ok(package) => found.packages.push(package),
            Err(error) => found.broken.push(Broken { folder, error }),
        }
    }
    Ok(found)
}

/// A `cabal.project` of the tree.
struct ProjectFile {
    /// Its folder, below the top.
    folder: String,
    elements: Vec<Element>,
}

impl ProjectFile {
    fn path(&self) -> String {
        join(&self.folder, PROJECT_FILE)
    }
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

    /// The `cabal.project` of a folder.
    fn project_in(&self, folder: &str) -> Result<Option<ProjectFile>, Error> {
        let path = join(folder, PROJECT_FILE);
        let text = match self.file(&path) {
            Ok(text) => text,
            Err(Error::NotFound { .. } | Error::NotAFile { .. } | Error::NotAFolder { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        let elements = layout::parse(&text.to_str_lossy()).map_err(|fault| Error::Description {
            file: path,
            line: Some(fault.line),
            problem: DescriptionProblem::Layout(fault.kind),
        })?;
        Ok(Some(ProjectFile { folder: folder.to_owned(), elements }))
    }

    /// The nearest one at or above a folder.
    fn project_above(&self, from: &str) -> Result<Option<ProjectFile>, Error> {
        let mut folder = from;
        loop {
            let found = self.project_in(folder)?;
            if found.is_some() || folder.is_empty() {
                return Ok(found);
            }
            folder = folder.rsplit_once('/').map_or("", |(above, _)| above);
        }
    }

    /// What it says beside naming packages.
    fn settings(&self, project: Option<&ProjectFile>) -> Result<ProjectSettings, Error> {
        let folder = project.map_or("", |project| &project.folder);
        let mut settings = project.map_or_else(ProjectSettings::default, |project| settings::read(&project.elements));
        settings.file = join(folder, PROJECT_FILE);
        let beside = walk::entries(&self.objects, walk::folder(&self.objects, self.tree, folder)?, folder)?;
        for name in ["cabal.project.local", "cabal.project.freeze"] {
            if beside.iter().any(|entry| entry.name == name) {
                settings.unread.push(Unread::file(&join(folder, name)));
            }
        }
        Ok(settings)
    }

    /// The folders of packages. Where the project is another one than `project`, `found` has its settings then.
    fn folders(
        &self,
        patterns: &[String],
        project: Option<ProjectFile>,
        found: &mut Found,
    ) -> Result<BTreeSet<String>, Error> {
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
        let folder = project.as_ref().map_or(String::new(), |project| project.folder.clone());
        let id = walk::folder(&self.objects, self.tree, &folder)?;
        if let Some(project) = project {
            self.named(&project, top, &mut folders, &mut found.nameless)?;
        }
        if folders.is_empty() && !descriptions(&walk::entries(&self.objects, id, &folder)?).is_empty() {
            folders.insert(folder.clone());
        }
        if folders.is_empty() {
            self.below(&folder, id, DEPTH, &|entries| !descriptions(entries).is_empty(), &mut folders)?;
        }
        if folders.is_empty() {
            let mut projects = BTreeSet::new();
            let is_project = |entries: &[Entry]| entries.iter().any(|entry| entry.name == PROJECT_FILE);
            self.below("", top, DEPTH, &is_project, &mut projects)?;
            projects.remove(&folder);
            let projects: Vec<String> = projects.into_iter().collect();
            match projects.as_slice() {
                [] => {}
                [only] => {
                    if let Some(project) = self.project_in(only)? {
                        found.settings = self.settings(Some(&project))?;
                        self.named(&project, top, &mut folders, &mut found.nameless)?;
                    }
                }
                _ => return Err(Error::ManyProjects { folders: projects }),
            }
        }
        if folders.is_empty() {
            // It fails, and says what a package would be.
            self.only_in(&folder, id)?;
        }
        Ok(folders)
    }

    /// The folders of the packages that a `cabal.project` names.
    fn named(
        &self,
        project: &ProjectFile,
        top: ObjectId,
        folders: &mut BTreeSet<String>,
        nameless: &mut Vec<Nameless>,
    ) -> Result<(), Error> {
        for project::Entry { line, pattern, is_optional } in project::packages(&project.elements) {
            let mut matched = BTreeSet::new();
            let why = match project::alternatives(&pattern) {
                None => Idle::Braces,
                Some(alternatives) => {
                    let mut why = Idle::Nothing;
                    for alternative in alternatives {
                        match super::path_in_tree(&join(&project.folder, &alternative)) {
                            Ok(path) => self.matching(&path, top, &mut matched)?,
                            Err(_) => why = Idle::Outside,
                        }
                    }
                    why
                }
            };
            if matched.is_empty() && !is_optional {
                nameless.push(Nameless { file: project.path(), line, pattern, why });
            }
            folders.append(&mut matched);
        }
        Ok(())
    }

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

    /// The folders at and below one, so deep, whose entries are `wanted`.
    fn below(
        &self,
        folder: &str,
        id: ObjectId,
        depth: usize,
        wanted: &dyn Fn(&[Entry]) -> bool,
        found: &mut BTreeSet<String>,
    ) -> Result<(), Error> {
        let entries = walk::entries(&self.objects, id, folder)?;
        if wanted(&entries) {
            found.insert(folder.to_owned());
        }
        if depth == 0 {
            return Ok(());
        }
        for entry in entries.iter().filter(|entry| entry.kind == EntryKind::Folder) {
            self.below(&join(folder, &entry.name.to_str_lossy()), entry.id, depth - 1, wanted, found)?;
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
            dependencies: read.dependencies,
            leaving: read.leaving,
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
