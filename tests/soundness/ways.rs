//! Packages of programs with many splices, each of which learns something in a way of its own.
//!
//! An edit of what all of them learn has to show in every line that the programs print, and an edit of
//! anything else compiles nothing. All splices of a program run in one process, so that one that
//! was not seen could hide behind another: what is told of each module has the number of inputs
//! that changed.

use serde_json::{Value, json};

use super::case::Case;
use super::tree::Tree;

pub(crate) const CABAL: &str = "ways.cabal";

/// How a splice learns something.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Way {
    /// The name of its module.
    pub(crate) name: &'static str,
    /// More imports, a line each.
    pub(crate) imports: &'static str,
    /// What the splice runs, an `IO String`. FOLDER stands for a folder of its own, and FILE for
    /// the file `text.txt` in it.
    pub(crate) body: &'static str,
}

impl Way {
    fn written(&self, text: &str) -> String {
        text.replace("FILE", &self.file()).replace("FOLDER", &self.folder())
    }

    /// Its folder.
    pub(crate) fn folder(&self) -> String {
        format!("data/{}", self.name)
    }

    /// Its file.
    pub(crate) fn file(&self) -> String {
        format!("{}/text.txt", self.folder())
    }

    /// Where its module lies.
    pub(crate) fn module(&self) -> String {
        format!("ways/{}.hs", self.name)
    }
}

/// A program for each way.
pub(crate) fn package(ways: &[Way]) -> Tree {
    together(ways, 1)
}

/// A program for every few ways.
pub(crate) fn together(ways: &[Way], count: usize) -> Tree {
    programs(&ways.chunks(count).collect::<Vec<_>>())
}

/// Programs, all without optimisation: what a module computes is no part of its interface then,
/// and nothing else is compiled for it.
pub(crate) fn programs(programs: &[&[Way]]) -> Tree {
    let mut tree = Tree::of(&[
        (
            CABAL,
            "\
cabal-version:      2.4
name:               ways
version:            0.1
build-type:         Simple

common way
  hs-source-dirs:   ways
  build-depends:    base, bytestring, directory, file-embed, process, template-haskell, text, unix
  ghc-options:      -O0
  default-language: Haskell2010
",
        ),
        ("README.md", "Read by nobody.\n"),
        ("data/unread.txt", "nobody\n"),
    ]);
    for ways in programs {
        let first = ways[0].name;
        tree.append(
            CABAL,
            &format!(
                "\nexecutable {}\n  import:           way\n  main-is:          main/{first}.hs\n  other-modules:    {}\n",
                first.to_lowercase(),
                names(ways).join(", ")
            ),
        );
        let imports: String = ways.iter().flat_map(|way| ["import qualified ", way.name, "\n"]).collect();
        let lines: Vec<_> = ways.iter().map(|way| format!("\"{} \" ++ show {}.value", way.name, way.name)).collect();
        tree.write(
            &format!("ways/main/{first}.hs"),
            &format!(
                "module Main (main) where\n\n{imports}\nmain :: IO ()\nmain = mapM_ putStrLn [{}]\n",
                lines.join(", ")
            ),
        );
        for way in *ways {
            tree.write(
                &way.module(),
                &format!(
                    "{{-# LANGUAGE TemplateHaskell #-}}\nmodule {} (value) where\n\nimport Language.Haskell.TH\nimport System.Directory\nimport System.IO\nimport System.Process\n{}\n\nvalue :: String\nvalue = $(runIO ({}) >>= stringE)\n",
                    way.name,
                    way.imports,
                    way.written(way.body)
                ),
            );
            tree.write(&way.file(), "quiet\n");
        }
    }
    tree
}

/// The names of their modules.
pub(crate) fn names(ways: &[Way]) -> Vec<&'static str> {
    ways.iter().map(|way| way.name).collect()
}

/// Says of a case upon `together` that what each way has learned is another thing: all of these
/// modules are compiled, and all of their inputs were seen.
pub(crate) fn all_learn_otherwise(case: Case, ways: &[Way], count: usize) -> Case {
    all_learn_of(case, ways, count, <[Way]>::len)
}

/// The same, where the ways of one program have seen as many inputs as `inputs` says.
pub(crate) fn all_learn_of(case: Case, ways: &[Way], count: usize, inputs: impl Fn(&[Way]) -> usize) -> Case {
    let mut case = case.compiles(&names(ways));
    for ways in ways.chunks(count) {
        let inputs = inputs(ways);
        let more = if inputs == 1 { Value::Null } else { json!(inputs - 1) };
        for way in ways {
            case = case.leaves_out(json!({ "module": way.name, "cause": "input", "reader": "code", "more": more }));
        }
    }
    case
}
