//! Packages upon packages: a library below that changes, new dependencies.

use super::case::Case;
use super::packages::small;
use super::tree::Tree;

const LOWER: &str = "lower/src/Lower.hs";
const NUMBER: &str = "lower/src/Lower/Number.hs";
const UPPER: &str = "upper/src/Upper.hs";

/// A library and a package above it, in one Nix file.
fn chain() -> Tree {
    Tree::of(&[
        (
            "default.nix",
            "{ hinc }:
rec {
  lower = hinc.host.mkPackage { src = ./lower; shared = false; };
  upper = hinc.host.mkPackage { src = ./upper; shared = false; dependencies = [ lower ]; };
}
",
        ),
        (
            "lower/lower.cabal",
            "\
cabal-version:      2.4
name:               lower
version:            0.1
build-type:         Simple
data-files:         motto.txt

library
  hs-source-dirs:   src
  exposed-modules:  Lower
  other-modules:    Lower.Number, Paths_lower
  autogen-modules:  Paths_lower
  build-depends:    base
  default-language: Haskell2010
",
        ),
        ("lower/motto.txt", "slow and steady\n"),
        (
            LOWER,
            "\
module Lower (level, label, motto) where

import Lower.Number (number)
import Paths_lower (getDataFileName)

level :: Int
level = 1

label :: String
label = show number
{-# NOINLINE label #-}

motto :: IO FilePath
motto = getDataFileName \"motto.txt\"
",
        ),
        (NUMBER, "module Lower.Number (number) where\n\nnumber :: Int\nnumber = 10\n{-# NOINLINE number #-}\n"),
        (
            "upper/upper.cabal",
            "\
cabal-version:      2.4
name:               upper
version:            0.1
build-type:         Simple

library
  hs-source-dirs:   src
  exposed-modules:  Upper, Upper.Alone
  build-depends:    base, lower
  default-language: Haskell2010

executable upper
  hs-source-dirs:   app
  main-is:          Main.hs
  build-depends:    base, lower, upper
  default-language: Haskell2010
",
        ),
        (UPPER, "module Upper (told) where\n\nimport Lower\n\ntold :: String\ntold = show (level + 1) ++ label\n"),
        ("upper/src/Upper/Alone.hs", "module Upper.Alone (alone) where\n\nalone :: Int\nalone = 1\n"),
        (
            "upper/app/Main.hs",
            "import Lower (motto)\nimport Upper (told)\nimport Upper.Alone (alone)\n\nmain :: IO ()\nmain = putStrLn told >> print alone >> motto >>= readFile >>= putStr\n",
        ),
    ])
}

#[test]
fn a_comment_in_a_dependency_compiles_nothing_above_it() {
    Case::of(chain())
        .attribute("upper")
        .edit(|tree| tree.append(LOWER, "-- A comment.\n"))
        .compiles(&[])
        .changes_nothing();
}

#[test]
fn a_value_in_a_dependency_that_is_not_in_its_interface() {
    Case::of(chain())
        .attribute("upper")
        .edit(|tree| tree.replace(NUMBER, "number = 10", "number = 20"))
        .compiles(&[])
        .prints_otherwise();
}

#[test]
fn a_value_in_a_dependency_that_is_inlined() {
    Case::of(chain()).attribute("upper").edit(|tree| tree.replace(LOWER, "level = 1", "level = 5")).prints_otherwise();
}

#[test]
fn a_type_in_a_dependency() {
    Case::of(chain())
        .attribute("upper")
        .edit(|tree| tree.replace(LOWER, "level :: Int", "level :: Integer"))
        .compiles(&["Main", "Upper"])
        .prints_the_same();
}

#[test]
fn an_export_of_a_dependency_removed() {
    Case::of(chain())
        .attribute("upper")
        .edit(|tree| tree.replace(LOWER, "(level, label, motto)", "(level, motto)"))
        .fails("src/Upper.hs");
}

#[test]
fn a_data_file_of_a_dependency() {
    Case::of(chain()).attribute("upper").edit(|tree| tree.write("lower/motto.txt", "fast\n")).prints_otherwise();
}

#[test]
fn an_orphan_instance_in_a_dependency() {
    let instance = |name: &str| format!("\ninstance Show (a -> b) where\n  show _ = \"{name}\"\n");
    Case::of(chain())
        .with(|tree| {
            tree.append(NUMBER, &instance("one"));
            tree.append(UPPER, "\n");
            tree.replace(UPPER, "++ label", "++ label ++ show not");
        })
        .attribute("upper")
        .edit(|tree| tree.replace(NUMBER, "\"one\"", "\"two\""))
        .prints_otherwise();
}

#[test]
fn a_function_of_a_dependency_deprecated() {
    Case::of(chain())
        .attribute("upper")
        .edit(|tree| tree.append(LOWER, "{-# DEPRECATED label \"say nothing\" #-}\n"))
        .warns("say nothing");
}

#[test]
fn a_function_of_a_dependency_deprecated_fails_where_warnings_are_errors() {
    Case::of(chain())
        .with(|tree| tree.prepend(UPPER, "{-# OPTIONS_GHC -Werror #-}\n"))
        .attribute("upper")
        .edit(|tree| tree.append(LOWER, "{-# DEPRECATED label \"say nothing\" #-}\n"))
        .fails("src/Upper.hs");
}

/// A header decides, and GHC compares nothing of it.
#[test]
fn a_complete_pragma_of_a_dependency() {
    Case::of(chain())
        .with(|tree| {
            tree.prepend(LOWER, "{-# LANGUAGE CPP, PatternSynonyms, ViewPatterns #-}\n#include \"any.h\"\n");
            tree.replace(LOWER, "(level,", "(level, pattern Any,");
            tree.append(
                LOWER,
                "\npattern Any :: Int\npattern Any <- (const () -> ())\n#ifdef ANY\n{-# COMPLETE Any #-}\n#endif\n",
            );
            tree.write("lower/include/any.h", "");
            tree.replace(
                "lower/lower.cabal",
                "  hs-source-dirs:   src\n",
                "  hs-source-dirs:   src\n  include-dirs:     include\n",
            );
            tree.prepend(UPPER, "{-# LANGUAGE PatternSynonyms #-}\n{-# OPTIONS_GHC -Wall #-}\n");
            tree.append(UPPER, "\nanything :: Int -> Int\nanything Any = 1\n\nuntyped = 1 :: Int\n");
        })
        .attribute("upper")
        .edit(|tree| tree.write("lower/include/any.h", "#define ANY\n"))
        .warns("untyped");
}

/// The dependency's code runs in a splice.
fn with_splice(tree: &mut Tree) {
    tree.prepend(UPPER, "{-# LANGUAGE TemplateHaskell #-}\n");
    tree.replace(UPPER, "import Lower\n", "import Lower\nimport Language.Haskell.TH\n");
    tree.replace(UPPER, "++ label", "++ $(stringE label)");
    tree.replace(
        "upper/upper.cabal",
        "exposed-modules:  Upper, Upper.Alone\n  build-depends:    base, lower",
        "exposed-modules:  Upper, Upper.Alone\n  build-depends:    base, lower, template-haskell",
    );
    let nix = tree.entries["default.nix"].clone();
    let super::tree::Entry::Text(nix) = nix else { panic!("a text") };
    tree.write("default.nix", &nix.replace("shared = false; ", ""));
}

/// The interface of the dependency does not change, and what the splice computes does.
#[test]
fn a_dependency_that_a_splice_runs() {
    Case::of(chain())
        .with(with_splice)
        .attribute("upper")
        .edit(|tree| tree.replace(NUMBER, "number = 10", "number = 20"))
        .prints_otherwise();
}

#[test]
fn a_comment_in_a_dependency_that_a_splice_runs() {
    Case::of(chain())
        .with(with_splice)
        .attribute("upper")
        .edit(|tree| tree.append(NUMBER, "-- A comment.\n"))
        .changes_nothing();
}

/// A file of the dependency, of which the splice of the package above knows nothing.
#[test]
fn a_data_file_of_a_dependency_that_a_splice_reads() {
    Case::of(chain())
        .with(with_splice)
        .with(|tree| {
            tree.replace(UPPER, "$(stringE label)", "$(runIO (motto >>= readFile) >>= stringE)");
            tree.replace(
                UPPER,
                "import Language.Haskell.TH\n",
                "import Language.Haskell.TH\nimport Language.Haskell.TH.Syntax\n",
            );
        })
        .attribute("upper")
        .edit(|tree| tree.write("lower/motto.txt", "fast\n"))
        .prints_otherwise();
}

#[test]
fn an_edit_above_an_unchanged_dependency() {
    Case::of(chain())
        .attribute("upper")
        .edit(|tree| tree.replace("upper/src/Upper/Alone.hs", "alone = 1", "alone = 2"))
        .prints_otherwise();
}

#[test]
fn a_header_of_a_dependency() {
    Case::of(chain())
        .with(|tree| {
            tree.write("lower/include/lower.h", "#define LEVEL 1\n");
            tree.replace(
                "lower/lower.cabal",
                "  hs-source-dirs:   src\n",
                "  hs-source-dirs:   src\n  include-dirs:     include\n  install-includes: lower.h\n",
            );
            tree.prepend(UPPER, "{-# LANGUAGE CPP #-}\n#include \"lower.h\"\n");
            tree.replace(UPPER, "(level + 1)", "(LEVEL :: Int)");
            tree.replace(UPPER, "import Lower\n", "import Lower (label)\n");
        })
        .attribute("upper")
        .edit(|tree| tree.write("lower/include/lower.h", "#define LEVEL 2\n"))
        .prints_otherwise();
}

#[test]
fn a_c_function_of_a_dependency() {
    Case::of(chain())
        .with(|tree| {
            tree.write("lower/cbits/number.c", "int lower_number(void) { return 1; }\n");
            tree.replace(
                "lower/lower.cabal",
                "  hs-source-dirs:   src\n",
                "  hs-source-dirs:   src\n  c-sources:        cbits/number.c\n",
            );
            tree.replace(
                NUMBER,
                "number = 10",
                "number = fromIntegral c\n\nforeign import ccall \"lower_number\" c :: CInt",
            );
            tree.replace(NUMBER, "where\n", "where\n\nimport Foreign.C\n");
        })
        .attribute("upper")
        .edit(|tree| tree.replace("lower/cbits/number.c", "return 1", "return 2"))
        .compiles(&[])
        .prints_otherwise();
}

#[test]
fn a_version_of_a_dependency_bumped_is_built_plainly() {
    Case::of(chain())
        .attribute("upper")
        .edit(|tree| tree.replace("lower/lower.cabal", "version:            0.1", "version:            0.2"))
        .is_built_plainly("dependencies were added, removed or changed in version, flags or dependencies (lower)");
}

#[test]
fn a_local_dependency_added_is_built_plainly() {
    Case::of(chain())
        .with(|tree| {
            tree.replace("default.nix", "dependencies = [ lower ];", "");
            tree.replace("upper/upper.cabal", "base, lower\n", "base\n");
            tree.replace("upper/upper.cabal", "base, lower, upper\n", "base, upper\n");
            tree.replace(UPPER, "import Lower\n", "");
            tree.replace(UPPER, "show (level + 1) ++ label", "\"alone\"");
            tree.write("upper/app/Main.hs", "import Upper (told)\n\nmain :: IO ()\nmain = putStrLn told\n");
        })
        .attribute("upper")
        .edit(|tree| *tree = chain())
        .is_built_plainly("dependencies were added, removed or changed in version, flags or dependencies (lower)");
}

/// Both modules are of one package, and are the same to the text of the module above.
#[test]
fn a_dependency_gives_a_name_to_another_module() {
    Case::of(chain())
        .attribute("upper")
        .with(|tree| {
            tree.replace(
                "lower/lower.cabal",
                "  exposed-modules:  Lower\n",
                "  exposed-modules:  Lower\n  reexported-modules: base:Data.Monoid as Lower.Choice\n",
            );
            tree.prepend("upper/app/Main.hs", "import Lower.Choice (First (..))\n");
            tree.append("upper/app/Main.hs", "  >> print (First Nothing <> First (Just 'x'))\n");
        })
        .edit(|tree| tree.replace("lower/lower.cabal", "base:Data.Monoid", "base:Data.Semigroup"))
        .prints_otherwise();
}

/// One of GHC's own libraries: nothing outside of the `.cabal` file shows it.
#[test]
fn a_library_of_ghc_added() {
    Case::of(small())
        .edit(|tree| {
            tree.replace("small.cabal", "  build-depends:    base\n", "  build-depends:    base, containers\n");
            tree.replace("src/Small/Words.hs", "where\n", "where\n\nimport qualified Data.Map as Map\n");
            tree.replace(
                "src/Small/Words.hs",
                "greeting = \"hello\"",
                "greeting = show (Map.fromList [(1 :: Int, \"hello\")])",
            );
        })
        .is_built_plainly("containers was added");
}

#[test]
fn a_library_of_ghc_removed() {
    Case::of(small())
        .with(|tree| {
            tree.replace("small.cabal", "  build-depends:    base\n", "  build-depends:    base, containers\n");
        })
        .edit(|tree| {
            tree.replace("small.cabal", "base, containers\n", "base\n");
            tree.replace("src/Small/Words.hs", "hello", "goodbye");
        })
        .is_built_plainly("containers was removed");
}
