//! Reads which packages a `cabal.project` names.

use super::description::{Element, elements};

/// Returns the entries of the fields `packages:` and `optional-packages:`, as they are written: folders, `.cabal` files and
/// patterns with `*`. Those that lie outside of the repository (archives, URLs) are left out.
pub(super) fn packages(text: &str) -> Vec<String> {
    let mut packages = Vec::new();
    for element in elements(text) {
        let Element::Field { name, value, .. } = element else { continue };
        if name != "packages" && name != "optional-packages" {
            continue;
        }
        // A comment may follow on a line of its own only: `elements` has taken these out.
        let entries = value.split(|c: char| c.is_whitespace() || c == ',').filter(|entry| !entry.is_empty());
        packages.extend(entries.filter(|entry| !entry.contains("://")).map(str::to_owned));
    }
    packages
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

    #[test]
    fn entries_may_stand_on_one_line_or_several() {
        let text = "packages: ./a, b/*.cabal\n  c\n  -- d\n  https://example.org/e.tar.gz\n\
            optional-packages: f\npackages:\n  g/\n\npackage a\n  packages: h\n";
        assert_eq!(packages(text), ["./a", "b/*.cabal", "c", "f", "g/"]);
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
