//! A tree as a store path.

use serde::{Deserialize, Serialize};

use super::revision::TreeId;
use super::store::{NarHash, StorePath};

/// The name of every source in the store. It holds neither a revision nor a date, so that
/// equal trees are one path.
pub const SOURCE_NAME: &str = "source";

/// The version of the JSON that describes a source.
pub const SOURCE_SCHEMA_VERSION: u32 = 1;

/// A git tree and the store path that its content has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceTree {
    /// The tree.
    pub tree: TreeId,
    /// The hash of its NAR.
    pub nar_hash: NarHash,
    /// The size of its NAR, in bytes.
    pub nar_size: u64,
    /// Its content-addressed path.
    pub store_path: StorePath,
}
