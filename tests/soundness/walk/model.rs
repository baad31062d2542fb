//! The package that a walk changes, as a model, and the files that it stands for.
//!
//! Every number of the model shows in what the programs print, so that a stale module shows too.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use serde_json::Value;

use super::super::tree::Tree;
use super::looks::{Fact, Look, TARGETS, Way, differ, facts, file};

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
    pub(crate) looked_at: LookedAt,
    pub(crate) looks: Looks,
    /// A constant that a capi import reads from a header.
    pub(crate) constant: u32,
    /// A header that is found before that one.
    pub(crate) constant_before: bool,
    /// The number of an associated type.
    pub(crate) related: u32,
}

/// What there is to look at, by numbers below `TARGETS`, and what nobody looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LookedAt {
    pub(crate) files: Vec<u32>,
    /// The names in folders.
    pub(crate) folders: Vec<BTreeSet<u32>>,
    /// What is in their files.
    pub(crate) in_folders: u32,
    /// Files that are there or not, and of one length.
    pub(crate) asked: Vec<bool>,
    pub(crate) in_asked: u32,
    /// The files that links lead to.
    pub(crate) links: Vec<u32>,
    pub(crate) scripts: Vec<u32>,
    pub(crate) script_inputs: Vec<u32>,
    pub(crate) unread: u32,
}

/// Who looks at what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Looks {
    /// The library's modules with splices.
    pub(crate) splice: Vec<Look>,
    pub(crate) second: Vec<Look>,
    /// The splices of the second program.
    pub(crate) more: Vec<Look>,
    /// A preprocessor.
    pub(crate) filled: Look,
    /// A compiler plugin, where there is one.
    pub(crate) plugin: Option<Look>,
    /// A Setup program of the package's own, where there is one, and a word in it.
    pub(crate) setup: Option<Look>,
    pub(crate) setup_word: u32,
    /// A program of the package that splices may run, where there is one, and a word in it.
    pub(crate) tool: Option<Look>,
    pub(crate) tool_word: u32,
    /// The test suite, when it runs.
    pub(crate) test: Look,
}

impl Default for LookedAt {
    fn default() -> Self {
        let each = || vec![0; TARGETS as usize];
        Self {
            files: each(),
            folders: vec![[0].into(); TARGETS as usize],
            in_folders: 0,
            asked: vec![false; TARGETS as usize],
            in_asked: 0,
            links: (0..TARGETS).collect(),
            scripts: each(),
            script_inputs: each(),
            unread: 0,
        }
    }
}

impl Default for Looks {
    fn default() -> Self {
        Self {
            splice: vec![Look::at(Way::Read, 0), Look::at(Way::Fopen, 1)],
            second: vec![Look::at(Way::List, 1), Look::at(Way::Exists, 2)],
            more: vec![Look::at(Way::Cat, 2)],
            filled: Look::at(Way::Cat, 1),
            plugin: None,
            setup: None,
            setup_word: 0,
            tool: None,
            tool_word: 0,
            test: Look::at(Way::Read, 2),
        }
    }
}

impl Default for Package {
    fn default() -> Self {
        let module = |imports: &[u32]| Module { imports: imports.iter().copied().collect(), ..Module::default() };
        Self {
            modules: [(0, module(&[])), (1, module(&[0])), (2, module(&[0, 1])), (3, module(&[2]))].into(),
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
            looked_at: LookedAt::default(),
            looks: Looks::default(),
            constant: 0,
            constant_before: false,
            related: 0,
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
        self.render_looked_at(&mut tree);
        self.render_looks(&mut tree);
        tree.write(
            "src/Walk/Orphan.hs",
            &format!(
                "{{-# LANGUAGE TypeFamilies #-}}\nmodule Walk.Orphan (Related (..)) where\n\ninstance Show (a -> b) where\n  show _ = \"function {}\"\n\nclass Related a where\n  type Of a\n\ninstance Related () where\n  type Of () = {}\n",
                self.orphan,
                ["Bool", "Int", "Ordering"][self.related as usize % 3],
            ),
        );
        tree.write("data/motto.txt", &format!("motto {}\n", self.data));
        tree.write("app/Main.hs", &self.main_module());
        if self.program {
            tree.write(
                "more/More.hs",
                &format!("{SPLICES}module Main (main) where\n\n{LOOKING}import Walk.Ping (ping)\n\nmain :: IO ()\nmain = putStrLn (ping 5) >> mapM_ putStrLn {}\n", self.splices(&self.looks.more, "more")),
            );
        }
        if let Some(number) = self.test_suite {
            let look = self.looks.test.outside_of_the_library().haskell("test");
            tree.write("tests/Check.hs", &format!("module Main (main) where\n\n{LOOKING}import Walk.Ping (ping)\n\nmain :: IO ()\nmain = putStrLn (ping 3 ++ \" in test {number}\") >> ({look}) >>= putStrLn\n"));
        }
        tree
    }

    /// Whether one of the modules whose value it uses is deprecated now, or is not any more.
    fn uses_a_pragma_that_changed(&self, head: &Self, user: &str) -> bool {
        let deprecated = |package: &Self, number| package.modules.get(number).is_some_and(|module| module.deprecated);
        let mut changed = head.modules.keys().filter(|number| deprecated(self, number) != deprecated(head, number));
        let plain = head.modules.iter().find(|(number, module)| module.name(**number) == user);
        match plain {
            Some((_, module)) => changed.any(|number| module.imports.contains(number)),
            None => changed.next().is_some(),
        }
    }

    /// Whether a module that was left out depends on anything that differs in head. Nobody can
    /// know more than that of what one process learned: all modules of a component that ran code
    /// count as having learned what one of them did.
    pub(crate) fn needs(&self, head: &Self, left_out: &Value) -> bool {
        let (before, now) = (self.render(), head.render());
        let cause = left_out["cause"].as_str().unwrap_or("");
        match cause {
            "moved-source" | "options" | "warned" | "unit" => return true,
            "deprecation" => return self.uses_a_pragma_that_changed(head, left_out["module"].as_str().unwrap_or("")),
            "ghc-bug" => return self.related % 3 != head.related % 3,
            // What is copied stays there, and nobody keeps it for a later build.
            "leaves" => return self.all_looks().any(|look| look.way == Way::Copy),
            "setup" => return self.looks.setup.is_some() != head.looks.setup.is_some(),
            _ => {}
        }
        if self.looks.setup.is_some() && differ(&self.setup_facts(&before), &before, &now) {
            return true;
        }
        let component = left_out["component"].as_str().unwrap_or("");
        let module = left_out["module"].as_str().unwrap_or("");
        if cause == "unfollowed" {
            let looks: &[&[Look]] = match (component, module) {
                ("lib", "Walk.Filled") => &[&[self.looks.filled]],
                ("lib", _) => {
                    &[&self.looks.splice, &self.looks.second, self.looks.plugin.as_slice(), self.looks.tool.as_slice()]
                }
                _ => &[&self.looks.more],
            };
            return looks.concat().iter().chain(&self.looks.setup).any(|look| look.way == Way::BareSed);
        }
        let learned = match (component, module) {
            ("lib", "Walk.Splice") => self.library_facts(&before),
            ("lib", "Walk.Second") if !self.looks.second.is_empty() => self.library_facts(&before),
            ("lib", "Walk.Marked") if self.looks.plugin.is_some() => self.library_facts(&before),
            ("lib", "Walk.Filled") => {
                let mut learned = facts(&before, &[], &[self.looks.filled]);
                learned.insert(Fact::Text("tools/fill".to_owned()));
                learned
            }
            // Folders that are not there are not searched.
            ("lib", "Paths_walk") => [Fact::Folder("early".to_owned())].into(),
            ("lib", "Walk.Macro") => headers("level.h"),
            ("lib", "Walk.Foreign") => headers("constant.h"),
            ("exe:more", "Main") => facts(&before, &outside(&self.looks.more), &[]),
            _ => return false,
        };
        differ(&learned, &before, &now)
    }

    fn all_looks(&self) -> impl Iterator<Item = &Look> {
        let looks = &self.looks;
        looks.splice.iter().chain(&looks.second).chain(&looks.more).chain(&looks.plugin).chain(&looks.tool)
    }

    fn setup_facts(&self, tree: &Tree) -> BTreeSet<Fact> {
        let looks: Vec<_> = self.looks.setup.into_iter().collect();
        let mut learned = facts(tree, &outside(&looks), &[]);
        learned.insert(Fact::Text("Setup.hs".to_owned()));
        learned
    }

    /// What the code of the library learns, with that of the program that it runs.
    fn library_facts(&self, tree: &Tree) -> BTreeSet<Fact> {
        let mut looks = [self.looks.splice.clone(), self.looks.second.clone()].concat();
        looks.extend(self.looks.plugin.map(Look::outside_of_the_library));
        let mut learned = facts(tree, &looks, &[]);
        if let Some(tool) = self.looks.tool
            && looks.iter().any(|look| look.way == Way::OwnProgram)
        {
            learned.extend(facts(tree, &outside(&[tool]), &[]));
            learned.insert(Fact::Text("tool/Tool.hs".to_owned()));
        }
        // A Setup program is given the description by Cabal, and may write anything of it into what it makes.
        if self.looks.setup.is_some() && looks.iter().any(|look| look.way == Way::Made) {
            learned.insert(Fact::Text("walk.cabal".to_owned()));
        }
        // The folder of `render_splice`, and a file there that GHC is not told of.
        learned.insert(Fact::Text("texts.txt".to_owned()));
        learned.insert(Fact::Names("texts".to_owned()));
        learned
    }

    /// A list of splices, each of which looks at something.
    fn splices(&self, looks: &[Look], place: &str) -> String {
        let spliced: Vec<_> = looks.iter().map(|look| self.spliced(*look, place)).collect();
        format!("[{}]", spliced.join(", "))
    }

    fn spliced(&self, look: Look, place: &str) -> String {
        let look = if place == "lib" { look } else { look.outside_of_the_library() };
        match look.way {
            Way::OwnProgram if self.looks.tool.is_none() => "\"no tool\"".to_owned(),
            Way::Made if self.looks.setup.is_none() => "\"nothing made\"".to_owned(),
            _ => format!("$(runIO ({}) >>= stringE)", look.haskell(place)),
        }
    }

    fn render_looked_at(&self, tree: &mut Tree) {
        let there = &self.looked_at;
        for n in 0..TARGETS {
            let at = n as usize;
            tree.write(&file(n), &format!("file {}\n", there.files[at]));
            tree.write(&format!("folders/{n}/keep"), &format!("{}\n", there.in_folders));
            for name in &there.folders[at] {
                let name = if *name == 3 { "here".to_owned() } else { name.to_string() };
                tree.write(&format!("folders/{n}/{name}.txt"), "named\n");
            }
            if there.asked[at] {
                tree.write(&format!("asked/{n}/here.txt"), &format!("{:02}\n", there.in_asked));
            }
            tree.link(&format!("links/{n}.txt"), &format!("../{}", file(there.links[at])));
            tree.program(
                &format!("scripts/{n}"),
                &format!("#!/bin/sh\necho script {}\ncat scripts/{n}.in\n", there.scripts[at]),
            );
            tree.write(&format!("scripts/{n}.in"), &format!("input {}\n", there.script_inputs[at]));
        }
        tree.write("README.md", &format!("Read by nobody, {} times.\n", there.unread));
        tree.write("notes/unread.txt", &format!("{}\n", there.unread));
        tree.write("include/unread.h", &format!("#define LIMIT {}\n", there.unread));
        tree.write("docs/level.h", &format!("#define BEYOND {}\n", there.unread));
    }

    fn render_looks(&self, tree: &mut Tree) {
        let looks = &self.looks;
        tree.write(
            "src/Walk/Second.hs",
            &format!("{SPLICES}module Walk.Second (second) where\n\n{LOOKING}import Walk.Outside\n\nsecond :: [String]\nsecond = {}\n", self.splices(&looks.second, "lib")),
        );
        tree.write("src/Walk/Outside.hs", OUTSIDE);
        tree.write(
            "src/Walk/Filled.hs",
            "{-# OPTIONS_GHC -F -pgmF tools/fill #-}\nmodule Walk.Filled (filled) where\n\nfilled :: String\nfilled = \"@FILLED@\"\n",
        );
        tree.program(
            "tools/fill",
            &format!("#!/bin/sh\n# original input output\nwords=$({} | tr -dc 'a-z0-9 ')\nsed \"s/@FILLED@/$words/\" \"$2\" >\"$3\"\n", looks.filled.shell()),
        );
        if let Some(look) = looks.plugin {
            // For the extension's sake GHC makes code of the plugin that it can load.
            tree.write("src/Walk/Marking.hs", &MARKING.replace("LOOK", &look.outside_of_the_library().haskell("lib")));
            tree.write("src/Walk/Marked.hs", "{-# LANGUAGE TemplateHaskell #-}\n{-# OPTIONS_GHC -fplugin=Walk.Marking #-}\nmodule Walk.Marked (marked) where\n\nimport Walk.Marking ()\n\nmarked :: String\nmarked = \"not marked\"\n{-# NOINLINE marked #-}\n");
        }
        if let Some(look) = looks.setup {
            tree.write(
                "Setup.hs",
                &format!(
                    "import Distribution.Simple\n{LOOKING_ALONE}\nmain :: IO ()\nmain = defaultMainWithHooks simpleUserHooks {{ preBuild = \\a f -> write >> preBuild simpleUserHooks a f }}\n  where\n    write = do\n      createDirectoryIfMissing True \"made\"\n      text <- {}\n      writeFile \"made/stamp.txt\" (\"made {} of \" ++ text)\n",
                    look.outside_of_the_library().haskell("setup"),
                    looks.setup_word,
                ),
            );
        }
        if let Some(look) = looks.tool {
            tree.write(
                "tool/Tool.hs",
                &format!(
                    "module Main (main) where\n\n{LOOKING_ALONE}\nmain :: IO ()\nmain = ({}) >>= \\text -> putStr (\"tool {} \" ++ text)\n",
                    look.outside_of_the_library().haskell("tool"),
                    looks.tool_word,
                ),
            );
        }
    }

    fn cabal(&self) -> String {
        let mut names: Vec<_> = self.modules.iter().map(|(number, module)| module.name(*number)).collect();
        names.extend(
            ["Filled", "Foreign", "Limit", "Macro", "Orphan", "Outside", "Ping", "Pong", "Second", "Splice"]
                .map(|name| format!("Walk.{name}")),
        );
        if self.looks.plugin.is_some() {
            names.extend(["Walk.Marked", "Walk.Marking"].map(str::to_owned));
        }
        let mut options = vec![if self.optimised { "-O1" } else { "-O0" }];
        if self.warnings {
            options.push("-Wunused-imports");
        }
        if self.warnings_are_errors {
            options.push("-Werror");
        }
        let containers = if self.containers { ", containers" } else { "" };
        let c = if self.c_renamed { "cbits/second.c" } else { "cbits/first.c" };
        let (build_type, setup) = match self.looks.setup {
            None => ("Simple", ""),
            Some(_) => ("Custom", "\ncustom-setup\n  setup-depends:    base, bytestring, Cabal, directory, process\n"),
        };
        let tool = if self.looks.tool.is_some() { "\n  build-tool-depends: walk:tool" } else { "" };
        let mut text = format!(
            "\
cabal-version:      2.4
name:               walk
version:            0.1
build-type:         {build_type}
data-files:         data/motto.txt
{setup}
library
  hs-source-dirs:   src, other
  exposed-modules:  {}
  other-modules:    Paths_walk
  autogen-modules:  Paths_walk
  build-depends:    base, bytestring, directory, ghc, process, template-haskell{containers}{tool}
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
            text.push_str("\nexecutable more\n  hs-source-dirs:   more, src\n  main-is:          More.hs\n  other-modules:    Walk.Ping, Walk.Pong\n  build-depends:    base, bytestring, directory, process, template-haskell\n  ghc-options:      -O0\n  default-language: Haskell2010\n");
        }
        if self.looks.tool.is_some() {
            text.push_str("\nexecutable tool\n  hs-source-dirs:   tool\n  main-is:          Tool.hs\n  build-depends:    base, bytestring, directory, process\n  ghc-options:      -O0\n  default-language: Haskell2010\n");
        }
        if self.test_suite.is_some() {
            text.push_str("\ntest-suite check\n  type:             exitcode-stdio-1.0\n  hs-source-dirs:   tests\n  main-is:          Check.hs\n  build-depends:    base, bytestring, directory, process, template-haskell, walk\n  ghc-options:      -O0\n  default-language: Haskell2010\n");
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
        tree.write("include/constant.h", &format!("#define CONSTANT {}\n", self.constant));
        if self.constant_before {
            tree.write("early/constant.h", "#define CONSTANT (-1)\n");
        }
        tree.write("src/Walk/Foreign.hs", "{-# LANGUAGE CApiFFI, TypeFamilies #-}\nmodule Walk.Foreign (constant, number, related) where\n\nimport Foreign.C\nimport Walk.Orphan\n\nforeign import ccall \"number\" number :: CInt -> CInt\nforeign import capi \"constant.h value CONSTANT\" constant :: CInt\n\nrelated :: String\nrelated = show thing\n\nthing :: Of ()\nthing = toEnum 1\n");
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
            &format!(
                "{SPLICES}module Walk.Splice (spliced) where\n\nimport Language.Haskell.TH.Syntax (addDependentFile)\n{LOOKING}import Walk.Outside\n
spliced :: [String]
spliced =
  [ $(runIO (readFile \"texts.txt\") >>= stringE)
  , $(addDependentFile \"tracked.txt\" >> runIO (readFile \"tracked.txt\") >>= stringE)
  , $(runIO (listDirectory \"texts\") >>= stringE . show . length)
  ] ++ {}
",
                self.splices(&self.looks.splice, "lib")
            ),
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
        if self.looks.plugin.is_some() {
            imports.push_str("import Walk.Marked (marked)\n");
            body.push_str("  putStrLn marked\n");
        }
        format!(
            "\
module Main (main) where

{imports}import Walk.Filled (filled)
import Walk.Foreign (constant, number, related)
import Walk.Limit (limit)
import Walk.Macro (level)
import Walk.Orphan ()
import Walk.Ping (ping)
import Walk.Second (second)
import Walk.Splice (spliced)

main :: IO ()
main = do
{body}  print (number 3, constant, limit, level, not)
  mapM_ putStrLn ([ping 4, filled, related] ++ spliced ++ second)
  putStrLn \"main {}\"
",
            self.main
        )
    }
}

/// Which of the imports are needed depends on the looks.
const SPLICES: &str = "{-# LANGUAGE TemplateHaskell #-}\n{-# OPTIONS_GHC -Wno-unused-imports #-}\n";

/// What looks in Haskell import.
const LOOKING_ALONE: &str = "import qualified Data.ByteString.Char8 as Char8\nimport Data.List (sort)\nimport System.Directory\nimport System.IO\nimport System.Process\n";
const LOOKING: &str = "import qualified Data.ByteString.Char8 as Char8\nimport Data.List (sort)\nimport Language.Haskell.TH (runIO, stringE)\nimport System.Directory\nimport System.IO\nimport System.Process\n";

/// C's own functions.
const OUTSIDE: &str = r#"module Walk.Outside (byFopen, byMmap) where

import Foreign
import Foreign.C

foreign import ccall "fopen" c_fopen :: CString -> CString -> IO (Ptr ())
foreign import ccall "fgets" c_fgets :: CString -> CInt -> Ptr () -> IO CString
foreign import ccall "open" c_open :: CString -> CInt -> IO CInt
foreign import ccall "mmap" c_mmap :: Ptr () -> CSize -> CInt -> CInt -> CInt -> CLong -> IO CString

byFopen, byMmap :: FilePath -> IO String
byFopen file = withCString file $ \name -> withCString "r" $ \mode -> do
  stream <- c_fopen name mode
  allocaBytes 100 $ \buffer -> c_fgets buffer 100 stream >> peekCString buffer
byMmap file = withCString file $ \name -> do
  descriptor <- c_open name 0
  start <- c_mmap nullPtr 8 1 2 descriptor 0
  takeWhile (/= '\NUL') <$> peekCStringLen (start, 8)
"#;

/// A plugin of the library that gives the value `marked` a text.
const MARKING: &str = "\
{-# OPTIONS_GHC -Wno-unused-imports #-}
module Walk.Marking (plugin) where

import qualified Data.ByteString.Char8 as Char8
import Data.List (sort)
import GHC.Plugins hiding ((<>))
import System.Directory
import System.IO
import System.Process

plugin :: Plugin
plugin = defaultPlugin { installCoreToDos = \\_ todo -> return (CoreDoPluginPass \"mark\" pass : todo), pluginRecompile = purePlugin }

pass :: ModGuts -> CoreM ModGuts
pass guts = do
  text <- liftIO (LOOK)
  binds <- mapM (change text) (mg_binds guts)
  return guts { mg_binds = binds }

change :: String -> CoreBind -> CoreM CoreBind
change text (NonRec name _) | occNameString (getOccName name) == \"marked\" = do
  expression <- mkStringExpr text
  return (NonRec name expression)
change _ bind = return bind
";

fn outside(looks: &[Look]) -> Vec<Look> {
    looks.iter().map(|look| look.outside_of_the_library()).collect()
}

/// What a module learns that includes a header.
fn headers(name: &str) -> BTreeSet<Fact> {
    let text = |folder: &str| Fact::Text(format!("{folder}/{name}"));
    [Fact::Folder("early".to_owned()), text("early"), text("include")].into()
}
