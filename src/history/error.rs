//! Why there is no head or no base, and what to do about it.

use std::fmt;
use std::path::{Path, PathBuf};

use super::fetch::Lack;
use super::format::Unsupported;
use crate::error::{Diagnose, Hint};
use crate::exit::Exit;
use crate::model::name::Branch;
use crate::process;

/// What git's data or the system said. gix keeps its causes in a tree that
/// [`std::error::Error::source`] does not reach, so they are told in one line.
#[derive(Debug)]
pub struct Cause(gix::Error);

impl Cause {
    pub(super) const fn git(&self) -> &gix::Error {
        &self.0
    }
}

impl From<gix::Error> for Cause {
    fn from(error: gix::Error) -> Self {
        Self(error)
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut told: Vec<String> = Vec::new();
        for error in self.0.iter_errors() {
            let text = error.to_string();
            // gix names the calls of its own parser; a boundary repeats what it encloses.
            let of_gix_alone = text.starts_with("delegate.");
            if !text.is_empty() && !of_gix_alone && !told.iter().any(|earlier| earlier.contains(&text)) {
                told.push(text);
            }
        }
        f.write_str(&told.join(": "))
    }
}

impl std::error::Error for Cause {}

/// Why the history does not give a head or a base.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Neither the folder nor one above it is a git repository.
    #[error("`{}` is not in a git repository", folder.display())]
    NoRepository {
        /// The folder that the search began in.
        folder: PathBuf,
    },
    /// The repository belongs to another user, and no setting says to trust it.
    #[error("the git repository at `{}` belongs to another user", folder.display())]
    ForeignOwner {
        /// The folder that git's `safe.directory` would have to name.
        folder: PathBuf,
    },
    /// The repository is there but cannot be opened.
    #[error("cannot open the git repository of `{}`", folder.display())]
    Open {
        /// The folder that the search began in.
        folder: PathBuf,
        /// What was wrong.
        source: Cause,
    },
    /// The repository is of a form that hinc does not read.
    #[error("{}", unsupported(folder, what))]
    Unsupported {
        /// The folder of its settings.
        folder: PathBuf,
        /// What it is.
        what: Unsupported,
    },
    /// The repository is bare, and files are needed.
    #[error("`{}` is a bare repository: it has no files to build", folder.display())]
    Bare {
        /// The repository.
        folder: PathBuf,
    },
    /// A search came upon a bare repository, and git's settings want those to be named.
    #[error("`{}` is a bare repository that was not named, and git's `safe.bareRepository` is `explicit`", folder.display())]
    BareNotNamed {
        /// The repository.
        folder: PathBuf,
    },
    /// A search came upon a bare repository that has a work tree by its own settings.
    #[error("`{}` is a bare repository that takes `{}` for its work tree", folder.display(), work_tree.display())]
    BareWithWorkTree {
        /// The repository.
        folder: PathBuf,
        /// What its settings say.
        work_tree: PathBuf,
    },
    /// `HEAD` names a branch that has no commit yet.
    #[error("the branch `{branch}` has no commit yet")]
    Unborn {
        /// The branch, without `refs/heads/`.
        branch: String,
    },
    /// A revision names nothing.
    #[error("`{revision}` is not a revision of this repository")]
    UnknownRevision {
        /// The revision as it was given.
        revision: String,
        /// Remote branches of that name.
        similar: Vec<String>,
        /// Whether the clone has a part of the history alone.
        shallow: bool,
        /// What was wrong, where it is more than that nothing has this name.
        source: Option<Cause>,
    },
    /// A short object name fits several objects.
    #[error("`{revision}` is ambiguous: it fits {}", candidates.join(", "))]
    AmbiguousRevision {
        /// The revision as it was given.
        revision: String,
        /// What it fits, each with its kind.
        candidates: Vec<String>,
    },
    /// A revision names more than one commit.
    #[error("`{revision}` is a range, not one commit")]
    Range {
        /// The revision as it was given.
        revision: String,
    },
    /// A revision names a tree or a file.
    #[error("`{revision}` is a {kind}, not a commit")]
    NotACommit {
        /// The revision as it was given.
        revision: String,
        /// The kind of object.
        kind: String,
    },
    /// Part of the history that decides is not in this clone.
    #[error("the clone is too shallow to choose a base: it ends at {commit}, which is newer than the boundary")]
    Shallow {
        /// The commit whose parents were not fetched, shortened.
        commit: String,
    },
    /// The main line is not known here.
    #[error("{} is not in this clone", main_line(branch.as_ref(), remote.as_deref()))]
    NoMainLine {
        /// The branch; none for the default branch of the remote.
        branch: Option<Branch>,
        /// The remote, where there is one.
        remote: Option<String>,
    },
    /// Head is not made upon the main line.
    #[error("{head} and `{with}` have no commit of `{with}` in common")]
    NothingInCommon {
        /// Head, shortened.
        head: String,
        /// The main line.
        with: String,
    },
    /// git did not fetch what this clone lacks.
    #[error("cannot fetch {what}")]
    Fetch {
        /// What was to be fetched.
        what: String,
        /// What git said.
        source: process::Error,
    },
    /// The repository has `info/grafts`, which rewrites the history for `git` alone.
    #[error("`{}` rewrites the history, which hinc does not follow", file.display())]
    Grafts {
        /// The file.
        file: PathBuf,
    },
    /// A commit that must be there is not.
    #[error("the commit {commit} is missing from the repository")]
    MissingCommit {
        /// Its name.
        commit: String,
        /// Whether the clone is a partial one (`--filter`).
        partial: bool,
    },
    /// A commit is there but is not one.
    #[error("the commit {commit} is damaged")]
    DamagedCommit {
        /// Its name.
        commit: String,
    },
    /// The repository could not be read.
    #[error("cannot read {what}")]
    Read {
        /// What was to be read.
        what: String,
        /// What was wrong.
        source: Cause,
    },
    /// The index has entries that are not merged.
    #[error("the work tree has {count} unmerged {}, first `{path}`", if *count == 1 { "file" } else { "files" })]
    Unmerged {
        /// The first of them.
        path: String,
        /// How many.
        count: usize,
    },
    /// A tracked file became something that git cannot store.
    #[error("`{path}` is tracked but is now neither a file, a symbolic link nor a folder")]
    Untrackable {
        /// The path below the work tree.
        path: String,
    },
    /// A tracked file could not be read.
    #[error("cannot read `{}`", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A filter of `.gitattributes` failed, or the result could not be kept.
    #[error("cannot turn `{path}` into what git would store")]
    Filter {
        /// The path below the work tree.
        path: String,
        /// What was wrong.
        source: Cause,
    },
}

impl Error {
    /// Returns what would have to be fetched for an answer, where that would help.
    pub fn lack(&self) -> Option<Lack> {
        match self {
            Self::Shallow { .. } => Some(Lack::Commits),
            Self::NoMainLine { branch: Some(branch), remote: Some(_) } => Some(Lack::Branch(branch.clone())),
            Self::NoMainLine { branch: None, remote: Some(_) } => Some(Lack::DefaultBranch),
            _ => None,
        }
    }

    /// Makes the function that turns an error of gix into [`Error::Read`].
    pub(super) fn reading(what: impl Into<String>) -> impl FnOnce(gix::Error) -> Self {
        let what = what.into();
        move |error| Self::Read { what, source: error.into() }
    }
}

fn main_line(branch: Option<&Branch>, remote: Option<&str>) -> String {
    match (branch, remote) {
        (Some(branch), Some(remote)) => format!("the branch `{branch}` of the remote `{remote}`"),
        (Some(branch), None) => format!("the branch `{branch}`"),
        (None, Some(remote)) => format!("which branch of the remote `{remote}` is its default"),
        (None, None) => "a remote, whose default branch would be the main line,".to_owned(),
    }
}

const DEEPEN: &str = "or have hinc fetch what it needs: `--history deepen`, which CI has without being told";
const UNSHALLOW: &str = "fetch the rest of the history: `git fetch --unshallow`";
const UNSHALLOW_IN_CI: &str =
    "in CI, ask for a full clone: `fetch-depth: 0` of actions/checkout, `GIT_DEPTH: 0` in GitLab";

impl Diagnose for Error {
    fn exit(&self) -> Exit {
        Exit::History
    }

    fn tail(&self) -> &[String] {
        match self {
            Self::Fetch { source, .. } => source.tail(),
            _ => &[],
        }
    }

    fn hints(&self) -> Vec<Hint> {
        let texts: Vec<String> = match self {
            Self::NoRepository { .. } => vec![
                "run hinc inside of a git repository, or make one: `git init`, `git add .`, `git commit`".to_owned(),
            ],
            Self::ForeignOwner { folder } => vec![format!(
                "if you trust its files, say so: `git config --global --add safe.directory {}`",
                shell_word(&folder.to_string_lossy())
            )],
            Self::Bare { .. } => {
                vec!["make a work tree: `git worktree add FOLDER REVISION`, and build there".to_owned()]
            }
            Self::BareNotNamed { folder } | Self::BareWithWorkTree { folder, .. } => vec![
                "if it came with the files of another repository, do not use it: build from the folder above"
                    .to_owned(),
                format!(
                    "if it is yours, name it: `GIT_DIR={}` in the environment",
                    shell_word(&folder.to_string_lossy())
                ),
            ],
            Self::Unborn { .. } => vec!["commit something first: `git add .`, `git commit`".to_owned()],
            Self::UnknownRevision { revision, similar, shallow, .. } => {
                let mut texts: Vec<String> = similar.iter().map(|name| format!("did you mean `{name}`?")).collect();
                if *shallow {
                    texts.push(UNSHALLOW.to_owned());
                }
                let is_name = revision.starts_with(|c: char| c.is_ascii_alphanumeric())
                    && !revision.contains(['~', '^', '@', ':']);
                if similar.is_empty() && !is_name {
                    texts.push("`git log --oneline` lists the commits that are here".to_owned());
                }
                if similar.is_empty() && is_name {
                    texts.push(format!(
                        "`git fetch origin {}` brings a revision that only the remote has; `git branch --all` and `git tag` list what is here",
                        shell_word(revision)
                    ));
                }
                texts
            }
            Self::AmbiguousRevision { .. } => vec!["give more digits of the commit's name".to_owned()],
            Self::Range { .. } | Self::NotACommit { .. } => {
                vec!["give one commit: a branch, a tag, an object name, or a form such as `HEAD~3`".to_owned()]
            }
            Self::Shallow { .. } => vec![
                UNSHALLOW.to_owned(),
                DEEPEN.to_owned(),
                UNSHALLOW_IN_CI.to_owned(),
                "or name the base yourself: `--base REV`".to_owned(),
            ],
            Self::NoMainLine { branch: Some(branch), remote: Some(remote) } => vec![
                format!(
                    "fetch it: `git fetch {} {}`",
                    shell_word(remote),
                    shell_word(&format!("{branch}:refs/remotes/{remote}/{branch}"))
                ),
                UNSHALLOW_IN_CI.to_owned(),
            ],
            Self::NoMainLine { branch: None, remote: Some(remote) } => vec![
                format!("ask the remote: `git remote set-head {} --auto`", shell_word(remote)),
                "or name the main line: `--against REV`".to_owned(),
            ],
            Self::NoMainLine { remote: None, .. } => vec!["name the main line: `--against REV`".to_owned()],
            Self::NothingInCommon { .. } => vec![
                "name the branch that head was made from: `--against REV`".to_owned(),
                "or look along head's own branch: `--base-policy branch`".to_owned(),
            ],
            Self::Fetch { .. } => vec![
                "see that `git fetch` works here, or give hinc a whole clone: `--history error` fetches nothing"
                    .to_owned(),
                UNSHALLOW_IN_CI.to_owned(),
            ],
            Self::Grafts { .. } => {
                vec!["turn the grafts into replace refs: `git replace --convert-graft-file`".to_owned()]
            }
            Self::MissingCommit { partial: true, .. } => {
                vec!["this is a partial clone; fetch what it left out: `git fetch --refetch --no-filter`".to_owned()]
            }
            Self::MissingCommit { .. } | Self::DamagedCommit { .. } => {
                vec!["`git fsck` lists what is damaged; a new clone is the surest repair".to_owned()]
            }
            Self::Unmerged { .. } => vec![
                "resolve the conflict and `git add` the files, or build a commit as it is: `--rev HEAD`".to_owned(),
            ],
            Self::Untrackable { .. } | Self::File { .. } | Self::Filter { .. } => {
                vec!["repair the file, or build a commit as it is: `--rev HEAD`".to_owned()]
            }
            Self::Unsupported { what, .. } => vec![helps(what)],
            Self::Open { .. } | Self::Read { .. } => vec!["`git status` and `git fsck` may say more".to_owned()],
        };
        let of_git = match self {
            Self::Fetch { source, .. } => source.hints(),
            _ => Vec::new(),
        };
        of_git.into_iter().chain(texts.into_iter().map(Hint::new)).collect()
    }
}

fn unsupported(folder: &Path, what: &Unsupported) -> String {
    let folder = folder.display();
    match what {
        Unsupported::Version(version) => {
            format!("the git repository `{folder}` is of version `{version}`, and hinc reads versions 0 and 1")
        }
        Unsupported::Objects(names) => {
            format!("the git repository `{folder}` names its objects by `{names}`, and hinc reads `sha1` alone")
        }
        Unsupported::References(form) => {
            format!("the git repository `{folder}` keeps its branches as `{form}`, and hinc reads `files` alone")
        }
        Unsupported::Extension(name) => {
            format!("the git repository `{folder}` has the extension `{name}`, which hinc does not know")
        }
        Unsupported::NotInVersion0(name) => {
            format!("the git repository `{folder}` is of version 0, which has no extension `{name}`")
        }
    }
}

/// Says what would help.
fn helps(what: &Unsupported) -> String {
    match what {
        Unsupported::Objects(_) => "a copy with other names: `git init --object-format=sha1 COPY`, and `git fast-export --all --signed-tags=strip | git -C COPY fast-import`",
        Unsupported::References(_) => "`git refs migrate --ref-format=files` changes it (git 2.48 or later), or clone it anew: `git clone --ref-format=files URL`",
        Unsupported::Version(_) | Unsupported::Extension(_) => "clone it anew: a clone has no extensions that nobody asked for; `git config --local --list` shows those of this one",
        Unsupported::NotInVersion0(_) => "git refuses it as well: `git config core.repositoryFormatVersion 1`, if the extension is meant",
    }
    .to_owned()
}

/// Quotes a word where a shell would want it.
fn shell_word(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-~^@:+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hint_can_be_pasted_into_a_shell() {
        assert_eq!(shell_word("/srv/a-b_c.d"), "/srv/a-b_c.d");
        assert_eq!(shell_word("/srv/it's here"), r"'/srv/it'\''s here'");
        let error = Error::ForeignOwner { folder: "/srv/my code".into() };
        assert_eq!(
            error.hints()[0].as_str(),
            "if you trust its files, say so: `git config --global --add safe.directory '/srv/my code'`"
        );
    }

    #[test]
    fn a_cause_is_told_once() {
        let inner = gix::Error::from_error(std::io::Error::other("disk on fire"));
        assert_eq!(Cause::from(inner).to_string(), "disk on fire");
    }
}
