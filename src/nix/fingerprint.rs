//! A digest of all that decides what a toolchain makes.
//!
//! It is made of contents, never of times, so that two machines with the same packages have
//! the same fingerprint and share what they build. Nix does not see what lies outside of the
//! store; without this digest an updated compiler would change nothing in a derivation.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::Error;

/// Changes every fingerprint when what goes into it changes.
const VERSION: &str = "hinc toolchain 1";

/// How to see that a file is the one that was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Identity {
    path: PathBuf,
    seconds: i64,
    nanoseconds: i64,
    size: u64,
    inode: u64,
}

impl Identity {
    fn of(path: &Path) -> std::io::Result<Self> {
        let metadata = fs_err::metadata(path)?;
        Ok(Self {
            path: path.to_owned(),
            seconds: metadata.mtime(),
            nanoseconds: metadata.mtime_nsec(),
            size: metadata.size(),
            inode: metadata.ino(),
        })
    }

    /// Whether the path still leads to the same file, and it was not written since.
    pub(super) fn still_holds(&self) -> bool {
        Self::of(&self.path).is_ok_and(|now| now == *self)
    }
}

/// Collects what goes into a fingerprint.
#[derive(Debug, Default)]
pub(super) struct Ingredients {
    hasher: blake3::Hasher,
    files: Vec<Identity>,
}

impl Ingredients {
    /// Adds a text under a name.
    pub(super) fn text(&mut self, name: &str, text: &str) {
        self.bytes(name, text.as_bytes());
    }

    fn bytes(&mut self, name: &str, bytes: &[u8]) {
        for part in [name.as_bytes(), bytes] {
            self.hasher.update(&part.len().to_le_bytes());
            self.hasher.update(part);
        }
    }

    /// Adds the content of a file.
    pub(super) fn file(&mut self, path: &Path) -> Result<(), Error> {
        let unreadable = |source| Error::Unreadable { source };
        self.files.push(Identity::of(path).map_err(unreadable)?);
        let content = fs_err::read(path).map_err(unreadable)?;
        self.bytes("file", &content);
        Ok(())
    }

    /// Adds a package database: the description of every package (unit id, ABI hash, flags)
    /// with the sizes of its libraries, since a library can be built anew with the same ABI.
    pub(super) fn package_database(&mut self, folder: &Path) -> Result<(), Error> {
        let unreadable = |source| Error::Unreadable { source };
        // A package that comes or goes changes the folder; one that is updated, the cache.
        self.files.push(Identity::of(folder).map_err(unreadable)?);
        let cache = folder.join("package.cache");
        if cache.is_file() {
            self.files.push(Identity::of(&cache).map_err(unreadable)?);
        }
        let mut descriptions = Vec::new();
        for entry in fs_err::read_dir(folder).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            if path.extension().is_some_and(|extension| extension == "conf") {
                descriptions.push(path);
            }
        }
        descriptions.sort();
        for path in descriptions {
            let text = fs_err::read(&path).map_err(unreadable)?;
            self.bytes("package", &text);
            let text = String::from_utf8_lossy(&text);
            for folder in library_folders(&text, folder) {
                self.library_sizes(&folder);
            }
        }
        Ok(())
    }

    /// Adds names and sizes of the Haskell libraries in a folder. One that is missing has none.
    fn library_sizes(&mut self, folder: &Path) {
        let Ok(entries) = fs_err::read_dir(folder) else { return };
        let mut libraries: Vec<String> = entries
            .flatten()
            .filter(|entry| entry.file_name().to_string_lossy().starts_with("libHS"))
            .filter_map(|entry| {
                Some(format!("{} {}", entry.file_name().to_string_lossy(), entry.metadata().ok()?.len()))
            })
            .collect();
        libraries.sort();
        self.text("libraries", &libraries.join("\n"));
    }

    /// Returns the digest in hexadecimal digits, and the files that it was made of.
    pub(super) fn finish(self) -> (String, Vec<Identity>) {
        self.finish_as(VERSION)
    }

    /// The same for a fingerprint that is made of other things, which has a version of its own.
    pub(super) fn finish_as(mut self, version: &str) -> (String, Vec<Identity>) {
        self.text("version", version);
        (self.hasher.finalize().to_hex()[..32].to_owned(), self.files)
    }
}

/// The values of `library-dirs` in a package's description. `${pkgroot}` is the folder that
/// the database lies in.
fn library_folders(description: &str, database: &Path) -> Vec<PathBuf> {
    let mut folders = Vec::new();
    let mut inside = false;
    for line in description.lines() {
        let value = if line.starts_with(char::is_whitespace) {
            if !inside {
                continue;
            }
            line
        } else {
            let (field, value) = line.split_once(':').unwrap_or((line, ""));
            inside = field == "library-dirs";
            if !inside {
                continue;
            }
            value
        };
        let root = database.parent().unwrap_or(database).display().to_string();
        folders.extend(
            value.split_whitespace().map(|text| PathBuf::from(text.trim_matches('"').replace("${pkgroot}", &root))),
        );
    }
    folders
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fingerprint_of(database: &Path) -> String {
        let mut ingredients = Ingredients::default();
        ingredients.package_database(database).expect("it is readable");
        ingredients.finish().0
    }

    #[test]
    fn library_folders_are_found_on_the_same_and_on_the_next_line() {
        let text =
            "name: foo\nlibrary-dirs:\n    \"${pkgroot}/foo\"\n    /usr/lib/foo\ndynamic-library-dirs: /usr/lib\n";
        let database = Path::new("/opt/ghc/package.conf.d");
        assert_eq!(library_folders(text, database), [Path::new("/opt/ghc/foo"), Path::new("/usr/lib/foo")]);
        assert_eq!(library_folders("library-dirs: /a /b\n", database), [Path::new("/a"), Path::new("/b")]);
    }

    #[test]
    fn a_package_or_a_library_that_changes_changes_the_fingerprint() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let database = folder.path().join("package.conf.d");
        let libraries = folder.path().join("foo");
        fs_err::create_dir_all(&database).expect("a folder");
        fs_err::create_dir_all(&libraries).expect("a folder");
        let description = "id: foo-1\nabi: 0123\nlibrary-dirs: ${pkgroot}/foo\n";
        fs_err::write(database.join("foo-1.conf"), description).expect("a file");
        fs_err::write(libraries.join("libHSfoo-1.a"), "abc").expect("a file");
        let first = fingerprint_of(&database);
        assert_eq!(fingerprint_of(&database), first, "it depends on content alone");

        fs_err::write(libraries.join("libHSfoo-1.a"), "abcd").expect("a file");
        let second = fingerprint_of(&database);
        assert_ne!(second, first);
        fs_err::write(database.join("foo-1.conf"), description.replace("0123", "4567")).expect("a file");
        assert_ne!(fingerprint_of(&database), second);
    }

    #[test]
    fn a_file_that_was_written_since_is_noticed() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("ghc");
        fs_err::write(&path, "one").expect("a file");
        let identity = Identity::of(&path).expect("it is there");
        assert!(identity.still_holds());
        fs_err::write(&path, "three").expect("a file");
        assert!(!identity.still_holds());
        fs_err::remove_file(&path).expect("it can be removed");
        assert!(!identity.still_holds());
    }
}
