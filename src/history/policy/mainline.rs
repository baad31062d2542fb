//! The base that the main line had where head left it: all branches that left it on one day share its full build.

use super::{Against, Circumstances, From, PullRequest, Rule};

pub(super) fn rule(circumstances: &Circumstances) -> Rule {
    Rule { from: From::Fork(main_line(circumstances)), boundaries: 1 }
}

/// What the user said comes first, then what the CI service knows.
fn main_line(circumstances: &Circumstances) -> Against {
    match (&circumstances.against, &circumstances.pull_request) {
        (Some(against), _) => against.clone(),
        (None, Some(PullRequest { target, merge: Some(merge) })) => {
            Against::FirstParent { merge: merge.clone(), or: target.clone() }
        }
        (None, Some(PullRequest { target, merge: None })) => Against::Branch(target.clone()),
        (None, None) => Against::DefaultBranch,
    }
}
