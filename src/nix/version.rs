//! Which Nix is installed.

use std::fmt;

use tokio_util::sync::CancellationToken;

use super::{Error, command};
use crate::process::system;

/// The version of Nix, or of what stands in its place (Lix, Determinate Nix).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// What it calls itself: `Nix`, `Lix, like Nix`, `Determinate Nix 3.11.2`.
    pub flavour: String,
    /// The whole version: `2.26.3`, `2.32.0pre20250901_abc`.
    pub text: String,
    /// Major and minor number.
    pub numbers: (u32, u32),
}

/// What hinc cannot do without, with the version of Nix that brought it. All of it is older
/// than what the suite runs with, so a Nix between the two is used and not refused.
///
/// 2.4: `--extra-experimental-features`; `NIX_ATTRS_SH_FILE`, by which a builder reads
/// structured attributes; outputs named as `DRV!OUTPUT`; links by `--add-root` alone.
const NEEDED: [((u32, u32), &str, &str); 1] =
    [((2, 4), "2.4", "`--extra-experimental-features` and the attribute file of structured builds")];

/// The oldest version that the suite runs with.
const TESTED: (u32, u32) = (2, 26);

impl Version {
    /// Reads what `nix --version` prints: `nix (Nix) 2.26.3`, `nix-instantiate (Nix) 2.34.8`,
    /// `nix (Lix, like Nix) 2.93.0`, `nix (Determinate Nix 3.11.2) 2.31.1`, `nix 2.3`.
    pub fn parse(text: &str) -> Option<Self> {
        text.lines().find_map(|line| {
            let rest = line.trim().strip_prefix("nix")?;
            let (flavour, version) = match rest.split_once('(').and_then(|(_, rest)| rest.rsplit_once(')')) {
                Some((flavour, version)) => (flavour, version),
                None => ("Nix", rest.rsplit_once(' ')?.1),
            };
            let version = version.split_whitespace().next()?;
            let mut numbers = version.split('.').map(|part| {
                let digits: String = part.chars().take_while(char::is_ascii_digit).collect();
                digits.parse::<u32>().ok()
            });
            let numbers = (numbers.next()??, numbers.next()??);
            Some(Self { flavour: flavour.to_owned(), text: version.to_owned(), numbers })
        })
    }

    /// Refuses a version that lacks what hinc needs, and names what that is.
    pub fn check(&self) -> Result<(), Error> {
        match NEEDED.iter().find(|(since, ..)| self.numbers < *since) {
            Some((_, since, lacks)) => Err(Error::TooOld { found: self.text.clone(), lacks, since }),
            None => Ok(()),
        }
    }

    /// Whether hinc is tested with versions as old as this one.
    pub fn is_tested(&self) -> bool {
        self.numbers >= TESTED
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.flavour == "Nix" {
            write!(f, "Nix {}", self.text)
        } else {
            write!(f, "Nix {} ({})", self.text, self.flavour)
        }
    }
}

/// Asks Nix for its version, and refuses one that is too old.
pub async fn version(cancel: &CancellationToken) -> Result<Version, Error> {
    let output = system::output(&command::version(), cancel).await.map_err(Error::of_nix)?;
    let text = String::from_utf8_lossy(&output.stdout);
    let version = Version::parse(&text).ok_or_else(|| Error::NoVersion { text: text.trim().to_owned() })?;
    version.check()?;
    Ok(version)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Diagnose;

    #[test]
    fn every_form_of_the_version_is_read() {
        let cases = [
            ("nix (Nix) 2.26.3\n", "Nix", "2.26.3", (2, 26)),
            ("nix-instantiate (Nix) 2.34.8", "Nix", "2.34.8", (2, 34)),
            ("nix (Lix, like Nix) 2.93.0-lix", "Lix, like Nix", "2.93.0-lix", (2, 93)),
            ("nix (Determinate Nix 3.11.2) 2.31.1", "Determinate Nix 3.11.2", "2.31.1", (2, 31)),
            ("warning: something\nnix (Nix) 2.32pre20250901_abc", "Nix", "2.32pre20250901_abc", (2, 32)),
            ("nix 2.3", "Nix", "2.3", (2, 3)),
        ];
        for (text, flavour, version, numbers) in cases {
            let expected = Version { flavour: flavour.into(), text: version.into(), numbers };
            assert_eq!(Version::parse(text), Some(expected), "{text}");
        }
        for text in ["", "nix", "bash 5.2", "nix (Nix) banana"] {
            assert_eq!(Version::parse(text), None, "{text}");
        }
    }

    #[test]
    fn an_old_one_is_refused_for_what_it_lacks() {
        let old = Version::parse("nix (Nix) 2.3.16").expect("a version");
        let error = old.check().expect_err("too old");
        assert_eq!(
            error.to_string(),
            "Nix 2.3.16 lacks `--extra-experimental-features` and the attribute file of structured builds, \
             which came with Nix 2.4"
        );
        assert_eq!(error.exit().code(), 3);
        let fine = Version::parse("nix (Nix) 2.18.1").expect("a version");
        assert!(fine.check().is_ok());
        assert!(!fine.is_tested());
    }
}
