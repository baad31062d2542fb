//! Looks at a builder and at what this machine's Nix makes of it, and says what is wrong.

use std::path::Path;

use tokio_util::sync::CancellationToken;

use crate::builder::Facts;
use crate::builder::doctor::{self, Findings};
use crate::clock::Clock;
use crate::model::builder::{Builder, Connection};
use crate::model::check::Check;
use crate::nix::toolchain::HostToolchain;
use crate::nix::toolchain::remote::detect_on;
use crate::nix::toolchain::remote::trouble::Problem;
use crate::nix::{self, Nix, StoreInfo, sandbox};

/// Checks a builder: how it is reached, its Nix, store, clock and room, whether Nix here gets to its store, whether
/// results would come back, and its GHC. Nothing is started. What cannot be checked is a failed check.
pub async fn builder_doctor(builder: &Builder, state: &Path, cancel: &CancellationToken) -> Vec<Check> {
    // The real time, also where hinc's own clock stands still.
    let Findings { mut checks, reached } = doctor::doctor(builder, state, Clock::System, cancel).await;
    let Some((connection, facts)) = reached else { return checks };
    let nix = Nix::new(nix::Options::default());
    checks.push(store_check(&nix, &connection, &facts, cancel).await);
    checks.push(match nix.read_store_info(cancel).await {
        Ok(here) => results_check(builder, &facts, &here),
        Err(error) => Check::of_error("results", &error),
    });
    let there = detect_on(&connection, cancel).await;
    checks.extend(ghc_checks(&facts, &there));
    checks
}

/// The one line of each builder for `hinc doctor`. None is started.
pub async fn builders_at_a_glance(builders: &[Builder], state: &Path, cancel: &CancellationToken) -> Vec<Check> {
    let mut checks = Vec::new();
    for builder in builders.iter().filter(|builder| !builder.kind.is_this_machine()) {
        checks.push(doctor::glance(builder, state, cancel).await);
    }
    checks
}

/// Whether this machine's Nix opens that store: by its own ssh call, its own protocol and its own program there.
async fn store_check(nix: &Nix, connection: &Connection, facts: &Facts, cancel: &CancellationToken) -> Check {
    const NAME: &str = "store";
    let store = nix.at(connection, facts.nix_folder.clone(), Vec::new());
    match store.info(cancel).await {
        Ok(info) => {
            let version = info.version.map_or(String::new(), |version| format!(", version {version}"));
            Check::ok(NAME, format!("{}{version}", store.uri()))
        }
        Err(error) => Check::of_error(NAME, &error),
    }
}

/// Whether what is built there would be taken here.
fn results_check(builder: &Builder, facts: &Facts, here: &StoreInfo) -> Check {
    const NAME: &str = "results";
    let name = &builder.name;
    match (builder.trusted, here.trusted != Some(false)) {
        (true, true) => Check::ok(NAME, "taken without signatures: the settings trust this builder"),
        (true, false) => Check::warning(
            NAME,
            "the Nix daemon here does not trust this user, and takes from it only what is signed",
            format!(
                "hinc signs them with a key of its own for {name}: where that key is not known yet, the first build says which line an administrator adds to /etc/nix/nix.conf"
            ),
        ),
        (false, _) if facts.signs => {
            Check::ok(NAME, "signed there: the public key must be in `trusted-public-keys` here")
        }
        (false, _) => Check::warning(
            NAME,
            "nothing signs them there, and the settings do not trust this builder: they would not be taken",
            format!(
                "where you trust that machine, describe it yourself, whole and without `trusted = false`, by [builder.{name}] of ~/.config/hinc/config.toml; or set `secret-key-files` there and its public key in `trusted-public-keys` here"
            ),
        ),
    }
}

/// Its GHC, for packages that are built with "the machine's GHC", and whether its sandbox shows it.
fn ghc_checks(facts: &Facts, there: &Result<HostToolchain, nix::Error>) -> Vec<Check> {
    const NAME: &str = "ghc";
    let host = match there {
        Ok(host) => host,
        // Packages over nixpkgs bring their own.
        Err(nix::Error::Builder(trouble)) if matches!(trouble.problem, Problem::NoGhc { .. }) => {
            let advice = "only packages without a Nix file need one, where they are built with `--toolchain host`: `apt install ghc` there, or build with `--toolchain nixpkgs`";
            return vec![Check::warning(NAME, "none on the search path of ssh", advice)];
        }
        Err(error) => return vec![Check::of_error(NAME, error)],
    };
    let ghc = Check::ok(NAME, format!("{} at {}", host.toolchain.ghc_version, host.toolchain.ghc));
    let closed = facts.sandbox.as_deref() != Some("false");
    let missing = sandbox::missing(&facts.sandbox_paths, &host.folders);
    if !closed || missing.is_empty() || facts.trusted != Some(false) {
        return vec![ghc];
    }
    let lacks = Check::failed(
        "builds with that GHC",
        format!("its sandbox does not show {}, and hinc may not say so there", missing.join(" ")),
        format!("on that machine, {}", sandbox::advice(&facts.sandbox_paths, &host.folders)),
    );
    vec![ghc, lacks]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::builder::BuilderKind;
    use crate::model::check::State;

    fn facts(trusted: Option<bool>, signs: bool) -> Facts {
        let text = serde_json::json!({
            "nix": {"flavour": "nix", "text": "2.26.3", "numbers": [2, 26], "own_name": "Nix"}, "nix_folder": null, "system": "x86_64-linux", "systems": ["x86_64-linux"],
            "emulated_systems": [], "features": [], "sandbox": "true", "sandbox_paths": ["/bin/sh=/bin/dash"],
            "user": "ann", "root": false, "store": "daemon", "trusted": trusted, "signs": signs,
            "clock_skew_seconds": 0, "free_bytes": null, "total_bytes": null, "memory_bytes": null,
            "memory_free_bytes": null, "cores": null, "jobs": null, "platform": "Linux", "notes": [],
        });
        serde_json::from_value(text).expect("facts")
    }

    fn builder(trusted: bool) -> Builder {
        Builder { trusted, ..Builder::example("far", BuilderKind::Local) }
    }

    #[test]
    fn whether_results_would_be_taken() {
        let here = |trusted| StoreInfo { url: "daemon".to_owned(), version: None, trusted };
        let state =
            |trusts_builder, signs, here| results_check(&builder(trusts_builder), &facts(None, signs), &here).state;
        assert_eq!(state(true, false, here(Some(true))), State::Ok);
        assert_eq!(state(true, false, here(None)), State::Ok, "a store of one's own");
        assert_eq!(state(true, false, here(Some(false))), State::Warning);
        assert_eq!(state(false, true, here(Some(false))), State::Ok);
        assert_eq!(state(false, false, here(Some(true))), State::Warning);
    }

    #[test]
    fn a_sandbox_that_does_not_show_its_ghc_is_told() {
        let host = || HostToolchain {
            toolchain: crate::model::toolchain::Toolchain {
                ghc: "/usr/bin/ghc".to_owned(),
                ghc_version: "9.6.6".to_owned(),
                system: "x86_64-linux".to_owned(),
                shell: "/bin/bash".to_owned(),
                path: "/usr/bin".to_owned(),
                fingerprint: "f".repeat(32),
            },
            folders: vec!["/usr".to_owned()],
            profiling: false,
        };
        let states =
            |facts: &Facts| -> Vec<State> { ghc_checks(facts, &Ok(host())).iter().map(|check| check.state).collect() };
        assert_eq!(states(&facts(Some(false), false)), [State::Ok, State::Failed]);
        assert_eq!(states(&facts(Some(true), false)), [State::Ok], "hinc says so there");
        let shown = Facts { sandbox_paths: vec!["/usr".to_owned()], ..facts(Some(false), false) };
        assert_eq!(states(&shown), [State::Ok]);
        assert_eq!(states(&Facts { sandbox: Some("false".to_owned()), ..facts(Some(false), false) }), [State::Ok]);
    }
}
