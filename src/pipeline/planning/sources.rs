//! Puts the sources of a build into the store.

use tokio_util::sync::CancellationToken;

use crate::files;
use crate::model::revision::TreeId;
use crate::model::source::SourceTree;
use crate::nix::{self, Nix};
use crate::pipeline::{Error, Project};
use crate::source::CacheFolder;

/// A source and the place in git that it is made of.
pub(super) struct Wanted<'a> {
    pub(super) tree: &'a TreeId,
    pub(super) folder: &'a str,
    pub(super) source: &'a SourceTree,
}

/// Puts the source of head, or of a folder in it, into the store.
pub async fn add_source(
    project: &Project,
    source: &SourceTree,
    folder: &str,
    cancel: &CancellationToken,
) -> Result<(), Error> {
    let nix = Nix::new(nix::Options::default());
    add(&nix, project, &[Wanted { tree: &project.head().tree, folder, source }], cancel).await
}

/// Puts what the store lacks of some sources into it, by one call of Nix. What the store has is not read again.
pub(super) async fn add(
    nix: &Nix,
    project: &Project,
    sources: &[Wanted<'_>],
    cancel: &CancellationToken,
) -> Result<(), Error> {
    let paths: Vec<_> = sources.iter().map(|wanted| wanted.source.store_path.clone()).collect();
    let invalid = nix.invalid(&paths, cancel).await?;
    let mut missing = Vec::new();
    let mut cache = None;
    for wanted in sources {
        let path = &wanted.source.store_path;
        if !invalid.contains(path) || missing.contains(path) {
            continue;
        }
        if cache.is_none() {
            let folder = files::private_temporary_folder("hinc-sources-").map_err(Error::Temporary)?;
            cache = Some((CacheFolder::create(folder.path())?, folder));
        }
        if let Some((cache, _)) = &cache {
            tracing::debug!(%path, "adding a source to the store");
            cache.add(project.git(), wanted.tree, wanted.folder, project.source_options(), None)?;
            missing.push(path.clone());
        }
    }
    if let Some((cache, folder)) = cache {
        nix.add_from_cache(&cache.uri(), &missing, cancel).await?;
        drop(folder);
    }
    Ok(())
}
