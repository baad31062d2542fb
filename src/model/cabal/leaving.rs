//! What a package description names outside of the package's folder, which is all that a build gets.

use serde::{Deserialize, Serialize};

use super::layout::Element;

/// A path of a description that leads out of the package's folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leaving {
    /// Its field's line, from 1.
    pub line: usize,
    /// The field.
    pub field: String,
    /// The path.
    pub path: String,
}

/// Fields of files and folders that a build reads.
const FIELDS: [&str; 16] = [
    "asm-sources",
    "c-sources",
    "cmm-sources",
    "cxx-sources",
    "data-dir",
    "data-files",
    "extra-source-files",
    "hs-source-dir",
    "hs-source-dirs",
    "include-dirs",
    "includes",
    "js-sources",
    "license-file",
    "license-files",
    "main-is",
    "test-module",
];

/// Returns those of a description, under conditions or not, in the order of the file.
pub fn leaving(elements: &[Element]) -> Vec<Leaving> {
    let mut found = Vec::new();
    let mut pending: Vec<&Element> = elements.iter().rev().collect();
    while let Some(element) = pending.pop() {
        match element {
            Element::Section(section) => pending.extend(section.inside.iter().rev()),
            Element::Field(field) if FIELDS.contains(&field.name.as_str()) => {
                let paths = field.entries().filter(|path| leaves(path));
                let of = |path: &str| Leaving { line: field.line, field: field.name.clone(), path: path.to_owned() };
                found.extend(paths.map(of));
            }
            Element::Field(_) => {}
        }
    }
    found
}

/// Whether a path leads above the folder that it starts in.
fn leaves(path: &str) -> bool {
    let mut depth = 0_usize;
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if depth == 0 => return true,
            ".." => depth -= 1,
            _ => depth += 1,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::super::layout;
    use super::*;

    #[test]
    fn a_path_leads_out_where_it_climbs_above_its_start() {
        for path in ["..", "../a", "a/../../b", "./../a"] {
            assert!(leaves(path), "{path}");
        }
        for path in ["a", "a/../b", "./a", "...", "a/..", "/a"] {
            assert!(!leaves(path), "{path}");
        }
    }

    #[test]
    fn fields_of_paths_are_looked_at() {
        let text = "name: ../a\nlicense-file: ../LICENSE\nlibrary\n  hs-source-dirs: src, ../shared\n  if flag(x)\n    \
            c-sources: ../../c/x.c\n  build-depends: ../b\n";
        let found = leaving(&layout::parse(text).expect("a description"));
        let shown: Vec<_> = found.iter().map(|at| format!("{} {} {}", at.line, at.field, at.path)).collect();
        assert_eq!(shown, ["2 license-file ../LICENSE", "4 hs-source-dirs ../shared", "6 c-sources ../../c/x.c"]);
    }
}
