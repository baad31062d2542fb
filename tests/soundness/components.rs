//! Packages of several components: programs, sublibraries, test suites, benchmarks, foreign
//! libraries.

use super::case::Case;
use super::packages::small;
use super::tree::Tree;

const CABAL: &str = "small.cabal";
const WORDS: &str = "src/Small/Words.hs";
const MAIN: &str = "app/Main.hs";

/// A sublibrary below the library.
fn with_sublibrary() -> Tree {
    let mut tree = small();
    tree.append(
        CABAL,
        "\nlibrary inner\n  hs-source-dirs:   inner\n  exposed-modules:  Inner.Text\n  build-depends:    base\n  default-language: Haskell2010\n",
    );
    tree.replace(
        CABAL,
        "  build-depends:    base\n  default-language: Haskell2010\n\nexecutable",
        "  build-depends:    base, inner\n  default-language: Haskell2010\n\nexecutable",
    );
    tree.write(
        "inner/Inner/Text.hs",
        "module Inner.Text (shout) where\n\nimport Data.Char\n\nshout :: String -> String\nshout = map toUpper\n",
    );
    tree.replace("src/Small/Sizes.hs", "import Small.Words", "import Small.Words\nimport Inner.Text");
    tree.replace("src/Small/Sizes.hs", "show origin]", "show origin, shout greeting]");
    tree
}

#[test]
fn a_sublibrary_changed() {
    Case::of(with_sublibrary())
        .edit(|tree| tree.replace("inner/Inner/Text.hs", "map toUpper", "map toLower . reverse"))
        .prints_otherwise();
}

#[test]
fn a_comment_in_a_sublibrary() {
    Case::of(with_sublibrary())
        .edit(|tree| tree.append("inner/Inner/Text.hs", "-- A comment.\n"))
        .compiles(&["Inner.Text"])
        .prints_the_same();
}

#[test]
fn a_private_function_of_a_sublibrary() {
    Case::of(with_sublibrary())
        .with(|tree| tree.append("inner/Inner/Text.hs", "{-# NOINLINE shout #-}\n"))
        .edit(|tree| tree.replace("inner/Inner/Text.hs", "map toUpper", "reverse . map toUpper"))
        .prints_otherwise();
}

#[test]
fn an_export_of_a_sublibrary_removed() {
    Case::of(with_sublibrary())
        .edit(|tree| tree.replace("inner/Inner/Text.hs", "(shout) where", "() where"))
        .fails("src/Small/Sizes.hs");
}

#[test]
fn a_sublibrary_added() {
    Case::of(small()).edit(|tree| *tree = with_sublibrary()).prints_otherwise();
}

#[test]
fn a_sublibrary_removed() {
    Case::of(with_sublibrary()).edit(|tree| *tree = small()).prints_otherwise();
}

#[test]
fn a_sublibrary_renamed() {
    Case::of(with_sublibrary())
        .edit(|tree| {
            tree.replace(CABAL, "library inner", "library core");
            tree.replace(CABAL, "base, inner", "base, core");
        })
        .prints_the_same();
}

#[test]
fn a_module_moved_from_a_library_to_its_sublibrary() {
    Case::of(with_sublibrary())
        .edit(|tree| {
            tree.rename(WORDS, "inner/Small/Words.hs");
            tree.replace("inner/Small/Words.hs", "\"hello\"", "\"moved\"");
            tree.replace(CABAL, "    Small.Words\n", "  reexported-modules: Small.Words\n");
            tree.replace(CABAL, "exposed-modules:  Inner.Text", "exposed-modules:  Inner.Text, Small.Words");
        })
        .prints_otherwise();
}

#[test]
fn a_module_moved_from_a_program_to_its_library() {
    Case::of(small())
        .with(|tree| {
            tree.write("app/Report.hs", "module Report (title) where\n\ntitle :: String\ntitle = \"in the program\"\n");
            tree.replace(
                CABAL,
                "  main-is:          Main.hs\n",
                "  main-is:          Main.hs\n  other-modules:    Report\n",
            );
            tree.replace(MAIN, "import Small.Sizes", "import Report\nimport Small.Sizes");
            tree.append(MAIN, "  putStrLn title\n");
        })
        .edit(|tree| {
            tree.rename("app/Report.hs", "src/Report.hs");
            tree.replace("src/Report.hs", "in the program", "in the library");
            tree.replace(CABAL, "  other-modules:    Report\n", "");
            tree.replace(CABAL, "    Small.Shapes", "    Report\n    Small.Shapes");
        })
        .prints_otherwise();
}

/// Two programs have a module of one name each.
#[test]
fn modules_of_one_name_in_two_programs() {
    Case::of(small())
        .with(|tree| {
            for (name, word) in [("one", "first"), ("two", "second")] {
                tree.append(
                    CABAL,
                    &format!("\nexecutable {name}\n  hs-source-dirs:   {name}\n  main-is:          Main.hs\n  other-modules:    Title\n  build-depends:    base\n  default-language: Haskell2010\n"),
                );
                tree.write(&format!("{name}/Main.hs"), "module Main (main) where\n\nimport Title\n\nmain :: IO ()\nmain = putStrLn title\n");
                tree.write(&format!("{name}/Title.hs"), &format!("module Title (title) where\n\ntitle :: String\ntitle = \"{word}\"\n"));
            }
        })
        .edit(|tree| {
            let one = tree.entries["one/Title.hs"].clone();
            let two = tree.entries.insert("two/Title.hs".to_owned(), one).expect("a module");
            tree.entries.insert("one/Title.hs".to_owned(), two);
        })
        .prints_otherwise();
}

/// The program compiles the library's modules once more, as its own.
fn with_shared_folder() -> Tree {
    let mut tree = small();
    tree.replace(
        CABAL,
        "  hs-source-dirs:   app\n",
        "  hs-source-dirs:   app, src\n  other-modules:    Small.Alone, Small.Shapes, Small.Sizes, Small.Words\n",
    );
    tree.replace(CABAL, "base, small", "base");
    tree
}

#[test]
fn a_program_with_the_librarys_source_folder() {
    Case::of(with_shared_folder())
        .edit(|tree| tree.replace(WORDS, "product [1 .. n]", "sum [1 .. n]"))
        .compiles(&["Small.Words"])
        .prints_otherwise();
}

#[test]
fn a_program_takes_the_library_in_place_of_its_source_folder() {
    Case::of(with_shared_folder())
        .edit(|tree| {
            *tree = small();
            tree.replace(WORDS, "hello", "goodbye");
        })
        .prints_otherwise();
}

#[test]
fn a_program_added() {
    Case::of(small())
        .edit(|tree| {
            tree.append(CABAL, "\nexecutable more\n  hs-source-dirs:   more\n  main-is:          Main.hs\n  build-depends:    base, small\n  default-language: Haskell2010\n");
            tree.write("more/Main.hs", "import Small.Words\n\nmain :: IO ()\nmain = putStrLn greeting\n");
        })
        .compiles(&["Main"])
        .prints_otherwise();
}

#[test]
fn a_program_removed() {
    Case::of(small())
        .with(|tree| {
            tree.append(CABAL, "\nexecutable more\n  hs-source-dirs:   more\n  main-is:          Main.hs\n  build-depends:    base, small\n  default-language: Haskell2010\n");
            tree.write("more/Main.hs", "import Small.Words\n\nmain :: IO ()\nmain = putStrLn greeting\n");
        })
        .edit(|tree| {
            let text = small();
            tree.entries.insert(CABAL.to_owned(), text.entries[CABAL].clone());
        })
        .prints_otherwise();
}

#[test]
fn a_program_renamed() {
    Case::of(small()).edit(|tree| tree.replace(CABAL, "executable small", "executable tiny")).prints_otherwise();
}

#[test]
fn a_programs_main_module_moved_to_another_file() {
    Case::of(small())
        .edit(|tree| {
            tree.rename(MAIN, "app/Start.hs");
            tree.replace("app/Start.hs", "putStrLn greeting", "putStrLn (greeting ++ \"!\")");
            tree.replace(CABAL, "Main.hs", "Start.hs");
        })
        .prints_otherwise();
}

#[test]
fn a_programs_main_module_chosen_by_an_option() {
    Case::of(small())
        .with(|tree| {
            tree.write("app/Other.hs", "module Other (main) where\n\nmain :: IO ()\nmain = putStrLn \"other\"\n");
            tree.replace(
                CABAL,
                "  main-is:          Main.hs\n",
                "  main-is:          Main.hs\n  other-modules:    Other\n",
            );
        })
        .edit(|tree| {
            tree.replace(
                CABAL,
                "  main-is:          Main.hs\n  other-modules:    Other\n",
                "  main-is:          Other.hs\n  ghc-options:      -main-is Other\n",
            );
        })
        .prints_otherwise();
}

pub(crate) fn with_tests() -> Tree {
    let mut tree = small();
    tree.append(
        CABAL,
        "\ntest-suite check\n  type:             exitcode-stdio-1.0\n  hs-source-dirs:   tests\n  main-is:          Check.hs\n  build-depends:    base, small\n  default-language: Haskell2010\n",
    );
    tree.write("tests/Check.hs", "import Small.Alone\nimport System.Exit\n\nmain :: IO ()\nmain = do\n  putStrLn (\"alone: \" ++ show (alone 41))\n  if alone 41 == 42 then exitSuccess else exitFailure\n");
    tree
}

#[test]
fn a_test_suite_changed_alone() {
    Case::of(with_tests())
        .option("tests", true)
        .edit(|tree| tree.replace("tests/Check.hs", "alone: ", "alone is "))
        .compiles(&["Main"])
        .tests_otherwise();
}

#[test]
fn a_test_suite_fails_for_an_edit_of_the_library() {
    Case::of(with_tests())
        .option("tests", true)
        .edit(|tree| tree.replace("src/Small/Alone.hs", "n + 1", "n + 2"))
        .fails("FAIL");
}

#[test]
fn a_test_suite_fails_for_an_edit_of_its_own() {
    Case::of(with_tests())
        .option("tests", true)
        .edit(|tree| tree.replace("tests/Check.hs", "== 42", "== 43"))
        .fails("FAIL");
}

#[test]
fn a_test_suite_reads_a_changed_file() {
    Case::of(with_tests())
        .option("tests", true)
        .with(|tree| {
            tree.write("tests/golden.txt", "one\n");
            tree.replace("tests/Check.hs", "  putStrLn (", "  readFile \"tests/golden.txt\" >>= putStr\n  putStrLn (");
        })
        .edit(|tree| tree.write("tests/golden.txt", "two\n"))
        .compiles(&[])
        .tests_otherwise();
}

#[test]
fn a_test_suite_added() {
    Case::of(small()).option("tests", true).edit(|tree| *tree = with_tests()).tests_otherwise();
}

#[test]
fn a_library_of_tests_changed() {
    Case::of(small())
        .option("tests", true)
        .with(|tree| {
            tree.append(
                CABAL,
                "\ntest-suite detailed\n  type:             detailed-0.9\n  hs-source-dirs:   tests\n  test-module:      Detailed\n  build-depends:    base, small, Cabal\n  default-language: Haskell2010\n",
            );
            tree.write(
                "tests/Detailed.hs",
                "module Detailed (tests) where\n\nimport Distribution.TestSuite\nimport Small.Alone\n\ntests :: IO [Test]\ntests = return [Test instance']\n  where\n    instance' = TestInstance\n      { run = return (Finished (if alone 1 == 2 then Pass else Fail \"no\"))\n      , name = \"first\"\n      , tags = []\n      , options = []\n      , setOption = \\_ _ -> Right instance'\n      }\n",
            );
        })
        .edit(|tree| tree.replace("src/Small/Alone.hs", "n + 1", "n + 2"))
        .fails("FAIL");
}

#[test]
fn a_benchmark_changed() {
    Case::of(small())
        .option("benchmarks", true)
        .with(|tree| {
            tree.append(CABAL, "\nbenchmark speed\n  type:             exitcode-stdio-1.0\n  hs-source-dirs:   bench\n  main-is:          Speed.hs\n  build-depends:    base, small\n  default-language: Haskell2010\n");
            tree.write("bench/Speed.hs", "import Small.Alone\n\nmain :: IO ()\nmain = print (alone 1)\n");
        })
        .edit(|tree| tree.replace("bench/Speed.hs", "alone 1", "alone 2"))
        .compiles(&["Main"])
        .prints_the_same();
}

/// A library for programs that are not Haskell.
fn with_foreign_library() -> Tree {
    let mut tree = small();
    tree.append(
        CABAL,
        "\nforeign-library outside\n  type:             native-shared\n  hs-source-dirs:   flib\n  other-modules:    Outside, Outside.Number\n  build-depends:    base\n  default-language: Haskell2010\n",
    );
    tree.write("flib/Outside.hs", "module Outside where\n\nimport Foreign.C\nimport Outside.Number\n\nforeign export ccall outside :: CInt -> CInt\n\noutside :: CInt -> CInt\noutside = (+ number)\n");
    tree.write(
        "flib/Outside/Number.hs",
        "module Outside.Number where\n\nimport Foreign.C\n\nnumber :: CInt\nnumber = 1\n",
    );
    tree
}

#[test]
fn a_foreign_library_changed() {
    Case::of(with_foreign_library())
        .option("shared", true)
        .edit(|tree| tree.replace("flib/Outside/Number.hs", "number = 1", "number = 2"))
        .prints_the_same();
}

#[test]
fn a_comment_in_a_foreign_library() {
    Case::of(with_foreign_library())
        .option("shared", true)
        .edit(|tree| tree.append("flib/Outside/Number.hs", "-- A comment.\n"))
        .compiles(&["Outside.Number"])
        .prints_the_same();
}

#[test]
fn a_module_with_a_signature_of_its_own_in_another_package_part() {
    // Backpack: the signature is filled by the sublibrary.
    let cabal = "\
cabal-version:      2.4
name:               small
version:            0.1
build-type:         Simple

library words
  hs-source-dirs:   words
  exposed-modules:  Words
  build-depends:    base
  default-language: Haskell2010

library open
  hs-source-dirs:   open
  signatures:       Words
  exposed-modules:  Shout
  build-depends:    base
  default-language: Haskell2010

executable small
  hs-source-dirs:   app
  main-is:          Main.hs
  build-depends:    base, words, open
  default-language: Haskell2010
";
    Case::of(Tree::of(&[
        (CABAL, cabal),
        ("words/Words.hs", "module Words (word) where\n\nword :: String\nword = \"quiet\"\n"),
        ("open/Words.hsig", "signature Words where\n\nword :: String\n"),
        ("open/Shout.hs", "module Shout (shout) where\n\nimport Words\n\nshout :: String\nshout = word ++ \"!\"\n"),
        (MAIN, "import Shout\n\nmain :: IO ()\nmain = putStrLn shout\n"),
    ]))
    .edit(|tree| tree.replace("words/Words.hs", "quiet", "loud"))
    .prints_otherwise();
}
