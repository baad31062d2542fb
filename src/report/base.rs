//! A base in words: the same for every report and for `hinc base`.

use super::sentence::{Sentence, name, quoted, said, sentence};
use super::words::{age, counted, moment};
use crate::foreign::line;
use crate::model::revision::{Base, BaseReason};

/// Says how old it is beside the commit that is built, and how far back: `15 h and 3 commits before head`. The
/// answer is the same at any time. `head` is that commit's committer time, in seconds since 1970.
pub fn place(base: &Base, head: i64) -> String {
    if base.commit == base.head {
        return "head itself".to_owned();
    }
    // A clock may have been wrong when one of them was made.
    let older = Some(head.saturating_sub(base.committer_time)).filter(|older| *older > 0).map(age);
    // A base that the user named need not be behind head.
    let steps = Some(base.distance).filter(|steps| *steps > 0).map(|steps| counted(steps, "commit"));
    match (older, steps) {
        (Some(older), Some(steps)) => format!("{older} and {steps} before head"),
        (Some(one), None) | (None, Some(one)) => format!("{one} before head"),
        (None, None) => "not before head".to_owned(),
    }
}

/// Says why it is this one.
pub fn why(base: &Base) -> Sentence {
    let up_to = |boundary: i64| said(format!(" up to {}", moment(boundary)));
    match &base.reason {
        BaseReason::BeforeBoundary { boundary } => sentence!["the newest commit", up_to(*boundary)],
        BaseReason::Root { boundary } => said(format!("the root, as every commit is newer than {}", moment(*boundary))),
        BaseReason::Pinned => "as asked for".into(),
        BaseReason::MergeBase { boundary, merge_base, against } => sentence![
            "the newest commit of ",
            name(line(against)),
            up_to(*boundary),
            ", as head is made upon its ",
            name(merge_base.short())
        ],
        BaseReason::Available { boundary, found_in } => {
            sentence!["the newest commit", up_to(*boundary), ", since its full build is in ", name(line(found_in))]
        }
        BaseReason::Newer(reason) => sentence!["a newer hinc chose it, for ", quoted(line(reason))],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_is_as_old_as_it_is_beside_head() {
        let example = Base::example(BaseReason::Pinned, 0);
        let time = example.committer_time;
        for (commit, distance, head, expected) in [
            ('a', 3, time + 54_000, "15 h and 3 commits before head"),
            ('a', 1, time + 86_400 * 5, "5 days and 1 commit before head"),
            ('a', 1, time, "1 commit before head"),
            ('a', 1, 0, "1 commit before head"),
            ('a', 0, time + 54_000, "15 h before head"),
            ('a', 0, 0, "not before head"),
            ('c', 0, time, "head itself"),
        ] {
            let commit = commit.to_string().repeat(40).parse().expect("a name");
            assert_eq!(place(&Base { commit, distance, ..example.clone() }, head), expected);
        }
    }
}
