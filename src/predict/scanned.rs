//! What is known of a base by its sources and its description alone.
//!
//! All branches count: those of the description, and those of the C preprocessor. So there can be modules that the base
//! did not compile, and imports that are none; never too few. What the build looked at is not known: see [`super::looks`].

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use gix::bstr::{BStr, BString, ByteSlice as _};

use super::basis::Basis;
use super::description::{Component, Description, is_certain};
use super::graph::{Facts, Graph, Libraries, Node};
use super::looks::{Switches, may_look};
use super::newcomers::{Imports, generated_modules, modules_aside, modules_at};
use super::tree::Tree;
use crate::model::haskell::header;
use crate::model::haskell::{ComponentName, ModuleName};
use crate::model::prediction::{Known, ModuleId};

/// What is given to the build of a package beside its sources.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Configuration {
    /// The options for GHC.
    pub options: Vec<String>,
    /// Whether test suites may be built.
    pub tests: bool,
    /// Whether benchmarks may be built.
    pub benchmarks: bool,
    /// Whether all libraries and programs are built, unless the description has some left out.
    pub all: bool,
}

/// The sources of a base.
pub(super) struct Sources<'a> {
    pub(super) tree: &'a Tree,
    pub(super) description: &'a Description,
    pub(super) configuration: &'a Configuration,
    /// Returns the text of a file.
    pub(super) read: &'a dyn Fn(&BStr) -> Option<Vec<u8>>,
}

/// What a source says.
struct Said {
    imports: Imports,
    looks: bool,
    /// Whether it has no other name than `Main`.
    is_main: bool,
}

impl Said {
    /// Nobody knows.
    const ANYTHING: Self = Self { imports: Imports::Any, looks: true, is_main: false };
}

impl Sources<'_> {
    /// Reads them; says why, where they do not tell which modules there can be.
    pub(super) fn basis(&self) -> Result<Basis<'static>, String> {
        if let Some(why) = self.is_not_told() {
            return Err(why);
        }
        let components: BTreeMap<&String, &Component> =
            self.description.components.iter().filter(|(label, _)| self.may_be_built(label)).collect();
        let mut modules = self.modules(&components);
        let libraries = Libraries::new(&beneath(&components));
        let (mut compiled, mut looking) = (BTreeSet::new(), BTreeSet::new());
        let names: Vec<ModuleId> = modules.keys().cloned().collect();
        let mut nodes = Vec::new();
        for (index, id) in names.into_iter().enumerate() {
            let Some((sources, said)) = modules.remove(&id) else { continue };
            let component = components.get(&id.component.0);
            let is_named = |component: &&Component| match id.module.0.as_str() {
                "Main" => component.mains.values().all(|branches| branches.contains("")) && said.is_main,
                name => is_certain(&component.listed, name),
            };
            if component.copied().is_some_and(|component| is_named(&component)) {
                compiled.insert(index);
            }
            if said.looks {
                looking.insert(index);
            }
            let (imports, imports_anything) = match said.imports {
                Imports::These(names) => (names, false),
                Imports::Any => (BTreeSet::new(), true),
            };
            let facts = Facts {
                unit: id.component.0.as_str().into(),
                units: self.libraries_shown_to(&components, &id.component.0, &imports, imports_anything),
                imports: imports.into_iter().map(BString::from).collect(),
                imports_anything,
                watched: BTreeSet::new(),
                ran_code: said.looks,
                has_plugins: false,
            };
            let stem = format!("{}/{}", id.component, id.module).into();
            nodes.push(Node { id, stem, sources, facts: Some(facts) });
        }
        let is_built = |(label, component): &(&&String, &&Component)| {
            let is_default = ["lib", "exe:", "flib:"].iter().any(|kind| label.starts_with(kind));
            self.configuration.all && is_default && !component.has_buildable
        };
        Ok(Basis {
            known: Known::Sources,
            graph: Cow::Owned(Graph::new(nodes, libraries)),
            noted: None,
            compiled,
            looking,
            made: BTreeSet::new(),
            built: components.iter().filter(is_built).map(|(label, _)| (*label).clone()).collect(),
            components: components.into_keys().cloned().collect(),
        })
    }

    /// Why the sources do not tell which modules there can be, and what they are compiled with.
    fn is_not_told(&self) -> Option<String> {
        let has_setup = ["Setup.hs", "Setup.lhs"].into_iter().find(|path| self.tree.has((*path).into()));
        match self.description.build_type.as_str() {
            "simple" => {}
            "" if has_setup.is_none() => {}
            "" => return Some("its description does not say its build-type".to_owned()),
            other => {
                return Some(format!("what a package of build-type {other} makes for itself is not in its sources"));
            }
        }
        if let Some(path) = has_setup
            && !(self.read)(path.into()).is_some_and(|text| is_default_setup(&text))
        {
            return Some(format!("{path} can do anything"));
        }
        let is_build_info = |path: &&BStr| path.ends_with(b".buildinfo") && !path.contains(&b'/');
        if let Some(path) = self.tree.paths().find(is_build_info) {
            return Some(format!("{path} can give GHC any options"));
        }
        if self.description.is_backpack {
            return Some("it is part of Backpack".to_owned());
        }
        let link = self.tree.paths().find(|path| self.tree.is_link_to_no_file(path))?;
        Some(format!("modules may lie behind the link {link}"))
    }

    fn may_be_built(&self, label: &str) -> bool {
        let Configuration { tests, benchmarks, .. } = self.configuration;
        (*tests || !label.starts_with("test:")) && (*benchmarks || !label.starts_with("bench:"))
    }

    /// All modules that the base can have, with their sources and what these say together: those that are named, and
    /// what they import.
    fn modules(&self, components: &BTreeMap<&String, &Component>) -> BTreeMap<ModuleId, (Vec<BString>, Said)> {
        let mut files: BTreeMap<ModuleId, Vec<BString>> = BTreeMap::new();
        for path in self.tree.paths() {
            for id in modules_at(self.description, path) {
                if components.contains_key(&id.component.0) {
                    files.entry(id).or_default().push(path.to_owned());
                }
            }
        }
        let mut of_component: BTreeMap<&str, Vec<&ModuleId>> = BTreeMap::new();
        for id in files.keys() {
            of_component.entry(&id.component.0).or_default().push(id);
        }
        let given = Switches::of(self.configuration.options.iter().map(String::as_str));
        let mut found: BTreeMap<ModuleId, (Vec<BString>, Said)> = BTreeMap::new();
        for (label, component) in components {
            let switches = Switches::of(component.options.iter().map(String::as_str)).and(given);
            let id =
                |name: &str| ModuleId { component: ComponentName((*label).clone()), module: ModuleName(name.into()) };
            let mut todo: Vec<ModuleId> = component.listed.keys().map(|name| id(name)).collect();
            // A main module can have the name of its file as well.
            let main_files = files.get(&id("Main"));
            let is_main = |path: &BString| main_files.is_some_and(|paths| paths.contains(path));
            let all = of_component.get(label.as_str()).map(Vec::as_slice).unwrap_or_default();
            let mains = all.iter().filter(|id| files.get(**id).is_some_and(|paths| paths.iter().any(is_main)));
            todo.extend(mains.map(|id| (*id).clone()));
            let mut has_all = false;
            while let Some(id) = todo.pop() {
                if found.contains_key(&id) {
                    continue;
                }
                let paths = files.get(&id).map(Vec::as_slice).unwrap_or_default();
                let said = self.said(&id, paths, switches);
                match &said.imports {
                    Imports::These(names) => {
                        let imported =
                            names.iter().map(|name| ModuleId { module: ModuleName(name.clone()), ..id.clone() });
                        todo.extend(imported.filter(|id| files.contains_key(id)));
                    }
                    Imports::Any if has_all => {}
                    Imports::Any => {
                        has_all = true;
                        todo.extend(all.iter().map(|id| (*id).clone()));
                    }
                }
                let sources = paths.iter().filter(|path| !path.ends_with(b"-boot")).cloned().collect();
                found.insert(id, (sources, said));
            }
        }
        for path in self.tree.paths().filter(|path| !path.ends_with(b"-boot")) {
            for id in modules_aside(self.description, path) {
                if let Some((sources, _)) = found.get_mut(&id) {
                    sources.push(path.to_owned());
                }
            }
        }
        found
    }

    /// What the sources of a module say together: any of them can be the one that is compiled.
    fn said(&self, id: &ModuleId, paths: &[BString], switches: Switches) -> Said {
        if paths.is_empty() && !generated_modules(self.description, &id.component).contains(id) {
            return Said::ANYTHING;
        }
        let mut all = Said { imports: Imports::These(BTreeSet::new()), looks: false, is_main: !paths.is_empty() };
        for path in paths {
            let text = self.tree.is_file(path.as_ref()).then(|| (self.read)(path.as_ref())).flatten();
            // Of a link nobody knows when it leads to something else.
            let Some(text) = text else { return Said::ANYTHING };
            let header = header::scan(&path.to_str_lossy(), &text);
            all.looks |= may_look(path.as_ref(), &text, &header, switches);
            all.is_main &= header.module.0 == "Main";
            all.imports = all.imports.or(Imports::of(&header, self.description));
        }
        all
    }

    /// The libraries of the package that a module may see by its imports.
    fn libraries_shown_to(
        &self,
        components: &BTreeMap<&String, &Component>,
        own: &str,
        imports: &BTreeSet<String>,
        imports_anything: bool,
    ) -> BTreeSet<BString> {
        let shows = |component: &Component| {
            imports_anything
                || self.description.renames
                || imports.iter().any(|name| component.exposed.contains_key(name))
        };
        let others =
            components.iter().filter(|(label, component)| **label != own && is_library(label) && shows(component));
        others.map(|(label, _)| label.as_str().into()).collect()
    }
}

/// The libraries that each component may be built with: all others.
fn beneath(components: &BTreeMap<&String, &Component>) -> BTreeMap<BString, BTreeSet<BString>> {
    let libraries = || components.keys().filter(|label| is_library(label));
    let others = |own: &String| libraries().filter(|label| **label != own).map(|label| label.as_str().into()).collect();
    components.keys().map(|label| (label.as_str().into(), others(label))).collect()
}

fn is_library(label: &str) -> bool {
    label == "lib" || label.starts_with("lib:")
}

/// Whether a Setup program is that of every package.
fn is_default_setup(text: &[u8]) -> bool {
    let lines = text.lines().map(<[u8]>::trim_ascii);
    let lines = lines.filter(|line| !(line.is_empty() || line.starts_with(b"#!") || line.starts_with(b"-- ")));
    let text: Vec<&[u8]> = lines.collect();
    let text = text.join(&b' ').to_str_lossy().into_owned();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let text = text
        .strip_prefix("module Main (main) where ")
        .or_else(|| text.strip_prefix("module Main where "))
        .unwrap_or(&text);
    let text = text.replace("main :: IO () ", "");
    text == "import Distribution.Simple main = defaultMain"
}

#[cfg(test)]
mod tests;
