//! What differs between two builds.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::{Facts, Kind};
use super::file::Installed;
use super::printed;
use super::rewritten::{Rewritten, is_wording};
use crate::model::verification::{Compared, Difference, Subject};

/// The digest of all bytes of a file that is compared by its parts.
pub(super) const BYTES: &str = "bytes";

/// How many characters of a digest are shown.
const DIGEST_SHOWN: usize = 12;

/// A difference, and the facts that it was seen by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The difference.
    pub difference: Difference,
    seen_by: Vec<Seen>,
}

/// What a difference was seen by.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Seen {
    Fact(Kind, String, String),
    Printed,
}

/// What a comparison found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// How much was compared.
    pub compared: Compared,
    /// What differs.
    pub found: Vec<Found>,
    /// What differs in interfaces of modules whose code is the same: see [`super::rewritten`].
    pub same_code: Vec<Difference>,
}

/// Compares an incremental build with a clean one.
pub fn compare(incremental: &Facts, clean: &Facts, installed: &Installed) -> Outcome {
    let mut found = Vec::new();
    let mut renamed = 0;
    for kind in [Kind::Interface, Kind::Object, Kind::Other, Kind::File] {
        for path in paths(incremental, kind, clean, kind) {
            let sides = Sides { kind, path, facts: changed(incremental, kind, clean, kind, path) };
            if sides.facts.is_empty() {
                continue;
            }
            if sides.facts.iter().all(|(fact, ..)| fact == BYTES) {
                renamed += 1;
                continue;
            }
            found.extend(sides.differences(incremental, clean, installed));
        }
    }
    found.extend(repetitions(incremental));
    found.extend(warnings(incremental, clean));
    found.extend(tests(incremental, clean));
    let count = |kind| u32::try_from(clean.all(kind).count()).unwrap_or(u32::MAX);
    let compared = Compared {
        interfaces: count(Kind::Interface),
        objects: count(Kind::Object),
        others: count(Kind::Other),
        files: count(Kind::File),
        test_lines: u32::try_from(clean.printed.len()).unwrap_or(u32::MAX),
        warnings: u32::try_from(clean.all(Kind::Warning).map(|(_, texts)| texts.len()).sum::<usize>())
            .unwrap_or(u32::MAX),
        renamed,
    };
    let rewritten = Rewritten::between(incremental, clean);
    let (same_code, found) = once(found).into_iter().partition(|found| found.is_of_same_code(&rewritten, incremental));
    let same_code: Vec<Found> = same_code;
    Outcome { compared, found, same_code: same_code.into_iter().map(|found| found.difference).collect() }
}

impl Found {
    /// Whether it is in nothing but how GHC wrote the interface of a module whose code is the same.
    fn is_of_same_code(&self, rewritten: &Rewritten, incremental: &Facts) -> bool {
        let Difference { subject, module, file, what, .. } = &self.difference;
        let only_wording =
            || self.seen_by.iter().all(|seen| matches!(seen, Seen::Fact(_, _, fact) if is_wording(fact)));
        match subject {
            Subject::Interface => module.as_ref().is_some_and(|module| rewritten.has(&module.0)),
            Subject::File | Subject::Repetition => {
                let module = incremental.value(Kind::File, file, "module");
                only_wording() && module.is_some_and(|module| *subject == Subject::Repetition || rewritten.has(module))
            }
            Subject::Registration => what == "field abi" && !rewritten.is_empty(),
            _ => false,
        }
    }
}

/// Tells differences from what differs between two clean builds as well: a difference counts as such
/// only where the second clean build shows it, in the same fact of the same thing.
pub fn split(found: Vec<Found>, clean: &Facts, again: &Facts) -> (Vec<Difference>, Vec<Difference>) {
    let unstable = |seen: &Seen| match seen {
        Seen::Fact(kind, path, fact) => {
            // A fact may be there or not, such as a declaration that GHC made of another one's body.
            let (one, other) = (clean.of(*kind, path), again.of(*kind, path));
            let value = |facts: &BTreeMap<String, String>| facts.get(fact).cloned();
            let both = one.is_some() && other.is_some() || *kind == Kind::Warning;
            both && one.and_then(value) != other.and_then(value)
        }
        Seen::Printed => first_printed(clean, again).is_some(),
    };
    let (excused, real): (Vec<Found>, Vec<Found>) =
        found.into_iter().partition(|found| found.seen_by.iter().all(unstable));
    let only = |found: Vec<Found>| found.into_iter().map(|found| found.difference).collect();
    (only(real), only(excused))
}

/// A fact that is not the same on both sides.
pub(super) type Changed = (String, Option<String>, Option<String>);

pub(super) fn paths<'a>(one: &'a Facts, kind: Kind, other: &'a Facts, of_other: Kind) -> BTreeSet<&'a str> {
    one.all(kind).chain(other.all(of_other)).map(|(path, _)| path.as_str()).collect()
}

pub(super) fn changed(one: &Facts, kind: Kind, other: &Facts, of_other: Kind, path: &str) -> Vec<Changed> {
    let none = BTreeMap::new();
    let (ours, theirs) = (one.of(kind, path).unwrap_or(&none), other.of(of_other, path).unwrap_or(&none));
    let names: BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
    let pairs = names.into_iter().map(|name| (name.clone(), ours.get(name).cloned(), theirs.get(name).cloned()));
    pairs.filter(|(_, ours, theirs)| ours != theirs).collect()
}

/// A thing that differs.
struct Sides<'a> {
    kind: Kind,
    path: &'a str,
    facts: Vec<Changed>,
}

impl Sides<'_> {
    fn differences(&self, incremental: &Facts, clean: &Facts, installed: &Installed) -> Vec<Found> {
        let there = |facts: &Facts| facts.of(self.kind, self.path).is_some();
        match (there(incremental), there(clean)) {
            (true, false) => return vec![self.found(clean, incremental, "it", Some("there"), None)],
            (false, true) => return vec![self.found(incremental, clean, "it", None, Some("there"))],
            _ => {}
        }
        match self.kind {
            Kind::Interface => self.facts.iter().map(|fact| self.interface(fact, incremental, clean)).collect(),
            Kind::Object => vec![self.found(incremental, clean, &self.parts(), None, None)],
            Kind::File if self.is_registration() => {
                let fields = installed.fields(self.path);
                let each = |(field, ours, theirs): &Changed| {
                    self.found(incremental, clean, &format!("field {field}"), ours.as_deref(), theirs.as_deref())
                };
                if fields.is_empty() {
                    return vec![self.file(incremental, clean, installed)];
                }
                fields.iter().map(each).collect()
            }
            Kind::Other | Kind::File | Kind::Witness | Kind::Warning => vec![self.file(incremental, clean, installed)],
        }
    }

    fn interface(&self, (fact, ours, theirs): &Changed, incremental: &Facts, clean: &Facts) -> Found {
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
        let mut found = self.found(incremental, clean, what, ours.as_deref(), theirs.as_deref());
        found.seen_by.retain(|seen| matches!(seen, Seen::Fact(_, _, name) if name == fact));
        found
    }

    fn file(&self, incremental: &Facts, clean: &Facts, installed: &Installed) -> Found {
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
            return self.found(incremental, clean, "kind", ours.as_deref(), theirs.as_deref());
        }
        if names.contains("file") {
            let bit = |ours| value(ours, "file").map(|bit| if bit.is_empty() { "not executable" } else { bit });
            return self.found(incremental, clean, "permission", bit(true), bit(false));
        }
        if names.contains("link") {
            return self.found(incremental, clean, "target", value(true, "link"), value(false, "link"));
        }
        if names.contains("content") {
            if let (Kind::File, Some((what, ours, theirs))) = (self.kind, installed.first_line(self.path)) {
                return self.found(incremental, clean, &what, ours.as_deref(), theirs.as_deref());
            }
            return self.found(incremental, clean, "content", value(true, "content"), value(false, "content"));
        }
        self.found(incremental, clean, &self.parts(), None, None)
    }

    /// What is compared by parts: their names.
    fn parts(&self) -> String {
        let names: Vec<&str> =
            self.facts.iter().map(|(name, ..)| name.as_str()).filter(|name| *name != BYTES).collect();
        names.join(", ")
    }

    fn is_registration(&self) -> bool {
        self.path.starts_with("lib/package.conf.d/") && self.facts.iter().any(|(fact, ..)| fact == "content")
    }

    fn found(&self, one: &Facts, other: &Facts, what: &str, ours: Option<&str>, theirs: Option<&str>) -> Found {
        let (component, module) = match self.kind {
            Kind::Interface | Kind::Object => other.module_of(self.path).or_else(|| one.module_of(self.path)),
            Kind::Warning => other.warned(self.path).or_else(|| one.warned(self.path)),
            Kind::Other | Kind::File | Kind::Witness => None,
        }
        .cloned()
        .unzip();
        let subject = match self.kind {
            Kind::Interface => Subject::Interface,
            Kind::Object => Subject::Object,
            Kind::Other => Subject::BuildFile,
            Kind::File if self.is_registration() => Subject::Registration,
            Kind::File => Subject::File,
            Kind::Witness => Subject::Repetition,
            Kind::Warning => Subject::Warning,
        };
        let difference = Difference {
            subject,
            component,
            module,
            file: self.path.to_owned(),
            what: what.to_owned(),
            incremental: ours.map(shown),
            clean: theirs.map(shown),
        };
        let seen = |(fact, ..): &Changed| Seen::Fact(self.kind, self.path.to_owned(), fact.clone());
        Found { difference, seen_by: self.facts.iter().filter(|(fact, ..)| fact != BYTES).map(seen).collect() }
    }
}

/// The build that was looked into must be the one that is the result.
fn repetitions(incremental: &Facts) -> Vec<Found> {
    let mut found = Vec::new();
    for path in paths(incremental, Kind::File, incremental, Kind::Witness) {
        let facts = changed(incremental, Kind::File, incremental, Kind::Witness, path);
        if facts.iter().all(|(fact, ..)| fact == BYTES) {
            continue;
        }
        let sides = Sides { kind: Kind::Witness, path, facts };
        let mut one = sides.found(incremental, incremental, &sides.parts(), None, None);
        // A second clean build shows it in its own installed files.
        for seen in &mut one.seen_by {
            if let Seen::Fact(kind, ..) = seen {
                *kind = Kind::File;
            }
        }
        found.push(one);
    }
    found
}

/// What GHC warned of in one of two builds.
fn warnings(incremental: &Facts, clean: &Facts) -> Vec<Found> {
    let mut found = Vec::new();
    for stem in paths(incremental, Kind::Warning, clean, Kind::Warning) {
        for fact in changed(incremental, Kind::Warning, clean, Kind::Warning, stem) {
            let (text, ours, theirs) = fact.clone();
            let given = |side: Option<String>| side.map(|_| "given");
            let sides = Sides { kind: Kind::Warning, path: stem, facts: vec![fact] };
            let mut one = sides.found(incremental, clean, &text, given(ours), given(theirs));
            one.difference.file.clear();
            found.push(one);
        }
    }
    found
}

fn tests(incremental: &Facts, clean: &Facts) -> Option<Found> {
    let (line, ours, theirs) = first_printed(incremental, clean)?;
    let difference = Difference {
        subject: Subject::Tests,
        component: None,
        module: None,
        file: String::new(),
        what: format!("line {line}"),
        incremental: ours.map(str::to_owned),
        clean: theirs.map(str::to_owned),
    };
    Some(Found { difference, seen_by: vec![Seen::Printed] })
}

/// The first line that the test suites of two builds did not both print, with its number.
fn first_printed<'a>(one: &'a Facts, other: &'a Facts) -> Option<(usize, Option<&'a str>, Option<&'a str>)> {
    (0..one.printed.len().max(other.printed.len())).find_map(|index| {
        let (ours, theirs) = (one.printed.get(index), other.printed.get(index));
        let same = ours.map(|line| printed::plain(line)) == theirs.map(|line| printed::plain(line));
        (!same).then(|| (index + 1, ours.map(String::as_str), theirs.map(String::as_str)))
    })
}

/// One difference of a module that shows in several ways (static, shared, profiling) is one.
fn once(found: Vec<Found>) -> Vec<Found> {
    let mut seen: BTreeMap<Difference, Found> = BTreeMap::new();
    for one in found {
        let mut key = one.difference.clone();
        if key.module.is_some() {
            key.file.clear();
        }
        match seen.get_mut(&key) {
            // It is excused only where all ways are.
            Some(first) => first.seen_by.extend(one.seen_by),
            None => drop(seen.insert(key, one)),
        }
    }
    seen.into_values().collect()
}

/// Cuts digests, which nobody reads to their end.
fn shown(value: &str) -> String {
    let is_digest = value.len() >= 32 && value.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_digest { value[..DIGEST_SHOWN].to_owned() } else { value.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLEAN: &str = "module\tA/B\tlib\tA.B\n\
        interface\tA/B.hi\tabi\t00000000000000000000000000000001\n\
        interface\tA/B.hi\texports\t1\n\
        interface\tA/B.hi\tdeclaration f\t1\n\
        object\tA/B.o\t.text\t1\nobject\tA/B.o\tbytes\t1\n\
        other\tcbits/x.o\tcontent\t1\n\
        test\t\tline\t1 example in 0.1 seconds\n\
        warning\tA/B\tsrc/A/B.hs:1:1: warning: [-Wx] text\t\n\
        file\tbin/x\tfile\texecutable\nfile\tbin/x\t.text\t1\nfile\tbin/x\tbytes\t1\n\
        file\tshare/x\tfile\t\nfile\tshare/x\tcontent\t1\n";

    fn facts(text: &str) -> Facts {
        Facts::read(text.as_bytes()).expect("a description")
    }

    fn incremental(change: impl Fn(String) -> String) -> Facts {
        let installed = |line: &str| line.strip_prefix("file\t").map(|rest| format!("witness\t{rest}\n"));
        let witness: Vec<String> = CLEAN.lines().filter_map(installed).collect();
        facts(&change(format!("{CLEAN}{}", witness.concat())))
    }

    fn differences(change: impl Fn(String) -> String) -> (Compared, Vec<Difference>) {
        let nowhere = Installed { incremental: "/nonexistent/1".into(), clean: "/nonexistent/2".into() };
        let outcome = compare(&incremental(change), &facts(CLEAN), &nowhere);
        (outcome.compared, outcome.found.into_iter().map(|found| found.difference).collect())
    }

    #[test]
    fn equal_builds_have_no_difference() {
        let (compared, found) = differences(|text| text.replace("0.1 seconds", "7.5 seconds"));
        assert_eq!(found, []);
        let wanted =
            Compared { interfaces: 1, objects: 1, others: 1, files: 2, test_lines: 1, warnings: 1, renamed: 0 };
        assert_eq!(compared, wanted);
    }

    #[test]
    fn bytes_alone_are_no_difference() {
        let (compared, found) = differences(|text| text.replace("A/B.o\tbytes\t1", "A/B.o\tbytes\t2"));
        assert_eq!((compared.renamed, found), (1, Vec::new()));
    }

    #[test]
    fn each_sort_of_difference_is_seen_and_named() {
        for (old, new, subject, file, what) in [
            ("exports\t1", "exports\t2", Subject::Interface, "A/B.hi", "hash of the exports"),
            ("interface\tA/B.hi\tdeclaration f\t1\n", "", Subject::Interface, "A/B.hi", "declaration f"),
            ("A/B.o\t.text\t1", "A/B.o\t.text\t2", Subject::Object, "A/B.o", ".text"),
            ("cbits/x.o\tcontent\t1", "cbits/x.o\tcontent\t2", Subject::BuildFile, "cbits/x.o", "content"),
            ("1 example", "2 example", Subject::Tests, "", "line 1"),
            (
                "warning\tA/B\tsrc/A/B.hs:1:1: warning: [-Wx] text\t\n",
                "",
                Subject::Warning,
                "",
                "src/A/B.hs:1:1: warning: [-Wx] text",
            ),
        ] {
            let (_, found) = differences(|text| text.replace(old, new));
            let [difference] = found.as_slice() else { panic!("{old}: {found:?}") };
            assert_eq!((difference.subject, difference.file.as_str(), difference.what.as_str()), (subject, file, what));
            if matches!(subject, Subject::Interface | Subject::Object | Subject::Warning) {
                let module = difference.module.as_ref().map(|module| module.0.as_str());
                let component = difference.component.as_ref().map(|component| component.0.as_str());
                assert_eq!((component, module), (Some("lib"), Some("A.B")));
            }
        }
    }

    #[test]
    fn a_warning_is_excused_where_two_clean_builds_differ_in_it() {
        let more = "warning\t\t<no location info>: warning: [-Wy] of no module\t\n";
        let (_, found) = differences(|text| text + more);
        let [difference] = found.as_slice() else { panic!("{found:?}") };
        let sides = (difference.incremental.as_deref(), difference.clean.as_deref(), &difference.module);
        assert_eq!(sides, (Some("given"), None, &None));
        let nowhere = Installed { incremental: "/nonexistent/1".into(), clean: "/nonexistent/2".into() };
        let found = compare(&incremental(|text| text + more), &facts(CLEAN), &nowhere).found;
        let (real, excused) = split(found, &facts(CLEAN), &facts(&format!("{CLEAN}{more}")));
        assert_eq!((real.len(), excused.len()), (0, 1));
    }

    #[test]
    fn an_installed_file_that_differs_or_is_missing_is_seen() {
        let (_, found) = differences(|text| text.replace("share/x\tcontent\t1", "share/x\tcontent\t2"));
        assert_eq!((found.len(), found[0].subject, found[0].file.as_str()), (1, Subject::File, "share/x"));
        let (_, found) = differences(|text| text.replace("\tbin/x\tfile\texecutable", "\tbin/x\tfile\t"));
        let values = (found[0].incremental.as_deref(), found[0].clean.as_deref());
        assert_eq!((found.len(), values), (1, (Some("not executable"), Some("executable"))));
        let (_, found) = differences(|text| text.replace("share/x", "share/y"));
        let names: Vec<_> = found.iter().map(|found| (found.file.as_str(), found.clean.is_some())).collect();
        assert_eq!(names, [("share/x", true), ("share/y", false)]);
    }

    #[test]
    fn the_incremental_build_must_give_the_same_twice() {
        let (_, found) = differences(|text| text.replace("witness\tbin/x\t.text\t1", "witness\tbin/x\t.text\t2"));
        assert_eq!((found.len(), found[0].subject), (1, Subject::Repetition));
    }

    #[test]
    fn only_what_two_clean_builds_show_is_excused() {
        let nowhere = Installed { incremental: "/nonexistent/1".into(), clean: "/nonexistent/2".into() };
        let ours =
            incremental(|text| text.replace("A/B.o\t.text\t1", "A/B.o\t.text\t2").replace("1 example", "2 example"));
        let clean = facts(CLEAN);
        let found = compare(&ours, &clean, &nowhere).found;
        assert_eq!(found.len(), 2);
        let (real, excused) = split(found.clone(), &clean, &clean);
        assert_eq!((real.len(), excused.len()), (2, 0));
        let again = facts(&CLEAN.replace("A/B.o\t.text\t1", "A/B.o\t.text\t3"));
        let (real, excused) = split(found, &clean, &again);
        assert_eq!((real.len(), excused.len()), (1, 1));
        assert_eq!((real[0].subject, excused[0].subject), (Subject::Tests, Subject::Object));
        let more = "interface\tA/B.hi\tdeclaration f_go1\t1\n";
        let found = compare(&incremental(|text| text + more), &clean, &nowhere).found;
        let (real, excused) = split(found, &clean, &facts(&format!("{CLEAN}{more}")));
        assert_eq!((real.len(), excused.len()), (0, 1));
    }

    #[test]
    fn an_interface_that_is_written_otherwise_is_none_where_the_code_is_the_same() {
        let nowhere = Installed { incremental: "/nonexistent/1".into(), clean: "/nonexistent/2".into() };
        let wording = |text: String| {
            let text = text.replace("abi\t00000000000000000000000000000001", "abi\t2");
            text.replace("declaration f\t1", "declaration f\t2")
        };
        let outcome = compare(&incremental(wording), &facts(CLEAN), &nowhere);
        let names: Vec<&str> = outcome.same_code.iter().map(|found| found.what.as_str()).collect();
        assert_eq!((outcome.found, names), (Vec::new(), vec!["ABI hash", "declaration f"]));
        let other_code = |text: String| wording(text).replace("A/B.o\t.text\t1", "A/B.o\t.text\t2");
        let outcome = compare(&incremental(other_code), &facts(CLEAN), &nowhere);
        assert_eq!((outcome.found.len(), outcome.same_code), (3, Vec::new()));
        let more = |text: String| wording(text).replace("exports\t1", "exports\t2");
        let outcome = compare(&incremental(more), &facts(CLEAN), &nowhere);
        assert_eq!((outcome.found.len(), outcome.same_code), (3, Vec::new()));
    }

    #[test]
    fn what_is_not_understood_is_an_error() {
        assert_eq!(Facts::read(b"file\ta\tb\tc\nfuture\ta\tb\tc\n"), Err(2));
        assert_eq!(Facts::read(b"file\ta\n"), Err(1));
    }
}
