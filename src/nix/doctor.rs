//! Looks at Nix, its store and the GHC of the machine, and says what is wrong with them.

use std::ffi::OsStr;
use std::path::Path;

use tokio_util::sync::CancellationToken;

use super::command::Nix;
use super::probe::Probe;
use super::sandbox::{self, SandboxPaths};
use super::toolchain::{self, HostToolchain};
use super::{Error, Settings, StoreInfo, version};
use crate::model::check::Check;
use crate::model::nix_version::{Flavour, NixVersion};
use crate::model::store::STORE_DIR;

/// Below this much room in the store, in bytes, a warning is given: one full build of a
/// large package, twice.
const LITTLE_ROOM: u64 = 2 << 30;

impl Nix {
    /// Checks all that hinc needs of the machine: Nix, its store and its sandbox, GHC and its
    /// libraries. It never fails: what cannot be checked is a failed check. Repository and
    /// settings of hinc are checked elsewhere.
    pub async fn doctor(&self, search_path: &OsStr, cache: Option<&Path>, cancel: &CancellationToken) -> Vec<Check> {
        let mut checks = Vec::new();
        let nix_is_there = match version(cancel).await {
            Ok(version) => {
                checks.push(version_check(&version));
                true
            }
            Err(error) => {
                checks.push(Check::of_error("nix", &error));
                false
            }
        };
        let (settings, info) = if nix_is_there { self.check_store(&mut checks, cancel).await } else { (None, None) };
        let host = toolchain::detect(search_path, cache, cancel).await;
        checks.extend(ghc_checks(&host));
        let Some(settings) = settings else { return checks };
        let Ok(host) = host else { return checks };
        if info.is_some() {
            checks.push(self.check_host_build(&settings, info.as_ref(), &host, cancel).await);
        }
        checks
    }

    async fn check_store(
        &self,
        checks: &mut Vec<Check>,
        cancel: &CancellationToken,
    ) -> (Option<Settings>, Option<StoreInfo>) {
        let info = match self.read_store_info(cancel).await {
            Ok(info) => {
                checks.push(store_check(&info));
                Some(info)
            }
            Err(error) => {
                checks.push(Check::of_error("store", &error));
                None
            }
        };
        if self.options.store.is_none() {
            checks.extend(room_check());
        }
        let settings = match self.read_settings(cancel).await {
            Ok(settings) => {
                checks.push(features_check(&settings));
                Some(settings)
            }
            Err(error) => {
                checks.push(Check::of_error("settings", &error));
                None
            }
        };
        (settings, info)
    }

    async fn check_host_build(
        &self,
        settings: &Settings,
        info: Option<&StoreInfo>,
        host: &HostToolchain,
        cancel: &CancellationToken,
    ) -> Check {
        const NAME: &str = "builds with this GHC";
        let missing = sandbox::missing(&settings.sandbox_paths, &host.folders);
        let may_set_paths = info.and_then(|info| info.trusted) != Some(false);
        let (paths, how) = if !settings.sandbox {
            (SandboxPaths::AsConfigured, "without a sandbox")
        } else if missing.is_empty() {
            (SandboxPaths::AsConfigured, "in the sandbox as configured")
        } else if may_set_paths {
            let paths = sandbox::combined(&settings.sandbox_paths, &host.folders);
            match SandboxPaths::replaced(&paths) {
                Ok(paths) => (paths, "in the sandbox, with paths that hinc adds"),
                Err(error) => return Check::of_error(NAME, &error),
            }
        } else {
            (SandboxPaths::AsConfigured, "in the sandbox as the daemon knows it")
        };
        match self.probe(host, &paths, cancel).await {
            Ok(Probe::Works) if settings.sandbox => Check::ok(NAME, format!("a program was compiled and run {how}")),
            Ok(Probe::Works) => Check::warning(
                NAME,
                format!("a program was compiled and run {how}"),
                "a build can then use files that it does not name: put `sandbox = true` into /etc/nix/nix.conf",
            ),
            Ok(Probe::Fails { reason }) => {
                let lacks =
                    if missing.is_empty() { String::new() } else { format!("; it lacks {}", missing.join(" ")) };
                Check::failed(
                    NAME,
                    format!("a trial {how} failed: {reason}{lacks}"),
                    sandbox::advice(&settings.sandbox_paths, &host.folders),
                )
            }
            Err(error) => Check::of_error(NAME, &error),
        }
    }
}

fn version_check(version: &NixVersion) -> Check {
    let found = match (version.flavour, version.differences().count()) {
        (Flavour::Nix, _) | (_, 0) => version.to_string(),
        (_, count) => {
            format!("{version}; {count} things are otherwise than with Nix, and hinc knows them: docs/nix-versions.md")
        }
    };
    match version.standing().advice() {
        None => Check::ok("nix", found),
        Some(advice) => Check::warning("nix", found, advice),
    }
}

fn store_check(info: &StoreInfo) -> Check {
    let trust = match info.trusted {
        Some(true) => ", which trusts this user",
        Some(false) => ", which does not trust this user",
        None => "",
    };
    let version = info.version.as_ref().map_or(String::new(), |version| format!(", version {version}"));
    Check::ok("store", format!("{}{version}{trust}", info.url))
}

fn features_check(settings: &Settings) -> Check {
    let on = settings.experimental_features.join(" ");
    let on = if on.is_empty() { "none".to_owned() } else { on };
    // For information: hinc switches `nix-command` on where it needs it, and needs no other.
    Check::ok("experimental features", on)
}

fn room_check() -> Option<Check> {
    let room = rustix::fs::statvfs(STORE_DIR).ok()?;
    let free = room.f_bavail.saturating_mul(room.f_frsize);
    let found = format!("{}.{} GiB free", free >> 30, ((free % (1 << 30)) * 10) >> 30);
    Some(if free >= LITTLE_ROOM {
        Check::ok("disk space", found)
    } else {
        Check::warning("disk space", found, "`nix-collect-garbage` removes what nothing refers to")
    })
}

fn ghc_checks(host: &Result<HostToolchain, Error>) -> Vec<Check> {
    let host = match host {
        Ok(host) => host,
        Err(error) => return vec![Check::of_error("ghc", error)],
    };
    let ghc = Check::ok("ghc", format!("{} at {}", host.toolchain.ghc_version, host.toolchain.ghc));
    let profiling = if host.profiling {
        Check::ok("profiling libraries", "installed")
    } else {
        let advice = "only builds with profiling need them: `apt install ghc-prof` on Debian";
        Check::warning("profiling libraries", "not installed", advice)
    };
    vec![ghc, profiling]
}
