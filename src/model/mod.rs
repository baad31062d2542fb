//! The vocabulary that all stages share.
//!
//! Layer 1: no input or output, no async, no command line. The words are those of
//! `docs/architecture.md`.

pub mod base_failure;
pub mod base_lock;
pub mod belief;
pub mod build_cost;
pub mod builder;
pub mod builder_name;
pub mod cabal;
pub mod check;
pub mod claim;
pub mod event;
pub mod forecast;
pub mod haskell;
pub mod input;
pub mod interval;
pub mod interval_choice;
pub mod name;
pub mod nix_string;
pub mod nix_version;
pub mod outlook;
pub mod package;
pub mod percent;
pub mod plan;
pub mod precaution;
pub mod prediction;
pub mod project;
pub mod reason;
pub mod record;
pub mod record_diff;
pub mod revision;
pub mod source;
pub mod store;
pub mod toolchain;
pub mod trend;
pub mod unreachable;
pub mod verification;
