//! Talks to Nix: evaluation, realisation, store, and the GHC of the machine.
//!
//! Layer 2. Every program is started through [`crate::process`]; what is asked of Nix is
//! built as data in [`command`], so that a test can look at it.
//!
//! The order of a build: [`toolchain::detect`], [`Library::install`], [`Nix::evaluate`],
//! [`Nix::invalid`] or [`store::is_linked`], [`Nix::open_sandbox`], [`Nix::realise`],
//! [`Nix::link`].

mod answer;
mod cache;
pub mod command;
mod config;
pub mod derivation;
mod doctor;
mod error;
mod evaluate;
pub mod failure;
mod fingerprint;
pub mod flake;
#[doc(hidden)]
pub mod fuzzed;
mod ghc_info;
mod library;
mod nar;
mod probe;
mod realise;
mod remembered;
mod remote;
mod renamed;
mod request;
pub mod sandbox;
mod search;
mod signing;
pub mod store;
pub mod toolchain;
mod version;

pub use answer::Evaluation;
pub use cache::nar_hash;
pub use command::{Installable, Nix, Options, UserArg};
pub use config::{Settings, StoreInfo};
pub use error::Error;
pub use library::Library;
pub use probe::Probe;
pub use realise::{BuildFailure, Realised};
pub use remote::{BuilderStore, Copied, RemoteSetting, RemoteSettings};
pub use request::{Asked, Cabal, File, Host, HostOptions, LocalPackage, PinnedNixpkgs, Request, Side};
pub use sandbox::SandboxPaths;
pub use signing::SigningKey;
pub use version::version;
