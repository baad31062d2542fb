//! Who makes a full build that several jobs want at the same time.
//!
//! A binary cache takes objects and hardly ever gives one back, and none can be written under the condition that it is
//! not there. So a claim is made of store paths whose names anybody can work out: that one is there is all that it says.
//!
//! Time is divided into windows. A job that finds nobody at work puts down a *ticket* of this window, and waits until
//! those who did the same at that time are seen. The lowest ticket wins. The winner holds the claim: it puts down another
//! path for each window, as long as it is at work. One that was killed puts down none, so a claim ends by itself.
//!
//! Where clocks differ by more than a window, or a cache takes longer than [`SETTLE`] to show what was written, two jobs
//! may both win. Then the full build is made twice, as without a claim.

use std::time::Duration;

use super::store::StorePath;

/// How long a window is. A claim is seen for the window that it was made in and for the next one.
pub const WINDOW: Duration = Duration::from_secs(60);

/// How long those that put down a ticket wait for the others.
pub const SETTLE: Duration = Duration::from_secs(4);

/// How many digits a ticket has, of base 16. Two of some thousand jobs draw the same.
const DIGITS: usize = 3;

/// What is claimed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    key: String,
}

impl Subject {
    /// Of the intermediates of some full builds, in whatever order.
    pub fn of<'a>(intermediates: impl IntoIterator<Item = &'a StorePath>) -> Self {
        let mut paths: Vec<&str> = intermediates.into_iter().map(StorePath::as_str).collect();
        paths.sort_unstable();
        let mut key = blake3::hash(paths.join("\n").as_bytes()).to_hex().to_string();
        key.truncate(32);
        Self { key }
    }

    /// The name of what a job puts down that is at work in a window.
    pub fn held(&self, window: i64) -> String {
        format!("hinc-{}-held-{window}", self.key)
    }

    /// The names that say that somebody is at work. Clocks may differ by a window.
    pub fn held_now(&self, window: i64) -> [String; 3] {
        [window - 1, window, window + 1].map(|window| self.held(window))
    }

    fn ticket(&self, window: i64, digits: &[u8]) -> String {
        let digits: String = digits.iter().filter_map(|&digit| char::from_digit(digit.into(), 16)).collect();
        format!("hinc-{}-ticket-{window}-{digits}", self.key)
    }
}

/// How long before the end of a window nobody draws a ticket: until it is put down and [`SETTLE`] has passed, it is the
/// next window, where others draw.
const EDGE: i64 = 10;

/// A moment, as those who claim something see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// The window.
    pub window: i64,
    /// How many seconds are left of it.
    pub left: i64,
}

impl Moment {
    /// Takes a time in seconds since 1970-01-01 00:00 UTC.
    pub fn at(seconds: i64) -> Self {
        let length = WINDOW.as_secs().cast_signed();
        Self { window: seconds.div_euclid(length), left: length - seconds.rem_euclid(length) }
    }
}

/// What a job drew in a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ticket {
    window: i64,
    digits: [u8; DIGITS],
}

impl Ticket {
    /// Takes the last digits of a number that was drawn by chance.
    pub fn new(window: i64, drawn: u64) -> Self {
        let digit = |place: usize| u8::try_from((drawn >> (4 * place)) & 0xf).unwrap_or_default();
        Self { window, digits: std::array::from_fn(digit) }
    }

    /// The names of what is put down for it: its first digit, its first two, and so on.
    pub fn names(&self, subject: &Subject) -> Vec<String> {
        (1..=DIGITS).map(|length| subject.ticket(self.window, &self.digits[..length])).collect()
    }

    /// The names of which at least one is there where somebody else has a lower one: a lower digit after the same ones.
    pub fn lower(&self, subject: &Subject) -> Vec<String> {
        let lower_at = |place: usize| {
            let (before, digit) = (&self.digits[..place], self.digits[place]);
            (0..digit).map(move |lower| [before, &[lower]].concat())
        };
        (0..DIGITS).flat_map(lower_at).map(|digits| subject.ticket(self.window, &digits)).collect()
    }
}

/// What is in the caches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Seen {
    /// Somebody is at work.
    pub held: bool,
    /// Somebody has a lower ticket.
    pub lower: bool,
}

/// What is done next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// To look again after a while.
    Wait,
    /// To put down a ticket of this window, and to look again when the others are seen.
    Draw,
    /// To look again in the next window: the tickets of two windows are not compared.
    Later,
    /// To make the full build, and to hold the claim meanwhile.
    Hold,
    /// To make the full build without a claim.
    Build,
}

/// Says what a job does that found that the full build is not there. `drawn` is its ticket, if it has one. `writes` is whether it has a cache to write to: one that has none waits for others, and stops nobody.
pub fn next(seen: Seen, drawn: Option<Ticket>, now: Moment, writes: bool) -> Step {
    match drawn {
        _ if seen.held => Step::Wait,
        _ if !writes => Step::Build,
        Some(_) if !seen.lower => Step::Hold,
        // Who had the lower one did not go to work in all of a window.
        Some(ticket) if ticket.window == now.window => Step::Wait,
        Some(_) | None if now.left <= EDGE => Step::Later,
        Some(_) | None => Step::Draw,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn path(name: &str) -> StorePath {
        StorePath::from_parts(&"0".repeat(32), name).expect("a path")
    }

    fn subject() -> Subject {
        Subject::of([&path("app-intermediates")])
    }

    #[test]
    fn who_waits_and_who_builds() {
        let (mine, held, lower) = (Some(Ticket::new(7, 5)), true, true);
        for (seen, drawn, now, writes, expected) in [
            // Nobody is at work.
            (Seen::default(), None, 7, true, Step::Draw),
            (Seen::default(), None, 7, false, Step::Build),
            (Seen::default(), mine, 7, true, Step::Hold),
            // It took until the next window to see that nobody is before it.
            (Seen::default(), mine, 8, true, Step::Hold),
            // Somebody is.
            (Seen { held, ..Seen::default() }, None, 7, true, Step::Wait),
            (Seen { held, ..Seen::default() }, None, 7, false, Step::Wait),
            (Seen { held, ..Seen::default() }, mine, 9, true, Step::Wait),
            (Seen { held, lower }, mine, 7, true, Step::Wait),
            // Somebody else won, and is about to begin.
            (Seen { lower, ..Seen::default() }, mine, 7, true, Step::Wait),
            // It never began.
            (Seen { lower, ..Seen::default() }, mine, 8, true, Step::Draw),
        ] {
            let moment = Moment { window: now, left: 30 };
            assert_eq!(next(seen, drawn, moment, writes), expected, "{seen:?} {drawn:?} at {now}, writes: {writes}");
            // At the end of a window nobody draws, and all else is the same.
            let late = if expected == Step::Draw { Step::Later } else { expected };
            assert_eq!(next(seen, drawn, Moment { left: 10, ..moment }, writes), late, "{seen:?} {drawn:?}");
        }
    }

    #[test]
    fn a_claim_is_seen_in_its_window_and_the_next_and_by_clocks_that_differ() {
        let subject = subject();
        for (now, seen) in [(5, false), (6, true), (7, true), (8, true), (9, false)] {
            assert_eq!(subject.held_now(now).contains(&subject.held(7)), seen, "{now}");
        }
        let moments = [0, 59, 60, -1].map(Moment::at).map(|moment| (moment.window, moment.left));
        assert_eq!(moments, [(0, 60), (0, 1), (1, 60), (-1, 1)]);
    }

    #[test]
    fn a_subject_is_the_same_in_any_order_and_another_for_other_builds() {
        let (one, two) = (path("one"), path("two"));
        assert_eq!(Subject::of([&one, &two]), Subject::of([&two, &one]));
        assert_ne!(Subject::of([&one, &two]), Subject::of([&one]));
        assert!(path(&subject().held(i64::MAX)).as_str().len() < 150, "it is the name of a store path");
    }

    proptest! {
        /// Whoever puts down what, exactly those with the lowest number see nobody before them.
        #[test]
        fn the_lowest_ticket_wins(drawn in prop::collection::vec(0_u64..0x1000, 1..20)) {
            let subject = subject();
            let tickets: Vec<Ticket> = drawn.iter().map(|&drawn| Ticket::new(1, drawn)).collect();
            let there: BTreeSet<String> = tickets.iter().flat_map(|ticket| ticket.names(&subject)).collect();
            let lowest = tickets.iter().map(|ticket| ticket.digits).min();
            for ticket in &tickets {
                let first = !ticket.lower(&subject).iter().any(|name| there.contains(name));
                prop_assert_eq!(first, Some(ticket.digits) == lowest);
            }
        }
    }
}
