//! The last lines of a log.

use std::collections::VecDeque;

/// How many lines are kept.
const LINES: usize = 30;

/// Keeps the last lines of a log, and no more.
#[derive(Debug, Default)]
pub(super) struct Tail(VecDeque<String>);

impl Tail {
    /// Adds a line, in the memory of the one that falls out.
    pub(super) fn push(&mut self, line: &str) {
        let mut text = if self.0.len() == LINES { self.0.pop_front().unwrap_or_default() } else { String::new() };
        text.clear();
        text.push_str(line);
        self.0.push_back(text);
    }

    /// Returns the lines, oldest first.
    pub(super) fn into_lines(self) -> Vec<String> {
        self.0.into()
    }
}
