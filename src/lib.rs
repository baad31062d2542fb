//! hinc: incremental Haskell builds on Nix.
//!
//! The program is a row of stages that never import one another, over one pure vocabulary:
//!
//! | layer | rooms | may use |
//! | --- | --- | --- |
//! | 4 | `cli` | all |
//! | 3 | `pipeline` | 0 to 2 |
//! | 2 | `history`, `source`, `plan`, `predict`, `nix`, `builder`, `record`, `compare`, `report`, `forge` | 0 and 1, never one another |
//! | 1 | `model`, `log` | 0; `log` uses `model` |
//! | 0 | `error`, `exit`, `clock`, `files`, `foreign`, `process` | one another |
//!
//! `tests/it/layers.rs` holds the source against this table.

pub mod builder;
pub mod cli;
pub mod clock;
pub mod compare;
pub mod error;
pub mod exit;
pub mod files;
pub mod foreign;
pub mod forge;
pub mod history;
pub mod log;
pub mod model;
pub mod nix;
pub mod pipeline;
pub mod plan;
pub mod predict;
pub mod process;
pub mod record;
pub mod report;
pub mod source;
