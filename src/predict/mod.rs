//! Foretells which modules an incremental build compiles: layer 2, and pure.
//!
//! Two trees, what the full build of the base noted, and the description of the package at both commits go in; where the
//! notes are not at hand, all of the base's sources do ([`scanned`]). A
//! [`crate::model::prediction::Prediction`] comes out. Its bound holds whatever the edits do to the interfaces: GHC
//! compiles a module because its source, its options, a file that it watches or a module that it imports changed, and
//! hinc because something that was observed differs. So the bound is what changed, what was left out, what imports
//! one of these, and what only now becomes a part of the build.

mod basis;
mod bound;
mod columns;
mod description;
mod graph;
mod inputs;
mod looks;
mod newcomers;
mod observed;
mod pace;
mod recorded;
mod scanned;
mod tree;

pub use bound::{Base, Question, Side, everything, predict};
pub use pace::expected_seconds;
pub use recorded::Recorded;
pub use scanned::Configuration;
pub use tree::{Change, Entry, Tree};
