//! Holds the source against the layer table of `src/lib.rs`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

/// No file is longer than this: one that needs a table of contents is split by meaning.
const LONGEST_FILE: usize = 600;

/// The rooms of `src` with their layers. A room uses those of lower layers. Beside that, those of
/// layer 0 use one another (an error of a process has an exit code), and `log` makes the events of `model`.
fn layers() -> BTreeMap<&'static str, u8> {
    let table = [
        (0, &["error", "exit", "clock", "files", "foreign", "process"][..]),
        (1, &["model", "log"]),
        (2, &["history", "source", "plan", "predict", "nix", "builder", "record", "compare", "report", "forge"]),
        (3, &["pipeline"]),
        (4, &["cli"]),
    ];
    table.iter().flat_map(|(layer, rooms)| rooms.iter().map(move |room| (*room, *layer))).collect()
}

fn source_files() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    WalkDir::new(root)
        .into_iter()
        .map(|entry| entry.expect("src is readable").into_path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect()
}

/// The room that a file lies in: `src/log/ghc.rs` and `src/log.rs` are both in `log`.
fn room_of(path: &Path) -> Option<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let below = path.strip_prefix(root).expect("a file of src");
    let first = below.components().next()?.as_os_str().to_str()?.trim_end_matches(".rs").to_owned();
    (first != "lib" && first != "main").then_some(first)
}

/// Every room that a file names by `crate::room`, with its line number.
fn rooms_used(text: &str) -> Vec<(usize, String)> {
    let mut used = Vec::new();
    for (number, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("//") {
            continue;
        }
        for (start, _) in line.match_indices("crate::") {
            let rest = &line[start + "crate::".len()..];
            let names: Vec<&str> = match rest.strip_prefix('{') {
                Some(group) => group.split(',').collect(),
                None => vec![rest],
            };
            for name in names {
                let room: String = name.trim().chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
                used.push((number + 1, room));
            }
        }
    }
    used
}

#[test]
fn no_room_uses_one_that_it_may_not() {
    let layers = layers();
    let mut faults = Vec::new();
    let mut seen = 0;
    for path in source_files() {
        let Some(room) = room_of(&path) else { continue };
        let Some(&layer) = layers.get(room.as_str()) else {
            faults.push(format!("{} is in no room of the table", path.display()));
            continue;
        };
        let text = fs_err::read_to_string(&path).expect("a source file");
        for (line, used) in rooms_used(&text) {
            seen += 1;
            let below = |&other: &u8| other < layer || other == 0;
            let events = room == "log" && used == "model";
            let allowed = used == room || events || layers.get(used.as_str()).is_some_and(below);
            if !allowed {
                faults.push(format!("{}:{line}: `{room}` (layer {layer}) may not use `{used}`", path.display()));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(seen > 10, "only {seen} uses were found: the test no longer sees them");
}

#[test]
fn sites_know_nothing_of_planning() {
    let below = |folder: &str| -> Vec<String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/pipeline").join(folder);
        let files = source_files().into_iter().filter(|path| path.starts_with(&folder));
        files.map(|path| fs_err::read_to_string(path).expect("a source file")).collect()
    };
    let (sites, planning) = (below("site"), below("planning"));
    assert!(sites.len() > 3 && planning.len() > 3, "the folders have other names");
    assert!(planning.iter().any(|text| text.contains("pipeline::site")), "this is how one names the other");
    for text in &sites {
        assert!(!text.contains("planning") && !text.contains("Prepared"), "{text}");
    }
}

#[test]
fn the_check_sees_every_form_of_use() {
    let text = "use crate::model::store;\nuse crate::{log::ghc, plan};\n// crate::report\nlet x = crate::nix::Nix;";
    let rooms: Vec<String> = rooms_used(text).into_iter().map(|(_, room)| room).collect();
    assert_eq!(rooms, ["model", "log", "plan", "nix"]);
}

/// Where something is renamed that is no file of hinc's own making: a disk that `qemu-img` made, a
/// folder of many files, a NAR whose name is known when it is written.
const RENAMES: [&str; 4] = ["files.rs", "builder/guest/disk.rs", "nix/library.rs", "source/cache_folder.rs"];

/// Where folders are made that are not hinc's own (a folder that the user names), or that lie in a
/// folder that is for its owner alone.
const MAKES_FOLDERS: [&str; 4] = ["builder/guest/profile.rs", "cli/man.rs", "nix/library.rs", "source/cache_folder.rs"];

#[test]
fn only_one_room_replaces_files_and_makes_folders() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut seen = 0;
    for path in source_files() {
        let text = fs_err::read_to_string(&path).expect("a source file");
        // What tests do beside the code is theirs.
        let text = text.split("#[cfg(test)]").next().unwrap_or_default();
        let name = path.strip_prefix(&root).expect("a file of src").to_str().expect("text");
        if name.ends_with("/tests.rs") {
            continue;
        }
        for (words, places) in
            [(&["fs_err::rename(", ".persist("][..], &RENAMES[..]), (&["create_dir_all("], &MAKES_FOLDERS)]
        {
            let uses = words.iter().any(|word| text.contains(word));
            assert!(!uses || places.contains(&name), "{name} has one of {words:?}: take `files`");
            seen += usize::from(uses);
        }
    }
    assert_eq!(seen, RENAMES.len() + MAKES_FOLDERS.len(), "a place no longer does it: take it from the list");
}

#[test]
fn no_file_is_too_long() {
    for path in source_files() {
        let lines = fs_err::read_to_string(&path).expect("a source file").lines().count();
        assert!(lines <= LONGEST_FILE, "{} has {lines} lines: split it by meaning", path.display());
    }
}
