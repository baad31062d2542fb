//! The clock of a builder: a guest that slept is behind by as long.

use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use super::ask::{Said, ask};
use super::probe_error::Error;
use crate::clock::Clock;
use crate::model::builder::Connection;

const ASK: &str = "echo \"hinc-clock $(date +%s)\" >&2\necho 'hinc-set-clock none 0'\n";
const SET: &str = include_str!("set_clock.sh");

/// By how many seconds a clock may be off before it is set.
pub const LARGEST_SKEW: i64 = 2;

/// What became of a clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "clock")]
pub enum ClockSet {
    /// It was right to two seconds, and was left alone.
    Right {
        /// By how many seconds it is ahead; behind where negative.
        skew: i64,
    },
    /// It was set.
    Set {
        /// By how many seconds it was ahead; behind where negative.
        was: i64,
        /// And is now.
        is: i64,
    },
}

/// Sets the clock of a builder where it is off by more than [`LARGEST_SKEW`] seconds, as root or by `sudo`. A clock
/// that this user may not set, and one that does not stay set, are errors.
pub async fn set_clock(connection: &Connection, clock: Clock, cancel: &CancellationToken) -> Result<ClockSet, Error> {
    let was = skew_of(connection, &ask(connection, ASK, &[], clock, cancel).await?)?;
    if was.abs() <= LARGEST_SKEW {
        return Ok(ClockSet::Right { skew: was });
    }
    let step = was.saturating_neg().to_string();
    let said = ask(connection, SET, &[&step], clock, cancel).await?;
    let is = skew_of(connection, &said)?;
    let accepted = said.text.lines().any(|line| line.starts_with("hinc-set-clock ") && line.ends_with(" 0"));
    if accepted && is.abs() <= LARGEST_SKEW {
        return Ok(ClockSet::Set { was, is });
    }
    let words = said.text.lines().filter(|line| !line.starts_with("hinc-set-clock") && !line.trim().is_empty());
    let tail = words.map(str::to_owned).chain(said.tail).collect();
    Err(Error::Clock { builder: connection.name.clone(), skew: is, tail })
}

fn skew_of(connection: &Connection, said: &Said) -> Result<i64, Error> {
    said.skew.ok_or_else(|| Error::Answer {
        builder: connection.name.clone(),
        problem: "it does not say what time it is".to_owned(),
        tail: said.tail.clone(),
    })
}
