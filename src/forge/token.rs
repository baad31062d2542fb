//! What says to a forge who posts.

use std::fmt;
use std::str::FromStr;

/// A secret that goes into the header of requests and nowhere else: it has no `Display`, and `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

/// Why a text is no token. The text is not repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it has a blank, a line end or another character that no token has")]
pub struct TokenError;

impl Token {
    /// Returns the secret, for a header.
    pub(super) fn secret(&self) -> &str {
        &self.0
    }
}

impl FromStr for Token {
    type Err = TokenError;

    /// Line ends around it are not its own: files have them, and variables that were read from files.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim_matches(['\r', '\n']);
        if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(TokenError)
        }
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_never_shown() {
        let token: Token = "ghs_secret\n".parse().expect("a token");
        assert_eq!(token.secret(), "ghs_secret");
        assert_eq!(format!("{token:?} {:?}", Some(&token)), "Token(hidden) Some(Token(hidden))");
        for wrong in ["", "\n", "ghs secret", "ghs_\nAuthorization: x", "ghs_\u{e4}"] {
            let error = wrong.parse::<Token>().expect_err("no token");
            assert!(!error.to_string().contains("ghs"), "{error}");
        }
    }
}
