//! One machine, as either form of the file says it, and the builder that it is.

use std::borrow::Cow;

use super::error::Fault;
use super::uri::{self, Address};
use crate::model::builder::{Builder, BuilderKind};
use crate::model::builder_name::{BuilderName, Describer};
use crate::model::name::{BuilderWord, HostKey, Name, Rule};

/// A word and where it stands: the number of its first character in what it is a part of.
pub(super) type Word<'a> = (usize, Cow<'a, str>);

/// What is said of a machine. What is not said is none, and empty of lists.
pub(super) struct Entry<'a> {
    /// What it is called; otherwise a name is made of its host.
    pub(super) name: Option<BuilderWord>,
    pub(super) address: Option<Word<'a>>,
    pub(super) systems: Vec<Word<'a>>,
    pub(super) key: Option<Word<'a>>,
    pub(super) jobs: Option<Word<'a>>,
    pub(super) speed: Option<Word<'a>>,
    pub(super) features: Vec<Word<'a>>,
    pub(super) mandatory_features: Vec<Word<'a>>,
    pub(super) host_key: Option<HostKeyText<'a>>,
}

/// A host key as it is written.
pub(super) enum HostKeyText<'a> {
    /// In base64.
    Encoded(Word<'a>),
    /// As its kind and itself.
    Plain(Word<'a>),
}

impl HostKeyText<'_> {
    fn read(self) -> Result<HostKey, (usize, Fault)> {
        match self {
            Self::Encoded((start, text)) => encoded_host_key(&text).map_err(|fault| (start, fault)),
            Self::Plain((start, text)) => {
                host_key(&text).ok_or_else(|| (start, Fault::PlainHostKey(text.into_owned())))
            }
        }
    }
}

impl Entry<'_> {
    /// Makes a builder of it; a fault comes with the number of its first character. `no_address` is the fault where
    /// there is no address.
    pub(super) fn builder(self, no_address: (usize, Fault)) -> Result<Builder, (usize, Fault)> {
        let Some((start, address)) = self.address else { return Err(no_address) };
        let (of_host, kind) = match uri::address(&address).map_err(|fault| (start, fault))? {
            Address::ThisMachine => (name_of("localhost"), BuilderKind::Local),
            Address::Ssh(mut machine) => {
                if let Some((start, key)) = self.key {
                    machine.key = Some(key.parse().map_err(|fault| (start, Fault::Name(fault)))?);
                }
                if let Some(key) = self.host_key {
                    machine.host_key = Some(key.read()?);
                }
                (name_of(&machine.host), BuilderKind::Ssh(machine))
            }
        };
        Ok(Builder {
            name: BuilderName::new(self.name.unwrap_or(of_host), Describer::Machines),
            kind,
            systems: list(&self.systems)?,
            features: list(&self.features)?,
            mandatory_features: list(&self.mandatory_features)?,
            speed: self.speed.map_or(Ok(1.0), |(start, word)| speed(&word).map_err(|fault| (start, fault)))?,
            jobs: self
                .jobs
                .map(|(start, word)| word.parse().map_err(|_| (start, Fault::Jobs(word.into_owned()))))
                .transpose()?,
            trusted: true,
        })
    }
}

fn list<R: Rule>(words: &[Word]) -> Result<Vec<Name<R>>, (usize, Fault)> {
    words.iter().map(|(start, word)| word.parse().map_err(|fault| (*start, Fault::Name(fault)))).collect()
}

/// The speed is a number from 0 on, and 0 means 1.
fn speed(word: &str) -> Result<f64, Fault> {
    match word.parse::<f64>() {
        Ok(0.0) => Ok(1.0),
        Ok(speed) if speed.is_finite() && speed > 0.0 => Ok(speed),
        _ => Err(Fault::Speed(word.to_owned())),
    }
}

/// Reads a host key that is written in base64.
pub(super) fn encoded_host_key(encoded: &str) -> Result<HostKey, Fault> {
    let fault = || Fault::HostKey(encoded.to_owned());
    let bytes = data_encoding::BASE64_NOPAD.decode(encoded.trim_end_matches('=').as_bytes()).map_err(|_| fault())?;
    host_key(&String::from_utf8(bytes).map_err(|_| fault())?).ok_or_else(fault)
}

/// The text of a host key: its kind and itself, without the comment. More than one line is none.
fn host_key(text: &str) -> Option<HostKey> {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let (Some(line), None) = (lines.next(), lines.next()) else { return None };
    line.parse().ok()
}

/// The longest name that is made of a host. It leaves room for a number behind it.
const LONGEST_NAME: usize = 30;

/// A builder's name of its host: letters, digits, `-` and `_`.
pub(super) fn name_of(host: &str) -> BuilderWord {
    let kept = |c: char| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' };
    let name: String = host.trim_matches(|c| kept(c) == '-').chars().map(kept).take(LONGEST_NAME).collect();
    name.parse().unwrap_or_else(|_| BuilderWord::fixed("builder"))
}
