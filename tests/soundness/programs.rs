//! Programs that splices run: those of the machine, of the package itself, of a dependency, and
//! those of which nobody can see what they read.

use serde_json::json;

use super::case::Case;
use super::tree::Tree;
use super::ways::{CABAL, Way, all_learn_otherwise, names, package, together};

const fn way(name: &'static str, imports: &'static str, body: &'static str) -> Way {
    Way { name, imports, body }
}

/// All ways in which a program comes to read a file.
const RUNNING: &[Way] = &[
    way("ByCat", "", r#"readProcess "cat" ["FILE"] """#),
    way("ByRedirection", "", r#"readCreateProcess (shell "cat <FILE") """#),
    way(
        "ByHandle",
        "",
        r#"openFile "FILE" ReadMode >>= \h -> createProcess (proc "cat" []) { std_in = UseHandle h, std_out = CreatePipe } >>= \(_, out, _, p) -> maybe (return "") hGetContents' out >>= \text -> waitForProcess p >> return text"#,
    ),
    way("BySed", "", r#"readProcess "sed" ["s/$/!/", "FILE"] """#),
    way("ByAwk", "", r#"readProcess "awk" ["{ print $1 }", "FILE"] """#),
    way("ByPerl", "", r#"readProcess "perl" ["-ne", "print", "FILE"] """#),
    way("ByPython", "", r#"readProcess "python3" ["-c", "print(open('FILE').read())"] """#),
    way("BySearch", "", r#"readProcess "grep" ["-rh", ".", "FOLDER"] """#),
    way("InFolder", "", r#"readCreateProcess ((proc "cat" ["text.txt"]) { cwd = Just "FOLDER" }) """#),
    way("ByGrandchild", "", r#"readCreateProcess (shell "sh -c 'sh -c \"cat FILE\"; true'; true") """#),
    way(
        "InBackground",
        "",
        r#"readCreateProcess (shell "cat FILE >FOLDER/made & wait; cat FOLDER/made; rm FOLDER/made") """#,
    ),
    way("ByPipe", "", r#"readCreateProcess (shell "cat FILE | tr a-z A-Z | sort") """#),
    way("ByArchive", "", r#"readCreateProcess (shell "tar -cf - FOLDER | tar -xOf -") """#),
    way("ByHardLink", "", r#"readCreateProcess (shell "ln FILE hard-link && cat hard-link && rm hard-link") """#),
    way("ByCompiler", "", r#"readProcess "gcc" ["-E", "-P", "-x", "c", "FILE"] """#),
    way("ByScript", "", r#"readProcess "scripts/first" ["FILE"] """#),
];

/// A program for each, and scripts that run one another.
fn running() -> Case {
    let mut tree = together(RUNNING, 4);
    tree.program("scripts/first", "#!/bin/sh\nexec \"${0%/*}/second\" \"$@\"\n");
    tree.program("scripts/second", "#!/bin/sh\n. \"${0%/*}/words\"\nsed \"s/^/$word /\" \"$1\"\n");
    tree.write("scripts/words", "word=said\n");
    tree.write("scripts/unread", "word=unsaid\n");
    Case::of(tree)
}

#[test]
fn a_program_reads_a_file_in_every_way() {
    let case = running().edit(|tree| {
        for way in RUNNING {
            tree.write(&way.file(), "louder\n");
        }
    });
    all_learn_otherwise(case, RUNNING, 4).all_print_otherwise();
}

/// The program is told as well.
#[test]
fn one_of_many_files_that_programs_read() {
    running()
        .edit(|tree| tree.write("data/BySed/text.txt", "louder\n"))
        .compiles(&["ByCat", "ByHandle", "ByRedirection", "BySed"])
        .leaves_out(json!({
            "component": "exe:bycat", "module": "BySed", "cause": "input", "input": "data/BySed/text.txt",
            "access": "read", "change": "changed", "reader": "code", "program": "sed", "more": null,
        }))
        .prints_otherwise();
}

#[test]
fn files_that_no_program_reads() {
    running()
        .edit(|tree| {
            tree.write("README.md", "Still read by nobody.\n");
            tree.write("data/ByCat/other.txt", "beside what is read\n");
            tree.write("scripts/unread", "word=still\n");
        })
        .compiles_nothing();
}

/// Programs that are begun without the variables of the build, by which they are followed.
const BARE: &[Way] = &[
    way("WithoutEnvironment", "", r#"readCreateProcess ((proc "/bin/cat" ["FILE"]) { env = Just [] }) """#),
    way("ByEnv", "", r#"readProcess "env" ["-i", "/bin/cat", "FILE"] """#),
    way("AfterUnset", "", r#"readCreateProcess (shell "unset LD_PRELOAD; exec cat FILE") """#),
    way("BelowPerl", "", r#"readProcess "perl" ["-e", "delete $ENV{LD_PRELOAD}; system 'cat', 'FILE'"] """#),
    way(
        "BelowPython",
        "",
        r#"readProcess "python3" ["-c", "import subprocess; subprocess.run(['/bin/cat', 'FILE'], env={})"] """#,
    ),
];

#[test]
fn a_program_without_variables_reads_a_file() {
    Case::of(together(BARE, 5))
        .edit(|tree| {
            for way in BARE {
                tree.write(&way.file(), "louder\n");
            }
        })
        .compiles(&names(BARE))
        .all_print_otherwise();
}

/// A script that a script runs, and what that one reads.
#[test]
fn a_script_below_a_script_changed() {
    const SCRIPT: &[Way] = &[
        way("Plain", "", r#"readFile "FILE""#),
        way("Scripted", "", r#"readProcess "scripts/first" ["FILE"] """#),
        way("Sourced", "", r#"readProcess "scripts/third" ["FILE"] """#),
        way("Found", "", r#"readCreateProcess (shell "PATH=$PWD/scripts:$PATH; found") """#),
    ];
    Case::of(package(SCRIPT))
        .with(|tree| {
            tree.program("scripts/first", "#!/bin/sh\nexec \"${0%/*}/second\" \"$@\"\n");
            tree.program("scripts/second", "#!/bin/sh\nsed \"s/^/said /\" \"$1\"\n");
            tree.program("scripts/third", "#!/bin/sh\n. \"${0%/*}/words\"\nsed \"s/^/$word /\" \"$1\"\n");
            tree.write("scripts/words", "word=said\n");
            tree.program("scripts/found", "#!/usr/bin/env perl\nprint \"before\\n\";\n");
        })
        .edit(|tree| {
            tree.program("scripts/second", "#!/bin/sh\nsed \"s/^/asked /\" \"$1\"\n");
            tree.write("scripts/words", "word=asked\n");
            tree.program("scripts/found", "#!/usr/bin/env perl\nprint \"after\\n\";\n");
        })
        .compiles(&["Found", "Scripted", "Sourced"])
        .prints_otherwise();
}

/// The script is not what it was, though its text is: it can no longer be run.
#[test]
fn a_script_may_no_longer_be_run() {
    const SCRIPT: &[Way] = &[way("Scripted", "", r#"readProcess "scripts/first" [] """#)];
    Case::of(package(SCRIPT))
        .with(|tree| tree.program("scripts/first", "#!/bin/sh\necho said\n"))
        .edit(|tree| tree.write("scripts/first", "#!/bin/sh\necho said\n"))
        .fails("scripts/first");
}

/// A program that is found first, where there was none.
#[test]
fn a_program_that_is_found_earlier() {
    const SEARCHES: &[Way] =
        &[way("Searches", "", r#"readCreateProcess (shell "PATH=$PWD/early:$PWD/late:$PATH; found") """#)];
    Case::of(package(SEARCHES))
        .with(|tree| tree.program("late/found", "#!/bin/sh\necho late\n"))
        .edit(|tree| tree.program("early/found", "#!/bin/sh\necho early\n"))
        .compiles(&["Searches"])
        .prints_otherwise();
}

/// A package whose program `tool` is run by splices of its others.
fn own() -> Case {
    const RUNS: &[Way] = &[
        way("Runs", "", r#"readProcess "tool" [] """#),
        way("RunsByPath", "", r#"readProcess "dist/build/tool/tool" ["quickly"] """#),
        way("Plain", "", r#"readFile "FILE""#),
    ];
    let mut tree = package(RUNS);
    tree.replace(
        CABAL,
        "  main-is:          main/Runs.hs\n",
        "  main-is:          main/Runs.hs\n  build-tool-depends: ways:tool\n",
    );
    tree.replace(
        CABAL,
        "  main-is:          main/RunsByPath.hs\n",
        "  main-is:          main/RunsByPath.hs\n  build-tool-depends: ways:tool\n",
    );
    tree.append(
        CABAL,
        "\nexecutable tool\n  import:           way\n  hs-source-dirs:   tool\n  main-is:          Tool.hs\n  other-modules:    Words\n  c-sources:        cbits/number.c\n  build-depends:    inner\n\nlibrary inner\n  import:           way\n  hs-source-dirs:   inner\n  exposed-modules:  Inner\n",
    );
    tree.write(
        "tool/Tool.hs",
        "module Main (main) where\n\nimport Inner (inner)\nimport Words (number, words')\n\nmain :: IO ()\nmain = readFile \"data/read-by-tool.txt\" >>= \\text -> putStrLn (unwords (\"tool\" : words' ++ [inner, show number, text]))\n",
    );
    tree.write(
        "tool/Words.hs",
        "{-# LANGUAGE TemplateHaskell #-}\nmodule Words (words', number) where\n\nimport Language.Haskell.TH\n\nforeign import ccall \"number\" number :: Int\n\nwords' :: [String]\nwords' = [\"before\", $(runIO (readFile \"data/embedded.txt\") >>= stringE)]\n",
    );
    tree.write(
        "inner/Inner.hs",
        "module Inner (inner) where\n\ninner :: String\ninner = \"inner\"\n{-# NOINLINE inner #-}\n",
    );
    tree.write("cbits/number.c", "long number(void) { return 1; }\n");
    tree.write("data/read-by-tool.txt", "quiet\n");
    tree.write("data/embedded.txt", "quiet\n");
    Case::of(tree).option("shared", true)
}

#[track_caller]
fn own_tool(edit: impl FnOnce(&mut Tree), compiled: &[&str]) {
    own().edit(edit).compiles(&[compiled, &["Runs", "RunsByPath"]].concat()).prints_otherwise();
}

#[test]
fn the_packages_own_program_changed() {
    own_tool(|tree| tree.replace("tool/Tool.hs", "\"tool\"", "\"the tool\""), &["Main"]);
}

/// The main module is not compiled again, and the program is linked.
#[test]
fn a_module_of_the_packages_own_program_changed() {
    own_tool(|tree| tree.replace("tool/Words.hs", "before", "after"), &["Words"]);
}

#[test]
fn a_library_below_the_packages_own_program_changed() {
    own_tool(|tree| tree.replace("inner/Inner.hs", "\"inner\"", "\"within\""), &["Inner"]);
}

#[test]
fn c_of_the_packages_own_program_changed() {
    own_tool(|tree| tree.replace("cbits/number.c", "return 1", "return 2"), &[]);
}

#[test]
fn a_file_that_is_embedded_in_the_packages_own_program() {
    own_tool(|tree| tree.write("data/embedded.txt", "louder\n"), &["Words"]);
}

#[test]
fn a_file_that_the_packages_own_program_reads() {
    own()
        .edit(|tree| tree.write("data/read-by-tool.txt", "louder\n"))
        .compiles(&["Runs", "RunsByPath"])
        .leaves_out(json!({
            "module": "Runs", "cause": "input", "input": "data/read-by-tool.txt", "reader": "code",
        }))
        .prints_otherwise();
}

#[test]
fn what_the_packages_own_program_has_nothing_of() {
    own()
        .edit(|tree| {
            tree.write("data/Plain/text.txt", "louder\n");
            tree.write("README.md", "Still read by nobody.\n");
        })
        .compiles(&["Plain"])
        .prints_otherwise();
}

/// Two packages: the lower one's programs are on the search path of the upper one.
fn two() -> Tree {
    const RUNS: &[Way] = &[way("Runs", "", r#"readProcess "say" [] """#), way("Plain", "", r#"readFile "FILE""#)];
    let mut tree = Tree::of(&[
        (
            "default.nix",
            "{ hinc }:\nrec {\n  lower = hinc.host.mkPackage { src = ./lower; shared = false; };\n  upper = hinc.host.mkPackage { src = ./upper; shared = false; dependencies = [ lower ]; };\n}\n",
        ),
        (
            "lower/lower.cabal",
            "cabal-version:      2.4\nname:               lower\nversion:            0.1\nbuild-type:         Simple\ndata-files:         motto.txt, unread.txt\n\nlibrary\n  exposed-modules:  Lower\n  build-depends:    base\n  default-language: Haskell2010\n\nexecutable say\n  main-is:          Say.hs\n  other-modules:    Paths_lower\n  autogen-modules:  Paths_lower\n  build-depends:    base\n  ghc-options:      -O0\n  default-language: Haskell2010\n",
        ),
        ("lower/Lower.hs", "module Lower (lower) where\n\nlower :: Int\nlower = 1\n"),
        (
            "lower/Say.hs",
            "module Main (main) where\n\nimport Paths_lower (getDataFileName)\n\nmain :: IO ()\nmain = getDataFileName \"motto.txt\" >>= readFile >>= putStr . (\"said \" ++)\n",
        ),
        ("lower/motto.txt", "slow\n"),
        ("lower/unread.txt", "unread\n"),
    ]);
    for (path, entry) in package(RUNS).below("upper").entries {
        tree.entries.insert(path, entry);
    }
    tree.replace("upper/ways.cabal", "  build-depends:    base, ", "  build-depends:    base, lower, ");
    tree
}

#[test]
fn a_program_of_a_dependency_changed() {
    Case::of(two())
        .attribute("upper")
        .edit(|tree| tree.replace("lower/Say.hs", "said", "asked"))
        .compiles(&["Runs"])
        .leaves_out(json!({
            "module": "Runs", "cause": "input", "input": "lower-0.1:bin/say", "change": "changed", "reader": "code",
        }))
        .prints_otherwise();
}

#[test]
fn a_file_that_a_program_of_a_dependency_reads() {
    Case::of(two())
        .attribute("upper")
        .edit(|tree| tree.write("lower/motto.txt", "fast\n"))
        .compiles(&["Runs"])
        .prints_otherwise();
}

/// The dependency is at another place, and all of it that anybody looked at is what it was. Its
/// program does not know where that is: one that does is another program there.
#[test]
fn what_no_program_of_a_dependency_reads() {
    Case::of(two())
        .attribute("upper")
        .with(|tree| {
            tree.write("lower/Say.hs", "module Main (main) where\n\nmain :: IO ()\nmain = putStrLn \"said\"\n");
        })
        .with(|tree| {
            tree.replace("lower/lower.cabal", "  other-modules:    Paths_lower\n  autogen-modules:  Paths_lower\n", "");
        })
        .edit(|tree| {
            tree.write("lower/unread.txt", "still unread\n");
            tree.append("lower/Lower.hs", "-- A comment.\n");
        })
        .compiles(&[])
        .changes_nothing();
}

/// A C program that prints a file.
const PRINTING: &str = "#include <stdio.h>\n\nint main(void) {\n  char text[100];\n  FILE *file = fopen(\"data/read.txt\", \"r\");\n  fputs(fgets(text, sizeof text, file), stdout);\n  return 0;\n}\n";

/// A package with such a program, which one of two others runs while it is compiled. `options`
/// say how it is linked.
fn with_printing(options: &str) -> Tree {
    const RUNS: &[Way] = &[way("Runs", "", r#"readProcess "printing" [] """#), way("Plain", "", r#"readFile "FILE""#)];
    let mut tree = package(RUNS);
    tree.replace(
        CABAL,
        "  main-is:          main/Runs.hs\n",
        "  main-is:          main/Runs.hs\n  build-tool-depends: ways:printing\n",
    );
    tree.append(
        CABAL,
        &format!("\nexecutable printing\n  main-is:          cbits/printing.c\n  build-depends:    base\n  ghc-options:      {options}\n  default-language: Haskell2010\n"),
    );
    tree.write("cbits/printing.c", PRINTING);
    tree.write("data/read.txt", "quiet\n");
    tree
}

#[test]
fn a_program_in_c_of_the_package() {
    Case::of(with_printing("-O0"))
        .edit(|tree| tree.write("data/read.txt", "louder\n"))
        .compiles(&["Runs"])
        .leaves_out(json!({ "module": "Runs", "cause": "input", "input": "data/read.txt" }))
        .prints_otherwise();
}

/// Nobody can see what it reads: it counts as having read everything, and the report says so.
#[test]
fn a_static_program_of_the_package() {
    Case::of(with_printing("-optl-static"))
        .edit(|tree| tree.write("data/read.txt", "louder\n"))
        .compiles(&["Runs"])
        .leaves_out(json!({
            "component": "exe:runs", "module": "Runs", "cause": "unfollowed", "program": "printing", "reader": "code",
            "input": "data/read.txt",
        }))
        .prints_otherwise();
}

/// For the component that runs it alone.
#[test]
fn what_a_static_program_may_have_read() {
    Case::of(with_printing("-optl-static"))
        .edit(|tree| tree.write("README.md", "Still read by nobody.\n"))
        .compiles(&["Runs"])
        .leaves_out(json!({ "module": "Runs", "cause": "unfollowed", "program": "printing", "input": "README.md" }))
        .changes_nothing();
}

#[test]
fn the_source_of_a_static_program_of_the_package() {
    Case::of(with_printing("-optl-static"))
        .edit(|tree| tree.replace("cbits/printing.c", "fputs(", "puts(\"read: \"); fputs("))
        .compiles(&["Runs"])
        .prints_otherwise();
}

/// It is there, and nobody runs it.
#[test]
fn a_static_program_that_no_splice_runs() {
    Case::of(with_printing("-optl-static"))
        .with(|tree| {
            tree.replace("ways/Runs.hs", "readProcess \"printing\" [] \"\"", "readFile \"data/Runs/text.txt\"");
        })
        .edit(|tree| {
            tree.write("data/read.txt", "louder\n");
            tree.write("README.md", "Still read by nobody.\n");
        })
        .compiles_nothing();
}

/// The splice makes the program itself.
#[test]
fn a_static_program_that_a_splice_makes() {
    const MAKES: &[Way] = &[
        way(
            "Makes",
            "",
            r#"callProcess "gcc" ["-static", "-o", "printing", "printing.c"] >> readProcess "./printing" [] """#,
        ),
        way(
            "Below",
            "",
            r#"callProcess "gcc" ["-static", "-o", "below", "printing.c"] >> readProcess "sh" ["-c", "env -i ./below"] """#,
        ),
    ];
    Case::of(package(MAKES))
        .with(|tree| {
            tree.write("printing.c", PRINTING);
            tree.write("data/read.txt", "quiet\n");
        })
        .edit(|tree| tree.write("data/read.txt", "louder\n"))
        .compiles(&names(MAKES))
        .leaves_out(json!({ "module": "Makes", "cause": "unfollowed", "program": "printing" }))
        .leaves_out(json!({ "module": "Below", "cause": "unfollowed", "program": "below" }))
        .all_print_otherwise();
}

/// It asks the kernel itself, and not by a function of libc that has the name of what it does.
#[test]
fn a_program_with_system_calls_of_its_own() {
    Case::of(with_printing("-O0"))
        .with(|tree| {
            tree.write("cbits/printing.c", "#define _GNU_SOURCE\n#include <fcntl.h>\n#include <sys/syscall.h>\n#include <unistd.h>\n\nint main(void) {\n  char text[100];\n  long file = syscall(SYS_openat, AT_FDCWD, \"data/read.txt\", O_RDONLY);\n  long length = syscall(SYS_read, file, text, sizeof text);\n  return syscall(SYS_write, 1, text, length) == length ? 0 : 1;\n}\n");
        })
        .edit(|tree| tree.write("data/read.txt", "louder\n"))
        .compiles(&["Runs"])
        .prints_otherwise();
}

fn data_of_dependency(name: &str) {
    Case::of(two())
        .attribute("upper")
        .with(|tree| {
            tree.rename("lower/motto.txt", &format!("lower/{name}"));
            tree.replace("lower/lower.cabal", "motto.txt", name);
            tree.replace("lower/lower.cabal", "  other-modules:    Paths_lower\n  autogen-modules:  Paths_lower\n", "");
            tree.write("lower/Say.hs", "module Main (main) where\n\nmain :: IO ()\nmain = putStrLn \"said\"\n");
            tree.replace(
                "upper/ways/Runs.hs",
                "readProcess \"say\" [] \"\"",
                &format!(
                    "readCreateProcess (shell \"cat $(dirname $(command -v say))/../share/*/lower-0.1/{name}\") \"\""
                ),
            );
        })
        .edit(|tree| tree.write(&format!("lower/{name}"), "fast\n"))
        .prints_otherwise();
}

#[test]
fn a_data_file_of_a_dependency_that_a_splice_reads_whatever_its_name() {
    data_of_dependency("motto.txt");
    data_of_dependency("motto.conf");
}
