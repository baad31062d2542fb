//! How a builder is named, and which name space the name is of.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::name::{BuilderWord, Host, Name, NotAllowed};
use super::project::ProjectKey;

/// Who describes a builder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Describer {
    /// The user or the administrator, in a file of hinc's settings.
    Settings,
    /// The administrator, in the machines of Nix's settings.
    Machines,
    /// `hinc.toml` of a repository.
    Repository(ProjectKey),
}

/// What ends the label of a machine of Nix's settings.
const OF_MACHINES: &str = "nix";

/// The name of a builder. Each describer has a name space of its own: what hinc keeps of a builder, and the aliases
/// by which ssh knows it, are never those of a builder that somebody else describes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BuilderName {
    word: BuilderWord,
    describer: Describer,
}

impl BuilderName {
    /// Names a builder.
    pub fn new(word: BuilderWord, describer: Describer) -> Self {
        Self { word, describer }
    }

    /// Returns the word by which people call it.
    pub fn word(&self) -> &BuilderWord {
        &self.word
    }

    /// Whether a repository describes it. Such a builder is never trusted.
    pub fn is_of_repository(&self) -> bool {
        matches!(self.describer, Describer::Repository(_))
    }

    /// Returns what tells it from all other builders of this machine: `vm`, `farm.0123456789ab`. No word has a dot.
    pub fn label(&self) -> String {
        match &self.describer {
            Describer::Settings => self.word.to_string(),
            Describer::Machines => format!("{}.{OF_MACHINES}", self.word),
            Describer::Repository(key) => format!("{}.{key}", self.word),
        }
    }

    /// Returns its folder below hinc's state folder.
    pub fn folder(&self, state: &Path) -> PathBuf {
        state.join("builders").join(self.label())
    }

    /// Returns the host of ssh's configuration and of `known_hosts` that stands for it.
    pub fn alias(&self) -> Host {
        Name::made(format!("hinc-{}", self.label()))
    }

    /// Returns the host by which hinc becomes root in it.
    pub fn root_alias(&self) -> Host {
        Name::made(format!("hinc-{}-root", self.label()))
    }
}

impl fmt::Display for BuilderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.word.fmt(f)
    }
}

impl FromStr for BuilderName {
    type Err = NotAllowed;

    /// Reads a label.
    fn from_str(text: &str) -> Result<Self, NotAllowed> {
        let (word, describer) = match text.split_once('.') {
            None => (text, Describer::Settings),
            Some((word, OF_MACHINES)) => (word, Describer::Machines),
            Some((word, key)) => match key.parse() {
                Ok(key) => (word, Describer::Repository(key)),
                // As a word it is refused, for its dot.
                Err(_) => (text, Describer::Settings),
            },
        };
        Ok(Self { word: word.parse()?, describer })
    }
}

impl TryFrom<String> for BuilderName {
    type Error = NotAllowed;

    fn try_from(text: String) -> Result<Self, NotAllowed> {
        text.parse()
    }
}

impl From<BuilderName> for String {
    fn from(name: BuilderName) -> Self {
        name.label()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(word: &str, describer: Describer) -> BuilderName {
        BuilderName::new(word.parse().expect("a word"), describer)
    }

    #[test]
    fn each_describer_has_a_name_space_of_its_own() {
        let repository = |path: &str| Describer::Repository(ProjectKey::of(Path::new(path)));
        let names = [
            name("vm", Describer::Settings),
            name("vm", Describer::Machines),
            name("vm", repository("/a")),
            name("vm", repository("/b")),
            name("vm-root", Describer::Settings),
        ];
        let all = |part: fn(&BuilderName) -> String| -> std::collections::BTreeSet<String> {
            names.iter().map(part).collect()
        };
        assert_eq!(all(|name| name.folder(Path::new("/s")).display().to_string()).len(), names.len());
        assert_eq!(all(|name| name.alias().to_string()).len(), names.len());
        assert_eq!(all(ToString::to_string).len(), 2, "people call them all by their words");
        for name in names {
            assert_eq!(name.label().parse(), Ok(name));
        }
        assert_eq!(name("vm", Describer::Settings).folder(Path::new("/s")), Path::new("/s/builders/vm"));
    }

    #[test]
    fn what_is_no_label_is_refused() {
        for text in ["", "a.b", "..", "a/b", "vm.0123456789AB", "vm.0123456789ab.nix", ".nix", "a\nb"] {
            assert!(text.parse::<BuilderName>().is_err(), "{text}");
        }
    }
}
