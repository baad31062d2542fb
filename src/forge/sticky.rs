//! What becomes of the one comment that a job has on a pull request.
//!
//! To write a new comment mails people, to write it anew does not. So it is made where a reader should act, and kept up
//! to date from then on. Builds end in any order: the comment is of the newest commit, and of the latest run of it.

use super::{Author, Comment, Marker};

/// Whether a reader of the report should act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Worth {
    /// Something is to be done or to be known: worth a mail.
    Acting,
    /// All went as usual.
    Routine,
}

/// When a comment is made where there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Wish {
    /// Where a reader should act.
    #[default]
    WhereWorth,
    /// Always.
    Always,
    /// Never: one that is there is kept up to date.
    Never,
}

/// Why nothing is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// It says the same already.
    Unchanged,
    /// There is none, and nobody has to act.
    NotWorth,
    /// There is none, and none is to be made.
    Never,
    /// There is none, and the pull request has a newer commit, whose build will say more.
    Superseded,
    /// It is of a newer commit.
    NewerCommit,
    /// It is of a later run.
    LaterRun,
    /// A newer hinc wrote it, in a form that this one does not know.
    NewerForm,
}

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decision {
    /// A new comment.
    Create,
    /// This comment anew.
    Update(u64),
    /// Nothing.
    Keep(Kept),
}

/// What is to be posted.
pub(super) struct Ours<'a> {
    pub(super) marker: &'a Marker,
    /// The text without the marker.
    pub(super) text: &'a str,
    pub(super) worth: Worth,
    pub(super) wish: Wish,
}

/// Decides, from the comments with a marker (of whomever), who posts, and the head of the pull request now.
pub(super) fn decide(comments: &[Comment], viewer: &Author, head_now: &str, ours: &Ours<'_>) -> Decision {
    let own = comments.iter().filter(|comment| comment.author.is(viewer) && comment.marker.key == ours.marker.key);
    // Two runs that began at once may each have made one: the latest of them counts, and of equal ones the first.
    let found = own.reduce(|best, other| if other.marker.is_later_than(&best.marker) { other } else { best });
    let is_of_head = ours.marker.head == head_now;
    let Some(found) = found else {
        return match (is_of_head, ours.wish, ours.worth) {
            (_, Wish::Never, _) => Decision::Keep(Kept::Never),
            (false, ..) => Decision::Keep(Kept::Superseded),
            (true, Wish::WhereWorth, Worth::Routine) => Decision::Keep(Kept::NotWorth),
            (true, Wish::Always, _) | (true, Wish::WhereWorth, Worth::Acting) => Decision::Create,
        };
    };
    let theirs = &found.marker;
    if !theirs.is_known() {
        return Decision::Keep(Kept::NewerForm);
    }
    // What the pull request's head is decides before any number does: who goes back to an older commit by a forced push
    // has an older run as the right one.
    let same_commit = theirs.head == ours.marker.head;
    let kept = match (same_commit, is_of_head, theirs.head == head_now) {
        (false, true, _) => None,
        (false, false, true) => Some(Kept::NewerCommit),
        (false, false, false) => theirs.is_later_than(ours.marker).then_some(Kept::NewerCommit),
        (true, ..) if theirs.is_later_than(ours.marker) => Some(Kept::LaterRun),
        (true, ..) => (found.text == ours.text.trim_end()).then_some(Kept::Unchanged),
    };
    kept.map_or(Decision::Update(found.id), Decision::Keep)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forge::{Key, Run};

    const OLD: &str = "0000000000000000000000000000000000000000";
    const MIDDLE: &str = "1111111111111111111111111111111111111111";
    const NEW: &str = "2222222222222222222222222222222222222222";

    fn author(id: u64) -> Author {
        Author { id: Some(id), login: format!("user-{id}") }
    }

    fn marker(job: &str, head: &str, number: u64) -> Marker {
        Marker::new(Key::new("CI", job, ""), head.to_owned(), 0, Some(Run { number, attempt: 1 }))
    }

    fn comment(id: u64, by: u64, job: &str, head: &str, run: u64) -> Comment {
        Comment { id, author: author(by), marker: marker(job, head, run), text: format!("of {head}") }
    }

    /// What run 5 of a commit does.
    fn decided(comments: &[Comment], head: &str, head_now: &str, worth: Worth, wish: Wish) -> Decision {
        let marker = marker("build", head, 5);
        let text = format!("of {head}\n");
        decide(comments, &author(1), head_now, &Ours { marker: &marker, text: &text, worth, wish })
    }

    #[test]
    fn a_comment_is_made_where_it_is_worth_a_mail() {
        for (wish, worth, head_now, expected) in [
            (Wish::WhereWorth, Worth::Acting, NEW, Decision::Create),
            (Wish::WhereWorth, Worth::Routine, NEW, Decision::Keep(Kept::NotWorth)),
            (Wish::Always, Worth::Routine, NEW, Decision::Create),
            (Wish::Never, Worth::Acting, NEW, Decision::Keep(Kept::Never)),
            (Wish::Always, Worth::Acting, MIDDLE, Decision::Keep(Kept::Superseded)),
        ] {
            assert_eq!(decided(&[], NEW, head_now, worth, wish), expected, "{wish:?} {worth:?} {head_now}");
        }
    }

    #[test]
    fn one_that_is_there_is_kept_up_to_date() {
        let update = Decision::Update(7);
        for (theirs, their_run, head, head_now, expected) in [
            (OLD, 4, NEW, NEW, update),
            // The same commit: a later run counts.
            (NEW, 4, NEW, NEW, Decision::Keep(Kept::Unchanged)),
            (NEW, 6, NEW, NEW, Decision::Keep(Kept::LaterRun)),
            // Theirs is of the head, and ours is not, whatever the runs.
            (NEW, 4, MIDDLE, NEW, Decision::Keep(Kept::NewerCommit)),
            // A forced push went back to the older commit.
            (NEW, 9, OLD, OLD, update),
            // Neither is of the head: the later run is of the newer commit.
            (OLD, 4, MIDDLE, NEW, update),
            (MIDDLE, 6, OLD, NEW, Decision::Keep(Kept::NewerCommit)),
        ] {
            for wish in [Wish::WhereWorth, Wish::Always, Wish::Never] {
                for worth in [Worth::Acting, Worth::Routine] {
                    let comments = [comment(7, 1, "build", theirs, their_run)];
                    let decision = decided(&comments, head, head_now, worth, wish);
                    assert_eq!(decision, expected, "{theirs} {their_run} {head} {head_now} {wish:?}");
                }
            }
        }
        let changed = [Comment { text: "something else".to_owned(), ..comment(7, 1, "build", NEW, 4) }];
        assert_eq!(decided(&changed, NEW, NEW, Worth::Routine, Wish::WhereWorth), update);
    }

    #[test]
    fn comments_of_others_and_of_other_jobs_are_none_of_ours() {
        let comments = [comment(1, 2, "build", NEW, 9), comment(2, 1, "test", NEW, 9)];
        assert_eq!(decided(&comments, NEW, NEW, Worth::Acting, Wish::WhereWorth), Decision::Create);
        let mut namesake = comment(3, 9, "build", OLD, 1);
        "user-1".clone_into(&mut namesake.author.login);
        assert_eq!(decided(&[namesake.clone()], NEW, NEW, Worth::Acting, Wish::WhereWorth), Decision::Create);
        namesake.author.id = None;
        assert_eq!(decided(&[namesake], NEW, NEW, Worth::Acting, Wish::WhereWorth), Decision::Update(3));
    }

    #[test]
    fn of_two_the_latest_counts() {
        let twice = [comment(1, 1, "build", OLD, 3), comment(2, 1, "build", MIDDLE, 4), comment(3, 1, "build", OLD, 3)];
        assert_eq!(decided(&twice, NEW, NEW, Worth::Routine, Wish::WhereWorth), Decision::Update(2));
        let same = [comment(1, 1, "build", OLD, 3), comment(2, 1, "build", OLD, 3)];
        assert_eq!(decided(&same, NEW, NEW, Worth::Routine, Wish::WhereWorth), Decision::Update(1));
    }

    #[test]
    fn a_form_of_a_newer_hinc_is_left_alone() {
        let body = marker("build", OLD, 1).under("x").replace(" v1 ", " v2 ");
        let comments = [Comment::read(7, Some(author(1)), &body).expect("a marker")];
        let decision = decided(&comments, NEW, NEW, Worth::Acting, Wish::Always);
        assert_eq!(decision, Decision::Keep(Kept::NewerForm));
    }
}
