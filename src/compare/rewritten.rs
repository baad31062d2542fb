//! Interfaces that GHC wrote otherwise, of modules whose code is the same.
//!
//! What GHC writes of a function for others to inline can depend on whether the interfaces that it
//! used were read or made in the same run: a variable has another name, a coercion another form.
//! So an ABI hash may differ where nothing else does. Whatever a wrong reuse takes over, a constant
//! or a function of an older source, is in the module's code as well.

use std::collections::{BTreeMap, BTreeSet};

use super::description::Kind;
use super::difference::Modules;
use super::sides::{BYTES, Changed};

/// What may be the work of such a module: of each file of a module that differs, whether it is an interface
/// and whether nothing but its wording does.
#[derive(Debug, Default)]
pub(super) struct Rewritten(Vec<Changes>);

#[derive(Debug)]
struct Changes {
    path: String,
    is_interface: bool,
    harmless: bool,
}

impl Rewritten {
    /// Takes in what differs of one thing.
    pub(super) fn take(&mut self, kind: Kind, path: &str, facts: &[Changed]) {
        let is_interface = kind == Kind::Interface;
        if !is_interface && kind != Kind::Object {
            return;
        }
        let harmless = facts.iter().all(|(fact, ours, theirs)| {
            fact == BYTES || (is_interface && is_wording(fact) && ours.is_some() && theirs.is_some())
        });
        if is_interface || !harmless {
            self.0.push(Changes { path: path.to_owned(), is_interface, harmless });
        }
    }

    /// Returns the modules.
    pub(super) fn by_module(self, modules: &Modules) -> BTreeSet<String> {
        // A module may be compiled in several ways, and a name may stand in several components.
        let mut found: BTreeMap<String, (bool, bool)> = BTreeMap::new();
        for Changes { path, is_interface, harmless } in self.0 {
            let Some((_, module)) = modules.of(&path) else { continue };
            let (rewritten, all_harmless) = found.entry(module.0.clone()).or_insert((false, true));
            *rewritten |= is_interface;
            *all_harmless &= harmless;
        }
        found.into_iter().filter(|(_, both)| *both == (true, true)).map(|(module, _)| module).collect()
    }
}

/// Whether a fact of an interface is about how GHC wrote what it exports, and not what that is.
pub(super) fn is_wording(fact: &str) -> bool {
    fact == "abi" || fact.starts_with("declaration ")
}
