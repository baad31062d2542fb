//! Renders a record.
//!
//! Layer 2. Every renderer is a pure function of a [`Record`]: the same record
//! gives the same bytes. What several of them show (edits and what each set off, the slowest
//! modules) is computed in `cascade`.

pub mod base;
mod beside;
pub mod cascade;
mod failure;
mod page;
mod precautions;
mod read;
mod style;
mod text;
mod transfers;
mod verification;
mod words;

use std::fmt;
use std::str::FromStr;

use crate::model::record::Record;

pub use read::{Error, read};
pub use text::{TextOptions, text};
pub use verification::{verification_json, verification_text};

/// A form of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For a terminal.
    Text,
    /// The record itself.
    Json,
}

impl Format {
    /// Every form, in the order in which help lists them.
    pub const ALL: [Self; 2] = [Self::Text, Self::Json];

    /// Returns its name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|format| format.name() == text);
        found.ok_or_else(|| {
            format!("`{text}` is no form of the report: there are {}", Self::ALL.map(Self::name).join(" and "))
        })
    }
}

/// Returns the record as indented JSON with a line end. `docs/record.md` describes it.
pub fn json(record: &Record) -> Result<String, Error> {
    let mut text = serde_json::to_string_pretty(record).map_err(Error::Write)?;
    text.push('\n');
    Ok(text)
}
