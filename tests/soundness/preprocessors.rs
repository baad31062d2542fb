//! Sources that a program makes Haskell of: CPP, hsc2hs, alex, happy, c2hs, `-pgmF`.

use serde_json::json;

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

/// The question stands in a header.
#[test]
fn a_file_that_a_header_asks_for_added() {
    Case::of(with_include())
        .with(|tree| {
            tree.write(
                "include/value.h",
                "#if __has_include(\"extra.h\")\n#define VALUE 2\n#else\n#define VALUE 1\n#endif\n",
            );
        })
        .edit(|tree| tree.write("include/extra.h", ""))
        .compiles(&["Small.Included", "Main"])
        .prints_otherwise();
}

/// The folder is one that is searched first, and was not there.
#[test]
fn a_folder_of_files_that_cpp_finds_earlier_added() {
    Case::of(with_include())
        .edit(|tree| {
            tree.write("early/value.h", "#define VALUE 4\n");
            tree.write("early/inner.h", "#define VALUE 3\n");
        })
        .compiles(&["Small.Included", "Main"])
        .prints_otherwise();
}

/// The name of the file is a macro's.
#[test]
fn a_file_whose_name_cpp_computes() {
    Case::of(with_include())
        .with(|tree| {
            tree.replace("src/Small/Included.hs", "#include \"value.h\"", "#define NAME <value.h>\n#include NAME");
        })
        .edit(|tree| tree.write("early/inner.h", "#define VALUE 3\n"))
        .compiles(&["Small.Included", "Main"])
        .prints_otherwise();
}

/// It is included by an option, and by no line of a module.
#[test]
fn a_file_that_an_option_of_cpp_includes() {
    Case::of(with_include())
        .with(|tree| {
            tree.replace("src/Small/Included.hs", "#include \"value.h\"\n", "");
            tree.replace(
                CABAL,
                "  hs-source-dirs:   src\n",
                "  hs-source-dirs:   src\n  ghc-options:      -optP-include -optPinclude/value.h\n",
            );
        })
        .edit(|tree| tree.write("include/inner.h", "#define VALUE 2\n"))
        .prints_otherwise();
}

/// Without the lines by which CPP says where it is, GHC does not know of the files.
#[test]
fn a_file_that_cpp_includes_without_saying_so() {
    Case::of(with_include())
        .with(|tree| {
            tree.replace(CABAL, "  hs-source-dirs:   src\n", "  hs-source-dirs:   src\n  ghc-options:      -optP-P\n");
        })
        .edit(|tree| tree.write("include/inner.h", "#define VALUE 2\n"))
        .compiles(&["Small.Included", "Main"])
        .leaves_out(json!({
            "component": "lib", "module": "Small.Included", "cause": "input", "input": "include/inner.h",
            "access": "read", "change": "changed", "reader": "preprocessor",
        }))
        .prints_otherwise();
}

/// Files of the names that modules include, in folders in which nobody looks.
#[test]
fn files_that_no_module_includes() {
    Case::of(with_include())
        .edit(|tree| {
            tree.write("docs/value.h", "#define VALUE 5\n");
            tree.write("include/deep/inner.h", "#define VALUE 6\n");
            tree.write("include/unread.h", "#define VALUE 7\n");
        })
        .compiles_nothing();
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
fn with_discovery() -> Case {
    let mut tree = with_module("src/Small/Found.hs", "{-# OPTIONS_GHC -F -pgmF ./discover #-}\n");
    tree.program(
        "discover",
        "#!/bin/sh\n# original input output\necho \"module Small.Found (value) where\" >\"$3\"\necho \"value :: [String]\" >>\"$3\"\necho \"value = [\" >>\"$3\"\n(cd found && for name in *; do echo \"  \\\"$name\\\",\"; done) >>\"$3\"\necho \"  \\\"end\\\"]\" >>\"$3\"\n",
    );
    tree.write("found/one.txt", "1\n");
    Case::of(tree)
}

#[test]
fn a_file_added_to_a_folder_that_a_preprocessor_lists() {
    with_discovery()
        .edit(|tree| tree.write("found/two.txt", "2\n"))
        .compiles(&["Small.Found", "Main"])
        .leaves_out(json!({
            "module": "Small.Found", "cause": "input", "input": "found", "access": "listed", "reader": "preprocessor",
        }))
        .prints_otherwise();
}

#[test]
fn a_preprocessor_changed() {
    with_discovery()
        .edit(|tree| tree.replace("discover", "\\\"end\\\"", "\\\"the end\\\""))
        .compiles(&["Small.Found", "Main"])
        .leaves_out(json!({ "module": "Small.Found", "cause": "input", "input": "discover", "reader": "preprocessor" }))
        .prints_otherwise();
}

#[test]
fn files_that_no_preprocessor_reads() {
    with_discovery()
        .edit(|tree| {
            tree.write("found/one.txt", "one\n");
            tree.write("README.md", "Read by nobody.\n");
        })
        .compiles_nothing();
}

#[test]
fn a_module_beside_one_with_a_preprocessor() {
    with_discovery()
        .edit(|tree| tree.append("src/Small/Alone.hs", "-- A comment.\n"))
        .compiles(&["Small.Alone"])
        .prints_the_same();
}

/// Modules of one program, each of which reads a file of its own, beside one with a splice. The
/// program replaces words: @FILE@ by what is in FILE.
fn with_words() -> Case {
    let mut tree = small();
    tree.program(
        "tools/fill",
        "#!/bin/sh\n# original input output\nname=$(sed -n 's/.*@\\(.*\\)@.*/\\1/p' \"$2\")\nif test -e \"$name.more\"; then more=$(cat \"$name.more\"); fi\nread -r words <\"$name\"\nsed \"s/@.*@/$words$more/\" \"$2\" >\"$3\"\n",
    );
    for name in ["First", "Second"] {
        let path = name.to_lowercase();
        tree.write(
            &format!("src/Small/{name}.hs"),
            &format!("{{-# OPTIONS_GHC -F -pgmF tools/fill #-}}\nmodule Small.{name} ({path}) where\n\n{path} :: String\n{path} = \"@data/{path}.txt@\"\n{{-# NOINLINE {path} #-}}\n"),
        );
        tree.write(&format!("data/{path}.txt"), "one\n");
        tree.replace("app/Main.hs", "import Small.Sizes", &format!("import Small.{name}\nimport Small.Sizes"));
        tree.append("app/Main.hs", &format!("  putStrLn {path}\n"));
    }
    tree.write(
        "src/Small/Splice.hs",
        "{-# LANGUAGE TemplateHaskell #-}\nmodule Small.Splice (spliced) where\n\nimport Language.Haskell.TH\n\nspliced :: String\nspliced = $(runIO (readFile \"data/spliced.txt\") >>= stringE)\n{-# NOINLINE spliced #-}\n",
    );
    tree.write("data/spliced.txt", "one\n");
    tree.replace("app/Main.hs", "import Small.Sizes", "import Small.Splice\nimport Small.Sizes");
    tree.append("app/Main.hs", "  putStrLn spliced\n");
    tree.replace(CABAL, "    Small.Shapes", "    Small.First\n    Small.Second\n    Small.Splice\n    Small.Shapes");
    tree.replace(CABAL, "  build-depends:    base\n", "  build-depends:    base, template-haskell\n");
    Case::of(tree)
}

#[test]
fn a_file_that_a_preprocessor_reads() {
    with_words()
        .edit(|tree| tree.write("data/second.txt", "two\n"))
        .compiles(&["Small.Second"])
        .leaves_out(json!({
            "component": "lib", "module": "Small.Second", "cause": "input", "input": "data/second.txt",
            "access": "read", "change": "changed", "reader": "preprocessor", "program": "tools/fill",
        }))
        .prints_otherwise();
}

#[test]
fn a_file_that_a_preprocessor_asks_for() {
    with_words()
        .edit(|tree| tree.write("data/first.txt.more", " more\n"))
        .compiles(&["Small.First"])
        .prints_otherwise();
}

#[test]
fn a_file_that_a_splice_reads_beside_preprocessors() {
    with_words().edit(|tree| tree.write("data/spliced.txt", "two\n")).compiles(&["Small.Splice"]).prints_otherwise();
}

#[test]
fn a_preprocessor_of_two_modules_changed() {
    with_words()
        .edit(|tree| tree.replace("tools/fill", "/$words$more/", "/$words, $more/"))
        .compiles(&["Small.First", "Small.Second"])
        .prints_otherwise();
}

/// A preprocessor reads the source of a module, too.
#[test]
fn the_source_of_a_module_with_a_preprocessor() {
    with_words()
        .edit(|tree| tree.replace("src/Small/First.hs", "data/first.txt", "data/second.txt"))
        .edit(|tree| tree.write("data/second.txt", "two\n"))
        .compiles(&["Small.First", "Small.Second"])
        .prints_otherwise();
}

/// The preprocessor is a program of the package, and reads a file.
fn with_own_preprocessor(options: &str) -> Case {
    let mut tree = with_module("src/Small/Found.hs", "{-# OPTIONS_GHC -F -pgmF finder #-}\n");
    tree.append(
        CABAL,
        &format!("\nexecutable finder\n  hs-source-dirs:   tools\n  main-is:          Finder.hs\n  build-depends:    base\n  ghc-options:      {options}\n  default-language: Haskell2010\n"),
    );
    tree.write(
        "tools/Finder.hs",
        "import System.Environment\n\nmain :: IO ()\nmain = do\n  [_, _, to] <- getArgs\n  text <- readFile \"data/found.txt\"\n  writeFile to (\"module Small.Found (value) where\\nvalue :: String\\nvalue = \" ++ show text ++ \"\\n\")\n",
    );
    tree.write("data/found.txt", "one\n");
    tree.replace(CABAL, "  hs-source-dirs:   src\n", "  hs-source-dirs:   src\n  build-tool-depends: small:finder\n");
    Case::of(tree)
}

#[test]
fn a_file_that_a_preprocessor_of_the_package_reads() {
    with_own_preprocessor("-O0")
        .edit(|tree| tree.write("data/found.txt", "two\n"))
        .compiles(&["Small.Found", "Main"])
        .prints_otherwise();
}

#[test]
fn a_preprocessor_of_the_package_changed() {
    with_own_preprocessor("-O0")
        .edit(|tree| tree.replace("tools/Finder.hs", "show text", "show (\"found \" ++ text)"))
        .compiles(&["Small.Found", "Main"])
        .prints_otherwise();
}

/// Nobody can see what it reads, and it works for one module.
#[test]
fn a_static_preprocessor_of_the_package() {
    with_own_preprocessor("-O0 -optl-static -optl-pthread")
        .edit(|tree| tree.write("data/found.txt", "two\n"))
        .compiles(&["Small.Found", "Main"])
        .leaves_out(json!({
            "module": "Small.Found", "cause": "unfollowed", "program": "finder", "reader": "preprocessor",
        }))
        .prints_otherwise();
}

/// A program in the place of CPP, as cpphs has it.
#[test]
fn a_file_that_a_program_in_the_place_of_cpp_reads() {
    Case::of(with_module("src/Small/Wordy.hs", "{-# LANGUAGE CPP #-}\nmodule Small.Wordy (value) where\n\nvalue :: String\nvalue = \"@WORD@\"\n"))
        .with(|tree| {
            tree.program(
                "tools/cpp",
                "#!/bin/sh\nin= out=\nwhile [ $# -gt 0 ]; do\n  case $1 in\n    -o) out=$2; shift ;;\n    -include|-x|-I|-D) shift ;;\n    -*) ;;\n    *) if [ -z \"$in\" ]; then in=$1; else out=$1; fi ;;\n  esac\n  shift\ndone\nsed \"s/@WORD@/$(cat data/word.txt)/\" \"$in\" >\"$out\"\n",
            );
            tree.write("data/word.txt", "first\n");
            tree.replace(CABAL, "  hs-source-dirs:   src\n", "  hs-source-dirs:   src\n  ghc-options:      -pgmP tools/cpp\n");
        })
        .edit(|tree| tree.write("data/word.txt", "second\n"))
        .compiles(&["Small.Wordy", "Main"])
        .prints_otherwise();
}

/// A program that takes the text out of a literate source.
#[test]
fn a_file_that_a_program_for_literate_sources_reads() {
    Case::of(with_module("src/Small/Letters.lhs", "> module Small.Letters (value) where\n\n> value :: String\n> value = \"@WORD@\"\n"))
        .with(|tree| {
            // -h name input output
            tree.program("tools/unlit", "#!/bin/sh\nfor last; do before=$in; in=$last; done\nsed -n \"s/@WORD@/$(cat data/word.txt)/; s/^> //p\" \"$before\" >\"$last\"\n");
            tree.write("data/word.txt", "first\n");
            tree.prepend("src/Small/Letters.lhs", "> {-# OPTIONS_GHC -Wno-unused-imports #-}\n");
            tree.replace(CABAL, "  hs-source-dirs:   src\n", "  hs-source-dirs:   src\n  ghc-options:      -pgmL tools/unlit\n");
        })
        .edit(|tree| tree.write("data/word.txt", "second\n"))
        .compiles(&["Small.Letters", "Main"])
        .prints_otherwise();
}

/// The modules that a program finds are those of its own component.
fn with_discovered_modules() -> Case {
    let mut tree = small();
    tree.append(
        CABAL,
        "\nexecutable found\n  hs-source-dirs:   found\n  main-is:          Found.hs\n  other-modules:    OneSpec, TwoSpec\n  build-depends:    base\n  ghc-options:      -O0\n  default-language: Haskell2010\n",
    );
    tree.write("found/Found.hs", "{-# OPTIONS_GHC -F -pgmF ./discover #-}\n");
    tree.program(
        "discover",
        "#!/bin/sh\n# original input output\nspecs=$(find \"$(dirname \"$1\")\" -name '*Spec.hs' | sort | sed 's|.*/||; s|\\.hs$||')\n{\n  echo 'module Main (main) where'\n  for spec in $specs; do echo \"import qualified $spec\"; done\n  echo 'main :: IO ()'\n  echo 'main = do'\n  for spec in $specs; do echo \"  print $spec.spec\"; done\n} >\"$3\"\n",
    );
    for name in ["OneSpec", "TwoSpec"] {
        tree.write(&format!("found/{name}.hs"), &format!("module {name} (spec) where\n\nspec :: Int\nspec = 1\n"));
    }
    Case::of(tree)
}

#[test]
fn a_module_that_a_preprocessor_finds_added() {
    with_discovered_modules()
        .edit(|tree| {
            tree.write("found/ThreeSpec.hs", "module ThreeSpec (spec) where\n\nspec :: Int\nspec = 3\n");
            tree.replace(CABAL, "OneSpec, TwoSpec", "OneSpec, ThreeSpec, TwoSpec");
        })
        .compiles(&["Main", "ThreeSpec"])
        .prints_otherwise();
}

#[test]
fn a_module_that_a_preprocessor_finds_changed() {
    with_discovered_modules()
        .edit(|tree| tree.replace("found/TwoSpec.hs", "spec = 1", "spec = 2"))
        .compiles(&["TwoSpec"])
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
