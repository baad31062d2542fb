//! The user's own settings, and the administrator's of the same form: builders, and what repositories may take.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::builder_table;
use crate::cli::env::Environment;
use crate::cli::error::Error;
use crate::model::name::BuilderWord;

/// The file, below the configuration folders.
pub(super) const NAME: &str = "config.toml";

/// What the user's own file may hold, and the administrator's of the same form.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(super) struct UserFile {
    /// The builder that is taken where none is named.
    pub(super) default_builder: Option<String>,
    /// Builders by name.
    pub(super) builder: BTreeMap<BuilderWord, toml::Table>,
    /// What repositories may do, by the top of their work tree.
    repository: BTreeMap<PathBuf, Allowed>,
}

/// A table `[repository."PATH"]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct Allowed {
    /// Those of its builders that may be taken as if the user had described them.
    builders: Vec<BuilderWord>,
}

impl UserFile {
    /// Reads the user's file and the administrator's. What the user's says of a builder counts first, key by key.
    pub(super) fn read(environment: &Environment) -> Result<Self, Error> {
        let mut user = Self::default();
        for folder in environment.config.iter().chain(&environment.system_config) {
            let path = folder.join(NAME);
            match fs_err::read_to_string(&path) {
                Ok(text) => user.add(Self::parse(&text, &path)?),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(source) => return Err(Error::Input { path, source }),
            }
        }
        Ok(user)
    }

    /// Reads the text of a file.
    pub(super) fn parse(text: &str, path: &Path) -> Result<Self, Error> {
        let file = path.to_owned();
        let wrong =
            |source: Box<dyn std::error::Error + Send + Sync>| Error::UserSettings { file: file.clone(), source };
        let deserializer = toml::Deserializer::parse(text).map_err(|error| wrong(error.into()))?;
        let user: Self = serde_path_to_error::deserialize(deserializer).map_err(|error| wrong(error.into()))?;
        // Before the files are joined, so that an error names its file.
        for (name, settings) in &user.builder {
            builder_table::read(name, settings.clone(), path)?;
        }
        if let Some(relative) = user.repository.keys().find(|path| !path.is_absolute()) {
            return Err(wrong(format!("repository: `{}` is no absolute path", relative.display()).into()));
        }
        Ok(user)
    }

    /// Adds what a less important file says.
    pub(super) fn add(&mut self, other: Self) {
        self.default_builder = self.default_builder.take().or(other.default_builder);
        for (name, table) in other.builder {
            let own = self.builder.entry(name).or_default();
            for (key, value) in table {
                own.entry(key).or_insert(value);
            }
        }
        for (path, allowed) in other.repository {
            self.repository.entry(path).or_default().builders.extend(allowed.builders);
        }
    }

    /// Returns those builders of a repository that may be taken without being named. `top` is without links.
    pub(super) fn allowed(&self, top: &Path) -> BTreeSet<BuilderWord> {
        let is_it = |path: &Path| path == top || path.canonicalize().is_ok_and(|path| path == top);
        let found = self.repository.iter().filter(|(path, _)| is_it(path));
        found.flat_map(|(_, allowed)| allowed.builders.iter().cloned()).collect()
    }
}
