//! Store paths and hashes, as Nix writes them.
//!
//! Source of the facts: `doc/manual/source/protocols/store-path.md` in NixOS/nix.

use std::fmt;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;

use data_encoding::{BitOrder, Encoding, Specification};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The store folder that hinc knows. Another one would change every path and no
/// binary cache would serve it.
pub const STORE_DIR: &str = "/nix/store";

/// How many characters the hash part of a store path has: 20 bytes in base 32.
const HASH_LENGTH: usize = 32;

/// The longest name that Nix accepts (`StorePath::MaxPathLen` in `path.hh`).
const LONGEST_NAME: usize = 211;

/// A path directly below the store folder: `/nix/store/HASH-NAME`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(try_from = "String", into = "String")]
pub struct StorePath {
    // Shared: every line of a builder's log becomes an event that names its derivation.
    full: Arc<str>,
}

/// Why a text is not a store path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a store path: {problem}")]
pub struct ParseStorePathError {
    text: String,
    problem: &'static str,
}

impl StorePath {
    /// Joins a hash part and a name, both checked.
    pub fn from_parts(hash: &str, name: &str) -> Result<Self, ParseStorePathError> {
        format!("{STORE_DIR}/{hash}-{name}").parse()
    }

    /// Returns the whole path.
    pub fn as_str(&self) -> &str {
        &self.full
    }

    /// Returns the whole path.
    pub fn as_path(&self) -> &Path {
        Path::new(self.as_str())
    }

    /// Returns the 32 characters of the hash.
    pub fn hash_part(&self) -> &str {
        &self.full[STORE_DIR.len() + 1..=STORE_DIR.len() + HASH_LENGTH]
    }

    /// Returns what follows the hash and its hyphen.
    pub fn name(&self) -> &str {
        &self.full[STORE_DIR.len() + HASH_LENGTH + 2..]
    }

    /// Whether it is a derivation.
    pub fn is_derivation(&self) -> bool {
        self.name().rsplit_once('.').is_some_and(|(_, extension)| extension == "drv")
    }
}

impl FromStr for StorePath {
    type Err = ParseStorePathError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = |problem| ParseStorePathError { text: text.to_owned(), problem };
        let base = text
            .strip_prefix(STORE_DIR)
            .and_then(|rest| rest.strip_prefix('/'))
            .ok_or_else(|| error("it is not below /nix/store"))?;
        let (hash, rest) = base.split_at_checked(HASH_LENGTH).ok_or_else(|| error("it is too short"))?;
        if !hash.bytes().all(|byte| BASE32_ALPHABET.as_bytes().contains(&byte)) {
            return Err(error("its hash has a character that Nix's base 32 does not"));
        }
        let name = rest.strip_prefix('-').ok_or_else(|| error("no hyphen follows its hash"))?;
        check_name(name).map_err(error)?;
        Ok(Self { full: text.into() })
    }
}

/// Checks a name by Nix's rule (`checkName` in `path.cc`).
fn check_name(name: &str) -> Result<(), &'static str> {
    if name.is_empty() {
        return Err("its name is empty");
    }
    if name.len() > LONGEST_NAME {
        return Err("its name is longer than 211 characters");
    }
    if name.contains('/') {
        return Err("it is a path inside of a store path");
    }
    if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-._?=".contains(&byte)) {
        return Err("its name has a character that Nix does not allow");
    }
    Ok(())
}

impl fmt::Display for StorePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.full)
    }
}

impl TryFrom<String> for StorePath {
    type Error = ParseStorePathError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<StorePath> for String {
    fn from(path: StorePath) -> Self {
        path.full.to_string()
    }
}

/// The SHA-256 hash of a NAR.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct NarHash([u8; 32]);

impl NarHash {
    /// Takes a finished digest.
    pub const fn new(digest: [u8; 32]) -> Self {
        Self(digest)
    }

    /// Returns it as `nix hash` prints it: `sha256-` and base 64.
    pub fn sri(&self) -> String {
        format!("sha256-{}", data_encoding::BASE64.encode(&self.0))
    }

    /// Returns it as a narinfo has it: `sha256:` and Nix's base 32.
    pub fn base32(&self) -> String {
        format!("sha256:{}", base32(&self.0))
    }

    /// Returns the path of a content-addressed source with this NAR hash, no references and this
    /// name: what `nix-store --add-fixed --recursive sha256` and `builtins.path` give.
    pub fn source_path(&self, name: &str) -> Result<StorePath, ParseStorePathError> {
        let hex = data_encoding::HEXLOWER.encode(&self.0);
        let fingerprint = Sha256::digest(format!("source:sha256:{hex}:{STORE_DIR}:{name}"));
        StorePath::from_parts(&base32(&fold(&fingerprint)), name)
    }
}

impl FromStr for NarHash {
    type Err = String;

    /// Reads the form of [`NarHash::sri`].
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.strip_prefix("sha256-")
            .and_then(|digest| data_encoding::BASE64.decode(digest.as_bytes()).ok())
            .and_then(|bytes| <[u8; 32]>::try_from(bytes).ok())
            .map(Self)
            .ok_or_else(|| format!("`{text}` is not an SRI hash of SHA-256"))
    }
}

impl Serialize for NarHash {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.sri())
    }
}

impl<'de> Deserialize<'de> for NarHash {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Shortens a digest to 20 bytes by folding it onto itself (`compressHash` in `hash.cc`).
fn fold(digest: &[u8]) -> [u8; 20] {
    let mut folded = [0; 20];
    for (index, byte) in digest.iter().enumerate() {
        folded[index % 20] ^= byte;
    }
    folded
}

const BASE32_ALPHABET: &str = "0123456789abcdfghijklmnpqrsvwxyz";

/// Nix's base 32: its own alphabet, least significant bit first, and then reversed.
fn base32(bytes: &[u8]) -> String {
    let mut text: Vec<char> =
        base32_encoding().map_or_else(Vec::new, |encoding| encoding.encode(bytes).chars().collect());
    text.reverse();
    text.into_iter().collect()
}

fn base32_encoding() -> Option<Encoding> {
    let mut specification = Specification::new();
    specification.symbols.push_str(BASE32_ALPHABET);
    specification.bit_order = BitOrder::LeastSignificantFirst;
    specification.encoding().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    // Printed by `nix-hash --type sha256 --base32 --flat` of an empty file.
    #[test]
    fn base32_is_that_of_nix() {
        let digest: [u8; 32] = Sha256::digest(b"").into();
        assert_eq!(NarHash::new(digest).base32(), "sha256:0mdqa9w1p6cmli6976v4wi0sw9r4p5prkj7lzfd1877wk11c9c73");
    }

    #[test]
    fn an_sri_hash_reads_back() {
        let hash = NarHash::new([7; 32]);
        assert_eq!(hash.sri().parse(), Ok(hash));
        assert!("sha256-AAAA".parse::<NarHash>().is_err());
    }

    #[test]
    fn a_store_path_has_parts() {
        let path: StorePath = "/nix/store/hz99d8gx12kw8cv5hlgfwjm90318wkrw-foo-1.0.drv".parse().expect("a path");
        assert_eq!(path.hash_part(), "hz99d8gx12kw8cv5hlgfwjm90318wkrw");
        assert_eq!(path.name(), "foo-1.0.drv");
        assert!(path.is_derivation());
    }

    #[test]
    fn what_is_no_store_path_is_refused() {
        for text in [
            "",
            "/nix/store",
            "/nix/store/",
            "/nix/store/short-x",
            "/nix/store/hz99d8gx12kw8cv5hlgfwjm90318wkrw",
            "/nix/store/hz99d8gx12kw8cv5hlgfwjm90318wkrw-",
            "/nix/store/hz99d8gx12kw8cv5hlgfwjm90318wkrw-a/b",
            "/nix/store/hz99d8gx12kw8cv5hlgfwjm90318wkre-a",
            "/nix/store/hz99d8gx12kw8cv5hlgfwjm90318wkrw-ä",
            "/tmp/hz99d8gx12kw8cv5hlgfwjm90318wkrw-a",
        ] {
            assert!(text.parse::<StorePath>().is_err(), "{text}");
        }
    }
}
