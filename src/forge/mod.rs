//! Posts a report where a change is discussed: a comment on a pull request, a note on a merge request, a check.
//!
//! Layer 2. What is decided is decided by pure functions: which comment is hinc's and of which commit ([`Marker`]), what
//! becomes of it (`sticky`), what an answer's status means (`retry`), where a list goes on (`link`). A forge is one file
//! and one line of [`Kind`]; [`post`] is the order in which they are asked. All answers are the words of others: they are
//! read up to a bound, and made harmless before they are told.

mod address;
mod client;
mod error;
mod github;
mod gitlab;
mod link;
mod marker;
mod post;
mod retry;
mod sticky;
mod token;

use std::sync::Arc;
use std::time::Duration;

pub use address::{Address, AddressError};
pub use client::Limits;
pub use error::Error;
pub use marker::{Key, Marker, Run};
pub use post::{Check, Checked, Commented, Place, Post, Posted, post};
pub use sticky::{Kept, Wish, Worth};
pub use token::{Token, TokenError};

use client::Client;

/// A forge where reports are posted, and how to reach a project there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// Which one it is.
    pub kind: Kind,
    /// The base address of its API: `https://api.github.com`, `https://gitlab.com/api/v4`.
    pub address: Address,
    /// Who posts.
    pub token: Token,
    /// The project as the API names it: `owner/name`, or the number of a project.
    pub project: String,
}

/// Makes [`Kind`] of one table: a line is a forge, its name for people, and what speaks to it.
macro_rules! forges {
    ($($(#[$doc:meta])* $kind:ident = $name:literal, $forge:path;)+) => {
        /// A kind of forge.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Kind {
            $($(#[$doc])* $kind,)+
        }

        impl Kind {
            /// Returns its name for people.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$kind => $name,)+
                }
            }

            /// Returns what speaks to it.
            fn open(self, client: Client, project: &str) -> Box<dyn Forge> {
                match self {
                    $(Self::$kind => Box::new($forge(client, project)),)+
                }
            }
        }
    };
}

forges! {
    /// GitHub and GitHub Enterprise Server.
    GitHub = "GitHub", github::GitHub::new;
    /// GitLab.
    GitLab = "GitLab", gitlab::GitLab::new;
}

/// Whether hinc was asked to stop; looked at between requests and while waiting.
pub type Stopped = Arc<dyn Fn() -> bool + Send + Sync>;

/// Who wrote something on a forge. The number is what counts: names can be changed, and taken by others.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Author {
    /// Their number; none where the forge did not say.
    id: Option<u64>,
    /// Their name.
    login: String,
}

impl Author {
    fn is(&self, other: &Self) -> bool {
        match (self.id, other.id) {
            (Some(id), Some(other)) => id == other,
            // A user can be called `github-actions`, but no user has brackets in the name.
            _ => self.login == other.login,
        }
    }
}

/// A comment that has a marker of hinc's as its last line.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Comment {
    id: u64,
    author: Author,
    marker: Marker,
    /// All of it but the marker.
    text: String,
}

impl Comment {
    /// Reads one; none where it has no marker, or nobody wrote it.
    fn read(id: u64, author: Option<Author>, body: &str) -> Option<Self> {
        let (text, marker) = Marker::split(body)?;
        Some(Self { id, author: author?, marker, text })
    }
}

/// A branch that a pull request comes from, and the commit that is to be its head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The owner of the repository that it is in.
    pub owner: String,
    /// Its name.
    pub branch: String,
}

/// What there is to say in a check.
struct CheckText<'a> {
    name: &'a str,
    /// The commit that it is for.
    head: &'a str,
    title: &'a str,
    summary: &'a str,
    worth: Worth,
    key: &'a Key,
}

/// What hinc asks of a forge. Each call is one request or, where an answer has pages, several.
trait Forge {
    /// Returns who the token is.
    fn viewer(&self) -> Result<Author, Error>;

    /// Returns the commit that is the head of a pull request now.
    fn head(&self, request: u64) -> Result<String, Error>;

    /// Returns the open pull requests that come from a branch, each with its head.
    fn requests_from(&self, source: &Source) -> Result<Vec<(u64, String)>, Error>;

    /// Returns the parents of a commit.
    fn parents(&self, commit: &str) -> Result<Vec<String>, Error>;

    /// Returns the comments with a marker, whoever wrote them, the oldest first.
    fn comments(&self, request: u64) -> Result<Vec<Comment>, Error>;

    /// Writes a new comment.
    fn create(&self, request: u64, body: &str) -> Result<(), Error>;

    /// Writes a comment anew.
    fn update(&self, request: u64, comment: u64, body: &str) -> Result<(), Error>;

    /// Writes a check; false where the forge has none.
    fn check(&self, text: &CheckText<'_>) -> Result<bool, Error>;

    /// Waits as its client does: not longer than there is time.
    fn pause(&self, time: Duration) -> Result<(), Error>;
}
