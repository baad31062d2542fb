//! The code of a literate source, as GHC's `unlit` finds it.

use std::collections::BTreeSet;

use super::LiterateStyle;

/// The code with the lines that it stands in, empty ones where there is text, and the styles that occur. Lines that
/// begin with `#` stay, for the C preprocessor, which comes after.
pub(super) fn code_of(text: &[u8]) -> (Vec<u8>, BTreeSet<LiterateStyle>) {
    let mut code = Vec::with_capacity(text.len());
    let mut styles = BTreeSet::new();
    let mut within = false;
    for line in text.split_inclusive(|&byte| byte == b'\n') {
        if within {
            within = !line.starts_with(b"\\end{code}");
            code.extend_from_slice(if within { line } else { b"\n" });
        } else if let Some(rest) = line.strip_prefix(b">") {
            styles.insert(LiterateStyle::Bird);
            code.push(b' ');
            code.extend_from_slice(rest);
        } else if line.starts_with(b"#") {
            code.extend_from_slice(line);
        } else {
            // Blanks around it are allowed; what else stands behind it is nothing that `unlit` knows, but others do.
            within = line.trim_ascii_start().starts_with(b"\\begin{code}");
            if within {
                styles.insert(LiterateStyle::Latex);
            }
            code.push(b'\n');
        }
    }
    (code, styles)
}
