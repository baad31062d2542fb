//! Text in Markdown that stays text.
//!
//! Within code no mention, no link to an issue and no emphasis is made of a text
//! (<https://github.github.com/gfm/#code-spans>), so all words of others are set as code.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::foreign;
use crate::report::sentence::{Piece, Sentence};

/// How many characters of a name are shown.
const LONGEST: usize = 200;

/// Sets a sentence in a line, a heading, a list or a cell of a table.
pub(super) fn inline(sentence: &Sentence) -> String {
    let mut written = String::new();
    for piece in sentence.pieces() {
        match piece {
            Piece::Said(words) => written.push_str(&entities(words, |c| !"&<>*_`[]|\\~#@$".contains(c))),
            // Two that touch would be one.
            Piece::Name(text) | Piece::Quoted(text) if written.ends_with('`') => {
                written.push_str(&in_html(&shortened(foreign::line(text).trim())));
            }
            Piece::Name(text) | Piece::Quoted(text) => written.push_str(&code(text)),
        }
    }
    written
}

/// Sets words of others. What could end a code span or a cell is written in HTML.
pub(super) fn code(text: &str) -> String {
    let text = foreign::line(text);
    let text = shortened(text.trim());
    if text.is_empty() {
        return String::new();
    }
    let is_literal = |c| !"`|\\".contains(c);
    if text.chars().all(is_literal) { format!("`{text}`") } else { in_html(&text) }
}

/// Sets a sentence where only HTML is read, as in the line of a folded part.
pub(super) fn html(sentence: &Sentence) -> String {
    let of_piece = |piece: &Piece| match piece {
        Piece::Said(words) => entities(words, is_harmless),
        Piece::Name(text) | Piece::Quoted(text) => in_html(&shortened(foreign::line(text).trim())),
    };
    sentence.pieces().iter().map(of_piece).collect()
}

/// A block of lines of others, with the ends of its lines.
///
/// Returns it with a fence that no line of it can close.
pub(super) fn fenced<'a>(lines: impl Iterator<Item = &'a str>) -> String {
    let lines: Vec<Cow<'_, str>> = lines.map(foreign::line).collect();
    let longest = lines.iter().map(|line| longest_run(line)).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    let mut text = format!("{fence}text\n");
    for line in &lines {
        text.push_str(&line.chars().take(LONGEST * 2).collect::<String>());
        text.push('\n');
    }
    text.push_str(&fence);
    text.push('\n');
    text
}

fn in_html(text: &str) -> String {
    format!("<code>{}</code>", entities(text, is_harmless))
}

/// What no reader of Markdown and no reader of HTML takes for more than a character, wherever it stands.
fn is_harmless(c: char) -> bool {
    c.is_alphanumeric() || ".-/ ,()+='%:;?…".contains(c)
}

fn entities(text: &str, is_kept: impl Fn(char) -> bool) -> String {
    let mut written = String::with_capacity(text.len());
    for c in text.chars() {
        if is_kept(c) {
            written.push(c);
        } else {
            // Writing to a text does not fail.
            write!(written, "&#{};", u32::from(c)).ok();
        }
    }
    written
}

fn shortened(text: &str) -> Cow<'_, str> {
    if text.chars().nth(LONGEST).is_none() {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().take(LONGEST - 1).chain(['…']).collect())
}

fn longest_run(line: &str) -> usize {
    line.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sentence::{name, sentence};

    #[test]
    fn words_of_others_are_code() {
        for (text, expected) in [
            ("Data.Map", "`Data.Map`"),
            ("Data.Map (exe:foo)", "`Data.Map (exe:foo)`"),
            ("/nix/store/x-1.0", "`/nix/store/x-1.0`"),
            ("a`b", "<code>a&#96;b</code>"),
            ("a_b <i> @user #1 ![x](y)", "`a_b <i> @user #1 ![x](y)`"),
            ("a\\|b", "<code>a&#92;&#124;b</code>"),
            ("`</code><script>", "<code>&#96;&#60;/code&#62;&#60;script&#62;</code>"),
            ("a\u{202e}b\x1b[2J\nc", "`ab c`"),
            ("  ", ""),
        ] {
            assert_eq!(code(text), expected);
        }
        assert_eq!(code(&"x".repeat(300)).chars().count(), 202);
        let told = sentence![name("A_B"), " was <edited>"];
        assert_eq!(inline(&told), "`A_B` was &#60;edited&#62;");
        assert_eq!(inline(&sentence![name("a"), name("b")]), "`a`<code>b</code>");
        assert_eq!(html(&told), "<code>A&#95;B</code> was &#60;edited&#62;");
    }

    #[test]
    fn no_line_ends_its_fence() {
        assert_eq!(fenced(["a", "```"].into_iter()), "````text\na\n```\n````\n");
        assert_eq!(fenced(["a\n```\n@b"].into_iter()), "````text\na ``` @b\n````\n");
        assert_eq!(fenced(["x"].into_iter()), "```text\nx\n```\n");
    }
}
