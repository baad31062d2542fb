//! The machines that build: guests that hinc runs, and what can be asked of any builder over ssh.
//!
//! Layer 2.

pub mod declare;
pub mod machines;
