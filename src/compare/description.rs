//! The description of a build, read from its beginning to its end: one thing at a time is in memory.
//!
//! `nix/verify/describe.sh` sorts it, so that two of them can be read side by side.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use std::iter::Peekable;
use std::path::{Path, PathBuf};

use super::{Error, warning};

/// What sort of thing facts are about, in the order in which they come. Written by `nix/verify/Describe.hs`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// A module: its component is the fact, and its name the value.
    Compiled,
    File,
    Interface,
    Object,
    Other,
    /// A line that the test suites printed.
    Test,
    /// A warning of a module, which is the name of the fact.
    Warning,
    /// A file that the build installed when it was made once more.
    Witness,
}

const KINDS: [(&[u8], Kind); 8] = [
    (b"compiled", Kind::Compiled),
    (b"file", Kind::File),
    (b"interface", Kind::Interface),
    (b"object", Kind::Object),
    (b"other", Kind::Other),
    (b"test", Kind::Test),
    (b"warning", Kind::Warning),
    (b"witness", Kind::Witness),
];

/// How many bytes of a line are read. `nix/verify/Describe.hs` cuts what programs printed long before.
const LONGEST: u64 = 16 << 20;

/// The first line says how many follow.
const LINES: &[u8] = b"all\t\tlines\t";

/// What is known of one thing, by the names of the facts.
pub(super) type Facts = BTreeMap<String, String>;

/// A thing that a build has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Thing {
    pub(super) kind: Kind,
    /// Its path, as text.
    pub(super) path: String,
    pub(super) facts: Facts,
    place: Place,
}

/// Where a thing stands: its kind, the bytes of its path, and the number of a line that was printed.
type Place = (Kind, Vec<u8>, u64);

/// The description of a build, where it lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description(PathBuf);

impl Description {
    /// That in a file.
    pub fn at(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// All things of it, in order.
    pub(super) fn things(&self) -> Result<Things, Error> {
        let read = |source| Error::Read { path: self.0.clone(), source };
        let mut things = Things {
            lines: BufReader::with_capacity(1 << 16, fs_err::File::open(&self.0).map_err(read)?),
            path: self.0.clone(),
            number: 0,
            left: 0,
            pending: None,
            last: None,
            printed: 0,
        };
        let first = things.next_line()?.ok_or_else(|| Error::CutOff { path: self.0.clone() })?;
        let count = first.strip_prefix(LINES).and_then(|count| std::str::from_utf8(count).ok()?.parse().ok());
        things.left = count.ok_or_else(|| things.not_understood())?;
        Ok(things)
    }

    /// The things of one kind.
    pub(super) fn of(&self, kind: Kind) -> Result<impl Iterator<Item = Result<Thing, Error>>, Error> {
        Ok(self.things()?.filter(move |thing| thing.as_ref().map_or(true, |thing| thing.kind == kind)))
    }
}

/// The things of a description, one after another.
pub(super) struct Things {
    lines: BufReader<fs_err::File>,
    path: PathBuf,
    /// That of the line that was read last, from 1.
    number: usize,
    /// How many lines there have to be yet.
    left: u64,
    /// The thing of the line that was read last, which may go on.
    pending: Option<Thing>,
    last: Option<Place>,
    printed: u64,
}

impl Things {
    fn not_understood(&self) -> Error {
        Error::NotUnderstood { path: self.path.clone(), line: self.number }
    }

    fn next_line(&mut self) -> Result<Option<Vec<u8>>, Error> {
        let mut line = Vec::new();
        let read = self.lines.by_ref().take(LONGEST).read_until(b'\n', &mut line);
        read.map_err(|source| Error::Read { path: self.path.clone(), source })?;
        if line.is_empty() {
            return Ok(None);
        }
        self.number += 1;
        if line.len() as u64 == LONGEST {
            return Err(self.not_understood());
        }
        if line.pop() != Some(b'\n') {
            return Err(Error::CutOff { path: self.path.clone() });
        }
        Ok(Some(line))
    }

    /// The next line, as a thing with one fact.
    fn next_fact(&mut self) -> Result<Option<Thing>, Error> {
        let Some(line) = self.next_line()? else {
            return if self.left == 0 { Ok(None) } else { Err(Error::CutOff { path: self.path.clone() }) };
        };
        self.left = self.left.checked_sub(1).ok_or_else(|| self.not_understood())?;
        let columns: Vec<&[u8]> = line.splitn(4, |byte| *byte == b'\t').collect();
        let &[kind, path, fact, value] = columns.as_slice() else { return Err(self.not_understood()) };
        let kind = KINDS.iter().find(|(name, _)| *name == kind).map(|(_, kind)| *kind);
        let kind = kind.ok_or_else(|| self.not_understood())?;
        if kind == Kind::Test {
            self.printed += 1;
        }
        let place = (kind, path.to_vec(), if kind == Kind::Test { self.printed } else { 0 });
        let fact = match kind {
            Kind::Warning => warning::plain(&text(fact)),
            _ => text(fact),
        };
        Ok(Some(Thing { kind, path: text(path), facts: Facts::from([(fact, text(value))]), place }))
    }

    fn next_thing(&mut self) -> Result<Option<Thing>, Error> {
        let mut thing = match self.pending.take() {
            Some(thing) => thing,
            None => match self.next_fact()? {
                Some(thing) => thing,
                None => return Ok(None),
            },
        };
        if self.last.as_ref().is_some_and(|last| *last >= thing.place) {
            return Err(self.not_understood());
        }
        while let Some(next) = self.next_fact()? {
            if next.place != thing.place {
                self.pending = Some(next);
                break;
            }
            for (fact, value) in next.facts {
                // A type and a pattern may have one name.
                let all = thing.facts.entry(fact).or_default();
                if !all.is_empty() {
                    all.push(' ');
                }
                all.push_str(&value);
            }
        }
        self.last = Some(thing.place.clone());
        Ok(Some(thing))
    }
}

impl Iterator for Things {
    type Item = Result<Thing, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_thing().transpose()
    }
}

/// The things of two builds side by side: of each what one has, and what the other has.
pub(super) struct Joined<A: Iterator, B: Iterator> {
    one: Peekable<A>,
    other: Peekable<B>,
    by: fn(&Thing, &Thing) -> Ordering,
}

impl<A, B> Joined<A, B>
where
    A: Iterator<Item = Result<Thing, Error>>,
    B: Iterator<Item = Result<Thing, Error>>,
{
    /// Joins what stands at the same place.
    pub(super) fn new(one: A, other: B) -> Self {
        Self { one: one.peekable(), other: other.peekable(), by: |one, other| one.place.cmp(&other.place) }
    }

    /// Joins what has the same path.
    pub(super) fn by_path(one: A, other: B) -> Self {
        Self { by: |one, other| one.place.1.cmp(&other.place.1), ..Self::new(one, other) }
    }
}

impl<A, B> Iterator for Joined<A, B>
where
    A: Iterator<Item = Result<Thing, Error>>,
    B: Iterator<Item = Result<Thing, Error>>,
{
    type Item = Result<(Option<Thing>, Option<Thing>), Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let order = match (self.one.peek(), self.other.peek()) {
            (None, None) => return None,
            (Some(Ok(one)), Some(Ok(other))) => (self.by)(one, other),
            // What cannot be read is said at once.
            (Some(Err(_)), _) | (Some(_), None) => Ordering::Less,
            (_, Some(Err(_))) | (None, Some(_)) => Ordering::Greater,
        };
        let one = if order.is_le() { self.one.next().transpose() } else { Ok(None) };
        let other = if order.is_ge() { self.other.next().transpose() } else { Ok(None) };
        Some(one.and_then(|one| Ok((one, other?))))
    }
}

/// Bytes as text. What is no text is written out, so that it does not get lost.
fn text(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|byte| format!("\\x{byte:02x}")));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn described(text: &[u8]) -> (tempfile::TempDir, Description) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("description");
        fs_err::write(&path, text).expect("a file");
        (folder, Description::at(&path))
    }

    fn things(text: &[u8]) -> Result<Vec<Thing>, Error> {
        let (_folder, description) = described(text);
        description.things()?.collect()
    }

    #[test]
    fn lines_of_one_thing_go_together() {
        let text = b"all\t\tlines\t6\nfile\ta\tx\t1\nfile\ta\ty\t2\nfile\ta\ty\t3\nfile\ta b\tx\t1\ntest\t\tline\tone\ntest\t\tline\tone\n";
        let read = things(text).expect("a description");
        let paths: Vec<(Kind, &str)> = read.iter().map(|thing| (thing.kind, thing.path.as_str())).collect();
        assert_eq!(paths, [(Kind::File, "a"), (Kind::File, "a b"), (Kind::Test, ""), (Kind::Test, "")]);
        assert_eq!(read[0].facts.get("y").map(String::as_str), Some("2 3"), "neither is lost");
    }

    #[test]
    fn what_is_no_text_is_told_apart() {
        let read = things(b"all\t\tlines\t2\ntest\t\tline\t\xe9\ntest\t\tline\t\xe8\n").expect("a description");
        assert_eq!(read[0].facts["line"], "\\xe9");
        assert_ne!(read[0].facts, read[1].facts);
    }

    #[test]
    fn what_is_not_understood_or_not_whole_is_an_error() {
        let line = |text: &[u8]| match things(text) {
            Err(Error::NotUnderstood { line, .. }) => line,
            other => panic!("{other:?}"),
        };
        assert_eq!(line(b"file\ta\tb\tc\n"), 1, "nobody says how many lines there are");
        assert_eq!(line(b"all\t\tlines\tx\n"), 1);
        assert_eq!(line(b"all\t\tlines\t2\nfile\ta\tb\tc\nfuture\ta\tb\tc\n"), 3);
        assert_eq!(line(b"all\t\tlines\t1\nfile\ta\n"), 2);
        assert_eq!(line(b"all\t\tlines\t1\nfile\ta\tb\tc\nfile\tb\tb\tc\n"), 3, "more lines than it says");
        assert_eq!(line(b"all\t\tlines\t2\nfile\tb\tb\tc\nfile\ta\tb\tc\n"), 3, "not in order");
        let endless = [b"all\t\tlines\t1\ntest\t\tline\t".to_vec(), vec![b'a'; 16 << 20]].concat();
        assert_eq!(line(&endless), 2, "a line of any length");
        for text in
            [&b""[..], b"all\t\tlines\t2\nfile\ta\tb\tc\n", b"all\t\tlines\t1\nfile\ta\tb", b"all\t\tlines\t1\n"]
        {
            assert!(matches!(things(text), Err(Error::CutOff { .. })), "{}", String::from_utf8_lossy(text));
        }
        assert!(matches!(Description::at(Path::new("/nonexistent")).things(), Err(Error::Read { .. })));
    }

    #[test]
    fn what_one_alone_has_is_joined_with_nothing() {
        let (_one, one) = described(b"all\t\tlines\t3\nfile\ta\tx\t1\nfile\tc\tx\t1\nobject\ta\tx\t1\n");
        let (_other, other) = described(b"all\t\tlines\t3\nfile\tb\tx\t1\nfile\tc\tx\t2\nwitness\ta\tx\t1\n");
        let joined = Joined::new(one.things().expect("things"), other.things().expect("things"));
        let sides: Vec<(bool, bool)> =
            joined.map(|pair| pair.expect("a pair")).map(|(one, other)| (one.is_some(), other.is_some())).collect();
        assert_eq!(sides, [(true, false), (false, true), (true, true), (true, false), (false, true)]);
        let files = one.of(Kind::File).expect("files");
        let joined = Joined::by_path(files, other.of(Kind::Witness).expect("files"));
        let sides: Vec<(bool, bool)> =
            joined.map(|pair| pair.expect("a pair")).map(|(one, other)| (one.is_some(), other.is_some())).collect();
        assert_eq!(sides, [(true, true), (true, false)]);
    }
}
