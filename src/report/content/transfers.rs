//! What went to builders and came back, in words.

use crate::model::record::{Direction, Record};
use crate::report::sentence::{Sentence, name, said, sentence};
use crate::report::words::{counted, size};

/// A sentence for each builder that was sent something or gave something: what stayed there is the point.
pub(super) fn transfers(record: &Record) -> Vec<Sentence> {
    // A builder that was lost and came back has transfers before and after those of another.
    let mut builders: Vec<&str> = Vec::new();
    for transfer in &record.transfers {
        if !builders.contains(&transfer.builder.as_str()) {
            builders.push(&transfer.builder);
        }
    }
    builders.into_iter().map(|builder| of_builder(record, builder)).collect()
}

fn of_builder(record: &Record, builder: &str) -> Sentence {
    let told = |direction, word: &str| {
        let transfers = || {
            record.transfers.iter().filter(|transfer| transfer.builder == builder && transfer.direction == direction)
        };
        // A foreign record may have any number.
        let bytes = transfers().map(|transfer| transfer.bytes).fold(0, u64::saturating_add);
        let paths: u64 = transfers().map(|transfer| u64::from(transfer.paths)).sum();
        let size = if bytes > 0 { format!(" ({})", size(bytes)) } else { String::new() };
        (paths > 0).then(|| format!("{word} {}{size}", counted(paths, "path")))
    };
    let parts: Vec<String> =
        [told(Direction::ToBuilder, "sent"), told(Direction::FromBuilder, "fetched")].into_iter().flatten().collect();
    sentence![name(builder), said(format!(": {}", parts.join(", ")))]
}
