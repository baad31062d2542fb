//! Sets a key of `hinc.toml`, and leaves the rest of the file as it is.

use toml_edit::{DocumentMut, Item, Value};

use super::hinc_toml::HincToml;
use crate::cli::error::Error;
use crate::model::interval::Interval;

/// Returns the text of the file with this interval: comments, order and all else stay. `text` is empty for a file that is
/// not there yet. It is an error where the file is not a right one.
pub(in crate::cli) fn with_interval(text: &str, interval: Interval) -> Result<String, Error> {
    HincToml::parse(Some(text))?;
    let mut document: DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| wrong(error.into()))?;
    let mut value = Value::from(interval.to_string());
    match document.get_mut("interval") {
        // With what stands around it, such as a comment at the end of the line.
        Some(Item::Value(old)) => {
            *value.decor_mut() = old.decor().clone();
            *old = value;
        }
        _ => {
            document.insert("interval", Item::Value(value));
        }
    }
    let mut new = document.to_string();
    if text.contains("\r\n") && text.matches("\r\n").count() == text.matches('\n').count() {
        // toml_edit ends lines as Unix does.
        new = new.replace("\r\n", "\n").replace('\n', "\r\n");
    }
    HincToml::parse(Some(&new))?;
    Ok(new)
}

fn wrong(source: Box<dyn std::error::Error + Send + Sync>) -> Error {
    Error::Settings { source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_else_is_changed() {
        let cases = [
            ("", "interval = \"1w\"\n"),
            ("interval = \"1d\"\n", "interval = \"1w\"\n"),
            ("interval = \"1w\"\n", "interval = \"1w\"\n"),
            (
                "# ours\ninterval   =   'auto'   # why not\nagainst = \"main\"\n",
                "# ours\ninterval   =   \"1w\"   # why not\nagainst = \"main\"\n",
            ),
            (
                "# ours\n\nagainst = \"main\" # the main line\n\n# how\n[host]\ntests = true   # all\n",
                "# ours\n\nagainst = \"main\" # the main line\ninterval = \"1w\"\n\n# how\n[host]\ntests = true   # all\n",
            ),
            (
                "[host]\ntests=true\n[builder.farm]\nkind = \"ssh\"\n",
                "interval = \"1w\"\n[host]\ntests=true\n[builder.farm]\nkind = \"ssh\"\n",
            ),
            ("against = \"main\"", "against = \"main\"\ninterval = \"1w\"\n"),
            ("\"interval\" = \"1d\"\n", "\"interval\" = \"1w\"\n"),
            (
                "# ours\r\ninterval = \"1d\" # short\r\n\r\n[host]\r\ntests = true\r\n",
                "# ours\r\ninterval = \"1w\" # short\r\n\r\n[host]\r\ntests = true\r\n",
            ),
            ("[host]\r\ntests = true\r\n", "interval = \"1w\"\r\n[host]\r\ntests = true\r\n"),
            (
                "packages = [\n  \"a\", # one\n  \"b\",\n]\n",
                "packages = [\n  \"a\", # one\n  \"b\",\n]\ninterval = \"1w\"\n",
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(with_interval(text, Interval::WEEK).expect(text), expected, "{text}");
        }
    }

    #[test]
    fn a_wrong_file_is_left_alone() {
        for text in ["interval = ", "intervall = \"1d\"\n", "[interval]\nx = 1\n", "interval = 1\n"] {
            let error = with_interval(text, Interval::WEEK).expect_err(text);
            assert_eq!(error.to_string(), "cannot read the settings of hinc.toml", "{text}");
        }
    }
}
