//! A text of lines as it is written.

use unicode_width::UnicodeWidthChar as _;

use super::style::Paint;
use crate::foreign;

/// The text so far.
pub(super) struct Page {
    /// What is written: lines, each with its end.
    pub(super) text: String,
    /// How it is coloured.
    pub(super) paint: Paint,
    /// How many columns a line has room for.
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
        self.indented(indent, &cut(line, room));
    }
}

/// How many columns a text takes where each letter has one or two: terminals and phones go on character by character.
pub(super) fn width(text: &str) -> usize {
    text.chars().map(columns).sum()
}

/// How many columns a character takes; marks that are put over others take none. What ends a line is a blank in the end.
fn columns(c: char) -> usize {
    c.width().unwrap_or(1)
}

/// The begin of a text that takes no more than so many columns.
pub(super) fn begin(text: &str, room: usize) -> &str {
    let mut taken = 0;
    let end = text.char_indices().find(|(_, c)| {
        taken += columns(*c);
        taken > room
    });
    end.map_or(text, |(end, _)| &text[..end])
}

/// The end of a text that takes no more than so many columns.
pub(super) fn end(text: &str, room: usize) -> &str {
    let (mut taken, mut start) = (0, text.len());
    for (at, c) in text.char_indices().rev() {
        taken += columns(c);
        if taken > room {
            break;
        }
        // A mark without what it is put over would be put over something else.
        if columns(c) > 0 {
            start = at;
        }
    }
    &text[start..]
}

/// A text cut to a number of columns, with a sign where something is missing.
pub(super) fn cut(text: &str, room: usize) -> String {
    if width(text) <= room { text.to_owned() } else { format!("{}…", begin(text, room.saturating_sub(1))) }
}

/// A text with blanks behind it, so that it takes at least so many columns.
pub(super) fn padded(text: &str, room: usize) -> String {
    format!("{text}{}", " ".repeat(room.saturating_sub(width(text))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_counted_and_not_characters() {
        for (text, room, begun, ended, whole) in [
            ("Data.Map", 4, "Data", ".Map", "Dat…"),
            ("漢字漢字", 5, "漢字", "漢字", "漢字…"),
            ("漢字漢字", 8, "漢字漢字", "漢字漢字", "漢字漢字"),
            ("🎉a🎉", 3, "🎉a", "a🎉", "🎉…"),
            ("ae\u{301}io", 2, "ae\u{301}", "io", "a…"),
            ("ae\u{301}i", 2, "ae\u{301}", "e\u{301}i", "a…"),
        ] {
            assert_eq!((begin(text, room), end(text, room), cut(text, room).as_str()), (begun, ended, whole), "{text}");
        }
        assert_eq!((padded("漢", 4), padded("漢", 1)), ("漢  ".to_owned(), "漢".to_owned()));
    }

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
