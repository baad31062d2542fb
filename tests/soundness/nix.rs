//! The real Nix: sources into the store, derivations out of `nix/drive.nix`, builds.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{Condvar, Mutex, OnceLock};

use hinc::model::cabal::dependencies::Dependencies;
use hinc::model::cabal::layout;
use serde::Deserialize;
use serde_json::{Value, json};

use super::tree::Tree;

/// A derivation of an answer of `nix/drive.nix`.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Drv {
    pub(crate) drv: String,
    pub(crate) outputs: std::collections::BTreeMap<String, String>,
}

impl Drv {
    /// The path of an output, whether it was built or not.
    pub(crate) fn output(&self, name: &str) -> &Path {
        Path::new(&self.outputs[name])
    }
}

/// What `nix/drive.nix` says about a package.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Answer {
    pub(crate) head_full: Drv,
    pub(crate) full: Option<Drv>,
    pub(crate) partial: Option<Drv>,
    pub(crate) incremental_kept: Option<Drv>,
    pub(crate) why_plain: Option<String>,
}

/// What is asked of `nix/drive.nix`.
#[derive(Debug, Clone)]
pub(crate) struct Request<'a> {
    /// The folder of the Nix functions.
    pub(crate) functions: &'a Path,
    pub(crate) base: Option<&'a Tree>,
    pub(crate) head: &'a Tree,
    /// The options of a package that has no Nix file.
    pub(crate) options: &'a Value,
    /// The attribute, where the packages have a `default.nix`.
    pub(crate) attribute: Option<&'a str>,
    /// What `<nixpkgs>` is there.
    pub(crate) nixpkgs: Option<&'a Path>,
    /// The package, where the full build of its base is known to fail and what compiles of it is built on.
    pub(crate) on_partial: Option<&'a str>,
}

/// The Nix functions that are put to the test.
pub(crate) fn functions() -> PathBuf {
    std::env::var_os("HINC_SOUNDNESS_NIX")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("nix"), PathBuf::from)
}

/// Runs a program to its end.
pub(crate) fn run(program: &str, args: &[&str]) -> Output {
    let mut command = Command::new(program);
    command.args(args).stdin(Stdio::null());
    command.output().unwrap_or_else(|error| panic!("{program}: {error}"))
}

/// Runs a program that has to succeed, and returns what it prints, without the line end.
#[track_caller]
pub(crate) fn text_of(program: &str, args: &[&str]) -> String {
    let output = run(program, args);
    assert!(output.status.success(), "{program} {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
}

/// The version of the GHC on the path, such as `9.6.6`.
pub(crate) fn ghc_version() -> &'static str {
    static VERSION: OnceLock<String> = OnceLock::new();
    VERSION.get_or_init(|| text_of("ghc", &["--numeric-version"]))
}

/// Whether that GHC is of a version or a later one.
pub(crate) fn ghc_is_at_least(major: u32, minor: u32) -> bool {
    let mut parts = ghc_version().split('.').map(|part| part.parse::<u32>().expect("a number"));
    (parts.next(), parts.next()) >= (Some(major), Some(minor))
}

fn toolchain() -> &'static Value {
    static TOOLCHAIN: OnceLock<Value> = OnceLock::new();
    TOOLCHAIN.get_or_init(|| {
        json!({
            "ghc": text_of("sh", &["-c", "command -v ghc"]),
            "ghc_version": ghc_version(),
            "system": text_of("nix-instantiate", &["--eval", "--expr", "builtins.currentSystem"]).trim_matches('"'),
            "shell": text_of("sh", &["-c", "command -v bash"]),
            "path": std::env::var("PATH").expect("a search path"),
            "fingerprint": blake3::hash(text_of("ghc", &["--info"]).as_bytes()).to_hex().as_str(),
        })
    })
}

/// Puts a tree into the store, under the name that hinc gives to sources.
fn add(tree: &Tree) -> String {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let source = folder.path().join("source");
    tree.lay_out(&source);
    text_of("nix-store", &["--add", &source.display().to_string()])
}

/// What a package is built with, as hinc reads it.
fn dependencies(tree: &Tree) -> Dependencies {
    Dependencies::of(&layout::parse(tree.description().unwrap_or_default()).expect("a description"))
}

/// A commit of one package; `base` is the name of the package that it is built on.
fn side_of(tree: &Tree, base: Option<&Tree>) -> Value {
    json!({ "packages": [{
        "name": tree.field("name"),
        "version": tree.field("version"),
        "build_type": tree.field("build-type").unwrap_or_else(|| "Simple".to_owned()),
        "source": add(tree),
        "dependencies": dependencies(tree),
        "base": base.map(|base| base.field("name")),
    }] })
}

/// Asks for the derivations of a base and a head.
#[track_caller]
pub(crate) fn evaluate(request: &Request<'_>) -> Answer {
    let mut asked = json!({
        "toolchain": toolchain(),
        "verify": true,
        "host": null,
        "file": null,
    });
    if let Some(attribute) = request.attribute {
        asked["head"] = json!({ "source": add(request.head) });
        asked["base"] = json!(request.base.map(|base| json!({ "source": add(base) })));
        asked["file"] = json!({ "path": "default.nix", "attributes": [attribute] });
    } else {
        asked["head"] = side_of(request.head, request.base);
        asked["base"] = json!(request.base.map(|base| side_of(base, None)));
        asked["host"] = json!({ "wanted": [request.head.field("name")], "options": request.options });
    }
    if let Some(name) = request.on_partial {
        asked["failing"] = json!({ "partial": [name], "gone": [] });
    }
    let drive = request.functions.join("drive.nix").display().to_string();
    let asked = asked.to_string();
    let mut args = vec!["--eval", "--strict", "--json", "--read-write-mode", &drive, "--argstr", "request", &asked];
    let nixpkgs = request.nixpkgs.map(|folder| format!("nixpkgs={}", folder.display()));
    args.extend(nixpkgs.iter().flat_map(|named| ["-I", named]));
    let told = text_of("nix-instantiate", &args);
    let mut answer: Value = serde_json::from_str(&told).expect("an answer in JSON");
    serde_json::from_value(answer["packages"][0].take()).unwrap_or_else(|error| panic!("{error}: {told}"))
}

/// Derivations that a thread of this program has for itself.
static TAKEN: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
static RETURNED: Condvar = Condvar::new();

/// Gives derivations back when it is dropped.
pub(crate) struct Taken(Vec<String>);

/// Waits until no other case builds one of these. A build that fails is tried again by each case
/// that shares it; of two at once one would lose its folder and spoil the log.
pub(crate) fn take(derivations: &[&Drv]) -> Taken {
    let wanted: Vec<_> = derivations.iter().map(|drv| drv.drv.clone()).collect();
    let free = TAKEN.lock().expect("no panic");
    let is_taken = |taken: &mut BTreeSet<String>| wanted.iter().any(|drv| taken.contains(drv));
    let mut taken = RETURNED.wait_while(free, is_taken).expect("no panic");
    taken.extend(wanted.iter().cloned());
    Taken(wanted)
}

impl Drop for Taken {
    fn drop(&mut self) {
        if let Ok(mut taken) = TAKEN.lock() {
            taken.retain(|drv| !self.0.contains(drv));
        }
        RETURNED.notify_all();
    }
}

/// Builds derivations, as many of them as can be built, and returns Nix's own messages.
pub(crate) fn realise(derivations: &[&Drv], jobs: &str) -> String {
    let mut args = vec!["--realise", "--keep-going", "--max-jobs", jobs, "--cores", "1"];
    args.extend(derivations.iter().map(|drv| drv.drv.as_str()));
    String::from_utf8_lossy(&run("nix-store", &args).stderr).into_owned()
}

/// Whether a path is in the store, whole.
pub(crate) fn is_valid(path: &Path) -> bool {
    run("nix-store", &["--check-validity", &path.display().to_string()]).status.success()
}

/// What a builder printed.
pub(crate) fn log_of(drv: &Drv) -> String {
    String::from_utf8_lossy(&run("nix-store", &["--read-log", &drv.drv]).stdout).into_owned()
}

/// The names of the store paths that a path refers to, without their hashes.
pub(crate) fn references(path: &Path) -> Vec<String> {
    let told = text_of("nix-store", &["--query", "--references", &path.display().to_string()]);
    let mut names: Vec<_> = told.lines().map(|line| line.chars().skip("/nix/store/".len() + 33).collect()).collect();
    names.sort();
    names
}

/// A text with the hash of every store path blanked out, so that those of two builds compare.
pub(crate) fn without_hashes(bytes: &[u8]) -> Vec<u8> {
    const STORE: &[u8] = b"/nix/store/";
    const HASH: usize = 32;
    let mut found = bytes.to_vec();
    let mut from = 0;
    while let Some(at) = memchr::memmem::find(&bytes[from..], STORE) {
        let start = from + at + STORE.len();
        let is_hash = bytes.get(start..start + HASH).is_some_and(|hash| hash.iter().all(u8::is_ascii_alphanumeric));
        if is_hash {
            found[start..start + HASH].fill(b'#');
        }
        from = start;
    }
    found
}
