//! What a `.cabal` file says of where modules lie, and whether two say anything else differently.
//!
//! The branches of all conditions count, so that more is found than is built.

use std::collections::{BTreeMap, BTreeSet};

use super::tree::simplified;
use crate::model::cabal::layout::{self, Element, Field, Section};
use crate::model::cabal::sections;

/// What a description says of one component.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Component {
    /// The folders of its sources, below the package's; the package's own among them unless there are others in any case.
    pub(super) folders: BTreeSet<String>,
    /// Whether it names folders outside of all conditions.
    has_folders: bool,
    /// The modules that it names.
    pub(super) listed: Named,
    /// Those of them that others can import.
    pub(super) exposed: Named,
    /// The files of main modules.
    pub(super) mains: Named,
    /// The options and extensions that it gives GHC.
    pub(super) options: Vec<String>,
    /// Whether something says that it may not be built.
    pub(super) has_buildable: bool,
}

/// What a description names, each with the branches in which it does; an empty text stands for no branch at all.
pub(super) type Named = BTreeMap<String, BTreeSet<String>>;

/// Whether something is named whatever the conditions are.
pub(super) fn is_certain(named: &Named, name: &str) -> bool {
    named.get(name).is_some_and(|branches| branches.contains(""))
}

/// A description, as far as it tells what is compiled.
#[expect(clippy::struct_excessive_bools, reason = "each is something that it says or not")]
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Description {
    /// By the names that Cabal has for them: `lib`, `exe:foo`.
    pub(super) components: BTreeMap<String, Component>,
    /// All fields but those that lead to nothing that is compiled otherwise, with the heads of the sections around them.
    rest: Vec<(Vec<String>, String, Vec<String>)>,
    /// Macros that its options give a value.
    pub(super) macros: BTreeSet<String>,
    /// Whether it has sources preprocessed that do not say so themselves.
    pub(super) has_macros: bool,
    /// Whether it has programs make the text of sources.
    pub(super) has_programs: bool,
    /// The package's name.
    pub(super) name: String,
    /// The build type, in small letters; empty where it does not say it.
    pub(super) build_type: String,
    /// Whether a library can show modules by other names than their own.
    pub(super) renames: bool,
    /// Whether a part of it is compiled several times, for other modules each time.
    pub(super) is_backpack: bool,
}

/// Fields of lists of modules: which there are is seen by the modules themselves.
const MODULES: &[&str] = &["exposed-modules", "other-modules"];

/// Fields at the top that go into no build: Cabal hashes none of them into a unit's id, and neither `Paths_` nor
/// `PackageInfo_` (name, version, synopsis, copyright and homepage) has one.
const NO_PART_OF_A_BUILD: &[&str] = &[
    "author",
    "bug-reports",
    "category",
    "data-files",
    "description",
    "extra-doc-files",
    "extra-source-files",
    "extra-tmp-files",
    "license",
    "license-file",
    "license-files",
    "maintainer",
    "stability",
    "tested-with",
];

impl Description {
    /// Reads one; none where it is not understood.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let elements = layout::parse(text).ok()?;
        let mut description = Self::default();
        let is_common = |section: &&Section| section.name == "common";
        let commons = sections(&elements).filter(is_common);
        let commons: BTreeMap<&str, &[Element]> = commons.map(|common| (common.title(), &*common.inside)).collect();
        for section in sections(&elements) {
            let Some(label) = label(section) else { continue };
            let mut component = Component::default();
            collect(&section.inside, &commons, &mut component, ("", ""), 0)?;
            if !component.has_folders {
                component.folders.insert(".".to_owned());
            }
            description.components.insert(label, component);
        }
        flatten(&elements, &mut Vec::new(), &mut description.rest);
        let words = || {
            let words = description.rest.iter().flat_map(|(_, _, words)| words);
            words.flat_map(|word| word.split(',')).map(|word| word.trim_matches(['"', '\'']))
        };
        let macros = words().filter_map(|word| word.trim_start_matches("-optP").strip_prefix("-D")?.split_once('='));
        let macros = macros.map(|(name, _)| name.to_owned()).collect();
        let has_macros = words().any(|word| matches!(word, "CPP" | "-XCPP" | "-cpp"));
        // An option in a file can be any.
        let has_programs = words().any(|word| {
            word == "-F"
                || word.contains("-pgm")
                || word.starts_with('@')
                || word.contains("-include")
                || word.contains("-fplugin")
        });
        let has = |names: &[&str]| description.rest.iter().any(|(_, name, _)| names.contains(&name.as_str()));
        let renames = has(&["reexported-modules"]);
        let is_backpack = has(&["mixins", "signatures"]);
        let at_top = |wanted: &str| {
            let mut fields = description.rest.iter().filter(|(heads, name, _)| heads.is_empty() && name == wanted);
            fields.next().map(|(_, _, words)| words.concat()).unwrap_or_default()
        };
        let (name, build_type) = (at_top("name"), at_top("build-type").to_ascii_lowercase());
        Some(Self { macros, has_macros, has_programs, name, build_type, renames, is_backpack, ..description })
    }

    /// Returns the names of fields in which it differs from another one in a way that can make modules compile; empty
    /// where they differ in lists of modules at most.
    pub(super) fn differences(&self, other: &Self) -> BTreeSet<String> {
        let only = |one: &Self, two: &Self| -> Vec<String> {
            one.rest.iter().filter(|field| !two.rest.contains(field)).map(|(_, name, _)| name.clone()).collect()
        };
        let mut names: BTreeSet<String> = [only(self, other), only(other, self)].concat().into_iter().collect();
        // The order counts: the last of two options does.
        if names.is_empty() && self.rest != other.rest {
            names.insert("the order of fields".to_owned());
        }
        names
    }
}

fn label(section: &Section) -> Option<String> {
    let name = section.title();
    let kind = match section.name.as_str() {
        "library" if name.is_empty() => return Some("lib".to_owned()),
        "library" => "lib",
        "executable" => "exe",
        "test-suite" => "test",
        "benchmark" => "bench",
        "foreign-library" => "flib",
        _ => return None,
    };
    Some(format!("{kind}:{name}"))
}

/// `branch` is where the items stand: the numbers of the conditions around them, and `scope` the common stanzas. None where common stanzas import one
/// another without end.
fn collect(
    elements: &[Element],
    commons: &BTreeMap<&str, &[Element]>,
    component: &mut Component,
    (branch, scope): (&str, &str),
    depth: u32,
) -> Option<()> {
    if depth > 30 {
        return None;
    }
    let name_in = |named: &mut Named, field: &Field| {
        for name in field.entries() {
            named.entry(name.to_owned()).or_default().insert(branch.to_owned());
        }
    };
    let mut sections = 0;
    for element in elements {
        match element {
            Element::Section(section) => {
                sections += 1;
                let branch = format!("{branch}/{scope}{sections}");
                collect(&section.inside, commons, component, (&branch, scope), depth + 1)?;
            }
            Element::Field(field) => match field.name.as_str() {
                "import" => {
                    for name in field.entries() {
                        // Its branches are others than those that are written here.
                        let inside = format!("{scope}{name}:");
                        collect(commons.get(name)?, commons, component, (branch, &inside), depth + 1)?;
                    }
                }
                "hs-source-dirs" | "hs-source-dir" => {
                    component.folders.extend(field.entries().map(|folder| simplified(folder.into()).to_string()));
                    component.has_folders |= branch.is_empty() && field.words().next().is_some();
                }
                "main-is" => name_in(&mut component.mains, field),
                "exposed-modules" => {
                    name_in(&mut component.listed, field);
                    name_in(&mut component.exposed, field);
                }
                "other-modules" | "signatures" | "test-module" => name_in(&mut component.listed, field),
                "buildable" => component.has_buildable = true,
                "default-extensions" | "extensions" => {
                    component.options.extend(field.entries().map(str::to_owned));
                }
                "cpp-options" => component.options.extend(field.words().map(str::to_owned)),
                name if name.starts_with("ghc-") && name.ends_with("options") => {
                    component.options.extend(field.words().map(str::to_owned));
                }
                _ => {}
            },
        }
    }
    Some(())
}

fn flatten(elements: &[Element], heads: &mut Vec<String>, fields: &mut Vec<(Vec<String>, String, Vec<String>)>) {
    for element in elements {
        match element {
            Element::Field(field) if MODULES.contains(&field.name.as_str()) => {}
            Element::Field(field) if heads.is_empty() && NO_PART_OF_A_BUILD.contains(&field.name.as_str()) => {}
            Element::Field(field) => {
                fields.push((heads.clone(), field.name.clone(), field.words().map(str::to_owned).collect()));
            }
            Element::Section(section) if heads.is_empty() && section.name == "source-repository" => {}
            Element::Section(section) => {
                heads.push(format!("{} {}", section.name, section.argument));
                fields.push((heads.clone(), "section".to_owned(), Vec::new()));
                flatten(&section.inside, heads, fields);
                heads.pop();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
cabal-version: 2.4
name: foo
version: 1
author: A. U. Thor
common shared
  hs-source-dirs: src, \"gen/\"
  ghc-options: -Wall
library
  import: shared
  exposed-modules:
    Foo, Foo.Bar
    Foo.Baz
  if flag(x)
    other-modules: Foo.X
    hs-source-dirs: ./y/..//x
-- a comment
test-suite spec
  type: exitcode-stdio-1.0
  main-is: Spec.hs
  build-depends: base, foo
";

    #[test]
    fn it_says_where_modules_lie() {
        let found = Description::parse(TEXT).expect("it is understood");
        let folders = |component: &Component| component.folders.iter().cloned().collect::<Vec<_>>().join(" ");
        let names = |named: &Named| named.keys().cloned().collect::<Vec<_>>().join(" ");
        let library = &found.components["lib"];
        assert_eq!(
            (folders(library), names(&library.listed)),
            ("gen src x".to_owned(), "Foo Foo.Bar Foo.Baz Foo.X".to_owned())
        );
        assert_eq!((is_certain(&library.listed, "Foo"), is_certain(&library.listed, "Foo.X")), (true, false));
        assert_eq!(names(&library.exposed), "Foo Foo.Bar Foo.Baz");
        assert_eq!(library.options, ["-Wall"]);
        let test = &found.components["test:spec"];
        assert_eq!((folders(test), names(&test.mains)), (".".to_owned(), "Spec.hs".to_owned()));
    }

    #[test]
    fn the_branch_in_which_a_module_is_named_is_told_from_others() {
        let branches = |text: &str| {
            let found = Description::parse(text).expect("it is understood");
            found.components["lib"].listed["X"].clone()
        };
        let first = "common c\n  if a\n    other-modules: X\nlibrary\n  import: c\n  if b\n    build-depends: d\n";
        let second = "common c\n  if a\n    build-depends: d\nlibrary\n  import: c\n  if b\n    other-modules: X\n";
        let third = "library\n  if a\n    build-depends: d\n  else\n    other-modules: X\n";
        let all: BTreeSet<_> = [first, second, third].into_iter().map(branches).collect();
        assert_eq!(all.len(), 3, "{all:?}");
        assert!(all.iter().all(|branches| !branches.contains("")), "{all:?}");
    }

    #[test]
    fn what_can_make_modules_compile_is_a_difference() {
        let before = Description::parse(TEXT).expect("it is understood");
        let cases = [
            ("author: A. U. Thor", "author: B", &[][..]),
            ("-- a comment", "-- another", &[]),
            ("Foo, Foo.Bar", "Foo,\n    Foo.Bar, Foo.New", &[]),
            ("version: 1", "version: 2", &["version"]),
            ("-Wall", "-O2", &["ghc-options"]),
            ("base, foo", "base, foo, text", &["build-depends"]),
            ("if flag(x)", "if flag(y)", &["hs-source-dirs", "section"]),
            ("name: foo\nversion: 1", "version: 1\nname: foo", &["the order of fields"]),
            ("  ghc-options: -Wall", "  ghc-options: -Wall\n  cpp-options: -DX=1", &["cpp-options"]),
        ];
        for (old, new, expected) in cases {
            assert_eq!(TEXT.matches(old).count(), 1, "{old}");
            let now = Description::parse(&TEXT.replace(old, new)).expect("it is understood");
            assert_eq!(before.differences(&now).into_iter().collect::<Vec<_>>(), expected, "{new}");
            assert_eq!(now.macros.contains("X"), new.contains("-DX="));
        }
    }

    #[test]
    fn braces_say_what_indentation_does() {
        let layout = "library\n  exposed-modules: A\n  if flag(x)\n    other-modules: B\n";
        let braces = "library {\nexposed-modules: A\nif flag(x) { other-modules: B }\n}\n";
        assert_eq!(Description::parse(layout), Description::parse(braces));
        assert!(Description::parse(layout).is_some());
    }

    #[test]
    fn what_cabal_does_not_read_is_not_understood() {
        let endless = "common a\n  import: b\ncommon b\n  import: a\nlibrary\n  import: a\n";
        for text in ["library {\n", "library\n  import: nowhere\n", endless] {
            assert_eq!(Description::parse(text), None, "{text}");
        }
    }
}
