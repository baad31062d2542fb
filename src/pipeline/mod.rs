//! Composes the stages: from a folder and settings to a record. Layer 3.
//!
//! Prints nothing. What happens meanwhile goes out as events.

mod build;
mod check;
mod check_builder;
mod error;
mod failed_bases;
mod forecast;
mod full_builds;
mod link;
mod options;
mod outlooks;
mod planning;
mod project;
mod push;
mod realise;
mod records;
mod results;
mod site;
mod verify;

pub use build::{Built, build};
pub use check::doctor;
pub use check_builder::{builder_doctor, builders_at_a_glance};
pub use error::Error;
pub use forecast::forecast;
pub use options::{BuildOptions, BuilderOptions, Selection, Target};
pub use planning::add_source;
pub use project::{Project, project_folder};
pub use push::Destination;
pub use records::{KEPT, Past, Records, write_whole};
pub use verify::{Verified, verify};

pub use crate::nix::flake::Attribute as FlakeAttribute;
pub use crate::nix::{HostOptions, PinnedNixpkgs};
pub use crate::plan::Wish;
