//! Chooses the base: the older commit that an incremental build of head stands on.
//!
//! Layer 2.
