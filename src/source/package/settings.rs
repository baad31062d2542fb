//! Reads what a `cabal.project` says beside naming packages.
//!
//! What hinc can honour it does; what changes nothing of a build is passed over; all else is told
//! with its line, so that nobody takes it for granted.

use std::collections::BTreeMap;

use crate::model::cabal::layout::{Element, Section};

/// What a `cabal.project` chooses.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProjectSettings {
    /// Where the file lies or would lie, below the top.
    pub file: String,
    /// For all packages of the repository.
    pub all: Choices,
    /// For single ones, by name.
    pub packages: BTreeMap<String, Choices>,
    /// Where the file chooses something of these: the line, from 1, and the field.
    pub chosen: Vec<(usize, String)>,
    /// What is not read, in the order of the file.
    pub unread: Vec<Unread>,
}

/// How packages are built. What is `None` or empty is not chosen.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Choices {
    /// `tests`.
    pub tests: Option<bool>,
    /// `benchmarks`.
    pub benchmarks: Option<bool>,
    /// `documentation`.
    pub documentation: Option<bool>,
    /// `library-profiling` or `profiling`.
    pub profiling: Option<bool>,
    /// `shared`.
    pub shared: Option<bool>,
    /// `flags`: `foo` switches one on, `-foo` off.
    pub flags: Vec<String>,
    /// `ghc-options`.
    pub ghc_options: Vec<String>,
}

/// Something that could change a build and is not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// Its line, from 1; none where it is a file of its own.
    pub line: Option<usize>,
    /// What it is.
    pub what: String,
    /// Where to say it instead.
    pub instead: &'static str,
}

impl Unread {
    /// A file beside `cabal.project`.
    pub(super) fn file(name: &str) -> Self {
        let what = name.to_owned();
        Self { line: None, what, instead: "hinc reads `cabal.project` alone: say it there, or in hinc.toml" }
    }
}

impl ProjectSettings {
    /// What is not read, in words.
    pub fn warnings(&self) -> impl Iterator<Item = String> {
        self.unread.iter().map(|Unread { line, what, instead }| match line {
            Some(line) => format!("{}:{line}: `{what}` is not read: {instead}", self.file),
            None => format!("{what} is not read: {instead}"),
        })
    }
}

/// Fields that name packages, or that have no part in what a build of the local packages gives: how and where
/// cabal-install works, what it prints, how it looks for versions.
const WITHOUT_EFFECT: &[&str] = &[
    "active-repositories",
    "allow-boot-library-installs",
    "build-info",
    "build-log",
    "build-summary",
    "cabal-lib-version",
    "count-conflicts",
    "doc-index-file",
    "fine-grained-conflicts",
    "http-transport",
    "ignore-expiry",
    "index-state",
    "install-method",
    "installdir",
    "jobs",
    "keep-going",
    "logs-dir",
    "max-backjumps",
    "minimize-conflict-set",
    "multi-repl",
    "offline",
    "one-shot-repo",
    "optional-packages",
    "overwrite-policy",
    "packages",
    "per-component",
    "prefer-oldest",
    "reject-unconstrained-dependencies",
    "remote-build-reporting",
    "remote-repo-cache",
    "reorder-goals",
    "report-planning-failure",
    "run-tests",
    "semaphore",
    "solver",
    "store-dir",
    "strong-flags",
    "symlink-bindir",
    "test-keep-tix-files",
    "test-log",
    "test-machine-log",
    "test-show-details",
    "verbose",
    "write-ghc-environment-files",
];

const VERSIONS: &str = "the versions are those of GHC's package database; `build-depends` of a .cabal file can ask for others, and a Nix file can bring them (docs/nix.md)";
const COMPILER: &str = "the GHC is the one on the PATH";
const FOREIGN: &str =
    "hinc fetches no packages: take it into the repository, or define the packages in a Nix file (docs/nix.md)";
const CONDITION: &str = "hinc evaluates no conditions and imports of project files: say it in [host] of hinc.toml";
const OTHERWISE: &str = "say it in [host] of hinc.toml, where `configure-flags` passes anything to `Setup configure`";
const NO_SWITCH: &str = "it must be True or False";
const QUOTED: &str = "hinc does not read quoted options: say it in [host] of hinc.toml";

/// Reads what a file holds.
pub(super) fn read(elements: &[Element]) -> ProjectSettings {
    let mut settings = ProjectSettings::default();
    for element in elements {
        let Element::Section(section) = element else {
            fields(&mut settings, "", std::slice::from_ref(element));
            continue;
        };
        match (section.name.as_str(), section.argument.as_str()) {
            ("package", "*") | ("program-options", "") => fields(&mut settings, "", &section.inside),
            ("package", name) if !name.is_empty() => fields(&mut settings, name, &section.inside),
            ("repository", _) => {}
            (name, _) => {
                let instead = match name {
                    "source-repository-package" => FOREIGN,
                    "if" | "elif" | "else" => CONDITION,
                    _ => OTHERWISE,
                };
                settings.unread.push(Unread { line: Some(section.line), what: head(section), instead });
            }
        }
    }
    settings.packages.retain(|_, choices| *choices != Choices::default());
    settings
}

/// Reads the fields that are for one package, or for all where it has no name.
fn fields(settings: &mut ProjectSettings, package: &str, inside: &[Element]) {
    for element in inside {
        match element {
            Element::Field(read) => {
                let choices = match package {
                    "" => &mut settings.all,
                    _ => settings.packages.entry(package.to_owned()).or_default(),
                };
                match field(choices, &read.name, &read.text()) {
                    Read::Chosen => settings.chosen.push((read.line, read.name.clone())),
                    Read::WithoutEffect => {}
                    Read::Not(instead) => {
                        settings.unread.push(Unread { line: Some(read.line), what: read.name.clone(), instead });
                    }
                }
            }
            Element::Section(section) => {
                settings.unread.push(Unread { line: Some(section.line), what: head(section), instead: CONDITION });
            }
        }
    }
}

/// The first line of a section.
fn head(section: &Section) -> String {
    format!("{} {}", section.name, section.argument).trim().to_owned()
}

/// What became of a field.
enum Read {
    Chosen,
    WithoutEffect,
    /// It is not read; what to do instead.
    Not(&'static str),
}

fn field(choices: &mut Choices, name: &str, value: &str) -> Read {
    let switch = match name {
        "tests" => &mut choices.tests,
        "benchmarks" => &mut choices.benchmarks,
        "documentation" => &mut choices.documentation,
        "profiling" | "library-profiling" => &mut choices.profiling,
        "shared" => &mut choices.shared,
        "flags" => {
            let words = value.split(|c: char| c.is_whitespace() || c == ',').filter(|word| !word.is_empty());
            choices.flags.extend(words.map(|word| word.strip_prefix('+').unwrap_or(word).to_owned()));
            return Read::Chosen;
        }
        "ghc-options" if value.contains(['"', '\'', '\\']) => return Read::Not(QUOTED),
        "ghc-options" => {
            choices.ghc_options.extend(value.split_whitespace().map(str::to_owned));
            return Read::Chosen;
        }
        "constraints" | "preferences" | "allow-newer" | "allow-older" | "extra-packages" => return Read::Not(VERSIONS),
        "compiler" | "with-compiler" | "with-hc-pkg" => return Read::Not(COMPILER),
        "import" => return Read::Not(CONDITION),
        _ if WITHOUT_EFFECT.contains(&name) || name.starts_with("haddock-") => return Read::WithoutEffect,
        _ => return Read::Not(OTHERWISE),
    };
    match value.to_ascii_lowercase().as_str() {
        "true" => *switch = Some(true),
        "false" => *switch = Some(false),
        _ => return Read::Not(NO_SWITCH),
    }
    Read::Chosen
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::cabal::layout;

    fn parse(text: &str) -> ProjectSettings {
        let settings = read(&layout::parse(text).expect("a project"));
        ProjectSettings { file: "cabal.project".to_owned(), ..settings }
    }

    fn unread(text: &str) -> Vec<String> {
        parse(text).warnings().collect()
    }

    #[test]
    fn what_hinc_can_honour_is_read() {
        let settings = parse(
            "packages: a b\n\ntests: True\nghc-options: -Wall -O2\nindex-state: 2026-01-01T00:00:00Z\n\n\
             package a\n  flags: +dev -slow\n        quick\n  -- no\n  tests: false\n  ghc-options:\n    -fno-code\n\n\
             package *\n  shared: False\n\nprogram-options\n  ghc-options: -j1\n\npackage b\n  jobs: 4\n",
        );
        let all = Choices {
            tests: Some(true),
            shared: Some(false),
            ghc_options: vec!["-Wall".into(), "-O2".into(), "-j1".into()],
            ..Choices::default()
        };
        let a = Choices {
            tests: Some(false),
            flags: vec!["dev".into(), "-slow".into(), "quick".into()],
            ghc_options: vec!["-fno-code".into()],
            ..Choices::default()
        };
        assert_eq!((settings.all, settings.packages), (all, [("a".to_owned(), a)].into()));
        assert_eq!(settings.unread, []);
        let lines: Vec<usize> = settings.chosen.iter().map(|(line, _)| *line).collect();
        assert_eq!(lines, [3, 4, 8, 11, 12, 16, 19]);
    }

    #[test]
    fn what_it_cannot_is_told_with_its_line() {
        let told = unread(
            "packages: .\nconstraints: text ==2.0,\n  bytestring <1\n\nsource-repository-package\n  type: git\n  \
             location: x\n\nallow-newer: all\nwith-compiler: ghc-9.8\noptimization: 2\nif os(linux)\n  tests: True\n\
             package a\n  configure-options: --x\n  tests: perhaps\n  ghc-options: \"-with-rtsopts=-N -A1\"\n  if impl(ghc)\n    flags: x\n",
        );
        let start: Vec<_> = told.iter().map(|text| text.split(" is not read: ").next().expect("a place")).collect();
        assert_eq!(
            start,
            [
                "cabal.project:2: `constraints`",
                "cabal.project:5: `source-repository-package`",
                "cabal.project:9: `allow-newer`",
                "cabal.project:10: `with-compiler`",
                "cabal.project:11: `optimization`",
                "cabal.project:12: `if os(linux)`",
                "cabal.project:15: `configure-options`",
                "cabal.project:16: `tests`",
                "cabal.project:17: `ghc-options`",
                "cabal.project:18: `if impl(ghc)`",
            ]
        );
        assert!(told.iter().any(|text| text.contains("take it into the repository")), "{told:#?}");
    }
}
