//! What `make fuzz` looks for, over the files that are kept of it.

use std::path::Path;

use crate::repositories::Random;

#[path = "../../fuzz/properties/mod.rs"]
mod properties;

use properties::{READERS, hold};

#[test]
fn what_holds_for_any_bytes_holds_for_those_that_are_kept() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    let kept = fs_err::read_dir(&folder).expect("the corpus").count();
    assert_eq!(kept, READERS.len(), "each folder of fuzz/corpus is one reader's");
    for (reader, _) in READERS {
        let mut seeds = 0;
        for entry in fs_err::read_dir(folder.join(reader)).expect("a folder") {
            let bytes = fs_err::read(entry.expect("an entry").path()).expect("a file");
            hold(reader, &bytes);
            // A line end more, and a half, are read too.
            hold(reader, &[&bytes[..], b"\n"].concat());
            hold(reader, &bytes[..bytes.len() / 2]);
            seeds += 1;
        }
        assert!(seeds > 1, "{reader} has {seeds} seeds");
    }
}

/// What readers stumble over: ends of lines and of sequences, large numbers, what begins or ends something.
const PIECES: [&[u8]; 24] = [
    b"\x1b[2J",
    b"\x1b[31m",
    b"\x1b]0;x\x07",
    b"\\u001b[1m",
    b"\r",
    b"\n",
    b"\0",
    "\u{9b}31m".as_bytes(),
    "\u{202e}\u{2028}".as_bytes(),
    b"\xff\xfe",
    b"\nhint: x",
    b"\\nerror: x",
    b"::error::x",
    b"##[error]x",
    b"18446744073709551615",
    b"-9223372036854775808",
    b"1e308",
    b"0.1",
    b"\"",
    b"\\",
    b"{",
    b"]",
    b" ",
    b"../../x",
];

/// Changes a text somewhere, in one of some ways.
fn change(bytes: &mut Vec<u8>, other: &[u8], random: &mut Random) {
    let at = random.below(bytes.len() + 1);
    let end = (at + random.below(24)).min(bytes.len());
    match random.below(6) {
        0 => drop(bytes.splice(at..end, [])),
        1 => drop(bytes.splice(at..at, PIECES[random.below(PIECES.len())].iter().copied())),
        2 => drop(bytes.splice(at..end, PIECES[random.below(PIECES.len())].iter().copied())),
        3 => {
            let again = bytes[at..end].to_vec();
            drop(bytes.splice(at..at, again));
        }
        4 => {
            let from = random.below(other.len() + 1);
            let to = (from + random.below(80)).min(other.len());
            drop(bytes.splice(at..end, other[from..to].iter().copied()));
        }
        _ => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << random.below(8);
            }
        }
    }
}

// A short walk without a look at which code ran; `make fuzz` looks, and walks for ten minutes.
#[test]
fn what_holds_for_any_bytes_holds_for_seeds_that_were_changed() {
    let rounds = std::env::var("HINC_FUZZ_ROUNDS").map_or(150, |rounds| rounds.parse().expect("a number"));
    let only = std::env::var("HINC_FUZZ_READER").ok();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    for (reader, _) in READERS.into_iter().filter(|(name, _)| only.as_deref().is_none_or(|only| only == *name)) {
        let mut files: Vec<_> = fs_err::read_dir(folder.join(reader))
            .expect("a folder")
            .map(|entry| entry.expect("an entry").path())
            .collect();
        files.sort();
        let seeds: Vec<Vec<u8>> = files.into_iter().map(|file| fs_err::read(file).expect("a file")).collect();
        for seed in 0..rounds {
            let mut random = Random(seed);
            let mut bytes = seeds[random.below(seeds.len())].clone();
            for _ in 0..=random.below(6) {
                change(&mut bytes, &seeds[random.below(seeds.len())], &mut random);
            }
            let held = std::panic::catch_unwind(|| hold(reader, &bytes));
            assert!(held.is_ok(), "{reader}, round {seed}: {}", bytes.escape_ascii());
        }
    }
}

#[test]
fn each_reader_has_a_target() {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    let manifest = fs_err::read_to_string(fuzz.join("Cargo.toml")).expect("a file");
    for (reader, _) in READERS {
        let target = fs_err::read_to_string(fuzz.join(format!("fuzz_targets/{reader}.rs"))).expect("a target");
        assert!(target.contains(&format!("properties::hold(\"{reader}\", bytes)")), "{target}");
        assert!(manifest.contains(&format!("name = \"{reader}\"")), "{reader} is no target");
    }
}
