//! Talks to Nix: evaluation, realisation, store, and the GHC of the machine.
//!
//! Layer 2.
