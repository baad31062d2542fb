//! The link to the result, as far as it can be checked before a long build.

use std::path::Path;

use super::Error;

/// Checks that a link can be made: its folder can be written to, and nothing but a link is in its place.
pub(super) fn check(link: &Path) -> Result<(), Error> {
    match link.symlink_metadata() {
        Ok(found) if !found.is_symlink() => return Err(Error::LinkTaken { link: link.to_owned() }),
        Ok(_) | Err(_) => {}
    }
    let folder = link.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // The only honest test of a folder is to write to it; the file is gone at once.
    tempfile::Builder::new()
        .prefix(".hinc-")
        .tempfile_in(folder)
        .map(drop)
        .map_err(|source| Error::Link { link: link.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_link_is_left_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let link = folder.path().join("result");
        check(&link).expect("nothing is there");
        std::os::unix::fs::symlink("/nowhere", &link).expect("a link");
        check(&link).expect("a link may be replaced");
        let file = folder.path().join("file");
        fs_err::write(&file, "mine").expect("a file");
        assert!(matches!(check(&file), Err(Error::LinkTaken { .. })));
        assert!(matches!(check(&folder.path().join("missing/result")), Err(Error::Link { .. })));
        let left: Vec<_> = fs_err::read_dir(folder.path()).expect("the folder").collect();
        assert_eq!(left.len(), 2, "the check leaves nothing behind");
    }
}
