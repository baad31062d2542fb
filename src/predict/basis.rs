//! What is known of the base beside its files, wherever it is known from.

use std::borrow::Cow;
use std::collections::BTreeSet;

use gix::bstr::{BString, ByteSlice as _};

use super::graph::Graph;
use super::recorded::Recorded;
use super::tree::Tree;
use crate::model::prediction::Known;

/// The modules of the base, and how they were made.
pub(super) struct Basis<'a> {
    pub(super) known: Known,
    pub(super) graph: Cow<'a, Graph>,
    /// What its build noted; none where only its sources are known.
    pub(super) noted: Option<&'a Recorded>,
    /// The modules that it compiled for certain, if it built their components.
    pub(super) compiled: BTreeSet<usize>,
    /// The modules that may look at any file while they are compiled, as nobody noted at which they do.
    pub(super) looking: BTreeSet<usize>,
    /// Files that something makes before anything is compiled.
    pub(super) made: BTreeSet<BString>,
    /// The components that it may have built.
    pub(super) components: BTreeSet<String>,
    /// Those that it built for certain.
    pub(super) built: BTreeSet<String>,
}

impl<'a> Basis<'a> {
    /// What its full build noted, or its partial build.
    pub(super) fn noted(recorded: &'a Recorded, before: &Tree) -> Self {
        let components: BTreeSet<String> =
            recorded.components.iter().map(|component| component.to_str_lossy().into_owned()).collect();
        Self {
            known: Known::Interfaces,
            graph: Cow::Borrowed(&recorded.graph),
            noted: Some(recorded),
            compiled: (0..recorded.graph.nodes().len()).collect(),
            looking: BTreeSet::new(),
            made: recorded.contents.keys().filter(|path| !before.has(path.as_bstr())).cloned().collect(),
            built: components.clone(),
            components,
        }
    }

    /// Whether modules of the base can be missing that it would have if all of it compiled.
    pub(super) fn is_partial(&self) -> bool {
        self.noted.is_some_and(|recorded| recorded.uncompiled.is_some())
    }
}
