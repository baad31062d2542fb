//! What is compiled at most, and what for certain.

mod joining;
mod own;

use std::collections::{BTreeMap, BTreeSet};

use gix::bstr::{BStr, BString, ByteSlice as _};

use super::basis::Basis;
use super::description::Description;
use super::graph::Node;
use super::inputs::Inputs;
use super::newcomers::{branches_of, modules_aside, modules_at};
use super::recorded::Recorded;
use super::scanned::{Configuration, Sources};
use super::tree::{Change, Tree};
use crate::model::prediction::{Known, ModuleId, Prediction};
use own::Own;

/// What a prediction is made of.
#[derive(Clone, Copy)]
pub struct Question<'a> {
    /// The files of the package in the base.
    pub before: &'a Tree,
    /// Its files in head.
    pub now: &'a Tree,
    /// What is known of the base beside its files.
    pub base: Base<'a>,
    /// The path of the package's description: `foo.cabal`.
    pub description: &'a BStr,
    /// Returns the text of a file, in the base or in head; none where it cannot be read.
    pub read: &'a dyn Fn(Side, &BStr) -> Option<Vec<u8>>,
}

/// What is known of the base beside its files.
#[derive(Clone, Copy)]
pub enum Base<'a> {
    /// What its full build noted, or its partial build.
    Noted(&'a Recorded),
    /// How its full build is configured, and nothing of what it did.
    Sources(&'a Configuration),
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

/// Foretells what the build of head on the base's modules compiles. What the package is built with has to be the same.
pub fn predict(question: &Question<'_>) -> Prediction {
    let package = match Package::of(question) {
        Ok(package) => package,
        Err(why) => {
            return match question.base {
                Base::Noted(recorded) => everything(recorded, why),
                Base::Sources(_) => {
                    Prediction { everything: Some(why), ..prediction(Known::Nothing, Lists::default()) }
                }
            };
        }
    };
    if package.files.is_empty() && !package.basis.is_partial() {
        return prediction(package.basis.known, Lists::default());
    }
    if let Some(why) = package.everything() {
        return package.whole(why);
    }
    package.bound()
}

/// The package, with what is changed in it.
struct Package<'a> {
    question: &'a Question<'a>,
    basis: Basis<'a>,
    description: Description,
    before: Description,
    /// The files that differ.
    files: BTreeMap<BString, Change>,
    by_id: BTreeMap<ModuleId, usize>,
    /// The modules that files which differ can be sources of, with these.
    touched: BTreeMap<ModuleId, Vec<BString>>,
}

impl<'a> Package<'a> {
    fn of(question: &'a Question<'a>) -> Result<Self, String> {
        let files = question.now.changes_since(question.before);
        let description = |side| {
            let text = (question.read)(side, question.description);
            text.and_then(|text| Description::parse(&String::from_utf8_lossy(&text)))
        };
        let (Some(before), Some(now)) = (description(Side::Base), description(Side::Head)) else {
            return Err(format!("{} is not understood by hinc", question.description));
        };
        let basis = match question.base {
            Base::Noted(recorded) => {
                // A full build of other files than these is none of this base.
                let is_seen = |path: &BStr| recorded.has(path) || is_of_builds(path);
                if let Some(path) = question.before.paths().find(|path| !is_seen(path)) {
                    return Err(format!("the full build of the base did not see {path}"));
                }
                Basis::noted(recorded, question.before)
            }
            Base::Sources(configuration) => {
                let read = |path: &BStr| (question.read)(Side::Base, path);
                Sources { tree: question.before, description: &before, configuration, read: &read }.basis()?
            }
        };
        let nodes = basis.graph.nodes().iter().enumerate();
        let by_id = nodes.map(|(index, node)| (node.id.clone(), index)).collect();
        let mut touched: BTreeMap<ModuleId, Vec<BString>> = BTreeMap::new();
        for path in files.keys() {
            for id in modules_at(&now, path.as_ref()).into_iter().chain(modules_aside(&now, path.as_ref())) {
                touched.entry(id).or_default().push(path.clone());
            }
        }
        Ok(Self { question, basis, description: now, before, files, by_id, touched })
    }

    fn nodes(&self) -> &[Node] {
        self.basis.graph.nodes()
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
            && let Some(path) = self.basis.made.iter().find(|path| decides(path.as_bstr()))
        {
            return Some(format!("{path} is made before the build, and can give GHC other options"));
        }
        if let Some(path) = self.remakes_description() {
            return Some(format!("{path} came, went or changed, and hpack can make another {name} of package.yaml"));
        }
        let now = self.question.now;
        let leads_away = |path: &&BString| now.is_link_to_no_file(path.as_ref());
        if let Some(path) = self.files.keys().find(leads_away) {
            return Some(format!("modules may lie behind the link {path}"));
        }
        // Of Backpack a module is compiled several times, and what fills a signature is no import.
        let is_filled =
            |node: &Node| node.facts.as_ref().is_some_and(|facts| facts.unit.iter().any(|c| b"[+".contains(c)));
        let node = self.nodes().iter().find(|node| is_filled(node) || node.sources.iter().any(is_signature))?;
        Some(format!("{} is part of Backpack", node.id.module))
    }

    /// A file for which hpack would make another description, where the package has one for hpack: that has lists of
    /// all modules, and of files by patterns. Whether hpack runs before the build is not known.
    fn remakes_description(&self) -> Option<&BString> {
        let trees = [self.question.before, self.question.now];
        if !trees.iter().any(|tree| tree.has("package.yaml".into())) {
            return None;
        }
        let is_for_hpack = |path: &BStr| path.ends_with(b".yaml") || path.ends_with(b".yml");
        let mut files = self.files.iter();
        files.find(|(path, change)| **change != Change::Changed || is_for_hpack(path.as_ref())).map(|(path, _)| path)
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
            let nodes = self.nodes().iter().enumerate();
            nodes.filter(|(index, _)| wanted(*index)).map(|(_, node)| node.id.clone()).collect()
        };
        let lists = Lists {
            changed: ids(&|index| own.contains_key(&index)),
            at_most: ids(&|index| own.get(&index) != Some(&Own::Gone)),
            ..Lists::default()
        };
        Prediction { everything: Some(why), ..prediction(self.basis.known, lists) }
    }

    fn bound(&self) -> Prediction {
        let (nodes, graph) = (self.nodes(), &self.basis.graph);
        let own = self.own_changes();
        let watched = self.watched();
        let mut left_out = self.left_out();
        left_out.retain(|index| own.get(index) != Some(&Own::Gone));

        let mut seeds: BTreeSet<usize> = own.keys().copied().collect();
        seeds.extend(watched.keys());
        seeds.extend(&left_out);
        seeds.extend(&self.basis.looking);
        // Whether a plugin is pure only it knows, and GHC has the modules of others compiled each time.
        seeds.extend((0..nodes.len()).filter(|&index| {
            nodes.get(index).is_some_and(|node| node.facts.as_ref().is_none_or(|facts| facts.has_plugins))
        }));
        let (mut seeds, new) = self.with_newcomers(seeds, &own);
        // A library is another one with another module, or other C, too.
        if !new.is_empty() || self.files.keys().any(|path| !is_document(path.as_bstr())) {
            seeds.extend(graph.loading_libraries());
        }
        let compiled = graph.reached(seeds).into_iter().filter(|index| own.get(index) != Some(&Own::Gone));

        let ids = |indexes: &mut dyn Iterator<Item = usize>| -> Vec<ModuleId> {
            indexes.filter_map(|index| nodes.get(index)).map(|node| node.id.clone()).collect()
        };
        // One that nothing names stays a part of the build as long as nobody else can stop importing it.
        let is_same_list = self.before.components == self.description.components;
        let stays = |index: usize| {
            let is_alone = is_same_list && new.is_empty() && own.keys().all(|other| *other == index);
            let is_compiled = self.basis.compiled.contains(&index)
                && nodes.get(index).is_some_and(|node| self.basis.built.contains(&node.id.component.0));
            let is_listed = |node: &Node| self.stays_named(&node.id);
            own.get(&index) != Some(&Own::Gone) && is_compiled && (is_alone || nodes.get(index).is_some_and(is_listed))
        };
        let certain = own.iter().filter(|(_, own)| **own == Own::Certainly).map(|(index, _)| *index);
        let certain = certain.chain(watched.iter().filter(|(_, certain)| **certain).map(|(index, _)| *index));
        let certain: BTreeSet<usize> = certain.filter(|&index| stays(index)).collect();
        let mut lists = Lists {
            changed: ids(&mut own.keys().copied()),
            at_most: ids(&mut compiled.into_iter()),
            certain: ids(&mut certain.into_iter()),
            precaution: ids(&mut left_out
                .into_iter()
                .filter(|index| !own.contains_key(index) && !watched.contains_key(index))),
        };
        lists.changed.extend(new.iter().filter(|(_, new)| new.counts_as_changed).map(|(id, _)| id.clone()));
        lists.certain.extend(new.iter().filter(|(_, new)| new.is_certain).map(|(id, _)| id.clone()));
        lists.at_most.extend(new.into_keys());
        prediction(self.basis.known, lists)
    }

    /// Returns the modules that are left out for what was observed, where that was noted.
    fn left_out(&self) -> BTreeSet<usize> {
        let Some(recorded) = self.basis.noted else { return BTreeSet::new() };
        let inputs = Inputs {
            before: self.question.before,
            now: self.question.now,
            graph: &self.basis.graph,
            observed: recorded.observed.as_ref(),
            made: &self.basis.made,
            made_anew: self.made_anew(),
            something_changed: true,
        };
        inputs.left_out()
    }

    /// Whether head has a module that the base has, by what the description says.
    fn stays_named(&self, id: &ModuleId) -> bool {
        let (before, now) = (branches_of(&self.before, id), branches_of(&self.description, id));
        !now.is_empty() && (now == before || now.iter().any(|(_, branch)| branch.is_empty()))
    }
}

/// Foretells that any module may be compiled, and why.
pub fn everything(recorded: &Recorded, why: String) -> Prediction {
    let at_most = recorded.graph.nodes().iter().map(|node| node.id.clone());
    let at_most = at_most.chain(recorded.uncompiled.iter().flatten().cloned()).collect();
    Prediction { everything: Some(why), ..prediction(Known::Interfaces, Lists { at_most, ..Lists::default() }) }
}

/// The lists of a prediction, in any order.
#[derive(Default)]
struct Lists {
    changed: Vec<ModuleId>,
    at_most: Vec<ModuleId>,
    certain: Vec<ModuleId>,
    precaution: Vec<ModuleId>,
}

fn prediction(known: Known, lists: Lists) -> Prediction {
    let sorted = |mut list: Vec<ModuleId>| {
        list.sort();
        list.dedup();
        list
    };
    Prediction {
        known,
        changed: sorted(lists.changed),
        at_most: sorted(lists.at_most),
        certain: sorted(lists.certain),
        precaution: sorted(lists.precaution),
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
