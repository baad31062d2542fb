//! Which module a warning belongs to.

use super::super::case::Case;
use super::super::packages::small;
use super::super::tree::Tree;
use super::{ALONE, CABAL, WORDS, with_options, with_warning};

const SHAPES: &str = "src/Small/Shapes.hs";

/// GHC says it as it looks at all sources, before it compiles the first: once a way, so that of
/// the second way it comes after the last module of the first.
#[test]
fn a_warning_of_the_head_of_a_file_that_was_mended() {
    for options in ["-Wall", "-Wall -v0", "-Wall -fdiagnostics-color=always"] {
        Case::of(with_options(options))
            .with(|tree| {
                tree.prepend(ALONE, "{-# OPTIONS_GHC -Wno-no-such-warning #-}\n");
                tree.append(WORDS, "\nuntyped = 1 :: Int\n");
            })
            .option("profiling", true)
            .edit(|tree| tree.replace(ALONE, "{-# OPTIONS_GHC -Wno-no-such-warning #-}\n", ""))
            .warns("untyped");
    }
}

#[test]
fn a_warning_of_the_head_of_a_file_is_given_once() {
    for options in ["-Wall", "-Wall -v0"] {
        Case::of(with_options(options))
            .with(|tree| tree.prepend(ALONE, "{-# OPTIONS_GHC -Wno-no-such-warning #-}\n{-# LANGAUGE CPP #-}\n"))
            .option("profiling", true)
            .edit(|tree| tree.append(WORDS, "-- A comment.\n"))
            .compiles(if options.ends_with('0') { &[] } else { &["Small.Words"] })
            .warns("no-such-warning");
    }
}

/// It is one of a source, and depends on another.
#[test]
fn a_source_import_that_becomes_necessary() {
    Case::of(with_options("-Wall"))
        .with(|tree| {
            tree.write("src/Small/Alone.hs-boot", "module Small.Alone (alone) where\n\nalone :: Int -> Int\n");
            tree.replace(WORDS, "where\n", "where\n\nimport {-# SOURCE #-} Small.Alone (alone)\n");
            tree.replace(WORDS, "hidden n + 1", "hidden (alone n) + 1");
            tree.append(SHAPES, "\nuntyped = 1 :: Int\n");
        })
        .edit(|tree| {
            tree.replace(ALONE, "where\n", "where\n\nimport Small.Words (greeting)\n");
            tree.replace(ALONE, "n + 1", "n + length greeting");
        })
        .warns("untyped");
}

/// GHC compares neither of the two with the other.
#[test]
fn warnings_of_a_boot_file_whose_module_is_compiled() {
    for options in ["-Wall", "-Wall -v0"] {
        Case::of(with_options(options))
            .with(with_boot_file)
            .edit(|tree| tree.append(ALONE, "-- A comment.\n"))
            .warns("Alone.hs-boot");
    }
}

#[test]
fn warnings_of_a_module_whose_boot_file_is_compiled() {
    Case::of(with_options("-Wall"))
        .with(with_boot_file)
        .with(|tree| tree.replace(ALONE, "where\n", "where\n\nimport Data.List (sort)\n"))
        .edit(|tree| tree.append("src/Small/Alone.hs-boot", "-- A comment.\n"))
        .warns("Data.List");
}

#[test]
fn warnings_of_a_boot_file_become_errors() {
    Case::of(with_options("-Wall"))
        .with(with_boot_file)
        .edit(|tree| tree.replace(CABAL, "-Wall", "-Wall -Werror"))
        .fails("Alone.hs-boot");
}

fn with_boot_file(tree: &mut Tree) {
    tree.write(
        "src/Small/Alone.hs-boot",
        "module Small.Alone (alone) where\n\nimport Data.Char (ord)\n\nalone :: Int -> Int\n",
    );
    tree.replace(WORDS, "where\n", "where\n\nimport {-# SOURCE #-} Small.Alone (alone)\n");
    tree.replace(WORDS, "hidden n + 1", "hidden (alone n) + 1");
    tree.replace(ALONE, "where\n", "where\n\nimport Small.Words ()\n");
}

/// The same source is one module of the library and another of the program.
fn with_shared_source(library: &str, program: &str) -> Tree {
    let mut tree = with_options(&format!("-Wunused-imports {library}"));
    tree.replace(CABAL, "  hs-source-dirs:   src\n", "  hs-source-dirs:   src both\n");
    tree.replace(
        CABAL,
        "  hs-source-dirs:   app\n",
        &format!("  hs-source-dirs:   app both\n  other-modules:    Small.Alone\n  ghc-options:      {program}\n"),
    );
    tree.rename(ALONE, "both/Small/Alone.hs");
    tree.replace("both/Small/Alone.hs", "where\n", "where\n\nimport Data.List (sort)\n");
    tree.append("both/Small/Alone.hs", "\nuntyped = 1 :: Int\n");
    tree
}

#[test]
fn components_that_share_a_source_have_their_own_warnings() {
    for silent in ["", "-v0"] {
        let of_program = format!("-Wunused-top-binds {silent}");
        // The program's modules are compiled, the library's are not.
        Case::of(with_shared_source(silent, &of_program))
            .edit(|tree| tree.replace(CABAL, &of_program, &format!("-Wmissing-import-lists {silent}")))
            .warns("Data.List");
        // And the other way round.
        Case::of(with_shared_source(silent, &of_program))
            .edit(|tree| tree.replace(CABAL, "-Wunused-imports", "-Wmissing-import-lists"))
            .warns("untyped");
    }
}

#[test]
fn errors_of_warnings_of_a_shared_source() {
    for silent in ["", "-v0"] {
        let of_program = format!("-Wunused-top-binds {silent}");
        Case::of(with_shared_source(silent, &of_program))
            .edit(|tree| tree.replace(CABAL, &of_program, &format!("{of_program} -Werror")))
            .fails("both/Small/Alone.hs");
        Case::of(with_shared_source(silent, &format!("-O1 {silent}")))
            .edit(|tree| tree.replace(CABAL, &format!("-O1 {silent}"), &format!("-O1 {silent} -Werror")))
            .warns("Data.List");
    }
}

/// The place of these warnings is in a file that is no module.
#[test]
fn warnings_of_an_included_file() {
    for file in ["src/more.inc", "include/Small/Extra.hs"] {
        Case::of(with_options("-Wall"))
            .with(|tree| {
                tree.prepend(ALONE, "{-# LANGUAGE CPP #-}\n");
                tree.append(ALONE, &format!("\n#include \"../../{file}\"\n"));
                tree.write(file, "included = 1 :: Int\n");
            })
            .edit(|tree| tree.append(WORDS, "-- A comment.\n"))
            .compiles(&["Small.Words"])
            .warns("included");
    }
}

#[test]
fn warnings_of_an_included_file_become_errors() {
    for silent in ["", "-v0"] {
        Case::of(with_options(&format!("-Wall {silent}")))
            .with(|tree| {
                tree.prepend(ALONE, "{-# LANGUAGE CPP #-}\n");
                tree.append(ALONE, "\n#include \"more.inc\"\n");
                tree.write("src/Small/more.inc", "included = 1 :: Int\n");
            })
            .edit(|tree| tree.replace(CABAL, "-Wall", "-Wall -Werror"))
            .fails("included");
    }
}

/// The source of one module is part of another, and each has a warning there.
#[test]
fn warnings_of_a_module_that_includes_another_module() {
    let case = || {
        Case::of(with_options("-Wall")).with(|tree| {
            tree.prepend(SHAPES, "{-# LANGUAGE CPP #-}\n");
            tree.append(SHAPES, "\n#define INCLUDED\n#include \"Alone.hs\"\n");
            tree.write(
                ALONE,
                "{-# LANGUAGE CPP #-}\n#ifdef INCLUDED\nof_both = 1 :: Int\n#else\nmodule Small.Alone (alone) where\n\n\
                 alone :: Int -> Int\nalone n = n + 1\n\nuntyped = 2 :: Int\n#endif\n",
            );
        })
    };
    case().edit(|tree| tree.append(WORDS, "-- A comment.\n")).warns("of_both");
    case().edit(|tree| tree.append(SHAPES, "-- A comment.\n")).warns("untyped");
    case().edit(|tree| tree.replace(CABAL, "-Wall", "-Wall -Werror")).fails("src/Small/Alone.hs");
}

const LEXER: &str = "\
{
{-# OPTIONS_GHC -Wunused-top-binds #-}
module Small.Lexer (value) where
}
%wrapper \"basic\"
tokens :-
  $white+ ;
  [0-9]+  { length }
{
untyped = 1 :: Int
value :: [Int]
value = alexScanTokens \"1 22 333\"
}
";

const PARSER: &str = "\
{
{-# OPTIONS_GHC -Wunused-top-binds #-}
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
untyped = 1 :: Int
value :: Int
value = parse \"aaa\"
}
";

const HSC: &str = "\
module Small.Limit (value) where
#include <limits.h>
untyped = 1 :: Int
value :: Int
value = #{const CHAR_BIT}
";

const CHS: &str = "\
module Small.Maker (value) where
#include <limits.h>
untyped = 1 :: Int
value :: Int
value = {#const CHAR_BIT#}
";

fn with_generated(path: &str, text: &str, options: &str) -> Tree {
    let name = path.trim_start_matches("src/Small/").split('.').next().expect("a name");
    let mut tree = with_options(options);
    tree.write(path, text);
    tree.replace(CABAL, "    Small.Shapes", &format!("    Small.{name}\n    Small.Shapes"));
    tree.replace(CABAL, "  build-depends:    base\n", "  build-depends:    base, array\n");
    tree
}

const GENERATED: [(&str, &str); 4] = [
    ("src/Small/Lexer.x", LEXER),
    ("src/Small/Parser.y", PARSER),
    ("src/Small/Limit.hsc", HSC),
    ("src/Small/Maker.chs", CHS),
];

#[test]
fn warnings_of_generated_sources() {
    for (path, text) in GENERATED {
        for options in ["-Wunused-top-binds", "-Wunused-top-binds -v0"] {
            Case::of(with_generated(path, text, options))
                .edit(|tree| tree.append(WORDS, "-- A comment.\n"))
                .warns("untyped");
        }
    }
}

#[test]
fn warnings_of_generated_sources_become_errors() {
    for (path, text) in GENERATED {
        Case::of(with_generated(path, text, "-Wunused-top-binds -v0"))
            .edit(|tree| tree.replace(CABAL, "-Wunused-top-binds", "-Wunused-top-binds -Werror"))
            .fails(path.trim_start_matches("src/").split('.').next().expect("a name"));
    }
}

/// A module that a Setup program writes: no source of the package has it.
#[test]
fn warnings_of_a_module_that_is_written_while_building() {
    for options in ["\"-Wall\"", "\"-Wall\", \"-v0\""] {
        Case::of(with_setup(options))
            .with(|tree| {
                let made = "createDirectoryIfMissing True \"dist/build/autogen\" >> writeFile \"dist/build/autogen/Made.hs\" \"module Made where\\nmade = 1\\n\"";
                tree.replace("Setup.hs", "Distribution.Simple\n", "Distribution.Simple\nimport System.Directory\n");
                tree.replace(CABAL, "base, Cabal\n", "base, Cabal, directory\n");
                tree.replace("Setup.hs", "\\_ _ -> pure", &format!("\\_ _ -> {made} >> pure"));
                let field = "  other-modules:    Made\n  autogen-modules:  Made\n";
                tree.replace(CABAL, "  hs-source-dirs:   src\n", &format!("  hs-source-dirs:   src\n{field}"));
            })
            .edit(|tree| tree.append(WORDS, "-- A comment.\n"))
            .warns("Made.hs");
    }
}

/// A C compiler's warnings have much the same form, and are given in every build.
#[test]
fn warnings_of_a_c_file_that_were_mended() {
    for options in ["-Wall", "-Wall -fno-diagnostics-show-caret"] {
        Case::of(with_warning())
            .with(|tree| {
                tree.replace(
                    CABAL,
                    "-Wall",
                    &format!("{options}\n  c-sources:        cbits/c.c\n  cc-options:       -Wall"),
                );
                tree.write("cbits/c.c", "int one(void) { int unused; return 1; }\n");
            })
            .edit(|tree| tree.replace("cbits/c.c", "int unused; ", ""))
            .compiles(&[])
            .warns("src/Small/Alone.hs");
    }
}

/// GHC says that a module is not listed whatever it compiles.
#[test]
fn a_module_that_is_listed_later() {
    for silent in ["", "-v0"] {
        Case::of(small())
            .with(|tree| {
                tree.write("app/Extra.hs", "module Extra where\n\nextra = 1 :: Int\n");
                tree.replace("app/Main.hs", "import Small.Alone", "import Extra ()\nimport Small.Alone");
                tree.replace(
                    CABAL,
                    "  main-is:          Main.hs\n",
                    &format!("  main-is:          Main.hs\n  ghc-options:      -Wall {silent}\n"),
                );
            })
            .option("profiling", true)
            .option("configure_flags", vec!["--enable-profiling"])
            .edit(|tree| tree.replace(CABAL, "Main.hs\n", "Main.hs\n  other-modules:    Extra\n"))
            .warns("extra");
    }
}

#[test]
fn sources_at_odd_places() {
    for (folder, silents) in
        [("./src/", [""].as_slice()), ("src/../src", &["", " -v0"]), ("src//", &[" -v0"]), (".", &[""])]
    {
        for silent in silents {
            let mut tree = small();
            if folder == "." {
                for name in ["Alone", "Shapes", "Sizes", "Words"] {
                    tree.rename(&format!("src/Small/{name}.hs"), &format!("Small/{name}.hs"));
                }
            }
            let alone = if folder == "." { "Small/Alone.hs" } else { ALONE };
            let words = if folder == "." { "Small/Words.hs" } else { WORDS };
            tree.replace(
                CABAL,
                "  hs-source-dirs:   src\n",
                &format!("  hs-source-dirs:   {folder}\n  ghc-options:      -Wall{silent}\n"),
            );
            tree.append(alone, "\nuntyped = 1 :: Int\n");
            let case = Case::of(tree).edit(|tree| tree.append(words, "-- A comment.\n"));
            let case = if silent.is_empty() { case.compiles(&["Small.Words"]) } else { case };
            case.warns("untyped");
        }
    }
}

#[test]
fn a_module_whose_name_is_not_ascii() {
    for silent in ["", " -v0"] {
        Case::of(with_options(&format!("-Wall{silent}")))
            .with(|tree| {
                tree.write("src/Small/Größe.hs", "module Small.Größe where\n\nuntyped = 1\n");
                tree.replace(CABAL, "    Small.Shapes", "    Small.Größe\n    Small.Shapes");
            })
            .edit(|tree| tree.append(WORDS, "-- A comment.\n"))
            .warns("untyped");
    }
}

/// Options of one way alone: each way of a module has its own warnings.
#[test]
fn warnings_of_one_way_alone() {
    Case::of(with_options("-Wunused-imports"))
        .with(|tree| {
            tree.replace(CABAL, "-Wunused-imports\n", "-Wunused-imports\n  ghc-prof-options: -Wunused-top-binds\n");
            tree.replace(ALONE, "where\n", "where\n\nimport Data.List (sort)\n");
            tree.append(ALONE, "\nuntyped = 1 :: Int\n");
        })
        .option("profiling", true)
        .edit(|tree| tree.append(WORDS, "-- A comment.\n"))
        .compiles(&["Small.Words"])
        .warns("untyped");
}

/// A Setup program gives the options: the `.cabal` file says nothing of them.
fn with_setup(options: &str) -> Tree {
    let mut tree = small();
    tree.replace(
        CABAL,
        "build-type:         Simple\n",
        "build-type:         Custom\n\ncustom-setup\n  setup-depends: base, Cabal\n",
    );
    tree.write(
        "Setup.hs",
        &format!(
            "import Distribution.PackageDescription\nimport Distribution.Simple\n\nmain :: IO ()\n\
             main = defaultMainWithHooks simpleUserHooks {{ preBuild = \\_ _ -> pure (Just options, []) }}\n  where\n    \
             options = emptyBuildInfo {{ options = PerCompilerFlavor [{options}] [] }}\n"
        ),
    );
    tree.replace(ALONE, "where\n", "where\n\nimport Data.List (sort)\n");
    tree
}

#[test]
fn warnings_that_a_setup_program_switches_on() {
    for options in ["\"-Wall\"", "\"-Wall\", \"-v0\"", "\"-Wall\", \"-fdiagnostics-color=always\""] {
        Case::of(with_setup(options)).edit(|tree| tree.append(WORDS, "-- A comment.\n")).warns("src/Small/Alone.hs");
    }
}

#[test]
fn errors_that_a_setup_program_switches_on() {
    Case::of(with_setup("\"-Wall\""))
        .edit(|tree| tree.replace("Setup.hs", "\"-Wall\"", "\"-Wall\", \"-Werror\""))
        .fails("src/Small/Alone.hs");
}

#[test]
fn errors_of_warnings_that_an_option_from_outside_switches_on() {
    Case::of(with_options("-O1"))
        .with(|tree| tree.replace(ALONE, "where\n", "where\n\nimport Data.List (sort)\n"))
        .option("ghc_options", vec!["-Wall"])
        .edit(|tree| tree.replace(CABAL, "-O1", "-O1 -Werror"))
        .fails("src/Small/Alone.hs");
}
