//! The link to the result, as far as it can be checked before a long build.

use std::path::Path;

use rustix::fs::Access;

use super::Error;
use crate::model::store::STORE_DIR;

/// Checks that a link can be made: nothing but a link to a store path is in its place, and its folder can be
/// written to. Nix refuses the same (`addPermRoot` in `gc.cc`), but after the build. It makes
/// folders that are missing.
pub(super) fn check(link: &Path) -> Result<(), Error> {
    match link.symlink_metadata() {
        Ok(found) if !found.is_symlink() || !leads_into_the_store(link) => {
            return Err(Error::LinkTaken { link: link.to_owned() });
        }
        Ok(_) | Err(_) => {}
    }
    let missing_or_there = link.ancestors().skip(1);
    let folder = missing_or_there.map(or_here).find(|folder| folder.exists()).unwrap_or(Path::new("."));
    rustix::fs::access(folder, Access::WRITE_OK | Access::EXEC_OK)
        .map_err(|error| Error::Link { link: link.to_owned(), source: error.into() })
}

fn leads_into_the_store(link: &Path) -> bool {
    fs_err::read_link(link).is_ok_and(|target| target.starts_with(STORE_DIR))
}

/// The empty path is the folder that hinc works in.
fn or_here(folder: &Path) -> &Path {
    if folder.as_os_str().is_empty() { Path::new(".") } else { folder }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_result_is_left_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let link = folder.path().join("result");
        check(&link).expect("nothing is there");
        std::os::unix::fs::symlink("/nix/store/hz99d8gx12kw8cv5hlgfwjm90318wkrw-x", &link).expect("a link");
        check(&link).expect("an older result may be replaced, also one that is gone");
        let elsewhere = folder.path().join("elsewhere");
        std::os::unix::fs::symlink("/nowhere", &elsewhere).expect("a link");
        assert!(matches!(check(&elsewhere), Err(Error::LinkTaken { .. })));
        let file = folder.path().join("file");
        fs_err::write(&file, "mine").expect("a file");
        assert!(matches!(check(&file), Err(Error::LinkTaken { .. })));
        check(&folder.path().join("missing/folders/result")).expect("Nix makes the folders");
        assert!(matches!(check(&file.join("result")), Err(Error::Link { .. })), "a file is no folder");
        let left: Vec<_> = fs_err::read_dir(folder.path()).expect("the folder").collect();
        assert_eq!(left.len(), 3, "the check leaves nothing behind");
    }
}
