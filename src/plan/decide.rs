//! How head is to be built, as far as it is known before Nix evaluates anything.

use crate::model::plan::Mode;

/// What the user asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Wish {
    /// Head, on the base where that is possible.
    #[default]
    Incremental,
    /// The full build of the base and nothing else, for everybody who builds on it later.
    FullOnly,
    /// Head from scratch.
    Plain,
}

/// What is known of head and base.
#[derive(Debug, Clone, Copy)]
pub struct Facts {
    /// What the user asked for.
    pub wish: Wish,
    /// Whether the base has anything of what is built.
    pub has_base: bool,
    /// Whether all that is built is the same at both.
    pub same_source: bool,
}

/// How head is to be built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The mode.
    pub mode: Mode,
    /// Why, in one sentence without a full stop.
    pub why: String,
}

/// Decides how head is built, as far as it holds for all packages. Whether the modules of one can be
/// reused is known once Nix has evaluated it: `nix/reuse.nix` says so, and why not.
pub fn decide(facts: Facts) -> Decision {
    let decision = |mode, why: &str| Decision { mode, why: why.to_owned() };
    if facts.wish == Wish::Plain {
        return decision(Mode::Plain, "no incremental build was wanted (--no-incremental)");
    }
    if !facts.has_base {
        return decision(Mode::Plain, "the base does not have the package yet, so there is nothing to start from");
    }
    if facts.wish == Wish::FullOnly {
        return decision(Mode::Full, "only the full build of the base was wanted (--full-only)");
    }
    if facts.same_source {
        return decision(Mode::Full, "head and its base have the same source, so the full build is the result");
    }
    decision(Mode::Incremental, "head is built on the compiled modules of its base")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case_has_its_mode() {
        let mode = |wish, has_base, same_source| decide(Facts { wish, has_base, same_source }).mode;
        assert_eq!(mode(Wish::Incremental, true, false), Mode::Incremental);
        assert_eq!(mode(Wish::Incremental, true, true), Mode::Full);
        assert_eq!(mode(Wish::Incremental, false, false), Mode::Plain);
        assert_eq!(mode(Wish::FullOnly, true, false), Mode::Full);
        assert_eq!(mode(Wish::FullOnly, false, false), Mode::Plain);
        assert_eq!(mode(Wish::Plain, true, false), Mode::Plain);
    }
}
