//! Decides, before anything is built, how head is built and why; and what becomes of it where its base fails.
//!
//! Layer 2, and pure: facts go in, a [`crate::model::plan::Plan`] comes out.

mod assemble;
mod decide;
mod head_failed;
mod lacking;
mod left;
mod ruined;

pub use assemble::{assemble, full_builds_alone};
pub use decide::{Decision, Facts, Wish, decide};
pub use head_failed::head_failed;
pub use lacking::{Lack, lacking};
pub use left::left_of;
pub use ruined::is_ruined;
