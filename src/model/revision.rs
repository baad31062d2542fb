//! Commits, trees, heads and bases.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::interval::Interval;

/// The version of the JSON that describes a base.
pub const BASE_SCHEMA_VERSION: u32 = 1;

/// Why a text is not the name of a git object.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a whole object name: 40 or 64 hexadecimal digits in lower case")]
pub struct ParseObjectNameError(String);

macro_rules! object_name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[cfg_attr(test, derive(schemars::JsonSchema))]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Returns all of its hexadecimal digits.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// Returns the first ten digits, for people.
            pub fn short(&self) -> &str {
                &self.0[..10]
            }
        }

        impl FromStr for $name {
            type Err = ParseObjectNameError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let digits = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
                if digits && matches!(text.len(), 40 | 64) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(ParseObjectNameError(text.to_owned()))
                }
            }
        }

        impl TryFrom<String> for $name {
            type Error = ParseObjectNameError;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

object_name! {
    /// The name of a commit.
    CommitId
}
object_name! {
    /// The name of a tree. The tree of a dirty head is in no object database but has a name all the same.
    TreeId
}

/// The commit that is built.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Head {
    /// The commit.
    pub commit: CommitId,
    /// Its tree; where `dirty`, that of the commit plus the tracked changes of the work tree.
    pub tree: TreeId,
    /// Whether tracked files of the work tree differ from the commit.
    pub dirty: bool,
    /// Its committer time, in seconds since 1970-01-01 00:00 UTC.
    pub committer_time: i64,
}

/// Why a commit is the base.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum BaseReason {
    /// It is the newest one at or before the boundary.
    BeforeBoundary,
    /// No commit is as old as the boundary: it is the root of the history.
    Root,
    /// The user named it.
    Pinned,
    /// It is where head's branch left another branch.
    MergeBase,
    /// Its full build is at hand already.
    Available,
    /// One that this version of hinc does not know, as a newer one wrote it.
    #[serde(untagged)]
    Newer(String),
}

/// The commit whose full build an incremental build starts from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Base {
    /// [`BASE_SCHEMA_VERSION`].
    pub schema_version: u32,
    /// The commit.
    pub commit: CommitId,
    /// Its tree.
    pub tree: TreeId,
    /// Its committer time, in seconds since 1970-01-01 00:00 UTC.
    pub committer_time: i64,
    /// The boundary that head's committer time gave, in the same unit.
    pub boundary: i64,
    /// The interval.
    pub interval_seconds: Interval,
    /// The commit that is to be built on it.
    pub head: CommitId,
    /// How many commits the walk from head met before it; 0 where it is head itself.
    pub distance: u64,
    /// Why it is this one.
    pub reason: BaseReason,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_name_is_whole_and_lower_case() {
        let text = "0123456789abcdef0123456789abcdef01234567";
        assert_eq!(text.parse::<CommitId>().expect("a name").short(), "0123456789");
        for bad in ["", "0123", "0123456789ABCDEF0123456789abcdef01234567", "g123456789abcdef0123456789abcdef01234567"]
        {
            assert!(bad.parse::<CommitId>().is_err(), "{bad}");
        }
    }
}
