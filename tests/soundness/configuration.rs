//! What is configured: the `.cabal` file's options and flags, versions, the ways
//! that are built.

use super::case::Case;
use super::packages::small;
use super::tree::Tree;

const CABAL: &str = "small.cabal";
const WORDS: &str = "src/Small/Words.hs";
const SOURCES: &str = "  hs-source-dirs:   src\n";

fn with_field(tree: &mut Tree, line: &str) {
    tree.replace(CABAL, SOURCES, &format!("{SOURCES}  {line}\n"));
}

#[test]
fn a_language_extension_for_a_component() {
    Case::of(small())
        .with(|tree| tree.replace(WORDS, "product [1 .. n]", "-1 `mod` 3 + n"))
        .edit(|tree| with_field(tree, "default-extensions: NegativeLiterals"))
        .prints_otherwise();
}

#[test]
fn another_language() {
    Case::of(small())
        .edit(|tree| {
            let cabal = tree.entries[CABAL].clone();
            let super::tree::Entry::Text(text) = cabal else { panic!("a text") };
            tree.write(CABAL, &text.replace("Haskell2010", "GHC2021"));
        })
        .prints_the_same();
}

/// One that fails, where GHC is told to heed them.
fn with_an_assertion(tree: &mut Tree) {
    tree.replace(WORDS, "(greeting, secret) where", "(greeting, secret) where\n\nimport Control.Exception (assert)");
    tree.replace(WORDS, "hidden n = product", "hidden n = assert (n > 100) (product");
    tree.replace(WORDS, "[1 .. n]", "[1 .. n])");
}

#[test]
fn an_option_that_changes_what_programs_do() {
    Case::of(small())
        .with(with_an_assertion)
        .edit(|tree| with_field(tree, "ghc-options: -fno-ignore-asserts -O0"))
        .prints_otherwise();
}

/// GHC reads the interfaces of other packages once, and the module that is compiled first decides
/// whether with what is there to be inlined. Here that is one without optimisation, and in a clean
/// build another: what comes after it is optimised less, and does the same.
#[test]
fn asserts_by_a_pragma_in_the_module() {
    Case::of(small())
        .with(with_an_assertion)
        .whatever_the_interfaces_say()
        .edit(|tree| tree.prepend(WORDS, "{-# OPTIONS_GHC -O0 #-}\n"))
        .prints_otherwise();
}

#[test]
fn the_level_of_optimisation_raised() {
    Case::of(small()).edit(|tree| with_field(tree, "ghc-options: -O2")).prints_the_same();
}

#[test]
fn the_level_of_optimisation_lowered() {
    Case::of(small()).edit(|tree| with_field(tree, "ghc-options: -O0")).prints_the_same();
}

#[test]
fn an_option_that_ghc_does_not_compare() {
    Case::of(small()).edit(|tree| with_field(tree, "ghc-options: -ddump-timings -ddump-to-file")).changes_nothing();
}

/// `@FILE` among the options: GHC reads more of them there.
fn with_options_in_a_file(options: &str) -> Tree {
    let mut tree = small();
    with_field(&mut tree, "ghc-options: @options.txt");
    tree.write("options.txt", &format!("{options}\n"));
    tree.append("src/Small/Alone.hs", "\nuntyped = 1 :: Int\n");
    // Somebody runs code, and reads nothing.
    tree.append("src/Small/Shapes.hs", "\nnumber :: Int\nnumber = $([| 2 |])\n");
    tree.prepend("src/Small/Shapes.hs", "{-# LANGUAGE TemplateHaskell #-}\n");
    tree.replace(CABAL, "  build-depends:    base\n", "  build-depends:    base, template-haskell\n");
    tree
}

#[test]
fn options_in_a_file() {
    let case = || Case::of(with_options_in_a_file("-O1")).with(with_an_assertion);
    case().edit(|tree| tree.write("options.txt", "-O1 -fno-ignore-asserts\n")).prints_otherwise();
    case().edit(|tree| tree.write("options.txt", "-O1 -g\n")).prints_the_same();
}

#[test]
fn warnings_by_options_in_a_file() {
    let case = || Case::of(with_options_in_a_file("-O1"));
    case().edit(|tree| tree.write("options.txt", "-O1 -Wall\n")).warns("untyped");
    case().edit(|tree| tree.write("options.txt", "-O1 -Wall -Werror\n")).fails("untyped");
}

#[test]
fn options_of_the_program_alone() {
    Case::of(small())
        .edit(|tree| {
            tree.replace(
                CABAL,
                "  main-is:          Main.hs\n",
                "  main-is:          Main.hs\n  ghc-options:      -O0\n",
            );
        })
        .compiles(&["Main"])
        .prints_the_same();
}

#[test]
fn an_option_of_the_linker() {
    Case::of(small())
        .with(|tree| {
            tree.replace(
                "app/Main.hs",
                "mapM_ putStrLn report",
                "mapM_ putStrLn report >> print rtsSupportsBoundThreads",
            );
        })
        .with(|tree| tree.replace("app/Main.hs", "import Small.Sizes", "import Control.Concurrent\nimport Small.Sizes"))
        .edit(|tree| {
            tree.replace(
                CABAL,
                "  main-is:          Main.hs\n",
                "  main-is:          Main.hs\n  ghc-options:      -threaded\n",
            );
        })
        .prints_otherwise();
}

/// A flag of the package that is toggled in its own text.
#[test]
fn the_default_of_a_flag() {
    Case::of(small())
        .with(|tree| {
            tree.replace(
                CABAL,
                "\nlibrary\n",
                "\nflag loud\n  default: False\n  manual: True\n\nlibrary\n  if flag(loud)\n    cpp-options: -DLOUD\n",
            );
            tree.prepend(WORDS, "{-# LANGUAGE CPP #-}\n");
            tree.replace(
                WORDS,
                "greeting = \"hello\"",
                "#ifdef LOUD\ngreeting = \"HELLO\"\n#else\ngreeting = \"hello\"\n#endif",
            );
        })
        .edit(|tree| tree.replace(CABAL, "default: False", "default: True"))
        .prints_otherwise();
}

#[test]
fn a_version_bumped_is_built_plainly() {
    Case::of(small())
        .edit(|tree| tree.replace(CABAL, "version:            0.1", "version:            0.2"))
        .is_built_plainly("the package's version changed from 0.1 to 0.2");
}

#[test]
fn a_package_renamed_is_built_plainly() {
    Case::of(small())
        .edit(|tree| {
            tree.replace(CABAL, "name:               small", "name:               tiny");
            tree.replace(CABAL, "base, small", "base, tiny");
            tree.rename(CABAL, "tiny.cabal");
        })
        .is_built_plainly("the package was called small in the base and is called tiny now");
}

#[test]
fn coverage_is_built_plainly() {
    Case::of(small())
        .option("configure_flags", vec!["--enable-library-coverage"])
        .edit(|tree| tree.append(WORDS, "-- A comment.\n"))
        .is_built_plainly("coverage needs");
}

/// What the library knows of itself.
#[test]
fn words_of_the_package_description() {
    Case::of(small())
        .with(|tree| {
            tree.replace(
                CABAL,
                "build-type:         Simple\n",
                "build-type:         Simple\nsynopsis:           before\n",
            );
        })
        .edit(|tree| tree.replace(CABAL, "before", "after"))
        .compiles(&[])
        .prints_the_same();
}

#[test]
fn a_data_file_changed() {
    Case::of(with_paths())
        .edit(|tree| tree.write("data/greeting.txt", "good night\n"))
        .compiles(&[])
        .prints_otherwise();
}

#[test]
fn a_data_file_added() {
    Case::of(with_paths())
        .edit(|tree| {
            tree.write("data/other.txt", "other\n");
            tree.replace(CABAL, "data/greeting.txt", "data/greeting.txt, data/other.txt");
        })
        .compiles(&[])
        .prints_the_same();
}

#[test]
fn the_data_folder_renamed() {
    Case::of(with_paths())
        .with(|tree| {
            tree.replace(
                CABAL,
                "data-files:         data/greeting.txt\n",
                "data-dir:           data\ndata-files:         greeting.txt\n",
            );
        })
        .with(|tree| tree.replace("src/Small/Data.hs", "\"data/greeting.txt\"", "\"greeting.txt\""))
        .edit(|tree| {
            tree.rename("data/greeting.txt", "other/greeting.txt");
            tree.write("other/greeting.txt", "moved\n");
            tree.replace(CABAL, "data-dir:           data", "data-dir:           other");
        })
        .prints_otherwise();
}

/// A library that finds a data file of its own.
fn with_paths() -> Tree {
    let mut tree = small();
    tree.write("data/greeting.txt", "good morning\n");
    tree.write(
        "src/Small/Data.hs",
        "module Small.Data (fromFile, folders) where\n\nimport Data.Version (showVersion)\nimport Paths_small\n\nfromFile :: IO String\nfromFile = getDataFileName \"data/greeting.txt\" >>= readFile\n\nfolders :: IO [FilePath]\nfolders = (showVersion version :) <$> sequence [getBinDir, getLibDir, getDataDir, getLibexecDir, getSysconfDir]\n",
    );
    tree.replace(
        CABAL,
        "build-type:         Simple\n",
        "build-type:         Simple\ndata-files:         data/greeting.txt\n",
    );
    tree.replace(CABAL, "    Small.Shapes", "    Small.Data\n    Small.Shapes");
    tree.replace(
        CABAL,
        "    Small.Words\n",
        "    Small.Words\n  other-modules:    Paths_small\n  autogen-modules:  Paths_small\n",
    );
    tree.replace("app/Main.hs", "import Small.Sizes", "import Small.Data\nimport Small.Sizes");
    tree.append("app/Main.hs", "  fromFile >>= putStr\n  folders >>= mapM_ putStrLn\n");
    tree
}

#[test]
fn an_edit_beside_installation_paths_compiles_nothing_else() {
    Case::of(with_paths())
        .edit(|tree| tree.append("src/Small/Alone.hs", "-- A comment.\n"))
        .compiles(&["Small.Alone"])
        .prints_the_same();
}

#[test]
fn the_same_with_shared_libraries_and_a_shared_program() {
    Case::of(with_paths())
        .option("shared", true)
        .option("configure_flags", vec!["--enable-executable-dynamic"])
        .edit(|tree| tree.replace("src/Small/Alone.hs", "n + 1", "n + 2"))
        .prints_otherwise();
}

#[test]
fn shared_libraries_alone() {
    Case::of(with_paths())
        .option("shared", true)
        .option("static", false)
        .option("configure_flags", vec!["--enable-executable-dynamic"])
        .edit(|tree| tree.replace(WORDS, "hello", "goodbye"))
        .prints_otherwise();
}

#[test]
fn profiling_libraries() {
    Case::of(small())
        .option("profiling", true)
        .edit(|tree| tree.replace(WORDS, "product [1 .. n]", "sum [1 .. n]"))
        .compiles(&["Small.Words"])
        .prints_otherwise();
}

#[test]
fn a_profiled_program() {
    Case::of(small())
        .option("profiling", true)
        .option("configure_flags", vec!["--enable-profiling"])
        .edit(|tree| tree.replace(WORDS, "product [1 .. n]", "sum [1 .. n]"))
        .prints_otherwise();
}

/// The base has no interfaces of this way.
#[test]
fn profiling_switched_on_between_base_and_head() {
    Case::of(with_nix("profiling = false;"))
        .attribute("small")
        .edit(|tree| tree.replace("default.nix", "profiling = false", "profiling = true"))
        .prints_the_same();
}

#[test]
fn profiling_switched_off_between_base_and_head() {
    Case::of(with_nix("profiling = true;"))
        .attribute("small")
        .edit(|tree| {
            tree.replace("default.nix", "profiling = true", "profiling = false");
            tree.replace("package/src/Small/Words.hs", "hello", "goodbye");
        })
        .prints_otherwise();
}

#[test]
fn shared_libraries_switched_on_between_base_and_head() {
    Case::of(with_nix("shared = false;"))
        .attribute("small")
        .edit(|tree| {
            tree.replace("default.nix", "shared = false", "shared = true");
            tree.replace("package/src/Small/Words.hs", "hello", "goodbye");
        })
        .prints_otherwise();
}

#[test]
fn shared_libraries_switched_off_between_base_and_head() {
    Case::of(with_nix("shared = true;"))
        .attribute("small")
        .edit(|tree| tree.replace("default.nix", "shared = true", "shared = false"))
        .prints_the_same();
}

#[test]
fn tests_switched_on_between_base_and_head() {
    Case::of(with_nix("tests = false;"))
        .with(|tree| {
            tree.append("package/small.cabal", "\ntest-suite check\n  type:             exitcode-stdio-1.0\n  hs-source-dirs:   tests\n  main-is:          Check.hs\n  build-depends:    base, small\n  default-language: Haskell2010\n");
            tree.write("package/tests/Check.hs", "import Small.Alone\n\nmain :: IO ()\nmain = print (alone 1)\n");
        })
        .attribute("small")
        .edit(|tree| tree.replace("default.nix", "tests = false", "tests = true"))
        .compiles(&["Main"])
        .tests_otherwise();
}

#[test]
fn documentation_switched_on_is_built_plainly() {
    Case::of(with_nix("haddock = false;"))
        .attribute("small")
        .edit(|tree| tree.replace("default.nix", "haddock = false", "haddock = true"))
        .is_built_plainly("the options of the package changed");
}

#[test]
fn options_for_ghc_from_outside_are_built_plainly() {
    Case::of(with_nix("ghcOptions = [ ];"))
        .attribute("small")
        .edit(|tree| tree.replace("default.nix", "[ ]", "[ \"-Werror\" ]"))
        .is_built_plainly("the options of the package changed");
}

#[test]
fn a_flag_from_outside_is_built_plainly() {
    Case::of(with_nix("flags = [ ];"))
        .with(|tree| tree.append("package/small.cabal", "\nflag loud\n  default: False\n  manual: True\n"))
        .attribute("small")
        .edit(|tree| tree.replace("default.nix", "[ ]", "[ \"loud\" ]"))
        .is_built_plainly("the package's flags changed from none to loud");
}

#[test]
fn documentation_of_a_changed_module() {
    Case::of(small())
        .option("haddock", true)
        .edit(|tree| tree.replace(WORDS, "greeting :: String", "-- | Says hello.\ngreeting :: String"))
        .prints_the_same();
}

/// The package in a Nix file, with one more argument.
fn with_nix(argument: &str) -> Tree {
    let mut tree = small().below("package");
    tree.write(
        "default.nix",
        &format!(
            "{{ hinc }}:\n{{\n  small = hinc.host.mkPackage {{\n    src = ./package;\n    {argument}\n  }};\n}}\n"
        ),
    );
    tree
}

/// Cabal packs libraries of the usual suffixes alone, and GHC links programs of any.
#[test]
fn suffixes_of_the_packages_own() {
    Case::of(small())
        .with(|tree| {
            tree.write("app/Title.hs", "module Title (title) where\n\ntitle :: String\ntitle = \"before\"\n");
            tree.write("app/Other.hs", "module Other (other) where\n\nother :: String\nother = \"other\"\n");
            tree.replace("app/Main.hs", "import Small.Sizes", "import Other\nimport Title\nimport Small.Sizes");
            tree.append("app/Main.hs", "  putStrLn title\n  putStrLn other\n");
            tree.replace(CABAL, "  main-is:          Main.hs\n", "  main-is:          Main.hs\n  other-modules:    Other, Title\n  ghc-options:      -hisuf=tiny_hi -osuf=tiny_o\n");
        })
        .edit(|tree| tree.append("app/Title.hs", "\nprivate :: String\nprivate = \"private\"\n"))
        .compiles(&["Title"])
        .prints_the_same();
}
