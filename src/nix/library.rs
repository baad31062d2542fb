//! The Nix functions that hinc brings along, as a folder that Nix can read.
//!
//! The program holds the files of `nix/` within itself, so that it is one file to install
//! and never meets functions of another version.

use std::io;
use std::path::{Path, PathBuf};

use super::{Error, nar};
use crate::files;
use crate::model::source::SOURCE_NAME;
use crate::model::store::{NarHash, StorePath};

macro_rules! embedded {
    ($path:literal) => {
        ($path, include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/nix/", $path)))
    };
}

/// The files of `nix/`: path below it and content.
const FILES: &[(&str, &str)] = &[
    embedded!("default.nix"),
    embedded!("drive.nix"),
    embedded!("drive/answer.nix"),
    embedded!("drive/beneath.nix"),
    embedded!("drive/cabal-project.nix"),
    embedded!("drive/cabal.nix"),
    embedded!("drive/described.nix"),
    embedded!("drive/file.nix"),
    embedded!("drive/flake.nix"),
    embedded!("drive/host.nix"),
    embedded!("drive/standing.nix"),
    embedded!("hinc-of.nix"),
    embedded!("host/DescribePackage.hs"),
    embedded!("host/SetupConfigure.hs"),
    embedded!("host/SetupSimple.hs"),
    embedded!("host/build.sh"),
    embedded!("host/cabal-file.nix"),
    embedded!("host/mk-package.nix"),
    embedded!("host/project.nix"),
    embedded!("host/setup.nix"),
    embedded!("host/setup.sh"),
    embedded!("host/source.nix"),
    embedded!("host/toolchain.nix"),
    embedded!("intermediates/companions.sh"),
    embedded!("intermediates/compile.sh"),
    embedded!("intermediates/constant-prefix.sh"),
    embedded!("intermediates/observed.sh"),
    embedded!("intermediates/finished.awk"),
    embedded!("intermediates/hardware.sh"),
    embedded!("intermediates/imports.awk"),
    embedded!("intermediates/machine.awk"),
    embedded!("intermediates/partial.sh"),
    embedded!("intermediates/parts.sh"),
    embedded!("intermediates/protocol.sh"),
    embedded!("intermediates/restore.sh"),
    embedded!("intermediates/save.sh"),
    embedded!("intermediates/select.awk"),
    embedded!("intermediates/warnings.awk"),
    embedded!("intermediates/warnings.sh"),
    embedded!("lib.nix"),
    embedded!("nixpkgs/cannot.nix"),
    embedded!("nixpkgs/describe.nix"),
    embedded!("nixpkgs/describe.sh"),
    embedded!("nixpkgs/facts.nix"),
    embedded!("nixpkgs/graph.nix"),
    embedded!("nixpkgs/is-haskell.nix"),
    embedded!("nixpkgs/key.nix"),
    embedded!("nixpkgs/package.nix"),
    embedded!("nixpkgs/replace-dependencies.nix"),
    embedded!("nixpkgs/setup.sh"),
    embedded!("nixpkgs/toolchain.nix"),
    embedded!("nixpkgs/with-argument.nix"),
    embedded!("nixpkgs/with-reuse.nix"),
    embedded!("observe/observe.c"),
    embedded!("reuse.nix"),
    embedded!("reuse/Build.hs"),
    embedded!("reuse/CabalReads.hs"),
    embedded!("reuse/Columns.hs"),
    embedded!("reuse/Contents.hs"),
    embedded!("reuse/Declarations.hs"),
    embedded!("reuse/Diagnostics.hs"),
    embedded!("reuse/Differences.hs"),
    embedded!("reuse/Events.hs"),
    embedded!("reuse/Facts.hs"),
    embedded!("reuse/FileKinds.hs"),
    embedded!("reuse/Follow.hs"),
    embedded!("reuse/ForeignFiles.hs"),
    embedded!("reuse/GhcBugs.hs"),
    embedded!("reuse/GhcReads.hs"),
    embedded!("reuse/Importers.hs"),
    embedded!("reuse/InterfaceFacts.hs"),
    embedded!("reuse/Jobs.hs"),
    embedded!("reuse/Json.hs"),
    embedded!("reuse/Leaves.hs"),
    embedded!("reuse/Links.hs"),
    embedded!("reuse/Log.hs"),
    embedded!("reuse/Makers.hs"),
    embedded!("reuse/Modules.hs"),
    embedded!("reuse/Observed.hs"),
    embedded!("reuse/PackageFiles.hs"),
    embedded!("reuse/Paths.hs"),
    embedded!("reuse/Pragmas.hs"),
    embedded!("reuse/Question.hs"),
    embedded!("reuse/Request.hs"),
    embedded!("reuse/Reuse.hs"),
    embedded!("reuse/Roles.hs"),
    embedded!("reuse/Rule.hs"),
    embedded!("reuse/Stems.hs"),
    embedded!("reuse/Surroundings.hs"),
    embedded!("reuse/Tools.hs"),
    embedded!("reuse/Units.hs"),
    embedded!("reuse/Warned.hs"),
    embedded!("reuse/program.nix"),
    embedded!("reuse/program.sh"),
    embedded!("scripts.nix"),
    embedded!("unique.nix"),
    embedded!("verify/Describe.hs"),
    embedded!("verify/Elf.hs"),
    embedded!("verify/Interfaces.hs"),
    embedded!("verify/compared.nix"),
    embedded!("verify/describe.nix"),
    embedded!("verify/describe.sh"),
    embedded!("verify/keep.sh"),
    embedded!("verify/program.nix"),
    embedded!("verify/program.sh"),
    embedded!("why-plain.nix"),
];

/// How many characters of the hash are in the folder's name.
const HASH_CHARACTERS: usize = 16;

/// The Nix functions of hinc in a folder of the cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Library {
    folder: PathBuf,
    hash: Option<String>,
}

impl Library {
    /// Takes a folder as it is: a checkout's `nix/`, for work on the functions themselves.
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), hash: None }
    }

    /// Writes the functions below the cache folder, if they are not there already. The folder's
    /// name has the hash of the contents in it, and it appears whole or not at all.
    pub fn install(cache: &Path) -> Result<Self, Error> {
        let hash = hash();
        let folder = cache.join(format!("nix-{hash}"));
        if !is_intact(&folder) {
            write(cache, &folder).map_err(|source| Error::Library { folder: cache.to_owned(), source })?;
        }
        Ok(Self { folder, hash: Some(hash) })
    }

    /// Returns the hash of the contents; none for a folder that may change.
    pub(super) fn hash(&self) -> Option<&str> {
        self.hash.as_deref()
    }

    /// Returns the hash of the folder's NAR, and where the folder lies in the store when Nix has fetched it.
    pub(super) fn locked(&self) -> Result<(NarHash, StorePath), Error> {
        let hash =
            nar::hash(&self.folder).map_err(|source| Error::ReadLibrary { folder: self.folder.clone(), source })?;
        let path = hash
            .source_path(SOURCE_NAME)
            .map_err(|error| Error::Answer { program: "hinc itself", problem: error.to_string() })?;
        Ok((hash, path))
    }

    /// Returns the folder.
    pub fn path(&self) -> &Path {
        &self.folder
    }
}

fn hash() -> String {
    let mut hasher = blake3::Hasher::new();
    for (path, text) in FILES {
        for part in [path, text] {
            hasher.update(&part.len().to_le_bytes());
            hasher.update(part.as_bytes());
        }
    }
    hasher.finalize().to_hex()[..HASH_CHARACTERS].to_owned()
}

/// Whether all files are there with their contents: some 40 KiB, so it is simply read.
fn is_intact(folder: &Path) -> bool {
    FILES.iter().all(|(path, text)| fs_err::read(folder.join(path)).is_ok_and(|found| found == text.as_bytes()))
}

fn write(cache: &Path, folder: &Path) -> io::Result<()> {
    files::private_folder(cache)?;
    let temporary = tempfile::Builder::new().prefix(".nix-").tempdir_in(cache)?;
    let fresh = temporary.path().join("fresh");
    for (path, text) in FILES {
        let file = fresh.join(path);
        if let Some(parent) = file.parent() {
            fs_err::create_dir_all(parent)?;
        }
        fs_err::write(file, text)?;
    }
    // A damaged folder makes way. One that another hinc has just put there is as good as ours.
    if folder.exists() && !is_intact(folder) {
        fs_err::rename(folder, temporary.path().join("damaged"))?;
    }
    match fs_err::rename(&fresh, folder) {
        Err(_) if is_intact(folder) => Ok(()),
        result => result,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use walkdir::WalkDir;

    use super::*;

    #[test]
    fn no_file_was_forgotten() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("nix");
        let there: BTreeSet<String> = WalkDir::new(&root)
            .into_iter()
            .map(|entry| entry.expect("nix/ is readable"))
            .filter(|entry| entry.file_type().is_file())
            .map(|entry| entry.path().strip_prefix(&root).expect("below it").display().to_string())
            // The program does not package itself, and does not configure machines.
            .filter(|path| !path.starts_with("packaging/") && !path.starts_with("builder/"))
            .collect();
        let embedded: BTreeSet<String> = FILES.iter().map(|(path, _)| (*path).to_owned()).collect();
        assert_eq!(embedded, there);
    }

    #[test]
    fn it_is_written_once_and_mended_when_it_is_damaged() {
        let cache = tempfile::tempdir().expect("a temporary folder");
        let library = Library::install(cache.path()).expect("it is written");
        let drive = library.path().join("drive.nix");
        let written = fs_err::metadata(&drive).expect("a file").modified().expect("a time");
        assert_eq!(Library::install(cache.path()).expect("it is there"), library);
        assert_eq!(fs_err::metadata(&drive).expect("a file").modified().expect("a time"), written);

        fs_err::write(&drive, "throw 1").expect("it can be damaged");
        Library::install(cache.path()).expect("it is mended");
        assert_ne!(fs_err::read_to_string(&drive).expect("a file"), "throw 1");
        let left: Vec<_> = fs_err::read_dir(cache.path()).expect("the cache").collect();
        assert_eq!(left.len(), 1, "nothing else is left behind: {left:?}");
    }

    #[test]
    fn a_cache_that_is_a_file_is_named() {
        use crate::error::Diagnose;
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("cache");
        fs_err::write(&file, "").expect("a file");
        let error = Library::install(&file).expect_err("no folder");
        assert!(error.to_string().contains(&file.display().to_string()), "{error}");
        assert_eq!(error.exit().code(), 3);
        assert_eq!(error.hints().len(), 1);
    }
}
