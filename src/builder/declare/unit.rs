//! The one writer of units of systemd.

use super::Error;
use crate::model::name::BuilderWord;

/// A word that a unit can hold, as it is written: in quotes where it needs them. A `%` would begin something that
/// systemd puts in.
pub(super) struct Word(String);

impl Word {
    /// Takes a text. One with a line end, or with what terminals obey, is refused.
    pub(super) fn new(text: &str) -> Result<Self, Error> {
        if text.contains(|c: char| c.is_control() && c != '\t') {
            return Err(Error::Character { format: "a unit of systemd", text: text.to_owned() });
        }
        let plain = |c: char| c.is_ascii_alphanumeric() || "/-_.:=+,@%$".contains(c);
        let escaped = text.replace('\\', r"\\").replace('"', "\\\"").replace('%', "%%").replace('\t', r"\t");
        Ok(Self(if !text.is_empty() && text.chars().all(plain) { escaped } else { format!("\"{escaped}\"") }))
    }
}

/// A unit, so far.
#[derive(Default)]
pub(super) struct Unit(String);

impl Unit {
    /// A comment of hinc's own words.
    pub(super) fn comment(mut self, text: &'static str) -> Self {
        self.line(&["# ", text]);
        self
    }

    /// A line of hinc's own words around the name of a builder, which has letters, digits and hyphens.
    pub(super) fn named(mut self, before: &'static str, name: &BuilderWord, after: &'static str) -> Self {
        self.line(&[before, name, after]);
        self
    }

    /// Begins a section, after an empty line but at the beginning.
    pub(super) fn section(mut self, name: &'static str) -> Self {
        if self.0.contains("\n[") {
            self.line(&[]);
        }
        self.line(&["[", name, "]"]);
        self
    }

    /// Sets a key to hinc's own words.
    pub(super) fn fixed(mut self, key: &'static str, value: &'static str) -> Self {
        self.line(&[key, "=", value]);
        self
    }

    /// Sets a key to a number of seconds.
    pub(super) fn seconds(mut self, key: &'static str, seconds: u32) -> Self {
        self.line(&[key, "=", &seconds.to_string()]);
        self
    }

    /// Sets a key to a word, which is one item of a list there.
    pub(super) fn word(mut self, key: &'static str, Word(word): &Word) -> Self {
        self.line(&[key, "=", word]);
        self
    }

    /// Sets a key to a command. In the program's path a `$` is only a `$`; in the words after it, it would begin a
    /// variable.
    pub(super) fn command(mut self, key: &'static str, Word(program): &Word, words: &[Word]) -> Self {
        let words: Vec<String> = words.iter().map(|Word(word)| format!(" {}", word.replace('$', "$$"))).collect();
        self.line(&[key, "=", program, &words.concat()]);
        self
    }

    /// Returns the text.
    pub(super) fn text(self) -> String {
        self.0
    }

    fn line(&mut self, parts: &[&str]) {
        self.0.extend(parts.iter().copied().chain(["\n"]));
    }
}
