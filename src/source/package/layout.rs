//! The layout of `cabal.project`: fields and sections, one within another.
//!
//! The grammar is that of package descriptions ([`super::description`]), of which the project file
//! knows no braces in practice: a section with braces is told as what it is, without its fields.

/// A field or a section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Block {
    /// `NAME: VALUE`, the value over one line or several.
    Field {
        /// Its line, from 1.
        line: usize,
        /// Its name, in lower case.
        name: String,
        /// Its value, lines joined by line ends.
        value: String,
    },
    /// A line without a colon, and what is indented below it.
    Section {
        /// Its line, from 1.
        line: usize,
        /// Its first word, in lower case.
        name: String,
        /// The rest of its line.
        argument: String,
        /// What it holds.
        inside: Vec<Self>,
    },
}

/// A line that is neither empty nor a comment.
#[derive(Debug, Clone, Copy)]
struct Line<'a> {
    number: usize,
    indent: usize,
    text: &'a str,
}

/// Reads a file.
pub(super) fn blocks(text: &str) -> Vec<Block> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines: Vec<Line<'_>> = text
        .lines()
        .enumerate()
        .filter_map(|(index, line)| {
            let text = line.trim();
            let indent = line.chars().take_while(|c| c.is_whitespace()).count();
            (!text.is_empty() && !text.starts_with("--")).then_some(Line { number: index + 1, indent, text })
        })
        .collect();
    blocks_of(&lines)
}

fn blocks_of(lines: &[Line<'_>]) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut rest = lines;
    while let Some((first, after)) = rest.split_first() {
        let below = after.iter().take_while(|line| line.indent > first.indent).count();
        let (inside, next) = after.split_at(below);
        rest = next;
        let end = first.text.find(|c: char| c.is_whitespace() || ":{}()\"".contains(c)).unwrap_or(first.text.len());
        let (word, argument) = first.text.split_at(end);
        let (line, name, argument) = (first.number, word.to_ascii_lowercase(), argument.trim());
        blocks.push(match argument.strip_prefix(':').filter(|_| !word.is_empty()) {
            Some(value) => {
                let mut value = value.trim().to_owned();
                for line in inside {
                    value.push('\n');
                    value.push_str(line.text);
                }
                Block::Field { line, name, value: value.trim().to_owned() }
            }
            None => Block::Section { line, name, argument: argument.to_owned(), inside: blocks_of(inside) },
        });
    }
    blocks
}
