//! Modules that the base did not compile and that head may, and whom that concerns.

use std::collections::{BTreeMap, BTreeSet};

use gix::bstr::{BStr, BString, ByteSlice as _};

use super::own::Own;
use super::{Package, Side, is_made_by_cabal};
use crate::model::haskell::ComponentName;
use crate::model::haskell::header;
use crate::model::prediction::ModuleId;
use crate::predict::description::Description;
use crate::predict::graph::Node;
use crate::predict::newcomers::{Imports, Newcomers, branches_of, generated_modules};
use crate::predict::observed::Who;
use crate::predict::tree::Change;

/// Programs that look at sources and leave the imports in them as they are: compilers of C, and Cabal's preprocessors.
const LEAVE_IMPORTS: &[&str] =
    &["cc1", "cpp", "gcc", "cc", "clang", "as", "collect2", "ld", "hsc2hs", "c2hs", "happy", "alex"];

/// A module of head that the base did not compile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct New {
    /// Whether it came with head, or failed in the base.
    pub(super) counts_as_changed: bool,
    /// Whether it is compiled for certain.
    pub(super) is_certain: bool,
}

impl Package<'_> {
    /// Adds those that import modules which the base did not compile, though nobody edited them. Returns also these.
    pub(super) fn with_newcomers(
        &self,
        mut seeds: BTreeSet<usize>,
        own: &BTreeMap<usize, Own>,
    ) -> (BTreeSet<usize>, BTreeMap<ModuleId, New>) {
        let newcomers = self.newcomers();
        let mut new: BTreeMap<ModuleId, New> = BTreeMap::new();
        let left: Vec<(&ModuleId, &Vec<BString>)> = newcomers.sources.iter().collect();
        let (listed, mut left): (Vec<_>, Vec<_>) = left.into_iter().partition(|(id, _)| self.is_named_anew(id));
        let mut texts = Texts { package: self, known: BTreeMap::new() };

        // Whoever imported another package's module of such a name now imports this one.
        let added: Vec<&ModuleId> =
            newcomers.sources.iter().filter(|(_, sources)| self.is_added(sources)).map(|(id, _)| id).collect();
        let shown = self.shown_otherwise_by_libraries();
        let mut shadowed = BTreeSet::new();
        if !added.is_empty() || !shown.is_empty() {
            for (index, node) in self.nodes().iter().enumerate() {
                if own.contains_key(&index) || is_made_by_cabal(node) {
                    continue;
                }
                for id in added.iter().filter(|id| id.component == node.id.component) {
                    if texts.may_import_unchanged(node, &id.module.0) {
                        seeds.insert(index);
                        shadowed.insert(*id);
                    }
                }
                let by_others = shown.iter().filter(|(component, _)| **component != node.id.component.0);
                if by_others.into_iter().any(|(_, name)| texts.may_import_unchanged(node, name)) {
                    seeds.insert(index);
                }
            }
        }
        // The texts that may have imports which the base's build did not see.
        let mut importing: Vec<(ComponentName, Vec<BString>)> = Vec::new();
        for &index in &seeds {
            let Some(node) = self.nodes().get(index) else { continue };
            if is_made_by_cabal(node) || own.get(&index) == Some(&Own::Gone) {
                continue;
            }
            // No sources stand for a text that may be any.
            if self.is_made_by_a_program(node) {
                importing.push((node.id.component.clone(), Vec::new()));
            } else if own.contains_key(&index) || texts.is_unclear(&node.sources) {
                importing.push((node.id.component.clone(), self.sources_now(node)));
            }
        }
        let mut next: Vec<(&ModuleId, &Vec<BString>)> = listed;
        loop {
            let (now, later): (Vec<_>, Vec<_>) = left.into_iter().partition(|(id, _)| {
                shadowed.contains(id)
                    || importing.iter().any(|(component, sources)| {
                        *component == id.component && texts.may_import(sources, &id.module.0)
                    })
            });
            left = later;
            next.extend(now);
            if next.is_empty() {
                seeds.extend(self.importers_of_boot_files(&new));
                return (seeds, new);
            }
            // What Cabal makes imports nothing of the package.
            let written = next.iter().filter(|(_, sources)| !sources.is_empty());
            importing = written.map(|(id, sources)| (id.component.clone(), (*sources).clone())).collect();
            new.extend(next.drain(..).map(|(id, sources)| (id.clone(), self.what_is_new(id, sources))));
        }
    }

    /// Modules of a partial build that import the `.hs-boot` files of such as did not compile.
    fn importers_of_boot_files(&self, new: &BTreeMap<ModuleId, New>) -> BTreeSet<usize> {
        if !self.basis.is_partial() {
            return BTreeSet::new();
        }
        let imports = |node: &Node, id: &ModuleId| {
            let facts = node.facts.as_ref().filter(|_| node.id.component == id.component);
            facts.is_some_and(|facts| facts.imports.contains(id.module.0.as_bytes().as_bstr()))
        };
        let nodes = self.nodes().iter().enumerate();
        nodes.filter(|(_, node)| new.keys().any(|id| imports(node, id))).map(|(index, _)| index).collect()
    }

    /// The modules that head may compile and the base did not, for certain.
    fn newcomers(&self) -> Newcomers {
        let is_built = |component: &ComponentName| self.basis.components.contains(&component.0);
        let compiled = || self.basis.compiled.iter().filter_map(|index| self.nodes().get(*index));
        let ids: BTreeSet<&ModuleId> = compiled().map(|node| &node.id).collect();
        let sources: BTreeSet<(&ComponentName, &BStr)> = compiled()
            .flat_map(|node| node.sources.iter().map(|source| (&node.id.component, source.as_bstr())))
            .collect();
        let is_known = |id: &ModuleId, path: &BStr| ids.contains(id) || sources.contains(&(&id.component, path));
        let mut found = Newcomers::find(&self.description, self.question.now.paths(), &is_built, &is_known);
        for label in &self.basis.components {
            for id in generated_modules(&self.description, &ComponentName(label.clone())) {
                if !self.by_id.contains_key(&id) {
                    found.sources.entry(id).or_default();
                }
            }
        }
        found
    }

    /// Whether a module that the base did not compile is one of head by what the description says. What it says in the
    /// same branches of the same conditions as before is no reason: it was none then.
    fn is_named_anew(&self, id: &ModuleId) -> bool {
        let now = branches_of(&self.description, id);
        !now.is_empty() && (self.basis.is_partial() || now != branches_of(&self.before, id))
    }

    fn is_added(&self, sources: &[BString]) -> bool {
        sources.iter().any(|path| self.files.get(path) == Some(&Change::Added))
    }

    fn what_is_new(&self, id: &ModuleId, sources: &[BString]) -> New {
        let failed = self.basis.noted.and_then(|recorded| recorded.uncompiled.as_ref());
        let is_failed = failed.is_some_and(|failed| failed.contains(id));
        New {
            counts_as_changed: is_failed || self.is_added(sources),
            is_certain: is_failed && !sources.is_empty() && self.stays_named(id),
        }
    }

    /// Modules that a library of the package, by its name, shows now and did not show in the base, or the other way round:
    /// what others import by these names is something else now, or nothing.
    fn shown_otherwise_by_libraries(&self) -> Vec<(&String, &String)> {
        [shown_otherwise(&self.description, &self.before), shown_otherwise(&self.before, &self.description)].concat()
    }

    /// Whether a program made the text of a module that is none of those which leave its imports as they are.
    fn is_made_by_a_program(&self, node: &Node) -> bool {
        let observed = self.basis.noted.and_then(|recorded| recorded.observed.as_ref());
        let group = observed.map(|observed| &observed.groups);
        let Some(group) = group.and_then(|groups| groups.get(&Who::Module(node.stem.clone()))) else { return false };
        let leaves_imports = |program: &BString| {
            let name = program.to_str_lossy();
            let is_own = self.description.components.contains_key(&format!("exe:{name}"));
            let is_usual = |word: &str| name == word || name.ends_with(&format!("-{word}"));
            name.is_empty() || !is_own && LEAVE_IMPORTS.iter().any(|word| is_usual(word)) || name.ends_with("_hsc_make")
        };
        !group.lost.is_empty() || !group.inputs.iter().all(|input| leaves_imports(&input.program))
    }
}

/// The modules that a library shows, and not in the same branches by another description.
fn shown_otherwise<'d>(one: &'d Description, other: &Description) -> Vec<(&'d String, &'d String)> {
    let mut found = Vec::new();
    for (name, component) in &one.components {
        let others = other.components.get(name).map(|other| &other.exposed);
        let is_same = |module, branches| others.and_then(|others| others.get(module)) == Some(branches);
        if name == "lib" || name.starts_with("lib:") {
            let shown = component.exposed.iter().filter(|(module, branches)| !is_same(*module, *branches));
            found.extend(shown.map(|(module, _)| (name, module)));
        }
    }
    found
}

/// The imports of head's sources, each read once.
struct Texts<'a> {
    package: &'a Package<'a>,
    known: BTreeMap<BString, Imports>,
}

impl Texts<'_> {
    fn may_import(&mut self, sources: &[BString], name: &str) -> bool {
        sources.is_empty() || sources.iter().any(|path| self.imports(path).may_have(name))
    }

    /// The same of a module whose source is that of the base, where this one was read already.
    fn may_import_unchanged(&mut self, node: &Node, name: &str) -> bool {
        match &node.facts {
            Some(facts) if self.package.basis.noted.is_none() => {
                facts.imports_anything || facts.imports.contains(name.as_bytes().as_bstr())
            }
            _ => self.may_import(&node.sources, name),
        }
    }

    fn is_unclear(&mut self, sources: &[BString]) -> bool {
        sources.is_empty() || sources.iter().any(|path| *self.imports(path) == Imports::Any)
    }

    fn imports(&mut self, path: &BString) -> &Imports {
        let package = self.package;
        self.known.entry(path.clone()).or_insert_with(|| {
            let text = (package.question.read)(Side::Head, path.as_ref());
            let of = |text: Vec<u8>| Imports::of(&header::scan(&path.to_str_lossy(), &text), &package.description);
            text.map_or(Imports::Any, of)
        })
    }
}
