//! A test program is made of all files of its folder: what all of them check.

/// Asserts that each file and folder of tests is named by a `mod` line of the program's `main.rs`.
pub(crate) fn assert_no_file_is_forgotten(main: &str, folder: &str) {
    let folder = format!("{}/{folder}", env!("CARGO_MANIFEST_DIR"));
    for entry in fs_err::read_dir(folder).expect("the folder of the program") {
        let path = entry.expect("an entry").path();
        let is_module = path.extension().is_some_and(|suffix| suffix == "rs") || path.join("mod.rs").exists();
        let name = path.file_stem().expect("a name").to_string_lossy();
        if is_module && name != "main" {
            assert!(main.lines().any(|line| line == format!("mod {name};")), "{name} is not part of main.rs");
        }
    }
}
