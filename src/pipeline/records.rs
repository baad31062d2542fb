//! Where the records of past builds are kept.
//!
//! One file a record under `records/` of the state folder, the newest [`KEPT`] of them. The name
//! begins with the time, so the names sort by age, and goes on with the project, so that the
//! latest record of a project is found without reading any.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::Error;
use crate::error::in_one_line;
use crate::files::{self, Readers};
use crate::model::project::ProjectKey;
use crate::model::record::Record;
use crate::report;

/// How many records are kept.
pub const KEPT: usize = 100;

/// Records of past builds.
#[derive(Debug, Default)]
pub struct Past {
    /// Those that can be read, the oldest first.
    pub records: Vec<Record>,
    /// How many cannot, by why that is so.
    unreadable: BTreeMap<String, usize>,
}

impl Past {
    /// Says how many were left out, and why; none where all could be read.
    pub fn left_out(&self) -> Option<String> {
        let count: usize = self.unreadable.values().sum();
        let first = self.unreadable.iter().max_by_key(|(_, count)| **count).map(|(why, _)| why)?;
        let records = if count == 1 { "1 record is".to_owned() } else { format!("{count} records are") };
        let others = if self.unreadable.len() > 1 { ", and for other reasons" } else { "" };
        Some(format!("{records} left out: {first}{others}"))
    }
}

/// The folder of the records.
#[derive(Debug, Clone)]
pub struct Records {
    folder: PathBuf,
}

impl Records {
    /// Names the folder below hinc's state folder. It is made when the first record is written.
    pub fn below(state: &Path) -> Self {
        Self { folder: state.join("records") }
    }

    /// Writes a record whole or not at all, drops the oldest beyond [`KEPT`], and returns its file.
    pub fn write(&self, project: &Path, record: &Record) -> Result<PathBuf, Error> {
        let keep = |source| Error::KeepRecord { folder: self.folder.clone(), source };
        files::private_folder(&self.folder).map_err(keep)?;
        let file = self.folder.join(name(project, record));
        files::replace(&file, report::json(record)?.as_bytes(), Readers::Owner).map_err(keep)?;
        let names = self.names().map_err(keep)?;
        for old in names.iter().take(names.len().saturating_sub(KEPT)) {
            // Another hinc may have dropped it already.
            fs_err::remove_file(self.folder.join(old)).ok();
        }
        Ok(file)
    }

    /// Returns the newest record of a project but `back` newer ones, or of all projects where none is named; none where
    /// there is none.
    pub fn newest(&self, project: Option<&Path>, back: usize) -> Result<Option<PathBuf>, Error> {
        Ok(self.files(project)?.into_iter().rev().nth(back))
    }

    /// Returns the newest records of a project, or of all projects where none is named, at most `most`, the oldest first.
    /// One that cannot be read, as another version of hinc wrote it, is left out.
    pub fn last(&self, project: Option<&Path>, most: usize) -> Result<Past, Error> {
        Ok(Self::read(&self.files(project)?, most))
    }

    /// Returns those of a project up to a record, itself as the last of them; none where it is not among them.
    pub fn up_to(&self, project: &Path, record: &Record, most: usize) -> Result<Vec<Record>, Error> {
        let mut files = self.files(Some(project))?;
        let name = name(project, record);
        let Some(place) = files.iter().rposition(|file| file.ends_with(&name)) else { return Ok(Vec::new()) };
        files.truncate(place + 1);
        Ok(Self::read(&files, most).records)
    }

    /// The last of some files that can be read, at most so many.
    fn read(files: &[PathBuf], most: usize) -> Past {
        let mut past = Past::default();
        for file in files.iter().rev() {
            if past.records.len() == most {
                break;
            }
            let read = fs_err::read(file).map_err(|error| error.to_string());
            match read.and_then(|bytes| report::read(&bytes).map_err(|error| in_one_line(&error))) {
                Ok(record) => past.records.push(record),
                Err(why) => *past.unreadable.entry(why).or_default() += 1,
            }
        }
        past.records.reverse();
        past
    }

    /// The files of a project's records, or of all, the oldest first.
    fn files(&self, project: Option<&Path>) -> Result<Vec<PathBuf>, Error> {
        let names = match self.names() {
            Ok(names) => names,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(source) => return Err(Error::ReadRecords { folder: self.folder.clone(), source }),
        };
        let key = project.map(|project| format!("-{}-", ProjectKey::of(project)));
        let own = names.into_iter().filter(|name| key.as_ref().is_none_or(|key| name.contains(key)));
        Ok(own.map(|name| self.folder.join(name)).collect())
    }

    /// The names of all records, oldest first.
    fn names(&self) -> std::io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs_err::read_dir(&self.folder)? {
            if let Ok(name) = entry?.file_name().into_string()
                && Path::new(&name).extension().is_some_and(|extension| extension == "json")
            {
                names.push(name);
            }
        }
        names.sort_unstable();
        Ok(names)
    }
}

/// The name of a record's file.
fn name(project: &Path, record: &Record) -> String {
    let time = record.started.format("%Y-%m-%dT%H-%M-%S%.6fZ");
    format!("{time}-{}-{}.json", ProjectKey::of(project), record.head.commit.short())
}

/// Writes a file that the user named, so that nobody ever sees a half. A link is followed; what is no file (a pipe, `/dev/stdout`) is written to and not replaced.
pub fn write_whole(file: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let file = &file.canonicalize().unwrap_or_else(|_| file.to_owned());
    if file.metadata().is_ok_and(|found| !found.is_file() && !found.is_dir()) {
        return fs_err::OpenOptions::new().write(true).open(file)?.write_all(bytes);
    }
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Asked first, for an error that does not name the temporary file.
    rustix::fs::access(folder, rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK)?;
    files::replace(file, bytes, Readers::AsUsual)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::plan::Mode;
    use crate::model::record::RECORD_SCHEMA_VERSION;
    use crate::model::revision::Head;
    use chrono::DateTime;

    fn record(seconds: i64) -> Record {
        let name = "0123456789abcdef0123456789abcdef01234567";
        Record {
            schema_version: RECORD_SCHEMA_VERSION,
            hinc: "0.1.0".to_owned(),
            started: DateTime::from_timestamp(seconds, 0).expect("a time"),
            seconds: 1.0,
            head: Head {
                commit: name.parse().expect("a name"),
                tree: name.parse().expect("a name"),
                dirty: false,
                committer_time: 0,
            },
            base: None,
            mode: Mode::Plain,
            why: "because".to_owned(),
            builds: Vec::new(),
            out_paths: Vec::new(),
            transfers: Vec::new(),
            base_failures: Vec::new(),
            failed_dependencies: Vec::new(),
        }
    }

    #[test]
    fn a_link_stays_a_link_and_a_device_a_device() {
        let folder = tempfile::tempdir().expect("a folder");
        let (file, link, device) =
            (folder.path().join("file"), folder.path().join("link"), folder.path().join("device"));
        std::os::unix::fs::symlink(&file, &link).expect("a link");
        std::os::unix::fs::symlink("/dev/null", &device).expect("a link");
        fs_err::write(&file, "old").expect("a file");
        write_whole(&link, b"new").expect("it is written");
        write_whole(&device, b"new").expect("it is written");
        assert!(link.is_symlink() && device.is_symlink());
        assert_eq!(fs_err::read_to_string(&file).expect("the file"), "new");
        let error = write_whole(&folder.path().join("missing/file"), b"new").expect_err("no folder");
        assert_eq!(error.to_string(), "No such file or directory (os error 2)");
    }

    #[test]
    fn the_newest_hundred_are_kept_and_the_latest_is_found() {
        let state = tempfile::tempdir().expect("a folder");
        let records = Records::below(state.path());
        assert_eq!(records.newest(None, 0).expect("no folder yet"), None);
        let (mine, other) = (Path::new("/mine"), Path::new("/other"));
        let mut written = Vec::new();
        for seconds in 0..105 {
            written.push(records.write(mine, &record(seconds)).expect("it is written"));
        }
        let last_of_other = records.write(other, &record(200)).expect("it is written");
        assert_eq!(records.names().expect("the folder").len(), KEPT);
        assert!(!written[0].exists() && written[104].exists());
        assert_eq!(records.newest(Some(mine), 0).expect("found"), written.last().cloned());
        assert_eq!(records.newest(None, 0).expect("found"), Some(last_of_other.clone()));
        assert_eq!(records.newest(Some(Path::new("/third")), 0).expect("none"), None);

        assert_eq!(records.newest(Some(mine), 1).expect("found"), written.get(103).cloned());
        assert_eq!(records.last(Some(mine), 2).expect("found").records, [record(103), record(104)]);
        assert_eq!(records.last(Some(mine), KEPT).expect("found").records.len(), KEPT - 1);
        assert_eq!(records.last(Some(other), KEPT).expect("found").records, [record(200)]);
        assert_eq!(records.up_to(mine, &record(103), 2).expect("found"), [record(102), record(103)]);
        assert_eq!(records.up_to(other, &record(103), 2).expect("not of that project"), []);
        fs_err::write(last_of_other, "{").expect("it is written");
        let past = records.last(Some(other), KEPT).expect("found");
        assert_eq!(past.records, []);
        assert!(past.left_out().expect("one").starts_with("1 record is left out: not a record of a build: "));
        assert_eq!(records.last(Some(mine), 5).expect("found").left_out(), None);
    }
}
