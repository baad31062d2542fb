//! Intervals of time and their boundaries.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A length of time, in whole seconds, that divides time into pieces. The pieces are
/// counted from 1970-01-01 00:00 UTC, so a day begins at midnight UTC and a week on
/// a Thursday.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Interval {
    seconds: u32,
}

/// Why a text is not an interval.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseIntervalError {
    /// It is not a number with a unit.
    #[error("`{0}` is not a length of time")]
    Malformed(String),
    /// It is less than a second.
    #[error("`{0}` is shorter than a second")]
    TooShort(String),
    /// It is longer than [`Interval::LONGEST`].
    #[error("`{0}` is longer than 52 weeks")]
    TooLong(String),
}

impl Interval {
    /// One day, the default.
    pub const DAY: Self = Self { seconds: 86_400 };

    /// One week.
    pub const WEEK: Self = Self { seconds: 604_800 };

    /// One hour.
    pub const HOUR: Self = Self { seconds: 3600 };

    /// The longest that is accepted, in seconds: 52 weeks. A longer one would make every
    /// build of a year stand on one commit, which no longer is an incremental build.
    pub const LONGEST: u32 = 52 * 7 * 86_400;

    /// Returns its length in seconds, at least 1.
    pub const fn seconds(self) -> u32 {
        self.seconds
    }

    /// Returns the last boundary at or before a time, both in seconds since 1970-01-01
    /// 00:00 UTC. Times before that day have boundaries as well.
    pub const fn boundary(self, time: i64) -> i64 {
        let seconds = self.seconds as i64;
        time.div_euclid(seconds).saturating_mul(seconds)
    }

    /// Returns the boundary of a time and those before it, `count` in all, the newest first.
    pub fn last_boundaries(self, time: i64, count: usize) -> Vec<i64> {
        let before = |boundary: &i64| boundary.checked_sub(self.seconds.into());
        std::iter::successors(Some(self.boundary(time)), before).take(count).collect()
    }
}

impl FromStr for Interval {
    type Err = ParseIntervalError;

    /// Reads `30m`, `1h`, `1d`, `1w`, and sums such as `1h 30m`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // Months and years have no fixed length, so they are no intervals.
        if text.contains('M') || text.contains("mon") || text.contains('y') && !text.contains("day") {
            return match humantime::parse_duration(text) {
                Ok(duration) if duration.as_secs() > u64::from(Self::LONGEST) => {
                    Err(ParseIntervalError::TooLong(text.to_owned()))
                }
                _ => Err(ParseIntervalError::Malformed(text.to_owned())),
            };
        }
        let duration = match humantime::parse_duration(text) {
            Ok(duration) => duration,
            Err(humantime::DurationError::NumberOverflow) => return Err(ParseIntervalError::TooLong(text.to_owned())),
            Err(_) if text.trim() == "0" => return Err(ParseIntervalError::TooShort(text.to_owned())),
            Err(_) => return Err(ParseIntervalError::Malformed(text.to_owned())),
        };
        match u32::try_from(duration.as_secs()) {
            Ok(0) => Err(ParseIntervalError::TooShort(text.to_owned())),
            Ok(seconds) if seconds <= Self::LONGEST => {
                if duration.subsec_nanos() == 0 {
                    Ok(Self { seconds })
                } else {
                    Err(ParseIntervalError::Malformed(text.to_owned()))
                }
            }
            _ => Err(ParseIntervalError::TooLong(text.to_owned())),
        }
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (unit, length) in [("w", 604_800), ("d", 86_400), ("h", 3600), ("m", 60)] {
            if self.seconds.is_multiple_of(length) {
                return write!(f, "{}{unit}", self.seconds / length);
            }
        }
        write!(f, "{}s", self.seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn units_are_read_and_printed() {
        for (text, seconds) in
            [("90s", 90), ("30m", 1800), ("1h", 3600), ("1d", 86_400), ("1w", 604_800), ("2 days", 172_800)]
        {
            let interval: Interval = text.parse().expect(text);
            assert_eq!(interval.seconds(), seconds, "{text}");
            assert_eq!(interval.to_string().parse(), Ok(interval), "{text}");
        }
        assert_eq!(Interval::DAY.to_string(), "1d");
    }

    #[test]
    fn what_is_no_interval_is_refused() {
        use ParseIntervalError::{Malformed, TooLong, TooShort};
        for text in ["", "banana", "-1d", "1", "1 fortnight", "1M", "1500ms"] {
            assert_eq!(text.parse::<Interval>(), Err(Malformed(text.to_owned())), "{text}");
        }
        for text in ["0", "0d", "1ms"] {
            assert_eq!(text.parse::<Interval>(), Err(TooShort(text.to_owned())), "{text}");
        }
        for text in ["1000000y", "1000000 years", "53w", "99999999999999999999d"] {
            assert_eq!(text.parse::<Interval>(), Err(TooLong(text.to_owned())), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_boundary_is_the_last_multiple(time in -10_000_000_000i64..10_000_000_000, seconds in 1u32..=Interval::LONGEST) {
            let boundary = Interval { seconds }.boundary(time);
            prop_assert_eq!(boundary.rem_euclid(i64::from(seconds)), 0);
            prop_assert!(boundary <= time && time - boundary < i64::from(seconds));
        }

        #[test]
        fn no_text_panics(text in ".{0,20}") {
            drop(text.parse::<Interval>());
        }
    }
}
