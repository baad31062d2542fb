//! The description of a build.

use std::collections::BTreeMap;

use super::warning;
use crate::model::haskell::{ComponentName, ModuleName};

/// What sort of thing a fact is about. Written by `nix/verify/Describe.hs`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Interface,
    Object,
    Other,
    File,
    /// A file that the build installed when it was made once more.
    Witness,
    /// A warning of a module, which is the name of the fact.
    Warning,
}

/// The facts about one thing, by their names.
pub(super) type Things = BTreeMap<String, BTreeMap<String, String>>;

/// What is known of a build.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    things: BTreeMap<Kind, Things>,
    modules: BTreeMap<String, (ComponentName, ModuleName)>,
    /// What the test suites printed.
    pub(super) printed: Vec<String>,
}

impl Facts {
    /// Reads a description. A line that is not understood is the line of a newer one, and its number is
    /// the error: half a comparison proves nothing.
    pub fn read(text: &[u8]) -> Result<Self, usize> {
        let mut facts = Self::default();
        for (index, line) in String::from_utf8_lossy(text).lines().enumerate() {
            let columns: Vec<&str> = line.splitn(4, '\t').collect();
            let &[kind, path, fact, value] = columns.as_slice() else { return Err(index + 1) };
            let kind = match kind {
                "interface" => Kind::Interface,
                "object" => Kind::Object,
                "other" => Kind::Other,
                "file" => Kind::File,
                "witness" => Kind::Witness,
                "warning" => {
                    let warnings = facts.things.entry(Kind::Warning).or_default();
                    warnings.entry(path.to_owned()).or_default().insert(warning::plain(fact), String::new());
                    continue;
                }
                "module" => {
                    let names = (ComponentName(fact.to_owned()), ModuleName(value.to_owned()));
                    facts.modules.insert(path.to_owned(), names);
                    continue;
                }
                "test" => {
                    facts.printed.push(value.to_owned());
                    continue;
                }
                _ => return Err(index + 1),
            };
            let things = facts.things.entry(kind).or_default();
            things.entry(path.to_owned()).or_default().insert(fact.to_owned(), value.to_owned());
        }
        Ok(facts)
    }

    /// All things of a kind.
    pub(super) fn all(&self, kind: Kind) -> impl Iterator<Item = (&String, &BTreeMap<String, String>)> {
        self.things.get(&kind).into_iter().flatten()
    }

    /// The facts about one thing.
    pub(super) fn of(&self, kind: Kind, path: &str) -> Option<&BTreeMap<String, String>> {
        self.things.get(&kind)?.get(path)
    }

    /// One fact.
    pub(super) fn value(&self, kind: Kind, path: &str, fact: &str) -> Option<&str> {
        self.of(kind, path)?.get(fact).map(String::as_str)
    }

    /// The module that a file of the build folder was made of.
    pub(super) fn module_of(&self, path: &str) -> Option<&(ComponentName, ModuleName)> {
        let (stem, _) = path.rsplit_once('.')?;
        self.modules.get(stem)
    }

    /// The module that a warning belongs to.
    pub(super) fn warned(&self, stem: &str) -> Option<&(ComponentName, ModuleName)> {
        self.modules.get(stem.strip_suffix("-boot").unwrap_or(stem))
    }
}
