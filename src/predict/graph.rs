//! Who imports whom.
//!
//! A graph comes from the base's own interfaces, or from a scan of its sources. Whatever it comes from, an edge too
//! many costs precision, and one too few a module that nobody foretold.

use std::collections::{BTreeMap, BTreeSet};

use gix::bstr::BString;

use crate::model::prediction::ModuleId;

/// What is known of a module: what GHC wrote down of it, or what its source says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Facts {
    /// Its unit.
    pub(super) unit: BString,
    /// The modules of its unit that it imports. Names of others can be among them.
    pub(super) imports: BTreeSet<BString>,
    /// Whether it may import any other module of the package as well.
    pub(super) imports_anything: bool,
    /// The other units that it uses.
    pub(super) units: BTreeSet<BString>,
    /// The files whose hashes GHC compares.
    pub(super) watched: BTreeSet<BString>,
    /// Whether code of the package, or of a plugin, ran in the compiler while it was compiled.
    pub(super) ran_code: bool,
    /// Whether there were plugins among that.
    pub(super) has_plugins: bool,
}

/// A module of the base.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) id: ModuleId,
    /// The path of its interface below `dist/build`, without its suffix. No other module has it.
    pub(super) stem: BString,
    /// The files that are its source, the first that is looked for first; none where that is generated.
    pub(super) sources: Vec<BString>,
    /// Nothing where they could not be read: then it may depend on anything.
    pub(super) facts: Option<Facts>,
}

/// The modules of the base and who imports them. Modules are meant by their index.
#[derive(Debug, Clone, Default)]
pub(super) struct Graph {
    nodes: Vec<Node>,
    /// Of the modules, then of the units as a whole, then of anything at all: what may change where they do.
    followers: Vec<Vec<usize>>,
    by_stem: BTreeMap<BString, usize>,
    libraries: Libraries,
}

/// The units of the package that others of it are built with, also through others.
#[derive(Debug, Clone, Default)]
pub(super) struct Libraries {
    beneath: BTreeMap<BString, BTreeSet<BString>>,
}

impl Libraries {
    /// Takes units, each with all that it depends on directly.
    pub(super) fn new(direct: &BTreeMap<BString, BTreeSet<BString>>) -> Self {
        let beneath = direct.keys().map(|unit| {
            let mut found = BTreeSet::new();
            let mut todo = vec![unit];
            while let Some(next) = todo.pop() {
                for other in direct.get(next).into_iter().flatten().filter(|other| direct.contains_key(*other)) {
                    if found.insert(other.clone()) {
                        todo.push(other);
                    }
                }
            }
            (unit.clone(), found)
        });
        Self { beneath: beneath.collect() }
    }

    /// Whether code of a unit can be run with a library. Of a unit that is not known it can be any.
    fn are_beneath(&self, unit: &BString, library: &BString) -> bool {
        self.beneath.get(unit).is_none_or(|beneath| beneath.contains(library))
    }

    fn has_any(&self, unit: &BString) -> bool {
        self.beneath.get(unit).is_none_or(|beneath| !beneath.is_empty())
    }
}

impl Graph {
    pub(super) fn new(nodes: Vec<Node>, libraries: Libraries) -> Self {
        let mut named: BTreeMap<(&BString, &[u8]), Vec<usize>> = BTreeMap::new();
        let mut units: BTreeMap<&BString, usize> = BTreeMap::new();
        for (index, node) in nodes.iter().enumerate() {
            if let Some(facts) = &node.facts {
                named.entry((&facts.unit, node.id.module.0.as_bytes())).or_default().push(index);
                let next = nodes.len() + units.len();
                units.entry(&facts.unit).or_insert(next);
            }
        }
        let anything = nodes.len() + units.len();
        // One vertex for all, so that many modules of which nothing is known cost no square of them.
        let everything = anything + 1;
        let mut followers = vec![Vec::new(); everything + 1];
        followers[everything].extend(0..nodes.len());
        for (index, node) in nodes.iter().enumerate() {
            followers[index].push(anything);
            let Some(facts) = &node.facts else {
                // Nobody knows whom it imports, nor who imports it.
                followers[anything].push(index);
                followers[index].push(everything);
                continue;
            };
            followers[index].extend(units.get(&facts.unit));
            for name in &facts.imports {
                for &imported in named.get(&(&facts.unit, name.as_slice())).into_iter().flatten() {
                    followers[imported].push(index);
                }
            }
            // Plugins are no imports.
            if facts.has_plugins || facts.imports_anything {
                followers[anything].push(index);
            }
            // What code ran from can be any library beneath the component, also one that no module of it imports: GHC
            // hashes the files of them all.
            for (unit, vertex) in &units {
                let is_loaded = facts.ran_code && libraries.are_beneath(&facts.unit, unit);
                if **unit != facts.unit && (is_loaded || facts.units.contains(*unit)) {
                    followers[*vertex].push(index);
                }
            }
        }
        let by_stem = nodes.iter().enumerate().map(|(index, node)| (node.stem.clone(), index)).collect();
        Self { nodes, followers, by_stem, libraries }
    }

    pub(super) fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// Returns the module of a stem.
    pub(super) fn at(&self, stem: &BString) -> Option<usize> {
        self.by_stem.get(stem).copied()
    }

    /// Returns the modules for which a library of another component is loaded into the compiler, or may be.
    pub(super) fn loading_libraries(&self) -> impl Iterator<Item = usize> {
        let loads = |facts: &Facts| facts.ran_code && self.libraries.has_any(&facts.unit);
        let nodes = self.nodes.iter().enumerate();
        nodes.filter(move |(_, node)| node.facts.as_ref().is_none_or(loads)).map(|(index, _)| index)
    }

    /// Returns these modules and all that import one of them, also through others.
    pub(super) fn reached(&self, from: impl IntoIterator<Item = usize>) -> BTreeSet<usize> {
        let mut seen = vec![false; self.followers.len()];
        let mut todo: Vec<usize> = from.into_iter().collect();
        while let Some(index) = todo.pop() {
            if !std::mem::replace(&mut seen[index], true) {
                todo.extend(&self.followers[index]);
            }
        }
        (0..self.nodes.len()).filter(|&index| seen[index]).collect()
    }
}
