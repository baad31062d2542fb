//! Which packages a package is built with, by what its description says.
//!
//! Which conditions hold is known only once Cabal configures: what stands under one is told apart from what does not.
//! Held against Cabal's own reading by `make descriptions`, on those of Debian's Haskell packages.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::layout::{Element, Field, Section};
use super::{Format, format, sections};

/// What a package is built with: names of packages, its own among them where a component uses another.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Dependencies {
    /// Its libraries and programs.
    #[serde(default, skip_serializing_if = "Uses::is_empty")]
    pub plain: Uses,
    /// Its test suites.
    #[serde(default, skip_serializing_if = "Uses::is_empty")]
    pub tests: Uses,
    /// Its benchmarks.
    #[serde(default, skip_serializing_if = "Uses::is_empty")]
    pub benchmarks: Uses,
    /// Its `Setup` program: `setup-depends`.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub setup: BTreeSet<String>,
}

/// What components of a kind use.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Uses {
    /// Packages whose libraries they use in any case.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub certain: BTreeSet<String>,
    /// Those that they use at all: the certain ones, and those under a condition.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub possible: BTreeSet<String>,
    /// Packages whose programs their build runs, under a condition or not.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub tools: BTreeSet<String>,
}

impl Uses {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Dependencies {
    /// Reads those of a description.
    pub fn of(elements: &[Element]) -> Self {
        let format = format(elements);
        let is_common = |section: &&Section| section.name == "common";
        let commons: BTreeMap<&str, &[Element]> = match format {
            format if format < COMMON_STANZAS => BTreeMap::new(),
            _ => sections(elements).filter(is_common).map(|common| (common.title(), &*common.inside)).collect(),
        };
        let named_libraries =
            sections(elements).filter(|section| section.name == "library" && !section.title().is_empty());
        let own = match format {
            format if format < QUALIFIED_OWN => named_libraries.map(Section::title).collect(),
            _ => BTreeSet::new(),
        };
        let mut dependencies = Self::default();
        if sections(elements).next().is_none() {
            // Before Cabal 1.2 a package had a library and programs without sections (`sectionizeFields`).
            Reading { commons: &commons, format, own: &own, uses: &mut dependencies.plain, imported: Vec::new() }
                .take(elements, true);
        }
        for section in sections(elements) {
            let uses = match section.name.as_str() {
                "library" | "foreign-library" | "executable" => &mut dependencies.plain,
                "test-suite" => &mut dependencies.tests,
                "benchmark" => &mut dependencies.benchmarks,
                "custom-setup" => {
                    let fields = fields_named(&section.inside, "setup-depends");
                    dependencies.setup.extend(fields.flat_map(|field| packages(&field.text())));
                    continue;
                }
                _ => continue,
            };
            Reading { commons: &commons, format, own: &own, uses, imported: Vec::new() }.take(&section.inside, true);
        }
        dependencies
    }
}

/// The first format that has `common` and `import` (`CabalSpecVersion.hs`, `specHasCommonStanzas`).
const COMMON_STANZAS: Format = (2, 2);

/// The first format in which a library of the package itself goes by `PACKAGE:NAME` alone. In older ones its bare name
/// stands for it (`preProcessInternalDeps` in `Distribution/PackageDescription/Parsec.hs`).
const QUALIFIED_OWN: Format = (3, 4);

/// The first format that has `elif`. Cabal warns of it in older ones and passes it over.
const ELIF: Format = (2, 2);

/// The programs that `build-tools` can name by themselves, each that of the package of its name
/// (`desugarBuildToolSimple` in `Distribution/Simple/BuildToolDepends.hs`).
const KNOWN_TOOLS: [&str; 9] =
    ["hscolour", "haddock", "happy", "alex", "hsc2hs", "c2hs", "cpphs", "greencard", "hspec-discover"];

fn fields_named<'a>(elements: &'a [Element], wanted: &'a str) -> impl Iterator<Item = &'a Field> {
    elements.iter().filter_map(move |element| match element {
        Element::Field(field) if field.name == wanted => Some(field),
        _ => None,
    })
}

/// A component that is being read.
struct Reading<'a> {
    commons: &'a BTreeMap<&'a str, &'a [Element]>,
    format: Format,
    /// The libraries of the package itself that go by their bare names.
    own: &'a BTreeSet<&'a str>,
    uses: &'a mut Uses,
    /// The common stanzas that were taken already, and whether under a condition: one is taken once.
    imported: Vec<(&'a str, bool)>,
}

impl<'a> Reading<'a> {
    fn take(&mut self, elements: &'a [Element], is_certain: bool) {
        // Cabal takes imports at the head alone, and warns of others.
        let is_import = |element: &&Element| matches!(element, Element::Field(field) if field.name == "import");
        for element in elements.iter().take_while(is_import) {
            let Element::Field(field) = element else { continue };
            for name in field.entries() {
                let Some((name, inside)) = self.commons.get_key_value(name) else { continue };
                if !self.imported.contains(&(name, is_certain)) {
                    self.imported.push((name, is_certain));
                    self.take(inside, is_certain);
                }
            }
        }
        for element in elements {
            match element {
                Element::Section(section)
                    if matches!(section.name.as_str(), "if" | "else")
                        || section.name == "elif" && self.format >= ELIF =>
                {
                    self.take(&section.inside, false);
                }
                Element::Section(_) => {}
                Element::Field(field) => self.take_field(field, is_certain),
            }
        }
    }

    fn take_field(&mut self, field: &Field, is_certain: bool) {
        match field.name.as_str() {
            "build-depends" => {
                for name in packages(&field.text()).into_iter().filter(|name| !self.own.contains(name.as_str())) {
                    if is_certain {
                        self.uses.certain.insert(name.clone());
                    }
                    self.uses.possible.insert(name);
                }
            }
            "build-tool-depends" => self.uses.tools.extend(packages(&field.text())),
            "build-tools" => {
                let names = packages(&field.text()).into_iter();
                self.uses.tools.extend(names.filter(|name| KNOWN_TOOLS.contains(&name.as_str())));
            }
            _ => {}
        }
    }
}

/// The packages of a list of dependencies: `base >=4 && <5, kit:{kit, json} ^>={1.0, 1.1}`. Commas within braces
/// separate no packages.
fn packages(text: &str) -> Vec<String> {
    let mut depth = 0_usize;
    let entries = text.split(move |c: char| {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0
    });
    let names = entries.filter_map(|entry| {
        let entry = entry.trim();
        let end = entry.find(|c: char| !c.is_alphanumeric() && c != '-').unwrap_or(entry.len());
        entry.get(..end).filter(|name| !name.is_empty()).map(str::to_owned)
    });
    names.collect()
}

#[cfg(test)]
mod tests {
    use super::super::layout;
    use super::*;

    fn read(text: &str) -> Dependencies {
        Dependencies::of(&layout::parse(text).expect("a description"))
    }

    fn shown(uses: &Uses) -> [String; 3] {
        [&uses.certain, &uses.possible, &uses.tools].map(|names| names.iter().cloned().collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn what_a_list_names_are_packages() {
        let cases = [
            ("base", "base"),
            ("base >=4 && <5, text", "base text"),
            (", base\n, a-b ==1.*,", "base a-b"),
            ("kit:{kit, json}, x", "kit x"),
            ("kit:json >= 1", "kit"),
            ("a ^>= { 1.0, 1.1 } || == {2, 3}, b", "a b"),
            ("alex:alex, hspec-discover:hspec-discover == 2.*", "alex hspec-discover"),
            ("base(>=4)", "base"),
            ("", ""),
        ];
        for (text, expected) in cases {
            assert_eq!(packages(text).join(" "), expected, "{text}");
        }
    }

    #[test]
    fn conditions_and_common_stanzas_count() {
        let text = "\
cabal-version: 2.4
common shared
  build-depends: base
  if flag(x)
    build-depends: shared-x
common Shared
  import: shared
  build-tool-depends: gen:gen
library
  import: Shared, nowhere
  build-depends: a
  if os(linux) { build-depends: b, c } else { if flag(y) { build-tools: alex, mine } }
  import: late
common late
  build-depends: late
executable e
  build-depends: d, a
test-suite t
  import: shared
  build-depends: hspec
benchmark s
  build-depends: criterion
custom-setup
  setup-depends: base, Cabal, kit
flag f
  build-depends: no
";
        let found = read(text);
        assert_eq!(shown(&found.plain), ["a base d", "a b base c d shared-x", "alex gen"]);
        assert_eq!(shown(&found.tests), ["base hspec", "base hspec shared-x", ""]);
        assert_eq!(shown(&found.benchmarks), ["criterion", "criterion", ""]);
        assert_eq!(found.setup.iter().collect::<Vec<_>>(), ["Cabal", "base", "kit"]);
    }

    #[test]
    fn an_older_format_does_not_have_what_came_later() {
        let text = "cabal-version: >= 1.10\ncommon c\n  build-depends: x\nlibrary\n  import: c\n  \
            build-tool-depends: gen:gen\n  build-tools: happy\n  build-depends: y\n  if a\n    build-depends: b\n  \
            elif c\n    build-depends: d\n  else\n    build-depends: e\n";
        assert_eq!(shown(&read(text).plain), ["y", "b e y", "gen happy"]);
        assert_eq!(shown(&read("name: a\nbuild-depends: base\nexecutable: x\nbuild-depends: y\n").plain)[0], "base y");
    }

    #[test]
    fn a_library_of_the_package_itself_is_no_package() {
        let text = |format: &str| {
            format!(
                "cabal-version: {format}\nlibrary inner\n  build-depends: base\nlibrary\n  build-depends: inner, own:inner\n"
            )
        };
        assert_eq!(shown(&read(&text("3.0")).plain), ["base own", "base own", ""]);
        assert_eq!(shown(&read(&text("3.4")).plain), ["base inner own", "base inner own", ""]);
    }

    #[test]
    fn stanzas_that_import_one_another_end() {
        let text = "cabal-version: 3.0\ncommon a\n  import: b\n  build-depends: x\ncommon b\n  import: a\n  \
            build-depends: y\nlibrary\n  import: a\n";
        assert_eq!(shown(&read(text).plain), ["x y", "x y", ""]);
    }
}
