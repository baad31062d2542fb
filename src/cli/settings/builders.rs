//! The builders of the settings: `[builder.NAME]` of the files of user and administrator, and of `hinc.toml`.
//!
//! A table that the user or the administrator has is theirs whole: nothing that a repository says is joined with it.
//! A repository may describe builders of its own. They live in a name space of their own
//! ([`crate::model::builder_name`]), are never trusted, and are not taken before the user has said so: by `--builder`,
//! by naming them to `hinc builder`, or once and for all by `[repository."PATH"]` of the user's file. What names a
//! program or a file of this machine is refused in `hinc.toml`: a tree that is built is not more trusted than its source.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::hinc_toml::HincToml;
use super::user_file::UserFile;
use super::{builder_table, user_file};
use crate::cli::context::Context;
use crate::cli::error::Error;
use crate::cli::failure::Failure;
use crate::error::Hint;
use crate::model::builder::Builder;
use crate::model::builder_name::{BuilderName, Describer};
use crate::model::name::BuilderWord;
use crate::model::project::ProjectKey;
use crate::pipeline::{BuilderOptions, Project};

/// The builder that exists without any settings.
pub(super) const GUEST: &str = "vm";

/// The name by which this machine is asked for.
pub(super) const HERE: &str = "local";

/// The name that stands for all.
const ANY: &str = "any";

/// The file of a repository.
const OF_REPOSITORY: &str = "hinc.toml";

/// Keys that only the user's own file may have: they name files and programs of this machine, or say what is trusted.
const OWN_KEYS: [&str; 9] =
    ["trusted", "key", "image", "disk", "kernel", "initrd", "kernel-parameters", "qemu", "qemu-options"];

/// A repository, as far as it speaks of builders.
#[derive(Debug, Clone)]
pub(super) struct Repository {
    /// The top of its work tree, without links.
    pub(super) top: PathBuf,
    pub(super) tables: BTreeMap<BuilderWord, toml::Table>,
    pub(super) default: Option<String>,
}

/// Who says which builder is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Voice {
    /// The user, in this very call.
    Call,
    /// The user's surroundings and settings, which were not made for this repository.
    Settings,
    /// The repository.
    Repository,
}

/// The builders that the settings know, and those that are taken by default.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::cli) struct Builders {
    /// The user's and the administrator's, by name: `local` and `vm` are always among them.
    own: BTreeMap<BuilderWord, Builder>,
    /// Those that the repository describes and that have the name of none of these.
    of_repository: BTreeMap<BuilderWord, Builder>,
    /// Those of the repository that the user's settings allow it.
    allowed: BTreeSet<BuilderWord>,
    /// Those that flag, environment or settings name.
    chosen: Vec<Builder>,
    /// Builders that the repository wants to be taken, and that the user has said nothing of.
    not_taken: Vec<BuilderWord>,
}

impl Builders {
    /// Reads the user's file and the administrator's, and what the repository, where there is one, has beside them.
    pub(in crate::cli) fn read(
        context: &Context,
        repository: Option<(&Project, &HincToml)>,
        flag: Option<&str>,
    ) -> Result<Self, Failure> {
        let user = UserFile::read(&context.environment)?;
        let repository = repository.and_then(|(project, file)| {
            let top = project.top().ok()?;
            let top = top.canonicalize().unwrap_or_else(|_| top.to_owned());
            let default = file.default_builder().map(str::to_owned);
            Some(Repository { top, tables: file.builders().clone(), default })
        });
        let builders = Self::join(repository.as_ref(), &user, flag, context.environment.builder.as_deref())?;
        for name in &builders.not_taken {
            let top = repository.as_ref().map(|repository| repository.top.display().to_string()).unwrap_or_default();
            context.printer.warning(&format!(
                "{OF_REPOSITORY} asks for its own builder `{name}`, which is not taken without your word: `--builder {name}` \
                 takes it once, `builders = [\"{name}\"]` under [repository.\"{top}\"] of ~/.config/hinc/{} always",
                user_file::NAME
            ));
        }
        Ok(builders)
    }

    fn join(
        repository: Option<&Repository>,
        user: &UserFile,
        flag: Option<&str>,
        environment: Option<&str>,
    ) -> Result<Self, Error> {
        let mut own = BTreeMap::new();
        let always = [HERE, GUEST].map(BuilderWord::fixed).map(|name| (name, toml::Table::new()));
        let tables = user.builder.iter().map(|(name, table)| (name.clone(), table.clone()));
        // What the user says of these two counts, so it comes last.
        for (name, table) in always.into_iter().chain(tables) {
            // Of two files together it says nothing that one of them does not.
            let file = Path::new(user_file::NAME);
            own.insert(name.clone(), builder_table::builder(BuilderName::new(name, Describer::Settings), table, file)?);
        }
        let mut builders = Self {
            own,
            of_repository: BTreeMap::new(),
            allowed: BTreeSet::new(),
            chosen: Vec::new(),
            not_taken: Vec::new(),
        };
        if let Some(repository) = repository {
            builders.of_repository = of_repository(repository, user)?;
            builders.allowed = user.allowed(&repository.top);
        }
        let default = repository.and_then(|repository| repository.default.as_deref());
        let wish = [
            (flag, Voice::Call),
            (environment, Voice::Settings),
            (user.default_builder.as_deref(), Voice::Settings),
            (default, Voice::Repository),
        ];
        if let Some((names, voice)) = wish.into_iter().find_map(|(names, voice)| Some((names?, voice))) {
            builders.choose(names, voice, user)?;
        }
        Ok(builders)
    }

    /// Takes the builders that somebody names.
    fn choose(&mut self, names: &str, voice: Voice, user: &UserFile) -> Result<(), Error> {
        if names == ANY {
            // The guest that nobody described is not taken for one of a farm.
            let described = self.own.iter().filter(|(name, _)| user.builder.contains_key(*name));
            self.chosen = described.map(|(_, builder)| builder).chain(self.allowed()).cloned().collect();
            if self.chosen.is_empty() {
                self.chosen.extend(self.own.get(GUEST).cloned());
            }
            return Ok(());
        }
        for name in names.split(',').map(str::trim) {
            let may_be_taken = voice == Voice::Call || self.allowed.contains(name);
            match (self.own.get(name), self.of_repository.get(name)) {
                (Some(own), _) => self.chosen.push(own.clone()),
                (None, Some(theirs)) if may_be_taken => self.chosen.push(theirs.clone()),
                (None, Some(theirs)) if voice == Voice::Repository => self.not_taken.push(theirs.name.word().clone()),
                (None, Some(_)) => return Err(only_of_repository(name)),
                (None, None) => return Err(self.unknown(name)),
            }
        }
        Ok(())
    }

    /// Those of the repository that may be taken without being named.
    fn allowed(&self) -> impl Iterator<Item = &Builder> {
        self.of_repository.iter().filter(|(name, _)| self.allowed.contains(*name)).map(|(_, builder)| builder)
    }

    /// Returns those that flag, environment or settings name; none where they name none.
    pub(in crate::cli) fn chosen(&self) -> impl Iterator<Item = &Builder> {
        self.chosen.iter()
    }

    /// Returns all that may be taken without being named.
    fn known(&self) -> impl Iterator<Item = &Builder> {
        self.own.values().chain(self.allowed())
    }

    /// Whether another machine than this one was asked for.
    pub(in crate::cli) fn build_elsewhere(&self) -> bool {
        self.chosen().any(|builder| !builder.kind.is_this_machine())
    }

    /// Returns a builder by its name; the chosen one, or else `vm`, where none is named. For `hinc builder`.
    pub(in crate::cli) fn named(&self, name: Option<&str>) -> Result<&Builder, Error> {
        let chosen = || self.chosen.first().filter(|builder| *builder.name.word() != HERE);
        let found = match name {
            Some(name) => self.own.get(name).or_else(|| self.of_repository.get(name)),
            None => chosen().or_else(|| self.own.get(GUEST)),
        };
        found.ok_or_else(|| self.unknown(name.unwrap_or(GUEST)))
    }

    /// Returns what a build is told.
    pub(in crate::cli) fn options(&self) -> Result<BuilderOptions, Error> {
        let hinc = std::env::current_exe()
            .map_err(|source| Error::Output { what: "the path of hinc itself".to_owned(), source })?;
        Ok(BuilderOptions { wanted: self.chosen.clone(), known: self.known().cloned().collect(), hinc })
    }

    fn unknown(&self, name: &str) -> Error {
        let known: Vec<&str> = self.own.keys().chain(self.of_repository.keys()).map(BuilderWord::as_str).collect();
        let name = name.escape_debug();
        let hints = vec![Hint::new(format!(
            "known are {}; another one is described by a table [builder.{name}] of ~/.config/hinc/{}",
            known.join(", "),
            user_file::NAME
        ))];
        Error::Usage(format!("there is no builder `{name}`"), hints)
    }
}

/// The error where the user's surroundings name a builder that only a repository has.
fn only_of_repository(name: &str) -> Error {
    let problem = format!("the builder `{name}` is described by {OF_REPOSITORY} alone, and not by you");
    let hint = format!(
        "`--builder {name}` takes it once; to take it always, describe it in ~/.config/hinc/{}, or allow it there under [repository.\"PATH\"]",
        user_file::NAME
    );
    Error::Usage(problem, vec![Hint::new(hint)])
}

/// Reads the builders of a repository. Of one that the user describes, only the form is looked at.
pub(super) fn of_repository(repository: &Repository, user: &UserFile) -> Result<BTreeMap<BuilderWord, Builder>, Error> {
    let key = ProjectKey::of(&repository.top);
    let mut builders = BTreeMap::new();
    for (name, table) in &repository.tables {
        let own_file = format!("~/.config/hinc/{}", user_file::NAME);
        if let Some(key) = OWN_KEYS.iter().find(|key| table.contains_key(**key)) {
            let why = "names what a repository may not choose for the machine that builds it";
            return Err(Error::Usage(
                format!("`{key}` of [builder.{name}] in {OF_REPOSITORY} {why}"),
                vec![Hint::new(format!("move the table [builder.{name}] to {own_file}"))],
            ));
        }
        let file = Path::new(OF_REPOSITORY);
        builder_table::read(name, table.clone(), file)?;
        if [HERE, GUEST].contains(&name.as_str()) {
            return Err(Error::Usage(
                format!(
                    "[builder.{name}] in {OF_REPOSITORY}: `{name}` is the user's own, and a repository cannot change it"
                ),
                vec![Hint::new(format!("give it another name, or move the table to {own_file}"))],
            ));
        }
        if user.builder.contains_key(name) {
            continue;
        }
        let describer = Describer::Repository(key.clone());
        builders.insert(
            name.clone(),
            builder_table::builder(BuilderName::new(name.clone(), describer), table.clone(), file)?,
        );
    }
    Ok(builders)
}

#[cfg(test)]
mod tests;
