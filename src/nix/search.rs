//! Looks a program up on a search path, as a shell does.

use std::ffi::OsStr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Returns the first executable file of that name. A name with a `/` in it is a path.
pub(super) fn find(search_path: &OsStr, name: &str) -> Option<PathBuf> {
    if name.contains('/') {
        return is_program(Path::new(name)).then(|| PathBuf::from(name));
    }
    // An empty part means the working folder to a shell. A compiler from there is no machine's compiler.
    let folders = std::env::split_paths(search_path).filter(|folder| folder.is_absolute());
    folders.map(|folder| folder.join(name)).find(|path| is_program(path))
}

fn is_program(path: &Path) -> bool {
    fs_err::metadata(path).is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_executable_file_is_found() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let make = |place: &str, mode: u32| {
            let path = folder.path().join(place);
            fs_err::create_dir_all(path.parent().expect("a parent")).expect("a folder");
            fs_err::write(&path, "").expect("a file");
            fs_err::set_permissions(&path, PermissionsExt::from_mode(mode)).expect("a mode");
            path
        };
        fs_err::create_dir_all(folder.path().join("a/ghc")).expect("a folder named like it");
        make("b/ghc", 0o644);
        let expected = make("c/ghc", 0o755);
        make("d/ghc", 0o755);
        let path = std::env::join_paths(["a", "b", "c", "d"].map(|name| folder.path().join(name))).expect("a path");
        assert_eq!(find(&path, "ghc"), Some(expected.clone()));
        assert_eq!(find(&path, "gcc"), None);
        assert_eq!(find(OsStr::new(""), "ghc"), None);
        assert_eq!(find(OsStr::new(""), &expected.display().to_string()), Some(expected));
    }
}
