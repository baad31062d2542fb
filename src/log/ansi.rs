//! Colours in text.

use std::borrow::Cow;

/// Takes escape sequences (`ESC [ … letter`, `ESC ] … BEL`, `ESC ] … ESC \`) out of a text.
pub(super) fn plain(text: &str) -> Cow<'_, str> {
    let Some(first) = memchr::memchr(b'\x1b', text.as_bytes()) else { return Cow::Borrowed(text) };
    let mut kept = String::with_capacity(text.len());
    kept.push_str(&text[..first]);
    let mut rest = text[first..].chars();
    while let Some(character) = rest.next() {
        if character != '\x1b' {
            kept.push(character);
            continue;
        }
        match rest.next() {
            // Parameters are below '@', the final byte is not (ECMA-48, 5.4).
            Some('[') => drop(rest.find(|c| ('@'..='~').contains(c))),
            // GHC ends a link by the second of the two (ECMA-48, 8.3.143).
            Some(']') => {
                let end = rest.find(|&c| matches!(c, '\x07' | '\x1b'));
                if end == Some('\x1b') {
                    rest.next();
                }
            }
            _ => {}
        }
    }
    Cow::Owned(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_colours_go() {
        assert_eq!(plain("no colour"), "no colour");
        assert_eq!(plain("\x1b[31;1merror:\x1b[0m of '\x1b[35;1mä\x1b[0m'"), "error: of 'ä'");
        assert_eq!(plain("a\x1b]8;;http://x\x07b"), "ab");
        assert_eq!(plain("[\x1b]8;;http://x\x1b\\GHC-1\x1b]8;;\x1b\\]"), "[GHC-1]");
        assert_eq!(plain("cut off \x1b[3"), "cut off ");
        assert_eq!(plain("\x1b"), "");
    }
}
