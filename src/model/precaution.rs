//! Modules that GHC would have skipped and that hinc's builder had compiled all the same.
//!
//! GHC compares source, flags and interfaces. The builder finds what these do not show, and leaves
//! such modules out of what it takes from the base; `docs/nix.md` says why, cause by cause.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::input::{ChangedFiles, ObservedInput, UnfollowedProgram};

/// Why a module was left out of what a build took from the base.
///
/// The builder says it, and the record has it, in the same form.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct LeftOut {
    /// The cause.
    #[serde(flatten)]
    pub cause: Cause,
    /// What else is to be said of it: what became of dependencies, which module changed.
    #[serde(default)]
    pub about: Option<String>,
}

/// The kinds of such causes, with what is known of each.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "cause", rename_all = "kebab-case")]
pub enum Cause {
    /// An input that was observed, and that GHC does not watch, differs.
    Input(ObservedInput),
    /// A program of the base's build could not be followed, and something differs.
    Unfollowed(UnfollowedProgram),
    /// The base's build was not observed, and something differs.
    Unobserved(ChangedFiles),
    /// It runs code while compiling, and programs or variables of the build are other ones.
    Environment,
    /// The package has another build type, other `.buildinfo` files, or other arguments of `Setup configure`.
    Setup,
    /// GHC's own check misses a change of family instances in the module that it is about.
    GhcBug {
        /// The number of GHC's ticket.
        ticket: u32,
    },
    /// Its source has another path.
    MovedSource,
    /// Its component has other options for GHC.
    Options,
    /// It gave warnings in the base, and warnings are errors now.
    Warned,
    /// A pragma that gives warnings to those who use something, such as `DEPRECATED`, changed, and it names that.
    Deprecation,
    /// Dependencies changed, and with them the unit id of its component.
    Unit,
    /// A library of its component re-exports another module under a name than in the base.
    MovedImport,
    /// While it was compiled, a file was made in the package's folder, or looked at that others make.
    Leaves,
    /// What this version of hinc does not know, by the name that the builder gave it.
    #[serde(untagged)]
    Unknown {
        /// The name.
        cause: String,
    },
}

impl Cause {
    /// Returns its name. Stable: the builder writes it and the record has it.
    pub fn code(&self) -> &str {
        match self {
            Self::Input(_) => "input",
            Self::Unfollowed(_) => "unfollowed",
            Self::Unobserved(_) => "unobserved",
            Self::Environment => "environment",
            Self::Setup => "setup",
            Self::GhcBug { .. } => "ghc-bug",
            Self::MovedSource => "moved-source",
            Self::Options => "options",
            Self::Warned => "warned",
            Self::Deprecation => "deprecation",
            Self::Unit => "unit",
            Self::MovedImport => "moved-import",
            Self::Leaves => "leaves",
            Self::Unknown { cause } => cause,
        }
    }

    /// Returns what is so with the module, in words that follow `it`.
    pub fn words(&self) -> &str {
        match self {
            Self::Input(input) => input.reader.words(),
            Self::Unfollowed(unfollowed) => unfollowed.reader.words(),
            Self::Unobserved(_) => "may depend on it",
            Self::Environment => "runs code while compiling",
            Self::Setup => "may have other options for GHC",
            Self::GhcBug { .. } => "may use instances of it",
            Self::MovedSource => "has a source of another path",
            Self::Options => "has other options for GHC",
            Self::Warned => "gave warnings in the base",
            Self::Deprecation => "uses what a pragma is about",
            Self::Unit => "has another unit id",
            Self::MovedImport => "may have imported it",
            Self::Leaves => "makes it, or looks at it",
            Self::Unknown { cause } => cause,
        }
    }
}

impl LeftOut {
    /// Returns the name of what the chains of reasons lead back to: `input: data/msg.txt`, `setup`.
    ///
    /// Modules of one name were left out for the same thing, whoever read it for them.
    pub fn root(&self) -> String {
        let about = match &self.cause {
            Cause::Input(input) => Some(&input.path),
            Cause::Unfollowed(unfollowed) => Some(&unfollowed.program),
            // It is one thing, whatever else is said of it.
            Cause::Unobserved(_) => None,
            _ => self.about.as_ref(),
        };
        let code = self.cause.code();
        about.map_or_else(|| code.to_owned(), |about| format!("{code}: {about}"))
    }

    /// Returns the reason in the few words that GHC has in brackets: `data/msg.txt changed`, `has another unit id`.
    pub fn reason(&self) -> Cow<'_, str> {
        match &self.cause {
            Cause::Input(input) => Cow::Owned(input.difference()),
            Cause::Unfollowed(UnfollowedProgram { files, .. }) | Cause::Unobserved(files) => {
                Cow::Owned(format!("{} changed", files.names()))
            }
            cause => Cow::Borrowed(cause.words()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::input::{Access, Change, Reader};

    fn unknown(cause: &str) -> Cause {
        Cause::Unknown { cause: cause.to_owned() }
    }

    #[test]
    fn every_cause_reads_back() {
        let input = |program: Option<&str>| ObservedInput {
            path: "data/t.txt".to_owned(),
            access: Access::Read,
            change: Change::Changed,
            reader: Reader::Code,
            program: program.map(str::to_owned),
            more: 2,
        };
        let files = ChangedFiles { path: "README.md".to_owned(), more: 0 };
        let unfollowed =
            UnfollowedProgram { program: "gen".to_owned(), reader: Reader::Preprocessor, files: files.clone() };
        for (cause, about, fields, root, reason) in [
            (
                Cause::Input(input(Some("sed"))),
                None,
                r#""input","input":"data/t.txt","access":"read","change":"changed","reader":"code","program":"sed","more":2"#,
                "input: data/t.txt",
                "data/t.txt changed",
            ),
            (
                Cause::Unfollowed(unfollowed),
                None,
                r#""unfollowed","program":"gen","reader":"preprocessor","input":"README.md","more":0"#,
                "unfollowed: gen",
                "README.md changed",
            ),
            (
                Cause::Unobserved(files),
                Some("no library"),
                r#""unobserved","input":"README.md","more":0"#,
                "unobserved",
                "README.md changed",
            ),
            (Cause::Environment, Some("PATH"), r#""environment""#, "environment: PATH", "runs code while compiling"),
            (Cause::Setup, None, r#""setup""#, "setup", "may have other options for GHC"),
            (
                Cause::GhcBug { ticket: 26705 },
                Some("A.B"),
                r#""ghc-bug","ticket":26705"#,
                "ghc-bug: A.B",
                "may use instances of it",
            ),
            (Cause::MovedSource, None, r#""moved-source""#, "moved-source", "has a source of another path"),
            (Cause::Options, None, r#""options""#, "options", "has other options for GHC"),
            (Cause::Warned, None, r#""warned""#, "warned", "gave warnings in the base"),
            (Cause::Deprecation, Some("f, g"), r#""deprecation""#, "deprecation: f, g", "uses what a pragma is about"),
            (Cause::Unit, Some("x was added"), r#""unit""#, "unit: x was added", "has another unit id"),
            (Cause::MovedImport, Some("A.B"), r#""moved-import""#, "moved-import: A.B", "may have imported it"),
            (unknown("full-moon"), Some("it"), r#""full-moon""#, "full-moon: it", "full-moon"),
        ] {
            let left_out = LeftOut { cause, about: about.map(str::to_owned) };
            let about = serde_json::to_string(&left_out.about).expect("JSON");
            let json = serde_json::to_string(&left_out).expect("JSON");
            assert_eq!(json, format!(r#"{{"cause":{fields},"about":{about}}}"#));
            assert_eq!(serde_json::from_str::<LeftOut>(&json).expect("it reads back"), left_out);
            assert_eq!((left_out.root().as_str(), left_out.reason().as_ref()), (root, reason));
            assert!(json.starts_with(&format!(r#"{{"cause":"{}""#, left_out.cause.code())));
        }
    }

    #[test]
    fn what_older_and_newer_builders_say_is_never_an_error() {
        let read = |json: &str| serde_json::from_str::<LeftOut>(json).unwrap_or_else(|error| panic!("{json}: {error}"));
        for (json, cause, about) in [
            (r#"{"cause":"splice","about":"data/x, y"}"#, unknown("splice"), Some("data/x, y")),
            (r#"{"cause":"capi","about":null}"#, unknown("capi"), None),
            (r#"{"cause":"added-file"}"#, unknown("added-file"), None),
            (r#"{"cause":"full-moon","phase":[1],"input":7}"#, unknown("full-moon"), None),
            (r#"{"cause":"setup","since":"yesterday"}"#, Cause::Setup, None),
            // One that lacks what belongs to it.
            (r#"{"cause":"input"}"#, unknown("input"), None),
            (r#"{"cause":"ghc-bug","about":"A"}"#, unknown("ghc-bug"), Some("A")),
        ] {
            assert_eq!(read(json), LeftOut { cause, about: about.map(str::to_owned) }, "{json}");
        }
        let words = r#"{"cause":"input","input":"x","access":"smelled","change":"faded","reader":"oracle"}"#;
        let Cause::Input(input) = read(words).cause else { panic!("{words}") };
        assert_eq!((input.access, input.change), (Access::Unknown("smelled".into()), Change::Unknown("faded".into())));
        assert_eq!((input.reader, input.program, input.more), (Reader::Unknown("oracle".into()), None, 0));
    }
}
