//! What becomes of modules by their own files: their sources, and those that GHC watches for them.

use std::collections::{BTreeMap, BTreeSet};

use gix::bstr::{BStr, BString, ByteSlice as _};

use super::{Package, is_document, is_made_by_cabal};
use crate::predict::graph::Node;
use crate::predict::tree::{Access, Change};

/// What becomes of a module by its own source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Own {
    /// It may be another one: what it is made of differs, or may.
    Perhaps,
    /// It is another one.
    Certainly,
    /// Head has no source of it.
    Gone,
}

impl Package<'_> {
    /// What becomes of modules by their own sources.
    pub(super) fn own_changes(&self) -> BTreeMap<usize, Own> {
        let mut own = BTreeMap::new();
        let mut touched: BTreeSet<usize> = BTreeSet::new();
        let nodes = self.nodes().iter().enumerate();
        let reads_others = self.files.keys().any(|path| !is_document(path.as_bstr()));
        let mut by_source: BTreeMap<&BStr, Vec<usize>> = BTreeMap::new();
        for (index, node) in nodes {
            for source in &node.sources {
                by_source.entry(source.as_ref()).or_default().push(index);
            }
            let is_made = node.sources.iter().any(|source| self.basis.made.contains(source)) && self.made_anew();
            let is_generated = node.sources.is_empty() && !is_made_by_cabal(node);
            if is_made || is_generated || reads_others && node.sources.iter().any(|path| self.is_made_of_others(path)) {
                own.insert(index, Own::Perhaps);
            }
        }
        for path in self.files.keys() {
            let source = path.strip_suffix(b"-boot").unwrap_or(path).as_bstr();
            touched.extend(by_source.get(source).into_iter().flatten());
        }
        // What a link leads to.
        let (before, now) = (self.question.before, self.question.now);
        let others = by_source.iter().filter(|(path, _)| !before.is_file(path) || !now.is_file(path));
        let differs = |path: &BStr| now.differs(before, Access::Read, path);
        touched.extend(others.filter(|(path, _)| differs(path)).flat_map(|(_, indexes)| indexes));
        // One that is found before the source of before, or in its place.
        touched.extend(self.touched.keys().filter_map(|id| self.by_id.get(id)));
        for index in touched {
            if let Some(node) = self.nodes().get(index) {
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
        let old: Vec<&BString> = node.sources.iter().filter(|path| before.leads_to_file(path.as_ref())).collect();
        if candidates.is_empty() {
            return if node.sources.iter().any(|path| self.basis.made.contains(path)) {
                Own::Perhaps
            } else {
                Own::Gone
            };
        }
        match (old.as_slice(), candidates.as_slice()) {
            ([old], [new]) if plain(new) && plain(old) && (new != *old || changed(old)) => Own::Certainly,
            _ => Own::Perhaps,
        }
    }

    /// The modules of which a file differs that GHC watches, and whether that is certain.
    pub(super) fn watched(&self) -> BTreeMap<usize, bool> {
        let (before, now) = (self.question.before, self.question.now);
        let made_anew = self.made_anew();
        let mut found = BTreeMap::new();
        for (index, node) in self.nodes().iter().enumerate() {
            for path in node.facts.iter().flat_map(|facts| &facts.watched) {
                let is_plain = matches!(self.files.get(path), Some(Change::Changed));
                if now.differs(before, Access::Read, path.as_ref()) || made_anew && self.basis.made.contains(path) {
                    let certain = found.entry(index).or_insert(false);
                    *certain |= is_plain && now.is_file(path.as_ref());
                }
            }
        }
        found
    }

    /// Returns what can be the source of a module of the base in head, each once.
    pub(super) fn sources_now(&self, node: &Node) -> Vec<BString> {
        let new = self.touched.get(&node.id).into_iter().flatten().filter(|path| !path.ends_with(b"-boot"));
        let all: BTreeSet<&BString> = node.sources.iter().chain(new).collect();
        all.into_iter().filter(|path| self.question.now.leads_to_file(path.as_ref())).cloned().collect()
    }
}
