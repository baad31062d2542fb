//! What has to hold for any bytes at all that hinc reads of others.
//!
//! Each file is one reader: `hold` panics where something does not. A target of cargo-fuzz calls it with
//! bytes that it makes up, and `tests/it/fuzz_corpus.rs` with those of `fuzz/corpus`.

mod builder;
mod cabal;
mod description;
mod imports;
mod log;
mod machines;
mod nix;
mod record;
mod settings;

use hinc::error::Diagnose;

type Property = fn(&[u8]);

/// Each reader by the name of its target, which is that of its folder in `fuzz/corpus`.
pub(crate) const READERS: [(&str, Property); 9] = [
    ("builder", builder::hold),
    ("cabal", cabal::hold),
    ("description", description::hold),
    ("imports", imports::hold),
    ("log", log::hold),
    ("machines", machines::hold),
    ("nix", nix::hold),
    ("record", record::hold),
    ("settings", settings::hold),
];

/// Gives bytes to one reader.
pub(crate) fn hold(reader: &str, bytes: &[u8]) {
    let (_, holds) = READERS.iter().find(|(name, _)| *name == reader).expect("a reader");
    holds(bytes);
}

/// Nothing that a terminal or a CI service's runner obeys is in a text of several lines.
#[track_caller]
fn is_harmless(text: &str) {
    for line in text.split('\n') {
        let odd = |c: char| {
            c.is_control() && c != '\t'
                || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        };
        assert!(!line.contains(odd), "{line:?}");
        let small = line.to_ascii_lowercase();
        assert!(!["##[", "##vso[", "##teamcity["].iter().any(|command| small.contains(command)), "{line:?}");
        let begin = line.trim_start();
        assert!(!["::", "---", "+++", "~~~", "^^^"].iter().any(|command| begin.starts_with(command)), "{line:?}");
    }
}

/// One line, and nothing in it that a terminal obeys but colours, which end where it ends.
#[track_caller]
fn is_a_line(text: &str) {
    let mut plain = String::new();
    let mut rest = text;
    let mut open = false;
    while let Some((before, after)) = rest.split_once("\x1b[") {
        plain.push_str(before);
        let length = after.find(|c: char| !c.is_ascii_digit() && !";:".contains(c)).unwrap_or(after.len());
        assert!(after[length..].starts_with('m'), "{text:?}");
        open = !matches!(&after[..length], "" | "0");
        rest = &after[length + 1..];
    }
    plain.push_str(rest);
    assert!(!open, "a colour is left open: {text:?}");
    let odd = |c: char| {
        c.is_control() && c != '\t'
            || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    assert!(!plain.contains(odd), "{text:?}");
}

/// What is printed of an error is harmless, and no word of others in it looks like an error or a hint of hinc's.
#[track_caller]
fn is_told_harmlessly(error: &dyn Diagnose) {
    let (text, hints) = hinc::cli::fuzzed::printed(error);
    is_harmless(&text);
    let begins = |word: &str| text.lines().filter(|line| line.starts_with(word)).count();
    assert_eq!((begins("error:"), begins("hint:"), begins("warning:")), (1, hints, 0), "{text}");
}
