//! Compares an incremental build with a clean one.
//!
//! Layer 2. Nix describes both builds by texts (`nix/verify/Describe.hs`), where they lie; what is
//! here reads the two texts side by side, and of the installed files only those that differ, to show
//! how. `verdict` alone decides what is said of it all.

mod description;
mod difference;
mod error;
mod file;
mod printed;
mod rewritten;
mod sides;
mod verdict;
mod warning;

pub use description::Description;
pub use difference::{Outcome, compare, split};
pub use error::Error;
pub use file::Installed;
pub use sides::Found;
pub use verdict::{Builds, Fate, Inside, Judged, Next, judge_alone, judge_builds, judge_inside, unlooked, worst};
