//! A thing that two builds do not have alike, and what is told of it.

use std::collections::BTreeSet;

use super::description::{Facts, Kind, Thing};
use super::file::Installed;
use crate::model::verification::{Difference, Subject};

/// The digest of all bytes of a file that is compared by its parts.
pub(super) const BYTES: &str = "bytes";

/// How many characters of a digest are shown.
const DIGEST_SHOWN: usize = 12;

/// A difference, and the facts that it was seen by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The difference.
    pub difference: Difference,
    pub(super) seen_by: Vec<Seen>,
    /// The module whose interface it is about, as the file itself says.
    pub(super) interface_of: Option<String>,
}

/// What a difference was seen by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Seen {
    Fact(Kind, String, String),
    Printed,
}

/// A fact that is not the same on both sides.
pub(super) type Changed = (String, Option<String>, Option<String>);

fn changed(ours: Option<&Thing>, theirs: Option<&Thing>) -> Vec<Changed> {
    let none = Facts::new();
    let facts = |thing: Option<&Thing>| thing.map_or_else(|| none.clone(), |thing| thing.facts.clone());
    let (ours, mut theirs) = (facts(ours), facts(theirs));
    let mut all: Vec<Changed> = Vec::new();
    for (name, value) in ours {
        let other = theirs.remove(&name);
        if other.as_ref() != Some(&value) {
            all.push((name, Some(value), other));
        }
    }
    all.extend(theirs.into_iter().map(|(name, value)| (name, None, Some(value))));
    all.sort();
    all
}

/// A thing that differs.
pub(super) struct Sides {
    pub(super) kind: Kind,
    pub(super) path: String,
    pub(super) facts: Vec<Changed>,
    /// Whether the incremental build and the clean one have it.
    pub(super) there: (bool, bool),
    pub(super) interface_of: Option<String>,
}

impl Sides {
    /// None where both sides are the same.
    pub(super) fn of(kind: Kind, ours: Option<&Thing>, theirs: Option<&Thing>) -> Option<Self> {
        let facts = changed(ours, theirs);
        let there = (ours.is_some(), theirs.is_some());
        if facts.is_empty() && there.0 == there.1 {
            return None;
        }
        let path = ours.or(theirs)?.path.clone();
        let interface_of = ours.and_then(|ours| ours.facts.get("module").cloned());
        Some(Self { kind, path, facts, there, interface_of })
    }

    /// Whether it differs only in what GHC does at random.
    pub(super) fn are_bytes_alone(&self) -> bool {
        self.there.0 == self.there.1 && self.facts.iter().all(|(fact, ..)| fact == BYTES)
    }

    pub(super) fn differences(&self, installed: &Installed) -> Vec<Found> {
        match self.there {
            (true, false) => return vec![self.found("it", Some("there"), None)],
            (false, true) => return vec![self.found("it", None, Some("there"))],
            _ => {}
        }
        match self.kind {
            Kind::Interface => self.facts.iter().map(|fact| self.interface(fact)).collect(),
            Kind::Object => vec![self.found(&self.parts(), None, None)],
            Kind::File if self.is_registration() => {
                let fields = installed.fields(&self.path);
                let each = |(field, ours, theirs): &Changed| {
                    self.found(&format!("field {field}"), ours.as_deref(), theirs.as_deref())
                };
                if fields.is_empty() {
                    return vec![self.file(installed)];
                }
                fields.iter().map(each).collect()
            }
            _ => vec![self.file(installed)],
        }
    }

    fn interface(&self, (fact, ours, theirs): &Changed) -> Found {
        let what = match fact.as_str() {
            "abi" => "ABI hash",
            "exports" => "hash of the exports",
            "exported" => "exports",
            "orphans" => "hash of the orphans",
            "flags" => "hash of the flags",
            "optimisation" => "hash of the optimisation flags",
            "coverage" => "hash of the coverage flags",
            "source" => "hash of the source",
            "packages" => "packages that it imports",
            "modules" => "modules that it imports",
            other => other,
        };
        let mut found = self.found(what, ours.as_deref(), theirs.as_deref());
        found.seen_by.retain(|seen| matches!(seen, Seen::Fact(_, _, name) if name == fact));
        found
    }

    fn file(&self, installed: &Installed) -> Found {
        let value = |ours: bool, name: &str| {
            let fact = self.facts.iter().find(|(fact, ..)| fact == name);
            fact.and_then(|(_, one, other)| if ours { one.as_deref() } else { other.as_deref() })
        };
        let names: BTreeSet<&str> = self.facts.iter().map(|(name, ..)| name.as_str()).collect();
        let either = |names: &[&str], ours: bool| {
            names.iter().find(|name| value(ours, name).is_some()).map(|name| format!("a {name}"))
        };
        let kinds = ["file", "folder", "link", "interface"];
        let (ours, theirs) = (either(&kinds, true), either(&kinds, false));
        if ours.is_some() && theirs.is_some() && ours != theirs {
            return self.found("kind", ours.as_deref(), theirs.as_deref());
        }
        if names.contains("file") {
            let bit = |ours| value(ours, "file").map(|bit| if bit.is_empty() { "not executable" } else { bit });
            return self.found("permission", bit(true), bit(false));
        }
        if names.contains("link") {
            return self.found("target", value(true, "link"), value(false, "link"));
        }
        if names.contains("content") {
            if let (Kind::File, Some((what, ours, theirs))) = (self.kind, installed.first_line(&self.path)) {
                return self.found(&what, ours.as_deref(), theirs.as_deref());
            }
            return self.found("content", value(true, "content"), value(false, "content"));
        }
        self.found(&self.parts(), None, None)
    }

    /// What is compared by parts: their names.
    pub(super) fn parts(&self) -> String {
        let names: Vec<&str> =
            self.facts.iter().map(|(name, ..)| name.as_str()).filter(|name| *name != BYTES).collect();
        names.join(", ")
    }

    fn is_registration(&self) -> bool {
        self.path.starts_with("lib/package.conf.d/") && self.facts.iter().any(|(fact, ..)| fact == "content")
    }

    pub(super) fn found(&self, what: &str, ours: Option<&str>, theirs: Option<&str>) -> Found {
        let subject = match self.kind {
            Kind::Interface => Subject::Interface,
            Kind::Object => Subject::Object,
            Kind::File if self.is_registration() => Subject::Registration,
            Kind::File => Subject::File,
            Kind::Witness => Subject::Repetition,
            Kind::Warning => Subject::Warning,
            Kind::Test => Subject::Tests,
            Kind::Other | Kind::Compiled => Subject::BuildFile,
        };
        // A second clean build shows in its own installed files what the incremental one does twice.
        let kind = if self.kind == Kind::Witness { Kind::File } else { self.kind };
        let seen = |(fact, ..): &Changed| Seen::Fact(kind, self.path.clone(), fact.clone());
        Found {
            difference: Difference {
                subject,
                component: None,
                module: None,
                file: self.path.clone(),
                what: what.to_owned(),
                incremental: ours.map(shown),
                clean: theirs.map(shown),
            },
            seen_by: self.facts.iter().filter(|(fact, ..)| fact != BYTES).map(seen).collect(),
            interface_of: self.interface_of.clone(),
        }
    }
}

/// Cuts digests, which nobody reads to their end.
fn shown(value: &str) -> String {
    let is_digest = value.len() >= 32 && value.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_digest { value[..DIGEST_SHOWN].to_owned() } else { value.to_owned() }
}
