//! Interfaces that GHC wrote otherwise, of modules whose code is the same.
//!
//! What GHC writes of a function for others to inline can depend on whether the interfaces that it
//! used were read or made in the same run: a variable has another name, a coercion another form.
//! So an ABI hash may differ where nothing else does. What a wrong reuse takes over of a function is in the
//! module's code as well. What is in no code, such as a type, a rule or a deprecation, has facts of its own,
//! none of which is wording; and a module without code has none that could be the same.

use std::collections::{BTreeMap, BTreeSet};

use super::difference::Modules;
use super::sides::{BYTES, Changed};

/// What may be the work of such a module: the interfaces that differ, and whether nothing but their wording does;
/// and the objects of these, which are taken in after them.
#[derive(Debug, Default)]
pub(super) struct Rewritten {
    interfaces: BTreeMap<String, bool>,
    /// The objects that were compared and are the same, of those interfaces alone.
    same: BTreeSet<String>,
    /// All objects that are not.
    other: Vec<String>,
}

impl Rewritten {
    /// Takes in an interface that differs.
    pub(super) fn interface(&mut self, path: &str, facts: &[Changed]) {
        let is_wording = |(fact, ours, theirs): &Changed| is_wording(fact) && ours.is_some() && theirs.is_some();
        let harmless = !facts.is_empty() && facts.iter().all(is_wording);
        self.interfaces.insert(path.to_owned(), harmless);
    }

    /// Takes in an object, and what differs of it: nothing at all where both builds have it alike.
    pub(super) fn object(&mut self, path: &str, there: (bool, bool), facts: &[Changed]) {
        if there != (true, true) || facts.iter().any(|(fact, ..)| fact != BYTES) {
            self.other.push(path.to_owned());
        } else if interface_of(path).is_some_and(|path| self.interfaces.contains_key(&path)) {
            self.same.insert(path.to_owned());
        }
    }

    /// Returns the modules.
    pub(super) fn by_module(self, modules: &Modules) -> BTreeSet<String> {
        // A module may be compiled in several ways, and a name may stand in several components.
        let mut found: BTreeMap<String, bool> = BTreeMap::new();
        let same: BTreeSet<String> = self.same.iter().filter_map(|path| interface_of(path)).collect();
        for (path, harmless) in self.interfaces {
            let Some((_, module)) = modules.of(&path) else { continue };
            *found.entry(module.0.clone()).or_insert(true) &= harmless && same.contains(&path);
        }
        for path in self.other {
            let Some((_, module)) = modules.of(&path) else { continue };
            found.insert(module.0.clone(), false);
        }
        found.into_iter().filter(|(_, is_harmless)| *is_harmless).map(|(module, _)| module).collect()
    }
}

/// The interface that GHC wrote beside an object: `A.dyn_hi` of `A.dyn_o`, `A.hi-boot` of `A.o-boot`.
fn interface_of(object: &str) -> Option<String> {
    let (stem, way) = object.rsplit_once('.')?;
    let (way, boot) = way.strip_suffix("-boot").map_or((way, ""), |way| (way, "-boot"));
    let way = way.strip_suffix('o')?;
    (way.is_empty() || way.ends_with('_')).then(|| format!("{stem}.{way}hi{boot}"))
}

/// Whether a fact of an interface is about how GHC wrote what it exports, and not what that is.
pub(super) fn is_wording(fact: &str) -> bool {
    fact == "abi" || fact.starts_with("declaration ")
}
