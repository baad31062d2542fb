//! Paths in the store, and what keeps them.

use std::path::Path;

use hinc::error::Diagnose;
use hinc::exit::Exit;
use hinc::model::project::ProjectKey;
use hinc::model::store::StorePath;
use hinc::nix::store::{KEPT_INTERMEDIATES, is_linked};
use hinc::nix::{Nix, Options};
use tokio_util::sync::CancellationToken;

use super::{add_source, run, stamp};

async fn new_path() -> StorePath {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs_err::write(folder.path().join("file"), stamp()).expect("a file");
    add_source(folder.path()).await
}

fn absent_path() -> StorePath {
    "/nix/store/hz99d8gx12kw8cv5hlgfwjm90318wkrw-source".parse().expect("a path")
}

#[tokio::test]
async fn paths_that_are_not_there_are_told() {
    let cancel = CancellationToken::new();
    let there = new_path().await;
    let invalid = Nix::default().invalid(&[there, absent_path()], &cancel).await.expect("an answer");
    assert_eq!(invalid.into_iter().collect::<Vec<_>>(), [absent_path()]);
    assert!(Nix::default().invalid(&[], &cancel).await.expect("an answer").is_empty());
}

#[tokio::test]
async fn a_link_keeps_its_path_and_is_known() {
    let cancel = CancellationToken::new();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let link = folder.path().join("result");
    let nix = Nix::default();
    let first = new_path().await;
    nix.link(&first, &link, &cancel).await.expect("a link");
    assert_eq!(fs_err::read_link(&link).expect("a link"), first.as_path());
    assert!(is_linked(&link, &first));
    let roots = run("nix-store", &["--query", "--roots", first.as_str()]).await;
    assert!(roots.contains(&link.display().to_string()), "{roots}");

    let second = new_path().await;
    assert!(!is_linked(&link, &second));
    nix.link(&second, &link, &cancel).await.expect("a link that is replaced");
    assert!(is_linked(&link, &second) && !is_linked(&link, &first));

    fs_err::remove_file(&link).expect("it can be removed");
    assert!(!is_linked(&link, &second));
}

#[tokio::test]
async fn a_link_to_a_path_that_is_not_there_is_an_error_of_nix() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let link = folder.path().join("result");
    let error = Nix::default().link(&absent_path(), &link, &CancellationToken::new()).await.expect_err("no path");
    assert_eq!(error.exit(), Exit::Nix, "{error:?}");
    assert!(fs_err::symlink_metadata(&link).is_err(), "nothing is left behind");
}

#[tokio::test]
async fn the_newest_intermediates_are_kept() {
    let cancel = CancellationToken::new();
    let state = tempfile::tempdir().expect("a temporary folder");
    let (package, project) = ("parts".parse().expect("a name"), ProjectKey::of(Path::new("/project")));
    let mut paths = Vec::new();
    for _ in 0..=KEPT_INTERMEDIATES {
        let path = new_path().await;
        let kept = Nix::default().keep_intermediates(state.path(), &package, &project, &path, &cancel).await;
        kept.expect("it is kept");
        paths.push(path);
    }
    let root = |path: &StorePath| {
        let name = format!("{}-{}", path.hash_part(), path.name());
        is_linked(&state.path().join("roots").join(format!("parts-{project}")).join(name), path)
    };
    let kept: Vec<bool> = paths.iter().map(root).collect();
    let mut expected = vec![true; KEPT_INTERMEDIATES + 1];
    expected[0] = false;
    assert_eq!(kept, expected);
}

#[tokio::test]
async fn content_addressed_paths_come_from_a_cache_in_a_folder() {
    let cancel = CancellationToken::new();
    let path = new_path().await;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let cache = folder.path().join("cache");
    let to = format!("file://{}", cache.display());
    run("nix", &["--extra-experimental-features", "nix-command", "copy", "--to", &to, path.as_str()]).await;
    // A store in a folder of this user, which has nothing yet.
    let store = folder.path().join("store").display().to_string();
    let nix = Nix::new(Options { store: Some(store), ..Options::default() });
    assert_eq!(nix.invalid(std::slice::from_ref(&path), &cancel).await.expect("an answer").len(), 1);
    nix.add_from_cache(&to, std::slice::from_ref(&path), &cancel).await.expect("it is copied");
    assert!(nix.invalid(std::slice::from_ref(&path), &cancel).await.expect("an answer").is_empty());
    // The folder of a store is read-only, which a temporary folder cannot remove.
    run("chmod", &["-R", "u+w", &folder.path().display().to_string()]).await;
}

// The words of this Nix, by which results of a builder are known to lack a signature.
#[tokio::test]
async fn a_path_without_a_signature_is_told_from_other_failures() {
    use hinc::log::Decoder;
    use hinc::nix::failure::{Classifier, Trouble};
    use hinc::process::{Invocation, system};
    let folder = tempfile::tempdir().expect("a folder");
    let cache = format!("file://{}", folder.path().join("cache").display());
    let other = format!("local?root={}", folder.path().join("other").display());
    let expression = format!(
        "derivation {{ name = \"unsigned\"; system = builtins.currentSystem; builder = \"/bin/sh\"; args = [ \"-c\" \"echo {} > $out\" ]; }}",
        stamp()
    );
    let path = run("nix-build", &["--no-out-link", "--expr", &expression]).await;
    let copy = ["--extra-experimental-features", "nix-command", "copy"];
    run("nix", &[&copy[..], &["--to", &cache, &path]].concat()).await;
    let (mut classifier, mut decoder) = (Classifier::default(), Decoder::new());
    let fetch = [&copy[..], &["--log-format", "internal-json", "--from", &cache, "--to", &other, &path]].concat();
    let finished = system::stream(&Invocation::new("nix").args(fetch), &CancellationToken::new(), |line| {
        decoder.line(line, chrono::DateTime::UNIX_EPOCH, &mut |event| classifier.event(&event));
    })
    .await
    .expect("nix runs");
    assert!(!finished.status.success());
    assert!(classifier.has_heard_of(Trouble::Unsigned), "{:?}", classifier.tail());
}
