//! What a service says of the job itself: where its reports go, and which of several it is.

use std::path::PathBuf;

use crate::forge::{Kind, Run, Token, TokenError};

/// A job of a service that is also a forge, or that says which forge it works for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) struct Job {
    /// The forge.
    pub(in crate::cli) kind: Kind,
    /// The base address of its API, as the service says it.
    pub(in crate::cli) address: String,
    /// The project, as the API names it.
    pub(in crate::cli) project: String,
    /// The variables that may hold a token.
    pub(in crate::cli) token_variables: &'static [&'static str],
    /// The token, or that the first of these holds none.
    pub(in crate::cli) token: Option<Result<Token, TokenError>>,
    /// The workflow, empty where the service has no such thing.
    pub(in crate::cli) workflow: String,
    /// The job, empty where the service does not name it.
    pub(in crate::cli) name: String,
    /// Which run it is.
    pub(in crate::cli) run: Option<Run>,
    /// What it checks.
    pub(in crate::cli) checks: Checks,
}

/// Where it is said what a job checks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) enum Checks {
    /// In a file that the service wrote.
    Event {
        /// What began the job.
        name: String,
        /// The file.
        file: PathBuf,
        /// The commit that the service built, where that is the merge of a pull request.
        merge: Option<String>,
    },
    /// In variables.
    Request {
        /// The number of the pull request.
        number: u64,
        /// Its head.
        head: String,
        /// The merge of it that was built.
        merge: Option<String>,
    },
    /// No pull request.
    Nothing,
}
