//! What flavours and versions of Nix lack, have under another name, or say otherwise: of all this, what hinc has to do with.
//!
//! hinc asks for nothing by a version where it can see for itself what a Nix knows: a cache, a daemon and a builder can
//! each be another one. So this table says what was found and where hinc copes with it; `docs/nix-versions.md` shows it.

use super::{Flavour, NixVersion};

/// With which versions something is so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum With {
    /// All of a flavour.
    All(Flavour),
    /// Those of a flavour from one on.
    Since(Flavour, (u32, u32)),
}

impl With {
    /// Whether a version is one of them.
    pub fn holds(self, version: &NixVersion) -> bool {
        match self {
            Self::All(flavour) => version.flavour == flavour,
            Self::Since(flavour, since) => version.flavour == flavour && version.numbers >= since,
        }
    }
}

/// One thing that is not the same everywhere.
#[derive(Debug)]
pub struct Difference {
    /// What it is about.
    pub about: &'static str,
    /// With what it is so. Each flavour is named where it holds.
    pub with: &'static [With],
    /// How it is there.
    pub how: &'static str,
    /// What hinc does.
    pub so: &'static str,
}

use Flavour::{Determinate, Lix, Nix};
use With::{All, Since};

/// All of them.
pub const DIFFERENCES: [Difference; 12] = [
    Difference {
        about: "`nix store info`",
        with: &[All(Lix)],
        how: "is called `nix store ping`, as in Nix before 2.19",
        so: "asks by the new name, and by the old one where that is not known (`src/nix/renamed.rs`)",
    },
    Difference {
        about: "`nix --version`",
        with: &[Since(Lix, (2, 92))],
        how: "prints lines of details after the version",
        so: "reads the line that begins with the program's name (`src/model/nix_version.rs`)",
    },
    Difference {
        about: "`nix path-info --json`",
        with: &[Since(Nix, (2, 33)), Since(Determinate, (2, 33))],
        how: "warns without `--json-format`, and will refuse it later",
        so: "gives it, and asks once more without where that fails (`src/builder/guest/store.rs`)",
    },
    Difference {
        about: "`log-format`",
        with: &[Since(Lix, (2, 95))],
        how: "is a setting, which nix.conf can change",
        so: "gives `--log-format internal-json` wherever it reads the log (`src/nix/command.rs`)",
    },
    Difference {
        about: "Results 109 and 110 of the log",
        with: &[All(Determinate)],
        how: "are a hash mismatch and the result of a build, with a `payload` in place of `fields`",
        so: "goes by the shape, and by the errors that follow (`src/log/message.rs`)",
    },
    Difference {
        about: "`max-connections`",
        with: &[Since(Lix, (2, 96))],
        how: "is no parameter of `ssh-ng://` any more",
        so: "never gives it by itself",
    },
    Difference {
        about: "`/etc/nix/machines`",
        with: &[Since(Lix, (2, 95))],
        how: "can be TOML",
        so: "reads both forms (`src/builder/machines`)",
    },
    Difference {
        about: "`external-builders`",
        with: &[Since(Nix, (2, 32)), All(Determinate)],
        how: "names programs that build for other systems on this machine",
        so: "counts their systems among those that are built here (`src/nix/config.rs`)",
    },
    Difference {
        about: "A forbidden reference",
        with: &[All(Lix)],
        how: "\"is not allowed to have direct references to\", where Nix says \"is not allowed to refer to\"",
        so: "knows both (`src/log/failure.rs`)",
    },
    Difference {
        about: "A sandbox that cannot be set up",
        with: &[All(Lix)],
        how: "is told, and then the build counts as failed with status 100",
        so: "takes it for what it is, exit code 3; through a daemon not while another builder runs, which could have said it (`src/nix/failure.rs`)",
    },
    Difference {
        about: "A shell that the sandbox lacks",
        with: &[All(Lix)],
        how: "`running /bin/sh: No such file or directory`, in the log of the build",
        so: "knows both (`src/nix/failure.rs`)",
    },
    Difference {
        about: "What pure evaluation forbids",
        with: &[All(Lix)],
        how: "\"is forbidden in pure eval mode\"",
        so: "knows both (`src/nix/flake.rs`)",
    },
];
