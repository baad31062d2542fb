//! A text of lines as it is written.

use super::style::Paint;
use crate::foreign;

/// The text so far.
pub(super) struct Page {
    /// What is written: lines, each with its end.
    pub(super) text: String,
    /// How it is coloured.
    pub(super) paint: Paint,
    /// How many characters a line has room for.
    pub(super) width: usize,
}

impl Page {
    /// A line, whatever a name or a program's words in it hold.
    pub(super) fn line(&mut self, line: &str) {
        let line = line.trim_end();
        self.text.push_str(&if self.paint.colour { foreign::coloured_line(line) } else { foreign::line(line) });
        self.text.push('\n');
    }

    /// A line of another program, as it wrote it: compilers' places stay where editors look for them.
    /// One that begins as a line of hinc's does is marked.
    pub(super) fn of_program(&mut self, line: &str) {
        let plain = foreign::line(line).trim_start().to_ascii_lowercase();
        let is_like_ours = ["hint:", "error:", "note:", "warning:"].iter().any(|word| plain.starts_with(word));
        let mark = if is_like_ours { "> " } else { "" };
        self.line(&format!("{mark}{line}"));
    }

    /// A sentence, broken at blanks, indented.
    pub(super) fn sentence(&mut self, indent: usize, text: &str) {
        let mut line = String::new();
        for word in text.split(' ') {
            if !line.is_empty() && indent + width(&line) + 1 + width(word) > self.width {
                let whole = format!("{:indent$}{}", "", self.paint.faint(&line));
                self.line(&whole);
                line.clear();
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        let whole = format!("{:indent$}{}", "", self.paint.faint(&line));
        self.line(&whole);
    }

    /// A line, indented.
    pub(super) fn indented(&mut self, indent: usize, line: &str) {
        self.line(&format!("{:indent$}{line}", ""));
    }

    /// The same, cut to what the reader has room for.
    pub(super) fn cut(&mut self, indent: usize, line: &str) {
        let room = self.width.saturating_sub(indent);
        if width(line) <= room {
            return self.indented(indent, line);
        }
        let kept: String = line.chars().take(room.saturating_sub(1)).collect();
        self.indented(indent, &format!("{kept}…"));
    }
}

/// The number of columns of a text; letters of double width are rare in names of modules.
pub(super) fn width(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_of_a_program_looks_like_one_of_hinc() {
        let mut page = Page { text: String::new(), paint: Paint { colour: false }, width: 80 };
        for line in [
            "A.hs:1:2: error: x",
            "note: w",
            "hint: run this",
            "\x1b[1mHint:\x1b[0m y",
            "  error: z",
            "a\nhint: b\x1b[2J",
        ] {
            page.of_program(line);
        }
        assert_eq!(page.text, "A.hs:1:2: error: x\n> note: w\n> hint: run this\n> Hint: y\n>   error: z\na hint: b\n");
    }
}
