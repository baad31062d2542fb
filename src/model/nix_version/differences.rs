//! What flavours and versions of Nix lack, have under another name, or say otherwise: of all this, what hinc has to do with.
//!
//! hinc asks for nothing by a version where it can see for itself what a Nix knows: a cache, a daemon and a builder can
//! each be another one. So this table says what was found and where hinc copes with it; `docs/nix-versions.md` shows it.

use super::{Flavour, NixVersion};

/// From which version of a flavour on something is so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Since(pub Flavour, pub (u32, u32));

impl Since {
    /// Whether that holds for a version.
    pub fn holds(self, version: &NixVersion) -> bool {
        version.flavour == self.0 && version.numbers >= self.1
    }
}

/// One thing that is not the same everywhere.
#[derive(Debug)]
pub struct Difference {
    /// What it is about.
    pub about: &'static str,
    /// With what it is so. Each flavour is named where it holds.
    pub with: &'static [Since],
    /// How it is there.
    pub how: &'static str,
    /// What hinc does.
    pub so: &'static str,
    /// Whether `hinc doctor` says so: somebody who sets up a machine has something to do with it.
    pub told: bool,
}

use Flavour::{Determinate, Lix, Nix};

/// All of them.
pub const DIFFERENCES: [Difference; 12] = [
    Difference {
        about: "`nix store info`",
        with: &[Since(Lix, (2, 90))],
        how: "is called `nix store ping`, as in Nix before 2.19",
        so: "asks by the new name, and by the old one where that is not known (`src/nix/renamed.rs`)",
        told: false,
    },
    Difference {
        about: "`nix --version`",
        with: &[Since(Lix, (2, 92))],
        how: "prints lines of details after the version",
        so: "reads the line that begins with the program's name (`src/model/nix_version.rs`)",
        told: false,
    },
    Difference {
        about: "`nix path-info --json`",
        with: &[Since(Nix, (2, 33)), Since(Determinate, (2, 33))],
        how: "warns without `--json-format`, and will refuse it later",
        so: "gives it, and asks once more without where it is not known (`src/builder/guest/store.rs`)",
        told: false,
    },
    Difference {
        about: "`log-format`",
        with: &[Since(Lix, (2, 95))],
        how: "is a setting, which nix.conf can change",
        so: "always gives `--log-format internal-json` (`src/nix/command.rs`)",
        told: false,
    },
    Difference {
        about: "Results 109 and 110 of the log",
        with: &[Since(Determinate, (2, 4))],
        how: "are a hash mismatch and the result of a build, with a `payload` in place of `fields`",
        so: "goes by the shape, and by the errors that follow (`src/log/message.rs`)",
        told: false,
    },
    Difference {
        about: "`max-connections`",
        with: &[Since(Lix, (2, 96))],
        how: "is no parameter of `ssh-ng://` any more",
        so: "never gives it",
        told: false,
    },
    Difference {
        about: "`/etc/nix/machines`",
        with: &[Since(Lix, (2, 95))],
        how: "can be TOML",
        so: "reads both forms (`src/builder/machines`)",
        told: true,
    },
    Difference {
        about: "`external-builders`",
        with: &[Since(Nix, (2, 32)), Since(Determinate, (2, 31))],
        how: "names programs that build for other systems on this machine",
        so: "counts their systems among those that are built here (`src/nix/config.rs`)",
        told: true,
    },
    Difference {
        about: "A forbidden reference",
        with: &[Since(Lix, (2, 90))],
        how: "\"is not allowed to have direct references to\", where Nix says \"is not allowed to refer to\"",
        so: "knows both (`src/log/failure.rs`)",
        told: false,
    },
    Difference {
        about: "A sandbox that cannot be set up",
        with: &[Since(Lix, (2, 90))],
        how: "is told, and then the build counts as failed with status 100",
        so: "takes it for what it is, exit code 3 (`src/nix/failure.rs`)",
        told: false,
    },
    Difference {
        about: "A shell that the sandbox lacks",
        with: &[Since(Lix, (2, 90))],
        how: "`running /bin/sh: No such file or directory`, in the log of the build",
        so: "knows both (`src/nix/failure.rs`)",
        told: false,
    },
    Difference {
        about: "What pure evaluation forbids",
        with: &[Since(Lix, (2, 90))],
        how: "\"is forbidden in pure eval mode\"",
        so: "knows both (`src/nix/flake.rs`)",
        told: false,
    },
];
