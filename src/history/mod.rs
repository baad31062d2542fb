//! Chooses the base: the older commit that an incremental build of head stands on.
//!
//! Layer 2. `docs/base.md` says the same in the words of a user. Nothing here writes into
//! the user's repository: the tree of a dirty work tree lives in memory.

mod bare;
mod base;
mod commit;
mod error;
mod fetch;
mod fork;
mod format;
mod head;
mod interval;
mod main_line;
mod policy;
mod repository;
mod tree;
mod walk;
mod work_tree;

pub use base::{Bases, Options, base_before, bases, cheapest_interval};
pub use error::{Cause, Error};
pub use fetch::{Fetcher, Fetching, Lack, Tell};
pub use format::Unsupported;
pub use head::head;
pub use policy::{Against, BasePolicy, Circumstances, PullRequest, UnknownPolicy};
pub use repository::{Repository, open};
pub use walk::{Found, FoundEach, Walk, count, newest_at, newest_at_each};
