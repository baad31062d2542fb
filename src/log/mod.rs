//! Turns the lines of Nix, GHC and Cabal into events, and events into the record.
//!
//! Layer 2.
