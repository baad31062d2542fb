//! How the base is chosen: one file for each policy.

mod auto;
mod available;
mod branch;
mod mainline;

use std::fmt;
use std::str::FromStr;

use crate::model::name::Branch;
use crate::model::revision::CommitId;

/// The policies: what a policy is called, and its file. One line more is one policy more.
macro_rules! policies {
    ($($(#[$doc:meta])* $name:ident $module:ident $text:literal;)+) => {
        /// A way to choose the base.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
        pub enum BasePolicy {
            $($(#[$doc])* $name,)+
        }

        impl BasePolicy {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// Returns its name in the settings.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)+
                }
            }

            /// Whether it can look along a main line.
            pub fn has_main_line(self) -> bool {
                let merge = Circumstances { against: Some(Against::DefaultBranch), pull_request: None };
                self == Self::Auto || matches!(self.rule(&merge).from, From::Fork(_))
            }

            /// Returns what it does for a commit of which this is known.
            pub fn rule(self, circumstances: &Circumstances) -> Rule {
                match self {
                    $(Self::$name => $module::rule(circumstances),)+
                }
            }
        }
    };
}

policies! {
    /// For a pull request as `Mainline` and then as `Available`, elsewhere as `Branch`.
    #[default]
    Auto auto "auto";
    /// The newest commit before the boundary on the way back from head.
    Branch branch "branch";
    /// The same on the way back from where head left the main line.
    Mainline mainline "mainline";
    /// Of the bases of the last boundaries the newest whose full build is at hand.
    Available available "available";
}

/// What a policy may know.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Circumstances {
    /// What the main line is, where the user said so.
    pub against: Option<Against>,
    /// The pull request that is being checked.
    pub pull_request: Option<PullRequest>,
}

/// A pull request (a merge request, an entry of a merge queue) that a CI service checks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullRequest {
    /// The branch that it is to be merged into.
    pub target: Branch,
    /// The merge into the target that the service made to be checked. Its first parent is the target's tip.
    pub merge: Option<CommitId>,
}

/// What the main line is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Against {
    /// A revision that the user named.
    Revision(String),
    /// A branch of the remote; of this repository where it has no remote.
    Branch(Branch),
    /// The first parent of head, where head is this merge; else a branch, as in `Branch`.
    FirstParent {
        /// The merge.
        merge: CommitId,
        /// The branch.
        or: Branch,
    },
    /// The branch that the remote says is its default.
    DefaultBranch,
}

/// What a policy comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Where the way back begins.
    pub from: From,
    /// How many boundaries count, the newest first. With more than one, the first whose full build is at hand is taken.
    pub boundaries: usize,
}

/// Where the way back begins. The boundary is that of this commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum From {
    /// At head.
    Head,
    /// Where head left the main line.
    Fork(Against),
}

/// A text that is not the name of a policy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is no base policy; there are {}", .0.escape_debug(), names())]
pub struct UnknownPolicy(String);

fn names() -> String {
    let names: Vec<String> = BasePolicy::ALL.iter().map(|policy| format!("`{policy}`")).collect();
    names.join(", ")
}

impl fmt::Display for BasePolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for BasePolicy {
    type Err = UnknownPolicy;

    fn from_str(text: &str) -> Result<Self, UnknownPolicy> {
        Self::ALL.iter().copied().find(|policy| policy.name() == text).ok_or_else(|| UnknownPolicy(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn branch(name: &str) -> Branch {
        name.parse().expect("a branch")
    }

    #[test]
    fn each_policy_in_each_place() {
        let merge: CommitId = "a".repeat(40).parse().expect("a name");
        let target = |merge| Some(PullRequest { target: branch("main"), merge });
        let named = Some(Against::Revision("v1".to_owned()));
        let places = [
            ("nothing", None, None),
            ("named", named.clone(), None),
            ("pull request", None, target(None)),
            ("merge", None, target(Some(merge.clone()))),
            ("named, merge", named, target(Some(merge))),
        ];
        let told: Vec<String> = BasePolicy::ALL
            .iter()
            .flat_map(|policy| {
                places.iter().map(move |(place, against, pull_request)| {
                    let circumstances = Circumstances { against: against.clone(), pull_request: pull_request.clone() };
                    let Rule { from, boundaries } = policy.rule(&circumstances);
                    format!("{policy}, {place}: {boundaries} from {from:?}")
                })
            })
            .collect();
        insta::assert_snapshot!(told.join("\n"), @r#"
        auto, nothing: 1 from Head
        auto, named: 1 from Head
        auto, pull request: 7 from Fork(Branch("main"))
        auto, merge: 7 from Fork(FirstParent { merge: CommitId("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), or: "main" })
        auto, named, merge: 7 from Fork(Revision("v1"))
        branch, nothing: 1 from Head
        branch, named: 1 from Head
        branch, pull request: 1 from Head
        branch, merge: 1 from Head
        branch, named, merge: 1 from Head
        mainline, nothing: 1 from Fork(DefaultBranch)
        mainline, named: 1 from Fork(Revision("v1"))
        mainline, pull request: 1 from Fork(Branch("main"))
        mainline, merge: 1 from Fork(FirstParent { merge: CommitId("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), or: "main" })
        mainline, named, merge: 1 from Fork(Revision("v1"))
        available, nothing: 7 from Head
        available, named: 7 from Head
        available, pull request: 7 from Head
        available, merge: 7 from Head
        available, named, merge: 7 from Head
        "#);
    }

    #[test]
    fn a_wrong_name_is_answered_by_the_right_ones() {
        assert_eq!("mainline".parse(), Ok(BasePolicy::Mainline));
        assert_eq!(
            "main\n".parse::<BasePolicy>().expect_err("it is none").to_string(),
            r"`main\n` is no base policy; there are `auto`, `branch`, `mainline`, `available`"
        );
    }
}
