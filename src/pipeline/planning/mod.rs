//! From two commits to a plan, and to the place where it is carried out.
//!
//! | file | what it knows |
//! | --- | --- |
//! | `planner` | in which order head and base are looked at, and sites are asked |
//! | `available` | which of several bases is taken |
//! | `prepare` | a plan for one site: sources, evaluation, and what is decided before anything is built |
//! | `sides` | what head and the base are, target by target; `packages` and `flake` for those that need more |
//! | `sources` | trees as store paths |
//! | `evaluations` | what Nix said before, and says now |
//!
//! Where builds are made, `site` tells.

mod available;
mod evaluations;
mod flake;
mod packages;
mod planner;
mod prepare;
mod sides;
mod sources;
mod standing;

pub(super) use available::{Planned, plan_on};
pub(super) use planner::Planner;
pub(super) use prepare::{Places, Prepared};
pub(super) use sides::Place;
pub use sources::add_source;
pub(super) use standing::BaseFailures;
