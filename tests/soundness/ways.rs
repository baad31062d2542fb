//! Packages of many programs, each with one splice that learns something in a way of its own.
//!
//! An edit of what all of them learn has to show in every program, and an edit of anything else
//! compiles none of them. A program each, since all splices of a component run in one process.

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

/// A program for each way, all without optimisation: what a module computes is no part of its
/// interface then, and nothing else is compiled for it.
pub(crate) fn package(ways: &[Way]) -> Tree {
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
        ("README.md", "Read by nobody!\n"),
        ("data/unread.txt", "nobody\n"),
    ]);
    for way in ways {
        let name = way.name;
        tree.append(
            CABAL,
            &format!(
                "\nexecutable {}\n  import:           way\n  main-is:          main/{name}.hs\n  other-modules:    {name}\n",
                name.to_lowercase()
            ),
        );
        tree.write(
            &format!("ways/main/{name}.hs"),
            &format!("module Main (main) where\n\nimport {name} (value)\n\nmain :: IO ()\nmain = putStrLn value\n"),
        );
        tree.write(
            &way.module(),
            &format!(
                "{{-# LANGUAGE TemplateHaskell #-}}\nmodule {name} (value) where\n\nimport Language.Haskell.TH\nimport System.Directory\nimport System.IO\nimport System.Process\n{}\n\nvalue :: String\nvalue = $(runIO ({}) >>= stringE)\n",
                way.imports,
                way.written(way.body)
            ),
        );
        tree.write(&way.file(), "quiet\n");
    }
    tree
}

/// The names of their modules.
pub(crate) fn names(ways: &[Way]) -> Vec<&'static str> {
    ways.iter().map(|way| way.name).collect()
}
