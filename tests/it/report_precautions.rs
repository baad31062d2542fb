//! What people read of modules that the builder kept from GHC.

use hinc::model::input::{Access, Change, ChangedFiles, ObservedInput, Reader, UnfollowedProgram};
use hinc::model::plan::Mode;
use hinc::model::precaution::{Cause, LeftOut};
use hinc::model::record::{Build, Module};
use hinc::report::{self, TextOptions};
use pretty_assertions::assert_eq;

use crate::report::{assert_text, incremental, module, options, record};

/// A module that the builder kept from GHC.
fn left_out(component: &str, name: &str, cause: Cause, about: Option<&str>) -> Module {
    let left_out = LeftOut { cause, about: about.map(str::to_owned) };
    let root = left_out.root();
    Module { left_out: Some(left_out), ..module(component, name, "must-compile", None, &root, 0.5) }
}

fn input(path: &str, access: Access, change: Change, reader: Reader, program: Option<&str>, more: u32) -> Cause {
    Cause::Input(ObservedInput {
        path: path.to_owned(),
        access,
        change,
        reader,
        program: program.map(str::to_owned),
        more,
    })
}

/// The usual change of a file.
fn read(path: &str, reader: Reader, program: Option<&str>) -> Cause {
    input(path, Access::Read, Change::Changed, reader, program, 0)
}

fn files(path: &str, more: u32) -> ChangedFiles {
    ChangedFiles { path: path.to_owned(), more }
}

fn unfollowed(program: &str, reader: Reader) -> Cause {
    Cause::Unfollowed(UnfollowedProgram { program: program.to_owned(), reader, files: files("README.md", 2) })
}

/// The causes that are about no input.
const BARE: [Cause; 9] = [
    Cause::Environment,
    Cause::Setup,
    Cause::MovedSource,
    Cause::Options,
    Cause::Warned,
    Cause::Deprecation,
    Cause::Unit,
    Cause::MovedImport,
    Cause::Leaves,
];

fn text(modules: Vec<Module>) -> String {
    report::text(&record(Mode::Incremental, vec![incremental(modules)]), &options())
}

/// The headlines of the edits, without their counts and times.
fn headlines(modules: Vec<Module>) -> Vec<String> {
    let is_headline = |line: &&str| line.starts_with("  ") && !line.starts_with("   ") && line.ends_with(" s");
    text(modules)
        .lines()
        .filter(is_headline)
        .filter_map(|line| line.trim().rsplit_once(": "))
        .map(|(headline, _)| headline.to_owned())
        .collect()
}

#[test]
fn an_input_is_told_with_what_read_it() {
    let mut edited = module("lib", "Mono.Edited", "source-file-changed", None, "Mono.Edited", 1.0);
    "Source file changed".clone_into(&mut edited.reason_text);
    let modules = vec![
        edited,
        left_out("lib", "Mono.Messages", read("data/msg.txt", Reader::Code, None), None),
        left_out("lib", "Mono.Menu", read("data/msg.txt", Reader::Code, None), None),
        module("exe:mono", "Main", "module-changed", Some("Mono.Menu"), "input: data/msg.txt", 0.2),
        left_out("lib", "Mono.Words", read("data/w.txt", Reader::Preprocessor, Some("tools/pre")), None),
        left_out("test:spec", "Spec", unfollowed("static-gen", Reader::Code), None),
        left_out("lib", "Mono.Other", Cause::Options, None),
    ];
    let record = record(Mode::Incremental, vec![incremental(modules)]);
    assert_text("precautions", &report::text(&record, &options()));
    let narrow = report::text(&record, &TextOptions { width: 50, ..options() });
    for line in narrow.lines().filter(|line| line.starts_with("    ")) {
        assert!(line.chars().count() <= 50, "{line}");
    }
}

#[test]
fn each_way_of_reading_has_a_sentence() {
    use {Access as A, Change as C, Reader as R};
    let of = |access, change, reader, program, more| input("x", access, change, reader, program, more);
    let unknown = String::from;
    for (cause, sentence) in [
        (of(A::Read, C::Changed, R::Code, None, 0), "x changed, which a splice of this component read"),
        (of(A::Listed, C::Changed, R::Code, None, 0), "x changed, which a splice of this component listed"),
        (of(A::Asked, C::Added, R::Code, None, 0), "x was added, which a splice of this component looked up"),
        (of(A::Ran, C::Removed, R::Code, None, 0), "x was removed, which a splice of this component ran"),
        (of(A::Read, C::Changed, R::Code, Some("sed"), 0), "x changed, which sed read for a splice of this component"),
        (
            of(A::Read, C::Changed, R::Code, None, 1200),
            "x changed, which a splice of this component read (and 1,200 more)",
        ),
        (
            of(A::Read, C::Changed, R::Preprocessor, Some("tools/pre"), 0),
            "x changed, which tools/pre read for this module",
        ),
        (of(A::Read, C::Changed, R::Preprocessor, None, 0), "x changed, which a preprocessor read for this module"),
        (
            of(A::Read, C::Generated, R::CCompiler, None, 0),
            "x was generated anew, which the C compiler read for this module",
        ),
        (
            of(A::Asked, C::Added, R::CCompiler, Some("cc1"), 0),
            "x was added, which the C compiler looked up for this module",
        ),
        (of(A::Read, C::Changed, R::Setup, None, 0), "x changed, which the Setup program read"),
        (of(A::Ran, C::Changed, R::Setup, Some("sh"), 0), "x changed, which sh ran for the Setup program"),
        (of(A::Read, C::Changed, R::Compiler, None, 0), "x changed, which GHC read"),
        (of(A::Read, C::Changed, R::Compiler, Some("ld"), 0), "x changed, which ld read for GHC"),
        (
            of(A::Unknown(unknown("smelled")), C::Unknown(unknown("faded")), R::Unknown(unknown("an oracle")), None, 0),
            "x faded, which an oracle smelled",
        ),
        (
            unfollowed("gen", R::Code),
            "compiled as a precaution, since README.md and 2 more changed, which gen may have read for a splice of this component",
        ),
        (
            unfollowed("gen", R::Setup),
            "compiled as a precaution, since README.md and 2 more changed, which gen may have read for the Setup program",
        ),
    ] {
        assert_eq!(headlines(vec![left_out("lib", "M", cause, None)]), [sentence]);
    }
}

// Whoever read it: somebody changed one thing.
#[test]
fn modules_of_one_input_are_one_edit() {
    let code = |component, name| left_out(component, name, read("x", Reader::Code, None), None);
    let preprocessed = |name| left_out("lib", name, read("x", Reader::Preprocessor, Some("pre")), None);
    let passed_on = |component, name, cause| module(component, name, "module-changed", Some(cause), "input: x", 0.5);
    for (modules, sentences) in [
        (
            vec![code("lib", "A"), code("lib", "B"), passed_on("lib", "C", "B")],
            vec!["x changed, which a splice of this component read"],
        ),
        (vec![code("lib", "A"), code("exe:x", "Main")], vec!["x changed, which splices of these components read"]),
        (vec![preprocessed("A"), preprocessed("B")], vec!["x changed, which pre read for these modules"]),
        (
            vec![preprocessed("A"), code("lib", "B")],
            vec!["x changed, which a splice of this component read and pre read for this module"],
        ),
        (
            vec![preprocessed("A"), code("lib", "B"), left_out("lib", "C", read("x", Reader::CCompiler, None), None)],
            vec!["x changed, which a splice of this component read and pre read for this module and others"],
        ),
        (
            vec![code("lib", "A"), left_out("lib", "B", read("y", Reader::Code, None), None)],
            vec![
                "x changed, which a splice of this component read",
                "y changed, which a splice of this component read",
            ],
        ),
    ] {
        assert_eq!(headlines(modules), sentences);
    }
}

#[test]
fn what_another_package_read_is_said_so() {
    let low = Build {
        package: "low".parse().expect("a name"),
        ..incremental(vec![left_out("lib", "A", read("x", Reader::Code, None), None)])
    };
    let high = incremental(vec![module("lib", "B", "module-changed", Some("A"), "input: x", 0.5)]);
    let text = report::text(&record(Mode::Incremental, vec![low, high]), &options());
    let sentences: Vec<_> = text.lines().filter(|line| line.contains("x changed")).collect();
    assert_eq!(
        sentences,
        [
            "  x changed, which a splice of this component read: 1 module, 0.5 s",
            "  x changed, which a splice of another package read: 1 module, 0.5 s"
        ]
    );
}

#[test]
fn every_cause_has_words() {
    let unknown = Cause::Unknown { cause: "full-moon".to_owned() };
    let family = Cause::GhcBug { ticket: 26705 };
    let bare = BARE.into_iter().chain([unknown]).flat_map(|cause| [(cause.clone(), None), (cause, Some("ABOUT"))]);
    let readers = [Reader::Code, Reader::Preprocessor, Reader::CCompiler, Reader::Setup, Reader::Compiler];
    let inputs = readers.into_iter().map(|reader| (read("x", reader, None), None));
    let others = [
        (unfollowed("gen", Reader::Code), None),
        (Cause::Unobserved(files("README.md", 0)), Some("GHC's library `ghc` is not there")),
        (family, Some("Mono.Family")),
    ];
    let mut texts = String::new();
    for (cause, about) in inputs.chain(others).chain(bare) {
        let text = text(vec![left_out("lib:inner", "Mono.One", cause, about)]);
        let lines = text.lines().skip(2).filter(|line| !line.starts_with("  3 warnings"));
        texts.extend(lines.flat_map(|line| [line, "\n"]));
    }
    assert_text("causes", &texts);
}

#[test]
fn where_nothing_was_reused_the_report_says_so_and_why() {
    let added = Some("containers was added");
    let three = |component: &'static str, cause: Cause, about| {
        (0..3).map(move |n| left_out(component, &format!("M{n}"), cause.clone(), about))
    };
    let unit = |component| three(component, Cause::Unit, added);
    let all = |modules: Vec<Module>| {
        let total = u32::try_from(modules.len()).ok();
        let build = Build { modules_total: total, compile_seconds: Some(1900.0), ..incremental(modules) };
        report::text(&record(Mode::Incremental, vec![build]), &options())
    };
    let mut edited = module("lib", "A", "source-file-changed", None, "A", 1.0);
    "Source file changed".clone_into(&mut edited.reason_text);
    let texts = [
        all(unit("lib").collect()),
        all(unit("lib").chain(unit("exe:x")).collect()),
        all(unit("lib").chain(unit("exe:x")).chain(unit("test:t")).collect()),
        all(unit("lib").chain([left_out("lib", "N", Cause::Setup, None)]).collect()),
        all(unit("lib").chain([edited.clone()]).collect()),
        all(vec![edited, module("lib", "B", "module-changed", Some("A"), "A", 1.0)]),
        all((0..7).map(|n| module("lib", &format!("M{n}"), "must-compile", None, &format!("M{n}"), 0.5)).collect()),
        all(three("lib", Cause::Unobserved(files("README.md", 4)), Some("no library for this system")).collect()),
        all(three("lib", unfollowed("configure", Reader::Setup), None).collect()),
        all(three("lib", read("configure.in", Reader::Setup, Some("sh")), None).collect()),
    ];
    assert_text("nothing-reused", &texts.join("\n"));
}

// It stands among the first, however much else there is.
#[test]
fn that_the_base_was_not_observed_is_never_hidden() {
    let mut modules: Vec<_> = (0..9)
        .flat_map(|n| {
            let about = Some(format!("x{n}"));
            (0..3).map(move |m| left_out("lib", &format!("M{n}.N{m}"), Cause::Deprecation, about.as_deref()))
        })
        .collect();
    modules.push(left_out(
        "lib",
        "Unseen",
        Cause::Unobserved(files("README.md", 0)),
        Some("no library for this system"),
    ));
    modules.push(left_out("lib", "Gen", unfollowed("gen", Reader::Code), None));
    let headlines = headlines(modules);
    let has = |words: &str| headlines.iter().any(|line| line.contains(words));
    assert!(has("was not observed (no library for this system)") && has("gen may have read"), "{headlines:#?}");
}
