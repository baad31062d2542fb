//! Addresses of an API, and which other addresses may be sent the token.

use std::net::IpAddr;
use std::str::FromStr;

use ureq::http::Uri;

use crate::model::percent;

/// The base address of an API: encrypted, unless it is this machine's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// Scheme, host and port, in lower case: `https://api.github.com`.
    origin: String,
    /// The path, without a slash at the end.
    path: String,
    loopback: bool,
}

/// Why a text is no address of an API.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// It is none.
    #[error("it is no address such as `https://api.github.com`")]
    Form,
    /// Others could read the token on its way.
    #[error("it does not begin with `https://`, and anybody on the way could read the token")]
    NotEncrypted,
}

impl Address {
    /// Returns the address of a resource: each part is one segment of the path, whatever is in it.
    pub(super) fn of(&self, parts: &[&str]) -> String {
        let mut address = format!("{}{}", self.origin, self.path);
        for part in parts {
            address.push('/');
            address.push_str(&segment(part));
        }
        address
    }

    /// Returns the address with another path, on the same host.
    pub(super) fn with_path(&self, change: impl FnOnce(&str) -> String) -> String {
        format!("{}{}", self.origin, change(&self.path))
    }

    /// Returns an address that an answer names, made absolute; none where it is on another host, which is never sent the
    /// token.
    pub(super) fn same_host(&self, text: &str) -> Option<String> {
        if text.starts_with('/') && !text.starts_with("//") {
            let whole = format!("{}{text}", self.origin);
            return whole.parse::<Uri>().is_ok().then_some(whole);
        }
        let (origin, _) = split(text)?;
        (origin == self.origin).then(|| text.to_owned())
    }

    /// Whether it is this machine: no proxy is asked for it.
    pub(super) fn is_loopback(&self) -> bool {
        self.loopback
    }
}

/// A text as one segment of a path: `.` and `..` would be another place.
fn segment(text: &str) -> String {
    if text.bytes().all(|byte| byte == b'.') {
        text.replace('.', "%2E")
    } else {
        percent::encoded(text, percent::UNRESERVED)
    }
}

/// Takes an address apart into its origin, in lower case and without the port that goes without saying, and its path.
fn split(text: &str) -> Option<(String, Uri)> {
    let uri: Uri = text.parse().ok()?;
    let scheme = uri.scheme_str()?.to_ascii_lowercase();
    let authority = uri.authority()?;
    if authority.as_str().contains('@') {
        return None;
    }
    let host = authority.host().to_ascii_lowercase();
    let usual = match scheme.as_str() {
        "https" => 443,
        "http" => 80,
        _ => return None,
    };
    // What is no port would be left out, and the token be sent to the usual one.
    let port = match authority.as_str().strip_prefix(authority.host())? {
        "" => None,
        after => Some(after.strip_prefix(':')?.parse::<u16>().ok().filter(|port| *port > 0)?),
    };
    let port = port.filter(|port| *port != usual).map(|port| format!(":{port}")).unwrap_or_default();
    Some((format!("{scheme}://{host}{port}"), uri))
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost") || address.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (origin, uri) = split(text).ok_or(AddressError::Form)?;
        if uri.query().is_some() || text.contains('#') {
            return Err(AddressError::Form);
        }
        let loopback = uri.host().is_some_and(is_loopback);
        if !origin.starts_with("https://") && !loopback {
            return Err(AddressError::NotEncrypted);
        }
        Ok(Self { origin, path: uri.path().trim_end_matches('/').to_owned(), loopback })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_encrypted_or_of_this_machine() {
        for (text, expected) in [
            ("https://api.github.com", Ok("https://api.github.com/user")),
            ("https://api.github.com/", Ok("https://api.github.com/user")),
            ("HTTPS://GitHub.Example.org:443/api/v3/", Ok("https://github.example.org/api/v3/user")),
            ("https://ghe:8443/api/v3", Ok("https://ghe:8443/api/v3/user")),
            ("http://127.0.0.1:8080", Ok("http://127.0.0.1:8080/user")),
            ("http://localhost:8080", Ok("http://localhost:8080/user")),
            ("http://[::1]:8080", Ok("http://[::1]:8080/user")),
            ("http://api.github.com", Err(AddressError::NotEncrypted)),
            ("http://127.0.0.1.example.org", Err(AddressError::NotEncrypted)),
            ("http://10.0.0.1", Err(AddressError::NotEncrypted)),
            ("http://localhost@example.org", Err(AddressError::Form)),
            ("https://user:secret@api.github.com", Err(AddressError::Form)),
            ("https://api.github.com/?x=1", Err(AddressError::Form)),
            ("https://api.github.com/#x", Err(AddressError::Form)),
            ("http://127.0.0.1:99999", Err(AddressError::Form)),
            ("http://127.0.0.1:0", Err(AddressError::Form)),
            ("https://api.github.com:", Err(AddressError::Form)),
            ("https://api.github.com:x", Err(AddressError::Form)),
            ("http://[::1]:65536", Err(AddressError::Form)),
            ("ftp://api.github.com", Err(AddressError::Form)),
            ("api.github.com", Err(AddressError::Form)),
            ("/api", Err(AddressError::Form)),
            ("", Err(AddressError::Form)),
        ] {
            let address = text.parse::<Address>().map(|address| address.of(&["user"]));
            assert_eq!(address.as_deref(), expected.as_ref().map(|text| *text), "{text}");
        }
    }

    #[test]
    fn a_part_stays_one_part() {
        let address: Address = "https://h/api".parse().expect("an address");
        assert_eq!(address.of(&["a/b", "..", "x?y#z"]), "https://h/api/a%2Fb/%2E%2E/x%3Fy%23z");
    }

    #[test]
    fn the_token_goes_to_no_other_host() {
        let address: Address = "https://api.github.com".parse().expect("an address");
        for (text, expected) in [
            ("https://api.github.com/x?page=2", Some("https://api.github.com/x?page=2")),
            ("https://API.github.com:443/x", Some("https://API.github.com:443/x")),
            ("/repositories/1", Some("https://api.github.com/repositories/1")),
            ("http://api.github.com/x", None),
            ("https://api.github.com:8443/x", None),
            ("https://api.github.com:99999/x", None),
            ("https://api.github.com.example.org/x", None),
            ("https://api.github.com@example.org/x", None),
            ("//example.org/x", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(address.same_host(text).as_deref(), expected, "{text}");
        }
    }
}
