//! Interfaces that GHC wrote otherwise, of modules whose code is the same.
//!
//! What GHC writes of a function for others to inline can depend on whether the interfaces that it
//! used were read or made in the same run: a variable has another name, a coercion another form.
//! So an ABI hash may differ where nothing else does. Whatever a wrong reuse takes over, a constant
//! or a function of an older source, is in the module's code as well.

use std::collections::{BTreeMap, BTreeSet};

use super::difference::{BYTES, changed, paths};
use super::facts::{Facts, Kind};

/// The modules with such interfaces.
#[derive(Debug)]
pub(super) struct Rewritten(BTreeSet<String>);

impl Rewritten {
    /// Finds them.
    pub(super) fn between(one: &Facts, other: &Facts) -> Self {
        let mut modules: BTreeMap<&str, bool> = BTreeMap::new();
        for kind in [Kind::Interface, Kind::Object] {
            for path in paths(one, kind, other, kind) {
                let Some((_, module)) = one.module_of(path).or_else(|| other.module_of(path)) else { continue };
                let facts = changed(one, kind, other, kind, path);
                let harmless = facts.iter().all(|(fact, ours, theirs)| {
                    fact == BYTES || (kind == Kind::Interface && is_wording(fact) && ours.is_some() && theirs.is_some())
                });
                // A module may be compiled in several ways, and a name may stand in several components.
                let so_far = modules.entry(&module.0).or_insert(true);
                *so_far = *so_far && harmless;
            }
        }
        let changed_interfaces = paths(one, Kind::Interface, other, Kind::Interface)
            .into_iter()
            .filter(|path| !changed(one, Kind::Interface, other, Kind::Interface, path).is_empty());
        let names = changed_interfaces
            .filter_map(|path| one.module_of(path).map(|(_, module)| module.0.as_str()))
            .filter(|module| modules.get(module) == Some(&true))
            .map(str::to_owned);
        Self(names.collect())
    }

    /// Whether a module is one of them.
    pub(super) fn has(&self, module: &str) -> bool {
        self.0.contains(module)
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Whether a fact of an interface is about how GHC wrote what it exports, and not what that is.
pub(super) fn is_wording(fact: &str) -> bool {
    fact == "abi" || fact.starts_with("declaration ")
}
