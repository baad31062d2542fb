//! What lies beside interfaces and objects: files for editors and for the interpreter, units that
//! Backpack makes, a build folder that came with the source, names that are no UTF-8.

use std::process::Command;

use super::case::Case;
use super::packages::small;
use super::seen::Seen;
use super::tree::{Entry, Tree, path_of_bytes};

const CABAL: &str = "small.cabal";
const WORDS: &str = "src/Small/Words.hs";
const ALONE: &str = "src/Small/Alone.hs";
const MAIN: &str = "app/Main.hs";

/// The library and the program get options for GHC.
fn with_options(options: &str) -> Tree {
    let mut tree = small();
    let line = format!("  ghc-options:      {options}\n  default-language:");
    let Some(Entry::Text(cabal)) = tree.entries.get_mut(CABAL) else { panic!("no .cabal file") };
    *cabal = cabal.replace("  default-language:", &line);
    tree
}

/// The edit that changes one interface only in the hash of its source.
fn comment_in_words(tree: &mut Tree) {
    tree.append(WORDS, "-- A comment.\n");
}

#[track_caller]
fn words_alone_is_compiled(tree: Tree) {
    let case = Case::of(tree).edit(comment_in_words).compiles(&["Small.Words"]);
    let compared = case.build();
    assert!(!compared.clean.companions.is_empty(), "GHC wrote nothing beside the interfaces");
    case.prints_the_same();
}

#[test]
fn hie_files_in_a_folder_of_the_package() {
    words_alone_is_compiled(with_options("-fwrite-ide-info -hiedir=.hie"));
}

/// Beside the interfaces, or in a folder that Cabal chooses from 3.12 on, and then installs.
#[test]
fn hie_files_in_their_usual_place() {
    words_alone_is_compiled(with_options("-fwrite-ide-info"));
}

/// What GHC wrote of the other modules stays: it does not compile them for lines.
#[test]
fn hie_files_that_tell_of_lines_in_other_modules() {
    Case::of(with_options("-fwrite-ide-info"))
        .edit(|tree| tree.prepend(WORDS, "-- A comment.\n\n"))
        .compiles(&["Small.Words"])
        .prints_the_same();
}

#[test]
fn hie_files_of_another_suffix() {
    words_alone_is_compiled(with_options("-fwrite-ide-info -hiesuf=ide"));
    words_alone_is_compiled(with_options("-fwrite-ide-info -hiesuf ide -hiedir ./made/for/../editors"));
}

#[test]
fn hie_files_among_the_sources() {
    words_alone_is_compiled(with_options("-fwrite-ide-info -hiedir=src"));
}

/// The library and the program have a folder each, and so their modules `Main` and `Small` are told apart.
#[test]
fn hie_files_in_a_folder_for_each_component() {
    let mut tree = with_options("-fwrite-ide-info");
    let Some(Entry::Text(cabal)) = tree.entries.get_mut(CABAL) else { panic!("no .cabal file") };
    *cabal = cabal.replacen("-fwrite-ide-info", "-fwrite-ide-info -hiedir=editors/library", 1);
    *cabal = cabal.replace("-fwrite-ide-info\n", "-fwrite-ide-info -hiedir=editors/program\n");
    words_alone_is_compiled(tree);
}

#[test]
fn hie_files_by_an_option_from_outside() {
    let case = Case::of(small())
        .option("ghc_options", vec!["-fwrite-ide-info", "-hiedir=.hie"])
        .edit(comment_in_words)
        .compiles(&["Small.Words"]);
    assert_eq!(case.build().clean.companions.len(), 5, "files");
    case.prints_the_same();
}

#[test]
fn hie_files_of_a_profiled_library() {
    Case::of(with_options("-fwrite-ide-info -hiedir=.hie"))
        .option("profiling", true)
        .option("shared", true)
        .edit(comment_in_words)
        .compiles(&["Small.Words"])
        .prints_the_same();
}

/// With such files GHC writes the constructors of a type into the interface in an order that depends on what else
/// it compiled.
#[test]
fn hie_files_of_a_module_that_is_edited_and_used() {
    Case::of(with_options("-fwrite-ide-info -hiedir=.hie"))
        .edit(|tree| tree.replace(WORDS, "greeting = \"hello\"", "greeting = \"good day\""))
        .whatever_the_interfaces_say()
        .prints_otherwise();
}

#[test]
fn a_module_with_a_hie_file_renamed() {
    Case::of(with_options("-fwrite-ide-info -hiedir=.hie"))
        .edit(|tree| {
            tree.rename(ALONE, "src/Small/Lone.hs");
            tree.replace("src/Small/Lone.hs", "module Small.Alone", "module Small.Lone");
            tree.replace(CABAL, "    Small.Alone\n", "    Small.Lone\n");
            tree.replace(MAIN, "import Small.Alone", "import Small.Lone");
        })
        .prints_the_same();
}

#[test]
fn hie_files_switched_on_and_off_and_moved() {
    let (off, on) = (small(), with_options("-fwrite-ide-info -hiedir=.hie"));
    let moved = with_options("-fwrite-ide-info -hiedir=hie");
    for (base, head) in [(&off, &on), (&on, &off), (&on, &moved)] {
        let case = Case::of(base.clone()).edit(|tree| {
            *tree = head.clone();
            comment_in_words(tree);
        });
        case.prints_the_same();
    }
}

/// Two modules that import one another, one of them through a boot file.
fn with_boot_file() -> Tree {
    let mut tree = with_options("-fwrite-ide-info -hiedir=.hie");
    tree.write(
        "src/Small/Ping.hs",
        "module Small.Ping (ping) where\n\nimport {-# SOURCE #-} Small.Pong (pong)\n\nping :: Int -> String\nping 0 = \"end\"\nping n = 'i' : pong (n - 1)\n",
    );
    tree.write("src/Small/Pong.hs-boot", "module Small.Pong (pong) where\n\npong :: Int -> String\n");
    tree.write(
        "src/Small/Pong.hs",
        "module Small.Pong (pong) where\n\nimport Small.Ping (ping)\n\npong :: Int -> String\npong 0 = \"END\"\npong n = 'o' : ping (n - 1)\n",
    );
    tree.replace(CABAL, "    Small.Alone\n", "    Small.Alone\n    Small.Ping\n    Small.Pong\n");
    tree.replace(MAIN, "import Small.Alone", "import Small.Ping (ping)\nimport Small.Alone");
    tree.append(MAIN, "  putStrLn (ping 5)\n");
    tree
}

#[test]
fn hie_files_of_boot_files() {
    words_alone_is_compiled(with_boot_file());
}

#[test]
fn a_boot_file_with_a_hie_file_removed() {
    Case::of(with_boot_file())
        .edit(|tree| {
            tree.remove("src/Small/Pong.hs-boot");
            tree.replace("src/Small/Ping.hs", "import {-# SOURCE #-} Small.Pong (pong)\n\n", "");
            tree.replace("src/Small/Ping.hs", "'i' : pong (n - 1)", "'i' : ping (n - 1)");
        })
        .prints_otherwise();
}

/// They are of another time, and of modules that there may not be any more.
#[test]
fn hie_files_that_were_committed() {
    let mut tree = with_options("-fwrite-ide-info -hiedir=.hie");
    for name in ["Words", "Alone", "Gone"] {
        tree.write(&format!(".hie/Small/{name}.hie"), "stale\n");
    }
    let case = Case::of(tree).edit(comment_in_words).compiles(&["Small.Words"]);
    let compared = case.build();
    assert!(compared.incremental.companions.values().all(|bytes| bytes != b"stale\n"), "one was left as it was");
    case.prints_the_same();
}

/// No GHC of the tests writes bytecode, so that the Setup program stands in for it: each file says when it was
/// written.
#[test]
fn bytecode_of_modules_that_are_not_compiled() {
    let setup = "\
import Control.Monad
import Distribution.Simple
import GHC.Clock
import System.Directory

main :: IO ()
main = defaultMainWithHooks simpleUserHooks
  { postBuild = \\_ _ _ _ -> forM_ [\"Alone\", \"Words\", \"Gone\"] $ \\name -> do
      let stem = \"dist/build/Small/\" ++ name
      there <- doesFileExist (stem ++ \".hi\")
      written <- doesFileExist (stem ++ \".gbc\")
      when (there && not written) $ getMonotonicTimeNSec >>= writeFile (stem ++ \".gbc\") . show
  }
";
    let case = Case::of(small())
        .with(|tree| {
            tree.replace(CABAL, "build-type:         Simple", "build-type:         Custom");
            tree.replace(
                CABAL,
                "\nlibrary\n",
                "\ncustom-setup\n  setup-depends:    base, Cabal, directory\n\nlibrary\n",
            );
            tree.write("Setup.hs", setup);
        })
        .edit(|tree| tree.append(ALONE, "-- A comment.\n"))
        .compiles(&["Small.Alone"]);
    let compared = case.build();
    let written = |seen: &Seen, name: &str| seen.companions[&format!("dist/build/Small/{name}.gbc")].clone();
    assert_eq!(compared.clean.companions.len(), 2, "files");
    assert_eq!(written(&compared.incremental, "Words"), written(&compared.base, "Words"), "it was restored");
    case.prints_the_same();
}

/// A library with a signature, which a program fills twice.
fn with_two_instances() -> Tree {
    let mut tree = Tree::of(&[
        (
            CABAL,
            "\
cabal-version:      2.4
name:               small
version:            0.1
build-type:         Simple

library one
  hs-source-dirs:   one
  exposed-modules:  Name.One
  build-depends:    base
  default-language: Haskell2010

library two
  hs-source-dirs:   two
  exposed-modules:  Name.Two
  build-depends:    base
  default-language: Haskell2010

library said
  hs-source-dirs:   said
  signatures:       Name
  exposed-modules:  Said
  build-depends:    base
  default-language: Haskell2010

executable small
  hs-source-dirs:   app
  main-is:          Main.hs
  other-modules:    Other
  build-depends:    base, said, one, two
  mixins:           said (Said as Said1) requires (Name as Name.One),
                    said (Said as Said2) requires (Name as Name.Two)
  default-language: Haskell2010
",
        ),
        ("said/Name.hsig", "signature Name where\n\nname :: String\n"),
        ("said/Said.hs", "module Said (said) where\n\nimport Name\n\nsaid :: String\nsaid = \"I am \" ++ name\n"),
        (
            MAIN,
            "import Other ()\nimport qualified Said1\nimport qualified Said2\n\nmain :: IO ()\nmain = mapM_ putStrLn [Said1.said, Said2.said]\n",
        ),
        ("app/Other.hs", "module Other where\n"),
    ]);
    for (folder, module) in [("one", "One"), ("two", "Two")] {
        tree.write(
            &format!("{folder}/Name/{module}.hs"),
            &format!("module Name.{module} (name) where\n\nname :: String\nname = \"{folder}\"\n"),
        );
    }
    tree
}

/// What GHC compiles in every build, also of a work tree in which nothing has changed: a filled signature, and
/// a module that no object is made of.
const EACH_TIME: [&str; 2] = ["Name", "Said"];

#[test]
fn a_module_beside_instances() {
    let [signature, open] = EACH_TIME;
    Case::of(with_two_instances())
        .edit(|tree| tree.append("app/Other.hs", "-- A comment.\n"))
        .compiles(&[signature, open, "Other"])
        .prints_the_same();
}

#[test]
fn what_fills_one_of_two_instances() {
    let [signature, open] = EACH_TIME;
    Case::of(with_two_instances())
        .edit(|tree| tree.replace("two/Name/Two.hs", "\"two\"", "\"zwei\""))
        .compiles(&[signature, open, "Name.Two", "Main"])
        .prints_otherwise();
}

#[test]
fn a_module_that_is_filled_twice() {
    Case::of(with_two_instances()).edit(|tree| tree.replace("said/Said.hs", "I am", "My name is")).prints_otherwise();
}

#[test]
fn a_signature_that_is_filled_twice() {
    Case::of(with_two_instances())
        .edit(|tree| {
            tree.append("said/Name.hsig", "age :: Int\n");
            tree.replace("said/Said.hs", "++ name", "++ name ++ show age");
            for (file, age) in [("one/Name/One.hs", 1), ("two/Name/Two.hs", 2)] {
                tree.replace(file, "(name)", "(name, age)");
                tree.append(file, &format!("\nage :: Int\nage = {age}\n"));
            }
        })
        .prints_otherwise();
}

#[test]
fn a_signature_that_is_not_filled_any_more() {
    Case::of(with_two_instances())
        .edit(|tree| tree.replace("two/Name/Two.hs", "name :: String\nname = \"two\"", "name :: Int\nname = 2"))
        .fails("name");
}

#[test]
fn instances_change_places() {
    Case::of(with_two_instances())
        .edit(|tree| {
            tree.replace(CABAL, "requires (Name as Name.One)", "requires (Name as Name.Three)");
            tree.replace(CABAL, "requires (Name as Name.Two)", "requires (Name as Name.One)");
            tree.replace(CABAL, "requires (Name as Name.Three)", "requires (Name as Name.Two)");
        })
        .prints_otherwise();
}

#[test]
fn a_third_instance() {
    Case::of(with_two_instances())
        .edit(|tree| {
            tree.append(
                CABAL,
                "\nlibrary three\n  hs-source-dirs:   three\n  exposed-modules:  Name.Three\n  build-depends:    base\n  default-language: Haskell2010\n",
            );
            tree.write(
                "three/Name/Three.hs",
                "module Name.Three (name) where\n\nname :: String\nname = \"three\"\n",
            );
            tree.replace(CABAL, "said, one, two\n", "said, one, two, three\n");
            tree.replace(
                CABAL,
                "requires (Name as Name.Two)\n",
                "requires (Name as Name.Two),\n                    said (Said as Said3) requires (Name as Name.Three)\n",
            );
            tree.replace(MAIN, "import qualified Said2", "import qualified Said2\nimport qualified Said3");
            tree.replace(MAIN, "Said2.said]", "Said2.said, Said3.said]");
        })
        .prints_otherwise();
}

/// A library that gives modules of two others new names; the program uses these as well.
fn with_reexports() -> Tree {
    let mut tree = with_two_instances();
    tree.append(
        CABAL,
        "
library chosen
  reexported-modules: Name.One as Name.Chosen
  build-depends:      base, one, two
  default-language:   Haskell2010
",
    );
    tree.replace(CABAL, "base, said, one, two\n", "base, said, one, two, chosen\n");
    tree.write(
        "app/Other.hs",
        "module Other (chosen) where\n\nimport qualified Name.Chosen\nimport qualified Name.One\nimport qualified Name.Two\n\nchosen :: [String]\nchosen = [Name.Chosen.name, Name.One.name, Name.Two.name]\n",
    );
    tree.replace(MAIN, "import Other ()", "import Other");
    tree.replace(MAIN, "Said2.said]", "Said2.said] >> mapM_ putStrLn chosen");
    tree
}

#[test]
fn a_name_leads_to_another_module() {
    Case::of(with_reexports())
        .edit(|tree| tree.replace(CABAL, "Name.One as Name.Chosen", "Name.Two as Name.Chosen"))
        .prints_otherwise();
}

#[test]
fn a_name_is_added_to_others_that_lead_elsewhere() {
    let [signature, open] = EACH_TIME;
    Case::of(with_reexports())
        .edit(|tree| tree.replace(CABAL, "Name.One as Name.Chosen", "Name.One as Name.Chosen, Name.Two as Name.Second"))
        .compiles(&[signature, open])
        .prints_the_same();
}

/// The signature is that of the main library, whose interfaces lie in `dist/build` itself.
#[test]
fn a_main_library_that_is_filled() {
    let mut tree = with_two_instances();
    tree.replace(CABAL, "library said\n", "library\n");
    tree.replace(CABAL, "base, said, one, two", "base, small, one, two");
    tree.replace(CABAL, "said (Said as Said1)", "small (Said as Said1)");
    tree.replace(CABAL, "said (Said as Said2)", "small (Said as Said2)");
    let [signature, open] = EACH_TIME;
    Case::of(tree)
        .edit(|tree| tree.replace("two/Name/Two.hs", "\"two\"", "\"zwei\""))
        .compiles(&[signature, open, "Name.Two", "Main"])
        .prints_otherwise();
}

/// Puts the build folder into a package that somebody has who builds it there.
fn with_its_build_folder(mut tree: Tree) -> Tree {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let run = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).current_dir(folder.path()).output().expect("it starts");
        assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    };
    tree.lay_out(folder.path());
    fs_err::write(folder.path().join("Build.hs"), "import Distribution.Simple\nmain = defaultMain\n").expect("a file");
    run("ghc", &["-v0", "--make", "-outputdir", "made", "-o", "Build", "Build.hs"]);
    run("./Build", &["configure", "-v0", "--disable-shared"]);
    run("./Build", &["build", "-v0"]);
    for entry in walkdir::WalkDir::new(folder.path().join("dist")) {
        let entry = entry.expect("an entry");
        if entry.file_type().is_file() {
            let path = entry.path().strip_prefix(folder.path()).expect("below it").display().to_string();
            tree.entries.insert(path, Entry::Bytes(fs_err::read(entry.path()).expect("a file")));
        }
    }
    tree
}

/// An object that the interface beside it does not tell from the right one.
#[test]
fn a_build_folder_with_an_older_object() {
    let mut old = small();
    old.replace(WORDS, "\"hello\"", "\"an older greeting\"");
    let old = with_its_build_folder(old);
    let mut tree = with_its_build_folder(small());
    for (path, entry) in &old.entries {
        if std::path::Path::new(path).extension().is_some_and(|suffix| suffix == "o") {
            tree.entries.insert(path.clone(), entry.clone());
        }
    }
    Case::of(tree).edit(|tree| tree.append(ALONE, "-- A comment.\n")).compiles(&["Small.Alone"]).prints("hello");
}

/// With a Setup program and a compiler of old, so to speak.
#[test]
fn a_build_folder_of_which_nothing_can_be_read() {
    let mut tree = with_its_build_folder(small());
    for (path, entry) in &mut tree.entries {
        if path.starts_with("dist/") {
            *entry = Entry::Text("stale\n".to_owned());
        }
    }
    Case::of(tree).edit(|tree| tree.append(ALONE, "-- A comment.\n")).compiles(&["Small.Alone"]).prints("hello");
}

#[test]
fn a_build_folder_that_came_or_went() {
    let with = with_its_build_folder(small());
    for (base, head) in [(small(), &with), (with.clone(), &small())] {
        Case::of(base)
            .edit(|tree| {
                *tree = head.clone();
                tree.append(ALONE, "-- A comment.\n");
            })
            .compiles(&["Small.Alone"])
            .prints("hello");
    }
}

#[test]
fn a_build_folder_with_an_object_of_c() {
    Case::of(small())
        .with(|tree| {
            tree.replace(CABAL, "  build-depends:    base\n", "  c-sources:        cbits/number.c\n  build-depends:    base\n");
            tree.write("cbits/number.c", "int number(void) { return 1; }\n");
            tree.write("dist/build/cbits/number.o", "stale\n");
            tree.write(
                ALONE,
                "module Small.Alone (alone) where\n\nimport Foreign.C\n\nforeign import ccall \"number\" number :: IO CInt\n\nalone :: Int -> IO CInt\nalone _ = number\n",
            );
            tree.replace(MAIN, "  print (alone 1, origin)\n", "  number <- alone 1\n  print (number, origin)\n");
        })
        .edit(|tree| tree.replace("cbits/number.c", "return 1", "return 2"))
        .compiles(&[])
        .prints_otherwise();
}

#[test]
fn a_build_folder_with_generated_sources() {
    Case::of(small())
        .with(|tree| {
            tree.remove(ALONE);
            tree.write(
                "src/Small/Alone.hsc",
                "module Small.Alone (alone) where\n\n#include <limits.h>\n\nalone :: Int -> Int\nalone n = n + #{const CHAR_BIT}\n",
            );
            tree.write("dist/build/Small/Alone.hs", "module Small.Alone (alone) where\n\nalone :: Int -> Int\nalone _ = 99\n");
        })
        .edit(comment_in_words)
        .compiles(&["Small.Words"])
        .prints("(9,");
}

/// Nothing is compiled, so that a program of the same time would not be linked anew.
#[test]
fn a_build_folder_with_a_program() {
    Case::of(small())
        .with(|tree| tree.program("dist/build/small/small", "#!/bin/sh\necho stale\n"))
        .edit(|tree| tree.write("README.md", "Read this.\n"))
        .compiles(&[])
        .prints("hello");
}

/// What else lies in a folder of that name is the package's.
#[test]
fn a_folder_dist_with_files_of_the_package() {
    Case::of(small())
        .with(|tree| {
            tree.write("dist/app.js", "alert(1)\n");
            tree.write("dist/lib/Extra.hs", "module Extra (extra) where\n\nextra :: Int\nextra = 1\n");
            tree.write("dist/build/Small/Words.hi", "stale\n");
            tree.replace(
                CABAL,
                "build-type:         Simple\n",
                "build-type:         Simple\ndata-files:         dist/app.js\n",
            );
            tree.replace(
                CABAL,
                "  hs-source-dirs:   app\n",
                "  hs-source-dirs:   app, dist/lib\n  other-modules:    Extra\n",
            );
            tree.replace(MAIN, "import Small.Alone", "import Extra\nimport Small.Alone");
            tree.append(MAIN, "  print extra\n");
        })
        .edit(|tree| {
            tree.write("dist/app.js", "alert(2)\n");
            tree.replace("dist/lib/Extra.hs", "extra = 1", "extra = 2");
        })
        .prints_otherwise();
}

/// Latin 1, as an old archive has it; and what no encoding has.
#[test]
fn a_data_file_with_a_name_that_is_no_text() {
    for name in [&b"data/caf\xe9.txt"[..], b"data/\xff\xfe one.txt"] {
        let path = path_of_bytes(name);
        Case::of(small())
            .with(|tree| {
                tree.replace(
                    CABAL,
                    "build-type:         Simple\n",
                    "build-type:         Simple\ndata-files:         data/*.txt\n",
                );
                tree.write(&path, "one\n");
            })
            .edit(|tree| tree.write(&path, "two\n"))
            .compiles(&[])
            .prints_the_same();
    }
}

/// Modules may have names in any script; GHC writes them in UTF-8.
#[test]
fn a_module_with_a_name_that_is_not_ascii() {
    let wide = "src/Small/Größe.hs";
    Case::of(with_options("-fwrite-ide-info -hiedir=.hie"))
        .with(|tree| {
            tree.write(wide, "module Small.Größe (größe) where\n\ngröße :: Int\ngröße = 1\n");
            tree.replace(CABAL, "    Small.Alone\n", "    Small.Alone\n    Small.Größe\n");
            tree.replace(MAIN, "import Small.Alone", "import Small.Größe\nimport Small.Alone");
            tree.append(MAIN, "  print größe\n");
            tree.write(&path_of_bytes(b"src/Small/caf\xe9.hs"), "no module\n");
        })
        .edit(comment_in_words)
        .compiles(&["Small.Words"])
        .prints_the_same();
}
