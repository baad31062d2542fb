//! Text that others wrote, made harmless before people or their terminals and CI services read it.
//!
//! Layer 0. Lines of a build's log, names, paths, greetings, errors of other programs: whoever
//! wrote them may have put in escape sequences (which move the cursor, rename a window, fill the
//! clipboard), line ends (which make one line look like two), characters that turn the direction
//! of reading, and the commands of a CI service's runner. [`line`], [`coloured_line`] and
//! [`lines`] take these out of a text where it comes in; [`shown`] does it once more for all that
//! goes out, and breaks the commands.

use std::borrow::Cow;

/// How a text ends its colours (ECMA-48, 8.3.117).
const RESET: &str = "\x1b[0m";

/// Returns a text as one line without escape sequences and control characters. Tabs stay, and a
/// line end within becomes a blank.
pub fn line(text: &str) -> Cow<'_, str> {
    if is_plain(text) { Cow::Borrowed(text) } else { Cow::Owned(cleaned(trimmed(text), Colours::Gone)) }
}

/// Returns a text as [`line`] does, but with its colours, which end where it ends.
pub fn coloured_line(text: &str) -> Cow<'_, str> {
    if is_plain(text) { Cow::Borrowed(text) } else { Cow::Owned(cleaned(trimmed(text), Colours::Kept)) }
}

/// Returns a text of several lines, each as [`line`] makes it.
pub fn lines(text: &str) -> Cow<'_, str> {
    if text.split('\n').all(is_plain) {
        return Cow::Borrowed(text);
    }
    // Line by line: a sequence that is not ended takes no other line with it.
    Cow::Owned(text.split('\n').map(line).collect::<Vec<_>>().join("\n"))
}

/// Returns what goes to a terminal, a pipe or the log of a CI service: with colours and nothing
/// else of what a terminal obeys, or without them, and with no command of a runner.
pub fn shown(text: &str, colour: bool) -> Cow<'_, str> {
    let is_harmless = |line: &str| is_plain(line) && matches!(without_command(line), Cow::Borrowed(_));
    if text.split('\n').all(is_harmless) {
        return Cow::Borrowed(text);
    }
    let shown = |line| {
        // What is no command with its colours may be one without.
        let clean = if colour { coloured_line(line) } else { self::line(line) };
        match without_command(&self::line(line)) {
            Cow::Owned(broken) => broken,
            Cow::Borrowed(_) => clean.into_owned(),
        }
    };
    Cow::Owned(text.split('\n').map(shown).collect::<Vec<_>>().join("\n"))
}

/// Returns a JSON document with the same content in which nothing is written that a terminal or a
/// runner obeys. JSON writers escape characters below 32 alone; all others can only stand within
/// texts, and so can `##`. A command that a line must begin with has a quote before it.
pub fn json(document: &str) -> Cow<'_, str> {
    use std::fmt::Write as _;
    let odd = |c: char| c != '\n' && is_control(c);
    if !document.contains(odd) && !document.contains("##") {
        return Cow::Borrowed(document);
    }
    let mut escaped = String::with_capacity(document.len() + 16);
    for character in document.chars() {
        if odd(character) || character == '#' && escaped.ends_with('#') {
            // Writing to a text does not fail; all of these have four digits.
            write!(escaped, "\\u{:04x}", u32::from(character)).ok();
        } else {
            escaped.push(character);
        }
    }
    Cow::Owned(escaped)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Colours {
    Kept,
    Gone,
}

/// Whether a text is one line that needs no second look: printable ASCII and tabs, or other
/// characters of which none is obeyed.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'\t' | b' '..=b'~'))
        || !text.contains(|c: char| c != '\t' && (is_control(c) || is_line_end(c)))
}

fn trimmed(text: &str) -> &str {
    text.trim_end_matches(['\r', '\n'])
}

fn is_line_end(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\x0b' | '\x0c' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// C0, DEL, C1, and what turns the direction of reading (Unicode Standard Annex 9).
fn is_control(c: char) -> bool {
    (c.is_control() && c != '\t') || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn cleaned(text: &str, colours: Colours) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    let mut open = false;
    while let Some((before, colour, after)) = next_colour(rest).filter(|_| colours == Colours::Kept) {
        push_stripped(&mut clean, before);
        clean.push_str(colour);
        open = !matches!(colour, "\x1b[m" | RESET);
        rest = after;
    }
    push_stripped(&mut clean, rest);
    if open {
        clean.push_str(RESET);
    }
    clean
}

/// Adds a text without its escape sequences. The characters of one that was torn apart are no
/// sequence any more: none is left of what one begins with.
fn push_stripped(clean: &mut String, text: &str) {
    for part in anstream::adapter::strip_str(&text.replace(is_line_end, " ")) {
        clean.extend(part.chars().filter(|&c| !is_control(c)));
    }
}

/// The next `ESC [ … m` with only digits and their separators in it, what is before it and after it.
fn next_colour(text: &str) -> Option<(&str, &str, &str)> {
    for (start, _) in text.match_indices("\x1b[") {
        let parameters = &text[start + 2..];
        let length = parameters.bytes().take_while(|byte| matches!(byte, b'0'..=b'9' | b';' | b':')).count();
        if parameters[length..].starts_with('m') {
            let end = start + 2 + length + 1;
            return Some((&text[..start], &text[start..end], &text[end..]));
        }
    }
    None
}

/// What a runner takes for a command wherever it stands in a line: GitHub's and Azure's `##[`,
/// Azure's `##vso[`, that of `TeamCity`, and what folds in GitLab's log, where it has an escape sequence behind it.
const ANYWHERE: [&str; 5] = ["##[", "##vso[", "##teamcity[", "section_start:", "section_end:"];

/// What is a command where a line begins with it, blanks aside: GitHub's, and the groups of
/// Buildkite.
const AT_THE_BEGINNING: [&str; 5] = ["::", "---", "+++", "~~~", "^^^"];

/// Breaks the commands of a line by a character that can be seen.
fn without_command(line: &str) -> Cow<'_, str> {
    let mut text = Cow::Borrowed(line);
    // Most lines have none of it.
    if line.contains("##") || line.contains("section_") {
        for command in ANYWHERE {
            // GitHub's runner and TeamCity compare without a look at case. What is put into one command makes no other.
            let found: Vec<usize> = text.to_ascii_lowercase().match_indices(command).map(|(at, _)| at + 1).collect();
            if !found.is_empty() {
                text = Cow::Owned(with_blanks(&text, &found));
            }
        }
    }
    let begin = text.len() - text.trim_start().len();
    if AT_THE_BEGINNING.iter().any(|command| text[begin..].starts_with(command)) {
        text.to_mut().insert_str(begin, "| ");
    }
    text
}

/// A text with a blank before each of these places, which are in order.
fn with_blanks(text: &str, places: &[usize]) -> String {
    let mut whole = String::with_capacity(text.len() + places.len());
    let mut from = 0;
    for &place in places {
        whole.push_str(&text[from..place]);
        whole.push(' ');
        from = place;
    }
    whole.push_str(&text[from..]);
    whole
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn nothing_is_left_that_a_terminal_obeys() {
        for (text, plain, coloured) in [
            ("no colour", "no colour", "no colour"),
            ("\ttab ä 漢", "\ttab ä 漢", "\ttab ä 漢"),
            ("\x1b[31;1merror:\x1b[0m of 'ä'", "error: of 'ä'", "\x1b[31;1merror:\x1b[0m of 'ä'"),
            ("\x1b[1mleft open", "left open", "\x1b[1mleft open\x1b[0m"),
            // CSI: the cursor, the screen, a question to the terminal.
            ("a\x1b[2J\x1b[1;1H\x1b[6nb", "ab", "ab"),
            // OSC, ended by BEL and by ESC \: links, the title, the clipboard.
            ("a\x1b]8;;http://x\x07b", "ab", "ab"),
            ("[\x1b]8;;http://x\x1b\\GHC-1\x1b]8;;\x1b\\]", "[GHC-1]", "[GHC-1]"),
            ("a\x1b]52;c;aGk=\x07b", "ab", "ab"),
            ("a\x1b]0;title", "a", "a"),
            // DCS, APC, PM, SOS.
            ("a\x1bP1;2qx\x1b\\b", "ab", "ab"),
            // C1, as characters.
            ("a\u{9b}31mb\u{9d}0;x\u{9c}c", "a31mb0;xc", "a31mb0;xc"),
            ("cut off \x1b[3", "cut off ", "cut off "),
            ("\x1b", "", ""),
            ("bell\x07 back\x08 null\0 delete\x7f", "bell back null delete", "bell back null delete"),
            ("one\rtwo\nthree\u{2028}four\u{85}five", "one two three four five", "one two three four five"),
            ("ends\r", "ends", "ends"),
            ("\u{202e}gpj.exe", "gpj.exe", "gpj.exe"),
            // A colour within a sequence does not save what is around it.
            ("a\x1b]0;\x1b[31mb\x07c", "abc", "a\x1b[31mbc\x1b[0m"),
        ] {
            assert_eq!(line(text), plain, "{text:?}");
            assert_eq!(coloured_line(text), coloured, "{text:?}");
        }
    }

    #[test]
    fn lines_stay_lines() {
        assert_eq!(lines("a\x1b]0;x\nb\r\n\x1b[1mc"), "a\nb\nc");
        assert_eq!(lines("a\nb"), "a\nb");
    }

    #[test]
    fn no_line_is_a_command_of_a_runner() {
        for (text, expected) in [
            ("::error file=x::y", "| ::error file=x::y"),
            ("  ::add-mask::y", "  | ::add-mask::y"),
            ("a :: b", "a :: b"),
            ("x ##[error]y", "x # #[error]y"),
            ("##vso[task.setvariable]", "# #vso[task.setvariable]"),
            ("x ##TeamCity[buildStatus]", "x # #TeamCity[buildStatus]"),
            ("--- group", "| --- group"),
            ("+++ group", "| +++ group"),
            ("^^^ +++", "| ^^^ +++"),
            ("~~~ group", "| ~~~ group"),
            ("\x1b[1m::error::x\x1b[0m", "| ::error::x"),
            (":\x1b[0m:error::x", "| ::error::x"),
            ("#\x07#[error]x", "# #[error]x"),
            ("a\r::error::x", "a ::error::x"),
            ("\r::error::x", " | ::error::x"),
            ("##v\x1b[0mso[x]", "# #vso[x]"),
            ("\r\x1b[0K##[group]x", " # #[group]x"),
            ("section_start:17:x\r\x1b[0Kx", "s ection_start:17:x x"),
            ("\x1b[0Ksection_end:17:x\r\x1b[0K", "s ection_end:17:x "),
            ("a section_\x1b[1mstart:17:x[collapsed=true]\r", "a s ection_start:17:x[collapsed=true]"),
            ("a\n::error::x\n", "a\n| ::error::x\n"),
        ] {
            for colour in [false, true] {
                assert_eq!(shown(text, colour), expected, "{text:?}");
            }
        }
        assert_eq!(shown("\x1b[1mx\x1b[0m\n", true), "\x1b[1mx\x1b[0m\n");
        assert_eq!(shown("\x1b[1mx\x1b[0m\n", false), "x\n");
    }

    // What costs more for each command that a line has would never end here.
    #[test]
    fn a_line_of_commands_is_broken_in_one_go() {
        let count = 1 << 18;
        assert_eq!(shown(&"##[".repeat(count), false), "# #[".repeat(count));
    }

    #[test]
    fn a_document_stays_one() {
        let value = serde_json::json!({"a": "\u{9b}31m \u{7f} \u{202e} \x1b[1m ä ##[error]x ###vso["});
        let text = format!("{value:#}\n");
        let escaped = json(&text);
        assert!(escaped.chars().all(|c| c == '\n' || !is_control(c)) && !escaped.contains("##"), "{escaped}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&escaped).expect("JSON"), value);
    }

    proptest! {
        #[test]
        fn whatever_it_was_it_is_harmless(text in ".*|[\\x1b\\[\\]\\\\mP;0-9#:\\x07\u{9b}\r\n\\- a]{0,40}") {
            prop_assert!(is_plain(&line(&text)), "{:?}", line(&text));
            prop_assert_eq!(lines(&text).matches('\n').count(), text.matches('\n').count());
            let shown = shown(&text, true);
            for line in shown.split('\n') {
                let plain = self::line(line);
                prop_assert!(matches!(without_command(&plain), Cow::Borrowed(_)), "{:?}", plain);
                let mut rest = line;
                while let Some((before, _, after)) = next_colour(rest) {
                    prop_assert!(is_plain(before));
                    rest = after;
                }
                prop_assert!(is_plain(rest), "{rest:?}");
            }
        }
    }
}
