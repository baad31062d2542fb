//! What differs between two builds.

use std::collections::{BTreeMap, BTreeSet};

use super::description::{Description, Joined, Kind, Thing};
use super::file::Installed;
use super::rewritten::{Rewritten, is_wording};
use super::sides::{Changed, Found, Seen, Sides};
use super::{Error, printed};
use crate::model::haskell::{ComponentName, ModuleName};
use crate::model::verification::{Compared, Difference, Subject};

/// What a comparison found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// How much was compared.
    pub compared: Compared,
    /// Whether that is anything: what was installed, and of the modules that there are their interfaces.
    pub anything: bool,
    /// What differs.
    pub found: Vec<Found>,
    /// What differs in interfaces of modules whose code is the same: see [`super::rewritten`].
    pub same_code: Vec<Difference>,
}

/// Compares an incremental build with a clean one. Of both, one thing at a time is in memory, and what differs.
pub fn compare(incremental: &Description, clean: &Description, installed: &Installed) -> Result<Outcome, Error> {
    let mut compared = Compared::default();
    let mut found = Vec::new();
    let mut modules = Modules::default();
    let mut rewritten = Rewritten::default();
    let mut first_printed = None;
    let mut line = 0;
    for pair in Joined::new(incremental.things()?, clean.things()?) {
        let (ours, theirs) = pair?;
        let Some(kind) = ours.as_ref().or(theirs.as_ref()).map(|thing| thing.kind) else { continue };
        if let Some(theirs) = &theirs {
            count(&mut compared, theirs);
        }
        match kind {
            Kind::Compiled => modules.take(theirs.or(ours)),
            Kind::Witness => {}
            Kind::Test => {
                line += 1;
                let same = ours.as_ref().map(printed_by) == theirs.as_ref().map(printed_by);
                if !same && first_printed.is_none() {
                    first_printed = Some(not_printed(line, ours.as_ref(), theirs.as_ref()));
                }
            }
            Kind::Warning => found.extend(warnings(ours.as_ref(), theirs.as_ref())),
            Kind::File | Kind::Interface | Kind::Object | Kind::Other => {
                let sides = Sides::of(kind, ours.as_ref(), theirs.as_ref());
                if kind == Kind::Object
                    && let Some(object) = ours.as_ref().or(theirs.as_ref())
                {
                    let facts = sides.as_ref().map_or(&[][..], |sides| &sides.facts);
                    rewritten.object(&object.path, (ours.is_some(), theirs.is_some()), facts);
                }
                let Some(sides) = sides else { continue };
                if kind == Kind::Interface {
                    rewritten.interface(&sides.path, &sides.facts);
                }
                if sides.are_bytes_alone() {
                    compared.renamed += 1;
                } else {
                    found.extend(sides.differences(installed));
                }
            }
        }
    }
    found.extend(repetitions(incremental)?);
    found.extend(first_printed);
    for one in &mut found {
        one.name(&modules);
    }
    let anything = compared.files > 0 && (modules.are_none() || compared.interfaces > 0);
    let rewritten = rewritten.by_module(&modules);
    let (same_code, found): (Vec<Found>, Vec<Found>) =
        once(found).into_iter().partition(|found| found.is_of_same_code(&rewritten));
    let same_code = same_code.into_iter().map(|found| found.difference).collect();
    Ok(Outcome { compared, anything, found, same_code })
}

fn count(compared: &mut Compared, thing: &Thing) {
    let (count, by) = match thing.kind {
        Kind::Interface => (&mut compared.interfaces, 1),
        Kind::Object => (&mut compared.objects, 1),
        Kind::Other => (&mut compared.others, 1),
        Kind::File => (&mut compared.files, 1),
        Kind::Test => (&mut compared.test_lines, 1),
        Kind::Warning => (&mut compared.warnings, u32::try_from(thing.facts.len()).unwrap_or(u32::MAX)),
        Kind::Compiled | Kind::Witness => return,
    };
    *count = count.saturating_add(by);
}

/// The modules of a package, by the stems of what they were compiled to.
#[derive(Debug, Default)]
pub(super) struct Modules(BTreeMap<String, (ComponentName, ModuleName)>);

impl Modules {
    fn take(&mut self, thing: Option<Thing>) {
        let Some(Thing { path, facts, .. }) = thing else { return };
        let Some((component, module)) = facts.into_iter().next() else { return };
        self.0.insert(path, (ComponentName(component), ModuleName(module)));
    }

    fn are_none(&self) -> bool {
        self.0.is_empty()
    }

    /// The module that a file of the build folder was made of.
    pub(super) fn of(&self, path: &str) -> Option<&(ComponentName, ModuleName)> {
        let (stem, _) = path.rsplit_once('.')?;
        self.0.get(stem)
    }

    /// The module that a warning belongs to.
    fn warned(&self, stem: &str) -> Option<&(ComponentName, ModuleName)> {
        self.0.get(stem.strip_suffix("-boot").unwrap_or(stem))
    }
}

impl Found {
    /// Says which module it is about, and leaves out what says no more.
    fn name(&mut self, modules: &Modules) {
        let file = &self.difference.file;
        let names = match self.difference.subject {
            Subject::Interface | Subject::Object => modules.of(file),
            Subject::Warning => modules.warned(file),
            _ => None,
        };
        (self.difference.component, self.difference.module) = names.cloned().unzip();
        if self.difference.subject == Subject::Warning {
            self.difference.file.clear();
        }
    }

    /// Whether it was seen by something, and all of that is so.
    fn is_all(&self, is_so: impl Fn(&Seen) -> bool) -> bool {
        !self.seen_by.is_empty() && self.seen_by.iter().all(is_so)
    }

    /// Whether it is in nothing but how GHC wrote the interface of a module whose code is the same.
    fn is_of_same_code(&self, rewritten: &BTreeSet<String>) -> bool {
        let Difference { subject, module, what, .. } = &self.difference;
        let only_wording = || self.is_all(|seen| matches!(seen, Seen::Fact(_, _, fact) if is_wording(fact)));
        match subject {
            Subject::Interface => only_wording() && module.as_ref().is_some_and(|module| rewritten.contains(&module.0)),
            Subject::File | Subject::Repetition => {
                let module = self.interface_of.as_ref();
                only_wording()
                    && module.is_some_and(|module| *subject == Subject::Repetition || rewritten.contains(module))
            }
            Subject::Registration => what == "field abi" && !rewritten.is_empty(),
            _ => false,
        }
    }
}

/// Tells differences from what differs between two clean builds as well: a difference counts as such
/// only where the second clean build shows it, in the same fact of the same thing.
pub fn split(
    mut found: Vec<Found>,
    incremental: &Description,
    clean: &Description,
    again: &Description,
) -> Result<(Vec<Difference>, Vec<Difference>), Error> {
    let mut asked: BTreeMap<(Kind, String), BTreeSet<String>> = BTreeMap::new();
    for seen in found.iter().flat_map(|found| &found.seen_by) {
        if let Seen::Fact(kind, path, fact) = seen {
            asked.entry((*kind, path.clone())).or_default().insert(fact.clone());
        }
    }
    let mut unstable: BTreeSet<(Kind, String, String)> = BTreeSet::new();
    for pair in Joined::new(clean.things()?, again.things()?) {
        let (one, other) = pair?;
        let Some(thing) = one.as_ref().or(other.as_ref()) else { continue };
        let Some(facts) = asked.get(&(thing.kind, thing.path.clone())) else { continue };
        // A fact may be there or not, such as a declaration that GHC made of another one's body.
        if thing.kind != Kind::Warning && (one.is_none() || other.is_none()) {
            continue;
        }
        let value = |thing: &Option<Thing>, fact: &str| thing.as_ref().and_then(|thing| thing.facts.get(fact).cloned());
        let differing = facts.iter().filter(|fact| value(&one, fact) != value(&other, fact));
        unstable.extend(differing.map(|fact| (thing.kind, thing.path.clone(), fact.clone())));
    }
    let mut printed_otherwise = false;
    // What clean builds print alike is never excused, whatever the order.
    if let Some(tests) = found.iter_mut().find(|found| found.seen_by.contains(&Seen::Printed))
        && !printed::alike(clean, again)?
    {
        match printed::missing(incremental, clean, again)? {
            Some(printed::Missing { line, ours, theirs }) => {
                tests.difference = of_tests(line, ours, theirs);
            }
            None => printed_otherwise = true,
        }
    }
    let is_unstable = |seen: &Seen| match seen {
        Seen::Fact(kind, path, fact) => unstable.contains(&(*kind, path.clone(), fact.clone())),
        Seen::Printed => printed_otherwise,
    };
    let (excused, real): (Vec<Found>, Vec<Found>) = found.into_iter().partition(|found| found.is_all(is_unstable));
    let only = |found: Vec<Found>| found.into_iter().map(|found| found.difference).collect();
    Ok((only(real), only(excused)))
}

/// The build that was looked into must be the one that is the result.
fn repetitions(incremental: &Description) -> Result<Vec<Found>, Error> {
    let mut found = Vec::new();
    for pair in Joined::by_path(incremental.of(Kind::File)?, incremental.of(Kind::Witness)?) {
        let (installed, again) = pair?;
        let Some(sides) = Sides::of(Kind::Witness, installed.as_ref(), again.as_ref()) else { continue };
        if !sides.are_bytes_alone() {
            found.push(sides.found(&sides.parts(), None, None));
        }
    }
    Ok(found)
}

/// What GHC warned of in one of two builds.
fn warnings(ours: Option<&Thing>, theirs: Option<&Thing>) -> Vec<Found> {
    let Some(all) = Sides::of(Kind::Warning, ours, theirs) else { return Vec::new() };
    let one = |fact: &Changed| {
        let (text, ours, theirs) = fact;
        let given = |side: &Option<String>| side.as_ref().map(|_| "given");
        let sides = Sides { path: all.path.clone(), facts: vec![fact.clone()], interface_of: None, ..all };
        sides.found(text, given(ours), given(theirs))
    };
    all.facts.iter().map(one).collect()
}

fn printed_by(thing: &Thing) -> String {
    printed::plain(printed::line(thing))
}

fn not_printed(line: u64, ours: Option<&Thing>, theirs: Option<&Thing>) -> Found {
    let text = |thing: Option<&Thing>| thing.map(|thing| printed::line(thing).to_owned());
    Found { difference: of_tests(line, text(ours), text(theirs)), seen_by: vec![Seen::Printed], interface_of: None }
}

fn of_tests(line: u64, incremental: Option<String>, clean: Option<String>) -> Difference {
    Difference {
        subject: Subject::Tests,
        component: None,
        module: None,
        file: String::new(),
        what: format!("line {line}"),
        incremental,
        clean,
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    const CLEAN: &str = "compiled\tA/B\tlib\tA.B\n\
        interface\tA/B.hi\tabi\t00000000000000000000000000000001\n\
        interface\tA/B.hi\texports\t1\n\
        interface\tA/B.hi\tdeclaration f\t1\n\
        object\tA/B.o\t.text\t1\nobject\tA/B.o\tbytes\t1\n\
        other\tcbits/x.o\tcontent\t1\n\
        test\t\tline\t1 example in 0.1 seconds\n\
        warning\tA/B\tsrc/A/B.hs:1:1: warning: [-Wx] text\t\n\
        file\tbin/x\tfile\texecutable\nfile\tbin/x\t.text\t1\nfile\tbin/x\tbytes\t1\n\
        file\tshare/x\tfile\t\nfile\tshare/x\tcontent\t1\n";

    /// A description in a folder of its own, which goes with it.
    struct Written {
        _folder: tempfile::TempDir,
        at: Description,
    }

    /// Sorts lines and counts them, as `nix/verify/describe.sh` does.
    fn described(text: &str) -> Written {
        let mut lines: Vec<&str> = text.lines().collect();
        lines.sort_by_key(|line| line.split('\t').take(2).collect::<Vec<_>>());
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("description");
        let text = format!("all\t\tlines\t{}\n{}\n", lines.len(), lines.join("\n"));
        fs_err::write(&path, text).expect("a file");
        Written { _folder: folder, at: Description::at(&path) }
    }

    fn incremental(change: impl Fn(String) -> String) -> Written {
        let installed = |line: &str| line.strip_prefix("file\t").map(|rest| format!("witness\t{rest}\n"));
        let witness: Vec<String> = CLEAN.lines().filter_map(installed).collect();
        described(&change(format!("{CLEAN}{}", witness.concat())))
    }

    fn outcome(change: impl Fn(String) -> String) -> Outcome {
        let nowhere = Installed { incremental: "/nonexistent/1".into(), clean: "/nonexistent/2".into() };
        compare(&incremental(change).at, &described(CLEAN).at, &nowhere).expect("two descriptions")
    }

    fn differences(change: impl Fn(String) -> String) -> (Compared, Vec<Difference>) {
        let outcome = outcome(change);
        assert!(outcome.anything);
        (outcome.compared, outcome.found.into_iter().map(|found| found.difference).collect())
    }

    /// How many differences are real, and how many are excused, with a second clean build.
    fn told_apart(change: impl Fn(String) -> String, again: &str) -> (Vec<Difference>, Vec<Difference>) {
        let found = outcome(&change).found;
        split(found, &incremental(change).at, &described(CLEAN).at, &described(again).at).expect("three descriptions")
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
        let (real, excused) = told_apart(|text| text + more, &format!("{CLEAN}{more}"));
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
        let ours = |text: String| text.replace("A/B.o\t.text\t1", "A/B.o\t.text\t2").replace("1 example", "2 example");
        let (real, excused) = told_apart(ours, CLEAN);
        assert_eq!((real.len(), excused.len()), (2, 0));
        let (real, excused) = told_apart(ours, &CLEAN.replace("A/B.o\t.text\t1", "A/B.o\t.text\t3"));
        assert_eq!((real.len(), excused.len()), (1, 1));
        assert_eq!((real[0].subject, excused[0].subject), (Subject::Tests, Subject::Object));
        let more = "interface\tA/B.hi\tdeclaration f_go1\t1\n";
        let (real, excused) = told_apart(|text| text + more, &format!("{CLEAN}{more}"));
        assert_eq!((real.len(), excused.len()), (0, 1));
    }

    // A clock in the first line excused all others.
    #[test]
    fn of_what_tests_print_only_what_differs_is_excused() {
        let printing = |lines: &[&str]| {
            let lines: Vec<String> = lines.iter().map(|line| format!("test\t\tline\t{line}\n")).collect();
            CLEAN.replace("test\t\tline\t1 example in 0.1 seconds\n", &lines.concat())
        };
        let clean = ["at 9:00", "b", "42"];
        let line = |number: u32, ours: Option<&str>, theirs: Option<&str>| {
            Some((format!("line {number}"), ours.map(str::to_owned), theirs.map(str::to_owned)))
        };
        for (ours, again, real) in [
            (&["at 9:01", "b", "42"][..], &["at 9:02", "b", "42"][..], None),
            (&["at 9:01", "b", "42"], &["at 9:00", "b", "42"], line(1, Some("at 9:01"), Some("at 9:00"))),
            (&["at 9:01", "b", "41"], &["at 9:02", "b", "42"], line(3, Some("41"), Some("42"))),
            // Both clean builds print in this order.
            (&["b", "at 9:00", "42"], &["at 9:00", "b", "42"], line(1, Some("b"), Some("at 9:00"))),
            // Tests may run beside one another.
            (&["b", "at 9:01", "42"], &["42", "at 9:02", "b"], None),
            (&["at 9:01", "b"], &["at 9:02", "b", "42"], line(3, None, Some("42"))),
            (&["at 9:01", "b", "42", "b"], &["at 9:02", "b", "42"], line(4, Some("b"), None)),
            (&["at 9:01", "b", "42", "x"], &["at 9:02", "b", "42", "y", "z"], None),
        ] {
            let (ours, clean, again) =
                (described(&printing(ours)), described(&printing(&clean)), described(&printing(again)));
            let nowhere = Installed { incremental: "/nonexistent/1".into(), clean: "/nonexistent/2".into() };
            let mut found = compare(&ours.at, &clean.at, &nowhere).expect("two descriptions").found;
            found.retain(|found| found.difference.subject == Subject::Tests);
            let (told, excused) = split(found, &ours.at, &clean.at, &again.at).expect("three descriptions");
            let told: Vec<_> = told.into_iter().map(|found| (found.what, found.incremental, found.clean)).collect();
            assert_eq!(excused.len(), usize::from(real.is_none()));
            assert_eq!(told.into_iter().next(), real);
        }
    }

    #[test]
    fn an_interface_that_is_written_otherwise_is_none_where_the_code_is_the_same() {
        let wording = |text: String| {
            let text = text.replace("abi\t00000000000000000000000000000001", "abi\t2");
            text.replace("declaration f\t1", "declaration f\t2")
        };
        let found = outcome(wording);
        let names: Vec<&str> = found.same_code.iter().map(|found| found.what.as_str()).collect();
        assert_eq!((found.found, names), (Vec::new(), vec!["ABI hash", "declaration f"]));
        let other_code = |text: String| wording(text).replace("A/B.o\t.text\t1", "A/B.o\t.text\t2");
        let found = outcome(other_code);
        assert_eq!((found.found.len(), found.same_code), (3, Vec::new()));
        let found = outcome(|text| wording(text).replace("exports\t1", "exports\t2"));
        assert_eq!((found.found.len(), found.same_code), (3, Vec::new()));
    }

    // A synonym, a class without code, a rule and a text of a deprecation are in no object: each was excused.
    #[test]
    fn only_the_wording_of_what_is_in_code_that_was_compared_is_excused() {
        const MORE: &str = "interface\tA/B.hi\ttype f\t1\ninterface\tA/B.hi\trules\t1\n\
            interface\tA/B.hi\tdeprecations\t1\ninterface\tA/B.hi\tinstances of classes\t1\n\
            interface\tA/B.hi\tfixities\t1\n\
            compiled\tC\tlib\tC\ninterface\tC.hi-boot\tabi\t1\nobject\tC.o-boot\tcontent\t1\n\
            compiled\tD\tlib\tD\ninterface\tD.dyn_hi\tabi\t1\nobject\tD.o\t.text\t1\nobject\tD.dyn_o\t.text\t1\n\
            file\tlib/A/B.hi\tmodule\tA.B\nfile\tlib/A/B.hi\tabi\t1\nfile\tlib/A/B.hi\trules\t1\n\
            witness\tlib/A/B.hi\tmodule\tA.B\nwitness\tlib/A/B.hi\tabi\t1\nwitness\tlib/A/B.hi\trules\t1\n";
        let nowhere = Installed { incremental: "/nonexistent/1".into(), clean: "/nonexistent/2".into() };
        let clean = format!("{CLEAN}{MORE}");
        let abi = "A/B.hi\tabi\t00000000000000000000000000000001";
        // What is different, and whether the ABI hash beside it is excused.
        for (changes, excused) in [
            (&[][..], true),
            (&[("declaration f\t1", "declaration f\t2")][..], true),
            (&[("declaration f\t1", "declaration g\t1")], false),
            (&[("type f\t1", "type f\t2")], false),
            (&[("interface\tA/B.hi\trules\t1", "interface\tA/B.hi\trules\t2")], false),
            (&[("deprecations\t1", "deprecations\t2")], false),
            (&[("instances of classes\t1", "instances of classes\t2")], false),
            (&[("fixities\t1", "fixities\t2")], false),
            (&[("A/B.o\tbytes\t1", "A/B.o\tbytes\t2")], true),
            (&[("A/B.o\t.text\t1", "A/B.o\t.text\t2")], false),
            (&[("object\tA/B.o\t.text\t1\nobject\tA/B.o\tbytes\t1\n", "")], false),
            (&[("lib/A/B.hi\tabi\t1", "lib/A/B.hi\tabi\t2")], true),
            (&[("lib/A/B.hi\trules\t1", "lib/A/B.hi\trules\t2")], true),
        ] {
            let ours = changes.iter().fold(clean.replace(abi, "A/B.hi\tabi\t2"), |text, (old, new)| {
                assert!(text.contains(old), "{old}");
                text.replace(old, new)
            });
            let outcome = compare(&described(&ours).at, &described(&clean).at, &nowhere).expect("two descriptions");
            let is_abi = |found: &&Difference| found.subject == Subject::Interface && found.what == "ABI hash";
            assert_eq!(outcome.same_code.iter().any(|found| is_abi(&found)), excused, "{changes:?}");
            assert_eq!(outcome.found.iter().any(|found| is_abi(&&found.difference)), !excused, "{changes:?}");
            let is_installed = |found: &Found| found.difference.subject == Subject::File;
            let rules = changes.iter().any(|(old, _)| old.starts_with("lib/A/B.hi\trules"));
            assert_eq!(outcome.found.iter().any(is_installed), rules, "{changes:?}");
        }
        let counts_of = |ours: &str, clean: &str| {
            let outcome = compare(&described(ours).at, &described(clean).at, &nowhere).expect("two descriptions");
            let real = outcome.found.iter().filter(|found| found.difference.subject == Subject::Interface).count();
            (real, outcome.same_code.len())
        };
        // Neither build has an object of it: nothing of its code was compared.
        let without = clean.replace("object\tA/B.o\t.text\t1\nobject\tA/B.o\tbytes\t1\n", "");
        let ours = without.replace(abi, "A/B.hi\tabi\t2");
        let counts = counts_of(&ours, &without);
        assert_eq!(counts, (1, 0));
        // The object of the same way, with its name.
        for (interface, object) in
            [("C.hi-boot\tabi\t", "C.o-boot\tcontent\t"), ("D.dyn_hi\tabi\t", "D.dyn_o\t.text\t")]
        {
            let ours = clean.replace(&format!("{interface}1"), &format!("{interface}2"));
            let counts = counts_of(&ours, &clean);
            assert_eq!(counts, (0, 1), "{interface}");
            let line = format!("object\t{object}1\n");
            let (ours, theirs) = (ours.replace(&line, ""), clean.replace(&line, ""));
            let counts = counts_of(&ours, &theirs);
            assert_eq!(counts, (1, 0), "{interface}");
        }
    }

    // Of a file without parts only all bytes are known: what was seen by nothing else was excused.
    #[test]
    fn what_was_seen_by_no_fact_is_not_excused() {
        let more = "object\tA/E.o\tbytes\t1\n";
        let (real, excused) = told_apart(|text| text + more, CLEAN);
        assert_eq!((real.len(), excused.len()), (1, 0));
    }

    // An empty description is like another empty one.
    #[test]
    fn where_nothing_is_there_nothing_is_compared() {
        let nowhere = Installed { incremental: "/nonexistent/1".into(), clean: "/nonexistent/2".into() };
        for (text, anything) in [
            ("compiled\tA/B\tlib\tA.B", false),
            ("other\tcbits/x.o\tcontent\t1", false),
            ("compiled\tA/B\tlib\tA.B\nfile\tbin/x\tfile\t", false),
            ("compiled\tA/B\tlib\tA.B\nfile\tbin/x\tfile\t\ninterface\tA/B.hi\tabi\t1", true),
            ("file\tshare/x\tfile\t", true),
        ] {
            let build = described(text);
            let outcome = compare(&build.at, &build.at, &nowhere).expect("two descriptions");
            assert_eq!(outcome.anything, anything, "{text}");
        }
    }
}
