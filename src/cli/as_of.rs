//! The time that a base is chosen for.

use std::str::FromStr;

use chrono::DateTime;

use crate::clock::Clock;

/// A time that the user names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AsOf {
    /// That of the clock.
    Now,
    /// In seconds since 1970-01-01 00:00 UTC.
    Time(i64),
}

impl AsOf {
    /// Returns it in seconds since 1970-01-01 00:00 UTC.
    pub(super) fn seconds(self, clock: Clock) -> i64 {
        match self {
            Self::Now => clock.now().timestamp(),
            Self::Time(seconds) => seconds,
        }
    }
}

impl FromStr for AsOf {
    type Err = &'static str;

    /// Reads `now`, or a time of RFC 3339.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "now" {
            return Ok(Self::Now);
        }
        DateTime::parse_from_rfc3339(text)
            .map(|time| Self::Time(time.timestamp()))
            .map_err(|_| "it is neither `now` nor a time such as `2026-02-01T00:05:00Z`")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_now_or_has_a_zone() {
        let clock = Clock::Fixed(DateTime::UNIX_EPOCH);
        for (text, seconds) in [
            ("now", Some(0)),
            ("1970-01-02T00:00:00Z", Some(86_400)),
            ("1970-01-02T01:00:00+01:00", Some(86_400)),
            ("1969-12-31T23:59:59Z", Some(-1)),
            ("", None),
            ("Now", None),
            ("1970-01-02", None),
            ("1970-01-02T00:00:00", None),
        ] {
            assert_eq!(text.parse::<AsOf>().ok().map(|time| time.seconds(clock)), seconds, "{text}");
        }
    }
}
