//! The one writer of strings of the Nix language.

/// Writes a text as a string of Nix, with its quotes. Nix reads it as it was.
pub fn nix_string(text: &str) -> String {
    let mut quoted = "\"".to_owned();
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            // `${` would put in a value; a `$` before anything else may be escaped as well.
            '$' => quoted.push_str("\\$"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_ends_the_string_or_puts_in_a_value() {
        assert_eq!(nix_string("say \"${hello}\" \\\r\n\t"), r#""say \"\${hello}\" \\\r\n\t""#);
        assert_eq!(nix_string(""), "\"\"");
    }
}
