//! A Setup program of the package in the same process as Cabal, which looks at folders and files
//! that a description names, as it configures the package, once for each component. That is nothing
//! that the program did. But whatever the program looks at itself counts, be it the very same.

use serde_json::json;

use super::case::Case;
use super::tree::Tree;

/// A package of many components, which share folders and do not. A splice has the text that the
/// program gives to `stamp`, and `hooks` are those that call it.
fn of_components(hooks: &str) -> Tree {
    let mut tree = Tree::of(&[
        (
            "several.cabal",
            "\
cabal-version:      2.4
name:               several
version:            0.1
license-file:       LICENSE
build-type:         Custom
data-files:         data/*.txt
extra-source-files: notes/*.md

custom-setup
  setup-depends:    base, Cabal, directory, process

common shared
  build-depends:    base
  ghc-options:      -O0
  default-language: Haskell2010

library
  import:           shared
  hs-source-dirs:   src, other
  exposed-modules:  Plain, Stamp
  build-depends:    template-haskell
  include-dirs:     early, include
  includes:         one.h
  install-includes: one.h
  c-sources:        cbits/one.c
  extra-lib-dirs:   libs

library inner
  import:           shared
  hs-source-dirs:   inner
  exposed-modules:  Inner
  include-dirs:     include

executable several
  import:           shared
  hs-source-dirs:   app
  main-is:          Main.hs
  build-depends:    several, inner
  include-dirs:     include, cbits

executable second
  import:           shared
  hs-source-dirs:   app, src
  main-is:          Second.hs
  other-modules:    Plain

test-suite check
  import:           shared
  type:             exitcode-stdio-1.0
  hs-source-dirs:   tests, other
  main-is:          Check.hs
  build-depends:    several
  include-dirs:     early

benchmark bench
  import:           shared
  type:             exitcode-stdio-1.0
  hs-source-dirs:   tests
  main-is:          Bench.hs
  include-dirs:     include
",
        ),
        ("libs/keep", ""),
        ("LICENSE", "Do with it what you like.\n"),
        ("data/one.txt", "1\n"),
        ("notes/one.md", "1\n"),
        ("include/one.h", "int one(void);\n"),
        ("cbits/one.c", "#include \"one.h\"\n\nint one(void) { return 1; }\n"),
        ("src/Plain.hs", "module Plain (plain) where\n\nplain :: Int\nplain = 1\n"),
        (
            "src/Stamp.hs",
            "{-# LANGUAGE TemplateHaskell #-}\nmodule Stamp (stamp) where\n\nimport Language.Haskell.TH\n\nstamp :: String\nstamp = $(runIO (readFile \"made/stamp.txt\") >>= stringE)\n",
        ),
        ("inner/Inner.hs", "module Inner (inner) where\n\ninner :: Int\ninner = 2\n"),
        (
            "app/Main.hs",
            "module Main (main) where\n\nimport Inner\nimport Plain\nimport Stamp\n\nmain :: IO ()\nmain = putStr stamp >> print (inner, plain)\n",
        ),
        ("app/Second.hs", "module Main (main) where\n\nimport Plain\n\nmain :: IO ()\nmain = print plain\n"),
        ("tests/Check.hs", "module Main (main) where\n\nimport Plain\n\nmain :: IO ()\nmain = print plain\n"),
        ("tests/Bench.hs", "module Main (main) where\n\nmain :: IO ()\nmain = print 1\n"),
    ]);
    tree.write(
        "Setup.hs",
        &format!(
            "\
import Data.List (sort)
import Distribution.PackageDescription
import Distribution.Simple
import Distribution.Types.CondTree
import System.Directory
import System.Process

main :: IO ()
main = defaultMainWithHooks {hooks}

stamp :: String -> IO ()
stamp text = createDirectoryIfMissing True \"made\" >> writeFile \"made/stamp.txt\" (text ++ \"\\n\")
"
        ),
    );
    tree
}

fn case(hooks: &str) -> Case {
    Case::of(of_components(hooks)).option("tests", true).option("benchmarks", true)
}

/// A program that looks at something by itself, after Cabal has configured the package.
fn looking(computation: &str) -> Case {
    case(&format!(
        "simpleUserHooks {{ postConf = \\a f d l -> ({computation}) >>= stamp >> postConf simpleUserHooks a f d l }}"
    ))
}

const SEES_NOTHING: &str = "return \"stamped\"";

/// In, and beside, what the description names.
fn new_files(tree: &mut Tree) {
    for path in [
        "README.md",
        "cbits/unread.txt",
        "early/unread.h",
        "include/unread.h",
        "inner/unread.txt",
        "libs/unread.txt",
        "notes/unread.md",
        "other/unread.txt",
        "src/unread.txt",
        "CVS/Entries",
        "Setup.lhs.txt",
    ] {
        tree.write(path, "");
    }
}

#[test]
fn new_files_and_folders_that_cabal_alone_looks_for() {
    looking(SEES_NOTHING).edit(new_files).compiles_nothing();
}

#[test]
fn files_and_folders_that_go_and_that_cabal_alone_looked_for() {
    looking(SEES_NOTHING).edit(new_files).backwards().compiles_nothing();
}

#[test]
fn new_files_and_folders_that_cabal_alone_looks_for_under_nixpkgs_builder() {
    looking(SEES_NOTHING).edit(new_files).of_nixpkgs().compiles_nothing();
}

#[test]
fn a_folder_that_a_setup_lists_too_under_nixpkgs_builder() {
    looking("unwords . sort <$> listDirectory \"include\"")
        .edit(|tree| tree.write("include/unread.h", ""))
        .of_nixpkgs()
        .leaves_out(json!({ "module": "Plain", "input": "include", "access": "listed", "reader": "setup" }))
        .prints_otherwise();
}

#[test]
fn new_files_and_folders_beside_a_setup_that_runs_a_configure_script() {
    case("autoconfUserHooks { preBuild = \\a f -> stamp \"stamped\" >> preBuild autoconfUserHooks a f }")
        .with(|tree| tree.program("configure", "#!/bin/sh\nexit 0\n"))
        .edit(|tree| {
            tree.write("early/unread.h", "");
            tree.write("include/unread.h", "");
            tree.write("other/unread.txt", "");
        })
        .compiles_nothing();
}

/// It is installed, and nothing else comes of it.
#[test]
fn a_new_file_of_a_pattern_of_data_files_beside_a_custom_setup() {
    looking(SEES_NOTHING).edit(|tree| tree.write("data/two.txt", "2\n")).compiles(&[]).prints_the_same();
}

/// A compiler of C reads it as Cabal tries headers.
#[test]
fn a_header_that_cabal_tries_beside_a_custom_setup() {
    looking(SEES_NOTHING)
        .edit(|tree| tree.append("include/one.h", "/* A comment. */\n"))
        .compiles(&[])
        .prints_the_same();
}

#[test]
fn a_component_that_names_a_folder_once_more_beside_a_custom_setup() {
    looking(SEES_NOTHING)
        .edit(|tree| {
            tree.replace("several.cabal", "  include-dirs:     early\n", "  include-dirs:     early, include\n");
            tree.write("include/unread.h", "");
        })
        // GHC is told of the folder, and sees other options.
        .compiles(&["Main"])
        .prints_the_same();
}

#[test]
fn a_folder_that_cabal_lists_and_a_setup_lists_too() {
    looking("unwords . sort <$> listDirectory \"include\"")
        .edit(|tree| tree.write("include/unread.h", ""))
        .leaves_out(json!({
            "module": "Plain", "cause": "input", "input": "include", "access": "listed", "change": "changed",
            "reader": "setup",
        }))
        .prints_otherwise();
}

/// Cabal asks for it three times.
#[test]
fn a_folder_that_cabal_asks_for_and_a_setup_asks_for_too() {
    looking("show <$> doesDirectoryExist \"early\"")
        .edit(|tree| tree.write("early/unread.h", ""))
        .leaves_out(json!({
            "module": "Plain", "cause": "input", "input": "early", "access": "asked", "change": "added",
            "reader": "setup",
        }))
        .prints_otherwise();
}

#[test]
fn a_pattern_that_cabal_looks_for_and_a_setup_lists_too() {
    looking("unwords . sort <$> listDirectory \"notes\"")
        .edit(|tree| tree.write("notes/two.md", ""))
        .leaves_out(json!({ "module": "Plain", "input": "notes", "access": "listed", "reader": "setup" }))
        .prints_otherwise();
}

#[test]
fn a_description_that_a_setup_reads_too() {
    looking("unwords . filter (== \"secret\") . words <$> readFile \"several.cabal\"")
        .edit(|tree| tree.replace("several.cabal", "license-file: ", "synopsis:           secret\nlicense-file: "))
        .leaves_out(json!({ "module": "Plain", "input": "several.cabal", "access": "read", "reader": "setup" }))
        .prints_otherwise();
}

#[test]
fn a_header_that_cabal_tries_and_a_setup_reads_too() {
    looking("readFile \"include/one.h\"")
        .edit(|tree| tree.append("include/one.h", "/* A comment. */\n"))
        .leaves_out(json!({ "module": "Plain", "input": "include/one.h", "access": "read", "reader": "setup" }))
        .prints_otherwise();
}

#[test]
fn a_header_that_cabal_tries_and_a_setup_has_compiled_too() {
    looking("readProcess \"gcc\" [\"-E\", \"-P\", \"-C\", \"include/one.h\"] \"\"")
        .edit(|tree| tree.append("include/one.h", "/* A comment. */\n"))
        .leaves_out(json!({ "module": "Plain", "input": "include/one.h", "access": "read", "reader": "setup" }))
        .prints_otherwise();
}

/// Cabal does not list it then, and the program does so in its place, as often.
#[test]
fn a_folder_that_a_setup_takes_out_of_the_description_and_lists() {
    let hooks = "\
simpleUserHooks { confHook = \\(described, more) f -> do
    names <- concat <$> mapM listDirectory [\"include\", \"include\", \"include\", \"include\"]
    stamp (unwords (sort names))
    confHook simpleUserHooks (without described, more) f }
  where
    without described = described
      { condLibrary = fmap (mapTreeData (\\l -> l { libBuildInfo = less (libBuildInfo l) })) (condLibrary described)
      , condSubLibraries = fmap (fmap (mapTreeData (\\l -> l { libBuildInfo = less (libBuildInfo l) }))) (condSubLibraries described)
      , condExecutables = fmap (fmap (mapTreeData (\\e -> e { buildInfo = less (buildInfo e) }))) (condExecutables described)
      , condBenchmarks = fmap (fmap (mapTreeData (\\b -> b { benchmarkBuildInfo = less (benchmarkBuildInfo b) }))) (condBenchmarks described)
      }
    less info = info { includeDirs = [], includes = [] }
";
    case(hooks)
        .with(|tree| {
            tree.replace("several.cabal", "  includes:         one.h\n  install-includes: one.h\n", "");
            tree.replace("cbits/one.c", "\"one.h\"", "\"../include/one.h\"");
        })
        .edit(|tree| tree.write("include/unread.h", ""))
        .leaves_out(json!({ "module": "Plain", "input": "include", "access": "listed", "reader": "setup" }))
        .prints_otherwise();
}

/// The same in a package with a description that the program changes, of what does not depend on it.
#[test]
fn a_new_file_beside_a_setup_that_changes_the_description() {
    case("simpleUserHooks { preConf = \\_ _ -> stamp \"stamped\" >> return (Just emptyBuildInfo { cppOptions = [\"-DX\"] }, []) }")
        .edit(|tree| tree.write("README.md", "A text.\n"))
        .compiles_nothing();
}
