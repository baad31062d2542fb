//! The forms that a warning may have in the log: GHC's options for what it prints.

use super::super::case::Case;
use super::super::nix::ghc_is_at_least;
use super::super::tree::Tree;
use super::{ALONE, CABAL, WORDS, with_options};

/// A library with these options and warnings of two modules, and the same for its program.
fn told(options: &str) -> Tree {
    let mut tree = with_options(&format!("-Wall {options}"));
    let program = format!("  main-is:          Main.hs\n  ghc-options:      -Wall {options}\n");
    tree.replace(CABAL, "  main-is:          Main.hs\n", &program);
    tree.replace(ALONE, "where\n", "where\n\nimport Data.List (sort)\n");
    tree.replace(WORDS, "where\n", "where\n\nimport Data.Char (ord)\n");
    tree.replace(
        "app/Main.hs",
        "import Small.Alone (alone)",
        "import Data.Ord (comparing)\nimport Small.Alone (alone)",
    );
    tree
}

/// Warnings of modules that are skipped, of one that is compiled, and of one where they were mended.
#[track_caller]
fn are_known(options: &str) {
    Case::of(told(options))
        .edit(|tree| {
            tree.replace(WORDS, "\nimport Data.Char (ord)\n", "");
            tree.append("src/Small/Sizes.hs", "\nuntyped = 1 :: Int\n");
        })
        .warns("src/Small/Alone.hs");
    Case::of(told(options))
        .edit(|tree| tree.append("src/Small/Sizes.hs", "-- A comment.\n"))
        .compiles(&["Small.Sizes"])
        .warns("app/Main.hs");
}

/// The module that warned is not touched, and nothing else has to be compiled.
#[track_caller]
fn become_errors(options: &str) {
    let quiet = |tree: &mut Tree| {
        tree.replace(WORDS, "\nimport Data.Char (ord)\n", "");
        tree.replace("app/Main.hs", "import Data.Ord (comparing)\n", "");
    };
    let last = |tree: &mut Tree| {
        tree.replace(CABAL, "src\n  ghc-options:      -Wall", "src\n  ghc-options:      -Wall -Werror");
    };
    Case::of(told(options)).with(quiet).edit(last).fails("src/Small/Alone.hs");
    Case::of(told(options))
        .with(quiet)
        .edit(last)
        .edit(|tree| tree.replace(ALONE, "\nimport Data.List (sort)\n", "\nimport Data.List (sort)\n-- A comment.\n"))
        .fails("src/Small/Alone.hs");
}

const COLOURS: &str = "-fdiagnostics-color=always";

#[test]
fn coloured_warnings_are_known() {
    are_known(COLOURS);
}

#[test]
fn coloured_warnings_become_errors() {
    become_errors(COLOURS);
}

/// Escape sequences of another sort, which GHC 9.8 and later print around the code of a warning.
#[test]
fn warnings_with_links_are_known() {
    if ghc_is_at_least(9, 8) {
        are_known("-fdiagnostics-color=always -fprint-error-index-links=always");
        become_errors("-fprint-error-index-links=always");
    }
}

#[test]
fn warnings_are_known_where_the_package_hides_its_paths() {
    are_known("-fhide-source-paths");
    become_errors("-fhide-source-paths");
}

/// Options from outside of the package do not win either.
#[test]
fn warnings_are_known_where_an_option_from_outside_hides_the_paths() {
    Case::of(told(""))
        .option("ghc_options", vec!["-fhide-source-paths"])
        .option("configure_flags", vec!["--ghc-option=-fhide-source-paths"])
        .edit(|tree| tree.append("src/Small/Sizes.hs", "-- A comment.\n"))
        .compiles(&["Small.Sizes"])
        .warns("src/Small/Words.hs");
}

#[test]
fn warnings_in_json_are_known() {
    if ghc_is_at_least(9, 10) {
        are_known("-fdiagnostics-as-json");
        become_errors("-fdiagnostics-as-json");
    }
}

#[test]
fn warnings_are_known_where_ghc_does_not_say_what_it_compiles() {
    Case::of(told("-v0"))
        .edit(|tree| {
            tree.replace(WORDS, "\nimport Data.Char (ord)\n", "");
            tree.append("src/Small/Sizes.hs", "\nuntyped = 1 :: Int\n");
        })
        .warns("src/Small/Alone.hs");
    become_errors("-v0");
}

#[test]
fn coloured_warnings_are_known_where_ghc_does_not_say_what_it_compiles() {
    Case::of(told("-v0 -fdiagnostics-color=always"))
        .edit(|tree| tree.append("src/Small/Sizes.hs", "-- A comment.\n"))
        .warns("app/Main.hs");
}

#[test]
fn warnings_are_known_where_ghc_says_much() {
    Case::of(told("-v2")).edit(|tree| tree.append("src/Small/Sizes.hs", "-- A comment.\n")).warns("src/Small/Alone.hs");
}

#[test]
fn warnings_without_quoted_source_and_without_their_names_are_known() {
    are_known("-fno-diagnostics-show-caret -fno-show-warning-groups");
}

#[test]
fn warnings_with_both_ends_of_their_places_are_known() {
    are_known("-ferror-spans -fprint-unicode-syntax");
}

/// What a splice says may have empty lines in it, and begin at the margin.
#[test]
fn warnings_of_a_splice_that_have_empty_lines() {
    for options in ["-Wall", "-Wall -fdiagnostics-color=always"] {
        Case::of(with_options(options))
            .with(|tree| {
                tree.replace(CABAL, "  build-depends:    base\n", "  build-depends:    base, template-haskell\n");
                tree.prepend(ALONE, "{-# LANGUAGE TemplateHaskell #-}\n");
                tree.replace(
                    ALONE,
                    "where\n",
                    "where\n\nimport Language.Haskell.TH\n\n$(reportWarning \"first\\n\\nthird\\n  fourth\" >> pure [])\n",
                );
            })
            .edit(|tree| tree.append(WORDS, "-- A comment.\n"))
            .compiles(&["Small.Words"])
            .warns("warning");
    }
}

#[test]
fn a_deprecation_of_several_lines() {
    Case::of(with_options("-O1"))
        .with(|tree| tree.append(WORDS, "{-# DEPRECATED greeting [\"first\", \"\", \"third\"] #-}\n"))
        .edit(|tree| tree.append(ALONE, "-- A comment.\n"))
        .compiles(&["Small.Alone"])
        .warns("src/Small/Shapes.hs");
}
