//! All ways through a text that the C preprocessor can leave.
//!
//! At `#if` a reading goes on in the first branch, and at `#elif` and `#else` from where it was at `#if`; at `#endif` it
//! goes on from the ends of all of them. Ways that are at the same place of a module are one.

use super::directives::{Directive, What};
use super::kind::Language;
use super::lexer::{Lexer, Place, Within};
use super::parser::{At, Manner, Next};
use super::{Doubt, Found, Include};

/// More ways than this are not followed. Ordinary sources have one or two.
const MOST_WAYS: usize = 16;

/// Deeper branches are not followed.
const DEEPEST: usize = 200;

/// One way to read a text.
pub(super) struct Reading<'a> {
    pub(super) text: &'a [u8],
    pub(super) directives: &'a [Directive],
    pub(super) language: Language,
    /// The C preprocessor may expand macros in it.
    pub(super) preprocessed: bool,
}

/// Where a reading ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// At declarations, or at the text's end, in code.
    Code,
    /// At the text's end, within a comment or a string.
    Within,
}

/// A way through the text, up to some line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Way {
    place: Place,
    at: At,
}

impl Way {
    const FIRST: Self = Self { place: Place { within: Within::Code, pragma: false }, at: At::Imports };
}

/// An `#if` whose `#endif` has not come.
struct Branch {
    /// The ways at `#if`.
    before: Vec<Way>,
    /// Those at the ends of its branches.
    ends: Vec<Way>,
    has_else: bool,
}

/// Adds to what was found what one reading finds.
pub(super) fn read(reading: &Reading<'_>, found: &mut Found, steps: &mut u64) -> End {
    let mut lexer = Lexer::new(reading.text, reading.language);
    let mut ways = vec![Way::FIRST];
    let mut branches: Vec<Branch> = Vec::new();
    let mut too_deep = 0_usize;
    let mut ended = false;
    let mut from = 0;
    for directive in reading.directives {
        ended |= go(reading, &mut lexer, from..directive.start, &mut ways, found);
        from = directive.end;
        match &directive.what {
            What::If if branches.len() == DEEPEST => {
                found.doubts.insert(Doubt::Tangled);
                too_deep += 1;
            }
            What::If => branches.push(Branch { before: ways.clone(), ends: Vec::new(), has_else: false }),
            What::Endif if too_deep > 0 => too_deep -= 1,
            What::Elif | What::Else if too_deep > 0 => {}
            What::Elif | What::Else => {
                if let Some(branch) = branches.last_mut() {
                    branch.has_else |= directive.what == What::Else;
                    branch.ends.append(&mut ways);
                    ways.clone_from(&branch.before);
                    merge(&mut branch.ends, found);
                } else {
                    // It is no directive, such as a line of a comment, or an earlier one was none.
                    ways.push(Way::FIRST);
                }
            }
            What::Endif => match branches.pop() {
                Some(mut branch) => {
                    ways.append(&mut branch.ends);
                    if !branch.has_else {
                        ways.append(&mut branch.before);
                    }
                }
                None => ways.push(Way::FIRST),
            },
            What::Include(Some((path, angled))) => {
                let at_imports = !ways.is_empty();
                found.includes.insert(Include { path: path.clone(), angled: *angled, at_imports });
            }
            What::Include(None) => {
                if !ways.is_empty() {
                    found.doubts.insert(Doubt::ComputedInclude);
                }
            }
            What::Define(name, begin, end) => define(reading, name, &reading.text[*begin..*end], found, steps),
            What::Nothing => {}
        }
        merge(&mut ways, found);
    }
    ended |= go(reading, &mut lexer, from..reading.text.len(), &mut ways, found);
    let manner = manner(reading);
    for way in &ways {
        manner.leave(way.at, found);
    }
    *steps += lexer.steps;
    if ended || ways.iter().any(|way| way.place.within == Within::Code && !way.place.pragma) {
        End::Code
    } else {
        End::Within
    }
}

fn manner<'a>(reading: &Reading<'a>) -> Manner<'a> {
    Manner {
        text: reading.text,
        macros: reading.preprocessed || !reading.language.is_plain(),
        included: reading.language == Language::Included,
    }
}

/// Takes all ways through a stretch of text. Those that come to a declaration end; whether one did.
fn go(
    reading: &Reading<'_>,
    lexer: &mut Lexer<'_>,
    stretch: std::ops::Range<usize>,
    ways: &mut Vec<Way>,
    found: &mut Found,
) -> bool {
    let manner = manner(reading);
    let before = ways.len();
    ways.retain_mut(|way| {
        let mut position = stretch.start;
        while let Some(token) = lexer.next(&mut position, stretch.end, &mut way.place, found) {
            match manner.step(way.at, token, found) {
                Next::Go(at) => way.at = at,
                Next::Ended => return false,
            }
        }
        true
    });
    ways.len() < before
}

fn merge(ways: &mut Vec<Way>, found: &mut Found) {
    ways.sort_unstable();
    ways.dedup();
    if ways.len() > MOST_WAYS {
        ways.truncate(MOST_WAYS);
        found.doubts.insert(Doubt::Tangled);
    }
}

/// Looks at what a macro stands for.
fn define(reading: &Reading<'_>, name: &str, text: &[u8], found: &mut Found, steps: &mut u64) {
    let mut lexer = Lexer::new(text, reading.language);
    // Where it is put in is not known; an import is one everywhere.
    let mut way = Way { at: At::Declaration { named: false }, ..Way::FIRST };
    let mut at = 0;
    let manner = Manner { text, macros: false, included: true };
    let mut doubtful = memchr::memmem::find(text, b"-}").is_some();
    while let Some(token) = lexer.next(&mut at, text.len(), &mut way.place, found) {
        if let Next::Go(at) = manner.step(way.at, token, found) {
            doubtful |= matches!(at, At::Import(_));
            way.at = at;
        }
    }
    manner.leave(way.at, found);
    *steps += lexer.steps;
    if doubtful || way.place != Way::FIRST.place {
        found.doubts.insert(Doubt::MacroText(name.to_owned()));
    }
    found.macros.insert(name.to_owned());
}
