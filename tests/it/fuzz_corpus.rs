//! What `make fuzz` looks for, over the files that are kept of it.

use std::path::Path;

#[path = "../../fuzz/properties/mod.rs"]
mod properties;

type Property = fn(&[u8]);

const READERS: [(&str, Property); 8] = [
    ("builder", properties::builder::hold),
    ("cabal", properties::cabal::hold),
    ("description", properties::description::hold),
    ("log", properties::log::hold),
    ("machines", properties::machines::hold),
    ("nix", properties::nix::hold),
    ("record", properties::record::hold),
    ("settings", properties::settings::hold),
];

#[test]
fn what_holds_for_any_bytes_holds_for_those_that_are_kept() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    let kept = fs_err::read_dir(&folder).expect("the corpus").count();
    assert_eq!(kept, READERS.len(), "each folder of fuzz/corpus is one reader's");
    for (reader, holds) in READERS {
        let mut seeds = 0;
        for entry in fs_err::read_dir(folder.join(reader)).expect("a folder") {
            let bytes = fs_err::read(entry.expect("an entry").path()).expect("a file");
            holds(&bytes);
            // A line end more, and a half, are read too.
            holds(&[&bytes[..], b"\n"].concat());
            holds(&bytes[..bytes.len() / 2]);
            seeds += 1;
        }
        assert!(seeds > 1, "{reader} has {seeds} seeds");
    }
}

#[test]
fn each_reader_has_a_target() {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    let manifest = fs_err::read_to_string(fuzz.join("Cargo.toml")).expect("a file");
    for (reader, _) in READERS {
        let target = fs_err::read_to_string(fuzz.join(format!("fuzz_targets/{reader}.rs"))).expect("a target");
        assert!(target.contains(&format!("properties::{reader}::hold(bytes)")), "{target}");
        assert!(manifest.contains(&format!("name = \"{reader}\"")), "{reader} is no target");
    }
}
