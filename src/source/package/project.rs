//! Reads which packages a `cabal.project` names.

use std::fmt;

use crate::model::cabal::layout::Element;

/// An entry of `packages:` or `optional-packages:`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// Its field's line, from 1.
    pub(super) line: usize,
    /// As it is written: a folder, a `.cabal` file, or a pattern of these.
    pub(super) pattern: String,
    /// Whether it may name nothing.
    pub(super) is_optional: bool,
}

/// An entry of `packages:` that names no package. cabal-install refuses such a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nameless {
    /// The `cabal.project`, below the top.
    pub file: String,
    /// The field's line, from 1.
    pub line: usize,
    /// The entry.
    pub pattern: String,
    /// Why it names none.
    pub why: Idle,
}

/// Why an entry names no package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Idle {
    /// Nothing lies there.
    Nothing,
    /// It leads out of the repository.
    Outside,
    /// Its braces do not match, or stand for too many.
    Braces,
}

impl fmt::Display for Nameless {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, pattern, why } = self;
        write!(f, "{file}:{line}: `{pattern}` names no package: ")?;
        f.write_str(match why {
            Idle::Nothing => "no folder with a `.cabal` file, and no such file, that git tracks is there",
            Idle::Outside => "it leads out of the repository, and hinc builds what git tracks there",
            Idle::Braces => "its braces do not match, or stand for more than a thousand places",
        })
    }
}

/// Returns the entries of these fields. Those that lie outside of the repository (archives, URLs) are left out.
pub(super) fn packages(elements: &[Element]) -> Vec<Entry> {
    let mut packages = Vec::new();
    for element in elements {
        let Element::Field(field) = element else { continue };
        let is_optional = match field.name.as_str() {
            "packages" => false,
            "optional-packages" => true,
            _ => continue,
        };
        let text = field.text();
        let entries = entries(&text).filter(|entry| !entry.is_empty() && !entry.contains("://"));
        packages.extend(entries.map(|pattern| Entry { line: field.line, pattern: pattern.to_owned(), is_optional }));
    }
    packages
}

/// What stands between commas and blanks, but for those within braces (`parsecPackageGlob` in cabal-install).
fn entries(text: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0_usize;
    text.split(move |c: char| {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && (c.is_whitespace() || c == ',')
    })
}

/// Most patterns that one with braces can stand for.
const MOST_ALTERNATIVES: usize = 1_000;

/// The patterns without braces that one stands for, each alternative in turn: `./{core,app}/*` is `./core/*` and
/// `./app/*`. None where braces do not match, or where they are too many.
pub(super) fn alternatives(pattern: &str) -> Option<Vec<String>> {
    let mut done = Vec::new();
    let mut pending = vec![pattern.to_owned()];
    while let Some(pattern) = pending.pop() {
        let Some(open) = pattern.find('{') else {
            if pattern.contains('}') {
                return None;
            }
            done.push(pattern);
            continue;
        };
        let (before, rest) = (pattern.get(..open)?, pattern.get(open + 1..)?);
        let mut depth = 1_usize;
        let mut cuts = vec![];
        let mut end = None;
        for (at, c) in rest.char_indices() {
            match c {
                '{' => depth += 1,
                '}' if depth == 1 => {
                    end = Some(at);
                    break;
                }
                '}' => depth -= 1,
                ',' if depth == 1 => cuts.push(at),
                _ => {}
            }
        }
        let end = end?;
        let after = rest.get(end + 1..)?;
        let mut start = 0;
        let mut choices = Vec::new();
        for cut in cuts.into_iter().chain([end]) {
            choices.push(format!("{before}{}{after}", rest.get(start..cut)?.trim()));
            start = cut + 1;
        }
        pending.extend(choices.into_iter().rev());
        if before.contains('}') || done.len() + pending.len() > MOST_ALTERNATIVES {
            return None;
        }
    }
    Some(done)
}

/// Whether a name matches a pattern in which `*` stands for any characters.
pub(super) fn matches(pattern: &str, name: &str) -> bool {
    let mut pieces = pattern.split('*');
    let first = pieces.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else { return false };
    let mut pieces: Vec<&str> = pieces.collect();
    let Some(last) = pieces.pop() else { return rest.is_empty() };
    for piece in pieces {
        let Some(found) = rest.find(piece) else { return false };
        rest = rest.get(found + piece.len()..).unwrap_or_default();
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::cabal::layout;

    #[test]
    fn entries_may_stand_on_one_line_or_several() {
        let text = "packages: ./a, b/*.cabal\n  c\n  -- d\n  https://example.org/e.tar.gz\n\
            optional-packages: f\npackages:\n  g/, {x, y}/z\n\npackage a\n  packages: h\n";
        let entries = packages(&layout::parse(text).expect("a project"));
        let shown = entries
            .iter()
            .map(|entry| format!("{} {}{}", entry.line, entry.pattern, if entry.is_optional { "?" } else { "" }));
        assert_eq!(shown.collect::<Vec<_>>(), ["1 ./a", "1 b/*.cabal", "1 c", "5 f?", "6 g/", "6 {x, y}/z"]);
    }

    #[test]
    fn braces_stand_for_each_of_what_they_hold() {
        let cases = [
            ("a/*", Some("a/*")),
            ("./{core, app}/*.cabal", Some("./core/*.cabal ./app/*.cabal")),
            ("{a,b{c,d}}/{e,f}", Some("a/e a/f bc/e bc/f bd/e bd/f")),
            ("{a}", Some("a")),
            ("{a", None),
            ("a}", None),
            ("a}{b}", None),
            ("{a,b}}", None),
        ];
        for (pattern, expected) in cases {
            let found = alternatives(pattern).map(|found| found.join(" "));
            assert_eq!(found.as_deref(), expected, "{pattern}");
        }
        assert_eq!(alternatives(&"{a,b}".repeat(40)), None);
    }

    #[test]
    fn a_star_stands_for_any_characters() {
        for (pattern, name) in [("*", ""), ("*", "x"), ("*.cabal", "x.cabal"), ("a*b*c", "a-b-b-c"), ("a", "a")] {
            assert!(matches(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [("a", "ab"), ("*.cabal", "x.cabal.in"), ("a*b*c", "acb"), ("ab*b", "ab"), ("", "x")] {
            assert!(!matches(pattern, name), "{pattern} {name}");
        }
    }
}
