//! A sentence in pieces, so that each layout knows which of its words are hinc's own.

use std::borrow::Cow;
use std::fmt;

use super::page::{begin, end, width};
use crate::foreign;

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

    /// Returns it cut to a number of columns: names first, in their middle, as both ends tell most; then its end.
    pub(super) fn fitted(&self, room: usize) -> Self {
        let mut pieces = self.0.clone();
        for piece in &mut pieces {
            if let Piece::Name(text) | Piece::Quoted(text) = piece {
                *text = foreign::line(text).into_owned();
            }
        }
        let mut over = pieces.iter().map(|piece| width(piece.text())).sum::<usize>().saturating_sub(room);
        let mut names: Vec<usize> = (0..pieces.len()).filter(|&at| !matches!(pieces[at], Piece::Said(_))).collect();
        names.sort_by_key(|&at| std::cmp::Reverse(width(pieces[at].text())));
        for at in names {
            if let Piece::Name(text) | Piece::Quoted(text) = &mut pieces[at] {
                let long = width(text);
                let short = long.saturating_sub(over).max(SHORTEST.min(long));
                if short < long {
                    *text = without_middle(text, short);
                    // A letter of two columns is there or not.
                    over = over.saturating_sub(long - width(text));
                }
            }
        }
        if over > 0 {
            let mut left = room.saturating_sub(1);
            pieces.retain_mut(|piece| {
                let kept = left;
                left = left.saturating_sub(width(piece.text()));
                match piece {
                    Piece::Said(text) => *text = begin(text, kept).to_owned().into(),
                    Piece::Name(text) | Piece::Quoted(text) => *text = begin(text, kept).to_owned(),
                }
                kept > 0
            });
            pieces.push(Piece::Said("…".into()));
        }
        Self(pieces)
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

/// To how many columns a name is cut at most.
const SHORTEST: usize = 12;

/// `Data.Ver…ng.Name`, of at most so many columns.
fn without_middle(text: &str, room: usize) -> String {
    let kept = room.saturating_sub(1);
    let behind = kept / 2;
    format!("{}…{}", begin(text, kept - behind), end(text, behind))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_fits() {
        let told = sentence![name("Data.Very.Long.Module.Name"), " of ", name("pkg"), " was edited"];
        for (room, expected) in [
            (80, "Data.Very.Long.Module.Name of pkg was edited"),
            (44, "Data.Very.Long.Module.Name of pkg was edited"),
            (43, "Data.Very.Lo….Module.Name of pkg was edited"),
            (30, "Data.V….Name of pkg was edited"),
            (29, "Data.V….Name of pkg was edit…"),
            (6, "Data.…"),
            (1, "…"),
            (0, "…"),
        ] {
            assert_eq!(told.fitted(room).to_string(), expected, "{room}");
        }
        // Two columns each.
        let told = sentence![name("模块".repeat(20)), " was edited 🎉🎉"];
        for room in 0..100 {
            assert!(width(&told.fitted(room).to_string()) <= room.max(1), "{room}");
        }
        assert_eq!(told.fitted(40).to_string(), "模块模块模块…块模块模块 was edited 🎉🎉");
    }
}
