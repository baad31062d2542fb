//! Holds the documents against the program.

use std::path::{Path, PathBuf};

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs")
}

#[test]
fn the_command_line_reference_is_the_help_of_the_program() {
    let file = docs().join("cli.md");
    let reference = hinc::cli::reference();
    // `make docs` sets this, so that the reference is never edited by hand.
    if std::env::var_os("HINC_UPDATE_DOCS").is_some() {
        fs_err::write(&file, &reference).expect("docs can be written");
    }
    let written = fs_err::read_to_string(&file).expect("docs/cli.md");
    pretty_assertions::assert_eq!(written, reference, "docs/cli.md is not up to date: run `make docs`");
}

/// The targets of all links `[text](target)` of a Markdown text.
fn links(text: &str) -> Vec<&str> {
    text.match_indices("](")
        .filter_map(|(start, _)| text[start + 2..].split_once(')').map(|(target, _)| target))
        .collect()
}

#[test]
fn no_link_between_documents_is_broken() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = vec![top.join("README.md")];
    for entry in fs_err::read_dir(docs()).expect("docs") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|extension| extension == "md") {
            files.push(path);
        }
    }
    let mut checked = 0;
    for file in files {
        let text = fs_err::read_to_string(&file).expect("a document");
        for link in links(&text) {
            let target = link.split('#').next().unwrap_or_default();
            if target.is_empty() || target.contains("://") {
                continue;
            }
            checked += 1;
            let folder = file.parent().expect("a folder");
            assert!(folder.join(target).exists(), "{}: broken link {link}", file.display());
        }
    }
    assert!(checked > 5, "only {checked} links were found: the test no longer sees them");
}
