//! What went to builders and came back, in words.

use super::page::Page;
use super::words::{counted, size};
use crate::model::record::{Direction, Record};

/// Adds a line for each builder that was sent something or gave something: what stayed there is the point.
pub(super) fn lines(page: &mut Page, record: &Record) {
    // A builder that was lost and came back has transfers before and after those of another.
    let mut builders: Vec<&str> = Vec::new();
    for transfer in &record.transfers {
        if !builders.contains(&transfer.builder.as_str()) {
            builders.push(&transfer.builder);
        }
    }
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
            let size = if bytes > 0 { format!(" ({})", size(bytes)) } else { String::new() };
            (paths > 0).then(|| format!("{word} {}{size}", counted(paths, "path")))
        };
        let parts: Vec<String> = [told(Direction::ToBuilder, "sent"), told(Direction::FromBuilder, "fetched")]
            .into_iter()
            .flatten()
            .collect();
        page.sentence(2, &format!("{builder}: {}", parts.join(", ")));
    }
}
