//! The layout of Cabal's files, package descriptions and projects alike: fields, and sections that hold more of both.
//!
//! The grammar is that of `Distribution/Fields/Lexer.x` and `Parser.hs` in haskell/cabal 3.16: what lies in a section
//! is told by its indentation or by braces, and within braces a field ends with its line. What Cabal warns about and
//! accepts is accepted.

use std::fmt;

/// How deep sections may lie within one another. No person writes ten; each takes room on the stack.
const DEEPEST: usize = 100;

/// A field or a section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Element {
    /// `NAME: VALUE`.
    Field(Field),
    /// A name, what stands behind it, and what it holds.
    Section(Section),
}

/// `NAME: VALUE`, the value on one line or on several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its line, from 1.
    pub line: usize,
    /// Its name, in lower case.
    pub name: String,
    /// The lines of its value that say something, without the blanks around them.
    pub value: Vec<String>,
}

/// A section, such as `library` or `if flag(x)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Its line, from 1.
    pub line: usize,
    /// Its first word, in lower case.
    pub name: String,
    /// What stands between the name and what it holds, with one blank in the place of several.
    pub argument: String,
    /// What it holds.
    pub inside: Vec<Element>,
}

/// What makes a file one that Cabal does not read either, and its line, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// Its line, from 1.
    pub line: usize,
    /// What it is.
    pub kind: FaultKind,
}

/// See [`Fault`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// Something stands where a field or a section would begin.
    NoName,
    /// A section ends for which none is open, or none does where one is.
    Brace,
    /// A line within braces is neither a field nor a section with braces.
    NoBrace,
    /// Sections lie too deep within one another.
    TooDeep,
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoName => "a field or a section was expected here",
            Self::Brace => "a brace is missing, or one too many",
            Self::NoBrace => "a section within braces needs braces of its own",
            Self::TooDeep => "sections lie too deep within one another",
        })
    }
}

impl Field {
    /// Its value as one text, lines joined by line ends.
    pub fn text(&self) -> String {
        self.value.join("\n")
    }

    /// The words of its value.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.value.iter().flat_map(|line| line.split_whitespace())
    }

    /// The entries of a list, which stand between commas, blanks or both, perhaps in quotes.
    pub fn entries(&self) -> impl Iterator<Item = &str> {
        let words = self.words().flat_map(|word| word.split(','));
        words.map(|word| word.trim_matches('"')).filter(|word| !word.is_empty())
    }
}

impl Section {
    /// Its argument where that is a name, which may stand in quotes.
    pub fn title(&self) -> &str {
        self.argument.trim_matches('"')
    }
}

/// Reads a file.
///
/// # Errors
///
/// Where Cabal fails on its layout.
pub fn parse(text: &str) -> Result<Vec<Element>, Fault> {
    let mut reader = Reader { rest: text.strip_prefix('\u{feff}').unwrap_or(text), line: 1, at_start: true };
    let elements = reader.elements(0, 0)?;
    match reader.next() {
        Token::End => Ok(elements),
        Token::Close => Err(reader.fault(FaultKind::Brace)),
        _ => Err(reader.fault(FaultKind::NoName)),
    }
}

/// A piece of a line outside of a field's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token<'a> {
    /// A line begins, so many characters from the left.
    Indent(usize),
    /// A word that a field or a section can have for its name.
    Name(&'a str),
    /// Anything else that can stand behind the name of a section.
    Other(&'a str),
    Colon,
    Open,
    Close,
    End,
}

/// Where reading has come to.
#[derive(Debug, Clone, Copy)]
struct Reader<'a> {
    rest: &'a str,
    line: usize,
    /// Whether a line begins here.
    at_start: bool,
}

impl<'a> Reader<'a> {
    fn fault(&self, kind: FaultKind) -> Fault {
        // Behind the last line end there is no line.
        let behind = usize::from(self.at_start && self.rest.is_empty() && self.line > 1);
        Fault { line: self.line - behind, kind }
    }

    /// The next token, which stays.
    fn peek(self) -> Token<'a> {
        let mut ahead = self;
        ahead.next()
    }

    /// Takes the next token, as Cabal's lexer does in the states `bol_section` and `in_section`.
    fn next(&mut self) -> Token<'a> {
        if self.at_start {
            self.skip_idle_lines();
            let indent = self.skip_blanks();
            let first = self.rest.chars().next();
            self.at_start = first.is_none();
            return match first {
                None => Token::End,
                Some('{') => self.take(1, Token::Open),
                Some('}') => self.take(1, Token::Close),
                Some(_) => Token::Indent(indent),
            };
        }
        self.skip_blanks();
        if self.rest.starts_with("--") {
            self.skip_line();
            return self.next();
        }
        let Some(first) = self.rest.chars().next() else { return Token::End };
        match first {
            '\n' | '\r' => {
                self.skip_line();
                self.next()
            }
            ':' => self.take(1, Token::Colon),
            '{' => self.take(1, Token::Open),
            '}' => self.take(1, Token::Close),
            '"' => {
                let line = self.rest.lines().next().unwrap_or_default();
                let length = line.get(1..).and_then(|rest| rest.find('"')).map_or(line.len(), |end| end + 2);
                let text = self.rest.get(..length).unwrap_or_default();
                self.take(length, Token::Other(text))
            }
            _ => {
                let is_part = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '\'');
                let length = self.rest.find(|c| !is_part(c)).unwrap_or(self.rest.len());
                if length == 0 {
                    let length = first.len_utf8();
                    let text = self.rest.get(..length).unwrap_or_default();
                    return self.take(length, Token::Other(text));
                }
                let word = self.rest.get(..length).unwrap_or_default();
                let is_name = word.chars().any(char::is_alphabetic);
                self.take(length, if is_name { Token::Name(word) } else { Token::Other(word) })
            }
        }
    }

    fn take(&mut self, length: usize, token: Token<'a>) -> Token<'a> {
        self.rest = self.rest.get(length..).unwrap_or_default();
        token
    }

    /// Skips blanks of this line and returns how many characters they were; a tab is one, as in Cabal's lexer.
    fn skip_blanks(&mut self) -> usize {
        let is_blank = |c: char| c.is_whitespace() && !matches!(c, '\n' | '\r');
        let length = self.rest.find(|c| !is_blank(c)).unwrap_or(self.rest.len());
        let count = self.rest.get(..length).unwrap_or_default().chars().count();
        self.rest = self.rest.get(length..).unwrap_or_default();
        count
    }

    /// Goes to the beginning of the next line and returns what stood on the rest of this one.
    fn skip_line(&mut self) -> &'a str {
        let (line, rest) = match self.rest.split_once('\n') {
            Some((line, rest)) => {
                self.line += 1;
                (line, rest)
            }
            None => (self.rest, ""),
        };
        (self.rest, self.at_start) = (rest, true);
        line.trim()
    }

    /// Skips lines that are empty or comments.
    fn skip_idle_lines(&mut self) {
        while !self.rest.is_empty() {
            let mut ahead = *self;
            let line = ahead.skip_line();
            if !line.is_empty() && !line.starts_with("--") {
                break;
            }
            *self = ahead;
        }
    }

    /// Reads fields and sections whose lines begin at least `indent` characters from the left.
    fn elements(&mut self, indent: usize, depth: usize) -> Result<Vec<Element>, Fault> {
        if depth > DEEPEST {
            return Err(self.fault(FaultKind::TooDeep));
        }
        let mut elements = Vec::new();
        loop {
            let mut ahead = *self;
            match ahead.next() {
                Token::Indent(here) if here >= indent => {
                    *self = ahead;
                    let line = self.line;
                    let Token::Name(name) = self.next() else { return Err(Fault { line, kind: FaultKind::NoName }) };
                    elements.push(self.element(line, name, Some(here + 1), depth)?);
                }
                // On the line of the brace before it.
                Token::Name(name) => {
                    *self = ahead;
                    elements.push(self.element(self.line, name, None, depth)?);
                }
                _ => return Ok(elements),
            }
        }
    }

    /// Reads what stands behind a name. `below` is how far what belongs to it is indented at least, where layout says it.
    fn element(&mut self, line: usize, name: &str, below: Option<usize>, depth: usize) -> Result<Element, Fault> {
        let name = name.to_ascii_lowercase();
        if self.peek() == Token::Colon {
            self.next();
            let value = self.value(below)?;
            return Ok(Element::Field(Field { line, name, value }));
        }
        let argument = self.argument();
        let inside = match (self.peek(), below) {
            (Token::Open, _) => {
                self.next();
                let inside = self.elements(0, depth + 1)?;
                if matches!(self.peek(), Token::Indent(_)) {
                    self.next();
                }
                match self.next() {
                    Token::Close => inside,
                    _ => return Err(self.fault(FaultKind::Brace)),
                }
            }
            (_, Some(below)) => self.elements(below, depth + 1)?,
            (_, None) => return Err(Fault { line, kind: FaultKind::NoBrace }),
        };
        Ok(Element::Section(Section { line, name, argument, inside }))
    }

    /// Takes what stands behind the name of a section.
    fn argument(&mut self) -> String {
        let start = self.rest;
        let mut end = start.len();
        while matches!(self.peek(), Token::Name(_) | Token::Other(_)) {
            self.next();
            end = self.rest.len();
        }
        let taken = start.len().saturating_sub(end);
        let words = start.get(..taken).unwrap_or_default().split_whitespace();
        words.collect::<Vec<_>>().join(" ")
    }

    /// Reads the value of a field.
    fn value(&mut self, below: Option<usize>) -> Result<Vec<String>, Fault> {
        if self.peek() == Token::Open {
            self.next();
            let value = self.braced_lines(usize::MAX);
            return match self.next() {
                Token::Close => Ok(value),
                _ => Err(self.fault(FaultKind::Brace)),
            };
        }
        let Some(below) = below else { return Ok(self.braced_lines(1)) };
        let mut value = vec![self.skip_line()];
        loop {
            self.skip_idle_lines();
            let mut ahead = *self;
            let indent = ahead.skip_blanks();
            if indent < below || ahead.rest.is_empty() {
                break;
            }
            value.push(ahead.skip_line());
            *self = ahead;
        }
        Ok(value.into_iter().filter(|line| !line.is_empty()).map(str::to_owned).collect())
    }

    /// Takes lines up to a brace, so many at most; comments on lines of their own are left out.
    fn braced_lines(&mut self, most: usize) -> Vec<String> {
        let mut lines = Vec::new();
        while lines.len() < most {
            if self.at_start {
                self.skip_idle_lines();
            }
            let end = self.rest.find(['{', '}', '\n']).unwrap_or(self.rest.len());
            let line = self.rest.get(..end).unwrap_or_default().trim();
            if !line.is_empty() {
                lines.push(line.to_owned());
                self.at_start = false;
            }
            self.rest = self.rest.get(end..).unwrap_or_default();
            if !self.rest.starts_with('\n') || most == 1 {
                break;
            }
            self.skip_line();
        }
        lines
    }
}

#[cfg(test)]
mod tests;
