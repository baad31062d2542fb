//! Compares an incremental build with a clean one.
//!
//! Layer 2. Nix describes both builds by texts (`nix/verify/Describe.hs`), where they lie; what is
//! here reads the two texts, and of the installed files only those that differ, to show how.

mod difference;
mod facts;
mod file;
mod printed;
mod rewritten;
mod warning;

pub use difference::{Found, Outcome, compare, split};
pub use facts::Facts;
pub use file::Installed;
