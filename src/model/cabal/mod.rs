//! Cabal's files: how they are laid out, and what a package description says its package is built with.
//!
//! Nothing else in hinc reads the text of such a file.

pub mod dependencies;
pub mod layout;
pub mod leaving;

use layout::{Element, Field, Section};

/// The version of the format of package descriptions, as far as it says what is understood: `(2, 2)`.
pub type Format = (u32, u32);

/// The last field of this name outside of all sections: Cabal warns and takes it (`singularField`).
pub fn field<'a>(elements: &'a [Element], wanted: &str) -> Option<&'a Field> {
    elements.iter().rev().find_map(|element| match element {
        Element::Field(field) if field.name == wanted => Some(field),
        _ => None,
    })
}

/// The sections outside of all others.
pub fn sections(elements: &[Element]) -> impl Iterator<Item = &Section> {
    elements.iter().filter_map(|element| match element {
        Element::Section(section) => Some(section),
        Element::Field(_) => None,
    })
}

/// The format that a description says it has: `cabal-version: 2.4`, and before 1.12 `>= 1.10`; 0 where it says none.
pub fn format(elements: &[Element]) -> Format {
    let text = field(elements, "cabal-version").map(Field::text).unwrap_or_default();
    let mut numbers = text.trim_start_matches(['>', '=', ' ']).split('.').map(|number| {
        let digits = number.find(|c: char| !c.is_ascii_digit()).unwrap_or(number.len());
        number.get(..digits).and_then(|number| number.parse().ok()).unwrap_or(0)
    });
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0))
}
