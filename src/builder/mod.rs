//! The machines that build: guests that hinc runs, and what can be asked of any builder over ssh.
//!
//! Layer 2.

mod ask;
mod clock;
pub mod declare;
pub mod doctor;
mod error;
mod facts;
mod fitness;
#[doc(hidden)]
pub mod fuzzed;
pub mod guest;
pub mod machines;
mod probe;
mod probe_error;
pub mod ssh;

pub use ask::answers;
pub use clock::{ClockSet, LARGEST_SKEW, set_clock};
pub use error::Error;
pub use facts::Facts;
pub use fitness::{Room, gib, room, serves};
pub use guest::{Error as GuestError, Guest, InUse};
pub use probe::probe;
pub use probe_error::Error as ProbeError;
