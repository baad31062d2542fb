//! Looks for packages in a tree of git: below patterns, by `cabal.project`, by their descriptions.

use std::collections::BTreeSet;

use gix::ObjectId;
use gix::bstr::ByteSlice;

use super::project::{self, Idle, Nameless};
use super::settings::{self, ProjectSettings, Unread};
use super::{Found, description};
use crate::model::cabal::layout::{self, Element};
use crate::model::package::{BuildType, Package};
use crate::model::revision::TreeId;
use crate::source::error::{DescriptionProblem, Error};
use crate::source::object::Objects;
use crate::source::walk::{self, Entry, EntryKind, join};
use crate::source::{file, path_in_tree};

/// The file that names the packages of a repository.
const PROJECT_FILE: &str = "cabal.project";

/// How many folders below the top packages are looked for where nothing names them.
const DEPTH: usize = 2;

/// A `cabal.project` of the tree.
pub(super) struct ProjectFile {
    /// Its folder, below the top.
    folder: String,
    elements: Vec<Element>,
}

impl ProjectFile {
    fn path(&self) -> String {
        join(&self.folder, PROJECT_FILE)
    }
}

pub(super) struct Search<'a> {
    pub(super) objects: Objects,
    pub(super) tree: &'a TreeId,
}

impl Search<'_> {
    pub(super) fn at(&self, path: &str) -> Result<Package, Error> {
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
    pub(super) fn project_above(&self, from: &str) -> Result<Option<ProjectFile>, Error> {
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
    pub(super) fn settings(&self, project: Option<&ProjectFile>) -> Result<ProjectSettings, Error> {
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
    pub(super) fn folders(
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
                        match path_in_tree(&join(&project.folder, &alternative)) {
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
