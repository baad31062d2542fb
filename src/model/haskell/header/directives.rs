//! The lines of a text that are the C preprocessor's, or those of hsc2hs and c2hs.

use memchr::{memchr, memchr_iter, memmem};

use super::kind::Language;

/// A line, or several where each but the last ends with a backslash, that is no Haskell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Directive {
    /// Where its first line begins.
    pub(super) start: usize,
    /// Where the line after it begins.
    pub(super) end: usize,
    /// What it does.
    pub(super) what: What,
}

/// What a directive does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum What {
    /// `#if`, `#ifdef`, `#ifndef`.
    If,
    /// `#elif` and its relatives.
    Elif,
    /// `#else`.
    Else,
    /// `#endif`.
    Endif,
    /// `#include`: the file, and whether in angles. None where a macro says which.
    Include(Option<(String, bool)>),
    /// `#define`: the name, and where in the text its parameters and its meaning stand.
    Define(String, usize, usize),
    /// Anything else.
    Nothing,
}

/// All directives of a text, in order. Blanks before `#` are allowed, as some preprocessors do.
pub(super) fn find(text: &[u8], language: Language) -> Vec<Directive> {
    let mut found = Vec::new();
    let mut end = 0;
    let mut unbalanced = false;
    for hash in memchr_iter(b'#', text) {
        if hash < end {
            continue;
        }
        let blanks = text[end..hash].iter().rev().take_while(|byte| b" \t".contains(byte)).count();
        let start = hash - blanks;
        if start > 0 && text[start - 1] != b'\n' {
            continue;
        }
        if let Some(directive) = directive(text, start, hash, language, &mut unbalanced) {
            end = directive.end;
            found.push(directive);
        }
    }
    found
}

fn directive(text: &[u8], start: usize, hash: usize, language: Language, unbalanced: &mut bool) -> Option<Directive> {
    let mut at = hash + 1;
    // hsc2hs writes `##if` as `#if`.
    let doubled = language == Language::Hsc && text.get(at) == Some(&b'#');
    at += usize::from(doubled);
    at += text[at..].iter().take_while(|byte| b" \t".contains(byte)).count();
    let after = at + text[at..].iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
    // hsc2hs and c2hs take these for C.
    let of_c = !doubled && matches!(language, Language::Hsc | Language::Chs);
    let (what, end) = match &text[at..after] {
        b"if" | b"ifdef" | b"ifndef" => (What::If, end_of_line(text, after)),
        b"elif" | b"elifdef" | b"elifndef" => (What::Elif, end_of_line(text, after)),
        b"else" => (What::Else, end_of_line(text, after)),
        b"endif" => (What::Endif, end_of_line(text, after)),
        b"include" | b"include_next" | b"import" if !of_c => {
            let end = end_of_line(text, after);
            (What::Include(included(&text[after..end])), end)
        }
        b"define" if !of_c => {
            let end = end_of_line(text, after);
            (defined(text, after, end), end)
        }
        b"include" | b"define" | b"undef" | b"error" | b"warning" | b"pragma" | b"line" | b"ident" | b"assert" => {
            (What::Nothing, end_of_line(text, after))
        }
        b"let" | b"def" | b"enum" | b"option" if language == Language::Hsc => {
            // What stands in brackets goes on over the ends of lines.
            let to = if *unbalanced { None } else { balanced(text, after) };
            *unbalanced |= to.is_none();
            (What::Nothing, end_of_line(text, after).max(to.unwrap_or_default()))
        }
        b"c" if language == Language::Chs => {
            let close = if *unbalanced { None } else { memmem::find(&text[after..], b"#endc") };
            *unbalanced |= close.is_none();
            (What::Nothing, end_of_line(text, after + close.unwrap_or_default()))
        }
        // `# 12 "file"`, as a preprocessor leaves it.
        number if !number.is_empty() && number.iter().all(u8::is_ascii_digit) => {
            (What::Nothing, end_of_line(text, after))
        }
        // `#!/usr/bin/env runghc`.
        b"" if text.get(at) == Some(&b'!') => (What::Nothing, end_of_line(text, after)),
        // `#` by itself.
        b"" if matches!(&text[at..], [] | [b'\n', ..] | [b'\r', b'\n', ..]) => {
            (What::Nothing, end_of_line(text, after))
        }
        _ => return None,
    };
    Some(Directive { start, end, what })
}

fn defined(text: &[u8], after: usize, end: usize) -> What {
    let blanks = text[after..end].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let from = after + blanks;
    let length = text[from..end].iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"_'".contains(byte)).count();
    What::Define(String::from_utf8_lossy(&text[from..from + length]).into_owned(), from + length, end)
}

/// Where the line after this one begins. A line that ends with a backslash goes on.
fn end_of_line(text: &[u8], from: usize) -> usize {
    let mut at = from;
    while let Some(length) = memchr(b'\n', &text[at..]) {
        let line = &text[at..at + length];
        at += length + 1;
        if !line.strip_suffix(b"\r").unwrap_or(line).ends_with(b"\\") {
            return at;
        }
    }
    text.len()
}

fn included(rest: &[u8]) -> Option<(String, bool)> {
    let rest = rest.trim_ascii_start();
    let (&open, rest) = rest.split_first()?;
    let close = match open {
        b'"' => b'"',
        b'<' => b'>',
        _ => return None,
    };
    let path = &rest[..memchr(close, rest)?];
    Some((String::from_utf8_lossy(path).into_owned(), open == b'<'))
}

/// The end of the line in which all brackets are closed. None where one is not.
fn balanced(text: &[u8], from: usize) -> Option<usize> {
    let mut depth = 0_usize;
    let mut quote = None;
    let mut bytes = text[from..].iter().enumerate();
    while let Some((at, &byte)) = bytes.next() {
        match (byte, quote) {
            (b'\\', _) => drop(bytes.next()),
            (b'\n', _) if depth == 0 => return Some(from + at + 1),
            (b'\n', _) => quote = None,
            (_, Some(open)) if byte == open => quote = None,
            (b'"' | b'\'', None) => quote = Some(byte),
            (b'{' | b'(' | b'[', None) => depth += 1,
            (b'}' | b')' | b']', None) => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    (depth == 0).then_some(text.len())
}
