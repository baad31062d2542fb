//! An error of any stage, and those of the places between the stages.

use std::path::PathBuf;

use crate::error::{Diagnose, Hint, OwnCommand};
use crate::exit::Exit;
use crate::model::revision::CommitId;
use crate::nix::failure::Trouble;
use crate::{builder, compare, history, nix, report, source};

/// Why a command did not get to its end.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The repository or its history.
    #[error(transparent)]
    History(#[from] history::Error),
    /// A tree, or the package in it.
    #[error(transparent)]
    Source(#[from] source::Error),
    /// Nix.
    #[error(transparent)]
    Nix(#[from] nix::Error),
    /// A builder that cannot be used.
    #[error(transparent)]
    Builder(#[from] builder::Error),
    /// A builder that no longer answered in the middle of its work.
    #[error("the connection to the builder `{builder}` broke")]
    BuilderLost {
        /// Its name.
        builder: String,
        /// The last words of Nix or ssh.
        tail: Vec<String>,
    },
    /// Nix failed on a builder, for another reason than the connection.
    #[error("the builder `{builder}` could not do its work")]
    OnBuilder {
        /// Its name.
        builder: String,
        /// What Nix said.
        source: Box<nix::Error>,
    },
    /// A builder that is not for what is to be built.
    #[error("the builder `{builder}` {why}")]
    Unfit {
        /// Its name.
        builder: String,
        /// Why not.
        why: String,
    },
    /// None of several builders could be used.
    #[error("{}", no_builder(refused))]
    NoBuilder {
        /// What was wrong with each, by name.
        refused: Vec<(String, String)>,
    },
    /// Builders need a folder for what hinc keeps of them.
    #[error("there is no folder for what hinc keeps of builders")]
    NoState,
    /// A record.
    #[error(transparent)]
    Report(#[from] report::Error),
    /// The folder that hinc is to work in.
    #[error("cannot work in {}", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A path that does not belong to the repository.
    #[error("{} is not a part of the repository {}", path.display(), top.display())]
    Outside {
        /// The path.
        path: PathBuf,
        /// The top of the repository.
        top: PathBuf,
    },
    /// A Nix file that the commit does not have.
    #[error("the commit {} has no file {path}", commit.short())]
    NoSuchFile {
        /// The file, below the top of the tree.
        path: String,
        /// The commit.
        commit: CommitId,
    },
    /// A flake that the commit does not have.
    #[error("the commit {} has no flake.nix {}", commit.short(), searched(folder))]
    NoFlake {
        /// The folder, below the top of the tree.
        folder: String,
        /// The commit.
        commit: CommitId,
    },
    /// The full build of the base was asked for, and there is none.
    #[error("there is no full build of the base to make: {why}")]
    NoFullBuild {
        /// Why, in one sentence.
        why: String,
    },
    /// A file of the tree that is not text.
    #[error("{path} is not UTF-8 text")]
    NotText {
        /// The file, below the top of the tree.
        path: String,
    },
    /// The link to the result cannot be made.
    #[error("cannot make the link {}", link.display())]
    Link {
        /// The link.
        link: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Something stands where the link to the result should.
    #[error("{} is no link to a store path and is left alone", link.display())]
    LinkTaken {
        /// The link.
        link: PathBuf,
    },
    /// A folder for temporary files cannot be made.
    #[error("cannot make a temporary folder")]
    Temporary(#[source] std::io::Error),
    /// The description of a build.
    #[error(transparent)]
    Compare(#[from] compare::Error),
    /// The record cannot be kept.
    #[error("cannot keep the record of the build in {}", folder.display())]
    KeepRecord {
        /// The folder of the records.
        folder: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The records cannot be looked through.
    #[error("cannot read the records in {}", folder.display())]
    ReadRecords {
        /// The folder of the records.
        folder: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

/// The hints of an error that happened elsewhere: this machine's store is not what they are about.
fn on_builder(builder: &str, error: &nix::Error) -> Vec<Hint> {
    match error {
        nix::Error::Trouble { trouble: Trouble::DiskFull, .. } => vec![disk_full_on(builder)],
        nix::Error::Unsigned { .. } => error.hints(),
        _ => vec![Hint::see(
            OwnCommand::BuilderDoctor,
            format!("`hinc builder doctor {builder}` looks for what is wrong there"),
        )],
    }
}

/// What to do where a builder has no room left.
pub(super) fn disk_full_on(builder: &str) -> Hint {
    Hint::new(format!(
        "make room there: `hinc builder gc {builder}` removes what nothing refers to, `hinc builder resize {builder} SIZE` gives a guest a larger disk"
    ))
}

fn no_builder(refused: &[(String, String)]) -> String {
    if refused.is_empty() {
        return "no builder is known that could build this".to_owned();
    }
    let each: Vec<&str> = refused.iter().map(|(_, why)| why.as_str()).collect();
    format!("no builder could be used: {}", each.join("; "))
}

fn searched(folder: &str) -> String {
    if folder.is_empty() { "at the top".to_owned() } else { format!("in {folder} or above it") }
}

impl Diagnose for Error {
    fn exit(&self) -> Exit {
        match self {
            Self::History(error) => error.exit(),
            Self::NoFullBuild { .. } => Exit::History,
            Self::Source(error) => error.exit(),
            Self::Nix(error) => error.exit(),
            Self::OnBuilder { source, .. } => source.exit(),
            Self::Builder(error) => error.exit(),
            Self::Report(error) => error.exit(),
            Self::Folder { .. }
            | Self::Outside { .. }
            | Self::NoSuchFile { .. }
            | Self::NoFlake { .. }
            | Self::NotText { .. }
            | Self::LinkTaken { .. } => Exit::Usage,
            Self::Compare(error) => error.exit(),
            Self::BuilderLost { .. }
            | Self::Unfit { .. }
            | Self::NoBuilder { .. }
            | Self::NoState
            | Self::Link { .. }
            | Self::Temporary(_)
            | Self::KeepRecord { .. }
            | Self::ReadRecords { .. } => Exit::Environment,
        }
    }

    fn hints(&self) -> Vec<Hint> {
        match self {
            Self::History(error) => error.hints(),
            Self::Source(error) => error.hints(),
            Self::Nix(error) => error.hints(),
            Self::OnBuilder { builder, source } => on_builder(builder, source),
            Self::Builder(error) => error.hints(),
            Self::BuilderLost { builder, .. } => vec![
                Hint::new("build again: what was built there is kept"),
                Hint::see(
                    OwnCommand::BuilderDoctor,
                    format!("`hinc builder doctor {builder}` looks for what is wrong"),
                ),
            ],
            Self::Unfit { builder, .. } => vec![Hint::new(format!(
                "`hinc builder status {builder}` shows what it builds for; name another one with `--builder NAME`"
            ))],
            Self::NoBuilder { .. } => {
                let doctor = "`hinc builder doctor NAME` looks for what is wrong with one";
                vec![Hint::see(OwnCommand::BuilderDoctor, doctor)]
            }
            Self::NoState => vec![Hint::new("set HOME, or XDG_STATE_HOME to an absolute path")],
            Self::Report(error) => error.hints(),
            Self::Folder { .. } => vec![Hint::new("name an existing folder with `-C`")],
            Self::NoSuchFile { .. } | Self::NoFlake { .. } => {
                vec![Hint::new("a file that git does not track yet must be added first: `git add FILE`")]
            }
            Self::Outside { .. } => {
                vec![Hint::new("hinc builds commits, so what it builds must be in the repository and tracked by git")]
            }
            Self::NoFullBuild { .. } => {
                vec![Hint::new("name another base with `--base REV`, or build head itself: without `--full-only`")]
            }
            Self::NotText { .. } | Self::ReadRecords { .. } => Vec::new(),
            Self::Compare(error) => error.hints(),
            Self::Link { .. } | Self::LinkTaken { .. } => {
                vec![Hint::new("name another place with `-o LINK`, or make no link with `--no-out-link`")]
            }
            Self::Temporary(_) => {
                vec![Hint::new("see that there is room in the folder that TMPDIR names (default: /tmp)")]
            }
            Self::KeepRecord { .. } => {
                vec![Hint::new("set XDG_STATE_HOME to a folder that you may write to")]
            }
        }
    }

    fn tail(&self) -> &[String] {
        match self {
            Self::History(error) => error.tail(),
            Self::Source(error) => error.tail(),
            Self::Nix(error) => error.tail(),
            Self::OnBuilder { source, .. } => source.tail(),
            Self::Builder(error) => error.tail(),
            Self::BuilderLost { tail, .. } => tail,
            _ => &[],
        }
    }
}
