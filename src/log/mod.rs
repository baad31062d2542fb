//! What Nix's log says: its lines, those of GHC and Cabal and of hinc's builder, as events.
//!
//! Layer 1: all that wants to know what Nix says reads it here, once, and nobody reads the lines
//! again. Bytes of one line go into a [`Decoder`], [`Event`](crate::model::event::Event)s come
//! out. No line is lost: one that nobody knows is kept as it is.
//!
//! A builder can print whatever it likes, in the form of Nix's messages too, and Nix passes these
//! on. The decoder tells by the activity whose words a line holds, and where it cannot, says so.
//!
//! | file | what it reads |
//! | --- | --- |
//! | `message` | one message of `--log-format internal-json` |
//! | `failure` | Nix's errors about a derivation |
//! | `hindrance` | of a failure: whether the log says that it was the machine's |
//! | `cabal`, `ghc` | a line of a builder's log |
//! | `protocol` | what hinc's own builder says: `@hinc {…}` |
//! | `decoder` | all of these, and which derivation a line belongs to |

mod cabal;
mod decoder;
mod failure;
pub mod ghc;
mod hindrance;
mod message;
mod protocol;

pub use decoder::Decoder;
pub use failure::{is_from_outside, says_killed, says_no_room, without_log};
pub use hindrance::{begins_error, hindrance};
