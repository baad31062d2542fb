//! hinc's reading of package descriptions beside Cabal's own.
//!
//! `HINC_CABAL_FILES` names a folder of `.cabal` files, at any depth; without it those of this repository are read.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use hinc::model::cabal::dependencies::{Dependencies, Uses};
use hinc::model::cabal::{self, layout};

/// All `.cabal` files below a folder, but those that are built here.
fn files(folder: &Path) -> Vec<PathBuf> {
    let is_ours = |entry: &walkdir::DirEntry| !(entry.depth() == 1 && entry.file_name() == "target");
    let entries = walkdir::WalkDir::new(folder).sort_by_file_name().into_iter().filter_entry(is_ours);
    let files =
        entries.map(|entry| entry.expect("a folder that can be read")).filter(|entry| entry.file_type().is_file());
    let is_description = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "cabal");
    files.map(walkdir::DirEntry::into_path).filter(is_description).collect()
}

/// What Cabal says of each file, as `Reading.hs` writes it.
fn read_by_cabal(files: &[PathBuf]) -> Vec<Vec<String>> {
    let place = tempfile::tempdir().expect("a folder");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cabal/Reading.hs");
    let program = place.path().join("reading");
    let made = Command::new("ghc")
        .args(["-v0", "-O0", "-package", "Cabal", "-package", "Cabal-syntax", "-outputdir"])
        .arg(place.path())
        .arg("-o")
        .arg(&program)
        .arg(source)
        .status();
    assert!(made.expect("ghc runs").success());
    let mut running = Command::new(program).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it runs");
    let mut input = running.stdin.take().expect("a pipe");
    let names: Vec<String> =
        files.iter().map(|file| format!("{}\n", file.to_str().expect("a name in UTF-8"))).collect();
    let writer = std::thread::spawn(move || input.write_all(names.concat().as_bytes()).expect("it reads"));
    let output = running.wait_with_output().expect("it ends");
    writer.join().expect("no panic");
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    text.lines().map(|line| line.split('\t').map(str::to_owned).collect()).collect()
}

fn texts(names: &BTreeSet<String>, own: &str) -> String {
    names.iter().filter(|name| *name != own).cloned().collect::<Vec<_>>().join(" ")
}

/// What hinc says of one, in the same order; an error's text where it cannot be read.
fn read_by_hinc(file: &Path) -> Result<Vec<String>, String> {
    let bytes = fs_err::read(file).expect("a file");
    let text = String::from_utf8_lossy(&bytes);
    let elements = layout::parse(&text).map_err(|fault| format!("line {}: {}", fault.line, fault.kind))?;
    let field = |name: &str| cabal::field(&elements, name).map(layout::Field::text).unwrap_or_default();
    let own = field("name");
    let Dependencies { plain, tests, benchmarks, setup } = Dependencies::of(&elements);
    let kind = |uses: &Uses| [&uses.certain, &uses.possible, &uses.tools].map(|names| texts(names, &own));
    let kinds = [kind(&plain), kind(&tests), kind(&benchmarks)].concat();
    Ok([vec![own.clone(), field("version"), field("build-type")], kinds, vec![texts(&setup, &own)]].concat())
}

#[test]
fn descriptions_are_read_as_cabal_reads_them() {
    let folder = std::env::var_os("HINC_CABAL_FILES").map(PathBuf::from);
    let folder = folder.unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    let files = files(&folder);
    assert!(files.len() > 5, "there are {} descriptions in {}", files.len(), folder.display());
    let by_cabal = read_by_cabal(&files);
    assert_eq!(by_cabal.len(), files.len());
    let (mut equal, mut refused, mut different) = (0, 0, Vec::new());
    for (file, said) in files.iter().zip(&by_cabal) {
        match (read_by_hinc(file), said.get(1..).unwrap_or_default()) {
            // What Cabal refuses no build gets past.
            (_, []) => refused += 1,
            (Ok(found), said) if found == said => equal += 1,
            (found, said) => different.push(format!("{}\n  Cabal: {said:?}\n  hinc:  {found:?}", file.display())),
        }
    }
    println!("{equal} descriptions are read alike, {refused} are none to Cabal");
    assert!(different.is_empty(), "{} differ:\n{}", different.len(), different.join("\n"));
    assert!(equal > 5);
}
