//! Template Haskell: what a splice runs and computes, and the files that GHC is told of. What else it
//! reads is the matter of `observed`.

use super::case::Case;
use super::packages::small;
use super::tree::Tree;

const CABAL: &str = "small.cabal";
const SOURCES: &str = "  hs-source-dirs:   src\n";
const MAIN: &str = "app/Main.hs";
const SPLICE: &str = "src/Small/Splice.hs";

/// A module with a splice, whose value the program prints. `body` is the expression that the
/// splice computes, in the monad `Q`.
fn with_splice(body: &str) -> Tree {
    let mut tree = small();
    tree.write(
        SPLICE,
        &format!(
            "{{-# LANGUAGE TemplateHaskell #-}}\nmodule Small.Splice (value) where\n\nimport Control.Monad\nimport Language.Haskell.TH\nimport Language.Haskell.TH.Syntax\nimport System.Directory\nimport Small.Words\n\nvalue :: String\nvalue = $({body})\n"
        ),
    );
    tree.replace(CABAL, "    Small.Shapes", "    Small.Splice\n    Small.Shapes");
    tree.replace(CABAL, "  build-depends:    base\n", "  build-depends:    base, directory, template-haskell\n");
    tree.replace(MAIN, "import Small.Sizes", "import Small.Splice (value)\nimport Small.Sizes");
    tree.append(MAIN, "  putStrLn value\n");
    tree.write("text.txt", "quiet\n");
    tree
}

const READING: &str = "runIO (readFile \"text.txt\") >>= stringE";

/// GHC is not told of the file.
pub(crate) fn untracked_file_changed() -> Case {
    Case::of(with_splice(READING)).edit(|tree| tree.write("text.txt", "loud\n"))
}

#[test]
fn an_untracked_file_that_a_splice_reads() {
    untracked_file_changed().compiles(&["Small.Splice", "Main"]).prints_otherwise();
}

#[test]
fn a_tracked_file_that_a_splice_reads() {
    Case::of(with_splice("addDependentFile \"text.txt\" >> runIO (readFile \"text.txt\") >>= stringE"))
        .edit(|tree| tree.write("text.txt", "loud\n"))
        .compiles(&["Small.Splice", "Main"])
        .prints_otherwise();
}

#[test]
fn a_tracked_file_removed() {
    Case::of(with_splice("addDependentFile \"text.txt\" >> runIO (readFile \"text.txt\") >>= stringE"))
        .edit(|tree| tree.remove("text.txt"))
        .fails("text.txt");
}

#[test]
fn a_haskell_edit_runs_no_splice_again() {
    Case::of(with_splice(READING))
        .edit(|tree| tree.append("src/Small/Alone.hs", "-- A comment.\n"))
        .compiles(&["Small.Alone"])
        .prints_the_same();
}

#[test]
fn the_function_that_a_splice_runs() {
    Case::of(with_splice("stringE (show (secret 3))"))
        .edit(|tree| tree.replace("src/Small/Words.hs", "product [1 .. n]", "sum [1 .. n]"))
        .prints_otherwise();
}

/// The same where GHC keeps byte code for splices, or the Core that it is made of. In 9.6.7
/// its check of such Core was mended (ticket 24656).
#[test]
fn the_function_that_a_splice_runs_as_byte_code() {
    for options in ["-fwrite-if-simplified-core -fprefer-byte-code", "-fbyte-code-and-object-code"] {
        Case::of(with_splice("stringE (show (secret 3))"))
            .with(|tree| tree.replace(CABAL, SOURCES, &format!("{SOURCES}  ghc-options:      {options}\n")))
            .edit(|tree| tree.replace("src/Small/Words.hs", "product [1 .. n]", "sum [1 .. n]"))
            .prints_otherwise();
    }
}

/// The function reaches the splice by way of another module.
#[test]
fn a_function_far_below_a_splice() {
    Case::of(with_splice("stringE (show helped)"))
        .with(|tree| {
            tree.write("src/Small/Helper.hs", "module Small.Helper (helped) where\n\nimport Small.Words\n\nhelped :: Int\nhelped = secret 5\n{-# NOINLINE helped #-}\n");
            tree.replace(CABAL, "    Small.Shapes", "    Small.Helper\n    Small.Shapes");
            tree.replace(SPLICE, "import Small.Words", "import Small.Helper");
            tree.append("src/Small/Words.hs", "{-# NOINLINE secret #-}\n");
        })
        .edit(|tree| tree.replace("src/Small/Words.hs", "product [1 .. n]", "sum [1 .. n]"))
        .prints_otherwise();
}

#[test]
fn a_reified_type() {
    Case::of(with_splice("reify ''Shape >>= stringE . pprint"))
        .with(|tree| tree.replace(SPLICE, "import Small.Words", "import Small.Shapes"))
        .edit(|tree| tree.replace("src/Small/Shapes.hs", "Square Int | Round Int", "Square Int | Round Int | Empty"))
        .prints_otherwise();
}

#[test]
fn reified_instances() {
    Case::of(with_splice("reifyInstances ''Eq [ConT ''Point] >>= stringE . show . length"))
        .with(|tree| tree.replace(SPLICE, "import Small.Words", "import Small.Shapes"))
        .edit(|tree| {
            tree.replace(
                "src/Small/Shapes.hs",
                "right :: Int }\n  deriving Show",
                "right :: Int }\n  deriving (Show, Eq)",
            );
        })
        .prints_otherwise();
}

#[test]
fn a_splice_that_names_its_own_place() {
    Case::of(with_splice("location >>= stringE . loc_filename"))
        .with(|tree| tree.replace(CABAL, "  hs-source-dirs:   src\n", "  hs-source-dirs:   src, other\n"))
        .edit(|tree| tree.rename(SPLICE, "other/Small/Splice.hs"))
        .prints_otherwise();
}

#[test]
fn a_quasi_quoter_changed() {
    Case::of(with_splice("stringE \"\""))
        .with(|tree| {
            tree.write(
                "src/Small/Quote.hs",
                "module Small.Quote (loud) where\n\nimport Language.Haskell.TH\nimport Language.Haskell.TH.Quote\n\nloud :: QuasiQuoter\nloud = QuasiQuoter { quoteExp = stringE . reverse, quotePat = undefined, quoteType = undefined, quoteDec = undefined }\n",
            );
            tree.write(SPLICE, "{-# LANGUAGE QuasiQuotes #-}\nmodule Small.Splice (value) where\n\nimport Small.Quote\n\nvalue :: String\nvalue = [loud|words|]\n");
            tree.replace(CABAL, "    Small.Shapes", "    Small.Quote\n    Small.Shapes");
        })
        .edit(|tree| tree.replace("src/Small/Quote.hs", "reverse", "map succ"))
        .prints_otherwise();
}

/// What the splice read shows two modules further on.
#[test]
fn an_untracked_file_read_below_an_inlined_value() {
    Case::of(with_splice(READING))
        .with(|tree| {
            tree.replace(
                "src/Small/Sizes.hs",
                "import Small.Words",
                "import Small.Words\nimport qualified Small.Splice",
            );
            tree.replace("src/Small/Sizes.hs", "show origin]", "show origin, Small.Splice.value]");
        })
        .edit(|tree| tree.write("text.txt", "loud\n"))
        .prints_otherwise();
}

#[test]
fn the_package_description_read_by_a_splice() {
    Case::of(with_splice("runIO (readFile \"small.cabal\") >>= stringE . show . length"))
        .edit(|tree| tree.append(CABAL, "-- A comment.\n"))
        .prints_otherwise();
}

/// The data folder, which a clean build puts elsewhere each time.
#[test]
fn an_installation_path_in_a_splice() {
    Case::of(with_splice("runIO getDataDir >>= stringE"))
        .with(|tree| {
            tree.replace(SPLICE, "import Small.Words", "import Small.Words\nimport Paths_small (getDataDir)");
            tree.replace(CABAL, "    Small.Shapes", "    Paths_small\n    Small.Shapes");
            tree.replace(CABAL, "\nlibrary\n", "data-files: text.txt\n\nlibrary\n");
        })
        .edit(|tree| tree.append("src/Small/Alone.hs", "-- A comment.\n"))
        .compiles(&["Small.Alone"])
        .prints_the_same();
}

#[test]
fn reified_annotations() {
    Case::of(with_splice("(reifyAnnotations (AnnLookupName 'secret) :: Q [String]) >>= stringE . show"))
        .with(|tree| tree.append("src/Small/Words.hs", "{-# ANN secret \"before\" #-}\n"))
        .edit(|tree| tree.replace("src/Small/Words.hs", "before", "after"))
        .prints_otherwise();
}

#[test]
fn a_reified_fixity() {
    Case::of(with_splice("reifyFixity '(|-|) >>= stringE . show"))
        .with(|tree| {
            tree.replace("src/Small/Words.hs", "(greeting, secret)", "(greeting, secret, (|-|))");
            tree.append("src/Small/Words.hs", "\ninfixl 6 |-|\n(|-|) :: Int -> Int -> Int\n(|-|) = (-)\n");
        })
        .edit(|tree| tree.replace("src/Small/Words.hs", "infixl 6", "infixl 7"))
        .prints_otherwise();
}

/// The name comes into scope without being imported by name.
#[test]
fn a_name_that_a_splice_looks_up() {
    Case::of(with_splice("lookupValueName \"novelty\" >>= stringE . show . (/= Nothing)"))
        .edit(|tree| {
            tree.replace("src/Small/Words.hs", "(greeting, secret)", "(greeting, novelty, secret)");
            tree.append("src/Small/Words.hs", "\nnovelty :: Int\nnovelty = 1\n");
        })
        .prints_otherwise();
}

/// A C function of a sublibrary that a splice calls.
#[test]
fn a_c_function_that_a_splice_calls() {
    Case::of(with_splice("stringE (show (twice 21))"))
        .option("shared", true)
        .with(|tree| {
            tree.append(CABAL, "\nlibrary inner\n  hs-source-dirs:   inner\n  exposed-modules:  Inner\n  c-sources:        cbits/twice.c\n  build-depends:    base\n  default-language: Haskell2010\n");
            tree.write("cbits/twice.c", "int twice(int n) { return n * 2; }\n");
            tree.write("inner/Inner.hs", "module Inner (twice) where\n\nimport Foreign.C\n\nforeign import ccall \"twice\" twice :: CInt -> CInt\n");
            tree.replace(CABAL, "base, directory, template-haskell", "base, directory, inner, template-haskell");
            tree.replace(SPLICE, "import Small.Words", "import Inner");
        })
        .edit(|tree| tree.replace("cbits/twice.c", "n * 2", "n * 3"))
        .prints_otherwise();
}
