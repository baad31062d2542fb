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

    /// Returns it cut to a number of characters: names first, in their middle, as both ends tell most; then its end.
    pub(super) fn fitted(&self, room: usize) -> Self {
        let mut pieces = self.0.clone();
        let mut over = pieces.iter().map(|piece| piece.text().chars().count()).sum::<usize>().saturating_sub(room);
        let mut names: Vec<usize> = (0..pieces.len()).filter(|&at| !matches!(pieces[at], Piece::Said(_))).collect();
        names.sort_by_key(|&at| std::cmp::Reverse(pieces[at].text().chars().count()));
        for at in names {
            if let Piece::Name(text) | Piece::Quoted(text) = &mut pieces[at] {
                let long = text.chars().count();
                let short = long.saturating_sub(over).max(SHORTEST.min(long));
                if short < long {
                    *text = without_middle(text, short);
                    over -= long - short;
                }
            }
        }
        if over > 0 {
            let mut left = room.saturating_sub(1);
            pieces.retain_mut(|piece| {
                let kept = left;
                left = left.saturating_sub(piece.text().chars().count());
                match piece {
                    Piece::Said(text) => *text = text.chars().take(kept).collect::<String>().into(),
                    Piece::Name(text) | Piece::Quoted(text) => *text = text.chars().take(kept).collect(),
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

/// To how many characters a name is cut at most.
const SHORTEST: usize = 12;

/// `Data.Ver…ng.Name`, of at least two characters.
fn without_middle(text: &str, length: usize) -> String {
    let all: Vec<char> = text.chars().collect();
    let kept = length.saturating_sub(1);
    let end = kept / 2;
    all[..kept - end].iter().chain(&['…']).chain(&all[all.len() - end..]).collect()
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
    }
}
