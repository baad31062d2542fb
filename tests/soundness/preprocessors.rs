//! Sources that a program makes Haskell of: CPP, hsc2hs, alex, happy, c2hs, `-pgmF`.

use super::case::Case;
use super::packages::small;
use super::tree::Tree;

const CABAL: &str = "small.cabal";
const MAIN: &str = "app/Main.hs";

/// A module whose value the program prints.
fn with_module(path: &str, text: &str) -> Tree {
    let mut tree = small();
    let module = path.trim_start_matches("src/").split('.').next().expect("a name").replace('/', ".");
    tree.write(path, text);
    tree.replace(CABAL, "    Small.Shapes", &format!("    {module}\n    Small.Shapes"));
    tree.replace(MAIN, "import Small.Sizes", &format!("import {module} (value)\nimport Small.Sizes"));
    tree.append(MAIN, "  print value\n");
    tree
}

const MACRO: &str = "\
{-# LANGUAGE CPP #-}
module Small.Macro (value) where

value :: Int
#ifdef LOUD
value = LOUD
#else
value = 0
#endif
";

#[test]
fn a_macro_from_the_cabal_file_added() {
    Case::of(with_module("src/Small/Macro.hs", MACRO))
        .edit(|tree| {
            tree.replace(CABAL, "  hs-source-dirs:   src\n", "  hs-source-dirs:   src\n  cpp-options:      -DLOUD=1\n");
        })
        .prints_otherwise();
}

#[test]
fn a_macro_from_the_cabal_file_changed() {
    Case::of(with_module("src/Small/Macro.hs", MACRO))
        .with(|tree| {
            tree.replace(CABAL, "  hs-source-dirs:   src\n", "  hs-source-dirs:   src\n  cpp-options:      -DLOUD=1\n");
        })
        .edit(|tree| tree.replace(CABAL, "LOUD=1", "LOUD=2"))
        .prints_otherwise();
}

const INCLUDING: &str = "\
{-# LANGUAGE CPP #-}
module Small.Included (value) where

#include \"value.h\"

value :: Int
value = VALUE
";

fn with_include() -> Tree {
    let mut tree = with_module("src/Small/Included.hs", INCLUDING);
    tree.replace(CABAL, "  hs-source-dirs:   src\n", "  hs-source-dirs:   src\n  include-dirs:     early, include\n");
    tree.write("include/value.h", "#include <inner.h>\n");
    tree.write("include/inner.h", "#define VALUE 1\n");
    tree
}

#[test]
fn a_file_that_cpp_includes_by_way_of_another_changed() {
    Case::of(with_include())
        .edit(|tree| tree.write("include/inner.h", "#define VALUE 2\n"))
        .compiles(&["Small.Included", "Main"])
        .prints_otherwise();
}

#[test]
fn a_file_that_cpp_finds_earlier_added() {
    Case::of(with_include()).edit(|tree| tree.write("early/inner.h", "#define VALUE 3\n")).prints_otherwise();
}

#[test]
fn a_file_that_cpp_includes_removed() {
    Case::of(with_include()).edit(|tree| tree.remove("include/inner.h")).fails("rror");
}

#[test]
fn a_file_that_cpp_asks_for_added() {
    Case::of(with_include())
        .with(|tree| {
            tree.replace(
                "src/Small/Included.hs",
                "#include \"value.h\"",
                "#if __has_include(\"extra.h\")\n#define VALUE 2\n#else\n#define VALUE 1\n#endif",
            );
        })
        .edit(|tree| tree.write("include/extra.h", ""))
        .prints_otherwise();
}

/// `include-dirs` whose order changes which file is found.
#[test]
fn the_order_of_include_folders() {
    Case::of(with_include())
        .with(|tree| tree.write("early/inner.h", "#define VALUE 3\n"))
        .edit(|tree| tree.replace(CABAL, "early, include", "include, early"))
        .prints_otherwise();
}

const VERSIONED: &str = "\
{-# LANGUAGE CPP #-}
module Small.Versioned (value) where

value :: Bool
#ifdef MIN_VERSION_containers
value = MIN_VERSION_containers(0,1,0)
#else
value = False
#endif
";

/// `cabal_macros.h` changes with the dependencies.
#[test]
fn a_dependency_added_shows_in_cabals_macros() {
    Case::of(with_module("src/Small/Versioned.hs", VERSIONED))
        .edit(|tree| tree.replace(CABAL, "  build-depends:    base\n", "  build-depends:    base, containers\n"))
        .is_built_plainly("containers was added");
}

/// A bound alone changes nothing, as long as the same version is chosen.
#[test]
fn a_bound_of_a_dependency_changed() {
    Case::of(with_module("src/Small/Versioned.hs", VERSIONED))
        .with(|tree| tree.replace(CABAL, "  build-depends:    base\n", "  build-depends:    base, containers\n"))
        .edit(|tree| tree.replace(CABAL, "base, containers\n", "base, containers >=0.1\n"))
        .changes_nothing();
}

const HSC: &str = "\
module Small.Limit (value) where

#include \"limit.h\"

value :: Int
value = #{const LIMIT}
";

fn with_hsc() -> Tree {
    let mut tree = with_module("src/Small/Limit.hsc", HSC);
    tree.replace(CABAL, "  hs-source-dirs:   src\n", "  hs-source-dirs:   src\n  include-dirs:     include\n");
    tree.write("include/limit.h", "#define LIMIT 100\n");
    tree
}

/// A plain module in the place of a generated one.
pub(crate) fn hsc_replaced() -> Case {
    Case::of(with_hsc()).edit(|tree| {
        tree.remove("src/Small/Limit.hsc");
        tree.write("src/Small/Limit.hs", "module Small.Limit (value) where\n\nvalue :: Int\nvalue = 7\n");
    })
}

/// The source of a module that is still listed is gone, while what was generated could be there.
pub(crate) fn hsc_deleted() -> Case {
    Case::of(with_hsc()).edit(|tree| tree.remove("src/Small/Limit.hsc"))
}

/// A header that only an `.hsc` file reads.
pub(crate) fn hsc_header_changed() -> Case {
    Case::of(with_hsc()).edit(|tree| tree.write("include/limit.h", "#define LIMIT 50\n"))
}

pub(crate) fn hsc_changed() -> Case {
    Case::of(with_hsc()).edit(|tree| tree.replace("src/Small/Limit.hsc", "#{const LIMIT}", "#{const LIMIT} + 1"))
}

#[test]
fn an_hsc_file_changed() {
    hsc_changed().compiles(&["Small.Limit", "Main"]).prints_otherwise();
}

#[test]
fn a_header_of_an_hsc_file_changed() {
    hsc_header_changed().compiles(&["Small.Limit", "Main"]).prints_otherwise();
}

#[test]
fn an_hsc_file_replaced_by_a_plain_module() {
    hsc_replaced().prints_otherwise();
}

#[test]
fn a_plain_module_replaced_by_an_hsc_file() {
    let mut plain = with_hsc();
    plain.remove("src/Small/Limit.hsc");
    plain.write("src/Small/Limit.hs", "module Small.Limit (value) where\n\nvalue :: Int\nvalue = 7\n");
    Case::of(plain).edit(|tree| *tree = with_hsc()).prints_otherwise();
}

#[test]
fn an_hsc_file_deleted_whose_module_is_still_listed() {
    hsc_deleted().fails("Small");
}

const LEXER: &str = "\
{
module Small.Lexer (value) where
}
%wrapper \"basic\"
tokens :-
  $white+ ;
  [0-9]+  { length }
{
value :: [Int]
value = alexScanTokens \"1 22 333\"
}
";

#[test]
fn an_alex_file_changed() {
    Case::of(with_module("src/Small/Lexer.x", LEXER))
        .with(|tree| tree.replace(CABAL, "  build-depends:    base\n", "  build-depends:    base, array\n"))
        .edit(|tree| tree.replace("src/Small/Lexer.x", "{ length }", "{ (* 2) . length }"))
        .prints_otherwise();
}

#[test]
fn an_alex_file_replaced_by_a_plain_module() {
    Case::of(with_module("src/Small/Lexer.x", LEXER))
        .with(|tree| tree.replace(CABAL, "  build-depends:    base\n", "  build-depends:    base, array\n"))
        .edit(|tree| {
            tree.remove("src/Small/Lexer.x");
            tree.write("src/Small/Lexer.hs", "module Small.Lexer (value) where\n\nvalue :: [Int]\nvalue = [7]\n");
        })
        .prints_otherwise();
}

const PARSER: &str = "\
{
module Small.Parser (value) where
}
%name parse
%tokentype { Char }
%error { const (error \"no\") }
%token
  a { 'a' }
%%
Word :: { Int }
  : { 0 }
  | Word a { $1 + 1 }
{
value :: Int
value = parse \"aaa\"
}
";

#[test]
fn a_happy_file_changed() {
    Case::of(with_module("src/Small/Parser.y", PARSER))
        .with(|tree| tree.replace(CABAL, "  build-depends:    base\n", "  build-depends:    base, array\n"))
        .edit(|tree| tree.replace("src/Small/Parser.y", "$1 + 1", "$1 + 2"))
        .prints_otherwise();
}

#[test]
fn a_happy_file_replaced_by_a_plain_module() {
    Case::of(with_module("src/Small/Parser.y", PARSER))
        .with(|tree| tree.replace(CABAL, "  build-depends:    base\n", "  build-depends:    base, array\n"))
        .edit(|tree| {
            tree.remove("src/Small/Parser.y");
            tree.write("src/Small/Parser.hs", "module Small.Parser (value) where\n\nvalue :: Int\nvalue = 7\n");
        })
        .prints_otherwise();
}

#[test]
fn a_header_of_a_c2hs_file_changed() {
    let text = "module Small.Converted (value) where\n\n#include \"kinds.h\"\n\n{#enum kind as Kind {underscoreToCase} deriving (Show)#}\n\nvalue :: [(Kind, Int)]\nvalue = [(kind, fromEnum kind) | kind <- [One, Two]]\n";
    Case::of(with_module("src/Small/Converted.chs", text))
        .with(|tree| {
            tree.replace(CABAL, "  hs-source-dirs:   src\n", "  hs-source-dirs:   src\n  include-dirs:     include\n");
            tree.write("include/kinds.h", "enum kind { one = 1, two = 2 };\n");
        })
        .edit(|tree| tree.write("include/kinds.h", "enum kind { one = 1, two = 3 };\n"))
        .prints_otherwise();
}

/// As hspec-discover works: a program that lists a folder takes the place of the module.
fn with_discovery(tree: &mut Tree) {
    tree.program(
        "discover",
        "#!/bin/sh\n# original input output\necho \"module Small.Found (value) where\" >\"$3\"\necho \"value :: [String]\" >>\"$3\"\necho \"value = [\" >>\"$3\"\n(cd found && for name in *; do echo \"  \\\"$name\\\",\"; done) >>\"$3\"\necho \"  \\\"end\\\"]\" >>\"$3\"\n",
    );
    tree.write("found/one.txt", "1\n");
}

#[test]
fn a_file_added_to_a_folder_that_a_preprocessor_lists() {
    Case::of(with_module("src/Small/Found.hs", "{-# OPTIONS_GHC -F -pgmF ./discover #-}\n"))
        .with(with_discovery)
        .edit(|tree| tree.write("found/two.txt", "2\n"))
        .compiles(&["Small.Found", "Main"])
        .prints_otherwise();
}

#[test]
fn a_preprocessor_changed() {
    Case::of(with_module("src/Small/Found.hs", "{-# OPTIONS_GHC -F -pgmF ./discover #-}\n"))
        .with(with_discovery)
        .edit(|tree| tree.replace("discover", "\\\"end\\\"", "\\\"the end\\\""))
        .prints_otherwise();
}

#[test]
fn a_preprocessor_of_a_whole_component_changed() {
    Case::of(small())
        .with(|tree| {
            tree.program("filter", "#!/bin/sh\nsed 's/hello/good day/' \"$2\" >\"$3\"\n");
            tree.replace(
                CABAL,
                "  hs-source-dirs:   src\n",
                "  hs-source-dirs:   src\n  ghc-options:      -F -pgmF ./filter\n",
            );
        })
        .edit(|tree| tree.replace("filter", "good day", "good night"))
        .prints_otherwise();
}

#[test]
fn a_language_extension_added_in_a_module() {
    Case::of(with_module(
        "src/Small/Extended.hs",
        "module Small.Extended (value) where\n\nvalue :: Integer\nvalue = -1 `mod` 3\n",
    ))
    .edit(|tree| tree.prepend("src/Small/Extended.hs", "{-# LANGUAGE NegativeLiterals #-}\n"))
    .compiles(&["Small.Extended", "Main"])
    .prints_otherwise();
}

#[test]
fn an_option_that_an_hsc_file_is_compiled_with() {
    Case::of(with_hsc())
        .with(|tree| tree.write("include/limit.h", "#ifndef LIMIT\n#define LIMIT 100\n#endif\n"))
        .edit(|tree| {
            tree.replace(
                CABAL,
                "  include-dirs:     include\n",
                "  include-dirs:     include\n  cc-options:       -DLIMIT=30\n",
            );
        })
        .prints_otherwise();
}
