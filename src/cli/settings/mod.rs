//! What is set: `hinc.toml` of a repository, `config.toml` of the user and the administrator. Flags come before both.

mod builder_table;
mod builders;
mod edit;
pub(super) mod fuzzed;
mod hinc_toml;
mod overrides;
mod thresholds;
mod user_file;

pub(super) use builder_table::bytes;
pub(super) use builders::Builders;
pub(super) use edit::with_interval;
pub(super) use hinc_toml::{FILE_NAME, HincToml};
pub(super) use overrides::Override;
pub(super) use thresholds::ThresholdArgs;
