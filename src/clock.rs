//! The time of day.
//!
//! Layer 0, and the only place that asks the system for it. A base does not depend on
//! the clock unless `--as-of now` asks for that: only ages, durations and the time of a record do.

use chrono::{DateTime, Utc};

/// Where the time comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    /// The system's clock.
    System,
    /// A clock that stands still, for tests and recordings.
    Fixed(DateTime<Utc>),
}

impl Clock {
    /// Returns the time now.
    #[expect(clippy::disallowed_methods, reason = "this is the module that the ban points to")]
    pub fn now(self) -> DateTime<Utc> {
        match self {
            Self::System => Utc::now(),
            Self::Fixed(time) => time,
        }
    }
}
