//! What went to builders and came back, in words.

use super::page::Page;
use super::words::{counted, size};
use crate::model::record::{Direction, Record};

/// Adds a line for each builder that was sent something or gave something: what stayed there is the point.
pub(super) fn lines(page: &mut Page, record: &Record) {
    let mut builders: Vec<&str> = record.transfers.iter().map(|transfer| transfer.builder.as_str()).collect();
    builders.dedup();
    for builder in builders {
        let told = |direction, word: &str| {
            let transfers = || {
                record
                    .transfers
                    .iter()
                    .filter(|transfer| transfer.builder == builder && transfer.direction == direction)
            };
            let bytes: u64 = transfers().map(|transfer| transfer.bytes).sum();
            let paths: u64 = transfers().map(|transfer| u64::from(transfer.paths)).sum();
            (paths > 0).then(|| format!("{word} {} ({})", counted(paths, "path"), size(bytes)))
        };
        let parts: Vec<String> = [told(Direction::ToBuilder, "sent"), told(Direction::FromBuilder, "fetched")]
            .into_iter()
            .flatten()
            .collect();
        page.sentence(2, &format!("{builder}: {}", parts.join(", ")));
    }
}
