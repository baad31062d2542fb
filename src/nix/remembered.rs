//! Remembers evaluations, so that a build of what is there already starts no program.
//!
//! Of packages without a Nix file and of flakes, which are locked and evaluated purely, the answer
//! follows from the request and from hinc's own functions alone. A file of the user may read the
//! environment, channels or the clock: whoever recalls an answer for one asks
//! [`Nix::still_evaluates`] first. A remembered derivation may be gone from the store, and so may its
//! outputs: whoever recalls one asks [`super::store::is_linked`] before believing that it is built.

use std::io;
use std::path::{Path, PathBuf};

use super::answer::Evaluation;
use super::command::{Nix, UserArg};
use super::flake;
use super::library::Library;
use super::request::{Asked, Request};
use crate::files::{self, Readers};

/// How many evaluations are kept: some days of work. One has 2 KiB.
const KEPT: usize = 100;

/// The form of what is kept.
const VERSION: &str = "hinc evaluation 4";

impl Nix {
    /// Whether the answer follows from the request.
    pub fn answers_by_itself(&self, request: &Request) -> bool {
        match request.asked {
            Asked::Host(_) => true,
            Asked::Flake(_) => flake::is_pure(&self.options),
            Asked::Cabal(_) | Asked::File(_) => false,
        }
    }

    /// Returns what the same request was answered before, where that is known.
    pub fn recall(
        &self,
        cache: &Path,
        library: &Library,
        request: &Request,
        arguments: &[UserArg],
    ) -> Option<Evaluation> {
        let file = self.place(cache, library, request, arguments)?;
        serde_json::from_slice(&fs_err::read(file).ok()?).ok()
    }

    /// Keeps an answer for [`Nix::recall`]. That it cannot be written does no harm.
    pub fn remember(
        &self,
        cache: &Path,
        library: &Library,
        request: &Request,
        arguments: &[UserArg],
        evaluation: &Evaluation,
    ) {
        let Some(file) = self.place(cache, library, request, arguments) else { return };
        if let Err(error) = write(&file, evaluation) {
            tracing::debug!(%error, "the evaluation is not kept");
        }
    }

    /// The file of a request; none where hinc's own functions may change.
    fn place(&self, cache: &Path, library: &Library, request: &Request, arguments: &[UserArg]) -> Option<PathBuf> {
        let library = library.hash()?;
        let mut hasher = blake3::Hasher::new();
        let request = serde_json::to_string(&without_counts(request.clone())).ok()?;
        // Options can point to another store or system, which have other derivations.
        for part in [VERSION, library, &request, &format!("{arguments:?}"), &format!("{:?}", self.options)] {
            hasher.update(&part.len().to_le_bytes());
            hasher.update(part.as_bytes());
        }
        Some(folder(cache).join(format!("{}.json", &hasher.finalize().to_hex()[..32])))
    }
}

/// Takes out what follows from the rest and takes a while to find out.
fn without_counts(mut request: Request) -> Request {
    if let Asked::Flake(flake) = &mut request.asked {
        flake.head.rev_count = None;
        if let Some(base) = &mut flake.base {
            base.rev_count = None;
        }
    }
    request
}

fn folder(cache: &Path) -> PathBuf {
    cache.join("evaluations")
}

fn write(file: &Path, evaluation: &Evaluation) -> io::Result<()> {
    let folder = file.parent().unwrap_or(Path::new("."));
    files::private_folder(folder)?;
    files::replace(file, &serde_json::to_vec(evaluation)?, Readers::Owner)?;
    forget_the_oldest(folder)
}

fn forget_the_oldest(folder: &Path) -> io::Result<()> {
    let mut files = Vec::new();
    for entry in fs_err::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            // Another hinc may have removed it just now.
            if let Ok(metadata) = fs_err::metadata(&path) {
                files.push((metadata.modified()?, path));
            }
        }
    }
    files.sort();
    let surplus = files.len().saturating_sub(KEPT);
    for (_, path) in files.drain(..surplus) {
        match fs_err::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => (),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::cabal::dependencies::Dependencies;
    use crate::model::package::BuildType;
    use crate::model::store::StorePath;
    use crate::nix::Options;
    use crate::nix::request::{File, Host, HostOptions, LocalPackage, Side};

    fn request(version: &str) -> Request {
        let source: StorePath = "/nix/store/hz99d8gx12kw8cv5hlgfwjm90318wkrw-source".parse().expect("a path");
        let package = LocalPackage {
            name: "parts".into(),
            version: version.into(),
            build_type: BuildType::Simple,
            source,
            dependencies: Dependencies::default(),
            base: None,
            absent: None,
        };
        Request {
            head: Side { source: None, packages: vec![package] },
            base: None,
            toolchain: None,
            asked: Asked::Host(Host {
                wanted: vec!["parts".into()],
                options: HostOptions::default(),
                package_options: std::collections::BTreeMap::new(),
            }),
            failing: crate::model::base_failure::Failing::default(),
            verify: false,
            plain_only: false,
        }
    }

    fn answer() -> Evaluation {
        serde_json::from_str(
            r#"{"packages":[{"attribute":"","name":"parts","version":"1","why_plain":null,"full":null,"incremental":null,
            "head_full":null,"plain":{"drv":"/nix/store/hz99d8gx12kw8cv5hlgfwjm90318wkrw-parts-1.drv","outputs":{}}}]}"#,
        )
        .expect("an answer")
    }

    #[test]
    fn only_the_same_question_has_the_same_answer() {
        let cache = tempfile::tempdir().expect("a temporary folder");
        let library = Library::install(cache.path()).expect("it is written");
        let nix = Nix::default();
        assert_eq!(nix.recall(cache.path(), &library, &request("1"), &[]), None);
        nix.remember(cache.path(), &library, &request("1"), &[], &answer());
        assert_eq!(nix.recall(cache.path(), &library, &request("1"), &[]), Some(answer()));
        assert_eq!(nix.recall(cache.path(), &library, &request("2"), &[]), None);
        let other = Nix::new(Options { store: Some("/tmp/store".into()), ..Options::default() });
        assert_eq!(other.recall(cache.path(), &library, &request("1"), &[]), None);
    }

    #[test]
    fn a_library_in_the_making_is_asked_each_time() {
        let cache = tempfile::tempdir().expect("a temporary folder");
        let library = Library::install(cache.path()).expect("it is written");
        let nix = Nix::default();
        let checkout = Library::at(library.path());
        nix.remember(cache.path(), &checkout, &request("1"), &[], &answer());
        assert_eq!(nix.recall(cache.path(), &checkout, &request("1"), &[]), None);
        assert!(!folder(cache.path()).exists());
    }

    #[test]
    fn the_answer_for_a_users_file_is_known_by_its_arguments_and_does_not_stand_by_itself() {
        let cache = tempfile::tempdir().expect("a temporary folder");
        let library = Library::install(cache.path()).expect("it is written");
        let nix = Nix::default();
        let file = File { path: "default.nix".into(), attributes: Vec::new() };
        let of_file = Request { asked: Asked::File(file), ..request("1") };
        let argument = |value: &str| [UserArg::Text { name: "x".into(), value: value.into() }];
        nix.remember(cache.path(), &library, &of_file, &argument("1"), &answer());
        assert_eq!(nix.recall(cache.path(), &library, &of_file, &argument("1")), Some(answer()));
        assert_eq!(nix.recall(cache.path(), &library, &of_file, &argument("2")), None);
        assert!(!nix.answers_by_itself(&of_file) && nix.answers_by_itself(&request("1")));
    }

    #[test]
    fn a_pure_flake_is_remembered_whether_its_commits_are_counted_or_not() {
        use crate::model::store::NarHash;
        let cache = tempfile::tempdir().expect("a temporary folder");
        let library = Library::install(cache.path()).expect("it is written");
        let of = |rev_count, last_modified| {
            let head = flake::Locked { nar_hash: NarHash::new([7; 32]), rev: None, rev_count, last_modified };
            let flake = flake::Flake { head, base: None, attributes: Vec::new(), shallow: false };
            Request { asked: Asked::Flake(flake), ..request("1") }
        };
        let nix = Nix::default();
        nix.remember(cache.path(), &library, &of(Some(3), 1), &[], &answer());
        assert_eq!(nix.recall(cache.path(), &library, &of(None, 1), &[]), Some(answer()));
        assert_eq!(nix.recall(cache.path(), &library, &of(None, 2), &[]), None);
        let option = ("pure-eval".to_owned(), "false".to_owned());
        let impure = Nix::new(Options { options: vec![option], ..Options::default() });
        assert!(nix.answers_by_itself(&of(None, 1)) && !impure.answers_by_itself(&of(None, 1)));
    }

    #[test]
    fn what_was_damaged_is_asked_again_and_the_folder_does_not_grow() {
        let cache = tempfile::tempdir().expect("a temporary folder");
        let library = Library::install(cache.path()).expect("it is written");
        let nix = Nix::default();
        for number in 0..KEPT + 5 {
            nix.remember(cache.path(), &library, &request(&number.to_string()), &[], &answer());
        }
        assert_eq!(fs_err::read_dir(folder(cache.path())).expect("the folder").count(), KEPT);
        let last = request(&(KEPT + 4).to_string());
        fs_err::write(nix.place(cache.path(), &library, &last, &[]).expect("a place"), "{").expect("a file");
        assert_eq!(nix.recall(cache.path(), &library, &last, &[]), None);
    }
}
