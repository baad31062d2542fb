//! How fast sources are scanned for imports: `cargo bench --bench imports [-- FILES]`.
//!
//! Prints the milliseconds for 3,000 sources of ordinary size (9 KB, 24 imports), in memory; every fifth has lines of
//! the C preprocessor, and every tenth is literate. Then the same for all of what is foretold from the sources of a base
//! (`predict`), where one module is edited.

use std::hint::black_box;
use std::time::{Duration, Instant};

use std::collections::BTreeMap;

use gix::bstr::{BStr, BString};
use hinc::model::haskell::header::scan;
use hinc::predict::{Base, Configuration, Entry, Question, Side, Tree, predict};

/// How often each measurement is made; the quickest counts, as anything else adds time.
const TIMES: usize = 5;

fn main() {
    // Cargo passes `--bench` on.
    let files = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(3000);
    let sources: Vec<(String, String)> = (0..files).map(source).collect();
    report("scanning", &sources, || sources.iter().map(|(name, text)| scan(name, text.as_bytes()).imports.len()).sum());
    let files = package(&sources);
    let tree = |edited: &str| -> Tree {
        let entry =
            |path: &BString| Entry::File { content: if path == edited { "2" } else { "1" }.into(), executable: false };
        files.keys().map(|path| (path.clone(), entry(path))).collect()
    };
    let (before, now) = (tree(""), tree("src/Some/Module7.hs"));
    let read = |_: Side, path: &BStr| files.get(path).map(|text| text.clone().into_bytes());
    let configuration = Configuration { all: true, ..Configuration::default() };
    report("foretelling", &sources, || {
        let found = predict(&Question {
            before: &before,
            now: &now,
            base: Base::Sources(&configuration),
            description: "p.cabal".into(),
            read: &read,
        });
        assert_eq!((&found.everything, found.certain.len()), (&None, 1), "one is edited");
        sources.len() * 24
    });
}

/// The same sources as a package.
fn package(sources: &[(String, String)]) -> BTreeMap<BString, String> {
    let named = |name: &str| format!("Some.{}", name.split('.').next().unwrap_or_default());
    let names: Vec<String> = sources.iter().map(|(name, _)| named(name)).collect();
    let description = format!(
        "name: p\nversion: 1\nbuild-type: Simple\nlibrary\n  hs-source-dirs: src\n  exposed-modules: {}\n",
        names.join(" ")
    );
    let files = sources.iter().map(|(name, text)| (format!("src/Some/{name}"), text.clone()));
    files.chain([("p.cabal".to_owned(), description)]).map(|(path, text)| (path.into(), text)).collect()
}

fn report(what: &str, sources: &[(String, String)], mut run: impl FnMut() -> usize) {
    let mut best = f64::INFINITY;
    for _ in 0..TIMES {
        let (passed, on_processor) = (Instant::now(), on_processor());
        assert_eq!(black_box(run()), sources.len() * 24, "each import is found");
        let took = on_processor.zip(self::on_processor()).map(|(from, to)| to.saturating_sub(from));
        best = best.min(took.unwrap_or_else(|| passed.elapsed()).as_secs_f64());
    }
    let bytes: usize = sources.iter().map(|(_, text)| text.len()).sum();
    #[expect(clippy::print_stdout, reason = "the result of a benchmark")]
    {
        println!("{what:<16} {:6.1} ms  ({} files, {} KB)", best * 1e3, sources.len(), bytes / 1000);
    }
}

/// How long this program had a processor, where the system tells (Linux): other programs then matter less. There is one
/// thread only.
fn on_processor() -> Option<Duration> {
    let told = fs_err::read_to_string("/proc/self/schedstat").ok()?;
    Some(Duration::from_nanos(told.split(' ').next()?.parse().ok()?))
}

/// A source with 24 imports and some pages of declarations.
fn source(number: usize) -> (String, String) {
    let mut text = String::from("{-# LANGUAGE OverloadedStrings #-}\n");
    let preprocessed = number.is_multiple_of(5);
    if preprocessed {
        text += "{-# LANGUAGE CPP #-}\n";
    }
    text += &HEADER.replace('@', &number.to_string());
    for import in 0..24 {
        if preprocessed && import % 8 == 0 {
            text += "#if MIN_VERSION_base(4,18,0)\n";
        }
        text += &IMPORT.replace('@', &import.to_string());
        if preprocessed && import % 8 == 4 {
            text += "#endif\n";
        }
    }
    for declaration in 0..40 {
        text += &DECLARATION.replace('@', &declaration.to_string());
    }
    if number % 10 == 1 {
        let code = text.replace('\n', "\n> ");
        return (format!("Module{number}.lhs"), format!("Some text.\n\n> {code}\n"));
    }
    (format!("Module{number}.hs"), text)
}

const HEADER: &str = "-- | Documentation of this module, in a few words.
module Some.Module@
  ( thing
  , (-->)
  ) where

";

const IMPORT: &str = "import qualified Some.Other.Module@ as M@ (one, two, Three (..))\n";

const DECLARATION: &str = "
-- | What it does, {- and why -}.
thing@ :: Int -> String -> Either String Int
thing@ n text = case lookup n [(1, \"a {- b\")] of
  Just found -> Left (found <> text)
  Nothing -> Right 'x'
";
