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

/// The code spans of the first column of the table below a heading.
fn symptoms<'a>(text: &'a str, heading: &str) -> Vec<&'a str> {
    let (_, below) = text.split_once(heading).expect("the heading");
    let below = below.split("\n## ").next().unwrap_or_default();
    let rows = below.lines().filter(|line| line.starts_with("| `"));
    rows.filter_map(|row| row.split(" | ").next()?.strip_prefix("| ")?.strip_prefix("``")?.strip_suffix("``"))
        .map(str::trim)
        .collect()
}

// What stands for a name, a number or a place in a message is left out: the words around it are the program's own.
#[test]
fn what_builder_md_says_of_errors_are_their_words() {
    const VARIABLE: [&str; 9] =
        ["...", " N ", "`vm`", "31322", "/etc/nix/machines:3:15:", "x86_64-linux", "aarch64-linux", " kvm", "`"];
    let mut sources = String::new();
    for entry in walkdir::WalkDir::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")) {
        let path = entry.expect("src is readable").into_path();
        if path.extension().is_some_and(|extension| extension == "rs") {
            sources.push_str(&fs_err::read_to_string(&path).expect("a source file"));
        }
    }
    // A long message goes on in the next line.
    let sources: Vec<&str> = sources.split("\\\n").map(str::trim_start).collect();
    let sources = sources.concat();
    let page = fs_err::read_to_string(docs().join("builder.md")).expect("docs/builder.md");
    let mut checked = 0;
    for symptom in symptoms(&page, "## When it does not work") {
        let mut parts = vec![symptom];
        for variable in VARIABLE {
            parts = parts.into_iter().flat_map(|part| part.split(variable)).collect();
        }
        for part in parts.into_iter().map(str::trim).filter(|part| part.len() > 2) {
            checked += 1;
            assert!(sources.contains(part), "`{symptom}`: no message has `{part}`");
        }
    }
    assert!(checked > 20, "only {checked} words were looked for: the test no longer sees them");
}

/// The words in backticks of the last column of each table row.
fn tests_named(text: &str) -> Vec<&str> {
    let rows = text.lines().filter(|line| line.starts_with('|'));
    let last = rows.filter_map(|row| row.trim_end().trim_end_matches('|').rsplit('|').next());
    last.flat_map(|cell| cell.split('`').skip(1).step_by(2)).collect()
}

#[test]
fn each_line_about_security_has_a_test() {
    let page = fs_err::read_to_string(docs().join("security.md")).expect("docs/security.md");
    let rows = page.lines().filter(|line| line.starts_with('|') && !line.starts_with("| ---"));
    for row in rows.filter(|row| !row.ends_with("| tests |")) {
        assert!(!tests_named(row).is_empty(), "no test in: {row}");
    }
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut code = String::new();
    for folder in ["src", "tests"] {
        for entry in walkdir::WalkDir::new(top.join(folder)) {
            let path = entry.expect("a readable folder").into_path();
            if path.extension().is_some_and(|extension| extension == "rs") {
                code.push_str(&fs_err::read_to_string(&path).expect("a source file"));
            }
        }
    }
    let is_test = |name: &str| {
        let Some(start) = code.find(&format!("fn {name}(")) else { return false };
        // Nothing but further attributes and comments stand between.
        let mut before = code[..start].lines().rev().take_while(|line| !line.trim_end().ends_with('}'));
        before.any(|line| line.contains("#[test]") || line.contains("#[tokio::test"))
    };
    let named = tests_named(&page);
    assert!(named.len() > 20, "the tables are not read");
    let missing: Vec<&&str> = named.iter().filter(|name| !is_test(name)).collect();
    assert!(missing.is_empty(), "docs/security.md names tests that are not there: {missing:?}");
}
