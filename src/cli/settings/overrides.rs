//! Settings of `hinc.toml` that are said on the command line: `--config KEY=VALUE`.
//!
//! They are for commits that cannot be changed: those of other people, and old ones.

use std::str::FromStr;

use toml::{Table, Value};

/// One key of `hinc.toml` with its value, `host.tests=true`.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::cli) struct Override {
    /// As it was written.
    text: String,
    /// The table that it is by itself.
    table: Table,
}

impl FromStr for Override {
    type Err = String;

    /// A value that is not TOML is a text: `source.submodules=empty`, for the shell takes quotes away.
    fn from_str(text: &str) -> Result<Self, String> {
        let (key, value) = text.split_once('=').ok_or("it is KEY=VALUE, such as host.tests=true")?;
        let parsed = |value: &str| format!("{key} = {value}").parse::<Table>().ok();
        // A line end would begin another key.
        let one_line = !text.contains(['\n', '\r']);
        let quoted = || parsed(&Value::String(value.trim().to_owned()).to_string());
        let table = parsed(value).or_else(quoted).filter(|_| one_line);
        let table = table.ok_or("KEY is a key of hinc.toml, with dots between a table's name and its own")?;
        Ok(Self { text: text.to_owned(), table })
    }
}

impl Override {
    /// As it was written.
    pub(in crate::cli) fn text(&self) -> &str {
        &self.text
    }

    /// Puts it into the file's table. A value takes the place of one, a table is joined with one.
    pub(super) fn apply(&self, file: &mut Table) {
        join(file, &self.table);
    }
}

fn join(into: &mut Table, from: &Table) {
    for (key, value) in from {
        match (into.get_mut(key), value) {
            (Some(Value::Table(into)), Value::Table(from)) => join(into, from),
            _ => drop(into.insert(key.clone(), value.clone())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(file: &str, texts: &[&str]) -> String {
        let mut table: Table = file.parse().expect("a table");
        for text in texts {
            text.parse::<Override>().expect("an override").apply(&mut table);
        }
        table.to_string()
    }

    #[test]
    fn a_key_takes_the_place_of_the_files() {
        let cases = [
            ("", "interval=1w", "interval = \"1w\"\n"),
            ("", "all-parents=true", "all-parents = true\n"),
            ("", "source.submodules=empty", "[source]\nsubmodules = \"empty\"\n"),
            ("[host]\ntests = true\n", "host.flags=[\"-dev\"]", "[host]\nflags = [\"-dev\"]\ntests = true\n"),
            ("[host]\ntests = true\n", "host.tests=false", "[host]\ntests = false\n"),
            ("", "package=\"a b\"", "package = \"a b\"\n"),
            ("", "host.ghc-options=[]", "[host]\nghc-options = []\n"),
            ("", "against=a=b", "against = \"a=b\"\n"),
        ];
        for (file, text, expected) in cases {
            assert_eq!(joined(file, &[text]), expected, "{text}");
        }
        assert_eq!(joined("", &["interval=1d", "interval=1w"]), "interval = \"1w\"\n");
    }

    #[test]
    fn what_is_no_key_with_a_value_is_refused() {
        for text in ["interval", "=1d", "a b=1", "a=1\nb=2", "[host]\ntests=true", "a..b=1"] {
            assert!(text.parse::<Override>().is_err(), "{text}");
        }
    }
}
