//! The descriptions of two builds, which `hinc verify` compares.

use std::path::{Path, PathBuf};

use hinc::compare::{Description, Installed, compare, split};

use super::is_told_harmlessly;

pub(super) fn hold(bytes: &[u8]) {
    let folder = std::env::temp_dir();
    // One file for each process and thread, written anew each time.
    let name =
        |part: &str| folder.join(format!("hinc-fuzz-{}-{:?}-{part}", std::process::id(), std::thread::current().id()));
    let (one, other) = (name("one"), name("other"));
    let mut parts = bytes.splitn(2, |byte| *byte == 0);
    for path in [&one, &other] {
        std::fs::write(path, parts.next().unwrap_or_default()).expect("a file");
    }
    // A whole one is like itself; against another, whatever is wrong is told.
    if let Ok(outcome) = compared(&one, &one) {
        assert!(
            outcome
                .found
                .iter()
                .all(|found| found.difference.subject == hinc::model::verification::Subject::Repetition)
        );
    }
    for (one, other) in [(&one, &one), (&one, &other), (&other, &one)] {
        if let Err(error) = compared(one, other) {
            is_told_harmlessly(&error);
        }
    }
    // Of what two clean builds have alike, nothing is excused.
    if let Ok(outcome) = compared(&one, &other) {
        let (ours, clean) = (Description::at(&one), Description::at(&other));
        let (_, excused) = split(outcome.found, &ours, &clean, &clean).expect("they were read before");
        assert_eq!(excused, []);
    }
    for path in [one, other] {
        std::fs::remove_file(path).expect("a file");
    }
}

fn compared(one: &Path, other: &Path) -> Result<hinc::compare::Outcome, hinc::compare::Error> {
    let nowhere = Installed { incremental: PathBuf::from("/nonexistent/a"), clean: PathBuf::from("/nonexistent/b") };
    compare(&Description::at(one), &Description::at(other), &nowhere)
}
