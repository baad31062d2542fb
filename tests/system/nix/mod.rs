//! The stage `nix` with the real Nix: as root with a store of its own, or as a user of a daemon.

mod builds;
mod doctor;
mod evaluation;
mod store;
mod toolchain;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use hinc::model::store::StorePath;
use hinc::nix::{Library, Nix, Options};
use hinc::process::{Invocation, system};
use tokio_util::sync::CancellationToken;

/// The search path of the tests.
#[expect(clippy::disallowed_methods, reason = "a test has no cli::env")]
fn search_path() -> OsString {
    std::env::var_os("PATH").expect("a search path")
}

/// Runs a program and returns its output without the line end.
async fn run(program: &str, args: &[&str]) -> String {
    let output = system::output(&Invocation::new(program).args(args), &CancellationToken::new()).await;
    let output = output.expect("the program succeeds");
    String::from_utf8(output.stdout).expect("text").trim_end().to_owned()
}

/// A text that no other test run has used: it makes derivations that were never built.
fn stamp() -> String {
    let folder = tempfile::tempdir().expect("a temporary folder");
    folder.path().file_name().expect("a name").to_string_lossy().into_owned()
}

fn with_option(name: &str, value: &str) -> Nix {
    Nix::new(Options { options: vec![(name.into(), value.into())], ..Options::default() })
}

/// The Nix functions of this checkout.
fn library() -> Library {
    Library::at(Path::new(env!("CARGO_MANIFEST_DIR")).join("nix"))
}

/// Puts a folder into the store under the name `source`.
async fn add_source(folder: &Path) -> StorePath {
    let temporary = tempfile::tempdir().expect("a temporary folder");
    let source: PathBuf = temporary.path().join("source");
    run("cp", &["-r", &folder.display().to_string(), &source.display().to_string()]).await;
    let path = run("nix-store", &["--add-fixed", "--recursive", "sha256", &source.display().to_string()]).await;
    path.parse().expect("a store path")
}
