//! The machines of Nix's setting `builders`, and of the file `/etc/nix/machines` that it names by default.
//!
//! A line has up to eight columns with white space between them: the store's address, the systems, the ssh key, the
//! number of jobs, the speed, the features, the features that a derivation must want, and the host key in base64.
//! `-` stands for the default. A newline or `;` ends an entry, `#` begins a comment, and `@FILE` takes the entries of
//! a file; one that is missing has none. All this is as in Nix (`libstore/machines.cc`), more than eight columns too:
//! the rest is not looked at. What hinc makes of it:
//!
//! - `ssh://` is used as `ssh-ng://`, the protocol that can build without copying results back.
//! - No systems and no number of jobs mean that the machine is asked, where Nix assumes its own system and one job.
//! - The bare `localhost` is this machine: for Nix, too, it means no ssh at all. `user@localhost` is reached by ssh.
//! - What these machines built is taken without a signature: whoever wrote the file may say so.
//!
//! A wrong line does not stand in the way of the others. Each is told with its file, line and column.

mod error;
mod render;
mod uri;

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

pub use error::{Error, Fault, Origin, Place};
pub use render::line;

use crate::model::builder::{Builder, BuilderKind};
use crate::model::builder_name::{BuilderName, Describer};
use crate::model::name::{BuilderWord, HostKey, Name, Rule};
use uri::Address;

/// The file that Nix reads by default.
pub const FILE: &str = "/etc/nix/machines";

/// What was read.
#[derive(Debug, Default)]
pub struct Machines {
    /// The builders, in the order of the text, each with a name of its own made of its host.
    pub builders: Vec<Builder>,
    /// What is wrong, and lines that are right but name what hinc cannot build on.
    pub problems: Vec<Error>,
}

/// Reads the value of Nix's setting `builders`, and the files that it names.
pub fn read(setting: &str) -> Machines {
    parse(setting, &Origin::Setting, &from_disk)
}

/// Reads a machines file, and the files that it names. One that is missing has no machines.
pub fn read_file(path: &Path) -> Machines {
    let mut reading = Reading { files: Vec::new(), read: &from_disk, machines: Machines::default() };
    reading.file(path, None);
    reading.machines
}

/// Reads a text. `origin` says in errors where it stands; `files` gives the text of a file, or none where there is
/// no such file.
pub fn parse(text: &str, origin: &Origin, files: &dyn Fn(&Path) -> io::Result<Option<String>>) -> Machines {
    let mut reading = Reading { files: Vec::new(), read: files, machines: Machines::default() };
    reading.text(text, origin);
    reading.machines
}

fn from_disk(path: &Path) -> io::Result<Option<String>> {
    match fs_err::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

struct Reading<'a> {
    /// The files that are being read, the outermost first.
    files: Vec<PathBuf>,
    read: &'a dyn Fn(&Path) -> io::Result<Option<String>>,
    machines: Machines,
}

impl Reading<'_> {
    fn text(&mut self, text: &str, origin: &Origin) {
        for (number, line) in text.lines().enumerate() {
            let line = line.split_once('#').map_or(line, |(before, _)| before);
            let mut start = 0;
            for entry in line.split(';') {
                let place =
                    |column: usize| Place { origin: origin.clone(), line: number + 1, column: start + column + 1 };
                self.entry(entry, &place);
                start += entry.chars().count() + 1;
            }
        }
    }

    /// Reads one entry; `place` turns the number of a character in it into its place.
    fn entry(&mut self, entry: &str, place: &dyn Fn(usize) -> Place) {
        let words = words(entry);
        let Some((column, first)) = words.first() else { return };
        if first.starts_with('@') {
            // The rest of the entry is the path, white space within it too.
            let path = entry.trim();
            self.file(Path::new(path.strip_prefix('@').unwrap_or(path).trim_start()), Some(place(*column)));
            return;
        }
        match builder(&words) {
            Ok(mut builder) => {
                builder.name = self.free_name(builder.name.word());
                self.machines.builders.push(builder);
            }
            Err((column, fault)) => self.machines.problems.push(Error::Line { place: place(column), fault }),
        }
    }

    fn file(&mut self, path: &Path, place: Option<Place>) {
        if let (true, Some(place)) = (self.files.iter().any(|file| file == path), place.clone()) {
            self.machines.problems.push(Error::Circle { place, path: path.to_owned() });
            return;
        }
        match (self.read)(path) {
            Ok(Some(text)) => {
                self.files.push(path.to_owned());
                self.text(&text, &Origin::File(path.to_owned()));
                self.files.pop();
            }
            Ok(None) => {}
            Err(source) => self.machines.problems.push(Error::Read { place, path: path.to_owned(), source }),
        }
    }

    /// A machine may be listed more than once, with other systems for instance.
    fn free_name(&self, wanted: &BuilderWord) -> BuilderName {
        let taken: BTreeSet<&str> = self.machines.builders.iter().map(|builder| builder.name.word().as_str()).collect();
        let numbered = (2..).filter_map(|number: u32| format!("{wanted}-{number}").parse().ok());
        let free = std::iter::once(wanted.clone()).chain(numbered).find(|name| !taken.contains(name.as_str()));
        BuilderName::new(free.unwrap_or_else(|| wanted.clone()), Describer::Machines)
    }
}

/// The words of an entry, each with the number of its first character.
fn words(entry: &str) -> Vec<(usize, &str)> {
    let mut words = Vec::new();
    let mut begun: Option<(usize, usize)> = None;
    for (index, (byte, character)) in entry.char_indices().enumerate() {
        match (character.is_ascii_whitespace(), begun) {
            (false, None) => begun = Some((index, byte)),
            (true, Some((column, from))) => {
                words.push((column, &entry[from..byte]));
                begun = None;
            }
            _ => {}
        }
    }
    words.extend(begun.map(|(column, from)| (column, &entry[from..])));
    words
}

/// Makes a builder of the columns; a fault comes with the number of its first character.
fn builder(words: &[(usize, &str)]) -> Result<Builder, (usize, Fault)> {
    let column = |index: usize| words.get(index).copied().filter(|(_, word)| *word != "-");
    let Some((start, address)) = column(0) else {
        return Err((words.first().map_or(0, |(start, _)| *start), Fault::NoAddress));
    };
    let (name, kind) = match uri::address(address).map_err(|fault| (start, fault))? {
        Address::ThisMachine => (name_of("localhost"), BuilderKind::Local),
        Address::Ssh(mut machine) => {
            if let Some((start, key)) = column(2) {
                machine.key = Some(key.parse().map_err(|fault| (start, Fault::Name(fault)))?);
            }
            if let Some((start, key)) = column(7) {
                machine.host_key = Some(host_key(key).map_err(|fault| (start, fault))?);
            }
            (name_of(&machine.host), BuilderKind::Ssh(machine))
        }
    };
    Ok(Builder {
        name: BuilderName::new(name, Describer::Machines),
        kind,
        systems: list(column(1))?,
        features: list(column(5))?,
        mandatory_features: list(column(6))?,
        speed: column(4).map_or(Ok(1.0), |(start, word)| speed(word).map_err(|fault| (start, fault)))?,
        jobs: column(3)
            .map(|(start, word)| word.parse().map_err(|_| (start, Fault::Jobs(word.to_owned()))))
            .transpose()?,
        trusted: true,
    })
}

/// A column with commas between names.
fn list<R: Rule>(column: Option<(usize, &str)>) -> Result<Vec<Name<R>>, (usize, Fault)> {
    let Some((start, column)) = column else { return Ok(Vec::new()) };
    let names = column.split(',').filter(|name| !name.is_empty());
    names.map(|name| name.parse().map_err(|fault| (start, Fault::Name(fault)))).collect()
}

/// The speed is a number from 0 on, and 0 means 1.
fn speed(word: &str) -> Result<f64, Fault> {
    match word.parse::<f64>() {
        Ok(0.0) => Ok(1.0),
        Ok(speed) if speed.is_finite() && speed > 0.0 => Ok(speed),
        _ => Err(Fault::Speed(word.to_owned())),
    }
}

/// The text of a host key that is written in base64: its kind and itself, without the comment.
fn host_key(encoded: &str) -> Result<HostKey, Fault> {
    let fault = || Fault::HostKey(encoded.to_owned());
    let bytes = data_encoding::BASE64_NOPAD.decode(encoded.trim_end_matches('=').as_bytes()).map_err(|_| fault())?;
    let text = String::from_utf8(bytes).map_err(|_| fault())?;
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let (Some(line), None) = (lines.next(), lines.next()) else { return Err(fault()) };
    line.parse().map_err(|_| fault())
}

/// The longest name that is made of a host. It leaves room for a number behind it.
const LONGEST_NAME: usize = 30;

/// A builder's name of its host: letters, digits, `-` and `_`.
fn name_of(host: &str) -> BuilderWord {
    let kept = |c: char| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' };
    let name: String = host.trim_matches(|c| kept(c) == '-').chars().map(kept).take(LONGEST_NAME).collect();
    name.parse().unwrap_or_else(|_| BuilderWord::fixed("builder"))
}

#[cfg(test)]
mod tests;
