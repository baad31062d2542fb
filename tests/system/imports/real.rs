//! Sources that people wrote. `HINC_SOURCES=FOLDER:FOLDER` names folders with more of them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use hinc::model::haskell::header::{Header, scan, scan_included};
use walkdir::WalkDir;

use super::imports;
use super::oracle::{Oracle, Request};
use super::random::Random;

/// Names that the lines of the C preprocessor in a text ask for.
fn switches(text: &str) -> BTreeSet<String> {
    let lines = text.lines().filter(|line| line.trim_start_matches(['>', ' ', '\t']).starts_with('#'));
    let words = lines.flat_map(|line| line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_'));
    let named = words.filter(|word| word.starts_with(|c: char| c.is_ascii_uppercase() || c == '_') && word.len() > 1);
    named.map(str::to_owned).collect()
}

/// One of the ways to build a source.
fn any_flags(random: &mut Random, switches: &BTreeSet<String>) -> Vec<String> {
    let mut flags = Vec::new();
    for switch in switches {
        let on = random.below(2);
        if switch.starts_with("MIN_VERSION_") {
            flags.push(format!("-optP-D{switch}(a,b,c)={on}"));
        } else if switch.starts_with("__GLASGOW_HASKELL") {
            flags.extend((on == 1).then(|| format!("-optP-U{switch}")));
        } else if on == 1 {
            flags.push(format!("-optP-D{switch}=1"));
        }
    }
    flags
}

/// What a source and all that it includes say, as one.
fn found(file: &Path, folders: &[PathBuf]) -> Header {
    let mut header = scan(file.to_str().expect("text"), &fs_err::read(file).expect("a file"));
    let mut wanted: Vec<_> = header.includes.iter().cloned().collect();
    let mut known = BTreeSet::new();
    while let Some(include) = wanted.pop() {
        if !include.at_imports || !known.insert(include.path.clone()) {
            continue;
        }
        for file in folders.iter().map(|folder| folder.join(&include.path)).filter(|file| file.is_file()) {
            let more = scan_included(&fs_err::read(file).expect("a file"));
            header.imports.extend(more.imports);
            header.doubts.extend(more.doubts);
            header.macros.extend(more.macros);
            wanted.extend(more.includes);
        }
    }
    header
}

/// The folders that the C preprocessor looks into: those above a source, and their `include`.
fn searched(file: &Path, root: &Path) -> Vec<PathBuf> {
    let above = file.ancestors().skip(1).take_while(|folder| folder.starts_with(root));
    above.flat_map(|folder| [folder.to_owned(), folder.join("include")]).collect()
}

/// A source, and the ways to build it that are tried.
struct Source {
    file: PathBuf,
    folders: Vec<PathBuf>,
    switches: BTreeSet<String>,
    ways: usize,
}

#[test]
fn ghc_imports_of_real_sources_nothing_that_is_not_found_in_them() {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut roots = vec![own.join("nix"), own.join("fixtures"), own.join("tests"), "/usr/share/doc/happy".into()];
    let named = std::env::var("HINC_SOURCES").unwrap_or_default();
    roots.extend(named.split(':').filter(|root| !root.is_empty()).map(PathBuf::from));
    let (mut sources, mut requests) = (Vec::new(), Vec::new());
    let mut random = Random::of(1);
    for root in roots.iter().filter(|root| root.is_dir()) {
        let files = WalkDir::new(root).sort_by_file_name().into_iter().filter_map(Result::ok);
        for file in files.map(walkdir::DirEntry::into_path).filter(|file| is_source(file)) {
            let text = String::from_utf8_lossy(&fs_err::read(&file).expect("a file")).into_owned();
            let switches = switches(&text);
            let ways = if switches.is_empty() { 1 } else { 6 };
            let folders = searched(&file, root);
            for _ in 0..ways {
                let mut flags = any_flags(&mut random, &switches);
                flags.extend(folders.iter().map(|folder| format!("-I{}", folder.display())));
                flags.extend(["PatternSynonyms", "MagicHash", "ExplicitNamespaces"].map(|on| format!("-X{on}")));
                // The package may turn it on.
                if text.lines().any(|line| line.starts_with("#if")) {
                    flags.push("-XCPP".to_owned());
                }
                requests.push(Request { file: file.clone(), flags });
            }
            sources.push(Source { file, folders, switches, ways });
        }
    }
    let mut said = Oracle::made().ask(&requests).into_iter();
    let (mut read, mut of_ghc, mut too_many, mut uncertain) = (0, 0, 0, 0);
    let mut faults = Vec::new();
    for source in &sources {
        let said: Vec<_> = said.by_ref().take(source.ways).collect();
        let header = found(&source.file, &source.folders);
        let is_certain = header.is_certain() && !header.names_one_of(&header.macros);
        let found = imports(&header);
        let imported: BTreeSet<String> =
            said.iter().flatten().flat_map(|(_, imports)| imports.iter().cloned()).collect();
        let missed: Vec<_> = imported.difference(&found).collect();
        if said.iter().any(Result::is_ok) {
            read += 1;
            of_ghc += imported.len();
            too_many += found.difference(&imported).count();
            uncertain += usize::from(!is_certain);
        } else if let Some(Err(why)) = said.first() {
            println!("GHC refuses {}: {why}", source.file.display());
        }
        if !is_certain {
            println!("uncertain: {}: {:?}", source.file.display(), header.doubts);
        }
        // A flag can stand for a module's name, too.
        if !missed.is_empty() && is_certain && !header.names_one_of(&source.switches) {
            faults.push(format!("{}: {missed:?}", source.file.display()));
        }
    }
    println!("{read} of {} sources, {of_ghc} imports, {too_many} too many, {uncertain} uncertain", sources.len());
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(read > 40, "GHC reads {read} sources");
    assert!(uncertain * 20 < read, "{uncertain} of {read} are not certain");
}

fn is_source(file: &Path) -> bool {
    let ending = file.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    ["hs", "lhs", "hs-boot", "lhs-boot", "hsig"].contains(&ending) && file.is_file()
}
