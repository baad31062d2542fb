//! A base in words: the same for every report and for `hinc base`.

use super::words::{age, counted, moment};
use crate::model::revision::{Base, BaseReason};

/// Says how old it is beside the commit that is built, and how far back: `15 h and 3 commits before head`. The
/// answer is the same at any time. `head` is that commit's committer time, in seconds since 1970.
pub fn place(base: &Base, head: i64) -> String {
    if base.distance == 0 {
        return "head itself".to_owned();
    }
    let before = format!("{} before head", counted(base.distance, "commit"));
    // A clock may have been wrong when one of them was made.
    match head.saturating_sub(base.committer_time) {
        older @ 1.. => format!("{} and {before}", age(older)),
        _ => before,
    }
}

/// Says why it is this one.
pub fn why(base: &Base) -> String {
    let boundary = moment(base.boundary);
    match &base.reason {
        BaseReason::BeforeBoundary => format!("the newest commit up to {boundary}"),
        BaseReason::Root => format!("the root, as every commit is newer than {boundary}"),
        BaseReason::Pinned => "as asked for".to_owned(),
        BaseReason::MergeBase => "where the branch began".to_owned(),
        BaseReason::Available => "its full build was at hand".to_owned(),
        BaseReason::Newer(reason) => format!("a newer hinc chose it, for `{reason}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base(distance: u64) -> Base {
        Base {
            schema_version: 1,
            commit: "a".repeat(40).parse().expect("a name"),
            tree: "b".repeat(40).parse().expect("a name"),
            committer_time: 1_000_000,
            boundary: 1_769_817_600,
            interval_seconds: crate::model::interval::Interval::DAY,
            head: "c".repeat(40).parse().expect("a name"),
            distance,
            reason: BaseReason::BeforeBoundary,
        }
    }

    #[test]
    fn a_base_is_as_old_as_it_is_beside_head() {
        for (distance, head, expected) in [
            (3, 1_000_000 + 54_000, "15 h and 3 commits before head"),
            (1, 1_000_000 + 86_400 * 5, "5 days and 1 commit before head"),
            (1, 1_000_000, "1 commit before head"),
            (1, 0, "1 commit before head"),
            (0, 1_000_000, "head itself"),
        ] {
            assert_eq!(place(&base(distance), head), expected);
        }
    }
}
