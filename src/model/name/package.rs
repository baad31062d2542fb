//! Names of packages and of what they give.

use super::{Name, Rule, is_word};

/// What [`holds`] asks for.
const ALLOWED: &str = "ASCII letters, digits, `+`, `-`, `.`, `_`, `?` and `=`, as a store path, at most 211, and does not begin with `.` or `-`";

/// Whether a text can be a part of a store path's name, and begins so that it is neither a hidden file nor an option.
fn holds(text: &str) -> bool {
    /// The longest name of a store path (`StorePath::MaxPathLen` in `path.hh`).
    const LONGEST: usize = 211;
    is_word(text, LONGEST, "_+", "+-._?=")
}

/// The rule of [`PackageName`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PackageNameRule;

/// The name of a package as Nix gives it. It becomes a folder, here and on builders.
pub type PackageName = Name<PackageNameRule>;

impl Rule for PackageNameRule {
    const WHAT: &'static str = "a name of a package";
    const ALLOWED: &'static str = ALLOWED;

    fn holds(text: &str) -> bool {
        holds(text)
    }
}

/// The rule of [`OutputName`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OutputNameRule;

/// The name of an output: `out`, `dev`. It becomes the end of a link's name.
pub type OutputName = Name<OutputNameRule>;

impl Rule for OutputNameRule {
    const WHAT: &'static str = "a name of an output";
    const ALLOWED: &'static str = ALLOWED;

    fn holds(text: &str) -> bool {
        holds(text)
    }
}
