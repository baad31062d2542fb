//! What runs a guest's instructions, and whether it works on this machine.
//!
//! A `/dev/kvm` that opens says little: on some machines a guest dies in it or never gets anywhere. So each is tried
//! with the guest itself, and what came of it is kept until the machine, its kernel or QEMU is another one.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::error::Error;
use crate::files::{self, Readers};

/// What runs a guest's instructions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Accelerator {
    /// The processor, by macOS' Hypervisor framework.
    Hvf,
    /// The processor, by Linux.
    Kvm,
    /// QEMU itself: works everywhere, several times slower.
    Tcg,
}

impl fmt::Display for Accelerator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Hvf => "hvf",
            Self::Kvm => "kvm",
            Self::Tcg => "tcg",
        })
    }
}

/// An operating system that hinc runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Os {
    /// Linux.
    Linux,
    /// macOS.
    Macos,
}

/// A processor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Processor {
    /// Intel's and AMD's.
    X86,
    /// Arm's.
    Arm,
}

impl Processor {
    /// Returns the processor of a system, as Nix writes it.
    pub(super) fn of(system: &str) -> Result<Self, Error> {
        match system {
            "x86_64-linux" => Ok(Self::X86),
            "aarch64-linux" => Ok(Self::Arm),
            other => Err(Error::System(other.to_owned())),
        }
    }
}

/// The machine that a guest is started on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Host {
    /// Its operating system.
    pub(super) os: Os,
    /// Its processor.
    pub(super) processor: Processor,
    /// Whether its `/dev/kvm` can be opened.
    pub(super) kvm: bool,
}

impl Host {
    /// Returns this machine.
    pub(super) fn this() -> Self {
        Self {
            os: if cfg!(target_os = "macos") { Os::Macos } else { Os::Linux },
            processor: if cfg!(target_arch = "aarch64") { Processor::Arm } else { Processor::X86 },
            kvm: fs_err::OpenOptions::new().read(true).write(true).open("/dev/kvm").is_ok(),
        }
    }

    /// Returns what can be tried for a guest, the best first. A guest of another processor can only be emulated.
    pub(super) fn candidates(self, guest: Processor) -> Vec<Accelerator> {
        let own = self.processor == guest;
        match self.os {
            Os::Macos if own => vec![Accelerator::Hvf, Accelerator::Tcg],
            Os::Linux if own && self.kvm => vec![Accelerator::Kvm, Accelerator::Tcg],
            _ => vec![Accelerator::Tcg],
        }
    }
}

/// What came of an accelerator on a machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Outcome {
    /// A guest answered.
    Works,
    /// A guest did not, and why.
    Fails(String),
}

/// How many outcomes are kept.
const MOST: usize = 32;

/// What came of accelerators, in a file that all guests share.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Experience(BTreeMap<String, Outcome>);

impl Experience {
    /// Reads the file. What cannot be read is not known: then it is tried again.
    pub(super) fn read(path: &Path) -> Self {
        fs_err::read(path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
    }

    /// Whether an accelerator has worked on a machine; none where nothing is known.
    pub(super) fn works(&self, machine: &str, accelerator: Accelerator) -> Option<bool> {
        self.0.get(&key(machine, accelerator)).map(|outcome| *outcome == Outcome::Works)
    }

    /// Keeps what came of an accelerator: none for a guest that answered, otherwise what was wrong. That it works
    /// is not forgotten because of one failure.
    pub(super) fn keep(
        path: &Path,
        machine: &str,
        accelerator: Accelerator,
        problem: Option<&str>,
    ) -> Result<(), Error> {
        let mut experience = Self::read(path);
        if problem.is_some() && experience.works(machine, accelerator) == Some(true) {
            return Ok(());
        }
        // What was learnt before the last starts of this machine is of no use any more.
        if experience.0.len() >= MOST {
            experience.0.clear();
        }
        let outcome = problem.map_or(Outcome::Works, |problem| Outcome::Fails(problem.to_owned()));
        experience.0.insert(key(machine, accelerator), outcome);
        let text = serde_json::to_vec_pretty(&experience)
            .map_err(|source| Error::Content { path: path.to_owned(), source })?;
        files::replace(path, &text, Readers::Owner)?;
        Ok(())
    }
}

fn key(machine: &str, accelerator: Accelerator) -> String {
    format!("{machine} {accelerator}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_tried_depends_on_the_machine() {
        let host = |os, processor, kvm| Host { os, processor, kvm };
        let mac = host(Os::Macos, Processor::Arm, false);
        assert_eq!(mac.candidates(Processor::Arm), [Accelerator::Hvf, Accelerator::Tcg]);
        assert_eq!(mac.candidates(Processor::X86), [Accelerator::Tcg]);
        let linux = host(Os::Linux, Processor::X86, true);
        assert_eq!(linux.candidates(Processor::X86), [Accelerator::Kvm, Accelerator::Tcg]);
        assert_eq!(linux.candidates(Processor::Arm), [Accelerator::Tcg]);
        assert_eq!(host(Os::Linux, Processor::X86, false).candidates(Processor::X86), [Accelerator::Tcg]);
        assert!(matches!(Processor::of("riscv64-linux"), Err(Error::System(_))));
    }

    #[test]
    fn experience_is_kept_for_this_machine() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("accelerators.json");
        let keep = |machine: &str, problem| Experience::keep(&path, machine, Accelerator::Kvm, problem).expect("kept");
        let works = |machine: &str| Experience::read(&path).works(machine, Accelerator::Kvm);
        assert_eq!(works("linux-1"), None);
        keep("linux-1", Some("it said nothing"));
        assert_eq!(works("linux-1"), Some(false));
        keep("linux-1", None);
        assert_eq!(works("linux-1"), Some(true));
        keep("linux-1", Some("once"));
        assert_eq!(works("linux-1"), Some(true), "one failure does not count against success");
        keep("linux-2", Some("it said nothing"));
        assert_eq!((works("linux-1"), works("linux-2")), (Some(true), Some(false)));
        fs_err::write(&path, "{").expect("it can be written");
        assert_eq!(works("linux-2"), None);
    }
}
