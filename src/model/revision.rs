//! Commits, trees, heads and bases.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::interval::Interval;
use super::interval_choice::IntervalChoice;

/// The version of the JSON that describes a base.
pub const BASE_SCHEMA_VERSION: u32 = 2;

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

/// Why a commit is the base, with what that follows from. Boundaries are in seconds since 1970-01-01 00:00 UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BaseReason {
    /// It is the newest one at or before the boundary.
    BeforeBoundary {
        /// What head's committer time gave.
        boundary: i64,
    },
    /// No commit is as old as the boundary: it is the root of the history.
    Root {
        /// What the committer time of head, or of the commit where it left the main line, gave.
        boundary: i64,
    },
    /// The user named it.
    Pinned,
    /// It is the newest one of the main line at or before the boundary of the commit that head is made upon.
    MergeBase {
        /// What the committer time of `merge_base` gave.
        boundary: i64,
        /// Where head left the main line.
        merge_base: CommitId,
        /// What the main line is called here: `origin/main`.
        against: String,
    },
    /// Its full build is at hand, and that of a newer one is not.
    Available {
        /// The boundary that it is the newest commit at or before.
        boundary: i64,
        /// The store that has the full build.
        found_in: String,
    },
    /// One that this version of hinc does not know, as a newer one wrote it.
    Newer(String),
}

impl BaseReason {
    /// Returns the boundary, where there is one.
    pub const fn boundary(&self) -> Option<i64> {
        match self {
            Self::BeforeBoundary { boundary }
            | Self::Root { boundary }
            | Self::MergeBase { boundary, .. }
            | Self::Available { boundary, .. } => Some(*boundary),
            Self::Pinned | Self::Newer(_) => None,
        }
    }
}

/// The commit whose full build an incremental build starts from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "json::Base", into = "json::Base")]
pub struct Base {
    /// [`BASE_SCHEMA_VERSION`].
    pub schema_version: u32,
    /// The commit.
    pub commit: CommitId,
    /// Its tree.
    pub tree: TreeId,
    /// Its committer time, in seconds since 1970-01-01 00:00 UTC.
    pub committer_time: i64,
    /// The interval.
    pub interval_seconds: Interval,
    /// Where hinc chose the interval (`auto`): by what.
    pub interval_choice: Option<IntervalChoice>,
    /// The commit that is to be built on it.
    pub head: CommitId,
    /// How many commits the walk from head met before it; 0 where it is head itself.
    pub distance: u64,
    /// Why it is this one.
    pub reason: BaseReason,
}

/// How a base is written.
mod json {
    use serde::{Deserialize, Serialize};

    use super::{BaseReason, CommitId, Interval, IntervalChoice, TreeId};

    /// The commit whose full build an incremental build starts from.
    #[derive(Serialize, Deserialize)]
    #[cfg_attr(test, derive(schemars::JsonSchema))]
    #[expect(clippy::struct_field_names, reason = "a merge base is what git calls one")]
    pub(super) struct Base {
        /// The version of this form: 2.
        schema_version: u32,
        /// The commit.
        commit: CommitId,
        /// Its tree.
        tree: TreeId,
        /// Its committer time, in seconds since 1970-01-01 00:00 UTC.
        committer_time: i64,
        /// The boundary, in the same unit. Missing where the user named the base.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        boundary: Option<i64>,
        /// The interval.
        interval_seconds: Interval,
        /// Where hinc chose the interval (`auto`): by what.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        interval_choice: Option<IntervalChoice>,
        /// The commit that is to be built on it.
        head: CommitId,
        /// How many commits the walk from head met before it; 0 where it is head itself, or was not met.
        distance: u64,
        /// Why it is this one: `before-boundary`, `root`, `pinned`, `merge-base`, `available`, or what a newer version wrote.
        reason: String,
        /// Of `merge-base`: where head left the main line.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        merge_base: Option<CommitId>,
        /// Of `merge-base`: what the main line is called.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        against: Option<String>,
        /// Of `available`: the store that has the full build.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        found_in: Option<String>,
    }

    impl From<Base> for super::Base {
        fn from(base: Base) -> Self {
            let Base { boundary, merge_base, against, found_in, reason, .. } = base;
            let reason = match (reason.as_str(), boundary, merge_base, against, found_in) {
                ("before-boundary", Some(boundary), ..) => BaseReason::BeforeBoundary { boundary },
                ("root", Some(boundary), ..) => BaseReason::Root { boundary },
                ("pinned", ..) => BaseReason::Pinned,
                ("merge-base", Some(boundary), Some(merge_base), Some(against), _) => {
                    BaseReason::MergeBase { boundary, merge_base, against }
                }
                ("available", Some(boundary), .., Some(found_in)) => BaseReason::Available { boundary, found_in },
                _ => BaseReason::Newer(reason),
            };
            let Base { schema_version, commit, tree, committer_time, interval_seconds, .. } = base;
            let (interval_choice, head, distance) = (base.interval_choice, base.head, base.distance);
            Self {
                schema_version,
                commit,
                tree,
                committer_time,
                interval_seconds,
                interval_choice,
                head,
                distance,
                reason,
            }
        }
    }

    impl From<super::Base> for Base {
        fn from(base: super::Base) -> Self {
            let boundary = base.reason.boundary();
            let (reason, merge_base, against, found_in) = match base.reason {
                BaseReason::BeforeBoundary { .. } => ("before-boundary".to_owned(), None, None, None),
                BaseReason::Root { .. } => ("root".to_owned(), None, None, None),
                BaseReason::Pinned => ("pinned".to_owned(), None, None, None),
                BaseReason::MergeBase { merge_base, against, .. } => {
                    ("merge-base".to_owned(), Some(merge_base), Some(against), None)
                }
                BaseReason::Available { found_in, .. } => ("available".to_owned(), None, None, Some(found_in)),
                BaseReason::Newer(reason) => (reason, None, None, None),
            };
            let super::Base { schema_version, commit, tree, committer_time, interval_seconds, .. } = base;
            let (interval_choice, head, distance) = (base.interval_choice, base.head, base.distance);
            Self {
                schema_version,
                commit,
                tree,
                committer_time,
                boundary,
                interval_seconds,
                interval_choice,
                head,
                distance,
                reason,
                merge_base,
                against,
                found_in,
            }
        }
    }
}

#[cfg(test)]
impl schemars::JsonSchema for Base {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Base".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        json::Base::json_schema(generator)
    }
}

#[cfg(test)]
impl Base {
    /// One for tests: some commits before head, of 2026-01-30 23:21:40 UTC.
    pub(crate) fn example(reason: BaseReason, distance: u64) -> Self {
        Self {
            schema_version: BASE_SCHEMA_VERSION,
            commit: "a".repeat(40).parse().expect("a name"),
            tree: "b".repeat(40).parse().expect("a name"),
            committer_time: 1_769_815_300,
            interval_seconds: Interval::DAY,
            interval_choice: None,
            head: "c".repeat(40).parse().expect("a name"),
            distance,
            reason,
        }
    }
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

    #[test]
    fn a_reason_is_written_with_what_it_follows_from_and_read_again() {
        let commit: CommitId = "a".repeat(40).parse().expect("a name");
        let base = |reason| Base {
            schema_version: BASE_SCHEMA_VERSION,
            commit: commit.clone(),
            tree: "b".repeat(40).parse().expect("a name"),
            committer_time: 5,
            interval_seconds: Interval::DAY,
            interval_choice: None,
            head: commit.clone(),
            distance: 2,
            reason,
        };
        let against = "origin/main".to_owned();
        for (reason, keys) in [
            (BaseReason::BeforeBoundary { boundary: 9 }, vec!["boundary"]),
            (BaseReason::Root { boundary: 9 }, vec!["boundary"]),
            (BaseReason::Pinned, vec![]),
            (
                BaseReason::MergeBase { boundary: 9, merge_base: commit.clone(), against },
                vec!["against", "boundary", "merge_base"],
            ),
            (BaseReason::Available { boundary: 9, found_in: "daemon".to_owned() }, vec!["boundary", "found_in"]),
            (BaseReason::Newer("by-lot".to_owned()), vec![]),
        ] {
            let written = serde_json::to_value(base(reason.clone())).expect("JSON");
            let beside: Vec<&str> = ["against", "boundary", "found_in", "merge_base"]
                .into_iter()
                .filter(|key| written.get(key).is_some())
                .collect();
            assert_eq!(beside, keys);
            assert_eq!(serde_json::from_value::<Base>(written).expect("it is read"), base(reason));
        }
    }

    /// Version 1 had a boundary in every base.
    #[test]
    fn an_older_form_is_read() {
        let name = "a".repeat(40);
        let old = serde_json::json!({
            "schema_version": 1, "commit": name, "tree": name, "committer_time": 5, "boundary": 9,
            "interval_seconds": 86_400, "head": name, "distance": 0, "reason": "pinned",
        });
        assert_eq!(serde_json::from_value::<Base>(old).expect("it is read").reason, BaseReason::Pinned);
    }
}
