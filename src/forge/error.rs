//! Why a report is not posted.

use std::time::Duration;

use crate::error::{Diagnose, Hint};
use crate::exit::Exit;

/// What kept a report from being posted. None of it says anything about the build.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No answer came, or not all of it: no connection, no certificate that is believed, a connection that was cut, a
    /// time limit.
    #[error("no answer to {request}")]
    NoAnswer {
        /// What was asked.
        request: String,
        /// What happened.
        source: Box<ureq::Error>,
    },
    /// The forge refused.
    #[error("{request} was refused with status {status}{}", quoted(message))]
    Refused {
        /// What was asked.
        request: String,
        /// The status of the answer.
        status: u16,
        /// What the answer says, made harmless; empty where it says nothing.
        message: String,
    },
    /// The forge failed each time.
    #[error("{request} failed with status {status}{}", quoted(message))]
    Failed {
        /// What was asked.
        request: String,
        /// The status of the last answer.
        status: u16,
        /// What the answer says, made harmless; empty where it says nothing.
        message: String,
    },
    /// A limit of the forge was met that lasts too long to wait for it.
    #[error("{request} met a limit of the forge that lasts {} more", humantime::format_duration(*wait))]
    Limited {
        /// What was asked.
        request: String,
        /// How long it lasts.
        wait: Duration,
    },
    /// The forge sends on to another host, which is not sent the token.
    #[error("{request} leads to another host, which is not sent the token")]
    OtherHost {
        /// What was asked.
        request: String,
    },
    /// The answer is none that the documentation describes.
    #[error("the answer to {request} cannot be read")]
    Unreadable {
        /// What was asked.
        request: String,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// The answer is larger than any that is expected.
    #[error("the answer to {request} is larger than {} MiB", limit >> 20)]
    TooLarge {
        /// What was asked.
        request: String,
        /// What is read at most, in bytes.
        limit: u64,
    },
    /// There are more comments than are read.
    #[error("there are more than {comments} comments")]
    TooManyComments {
        /// How many are read.
        comments: usize,
    },
    /// The time for all of it is over.
    #[error("{request} had no time left")]
    NoTime {
        /// What was to be asked.
        request: String,
    },
    /// hinc was asked to stop.
    #[error("hinc was asked to stop")]
    Stopped,
    /// The record is of another commit than the pull request.
    #[error(
        "the record is of commit {built}, which is neither {head}, the head of the pull request, nor a merge of it"
    )]
    OtherCommit {
        /// What was built.
        built: String,
        /// What the pull request's head is.
        head: String,
    },
    /// No open pull request has the commit as its head.
    #[error("no open pull request of {branch} has the head {head}: it has a newer commit by now, or is closed")]
    NoRequest {
        /// Owner and branch.
        branch: String,
        /// The commit.
        head: String,
    },
    /// Several open pull requests have it.
    #[error("{requests} open pull requests of {branch} have the head {head}")]
    SeveralRequests {
        /// Owner and branch.
        branch: String,
        /// The commit.
        head: String,
        /// How many.
        requests: usize,
    },
    /// The report is longer than a comment may be.
    #[error("the report has {length} characters, and the forge takes no more than {limit}")]
    TooLong {
        /// How long it is, with its marker.
        length: usize,
        /// What the forge takes.
        limit: usize,
    },
}

fn quoted(message: &str) -> String {
    if message.is_empty() { String::new() } else { format!(": \"{message}\"") }
}

impl Error {
    /// Whether what was asked may have been carried out all the same.
    pub(super) fn is_uncertain(&self) -> bool {
        matches!(self, Self::NoAnswer { .. } | Self::Failed { .. })
    }

    /// Whether the forge refused with this status.
    pub(super) fn is_status(&self, wanted: u16) -> bool {
        matches!(self, Self::Refused { status, .. } if *status == wanted)
    }
}

impl Diagnose for Error {
    fn exit(&self) -> Exit {
        match self {
            Self::Stopped => Exit::Interrupted,
            _ => Exit::Environment,
        }
    }

    fn hints(&self) -> Vec<Hint> {
        let hint = match self {
            Self::Refused { status: 401, .. } => "the token is not valid, or no longer",
            Self::Refused { status: 403 | 404, .. } => {
                "the token may not do that: on GitHub the job needs `permissions: pull-requests: write`, and for \
                 `--check-run` also `checks: write`; the token of a fork may only read (docs/report.md has the way for forks)"
            }
            Self::Refused { status: 410, .. } => "the project does not take comments",
            Self::NoAnswer { .. } => {
                "see whether the address of the API is right and can be reached; the certificates that are believed are \
                 those of the system (`SSL_CERT_FILE`)"
            }
            Self::OtherHost { .. } => "set GITHUB_API_URL to where the project is now",
            // Only where another workflow built is the pull request looked for, and there no number is taken.
            Self::SeveralRequests { .. } => "close all of them but one, or give each a branch of its own",
            Self::Failed { .. } | Self::Limited { .. } => "run `hinc report post` again later",
            Self::NoTime { .. } => "give it more time with `--timeout`",
            Self::Unreadable { .. } | Self::TooLarge { .. } => {
                "see whether GITHUB_API_URL, or CI_API_V4_URL on GitLab, is the base address of the API"
            }
            Self::OtherCommit { .. } => "name the record of this build in the place of `latest`",
            _ => return Vec::new(),
        };
        vec![Hint::new(hint)]
    }
}
