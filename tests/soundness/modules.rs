//! Edits of which modules there are and where they lie, and of import cycles.

use super::case::Case;
use super::packages::small;
use super::tree::Tree;

const CABAL: &str = "small.cabal";
const WORDS: &str = "src/Small/Words.hs";
const SIZES: &str = "src/Small/Sizes.hs";

#[test]
fn a_module_added() {
    Case::of(small())
        .edit(|tree| {
            tree.write("src/Small/New.hs", "module Small.New (new) where\n\nnew :: String\nnew = \"new\"\n");
            tree.replace(CABAL, "    Small.Shapes", "    Small.New\n    Small.Shapes");
            tree.replace(SIZES, "import Small.Words", "import Small.Words\nimport Small.New");
            tree.replace(SIZES, "show origin]", "show origin, new]");
        })
        .prints_otherwise();
}

/// GHC compiles a module that is imported, whether the package names it or not.
#[test]
fn a_module_that_is_not_listed_changes() {
    Case::of(small())
        .with(|tree| {
            tree.write("app/Title.hs", "module Title (title) where\n\ntitle :: String\ntitle = \"before\"\n");
            tree.replace("app/Main.hs", "import Small.Sizes", "import Title (title)\nimport Small.Sizes");
            tree.append("app/Main.hs", "  putStrLn title\n");
        })
        .edit(|tree| tree.replace("app/Title.hs", "before", "after"))
        .compiles(&["Main", "Title"])
        .prints_otherwise();
}

#[test]
fn a_module_exposed() {
    Case::of(small())
        .with(|tree| tree.replace(CABAL, "    Small.Words\n", "  other-modules: Small.Words\n"))
        .edit(|tree| {
            tree.replace(CABAL, "  other-modules: Small.Words\n", "");
            tree.replace(CABAL, "    Small.Sizes\n", "    Small.Sizes\n    Small.Words\n");
        })
        .prints_the_same();
}

#[test]
fn a_module_deleted() {
    Case::of(small())
        .edit(|tree| {
            tree.remove("src/Small/Alone.hs");
            tree.replace(CABAL, "    Small.Alone\n", "");
            tree.replace("app/Main.hs", "import Small.Alone (alone)\n", "");
            tree.replace("app/Main.hs", "alone 1", "True");
        })
        .prints_otherwise();
}

#[test]
fn a_module_deleted_that_is_still_imported() {
    Case::of(small())
        .edit(|tree| {
            tree.remove(WORDS);
            tree.replace(CABAL, "    Small.Words\n", "");
        })
        .fails("src/Small/");
}

#[test]
fn a_module_deleted_that_is_still_listed() {
    Case::of(small())
        .edit(|tree| {
            tree.remove("src/Small/Alone.hs");
            tree.replace("app/Main.hs", "import Small.Alone (alone)\n", "");
            tree.replace("app/Main.hs", "alone 1", "True");
        })
        .fails("Small");
}

#[test]
fn a_module_taken_off_the_list_that_a_program_imports() {
    Case::of(small()).edit(|tree| tree.replace(CABAL, "    Small.Alone\n", "")).fails("app/Main.hs");
}

#[test]
fn a_module_renamed() {
    Case::of(small())
        .edit(|tree| {
            tree.rename(WORDS, "src/Small/Texts.hs");
            tree.replace("src/Small/Texts.hs", "module Small.Words", "module Small.Texts");
            tree.replace(CABAL, "    Small.Words", "    Small.Texts");
            tree.replace("src/Small/Shapes.hs", "import Small.Words", "import Small.Texts");
            tree.replace(SIZES, "import Small.Words", "import Small.Texts");
            tree.replace(SIZES, "module Small.Words", "module Small.Texts");
        })
        .prints_the_same();
}

/// Two modules swap their names: both interfaces are there, and both are wrong.
#[test]
fn two_modules_swap_their_names() {
    let module =
        |name: &str, text: &str| format!("module Small.{name} (value) where\n\nvalue :: String\nvalue = \"{text}\"\n");
    Case::of(small())
        .with(|tree| {
            tree.write("src/Small/One.hs", &module("One", "first"));
            tree.write("src/Small/Two.hs", &module("Two", "second"));
            tree.replace(CABAL, "    Small.Shapes", "    Small.One\n    Small.Two\n    Small.Shapes");
            tree.replace(SIZES, "import Small.Words", "import Small.Words\nimport Small.One");
            tree.replace(SIZES, "show origin]", "show origin, value]");
        })
        .edit(|tree| {
            tree.write("src/Small/One.hs", &module("One", "second"));
            tree.write("src/Small/Two.hs", &module("Two", "first"));
        })
        .prints_otherwise();
}

#[test]
fn a_module_moved_between_source_folders() {
    Case::of(small())
        .with(|tree| tree.replace(CABAL, "  hs-source-dirs:   src", "  hs-source-dirs:   src, other"))
        .edit(|tree| tree.rename(WORDS, "other/Small/Words.hs"))
        .compiles(&["Small.Words"])
        .changes_nothing();
}

/// A call stack shows where a source lies.
#[test]
fn a_module_with_a_call_stack_moved_between_source_folders() {
    Case::of(small())
        .with(|tree| {
            tree.replace(CABAL, "  hs-source-dirs:   src", "  hs-source-dirs:   src, other");
            tree.replace(WORDS, "(greeting, secret) where", "(greeting, secret) where\n\nimport GHC.Stack");
            tree.replace(WORDS, "\"hello\"", "concatMap (prettySrcLoc . snd) (getCallStack here)");
            tree.append(WORDS, "\nhere :: HasCallStack => CallStack\nhere = callStack\n");
        })
        .edit(|tree| tree.rename(WORDS, "other/Small/Words.hs"))
        .prints_otherwise();
}

/// The folder that is searched first gains a module of the same name.
#[test]
fn a_module_hidden_by_one_in_an_earlier_folder() {
    Case::of(small())
        .with(|tree| tree.replace(CABAL, "  hs-source-dirs:   src", "  hs-source-dirs:   early, src"))
        .edit(|tree| {
            tree.write(
                "early/Small/Words.hs",
                "module Small.Words where\n\ngreeting :: String\ngreeting = \"early\"\n\nsecret :: Int -> Int\nsecret = id\n",
            );
        })
        .prints_otherwise();
}

#[test]
fn the_order_of_source_folders() {
    Case::of(small())
        .with(|tree| {
            tree.replace(CABAL, "  hs-source-dirs:   src", "  hs-source-dirs:   src, late");
            tree.write(
                "late/Small/Words.hs",
                "module Small.Words where\n\ngreeting :: String\ngreeting = \"late\"\n\nsecret :: Int -> Int\nsecret = id\n",
            );
        })
        .edit(|tree| tree.replace(CABAL, "src, late", "late, src"))
        .prints_otherwise();
}

#[test]
fn the_source_folder_renamed() {
    Case::of(small())
        .edit(|tree| {
            let paths: Vec<_> = tree.entries.keys().filter(|path| path.starts_with("src/")).cloned().collect();
            for path in paths {
                tree.rename(&path, &path.replacen("src/", "library/", 1));
            }
            tree.replace(CABAL, "  hs-source-dirs:   src", "  hs-source-dirs:   library");
        })
        .compiles(&["Small.Alone", "Small.Shapes", "Small.Sizes", "Small.Words"])
        .changes_nothing();
}

#[test]
fn a_source_folder_with_a_blank_in_its_name() {
    Case::of(small())
        .with(|tree| {
            let paths: Vec<_> = tree.entries.keys().filter(|path| path.starts_with("src/")).cloned().collect();
            for path in paths {
                tree.rename(&path, &path.replacen("src/", "my src/", 1));
            }
            tree.replace(CABAL, "  hs-source-dirs:   src", "  hs-source-dirs:   \"my src\"");
        })
        .edit(|tree| tree.append("my src/Small/Alone.hs", "-- A comment.\n"))
        .compiles(&["Small.Alone"])
        .prints_the_same();
}

#[test]
fn a_literate_module_takes_the_place_of_a_plain_one() {
    Case::of(small())
        .edit(|tree| {
            tree.remove("src/Small/Alone.hs");
            tree.write(
                "src/Small/Alone.lhs",
                "> module Small.Alone (alone) where\n\n> alone :: Int -> Int\n> alone n = n + 2\n",
            );
        })
        .prints_otherwise();
}

#[test]
fn an_import_added() {
    Case::of(small())
        .edit(|tree| {
            tree.replace("src/Small/Alone.hs", "where\n", "where\n\nimport Small.Words (secret)\n");
            tree.replace("src/Small/Alone.hs", "n + 1", "10 * secret n");
        })
        .prints_otherwise();
}

#[test]
fn an_import_cycle_without_boot_files_fails() {
    Case::of(small())
        .edit(|tree| tree.replace(WORDS, "where\n", "where\n\nimport Small.Sizes ()\n"))
        .fails("Module graph contains a cycle");
}

/// Two modules that import one another, one of them through a boot file.
fn with_cycle(tree: &mut Tree) {
    tree.write(
        "src/Small/Ping.hs",
        "module Small.Ping (ping) where\n\nimport {-# SOURCE #-} Small.Pong (pong)\n\nping :: Int -> String\nping 0 = \".\"\nping n = 'i' : pong (n - 1)\n",
    );
    tree.write("src/Small/Pong.hs-boot", "module Small.Pong (pong) where\n\npong :: Int -> String\n");
    tree.write(
        "src/Small/Pong.hs",
        "module Small.Pong (pong) where\n\nimport Small.Ping (ping)\n\npong :: Int -> String\npong 0 = \",\"\npong n = 'o' : ping (n - 1)\n",
    );
    tree.replace(CABAL, "    Small.Shapes", "    Small.Ping\n    Small.Pong\n    Small.Shapes");
    tree.replace(SIZES, "import Small.Words", "import Small.Words\nimport Small.Ping");
    tree.replace(SIZES, "show origin]", "show origin, ping 4]");
}

#[test]
fn a_module_with_a_boot_file() {
    Case::of(small()).with(with_cycle).edit(|tree| tree.replace("src/Small/Pong.hs", "'o'", "'O'")).prints_otherwise();
}

#[test]
fn a_module_that_imports_a_boot_file() {
    Case::of(small()).with(with_cycle).edit(|tree| tree.replace("src/Small/Ping.hs", "'i'", "'I'")).prints_otherwise();
}

#[test]
fn a_boot_file_gains_a_name() {
    Case::of(small())
        .with(with_cycle)
        .edit(|tree| {
            for (file, body) in [("src/Small/Pong.hs-boot", ""), ("src/Small/Pong.hs", "mark = 'm'\n")] {
                tree.replace(file, "(pong)", "(pong, mark)");
                tree.append(file, &format!("\nmark :: Char\n{body}"));
            }
            tree.replace("src/Small/Ping.hs", "(pong)", "(mark, pong)");
            tree.replace("src/Small/Ping.hs", "'i'", "mark");
        })
        .prints_otherwise();
}

#[test]
fn a_boot_file_that_no_longer_fits_its_module() {
    Case::of(small())
        .with(with_cycle)
        .edit(|tree| tree.replace("src/Small/Pong.hs-boot", "Int -> String", "Integer -> String"))
        .fails("src/Small/P");
}

#[test]
fn a_boot_file_removed_that_is_still_needed() {
    // GHC 9.10 says another thing where the interface of the module itself is there.
    Case::of(small()).with(with_cycle).edit(|tree| tree.remove("src/Small/Pong.hs-boot")).fails_in_its_own_words();
}

#[test]
fn a_boot_file_removed_with_its_cycle() {
    Case::of(small())
        .with(with_cycle)
        .edit(|tree| {
            tree.remove("src/Small/Pong.hs-boot");
            tree.replace("src/Small/Pong.hs", "\nimport Small.Ping (ping)\n", "");
            tree.replace("src/Small/Pong.hs", "ping (n - 1)", "\"!\"");
            tree.replace("src/Small/Ping.hs", "{-# SOURCE #-} ", "");
        })
        .prints_otherwise();
}

#[test]
fn a_boot_file_added_with_a_cycle() {
    let mut without = small();
    with_cycle(&mut without);
    let with = without.clone();
    without.remove("src/Small/Pong.hs-boot");
    without.replace("src/Small/Pong.hs", "\nimport Small.Ping (ping)\n", "");
    without.replace("src/Small/Pong.hs", "ping (n - 1)", "\"!\"");
    without.replace("src/Small/Ping.hs", "{-# SOURCE #-} ", "");
    Case::of(without).edit(|tree| *tree = with).prints_otherwise();
}

/// The import is the same, and means another module.
#[test]
fn a_module_of_a_library_hidden_by_one_of_the_package() {
    Case::of(small())
        .with(|tree| {
            tree.replace(WORDS, "where\n", "where\n\nimport Data.Char (toUpper)\n");
            tree.replace(WORDS, "\"hello\"", "map toUpper \"hello\"");
        })
        .edit(|tree| {
            tree.write(
                "src/Data/Char.hs",
                "module Data.Char (toUpper) where\n\ntoUpper :: Char -> Char\ntoUpper = succ\n",
            );
            tree.replace(CABAL, "    Small.Shapes", "    Data.Char\n    Small.Shapes");
        })
        .prints_otherwise();
}

#[test]
fn a_module_of_the_package_that_hid_one_of_a_library_removed() {
    Case::of(small())
        .with(|tree| {
            tree.replace(WORDS, "where\n", "where\n\nimport Data.Char (toUpper)\n");
            tree.replace(WORDS, "\"hello\"", "map toUpper \"hello\"");
            tree.write(
                "src/Data/Char.hs",
                "module Data.Char (toUpper) where\n\ntoUpper :: Char -> Char\ntoUpper = succ\n",
            );
            tree.replace(CABAL, "    Small.Shapes", "    Data.Char\n    Small.Shapes");
        })
        .edit(|tree| {
            tree.remove("src/Data/Char.hs");
            tree.replace(CABAL, "    Data.Char\n", "");
        })
        .prints_otherwise();
}

#[test]
fn the_file_that_a_linked_module_leads_to() {
    Case::of(small())
        .with(|tree| {
            tree.rename(WORDS, "shared/Words.hs");
            tree.link(WORDS, "../../shared/Words.hs");
        })
        .edit(|tree| tree.replace("shared/Words.hs", "hello", "goodbye"))
        .prints_otherwise();
}

#[test]
fn a_module_of_a_sublibrary_reexported() {
    Case::of(small())
        .with(|tree| {
            tree.append(CABAL, "\nlibrary inner\n  hs-source-dirs:   inner\n  exposed-modules:  Inner.Text\n  build-depends:    base\n  default-language: Haskell2010\n");
            tree.write("inner/Inner/Text.hs", "module Inner.Text where\n\ntext :: Int\ntext = 1\n");
            tree.replace(CABAL, "  build-depends:    base\n  default-language: Haskell2010\n\nexecutable", "  build-depends:    base, inner\n  default-language: Haskell2010\n\nexecutable");
        })
        .edit(|tree| tree.replace(CABAL, "    Small.Words\n", "    Small.Words\n  reexported-modules: Inner.Text as Small.Text\n"))
        .prints_the_same();
}
