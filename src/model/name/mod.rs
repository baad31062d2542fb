//! Names that others give, each checked where it comes in.
//!
//! A name ends up in a path, a script, a configuration or a command line. So a name is of a type that holds nothing
//! which one of these would read as more than a name: whoever has one need not ask again. What it is and what it may
//! hold is said by its [`Rule`], and an error repeats it.

mod git;
mod machine;
mod nix;
mod package;
mod parameter;
mod ssh;

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use git::Branch;
pub use machine::{BuilderWord, Feature, Host, HostKey, System, User};
pub use nix::{SandboxPath, SettingName, SettingValue, Url};
pub use package::{OutputName, PackageName};
pub use parameter::KernelParameters;
pub use ssh::{SshPart, SshPath, SshWord};

/// What a kind of name may hold.
pub trait Rule: Clone {
    /// What it is, with its article: `a user`.
    const WHAT: &'static str;
    /// What it may hold, after "it has": `letters and digits`.
    const ALLOWED: &'static str;

    /// Whether a text is one.
    fn holds(text: &str) -> bool;
}

/// A text that its rule allows.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String", bound = "R: Rule")]
pub struct Name<R> {
    text: Arc<str>,
    rule: PhantomData<R>,
}

/// Why a text is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not {what}: it has {allowed}", shortened(text))]
pub struct NotAllowed {
    text: String,
    what: &'static str,
    allowed: &'static str,
}

impl NotAllowed {
    fn of<R: Rule>(text: &str) -> Self {
        Self { text: text.to_owned(), what: R::WHAT, allowed: R::ALLOWED }
    }
}

/// The most characters of a wrong text that an error repeats.
const MOST_SHOWN: usize = 80;

fn shortened(text: &str) -> String {
    let start: String = text.chars().take(MOST_SHOWN).collect();
    let rest = if start.len() < text.len() { "…" } else { "" };
    format!("{}{rest}", start.escape_debug())
}

impl<R> Name<R> {
    /// Takes a text that is made of names, in a way that its rule allows.
    pub(in crate::model) fn made(text: String) -> Self
    where
        R: Rule,
    {
        debug_assert!(R::holds(&text), "{text:?} is not {}", R::WHAT);
        Self { text: text.into(), rule: PhantomData }
    }

    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl<R: Rule> FromStr for Name<R> {
    type Err = NotAllowed;

    fn from_str(text: &str) -> Result<Self, NotAllowed> {
        if R::holds(text) { Ok(Self { text: text.into(), rule: PhantomData }) } else { Err(NotAllowed::of::<R>(text)) }
    }
}

impl<R: Rule> TryFrom<String> for Name<R> {
    type Error = NotAllowed;

    fn try_from(text: String) -> Result<Self, NotAllowed> {
        text.parse()
    }
}

impl<R> From<Name<R>> for String {
    fn from(name: Name<R>) -> Self {
        name.as_str().to_owned()
    }
}

impl<R> std::ops::Deref for Name<R> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
}

impl<R> AsRef<str> for Name<R> {
    fn as_ref(&self) -> &str {
        &self.text
    }
}

impl<R> AsRef<std::ffi::OsStr> for Name<R> {
    fn as_ref(&self) -> &std::ffi::OsStr {
        self.as_str().as_ref()
    }
}

impl<R> std::borrow::Borrow<str> for Name<R> {
    fn borrow(&self) -> &str {
        &self.text
    }
}

impl<R> PartialEq<str> for Name<R> {
    fn eq(&self, other: &str) -> bool {
        &*self.text == other
    }
}

impl<R> PartialEq<&str> for Name<R> {
    fn eq(&self, other: &&str) -> bool {
        &*self.text == *other
    }
}

impl<R> PartialEq<String> for Name<R> {
    fn eq(&self, other: &String) -> bool {
        &*self.text == other.as_str()
    }
}

impl<R> fmt::Display for Name<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl<R> fmt::Debug for Name<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, f)
    }
}

#[cfg(test)]
impl<R> schemars::JsonSchema for Name<R> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        String::schema_name()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        String::json_schema(generator)
    }
}

/// Whether a text has 1 to `most` characters, all of ASCII letters, digits and `more`, the first one a letter, a digit
/// or one of `first`.
fn is_word(text: &str, most: usize, first: &str, more: &str) -> bool {
    let among = |c: char, more: &str| c.is_ascii_alphanumeric() || more.contains(c);
    text.len() <= most && text.starts_with(|c: char| among(c, first)) && text.chars().all(|c| among(c, more))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What no name of any kind may hold.
    const NEVER: [&str; 9] =
        ["", "a\nb", "a\rb", "a\tb", "a\0b", "a\u{1b}[2Jb", "a\u{9b}2J", "root\n    ProxyCommand x", "a\u{7f}"];

    fn refuses<R: Rule>(texts: &[&str]) {
        for text in NEVER.iter().filter(|text| !text.is_empty()).chain(texts) {
            let error = text.parse::<Name<R>>().expect_err(text).to_string();
            assert!(error.contains(R::WHAT) && error.contains(R::ALLOWED), "{error}");
            assert!(!error.contains(char::is_control), "{error:?}");
        }
    }

    fn takes<R: Rule>(texts: &[&str]) {
        for text in texts {
            assert_eq!(text.parse::<Name<R>>().expect(text).as_str(), *text);
        }
    }

    #[test]
    fn a_builder_has_a_plain_name() {
        takes::<machine::BuilderWordRule>(&["vm", "vm-2", "farm_1", "9"]);
        refuses::<machine::BuilderWordRule>(&["", "-v", "..", "a/b", "a b", "a.b", "ä", &"x".repeat(41)]);
    }

    #[test]
    fn a_host_is_what_ssh_can_be_given() {
        takes::<machine::HostRule>(&[
            "farm",
            "farm.example.org",
            "10.0.0.7",
            "::1",
            "fe80::1%en0",
            "::ffff:10.0.0.7",
            "my_alias",
        ]);
        refuses::<machine::HostRule>(&["", "-oProxyCommand=x", "a b", "a@b", "a/b", "a?b", "%h", "a;b", "$(x)", "`x`"]);
        refuses::<machine::HostRule>(&["farm:22", "10.0.0.7:22", ":", "a%en0", "fe80::1%", "fe80::1%%h"]);
    }

    #[test]
    fn a_user_is_one_word() {
        takes::<machine::UserRule>(&["root", "nix-ssh", "first.last", "_nix", "host$"]);
        refuses::<machine::UserRule>(&["", "-l", "a b", "a@b", "a:b", "a%r", "root #", "$x", "'"]);
    }

    #[test]
    fn a_path_for_ssh_has_nothing_that_it_takes_apart() {
        takes::<ssh::SshPathRule>(&["/home/ann/.ssh/id", "~/.ssh/farm", "/a,b;c#d/ä"]);
        refuses::<ssh::SshPathRule>(&["", "-i", "/my keys/k", "/a%h", "/${HOME}/x", "/a\"b", "/a\\b", "/a'b"]);
    }

    #[test]
    fn systems_and_features_are_words_of_nix() {
        takes::<machine::SystemRule>(&["x86_64-linux", "armv7l-linux", "aarch64-darwin"]);
        refuses::<machine::SystemRule>(&["", "x y", "a,b", "a;b", "a#b", "-x", "a=b"]);
        takes::<machine::FeatureRule>(&["kvm", "big-parallel", "gccarch-x86-64-v3", "uid-range", "a:b.c"]);
        refuses::<machine::FeatureRule>(&["", "x y", "a,b", "a;b", "a#b", "-x"]);
    }

    #[test]
    fn a_host_key_has_its_kind_and_itself() {
        let key = |text: &str| text.parse::<HostKey>();
        let read = key(" ssh-ed25519 AAAAC3Nz root@nixos\n").expect("a key");
        assert_eq!((read.to_string(), read.kind()), ("ssh-ed25519 AAAAC3Nz".to_owned(), "ssh-ed25519"));
        assert!(key("sk-ssh-ed25519@openssh.com AAAA").is_ok() && key("ecdsa-sha2-nistp256 AAAA=").is_err());
        for wrong in ["", "ssh-ed25519", "ssh-ed25519 AAAA\n* ssh-rsa AAAA", "* ssh-ed25519 AAAA", "ssh-ed25519 A?AA"] {
            assert!(key(wrong).expect_err(wrong).to_string().contains("is not a public host key"));
        }
    }

    #[test]
    fn kernel_parameters_are_printable() {
        takes::<parameter::KernelParametersRule>(&["", "root=/dev/vda rw", "a=\"b c\""]);
        refuses::<parameter::KernelParametersRule>(&["ä"]);
    }

    #[test]
    fn settings_of_nix_are_of_one_line() {
        takes::<nix::SettingNameRule>(&["max-jobs", "extra-platforms", "x86"]);
        refuses::<nix::SettingNameRule>(&["", "a b", "a=b", "a;b", "-x", "a\u{a0}b", "'"]);
        takes::<nix::SettingValueRule>(&["", "true", "/usr /bin", "it's", "https://c.example.org?priority=1"]);
        refuses::<nix::SettingValueRule>(&[]);
        takes::<nix::SandboxPathRule>(&["/usr", "/bin/sh=/usr/bin/bash?"]);
        refuses::<nix::SandboxPathRule>(&["", "/home/ann b/ghc", "/a\u{a0}b"]);
        takes::<nix::UrlRule>(&["https://example.org/a.tar.gz?x=1", "file:///srv/x.tar"]);
        refuses::<nix::UrlRule>(&["", "example.org", "https://a b", "https://a\u{a0}b", "://x", "/etc"]);
    }

    #[test]
    fn a_package_has_a_name_that_a_folder_can_have() {
        takes::<package::PackageNameRule>(&["aeson", "text-icu", "C++", "x_1.0?=", "_hidden"]);
        refuses::<package::PackageNameRule>(&[
            "",
            ".",
            "..",
            ".x",
            "-rf",
            "a/b",
            "../../../victim",
            "a b",
            "$(touch x)",
            "'; x",
            &"x".repeat(212),
        ]);
        takes::<package::OutputNameRule>(&["out", "dev", "intermediates"]);
        refuses::<package::OutputNameRule>(&["", "../x", "/x", "a!b", "a,b", "-o"]);
    }

    #[test]
    fn a_long_text_is_cut_in_its_error() {
        let error = "x".repeat(10_000).parse::<PackageName>().expect_err("it is too long").to_string();
        assert!(error.len() < 400 && error.contains('…'), "{error}");
    }
}
