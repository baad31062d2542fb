//! What `hinc doctor` says of the machine, and the sandbox that a build gets.

use hinc::model::check::{Check, State};
use hinc::model::nix_version::{NixVersion, Standing};
use hinc::nix::{Error, Nix, Probe, SandboxPaths, toolchain, version};
use tokio_util::sync::CancellationToken;

use super::{run, search_path, with_option};

/// A sandbox as Debian and NixOS have it by default.
const DEFAULT_PATHS: &str = "/bin/sh=/usr/bin/bash";

async fn is_trusted() -> bool {
    let info = Nix::default().read_store_info(&CancellationToken::new()).await.expect("a store");
    info.trusted != Some(false)
}

fn check<'a>(checks: &'a [Check], name: &str) -> &'a Check {
    checks.iter().find(|check| check.name == name).unwrap_or_else(|| panic!("no check {name} in {checks:#?}"))
}

#[tokio::test]
async fn the_version_is_that_of_nix() {
    let version = version(&CancellationToken::new()).await.expect("a version");
    let text = run("nix", &["--version"]).await;
    assert_eq!(NixVersion::parse(&text).as_ref(), Some(&version), "{text}");
    assert_eq!(version.standing(), Standing::Tried);
}

#[tokio::test]
async fn a_machine_in_order_has_no_failed_check() {
    let cancel = CancellationToken::new();
    let checks = Nix::default().doctor(&search_path(), None, &cancel).await;
    let failed: Vec<&Check> = checks.iter().filter(|check| check.state == State::Failed).collect();
    assert!(failed.is_empty(), "{failed:#?}");
    for name in ["nix", "store", "disk space", "experimental features", "ghc", "profiling libraries"] {
        check(&checks, name);
    }
    assert_eq!(check(&checks, "builds with this GHC").state, State::Ok);
}

#[tokio::test]
async fn a_machine_without_ghc_and_a_store_that_is_not_there_are_told() {
    let cancel = CancellationToken::new();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut nix = Nix::default();
    nix.options.store = Some("unix:///nonexistent/socket".into());
    let checks = nix.doctor(folder.path().as_os_str(), None, &cancel).await;
    for name in ["store", "ghc"] {
        let check = check(&checks, name);
        assert_eq!(check.state, State::Failed, "{check:?}");
        assert!(!check.advice.is_empty(), "{check:?}");
    }
}

#[tokio::test]
async fn the_sandbox_as_configured_is_taken_where_it_does() {
    let cancel = CancellationToken::new();
    let host = toolchain::detect(&search_path(), None, &cancel).await.expect("a GHC");
    let nix = Nix::default();
    assert_eq!(nix.open_sandbox(&host, &cancel).await.expect("an answer"), SandboxPaths::AsConfigured);
    let probe = nix.probe(&host, &SandboxPaths::AsConfigured, &cancel).await.expect("an answer");
    assert_eq!(probe, Probe::Works);
}

// To a trusted user hinc gives the paths itself. To another the daemon's own settings hold,
// which only a trial shows: here they suffice, whatever this user's Nix believes.
#[tokio::test]
async fn a_sandbox_that_hides_the_compiler_is_opened_for_who_may() {
    let cancel = CancellationToken::new();
    let host = toolchain::detect(&search_path(), None, &cancel).await.expect("a GHC");
    let nix = with_option("sandbox-paths", DEFAULT_PATHS);
    let paths = nix.open_sandbox(&host, &cancel).await.expect("an answer");
    if is_trusted().await {
        assert_eq!(paths, SandboxPaths::replaced(&host.folders).expect("paths"));
    } else {
        assert_eq!(paths, SandboxPaths::AsConfigured);
    }
}

#[tokio::test]
async fn the_trial_shows_a_sandbox_that_hides_the_compiler() {
    let cancel = CancellationToken::new();
    let host = toolchain::detect(&search_path(), None, &cancel).await.expect("a GHC");
    let hidden = SandboxPaths::replaced(&[DEFAULT_PATHS.to_owned()]).expect("a path");
    let probe = Nix::default().probe(&host, &hidden, &cancel).await.expect("an answer");
    if is_trusted().await {
        let Probe::Fails { reason } = probe else { panic!("it worked") };
        assert!(reason.contains("No such file or directory"), "{reason}");
    } else {
        assert_eq!(probe, Probe::Works, "an untrusted user cannot change the sandbox");
    }
    let broken = SandboxPaths::replaced(&["/nonexistent/folder".to_owned()]).expect("a path");
    if is_trusted().await {
        let probe = Nix::default().probe(&host, &broken, &cancel).await.expect("an answer");
        assert!(matches!(&probe, Probe::Fails { reason } if reason.contains("/nonexistent/folder")), "{probe:?}");
    }
}

#[tokio::test]
async fn doctor_opens_the_sandbox_where_it_may() {
    let checks =
        with_option("sandbox-paths", DEFAULT_PATHS).doctor(&search_path(), None, &CancellationToken::new()).await;
    let check = check(&checks, "builds with this GHC");
    assert_eq!(check.state, State::Ok, "{check:?}");
}

#[tokio::test]
async fn an_error_about_the_sandbox_says_which_line_to_write() {
    use hinc::error::Diagnose;
    let error = Error::SandboxClosed {
        missing: vec!["/usr".into()],
        advice: hinc::nix::sandbox::advice(&[DEFAULT_PATHS.into()], &["/bin".into(), "/usr".into()]),
    };
    assert_eq!(error.exit().code(), 3);
    assert!(error.hints()[0].as_str().contains("sandbox-paths = /bin /usr"), "{:?}", error.hints());
}
