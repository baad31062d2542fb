//! What the sandbox shows of the machine, and what the host toolchain needs to see.
//!
//! `extra-sandbox-paths` does not do: Debian and NixOS both configure a `/bin/sh` of their
//! own, and Nix 2.26 and 2.34 cannot set up a sandbox that shows both `/bin` and another
//! `/bin/sh` ("creating directory …/root/bin"). So the whole list is replaced.

use tokio_util::sync::CancellationToken;

use super::command::Nix;
use super::probe::Probe;
use super::toolchain::HostToolchain;
use super::{Error, Settings};
use crate::model::name::SandboxPath;

/// Whether a build gets sandbox paths of its own.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum SandboxPaths {
    /// Those of Nix's settings.
    #[default]
    AsConfigured,
    /// These in their place. Only root and trusted users may.
    Replaced(Vec<SandboxPath>),
}

impl SandboxPaths {
    /// Takes paths in the place of those of Nix's settings.
    pub fn replaced(paths: &[String]) -> Result<Self, Error> {
        let odd = |source| Error::Setting { name: "sandbox-paths".to_owned(), source };
        paths.iter().map(|path| path.parse()).collect::<Result<_, _>>().map(Self::Replaced).map_err(odd)
    }
}

/// The target of a sandbox path: `/bin/sh` of `/bin/sh=/usr/bin/bash?`.
fn target(entry: &str) -> &str {
    entry.split_once('=').map_or(entry, |(target, _)| target).trim_end_matches('?')
}

/// Whether a sandbox path shows a folder of the machine at its own place.
fn shows(entry: &str, folder: &str) -> bool {
    !entry.contains('=') && is_within(folder, target(entry))
}

fn is_within(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder.trim_end_matches('/')).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Returns those of the folders that the configured sandbox does not show.
pub fn missing(configured: &[String], folders: &[String]) -> Vec<String> {
    folders.iter().filter(|folder| !configured.iter().any(|entry| shows(entry, folder))).cloned().collect()
}

/// Returns sandbox paths that show the folders, with those configured ones that they leave room for.
pub fn combined(configured: &[String], folders: &[String]) -> Vec<String> {
    let left = configured.iter().filter(|entry| !folders.iter().any(|folder| is_within(target(entry), folder)));
    let missing = missing(configured, folders);
    let covered = |folder: &&String| missing.contains(folder) || configured.contains(folder);
    left.chain(folders.iter().filter(covered)).cloned().collect()
}

/// Says what an administrator has to do so that builders see these folders.
pub fn advice(configured: &[String], folders: &[String]) -> String {
    format!(
        "put `sandbox-paths = {}` into /etc/nix/nix.conf, in place of any other `sandbox-paths`, and restart the daemon \
         (`sudo systemctl restart nix-daemon`); or add this user to `trusted-users` there, and hinc does it by itself",
        combined(configured, folders).join(" ")
    )
}

impl Nix {
    /// Finds out which sandbox paths a build with the host toolchain needs, and whether this
    /// user may have them. Starts one program, or two where Nix's settings do not suffice;
    /// to be called only when there is something to build.
    pub async fn open_sandbox(&self, host: &HostToolchain, cancel: &CancellationToken) -> Result<SandboxPaths, Error> {
        // The settings of another machine's store cannot be asked for.
        if self.options.store.as_deref().is_some_and(|store| store.contains("://") && !store.starts_with("local://")) {
            return Ok(SandboxPaths::AsConfigured);
        }
        let settings = self.read_settings(cancel).await?;
        let missing = missing(&settings.sandbox_paths, &host.folders);
        if !settings.sandbox || missing.is_empty() {
            return Ok(SandboxPaths::AsConfigured);
        }
        if self.read_store_info(cancel).await?.trusted != Some(false) {
            return SandboxPaths::replaced(&combined(&settings.sandbox_paths, &host.folders));
        }
        // The daemon may know settings that this user's Nix does not: only a build tells.
        match self.probe(host, &SandboxPaths::AsConfigured, cancel).await? {
            Probe::Works => Ok(SandboxPaths::AsConfigured),
            Probe::Fails { .. } => Err(closed(&settings, host, missing)),
        }
    }
}

fn closed(settings: &Settings, host: &HostToolchain, missing: Vec<String>) -> Error {
    Error::SandboxClosed { missing, advice: advice(&settings.sandbox_paths, &host.folders) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn what_is_shown_is_not_missing() {
        let folders = list("/bin /usr /var/lib/ghc");
        assert_eq!(missing(&list("/bin /usr /var/lib/ghc /etc"), &folders), list(""));
        assert_eq!(missing(&list("/bin/sh=/usr/bin/bash-static"), &folders), folders);
        assert_eq!(missing(&list("/bin? /usr=/opt/usr /var/lib"), &folders), list("/usr"));
        assert_eq!(missing(&list("/usr2 /var/lib/gh"), &folders), folders);
    }

    #[test]
    fn a_path_that_would_be_two_is_refused() {
        let error = SandboxPaths::replaced(&["/usr".to_owned(), "/home/ann /etc".to_owned()]).expect_err("two paths");
        assert_eq!(error.to_string(), "Nix cannot be given the setting `sandbox-paths`");
        assert!(SandboxPaths::replaced(&list("/usr /bin")).is_ok());
    }

    #[test]
    fn a_shell_of_its_own_makes_way_for_all_of_bin() {
        let configured = list("/bin/sh=/usr/bin/bash-static /dev/kvm? /usr");
        assert_eq!(combined(&configured, &list("/bin /usr /lib")), list("/dev/kvm? /bin /usr /lib"));
    }

    #[test]
    fn what_a_wider_path_shows_is_not_listed_again() {
        assert_eq!(combined(&list("/home"), &list("/usr /home/ann/.ghcup/bin")), list("/home /usr"));
    }

    #[test]
    fn the_advice_has_the_line_to_write() {
        let advice = advice(&list("/bin/sh=/usr/bin/bash-static"), &list("/bin /usr"));
        assert!(advice.contains("`sandbox-paths = /bin /usr`"), "{advice}");
    }
}
