//! The GHC that the machine has.

use serde::{Deserialize, Serialize};

/// A GHC outside of the store, with what a derivation must say of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Toolchain {
    /// The path of `ghc`.
    pub ghc: String,
    /// Its version, such as `9.6.6`.
    pub ghc_version: String,
    /// The system it builds on and for, as Nix writes it: `x86_64-linux`.
    pub system: String,
    /// The shell that runs the builder: bash, outside of the store.
    pub shell: String,
    /// The search path inside of the build.
    pub path: String,
    /// A digest of all that decides what this toolchain makes: GHC's `--info`, the unit
    /// ids and ABI hashes of its package database, the C compiler. In hexadecimal digits.
    pub fingerprint: String,
}
