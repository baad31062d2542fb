//! Inputs of a build that were observed, and that differ between base and head.
//!
//! The full build notes what its processes read, list, ask for and run; the incremental build
//! compares. `docs/nix.md` says how, `docs/record.md` lists the words.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// An input that was observed in the base's build, that GHC does not watch, and that differs in head.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ObservedInput {
    /// Its path in the package's folder; of a local dependency `NAME:PATH`, in its output.
    #[serde(rename = "input")]
    pub path: String,
    /// What was done with it.
    pub access: Access,
    /// In what it differs.
    pub change: Change,
    /// For whom it was read.
    pub reader: Reader,
    /// The program that read it, where it is another one than GHC or Setup.
    #[serde(default)]
    pub program: Option<String>,
    /// How many further inputs of the same reader differ.
    #[serde(default)]
    pub more: u32,
}

/// A program of the base's build that could not be followed, so that it counts as having read every file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct UnfollowedProgram {
    /// Its name.
    pub program: String,
    /// For whom it ran.
    pub reader: Reader,
    /// What differs.
    #[serde(flatten)]
    pub files: ChangedFiles,
}

/// Files that differ between base and head, of which nobody knows who read them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ChangedFiles {
    /// The path of the first.
    #[serde(rename = "input")]
    pub path: String,
    /// How many there are beside it.
    #[serde(default)]
    pub more: u32,
}

/// What was done with an input.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Access {
    /// Its content was read.
    Read,
    /// The names in this folder were listed.
    Listed,
    /// It was asked whether it is there.
    Asked,
    /// It was run.
    Ran,
    /// What this version of hinc does not know, as the builder named it.
    #[serde(untagged)]
    Unknown(String),
}

/// In what an input differs between base and head.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// In its content or, of a folder, in the names in it.
    Changed,
    /// The base does not have it.
    Added,
    /// Head does not have it.
    Removed,
    /// The build generates it, from inputs of which some changed.
    Generated,
    /// What this version of hinc does not know, as the builder named it.
    #[serde(untagged)]
    Unknown(String),
}

/// For whom an input was read, which says which modules may depend on it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Reader {
    /// A splice, a plugin or an annotation of the component, in the compiler or in a program that it ran.
    Code,
    /// A preprocessor of this one module: CPP, unlit, a program.
    Preprocessor,
    /// The C compiler, for C that GHC compiles for `capi` imports or for splices.
    CCompiler,
    /// The Setup program, or something that it ran.
    Setup,
    /// GHC itself, before any module: options in a file.
    Compiler,
    /// What this version of hinc does not know, as the builder named it.
    #[serde(untagged)]
    Unknown(String),
}

impl ObservedInput {
    /// Returns what became of it: `data/t.txt changed`, `words changed (listed)`.
    pub fn difference(&self) -> String {
        let how = match &self.access {
            Access::Read => return format!("{} {}", self.place(), self.change.words()),
            Access::Listed => "listed",
            Access::Asked => "looked up",
            Access::Ran => "run",
            Access::Unknown(word) => word,
        };
        format!("{} {} ({how})", self.place(), self.change.words())
    }

    /// Returns what it is called: its path, or what that is.
    pub fn place(&self) -> &str {
        if self.path == "." { "the package's folder" } else { &self.path }
    }
}

impl ChangedFiles {
    /// Returns what they are called together: `README.md`, `README.md and 2 more`.
    pub fn names(&self) -> Cow<'_, str> {
        match self.more {
            0 => Cow::Borrowed(&self.path),
            more => Cow::Owned(format!("{} and {more} more", self.path)),
        }
    }
}

impl Change {
    /// Returns what became of the input, in words that follow its path.
    pub fn words(&self) -> &str {
        match self {
            Self::Changed => "changed",
            Self::Added => "was added",
            Self::Removed => "was removed",
            Self::Generated => "was generated anew",
            Self::Unknown(word) => word,
        }
    }
}

impl Reader {
    /// Returns what is so with a module for which it read, in words that follow `it`.
    pub fn words(&self) -> &str {
        match self {
            Self::Code => "runs code while compiling",
            Self::Preprocessor => "is preprocessed",
            Self::CCompiler => "is compiled with C code",
            Self::Setup => "may have other options or sources",
            Self::Compiler => "may have other options",
            Self::Unknown(word) => word,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_read_back_and_unknown_ones_are_kept() {
        fn each<T: serde::de::DeserializeOwned + Serialize>(words: &[&str]) {
            for word in words {
                let json = format!("\"{word}\"");
                let read: T = serde_json::from_str(&json).expect(word);
                assert_eq!(serde_json::to_string(&read).expect("JSON"), json);
            }
        }
        each::<Access>(&["read", "listed", "asked", "ran", "smelled"]);
        each::<Change>(&["changed", "added", "removed", "generated", "faded"]);
        each::<Reader>(&["code", "preprocessor", "c-compiler", "setup", "compiler", "oracle"]);
        let of = |word: &str| serde_json::from_str::<Reader>(word).expect("a reader");
        assert_eq!((of("\"c-compiler\""), of("\"oracle\"")), (Reader::CCompiler, Reader::Unknown("oracle".to_owned())));
    }

    #[test]
    fn what_became_of_an_input() {
        let input = |access, change| ObservedInput {
            path: "x".to_owned(),
            access,
            change,
            reader: Reader::Code,
            program: None,
            more: 0,
        };
        for (access, change, text) in [
            (Access::Read, Change::Changed, "x changed"),
            (Access::Read, Change::Removed, "x was removed"),
            (Access::Read, Change::Generated, "x was generated anew"),
            (Access::Listed, Change::Changed, "x changed (listed)"),
            (Access::Asked, Change::Added, "x was added (looked up)"),
            (Access::Ran, Change::Changed, "x changed (run)"),
            (Access::Unknown("smelled".to_owned()), Change::Unknown("faded".to_owned()), "x faded (smelled)"),
        ] {
            assert_eq!(input(access, change).difference(), text);
        }
        let files = |more| ChangedFiles { path: "x".to_owned(), more };
        assert_eq!((files(0).names(), files(2).names()), ("x".into(), "x and 2 more".into()));
    }
}
