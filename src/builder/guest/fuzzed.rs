//! Readers of what a guest, QEMU and this machine answer, for `fuzz/` alone: hinc itself asks them.

use super::{emulate, gc, port, qmp, status, store, wait};
use crate::model::store::StorePath;

/// Reads a text as each of the answers, and returns the store paths in it.
pub fn answers(text: &str) -> Vec<StorePath> {
    drop((wait::answer(text), status::answer(text), gc::read(text), emulate::warnings(text)));
    drop((qmp::connections(text), port::holder_by_lsof(text), port::listening_inode(text, 22)));
    store::registered_since(text, 0).unwrap_or_default()
}
