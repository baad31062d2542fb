//! What made most other modules be compiled.

use super::shortened;
use crate::model::plan::Kind;
use crate::model::record::Build;
use crate::report::cascade;
use crate::report::sentence::{Sentence, name, said, sentence};
use crate::report::words::grouped;

/// `most often the reason: A (12), B (3)`.
pub(super) fn sentence_of(build: &Build, most: usize) -> Option<Sentence> {
    let found = cascade::contagious(build, most);
    if build.kind != Kind::Incremental || found.is_empty() {
        return None;
    }
    let told = found
        .iter()
        .map(|(cause, count)| sentence![name(shortened(cause)), said(format!(" ({})", grouped(*count as u64)))]);
    Some(sentence!["most often the reason: ", Sentence::joined(told, ", ")])
}
