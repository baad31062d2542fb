//! The scanner of imports beside GHC, which is asked what it imports of the same sources.

use std::collections::BTreeSet;

use hinc::model::haskell::header::Header;

mod made_up;
mod oracle;
#[path = "../../soundness/walk/random.rs"]
mod random;
mod real;

/// The imports in the oracle's words.
fn imports(header: &Header) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    for import in &header.imports {
        let source = if import.source { "source " } else { "" };
        let package = import.package.as_ref().map(|package| format!("\"{package}\" ")).unwrap_or_default();
        words.insert(format!("{source}{package}{}", import.module));
    }
    words
}

/// Any of some things.
fn any<'a>(random: &mut random::Random, things: &[&'a str]) -> &'a str {
    things[random.below(u32::try_from(things.len()).expect("a few")) as usize]
}
