//! Decides, before anything is built, how head is built and why.
//!
//! Layer 2.
