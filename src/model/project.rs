//! What tells the projects of a machine apart.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

/// How many hexadecimal digits a key has.
const DIGITS: usize = 12;

/// A short name for the folder of a project, made of its path: part of the names of what hinc keeps for it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProjectKey(String);

impl ProjectKey {
    /// Returns the key of a project by the top of its work tree.
    pub fn of(project: &Path) -> Self {
        let mut digest = blake3::hash(project.as_os_str().as_encoded_bytes()).to_hex().to_string();
        digest.truncate(DIGITS);
        Self(digest)
    }

    /// Returns the digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ProjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a text is no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("it is not {DIGITS} hexadecimal digits")]
pub struct NoKey;

impl FromStr for ProjectKey {
    type Err = NoKey;

    fn from_str(text: &str) -> Result<Self, NoKey> {
        let digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if text.len() == DIGITS && text.bytes().all(digit) { Ok(Self(text.to_owned())) } else { Err(NoKey) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_of_the_path_and_read_again() {
        let key = ProjectKey::of(Path::new("/home/ann/project"));
        assert_eq!(key.as_str().parse(), Ok(key.clone()));
        assert_ne!(key, ProjectKey::of(Path::new("/home/ann/other")));
        for wrong in ["", "..", "0123456789ab/", "0123456789AB", "0123456789abc"] {
            assert_eq!(wrong.parse::<ProjectKey>(), Err(NoKey), "{wrong}");
        }
    }
}
