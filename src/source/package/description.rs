//! Reads what must be known of a package before Cabal itself reads its description.

use std::borrow::Cow;

use crate::model::cabal::dependencies::Dependencies;
use crate::model::cabal::layout::{self, Element};
use crate::model::cabal::leaving::{Leaving, leaving};
use crate::model::cabal::{self, sections};
use crate::model::package::BuildType;
use crate::source::error::{DescriptionProblem as Problem, MOST_OF_A_NAME};

/// What a description says of its package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Description {
    pub(super) name: String,
    pub(super) version: String,
    /// None where it is left to Cabal's default, which depends on whether there is a `Setup.hs`.
    pub(super) build_type: Option<BuildType>,
    pub(super) dependencies: Dependencies,
    pub(super) leaving: Vec<Leaving>,
}

/// A problem and its line, from 1, where it has one.
pub(super) type Fault = (Option<usize>, Problem);

/// Reads a description.
pub(super) fn parse(bytes: &[u8]) -> Result<Description, Fault> {
    let text = String::from_utf8_lossy(bytes);
    let broken = matches!(text, Cow::Owned(_));
    // Cabal reads other encodings too, with a warning: an author's name in Latin-1 is no harm.
    read(&text).map_err(|(line, problem)| match problem {
        Problem::NoField(_) | Problem::Layout(_) if broken => (first_broken_line(bytes), Problem::NotUtf8),
        other => (line, other),
    })
}

fn first_broken_line(bytes: &[u8]) -> Option<usize> {
    let valid = std::str::from_utf8(bytes).err()?.valid_up_to();
    Some(bytes.iter().take(valid).filter(|byte| **byte == b'\n').count() + 1)
}

fn read(text: &str) -> Result<Description, Fault> {
    let elements = layout::parse(text).map_err(|fault| (Some(fault.line), Problem::Layout(fault.kind)))?;
    let (line, name) = field(&elements, "name").ok_or((None, Problem::NoField("name")))?;
    if !is_name(&name) {
        return Err((Some(line), Problem::Name(name)));
    }
    let (line, version) = field(&elements, "version").ok_or((None, Problem::NoField("version")))?;
    if !is_version(&version) {
        return Err((Some(line), Problem::Version(version)));
    }
    if name.len() + version.len() > MOST_OF_A_NAME {
        return Err((Some(line), Problem::LongName(name.len() + version.len())));
    }
    let build_type = build_type(&elements)?;
    let dependencies = Dependencies::of(&elements);
    Ok(Description { name, version, build_type, dependencies, leaving: leaving(&elements) })
}

/// The last field of this name and its line.
fn field(elements: &[Element], wanted: &str) -> Option<(usize, String)> {
    cabal::field(elements, wanted).map(|field| (field.line, field.text()))
}

/// Cabal's default is `Simple` from version 2.2 of the format on, `Custom` where there is a
/// `custom-setup`, and unclear before (`buildType` in `Distribution/Types/PackageDescription.hs`).
fn build_type(elements: &[Element]) -> Result<Option<BuildType>, Fault> {
    if let Some((line, value)) = field(elements, "build-type") {
        return match value.as_str() {
            "Simple" => Ok(Some(BuildType::Simple)),
            "Configure" => Ok(Some(BuildType::Configure)),
            "Custom" => Ok(Some(BuildType::Custom)),
            "Hooks" => Ok(Some(BuildType::Hooks)),
            "Make" => Ok(Some(BuildType::Make)),
            _ => Err((Some(line), Problem::BuildType(value))),
        };
    }
    if sections(elements).any(|section| section.name == "custom-setup") {
        return Ok(Some(BuildType::Custom));
    }
    Ok((cabal::format(elements) >= (2, 2)).then_some(BuildType::Simple))
}

/// Words of letters and digits with hyphens between them, none of which is a bare number
/// (`parsecUnqualComponentName`). Cabal would take letters beyond ASCII; Nix has no name for such a package.
fn is_name(name: &str) -> bool {
    let is_word = |word: &str| {
        word.bytes().all(|byte| byte.is_ascii_alphanumeric()) && word.bytes().any(|byte| byte.is_ascii_alphabetic())
    };
    name.split('-').all(is_word)
}

/// Numbers with dots between them, of nine digits at most and without leading zeros (`versionDigitParser`).
fn is_version(version: &str) -> bool {
    let is_number = |number: &str| {
        matches!(number.len(), 1..=9)
            && number.bytes().all(|byte| byte.is_ascii_digit())
            && (number.len() == 1 || !number.starts_with('0'))
    };
    version.split('.').all(is_number)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn good(text: &str) -> (String, String, Option<BuildType>) {
        let description = parse(text.as_bytes()).expect("a description");
        (description.name, description.version, description.build_type)
    }

    fn bad(text: &str) -> String {
        let (line, problem) = parse(text.as_bytes()).expect_err("no description");
        format!("{}: {problem}", line.map_or("-".to_owned(), |line| line.to_string()))
    }

    #[test]
    fn layout_is_read() {
        let text = "cabal-version: 3.0\n-- name: no\nname:          foo-bar\nversion:\n    1.2.3\n\n\
            common shared\n  version: 9\n  ghc-options: -Wall\n\nlibrary\n  import: shared\n  build-depends:\n    base\n";
        assert_eq!(good(text), ("foo-bar".into(), "1.2.3".into(), Some(BuildType::Simple)));
    }

    #[test]
    fn braces_tabs_case_and_line_ends_are_read() {
        let text = "\u{feff}Library\r\n{\r\n\tname: no\r\n\tif os(linux) {\r\n\t\tversion: 9\r\n}\r\n}\r\n\
            NAME :\tfoo\r\nVersion: { 1.0 }\r\nDescription: {\r\nname: no\r\n}\r\nBuild-Type: Configure\r\n\
            Executable x { main-is: X.hs }\r\nCabal-Version: >= 1.10\r\n";
        assert_eq!(good(text), ("foo".into(), "1.0".into(), Some(BuildType::Configure)));
    }

    #[test]
    fn braces_in_the_text_of_a_layout_field_are_text() {
        let text = "description: an open { brace\n  and another {\nname: foo\nversion: 0\n";
        assert_eq!(good(text), ("foo".into(), "0".into(), None));
    }

    #[test]
    fn the_build_type_has_the_default_of_cabal() {
        let base = "name: a\nversion: 1\n";
        assert_eq!(good(base).2, None);
        assert_eq!(good(&format!("cabal-version: >=1.8\n{base}")).2, None);
        assert_eq!(good(&format!("cabal-version: 2.2\n{base}")).2, Some(BuildType::Simple));
        assert_eq!(good(&format!("cabal-version: 3.0\n{base}custom-setup\n  x: y\n")).2, Some(BuildType::Custom));
        assert_eq!(good(&format!("{base}build-type: Hooks\n")).2, Some(BuildType::Hooks));
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        assert_eq!(bad(""), "-: it has no `name:`");
        assert_eq!(bad("name: foo\n"), "-: it has no `version:`");
        assert_eq!(bad("library\n  name: foo\n  version: 1\n"), "-: it has no `name:`");
        assert!(bad("\nname: foo bar\nversion: 1\n").starts_with("2: `foo bar` is not a package name"));
        assert!(bad("name: foo-1\nversion: 1\n").starts_with("1: `foo-1` is not a package name"));
        assert!(bad("name: foo\n\n-- x\nversion: 1.x\n").starts_with("4: `1.x` is not a version"));
        assert!(bad("name: foo\nversion: 1.02\n").starts_with("2: `1.02` is not a version"));
        let long = "a".repeat(200);
        assert!(bad(&format!("name: {long}\nversion: 1.0\n")).starts_with("2: its name and version have 203 char"));
        assert!(bad("name: foo\nversion: 1\nbuild-type: simple\n").starts_with("3: `simple` is not a build type"));
    }

    #[test]
    fn another_encoding_matters_only_where_it_hides_a_field() {
        let latin = b"name: foo\nauthor: J\xf6rg\nversion: 1\n";
        assert_eq!(parse(latin).expect("a description").name, "foo");
        let utf16: Vec<u8> = "name: foo\nversion: 1\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(parse(&[b"\xff\xfe".as_slice(), &utf16].concat()), Err((Some(1), Problem::NotUtf8)));
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            drop(parse(&bytes));
        }

        #[test]
        fn no_likely_text_panics(text in "([ \t]{0,3}(name|version|library|if|--|build-type)?[ ]?[:{}]?[ ]?[a-z0-9{}.]{0,4}\r?\n){0,20}") {
            drop(parse(text.as_bytes()));
        }

        #[test]
        fn the_fields_are_found_among_sections(
            before in "(library|common x|flag y)(\n  (name|version): ([0-9][0-9{}]{0,2})?){0,4}",
            indent in 0_usize..3,
            name in "[a-z][a-z0-9]{0,5}(-[a-z]{1,3}){0,2}",
            version in "[1-9][0-9]{0,3}(\\.(0|[1-9][0-9]?)){0,3}",
        ) {
            let space = " ".repeat(indent);
            // No brace after a section's name: that would make its lines braced.
            let text = format!("{before}\nname:{space}{name}\nVERSION{space}: {version}\nexecutable z\n  name: 9\n");
            let (read_name, read_version, _) = good(&text);
            prop_assert_eq!((read_name, read_version), (name, version));
        }
    }
}
