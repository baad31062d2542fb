//! Pragmas of a module that give, or end, warnings in others, however they come about. GHC has
//! them in no hash that it compares for an import.

use serde_json::json;

use super::case::Case;
use super::packages::small;
use super::tree::Tree;

const CABAL: &str = "small.cabal";
const WORDS: &str = "src/Small/Words.hs";
const SHAPES: &str = "src/Small/Shapes.hs";
const SIZES: &str = "src/Small/Sizes.hs";

/// What a source says is the same before and after; a header decides what comes of it.
fn with_header(words: &str, before: &str) -> Tree {
    let mut tree = small();
    tree.prepend(WORDS, "{-# LANGUAGE CPP #-}\n#include \"old.h\"\n");
    tree.append(WORDS, words);
    tree.write("include/old.h", before);
    tree.replace(CABAL, "  hs-source-dirs:   src\n", "  hs-source-dirs:   src\n  include-dirs:     include\n");
    tree
}

#[test]
fn a_header_switches_a_deprecation_on() {
    Case::of(with_header("#ifdef OLD\n{-# DEPRECATED greeting \"say hello\" #-}\n#endif\n", ""))
        .edit(|tree| tree.write("include/old.h", "#define OLD\n"))
        .leaves_out(json!({ "module": "Small.Shapes", "cause": "deprecation", "about": "greeting" }))
        .warns("say hello");
}

#[test]
fn a_header_names_what_is_deprecated() {
    Case::of(with_header("{-# DEPRECATED OLD \"say hello\" #-}\n", "#define OLD secret\n"))
        .edit(|tree| tree.write("include/old.h", "#define OLD greeting\n"))
        .warns("say hello");
}

#[test]
fn a_header_has_the_words_of_a_deprecation() {
    Case::of(with_header("{-# DEPRECATED greeting OLD #-}\n", "#define OLD \"say hello\"\n"))
        .edit(|tree| tree.write("include/old.h", "#define OLD \"say good day\"\n"))
        .warns("say good day");
}

/// Nobody uses it, so nobody is compiled for it.
#[test]
fn a_deprecation_of_what_nobody_uses() {
    Case::of(small())
        .with(|tree| {
            tree.replace(SHAPES, "describe) where", "describe, nobody) where");
            tree.append(SHAPES, "\nnobody :: Int\nnobody = 1\n{-# DEPRECATED nobody \"say hello\" #-}\n");
        })
        .edit(|tree| tree.replace(SHAPES, "say hello", "say good day"))
        .compiles(&["Small.Shapes"])
        .prints_the_same();
}

/// The name of a user is not in its source: it takes all that a module exports from it.
#[test]
fn a_module_that_is_used_by_way_of_another_is_deprecated() {
    Case::of(with_header("", ""))
        .with(|tree| tree.replace(WORDS, "module Small.Words (", "module Small.Words OLD ("))
        .with(|tree| tree.write("include/old.h", "#define OLD\n"))
        .edit(|tree| tree.write("include/old.h", "#define OLD {-# WARNING \"say hello\" #-}\n"))
        .leaves_out(json!({ "module": "Small.Sizes", "cause": "deprecation", "about": "Small.Words" }))
        .warns("app/Main.hs");
}

/// Of its type, which its user does not name.
#[test]
fn a_type_whose_constructors_are_used_is_deprecated() {
    Case::of(small()).edit(|tree| tree.append(SHAPES, "{-# DEPRECATED Shape \"be round\" #-}\n")).warns("be round");
}

#[test]
fn a_class_whose_methods_are_used_is_deprecated() {
    Case::of(small())
        .with(|tree| {
            tree.append(SIZES, "\nmeasured :: Int\nmeasured = size (Square 3)\n");
            tree.replace(SIZES, "(report,", "(measured, report,");
        })
        .edit(|tree| tree.append(SHAPES, "{-# DEPRECATED Sized \"measure\" #-}\n"))
        .warns("measure");
}

/// A pattern synonym that is exported with a type is one of those that its pragma is about.
#[test]
fn a_type_with_a_pattern_beside_it_is_deprecated() {
    Case::of(small())
        .with(|tree| {
            tree.prepend(SHAPES, "{-# LANGUAGE PatternSynonyms #-}\n");
            tree.replace(SHAPES, "Shape (..),", "Shape (.., Unit),");
            tree.append(SHAPES, "\npattern Unit :: Shape\npattern Unit = Square 1\n");
            tree.prepend(SIZES, "{-# LANGUAGE PatternSynonyms #-}\n");
            tree.replace(SIZES, "import Small.Shapes\n", "import Small.Shapes (Point (..), pattern Unit, describe)\n");
            tree.replace(SIZES, "describe (Square 2), describe (Round 3)", "describe Unit");
            tree.replace(SIZES, "show (Round (secret 4))", "show (secret 4)");
        })
        .edit(|tree| tree.append(SHAPES, "{-# WARNING Shape \"no form\" #-}\n"))
        .warns("no form");
}

#[test]
fn a_field_that_shares_its_name_is_deprecated() {
    Case::of(small())
        .with(|tree| {
            tree.prepend(SHAPES, "{-# LANGUAGE DuplicateRecordFields #-}\n");
            tree.append(SIZES, "\nleftOf :: Point -> Int\nleftOf = left\n");
            tree.replace(SIZES, "(report,", "(leftOf, report,");
        })
        .edit(|tree| tree.append(SHAPES, "{-# WARNING left \"go right\" #-}\n"))
        .warns("go right");
}

/// A `WARNING` is told in other words than a `DEPRECATED` of the same text.
#[test]
fn a_warning_becomes_a_deprecation() {
    Case::of(small())
        .with(|tree| tree.append(WORDS, "{-# WARNING greeting \"say hello\" #-}\n"))
        .edit(|tree| tree.replace(WORDS, "{-# WARNING", "{-# DEPRECATED"))
        .warns("say hello");
}

/// Of one name in an export list, since GHC 9.8: only those who import it from there are told.
#[test]
fn an_export_is_deprecated() {
    Case::of(small())
        .with(|tree| tree.prepend(SIZES, "{-# LANGUAGE CPP #-}\n"))
        .edit(|tree| {
            tree.replace(
                SIZES,
                "(report, origin,",
                "(\n#if __GLASGOW_HASKELL__ >= 908\n  {-# WARNING \"none\" #-}\n#endif\n  report, origin,",
            );
        })
        .prints_the_same();
}

/// Template Haskell makes it; and the user names nothing that it is about.
#[test]
fn a_splice_makes_a_pragma_that_a_match_is_complete() {
    let made = "\npattern Any :: Shape\npattern Any <- (const () -> ())\n\nreturn [PragmaD (CompleteP ['Any] Nothing) | FLAG]\n";
    Case::of(small())
        .with(|tree| {
            tree.prepend(SHAPES, "{-# LANGUAGE PatternSynonyms, ViewPatterns, TemplateHaskell #-}\n");
            tree.replace(SHAPES, "(Shape (..),", "(Shape (..), pattern Any,");
            tree.replace(
                SHAPES,
                "import Small.Words (greeting)\n",
                "import Small.Words (greeting)\nimport Language.Haskell.TH\n",
            );
            tree.append(SHAPES, &made.replace("FLAG", "False"));
            tree.prepend(SIZES, "{-# LANGUAGE PatternSynonyms #-}\n{-# OPTIONS_GHC -Wall #-}\n");
            tree.append(SIZES, "\nanything :: Shape -> Int\nanything Any = 1\n\nuntyped = 1 :: Int\n");
            tree.replace(SIZES, "(report,", "(anything, report,");
            tree.replace(
                CABAL,
                "    Small.Words\n  build-depends:    base",
                "    Small.Words\n  build-depends:    base, template-haskell",
            );
        })
        .edit(|tree| tree.replace(SHAPES, "| False]", "| True]"))
        .warns("untyped");
}

/// In the other library of the package, which its executable uses.
#[test]
fn a_complete_pragma_reaches_another_component() {
    Case::of(with_header(
        "\npattern Any :: Int\npattern Any <- (const () -> ())\n#ifdef ANY\n{-# COMPLETE Any #-}\n#endif\n",
        "",
    ))
    .with(|tree| {
        tree.prepend(WORDS, "{-# LANGUAGE PatternSynonyms, ViewPatterns #-}\n");
        tree.replace(WORDS, "(greeting, secret)", "(greeting, secret, pattern Any)");
        tree.prepend("app/Main.hs", "{-# LANGUAGE PatternSynonyms #-}\n{-# OPTIONS_GHC -Wall #-}\n");
        tree.replace("app/Main.hs", "import Small.Alone", "import Small.Words (pattern Any)\nimport Small.Alone");
        tree.replace("app/Main.hs", "main :: IO ()", "any' :: Int -> Int\nany' Any = 1\n\nmain :: IO ()");
        tree.replace("app/Main.hs", "(alone 1,", "(any' (alone 1),");
    })
    .edit(|tree| tree.write("include/old.h", "#define ANY\n"))
    .prints_the_same();
}

/// Interfaces may have any suffix.
#[test]
fn a_deprecation_in_an_interface_with_a_suffix_of_its_own() {
    Case::of(with_header("{-# DEPRECATED OLD \"say hello\" #-}\n", "#define OLD secret\n"))
        .with(|tree| {
            tree.replace(
                CABAL,
                "  main-is:          Main.hs\n",
                "  main-is:          Main.hs\n  other-modules:    Said, Says\n  ghc-options:      -hisuf=face -osuf=object\n",
            );
            tree.write("app/Said.hs", "module Said (said) where\n\nsaid :: Int\nsaid = 1\n{-# DEPRECATED said \"so\" #-}\n");
            tree.write("app/Says.hs", "module Says (says) where\n\nimport Said\n\nsays :: Int\nsays = said\n");
            tree.replace("app/Main.hs", "import Small.Alone", "import Says (says)\nimport Small.Alone");
            tree.replace("app/Main.hs", "(alone 1,", "(alone says,");
        })
        .edit(|tree| tree.replace("app/Said.hs", "\"so\"", "\"otherwise\""))
        .warns("otherwise");
}

/// Since GHC 9.10. Whoever uses an instance names nothing of it.
#[test]
fn an_instance_is_deprecated() {
    Case::of(small())
        .with(|tree| {
            tree.prepend(SHAPES, "{-# LANGUAGE CPP #-}\n");
            tree.append(SIZES, "\nsized :: Int\nsized = size (Round 2)\n");
            tree.replace(SIZES, "(report,", "(sized, report,");
        })
        .edit(|tree| {
            tree.replace(
                SHAPES,
                "instance Sized Shape where\n",
                "#if __GLASGOW_HASKELL__ >= 910\ninstance {-# WARNING \"no size\" #-} Sized Shape where\n#else\ninstance Sized Shape where\n#endif\n",
            );
        })
        .prints_the_same();
}
