//! Files that the compilation leaves in the package's folder, for other modules, for tests, for the
//! installation.

use super::case::Case;
use super::components::with_tests;
use super::packages::small;
use super::tree::Tree;
use super::ways::{CABAL, Way, package};

const fn way(name: &'static str, imports: &'static str, body: &'static str) -> Way {
    Way { name, imports, body }
}

#[test]
fn a_file_made_of_one_that_ghc_watches() {
    const MAKES: &[Way] = &[way("Makes", "import Wrote ()", r#"readFile "made/text.txt""#)];
    Case::of(package(MAKES))
        .with(|tree| {
            tree.replace(CABAL, "other-modules:    Makes", "other-modules:    Makes, Wrote");
            tree.write("ways/Wrote.hs", "{-# LANGUAGE TemplateHaskell #-}\nmodule Wrote () where\n\nimport Language.Haskell.TH\nimport Language.Haskell.TH.Syntax\nimport System.Directory\n\naddDependentFile \"data/Makes/text.txt\" >> runIO (createDirectoryIfMissing True \"made\" >> readFile \"data/Makes/text.txt\" >>= writeFile \"made/text.txt\" . reverse) >> return []\n");
        })
        .edit(|tree| tree.write("data/Makes/text.txt", "louder\n"))
        .compiles(&["Makes", "Wrote"])
        .prints_otherwise();
}

#[test]
fn the_module_that_reads_what_another_makes() {
    const MAKES: &[Way] = &[way("Makes", "import Wrote ()", r#"readFile "made/text.txt""#)];
    Case::of(package(MAKES))
        .with(|tree| {
            tree.replace(CABAL, "other-modules:    Makes", "other-modules:    Makes, Wrote");
            tree.write("ways/Wrote.hs", "{-# LANGUAGE TemplateHaskell #-}\nmodule Wrote () where\n\nimport Language.Haskell.TH\nimport System.Directory\n\nrunIO (createDirectoryIfMissing True \"made\" >> readFile \"data/Makes/text.txt\" >>= writeFile \"made/text.txt\" . reverse) >> return []\n");
        })
        .edit(|tree| tree.replace("ways/Makes.hs", "readFile", "fmap ('!' :) $ readFile"))
        .prints_otherwise();
}

/// Writes a line.
fn a_splice_writes(tree: &mut Tree, file: &str, line: &str) {
    tree.prepend("src/Small/Words.hs", "{-# LANGUAGE TemplateHaskell #-}\n");
    let splice =
        format!("import Language.Haskell.TH\n\nrunIO (writeFile {file:?} {:?}) >> return []\n\n", format!("{line}\n"));
    tree.replace("src/Small/Words.hs", "greeting :: String", &(splice + "greeting :: String"));
    tree.replace("small.cabal", "  build-depends:    base\n", "  build-depends:    base, template-haskell\n");
}

#[test]
fn a_test_suite_reads_what_a_splice_writes() {
    Case::of(with_tests())
        .option("tests", true)
        .with(|tree| {
            tree.replace("tests/Check.hs", "  putStrLn (", "  readFile \"written.txt\" >>= putStr\n  putStrLn (");
            a_splice_writes(tree, "written.txt", "written");
        })
        .edit(|tree| tree.replace("tests/Check.hs", "alone: ", "alone is "))
        .tests_otherwise();
}

#[test]
fn a_data_file_that_a_splice_writes() {
    Case::of(small())
        .with(|tree| {
            a_splice_writes(tree, "schema.sql", "create table");
            tree.replace(
                "small.cabal",
                "build-type:         Simple\n",
                "build-type:         Simple\ndata-files:         schema.sql\n",
            );
        })
        .edit(|tree| tree.replace("app/Main.hs", "print (alone 1", "print (alone 2"))
        .prints_otherwise();
}

#[test]
fn a_data_file_that_a_splice_overwrites() {
    Case::of(small())
        .with(|tree| {
            a_splice_writes(tree, "schema.sql", "create table");
            tree.replace(
                "small.cabal",
                "build-type:         Simple\n",
                "build-type:         Simple\ndata-files:         schema.sql\n",
            );
            tree.write("schema.sql", "-- written by a build\n");
        })
        .edit(|tree| tree.replace("app/Main.hs", "print (alone 1", "print (alone 2"))
        .prints_otherwise();
}

#[test]
fn dumps_that_are_installed() {
    Case::of(small())
        .with(|tree| {
            tree.replace("small.cabal", "build-type:         Simple\n", "build-type:         Simple\ndata-files:         dumps/src/Small/*.dump-simpl\n");
            tree.replace("small.cabal", "  build-depends:    base\n", "  build-depends:    base\n  ghc-options:      -ddump-simpl -ddump-to-file -dumpdir dumps/ -dsuppress-all -dsuppress-uniques\n");
        })
        .edit(|tree| tree.replace("app/Main.hs", "print (alone 1", "print (alone 2"))
        .prints_otherwise();
}
