//! A sentence in pieces, so that each layout knows which of its words are hinc's own.

use std::borrow::Cow;
use std::fmt;

/// A sentence: hinc's own words, and names that others gave.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sentence(Vec<Piece>);

/// A part of a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Words and numbers of hinc.
    Said(Cow<'static, str>),
    /// A name, a path or words of somebody else, which can hold anything.
    Name(String),
    /// The same, in backticks where there is nothing else to set it off.
    Quoted(String),
}

impl Piece {
    /// Returns its text, without anything that sets it off.
    pub fn text(&self) -> &str {
        match self {
            Self::Said(text) => text,
            Self::Name(text) | Self::Quoted(text) => text,
        }
    }
}

impl Sentence {
    /// Returns its pieces in order.
    pub fn pieces(&self) -> &[Piece] {
        &self.0
    }

    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|piece| piece.text().is_empty())
    }

    /// Returns the parts as one.
    pub(super) fn of(parts: impl IntoIterator<Item = Self>) -> Self {
        Self(parts.into_iter().flat_map(|part| part.0).collect())
    }

    /// Returns the parts as one, with these words between each two.
    pub(super) fn joined(parts: impl IntoIterator<Item = Self>, between: &'static str) -> Self {
        let mut all = Vec::new();
        for part in parts {
            if !all.is_empty() {
                all.push(Piece::Said(Cow::Borrowed(between)));
            }
            all.extend(part.0);
        }
        Self(all)
    }
}

/// Only words that stand in hinc's own source are taken for hinc's.
impl From<&'static str> for Sentence {
    fn from(words: &'static str) -> Self {
        Self(vec![Piece::Said(Cow::Borrowed(words))])
    }
}

/// What hinc itself worked out: a number, a time, a size, an age.
pub(super) fn said(words: String) -> Sentence {
    Sentence(vec![Piece::Said(Cow::Owned(words))])
}

/// Words of others.
pub(super) fn name(text: impl Into<String>) -> Sentence {
    Sentence(vec![Piece::Name(text.into())])
}

/// Words of others that need to be set off.
pub(super) fn quoted(text: impl Into<String>) -> Sentence {
    Sentence(vec![Piece::Quoted(text.into())])
}

/// Makes a sentence of parts.
macro_rules! sentence {
    ($($part:expr),+ $(,)?) => {
        $crate::report::sentence::Sentence::of([$($crate::report::sentence::Sentence::from($part)),+])
    };
}
pub(super) use sentence;

impl fmt::Display for Sentence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|piece| match piece {
            Piece::Said(text) => f.write_str(text),
            Piece::Name(text) => f.write_str(text),
            Piece::Quoted(text) => write!(f, "`{text}`"),
        })
    }
}
