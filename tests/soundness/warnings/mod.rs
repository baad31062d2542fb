//! Warnings: those of modules that GHC skips, and those that are errors now.

mod forms;
mod owners;

use super::case::Case;
use super::packages::small;
use super::tree::Tree;

const CABAL: &str = "small.cabal";
const WORDS: &str = "src/Small/Words.hs";
const ALONE: &str = "src/Small/Alone.hs";

/// A module that GHC warns of, with `-Wall` for the library.
fn with_warning() -> Tree {
    let mut tree = with_options("-Wall");
    tree.replace(ALONE, "where\n", "where\n\nimport Data.List (sort)\n");
    tree
}

/// A package with options for GHC in its library.
fn with_options(options: &str) -> Tree {
    let mut tree = small();
    let field = format!("  hs-source-dirs:   src\n  ghc-options:      {options}\n");
    tree.replace(CABAL, "  hs-source-dirs:   src\n", &field);
    tree
}

/// The module that has the warning is not touched.
pub(crate) fn warning_of_a_skipped_module() -> Case {
    Case::of(with_warning()).edit(|tree| tree.append(WORDS, "-- A comment.\n"))
}

/// `-Werror` is nothing that GHC compares.
pub(crate) fn werror_added() -> Case {
    Case::of(with_warning()).edit(|tree| tree.replace(CABAL, "-Wall", "-Wall -Werror"))
}

#[test]
fn the_warning_of_a_skipped_module_is_printed_again() {
    warning_of_a_skipped_module().compiles(&["Small.Words"]).warns("src/Small/Alone.hs");
}

#[test]
fn a_warning_that_was_mended_is_not_printed_again() {
    Case::of(with_warning())
        .with(|tree| tree.replace(WORDS, "where\n", "where\n\nimport Data.Char (ord)\n"))
        .edit(|tree| tree.replace(ALONE, "\nimport Data.List (sort)\n", ""))
        .warns("src/Small/Words.hs");
}

#[test]
fn the_warning_of_a_deleted_module_is_not_printed_again() {
    Case::of(with_warning())
        .with(|tree| tree.replace(WORDS, "where\n", "where\n\nimport Data.Char (ord)\n"))
        .edit(|tree| {
            tree.remove(ALONE);
            tree.replace(CABAL, "    Small.Alone\n", "");
            tree.replace("app/Main.hs", "import Small.Alone (alone)\n", "");
            tree.replace("app/Main.hs", "alone 1", "True");
        })
        .warns("src/Small/Words.hs");
}

#[test]
fn warnings_of_a_skipped_program_are_printed_again() {
    Case::of(small())
        .with(|tree| tree.prepend("app/Main.hs", "{-# OPTIONS_GHC -Wmissing-import-lists #-}\n"))
        .with(|tree| tree.replace("app/Main.hs", "import Small.Alone (alone)", "import Small.Alone"))
        .edit(|tree| tree.append(WORDS, "-- A comment.\n"))
        .warns("app/Main.hs");
}

#[test]
fn a_warning_switched_on_in_the_cabal_file() {
    Case::of(with_warning())
        .with(|tree| tree.replace(CABAL, "-Wall", "-O1"))
        .edit(|tree| tree.replace(CABAL, "-O1", "-O1 -Wall"))
        .warns("src/Small/Alone.hs");
}

#[test]
fn a_warning_switched_off_in_the_cabal_file() {
    Case::of(with_warning())
        .with(|tree| tree.replace(WORDS, "where\n", "where\n\nimport Data.Char (ord)\n"))
        .with(|tree| tree.append(WORDS, "\nuntyped = 1 :: Int\n"))
        .edit(|tree| tree.replace(CABAL, "-Wall", "-Wall -Wno-unused-imports"))
        .warns("untyped");
}

#[test]
fn errors_of_warnings_switched_on() {
    werror_added().fails("src/Small/Alone.hs");
}

#[test]
fn errors_of_one_warning_switched_on() {
    Case::of(with_warning())
        .edit(|tree| tree.replace(CABAL, "-Wall", "-Wall -Werror=unused-imports"))
        .fails("src/Small/Alone.hs");
}

/// It is on with `-Wall`, and nothing else is to be compiled for it.
#[test]
fn errors_of_one_warning_compile_what_warned() {
    Case::of(with_warning())
        .edit(|tree| tree.replace(CABAL, "-Wall", "-Wall -Werror=incomplete-patterns -Wwarn=orphans"))
        .compiles(&["Small.Alone"])
        .warns("src/Small/Alone.hs");
}

/// `-Werror=NAME` switches the warning on as well: no module warned of it.
#[test]
fn errors_of_one_warning_that_was_off() {
    let partial = |tree: &mut Tree| tree.replace(ALONE, "alone n = n + 1", "alone 1 = 2");
    for options in ["-O1", "-Wall -Wno-incomplete-patterns", "-Wall -Wno-all", "-Wextra -w"] {
        let with = format!("{options} -Werror=incomplete-patterns");
        Case::of(with_options(options))
            .with(partial)
            .edit(|tree| tree.replace(CABAL, options, &with))
            .fails("src/Small/Alone.hs");
    }
}

/// It does not count where the program is compiled.
#[test]
fn errors_of_warnings_in_one_of_two_components() {
    Case::of(with_warning())
        .with(|tree| {
            tree.replace("app/Main.hs", "import Small.Alone (alone)", "import Data.List\nimport Small.Alone (alone)");
        })
        .with(|tree| {
            tree.replace(
                CABAL,
                "  main-is:          Main.hs\n",
                "  main-is:          Main.hs\n  ghc-options:      -Wall\n",
            );
        })
        .edit(|tree| {
            tree.replace(CABAL, "Main.hs\n  ghc-options:      -Wall", "Main.hs\n  ghc-options:      -Wall -Werror");
        })
        .fails("app/Main.hs");
}

#[test]
fn errors_of_warnings_where_profiled_code_is_made() {
    Case::of(with_warning())
        .option("profiling", true)
        .edit(|tree| tree.replace(CABAL, "-Wall\n", "-Wall\n  ghc-prof-options: -Werror\n"))
        .fails("src/Small/Alone.hs");
}

#[test]
fn errors_of_warnings_switched_off() {
    Case::of(with_warning())
        .with(|tree| tree.replace(ALONE, "\nimport Data.List (sort)\n", ""))
        .with(|tree| tree.replace(CABAL, "-Wall", "-Wall -Werror"))
        .edit(|tree| tree.replace(CABAL, " -Werror", ""))
        .changes_nothing();
}

#[test]
fn errors_of_warnings_with_an_edit_that_warns() {
    Case::of(small())
        .with(|tree| {
            tree.replace(
                CABAL,
                "  hs-source-dirs:   src\n",
                "  hs-source-dirs:   src\n  ghc-options:      -Wall -Werror\n",
            );
        })
        .edit(|tree| tree.replace(ALONE, "where\n", "where\n\nimport Data.List (sort)\n"))
        .fails("src/Small/Alone.hs");
}

#[test]
fn a_pragma_in_the_module_switches_errors_of_warnings_on() {
    Case::of(with_warning())
        .edit(|tree| tree.prepend(ALONE, "{-# OPTIONS_GHC -Werror #-}\n"))
        .fails("src/Small/Alone.hs");
}

/// A function becomes deprecated; the module that uses it is not touched.
#[test]
fn a_function_deprecated_warns_where_it_is_used() {
    Case::of(small())
        .edit(|tree| tree.append(WORDS, "{-# DEPRECATED greeting \"say nothing\" #-}\n"))
        .warns("src/Small/Shapes.hs");
}

#[test]
fn a_function_deprecated_fails_where_warnings_are_errors() {
    Case::of(small())
        .with(|tree| {
            tree.replace(CABAL, "  hs-source-dirs:   src\n", "  hs-source-dirs:   src\n  ghc-options:      -Werror\n");
        })
        .edit(|tree| tree.append(WORDS, "{-# DEPRECATED greeting \"say nothing\" #-}\n"))
        .fails("src/Small/Shapes.hs");
}

/// The name comes by way of a module that re-exports it.
#[test]
fn a_reexported_function_deprecated_fails_where_warnings_are_errors() {
    Case::of(small())
        .with(|tree| tree.prepend("app/Main.hs", "{-# OPTIONS_GHC -Werror #-}\n"))
        .edit(|tree| tree.append(WORDS, "{-# DEPRECATED greeting \"say nothing\" #-}\n"))
        .fails("app/Main.hs");
}

#[test]
fn a_deprecation_reworded() {
    Case::of(small())
        .with(|tree| tree.append(WORDS, "{-# DEPRECATED greeting \"say nothing\" #-}\n"))
        .edit(|tree| tree.replace(WORDS, "say nothing", "say something else"))
        .warns("say something else");
}

#[test]
fn a_deprecation_withdrawn() {
    Case::of(small())
        .with(|tree| tree.append(WORDS, "{-# DEPRECATED greeting, secret \"say nothing\" #-}\n"))
        .edit(|tree| tree.replace(WORDS, "greeting, secret \"", "secret \""))
        .warns("secret");
}

#[test]
fn a_whole_module_deprecated() {
    Case::of(small())
        .edit(|tree| {
            tree.replace(
                WORDS,
                "(greeting, secret) where",
                "{-# DEPRECATED \"gone soon\" #-} (greeting, secret) where",
            );
        })
        .warns("gone soon");
}

#[test]
fn a_type_deprecated() {
    Case::of(small())
        .edit(|tree| tree.append("src/Small/Shapes.hs", "{-# WARNING Square \"too square\" #-}\n"))
        .warns("too square");
}

/// A warning that depends on a pragma elsewhere, and is no error.
#[test]
fn a_complete_pragma_added_ends_a_warning() {
    Case::of(small())
        .with(|tree| {
            let shapes = "src/Small/Shapes.hs";
            tree.prepend(shapes, "{-# LANGUAGE PatternSynonyms, ViewPatterns #-}\n");
            tree.replace(shapes, "(Shape (..),", "(Shape (..), pattern Any,");
            tree.append(shapes, "\npattern Any :: Shape\npattern Any <- (const () -> ())\n");
            let sizes = "src/Small/Sizes.hs";
            tree.prepend(sizes, "{-# LANGUAGE PatternSynonyms #-}\n{-# OPTIONS_GHC -Wall #-}\n");
            tree.append(sizes, "\nanything :: Shape -> Int\nanything Any = 1\n\nuntyped = 1 :: Int\n");
            tree.replace(sizes, "(report,", "(anything, report,");
        })
        .edit(|tree| tree.append("src/Small/Shapes.hs", "{-# COMPLETE Any #-}\n"))
        .warns("untyped");
}

/// What a module exports decides whether an import of it is of any use.
#[test]
fn an_import_that_becomes_redundant_warns() {
    Case::of(small())
        .with(|tree| {
            tree.prepend("src/Small/Sizes.hs", "{-# OPTIONS_GHC -Wunused-imports #-}\n");
            tree.replace("src/Small/Sizes.hs", "import Small.Words", "import Small.Words\nimport Small.Alone");
            tree.replace("src/Small/Sizes.hs", "show origin]", "show origin, show (alone 1)]");
        })
        .edit(|tree| {
            tree.replace(WORDS, "(greeting, secret)", "(greeting, secret, alone)");
            tree.append(WORDS, "\nalone :: Int -> Int\nalone n = n + 10\n");
            tree.replace("src/Small/Sizes.hs", "import Small.Alone", "import Small.Alone ()");
            tree.replace("app/Main.hs", "import Small.Alone (alone)\n", "import Small.Words (alone)\n");
        })
        .prints_otherwise();
}

/// The warning of a module that runs in two ways, vanilla and dynamic, and of one with a splice.
#[test]
fn warnings_where_shared_libraries_are_built_too() {
    Case::of(with_warning())
        .option("shared", true)
        .edit(|tree| tree.append(WORDS, "-- A comment.\n"))
        .warns("src/Small/Alone.hs");
}

#[test]
fn warnings_of_a_generated_module_are_printed_again() {
    Case::of(with_warning())
        .with(|tree| {
            tree.rename(ALONE, "src/Small/Alone.hsc");
        })
        .edit(|tree| tree.append(WORDS, "-- A comment.\n"))
        .warns("Alone.hs");
}

/// A word of the `.cabal` file that only changes warnings for one of two components.
#[test]
fn a_warning_stays_where_another_component_gains_one() {
    Case::of(with_warning())
        .edit(|tree| {
            tree.replace(
                CABAL,
                "  main-is:          Main.hs\n",
                "  main-is:          Main.hs\n  ghc-options:      -Wmissing-import-lists\n",
            );
        })
        .warns("src/Small/Alone.hs");
}

#[test]
fn a_warning_stays_where_another_module_changes() {
    Case::of(with_warning())
        .edit(|tree| {
            tree.append(WORDS, "\nfirst :: [Int] -> Int\nfirst (n : _) = n\n");
            tree.replace(WORDS, "(greeting, secret)", "(first, greeting, secret)");
        })
        .warns("src/Small/Words.hs");
}

#[test]
fn an_operator_without_blanks_is_deprecated() {
    Case::of(small())
        .with(|tree| {
            tree.replace("src/Small/Words.hs", "(greeting, secret)", "(greeting, secret, (+++))");
            tree.append(
                "src/Small/Words.hs",
                "\n(+++) :: Int -> Int -> Int\na +++ b = a * b + 1\n{-# NOINLINE (+++) #-}\n",
            );
            tree.append("src/Small/Sizes.hs", "\nother :: Int -> Int\nother x = x+++x\n");
            tree.replace("src/Small/Sizes.hs", "origin, module", "origin, other, module");
        })
        .edit(|tree| tree.append("src/Small/Words.hs", "{-# DEPRECATED (+++) \"say plus\" #-}\n"))
        .warns("say plus");
}

fn with_words_cpp(text: &str) -> Tree {
    let mut tree = small();
    tree.prepend("src/Small/Words.hs", "{-# LANGUAGE CPP #-}\n");
    tree.replace("src/Small/Words.hs", "secret :: Int", &format!("{text}\nsecret :: Int"));
    tree.write("old.h", "#define NEW 1\n");
    tree.replace("small.cabal", "  hs-source-dirs:   src\n", "  hs-source-dirs:   src\n  include-dirs:     .\n");
    tree
}

#[test]
fn a_deprecation_in_an_included_file() {
    Case::of(with_words_cpp("#include \"old.h\"\n"))
        .with(|tree| tree.write("old.h", "{-# DEPRECATED secret \"say hello\" #-}\n"))
        .edit(|tree| tree.write("old.h", "{-# DEPRECATED greeting \"say hello\" #-}\n"))
        .warns("say hello");
}

#[test]
fn a_complete_pragma_in_an_included_file() {
    Case::of(small())
        .with(|tree| {
            tree.write("include/all.h", "");
            tree.replace("small.cabal", "  hs-source-dirs:   src\n", "  hs-source-dirs:   src\n  include-dirs:     include\n  ghc-options:      -Wall -Wwarn\n");
            tree.write("src/Small/Pats.hs", "{-# LANGUAGE CPP, PatternSynonyms #-}\nmodule Small.Pats where\n\npattern P :: Int\npattern P = 1\n\n#include \"all.h\"\n");
            tree.write("src/Small/Uses.hs", "{-# LANGUAGE PatternSynonyms #-}\nmodule Small.Uses (uses) where\n\nimport Small.Pats\n\nuses :: Int -> Int\nuses P = 2\n");
            tree.replace("small.cabal", "    Small.Shapes", "    Small.Pats\n    Small.Uses\n    Small.Shapes");
        })
        .edit(|tree| tree.write("include/all.h", "{-# COMPLETE P #-}\n"))
        .prints_the_same();
}
