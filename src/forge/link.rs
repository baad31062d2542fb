//! Where a list goes on: the header `Link` (RFC 8288), which GitHub and GitLab send.
//! <https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api>

/// Returns the address of the next page; none where this is the last.
pub(super) fn next(header: &str) -> Option<&str> {
    let mut rest = header;
    loop {
        let (_, after) = rest.split_once('<')?;
        let (address, after) = after.split_once('>')?;
        // The parameters end where the next address begins.
        let end = after.find('<').unwrap_or(after.len());
        if after[..end].split([';', ',']).any(is_next) {
            return Some(address);
        }
        rest = &after[end..];
    }
}

/// Whether a parameter says that the link leads to the next page. It may say several things: `rel="next last"`.
fn is_next(parameter: &str) -> bool {
    let Some((name, value)) = parameter.split_once('=') else { return false };
    let value = value.trim().trim_matches('"');
    name.trim().eq_ignore_ascii_case("rel") && value.split_whitespace().any(|word| word.eq_ignore_ascii_case("next"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_found() {
        for (header, expected) in [
            // As GitHub's documentation shows it.
            (
                "<https://api.github.com/repositories/1/issues?page=2>; rel=\"prev\", \
                 <https://api.github.com/repositories/1/issues?page=4>; rel=\"next\", \
                 <https://api.github.com/repositories/1/issues?page=9>; rel=\"last\"",
                Some("https://api.github.com/repositories/1/issues?page=4"),
            ),
            ("<https://h/?a=1,2;3>; rel=\"next\"", Some("https://h/?a=1,2;3")),
            ("<https://h/2>; title=\"x\"; REL=next", Some("https://h/2")),
            ("<https://h/2>; rel=\"next last\"", Some("https://h/2")),
            ("<https://h/1>; rel=\"first\", <https://h/9>; rel=\"last\"", None),
            ("<https://h/1>; rel=\"nextish\"", None),
            ("<https://h/1", None),
            ("", None),
            ("next", None),
        ] {
            assert_eq!(next(header), expected, "{header}");
        }
    }
}
