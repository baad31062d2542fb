//! Sources that are put together of all that makes imports hard to find.

use std::collections::BTreeSet;

use hinc::model::haskell::header::scan;

use super::oracle::{Oracle, Request};
use super::random::Random;
use super::{any, imports};

/// Pieces of a source, each of which can stand anywhere between imports. `@` stands for a module's name.
const PIECES: [&str; 34] = [
    "import @",
    "import @ (x, (-->), (|--), T (..), type (+))",
    "import qualified @ as Q",
    "import @ qualified as Q hiding (x)",
    "import safe @",
    "import {-# SOURCE #-} @ (T)",
    "import{-#source#-}@",
    "import\n  {-# SOURCE #-}\n  qualified\n    @\n  as Q.R",
    "import \"base\" @",
    "import\"base\"@(x)",
    "import{- {- -} -}@-- import No",
    "import--\n  @ {- import No -}",
    "import\t@\n\t(\n\t\tx\n\t)\n",
    "import @ (import_, import', ximport)",
    "import @.Import' as Import'",
    "import @ as Import; import Import.@",
    "import @;;import @.B;",
    "{- import No -}",
    "{-\nimport No {- -}\nimport No\n-}",
    "{-- --}",
    "{-}-}",
    "{----}",
    "-- import No {-",
    "--- \" {-",
    JOINED,
    "{- \" -}",
    "{- ' {- \" -} -- -}",
    "{-# UNKNOWN {- -} import No #-}",
    "{-# UNKNOWN \" #-}",
    "",
    "\n   \t\n",
    "{-| import No\n-}",
    "import @ ()",
    "import @.\u{c4}\u{f6}'_1",
];

/// A comment that goes on in the next line, to the C preprocessor.
const JOINED: &str = "-- | \" ' {- \\";

/// Those that can stand before the module's header, too.
const BEFORE: [&str; 7] = [
    "{-# LANGUAGE GADTs,\n  PackageImports #-}",
    "{-# OPTIONS_GHC -Wall #-}",
    "-- import No {-",
    "{- module No where\nimport No -}",
    "{-| {- -} -}",
    "{-# language DataKinds #-}",
    "",
];

/// The headers of modules, with what ends them.
const HEADERS: [&str; 8] = [
    "",
    "module M where",
    "module M (x, (--|), (|--), module X, type (+), pattern P) where",
    "module M.N_' {- where -} ( -- where\n  x) where",
    "module M {-# DEPRECATED \"{- import No\" #-} where",
    "module M {-# WARNING [\"-} \\\"\", \"-- {-\"] #-} (x) where",
    "module M\n  ( module N\n  , x ) where",
    "module\n  M\n  where",
];

const LANGUAGES: &str =
    "ImportQualifiedPost, PackageImports, ExplicitNamespaces, PatternSynonyms, TypeOperators, UnicodeSyntax";

/// A source with a header and imports; `switches` are the names that its `#if` lines ask for, none where it has none.
fn made_up(random: &mut Random, switches: &[&str]) -> String {
    let mut text = format!("{{-# LANGUAGE {LANGUAGES} #-}}\n");
    if !switches.is_empty() {
        text += "{-# LANGUAGE CPP #-}\n";
    }
    for _ in 0..random.below(3) {
        text += any(random, &BEFORE);
        text.push('\n');
    }
    text += any(random, &HEADERS);
    text.push('\n');
    let mut modules = 0;
    block(random, switches, &mut modules, &mut text);
    text += any(random, &["x = 1\n", "data X\nimport No\n", "(+++) = x -- {-\n", "", "f 'x' \"{-\" = {- -} y\n"]);
    text
}

fn block(random: &mut Random, switches: &[&str], modules: &mut usize, text: &mut String) {
    for _ in 0..=random.below(5) {
        if !switches.is_empty() && random.below(3) == 0 {
            let switch = any(random, switches);
            // What asks for the same within has a branch that nobody can build.
            let others: Vec<&str> = switches.iter().copied().filter(|other| *other != switch).collect();
            let forms = ["#ifdef @\n", "#if !defined(@) /* {- */\n", "# if defined(@) && \\\n  1\n"];
            *text += &any(random, &forms).replace('@', switch);
            block(random, &others, modules, text);
            if random.below(2) == 0 {
                *text += "#else\n";
                block(random, &others, modules, text);
            }
            *text += "#endif\n";
        } else {
            *modules += 1;
            *text += &any(random, &PIECES).replace('@', &format!("A{modules}"));
            text.push('\n');
        }
    }
}

/// As text with code between, in one of the two styles.
fn literate(code: &str, bird: bool) -> String {
    if !bird {
        return format!("import No {{-\n\n\\begin{{code}}\n{code}\\end{{code}}\nimport No\n");
    }
    // There, what goes on from a line of the C preprocessor is text.
    let code = code.replace(" && \\\n  1\n", "\n");
    let line = |line: &str| if line.starts_with('#') { format!("{line}\n") } else { format!("> {line}\n") };
    format!("import No {{-\n\n{}\nimport No\n", code.lines().map(line).collect::<String>())
}

#[test]
fn ghc_imports_of_made_up_sources_what_is_found_in_them() {
    let oracle = Oracle::made();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut sources = Vec::new();
    for seed in 0..400 {
        let mut random = Random::of(seed);
        let switches: &[&str] = if seed % 4 == 0 { &["X", "Y", "Z"] } else { &[] };
        let code = made_up(&mut random, switches);
        let (name, text) = match seed % 5 {
            0 => ("lhs", literate(&code, true)),
            1 => ("lhs", literate(&code, false)),
            2 => ("hs", format!("\u{feff}{}", code.replace('\n', "\r\n"))),
            _ => ("hs", code),
        };
        let file = folder.path().join(format!("S{seed}.{name}"));
        fs_err::write(&file, &text).expect("a file");
        sources.push((file, text, switches));
    }
    let mut requests = Vec::new();
    for (file, _, switches) in &sources {
        for chosen in 0..1_usize << switches.len() {
            let flags = switches.iter().enumerate().filter(|(place, _)| chosen >> place & 1 == 1);
            let flags = flags.map(|(_, switch)| format!("-D{switch}")).collect();
            requests.push(Request { file: file.clone(), flags });
        }
    }
    let said = oracle.ask(&requests);
    let (mut alike, mut refused) = (0, Vec::new());
    for (file, text, _) in &sources {
        let header = scan(file.to_str().expect("text"), text.as_bytes());
        let of_file = requests.iter().zip(&said).filter(|(request, _)| request.file == *file);
        let mut seen = BTreeSet::new();
        let mut all = true;
        for (_, said) in of_file {
            match said {
                Ok((name, imports)) => {
                    assert_eq!(header.module.0, *name, "{text}");
                    seen.extend(imports.iter().cloned());
                }
                Err(why) => {
                    refused.push(format!("{why}\n{text}"));
                    all = false;
                }
            }
        }
        let found = imports(&header);
        let missed: Vec<_> = seen.difference(&found).collect();
        assert!(missed.is_empty(), "{missed:?} of {}:\n{text}", file.display());
        // Whether that line goes on is known only where the C preprocessor is known to be on.
        if all && !text.contains(JOINED) {
            assert_eq!(found, seen, "{}:\n{text}", file.display());
            assert!(header.is_certain(), "{:?} of {}:\n{text}", header.doubts, file.display());
            alike += 1;
        }
    }
    assert!(alike > 320, "GHC reads {alike} of 400, and not {} of {}:\n{}", refused.len(), said.len(), refused[0]);
}
