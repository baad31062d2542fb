//! Every exit code of hinc, in one place.
//!
//! Layer 0. `docs/exit-codes.md` lists the same codes; a test holds the two together.

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Done.
    Success,
    /// The command line or a setting is wrong.
    Usage,
    /// Something the machine should have is missing: Nix, GHC, a builder, room on the disk.
    Environment,
    /// The repository, the revision or the history does not give what is needed.
    History,
    /// Nix failed outside the build: evaluation, store, network.
    Nix,
    /// `hinc verify` found a difference.
    Difference,
    /// `hinc verify` could not compare the builds.
    NotCompared,
    /// A bug in hinc.
    Internal,
    /// The build failed: Nix's `PermanentFailure`.
    BuildFailed,
    /// The build ran out of time: Nix's `TimedOut`.
    TimedOut,
    /// A fixed output has another hash than it should: Nix's `HashMismatch`.
    HashMismatch,
    /// A repeated build gave another result: Nix's `NotDeterministic`.
    NotDeterministic,
    /// Stopped by SIGINT.
    Interrupted,
    /// Stopped by SIGTERM or SIGHUP.
    Terminated,
}

impl Exit {
    /// Every way to end, in order of its code.
    pub const ALL: [Self; 14] = [
        Self::Success,
        Self::Usage,
        Self::Environment,
        Self::History,
        Self::Nix,
        Self::Difference,
        Self::NotCompared,
        Self::Internal,
        Self::BuildFailed,
        Self::TimedOut,
        Self::HashMismatch,
        Self::NotDeterministic,
        Self::Interrupted,
        Self::Terminated,
    ];

    /// Returns the number that the shell sees. 100 to 104 are Nix's own
    /// (`doc/manual/source/command-ref/status-build-failure.md` in NixOS/nix).
    pub const fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Usage => 2,
            Self::Environment => 3,
            Self::History => 4,
            Self::Nix => 5,
            Self::Difference => 6,
            Self::NotCompared => 7,
            Self::Internal => 70,
            Self::BuildFailed => 100,
            Self::TimedOut => 101,
            Self::HashMismatch => 102,
            Self::NotDeterministic => 104,
            Self::Interrupted => 130,
            Self::Terminated => 143,
        }
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
