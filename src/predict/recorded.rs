//! What a full build keeps of itself beside its modules: the folder `hinc` of its output `intermediates`.
//!
//! A builder wrote it, so nothing of it is trusted: what cannot be read is not known, and then anything may be.

use std::collections::{BTreeMap, BTreeSet};

use gix::bstr::{BStr, BString, ByteSlice as _};

use super::columns::columns;
use super::graph::{Facts, Graph, Libraries, Node};
use super::observed::{self, Observed};
use super::tree::simplified;
use crate::model::haskell::{ComponentName, ModuleName};
use crate::model::prediction::ModuleId;

/// The layout that is known here, as in `nix/intermediates/save.sh`.
const FORMAT: &str = "5";

/// All of it.
#[derive(Debug, Clone, Default)]
pub struct Recorded {
    /// The modules and what GHC wrote down of them.
    pub(super) graph: Graph,
    /// What was looked at; none where nobody knows.
    pub(super) observed: Option<Observed>,
    /// The files of the package before anything was compiled, with those that a configure script made, and digests.
    pub(super) contents: BTreeMap<BString, Option<BString>>,
    /// The components that were built.
    pub(super) components: BTreeSet<BString>,
    /// How long the compilation took, in seconds.
    pub(super) seconds: Option<f64>,
    /// The modules that did not compile, of a build that keeps those that do; none of another build.
    pub(super) uncompiled: Option<BTreeSet<ModuleId>>,
    /// The endings of the interfaces that were finished.
    endings: BTreeSet<BString>,
    /// When each module was finished, in seconds since 1970, by stems, the first first.
    pub(super) finished: Vec<(BString, f64)>,
}

impl Recorded {
    /// Reads it, given what reads a file of the folder by its name. None where there is no such build, or one of
    /// another layout.
    pub fn read(file: &dyn Fn(&str) -> Option<Vec<u8>>) -> Option<Self> {
        if file("format")?.trim() != FORMAT.as_bytes() {
            return None;
        }
        let facts = file("facts").map(|text| facts(&text)).unwrap_or_default();
        let mut nodes = Vec::new();
        for line in columns(&file("modules")?) {
            let [component, module, stem, _, _, sources @ ..] = line.as_slice() else { return None };
            nodes.push(Node {
                id: id(component, module),
                stem: stem.clone(),
                sources: each_once(sources.iter().map(|source| simplified(source.as_ref()))),
                facts: facts.get(stem).cloned(),
            });
        }
        let mut components = BTreeSet::new();
        let mut units: BTreeMap<BString, BTreeSet<BString>> = BTreeMap::new();
        for line in columns(&file("components")?) {
            let [component, unit, _, dependencies @ ..] = line.as_slice() else { return None };
            let identifiers = dependencies.iter().filter_map(|dependency| dependency.split_once_str("="));
            units.entry(unit.clone()).or_default().extend(identifiers.map(|(_, identifier)| identifier.into()));
            components.insert(component.clone());
        }
        Some(Self {
            graph: Graph::new(nodes, Libraries::new(&units)),
            observed: file("observed").and_then(|text| observed::parse(&text)),
            contents: contents(&file("contents")?)?,
            components,
            uncompiled: match file("uncompiled") {
                Some(text) => Some(uncompiled(&text)?),
                None => None,
            },
            endings: file("finished").map(|text| endings(&text)).unwrap_or_default(),
            // Of a partial build nobody knows how long all of it takes: it says 0.
            seconds: file("seconds").and_then(|text| number(&text)).filter(|seconds| *seconds > 0.0),
            finished: file("finished").map(|text| finished(&text)).unwrap_or_default(),
        })
    }

    /// Returns how long its compilation took, in seconds, where it says so.
    pub fn seconds(&self) -> Option<f64> {
        self.seconds
    }

    /// Whether the package had a file, by its path below its folder; of what lies beside that with `../`.
    pub fn has(&self, path: &BStr) -> bool {
        self.contents.contains_key(path)
    }

    /// Returns the MD5 digest that a file had before anything was compiled, in hexadecimal digits; none of a link.
    pub fn digest(&self, path: &BStr) -> Option<&BStr> {
        self.contents.get(path)?.as_ref().map(AsRef::as_ref)
    }

    /// Whether it is known what the build looked at.
    pub fn is_observed(&self) -> bool {
        self.observed.is_some()
    }

    /// Whether, of a build that keeps the modules that compile, these may lack some of the ways that a library is compiled
    /// in: Cabal compiles one after the other, and ends where the first fails. Profiling is none of what is seen here.
    pub fn may_lack_ways(&self) -> bool {
        let told: BTreeSet<&[u8]> = self.endings.iter().map(|ending| ending.as_slice()).collect();
        let (plain, both) = ([b"hi".as_slice()].into(), [b"hi".as_slice(), b"dyn_hi"].into());
        self.uncompiled.is_some() && told != plain && told != both
    }

    /// Returns how many modules the package had, with those that did not compile.
    pub fn modules(&self) -> usize {
        self.graph.nodes().len() + self.uncompiled.as_ref().map_or(0, BTreeSet::len)
    }
}

/// `STEM TAB FLAGS TAB MODULE TAB UNIT TAB FAMILIES TAB PRAGMAS TAB IMPORTS TAB WATCHED...`; a line of another form is
/// of a module of which nothing is known.
fn facts(text: &[u8]) -> BTreeMap<BString, Facts> {
    let line = |line: Vec<BString>| {
        let [stem, flags, _, unit, _, _, used, watched @ ..] = line.as_slice() else { return None };
        let flags: Vec<&[u8]> = flags.split_str(",").filter(|flag| !flag.is_empty()).collect();
        if !flags.iter().all(|flag| matches!(*flag, b"splices" | b"plugins" | b"annotations" | b"data")) {
            return None;
        }
        let has = |flag: &str| flags.contains(&flag.as_bytes());
        let (units, imports): (Vec<&[u8]>, Vec<&[u8]>) =
            used.split_str(" ").filter(|word| !word.is_empty()).partition(|word| word.ends_with(b":"));
        let facts = Facts {
            unit: unit.clone(),
            imports: imports.into_iter().map(Into::into).collect(),
            imports_anything: false,
            units: units.into_iter().map(|unit| unit.trim_end_with(|c| c == ':').into()).collect(),
            watched: watched.iter().cloned().collect(),
            ran_code: has("splices") || has("plugins") || has("annotations"),
            has_plugins: has("plugins"),
        };
        Some((stem.clone(), facts))
    };
    columns(text).filter_map(line).collect()
}

/// `PATH TAB KIND TAB SIZE TAB CONTENT`; none where it is of another form.
fn contents(text: &[u8]) -> Option<BTreeMap<BString, Option<BString>>> {
    let line = |line: Vec<BString>| {
        let [path, kind, _, content] = line.try_into().ok()?;
        Some((path, (kind != "link").then_some(content)))
    };
    columns(text).map(line).collect()
}

/// The form of the list of modules.
fn uncompiled(text: &[u8]) -> Option<BTreeSet<ModuleId>> {
    let line = |line: Vec<BString>| match line.as_slice() {
        [component, module, ..] => Some(id(component, module)),
        _ => None,
    };
    columns(text).map(line).collect()
}

fn id(component: &BString, module: &BString) -> ModuleId {
    ModuleId {
        component: ComponentName(component.to_str_lossy().into_owned()),
        module: ModuleName(module.to_str_lossy().into_owned()),
    }
}

/// A folder can be searched twice.
fn each_once(paths: impl Iterator<Item = BString>) -> Vec<BString> {
    let mut found = Vec::new();
    for path in paths {
        if !found.contains(&path) {
            found.push(path);
        }
    }
    found
}

fn finished(text: &[u8]) -> Vec<(BString, f64)> {
    let line = |line: Vec<BString>| {
        let [time, interface] = line.as_slice() else { return None };
        let stem = interface.rfind_byte(b'.').map_or(interface.as_slice(), |end| &interface[..end]);
        Some((BString::from(stem), number(time)?))
    };
    columns(text).filter_map(line).collect()
}

fn endings(text: &[u8]) -> BTreeSet<BString> {
    let ending = |line: Vec<BString>| Some(BString::from(line.get(1)?.rsplit_once_str(".")?.1));
    columns(text).filter_map(ending).collect()
}

fn number(text: &[u8]) -> Option<f64> {
    let number: f64 = text.trim().to_str().ok()?.parse().ok()?;
    (number.is_finite() && number >= 0.0).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partial_build_may_lack_ways() {
        let lacks = |finished: &str, uncompiled: Option<&str>| {
            let file = |name: &str| match name {
                "format" => Some(FORMAT.as_bytes().to_vec()),
                "finished" => Some(finished.as_bytes().to_vec()),
                "uncompiled" => uncompiled.map(|text| text.as_bytes().to_vec()),
                "modules" | "components" | "contents" => Some(Vec::new()),
                _ => None,
            };
            Recorded::read(&file).expect("it has this form").may_lack_ways()
        };
        let missing = Some("lib\tB\tB\n");
        let cases = [
            ("1\tA.hi\n", missing, false),
            ("1\tA.hi\n1\tA.dyn_hi\n", missing, false),
            ("1\tA.dyn_hi\n", missing, true),
            ("1\tA.hi\n1\tA.p_hi\n", missing, true),
            ("", missing, true),
            ("1\tA.dyn_hi\n", None, false),
        ];
        for (finished, uncompiled, expected) in cases {
            assert_eq!(lacks(finished, uncompiled), expected, "{finished}");
        }
    }
}
