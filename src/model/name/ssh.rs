//! What ssh is given.

use super::{Host, Name, Rule};

/// The rule of [`SshPath`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SshPathRule;

/// A path that ssh is given. Nix splits `NIX_SSHOPTS` at white space, ssh reads `%` and `"` as its own, and expands
/// `${…}`: what has one of these has no way to be said.
pub type SshPath = Name<SshPathRule>;

impl Rule for SshPathRule {
    const WHAT: &'static str = "a path that ssh and Nix can be given";
    const ALLOWED: &'static str = "no white space, quotes, `%`, `$` or `\\`, and does not begin with `-`";

    fn holds(text: &str) -> bool {
        let odd = |c: char| c.is_whitespace() || c.is_control() || "\"'%$\\".contains(c);
        !text.is_empty() && !text.starts_with('-') && !text.contains(odd)
    }
}

/// The rule of [`SshWord`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SshWordRule;

/// An argument of ssh. Nix reads them from one variable, `NIX_SSHOPTS`, which older versions split at white space and
/// newer ones as a shell does.
pub type SshWord = Name<SshWordRule>;

impl Rule for SshWordRule {
    const WHAT: &'static str = "an argument of ssh that Nix can pass on";
    const ALLOWED: &'static str = "no white space, quotes, `$` or `\\`";

    fn holds(text: &str) -> bool {
        let odd = |c: char| c.is_whitespace() || c.is_control() || "\"'$\\".contains(c);
        !text.is_empty() && !text.contains(odd)
    }
}

/// What an argument of ssh can end with.
pub trait SshPart: std::fmt::Display {}

impl SshPart for SshPath {}
impl SshPart for Host {}
impl SshPart for u16 {}

impl SshWord {
    /// Returns an argument that hinc itself has.
    pub fn fixed(word: &'static str) -> Self {
        Self::made(word.to_owned())
    }

    /// Returns an argument that is `start` and a value.
    pub fn with(start: &'static str, value: &impl SshPart) -> Self {
        Self::made(format!("{start}{value}"))
    }
}
