//! Folds events into what the record says of each derivation.
//!
//! Layer 2.

mod builder_log;
mod causes;
mod course;
mod failing;
mod outside;
mod recorder;
mod schedule;
mod tail;
mod timing;

pub use recorder::Recorder;
