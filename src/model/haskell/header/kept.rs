//! Headers by the content of their sources, so that no source is scanned twice.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Header, SourceKind, VERSION, scan, scan_included};

/// Stands for all that a header depends on: the bytes, how they are read, and the version of the scanner.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Key(String);

impl Key {
    /// That of a source of this name.
    pub fn of(name: &str, bytes: &[u8]) -> Self {
        // Its ending alone matters.
        SourceKind::of(name)
            .map_or_else(|| Self::new(b"unknown", bytes), |kind| Self::new(kind.tag().as_bytes(), bytes))
    }

    /// That of a file that `#include` names.
    pub fn of_included(bytes: &[u8]) -> Self {
        Self::new(b"included", bytes)
    }

    fn new(kind: &[u8], bytes: &[u8]) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key("hinc, headers of Haskell sources");
        hasher.update(&VERSION.to_le_bytes());
        hasher.update(&(kind.len() as u64).to_le_bytes());
        hasher.update(kind);
        hasher.update(bytes);
        Self(hasher.finalize().to_hex().to_string())
    }
}

/// Headers that were found before. What keeps them is the caller's; keys of an older scanner are never asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Scanned {
    headers: BTreeMap<Key, Header>,
    #[serde(skip)]
    asked: BTreeSet<Key>,
}

impl Scanned {
    /// The header of a source; scans it where it is not known.
    pub fn header(&mut self, name: &str, bytes: &[u8]) -> &Header {
        self.of(Key::of(name, bytes), || scan(name, bytes))
    }

    /// The header of a file that `#include` names.
    pub fn included(&mut self, bytes: &[u8]) -> &Header {
        self.of(Key::of_included(bytes), || scan_included(bytes))
    }

    /// Forgets all that was not asked for since this was read, so that what is kept does not grow for ever.
    pub fn forget_the_rest(&mut self) {
        self.headers.retain(|key, _| self.asked.contains(key));
    }

    /// How many headers are known.
    pub fn len(&self) -> usize {
        self.headers.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.headers.is_empty()
    }

    fn of(&mut self, key: Key, scan: impl FnOnce() -> Header) -> &Header {
        self.asked.insert(key.clone());
        self.headers.entry(key).or_insert_with(scan)
    }
}
