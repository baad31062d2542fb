//! Decides, before anything is built, how head is built and why.
//!
//! Layer 2, and pure: facts go in, a [`crate::model::plan::Plan`] comes out.

mod assemble;
mod decide;

pub use assemble::{assemble, full_builds_alone};
pub use decide::{Decision, Facts, Wish, decide};
