//! The form with columns: white space between them, `-` for the default.

use std::borrow::Cow;

use super::entry::{Entry, HostKeyText, Word};
use super::error::Fault;
use crate::model::builder::Builder;

/// The words of a line, each with the number of its first character.
pub(super) fn words(line: &str) -> Vec<(usize, &str)> {
    let mut words = Vec::new();
    let mut begun: Option<(usize, usize)> = None;
    for (index, (byte, character)) in line.char_indices().enumerate() {
        match (character.is_ascii_whitespace(), begun) {
            (false, None) => begun = Some((index, byte)),
            (true, Some((column, from))) => {
                words.push((column, &line[from..byte]));
                begun = None;
            }
            _ => {}
        }
    }
    words.extend(begun.map(|(column, from)| (column, &line[from..])));
    words
}

/// Makes a builder of the columns; a fault comes with the number of its first character.
pub(super) fn builder(words: &[(usize, &str)]) -> Result<Builder, (usize, Fault)> {
    let column = |index: usize| -> Option<Word<'_>> {
        words.get(index).filter(|(_, word)| *word != "-").map(|(start, word)| (*start, Cow::Borrowed(*word)))
    };
    let list = |index: usize| -> Vec<Word<'_>> {
        let Some((start, names)) = column(index) else { return Vec::new() };
        names.split(',').filter(|name| !name.is_empty()).map(|name| (start, Cow::Owned(name.to_owned()))).collect()
    };
    let entry = Entry {
        name: None,
        address: column(0),
        systems: list(1),
        key: column(2),
        jobs: column(3),
        speed: column(4),
        features: list(5),
        mandatory_features: list(6),
        host_key: column(7).map(HostKeyText::Encoded),
    };
    entry.builder((words.first().map_or(0, |(start, _)| *start), Fault::NoAddress))
}
