//! A base that does not build: head is built on what compiles of it.

use serde_json::json;

use super::case::Case;
use super::packages::small;
use super::tree::Tree;

/// A type error at the end of a module.
const BROKEN: &str = "\nbroken :: Int\nbroken = \"no number\"\n";

/// A library of independent modules and of one that reads the source of another while it is compiled.
fn reader(of: &str) -> Tree {
    Tree::of(&[
        (
            "reader.cabal",
            "cabal-version: 2.4\nname: reader\nversion: 0.1\nbuild-type: Simple\n\nlibrary\n  hs-source-dirs: src\n  \
             exposed-modules: Apart Broken Needs Reads\n  build-depends: base, template-haskell\n  default-language: \
             Haskell2010\n\nexecutable reader\n  hs-source-dirs: app\n  main-is: Main.hs\n  build-depends: base, \
             reader\n  default-language: Haskell2010\n",
        ),
        ("src/Apart.hs", "module Apart where\n\napart :: Int\napart = 1\n"),
        ("src/Broken.hs", "module Broken where\n\nwhole :: Int\nwhole = 2\n"),
        ("src/Needs.hs", "module Needs where\n\nimport Broken\n\nneeds :: Int\nneeds = whole + 1\n"),
        (
            "src/Reads.hs",
            &format!(
                "{{-# LANGUAGE TemplateHaskell #-}}\nmodule Reads where\n\nimport Language.Haskell.TH\n\nsource :: \
                 String\nsource = $(runIO (readFile \"src/{of}.hs\") >>= litE . stringL)\n"
            ),
        ),
        (
            "app/Main.hs",
            "module Main (main) where\n\nimport Apart\nimport Needs\nimport Reads\n\nmain :: IO ()\nmain = print (apart, \
             needs) >> putStrLn source\n",
        ),
    ])
}

/// The edit that mends what [`BROKEN`] breaks.
fn mend(tree: &mut Tree, path: &str) {
    tree.replace(path, BROKEN, "\nmended :: Int\nmended = 3\n");
}

#[test]
fn what_needs_the_broken_module_and_no_other_is_compiled() {
    Case::of(small())
        .with(|tree| tree.append("src/Small/Shapes.hs", BROKEN))
        .edit(|tree| {
            mend(tree, "src/Small/Shapes.hs");
            tree.replace("src/Small/Shapes.hs", "3 * n", "4 * n");
        })
        .on_partial()
        .compiles(&["Main", "Small.Shapes", "Small.Sizes"])
        .prints("hello of 36");
}

#[test]
fn an_edit_beneath_the_broken_module() {
    Case::of(small())
        .with(|tree| tree.append("src/Small/Sizes.hs", BROKEN))
        .edit(|tree| {
            mend(tree, "src/Small/Sizes.hs");
            tree.replace("src/Small/Words.hs", "\"hello\"", "\"good day\"");
        })
        .on_partial()
        .prints("good day of 4");
}

#[test]
fn all_ways_of_the_modules_that_compiled() {
    Case::of(small())
        .with(|tree| tree.append("src/Small/Shapes.hs", BROKEN))
        .edit(|tree| mend(tree, "src/Small/Shapes.hs"))
        .option("shared", true)
        .option("profiling", true)
        .on_partial()
        .prints("hello of 4");
}

#[test]
fn the_base_stays_broken() {
    Case::of(small())
        .with(|tree| tree.append("src/Small/Shapes.hs", BROKEN))
        .edit(|tree| tree.append("src/Small/Alone.hs", "\nmore :: Int\nmore = 2\n"))
        .on_partial()
        .fails("no number");
}

#[test]
fn a_splice_that_read_the_source_of_a_module_that_does_not_compile() {
    for of in ["Broken", "Needs"] {
        Case::of(reader(of))
            .with(|tree| tree.append("src/Broken.hs", BROKEN))
            .edit(|tree| {
                mend(tree, "src/Broken.hs");
                tree.append("src/Needs.hs", "\n-- a word of it\n");
            })
            .on_partial()
            .leaves_out(json!({ "module": "Reads" }))
            .prints(if of == "Broken" { "mended = 3" } else { "a word of it" });
    }
}

// With `.hie` files GHC opens the source of a module that it compiled once more.
#[test]
fn a_splice_that_read_it_where_there_are_files_for_editors() {
    Case::of(reader("Needs"))
        .with(|tree| {
            tree.append("src/Broken.hs", BROKEN);
            tree.replace("reader.cabal", "exposed-modules:", "ghc-options: -fwrite-ide-info\n  exposed-modules:");
        })
        .edit(|tree| {
            mend(tree, "src/Broken.hs");
            tree.append("src/Needs.hs", "\n-- a word of it\n");
        })
        .on_partial()
        .leaves_out(json!({ "module": "Reads" }))
        .prints("a word of it");
}

#[test]
fn a_splice_that_read_another_file_is_let_be_where_that_is_the_same() {
    Case::of(reader("Apart"))
        .with(|tree| tree.append("src/Broken.hs", BROKEN))
        .edit(|tree| mend(tree, "src/Broken.hs"))
        .on_partial()
        .compiles(&["Broken", "Main", "Needs"])
        .prints("apart = 1");
}

#[test]
fn warnings_of_what_compiled_are_given_again() {
    Case::of(small())
        .with(|tree| {
            tree.append("src/Small/Shapes.hs", BROKEN);
            tree.append("src/Small/Alone.hs", "\nlone :: Int -> Int\nlone n = 1\n");
            tree.append("src/Small/Words.hs", "\nword :: Int -> Int\nword n = 1\n");
            tree.replace("small.cabal", "hs-source-dirs:   src", "hs-source-dirs:   src\n  ghc-options: -Wall");
        })
        .edit(|tree| mend(tree, "src/Small/Shapes.hs"))
        .on_partial()
        .compiles(&["Main", "Small.Shapes", "Small.Sizes"])
        .warns("Defined but not used");
}

#[test]
fn a_module_with_a_boot_file_that_does_not_compile() {
    let loops = Tree::of(&[
        (
            "loops.cabal",
            "cabal-version: 2.4\nname: loops\nversion: 0.1\nbuild-type: Simple\n\nexecutable loops\n  hs-source-dirs: \
             src\n  main-is: Main.hs\n  other-modules: Even Odd\n  build-depends: base\n  default-language: \
             Haskell2010\n",
        ),
        ("src/Main.hs", "module Main (main) where\n\nimport Odd\n\nmain :: IO ()\nmain = print (isOdd 7)\n"),
        (
            "src/Even.hs",
            "module Even where\n\nimport {-# SOURCE #-} Odd\n\nisEven :: Int -> Bool\nisEven 0 = True\nisEven n = isOdd (n \
             - 1)\n",
        ),
        ("src/Odd.hs-boot", "module Odd where\n\nisOdd :: Int -> Bool\n"),
        (
            "src/Odd.hs",
            "module Odd where\n\nimport Even\n\nisOdd :: Int -> Bool\nisOdd 0 = False\nisOdd n = isEven (n - 1)\n",
        ),
    ]);
    Case::of(loops)
        .with(|tree| tree.append("src/Odd.hs", BROKEN))
        .edit(|tree| {
            mend(tree, "src/Odd.hs");
            tree.replace("src/Odd.hs", "isOdd 0 = False", "isOdd 0 = not True");
        })
        .on_partial()
        .prints("True");
}

// What GHC's own check misses of a module that had no interface.
#[test]
fn an_instance_of_a_module_that_did_not_compile() {
    Case::of(small())
        .with(|tree| {
            tree.append("src/Small/Words.hs", BROKEN);
        })
        .edit(|tree| {
            mend(tree, "src/Small/Words.hs");
            tree.prepend("src/Small/Words.hs", "{-# LANGUAGE TypeFamilies #-}\n");
            tree.append("src/Small/Words.hs", "\ntype family Of a\ntype instance Of Int = Bool\n");
        })
        .on_partial()
        .compiles(&["Main", "Small.Shapes", "Small.Sizes", "Small.Words"])
        .prints("hello of 4");
}

#[test]
fn a_program_that_does_not_compile_beside_one_that_does() {
    Case::of(small())
        .with(|tree| {
            tree.append(
                "small.cabal",
                "\nexecutable aside\n  hs-source-dirs: aside\n  main-is: Main.hs\n  other-modules: Words\n  build-depends: base, small\n  default-language: Haskell2010\n",
            );
            tree.write("aside/Words.hs", "module Words where\n\nwords' :: String\nwords' = \"aside\"\n");
            tree.write("aside/Main.hs", "module Main (main) where\n\nimport Words\n\nmain :: IO ()\nmain = putStrLn words'\n");
            tree.write("zeta/Main.hs", "module Main (main) where\n\nmain :: IO ()\nmain = putStrLn \"zeta\"\n");
            tree.append(
                "small.cabal",
                "\nexecutable zeta\n  hs-source-dirs: zeta\n  main-is: Main.hs\n  build-depends: base\n  default-language: Haskell2010\n",
            );
            tree.append("aside/Main.hs", BROKEN);
        })
        .edit(|tree| mend(tree, "aside/Main.hs"))
        .on_partial()
        .compiles(&["Main"])
        .prints("aside");
}

#[test]
fn tests_that_fail_in_the_base() {
    Case::of(small())
        .with(|tree| {
            tree.append(
                "small.cabal",
                "\ntest-suite tests\n  type: exitcode-stdio-1.0\n  hs-source-dirs: tests\n  main-is: Tests.hs\n  build-depends: base, small\n  default-language: Haskell2010\n",
            );
            tree.write(
                "tests/Tests.hs",
                "module Main (main) where\n\nimport Control.Monad (unless)\nimport Small.Alone\nimport System.Exit\n\nmain :: IO ()\nmain = unless (alone 1 == 3) exitFailure\n",
            );
        })
        .edit(|tree| tree.replace("src/Small/Alone.hs", "n + 1", "n + 2"))
        .option("tests", true)
        .on_partial()
        .compiles(&["Main", "Small.Alone"])
        .prints("3");
}

#[test]
fn c_that_does_not_compile_in_the_base() {
    Case::of(small())
        .with(|tree| {
            tree.replace("small.cabal", "  hs-source-dirs:   src", "  hs-source-dirs:   src\n  c-sources: cbits/one.c");
            tree.write("cbits/one.c", "int one(void) { return 1 }\n");
        })
        .edit(|tree| tree.write("cbits/one.c", "int one(void) { return 1; }\n"))
        .on_partial()
        .compiles(&["Main"])
        .prints("hello of 4");
}

#[test]
fn a_package_of_nixpkgs() {
    Case::of(small())
        .with(|tree| tree.append("src/Small/Shapes.hs", BROKEN))
        .edit(|tree| {
            mend(tree, "src/Small/Shapes.hs");
            tree.replace("src/Small/Shapes.hs", "3 * n", "4 * n");
        })
        .on_partial()
        .of_nixpkgs()
        .compiles(&["Main", "Small.Shapes", "Small.Sizes"])
        .prints("hello of 36");
}

#[test]
fn what_a_killed_program_leaves_is_not_kept() {
    Case::of(small())
        .with(|tree| {
            tree.program("kill", "#!/bin/sh\nkill -9 $$\n");
            tree.prepend("src/Small/Shapes.hs", "{-# OPTIONS_GHC -F -pgmF ./kill #-}\n");
        })
        .edit(|tree| tree.program("kill", "#!/bin/sh\ncp \"$2\" \"$3\"\n"))
        .on_partial()
        .keeps_nothing("it may be the machine that failed");
}

#[test]
fn where_nothing_compiles_nothing_is_kept() {
    Case::of(small())
        .with(|tree| {
            for module in ["Alone", "Words"] {
                tree.append(&format!("src/Small/{module}.hs"), BROKEN);
            }
        })
        .edit(|tree| mend(tree, "src/Small/Words.hs"))
        .on_partial()
        .keeps_nothing("no module of the package compiles");
}
