//! What Nix is told in its settings.

use super::{Name, Rule, is_word};

/// The rule of [`SettingName`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SettingNameRule;

/// The name of a setting: `max-jobs`.
pub type SettingName = Name<SettingNameRule>;

impl Rule for SettingNameRule {
    const WHAT: &'static str = "the name of a setting of Nix";
    const ALLOWED: &'static str = "ASCII letters, digits, `-` and `_`, and does not begin with `-`";

    fn holds(text: &str) -> bool {
        is_word(text, 100, "", "-_")
    }
}

/// The rule of [`SettingValue`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SettingValueRule;

/// The value of a setting. It is of one line: a line of its own would be another setting.
pub type SettingValue = Name<SettingValueRule>;

impl Rule for SettingValueRule {
    const WHAT: &'static str = "a value that a setting of Nix on another machine can have";
    const ALLOWED: &'static str = "one line, and no control characters";

    fn holds(text: &str) -> bool {
        !text.contains(|c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}'))
    }
}

/// The rule of [`SandboxPath`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SandboxPathRule;

/// An entry of `sandbox-paths`, which Nix has with spaces between them and no way to write one in an entry.
pub type SandboxPath = Name<SandboxPathRule>;

impl Rule for SandboxPathRule {
    const WHAT: &'static str = "a path that a sandbox can show";
    const ALLOWED: &'static str = "no white space";

    fn holds(text: &str) -> bool {
        !text.is_empty() && !text.contains(|c: char| c.is_whitespace() || c.is_control())
    }
}

/// The rule of [`Url`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UrlRule;

/// The address of something to fetch.
pub type Url = Name<UrlRule>;

impl Rule for UrlRule {
    const WHAT: &'static str = "an address";
    const ALLOWED: &'static str =
        "a scheme, `://` and a place, as in `https://example.org/x.tar.gz`, and no white space";

    fn holds(text: &str) -> bool {
        let odd = |c: char| c.is_whitespace() || c.is_control();
        let has_scheme =
            text.split_once("://").is_some_and(|(scheme, rest)| is_word(scheme, 32, "", "+-.") && !rest.is_empty());
        has_scheme && !text.contains(odd)
    }
}
