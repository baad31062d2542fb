//! A repository and the commit of it that is to be built.

use std::path::{Component, Path, PathBuf};

use tokio_util::sync::CancellationToken;

use super::Error;
use crate::error::Diagnose as _;
use crate::history::{self, Bases, Fetcher, Fetching, Repository};
use crate::model::build_cost::BuildCost;
use crate::model::interval_choice::IntervalChoice;
use crate::model::name::PackageName;
use crate::model::revision::{Base, Head, TreeId};
use crate::model::source::SourceTree;
use crate::source;

/// A repository with its head.
pub struct Project {
    repository: Repository,
    head: Head,
    source_options: source::Options,
    /// The folder from which it was opened, below the top.
    within: String,
}

impl Project {
    /// Opens the repository around a folder, at a revision or at its work tree.
    pub fn open(folder: &Path, rev: Option<&str>) -> Result<Self, Error> {
        let folder = canonical(folder)?;
        let repository = history::open(&folder)?;
        let head = history::head(&repository, rev)?;
        let mut project = Self { repository, head, source_options: source::Options::default(), within: String::new() };
        // A repository without a work tree is all of itself.
        project.within = project.path_in_tree(&folder, Path::new("")).unwrap_or_default();
        Ok(project)
    }

    /// Sets how trees become sources.
    #[must_use]
    pub fn with_source_options(self, source_options: source::Options) -> Self {
        Self { source_options, ..self }
    }

    /// Returns how trees become sources.
    pub(super) fn scope(&self) -> source::package::Scope<'_> {
        source::package::Scope { patterns: &[], from: &self.within }
    }

    pub(super) fn source_options(&self) -> source::Options {
        self.source_options
    }

    /// Returns the commit that is to be built.
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// Returns the top of the work tree; an error in a repository that has none.
    pub fn top(&self) -> Result<&Path, Error> {
        Ok(self.repository.work_tree()?)
    }

    /// Returns the repository.
    pub(super) fn repository(&self) -> &Repository {
        &self.repository
    }

    /// Returns git's objects.
    pub(super) fn git(&self) -> &gix::Repository {
        self.repository.git()
    }

    /// Returns what can be the base. Where the clone lacks what the answer needs, and that may be fetched, it is; `tell`
    /// hears of it.
    pub async fn bases(
        &self,
        options: &history::Options,
        tell: &history::Tell<'_>,
        cancel: &CancellationToken,
    ) -> Result<Bases, Error> {
        let choose = || history::bases(&self.repository, &self.head, options);
        let mut fetcher = self.fetcher(options);
        refresh(fetcher.as_mut(), tell, cancel).await?;
        let bases = answered(&choose, fetcher.as_mut(), tell, cancel).await?;
        if let Some(fetcher) = fetcher {
            for commit in bases.iter().map(|base| &base.commit).chain([&self.head.commit]) {
                fetcher.complete(commit, tell, cancel).await?;
            }
        }
        Ok(bases)
    }

    /// Returns the interval that is the cheapest by what builds cost. What the clone lacks is fetched as for
    /// [`Self::bases`].
    pub async fn cheapest_interval(
        &self,
        options: &history::Options,
        cost: &BuildCost,
        tell: &history::Tell<'_>,
        cancel: &CancellationToken,
    ) -> Result<IntervalChoice, Error> {
        let choose = || history::cheapest_interval(&self.repository, &self.head, options, cost);
        let mut fetcher = self.fetcher(options);
        refresh(fetcher.as_mut(), tell, cancel).await?;
        answered(&choose, fetcher.as_mut(), tell, cancel).await
    }

    /// Fetches the files of head that a partial clone left out, where that may be done.
    pub async fn complete_head(
        &self,
        fetching: Fetching,
        tell: &history::Tell<'_>,
        cancel: &CancellationToken,
    ) -> Result<(), Error> {
        let options = history::Options { fetching, ..history::Options::default() };
        if let Some(fetcher) = self.fetcher(&options) {
            fetcher.complete(&self.head.commit, tell, cancel).await?;
        }
        Ok(())
    }

    fn fetcher(&self, options: &history::Options) -> Option<Fetcher<'_>> {
        let may_fetch = options.fetching == Fetching::AsNeeded;
        may_fetch.then(|| Fetcher::new(&self.repository, &self.head, options)).flatten()
    }

    /// Returns the base of the boundary before a base; none where there is none, or where it is not to be had. What the
    /// clone lacks is fetched as for [`Self::bases`].
    pub async fn base_before(
        &self,
        options: &history::Options,
        base: &Base,
        tell: &history::Tell<'_>,
        cancel: &CancellationToken,
    ) -> Result<Option<Base>, Error> {
        let choose = || history::base_before(&self.repository, &self.head, options, base);
        let found = async {
            let mut fetcher = self.fetcher(options);
            let before = answered(&choose, fetcher.as_mut(), tell, cancel).await?;
            if let (Some(fetcher), Some(before)) = (fetcher, &before) {
                fetcher.complete(&before.commit, tell, cancel).await?;
            }
            Ok(before)
        };
        match found.await {
            Err(error) if !cancel.is_cancelled() => {
                tracing::debug!(%error, base = %base.commit, "the base before this one is not known");
                Ok(None)
            }
            before => before,
        }
    }

    /// Returns a text file of head's tree by its path below the top; none where there is no such file.
    pub fn file(&self, path: &str) -> Result<Option<String>, Error> {
        let Some(bytes) = source::read_file(self.git(), &self.head.tree, path)? else { return Ok(None) };
        String::from_utf8(bytes).map(Some).map_err(|_| Error::NotText { path: path.to_owned() })
    }

    /// Computes the source of a tree, or of a folder in it.
    pub fn source(&self, tree: &TreeId, folder: &str, cache: Option<&Path>) -> Result<SourceTree, Error> {
        let cache = cache.map(|cache| cache.join("sources"));
        Ok(source::hash(self.git(), tree, folder, self.source_options, cache.as_deref())?)
    }

    /// Returns the same as [`Self::path_in_tree`] for a Nix file: as for Nix, a folder stands for the
    /// `default.nix` in it.
    pub fn nix_file(&self, folder: &Path, path: &Path) -> Result<String, Error> {
        let path = self.path_in_tree(folder, path)?;
        let is_folder =
            matches!(source::read_file(self.git(), &self.head.tree, &path), Err(source::Error::NotAFile { .. }));
        Ok(match (is_folder, path.as_str()) {
            (false, _) => path,
            (true, "") => "default.nix".to_owned(),
            (true, _) => format!("{path}/default.nix"),
        })
    }

    /// Returns where a path that the user named lies below the top, `/` between the parts.
    /// It need not exist in the work tree: another revision may have it.
    pub fn path_in_tree(&self, folder: &Path, path: &Path) -> Result<String, Error> {
        let top = canonical(self.top()?)?;
        let outside = || Error::Outside { path: path.to_owned(), top: top.clone() };
        let joined = canonical(folder)?.join(path);
        // Links on the way are followed where the path exists, as a shell would.
        let full = joined.canonicalize().unwrap_or_else(|_| normalised(&joined));
        let below = full.strip_prefix(&top).map_err(|_| outside())?;
        let parts: Option<Vec<&str>> = below.components().map(|part| part.as_os_str().to_str()).collect();
        Ok(parts.ok_or_else(outside)?.join("/"))
    }

    /// Returns the path below the top of a file that a compiler names, which runs in the folder of a package; none where
    /// head has no such file.
    pub fn file_of_package(&self, package: &PackageName, file: &str) -> Option<String> {
        let packages = source::package::all(self.git(), &self.head.tree, self.scope()).map(|found| found.packages);
        let folder =
            packages.ok().and_then(|packages| packages.into_iter().find(|found| found.name == package.as_str()));
        let below = |folder: &str| if folder.is_empty() { file.to_owned() } else { format!("{folder}/{file}") };
        let candidates = folder.map(|package| below(&package.folder)).into_iter().chain([file.to_owned()]);
        // A folder of sources can be `./src` or `../shared`.
        let mut candidates = candidates.filter_map(|path| source::path_in_tree(&path).ok());
        candidates.find(|path| matches!(source::read_file(self.git(), &self.head.tree, path), Ok(Some(_))))
    }

    /// Returns the nearest folder with a `.cabal` file at or above a folder of the work tree, below the top;
    /// none where there is none, or where it is the top itself.
    pub fn package_around(&self, folder: &Path) -> Result<Option<String>, Error> {
        let top = canonical(self.top()?)?;
        let start = canonical(folder)?;
        for folder in start.ancestors().take_while(|folder| folder.starts_with(&top) && **folder != top) {
            if has_description(folder) {
                return self.path_in_tree(&start, folder).map(Some);
            }
        }
        Ok(None)
    }
}

/// Asks the history, and fetches what an answer needs until there is one.
async fn answered<Answer>(
    choose: &dyn Fn() -> Result<Answer, history::Error>,
    fetcher: Option<&mut Fetcher<'_>>,
    tell: &history::Tell<'_>,
    cancel: &CancellationToken,
) -> Result<Answer, Error> {
    let Some(fetcher) = fetcher else { return Ok(choose()?) };
    loop {
        match choose() {
            Ok(answer) => break Ok(answer),
            Err(error) => fetcher.fetch(error, tell, cancel).await?,
        }
    }
}

/// Brings the main line up to date: a job that is given the folder of an earlier one has the branch as it was then.
async fn refresh(
    fetcher: Option<&mut Fetcher<'_>>,
    tell: &history::Tell<'_>,
    cancel: &CancellationToken,
) -> Result<(), Error> {
    let Some(fetcher) = fetcher else { return Ok(()) };
    if let Some(why) = fetcher.refresh(tell, cancel).await? {
        let said = why.tail().iter().find(|line| line.starts_with("fatal: ")).or(why.tail().last());
        let said = said.map(|line| format!(" ({line})")).unwrap_or_default();
        tell(&format!("{why}{said}: the main line here may be older than that of others, and with it the base"));
    }
    Ok(())
}

/// Returns the top of the work tree around a folder; none outside of a repository.
pub fn project_folder(folder: &Path) -> Option<PathBuf> {
    let repository = history::open(&canonical(folder).ok()?).ok()?;
    repository.work_tree().ok().and_then(|top| top.canonicalize().ok())
}

fn canonical(folder: &Path) -> Result<PathBuf, Error> {
    folder.canonicalize().map_err(|source| Error::Folder { folder: folder.to_owned(), source })
}

/// Takes `.` and `..` out of an absolute path that need not exist.
fn normalised(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                normal.pop();
            }
            other => normal.push(other),
        }
    }
    normal
}

fn has_description(folder: &Path) -> bool {
    fs_err::read_dir(folder).is_ok_and(|entries| {
        entries.flatten().any(|entry| {
            let path = entry.path();
            path.extension().is_some_and(|extension| extension == "cabal")
                && path.file_stem().is_some()
                && path.is_file()
        })
    })
}
