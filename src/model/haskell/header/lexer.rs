//! The tokens of Haskell, as far as they matter for imports.

use memchr::{memchr, memchr2, memchr3, memmem};

use super::Doubt;
use super::Found;
use super::kind::Language;

/// Where a stretch of text begins, and where the one before it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) within: Within,
    /// Within a pragma that GHC reads as tokens; those are not told.
    pub(super) pragma: bool,
}

/// What a place is within.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Within {
    Code,
    /// A comment, with so many beginnings that have not ended.
    Comment(u32),
    /// A gap of a string.
    Gap,
    /// A string of several lines.
    Lines,
}

/// A token. Positions are those of its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token {
    /// A name or a reserved word, in small letters.
    Small(usize, usize),
    /// A name that begins with a capital, with its qualifiers: `Data.Map`.
    Capital(usize, usize),
    /// What stands between the quotes of a string that ends in its line.
    Text(usize, usize),
    /// `{-# SOURCE #-}`.
    Source,
    /// `(`.
    Open,
    /// `)`.
    Close,
    /// `;`, `{` or `}`.
    Separator,
    /// `::`.
    HasType,
    /// What alex and happy have behind the first braces alone: `%name`, `:-`.
    Section,
    /// Anything else of which code can be made.
    Other,
    /// What is no code in any program, or not known to be.
    Stray,
}

/// Reads tokens.
pub(super) struct Lexer<'a> {
    text: &'a [u8],
    language: Language,
    /// Behind this, no `"""` begins, so no string of several lines ends there. Looked for where there is one.
    last_quotes: Option<usize>,
    /// A brace of hsc2hs was found that does not end.
    unbalanced: bool,
    pub(super) steps: u64,
}

impl<'a> Lexer<'a> {
    pub(super) const fn new(text: &'a [u8], language: Language) -> Self {
        Self { text, language, last_quotes: None, unbalanced: false, steps: text.len() as u64 }
    }

    /// The next token from `at`, which is moved behind it. None where the stretch ends, which is at `end`.
    pub(super) fn next(&mut self, at: &mut usize, end: usize, place: &mut Place, found: &mut Found) -> Option<Token> {
        while *at < end {
            let from = *at;
            let token = match place.within {
                Within::Code => self.code(at, end, place, found),
                Within::Comment(depth) => {
                    place.within = self.comment(at, end, depth);
                    None
                }
                Within::Gap => {
                    self.gap(at, end, place);
                    None
                }
                Within::Lines => {
                    self.lines(at, end, place);
                    None
                }
            };
            self.steps += (*at - from) as u64 + 1;
            if token.is_some() && !place.pragma {
                return token;
            }
        }
        None
    }

    fn code(&mut self, at: &mut usize, end: usize, place: &mut Place, found: &mut Found) -> Option<Token> {
        let text = self.text;
        let byte = text[*at];
        match byte {
            b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c => {
                *at += 1;
                None
            }
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => Some(name(text, at, end)),
            b'0'..=b'9' => {
                *at += length_of(&text[*at..end], is_in_name);
                Some(Token::Other)
            }
            b'"' => self.string(at, end, place),
            b'\'' => {
                *at += character(&text[*at..end]);
                Some(Token::Other)
            }
            b'(' => {
                *at += 1;
                Some(Token::Open)
            }
            b')' => {
                *at += 1;
                Some(Token::Close)
            }
            b'{' => self.brace(at, end, place, found),
            b'}' | b';' => {
                *at += 1;
                Some(Token::Separator)
            }
            b',' | b'`' | b'[' | b']' => {
                *at += 1;
                Some(Token::Other)
            }
            0x80.. => match decoded(&text[*at..end]) {
                (space, length) if space.is_whitespace() => {
                    *at += length;
                    None
                }
                (letter, _) if letter.is_alphanumeric() => Some(name(text, at, end)),
                _ => self.operator(at, end, place, found),
            },
            _ if is_symbol(byte) => self.operator(at, end, place, found),
            _ => {
                *at += 1;
                Some(Token::Stray)
            }
        }
    }

    fn brace(&mut self, at: &mut usize, end: usize, place: &mut Place, found: &mut Found) -> Option<Token> {
        let text = self.text;
        let rest = &text[*at..end];
        if rest.starts_with(b"{-#") {
            return self.pragma(at, end, place, found);
        }
        if rest.starts_with(b"{-") {
            *at += 2;
            place.within = Within::Comment(1);
            return None;
        }
        if self.language == Language::Chs && rest.starts_with(b"{#") {
            // `{#import M#}` is an import; other hooks are calls, types and the like.
            let blanks = length_of(&rest[2..], |byte| byte.is_ascii_whitespace());
            let is_import = rest[2 + blanks..]
                .strip_prefix(b"import")
                .is_some_and(|rest| !rest.first().is_some_and(|byte| is_in_name(*byte)));
            let hook = if is_import { None } else { memmem::find(rest, b"#}") };
            *at += hook.map_or(2, |length| length + 2);
            return None;
        }
        *at += 1;
        Some(Token::Separator)
    }

    fn pragma(&mut self, at: &mut usize, end: usize, place: &mut Place, found: &mut Found) -> Option<Token> {
        let text = self.text;
        let begin = *at + 3 + length_of(&text[*at + 3..end], |byte| byte.is_ascii_whitespace());
        let behind = begin + length_of(&text[begin..end], |byte| byte.is_ascii_alphanumeric() || byte == b'_');
        let name = std::str::from_utf8(&text[begin..behind]).unwrap_or_default();
        let is = |known: &str| name.eq_ignore_ascii_case(known);
        if is("DEPRECATED") || is("WARNING") {
            // They can have `-}` and `{-` in strings. All other pragmas of a header have none, and end as comments do.
            place.pragma = true;
            *at = behind;
            return None;
        }
        // It may go on behind lines of the C preprocessor.
        self.steps += found.pragmas.read(name, text, behind) as u64;
        *at += 2;
        place.within = Within::Comment(1);
        is("SOURCE").then_some(Token::Source)
    }

    /// From within a comment to what comes after it.
    fn comment(&self, at: &mut usize, end: usize, mut depth: u32) -> Within {
        let text = self.text;
        // From here on, a brace can be half of a beginning.
        let mut fresh = *at;
        while let Some(length) = memchr(b'-', &text[*at..end]) {
            let dash = *at + length;
            *at = dash + 1;
            if dash > fresh && text[dash - 1] == b'{' {
                depth = depth.saturating_add(1);
                fresh = dash + 1;
            } else if text.get(dash + 1) == Some(&b'}') && dash + 1 < end {
                *at = dash + 2;
                fresh = *at;
                depth -= 1;
                if depth == 0 {
                    return Within::Code;
                }
            }
        }
        *at = end;
        Within::Comment(depth)
    }

    /// A string from its opening quote.
    fn string(&mut self, at: &mut usize, end: usize, place: &mut Place) -> Option<Token> {
        let text = self.text;
        if text[*at..end].starts_with(b"\"\"\"") {
            let last = || memmem::rfind(text, b"\"\"\"").unwrap_or_default();
            if *self.last_quotes.get_or_insert_with(last) >= *at + 3 {
                *at += 3;
                place.within = Within::Lines;
                return None;
            }
        }
        *at += 1;
        self.rest_of_string(at, end, place)
    }

    /// A string from within. One that does not end in its line, as GHC wants it, is taken to end there.
    fn rest_of_string(&self, at: &mut usize, end: usize, place: &mut Place) -> Option<Token> {
        let text = self.text;
        let from = *at;
        while let Some(length) = memchr3(b'"', b'\\', b'\n', &text[*at..end]) {
            let stop = *at + length;
            *at = stop + 1;
            match text[stop] {
                b'"' => return Some(Token::Text(from, stop)),
                b'\n' => return Some(Token::Other),
                _ if text[*at..end].first().is_some_and(u8::is_ascii_whitespace) => {
                    place.within = Within::Gap;
                    return None;
                }
                _ => *at = (*at + 1).min(end),
            }
        }
        *at = end;
        Some(Token::Other)
    }

    fn gap(&self, at: &mut usize, end: usize, place: &mut Place) {
        let text = self.text;
        *at += length_of(&text[*at..end], |byte| byte.is_ascii_whitespace());
        if *at == end {
            return;
        }
        // Where there is no second backslash, the C preprocessor may have taken the end of the line out.
        *at += usize::from(text[*at] == b'\\');
        place.within = Within::Code;
        self.rest_of_string(at, end, place);
    }

    fn lines(&self, at: &mut usize, end: usize, place: &mut Place) {
        let text = self.text;
        while let Some(length) = memchr2(b'"', b'\\', &text[*at..end]) {
            let stop = *at + length;
            if text[stop] == b'\\' {
                *at = (stop + 2).min(end);
            } else if text[stop..end].starts_with(b"\"\"\"") {
                *at = stop + 3;
                place.within = Within::Code;
                return;
            } else {
                *at = stop + 1;
            }
        }
        *at = end;
    }

    /// An operator, or a comment to the end of the line, or the end of a pragma.
    fn operator(&mut self, at: &mut usize, end: usize, place: &mut Place, found: &mut Found) -> Option<Token> {
        let text = self.text;
        let rest = &text[*at..end];
        if place.pragma && rest.starts_with(b"#-}") {
            *at += 3;
            place.pragma = false;
            return None;
        }
        if self.language == Language::Chs && rest.starts_with(b"#}") {
            *at += 2;
            return None;
        }
        if self.language == Language::Hsc && rest.starts_with(b"#{") {
            let to = if self.unbalanced { None } else { braces(rest) };
            if to.is_none() && !self.unbalanced {
                self.unbalanced = true;
                self.steps += rest.len() as u64;
                found.doubts.insert(Doubt::Unterminated);
            }
            *at += to.unwrap_or(1);
            return Some(Token::Other);
        }
        let mut length = 0;
        let mut is_ascii = true;
        while let Some(&byte) = rest.get(length) {
            if is_symbol(byte) {
                length += 1;
            } else if byte >= 0x80 {
                let (symbol, more) = decoded(&rest[length..]);
                if symbol.is_alphanumeric() || symbol.is_whitespace() {
                    break;
                }
                is_ascii = false;
                length += more;
            } else {
                break;
            }
        }
        let run = &rest[..length];
        let line = || memchr(b'\n', rest).map_or(end - *at, |length| length + 1);
        // Whether it is one operator or begins a comment depends on what Unicode says of the other symbols. To read the
        // rest of the line as code finds all imports, but where something begins there that goes on behind it.
        let is_doubtful = !is_ascii && memmem::find(run, b"--").is_some();
        let is_comment = is_ascii && length >= 2 && run.iter().all(|byte| *byte == b'-')
            || is_doubtful && {
                let line = &rest[..line()];
                memmem::find(line, b"{-").is_some() || memchr(b'"', line).is_some()
            };
        if is_comment {
            if is_doubtful {
                found.doubts.insert(Doubt::Symbol);
            }
            *at += line();
            return None;
        }
        let is_end = run == b"\\" && matches!(&rest[1..], [b'\n', ..] | [b'\r', b'\n', ..]);
        *at += length;
        match run {
            // A line that goes on, to the C preprocessor.
            _ if is_end => None,
            b":-" | [b'%', ..] if self.language == Language::Grammar => Some(Token::Section),
            _ if is_doubtful => Some(Token::Stray),
            b"::" | b"\xe2\x88\xb7" => Some(Token::HasType),
            _ => Some(Token::Other),
        }
    }
}

const fn is_symbol(byte: u8) -> bool {
    matches!(
        byte,
        b'!' | b'#'
            | b'$'
            | b'%'
            | b'&'
            | b'*'
            | b'+'
            | b'.'
            | b'/'
            | b'<'
            | b'='
            | b'>'
            | b'?'
            | b'@'
            | b'\\'
            | b'^'
            | b'|'
            | b'-'
            | b'~'
            | b':'
    )
}

const fn is_in_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'\'')
}

fn length_of(text: &[u8], holds: impl Fn(u8) -> bool) -> usize {
    text.iter().position(|byte| !holds(*byte)).unwrap_or(text.len())
}

/// The first character, and its length in bytes. A byte that is no UTF-8 is a character that stands for none.
fn decoded(text: &[u8]) -> (char, usize) {
    let length = match text.first() {
        Some(0xf0..) => 4,
        Some(0xe0..) => 3,
        Some(0xc0..) => 2,
        _ => 1,
    };
    let character = text.get(..length).and_then(|bytes| std::str::from_utf8(bytes).ok()?.chars().next());
    character.map_or((char::REPLACEMENT_CHARACTER, 1), |character| (character, length))
}

/// A name from its first letter on. All that is no blank and not ASCII belongs to it: marks of letters do, and no
/// operator stands right behind a name that matters here.
fn name(text: &[u8], at: &mut usize, end: usize) -> Token {
    let from = *at;
    loop {
        let is_small = match text[*at] {
            0x80.. => decoded(&text[*at..end]).0.is_lowercase(),
            byte => !byte.is_ascii_uppercase(),
        };
        while *at < end {
            if is_in_name(text[*at]) {
                *at += 1;
            } else if text[*at] >= 0x80 {
                let (character, length) = decoded(&text[*at..end]);
                if character.is_whitespace() {
                    break;
                }
                *at += length;
            } else {
                break;
            }
        }
        if is_small {
            return Token::Small(from, *at);
        }
        let qualifies = *at + 1 < end && text[*at] == b'.' && {
            let (character, _) = decoded(&text[*at + 1..end]);
            character.is_alphabetic() || character == '_'
        };
        if !qualifies {
            return Token::Capital(from, *at);
        }
        *at += 1;
    }
}

/// The length of a character from its quote on; 1 where the quote is none of a character: `'name`, `''Type`.
fn character(text: &[u8]) -> usize {
    match text.get(1) {
        Some(b'\\') => {
            // `'\''`, `'\n'`, `'\SOH'`, `'\1114111'`, `'\^A'`
            let close = text.iter().skip(3).take(9).position(|byte| *byte == b'\'');
            close.map_or(1, |close| 3 + close + 1)
        }
        None | Some(b'\'' | b'\n') => 1,
        Some(_) => {
            let (_, length) = decoded(&text[1..]);
            if text.get(1 + length) == Some(&b'\'') { length + 2 } else { 1 }
        }
    }
}

/// The length of what stands in braces, `#{` first.
fn braces(text: &[u8]) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, byte) in text.iter().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' if depth == 1 => return Some(at + 1),
            b'}' => depth -= 1,
            _ => {}
        }
    }
    None
}
