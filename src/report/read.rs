//! Records that were written before.

use serde::Deserialize;

use crate::error::{Diagnose, Hint};
use crate::exit::Exit;
use crate::model::record::{RECORD_SCHEMA_VERSION, Record};

/// Why a record cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It is not a record at all.
    #[error("not a record of a build")]
    NotARecord(#[source] serde_json::Error),
    /// Another version of hinc wrote it, in a form that this one does not know.
    #[error("a record of schema version {found}, but this version of hinc knows version {RECORD_SCHEMA_VERSION}")]
    OtherVersion {
        /// The version that the record states.
        found: u64,
    },
    /// It says that it is of a known version and is not.
    #[error("a record of schema version {RECORD_SCHEMA_VERSION} that is damaged{}", at(path))]
    Damaged {
        /// Where; `.` for the whole.
        path: String,
        /// What is wrong there.
        source: serde_json::Error,
    },
    /// It holds something that JSON cannot.
    #[error("cannot write the record as JSON")]
    Write(#[source] serde_json::Error),
    /// It holds something that XML cannot.
    #[error("cannot write the record as XML")]
    WriteXml(#[source] quick_junit::SerializeError),
}

/// Names a place in a record; the whole needs no name.
fn at(path: &str) -> String {
    if path == "." { String::new() } else { format!(" at `{path}`") }
}

impl Diagnose for Error {
    fn exit(&self) -> Exit {
        match self {
            Self::NotARecord(_) | Self::OtherVersion { .. } | Self::Damaged { .. } => Exit::Usage,
            Self::Write(_) | Self::WriteXml(_) => Exit::Internal,
        }
    }

    fn hints(&self) -> Vec<Hint> {
        match self {
            Self::OtherVersion { .. } => vec![Hint::new("read it with the version of hinc that wrote it")],
            Self::NotARecord(_) => vec![Hint::new("`hinc build --json` writes one")],
            Self::Damaged { .. } | Self::Write(_) | Self::WriteXml(_) => Vec::new(),
        }
    }
}

#[derive(Deserialize)]
struct Stated {
    schema_version: u64,
}

/// Reads a record of this schema version, with fields that only a newer hinc knows or without.
pub fn read(json: &[u8]) -> Result<Record, Error> {
    let stated: Stated = serde_json::from_slice(json).map_err(Error::NotARecord)?;
    if stated.schema_version != u64::from(RECORD_SCHEMA_VERSION) {
        return Err(Error::OtherVersion { found: stated.schema_version });
    }
    let mut reader = serde_json::Deserializer::from_slice(json);
    serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        Error::Damaged { path, source: error.into_inner() }
    })
}
