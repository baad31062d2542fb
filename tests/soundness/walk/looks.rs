//! What code that runs while compiling looks at, in all the ways in which programs do that, and
//! what it learns by it. The model knows exactly what a module depends on, as no build can.

use std::collections::BTreeSet;

use super::super::tree::{Entry, Tree};
use super::random::Random;

/// How something is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Read,
    ByteString,
    HGetLine,
    Copy,
    Size,
    Fopen,
    Mmap,
    Link,
    Source,
    List,
    Contents,
    Ls,
    Exists,
    FolderExists,
    First,
    Cat,
    Redirection,
    /// By a program that is begun without the variables by which it would be followed.
    BareSed,
    Script,
    /// By a program of the package itself.
    OwnProgram,
    /// What the Setup program made.
    Made,
}

const WAYS: [Way; 21] = [
    Way::Read,
    Way::ByteString,
    Way::HGetLine,
    Way::Copy,
    Way::Size,
    Way::Fopen,
    Way::Mmap,
    Way::Link,
    Way::Source,
    Way::List,
    Way::Contents,
    Way::Ls,
    Way::Exists,
    Way::FolderExists,
    Way::First,
    Way::Cat,
    Way::Redirection,
    Way::BareSed,
    Way::Script,
    Way::OwnProgram,
    Way::Made,
];

/// How many files and folders there are to look at.
pub(crate) const TARGETS: u32 = 4;

/// One look, at the file or folder of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Look {
    pub(crate) way: Way,
    pub(crate) target: u32,
}

/// The path of a file. One of them has a name that is hard to write down.
pub(crate) fn file(target: u32) -> String {
    if target == 3 { "files/three \"3\"\n\u{fc}.txt".to_owned() } else { format!("files/{target}.txt") }
}

impl Look {
    pub(crate) const fn at(way: Way, target: u32) -> Self {
        Self { way, target }
    }

    /// Chooses one.
    pub(crate) fn any(random: &mut Random) -> Self {
        let count = u32::try_from(WAYS.len()).expect("few");
        Self { way: WAYS[random.below(count) as usize], target: random.below(TARGETS) }
    }

    /// The same where there is no module of C's functions, no program of the package, and nothing
    /// that Setup made.
    pub(crate) fn outside_of_the_library(self) -> Self {
        let way = match self.way {
            Way::Fopen | Way::Mmap => Way::Read,
            Way::OwnProgram => Way::Cat,
            Way::Made => Way::Exists,
            way => way,
        };
        Self { way, ..self }
    }

    /// A computation in Haskell, an `IO String`. What it makes has the name of the `place` in it: of
    /// a file that two make it is not known which of them it is from.
    pub(crate) fn haskell(self, place: &str) -> String {
        let n = self.target;
        let file = format!("{:?}", file(n));
        match self.way {
            Way::Read => format!("readFile {file}"),
            Way::ByteString => format!("Char8.unpack <$> Char8.readFile {file}"),
            Way::HGetLine => format!("withFile {file} ReadMode hGetLine"),
            Way::Copy => format!("copyFile {file} \"copied-{place}\" >> readFile \"copied-{place}\""),
            Way::Size => format!("show <$> getFileSize {file}"),
            Way::Fopen => format!("byFopen {file}"),
            Way::Mmap => format!("byMmap {file}"),
            Way::Link => format!("readFile \"links/{n}.txt\""),
            Way::Source => "show . length <$> readFile \"src/Walk/Orphan.hs\"".to_owned(),
            Way::List => format!("unwords . sort <$> listDirectory \"folders/{n}\""),
            Way::Contents => format!("show . length <$> getDirectoryContents \"folders/{n}\""),
            Way::Ls => format!("readProcess \"ls\" [\"folders/{n}\"] \"\""),
            Way::Exists => format!("show <$> doesFileExist \"asked/{n}/here.txt\""),
            Way::FolderExists => format!("show <$> doesDirectoryExist \"asked/{n}\""),
            Way::First => format!("show <$> findFile [\"asked/{n}\", \"folders/{n}\"] \"here.txt\""),
            Way::Cat => format!("readProcess \"cat\" [{file}] \"\""),
            Way::Redirection => format!("readCreateProcess (shell \"cat <scripts/{n}.in\") \"\""),
            Way::BareSed => format!("readCreateProcess (proc \"env\" [\"-i\", \"/bin/sed\", \"p\", {file}]) \"\""),
            Way::Script => format!("readProcess \"scripts/{n}\" [] \"\""),
            Way::OwnProgram => "readProcess \"tool\" [] \"\"".to_owned(),
            Way::Made => "readFile \"made/stamp.txt\"".to_owned(),
        }
    }

    /// A command of the shell, for a preprocessor, that prints a line.
    pub(crate) fn shell(self) -> String {
        let n = self.target;
        let file = format!("'{}'", file(n));
        match self.way {
            Way::List | Way::Contents | Way::Ls => format!("echo folders/{n}/*"),
            Way::Exists | Way::First => format!("if test -e asked/{n}/here.txt; then echo there; fi"),
            Way::FolderExists => format!("if test -d asked/{n}; then echo there; fi"),
            Way::Link => format!("cat links/{n}.txt"),
            Way::Script => format!("scripts/{n}"),
            Way::Redirection => format!("cat <scripts/{n}.in"),
            Way::HGetLine => format!("read -r line <{file}; echo \"$line\""),
            Way::BareSed => format!("env -i /bin/sed p {file}"),
            _ => format!("cat {file}"),
        }
    }

    /// What it learns of a package with these files, when it is a computation in Haskell.
    fn learns(self, tree: &Tree, facts: &mut BTreeSet<Fact>) {
        let n = self.target;
        let fact = match self.way {
            Way::Link => Fact::Text(format!("links/{n}.txt")),
            Way::Source => Fact::Text("src/Walk/Orphan.hs".to_owned()),
            Way::List | Way::Contents | Way::Ls => Fact::Names(format!("folders/{n}")),
            Way::Exists => Fact::There(format!("asked/{n}/here.txt")),
            Way::FolderExists => Fact::Folder(format!("asked/{n}")),
            Way::First => {
                let first = format!("asked/{n}/here.txt");
                if !tree.entries.contains_key(&first) {
                    facts.insert(Fact::There(format!("folders/{n}/here.txt")));
                }
                Fact::There(first)
            }
            Way::Size => Fact::There(file(n)),
            Way::Redirection => Fact::Text(format!("scripts/{n}.in")),
            Way::Script => {
                facts.insert(Fact::Text(format!("scripts/{n}.in")));
                Fact::Text(format!("scripts/{n}"))
            }
            Way::OwnProgram | Way::Made => return,
            Way::Read
            | Way::ByteString
            | Way::HGetLine
            | Way::Copy
            | Way::Fopen
            | Way::Mmap
            | Way::Cat
            | Way::BareSed => Fact::Text(file(n)),
        };
        facts.insert(fact);
    }

    /// The same of a command of the shell, which knows fewer ways.
    fn shell_learns(self, tree: &Tree, facts: &mut BTreeSet<Fact>) {
        let way = match self.way {
            Way::Exists | Way::First => Way::Exists,
            Way::ByteString
            | Way::Copy
            | Way::Size
            | Way::Fopen
            | Way::Mmap
            | Way::Source
            | Way::OwnProgram
            | Way::Made => Way::Read,
            way => way,
        };
        Self { way, ..self }.learns(tree, facts);
    }
}

/// Something about the files of a package that somebody learns.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fact {
    /// What a file holds.
    Text(String),
    /// The names in a folder.
    Names(String),
    /// Whether a file is there, and how long it is.
    There(String),
    /// Whether a folder is there.
    Folder(String),
}

impl Fact {
    /// What it is in a package with these files.
    fn in_tree(&self, tree: &Tree) -> String {
        match self {
            Self::Text(path) => text_at(tree, path).unwrap_or("nothing").to_owned(),
            Self::There(path) => format!("{:?}", text_at(tree, path).map(str::len)),
            Self::Names(folder) => below(tree, folder).collect::<Vec<_>>().join("\n"),
            Self::Folder(folder) => below(tree, folder).next().is_some().to_string(),
        }
    }
}

fn below<'a>(tree: &'a Tree, folder: &'a str) -> impl Iterator<Item = &'a str> {
    tree.entries.keys().filter_map(move |path| path.strip_prefix(folder)?.strip_prefix('/'))
}

fn text_at<'a>(tree: &'a Tree, path: &str) -> Option<&'a str> {
    match tree.entries.get(path)? {
        Entry::Text(text) | Entry::Program(text) => Some(text),
        Entry::Bytes(_) => None,
        // All links of the package lead from one folder of the top to another.
        Entry::Link(target) => text_at(tree, target.strip_prefix("../")?),
    }
}

/// What is learned by these looks of Haskell, and of shell.
pub(crate) fn facts(tree: &Tree, haskell: &[Look], shell: &[Look]) -> BTreeSet<Fact> {
    let mut facts = BTreeSet::new();
    for look in haskell {
        look.learns(tree, &mut facts);
    }
    for look in shell {
        look.shell_learns(tree, &mut facts);
    }
    facts
}

/// Whether any of it differs between two packages.
pub(crate) fn differ(facts: &BTreeSet<Fact>, one: &Tree, other: &Tree) -> bool {
    facts.iter().any(|fact| fact.in_tree(one) != fact.in_tree(other))
}
