//! What kinds of sources there are, and how their names tell.

/// A kind of source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SourceKind {
    /// What its code is written in.
    pub(super) language: Language,
    /// Whether code stands between text.
    pub(super) literate: bool,
}

/// What a source is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    /// Haskell: modules, boot files, signatures.
    Haskell,
    /// The grammar of alex or happy, with Haskell in braces. Imports stand in the first braces: what the programs write
    /// after these are imports of their own and then declarations.
    Grammar,
    /// hsc2hs: `#const`, `#{size ..}`, `#def` with C.
    Hsc,
    /// c2hs: `{#import M#}`, and C between `#c` and `#endc`.
    Chs,
    /// What `#include` puts in.
    Included,
}

impl Language {
    /// Whether GHC reads it as it is, if nothing turns the C preprocessor on. What alex and happy write has the
    /// directives of its source, and so has what hsc2hs and c2hs write, but they take some for themselves.
    pub(super) const fn is_plain(self) -> bool {
        matches!(self, Self::Haskell | Self::Grammar)
    }
}

impl SourceKind {
    pub(super) const INCLUDED: Self = Self { language: Language::Included, literate: false };

    /// By a file's name. None where its ending is not known: a source of a preprocessor that is not known, or none.
    pub fn of(name: &str) -> Option<Self> {
        let (_, ending) = name.rsplit_once('.')?;
        let (language, literate) = match ending {
            "hs" | "hs-boot" | "hsig" | "cpphs" | "hspp" => (Language::Haskell, false),
            "lhs" | "lhs-boot" | "lhsig" => (Language::Haskell, true),
            "x" | "y" => (Language::Grammar, false),
            "lx" | "ly" => (Language::Grammar, true),
            "hsc" => (Language::Hsc, false),
            "chs" => (Language::Chs, false),
            _ => return None,
        };
        Some(Self { language, literate })
    }
}
