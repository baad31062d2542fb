//! The one writer of property lists: values of launchd, as XML.

use std::fmt::Write as _;

use super::Error;

/// A text that XML can hold.
pub(super) struct Text(String);

impl Text {
    /// Takes a text. What XML has no way to write is refused, and so is what terminals obey.
    pub(super) fn new(text: &str) -> Result<Self, Error> {
        let odd = |c: char| c.is_control() && !"\t\n".contains(c) || matches!(c, '\u{fffe}' | '\u{ffff}');
        if text.contains(odd) {
            return Err(Error::Character { format: "a property list", text: text.to_owned() });
        }
        Ok(Self(text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")))
    }
}

/// A value.
pub(super) enum Value {
    Text(Text),
    Whole(u32),
    Truth(bool),
    List(Vec<Self>),
    /// Keys are hinc's own words.
    Dict(Vec<(&'static str, Self)>),
}

/// Writes a whole property list. The comment is hinc's own words.
pub(super) fn document(comment: &'static str, value: &Value) -> String {
    let mut text = format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<!-- {comment} -->
<plist version="1.0">
"#
    );
    write(&mut text, value, 0);
    text.push_str("</plist>\n");
    text
}

fn write(text: &mut String, value: &Value, depth: usize) {
    let indent = 2 * depth;
    match value {
        Value::Text(Text(escaped)) => writeln!(text, "{:indent$}<string>{escaped}</string>", ""),
        Value::Whole(number) => writeln!(text, "{:indent$}<integer>{number}</integer>", ""),
        Value::Truth(true) => writeln!(text, "{:indent$}<true/>", ""),
        Value::Truth(false) => writeln!(text, "{:indent$}<false/>", ""),
        Value::List(values) => {
            writeln!(text, "{:indent$}<array>", "").ok();
            for value in values {
                write(text, value, depth + 1);
            }
            writeln!(text, "{:indent$}</array>", "")
        }
        Value::Dict(entries) => {
            writeln!(text, "{:indent$}<dict>", "").ok();
            for (key, value) in entries {
                writeln!(text, "{:indent$}  <key>{key}</key>", "").ok();
                write(text, value, depth + 1);
            }
            writeln!(text, "{:indent$}</dict>", "")
        }
    }
    // Writing to a text does not fail.
    .ok();
}
