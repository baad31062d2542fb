//! Readers of settings, for `fuzz/` alone: hinc itself reads files.

use std::path::Path;

use super::builder_table;
use super::builders::{Repository, of_repository};
use super::hinc_toml::HincToml;
use super::user_file::UserFile;
use crate::cli::error::Error;
use crate::model::builder::Builder;
use crate::model::builder_name::{BuilderName, Describer};

/// Reads a `hinc.toml`, and returns its builders.
pub(in crate::cli) fn repository(text: &str) -> Result<Vec<Builder>, Error> {
    let file = HincToml::parse(Some(text))?;
    drop(file.nixpkgs()?);
    let tables = file.builders().clone();
    let repository = Repository { top: "/home/me/project".into(), tables, default: None };
    Ok(of_repository(&repository, &UserFile::default())?.into_values().collect())
}

/// Reads a file of the user's, and returns its builders.
pub(in crate::cli) fn user(text: &str) -> Result<Vec<Builder>, Error> {
    let file = Path::new("config.toml");
    let tables = UserFile::parse(text, file)?.builder.into_iter();
    let builder = |(name, table)| builder_table::builder(BuilderName::new(name, Describer::Settings), table, file);
    tables.map(builder).collect()
}
