//! The GHC of the machine.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use hinc::error::Diagnose;
use hinc::exit::Exit;
use hinc::nix::Error;
use hinc::nix::toolchain::{HostToolchain, detect};
use tokio_util::sync::CancellationToken;

use super::{run, search_path};

async fn detected(cache: Option<&Path>) -> HostToolchain {
    detect(&search_path(), cache, &CancellationToken::new()).await.expect("a GHC")
}

/// A program that stands in for a GHC that this machine does not have.
fn stand_in(folder: &Path, script: &str) -> PathBuf {
    let path = folder.join("ghc");
    fs_err::write(&path, format!("#!/bin/bash\n{script}\n")).expect("a file");
    fs_err::set_permissions(&path, PermissionsExt::from_mode(0o755)).expect("a mode");
    path
}

#[tokio::test]
async fn the_description_is_what_ghc_and_nix_say() {
    let host = detected(None).await;
    assert_eq!(host.toolchain.ghc_version, run("ghc", &["--numeric-version"]).await);
    let system = run("nix-instantiate", &["--eval", "--expr", "builtins.currentSystem"]).await;
    assert_eq!(format!("\"{}\"", host.toolchain.system), system);
    assert!(Path::new(&host.toolchain.shell).exists() && Path::new(&host.toolchain.ghc).is_absolute());
    assert!(host.toolchain.path.split(':').any(|folder| folder == "/usr/bin"), "{}", host.toolchain.path);
    assert_eq!(host.toolchain.fingerprint.len(), 32);
    let library_folder = run("ghc", &["--print-libdir"]).await;
    assert!(host.folders.iter().any(|folder| Path::new(&library_folder).starts_with(folder)), "{:?}", host.folders);
    assert_eq!(detected(None).await, host, "twice the same");
}

#[tokio::test]
async fn a_warm_call_reads_the_cache_and_a_changed_one_does_not() {
    let cache = tempfile::tempdir().expect("a temporary folder");
    let host = detected(Some(cache.path())).await;
    let file = cache.path().join("toolchain.json");
    let text = fs_err::read_to_string(&file).expect("the cache");
    // What only the cache says shows that no GHC was asked.
    fs_err::write(&file, text.replace(&host.toolchain.fingerprint, "from-the-cache")).expect("a file");
    assert_eq!(detected(Some(cache.path())).await.toolchain.fingerprint, "from-the-cache");

    let changed = text.replacen("\"size\": ", "\"size\": 1", 1);
    assert_ne!(changed, text);
    fs_err::write(&file, changed.replace(&host.toolchain.fingerprint, "from-the-cache")).expect("a file");
    assert_eq!(detected(Some(cache.path())).await, host);
    fs_err::write(&file, "{").expect("a file");
    assert_eq!(detected(Some(cache.path())).await, host);
}

#[tokio::test]
async fn a_cache_that_cannot_be_written_does_no_harm() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("file");
    fs_err::write(&file, "").expect("a file");
    assert_eq!(detected(Some(&file)).await, detected(None).await);
}

#[tokio::test]
async fn a_link_to_ghc_is_followed() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let host = detected(None).await;
    symlink(&host.toolchain.ghc, folder.path().join("ghc")).expect("a link");
    let mut path = folder.path().as_os_str().to_owned();
    path.push(":");
    path.push(search_path());
    let linked = detect(&path, None, &CancellationToken::new()).await.expect("a GHC");
    let real = fs_err::canonicalize(&host.toolchain.ghc).expect("it is there");
    assert_eq!(linked.toolchain.ghc, real.display().to_string());
    assert_eq!(linked.toolchain.fingerprint, host.toolchain.fingerprint, "it is the same compiler");
}

#[tokio::test]
async fn a_ghc_before_9_4_is_refused_by_name() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let ghc = stand_in(folder.path(), "echo ' [(\"Project version\",\"9.2.8\")]'");
    let error = detect(folder.path().as_os_str(), None, &CancellationToken::new()).await.expect_err("too old");
    assert_eq!(error.exit(), Exit::Environment);
    assert_eq!(error.to_string(), format!("GHC 9.2.8 at {} is too old: hinc needs 9.4 or later", ghc.display()));
    assert_eq!(error.hints().len(), 1);
}

#[tokio::test]
async fn a_machine_without_ghc_is_told_what_to_install() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let error = detect(folder.path().as_os_str(), None, &CancellationToken::new()).await.expect_err("none");
    assert!(matches!(error, Error::NoGhc), "{error:?}");
    assert_eq!(error.exit(), Exit::Environment);
    assert!(error.hints()[0].as_str().contains("9.4"));
}

#[tokio::test]
async fn a_ghc_that_does_not_run_or_talks_nonsense_is_an_error() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    stand_in(folder.path(), "echo broken installation >&2; exit 1");
    let error = detect(folder.path().as_os_str(), None, &CancellationToken::new()).await.expect_err("it fails");
    assert_eq!((error.tail(), error.exit()), (&["broken installation".to_owned()][..], Exit::Environment));
    stand_in(folder.path(), "echo hello");
    let error = detect(folder.path().as_os_str(), None, &CancellationToken::new()).await.expect_err("it fails");
    assert!(matches!(error, Error::Answer { .. }), "{error:?}");
}

#[tokio::test]
async fn a_ghc_from_the_store_is_sent_to_nixpkgs() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    stand_in(folder.path(), "echo ' [(\"Project version\",\"9.6.6\")]'");
    let path = super::add_source(folder.path()).await;
    let error = detect(path.as_path().as_os_str(), None, &CancellationToken::new()).await.expect_err("of the store");
    assert!(matches!(error, Error::GhcFromStore { .. }), "{error:?}");
}
