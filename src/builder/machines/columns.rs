//! The form with columns: white space between them, `-` for the default.

use std::borrow::Cow;

use super::entry::{self, Entry};
use super::error::Fault;
use crate::model::builder::Builder;
use crate::model::name::HostKey;

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
    let column = |index: usize| {
        words.get(index).filter(|(_, word)| *word != "-").map(|(start, word)| (*start, Cow::Borrowed(*word)))
    };
    let list = |index: usize| {
        let found = words.get(index).filter(|(_, word)| *word != "-");
        found
            .into_iter()
            .flat_map(|(start, word)| {
                word.split(',').filter(|name| !name.is_empty()).map(|name| (*start, Cow::Borrowed(name)))
            })
            .collect()
    };
    let start = words.first().map_or(0, |(start, _)| *start);
    let entry = Entry {
        name: None,
        address: column(0),
        systems: list(1),
        key: column(2),
        jobs: column(3),
        speed: column(4),
        features: list(5),
        mandatory_features: list(6),
        host_key: column(7)
            .map(|(start, key)| host_key(&key).map(|key| (start, key)).map_err(|fault| (start, fault)))
            .transpose()?,
    };
    entry.builder(Fault::NoAddress).map_err(|(at, fault)| (if fault == Fault::NoAddress { start } else { at }, fault))
}

/// Reads a host key that is written in base64.
pub(super) fn host_key(encoded: &str) -> Result<HostKey, Fault> {
    let fault = || Fault::HostKey(encoded.to_owned());
    let bytes = data_encoding::BASE64_NOPAD.decode(encoded.trim_end_matches('=').as_bytes()).map_err(|_| fault())?;
    entry::host_key(&String::from_utf8(bytes).map_err(|_| fault())?).ok_or_else(fault)
}
