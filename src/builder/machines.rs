//! The machines of Nix's setting `builders`, and of the file `/etc/nix/machines` that it names by default.
//!
//! A line has up to eight columns with white space between them: the store's address, the systems, the ssh key, the
//! number of jobs, the speed, the features, the features that a derivation must want, and the host key in base64.
//! `-` stands for the default. A newline or `;` ends an entry, `#` begins a comment, and `@FILE` takes the entries of
//! a file; one that is missing has none. All this is as in Nix (`libstore/machines.cc`), more than eight columns too:
//! the rest is not looked at. A text can be TOML as well (`tables`), as with Lix. What hinc makes of it:
//!
//! - `ssh://` is used as `ssh-ng://`, the protocol that can build without copying results back.
//! - No systems and no number of jobs mean that the machine is asked, where Nix assumes its own system and one job.
//! - The bare `localhost` is this machine: for Nix, too, it means no ssh at all. `user@localhost` is reached by ssh.
//! - What these machines built is taken without a signature: whoever wrote the file may say so.
//!
//! A wrong line or table does not stand in the way of the others. Each is told with its file, line and column. Of a text
//! that is no whole TOML nothing can be read.

mod columns;
mod entry;
mod error;
mod render;
mod tables;
mod uri;

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

pub use error::{Error, Fault, Origin, Place};
pub use render::line;

use crate::model::builder::Builder;
use crate::model::builder_name::{BuilderName, Describer};
use crate::model::name::BuilderWord;
use columns::words;

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
        if let Some(read) = tables::read(text) {
            for read in read {
                self.take(read.map_err(|(at, fault)| Error::Table { place: place_of(text, at, origin), fault }));
            }
            return;
        }
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
        self.take(columns::builder(&words).map_err(|(column, fault)| Error::Line { place: place(column), fault }));
    }

    fn take(&mut self, read: Result<Builder, Error>) {
        match read {
            Ok(mut builder) => {
                builder.name = self.free_name(builder.name.word());
                self.machines.builders.push(builder);
            }
            Err(error) => self.machines.problems.push(error),
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

/// The place of a byte of a text.
fn place_of(text: &str, at: usize, origin: &Origin) -> Place {
    let before = text.get(..at).unwrap_or(text);
    let line_begins = before.rfind('\n').map_or(0, |end| end + 1);
    Place {
        origin: origin.clone(),
        line: before.matches('\n').count() + 1,
        column: before[line_begins..].chars().count() + 1,
    }
}

#[cfg(test)]
mod tests;
