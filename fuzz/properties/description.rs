//! The descriptions of two builds, which `hinc verify` compares.

use hinc::compare::{Facts, Installed, compare};

pub(crate) fn hold(bytes: &[u8]) {
    let Ok(facts) = Facts::read(bytes) else { return };
    let nowhere = Installed { incremental: "/nonexistent/a".into(), clean: "/nonexistent/b".into() };
    // A build without a description of itself is no equal one by that.
    assert_eq!(Facts::read(bytes), Ok(facts.clone()));
    // One half against the other: whatever is compared, the text of it is told in both directions.
    let middle = bytes.iter().take(bytes.len() / 2).rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let (Ok(one), Ok(other)) = (Facts::read(&bytes[..middle]), Facts::read(&bytes[middle..])) else { return };
    drop(compare(&one, &other, &nowhere));
    drop(compare(&other, &one, &nowhere));
    drop(compare(&facts, &facts, &nowhere));
}
