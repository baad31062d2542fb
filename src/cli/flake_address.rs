//! Reads the address of a flake and of an attribute in it, as `nix build` takes it: `./sub?dir=x#packages.y`.
//!
//! Pure: nothing here looks at a disk. Source of the facts: `flakeref.cc`, `attr-path.cc` and
//! `outputs-spec.cc` in NixOS/nix.

use crate::model::percent;

/// An address of a flake in a folder of this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FlakeAddress {
    /// The folder as it was written; `.` where none was.
    pub(super) path: String,
    /// Where the flake lies below it (`?dir=`).
    pub(super) dir: Option<String>,
    /// What was written after the `#`, decoded; empty for the default package.
    pub(super) attribute: String,
    /// Its parts.
    pub(super) parts: Vec<String>,
    /// Whether the attribute began with a dot, so that it is meant from the top.
    pub(super) from_the_top: bool,
}

/// Why a text that looks like an address of a flake is not one that hinc builds.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Problem {
    /// It names a flake that is somewhere else.
    #[error("`{0}` is a flake that is somewhere else, and hinc builds the repository that it is in")]
    Elsewhere(String),
    /// It names an entry of a registry.
    #[error("`{0}` names a flake of Nix's registry, and hinc builds the repository that it is in")]
    Registry(String),
    /// It chooses a commit.
    #[error("`{0}` chooses a commit in the address")]
    Commit(String),
    /// It has a parameter that says nothing here.
    #[error("hinc knows no parameter `{1}` in an address such as `{0}`")]
    Parameter(String, String),
    /// It chooses outputs.
    #[error("`{0}` chooses outputs, but hinc builds all outputs of a package")]
    Outputs(String),
    /// Its attribute path is not one.
    #[error("`{0}` is no attribute path: {1}")]
    Attribute(String, &'static str),
    /// A `%` is not followed by two hexadecimal digits, or what it stands for is not UTF-8.
    #[error("`{0}` has a `%` that stands for nothing")]
    Percent(String),
}

impl Problem {
    /// What to do about it.
    pub(super) fn hint(&self) -> &'static str {
        match self {
            Self::Elsewhere(_) => "clone it, and build it with `hinc -C FOLDER build .#ATTRIBUTE`",
            Self::Registry(_) => "write `./NAME#ATTRIBUTE` for a folder of this repository; clone what lies elsewhere",
            Self::Commit(_) => "name the commit with `--rev REV`",
            Self::Parameter(..) => "`?dir=FOLDER` names the folder of a flake; a commit is named with `--rev REV`",
            Self::Outputs(_) => "leave out what begins with `^`",
            Self::Attribute(..) => "write it as `a.b`, or `a.\"b.c\"` where a name has a dot in it",
            Self::Percent(_) => "write `%25` for a percent sign",
        }
    }
}

/// Reads an address. None where the text does not have the form of one: it may still be a folder with a flake.
pub(super) fn parse(text: &str) -> Result<Option<FlakeAddress>, Problem> {
    let (before, fragment) = text.split_once('#').map_or((text, None), |(before, after)| (before, Some(after)));
    let (place, query) = before.split_once('?').map_or((before, None), |(place, query)| (place, Some(query)));
    let scheme = scheme(place);
    if fragment.is_none() && scheme.is_none() && !query.is_some_and(|query| query.contains('=')) {
        return Ok(None);
    }
    let path = match scheme {
        Some(("path", rest)) => decoded(rest, text)?,
        Some(("git+file", rest)) => decoded(rest.strip_prefix("//").unwrap_or(rest), text)?,
        Some(_) => return Err(Problem::Elsewhere(text.to_owned())),
        None if is_registered(place) => return Err(Problem::Registry(text.to_owned())),
        None => place.to_owned(),
    };
    let mut dir = None;
    for parameter in query.unwrap_or_default().split('&').filter(|parameter| !parameter.is_empty()) {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        match name {
            "dir" => dir = Some(decoded(value, text)?),
            "rev" | "ref" => return Err(Problem::Commit(text.to_owned())),
            _ => return Err(Problem::Parameter(text.to_owned(), name.to_owned())),
        }
    }
    let attribute = decoded(fragment.unwrap_or_default(), text)?;
    if chooses_outputs(&attribute) {
        return Err(Problem::Outputs(text.to_owned()));
    }
    let below_the_top = attribute.strip_prefix('.');
    let parts = attribute_path(below_the_top.unwrap_or(&attribute))?;
    Ok(Some(FlakeAddress {
        path: if path.is_empty() { ".".to_owned() } else { path },
        dir: dir.filter(|dir| !dir.is_empty()),
        from_the_top: below_the_top.is_some() && !parts.is_empty(),
        attribute,
        parts,
    }))
}

/// Splits `github:a/b` into `github` and `a/b`. A path such as `./a:b` has no scheme.
fn scheme(place: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = place.split_once(':')?;
    let starts_well = scheme.starts_with(|c: char| c.is_ascii_alphabetic());
    let of_scheme = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
    (starts_well && scheme.chars().all(of_scheme)).then_some((scheme, rest))
}

/// Whether Nix looks a name up in its registry: `nixpkgs`, `nixpkgs/nixos-25.05`. A path begins with `.` or `/`.
fn is_registered(place: &str) -> bool {
    place.starts_with(|c: char| c.is_ascii_alphabetic())
        && place.chars().all(|c| c.is_ascii_alphanumeric() || "_-./".contains(c))
}

/// Replaces `%20` and the like.
fn decoded(text: &str, whole: &str) -> Result<String, Problem> {
    percent::decoded(text).ok_or_else(|| Problem::Percent(whole.to_owned()))
}

/// Whether `^out`, `^dev,doc` or `^*` stands at the end.
fn chooses_outputs(attribute: &str) -> bool {
    attribute.rsplit_once('^').is_some_and(|(_, outputs)| {
        outputs == "*"
            || !outputs.is_empty() && outputs.chars().all(|c| c.is_ascii_alphanumeric() || "+-._?=,".contains(c))
    })
}

/// Splits `a."b.c".d` at its dots.
fn attribute_path(text: &str) -> Result<Vec<String>, Problem> {
    let wrong = |problem| Problem::Attribute(text.to_owned(), problem);
    let mut parts = Vec::new();
    let mut part = String::new();
    let (mut quoted, mut was_quoted) = (false, false);
    for character in text.chars() {
        match character {
            '"' => {
                quoted = !quoted;
                was_quoted = true;
            }
            '.' if !quoted => {
                if part.is_empty() && !was_quoted {
                    return Err(wrong("there is nothing before a dot"));
                }
                parts.push(std::mem::take(&mut part));
                was_quoted = false;
            }
            other => part.push(other),
        }
    }
    if quoted {
        return Err(wrong("a quote is not closed"));
    }
    if !part.is_empty() || was_quoted {
        parts.push(part);
    } else if !text.is_empty() {
        return Err(wrong("there is nothing after the last dot"));
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use proptest::prelude::*;

    use super::*;

    /// Path, dir, and the parts of the attribute.
    fn read(text: &str) -> (String, Option<String>, Vec<String>) {
        let address = parse(text).expect("an address").expect("it has the form of one");
        (address.path, address.dir, address.parts)
    }

    fn expected(path: &str, dir: Option<&str>, parts: &[&str]) -> (String, Option<String>, Vec<String>) {
        (path.to_owned(), dir.map(str::to_owned), parts.iter().map(|&part| part.to_owned()).collect())
    }

    #[test]
    fn addresses_of_folders() {
        assert_eq!(read(".#x"), expected(".", None, &["x"]));
        assert_eq!(read("#x"), expected(".", None, &["x"]));
        assert_eq!(read(".#"), expected(".", None, &[]));
        assert_eq!(read("./sub#a.b"), expected("./sub", None, &["a", "b"]));
        assert_eq!(read("../x y#a"), expected("../x y", None, &["a"]));
        assert_eq!(read(".?dir=sub#x"), expected(".", Some("sub"), &["x"]));
        assert_eq!(read(".?dir=sub"), expected(".", Some("sub"), &[]));
        assert_eq!(read("/src/project#x"), expected("/src/project", None, &["x"]));
        assert_eq!(read("path:.#x"), expected(".", None, &["x"]));
        assert_eq!(read("path:./a%20b?dir=c%26d"), expected("./a b", Some("c&d"), &[]));
        assert_eq!(read("git+file:///src/project?dir=a#x"), expected("/src/project", Some("a"), &["x"]));
        assert_eq!(read("git+file:."), expected(".", None, &[]));
    }

    #[test]
    fn attributes_are_split_as_by_nix() {
        assert_eq!(read(".#a.\"b.c\".d").2, ["a", "b.c", "d"]);
        assert_eq!(read(".#a%22b.c%22").2, ["ab.c"]);
        assert_eq!(read(".#\"\".a").2, ["", "a"]);
        let from_the_top = |text| parse(text).expect("an address").expect("one").from_the_top;
        assert!(from_the_top(".#.checks.x"));
        assert!(!from_the_top(".#checks.x") && !from_the_top(".#."));
        assert_eq!(read(".#.checks.x").2, ["checks", "x"]);
        for wrong in [".#a..b", ".#a.", ".#a.\"b", ".#..a"] {
            assert!(matches!(parse(wrong), Err(Problem::Attribute(..))), "{wrong}");
        }
    }

    #[test]
    fn what_has_no_form_of_an_address_may_be_a_folder() {
        for text in [".", "..", "core", "./core", "/src", "1:2", "./a:b", "why?.cabal", "x.cabal", ""] {
            assert_eq!(parse(text), Ok(None), "{text}");
        }
    }

    #[test]
    fn what_lies_elsewhere_is_told_apart() {
        for text in
            ["github:a/b#c", "git+ssh://x/y", "https://x/y.tar.gz", "flake:nixpkgs#x", "git+https://x/y?dir=z#a"]
        {
            assert_eq!(parse(text), Err(Problem::Elsewhere(text.to_owned())));
        }
        for text in ["nixpkgs#hello", "nixpkgs/nixos-25.05#hello"] {
            assert_eq!(parse(text), Err(Problem::Registry(text.to_owned())));
        }
        assert_eq!(parse("git+file:///x?rev=1"), Err(Problem::Commit("git+file:///x?rev=1".to_owned())));
        assert!(matches!(parse(".?x=1#a"), Err(Problem::Parameter(_, name)) if name == "x"));
        for text in [".#x^dev", ".#x^*", ".#x^out,dev", ".^out#x^out"] {
            assert_eq!(parse(text), Err(Problem::Outputs(text.to_owned())));
        }
        for text in [".#%", ".#%4", ".#%zz", ".#%+1", ".#%ff"] {
            assert_eq!(parse(text), Err(Problem::Percent(text.to_owned())));
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in ".{0,40}", form in 0..3) {
            let text = match form { 0 => text, 1 => format!(".#{text}"), _ => format!(".?dir={text}") };
            if let Err(problem) = parse(&text) {
                prop_assert!(!problem.to_string().is_empty() && !problem.hint().is_empty());
            }
        }

        #[test]
        fn a_quoted_name_is_taken_as_it_is(name in "[a-z.$ ]{1,10}") {
            let address = parse(&format!(".#a.\"{name}\"")).expect("an address").expect("one");
            prop_assert_eq!(address.parts, vec!["a".to_owned(), name]);
        }
    }
}
