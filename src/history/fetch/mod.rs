//! Fetches what a clone lacks and an answer needs: the user's own `git` does it, with the user's credentials.

mod command;

use std::fmt::Display;
use std::path::Path;
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use super::base::Options;
use super::error::Error;
use super::main_line::branch_of;
use super::repository::Repository;
use crate::model::name::Branch;
use crate::model::revision::{CommitId, Head};
use crate::process::{self, Invocation, Output, system};

pub use command::Lack;

/// Whether hinc may fetch what a clone lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Fetching {
    /// It says what is missing, and stops.
    #[default]
    Never,
    /// It fetches, step by step, until the answer is proved.
    AsNeeded,
}

/// Hears what is being fetched.
pub type Tell<'a> = dyn Fn(&str) + 'a;

/// How long all of it may take.
const LIMIT: Duration = Duration::from_secs(600);

/// Fetches for one question.
pub struct Fetcher<'a> {
    repository: &'a Repository,
    head: &'a Head,
    /// The branch of the remote that the answer needs too.
    branch: Option<Branch>,
    steps: u32,
    /// Whether the remote does not give head by its name.
    only_branches: bool,
    fetched: Vec<Lack>,
    began: Instant,
}

impl<'a> Fetcher<'a> {
    /// Makes one for the base of a head. None for a bare repository that was only come upon: its settings came with
    /// the files around it, and say what is run to fetch.
    pub fn new(repository: &'a Repository, head: &'a Head, options: &Options) -> Option<Self> {
        let (fetched, began) = (Vec::new(), Instant::now());
        let branch = branch_of(repository, head, options);
        let fetcher = Self { repository, head, branch, steps: 0, only_branches: false, fetched, began };
        (!repository.is_found_bare()).then_some(fetcher)
    }

    /// Fetches what an error says is lacking. Returns the error where it says nothing of the kind, or where fetching
    /// has not helped. `tell` hears what is fetched.
    pub async fn fetch(&mut self, error: Error, tell: &Tell<'_>, cancel: &CancellationToken) -> Result<(), Error> {
        let Some(lack) = error.lack() else { return Err(error) };
        let Some(remote) = self.repository.remote() else { return Err(error) };
        // Of the history there is more until there is all of it; of anything else there is no more than it.
        let in_vain = if lack == Lack::Commits { self.steps > command::STEPS } else { self.fetched.contains(&lack) };
        if in_vain || self.began.elapsed() > LIMIT {
            return Err(error);
        }
        tell(&command::told(&lack, &remote, self.steps));
        match &lack {
            Lack::Commits => self.deepen(&remote, cancel).await?,
            Lack::Branch(branch) => self.fetch_branch(&remote, branch, cancel).await?,
            Lack::DefaultBranch => {
                let answer = self.run(command::ask_default(&remote), &lack, cancel).await?;
                let Some(branch) = command::default_branch(&answer.stdout) else { return Err(error) };
                self.fetch_branch(&remote, &branch, cancel).await?;
                self.run(command::note_default(&remote, &branch), &lack, cancel).await?;
            }
        }
        self.fetched.push(lack);
        Ok(())
    }

    /// Fetches the branch anew, where the answer depends on one that is here. What went wrong is returned and does not
    /// matter to the answer's being right.
    pub async fn refresh(&mut self, tell: &Tell<'_>, cancel: &CancellationToken) -> Result<Option<Error>, Error> {
        let (Some(branch), Some(remote)) = (self.branch.clone(), self.repository.remote()) else { return Ok(None) };
        if !self.repository.has_branch(&remote, &branch) {
            return Ok(None);
        }
        tell(&command::told(&Lack::Branch(branch.clone()), &remote, 0));
        match self.fetch_branch(&remote, &branch, cancel).await {
            Err(error) if cancel.is_cancelled() => Err(error),
            Err(error) => Ok(Some(error)),
            Ok(()) => Ok(None),
        }
    }

    async fn deepen(&mut self, remote: &str, cancel: &CancellationToken) -> Result<(), Error> {
        let head = Some(&self.head.commit).filter(|_| !self.only_branches);
        let deepen = |head| command::deepen(remote, head, self.branch.as_ref(), self.steps);
        match self.run(deepen(head), &Lack::Commits, cancel).await {
            // A commit that was never pushed, or a remote that gives branches alone.
            Err(Error::Fetch { source: process::Error::Failed { .. }, .. }) if head.is_some() => {
                self.run(deepen(None), &Lack::Commits, cancel).await?;
                self.only_branches = true;
            }
            done => drop(done?),
        }
        self.steps += 1;
        Ok(())
    }

    /// In a shallow clone a branch comes with as much of its history as head has: it would bring all of it.
    async fn fetch_branch(&mut self, remote: &str, branch: &Branch, cancel: &CancellationToken) -> Result<(), Error> {
        self.branch = Some(branch.clone());
        if self.repository.is_shallow() {
            return self.deepen(remote, cancel).await;
        }
        self.run(command::fetch_branch(remote, branch), &Lack::Branch(branch.clone()), cancel).await.map(drop)
    }

    /// Fetches the trees and files of a commit that a partial clone left out, in two calls: git by itself would fetch
    /// each file when it is read. Nothing is done in another clone.
    pub async fn complete(&self, commit: &CommitId, tell: &Tell<'_>, cancel: &CancellationToken) -> Result<(), Error> {
        let Some(remote) = self.repository.promisor() else { return Ok(()) };
        if self.repository.has_all_of(commit)? {
            return Ok(());
        }
        let what = format!("the files of {}", commit.short());
        tell(&format!("fetching {what} from {remote}"));
        let listed = self.run(command::list(commit), &what, cancel).await?;
        let missing = self.repository.missing_of(command::objects(&listed.stdout));
        if !missing.is_empty() {
            self.run(command::fetch_objects(&remote, &missing), &what, cancel).await?;
        }
        Ok(())
    }

    async fn run(
        &self,
        invocation: Invocation,
        what: &dyn Display,
        cancel: &CancellationToken,
    ) -> Result<Output, Error> {
        let git = self.repository.git();
        let absolute = |folder: &Path| std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
        let git_dir = absolute(git.git_dir());
        let folder = git.workdir().map_or_else(|| git_dir.clone(), absolute);
        let mut invocation = command::in_repository(invocation, &git_dir, &folder);
        if !self.repository.says_how_ssh_is_called() {
            invocation = command::without_questions(invocation);
        }
        let invocation = invocation.within(LIMIT.saturating_sub(self.began.elapsed()));
        let done = system::output(&invocation, cancel).await;
        done.map_err(|source| Error::Fetch { what: what.to_string(), source })
    }
}
