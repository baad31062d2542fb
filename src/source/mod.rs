//! Turns a commit's tree into a content-addressed store path.
//!
//! Layer 2.
