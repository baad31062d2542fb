//! Compiler plugins: when they change, and when what they read does.

use serde_json::json;

use super::case::Case;
use super::packages::small;
use super::tree::Tree;

const CABAL: &str = "small.cabal";
const PLUGIN: &str = "marking/Marking.hs";
const WORDS: &str = "src/Small/Words.hs";
const FLAG: &str = "{-# OPTIONS_GHC -fplugin=Marking #-}\n";

/// A plugin that puts a text into every module that it compiles: a value `marked` becomes the text
/// that `mark` gives, an `IO String`.
fn plugin(mark: &str) -> String {
    format!(
        "\
module Marking (plugin) where

import Control.Monad
import Data.Char
import Data.List
import GHC.Plugins
import System.Directory
import System.Process

plugin :: Plugin
plugin = defaultPlugin {{ installCoreToDos = \\options todo -> return (CoreDoPluginPass \"mark\" (pass options) : todo), pluginRecompile = purePlugin }}

pass :: [CommandLineOption] -> ModGuts -> CoreM ModGuts
pass options guts = do
  text <- liftIO (mark options)
  binds <- mapM (change text) (mg_binds guts)
  return guts {{ mg_binds = binds }}

change :: String -> CoreBind -> CoreM CoreBind
change text (NonRec name _) | occNameString (getOccName name) == \"marked\" = do
  expression <- mkStringExpr text
  return (NonRec name expression)
change _ bind = return bind

mark :: [String] -> IO String
mark options = {mark}
"
    )
}

/// A value of the module that the plugin marks.
fn with_mark(tree: &mut Tree) {
    tree.replace(WORDS, "(greeting, secret)", "(greeting, marked, secret)");
    tree.append(WORDS, "\nmarked :: String\nmarked = \"not marked\"\n{-# NOINLINE marked #-}\n");
    tree.replace("src/Small/Sizes.hs", "show origin]", "show origin, marked]");
    tree.write("marks.txt", "first\n");
    tree.write("marks/one.txt", "1\n");
}

/// A plugin in a sublibrary, used by one module of the library.
fn with_plugin(mark: &str) -> Case {
    let mut tree = small();
    tree.append(CABAL, "\nlibrary marking\n  hs-source-dirs:   marking\n  exposed-modules:  Marking\n  build-depends:    base, directory, ghc, process\n  default-language: Haskell2010\n");
    tree.replace(
        CABAL,
        "  build-depends:    base\n  default-language: Haskell2010\n\nexecutable",
        "  build-depends:    base, marking\n  default-language: Haskell2010\n\nexecutable",
    );
    tree.write(PLUGIN, &plugin(mark));
    tree.prepend(WORDS, FLAG);
    with_mark(&mut tree);
    Case::of(tree).option("shared", true)
}

const SAYING: &str = "return (map toLower \"FIRST\")";
const READING: &str = "readFile \"marks.txt\"";

#[test]
fn a_plugin_changed() {
    with_plugin(SAYING).edit(|tree| tree.replace(PLUGIN, "FIRST", "SECOND")).prints_otherwise();
}

#[test]
fn a_module_that_a_plugin_compiles_changed() {
    with_plugin(SAYING).edit(|tree| tree.replace(WORDS, "hello", "goodbye")).prints_otherwise();
}

#[test]
fn a_plugin_taken_away() {
    with_plugin(SAYING).edit(|tree| tree.replace(WORDS, FLAG, "")).prints_otherwise();
}

#[test]
fn a_file_that_a_plugin_reads() {
    with_plugin(READING)
        .edit(|tree| tree.write("marks.txt", "second\n"))
        .compiles(&["Small.Words"])
        .leaves_out(json!({
            "component": "lib", "module": "Small.Words", "cause": "input", "input": "marks.txt", "access": "read",
            "change": "changed", "reader": "code",
        }))
        .prints_otherwise();
}

#[test]
fn files_that_no_plugin_reads() {
    with_plugin(READING)
        .edit(|tree| {
            tree.write("marks/one.txt", "2\n");
            tree.write("README.md", "Read by nobody.\n");
        })
        .compiles_nothing();
}

#[test]
fn a_folder_that_a_plugin_lists() {
    with_plugin("unwords . sort <$> listDirectory \"marks\"")
        .edit(|tree| tree.write("marks/two.txt", "2\n"))
        .compiles(&["Small.Words"])
        .prints_otherwise();
}

#[test]
fn a_file_that_a_plugin_asks_for_and_a_program_that_it_runs() {
    with_plugin("doesFileExist \"more.txt\" >>= \\more -> if more then readProcess \"cat\" [\"more.txt\"] \"\" else return \"none\"")
        .edit(|tree| tree.write("more.txt", "more\n"))
        .compiles(&["Small.Words"])
        .prints_otherwise();
}

/// The name of the file is an option of the plugin.
#[test]
fn a_file_that_an_option_of_a_plugin_names() {
    with_plugin("concat <$> mapM readFile options")
        .with(|tree| tree.prepend(WORDS, "{-# OPTIONS_GHC -fplugin-opt=Marking:marks.txt #-}\n"))
        .edit(|tree| tree.write("marks.txt", "second\n"))
        .compiles(&["Small.Words"])
        .prints_otherwise();
}

/// The option is another one, which GHC compares.
#[test]
fn an_option_of_a_plugin_names_another_file() {
    with_plugin("concat <$> mapM readFile options")
        .with(|tree| tree.prepend(WORDS, "{-# OPTIONS_GHC -fplugin-opt=Marking:marks.txt #-}\n"))
        .edit(|tree| tree.replace(WORDS, "Marking:marks.txt", "Marking:marks/one.txt"))
        .prints_otherwise();
}

/// Every module of the library is compiled with it.
#[test]
fn a_file_that_the_plugin_of_a_whole_component_reads() {
    with_plugin(READING)
        .with(|tree| {
            tree.replace(WORDS, FLAG, "");
            tree.replace(
                CABAL,
                "  hs-source-dirs:   src\n",
                "  hs-source-dirs:   src\n  ghc-options:      -fplugin=Marking\n",
            );
        })
        .edit(|tree| tree.write("marks.txt", "second\n"))
        .compiles(&["Small.Alone", "Small.Shapes", "Small.Sizes", "Small.Words"])
        .prints_otherwise();
}

/// The plugin is a module of the library itself, compiled before those that use it.
#[test]
fn a_file_that_a_plugin_of_the_same_component_reads() {
    Case::of(small())
        .option("shared", true)
        .with(|tree| {
            with_mark(tree);
            tree.write("src/Marking.hs", &plugin(READING));
            tree.replace(CABAL, "    Small.Shapes", "    Marking\n    Small.Shapes");
            tree.replace(CABAL, "  build-depends:    base\n", "  build-depends:    base, directory, ghc, process\n");
            tree.prepend(WORDS, FLAG);
            tree.replace(WORDS, "secret) where\n", "secret) where\n\nimport Marking ()\n");
        })
        .edit(|tree| tree.write("marks.txt", "second\n"))
        .compiles(&["Small.Words"])
        .prints_otherwise();
}

/// GHC asks a plugin whether it wants to run again. One that always wants to is no case of ours,
/// and neither is one that has looked for itself.
#[test]
fn a_plugin_that_looks_for_itself() {
    with_plugin(READING)
        .with(|tree| {
            tree.replace(
                PLUGIN,
                "pluginRecompile = purePlugin",
                "pluginRecompile = \\_ -> MaybeRecompile <$> getFileHash \"marks.txt\"",
            );
            tree.replace(PLUGIN, "import GHC.Plugins\n", "import GHC.Fingerprint (getFileHash)\nimport GHC.Plugins\n");
        })
        .edit(|tree| tree.write("marks.txt", "second\n"))
        .compiles(&["Small.Words"])
        .prints_otherwise();
}

/// A plugin that looks at a file and refuses to go on, in an action of another kind.
fn refusing(field: &str, action: &str) -> Case {
    with_plugin(SAYING)
        .with(|tree| {
            tree.replace(PLUGIN, "defaultPlugin { ", &format!("defaultPlugin {{ {field} = {action}, "));
            tree.append(
                PLUGIN,
                "\nlook :: IO ()\nlook = readFile \"marks.txt\" >>= \\text -> when (text == \"refuse\\n\") (ioError (userError \"refused by the plugin\"))\n",
            );
            tree.replace(PLUGIN, "import GHC.Plugins\n", "import GHC.Plugins\nimport GHC.Tc.Types\nimport GHC.Tc.Plugin (tcPluginIO)\nimport GHC.Types.Unique.FM (emptyUFM)\n");
        })
        .edit(|tree| tree.write("marks.txt", "refuse\n"))
}

#[test]
fn a_file_that_a_plugin_reads_after_parsing() {
    refusing("parsedResultAction", "\\_ _ result -> liftIO look >> return result").fails("refused by the plugin");
}

#[test]
fn a_file_that_a_plugin_reads_after_type_checking() {
    refusing("typeCheckResultAction", "\\_ _ result -> liftIO look >> return result").fails("refused by the plugin");
}

#[test]
fn a_file_that_a_plugin_of_the_type_checker_reads() {
    refusing(
        "tcPlugin",
        "\\_ -> Just (TcPlugin { tcPluginInit = tcPluginIO look, tcPluginSolve = \\_ _ _ _ -> return (TcPluginOk [] []), tcPluginRewrite = \\_ -> emptyUFM, tcPluginStop = return })",
    )
    .fails("refused by the plugin");
}

/// The plugin is named for the component, and it comes from a package below.
fn of_dependency(mark: &str) -> Case {
    let mut tree = small().below("upper");
    tree.write(
        "default.nix",
        "{ hinc }:\nrec {\n  lower = hinc.host.mkPackage { src = ./lower; };\n  upper = hinc.host.mkPackage { src = ./upper; dependencies = [ lower ]; };\n}\n",
    );
    tree.write(
        "lower/lower.cabal",
        "cabal-version:      2.4\nname:               lower\nversion:            0.1\nbuild-type:         Simple\ndata-files:         motto.txt\n\nlibrary\n  exposed-modules:  Marking\n  other-modules:    Paths_lower\n  autogen-modules:  Paths_lower\n  build-depends:    base, directory, ghc, process\n  default-language: Haskell2010\n",
    );
    tree.write("lower/Marking.hs", &plugin(mark));
    tree.replace(
        "lower/Marking.hs",
        "import GHC.Plugins\n",
        "import GHC.Plugins\nimport Paths_lower (getDataFileName)\n",
    );
    tree.write("lower/motto.txt", "slow\n");
    let mut upper = Tree::default();
    for (path, entry) in std::mem::take(&mut tree.entries) {
        match path.strip_prefix("upper/") {
            Some(path) => upper.entries.insert(path.to_owned(), entry),
            None => tree.entries.insert(path, entry),
        };
    }
    with_mark(&mut upper);
    upper.replace(
        CABAL,
        "  hs-source-dirs:   src\n",
        "  hs-source-dirs:   src\n  ghc-options:      -fplugin=Marking\n",
    );
    upper.replace(CABAL, "  build-depends:    base\n", "  build-depends:    base, lower\n");
    tree.entries.extend(upper.below("upper").entries);
    Case::of(tree).attribute("upper")
}

const LIBRARY: &[&str] = &["Small.Alone", "Small.Shapes", "Small.Sizes", "Small.Words"];

#[test]
fn a_plugin_of_a_local_dependency_changed() {
    of_dependency(SAYING).edit(|tree| tree.replace("lower/Marking.hs", "FIRST", "SECOND")).prints_otherwise();
}

#[test]
fn a_file_that_a_plugin_of_a_local_dependency_reads() {
    of_dependency(READING).edit(|tree| tree.write("upper/marks.txt", "second\n")).compiles(LIBRARY).prints_otherwise();
}

/// A file of the dependency, which is installed with it.
#[test]
fn a_file_of_a_local_dependency_that_its_plugin_reads() {
    of_dependency("getDataFileName \"motto.txt\" >>= readFile")
        .edit(|tree| tree.write("lower/motto.txt", "fast\n"))
        .compiles(LIBRARY)
        .prints_otherwise();
}
