//! Reads what a `cabal.project` says beside naming packages.
//!
//! What hinc can honour it does; what changes nothing of a build is passed over; all else is told
//! with its line, so that nobody takes it for granted.

use std::collections::BTreeMap;

use super::layout::{Block, blocks};

/// What a `cabal.project` chooses.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProjectSettings {
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

impl std::fmt::Display for Unread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.line {
            Some(line) => write!(f, "cabal.project:{line}: `{}` is not read: {}", self.what, self.instead),
            None => write!(f, "{} is not read: {}", self.what, self.instead),
        }
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

/// Reads the file.
pub(super) fn parse(text: &str) -> ProjectSettings {
    let mut settings = ProjectSettings::default();
    for block in blocks(text) {
        match block {
            Block::Section { name, argument, inside, .. }
                if name == "package" && !argument.is_empty() && !argument.contains('{') =>
            {
                fields(&mut settings, if argument == "*" { "" } else { &argument }, inside);
            }
            Block::Section { name, argument, inside, .. } if name == "program-options" && argument.is_empty() => {
                fields(&mut settings, "", inside);
            }
            Block::Section { name, .. } if name == "repository" => {}
            Block::Section { line, name, argument, .. } => {
                let instead = match name.as_str() {
                    "source-repository-package" => FOREIGN,
                    "if" | "elif" | "else" => CONDITION,
                    _ => OTHERWISE,
                };
                let what = format!("{name} {argument}").trim().to_owned();
                settings.unread.push(Unread { line: Some(line), what, instead });
            }
            field @ Block::Field { .. } => fields(&mut settings, "", vec![field]),
        }
    }
    settings.packages.retain(|_, choices| *choices != Choices::default());
    settings
}

/// Reads the fields that are for one package, or for all where it has no name.
fn fields(settings: &mut ProjectSettings, package: &str, inside: Vec<Block>) {
    for block in inside {
        match block {
            Block::Field { line, name, value } => {
                let choices = match package {
                    "" => &mut settings.all,
                    _ => settings.packages.entry(package.to_owned()).or_default(),
                };
                match field(choices, &name, &value) {
                    Read::Chosen => settings.chosen.push((line, name)),
                    Read::WithoutEffect => {}
                    Read::Not(instead) => settings.unread.push(Unread { line: Some(line), what: name, instead }),
                }
            }
            Block::Section { line, name, argument, .. } => {
                let what = format!("{name} {argument}").trim().to_owned();
                settings.unread.push(Unread { line: Some(line), what, instead: CONDITION });
            }
        }
    }
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

    fn unread(text: &str) -> Vec<String> {
        parse(text).unread.iter().map(ToString::to_string).collect()
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
