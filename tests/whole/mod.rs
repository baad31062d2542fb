//! A test program is made of all files of its folder: what all of them check.

use std::path::Path;

/// Asserts that each file and folder of tests is named by a `mod` line of the file above it.
pub(crate) fn assert_no_file_is_forgotten(main: &str, folder: &str) {
    check(main, &Path::new(env!("CARGO_MANIFEST_DIR")).join(folder));
}

fn check(text: &str, folder: &Path) {
    for entry in fs_err::read_dir(folder).expect("a folder of tests") {
        let path = entry.expect("an entry").path();
        let below = path.join("mod.rs");
        let name = path.file_stem().expect("a name").to_string_lossy();
        let is_file = path.extension().is_some_and(|suffix| suffix == "rs") && name != "main" && name != "mod";
        if is_file || below.exists() {
            assert!(text.lines().any(|line| line == format!("mod {name};")), "{} is in no `mod` line", path.display());
        }
        if below.exists() {
            check(&fs_err::read_to_string(&below).expect("a file of tests"), &path);
        }
    }
}
