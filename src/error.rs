//! What every error of a stage can say beyond its message.
//!
//! Layer 0. A stage has one `thiserror` enum; `cli::diagnostic` alone prints it.

use crate::exit::Exit;

/// Advice for the reader of an error: one sentence that says what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint(String);

impl Hint {
    /// Makes a hint of a sentence without a full stop, such as ``run `hinc doctor` ``.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Returns the sentence.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An error that knows how the program ends because of it, and what its reader can do.
pub trait Diagnose: std::error::Error {
    /// Returns the exit code of a command that ends with this error.
    fn exit(&self) -> Exit;

    /// Returns what the reader can do about it, most useful first.
    fn hints(&self) -> Vec<Hint> {
        Vec::new()
    }

    /// Returns the last lines of the program that failed, oldest first, where one did.
    fn tail(&self) -> &[String] {
        &[]
    }
}

/// Returns an error with its causes as one text, and the last line of the program that failed.
pub fn in_one_line(error: &dyn Diagnose) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(source) = cause {
        text = format!("{text}: {source}");
        cause = source.source();
    }
    match error.tail().last() {
        Some(line) => format!("{text} ({})", line.trim()),
        None => text,
    }
}
