//! Which Nix a machine has, and what of it differs between flavours.
//!
//! Numbers mean something within one flavour alone: Lix went its own way at 2.18, and from its 2.95 nothing follows for
//! what came with Nix 2.19.

mod differences;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use differences::{DIFFERENCES, Difference, With};

/// What stands behind the name `nix`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flavour {
    /// NixOS/nix.
    Nix,
    /// Lix.
    Lix,
    /// Determinate Nix. Its numbers here are those of the Nix that it is made of.
    Determinate,
    /// Something that hinc does not know.
    Unknown,
}

/// A version of Nix, or of what stands in its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NixVersion {
    /// Of which flavour it is.
    pub flavour: Flavour,
    /// The whole version: `2.26.3`, `2.32.0pre20250901_abc`; of Determinate Nix that of the Nix that it is made of.
    pub text: String,
    /// Major and minor number of that.
    pub numbers: (u32, u32),
    /// What it calls itself beside that: `Determinate Nix 3.11.2`, or the name of an unknown one.
    own_name: String,
}

/// How hinc stands to a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It lacks something that hinc cannot do without.
    TooOld {
        /// What it lacks.
        lacks: &'static str,
        /// The version that brought it.
        since: &'static str,
    },
    /// Nobody tried it with hinc; nothing is known that would keep it from working.
    Untried {
        /// Which versions of this flavour hinc is tried with.
        tried: &'static str,
    },
    /// The tests run with it, or with an older one of its flavour.
    Tried,
}

/// What hinc cannot do without came with Nix 2.4: `--extra-experimental-features`; `NIX_ATTRS_SH_FILE`, by which a builder
/// reads structured attributes; outputs named as `DRV!OUTPUT`; links by `--add-root` alone. Every Lix has it.
const OLDEST: (u32, u32) = (2, 4);
const LACKS: &str = "`--extra-experimental-features` and the attribute file of structured builds";

impl Standing {
    /// What to say to somebody who has such a one; none where there is nothing to say.
    pub fn advice(self) -> Option<String> {
        match self {
            Self::TooOld { .. } => Some("install a newer Nix".to_owned()),
            Self::Untried { tried } => {
                Some(format!("hinc is tested with {tried}: if something fails, say so, or try one of these"))
            }
            Self::Tried => None,
        }
    }
}

impl NixVersion {
    /// Reads what a program of Nix prints for `--version`: `nix (Nix) 2.26.3`, `nix-instantiate (Nix) 2.34.8`,
    /// `nix (Lix, like Nix) 2.93.0`, `nix (Determinate Nix 3.11.2) 2.31.1`, `nix 2.3`. Lines before it are those of other
    /// programs, as warnings of settings that this Nix does not know; lines after it are details.
    pub fn parse(text: &str) -> Option<Self> {
        text.lines().find_map(|line| {
            let line = line.trim();
            let (program, rest) = line.split_once(' ')?;
            if program != "nix" && !program.starts_with("nix-") {
                return None;
            }
            let (name, version) = match rest.strip_prefix('(').and_then(|rest| rest.rsplit_once(')')) {
                Some((name, version)) => (name.trim(), version),
                // So up to Nix 2.3; another program can be called `nix-` and something.
                None if program == "nix" && !rest.contains(' ') => ("Nix", rest),
                None => return None,
            };
            let text = version.split_whitespace().next()?;
            let mut numbers = text.split('.').map(|part| {
                let digits: String = part.chars().take_while(char::is_ascii_digit).collect();
                digits.parse::<u32>().ok()
            });
            let numbers = (numbers.next()??, numbers.next()??);
            let flavour = match name {
                "Nix" => Flavour::Nix,
                _ if name == "Lix" || name.starts_with("Lix,") => Flavour::Lix,
                _ if name.starts_with("Determinate Nix") => Flavour::Determinate,
                _ => Flavour::Unknown,
            };
            Some(Self { flavour, text: text.to_owned(), numbers, own_name: name.to_owned() })
        })
    }

    /// Returns how hinc stands to it. The suite runs with Nix 2.26 and 2.34; the whole of it ran with Lix 2.95.3 once,
    /// and its recorded failures are among the fixtures.
    pub fn standing(&self) -> Standing {
        let (tried_since, tried) = match self.flavour {
            Flavour::Nix => (Some((2, 26)), "Nix 2.26 and later"),
            Flavour::Lix => (Some((2, 95)), "Lix 2.95"),
            Flavour::Determinate | Flavour::Unknown => (None, "Nix 2.26 and later, and with Lix 2.95"),
        };
        if matches!(self.flavour, Flavour::Nix | Flavour::Determinate) && self.numbers < OLDEST {
            Standing::TooOld { lacks: LACKS, since: "2.4" }
        } else if tried_since.is_some_and(|since| self.numbers >= since) {
            Standing::Tried
        } else {
            Standing::Untried { tried }
        }
    }

    /// Returns what is otherwise with it than with the others, of what hinc has to do with.
    pub fn differences(&self) -> impl Iterator<Item = &'static Difference> {
        DIFFERENCES.iter().filter(|difference| difference.with.iter().any(|with| with.holds(self)))
    }
}

impl fmt::Display for NixVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.flavour {
            Flavour::Nix => write!(f, "Nix {}", self.text),
            Flavour::Lix => write!(f, "Lix {}", self.text),
            Flavour::Determinate => write!(f, "{} (Nix {})", self.own_name, self.text),
            Flavour::Unknown => write!(f, "{} {}", self.own_name, self.text),
        }
    }
}

#[cfg(test)]
mod tests;
