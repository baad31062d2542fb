//! The last lines of what a program says.

use std::collections::VecDeque;

/// How long a line that is kept may be, in characters.
const LONGEST: usize = 4096;

/// Keeps the last lines of what a program says, and no more.
#[derive(Debug, Default)]
pub struct LastLines(VecDeque<String>);

impl LastLines {
    /// Adds a line; one without a word is left out, and of a long one the end is.
    pub fn push(&mut self, line: &[u8]) {
        let text = String::from_utf8_lossy(&line[..line.len().min(4 * LONGEST)]);
        let text = text.trim_end();
        if text.is_empty() {
            return;
        }
        if self.0.len() == super::TAIL_LINES {
            self.0.pop_front();
        }
        let mut kept: String = text.chars().take(LONGEST).collect();
        if kept.len() < line.trim_ascii_end().len() && kept.chars().count() == LONGEST {
            kept.push('…');
        }
        self.0.push_back(kept);
    }

    /// Returns the lines, oldest first.
    pub fn into_lines(self) -> Vec<String> {
        self.0.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_are_kept_and_the_long_cut() {
        let mut lines = LastLines::default();
        for number in 0..50 {
            lines.push(format!("{number}\r").as_bytes());
            lines.push(b"  ");
        }
        lines.push("ä".repeat(LONGEST + 1).as_bytes());
        let lines = lines.into_lines();
        assert_eq!((lines.len(), lines[0].as_str()), (super::super::TAIL_LINES, "31"));
        assert_eq!(lines[super::super::TAIL_LINES - 1], format!("{}…", "ä".repeat(LONGEST)));
    }
}
