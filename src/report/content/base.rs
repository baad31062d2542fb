//! The base that was built on.

use crate::model::revision::Base;
use crate::report::base;
use crate::report::sentence::{Sentence, name, said, sentence};

/// `base a1b2c3d4e5, 15 h and 3 commits before head: the newest commit up to 2026-01-31 00:00 UTC`.
pub(super) fn sentence_of(base: &Base, head: i64) -> Sentence {
    sentence!["base ", name(base.commit.short()), said(format!(", {}: ", base::place(base, head))), base::why(base)]
}
