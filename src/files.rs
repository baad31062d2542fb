//! Files and folders of hinc's own: replaced as a whole, and for their owner alone.
//!
//! Layer 0, and the only place that replaces a file. Whoever reads at the same time, or after a
//! crash, sees the old file or the new one and never a half.

use std::collections::BTreeSet;
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tempfile::TempDir;

/// The rights of a file's group and of all others.
const OF_OTHERS: u32 = 0o077;

/// Who may read a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readers {
    /// Its owner, whatever the umask says.
    Owner,
    /// Whom the umask leaves it to, as with any file that a program writes for its user.
    AsUsual,
}

/// Writes a file, in the place of one that may be there. Its folder must be there.
pub fn replace(file: &Path, bytes: &[u8], readers: Readers) -> io::Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mode = match readers {
        Readers::Owner => 0o600,
        Readers::AsUsual => 0o666,
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix(".hinc-").permissions(std::fs::Permissions::from_mode(mode));
    let mut temporary = builder.tempfile_in(folder)?;
    temporary.write_all(bytes)?;
    if readers == Readers::Owner {
        // The umask can have taken the owner's own rights.
        temporary.as_file().set_permissions(std::fs::Permissions::from_mode(mode))?;
    }
    // Without it a crash can leave an empty file under the name.
    temporary.as_file().sync_all()?;
    temporary.persist(file).map(drop).map_err(|error| error.error)
}

/// Makes a folder with those above it that are missing, for their owner alone, whatever the umask
/// says. One that is there is left as it is.
pub fn private_folder(folder: &Path) -> io::Result<()> {
    let missing = folder.ancestors().take_while(|folder| !folder.as_os_str().is_empty() && !folder.is_dir());
    for folder in missing.collect::<Vec<_>>().into_iter().rev() {
        match std::fs::DirBuilder::new().mode(0o700).create(folder) {
            Ok(()) => fs_err::set_permissions(folder, std::fs::Permissions::from_mode(0o700))?,
            // Another hinc was quicker.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && folder.is_dir() => {}
            Err(error) => {
                return Err(io::Error::new(error.kind(), format!("failed to create `{}`: {error}", folder.display())));
            }
        }
    }
    Ok(())
}

/// Takes the rights of others away from a folder that is there already: those that an older hinc made had them.
/// Nothing happens where it is missing or closed. It is an error where it belongs to another user.
pub fn close(folder: &Path) -> io::Result<()> {
    let metadata = match std::fs::metadata(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        metadata => metadata?,
    };
    let mode = metadata.permissions().mode() & 0o7777;
    let closed = mode & !OF_OTHERS;
    if !metadata.is_dir() || mode == closed {
        return Ok(());
    }
    // Root could, and would shut out whose folder it is.
    if metadata.uid() != rustix::process::geteuid().as_raw() {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "it belongs to another user"));
    }
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(closed))
}

/// A temporary folder, which goes away with it.
#[derive(Debug)]
pub struct TemporaryFolder {
    folder: TempDir,
}

/// Those that are there, for an end of hinc that drops nothing.
static TEMPORARY: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

impl TemporaryFolder {
    /// Returns its path.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        temporary().remove(self.path());
    }
}

/// Makes a temporary folder for this user alone, whatever the umask says.
pub fn private_temporary_folder(prefix: &str) -> io::Result<TemporaryFolder> {
    // Held meanwhile, so that none is made that is not known.
    let mut known = temporary();
    let folder =
        tempfile::Builder::new().prefix(prefix).permissions(std::fs::Permissions::from_mode(0o700)).tempdir()?;
    known.insert(folder.path().to_owned());
    Ok(TemporaryFolder { folder })
}

/// Removes all temporary folders, also those that somebody writes to. For the end of hinc alone.
pub fn remove_temporary_folders() {
    for folder in std::mem::take(&mut *temporary()) {
        std::fs::remove_dir_all(folder).ok();
    }
}

fn temporary() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    TEMPORARY.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        path.metadata().expect("it is there").permissions().mode() & 0o777
    }

    #[test]
    fn a_file_is_replaced_whole_and_for_its_readers() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("file");
        replace(&file, b"one", Readers::Owner).expect("it is written");
        assert_eq!((fs_err::read_to_string(&file).expect("it is read").as_str(), mode(&file)), ("one", 0o600));
        // A mode that the old one had is not handed on.
        fs_err::set_permissions(&file, std::fs::Permissions::from_mode(0o666)).expect("a mode");
        replace(&file, b"two", Readers::Owner).expect("it is replaced");
        assert_eq!((fs_err::read_to_string(&file).expect("it is read").as_str(), mode(&file)), ("two", 0o600));
        let usual = folder.path().join("usual");
        fs_err::write(&usual, "").expect("a file");
        replace(&file, b"three", Readers::AsUsual).expect("it is replaced");
        assert_eq!(mode(&file), mode(&usual));
        // A link is replaced and not what it leads to; nothing is left where it fails.
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&file, &link).expect("a link");
        replace(&link, b"four", Readers::Owner).expect("it is replaced");
        assert_eq!(fs_err::read_to_string(&file).expect("it is read"), "three");
        let taken = folder.path().join("taken");
        fs_err::create_dir(&taken).expect("a folder");
        assert!(replace(&taken, b"five", Readers::Owner).is_err());
        assert!(replace(&folder.path().join("missing/file"), b"six", Readers::Owner).is_err());
        assert_eq!(fs_err::read_dir(folder.path()).expect("the folder").count(), 4);
    }

    #[test]
    fn folders_are_for_their_owner_alone() {
        let top = tempfile::tempdir().expect("a temporary folder");
        let shared = top.path().join("shared");
        fs_err::create_dir(&shared).expect("a folder");
        fs_err::set_permissions(&shared, std::fs::Permissions::from_mode(0o755)).expect("a mode");
        let deep = shared.join("hinc/records");
        private_folder(&deep).expect("they are made");
        private_folder(&deep).expect("they are there");
        assert_eq!([&deep, &shared.join("hinc"), &shared].map(|path| mode(path)), [0o700, 0o700, 0o755]);
        fs_err::write(top.path().join("file"), "").expect("a file");
        let error = private_folder(&top.path().join("file/below")).expect_err("a file is in the way");
        assert!(error.to_string().contains("file/below") || error.to_string().contains("file`"), "{error}");
    }

    #[test]
    fn temporary_folders_go_away_at_every_end() {
        let (dropped, kept) = (private_temporary_folder("hinc-"), private_temporary_folder("hinc-"));
        let (dropped, kept) = (dropped.expect("a folder"), kept.expect("a folder"));
        let path = dropped.path().to_owned();
        assert_eq!(mode(&path), 0o700);
        drop(dropped);
        assert!(!path.exists() && !temporary().contains(&path));
        fs_err::write(kept.path().join("half"), "ha").expect("a file");
        remove_temporary_folders();
        assert!(!kept.path().exists());
    }

    #[test]
    fn a_folder_that_is_open_to_others_is_closed() {
        let top = tempfile::tempdir().expect("a temporary folder");
        let folder = top.path().join("hinc");
        close(&folder).expect("it is not there");
        assert!(!folder.exists());
        fs_err::create_dir(&folder).expect("a folder");
        for (before, after) in [(0o755, 0o700), (0o777, 0o700), (0o2775, 0o2700), (0o510, 0o500), (0o700, 0o700)] {
            fs_err::set_permissions(&folder, std::fs::Permissions::from_mode(before)).expect("a mode");
            close(&folder).expect("it is ours");
            let now = folder.metadata().expect("it is there").permissions().mode() & 0o7777;
            assert_eq!(now, after, "{before:o} became {now:o}");
        }
    }
}
