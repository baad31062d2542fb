//! Setup programs and configure scripts: when they change, and when what they read does. Nobody
//! knows what of a package depends on them, so all of it does; but not on what they do not read.

use serde_json::json;

use super::case::Case;
use super::packages::small;
use super::tree::Tree;

const CABAL: &str = "small.cabal";
const WORDS: &str = "src/Small/Words.hs";

/// A Setup program that writes a module from a text file.
fn with_setup() -> Tree {
    let mut tree = small();
    tree.replace(
        CABAL,
        "build-type:         Simple\n",
        "build-type:         Custom\n\ncustom-setup\n  setup-depends: base, Cabal, directory\n",
    );
    tree.write("motto.txt", "slow and steady\n");
    tree.write(
        "Setup.hs",
        "import Distribution.Simple\n\nmain :: IO ()\nmain = defaultMainWithHooks simpleUserHooks { preBuild = \\a f -> write >> preBuild simpleUserHooks a f }\n  where\n    write = do\n      text <- readFile \"motto.txt\"\n      writeFile \"src/Small/Motto.hs\" (\"module Small.Motto (motto) where\\n\\nmotto :: String\\nmotto = \" ++ show (\"motto: \" ++ text) ++ \"\\n\")\n",
    );
    tree.replace(CABAL, "    Small.Shapes", "    Small.Motto\n    Small.Shapes");
    tree.replace("app/Main.hs", "import Small.Sizes", "import Small.Motto\nimport Small.Sizes");
    tree.append("app/Main.hs", "  putStrLn motto\n");
    tree
}

#[test]
fn a_custom_setup_that_writes_a_module() {
    Case::of(with_setup()).edit(|tree| tree.write("motto.txt", "fast and loose\n")).prints_otherwise();
}

#[test]
fn a_custom_setup_changed() {
    Case::of(with_setup()).edit(|tree| tree.replace("Setup.hs", "\"motto: \"", "\"the motto: \"")).prints_otherwise();
}

/// Cabal lists all folders that it built into, which is nothing that the Setup program did.
#[test]
fn modules_in_folders_beside_a_custom_setup() {
    Case::of(small())
        .with(|tree| {
            tree.replace(
                "small.cabal",
                "build-type:         Simple\n",
                "build-type:         Custom\n\ncustom-setup\n  setup-depends: base, Cabal\n",
            );
            tree.write("Setup.hs", "import Distribution.Simple\nmain = defaultMainWithHooks simpleUserHooks\n");
        })
        .edit(|tree| tree.append("src/Small/Alone.hs", "-- A comment.\n"))
        .compiles(&["Small.Alone"])
        .prints_the_same();
}

/// Cabal asks for a program that another component uses while it is built.
#[test]
fn a_program_that_the_library_uses_beside_a_custom_setup() {
    Case::of(small())
        .with(|tree| {
            tree.replace(
                CABAL,
                "build-type:         Simple\n",
                "build-type:         Custom\n\ncustom-setup\n  setup-depends: base, Cabal\n",
            );
            tree.replace(CABAL, "library\n", "library\n  build-tool-depends: small:tool\n");
            tree.append(
                CABAL,
                "\nexecutable tool\n  main-is:          Tool.hs\n  hs-source-dirs:   tool\n  build-depends:    base\n  default-language: Haskell2010\n",
            );
            tree.write("tool/Tool.hs", "module Main (main) where\n\nmain :: IO ()\nmain = putStrLn \"a tool\"\n");
            tree.write("Setup.hs", "import Distribution.Simple\nmain = defaultMainWithHooks simpleUserHooks\n");
        })
        .edit(|tree| tree.replace("tool/Tool.hs", "a tool", "another tool"))
        .compiles(&["Main"])
        .prints_otherwise();
}

#[test]
fn a_custom_setup_takes_the_place_of_a_simple_one() {
    Case::of(small())
        .edit(|tree| {
            tree.replace(CABAL, "build-type:         Simple\n", "build-type:         Custom\n\ncustom-setup\n  setup-depends: base, Cabal\n");
            tree.write("Setup.hs", "import Distribution.Simple\n\nmain :: IO ()\nmain = defaultMainWithHooks simpleUserHooks { postInst = \\_ _ _ _ -> return () }\n");
            tree.replace(WORDS, "hello", "goodbye");
        })
        .prints_otherwise();
}

/// A Setup program that writes a text of all that it learns. A splice puts it into a module, and
/// no module is written, of which GHC would compare the source.
fn stamped() -> Tree {
    Tree::of(&[
        (
            "stamped.cabal",
            "\
cabal-version:      2.4
name:               stamped
version:            0.1
build-type:         Custom

custom-setup
  setup-depends:    base, Cabal, directory, process, template-haskell

executable stamped
  hs-source-dirs:   src
  main-is:          Main.hs
  other-modules:    Plain, Stamp
  build-depends:    base, template-haskell
  ghc-options:      -O0
  default-language: Haskell2010
",
        ),
        (
            "Setup.hs",
            "\
{-# LANGUAGE TemplateHaskell #-}
import Data.List (sort)
import Distribution.Simple
import Language.Haskell.TH
import SetupHelper (helped)
import System.Directory
import System.Process

main :: IO ()
main = defaultMainWithHooks simpleUserHooks { preBuild = \\a f -> write >> preBuild simpleUserHooks a f }
  where
    write = do
      text <- readFile \"setup/motto.txt\"
      names <- sort <$> listDirectory \"setup/list\"
      asked <- doesFileExist \"setup/asked.txt\"
      said <- readProcess \"setup/say\" [] \"\"
      createDirectoryIfMissing True \"made\"
      writeFile \"made/stamp.txt\" (unlines [text, unwords names, show asked, said, helped, embedded])
    embedded = $(runIO (readFile \"setup/embedded.txt\") >>= stringE)
",
        ),
        (
            "SetupHelper.hs",
            "module SetupHelper (helped) where\n\nimport SetupTools.Deep (deep)\n\nhelped :: String\nhelped = \"helped \" ++ deep\n",
        ),
        ("SetupTools/Deep.hs", "module SetupTools.Deep (deep) where\n\ndeep :: String\ndeep = \"deeply\"\n"),
        ("setup/motto.txt", "slow\n"),
        ("setup/list/one.txt", "1\n"),
        ("setup/embedded.txt", "quiet\n"),
        ("README.md", "Read by nobody.\n"),
        (
            "src/Stamp.hs",
            "{-# LANGUAGE TemplateHaskell #-}\nmodule Stamp (stamp) where\n\nimport Language.Haskell.TH\n\nstamp :: String\nstamp = $(runIO (readFile \"made/stamp.txt\") >>= stringE)\n",
        ),
        ("src/Plain.hs", "module Plain (plain) where\n\nplain :: Int\nplain = 1\n"),
        (
            "src/Main.hs",
            "module Main (main) where\n\nimport Plain\nimport Stamp\n\nmain :: IO ()\nmain = putStr stamp >> print plain\n",
        ),
    ])
}

/// A script that the Setup program runs, with one that it runs in turn.
fn with_scripts() -> Tree {
    let mut tree = stamped();
    tree.program("setup/say", "#!/bin/sh\nexec setup/deeper\n");
    tree.program("setup/deeper", "#!/bin/sh\necho said\n");
    tree
}

#[test]
fn a_module_of_a_custom_setup_changed() {
    Case::of(with_scripts())
        .edit(|tree| tree.replace("SetupHelper.hs", "helped \"", "much helped \""))
        .leaves_out(json!({
            "module": "Stamp", "cause": "input", "input": "SetupHelper.hs", "access": "read", "change": "changed",
            "reader": "setup",
        }))
        .prints_otherwise();
}

#[test]
fn a_module_far_below_a_custom_setup_changed() {
    Case::of(with_scripts()).edit(|tree| tree.replace("SetupTools/Deep.hs", "deeply", "barely")).prints_otherwise();
}

#[test]
fn a_file_that_a_custom_setup_reads() {
    Case::of(with_scripts())
        .edit(|tree| tree.write("setup/motto.txt", "fast\n"))
        .leaves_out(json!({ "module": "Stamp", "cause": "input", "input": "setup/motto.txt", "reader": "setup" }))
        .prints_otherwise();
}

#[test]
fn a_file_that_is_embedded_in_a_custom_setup() {
    Case::of(with_scripts()).edit(|tree| tree.write("setup/embedded.txt", "loud\n")).prints_otherwise();
}

#[test]
fn a_folder_that_a_custom_setup_lists() {
    Case::of(with_scripts())
        .edit(|tree| tree.write("setup/list/two.txt", "2\n"))
        .leaves_out(json!({ "module": "Stamp", "input": "setup/list", "access": "listed", "reader": "setup" }))
        .prints_otherwise();
}

#[test]
fn a_file_that_a_custom_setup_asks_for() {
    Case::of(with_scripts())
        .edit(|tree| tree.write("setup/asked.txt", ""))
        .leaves_out(json!({ "module": "Stamp", "input": "setup/asked.txt", "access": "asked", "change": "added" }))
        .prints_otherwise();
}

#[test]
fn a_script_below_a_custom_setup() {
    Case::of(with_scripts()).edit(|tree| tree.program("setup/deeper", "#!/bin/sh\necho asked\n")).prints_otherwise();
}

#[test]
fn files_that_no_custom_setup_reads() {
    Case::of(with_scripts())
        .edit(|tree| {
            tree.write("README.md", "Still read by nobody.\n");
            tree.write("setup/list/one.txt", "one\n");
            tree.write("setup/unread.txt", "");
            tree.write("SetupUnused.hs", "module SetupUnused where\n");
        })
        .compiles_nothing();
}

#[test]
fn a_module_beside_a_custom_setup() {
    Case::of(with_scripts())
        .edit(|tree| tree.append("src/Plain.hs", "-- A comment.\n"))
        .compiles(&["Plain"])
        .prints_the_same();
}

/// Of a library Cabal makes an archive in Setup's own process, which reads what the modules became.
#[test]
fn a_module_of_a_library_beside_a_custom_setup() {
    let mut tree = with_scripts();
    tree.replace(
        "stamped.cabal",
        "executable stamped\n  hs-source-dirs:   src\n  main-is:          Main.hs\n  other-modules:    Plain, Stamp\n",
        "executable stamped\n  hs-source-dirs:   app\n  main-is:          Main.hs\n  build-depends:    base, stamped\n  \
         default-language: Haskell2010\n\nlibrary\n  hs-source-dirs:   src\n  exposed-modules:  Plain, Stamp\n",
    );
    tree.rename("src/Main.hs", "app/Main.hs");
    Case::of(tree).edit(|tree| tree.append("src/Plain.hs", "-- A comment.\n")).compiles(&["Plain"]).prints_the_same();
}

#[test]
fn a_custom_setup_under_nixpkgs_builder() {
    Case::of(with_scripts())
        .edit(|tree| tree.replace("SetupTools/Deep.hs", "deeply", "barely"))
        .of_nixpkgs()
        .prints_otherwise();
}

/// The splice is in a module that the Setup program writes from a template, so that nobody sees it
/// when the modules of the base are put in place.
#[test]
fn a_module_with_a_splice_that_a_custom_setup_writes() {
    Case::of(with_scripts())
        .with(|tree| {
            tree.rename("src/Stamp.hs", "setup/Stamp.in");
            tree.replace("setup/Stamp.in", "made/stamp.txt", "data/stamp.txt");
            tree.write("data/stamp.txt", "before\n");
            tree.replace(
                "Setup.hs",
                "      text <- readFile \"setup/motto.txt\"\n",
                "      text <- readFile \"setup/motto.txt\"\n      copyFile \"setup/Stamp.in\" \"src/Stamp.hs\"\n",
            );
        })
        .edit(|tree| tree.write("data/stamp.txt", "after\n"))
        .compiles(&["Stamp"])
        .prints_otherwise();
}

/// A Setup program that gives options, by what a file of the package says.
#[test]
fn an_option_that_a_custom_setup_finds_in_a_file() {
    Case::of(small())
        .with(|tree| {
            tree.replace(
                CABAL,
                "build-type:         Simple\n",
                "build-type:         Custom\n\ncustom-setup\n  setup-depends: base, Cabal\n",
            );
            tree.write(
                "Setup.hs",
                "import Distribution.PackageDescription\nimport Distribution.Simple\n\nmain :: IO ()\nmain = defaultMainWithHooks simpleUserHooks { preBuild = \\_ _ -> do\n  limit <- readFile \"limit.txt\"\n  return (Just emptyBuildInfo { cppOptions = [\"-DLIMIT=\" ++ limit] }, []) }\n",
            );
            tree.write("limit.txt", "7");
            tree.prepend(WORDS, "{-# LANGUAGE CPP #-}\n");
            tree.replace(WORDS, "hidden n = product [1 .. n]", "hidden n = n + LIMIT");
        })
        .edit(|tree| tree.write("limit.txt", "8"))
        .prints_otherwise();
}

/// A preprocessor of the Setup program's own, and a file that it reads beside its input.
fn with_preprocessor() -> Case {
    let mut tree = small();
    tree.replace(
        CABAL,
        "build-type:         Simple\n",
        "build-type:         Custom\n\ncustom-setup\n  setup-depends: base, Cabal\n",
    );
    tree.write(
        "Setup.hs",
        "\
import Distribution.Simple
import Distribution.Simple.PreProcess

main :: IO ()
main = defaultMainWithHooks simpleUserHooks { hookedPreProcessors = (suffix, \\_ _ _ -> words') : hookedPreProcessors simpleUserHooks }
  where
    suffix = read \"\"
    words' = PreProcessor
      { platformIndependent = True
      , ppOrdering = \\_ _ modules -> return modules
      , runPreProcessor = mkSimplePreProcessor (\\from to _ -> do
          text <- readFile from
          more <- readFile \"dictionary.txt\"
          writeFile to (\"module Small.Dictionary (dictionary) where\\n\\ndictionary :: [String]\\ndictionary = \" ++ show (words text ++ words more) ++ \"\\n\"))
      }
",
    );
    // The type of a suffix is another one in later versions of Cabal, and has the same letters.
    tree.replace("Setup.hs", "read \"\"", "fromString \"words\"");
    tree.replace(
        "Setup.hs",
        "import Distribution.Simple.PreProcess\n",
        "import Distribution.Simple.PreProcess\nimport Data.String (fromString)\n",
    );
    tree.write("src/Small/Dictionary.words", "one two\n");
    tree.write("dictionary.txt", "three\n");
    tree.replace(CABAL, "    Small.Shapes", "    Small.Dictionary\n    Small.Shapes");
    tree.replace("app/Main.hs", "import Small.Sizes", "import Small.Dictionary\nimport Small.Sizes");
    tree.append("app/Main.hs", "  print dictionary\n");
    Case::of(tree)
}

#[test]
fn a_source_of_a_preprocessor_of_a_custom_setup() {
    with_preprocessor().edit(|tree| tree.write("src/Small/Dictionary.words", "one two too\n")).prints_otherwise();
}

#[test]
fn a_file_that_a_preprocessor_of_a_custom_setup_reads() {
    with_preprocessor().edit(|tree| tree.write("dictionary.txt", "four\n")).prints_otherwise();
}

/// A configure script, and what it makes of all that it finds: a text for a splice.
fn configured() -> Tree {
    let mut tree = stamped();
    for path in ["Setup.hs", "SetupHelper.hs", "SetupTools/Deep.hs"] {
        tree.remove(path);
    }
    tree.replace(
        "stamped.cabal",
        "Custom\n\ncustom-setup\n  setup-depends:    base, Cabal, directory, process, template-haskell\n",
        "Configure\n",
    );
    tree.program(
        "configure",
        "\
#!/bin/sh
cd \"${0%/*}\" || exit
. setup/words
mkdir -p made
{
  sed \"s/@WORD@/$word/\" setup/stamp.in
  cat setup/motto.txt
  ls setup/list
  if test -e setup/asked.txt; then echo asked; fi
  ./setup/say
  ${CC:-gcc} -o made/conftest setup/conftest.c && ./made/conftest
} >made/stamp.txt
",
    );
    tree.write("setup/words", "word=sourced\n");
    tree.write("setup/stamp.in", "a stamp, @WORD@\n");
    tree.program("setup/say", "#!/bin/sh\necho said\n");
    tree.write(
        "setup/conftest.c",
        "#include <stdio.h>\n#include \"conftest.h\"\nint main(void) { puts(TEXT); return 0; }\n",
    );
    tree.write("setup/conftest.h", "#define TEXT \"compiled\"\n");
    tree
}

#[test]
fn files_that_a_configure_script_reads() {
    Case::of(configured())
        .edit(|tree| {
            tree.write("setup/words", "word=found\n");
            tree.write("setup/conftest.h", "#define TEXT \"compiled anew\"\n");
            tree.write("setup/stamp.in", "another stamp, @WORD@\n");
        })
        .leaves_out(json!({ "module": "Stamp", "cause": "input", "input": "made/stamp.txt", "reader": "code" }))
        .prints_otherwise();
}

#[test]
fn a_folder_that_a_configure_script_lists() {
    Case::of(configured()).edit(|tree| tree.write("setup/list/two.txt", "2\n")).prints_otherwise();
}

#[test]
fn a_file_that_a_configure_script_asks_for() {
    Case::of(configured()).edit(|tree| tree.write("setup/asked.txt", "")).prints_otherwise();
}

#[test]
fn a_header_of_c_that_a_configure_script_compiles() {
    Case::of(configured())
        .edit(|tree| tree.write("setup/conftest.h", "#define TEXT \"compiled anew\"\n"))
        .leaves_out(json!({ "module": "Stamp", "cause": "input", "input": "made/stamp.txt", "reader": "code" }))
        .prints_otherwise();
}

#[test]
fn a_configure_script_changed() {
    Case::of(configured()).edit(|tree| tree.replace("configure", "echo asked", "echo given")).changes_nothing();
}

#[test]
fn files_that_no_configure_script_reads() {
    Case::of(configured())
        .edit(|tree| {
            tree.write("README.md", "Still read by nobody.\n");
            tree.write("setup/unread.txt", "");
            tree.write("setup/list/one.txt", "one\n");
        })
        .compiles_nothing();
}

#[test]
fn what_a_configure_script_finds() {
    Case::of(small())
        .with(|tree| {
            tree.replace(CABAL, "build-type:         Simple\n", "build-type:         Configure\n");
            tree.program(
                "configure",
                "#!/bin/sh\nprintf 'cpp-options: -DLIMIT=%s\\n' \"$(cat \"$(dirname \"$0\")\"/limit.txt)\" >small.buildinfo\n",
            );
            tree.write("limit.txt", "7");
            tree.prepend(WORDS, "{-# LANGUAGE CPP #-}\n");
            tree.replace(WORDS, "hidden n = product [1 .. n]", "hidden n = n + LIMIT");
        })
        .edit(|tree| tree.write("limit.txt", "8"))
        .prints_otherwise();
}

/// Nobody can see what the script's own static program reads, and nobody must: what the script makes is
/// compared.
#[test]
fn a_static_program_that_a_configure_script_runs() {
    Case::of(configured())
        .with(|tree| tree.replace("configure", "gcc} -o", "gcc} -static -o"))
        .edit(|tree| tree.write("README.md", "Still read by nobody.\n"))
        .compiles_nothing();
}

fn setup_runs(program: &str) -> Case {
    Case::of(stamped())
        .with(|tree| {
            tree.program("setup/say", "#!/bin/sh\necho said\n");
            tree.write("setup/asked.txt", "");
            tree.write("setup/gen.hs", "main = readFile \"setup/more.txt\" >>= putStr\n");
            tree.write("setup/more.txt", "quiet\n");
            tree.replace("Setup.hs", "readProcess \"setup/say\" [] \"\"", program);
        })
        .edit(|tree| tree.write("setup/more.txt", "louder\n"))
}

#[test]
fn a_program_that_setup_interprets() {
    setup_runs("readProcess \"runghc\" [\"setup/gen.hs\"] \"\"").prints_otherwise();
}

#[test]
fn a_compiler_of_c_that_setup_asks() {
    setup_runs("readProcess \"gcc\" [\"-E\", \"-P\", \"-x\", \"c\", \"setup/more.txt\"] \"\"").prints_otherwise();
}

#[test]
fn a_module_in_a_folder_called_setup() {
    Case::of(stamped())
        .with(|tree| {
            tree.program("setup/say", "#!/bin/sh\necho said\n");
            tree.write("setup/asked.txt", "");
            tree.replace("SetupHelper.hs", "SetupTools.Deep", "Setup.Deep");
            tree.remove("SetupTools/Deep.hs");
            tree.write("Setup/Deep.hs", "module Setup.Deep (deep) where\n\ndeep :: String\ndeep = \"deeply\"\n");
        })
        .edit(|tree| tree.replace("Setup/Deep.hs", "\"deeply\"", "\"deeper\""))
        .prints_otherwise();
}
