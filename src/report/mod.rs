//! Renders a record.
//!
//! Layer 2.
