//! Texts of columns between tabs, a line each: the form of what a full build notes (`nix/reuse/Columns.hs`).

use gix::bstr::{BString, ByteSlice as _};

/// Returns the columns of every line. A tab, a line end and a backslash in a column have a backslash before them.
pub(super) fn columns(text: &[u8]) -> impl Iterator<Item = Vec<BString>> {
    text.lines().map(|line| line.split(|byte| *byte == b'\t').map(unescaped).collect())
}

fn unescaped(text: &[u8]) -> BString {
    if !text.contains(&b'\\') {
        return text.into();
    }
    let mut bytes = text.iter().copied();
    let mut plain = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        let byte = match (byte, if byte == b'\\' { bytes.next() } else { None }) {
            (_, Some(b't')) => b'\t',
            (_, Some(b'n')) => b'\n',
            (_, Some(other)) | (other, None) => other,
        };
        plain.push(byte);
    }
    plain.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_may_be_any_bytes() {
        let read: Vec<Vec<BString>> = columns(b"a\\tb\t\\\\\t\n\\n\xff\t\\").collect();
        let text = |bytes: &[u8]| BString::from(bytes);
        assert_eq!(read, [vec![text(b"a\tb"), text(b"\\"), text(b"")], vec![text(b"\n\xff"), text(b"\\")]]);
    }
}
