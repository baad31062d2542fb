//! Remembers that full builds failed, so that the next build of the day does not try them again.
//!
//! One file for each derivation under `failed-bases/` of the state folder. A failure of the machine is never there. An
//! entry is dropped after [`DAYS`] days, and is of no use before: a base is one for a day or a week.

use std::path::{Path, PathBuf};

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::files::{self, Readers};
use crate::model::base_failure::Left;
use crate::model::store::StorePath;

/// The version of an entry's form.
const VERSION: u32 = 1;

/// How long a failure is remembered.
const DAYS: i64 = 14;

/// How many are kept, however young they are.
const KEPT: usize = 500;

/// How far the clock may have been ahead when an entry was written.
const AHEAD: TimeDelta = TimeDelta::hours(1);

/// The longest text of an error that is kept, in characters.
const LONGEST: usize = 400;

/// What is remembered of one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Remembered {
    schema_version: u32,
    drv: StorePath,
    failed: DateTime<Utc>,
    /// What is left of the base.
    pub(super) left: Left,
    /// The step it failed in.
    pub(super) phase: Option<String>,
    /// The first line of what it failed with.
    pub(super) error: Option<String>,
}

/// The folder of them.
#[derive(Debug, Clone)]
pub(super) struct FailedBases {
    folder: Option<PathBuf>,
}

impl FailedBases {
    /// Names the folder below hinc's state folder. Without one, nothing is remembered.
    pub(super) fn below(state: Option<&Path>) -> Self {
        Self { folder: state.map(|state| state.join("failed-bases")) }
    }

    /// Returns what is known of a full build; none where it is not known to fail. An entry that is too old, or of
    /// another form, is as good as none.
    pub(super) fn recall(&self, drv: &StorePath, now: DateTime<Utc>) -> Option<Remembered> {
        let found: Remembered = serde_json::from_slice(&fs_err::read(self.file(drv)?).ok()?).ok()?;
        let age = now.signed_duration_since(found.failed);
        let is_young = age > -AHEAD && age < TimeDelta::days(DAYS);
        let is_sound = found.schema_version == VERSION && found.drv == *drv && found.left != Left::Unknown;
        (is_young && is_sound).then_some(found)
    }

    /// Keeps a failure, unless it is one of the machine. Where that cannot be done, the next build is slower and no more.
    pub(super) fn remember(
        &self,
        drv: &StorePath,
        now: DateTime<Utc>,
        left: Left,
        phase: Option<&str>,
        error: Option<&str>,
    ) {
        let (Some(folder), Some(file)) = (&self.folder, self.file(drv)) else { return };
        if left == Left::Unknown {
            return;
        }
        let entry = Remembered {
            schema_version: VERSION,
            drv: drv.clone(),
            failed: now,
            left,
            phase: phase.map(str::to_owned),
            error: error.map(|text| text.chars().take(LONGEST).collect()),
        };
        let write = || -> std::io::Result<()> {
            files::private_folder(folder)?;
            files::replace(&file, &serde_json::to_vec(&entry)?, Readers::Owner)
        };
        if let Err(error) = write() {
            tracing::debug!(%error, "that a base fails is not remembered");
        }
        drop_old(folder, &file, now);
    }

    fn file(&self, drv: &StorePath) -> Option<PathBuf> {
        let name = drv.as_path().file_name()?.to_str()?;
        Some(self.folder.as_ref()?.join(format!("{name}.json")))
    }
}

/// Removes entries other than one that are too old by the times of their files, and the oldest of too many. Another hinc
/// may do the same at the same time.
fn drop_old(folder: &Path, but: &Path, now: DateTime<Utc>) {
    let Ok(entries) = fs_err::read_dir(folder) else { return };
    let mut found: Vec<(DateTime<Utc>, PathBuf)> = entries
        .flatten()
        .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?.into(), entry.path())))
        .filter(|(_, path)| path != but && path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    found.sort();
    let surplus = (found.len() + 1).saturating_sub(KEPT);
    for (index, (modified, path)) in found.into_iter().enumerate() {
        if index < surplus || now.signed_duration_since(modified) > TimeDelta::days(DAYS) {
            fs_err::remove_file(path).ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;

    fn drv(name: &str) -> StorePath {
        StorePath::from_parts(&"0".repeat(32), &format!("{name}.drv")).expect("a path")
    }

    fn scene() -> (tempfile::TempDir, FailedBases) {
        let state = tempfile::tempdir().expect("a folder");
        let bases = FailedBases::below(Some(state.path()));
        (state, bases)
    }

    #[test]
    fn a_failure_is_remembered_for_a_while() {
        let (_state, bases) = scene();
        let now = Clock::System.now();
        assert_eq!(bases.recall(&drv("a"), now), None);
        bases.remember(&drv("a"), now, Left::Modules, Some("build"), Some("A.hs:1:1: error:"));
        let known = bases.recall(&drv("a"), now).expect("an entry");
        let told = (known.left, known.phase.as_deref(), known.error.as_deref());
        assert_eq!(told, (Left::Modules, Some("build"), Some("A.hs:1:1: error:")));
        assert_eq!(bases.recall(&drv("b"), now), None);
        assert!(bases.recall(&drv("a"), now + TimeDelta::days(DAYS) - TimeDelta::hours(1)).is_some());
        assert_eq!(bases.recall(&drv("a"), now + TimeDelta::days(DAYS)), None);
        assert_eq!(bases.recall(&drv("a"), now - TimeDelta::hours(2)), None, "it was written in the future");
        // What is known later counts.
        bases.remember(&drv("a"), now, Left::Nothing, Some("build"), None);
        assert_eq!(bases.recall(&drv("a"), now).map(|known| known.left), Some(Left::Nothing));
    }

    #[test]
    fn a_failure_of_the_machine_is_not_remembered() {
        let (state, bases) = scene();
        bases.remember(&drv("a"), Clock::System.now(), Left::Unknown, Some("build"), None);
        assert_eq!(bases.recall(&drv("a"), Clock::System.now()), None);
        assert!(!state.path().join("failed-bases").exists());
    }

    #[test]
    fn what_is_no_entry_of_this_derivation_is_none() {
        let (state, bases) = scene();
        let now = Clock::System.now();
        bases.remember(&drv("a"), now, Left::Modules, None, None);
        let file = |name: &str| {
            let name = drv(name).as_path().file_name().expect("a name").to_str().expect("text").to_owned();
            state.path().join("failed-bases").join(format!("{name}.json"))
        };
        fs_err::copy(file("a"), file("b")).expect("a copy");
        assert_eq!(bases.recall(&drv("b"), now), None, "it is that of another one");
        let good = fs_err::read_to_string(file("a")).expect("text");
        for bad in [
            "",
            "{}",
            "[1]",
            &good.replace("\"modules\"", "\"all\""),
            &good.replace("\"modules\"", "\"unknown\""),
            &good.replace("\"schema_version\":1", "\"schema_version\":2"),
            &good.replace('{', "{\"more\":1,"),
            &good[..good.len() - 1],
        ] {
            assert_ne!(bad, good, "it is another text");
            fs_err::write(file("a"), bad).expect("a file");
            assert_eq!(bases.recall(&drv("a"), now), None, "{bad}");
        }
        assert!(FailedBases::below(None).recall(&drv("a"), now).is_none());
    }

    #[test]
    fn old_entries_are_dropped() {
        let (state, bases) = scene();
        bases.remember(&drv("old"), Clock::System.now(), Left::Modules, None, None);
        let later = Clock::System.now() + TimeDelta::days(DAYS + 1);
        bases.remember(&drv("new"), later, Left::Modules, None, None);
        let left = fs_err::read_dir(state.path().join("failed-bases")).expect("a folder").flatten();
        let names: Vec<_> = left.map(|entry| entry.file_name().into_string().expect("text")).collect();
        assert_eq!(names, [format!("{}-new.drv.json", "0".repeat(32))]);
    }
}
