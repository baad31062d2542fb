//! Store paths: which are there, how they get there, and what keeps them.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use tokio_util::sync::CancellationToken;

use super::Error;
use super::command::Nix;
use crate::files;
use crate::model::name::{OutputName, PackageName};
use crate::model::project::ProjectKey;
use crate::model::store::StorePath;
use crate::process::system;

/// Where Nix keeps the links of its users that count as roots.
const AUTOMATIC_ROOTS: &str = "/nix/var/nix/gcroots/auto";

/// How many full builds of a package are kept from the garbage collector: some branches
/// and some days. Older ones stay until Nix collects them, and can be built again.
pub const KEPT_INTERMEDIATES: usize = 5;

impl Nix {
    /// Returns those of the paths that the store does not have.
    pub async fn invalid(&self, paths: &[StorePath], cancel: &CancellationToken) -> Result<BTreeSet<StorePath>, Error> {
        if paths.is_empty() {
            return Ok(BTreeSet::new());
        }
        let output = system::output(&self.validity(paths), cancel).await.map_err(Error::of_nix)?;
        self::paths(&output.stdout)
    }

    /// Returns the outputs of a derivation, as far as they are known before it is built.
    pub async fn outputs(&self, drv: &StorePath, cancel: &CancellationToken) -> Result<Vec<StorePath>, Error> {
        let output = system::output(&self.outputs_of(drv), cancel).await.map_err(Error::of_nix)?;
        Ok(paths(&output.stdout)?.into_iter().collect())
    }

    /// Puts content-addressed paths into the store, from a binary cache by its URI.
    pub async fn add_from_cache(
        &self,
        uri: &str,
        paths: &[StorePath],
        cancel: &CancellationToken,
    ) -> Result<(), Error> {
        system::output(&self.copy_from_cache(uri, paths), cancel).await.map_err(Error::of_nix).map(drop)
    }

    /// Copies paths with all that they refer to into another store. What that has is not sent again.
    pub async fn copy_to(&self, uri: &str, paths: &[StorePath], cancel: &CancellationToken) -> Result<(), Error> {
        system::output(&self.copying_to(uri, paths), cancel).await.map_err(Error::of_nix).map(drop)
    }

    /// Makes a link to a path, as `nix-build` makes `./result`: it keeps the path from the
    /// garbage collector as long as it exists. A link that is there already is replaced.
    pub async fn link(&self, path: &StorePath, link: &Path, cancel: &CancellationToken) -> Result<(), Error> {
        if is_linked(link, path) {
            return Ok(());
        }
        system::output(&self.linking(path, link), cancel).await.map_err(Error::of_nix).map(drop)
    }

    /// Keeps the intermediates of the full build of a project's package from the garbage collector, by a link
    /// below the state folder, and gives up those that are older than the newest
    /// [`KEPT_INTERMEDIATES`].
    pub async fn keep_intermediates(
        &self,
        state: &Path,
        package: &PackageName,
        project: &ProjectKey,
        path: &StorePath,
        cancel: &CancellationToken,
    ) -> Result<(), Error> {
        let folder = state.join("roots").join(format!("{package}-{project}"));
        files::private_folder(&folder).map_err(|source| Error::State { source })?;
        let link = folder.join(format!("{}-{}", path.hash_part(), path.name()));
        self.link(path, &link, cancel).await?;
        give_up_older(&folder, &link).map_err(|source| Error::State { source })
    }
}

/// Reads paths that `nix-store` printed, one a line.
pub(super) fn paths(text: &[u8]) -> Result<BTreeSet<StorePath>, Error> {
    let parse =
        |line: &str| line.parse().map_err(|error| Error::Answer { program: "nix-store", problem: format!("{error}") });
    String::from_utf8_lossy(text).lines().map(parse).collect()
}

/// Returns the name of the link to an output, as `nix-build` chooses it: `result`,
/// `result-doc`, and `result-2`, `result-2-doc` for the second thing that was asked for.
///
/// `index` counts from 0.
pub fn link_name(base: &Path, index: usize, output: &OutputName) -> PathBuf {
    let mut name = base.as_os_str().to_owned();
    if index > 0 {
        name.push(format!("-{}", index + 1));
    }
    if *output != "out" {
        name.push(format!("-{output}"));
    }
    name.into()
}

/// Whether a link leads to a path and is one of Nix's roots. Such a path is known to be
/// valid without asking Nix: it was so when the link was made, and is kept since.
pub fn is_linked(link: &Path, path: &StorePath) -> bool {
    let leads_there = fs_err::read_link(link).is_ok_and(|target| target == path.as_path());
    leads_there && path.as_path().symlink_metadata().is_ok() && is_root(link)
}

fn is_root(link: &Path) -> bool {
    let Ok(absolute) = std::path::absolute(link) else { return false };
    // Nix names a root by the path whose folders have no links in them.
    let resolved = absolute.parent().and_then(|folder| fs_err::canonicalize(folder).ok());
    let resolved = resolved.map(|folder| folder.join(absolute.file_name().unwrap_or_default()));
    let Ok(roots) = fs_err::read_dir(AUTOMATIC_ROOTS) else { return false };
    roots.flatten().any(|root| {
        fs_err::read_link(root.path()).is_ok_and(|target| target == absolute || Some(&target) == resolved.as_ref())
    })
}

fn give_up_older(folder: &Path, newest: &Path) -> std::io::Result<()> {
    let mut links = Vec::new();
    for entry in fs_err::read_dir(folder)? {
        let path = entry?.path();
        let metadata = fs_err::symlink_metadata(&path)?;
        if metadata.is_symlink() && path.file_name() != newest.file_name() {
            let made = metadata.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
            links.push((made, path));
        }
    }
    links.sort();
    let surplus = links.len().saturating_sub(KEPT_INTERMEDIATES - 1);
    for (_, path) in links.drain(..surplus) {
        // Another hinc may have been faster.
        match fs_err::remove_file(path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => (),
        }
    }
    Ok(())
}

/// Whether a path lies in the store.
pub(super) fn is_in_store(path: &Path) -> bool {
    path.starts_with(OsStr::new(crate::model::store::STORE_DIR))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn links_are_named_as_by_nix_build() {
        let name = |index, output: &str| {
            link_name(Path::new("dir/result"), index, &output.parse().expect("a name")).display().to_string()
        };
        assert_eq!(name(0, "out"), "dir/result");
        assert_eq!(name(0, "doc"), "dir/result-doc");
        assert_eq!(name(1, "out"), "dir/result-2");
        assert_eq!(name(2, "doc"), "dir/result-3-doc");
    }

    #[test]
    fn a_link_that_nix_does_not_know_proves_nothing() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let link = folder.path().join("result");
        let path: StorePath = "/nix/store/hz99d8gx12kw8cv5hlgfwjm90318wkrw-x".parse().expect("a path");
        assert!(!is_linked(&link, &path));
        symlink(path.as_path(), &link).expect("a link");
        assert!(!is_linked(&link, &path));
    }

    #[test]
    fn only_the_newest_are_kept() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for number in 0..8 {
            symlink("/nix/store/x", folder.path().join(format!("link-{number}"))).expect("a link");
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        give_up_older(folder.path(), &folder.path().join("link-0")).expect("it is allowed to");
        let mut left: Vec<_> = fs_err::read_dir(folder.path())
            .expect("the folder")
            .map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"))
            .collect();
        left.sort();
        assert_eq!(left, ["link-0", "link-4", "link-5", "link-6", "link-7"]);
    }
}
