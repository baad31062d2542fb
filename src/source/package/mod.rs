//! Finds the Cabal packages of a tree.

mod description;
#[doc(hidden)]
pub mod fuzzed;
mod project;
mod search;
mod settings;

use super::error::Error;
use super::object::Objects;
use crate::model::package::Package;
use crate::model::revision::TreeId;
use search::Search;

pub use project::{Idle, Nameless};
pub use settings::{Choices, ProjectSettings, Unread};

/// Where packages are looked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Scope<'a> {
    /// Folders and `.cabal` files below the top, `*` for any characters of a name; none where `cabal.project` says it.
    pub patterns: &'a [String],
    /// A folder below the top: the nearest `cabal.project` at or above it counts.
    pub from: &'a str,
}

/// The packages of a tree.
#[derive(Debug, Default)]
pub struct Found {
    /// Those that can be read, by their folders.
    pub packages: Vec<Package>,
    /// Those that cannot, with the reason.
    pub broken: Vec<Broken>,
    /// Entries of `cabal.project` that name no package, in the order of the file.
    pub nameless: Vec<Nameless>,
    /// What else `cabal.project` says; nothing where there is none.
    pub settings: ProjectSettings,
}

/// A folder with a description that cannot be read.
#[derive(Debug)]
pub struct Broken {
    /// The folder, below the top.
    pub folder: String,
    /// Why.
    pub error: Error,
}

/// Returns the package that `folder` of `tree` holds; `folder` may also be the path of a `.cabal`
/// file. Both are relative to the top.
pub fn at(repo: &gix::Repository, tree: &TreeId, folder: &str) -> Result<Package, Error> {
    Search { objects: Objects::of(repo), tree }.at(folder)
}

/// Returns all packages of a tree:
///
/// 1. where patterns name some, these;
/// 2. those that `packages:` and `optional-packages:` of `cabal.project` name;
/// 3. the package in its folder, or at the top;
/// 4. those of all folders with a `.cabal` file, down to two folders below;
/// 5. those of the only `cabal.project` down there.
pub fn all(repo: &gix::Repository, tree: &TreeId, scope: Scope<'_>) -> Result<Found, Error> {
    let search = Search { objects: Objects::of(repo), tree };
    let project = search.project_above(scope.from)?;
    let mut found = Found { settings: search.settings(project.as_ref())?, ..Found::default() };
    for folder in search.folders(scope.patterns, project, &mut found)? {
        match search.at(&folder) {
            Ok(package) => found.packages.push(package),
            Err(error) => found.broken.push(Broken { folder, error }),
        }
    }
    Ok(found)
}
