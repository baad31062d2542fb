//! Which modules the builder leaves out of what it takes from the base, since something else that was observed
//! differs: the rule of `nix/reuse/Rule.hs` before the build, so far as it is known then.
//!
//! Where the builder knows more (what a configure script makes, the size of a file), the worse is taken for true.

use std::collections::BTreeSet;

use gix::bstr::{BStr, BString, ByteSlice as _};

use super::graph::{Graph, Node};
use super::observed::{Group, Input, Maker, Observed, Source, Who};
use super::tree::{Access, Tree};

/// What the rule goes by.
#[derive(Clone, Copy)]
pub(super) struct Inputs<'a> {
    pub(super) before: &'a Tree,
    pub(super) now: &'a Tree,
    pub(super) graph: &'a Graph,
    /// None where nobody knows what was looked at.
    pub(super) observed: Option<&'a Observed>,
    /// Files of the package that something makes before anything is compiled.
    pub(super) made: &'a BTreeSet<BString>,
    /// Whether those may be other ones now.
    pub(super) made_anew: bool,
    /// Whether any file differs at all.
    pub(super) something_changed: bool,
}

impl Inputs<'_> {
    /// Returns the modules that are left out, whether or not GHC would compile them by itself.
    pub(super) fn left_out(&self) -> BTreeSet<usize> {
        let all = || (0..self.graph.nodes().len()).collect();
        let Some(observed) = self.observed else {
            return if self.something_changed { all() } else { BTreeSet::new() };
        };
        let mut found = BTreeSet::new();
        if self.something_changed {
            let nodes = self.graph.nodes().iter().enumerate();
            let unseen =
                nodes.filter(|(_, node)| !observed.compiled.contains(node.id.component.0.as_bytes().as_bstr()));
            found.extend(unseen.map(|(index, _)| index));
        }
        let (included, makers) = (included(observed), self.differing_makers(observed));
        for (who, group) in &observed.groups {
            let lost = self.something_changed && !group.lost.is_empty();
            let whole = lost || !group.leaves.is_empty();
            let targets = self.targets(who);
            if targets.is_empty() {
                continue;
            }
            let differing: Vec<&Input> =
                if whole { Vec::new() } else { self.differing(&makers, who, group, &included) };
            found.extend(targets.into_iter().filter(|&index| {
                whole || differing.iter().any(|input| is_for(who, input, &self.graph.nodes()[index]))
            }));
        }
        found
    }

    fn targets(&self, who: &Who) -> Vec<usize> {
        let of = |component: &BString| -> Vec<usize> {
            let nodes = self.graph.nodes().iter().enumerate();
            nodes
                .filter(|(_, node)| node.id.component.0.as_bytes() == component.as_slice())
                .map(|(index, _)| index)
                .collect()
        };
        match who {
            Who::Module(stem) => self.graph.at(stem).into_iter().collect(),
            Who::Code(component) => {
                let all = of(component);
                let ran: Vec<usize> =
                    all.iter().copied().filter(|&index| may_have_run_code(&self.graph.nodes()[index])).collect();
                // Where there are none, it is not known for whom it was.
                if ran.is_empty() { all } else { ran }
            }
            Who::Component(component) => of(component),
            Who::Setup => (0..self.graph.nodes().len()).collect(),
        }
    }

    fn differing<'g>(
        &self,
        makers: &BTreeSet<&Maker>,
        who: &Who,
        group: &'g Group,
        included: &BTreeSet<(&BStr, &BStr)>,
    ) -> Vec<&'g Input> {
        let inputs = group.inputs.iter().filter(|input| self.differs(makers, &input.source, input.access));
        let inputs = inputs.filter(|input| match who {
            Who::Code(component) => !self.is_of_watching(component, input, included),
            Who::Module(_) | Who::Component(_) | Who::Setup => true,
        });
        inputs.collect()
    }

    /// Whether GHC opened a file no more often than for the hashes of those modules that it watches it for, and for
    /// their splices.
    fn is_of_watching(&self, component: &BString, input: &Input, included: &BTreeSet<(&BStr, &BStr)>) -> bool {
        let path = input.source.path();
        let watching = self.graph.nodes().iter().filter(|node| {
            node.id.component.0.as_bytes() == component.as_slice()
                && node.facts.as_ref().is_some_and(|facts| facts.watched.contains(path))
        });
        let expected = |node: &Node| {
            let ran = node.facts.as_ref().is_some_and(|facts| facts.ran_code);
            if ran && !included.contains(&(node.stem.as_ref(), path)) { 2 } else { 1 }
        };
        let times: Vec<u32> = watching.map(expected).collect();
        !times.is_empty() && input.program.is_empty() && input.times <= times.iter().sum()
    }

    /// `makers` are those that were made of other things.
    fn differs(&self, makers: &BTreeSet<&Maker>, from: &Source, how: Access) -> bool {
        match from {
            Source::Original(path) => self.file_differs(how, path),
            // What the package is built with is the same, or nothing of this is asked.
            Source::Foreign(_) => false,
            Source::Generated(path, _) if self.is_there(path) => self.file_differs(how, path),
            // Whether a program is there does not depend on what it is made of, and the components are the same.
            Source::Generated(path, maker) if how == Access::Find && is_program_of(maker, path) => false,
            Source::Generated(_, maker) => makers.contains(maker),
        }
    }

    fn is_there(&self, path: &BString) -> bool {
        [self.before, self.now].iter().any(|tree| tree.has(path.as_ref())) || self.made.contains(path)
    }

    fn file_differs(&self, how: Access, path: &BString) -> bool {
        let touches_made = || {
            let below = [path.as_slice(), b"/"].concat();
            self.made.iter().any(|made| made == path || path == "." || made.starts_with(&below))
        };
        self.now.differs(self.before, how, path.as_ref()) || (self.made_anew && touches_made())
    }

    /// Returns the makers that were made of other things, and those that nobody knows.
    fn differing_makers<'o>(&self, observed: &'o Observed) -> BTreeSet<&'o Maker> {
        let groups = observed.groups.values().flat_map(|group| group.inputs.iter().map(|input| &input.source));
        let makers = observed.makers.values().flat_map(|made| made.of.iter().map(|(_, source)| source));
        let named = groups.chain(makers).filter_map(|source| match source {
            Source::Generated(_, maker) => Some(maker),
            Source::Original(_) | Source::Foreign(_) => None,
        });
        let mut differing: BTreeSet<&Maker> = named.filter(|maker| !observed.makers.contains_key(maker)).collect();
        loop {
            let before = differing.len();
            for (maker, made) in &observed.makers {
                let lost = made.lost && self.something_changed;
                if !differing.contains(maker)
                    && (lost || made.of.iter().any(|(how, from)| self.differs(&differing, from, *how)))
                {
                    differing.insert(maker);
                }
            }
            if differing.len() == before {
                return differing;
            }
        }
    }
}

/// Whether an input of a group counts for a module of it.
fn is_for(who: &Who, input: &Input, node: &Node) -> bool {
    let watches = node.facts.as_ref().is_some_and(|facts| facts.watched.contains(input.source.path()));
    // A module was among those that GHC compiled then, with and without code.
    let counts = match who {
        Who::Module(_) if input.by_code => may_have_run_code(node),
        _ => true,
    };
    counts && !watches
}

fn may_have_run_code(node: &Node) -> bool {
    node.facts.as_ref().is_none_or(|facts| facts.ran_code)
}

/// Files that a module's preprocessor looked at, by the module.
fn included(observed: &Observed) -> BTreeSet<(&BStr, &BStr)> {
    let modules = observed.groups.iter().filter_map(|(who, group)| match who {
        Who::Module(stem) => Some((stem, group)),
        Who::Code(_) | Who::Component(_) | Who::Setup => None,
    });
    modules
        .flat_map(|(stem, group)| group.inputs.iter().map(move |input| (stem.as_bstr(), input.source.path())))
        .collect()
}

fn is_program_of(maker: &Maker, path: &BString) -> bool {
    let Maker::Component(component) = maker else { return false };
    let Some(name) = component.strip_prefix(b"exe:") else { return false };
    *path == [b"dist/build/".as_slice(), name, b"/", name].concat()
}
