//! What a build is for, of those that Nix begins.

/// What a build is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// It is of the plan.
    Planned,
    /// A program that hinc's own builder runs.
    Tool,
    /// Something that a package needs, which no cache had.
    Dependency,
}

/// How the names of hinc's own programs begin: `nix/host/setup.nix`, `nix/reuse/program.nix`, `nix/verify/program.nix` and
/// `nix/nixpkgs/describe.nix`.
const TOOLS: [&str; 3] = ["hinc-setup-", "hinc-reuse-", "hinc-describe-"];

impl Role {
    /// Returns the role of a derivation by its name, as its store path has it, and whether it is of the plan.
    pub(super) fn of(is_planned: bool, name: &str) -> Self {
        if is_planned {
            Self::Planned
        } else if TOOLS.iter().any(|tool| name.starts_with(tool)) {
            Self::Tool
        } else {
            Self::Dependency
        }
    }

    /// Says what it is; nothing of what the plan has.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Planned => "",
            Self::Tool => "a program of hinc, made once for this GHC",
            Self::Dependency => "a dependency that no cache has",
        }
    }

    /// Says it in a word or two.
    pub(super) const fn short(self) -> &'static str {
        match self {
            Self::Planned => "",
            Self::Tool => "hinc's own",
            Self::Dependency => "dependency",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_of_the_plan_is_told_by_its_name() {
        for (is_planned, name, role) in [
            (true, "foo-1.0.drv", Role::Planned),
            (true, "hinc-setup-Simple-ghc-9.6.6.drv", Role::Planned),
            (false, "hinc-setup-Simple-ghc-9.6.6.drv", Role::Tool),
            (false, "hinc-reuse-ghc-9.6.6.drv", Role::Tool),
            (false, "hinc-describe-package-ghc-9.6.6.drv", Role::Tool),
            (false, "hinc-0.1.0.drv", Role::Dependency),
            (false, "zlib-1.3.1.drv", Role::Dependency),
        ] {
            assert_eq!(Role::of(is_planned, name), role, "{name}");
        }
    }

    #[test]
    fn the_names_are_those_of_the_nix_functions() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("nix");
        for file in ["host/setup.nix", "reuse/program.nix", "verify/program.nix", "nixpkgs/describe.nix"] {
            let text = fs_err::read_to_string(root.join(file)).expect("a Nix file");
            assert!(TOOLS.iter().any(|tool| text.contains(&format!("name = \"{tool}"))), "{file}");
        }
    }
}
