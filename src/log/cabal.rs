//! The lines by which Cabal says which component it works on.
//!
//! Source of the facts: `setupMessage'` of `Distribution/Simple/Utils.hs` and
//! `showComponentName` of `Distribution/Types/ComponentName.hs`, Cabal 3.8 to 3.16.

use crate::model::haskell::ComponentName;

/// Reads `Building executable 'foo' for bar-0.1..` and its like.
///
/// What follows the component is not looked at: Cabal breaks long lines, and of Backpack's
/// instances it lists the signatures there.
pub(super) fn component(line: &str) -> Option<ComponentName> {
    let rest = line.strip_prefix("Preprocessing ").or_else(|| line.strip_prefix("Building "))?;
    for (words, prefix) in [
        ("library '", "lib:"),
        ("foreign library '", "flib:"),
        ("executable '", "exe:"),
        ("test suite '", "test:"),
        ("benchmark '", "bench:"),
    ] {
        if let Some((name, after)) = rest.strip_prefix(words).and_then(|rest| rest.split_once('\'')) {
            let whole = !name.is_empty() && (after.is_empty() || after.starts_with(' '));
            return whole.then(|| ComponentName(format!("{prefix}{name}")));
        }
    }
    let after = rest.strip_prefix("library")?;
    let whole =
        after.is_empty() || after.starts_with(" for ") || after.starts_with(" instantiated with") || after == " for";
    whole.then(|| ComponentName("lib".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn components_have_their_names_on_the_command_line() {
        for (line, expected) in [
            ("Preprocessing library for foo-0.1..", Some("lib")),
            ("Building library for foo-0.1..", Some("lib")),
            ("Building library for", Some("lib")),
            ("Building library instantiated with", Some("lib")),
            ("Building library 'inner' for foo-0.1..", Some("lib:inner")),
            ("Building foreign library 'f' for foo-0.1..", Some("flib:f")),
            ("Preprocessing executable 'x-y' for foo-0.1..", Some("exe:x-y")),
            ("Building test suite 'spec' for foo-0.1..", Some("test:spec")),
            ("Building benchmark 'speed' for", Some("bench:speed")),
            ("Building source distribution", None),
            ("Building library docs", None),
            ("Building executable", None),
            ("Building executable 'x", None),
            ("Configuring foo-0.1...", None),
        ] {
            assert_eq!(component(line), expected.map(|name| ComponentName(name.to_owned())), "{line}");
        }
    }
}
