use super::*;
use crate::predict::tree::Entry;

const CABAL: &str = "\
cabal-version: 2.4
name: foo
version: 1
build-type: Simple
library
  hs-source-dirs: src gen
  exposed-modules: A B C
  other-modules: D Paths_foo
executable foo
  hs-source-dirs: app
  main-is: Main.hs
  other-modules: Tool
";

/// `COMPONENT STEM FLAGS IMPORTS UNITS SOURCE WATCHED`, a `-` for nothing.
const MODULES: &[&str] = &[
    "lib A - - - src/A.hs -",
    "lib B - A - src/B.hs cbits/x.h",
    "lib C splices B - src/C.hs -",
    "lib D - - - src/D.y -",
    "lib Paths_foo - - - - -",
    "exe:foo foo/foo-tmp/Main - Tool foo-1 app/Main.hs -",
    "exe:foo foo/foo-tmp/Tool - - - app/Tool.hs\tapp/Tool.hs -",
];

const OBSERVED: &[&str] = &[
    "observed 1",
    "compiled lib",
    "compiled exe:foo",
    "group code lib  -",
    "input read code  1 data.txt",
    "input listed code  1 src",
    "group module lib D -",
    "input read preprocessor happy 0 skeleton",
];

/// A package of these modules, and what its full build noted.
#[derive(Clone)]
struct Example {
    cabal: String,
    modules: Vec<String>,
    observed: Option<Vec<String>>,
    files: BTreeMap<String, String>,
    /// What a configure script made.
    made: Vec<String>,
    /// Modules that do not compile.
    uncompiled: Option<Vec<String>>,
}

impl Example {
    fn new() -> Self {
        let mut files: BTreeMap<String, String> = [
            ("data.txt", "1"),
            ("README.md", "1"),
            ("cbits/x.h", "1"),
            ("skeleton", "1"),
            ("src/Unbuilt.hs", "module Unbuilt"),
        ]
        .into_iter()
        .map(|(path, text)| (path.to_owned(), text.to_owned()))
        .collect();
        for line in MODULES {
            let columns: Vec<&str> = line.split(' ').collect();
            if columns[5] != "-" {
                let imports: Vec<String> =
                    columns[3].split(',').filter(|name| *name != "-").map(|name| format!("import {name}\n")).collect();
                let source = columns[5].split('\t').next().unwrap_or_default();
                files.insert(source.to_owned(), format!("module X where\nimport External\n{}", imports.concat()));
            }
        }
        Self {
            cabal: CABAL.to_owned(),
            modules: MODULES.iter().map(|&line| line.to_owned()).collect(),
            observed: Some(OBSERVED.iter().map(|&line| line.to_owned()).collect()),
            files,
            made: Vec::new(),
            uncompiled: None,
        }
    }

    fn tree(&self) -> Tree {
        let name = "foo.cabal".to_owned();
        let all = self.files.iter().chain([(&name, &self.cabal)]).map(|(path, text)| {
            (BString::from(path.as_str()), Entry::File { content: text.as_str().into(), executable: false })
        });
        all.collect()
    }

    fn recorded(&self) -> Recorded {
        let lines = |lines: Vec<String>| Some((lines.join("\n") + "\n").into_bytes());
        let columns = |line: &String| {
            line.split(' ').map(|word| if word == "-" { "" } else { word }.to_owned()).collect::<Vec<_>>()
        };
        let modules = || self.modules.iter().map(columns);
        let file = |name: &str| match name {
            "format" => Some(b"5\n".to_vec()),
            "components" => {
                lines(vec!["lib\tfoo-1\t.".to_owned(), "exe:foo\tfoo-1-foo\tfoo/foo-tmp\tfoo=foo-1".to_owned()])
            }
            "modules" => lines(
                modules()
                    .map(|c| {
                        let module = c[1].rsplit('/').next().unwrap_or_default();
                        [&c[0], module, &c[1], "1", "1", &c[5]].join("\t").trim_end_matches('\t').to_owned()
                    })
                    .collect(),
            ),
            "facts" => lines(
                modules()
                    .filter(|c| c[2] != "unread")
                    .map(|c| {
                        let unit = if c[0] == "lib" { "foo-1" } else { "foo-1-foo" };
                        let units = c[4].split(',').filter(|unit| !unit.is_empty()).map(|unit| format!("{unit}:"));
                        let used: Vec<String> =
                            c[3].split(',').filter(|name| !name.is_empty()).map(str::to_owned).chain(units).collect();
                        let module = c[1].rsplit('/').next().unwrap_or_default();
                        let mut columns = vec![c[1].as_str(), &c[2], module, unit, "", ""];
                        let used = used.join(" ");
                        columns.push(&used);
                        columns.extend(Some(c[6].as_str()).filter(|path| !path.is_empty()));
                        columns.join("\t")
                    })
                    .collect(),
            ),
            "contents" => {
                let paths = self
                    .files
                    .keys()
                    .chain(&self.made)
                    .chain([&"foo.cabal".to_owned()])
                    .map(|path| format!("{path}\tfile\t1\tx"))
                    .collect();
                lines(paths)
            }
            "uncompiled" => lines(self.uncompiled.as_ref()?.iter().map(|line| line.replace(' ', "\t")).collect()),
            "observed" => {
                lines(self.observed.as_ref()?.iter().map(|line| line.replace(' ', "\t").replace('~', " ")).collect())
            }
            _ => None,
        };
        Recorded::read(&file).expect("it has this form")
    }

    fn predict(&self, head: &Self) -> Prediction {
        let (before, now, recorded) = (self.tree(), head.tree(), self.recorded());
        let read = |side, path: &BStr| {
            let example = if side == Side::Base { self } else { head };
            let path = path.to_string();
            if path == "foo.cabal" { Some(example.cabal.clone()) } else { example.files.get(&path).cloned() }
                .map(String::into_bytes)
        };
        predict(&Question {
            before: &before,
            now: &now,
            base: Base::Noted(&recorded),
            description: "foo.cabal".into(),
            read: &read,
        })
    }

    fn edit(&mut self, path: &str) {
        let text = if path == "foo.cabal" { &mut self.cabal } else { self.files.get_mut(path).expect("a file") };
        text.push_str("-- edited\n");
    }
}

fn names(list: &[ModuleId]) -> String {
    let name = |id: &ModuleId| match id.component.0.as_str() {
        "lib" => id.module.0.clone(),
        component => format!("{component}/{}", id.module),
    };
    list.iter().map(name).collect::<Vec<_>>().join(" ")
}

/// Changed, at most, certain, precaution.
#[track_caller]
fn assert(prediction: &Prediction, expected: [&str; 4]) {
    assert_eq!(prediction.everything, None);
    let found =
        [&prediction.changed, &prediction.at_most, &prediction.certain, &prediction.precaution].map(|list| names(list));
    assert_eq!(found.each_ref().map(String::as_str), expected);
}

#[track_caller]
fn case(edit: impl Fn(&mut Example), expected: [&str; 4]) {
    let base = Example::new();
    let mut head = base.clone();
    edit(&mut head);
    assert(&base.predict(&head), expected);
}

#[track_caller]
fn everything(edit: impl Fn(&mut Example), why: &str) {
    let base = Example::new();
    let mut head = base.clone();
    edit(&mut head);
    let prediction = base.predict(&head);
    assert_eq!(prediction.everything.as_deref(), Some(why));
    assert_eq!(names(&prediction.at_most), "exe:foo/Main exe:foo/Tool A B C D Paths_foo");
}

#[test]
fn an_edited_module_and_what_imports_it() {
    case(|_| {}, ["", "", "", ""]);
    // Code that runs in the compiler of the program could be of any library beneath it: there is none here.
    case(|head| head.edit("src/A.hs"), ["A", "exe:foo/Main A B C", "A", ""]);
    case(|head| head.edit("src/C.hs"), ["C", "exe:foo/Main C", "C", ""]);
    case(|head| head.edit("app/Tool.hs"), ["exe:foo/Tool", "exe:foo/Main exe:foo/Tool", "exe:foo/Tool", ""]);
    case(|head| head.edit("app/Main.hs"), ["exe:foo/Main", "exe:foo/Main", "exe:foo/Main", ""]);
}

#[test]
fn what_makes_a_source_is_not_certain_to_make_another_one() {
    case(|head| head.edit("src/D.y"), ["D", "exe:foo/Main D", "", ""]);
}

#[test]
fn what_a_preprocessor_makes_of_headers_is_noted_by_nobody() {
    let mut base = Example::new();
    base.modules[3] = base.modules[3].replace("src/D.y", "src/D.hsc");
    let text = base.files.remove("src/D.y").expect("a file");
    base.files.insert("src/D.hsc".to_owned(), text);
    for (path, at_most) in [("README.md", ""), ("skeleton", "exe:foo/Main D"), ("cbits/x.h", "exe:foo/Main B C D")] {
        let mut head = base.clone();
        head.edit(path);
        assert_eq!(names(&base.predict(&head).at_most), at_most, "{path}");
    }
}

#[test]
fn files_that_are_watched_or_observed() {
    case(|head| head.edit("README.md"), ["", "", "", ""]);
    case(|head| head.edit("cbits/x.h"), ["", "exe:foo/Main B C", "B", ""]);
    case(|head| head.edit("data.txt"), ["", "exe:foo/Main C", "", "C"]);
    case(|head| head.edit("skeleton"), ["", "exe:foo/Main D", "", "D"]);
}

#[test]
fn a_build_that_was_not_observed_may_have_looked_at_anything() {
    let mut base = Example::new();
    base.observed = None;
    let mut head = base.clone();
    head.edit("README.md");
    let all = "exe:foo/Main exe:foo/Tool A B C D Paths_foo";
    assert(&base.predict(&head), ["", all, "", all]);
    // The same of a component whose compiler was not seen.
    base.observed =
        Some(OBSERVED.iter().filter(|line| **line != "compiled exe:foo").map(|&line| line.to_owned()).collect());
    assert(&base.predict(&head), ["", "exe:foo/Main exe:foo/Tool", "", "exe:foo/Main exe:foo/Tool"]);
}

#[test]
fn programs_that_were_not_followed_and_what_is_left_behind() {
    for (line, before, at_most) in [
        ("lost code static", "group code lib  -", "exe:foo/Main C"),
        ("leaves made.txt", "group module lib D -", "exe:foo/Main D"),
        ("input read code  1 gen made process~1", "group code lib  -", "exe:foo/Main C"),
    ] {
        let mut base = Example::new();
        let observed: Vec<String> = OBSERVED
            .iter()
            .flat_map(|&at| [at.to_owned()].into_iter().chain((at == before).then(|| line.to_owned())))
            .collect();
        base.observed = Some(observed);
        let mut head = base.clone();
        head.edit("README.md");
        let found = base.predict(&head);
        assert_eq!(names(&found.at_most), at_most, "{line}");
    }
}

#[test]
fn what_was_made_counts_by_what_it_was_made_of() {
    let cases = [
        ("of read README.md", "exe:foo/Main C"),
        ("of read skeleton", ""),
        ("of read g made process~1", ""),
        ("of read g made process~2", "exe:foo/Main C"),
    ];
    for (of, at_most) in cases {
        let mut base = Example::new();
        let observed = base.observed.as_mut().expect("it is");
        observed.insert(4, "input read code  1 gen made process~1".to_owned());
        observed.extend(["maker process~1", of].map(str::to_owned));
        let mut head = base.clone();
        head.edit("README.md");
        assert_eq!(names(&base.predict(&head).at_most), at_most, "{of}");
    }
}

#[test]
fn modules_come_and_go_and_move() {
    // A splice lists the folder.
    case(
        |head| {
            head.files.remove("src/B.hs");
        },
        ["B", "exe:foo/Main C", "", "C"],
    );
    // Nobody imports the one that is there and not built.
    case(
        |head| {
            head.files.insert("src/New.hs".to_owned(), "module New".to_owned());
        },
        ["", "exe:foo/Main C", "", "C"],
    );
    case(
        |head| {
            head.files.insert("src/New.hs".to_owned(), "module New".to_owned());
            head.cabal = head.cabal.replace("A B C", "A B C New");
        },
        ["New", "exe:foo/Main C New", "", "C"],
    );
    // It was imported from another package.
    case(
        |head| {
            head.files.insert("app/External.hs".to_owned(), "module External".to_owned());
        },
        ["exe:foo/External", "exe:foo/External exe:foo/Main exe:foo/Tool", "", ""],
    );
    case(
        |head| {
            let text = head.files.remove("src/A.hs").expect("a file");
            head.files.insert("gen/A.hs".to_owned(), text);
        },
        ["A", "exe:foo/Main A B C", "A", "C"],
    );
    case(
        |head| {
            head.files.insert("src/A.hs-boot".to_owned(), "module A".to_owned());
        },
        ["A", "exe:foo/Main A B C", "", "C"],
    );
    case(
        |head| {
            head.files.insert("src/A.hsc".to_owned(), "module A".to_owned());
        },
        ["A", "exe:foo/Main A B C", "", "C"],
    );
}

#[test]
fn an_edit_can_import_what_was_there_and_not_built() {
    case(
        |head| head.files.get_mut("src/C.hs").expect("a file").push_str("import Unbuilt\n"),
        ["C", "exe:foo/Main C Unbuilt", "C", ""],
    );
    for text in ["{-# LANGUAGE CPP #-}\n#define N Unbuilt\nimport N\n", "{-# OPTIONS_GHC -F -pgmF x #-}\n"] {
        case(
            |head| head.files.get_mut("src/C.hs").expect("a file").push_str(text),
            ["C", "exe:foo/Main C PackageInfo_foo Unbuilt", "C", ""],
        );
    }
    // What that one imports comes with it.
    case(
        |head| {
            head.files.get_mut("src/C.hs").expect("a file").push_str("import Unbuilt\n");
            head.files.insert("src/Unbuilt.hs".to_owned(), "import Further.One\n".to_owned());
            head.files.insert("src/Further/One.hs".to_owned(), String::new());
        },
        ["C Further.One", "exe:foo/Main C Further.One Unbuilt", "C", ""],
    );
}

#[test]
fn a_preprocessor_can_import_what_it_finds() {
    let mut base = Example::new();
    let mut head = base.clone();
    head.edit("skeleton");
    assert_eq!(names(&base.predict(&head).at_most), "exe:foo/Main D");
    let weaver = |line: &str| line.replace("happy", "weaver");
    base.observed = Some(OBSERVED.iter().map(|line| weaver(line)).collect());
    head = base.clone();
    head.edit("skeleton");
    assert_eq!(names(&base.predict(&head).at_most), "exe:foo/Main D PackageInfo_foo Unbuilt");
    base.observed.as_mut().expect("it is").retain(|line| !line.contains("weaver"));
    head = base.clone();
    head.edit("skeleton");
    assert_eq!(names(&base.predict(&head).at_most), "");
}

#[test]
fn what_concerns_the_whole_package_leaves_no_bound() {
    everything(|head| head.cabal = head.cabal.replace("version: 1", "version: 2"), "foo.cabal has another version");
    everything(
        |head| head.cabal = head.cabal.replace("  main-is: Main.hs", "  main-is: Main.hs\n  ghc-options: -O2"),
        "foo.cabal has another ghc-options",
    );
    everything(|head| head.cabal.push_str("library inner {\n"), "foo.cabal is not understood by hinc");
    everything(
        |head| {
            head.files.insert("Setup.hs".to_owned(), String::new());
        },
        "Setup.hs changed, and can give GHC other options",
    );
    // A comment is none of that, and nothing looked at it.
    case(|head| head.edit("foo.cabal"), ["", "", "", ""]);
}

#[test]
fn what_is_not_known_of_modules_is_taken_for_the_worst() {
    let mut base = Example::new();
    base.modules[0] = base.modules[0].replace(" - - - ", " unread - - ");
    let mut head = base.clone();
    head.edit("app/Tool.hs");
    assert_eq!(names(&base.predict(&head).at_most), "exe:foo/Main exe:foo/Tool A B C D Paths_foo");
    // Plugins are compiled each time, if they say so.
    let mut base = Example::new();
    base.modules[4] = base.modules[4].replacen(" - ", " plugins ", 1);
    head = base.clone();
    head.edit("README.md");
    assert_eq!(names(&base.predict(&head).at_most), "exe:foo/Main Paths_foo");
    // Another base's notes.
    let mut other = Example::new();
    let recorded = other.clone();
    other.files.insert("more.txt".to_owned(), String::new());
    let (before, now, recorded) = (other.tree(), other.tree(), recorded.recorded());
    let read = |_, _: &BStr| Some(CABAL.as_bytes().to_vec());
    let found = predict(&Question {
        before: &before,
        now: &now,
        base: Base::Noted(&recorded),
        description: "foo.cabal".into(),
        read: &read,
    });
    assert_eq!(found.everything.as_deref(), Some("the full build of the base did not see more.txt"));
}

#[test]
fn what_a_configure_script_makes_is_taken_for_another_one() {
    let mut base = Example::new();
    base.made = vec!["src/D.y".to_owned(), "config.h".to_owned()];
    base.files.remove("src/D.y");
    let observed = base.observed.as_mut().expect("it is");
    observed.push("group code lib  -".to_owned());
    observed.push("input read code  1 config.h".to_owned());
    let mut head = base.clone();
    head.edit("src/A.hs");
    assert_eq!(names(&base.predict(&head).at_most), "exe:foo/Main A B C");
    head = base.clone();
    head.edit("README.md");
    assert(&base.predict(&head), ["D", "exe:foo/Main C D PackageInfo_foo Unbuilt", "", "C"]);
    base.made.push("foo.buildinfo".to_owned());
    let found = base.predict(&head);
    assert_eq!(
        found.everything.as_deref(),
        Some("foo.buildinfo is made before the build, and can give GHC other options")
    );
}

#[test]
fn code_of_another_component_depends_on_all_of_its_library() {
    let mut base = Example::new();
    // `Tool` runs code, and imports nothing of the library, which its component depends on.
    base.modules[6] = base.modules[6].replacen(" - ", " splices ", 1);
    let mut head = base.clone();
    head.edit("src/D.y");
    assert_eq!(names(&base.predict(&head).at_most), "exe:foo/Main exe:foo/Tool D");
    head = base.clone();
    head.files.insert("cbits/new.c".to_owned(), String::new());
    assert_eq!(names(&base.predict(&head).at_most), "exe:foo/Main exe:foo/Tool");
}

#[test]
fn a_module_can_be_named_in_a_branch() {
    let mut base = Example::new();
    base.cabal = CABAL.replace(
        "  other-modules: D Paths_foo",
        "  other-modules: D Paths_foo\n  if os(x)\n    other-modules: Unbuilt",
    );
    let mut head = base.clone();
    head.edit("src/C.hs");
    // The base did not compile it, and the branch is the same.
    assert_eq!(names(&base.predict(&head).at_most), "exe:foo/Main C");
    head.cabal = head.cabal.replace("    other-modules: Unbuilt", "    other-modules:");
    head.cabal = head.cabal.replace("A B C", "A B C Unbuilt");
    assert_eq!(names(&base.predict(&head).at_most), "exe:foo/Main C Unbuilt");
    // One that is certain to be compiled can be moved to where it is not.
    let mut head = base.clone();
    head.edit("src/C.hs");
    head.edit("src/A.hs");
    assert_eq!(names(&base.predict(&head).certain), "A C");
    head.cabal = head.cabal.replace("A B C", "A B").replace("Unbuilt", "Unbuilt C");
    assert_eq!(names(&base.predict(&head).certain), "A");
}

#[test]
fn what_cabal_makes_can_be_new() {
    for cabal in [CABAL.replace("Tool", "Tool Paths_foo"), CABAL.replace("A B C", "A B C PackageInfo_foo")] {
        let base = Example::new();
        let mut head = base.clone();
        head.cabal = cabal;
        let at_most = names(&base.predict(&head).at_most);
        assert!(at_most.contains("exe:foo/Paths_foo") || at_most == "PackageInfo_foo", "{at_most}");
    }
    case(
        |head| head.files.get_mut("app/Tool.hs").expect("a file").push_str("import Paths_foo\n"),
        ["exe:foo/Tool", "exe:foo/Main exe:foo/Paths_foo exe:foo/Tool", "exe:foo/Tool", ""],
    );
}

#[test]
fn a_base_that_does_not_compile_lacks_modules() {
    let mut base = Example::new();
    // `B` does not compile, and so neither does `C`, nor the program.
    base.modules.retain(|line| !["lib B ", "lib C ", "exe:foo "].iter().any(|start| line.starts_with(start)));
    base.uncompiled =
        Some(["lib B B", "lib C C", "exe:foo Main foo/Main", "exe:foo Tool foo/Tool"].map(str::to_owned).to_vec());
    let mut head = base.clone();
    let missing = "exe:foo/Main exe:foo/Tool B C";
    // Also where no file differs.
    assert(&base.predict(&head), [missing, missing, missing, ""]);
    head.edit("src/A.hs");
    assert(
        &base.predict(&head),
        ["exe:foo/Main exe:foo/Tool A B C", "exe:foo/Main exe:foo/Tool A B C", "exe:foo/Main exe:foo/Tool A B C", ""],
    );
    // What one of them imports is compiled only now, too.
    let mut head = base.clone();
    head.files.get_mut("src/B.hs").expect("a file").push_str("import Unbuilt\n");
    assert_eq!(names(&base.predict(&head).at_most), "exe:foo/Main exe:foo/Tool B C Unbuilt");
    // One that is gone, or no longer named, is none of them; here code listed the folder.
    let mut head = base.clone();
    head.files.remove("src/B.hs");
    head.cabal = head.cabal.replace("A B C", "A C");
    assert_eq!(names(&base.predict(&head).at_most), "exe:foo/Main exe:foo/Tool A C D Paths_foo");
    // `A` was compiled with the boot file of `B`.
    base.modules[0] = "lib A - B - src/A.hs -".to_owned();
    let head = base.clone();
    assert_eq!(names(&base.predict(&head).at_most), "exe:foo/Main exe:foo/Tool A B C");
    // Any module may be compiled: also these.
    let mut head = base.clone();
    head.cabal = head.cabal.replace("version: 1", "version: 2");
    let found = base.predict(&head);
    assert_eq!(found.everything.as_deref(), Some("foo.cabal has another version"));
}

#[test]
fn hpack_can_make_another_description() {
    let mut base = Example::new();
    base.files.insert("package.yaml".to_owned(), "name: foo\n".to_owned());
    let mut head = base.clone();
    head.edit("src/C.hs");
    assert_eq!(names(&base.predict(&head).at_most), "exe:foo/Main C");
    let why = |head: &Example| base.predict(head).everything.unwrap_or_default();
    let told =
        |path: &str| format!("{path} came, went or changed, and hpack can make another foo.cabal of package.yaml");
    let mut head = base.clone();
    head.edit("package.yaml");
    assert_eq!(why(&head), told("package.yaml"));
    let mut head = base.clone();
    head.files.insert("src/New.hs".to_owned(), String::new());
    assert_eq!(why(&head), told("src/New.hs"));
    let mut head = base.clone();
    head.files.remove("src/Unbuilt.hs");
    assert_eq!(why(&head), told("src/Unbuilt.hs"));
}

#[test]
fn what_links_lead_to_counts() {
    let base = Example::new();
    let tree = |text: &str, target: &str| -> Tree {
        let own = base.tree();
        let entries = own.paths().filter(|path| *path != "src/A.hs").map(|path| {
            let text = base.files.get(&path.to_string()).unwrap_or(&base.cabal);
            (path.to_owned(), Entry::File { content: text.as_str().into(), executable: false })
        });
        let link = (BString::from("src/A.hs"), Entry::Link { target: target.into() });
        let file = (BString::from("A.txt"), Entry::File { content: text.into(), executable: false });
        entries.chain([link, file]).collect()
    };
    let mut with = base.clone();
    with.files.insert("A.txt".to_owned(), String::new());
    let recorded = with.recorded();
    let read = |_, path: &BStr| Some(if path == "foo.cabal" { CABAL.as_bytes().to_vec() } else { Vec::new() });
    let predict = |before: &Tree, now: &Tree| {
        predict(&Question { before, now, base: Base::Noted(&recorded), description: "foo.cabal".into(), read: &read })
    };
    let found = predict(&tree("1", "../A.txt"), &tree("2", "../A.txt"));
    assert!(names(&found.at_most).contains("A B C"), "{}", names(&found.at_most));
    let away = predict(&tree("1", "../A.txt"), &tree("1", ".."));
    assert_eq!(away.everything.as_deref(), Some("modules may lie behind the link src/A.hs"));
}

#[test]
fn what_a_library_shows_no_longer_is_imported_from_elsewhere() {
    let mut base = Example::new();
    base.files.insert("app/Tool.hs".to_owned(), "module Tool where\nimport A".to_owned());
    for list in ["B C", "B C\n  other-modules: A"] {
        let mut head = base.clone();
        head.cabal = head.cabal.replace("A B C", list);
        assert!(names(&base.predict(&head).at_most).contains("exe:foo/Main exe:foo/Tool"), "{list}");
    }
}
