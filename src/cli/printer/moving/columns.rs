//! Texts in columns of a terminal.

use std::borrow::Cow;

use unicode_width::UnicodeWidthChar;

use crate::foreign;

/// What stands for what was cut off.
const CUT: &str = "..";

/// Returns a text as one that is as wide as [`width`] says: one line, and no tab in it.
pub(super) fn even(text: &str) -> Cow<'_, str> {
    match foreign::line(text) {
        text if text.contains('\t') => Cow::Owned(text.replace('\t', " ")),
        text => text,
    }
}

/// Returns how many columns a text takes. Terminals go on character by character, so each counts by itself; marks that
/// are put over others take none.
pub(super) fn width(text: &str) -> usize {
    text.chars().map(|c| c.width().unwrap_or(0)).sum()
}

/// Returns the begin of a text that is no wider than this, with a sign where something is missing.
pub(super) fn begin(text: &str, columns: usize) -> Cow<'_, str> {
    if width(text) <= columns {
        return Cow::Borrowed(text);
    }
    let room = columns.saturating_sub(CUT.len());
    let mut taken = 0;
    let fits = |c: &char| {
        taken += c.width().unwrap_or(0);
        taken <= room
    };
    let kept: String = text.chars().take_while(fits).collect();
    Cow::Owned(kept + sign(columns))
}

/// Returns the end of a text that is no wider than this, with a sign where something is missing: of a module's name the
/// end says most.
pub(super) fn end(text: &str, columns: usize) -> Cow<'_, str> {
    if width(text) <= columns {
        return Cow::Borrowed(text);
    }
    let room = columns.saturating_sub(CUT.len());
    let mut taken = 0;
    let mut start = text.len();
    for (at, c) in text.char_indices().rev() {
        taken += c.width().unwrap_or(0);
        if taken > room {
            break;
        }
        // A mark without what it is put over would be put over the sign.
        if c.width().unwrap_or(0) > 0 {
            start = at;
        }
    }
    Cow::Owned(format!("{}{}", sign(columns), &text[start..]))
}

fn sign(columns: usize) -> &'static str {
    &CUT[..columns.min(CUT.len())]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_too_wide_is_cut() {
        for (text, columns, begun, ended) in [
            ("Data.Map", 8, "Data.Map", "Data.Map"),
            ("Data.Map", 7, "Data...", "..a.Map"),
            ("Data.Map", 5, "Dat..", "..Map"),
            ("Data.Map", 2, "..", ".."),
            ("Data.Map", 1, ".", "."),
            ("Data.Map", 0, "", ""),
            // Two columns each.
            ("漢字漢字", 8, "漢字漢字", "漢字漢字"),
            ("漢字漢字", 7, "漢字..", "..漢字"),
            ("漢字漢字", 5, "漢..", "..字"),
            // An accent over the letter before.
            ("ae\u{301}io", 4, "ae\u{301}io", "ae\u{301}io"),
            ("ae\u{301}io", 3, "a..", "..o"),
            ("aoe\u{301}", 2, "..", ".."),
        ] {
            assert_eq!(begin(text, columns), begun, "{text} {columns}");
            assert_eq!(end(text, columns), ended, "{text} {columns}");
        }
        assert_eq!(even("a\tb\x1b[2J\nc"), "a b c");
    }

    proptest! {
        #[test]
        fn nothing_is_wider_than_it_may_be(text in "[a.漢\u{301}👩\u{200d}é]{0,20}", columns in 0usize..20) {
            prop_assert!(width(&begin(&text, columns)) <= columns);
            prop_assert!(width(&end(&text, columns)) <= columns);
        }
    }
}
