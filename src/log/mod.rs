//! Turns the lines of Nix, GHC and Cabal into events, and events into the record.
//!
//! Layer 2. Bytes of one line go into a [`Decoder`], [`Event`](crate::model::event::Event)s come
//! out; a [`Recorder`] folds these into the builds of the record. No line is lost: one that
//! nobody knows is kept as it is.
//!
//! | file | what it reads |
//! | --- | --- |
//! | `nix` | one message of `--log-format internal-json` |
//! | `failure` | Nix's errors about a derivation |
//! | `cabal`, `ghc` | a line of a builder's log |
//! | `protocol` | what hinc's own builder says: `@hinc {…}` |
//! | `decoder` | all of these, and which derivation a line belongs to |
//! | `recorder`, `builder_log`, `causes`, `timing` | events |

mod ansi;
mod builder_log;
mod cabal;
mod causes;
mod decoder;
mod failure;
mod ghc;
mod nix;
mod protocol;
mod recorder;
mod tail;
mod timing;

pub use decoder::Decoder;
pub use recorder::Recorder;
