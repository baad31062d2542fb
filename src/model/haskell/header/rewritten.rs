//! What the C preprocessor can make of a text before it looks at lines and macros.
//!
//! It joins lines, and takes comments of C out. How it does so depends on the program, so each way is a text of its own.

use memchr::{memchr_iter, memmem};

/// The other texts that a text can be read as. None where it has nothing of the kind.
pub(super) fn others(text: &[u8]) -> Vec<Vec<u8>> {
    let mut others = without_comments(text);
    if let Some(joined) = joined(text) {
        others.extend(without_comments(&joined));
        others.push(joined);
    }
    others
}

/// Lines that end with a backslash, and the next ones, as one. A comment to the end of the line then goes on, too.
fn joined(text: &[u8]) -> Option<Vec<u8>> {
    let mut joined = Vec::new();
    let mut copied = 0;
    for backslash in memchr_iter(b'\\', text) {
        let blanks = text[backslash + 1..].iter().take_while(|byte| b" \t\r".contains(byte)).count();
        let end = backslash + 1 + blanks;
        if text.get(end) == Some(&b'\n') {
            joined.extend_from_slice(&text[copied..backslash]);
            copied = end + 1;
        }
    }
    joined.extend_from_slice(&text[copied..]);
    (copied > 0).then_some(joined)
}

/// The text without comments of C, once for each way to do it: found everywhere, and not after a quote in the same line,
/// as GCC does it; with a blank in their place, and without, as GCC does it.
fn without_comments(text: &[u8]) -> Vec<Vec<u8>> {
    // A comment that does not end is none: the C preprocessor then fails.
    let ends = |open: usize| memmem::rfind(text, b"*/").is_some_and(|close| close >= open + 2);
    if !memmem::find(text, b"/*").is_some_and(ends) {
        return Vec::new();
    }
    let mut ways = Vec::new();
    for joins in [false, true] {
        let mut quotes = Quotes::default();
        for way in [without(text, joins, |_, _| true), without(text, joins, |from, at| !quotes.open_at(text, from, at))]
        {
            if !ways.contains(&way) && way != text {
                ways.push(way);
            }
        }
    }
    ways
}

/// Leaves comments out, where `begins` (from the end of the comment before, at) allows. Lines in them are gone too.
/// Where `joins`, there is no blank between two parts of a word.
fn without(text: &[u8], joins: bool, mut begins: impl FnMut(usize, usize) -> bool) -> Vec<u8> {
    let mut rest = Vec::with_capacity(text.len());
    let (mut copied, mut looked) = (0, 0);
    let is_word = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || b"_'.".contains(byte));
    while let Some(found) = memmem::find(&text[looked..], b"/*") {
        let open = looked + found;
        if !begins(copied, open) {
            looked = open + 1;
            continue;
        }
        let Some(length) = memmem::find(&text[open + 2..], b"*/") else { break };
        let close = open + 2 + length + 2;
        rest.extend_from_slice(&text[copied..open]);
        if !(joins && is_word(rest.last()) && is_word(text.get(close))) {
            rest.push(b' ');
        }
        (copied, looked) = (close, close);
    }
    rest.extend_from_slice(&text[copied..]);
    rest
}

/// Follows the quotes of a text, each line by itself.
#[derive(Default)]
struct Quotes {
    followed: usize,
    open: Option<u8>,
}

impl Quotes {
    /// Whether a quote is open. `at` never goes back; what lies before `from` is a comment, or was followed.
    fn open_at(&mut self, text: &[u8], from: usize, at: usize) -> bool {
        let mut escaped = false;
        for &byte in &text[from.max(self.followed)..at] {
            if byte == b'\n' {
                self.open = None;
            } else if escaped {
                escaped = false;
            } else if byte == b'\\' {
                escaped = self.open.is_some();
            } else if self.open == Some(byte) {
                self.open = None;
            } else if self.open.is_none() && b"\"'".contains(&byte) {
                self.open = Some(byte);
            }
        }
        self.followed = at;
        self.open.is_some()
    }
}
