//! Names of machines that build, and of what reaches them.

use std::fmt;
use std::net::Ipv6Addr;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{Name, NotAllowed, Rule, is_word};

/// The rule of [`BuilderWord`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BuilderWordRule;

/// The name of a builder in the settings: `[builder.NAME]`. It is part of file names and of ssh's aliases.
pub type BuilderWord = Name<BuilderWordRule>;

impl Rule for BuilderWordRule {
    const WHAT: &'static str = "a name for a builder";
    const ALLOWED: &'static str = "ASCII letters, digits, `-` and `_`, at most 40, and does not begin with `-`";

    fn holds(text: &str) -> bool {
        is_word(text, 40, "_", "-_")
    }
}

/// The rule of [`Host`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostRule;

/// A host as ssh takes it: a name, an address, or an alias of ssh's configuration.
pub type Host = Name<HostRule>;

impl Rule for HostRule {
    const WHAT: &'static str = "a host";
    const ALLOWED: &'static str =
        "ASCII letters, digits, `.`, `-` and `_`, or is an address of IPv6, and has no user and no port";

    fn holds(text: &str) -> bool {
        match text.split_once('%') {
            // Anything else with a `%` is something that ssh puts in.
            Some((address, zone)) => address.parse::<Ipv6Addr>().is_ok() && is_word(zone, 64, "", ".-_"),
            // `farm:22` would be a host of this very name for ssh.
            None if text.contains(':') => text.parse::<Ipv6Addr>().is_ok(),
            None => is_word(text, 255, "._", ".-_"),
        }
    }
}

impl BuilderWord {
    /// Returns a name that hinc itself knows.
    pub fn fixed(name: &'static str) -> Self {
        Self::made(name.to_owned())
    }
}

impl Host {
    /// Returns this machine's own address.
    pub fn loopback() -> Self {
        Self::made("127.0.0.1".to_owned())
    }
}

/// The rule of [`User`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserRule;

/// A user of a machine.
pub type User = Name<UserRule>;

impl Rule for UserRule {
    const WHAT: &'static str = "a user";
    const ALLOWED: &'static str =
        "ASCII letters, digits, `.`, `-`, `_` and `+`, at most 64, does not begin with `-`, and may end with `$`";

    fn holds(text: &str) -> bool {
        is_word(text.strip_suffix('$').unwrap_or(text), 64, "_.", ".-_+")
    }
}

impl User {
    /// Returns a user that hinc itself knows.
    pub fn fixed(user: &'static str) -> Self {
        Self::made(user.to_owned())
    }
}

/// The rule of [`System`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SystemRule;

/// A system as Nix writes it: `x86_64-linux`.
pub type System = Name<SystemRule>;

impl Rule for SystemRule {
    const WHAT: &'static str = "a system of Nix, such as `x86_64-linux`";
    const ALLOWED: &'static str = "ASCII letters, digits, `-` and `_`, and does not begin with `-`";

    fn holds(text: &str) -> bool {
        is_word(text, 64, "_", "-_")
    }
}

impl System {
    /// Returns the system of Linux on this machine's processor.
    pub fn of_linux_here() -> Self {
        Self::made(format!("{}-linux", std::env::consts::ARCH))
    }
}

/// The rule of [`Feature`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FeatureRule;

/// A system feature of Nix: `kvm`, `big-parallel`.
pub type Feature = Name<FeatureRule>;

impl Rule for FeatureRule {
    const WHAT: &'static str = "a system feature of Nix, such as `kvm`";
    const ALLOWED: &'static str = "ASCII letters, digits, `-`, `_`, `.`, `:` and `+`, and does not begin with `-`";

    fn holds(text: &str) -> bool {
        is_word(text, 128, "_", "-_.:+")
    }
}

/// A public host key, as `ssh-keyscan` prints it without the host. A comment behind it is dropped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct HostKey {
    kind: String,
    key: String,
}

/// The rule that [`HostKey`] names in its errors.
#[derive(Debug, Clone, Copy)]
struct HostKeyRule;

impl Rule for HostKeyRule {
    const WHAT: &'static str = "a public host key";
    const ALLOWED: &'static str = "one line with the key's kind and the key in base64, as in `ssh-ed25519 AAAA…`";

    fn holds(text: &str) -> bool {
        parts(text).is_some()
    }
}

fn parts(text: &str) -> Option<(&str, &str)> {
    let text = text.trim();
    if text.contains(|c: char| c.is_control() && c != '\t') {
        return None;
    }
    let mut words = text.split_ascii_whitespace();
    let (kind, key) = (words.next()?, words.next()?);
    let good = is_word(kind, 64, "", "-@._") && data_encoding::BASE64.decode(key.as_bytes()).is_ok();
    good.then_some((kind, key))
}

impl HostKey {
    /// Returns what kind of key it is: `ssh-ed25519`.
    pub fn kind(&self) -> &str {
        &self.kind
    }
}

impl FromStr for HostKey {
    type Err = NotAllowed;

    fn from_str(text: &str) -> Result<Self, NotAllowed> {
        let (kind, key) = parts(text).ok_or_else(|| NotAllowed::of::<HostKeyRule>(text))?;
        Ok(Self { kind: kind.to_owned(), key: key.to_owned() })
    }
}

impl TryFrom<String> for HostKey {
    type Error = NotAllowed;

    fn try_from(text: String) -> Result<Self, NotAllowed> {
        text.parse()
    }
}

impl From<HostKey> for String {
    fn from(key: HostKey) -> Self {
        key.to_string()
    }
}

impl fmt::Display for HostKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.key)
    }
}
