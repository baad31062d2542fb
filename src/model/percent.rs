//! The one writer and reader of `%XX` in addresses (RFC 3986, 2.1).

/// What stands for itself in every part of an address, beside letters and digits.
pub const UNRESERVED: &[u8] = b"-._~";

/// Writes a text so that letters, digits and the characters of `plain` stand for themselves, and all others as `%XX`.
pub fn encoded(text: &str, plain: &[u8]) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || plain.contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            encoded.push_str(&data_encoding::HEXUPPER.encode(&[byte]));
        }
    }
    encoded
}

/// Replaces `%XX`; none where a `%` stands for nothing, or the result is no text.
pub fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        if first == b'%' {
            let (digits, after) = after.split_at_checked(2)?;
            bytes.extend(data_encoding::HEXUPPER_PERMISSIVE.decode(digits).ok()?);
            rest = after;
        } else {
            bytes.push(first);
            rest = after;
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_not_plain_is_written_by_its_bytes() {
        assert_eq!(encoded("a/b-1._~", b"-._~/"), "a/b-1._~");
        assert_eq!(encoded("ä b&c#%", UNRESERVED), "%C3%A4%20b%26c%23%25");
        assert_eq!(encoded("a/b", UNRESERVED), "a%2Fb");
        assert_eq!(decoded("%c3%A4+b").as_deref(), Some("ä+b"));
        for wrong in ["%", "a%2", "%zz", "%+1", "%ff", "%ä"] {
            assert_eq!(decoded(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(text in "\\PC*") {
            prop_assert_eq!(decoded(&encoded(&text, b"-._~/:")), Some(text));
        }
    }
}
