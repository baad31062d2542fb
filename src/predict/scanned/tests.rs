use super::*;
use crate::model::prediction::Prediction;
use crate::predict::tree::Entry;
use crate::predict::{Base, Question, Side, predict};

const CABAL: &str = "\
cabal-version: 2.4
name: foo
version: 1
build-type: Simple
library
  hs-source-dirs: src
  exposed-modules: A B C
  other-modules: D Paths_foo
  if flag(x)
    other-modules: Sometimes
library inner
  hs-source-dirs: inner
  exposed-modules: Inner
executable foo
  hs-source-dirs: app
  main-is: Main.hs
  other-modules: Tool
test-suite spec
  type: exitcode-stdio-1.0
  hs-source-dirs: test
  main-is: Spec.hs
  other-modules: FooSpec
";

const FILES: [(&str, &str); 13] = [
    ("data.txt", "1"),
    ("src/A.hs", "module A where"),
    ("src/B.hs", "module B where\nimport A"),
    ("src/C.hs", "module C where\nimport B\nimport Inner\nimport Hidden"),
    ("src/D.hs", "module D where"),
    // Nobody names it.
    ("src/Hidden.hs", "module Hidden where"),
    ("src/Unbuilt.hs", "module Unbuilt where\nimport A"),
    ("src/Sometimes.hs", "module Sometimes where\nimport D"),
    ("inner/Inner.hs", "module Inner where"),
    ("app/Main.hs", "module Main where\nimport Tool\nimport C"),
    ("app/Tool.hs", "module Tool where\nimport Data.List"),
    ("test/Spec.hs", "main = run"),
    ("test/FooSpec.hs", "module FooSpec where\nimport D"),
];

#[derive(Clone)]
struct Example {
    files: BTreeMap<String, String>,
    configuration: Configuration,
}

impl Example {
    fn new() -> Self {
        let files = FILES.into_iter().chain([("foo.cabal", CABAL)]);
        Self {
            files: files.map(|(path, text)| (path.to_owned(), text.to_owned())).collect(),
            configuration: Configuration { all: true, ..Configuration::default() },
        }
    }

    fn with(&self, path: &str, text: &str) -> Self {
        let mut other = self.clone();
        other.files.insert(path.to_owned(), text.to_owned());
        other
    }

    fn replaced(&self, path: &str, old: &str, new: &str) -> Self {
        assert!(self.files[path].contains(old), "{path} has no {old}");
        self.with(path, &self.files[path].replace(old, new))
    }

    fn edited(&self, path: &str) -> Self {
        self.with(path, &format!("{}\n-- edited\n", self.files[path]))
    }

    fn tree(&self) -> Tree {
        let entry = |(path, text): (&String, &String)| {
            (path.as_str().into(), Entry::File { content: text.as_str().into(), executable: false })
        };
        self.files.iter().map(entry).collect()
    }

    fn predict(&self, head: &Self) -> Prediction {
        let (before, now) = (self.tree(), head.tree());
        let read = |side, path: &BStr| {
            let files = if side == Side::Base { &self.files } else { &head.files };
            files.get(&path.to_string()).map(|text| text.clone().into_bytes())
        };
        predict(&Question {
            before: &before,
            now: &now,
            base: Base::Sources(&self.configuration),
            description: "foo.cabal".into(),
            read: &read,
        })
    }
}

fn names(list: &[ModuleId]) -> String {
    let name = |id: &ModuleId| match id.component.0.as_str() {
        "lib" => id.module.0.clone(),
        component => format!("{component}/{}", id.module),
    };
    list.iter().map(name).collect::<Vec<_>>().join(" ")
}

/// Changed, at most, certain.
#[track_caller]
fn assert(base: &Example, head: &Example, expected: [&str; 3]) {
    let found = base.predict(head);
    assert_eq!((found.everything, found.known), (None, Known::Sources));
    let lists = [&found.changed, &found.at_most, &found.certain].map(|list| names(list));
    assert_eq!((lists.each_ref().map(String::as_str), names(&found.precaution).as_str()), (expected, ""));
}

#[test]
fn an_edited_module_and_what_imports_it() {
    let base = Example::new();
    for (path, expected) in [
        ("src/A.hs", ["A", "exe:foo/Main A B C", "A"]),
        ("src/C.hs", ["C", "exe:foo/Main C Hidden", "C"]),
        ("app/Tool.hs", ["exe:foo/Tool", "exe:foo/Main exe:foo/Tool", "exe:foo/Tool"]),
        ("app/Main.hs", ["exe:foo/Main", "exe:foo/Main", "exe:foo/Main"]),
        // Whoever imports a library may see all of it.
        ("inner/Inner.hs", ["lib:inner/Inner", "exe:foo/Main C lib:inner/Inner", "lib:inner/Inner"]),
        // That it is built is not certain.
        ("src/Sometimes.hs", ["Sometimes", "exe:foo/Main Sometimes", ""]),
        ("src/Hidden.hs", ["Hidden", "exe:foo/Main C Hidden", ""]),
        // Nobody builds it, looks at it, or is a part of what is built.
        ("src/Unbuilt.hs", ["", "", ""]),
        ("test/FooSpec.hs", ["", "", ""]),
        ("data.txt", ["", "", ""]),
    ] {
        assert(&base, &base.edited(path), expected);
    }
}

#[test]
fn what_is_given_to_the_build_counts() {
    let mut base = Example::new();
    base.configuration.tests = true;
    let spec = ["test:spec/FooSpec", "test:spec/FooSpec", ""];
    assert(&base, &base.edited("test/FooSpec.hs"), spec);
    // Not all of it may be built.
    base.configuration = Configuration::default();
    assert(&base, &base.edited("src/A.hs"), ["A", "exe:foo/Main A B C", ""]);
    // All modules run code then.
    base.configuration = Configuration { options: vec!["-XTemplateHaskell".to_owned()], ..Configuration::default() };
    let all = "exe:foo/Main exe:foo/Tool A B C D Hidden Paths_foo Sometimes lib:inner/Inner";
    let found = base.predict(&base.edited("data.txt"));
    assert_eq!(names(&found.at_most), all.replace(" Paths_foo", ""));
}

#[test]
fn modules_that_may_look_at_files_may_always_be_compiled() {
    let base = Example::new();
    for (path, text, at_most) in [
        ("src/B.hs", "{-# LANGUAGE TemplateHaskell #-}\nmodule B where\nimport A", "exe:foo/Main B C"),
        ("src/B.hs", "{-# LANGUAGE CPP #-}\nmodule B where\ndata X = X\n#include \"x.h\"", "exe:foo/Main B C"),
        ("src/B.hs", "{-# LANGUAGE CPP #-}\nmodule B where\n#ifdef X\nimport A\n#endif", ""),
        ("app/Tool.hs", "{-# LANGUAGE QuasiQuotes #-}\nmodule Tool where", "exe:foo/Main exe:foo/Tool"),
        ("src/D.hsc", "module D where\n#include <x.h>\n", "exe:foo/Main D Sometimes"),
    ] {
        let base = base.with(path, text);
        assert_eq!(names(&base.predict(&base.edited("data.txt")).at_most), at_most, "{path} {text}");
    }
    let switched =
        base.replaced("foo.cabal", "  main-is: Main.hs", "  main-is: Main.hs\n  default-extensions: QuasiQuotes");
    assert_eq!(names(&switched.predict(&switched.edited("data.txt")).at_most), "exe:foo/Main exe:foo/Tool");
}

#[test]
fn all_branches_are_followed() {
    let base = Example::new();
    let text = "{-# LANGUAGE CPP #-}\nmodule D where\n#if X\nimport {-# SOURCE #-} A\n#else\nimport \"foo\" Unbuilt as U\n#endif";
    let base = base.with("src/D.hs", text);
    assert(&base, &base.edited("src/A.hs"), ["A", "exe:foo/Main A B C D Sometimes Unbuilt", "A"]);
    assert_eq!(names(&base.predict(&base.edited("src/Unbuilt.hs")).at_most), "exe:foo/Main D Sometimes Unbuilt");
    // What a program makes of it can import anything.
    let base = base.with("src/D.hs", "{-# OPTIONS_GHC -F -pgmF x #-}\nmodule D where");
    assert_eq!(names(&base.predict(&base.edited("src/Unbuilt.hs")).changed), "Unbuilt");
    assert_eq!(
        names(&base.predict(&base.edited("app/Tool.hs")).at_most),
        "exe:foo/Main exe:foo/Tool D Hidden PackageInfo_foo Sometimes Unbuilt"
    );
    // A boot file imports too.
    let base = Example::new().with("src/D.hs-boot", "module D where\nimport A");
    assert_eq!(names(&base.predict(&base.edited("src/A.hs")).at_most), "exe:foo/Main A B C D Sometimes");
    // So does every module that does not say otherwise.
    let base =
        Example::new().with("src/Prelude.hs", "module Prelude where").replaced("foo.cabal", "A B C", "A B C Prelude");
    assert!(names(&base.predict(&base.edited("src/Prelude.hs")).at_most).contains("A B C D"));
}

// The modules of a library at the top were taken for the program's own as well.
#[test]
fn a_program_beside_a_library_at_the_top_has_no_modules_of_it() {
    let base = Example::new().replaced("foo.cabal", "  hs-source-dirs: src\n", "");
    let base = ["A", "B", "C", "D", "Hidden", "Sometimes"].into_iter().fold(base, |base, name| {
        let text = base.files[&format!("src/{name}.hs")].clone();
        base.with(&format!("{name}.hs"), &text)
    });
    assert(&base, &base.edited("A.hs"), ["A", "exe:foo/Main A B C", "A"]);
}

#[test]
fn what_comes_with_head() {
    let base = Example::new();
    // What lies at the top is the last candidate for each component, and another candidate is a moved source.
    let aside = base.with("A.hs", "nothing");
    assert(&base, &aside, ["A", "exe:foo/Main A B C", ""]);
    assert(&aside, &aside.edited("A.hs"), ["A", "exe:foo/Main A B C", ""]);
    let new = base.with("src/New.hs", "module New where\nimport Unbuilt");
    assert(&base, &new, ["", "", ""]);
    let named = new.replaced("foo.cabal", "A B C", "A B C New");
    assert(&base, &named, ["New", "New Unbuilt", ""]);
    // In a branch that may not have been taken it may have been no part of the base.
    let taken = base.replaced("foo.cabal", "    other-modules: Sometimes", "    other-modules:");
    let taken = taken.replaced("foo.cabal", "other-modules: D", "other-modules: D Sometimes");
    assert(&base, &taken, ["", "Sometimes", ""]);
    let imported = base.replaced("src/B.hs", "import A", "import Sometimes");
    assert(&base, &imported, ["B", "exe:foo/Main B C Sometimes", "B"]);
    // Another package's until now.
    let list = base.with("app/Data/List.hs", "module Data.List where");
    assert_eq!(names(&base.predict(&list).at_most), "exe:foo/Data.List exe:foo/Main exe:foo/Tool");
    let mut gone = base.clone();
    gone.files.remove("src/B.hs");
    assert_eq!(names(&base.predict(&gone).at_most), "exe:foo/Main C");
}

#[test]
fn what_is_not_told_by_sources_leaves_no_bound() {
    let base = Example::new();
    let simple = |new: &str| base.replaced("foo.cabal", "build-type: Simple", new);
    let cases = [
        (simple("build-type: Custom"), "what a package of build-type custom makes for itself is not in its sources"),
        (
            simple("build-type: Configure"),
            "what a package of build-type configure makes for itself is not in its sources",
        ),
        (simple("-- none").with("Setup.hs", "main = x"), "its description does not say its build-type"),
        (base.with("Setup.hs", "import Mine\nmain = defaultMain"), "Setup.hs can do anything"),
        (base.with("foo.buildinfo", "ghc-options: -F"), "foo.buildinfo can give GHC any options"),
        (base.replaced("foo.cabal", "  main-is", "  mixins: x\n  main-is"), "it is part of Backpack"),
        (base.replaced("foo.cabal", "executable foo\n", "executable foo {\n"), "foo.cabal is not understood by hinc"),
    ];
    for (example, why) in cases {
        let found = example.predict(&example.edited("data.txt"));
        assert_eq!((found.everything.as_deref(), found.known), (Some(why), Known::Nothing));
    }
    for text in [
        "import Distribution.Simple\nmain = defaultMain\n",
        "#!/usr/bin/env runhaskell\n-- | Setup.\nmodule Main (main) where\n\nimport Distribution.Simple\n\nmain :: IO ()\nmain = defaultMain\n",
    ] {
        let base = base.with("Setup.hs", text);
        assert(&base, &base.edited("data.txt"), ["", "", ""]);
    }
    let options = base.replaced("foo.cabal", "  main-is", "  ghc-options: -O2\n  main-is");
    let found = base.predict(&options);
    assert_eq!((found.everything.as_deref(), found.known), (Some("foo.cabal has another ghc-options"), Known::Sources));
    assert_eq!(names(&found.at_most).split(' ').count(), 10);
}
