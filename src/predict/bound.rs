//! What is compiled at most, and what for certain.

use std::collections::{BTreeMap, BTreeSet};

use gix::bstr::{BStr, BString, ByteSlice as _};

use super::description::Description;
use super::graph::{Graph, Node};
use super::inputs::Inputs;
use super::newcomers::{Imports, Newcomers, is_listed, modules_at};
use super::observed::Who;
use super::recorded::Recorded;
use super::tree::{Access, Change, Tree};
use crate::model::haskell::ComponentName;
use crate::model::prediction::{Known, ModuleId, Prediction};

/// What a prediction is made of.
#[derive(Clone, Copy)]
pub struct Question<'a> {
    /// The files of the package in the base.
    pub before: &'a Tree,
    /// Its files in head.
    pub now: &'a Tree,
    /// What the full build of the base noted.
    pub recorded: &'a Recorded,
    /// The path of the package's description: `foo.cabal`.
    pub description: &'a BStr,
    /// Returns the text of a file, in the base or in head; none where it cannot be read.
    pub read: &'a dyn Fn(Side, &BStr) -> Option<Vec<u8>>,
}

/// Of which commit something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The base.
    Base,
    /// Head.
    Head,
}

/// Documents, which are no part of any library: a compiler of C includes none. The description is none of them: the order
/// of its modules is that in which they are linked.
const DOCUMENTS: &[&str] = &["md", "markdown", "rst", "adoc", "yml", "yaml", "nix", "lock", "toml", "hs", "lhs"];

/// Programs that look at sources and leave the imports in them as they are: compilers of C, and Cabal's preprocessors.
const LEAVE_IMPORTS: &[&str] =
    &["cc1", "cpp", "gcc", "cc", "clang", "as", "collect2", "ld", "hsc2hs", "c2hs", "happy", "alex"];

/// Foretells what the build of head on the base's modules compiles. What the package is built with has to be the same.
pub fn predict(question: &Question<'_>) -> Prediction {
    let package = match Package::of(question) {
        Ok(package) => package,
        Err(why) => return everything(question.recorded, why),
    };
    if package.files.is_empty() {
        return prediction(Vec::new(), Vec::new(), Vec::new(), Vec::new());
    }
    if let Some(why) = package.everything() {
        return package.whole(why);
    }
    package.bound()
}

/// The package, with what is changed in it.
struct Package<'a> {
    question: &'a Question<'a>,
    graph: &'a Graph,
    description: Description,
    before: Description,
    /// The files that differ.
    files: BTreeMap<BString, Change>,
    /// Files that something makes before anything is compiled.
    made: BTreeSet<BString>,
    by_id: BTreeMap<&'a ModuleId, usize>,
    /// The modules that files which differ can be sources of, with these.
    touched: BTreeMap<ModuleId, Vec<BString>>,
}

/// What becomes of a module by its own source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Own {
    /// It may be another one: what it is made of differs, or may.
    Perhaps,
    /// It is another one.
    Certainly,
    /// Head has no source of it.
    Gone,
}

impl<'a> Package<'a> {
    fn of(question: &'a Question<'a>) -> Result<Self, String> {
        let recorded = question.recorded;
        let files = question.now.changes_since(question.before);
        let description = |side| {
            let text = (question.read)(side, question.description);
            text.and_then(|text| Description::parse(&String::from_utf8_lossy(&text)))
        };
        let (Some(before), Some(now)) = (description(Side::Base), description(Side::Head)) else {
            return Err(format!("{} is not understood by hinc", question.description));
        };
        // A full build of other files than these is none of this base.
        if let Some(path) = question.before.paths().find(|path| !recorded.has(path) && !is_of_builds(path)) {
            return Err(format!("the full build of the base did not see {path}"));
        }
        let made = recorded.contents.keys().filter(|path| !question.before.has(path.as_bstr())).cloned().collect();
        let nodes = recorded.graph.nodes().iter().enumerate();
        let by_id = nodes.map(|(index, node)| (&node.id, index)).collect();
        let mut touched: BTreeMap<ModuleId, Vec<BString>> = BTreeMap::new();
        for path in files.keys() {
            for id in modules_at(&now, path.as_ref()) {
                touched.entry(id).or_default().push(path.clone());
            }
        }
        Ok(Self { question, graph: &recorded.graph, description: now, before, files, made, by_id, touched })
    }

    /// Why any module may be compiled; none where there is a bound.
    fn everything(&self) -> Option<String> {
        let name = self.question.description;
        let fields = self.before.differences(&self.description);
        if !fields.is_empty() {
            let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
            return Some(format!("{name} has another {}", fields.join(", another ")));
        }
        // They can give GHC any options.
        let decides = |path: &BStr| {
            matches!(path.as_bytes(), b"Setup.hs" | b"Setup.lhs")
                || path.ends_with(b".buildinfo") && !path.contains(&b'/')
        };
        if let Some(path) = self.files.keys().find(|path| decides(path.as_bstr())) {
            return Some(format!("{path} changed, and can give GHC other options"));
        }
        if self.made_anew()
            && let Some(path) = self.made.iter().find(|path| decides(path.as_bstr()))
        {
            return Some(format!("{path} is made before the build, and can give GHC other options"));
        }
        // Of Backpack a module is compiled several times, and what fills a signature is no import.
        let is_filled =
            |node: &Node| node.facts.as_ref().is_some_and(|facts| facts.unit.iter().any(|c| b"[+".contains(c)));
        let node = self.graph.nodes().iter().find(|node| is_filled(node) || node.sources.iter().any(is_signature))?;
        Some(format!("{} is part of Backpack", node.id.module))
    }

    /// Whether what is made before anything is compiled may be other files now.
    fn made_anew(&self) -> bool {
        self.files.keys().any(|path| !self.is_a_module(path.as_bstr()))
    }

    fn is_a_module(&self, path: &BStr) -> bool {
        (path.ends_with(b".hs") || path.ends_with(b".lhs")) && !modules_at(&self.description, path).is_empty()
    }

    /// The prediction that any module may be compiled.
    fn whole(&self, why: String) -> Prediction {
        let own = self.own_changes();
        let ids = |wanted: &dyn Fn(usize) -> bool| -> Vec<ModuleId> {
            let nodes = self.graph.nodes().iter().enumerate();
            nodes.filter(|(index, _)| wanted(*index)).map(|(_, node)| node.id.clone()).collect()
        };
        let changed = ids(&|index| own.contains_key(&index));
        let at_most = ids(&|index| own.get(&index) != Some(&Own::Gone));
        Prediction { everything: Some(why), ..prediction(changed, at_most, Vec::new(), Vec::new()) }
    }

    fn bound(&self) -> Prediction {
        let nodes = self.graph.nodes();
        let own = self.own_changes();
        let watched = self.watched();
        let inputs = Inputs {
            before: self.question.before,
            now: self.question.now,
            graph: self.graph,
            observed: self.question.recorded.observed.as_ref(),
            made: &self.made,
            made_anew: self.made_anew(),
            something_changed: true,
        };
        let left_out: BTreeSet<usize> =
            inputs.left_out().into_iter().filter(|index| own.get(index) != Some(&Own::Gone)).collect();

        let mut seeds: BTreeSet<usize> = own.keys().copied().collect();
        seeds.extend(watched.keys());
        seeds.extend(&left_out);
        // Whether a plugin is pure only it knows, and GHC has the modules of others compiled each time.
        seeds.extend((0..nodes.len()).filter(|&index| {
            nodes.get(index).is_some_and(|node| node.facts.as_ref().is_none_or(|facts| facts.has_plugins))
        }));
        let (mut seeds, new) = self.with_newcomers(seeds, &own);
        // A library is another one with another module, or other C, too.
        if !new.is_empty() || self.files.keys().any(|path| !is_document(path.as_bstr())) {
            seeds.extend(self.graph.loading_libraries());
        }
        let compiled: Vec<usize> =
            self.graph.reached(seeds).into_iter().filter(|index| own.get(index) != Some(&Own::Gone)).collect();

        let ids = |indexes: &mut dyn Iterator<Item = usize>| -> Vec<ModuleId> {
            indexes.filter_map(|index| nodes.get(index)).map(|node| node.id.clone()).collect()
        };
        // One that nothing names stays a part of the build as long as nobody else can stop importing it.
        let is_same_list = self.before.components == self.description.components;
        let stays = |index: usize| {
            let is_alone = is_same_list && new.is_empty() && own.keys().all(|other| *other == index);
            let is_listed = |node: &Node| is_listed(&self.description, &node.id);
            own.get(&index) != Some(&Own::Gone) && (is_alone || nodes.get(index).is_some_and(is_listed))
        };
        let certain = own.iter().filter(|(_, own)| **own == Own::Certainly).map(|(index, _)| *index);
        let certain = certain.chain(watched.iter().filter(|(_, certain)| **certain).map(|(index, _)| *index));
        let certain: BTreeSet<usize> = certain.filter(|&index| stays(index)).collect();
        let mut changed = ids(&mut own.keys().copied());
        changed.extend(new.iter().filter(|(_, is_added)| **is_added).map(|(id, _)| id.clone()));
        let mut at_most = ids(&mut compiled.into_iter());
        at_most.extend(new.keys().cloned());
        let precaution = left_out.into_iter().filter(|index| !own.contains_key(index) && !watched.contains_key(index));
        prediction(
            changed,
            at_most,
            ids(&mut certain.into_iter()),
            ids(&mut precaution.collect::<Vec<_>>().into_iter()),
        )
    }

    /// What becomes of modules by their own sources.
    fn own_changes(&self) -> BTreeMap<usize, Own> {
        let mut own = BTreeMap::new();
        let mut touched: BTreeSet<usize> = BTreeSet::new();
        let nodes = self.graph.nodes().iter().enumerate();
        let reads_others = self.files.keys().any(|path| !is_document(path.as_bstr()));
        let mut by_source: BTreeMap<&BStr, Vec<usize>> = BTreeMap::new();
        for (index, node) in nodes {
            for source in &node.sources {
                by_source.entry(source.as_ref()).or_default().push(index);
            }
            let is_made = node.sources.iter().any(|source| self.made.contains(source)) && self.made_anew();
            let is_generated = node.sources.is_empty() && !is_made_by_cabal(node);
            if is_made || is_generated || reads_others && node.sources.iter().any(|path| self.is_made_of_others(path)) {
                own.insert(index, Own::Perhaps);
            }
        }
        for path in self.files.keys() {
            let source = path.strip_suffix(b"-boot").unwrap_or(path).as_bstr();
            touched.extend(by_source.get(source).into_iter().flatten());
        }
        // One that is found before the source of before, or in its place.
        touched.extend(self.touched.keys().filter_map(|id| self.by_id.get(id)));
        for index in touched {
            if let Some(node) = self.graph.nodes().get(index) {
                own.insert(index, self.own_change(node));
            }
        }
        own
    }

    /// Whether what is made of a source may depend on other files: GHC sees the result, so nobody notes what it is made of.
    fn is_made_of_others(&self, source: &BString) -> bool {
        let tools = [(".x", "alex"), (".y", "happy"), (".ly", "happy")];
        // A program of the package has sources of its own.
        let is_alone = tools.iter().any(|(suffix, tool)| {
            source.ends_with(suffix.as_bytes()) && !self.description.components.contains_key(&format!("exe:{tool}"))
        });
        !(source.ends_with(b".hs") || source.ends_with(b".lhs") || is_alone)
    }

    fn own_change(&self, node: &Node) -> Own {
        let before = self.question.before;
        let changed = |path: &BString| self.files.get(path) == Some(&Change::Changed);
        // Of several the one that is looked for first counts, and of others than Haskell what is made of them.
        let plain = |path: &BString| path.ends_with(b".hs") || path.ends_with(b".lhs");
        let candidates = self.sources_now(node);
        let old: Vec<&BString> = node.sources.iter().filter(|path| before.has(path.as_bstr())).collect();
        if candidates.is_empty() {
            return if node.sources.iter().any(|path| self.made.contains(path)) { Own::Perhaps } else { Own::Gone };
        }
        match (old.as_slice(), candidates.as_slice()) {
            ([old], [new]) if plain(new) && plain(old) && (new != *old || changed(old)) => Own::Certainly,
            _ => Own::Perhaps,
        }
    }

    /// The modules of which a file differs that GHC watches, and whether that is certain.
    fn watched(&self) -> BTreeMap<usize, bool> {
        let (before, now) = (self.question.before, self.question.now);
        let made_anew = self.made_anew();
        let mut found = BTreeMap::new();
        for (index, node) in self.graph.nodes().iter().enumerate() {
            for path in node.facts.iter().flat_map(|facts| &facts.watched) {
                let is_plain = matches!(self.files.get(path), Some(Change::Changed));
                if now.differs(before, Access::Read, path.as_ref()) || made_anew && self.made.contains(path) {
                    let certain = found.entry(index).or_insert(false);
                    *certain |= is_plain && now.is_file(path.as_ref());
                }
            }
        }
        found
    }

    /// Adds modules that the base did not compile, and those that import them though nobody edited them. Returns also
    /// the former, and whether they came with head.
    fn with_newcomers(
        &self,
        mut seeds: BTreeSet<usize>,
        own: &BTreeMap<usize, Own>,
    ) -> (BTreeSet<usize>, BTreeMap<ModuleId, bool>) {
        let recorded = self.question.recorded;
        let is_built = |component: &ComponentName| recorded.components.contains(component.0.as_bytes().as_bstr());
        let nodes = self.graph.nodes().iter();
        let compiled: BTreeSet<(&ComponentName, &BStr)> =
            nodes.flat_map(|node| node.sources.iter().map(|source| (&node.id.component, source.as_bstr()))).collect();
        let is_known =
            |id: &ModuleId, path: &BStr| self.by_id.contains_key(id) || compiled.contains(&(&id.component, path));
        let newcomers = Newcomers::find(&self.description, self.question.now.paths(), &is_built, &is_known);
        if newcomers.sources.is_empty() && self.newly_named_by_libraries().is_empty() {
            return (seeds, BTreeMap::new());
        }
        let is_added = |sources: &[BString]| sources.iter().any(|path| self.files.get(path) == Some(&Change::Added));
        let mut new: BTreeMap<ModuleId, bool> = BTreeMap::new();
        let mut left: Vec<(&ModuleId, &Vec<BString>)> = newcomers.sources.iter().collect();
        let (listed, rest): (Vec<_>, Vec<_>) = left.into_iter().partition(|(id, _)| is_listed(&self.description, id));
        left = rest;
        let mut texts = Texts { package: self, known: BTreeMap::new() };

        // Whoever imported another package's module of such a name now imports this one.
        let added: Vec<&ModuleId> =
            newcomers.sources.iter().filter(|(_, sources)| is_added(sources)).map(|(id, _)| id).collect();
        let shown = self.newly_named_by_libraries();
        let mut shadowed = BTreeSet::new();
        if !added.is_empty() || !shown.is_empty() {
            for (index, node) in self.graph.nodes().iter().enumerate() {
                if own.contains_key(&index) || is_made_by_cabal(node) {
                    continue;
                }
                for id in added.iter().filter(|id| id.component == node.id.component) {
                    if texts.may_import(&node.sources, &id.module.0) {
                        seeds.insert(index);
                        shadowed.insert(*id);
                    }
                }
                let by_others = shown.iter().filter(|(component, _)| **component != node.id.component.0);
                if by_others.into_iter().any(|(_, name)| texts.may_import(&node.sources, name)) {
                    seeds.insert(index);
                }
            }
        }
        // The texts that may have imports which the base's build did not see.
        let mut importing: Vec<(ComponentName, Vec<BString>)> = Vec::new();
        for &index in &seeds {
            let Some(node) = self.graph.nodes().get(index) else { continue };
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
                return (seeds, new);
            }
            importing = next.iter().map(|(id, sources)| (id.component.clone(), (*sources).clone())).collect();
            new.extend(next.drain(..).map(|(id, sources)| (id.clone(), is_added(sources))));
        }
    }

    /// Modules that a library of the package names now and did not name in the base, by its name: others see them now.
    fn newly_named_by_libraries(&self) -> Vec<(&String, &String)> {
        let libraries =
            self.description.components.iter().filter(|(name, _)| *name == "lib" || name.starts_with("lib:"));
        let new = libraries.flat_map(|(name, component)| {
            let before = self.before.components.get(name).map(|before| &before.listed);
            let is_new = move |module: &&String| before.is_none_or(|before| !before.contains(*module));
            component.listed.iter().filter(is_new).map(move |module| (name, module))
        });
        new.collect()
    }

    /// Whether a program made the text of a module that is none of those which leave its imports as they are.
    fn is_made_by_a_program(&self, node: &Node) -> bool {
        let group = self.question.recorded.observed.as_ref().map(|observed| &observed.groups);
        let Some(group) = group.and_then(|groups| groups.get(&Who::Module(node.stem.clone()))) else { return false };
        let leaves_imports = |program: &BString| {
            let name = program.to_str_lossy();
            let is_own = self.description.components.contains_key(&format!("exe:{name}"));
            let is_usual = |word: &str| name == word || name.ends_with(&format!("-{word}"));
            name.is_empty() || !is_own && LEAVE_IMPORTS.iter().any(|word| is_usual(word)) || name.ends_with("_hsc_make")
        };
        !group.lost.is_empty() || !group.inputs.iter().all(|input| leaves_imports(&input.program))
    }

    /// Returns what can be the source of a module of the base in head, each once.
    fn sources_now(&self, node: &Node) -> Vec<BString> {
        let new = self.touched.get(&node.id).into_iter().flatten().filter(|path| !path.ends_with(b"-boot"));
        let all: BTreeSet<&BString> = node.sources.iter().chain(new).collect();
        all.into_iter().filter(|path| self.question.now.has(path.as_bstr())).cloned().collect()
    }
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

    fn is_unclear(&mut self, sources: &[BString]) -> bool {
        sources.is_empty() || sources.iter().any(|path| *self.imports(path) == Imports::Any)
    }

    fn imports(&mut self, path: &BString) -> &Imports {
        let package = self.package;
        self.known.entry(path.clone()).or_insert_with(|| {
            let text = (package.question.read)(Side::Head, path.as_ref());
            text.map_or(Imports::Any, |text| Imports::of(path.as_ref(), &text, &package.description))
        })
    }
}

/// Foretells that any module may be compiled, and why.
pub fn everything(recorded: &Recorded, why: String) -> Prediction {
    let at_most = recorded.graph.nodes().iter().map(|node| node.id.clone()).collect();
    Prediction { everything: Some(why), ..prediction(Vec::new(), at_most, Vec::new(), Vec::new()) }
}

fn prediction(
    changed: Vec<ModuleId>,
    at_most: Vec<ModuleId>,
    certain: Vec<ModuleId>,
    precaution: Vec<ModuleId>,
) -> Prediction {
    let sorted = |mut list: Vec<ModuleId>| {
        list.sort();
        list.dedup();
        list
    };
    Prediction {
        known: Known::Interfaces,
        changed: sorted(changed),
        at_most: sorted(at_most),
        certain: sorted(certain),
        precaution: sorted(precaution),
        everything: None,
    }
}

/// Whether Cabal itself makes a module, of nothing but what is the same here. One that somebody wrote has a source.
fn is_made_by_cabal(node: &Node) -> bool {
    let name = &node.id.module.0;
    node.sources.is_empty() && (name.starts_with("Paths_") || name.starts_with("PackageInfo_"))
}

/// Whether a file of this path is one that a build puts there, which nobody notes.
fn is_of_builds(path: &BStr) -> bool {
    matches!(path.as_bytes(), b"Setup" | b"config.log" | b"config.status") || path.starts_with(b"dist/")
}

fn is_signature(path: &BString) -> bool {
    path.ends_with(b".hsig") || path.ends_with(b".lhsig")
}

fn is_document(path: &BStr) -> bool {
    DOCUMENTS.iter().any(|suffix| path.strip_suffix(suffix.as_bytes()).is_some_and(|rest| rest.ends_with(b".")))
}

#[cfg(test)]
mod tests;
