//! What the page may do: nothing but run its own script and take its own style.

use data_encoding::BASE64;
use sha2::{Digest as _, Sha256};

/// Returns the Content Security Policy of a page with these scripts and this style, as texts between their tags
/// (<https://www.w3.org/TR/CSP3/>, 2.3.1 and 6.7.3). Nothing is fetched from anywhere; the only picture is the empty
/// icon, which keeps browsers from asking a server for one.
pub(super) fn policy(scripts: &[&str], style: &str) -> String {
    let scripts: Vec<String> = scripts.iter().map(|script| format!("'{}'", hash(script))).collect();
    format!(
        "default-src 'none'; script-src {}; style-src '{}'; img-src data:; base-uri 'none'; form-action 'none'",
        scripts.join(" "),
        hash(style)
    )
}

fn hash(text: &str) -> String {
    format!("sha256-{}", BASE64.encode(&Sha256::digest(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    // Of `printf %s "alert('Hello, world.');" | openssl dgst -sha256 -binary | base64`; it is also the example of CSP 3.
    #[test]
    fn a_text_is_allowed_by_its_hash() {
        assert_eq!(hash("alert('Hello, world.');"), "sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng=");
    }
}
