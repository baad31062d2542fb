//! What processes of every descent look at: forked ones, ones that others begin for them, and folders
//! that they enter, move and copy.

use super::case::Case;
use super::tree::Tree;
use super::ways::{CABAL, Way, names, package, together};

const fn way(name: &'static str, imports: &'static str, body: &'static str) -> Way {
    Way { name, imports, body }
}

fn louder(ways: &[Way]) {
    Case::of(package(ways))
        .edit(|tree| {
            for way in ways {
                tree.write(&way.file(), "louder\n");
            }
        })
        .compiles(&names(ways))
        .all_print_otherwise();
}

#[test]
fn shells_in_shells() {
    louder(&[
        way("Nested", "", r#"readCreateProcess (shell "( ( cat FILE; true ); true )") """#),
        way("Substituted", "", r#"readCreateProcess (shell "x=$(y=$(cat FILE); echo $y); echo $x") """#),
        way("Plain", "", r#"readFile "FILE""#),
    ]);
}

#[test]
fn programs_that_fork_twice() {
    louder(&[
        way(
            "Perl",
            "",
            r#"readProcess "perl" ["-e", "if (!fork) { if (!fork) { exec 'cat', 'FILE' } wait; exit } wait"] """#,
        ),
        way(
            "Python",
            "",
            r#"readProcess "python3" ["-c", "import os\nif os.fork() == 0:\n  if os.fork() == 0: os.execvp('cat', ['cat', 'FILE'])\n  os.wait(); os._exit(0)\nos.wait()"] """#,
        ),
        way("Loop", "", r#"readCreateProcess (shell "for f in one; do (cat FILE | (tr a-z A-Z; true)); done") """#),
        way("Function", "", r#"readCreateProcess (shell "word() { echo $(cat FILE); }; echo \"said $(word)\"") """#),
    ]);
}

#[test]
fn a_shell_that_reads_by_itself() {
    louder(&[way("Bash", "", r#"readProcess "bash" ["-c", "x=$(y=$(<FILE); echo $y); echo $x"] """#)]);
}

#[test]
fn programs_in_the_background() {
    louder(&[
        way(
            "Background",
            "import Control.Concurrent",
            r#"callCommand "(sleep 1; cat FILE >FOLDER/made) &" >> threadDelay 3000000 >> readFile "FOLDER/made""#,
        ),
        way(
            "Daemon",
            "import Control.Concurrent",
            r#"callCommand "( (sleep 1; cat FILE >FOLDER/made) & ) " >> threadDelay 3000000 >> readFile "FOLDER/made""#,
        ),
    ]);
}

#[test]
fn a_preprocessor_with_a_command_in_a_command() {
    const READS: &[Way] = &[way("Reads", "", r#"return "x""#)];
    Case::of(package(READS))
        .with(|tree| {
            tree.program(
                "scripts/pp",
                "#!/bin/sh\nword=$(echo $(cat data/word.txt))\nsed \"s/\\\"x\\\"/\\\"$word\\\"/\" \"$2\" >\"$3\"\n",
            );
            tree.write("data/word.txt", "quiet\n");
            tree.prepend("ways/Reads.hs", "{-# OPTIONS_GHC -F -pgmF scripts/pp #-}\n");
        })
        .edit(|tree| tree.write("data/word.txt", "louder\n"))
        .compiles(&["Reads"])
        .all_print_otherwise();
}

#[test]
fn programs_that_python_begins() {
    louder(&[
        way(
            "Spawns",
            "",
            r#"readProcess "python3" ["-c", "import os; os.waitpid(os.posix_spawnp('cat',['cat'],os.environ,file_actions=[(os.POSIX_SPAWN_OPEN,0,'FILE',0,0)]),0)"] """#,
        ),
        way(
            "PySystem",
            "",
            r#"readProcess "python3" ["-c", "import os; os.environ.pop('LD_PRELOAD', None); os.system('cat FILE')"] """#,
        ),
    ]);
}

#[test]
fn files_and_folders_that_are_copied_and_moved() {
    louder(&[
        way("MvFile", "", r#"callCommand "cp FILE copy.txt; mv copy.txt renamed.txt" >> readFile "renamed.txt""#),
        way("CpFolder", "", r#"callCommand "cp -r FOLDER copied" >> readFile "copied/text.txt""#),
        way("MvFolder", "", r#"callCommand "cp -r FOLDER copied; mv copied moved2" >> readFile "moved2/text.txt""#),
        way("HardLink", "", r#"callCommand "cp -rl FOLDER linked" >> readFile "linked/text.txt""#),
        way("LinkFolder", "", r#"callCommand "cp -rs $PWD/FOLDER slinked" >> readFile "slinked/text.txt""#),
    ]);
}

#[test]
fn a_folder_that_is_moved() {
    louder(&[way("Moved", "", r#"renameDirectory "FOLDER" "moved" >> readFile "moved/text.txt""#)]);
}

#[test]
fn a_folder_that_is_entered() {
    const ENTERS: &[Way] = &[
        way("ByPerl", "", r#"readProcess "perl" ["-e", "print chdir('FOLDER') ? 'yes' : 'no'"] """#),
        way(
            "ByHaskell",
            "import Control.Exception",
            r#"withCurrentDirectory "FOLDER" (return "yes") `catch` \e -> const (return "no") (e :: IOException)"#,
        ),
    ];
    Case::of(package(ENTERS))
        .edit(|tree| {
            for way in ENTERS {
                tree.remove(&way.file());
            }
        })
        .compiles(&names(ENTERS))
        .all_print_otherwise();
}

#[test]
fn files_that_are_called_as_those_of_a_build() {
    const READS: &[Way] = &[
        way("InSetup", "", r#"readFile "Setup/words.txt""#),
        way("Log", "", r#"readFile "data/config.log""#),
        way("Status", "", r#"readFile "data/config.status""#),
    ];
    let write = |tree: &mut Tree, text: &str| {
        for path in ["Setup/words.txt", "data/config.log", "data/config.status"] {
            tree.write(path, text);
        }
    };
    Case::of(package(READS))
        .with(|tree| write(tree, "quiet\n"))
        .edit(|tree| write(tree, "louder\n"))
        .compiles(&names(READS))
        .all_print_otherwise();
}

#[test]
fn a_literate_source_beside_a_source() {
    const ASKS: &[Way] =
        &[way("Asks", "", r#"show <$> doesFileExist "ways/Plain.lhs""#), way("Plain", "", r#"readFile "FILE""#)];
    Case::of(together(ASKS, 2)).edit(|tree| tree.write("ways/Plain.lhs", "nothing\n")).prints_otherwise();
}

#[test]
fn a_source_that_was_generated() {
    const READS: &[Way] = &[way("Reads", "import Gen ()", r#"readFile "dist/build/reads/reads-tmp/Gen.hs""#)];
    Case::of(package(READS))
        .with(|tree| {
            tree.replace(CABAL, "other-modules:    Reads", "other-modules:    Reads, Gen");
            tree.write("ways/Gen.hsc", "module Gen where\n\nvalue :: Int\nvalue = 7\n");
        })
        .edit(|tree| tree.append("ways/Gen.hsc", "-- A comment.\n"))
        .prints_otherwise();
}

#[test]
fn a_source_that_ghc_does_not_look_for() {
    const ASKS: &[Way] = &[way("Asks", "import Unlisted ()", r#"show <$> doesFileExist "Unlisted.hs""#)];
    Case::of(together(ASKS, 1))
        .with(|tree| tree.write("ways/Unlisted.hs", "module Unlisted where\n"))
        .edit(|tree| tree.write("Unlisted.hs", "nothing\n"))
        .prints_otherwise();
}

#[test]
fn a_file_that_is_watched_by_its_absolute_path() {
    const READS: &[Way] = &[
        way("Plain", "", r#"readFile "FILE""#),
        way("Tells", "import Data.FileEmbed\nimport Data.ByteString.Char8 (unpack)", ""),
    ];
    Case::of(together(READS, 2))
        .with(|tree| {
            tree.write("data/shared.txt", "quiet\n");
            tree.replace(
                "ways/Tells.hs",
                "$(runIO () >>= stringE)",
                "unpack $(makeRelativeToProject \"data/shared.txt\" >>= embedFile)",
            );
        })
        .edit(|tree| tree.write("data/shared.txt", "louder\n"))
        .compiles(&["Tells"])
        .prints_otherwise();
}
