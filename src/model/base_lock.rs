//! The base as Nix code can read it that is evaluated where hinc cannot run.

use serde::Serialize;

use super::revision::{Base, CommitId};
use super::source::SourceTree;

/// The version of the form of a lock; `nix/lib.nix` reads it.
pub const BASE_LOCK_VERSION: u32 = 1;

/// A base and the hash of its files. The names of the fields are those of a flake's lock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BaseLock {
    /// [`BASE_LOCK_VERSION`].
    version: u32,
    /// The commit.
    rev: CommitId,
    /// The hash of its tree as a NAR, as Nix prints it: `sha256-` and base 64.
    nar_hash: String,
    /// Its committer time, in seconds since 1970-01-01 00:00 UTC.
    last_modified: i64,
}

impl BaseLock {
    /// Makes one of a base and its source.
    pub fn of(base: &Base, source: &SourceTree) -> Self {
        Self {
            version: BASE_LOCK_VERSION,
            rev: base.commit.clone(),
            nar_hash: source.nar_hash.sri(),
            last_modified: base.committer_time,
        }
    }
}
