//! Modules that GHC would have skipped and that hinc's builder had compiled all the same.
//!
//! GHC compares source, flags and interfaces. `nix/intermediates/doubtful.sh` finds what these
//! do not show, and leaves such modules out of what it takes from the base; `docs/nix.md` says
//! why, cause by cause.

use serde::{Deserialize, Serialize};

/// Why a module was left out of what a build took from the base.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct LeftOut {
    /// The cause.
    pub cause: Cause,
    /// What it is about, where the builder says so: files, or what became of dependencies.
    pub about: Option<String>,
}

/// The kinds of such causes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum Cause {
    /// Its source has another path.
    MovedSource,
    /// Its component has other options for GHC.
    Options,
    /// The package has another build type, Setup program or `.buildinfo` file.
    Setup,
    /// A program preprocesses it, which may read any file.
    Preprocessor,
    /// It may run Template Haskell, and files that are not Haskell changed, came or went.
    Splice,
    /// It has `capi` imports, for which C headers are read that GHC does not know of.
    Capi,
    /// It names or includes a file of which the package gained one of the same name.
    AddedFile,
    /// It gave warnings in the base, and warnings are errors now.
    Warned,
    /// A pragma that gives warnings to those who use something, such as `DEPRECATED`, changed, and it names that.
    Deprecation,
    /// Dependencies changed, and with them the unit id of its component.
    Unit,
    /// A cause that this version of hinc does not know, as the builder named it.
    Unknown(String),
}

/// Those that have a name of their own.
const KNOWN: [Cause; 10] = [
    Cause::MovedSource,
    Cause::Options,
    Cause::Setup,
    Cause::Preprocessor,
    Cause::Splice,
    Cause::Capi,
    Cause::AddedFile,
    Cause::Warned,
    Cause::Deprecation,
    Cause::Unit,
];

impl Cause {
    /// Returns its name. Stable: the builder writes it and the record has it.
    pub fn code(&self) -> &str {
        match self {
            Self::MovedSource => "moved-source",
            Self::Options => "options",
            Self::Setup => "setup",
            Self::Preprocessor => "preprocessor",
            Self::Splice => "splice",
            Self::Capi => "capi",
            Self::AddedFile => "added-file",
            Self::Warned => "warned",
            Self::Deprecation => "deprecation",
            Self::Unit => "unit",
            Self::Unknown(code) => code,
        }
    }

    /// Returns what is so with the module, in words that follow `it`.
    pub fn words(&self) -> &str {
        match self {
            Self::MovedSource => "has a source of another path",
            Self::Options => "has other options for GHC",
            Self::Setup => "may have other options for GHC",
            Self::Preprocessor => "is preprocessed by a program",
            Self::Splice => "may run Template Haskell",
            Self::Capi => "has capi imports",
            Self::AddedFile => "may read the file that was added",
            Self::Warned => "gave warnings in the base",
            Self::Deprecation => "uses what a pragma is about",
            Self::Unit => "has another unit id",
            Self::Unknown(code) => code,
        }
    }
}

impl LeftOut {
    /// Returns the name of what the chains of reasons lead back to: `splice: data/msg.txt`, `capi`.
    pub fn root(&self) -> String {
        match &self.about {
            Some(about) => format!("{}: {about}", self.cause.code()),
            None => self.cause.code().to_owned(),
        }
    }
}

impl From<String> for Cause {
    fn from(code: String) -> Self {
        KNOWN.into_iter().find(|cause| cause.code() == code).unwrap_or(Self::Unknown(code))
    }
}

impl From<Cause> for String {
    fn from(cause: Cause) -> Self {
        cause.code().to_owned()
    }
}

#[cfg(test)]
impl schemars::JsonSchema for Cause {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Cause".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let codes = KNOWN.map(|cause| format!("`{}`", cause.code())).join(", ");
        let described = format!("The name of a cause: {codes}, or another one of a newer builder.");
        schemars::json_schema!({"description": described, "type": "string"})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cause_reads_back_and_an_unknown_one_is_kept() {
        for cause in KNOWN.into_iter().chain([Cause::Unknown("full-moon".to_owned())]) {
            let left_out = LeftOut { cause: cause.clone(), about: None };
            let json = serde_json::to_string(&left_out).expect("JSON");
            assert_eq!(json, format!(r#"{{"cause":"{}","about":null}}"#, cause.code()));
            assert_eq!(serde_json::from_str::<LeftOut>(&json).expect("it reads back"), left_out);
            assert!(!cause.words().is_empty());
        }
    }

    #[test]
    fn a_root_says_what_it_is_about() {
        let left_out = LeftOut { cause: Cause::Splice, about: Some("data/msg.txt".to_owned()) };
        assert_eq!(left_out.root(), "splice: data/msg.txt");
        assert_eq!(LeftOut { cause: Cause::Capi, about: None }.root(), "capi");
    }
}
