//! Why a tree is no source, or holds no package.

use std::io;
use std::path::PathBuf;

use crate::error::{Diagnose, Hint};
use crate::exit::Exit;
use crate::model::cabal::layout::FaultKind;

/// The cause of an error that another crate reports.
pub(super) type Cause = Box<dyn std::error::Error + Send + Sync>;

/// How many characters name and version of a package may have together. The name of a store path has 211 at most
/// (`StorePath::MaxPathLen` in `path.hh`), and Nix and hinc put more behind them: `-intermediates`, `.drv`.
pub(super) const MOST_OF_A_NAME: usize = 160;

/// What is wrong with a package description.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DescriptionProblem {
    /// It has no such field.
    #[error("it has no `{0}:`")]
    NoField(&'static str),
    /// The name is not one.
    #[error("`{0}` is not a package name: words of letters and digits, with hyphens between them, none a bare number")]
    Name(String),
    /// Name and version do not fit into the name of a store path.
    #[error("its name and version have {0} characters together; store paths have room for {MOST_OF_A_NAME}")]
    LongName(usize),
    /// The version is not one.
    #[error("`{0}` is not a version: numbers with dots between them")]
    Version(String),
    /// The build type is not one.
    #[error("`{0}` is not a build type: Simple, Configure, Custom, Hooks or Make")]
    BuildType(String),
    /// Cabal cannot tell its fields and sections.
    #[error("{0}")]
    Layout(FaultKind),
    /// The bytes are not text.
    #[error("it is not UTF-8")]
    NotUtf8,
}

/// Why a tree is no source, or holds no package. Paths are those in the tree, from its top.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The path does not lie in the tree.
    #[error("`{path}` is not a path inside of the repository")]
    Outside {
        /// What was asked for.
        path: String,
    },
    /// The tree has no such entry.
    #[error("there is no `{path}` in the tree {tree}")]
    NotFound {
        /// What was asked for.
        path: String,
        /// The first digits of the tree's name.
        tree: String,
    },
    /// A file where a folder was asked for.
    #[error("`{path}` is not a folder")]
    NotAFolder {
        /// What was asked for.
        path: String,
    },
    /// A folder, or links in a circle, where a file was asked for.
    #[error("`{path}` is not a file")]
    NotAFile {
        /// What was asked for.
        path: String,
    },
    /// The repository lacks an object of the tree.
    #[error("the repository lacks the object {id} of {}", place(path))]
    MissingObject {
        /// The name of the object.
        id: String,
        /// Where in the tree it belongs; empty for the top.
        path: String,
    },
    /// An object cannot be read.
    #[error("cannot read the object {id} of {}", place(path))]
    BadObject {
        /// The name of the object.
        id: String,
        /// Where in the tree it belongs; empty for the top.
        path: String,
        /// What gix said.
        source: Cause,
    },
    /// A submodule, and they are refused.
    #[error("`{path}` is a submodule, whose files are not part of this repository")]
    Submodule {
        /// Where it is.
        path: String,
    },
    /// A pointer of Git LFS, and they are refused.
    #[error("`{path}` is a pointer of Git LFS, not the file itself")]
    LfsPointer {
        /// Where it is.
        path: String,
    },
    /// A name or a link that no file system and no NAR takes.
    #[error("`{path}` cannot be in a store path: {problem}")]
    Unstorable {
        /// Where it is.
        path: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The receiver of the NAR failed.
    #[error("cannot write the NAR")]
    Write {
        /// What the system said.
        source: io::Error,
    },
    /// The folder that `nix copy` takes the NAR from cannot be written.
    #[error("cannot write a binary cache to `{}`", folder.display())]
    CacheFolder {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// No Cabal package where one was looked for.
    #[error("there is no Cabal package in {}", place(folder))]
    NoPackage {
        /// The folder; empty for the top.
        folder: String,
        /// A `package.yaml` that was met on the way: the package is described for hpack alone.
        hpack: Option<String>,
    },
    /// An entry of `packages` that names no package.
    #[error("no package lies at `{pattern}`")]
    NoMatch {
        /// The entry.
        pattern: String,
    },
    /// Projects in several folders, none of which was chosen.
    #[error("there are {} Cabal projects, in {}", folders.len(), folders.join(", "))]
    ManyProjects {
        /// Their folders, in order.
        folders: Vec<String>,
    },
    /// Two packages of one name, of which none was chosen.
    #[error("there are {} packages called {name}: {}", folders.len(), folders.join(", "))]
    SameName {
        /// The name.
        name: String,
        /// Their folders, in order; `.` for the top.
        folders: Vec<String>,
    },
    /// Two descriptions in one folder. Cabal refuses that too (`findPackageDesc` in `Distribution.Simple.Utils`).
    #[error("there are {} package descriptions in {}: {}", files.len(), place(folder), files.join(", "))]
    ManyDescriptions {
        /// The folder; empty for the top.
        folder: String,
        /// Their file names, in order.
        files: Vec<String>,
    },
    /// A description that cannot be understood.
    #[error("{file}{}: {problem}", line.map(|line| format!(":{line}")).unwrap_or_default())]
    Description {
        /// Its path.
        file: String,
        /// The line, from 1, where there is one.
        line: Option<usize>,
        /// What is wrong.
        problem: DescriptionProblem,
    },
    /// A rule of ours was broken.
    #[error("the source was not computed as it should")]
    Internal {
        /// Which one.
        source: Cause,
    },
}

/// Names a folder for a reader.
fn place(folder: &str) -> String {
    if folder.is_empty() { "the top folder".to_owned() } else { format!("`{folder}`") }
}

impl Diagnose for Error {
    fn exit(&self) -> Exit {
        match self {
            Self::MissingObject { .. } | Self::BadObject { .. } => Exit::History,
            Self::Write { .. } | Self::CacheFolder { .. } => Exit::Environment,
            Self::Internal { .. } => Exit::Internal,
            Self::Outside { .. }
            | Self::NotFound { .. }
            | Self::NotAFolder { .. }
            | Self::NotAFile { .. }
            | Self::Submodule { .. }
            | Self::LfsPointer { .. }
            | Self::Unstorable { .. }
            | Self::NoPackage { .. }
            | Self::NoMatch { .. }
            | Self::ManyProjects { .. }
            | Self::SameName { .. }
            | Self::ManyDescriptions { .. }
            | Self::Description { .. } => Exit::Usage,
        }
    }

    fn hints(&self) -> Vec<Hint> {
        let hint = |text: &str| vec![Hint::new(text)];
        match self {
            Self::MissingObject { .. } => vec![
                Hint::new("have hinc fetch it: `--history deepen`"),
                Hint::new("in a partial clone, fetch what it lacks: `git fetch --refetch --no-filter`"),
                Hint::new("otherwise `git fsck` says what else is missing"),
            ],
            Self::BadObject { .. } => hint("`git fsck` says what is damaged; a fresh clone repairs it"),
            Self::Submodule { .. } => hint(
                "if the build can do without its files, let it be an empty folder: `submodules = \"empty\"` under `[source]` in hinc.toml",
            ),
            Self::LfsPointer { .. } => hint(
                "if the build does not read this file, let the pointer be taken: `lfs-pointers = \"keep\"` under `[source]` in hinc.toml",
            ),
            Self::Unstorable { .. } => hint("rename or remove it, and commit"),
            Self::Write { .. } | Self::CacheFolder { .. } => hint("is the disk full, or the folder read-only?"),
            Self::NoPackage { hpack: Some(file), .. } => vec![Hint::new(format!(
                "`{file}` is for hpack: run `hpack` beside it and commit the `.cabal` file that it makes"
            ))],
            Self::NoPackage { hpack: None, .. } => hint("the `.cabal` file must be committed, or added with `git add`"),
            Self::NoMatch { .. } => hint(
                "an entry of `packages` in hinc.toml is a folder with a `.cabal` file, or such a file, told from the top of the repository; `*` stands for any characters of a name",
            ),
            Self::ManyProjects { folders } => {
                vec![Hint::new(format!(
                    "run hinc in the folder of one: `cd {}`",
                    folders.first().map_or("", String::as_str)
                ))]
            }
            Self::SameName { folders, .. } => vec![
                Hint::new(format!(
                    "say which one: `hinc build ./{}`",
                    folders.iter().find(|folder| *folder != ".").map_or("", String::as_str)
                )),
                Hint::new("or name those that belong to the project by `packages = [...]` in hinc.toml"),
            ],
            Self::ManyDescriptions { .. } => hint("Cabal wants one `.cabal` file in a folder: remove the others"),
            Self::Description { .. } => hint("`cabal check` says more"),
            Self::NotAFolder { .. } => hint("a package is named by its folder or by its `.cabal` file"),
            Self::Outside { .. } | Self::NotFound { .. } | Self::NotAFile { .. } => {
                hint("the path is told from the top of the repository, and only files that git tracks count")
            }
            Self::Internal { .. } => Vec::new(),
        }
    }
}
