//! Which of many builds and copies are shown, where there is not room for all.

/// No more lines than these are taken, however high the terminal is.
const MOST: usize = 20;

/// How many are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shown {
    /// The first builds.
    pub(super) builds: usize,
    /// The first copies.
    pub(super) transfers: usize,
}

/// Returns how many builds and copies a terminal of a height shows beside a summary, and beside a line for the rest where
/// there is a rest. A line of it stays free, for what is printed above; builds come first, and a third of the room is for
/// copies.
pub(super) fn shown(builds: usize, transfers: usize, height: usize) -> Shown {
    let room = height.saturating_sub(2).min(MOST - 1);
    if builds + transfers <= room {
        return Shown { builds, transfers };
    }
    let Some(room) = room.checked_sub(1) else { return Shown { builds: 0, transfers: 0 } };
    let copies = transfers.min((room / 3).max(room.saturating_sub(builds)));
    Shown { builds: builds.min(room - copies), transfers: copies }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_first_are_shown() {
        for (builds, transfers, height, expected) in [
            (0, 0, 24, (0, 0)),
            (3, 2, 24, (3, 2)),
            (30, 0, 24, (18, 0)),
            (30, 0, 200, (18, 0)),
            (30, 30, 24, (12, 6)),
            (2, 30, 24, (2, 16)),
            (30, 1, 24, (17, 1)),
            (5, 0, 7, (5, 0)),
            (6, 0, 7, (4, 0)),
            (1, 1, 4, (1, 1)),
            (2, 1, 4, (1, 0)),
            (2, 1, 3, (0, 0)),
            (1, 0, 3, (1, 0)),
            (1, 0, 2, (0, 0)),
            (1, 0, 0, (0, 0)),
        ] {
            let Shown { builds: b, transfers: t } = shown(builds, transfers, height);
            assert_eq!((b, t), expected, "{builds} {transfers} {height}");
        }
    }

    proptest! {
        #[test]
        fn it_is_never_more_than_there_is_room(builds in 0usize..50, transfers in 0usize..50, height in 2usize..60) {
            let shown = shown(builds, transfers, height);
            let rest = usize::from(shown.builds < builds || shown.transfers < transfers);
            // In two lines there is room for the summary alone.
            let room = if height == 2 { rest } else { height - 2 };
            prop_assert!(shown.builds + shown.transfers + rest <= room);
            prop_assert!(shown.builds + shown.transfers + rest < MOST);
            prop_assert!(shown.builds <= builds && shown.transfers <= transfers);
        }
    }
}
