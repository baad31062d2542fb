//! The package that a walk changes, as a model, and the files that it stands for.
//!
//! Every number of the model shows in what the programs print, so that a stale module shows too.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::super::tree::Tree;

/// A plain module: `Walk.M3`, or `Walk.M3x2` after it was renamed twice.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "each is an edit that was made or not")]
pub(crate) struct Module {
    pub(crate) renamed: u32,
    pub(crate) comment: u32,
    pub(crate) private: u32,
    pub(crate) value: u32,
    pub(crate) inline: bool,
    /// It exports one more function.
    pub(crate) extra: bool,
    pub(crate) fields_swapped: bool,
    pub(crate) constructor: bool,
    pub(crate) default_method: u32,
    /// Its instance has a method of its own.
    pub(crate) own_method: bool,
    pub(crate) deprecated: bool,
    /// An import of no use.
    pub(crate) warning: bool,
    /// It lies in the second source folder.
    pub(crate) elsewhere: bool,
    /// Modules of a lower number.
    pub(crate) imports: BTreeSet<u32>,
    pub(crate) type_error: bool,
}

impl Module {
    fn name(&self, number: u32) -> String {
        if self.renamed == 0 { format!("Walk.M{number}") } else { format!("Walk.M{number}x{}", self.renamed) }
    }

    fn render(&self, n: u32, others: &BTreeMap<u32, Self>) -> String {
        let extra = if self.extra { format!(", extra{n}") } else { String::new() };
        let mut text = format!("module {} (value{n}, Thing{n} (..), Named{n} (..){extra}) where\n\n", self.name(n));
        if self.warning {
            text.push_str("import Data.List (sort)\n");
        }
        let mut sum = format!("private{n} + {}", self.value);
        for import in &self.imports {
            if let Some(other) = others.get(import) {
                writeln!(text, "import {}", other.name(*import)).expect("a string grows");
                write!(sum, " + value{import}").expect("a string grows");
            }
        }
        let fields = if self.fields_swapped { ["b", "a"] } else { ["a", "b"] };
        let nothing = if self.constructor { format!("Nothing{n} | ") } else { String::new() };
        let pragma = if self.inline { "INLINE" } else { "NOINLINE" };
        let own = if self.own_method { format!(" where\n  name{n} _ = \"own\"") } else { String::new() };
        write!(
            text,
            "
-- Comment {comment}.
value{n} :: Int
value{n} = {sum}
{{-# {pragma} value{n} #-}}

private{n} :: Int
private{n} = {private}
{{-# NOINLINE private{n} #-}}

data Thing{n} = {nothing}Thing{n} {{ {first}{n} :: Int, {second}{n} :: Int }}
  deriving (Show, Eq, Ord)

class Named{n} a where
  name{n} :: a -> String
  name{n} _ = \"default {method}\"

instance Named{n} Thing{n}{own}
",
            comment = self.comment,
            private = self.private,
            first = fields[0],
            second = fields[1],
            method = self.default_method,
        )
        .expect("a string grows");
        if self.extra {
            write!(text, "\nextra{n} :: Int -> Int\nextra{n} = (+ value{n})\n").expect("a string grows");
        }
        if self.deprecated {
            writeln!(text, "{{-# DEPRECATED value{n} \"not any more\" #-}}").expect("a string grows");
        }
        if self.type_error {
            text.push_str("\nwrong :: Int\nwrong = \"text\"\n");
        }
        text
    }
}

/// How the constant of `Walk.Limit` comes about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Limit {
    /// An `.hsc` file, which reads a header.
    Generated,
    /// A plain module.
    Plain,
}

/// The package.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "each is an edit that was made or not")]
pub(crate) struct Package {
    pub(crate) modules: BTreeMap<u32, Module>,
    pub(crate) limit: Limit,
    pub(crate) limit_text: u32,
    pub(crate) limit_header: u32,
    pub(crate) c_factor: u32,
    pub(crate) c_header: u32,
    /// The C function comes from another file.
    pub(crate) c_renamed: bool,
    /// A splice reads it, and GHC is not told.
    pub(crate) untracked: u32,
    /// A splice reads it, and GHC is told.
    pub(crate) tracked: u32,
    /// A splice lists a folder with these files.
    pub(crate) folder: BTreeSet<u32>,
    pub(crate) macro_option: u32,
    pub(crate) macro_header: u32,
    /// A header that is found before the other one.
    pub(crate) macro_header_before: bool,
    pub(crate) ping: u32,
    pub(crate) pong: u32,
    pub(crate) boot_extra: bool,
    pub(crate) orphan: u32,
    pub(crate) optimised: bool,
    pub(crate) warnings: bool,
    pub(crate) warnings_are_errors: bool,
    pub(crate) containers: bool,
    pub(crate) data: u32,
    pub(crate) main: u32,
    pub(crate) test_suite: Option<u32>,
    /// A second program, which compiles the library's modules as its own.
    pub(crate) program: bool,
}

impl Default for Package {
    fn default() -> Self {
        let module = |imports: &[u32]| Module { imports: imports.iter().copied().collect(), ..Module::default() };
        Self {
            modules: [
                (0, module(&[])),
                (1, module(&[0])),
                (2, module(&[0, 1])),
                (3, module(&[])),
                (4, module(&[2, 3])),
            ]
            .into(),
            limit: Limit::Generated,
            limit_text: 0,
            limit_header: 0,
            c_factor: 0,
            c_header: 0,
            c_renamed: false,
            untracked: 0,
            tracked: 0,
            folder: [0].into(),
            macro_option: 0,
            macro_header: 0,
            macro_header_before: false,
            ping: 0,
            pong: 0,
            boot_extra: false,
            orphan: 0,
            optimised: false,
            warnings: false,
            warnings_are_errors: false,
            containers: false,
            data: 0,
            main: 0,
            test_suite: None,
            program: false,
        }
    }
}

impl Package {
    /// The files of the package.
    pub(crate) fn render(&self) -> Tree {
        let mut tree = Tree::default();
        tree.write("walk.cabal", &self.cabal());
        for (number, module) in &self.modules {
            let folder = if module.elsewhere { "other" } else { "src" };
            let path = module.name(*number).replace('.', "/");
            tree.write(&format!("{folder}/{path}.hs"), &module.render(*number, &self.modules));
        }
        self.render_limit(&mut tree);
        self.render_c(&mut tree);
        self.render_splice(&mut tree);
        self.render_macro(&mut tree);
        self.render_cycle(&mut tree);
        tree.write(
            "src/Walk/Orphan.hs",
            &format!(
                "module Walk.Orphan () where\n\ninstance Show (a -> b) where\n  show _ = \"function {}\"\n",
                self.orphan
            ),
        );
        tree.write("data/motto.txt", &format!("motto {}\n", self.data));
        tree.write("app/Main.hs", &self.main_module());
        if self.program {
            tree.write(
                "more/More.hs",
                "module Main (main) where\n\nimport Walk.Ping (ping)\n\nmain :: IO ()\nmain = putStrLn (ping 5)\n",
            );
        }
        if let Some(number) = self.test_suite {
            tree.write("tests/Check.hs", &format!("module Main (main) where\n\nimport Walk.Ping (ping)\n\nmain :: IO ()\nmain = putStrLn (ping 3 ++ \" in test {number}\")\n"));
        }
        tree
    }

    fn cabal(&self) -> String {
        let mut names: Vec<_> = self.modules.iter().map(|(number, module)| module.name(*number)).collect();
        names.extend(
            ["Foreign", "Limit", "Macro", "Orphan", "Ping", "Pong", "Splice"].map(|name| format!("Walk.{name}")),
        );
        let mut options = vec![if self.optimised { "-O1" } else { "-O0" }];
        if self.warnings {
            options.push("-Wunused-imports");
        }
        if self.warnings_are_errors {
            options.push("-Werror");
        }
        let containers = if self.containers { ", containers" } else { "" };
        let c = if self.c_renamed { "cbits/second.c" } else { "cbits/first.c" };
        let mut text = format!(
            "\
cabal-version:      2.4
name:               walk
version:            0.1
build-type:         Simple
data-files:         data/motto.txt

library
  hs-source-dirs:   src, other
  exposed-modules:  {}
  other-modules:    Paths_walk
  autogen-modules:  Paths_walk
  build-depends:    base, directory, template-haskell{containers}
  include-dirs:     early, include
  c-sources:        {c}
  cpp-options:      -DLEVEL={}
  ghc-options:      {}
  default-language: Haskell2010

executable walk
  hs-source-dirs:   app
  main-is:          Main.hs
  build-depends:    base, walk
  ghc-options:      -O0
  default-language: Haskell2010
",
            names.join(", "),
            self.macro_option,
            options.join(" "),
        );
        if self.program {
            text.push_str("\nexecutable more\n  hs-source-dirs:   more, src\n  main-is:          More.hs\n  other-modules:    Walk.Ping, Walk.Pong\n  build-depends:    base\n  ghc-options:      -O0\n  default-language: Haskell2010\n");
        }
        if self.test_suite.is_some() {
            text.push_str("\ntest-suite check\n  type:             exitcode-stdio-1.0\n  hs-source-dirs:   tests\n  main-is:          Check.hs\n  build-depends:    base, walk\n  ghc-options:      -O0\n  default-language: Haskell2010\n");
        }
        text
    }

    fn render_limit(&self, tree: &mut Tree) {
        let text = |value: &str, include: &str| {
            format!(
                "module Walk.Limit (limit) where\n\n{include}limit :: (Int, Int)\nlimit = ({}, {value})\n",
                self.limit_text
            )
        };
        match self.limit {
            Limit::Generated => tree.write("src/Walk/Limit.hsc", &text("#{const LIMIT}", "#include \"limit.h\"\n\n")),
            Limit::Plain => tree.write("src/Walk/Limit.hs", &text("-1", "")),
        }
        tree.write("include/limit.h", &format!("#define LIMIT {}\n", self.limit_header));
    }

    fn render_c(&self, tree: &mut Tree) {
        let file = if self.c_renamed { "cbits/second.c" } else { "cbits/first.c" };
        tree.write(
            file,
            &format!("#include \"number.h\"\n\nint number(int n) {{ return n * {} + NUMBER; }}\n", self.c_factor),
        );
        tree.write("include/number.h", &format!("#define NUMBER {}\n", self.c_header));
        tree.write("src/Walk/Foreign.hs", "{-# LANGUAGE ForeignFunctionInterface #-}\nmodule Walk.Foreign (number) where\n\nimport Foreign.C\n\nforeign import ccall \"number\" number :: CInt -> CInt\n");
    }

    fn render_splice(&self, tree: &mut Tree) {
        tree.write("texts.txt", &format!("untracked {}\n", self.untracked));
        tree.write("tracked.txt", &format!("tracked {}\n", self.tracked));
        for number in &self.folder {
            tree.write(&format!("texts/{number}.txt"), "a text\n");
        }
        // The folder stays when it has no other file.
        tree.write("texts/keep", "");
        tree.write(
            "src/Walk/Splice.hs",
            "\
{-# LANGUAGE TemplateHaskell #-}
module Walk.Splice (spliced) where

import Language.Haskell.TH
import Language.Haskell.TH.Syntax
import System.Directory

spliced :: [String]
spliced =
  [ $(runIO (readFile \"texts.txt\") >>= stringE)
  , $(addDependentFile \"tracked.txt\" >> runIO (readFile \"tracked.txt\") >>= stringE)
  , $(runIO (listDirectory \"texts\") >>= stringE . show . length)
  ]
",
        );
    }

    fn render_macro(&self, tree: &mut Tree) {
        tree.write("include/level.h", &format!("#define BEYOND {}\n", self.macro_header));
        if self.macro_header_before {
            tree.write("early/level.h", "#define BEYOND (-1)\n");
        }
        tree.write("src/Walk/Macro.hs", "{-# LANGUAGE CPP #-}\nmodule Walk.Macro (level) where\n\n#include \"level.h\"\n\nlevel :: (Int, Int)\nlevel = (LEVEL, BEYOND)\n");
    }

    fn render_cycle(&self, tree: &mut Tree) {
        let more = if self.boot_extra { ", mark" } else { "" };
        let mark = if self.boot_extra { "mark" } else { "'-'" };
        let declared = if self.boot_extra { "\nmark :: Char\n" } else { "" };
        let defined = if self.boot_extra { "\nmark :: Char\nmark = '+'\n" } else { "" };
        tree.write("src/Walk/Ping.hs", &format!("module Walk.Ping (ping) where\n\nimport {{-# SOURCE #-}} Walk.Pong (pong{more})\n\nping :: Int -> String\nping 0 = \"ping {}\"\nping n = {mark} : pong (n - 1)\n", self.ping));
        tree.write(
            "src/Walk/Pong.hs-boot",
            &format!("module Walk.Pong (pong{more}) where\n\npong :: Int -> String\n{declared}"),
        );
        tree.write("src/Walk/Pong.hs", &format!("module Walk.Pong (pong{more}) where\n\nimport Walk.Ping (ping)\n\npong :: Int -> String\npong 0 = \"pong {}\"\npong n = 'o' : ping (n - 1)\n{defined}", self.pong));
    }

    fn main_module(&self) -> String {
        let mut imports = String::new();
        let mut body = String::new();
        for (number, module) in &self.modules {
            writeln!(imports, "import {}", module.name(*number)).expect("a string grows");
            writeln!(body, "  print (value{number}, Thing{number} 1 2, name{number} (Thing{number} 1 2))")
                .expect("a string grows");
            if module.extra {
                writeln!(body, "  print (extra{number} 100)").expect("a string grows");
            }
        }
        format!(
            "\
module Main (main) where

{imports}import Walk.Foreign (number)
import Walk.Limit (limit)
import Walk.Macro (level)
import Walk.Orphan ()
import Walk.Ping (ping)
import Walk.Splice (spliced)

main :: IO ()
main = do
{body}  print (number 3, limit, level, not)
  putStrLn (ping 4)
  mapM_ putStrLn spliced
  putStrLn \"main {}\"
",
            self.main
        )
    }
}
