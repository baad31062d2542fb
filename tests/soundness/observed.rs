//! What splices, plugins and annotations learn of the package while it is compiled: by whatever
//! call, under whatever name, and by way of whatever program. What changed of it is compiled
//! again, and what nobody looked at compiles nothing.

use serde_json::json;

use super::case::Case;
use super::tree::{Entry, Tree, path_of_bytes};
use super::ways::{CABAL, Way, all_learn_of, all_learn_otherwise, names, package, programs, together};

const fn way(name: &'static str, imports: &'static str, body: &'static str) -> Way {
    Way { name, imports, body }
}

/// All ways in which a file is read.
const READING: &[Way] = &[
    way("ByReadFile", "", r#"readFile "FILE""#),
    way("ByByteString", "import qualified Data.ByteString.Char8 as B", r#"B.unpack <$> B.readFile "FILE""#),
    way("ByLazyByteString", "import qualified Data.ByteString.Lazy.Char8 as B", r#"B.unpack <$> B.readFile "FILE""#),
    way(
        "ByText",
        "import qualified Data.Text as T\nimport qualified Data.Text.IO as T",
        r#"T.unpack <$> T.readFile "FILE""#,
    ),
    way("ByWithFile", "", r#"withFile "FILE" ReadMode hGetContents'"#),
    way("ByHGetLine", "", r#"openFile "FILE" ReadMode >>= hGetLine"#),
    way(
        "ByBuffer",
        "import Foreign\nimport Foreign.C",
        r#"withBinaryFile "FILE" ReadMode (\h -> allocaBytes 100 (\p -> hGetBuf h p 100 >>= \n -> peekCStringLen (p, n)))"#,
    ),
    way("ByReadWrite", "", r#"openFile "FILE" ReadWriteMode >>= hGetLine"#),
    way(
        "ByDescriptor",
        "import System.Posix.IO",
        r#"openFd "FILE" ReadOnly defaultFileFlags >>= fdToHandle >>= hGetLine"#,
    ),
    way(
        "ByCopy",
        "",
        r#"copyFile "FILE" "copied" >> readFile "copied" >>= \text -> length text `seq` (removeFile "copied" >> return text)"#,
    ),
    way("ByFileSize", "", r#"show <$> getFileSize "FILE""#),
    way("ByHFileSize", "", r#"show <$> withFile "FILE" ReadMode hFileSize"#),
];

fn reading() -> Case {
    Case::of(together(READING, 4))
}

#[test]
fn a_file_is_read_in_every_way() {
    let case = reading().edit(|tree| {
        for way in READING {
            tree.write(&way.file(), "louder\n");
        }
    });
    all_learn_otherwise(case, READING, 4)
        .leaves_out(json!({
            "component": "exe:byreadfile", "module": "ByText", "cause": "input", "input": "data/ByByteString/text.txt",
            "access": "read", "change": "changed", "reader": "code", "program": null,
        }))
        .all_print_otherwise();
}

/// GHC reads a source once more for each message of its own that shows a line of it.
#[test]
fn a_file_of_which_the_code_says_what_ghc_would() {
    const WAYS: &[Way] =
        &[way("ByMessage", "", r#"hPutStrLn stderr "FILE:1:1: warning: it will be louder" >> readFile "FILE""#)];
    Case::of(together(WAYS, 1)).edit(|tree| tree.write(&WAYS[0].file(), "louder\n")).prints_otherwise();
}

/// So it is with a source of another module, which GHC reads as well.
#[test]
fn a_source_of_which_the_code_says_what_ghc_would() {
    const WAYS: &[Way] = &[way(
        "ByMessage",
        "",
        r#"hPutStrLn stderr "ways/Other.hs:1:1: warning: it will be louder" >> readFile "ways/Other.hs""#,
    )];
    let mut tree = together(WAYS, 1);
    tree.write("ways/Other.hs", "module Other where\n\nother :: Int\nother = 1\n");
    tree.replace(CABAL, "other-modules:    ByMessage", "other-modules:    ByMessage, Other");
    Case::of(tree).edit(|tree| tree.append("ways/Other.hs", "-- Louder.\n")).prints_otherwise();
}

/// The process of one program has read it, and the others have not.
#[test]
fn one_of_many_files_that_are_read() {
    reading()
        .edit(|tree| tree.write("data/ByText/text.txt", "louder\n"))
        .compiles(&["ByByteString", "ByLazyByteString", "ByReadFile", "ByText"])
        .prints_otherwise();
}

#[test]
fn files_that_nobody_reads() {
    reading()
        .edit(|tree| {
            tree.write("README.md", "Still read by nobody.\n");
            tree.write("data/unread.txt", "still nobody\n");
            tree.write("data/ByReadFile/other.txt", "beside what is read\n");
            tree.write("ChangeLog", "new\n");
            tree.write("docs/manual.txt", "new\n");
            tree.append(CABAL, "-- A comment.\n");
        })
        .compiles_nothing();
}

#[test]
fn a_file_that_was_read_is_gone() {
    reading().edit(|tree| tree.remove("data/ByText/text.txt")).fails("data/ByText/text.txt");
}

/// The bytes are no text, and there are as many of them as before.
#[test]
fn a_file_that_is_no_text() {
    const BINARY: &[Way] =
        &[way("Binary", "import qualified Data.ByteString as B", r#"show . B.unpack <$> B.readFile "FILE""#)];
    let bytes = |last: u8| Entry::Bytes(vec![0xff, 0, b'\n', last]);
    Case::of(package(BINARY))
        .with(|tree| drop(tree.entries.insert("data/Binary/text.txt".to_owned(), bytes(0xe8))))
        .edit(|tree| drop(tree.entries.insert("data/Binary/text.txt".to_owned(), bytes(0xe9))))
        .compiles(&["Binary"])
        .prints_otherwise();
}

/// As the users of a library do it that is made for this. It tells GHC of files, and not of folders.
const EMBEDDING: &[Way] = &[
    way("EmbedFile", "import Data.FileEmbed", ""),
    way("EmbedFolder", "import Data.FileEmbed", ""),
    way("EmbedOneOf", "import Data.FileEmbed", ""),
    way("EmbedIfThere", "import Data.ByteString (ByteString)\nimport Data.FileEmbed", ""),
];

fn embedding() -> Tree {
    let mut tree = together(EMBEDDING, 4);
    let expressions = [
        ("EmbedFile", "$(embedStringFile \"data/EmbedFile/text.txt\")"),
        ("EmbedFolder", "show $(embedDir \"data/EmbedFolder\")"),
        ("EmbedOneOf", "show $(embedOneFileOf [\"data/EmbedOneOf/first.txt\", \"data/EmbedOneOf/text.txt\"])"),
        ("EmbedIfThere", "show ($(embedFileIfExists \"data/EmbedIfThere/first.txt\") :: Maybe ByteString)"),
    ];
    for (name, expression) in expressions {
        tree.replace(&format!("ways/{name}.hs"), "$(runIO () >>= stringE)", expression);
    }
    tree
}

#[test]
fn files_that_a_library_embeds() {
    Case::of(embedding())
        .edit(|tree| {
            tree.write("data/EmbedFile/text.txt", "louder\n");
            tree.write("data/EmbedFolder/text.txt", "louder\n");
            tree.write("data/EmbedOneOf/text.txt", "louder\n");
            tree.write("data/EmbedIfThere/first.txt", "louder\n");
        })
        .compiles(&names(EMBEDDING))
        .all_print_otherwise();
}

#[test]
fn files_that_a_library_would_have_embedded() {
    Case::of(embedding())
        .with(|tree| tree.write("data/EmbedIfThere/first.txt", "quiet\n"))
        .edit(|tree| {
            tree.remove("data/EmbedFile/text.txt");
            tree.link("data/EmbedFile/text.txt", "../EmbedIfThere/text.txt");
            tree.write("data/EmbedIfThere/text.txt", "louder\n");
            tree.write("data/EmbedFolder/added.txt", "louder\n");
            tree.write("data/EmbedOneOf/first.txt", "louder\n");
            tree.remove("data/EmbedIfThere/first.txt");
        })
        .compiles(&names(EMBEDDING))
        .all_print_otherwise();
}

/// All ways in which the names in a folder are asked for. The names are sorted, as file systems
/// give them in any order.
const LISTING: &[Way] = &[
    way("ByListing", "import Data.List", r#"unwords . sort <$> listDirectory "FOLDER""#),
    way("ByContents", "import Data.List", r#"unwords . sort <$> getDirectoryContents "FOLDER""#),
    way(
        "ByStream",
        "import System.Posix.Directory",
        r#"openDirStream "FOLDER" >>= \s -> let go n = readDirStream s >>= \e -> if null e then return (show (n :: Int)) else go (n + 1) in go 0"#,
    ),
    way("ByLs", "", r#"readProcess "ls" ["FOLDER"] """#),
    way("ByFind", "", r#"show . length . lines <$> readProcess "find" ["FOLDER"] """#),
    way("ByPattern", "", r#"readCreateProcess (shell "echo FOLDER/*") """#),
    way("ByPerl", "", r#"readProcess "perl" ["-e", "print join ' ', sort <FOLDER/*>"] """#),
    way(
        "ByPython",
        "",
        r#"readProcess "python3" ["-c", "import os; print(sorted(e.name for e in os.scandir('FOLDER')))"] """#,
    ),
    way("FromWithin", "import Data.List", r#"withCurrentDirectory "FOLDER" (unwords . sort <$> listDirectory ".")"#),
    way("ByLink", "import Data.List", r#"unwords . sort <$> listDirectory "links/ByLink""#),
    way("Recursive", "", r#"readProcess "ls" ["-R", "FOLDER"] """#),
];

fn listing() -> Case {
    let mut tree = together(LISTING, 4);
    tree.link("links/ByLink", "../data/ByLink");
    for way in LISTING {
        tree.write(&format!("{}/below/some.txt", way.folder()), "some\n");
    }
    Case::of(tree)
}

/// To each folder a name is added; to the one that is listed with all below it, further down.
fn with_added_names() -> Case {
    listing().edit(|tree| {
        for way in LISTING {
            let folder = if way.name == "Recursive" { way.folder() + "/below" } else { way.folder() };
            tree.write(&format!("{folder}/added.txt"), "");
        }
    })
}

#[test]
fn a_folder_is_listed_in_every_way() {
    all_learn_otherwise(with_added_names(), LISTING, 4)
        .leaves_out(json!({ "module": "ByListing", "access": "listed", "change": "changed" }))
        .all_print_otherwise();
}

#[test]
fn a_name_in_a_folder_is_gone() {
    // `find` asks for each name that it finds.
    let inputs = |ways: &[Way]| ways.len() + usize::from(ways.iter().any(|way| way.name == "ByFind"));
    all_learn_of(with_added_names().backwards(), LISTING, 4, inputs).all_print_otherwise();
}

/// The names are the same: what the files hold nobody has seen.
#[test]
fn the_files_of_a_folder_that_is_only_listed() {
    listing()
        .edit(|tree| {
            for way in LISTING {
                tree.write(&way.file(), "loud.\n");
                tree.write(&format!("{}/below/some.txt", way.folder()), "more\n");
                if !["ByFind", "Recursive"].contains(&way.name) {
                    tree.write(&format!("{}/below/added.txt", way.folder()), "");
                }
            }
            tree.write("data/beside.txt", "");
        })
        .compiles_nothing();
}

/// All ways to ask for a file or folder without reading it.
const ASKING: &[Way] = &[
    way("FileThere", "", r#"show <$> doesFileExist "FOLDER/added/one.txt""#),
    way("FolderThere", "", r#"show <$> doesDirectoryExist "FOLDER/added""#),
    way("PathThere", "", r#"show <$> doesPathExist "FOLDER/added/one.txt""#),
    way("FileGone", "", r#"show <$> doesFileExist "FILE""#),
    way("FolderGone", "", r#"show <$> doesDirectoryExist "FOLDER""#),
    way("FirstOfFolders", "", r#"show <$> findFile ["FOLDER/added", "FOLDER"] "text.txt""#),
    way(
        "Fallback",
        "import Control.Exception",
        r#"readFile "FOLDER/added/one.txt" `catch` \e -> const (return "none") (e :: IOException)"#,
    ),
    way("ByTest", "", r#"readCreateProcess (shell "test -e FOLDER/added && echo yes || echo no") """#),
    way("ByStatus", "import System.Posix.Files", r#"show . isDirectory <$> getFileStatus "FILE""#),
    way("ByAccess", "import System.Posix.Files", r#"show <$> fileAccess "FILE" True False True"#),
    way("Permissions", "", r#"show . executable <$> getPermissions "FILE""#),
    way("LinkTarget", "", r#"getSymbolicLinkTarget "FOLDER/link""#),
    way("IsLink", "", r#"show <$> pathIsSymbolicLink "FILE""#),
    way("Canonical", "", r#"reverse . takeWhile (/= '/') . reverse <$> canonicalizePath "FOLDER/link""#),
    way(
        "ByOpening",
        "import Control.Exception",
        r#"(openFile "FOLDER/added/one.txt" ReadMode >> return "there") `catch` \e -> const (return "none") (e :: IOException)"#,
    ),
];

fn asking() -> Case {
    let mut tree = together(ASKING, 5);
    for way in ASKING {
        tree.link(&format!("{}/link", way.folder()), "text.txt");
    }
    // A folder is there as long as it has a file.
    tree.remove("data/FolderGone/link");
    Case::of(tree)
}

/// What comes, goes or becomes something else, of all that is asked for.
fn with_other_answers() -> Case {
    asking().edit(|tree| {
        for way in ASKING {
            let folder = way.folder();
            match way.name {
                "FileGone" | "FolderGone" => tree.remove(&way.file()),
                "ByStatus" => {
                    tree.remove(&way.file());
                    tree.write(&format!("{}/now a folder.txt", way.file()), "");
                }
                "ByAccess" | "Permissions" => tree.program(&way.file(), "quiet\n"),
                "LinkTarget" | "Canonical" => tree.link(&format!("{folder}/link"), "other.txt"),
                "IsLink" => tree.link(&way.file(), "other.txt"),
                "FirstOfFolders" => tree.write(&format!("{folder}/added/text.txt"), "quiet\n"),
                _ => tree.write(&format!("{folder}/added/one.txt"), "quiet\n"),
            }
            tree.write(&format!("{folder}/other.txt"), "quiet\n");
        }
        tree.remove("data/FolderGone/other.txt");
    })
}

#[test]
fn what_is_asked_for_comes_or_goes() {
    all_learn_otherwise(with_other_answers(), ASKING, 5)
        .leaves_out(json!({ "module": "FileThere", "access": "asked" }))
        .all_print_otherwise();
}

#[test]
fn what_is_asked_for_goes_or_comes() {
    all_learn_otherwise(with_other_answers().backwards(), ASKING, 5).all_print_otherwise();
}

/// Asking for a file tells nothing of what is in it, nor of what is beside it.
#[test]
fn what_is_in_files_that_are_only_asked_for() {
    asking()
        .edit(|tree| {
            for way in ASKING {
                tree.write(&way.file(), "loud.\n");
                tree.write(&format!("{}/beside.txt", way.folder()), "");
            }
        })
        .compiles_nothing();
}

/// The same file by other paths.
const PATHS: &[Way] = &[
    way("ByLink", "", r#"readFile "links/ByLink""#),
    way("ByLinkOfFolder", "", r#"readFile "links/ByLinkOfFolder/text.txt""#),
    way("ByChain", "", r#"readFile "links/ByChain""#),
    way(
        "ByAbsoluteLink",
        "",
        r#"getCurrentDirectory >>= \here -> createFileLink (here ++ "/FILE") "made" >> readFile "made""#,
    ),
    way("ByDots", "", r#"readFile "ways/../data/./../FILE""#),
    way("ByAbsolute", "", r#"makeAbsolute "FILE" >>= readFile"#),
    way("ByTwoSlashes", "", r#"readFile "data//../FILE""#),
    way("FromWithin", "", r#"withCurrentDirectory "FOLDER" (readFile "text.txt")"#),
    way("FromWithinUp", "", r#"withCurrentDirectory "ways/main" (readFile "../../FILE")"#),
    way("ByProc", "", r#"readFile "/proc/self/cwd/FILE""#),
    way(
        "ByFolderDescriptor",
        "import System.Posix.IO",
        r#"openFd "FOLDER" ReadOnly defaultFileFlags >>= \d -> openFdAt (Just d) "text.txt" ReadOnly defaultFileFlags >>= fdToHandle >>= hGetLine"#,
    ),
    way("ByComputedName", "", r#"readFile (concat ["da", "ta/", reverse "emaNdetupmoCyB", "/text", ".txt"])"#),
];

fn paths() -> Case {
    let mut tree = together(PATHS, 4);
    tree.link("links/ByLink", "../data/ByLink/text.txt");
    tree.link("links/ByLinkOfFolder", "../data/ByLinkOfFolder");
    tree.link("links/ByChain", "second");
    tree.link("links/second", "../data/ByChain/text.txt");
    Case::of(tree)
}

#[test]
fn a_file_is_read_under_other_paths() {
    let case = paths().edit(|tree| {
        for way in PATHS {
            tree.write(&way.file(), "louder\n");
        }
    });
    all_learn_otherwise(case, PATHS, 4).all_print_otherwise();
}

/// What a link leads to that the build itself makes.
#[test]
fn a_file_behind_a_link_that_a_splice_makes() {
    const LINKED: &[Way] = &[
        way("Reads", "", r#"createFileLink "../FILE" "ways/made" >> readFile "ways/made""#),
        way("Below", "", r#"createDirectoryLink "FOLDER" "made" >> readFile "made/text.txt""#),
        way("Asks", "", r#"createFileLink "FILE" "asked" >> show <$> getFileSize "asked""#),
        way("Vain", "", r#"createFileLink "data/there.txt" "vain" >> show <$> doesFileExist "vain""#),
        way("Shell", "", r#"readCreateProcess (shell "ln -s ../FILE ways/shell && cat ways/shell") """#),
    ];
    Case::of(together(LINKED, 1))
        .edit(|tree| {
            for name in ["Reads", "Below", "Shell"] {
                tree.write(&format!("data/{name}/text.txt"), "QUIET\n");
            }
            tree.write("data/Asks/text.txt", "louder\n");
            tree.write("data/there.txt", "there\n");
        })
        .compiles(&names(LINKED))
        .all_print_otherwise();
}

/// Neither the link nor a file changes, but what lies between.
#[test]
fn a_link_on_the_way_leads_elsewhere() {
    paths()
        .with(|tree| tree.write("data/elsewhere/text.txt", "elsewhere\n"))
        .edit(|tree| {
            tree.link("links/second", "../data/elsewhere/text.txt");
            tree.link("links/ByLinkOfFolder", "../data/elsewhere");
            tree.link("links/ByLink", "../data/elsewhere/text.txt");
        })
        .compiles(&["ByAbsoluteLink", "ByChain", "ByLink", "ByLinkOfFolder"])
        .prints_otherwise();
}

/// A file takes the place of a link to one of the same content, and a link that of a file.
#[test]
fn a_link_becomes_a_file_of_the_same_content() {
    paths()
        .edit(|tree| {
            tree.write("links/ByLink", "quiet\n");
            tree.rename("data/ByDots/text.txt", "data/ByDots/moved.txt");
            tree.link("data/ByDots/text.txt", "moved.txt");
        })
        .changes_nothing();
}

/// A link that leads nowhere, until its target is there.
#[test]
fn the_target_of_a_link_that_led_nowhere() {
    const LATER: &[Way] = &[
        way(
            "Later",
            "",
            r#"doesFileExist "links/later" >>= \there -> if there then readFile "links/later" else return "none""#,
        ),
        way("LaterFolder", "", r#"doesFileExist "links/folder/text.txt" >>= return . show"#),
    ];
    Case::of(package(LATER))
        .with(|tree| {
            tree.link("links/later", "../data/Later/later.txt");
            tree.link("links/folder", "../data/LaterFolder/later");
        })
        .edit(|tree| {
            tree.write("data/Later/later.txt", "there\n");
            tree.write("data/LaterFolder/later/text.txt", "there\n");
        })
        .compiles(&names(LATER))
        .all_print_otherwise();
}

/// Names of which programs make a mess that read lists by lines, words or fields. What is no
/// UTF-8 has an escape in GHC's strings.
const NAMES: &[(&str, &[u8])] = &[
    ("with space.txt", b"with space.txt"),
    (" both ends ", b" both ends "),
    ("tab\\tin.txt", b"tab\tin.txt"),
    ("line\\nend.txt", b"line\nend.txt"),
    ("\\nfirst", b"\nfirst"),
    ("return\\r", b"return\r"),
    ("quote\\\"s.txt", b"quote\"s.txt"),
    ("apostrophe's.txt", b"apostrophe's.txt"),
    ("back\\\\slash\\\\n.txt", b"back\\slash\\n.txt"),
    ("-dash", b"-dash"),
    ("$HOME", b"$HOME"),
    ("*", b"*"),
    ("[a-z]?", b"[a-z]?"),
    ("#hash", b"#hash"),
    ("%41", b"%41"),
    ("a;b&c|d", b"a;b&c|d"),
    (".hidden", b".hidden"),
    ("\\252ml\\228ut.txt", "ümläut.txt".as_bytes()),
    ("\\28450\\23383", "漢字".as_bytes()),
    ("caf\\xDCE9.txt", b"caf\xe9.txt"),
    ("\\xDCFF\\xDCFE", b"\xff\xfe"),
    ("\\xDCC3", b"\xc3"),
    ("escape\\ESC[31m", b"escape\x1b[31m"),
    ("\\1", b"\x01"),
];

/// The path of a file with such a name.
fn odd(folder: &str, name: &[u8]) -> String {
    format!("data/{folder}/odd/{}", path_of_bytes(name))
}

/// A splice that reads a file of each of these names.
fn with_names() -> Tree {
    const READS: &[Way] =
        &[way("Names", "", "concat <$> mapM (\\name -> readFile (\"data/Names/odd/\" ++ name)) names")];
    let mut tree = package(READS);
    let list: Vec<_> = NAMES.iter().map(|(literal, _)| format!("\"{literal}\"")).collect();
    tree.replace("ways/Names.hs", " names)", &format!(" [{}])", list.join(", ")));
    for (_, name) in NAMES {
        tree.write(&odd("Names", name), "1\n");
    }
    tree
}

#[test]
fn files_of_odd_names() {
    Case::of(with_names())
        .edit(|tree| {
            for (_, name) in NAMES {
                tree.write(&odd("Names", name), "2\n");
            }
        })
        .compiles(&["Names"])
        .leaves_out(json!({ "module": "Names", "cause": "input", "more": NAMES.len() - 1 }))
        .prints_otherwise();
}

#[track_caller]
fn one_odd_name_changes(name: &[u8]) {
    Case::of(with_names())
        .edit(|tree| tree.write(&odd("Names", name), "3\n"))
        .compiles(&["Names"])
        .leaves_out(json!({ "module": "Names", "cause": "input", "access": "read", "change": "changed", "more": null }))
        .prints_otherwise();
}

#[test]
fn a_file_whose_name_is_not_utf_8() {
    one_odd_name_changes(b"caf\xe9.txt");
}

#[test]
fn a_file_with_a_line_end_in_its_name() {
    one_odd_name_changes(b"line\nend.txt");
}

#[test]
fn a_file_with_a_tab_in_its_name() {
    one_odd_name_changes(b"tab\tin.txt");
}

/// They differ in bytes that are no text.
#[test]
fn a_file_of_an_odd_name_takes_the_place_of_another() {
    const LISTS: &[Way] = &[way("Lists", "", r#"concatMap show <$> listDirectory "FOLDER/odd""#)];
    Case::of(package(LISTS))
        .with(|tree| tree.write(&odd("Lists", b"\xe9\n"), ""))
        .edit(|tree| {
            tree.rename(&odd("Lists", b"\xe9\n"), &odd("Lists", b"\xe8\n"));
        })
        .compiles(&["Lists"])
        .prints_otherwise();
}

#[test]
fn files_of_odd_names_that_nobody_reads() {
    Case::of(with_names())
        .edit(|tree| {
            for (_, name) in NAMES {
                tree.write(&odd("unread", name), "2\n");
            }
        })
        .compiles_nothing();
}

/// The module of a way whose splices are switched on by the given first lines.
fn switched_on(tree: &mut Tree, name: &str, lines: &str) {
    tree.replace(&format!("ways/{name}.hs"), "{-# LANGUAGE TemplateHaskell #-}\n", lines);
}

/// In a module.
const SWITCHES: &[Way] = &[
    way("ByExtension", "", r#"readFile "FILE""#),
    way("ByLowerCase", "", r#"readFile "FILE""#),
    way("ByLongPragma", "", r#"readFile "FILE""#),
    way("ByOptionsPragma", "", r#"readFile "FILE""#),
    way("ByOldOption", "", r#"readFile "FILE""#),
    way("ByHeader", "", r#"readFile "FILE""#),
    way("Typed", "", r#"readFile "FILE""#),
    way("Naked", "", r#"readFile "FILE""#),
    way("InPattern", "", r#"readFile "FILE""#),
    way("InType", "", r#"readFile "FILE""#),
    way("Generated", "", r#"readFile "FILE""#),
    way("Literate", "", r#"readFile "FILE""#),
    way("Quoted", "", r#"readFile "FILE""#),
    way("Annotated", "", r#"readFile "FILE""#),
];

/// For a component.
const OF_COMPONENTS: &[Way] = &[
    way("ByCabalOption", "", r#"readFile "FILE""#),
    way("ByOldCabalOption", "", r#"readFile "FILE""#),
    way("ByDefaultExtension", "", r#"readFile "FILE""#),
    way("ByCondition", "", r#"readFile "FILE""#),
    way("ByStanza", "", r#"readFile "FILE""#),
];

/// Each way to have code run while a module is compiled.
fn switches() -> Case {
    let mut components = vec![SWITCHES];
    components.extend(OF_COMPONENTS.chunks(1));
    let mut tree = programs(&components);
    let component = |tree: &mut Tree, name: &str, lines: &str| {
        let main = format!("  main-is:          main/{name}.hs\n");
        tree.replace(CABAL, &main, &format!("{main}{lines}"));
    };
    switched_on(&mut tree, "ByLowerCase", "{-# language TemplateHaskell #-}\n");
    switched_on(&mut tree, "ByLongPragma", "{-# LANGUAGE\n    ScopedTypeVariables\n  , TemplateHaskell\n  #-}\n");
    switched_on(&mut tree, "ByOptionsPragma", "{-# OPTIONS_GHC -XTemplateHaskell #-}\n");
    switched_on(&mut tree, "ByOldOption", "{-# OPTIONS_GHC -fth -Wno-deprecated-flags #-}\n");
    switched_on(&mut tree, "ByHeader", "{-# LANGUAGE CPP #-}\n#include \"switches.h\"\n");
    tree.write("include/switches.h", "{-# LANGUAGE TemplateHaskell #-}\n");
    component(&mut tree, "ByExtension", "  include-dirs:     include\n");
    switched_on(&mut tree, "ByCabalOption", "");
    component(&mut tree, "ByCabalOption", "  ghc-options:      -XTemplateHaskell\n");
    switched_on(&mut tree, "ByOldCabalOption", "");
    component(&mut tree, "ByOldCabalOption", "  ghc-options:      -fth -Wno-deprecated-flags\n");
    switched_on(&mut tree, "ByDefaultExtension", "");
    component(&mut tree, "ByDefaultExtension", "  default-extensions: TemplateHaskell\n");
    switched_on(&mut tree, "ByCondition", "");
    component(&mut tree, "ByCondition", "  if !os(windows)\n    default-extensions: TemplateHaskell\n");
    switched_on(&mut tree, "ByStanza", "");
    tree.replace(
        CABAL,
        "\ncommon way\n",
        "\ncommon extensions\n  default-extensions: ScopedTypeVariables,\n                      TemplateHaskell\n\ncommon way\n",
    );
    tree.replace(
        CABAL,
        "  import:           way\n  main-is:          main/ByStanza.hs\n",
        "  import:           way, extensions\n  main-is:          main/ByStanza.hs\n",
    );
    let read = |name: &str| format!("runIO (readFile \"data/{name}/text.txt\") >>= stringE");
    let spliced = |name: &str| format!("value = $({})", read(name));
    tree.replace(
        "ways/Typed.hs",
        &spliced("Typed"),
        "value = $$(unsafeCodeCoerce (runIO (readFile \"data/Typed/text.txt\") >>= stringE))",
    );
    tree.replace(
        "ways/Naked.hs",
        &format!("value :: String\n{}", spliced("Naked")),
        "runIO (readFile \"data/Naked/text.txt\") >>= \\text ->\n  let name = mkName \"value\" in sequence [sigD name (conT ''String), valD (varP name) (normalB (stringE text)) []]",
    );
    tree.replace(
        "ways/InPattern.hs",
        &spliced("InPattern"),
        "value = case \"louder\\n\" of { $(runIO (readFile \"data/InPattern/text.txt\") >>= litP . stringL) -> \"loud\"; _ -> \"quiet\" }",
    );
    tree.replace(
        "ways/InType.hs",
        &spliced("InType"),
        "value = show (maxBound :: $(runIO (readFile \"data/InType/text.txt\") >>= \\text -> if text == \"quiet\\n\" then [t| Int |] else [t| Char |]))",
    );
    tree.rename("ways/Generated.hs", "ways/Generated.hsc");
    let Entry::Text(text) = tree.entries["ways/Literate.hs"].clone() else { panic!("a text") };
    let lines: Vec<_> =
        text.lines().map(|line| if line.is_empty() { line.to_owned() } else { format!("> {line}") }).collect();
    tree.remove("ways/Literate.hs");
    tree.write("ways/Literate.lhs", &format!("{}\n", lines.join("\n")));
    // What a quasi-quoter and an annotation run stands in another module.
    tree.write(
        "ways/Reader.hs",
        "module Reader (file, contents) where\n\nimport Language.Haskell.TH\nimport Language.Haskell.TH.Quote\nimport System.IO.Unsafe\n\nfile :: QuasiQuoter\nfile = QuasiQuoter { quoteExp = \\name -> runIO (readFile name) >>= stringE, quotePat = undefined, quoteType = undefined, quoteDec = undefined }\n\ncontents :: String\ncontents = unsafePerformIO (readFile \"data/Annotated/text.txt\")\n{-# NOINLINE contents #-}\n",
    );
    tree.replace(CABAL, "Quoted, Annotated", "Quoted, Annotated, Reader");
    for name in ["Quoted", "Annotated"] {
        tree.replace(
            &format!("ways/{name}.hs"),
            "import System.Directory\n",
            "import Reader\nimport System.Directory\n",
        );
    }
    switched_on(&mut tree, "Quoted", "{-# LANGUAGE QuasiQuotes #-}\n");
    tree.replace("ways/Quoted.hs", &spliced("Quoted"), "value = [file|data/Quoted/text.txt|]");
    switched_on(&mut tree, "Annotated", "");
    tree.replace("ways/Annotated.hs", &spliced("Annotated"), "value = \"annotated\"\n{-# ANN value contents #-}");
    // An annotation is seen by a splice of another module. It reads nothing, and is compiled since
    // the annotation is another one.
    let main = "ways/main/ByExtension.hs";
    tree.prepend(main, "{-# LANGUAGE TemplateHaskell #-}\n");
    tree.replace(main, "import qualified Annotated\n", "import qualified Annotated\nimport Language.Haskell.TH\n");
    tree.replace(
        main,
        "show Annotated.value",
        "$((reifyAnnotations (AnnLookupName 'Annotated.value) :: Q [String]) >>= stringE . show)",
    );
    Case::of(tree)
}

#[test]
fn splices_are_switched_on_in_every_way() {
    let mut compiled = [names(SWITCHES), names(OF_COMPONENTS)].concat();
    compiled.push("Main");
    switches()
        .edit(|tree| {
            for way in SWITCHES.iter().chain(OF_COMPONENTS) {
                tree.write(&way.file(), "louder\n");
            }
        })
        .compiles(&compiled)
        .all_print_otherwise();
}

#[test]
fn files_that_no_splice_reads_however_it_is_switched_on() {
    switches()
        .edit(|tree| {
            tree.write("README.md", "Still read by nobody.\n");
            tree.write("data/unread.txt", "still nobody\n");
        })
        .compiles_nothing();
}

/// Modules that could run code, and do not.
fn quotes() -> Case {
    const READS: &[Way] = &[way("Reads", "import Quotes ()\nimport Names ()\nimport Unused ()", r#"readFile "FILE""#)];
    let mut tree = package(READS);
    tree.replace(CABAL, "other-modules:    Reads\n", "other-modules:    Names, Quotes, Reads, Unused\n");
    tree.replace(
        CABAL,
        "  default-language: Haskell2010\n",
        "  default-language: Haskell2010\n  other-extensions: TemplateHaskell, QuasiQuotes\n",
    );
    tree.write(
        "ways/Quotes.hs",
        "{-# LANGUAGE TemplateHaskellQuotes #-}\nmodule Quotes (quoted) where\n\nimport Language.Haskell.TH\n\nquoted :: Q Exp\nquoted = [| 1 + 2 |]\n",
    );
    tree.write(
        "ways/Names.hs",
        "{-# LANGUAGE TemplateHaskell #-}\n-- Quotes alone, and the text $(reads \"data/Reads/text.txt\") in a comment.\nmodule Names (named) where\n\nimport Language.Haskell.TH\n\nnamed :: (Name, Q Exp)\nnamed = ('map, [| map |])\n",
    );
    tree.write(
        "ways/Unused.hs",
        "{-# LANGUAGE QuasiQuotes, TemplateHaskell #-}\nmodule Unused (unused) where\n\nunused :: Int\nunused = 1\n",
    );
    Case::of(tree)
}

#[test]
fn quotes_run_nothing() {
    quotes().edit(|tree| tree.write("data/Reads/text.txt", "louder\n")).compiles(&["Reads"]).prints_otherwise();
}

/// The extension is named for a component, and none of its modules runs a splice.
#[test]
fn an_extension_that_nobody_uses() {
    Case::of(super::packages::small())
        .with(|tree| {
            tree.replace(
                "small.cabal",
                "  hs-source-dirs:   src\n",
                "  hs-source-dirs:   src\n  default-extensions: TemplateHaskell, QuasiQuotes\n  other-extensions: TemplateHaskell\n",
            );
            tree.write("CHANGELOG.md", "none\n");
            tree.prepend("app/Main.hs", "{-# LANGUAGE TemplateHaskell #-}\n");
        })
        .edit(|tree| tree.write("CHANGELOG.md", "one thing\n"))
        .compiles_nothing();
}

/// One module tells GHC of the file, another one reads the same file and does not.
#[test]
fn a_file_of_which_one_of_two_readers_tells() {
    const BOTH: &[Way] = &[way("Silent", "import Telling", r#"readFile "FILE""#)];
    Case::of(package(BOTH))
        .with(|tree| {
            tree.replace(CABAL, "other-modules:    Silent", "other-modules:    Silent, Telling");
            tree.write("ways/Telling.hs", "{-# LANGUAGE TemplateHaskell #-}\nmodule Telling (told) where\n\nimport Language.Haskell.TH\nimport Language.Haskell.TH.Syntax\n\ntold :: String\ntold = $(addDependentFile \"data/Silent/text.txt\" >> runIO (readFile \"data/Silent/text.txt\") >>= stringE)\n");
            tree.replace("ways/Silent.hs", "\nvalue = ", "\nvalue = told ++ ");
        })
        .edit(|tree| tree.write("data/Silent/text.txt", "louder\n"))
        .compiles(&["Silent", "Telling"])
        .prints_otherwise();
}

/// They are modules of two components.
#[test]
fn a_file_of_which_one_of_two_components_tells() {
    const BOTH: &[Way] =
        &[way("Silent", "", r#"readFile "data/shared.txt""#), way("Telling", "", r#"readFile "data/shared.txt""#)];
    Case::of(package(BOTH))
        .with(|tree| {
            tree.write("data/shared.txt", "quiet\n");
            tree.replace(
                "ways/Telling.hs",
                "import Language.Haskell.TH\n",
                "import Language.Haskell.TH\nimport Language.Haskell.TH.Syntax\n",
            );
            tree.replace("ways/Telling.hs", "$(runIO", "$(addDependentFile \"data/shared.txt\" >> runIO");
        })
        .edit(|tree| tree.write("data/shared.txt", "louder\n"))
        .compiles(&["Silent", "Telling"])
        .all_print_otherwise();
}

/// All that is read is told: GHC decides alone, and gives its own reason.
#[test]
fn files_of_which_ghc_is_told() {
    const TOLD: &[Way] = &[way("Telling", "import Other ()\nimport Language.Haskell.TH.Syntax", r#"readFile "FILE""#)];
    Case::of(package(TOLD))
        .with(|tree| {
            tree.replace(CABAL, "other-modules:    Telling", "other-modules:    Other, Telling");
            tree.replace("ways/Telling.hs", "$(runIO", "$(addDependentFile \"data/Telling/text.txt\" >> runIO");
            tree.write("ways/Other.hs", "module Other () where\n");
        })
        .edit(|tree| tree.write("data/Telling/text.txt", "louder\n"))
        .compiles(&["Telling"])
        .prints_otherwise();
}

/// A source of a program as a text, by the splice of another module.
const SOURCES: &[Way] = &[
    way("OfSameComponent", "import Beside ()", r#"readFile "ways/Beside.hs""#),
    way("OfOtherComponent", "", r#"readFile "ways/OfItself.hs""#),
    way("OfItself", "", r#"readFile "ways/OfItself.hs""#),
    way("OfNoModule", "", r#"readFile "templates/Template.hs""#),
    way("OfMain", "", r#"readFile "ways/main/OfMain.hs""#),
    way("ByHead", "", r#"readProcess "head" ["-n", "1", "ways/main/OfMain.hs"] """#),
    way("ByQuote", "import Language.Haskell.TH.Quote\nimport Quoter", r#"readFile (folder ++ "Template" ++ ending)"#),
];

fn sources() -> Case {
    let mut tree = package(SOURCES);
    tree.replace(CABAL, "other-modules:    OfSameComponent", "other-modules:    Beside, OfSameComponent");
    tree.write("ways/Beside.hs", "module Beside () where\n");
    tree.write("templates/Template.hs", "module Template where\n");
    tree.replace(CABAL, "other-modules:    ByQuote", "other-modules:    ByQuote, Quoter");
    // The name stands in no module that runs a splice.
    tree.write(
        "ways/Quoter.hs",
        "module Quoter (folder, ending) where\n\nfolder, ending :: String\nfolder = \"templates/\"\nending = \".hs\"\n",
    );
    tree.prepend("ways/main/OfMain.hs", "-- The first line.\n");
    Case::of(tree)
}

#[test]
fn sources_that_splices_read() {
    sources()
        .edit(|tree| {
            tree.append("ways/Beside.hs", "-- A comment.\n");
            tree.append("templates/Template.hs", "-- A comment.\n");
        })
        .compiles(&["Beside", "ByQuote", "OfNoModule", "OfSameComponent"])
        .prints_otherwise();
}

/// Of another component, and of a main module.
#[test]
fn sources_of_programs_that_splices_read() {
    sources()
        .edit(|tree| {
            tree.append("ways/OfItself.hs", "-- A comment.\n");
            tree.replace("ways/main/OfMain.hs", "first line", "very first line");
        })
        .compiles(&["ByHead", "Main", "OfItself", "OfMain", "OfOtherComponent"])
        .prints_otherwise();
}

#[test]
fn sources_that_no_splice_reads() {
    sources()
        .edit(|tree| {
            tree.append("ways/main/OfNoModule.hs", "-- A comment.\n");
            tree.append("ways/Quoter.hs", "-- A comment.\n");
        })
        .compiles(&["Main", "Quoter"])
        .prints_the_same();
}

/// A folder of sources, as a program has it that finds its own modules.
#[test]
fn a_folder_of_sources_that_a_splice_lists() {
    const LISTS: &[Way] = &[way("Lists", "import Data.List", r#"unwords . sort <$> listDirectory "plugins""#)];
    let list = |tree: &mut Tree, name: &str| {
        tree.write(&format!("plugins/{name}.hs"), &format!("module {name} () where\n"));
    };
    Case::of(package(LISTS))
        .with(|tree| {
            list(tree, "First");
            tree.replace(
                CABAL,
                "other-modules:    Lists\n",
                "other-modules:    First, Lists\n  hs-source-dirs:   plugins\n",
            );
        })
        .edit(|tree| {
            list(tree, "Second");
            tree.replace(CABAL, "First, Lists", "First, Lists, Second");
        })
        .compiles(&["Lists", "Second"])
        .prints_otherwise();
}

/// What a source holds is no part of what a listing shows.
#[test]
fn a_source_in_a_folder_that_a_splice_lists() {
    const LISTS: &[Way] = &[way("Lists", "import Data.List", r#"unwords . sort <$> listDirectory "ways/main""#)];
    Case::of(package(LISTS))
        .edit(|tree| tree.append("ways/main/Lists.hs", "-- A comment.\n"))
        .compiles(&["Main"])
        .prints_the_same();
}

/// C's own functions, called from Haskell that a splice runs.
const FOREIGN: &str = r#"module Foreign_ (byFopen, byOpen, byMmap, byAccess, byOpendir) where

import Foreign
import Foreign.C

foreign import ccall "fopen" c_fopen :: CString -> CString -> IO (Ptr ())
foreign import ccall "fgets" c_fgets :: CString -> CInt -> Ptr () -> IO CString
foreign import ccall "open" c_open :: CString -> CInt -> IO CInt
foreign import ccall "read" c_read :: CInt -> CString -> CSize -> IO CLong
foreign import ccall "mmap" c_mmap :: Ptr () -> CSize -> CInt -> CInt -> CInt -> CLong -> IO CString
foreign import ccall "access" c_access :: CString -> CInt -> IO CInt
foreign import ccall "opendir" c_opendir :: CString -> IO (Ptr ())
foreign import ccall "readdir" c_readdir :: Ptr () -> IO (Ptr ())

byFopen, byOpen, byMmap, byAccess, byOpendir :: FilePath -> IO String
byFopen file = withCString file $ \name -> withCString "r" $ \mode -> do
  stream <- c_fopen name mode
  allocaBytes 100 $ \buffer -> c_fgets buffer 100 stream >> peekCString buffer
byOpen file = withCString file $ \name -> do
  descriptor <- c_open name 0
  allocaBytes 100 $ \buffer -> c_read descriptor buffer 100 >>= \n -> peekCStringLen (buffer, fromIntegral n)
byMmap file = withCString file $ \name -> do
  descriptor <- c_open name 0
  start <- c_mmap nullPtr 5 1 2 descriptor 0
  peekCStringLen (start, 5)
byAccess file = withCString file $ \name -> show <$> c_access name 0
byOpendir folder = withCString folder $ \name -> do
  stream <- c_opendir name
  let count n = c_readdir stream >>= \entry -> if entry == nullPtr then return (show (n :: Int)) else count (n + 1)
  count 0
"#;

const BY_C: &[Way] = &[
    way("ByFopen", "import Foreign_", r#"byFopen "FILE""#),
    way("ByOpen", "import Foreign_", r#"byOpen "FILE""#),
    way("ByMmap", "import Foreign_", r#"byMmap "FILE""#),
    way("ByAccess", "import Foreign_", r#"byAccess "FOLDER/added.txt""#),
    way("ByOpendir", "import Foreign_", r#"byOpendir "FOLDER""#),
];

/// These functions, in a module of each program.
fn by_c() -> Case {
    let mut tree = together(BY_C, 5);
    tree.write("ways/Foreign_.hs", FOREIGN);
    tree.replace(CABAL, "ByOpendir\n", "ByOpendir, Foreign_\n");
    Case::of(tree)
}

#[test]
fn a_file_is_read_by_functions_of_c() {
    by_c()
        .edit(|tree| {
            for way in BY_C {
                tree.write(&way.file(), "louder\n");
                tree.write(&format!("{}/added.txt", way.folder()), "");
            }
        })
        .compiles(&names(BY_C))
        .all_print_otherwise();
}

#[test]
fn files_that_no_function_of_c_reads() {
    by_c()
        .edit(|tree| {
            tree.write("data/ByFopen/added.txt", "");
            tree.write("data/ByOpendir/text.txt", "louder\n");
            tree.write("README.md", "Still read by nobody.\n");
        })
        .compiles_nothing();
}

/// A library in C of the package, which a splice calls.
#[test]
fn a_file_is_read_by_a_c_library_of_the_package() {
    Case::of(super::packages::small())
        .option("shared", true)
        .with(|tree| {
            tree.append("small.cabal", "\nlibrary inner\n  hs-source-dirs:   inner\n  exposed-modules:  Inner\n  c-sources:        cbits/first.c\n  build-depends:    base\n  default-language: Haskell2010\n");
            tree.write("cbits/first.c", "#include <fcntl.h>\n#include <sys/mman.h>\n\nint first(void) {\n  int file = open(\"data/number.txt\", O_RDONLY);\n  const char *start = mmap(0, 1, PROT_READ, MAP_PRIVATE, file, 0);\n  return start[0] - '0';\n}\n");
            tree.write("inner/Inner.hs", "module Inner (first) where\n\nimport Foreign.C\n\nforeign import ccall \"first\" first :: IO CInt\n");
            tree.write("data/number.txt", "1\n");
            tree.write("src/Small/Number.hs", "{-# LANGUAGE TemplateHaskell #-}\nmodule Small.Number (number) where\n\nimport Inner\nimport Language.Haskell.TH\n\nnumber :: Int\nnumber = $(runIO first >>= litE . integerL . fromIntegral)\n{-# NOINLINE number #-}\n");
            tree.replace("small.cabal", "    Small.Shapes", "    Small.Number\n    Small.Shapes");
            tree.replace("small.cabal", "  build-depends:    base\n  default-language: Haskell2010\n\nexecutable", "  build-depends:    base, inner, template-haskell\n  default-language: Haskell2010\n\nexecutable");
            tree.replace("app/Main.hs", "import Small.Sizes", "import Small.Number (number)\nimport Small.Sizes");
            tree.append("app/Main.hs", "  print number\n");
        })
        .edit(|tree| tree.write("data/number.txt", "2\n"))
        .compiles(&["Small.Number"])
        .prints_otherwise();
}

/// Functions of a C library of the package, each of which looks at a file of its name in a way that
/// libcs have for it.
const LIBRARY: &str = r#"
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static int first(int file) {
  char c = '0';
  read(file, &c, 1);
  close(file);
  return c - '0';
}
static int of_shell(const char *command) {
  FILE *pipe = popen(command, "r");
  int c = fgetc(pipe);
  pclose(pipe);
  return c - '0';
}
int raw(void) { return first(syscall(SYS_openat, AT_FDCWD, "data/raw.txt", O_RDONLY)); }
int by_popen(void) { return of_shell("cat data/by_popen.txt"); }
int redirected(void) { return of_shell("read x <data/redirected.txt; echo $x"); }
int by_system(void) {
  int file;
  system("cp data/by_system.txt copied");
  file = open("copied", O_RDONLY);
  unlink("copied");
  return first(file);
}
int spawned(void) {
  char *arguments[] = {"head", "-c", "1", 0};
  posix_spawn_file_actions_t actions;
  int ends[2];
  pid_t child;
  pipe(ends);
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "data/spawned.txt", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
  posix_spawnp(&child, "head", &actions, 0, arguments, environ);
  waitpid(child, 0, 0);
  return first(ends[0]);
}
int by_fchdir(void) {
  int here = open(".", O_RDONLY), folder = open("data", O_RDONLY | O_DIRECTORY), found;
  fchdir(folder);
  found = first(open("by_fchdir.txt", O_RDONLY));
  fchdir(here);
  return found;
}
int by_statx(void) {
  struct statx found;
  statx(AT_FDCWD, "data/by_statx.txt", 0, STATX_SIZE, &found);
  return found.stx_size;
}
int reopened(void) {
  FILE *stream = fopen("/dev/null", "r");
  stream = freopen("data/reopened.txt", "r", stream);
  return fgetc(stream) - '0';
}
"#;

const OF_LIBRARY: &[&str] =
    &["raw", "by_popen", "redirected", "by_system", "spawned", "by_fchdir", "by_statx", "reopened"];

#[test]
fn files_are_read_by_a_c_library_in_every_way() {
    let imports: Vec<_> =
        OF_LIBRARY.iter().map(|name| format!("foreign import ccall \"{name}\" {name} :: IO CInt\n")).collect();
    let spliced: Vec<_> =
        OF_LIBRARY.iter().map(|name| format!("$(runIO {name} >>= litE . integerL . fromIntegral)")).collect();
    let case = Case::of(super::packages::small())
        .option("shared", true)
        .with(|tree| {
            tree.append("small.cabal", "\nlibrary inner\n  hs-source-dirs:   inner\n  exposed-modules:  Inner\n  c-sources:        cbits/inner.c\n  build-depends:    base\n  default-language: Haskell2010\n");
            tree.write("cbits/inner.c", LIBRARY);
            tree.write("inner/Inner.hs", &format!("module Inner where\n\nimport Foreign.C\n\n{}", imports.concat()));
            for name in OF_LIBRARY {
                tree.write(&format!("data/{name}.txt"), "1\n");
            }
            tree.write("src/Small/Number.hs", &format!("{{-# LANGUAGE TemplateHaskell #-}}\nmodule Small.Number (numbers) where\n\nimport Inner\nimport Language.Haskell.TH\n\nnumbers :: [Int]\nnumbers = [{}]\n{{-# NOINLINE numbers #-}}\n", spliced.join(", ")));
            tree.replace("small.cabal", "    Small.Shapes", "    Small.Number\n    Small.Shapes");
            tree.replace("small.cabal", "  build-depends:    base\n  default-language: Haskell2010\n\nexecutable", "  build-depends:    base, inner, template-haskell\n  default-language: Haskell2010\n\nexecutable");
            tree.replace("app/Main.hs", "import Small.Sizes", "import Small.Number (numbers)\nimport Small.Sizes");
            tree.append("app/Main.hs", "  print numbers\n");
        })
        .edit(|tree| {
            for name in OF_LIBRARY {
                tree.write(&format!("data/{name}.txt"), "22\n");
            }
        });
    case.compiles(&["Small.Number"])
        .leaves_out(json!({ "module": "Small.Number", "cause": "input", "more": OF_LIBRARY.len() - 1 }))
        .prints_otherwise();
}

/// C that a splice adds, and the header that this includes.
#[test]
fn a_header_of_c_that_a_splice_adds() {
    const ADDS: &[Way] = &[way("Adds", "import Language.Haskell.TH.Syntax", "")];
    Case::of(package(ADDS))
        .with(|tree| {
            tree.replace(CABAL, "other-modules:    Adds\n", "other-modules:    Adds\n  include-dirs:     include\n");
            tree.replace("ways/Adds.hs", "value :: String\nvalue = $(runIO () >>= stringE)", "foreign import ccall \"added\" added :: Int\n\naddForeignSource LangC \"#include \\\"added.h\\\"\\nlong added(void) { return ADDED; }\" >> return []\n\nvalue :: String\nvalue = show added");
            tree.write("include/added.h", "#include \"inner.h\"\n");
            tree.write("include/inner.h", "#define ADDED 1\n");
            tree.write("include/unread.h", "#define ADDED 1\n");
        })
        .edit(|tree| tree.write("include/inner.h", "#define ADDED 2\n"))
        .compiles(&["Adds"])
        .prints_otherwise();
}

/// Another C file than the splice's own, which it compiles itself.
#[test]
fn a_c_file_that_a_splice_compiles() {
    const COMPILES: &[Way] = &[way(
        "Compiles",
        "",
        r#"callProcess "gcc" ["-o", "compiled", "FOLDER/main.c"] >> readProcess "./compiled" [] """#,
    )];
    Case::of(package(COMPILES))
        .with(|tree| {
            tree.write(
                "data/Compiles/main.c",
                "#include <stdio.h>\n#include \"text.h\"\nint main(void) { puts(TEXT); return 0; }\n",
            );
            tree.write("data/Compiles/text.h", "#define TEXT \"quiet\"\n");
        })
        .edit(|tree| tree.write("data/Compiles/text.h", "#define TEXT \"loud\"\n"))
        .compiles(&["Compiles"])
        .prints_otherwise();
}

/// What a splice writes is read again by another one, and was made of a file.
#[test]
fn a_file_that_a_splice_makes_of_another() {
    const MAKES: &[Way] = &[way("Makes", "import Wrote ()", r#"readFile "made/text.txt""#)];
    Case::of(package(MAKES))
        .with(|tree| {
            tree.replace(CABAL, "other-modules:    Makes", "other-modules:    Makes, Wrote");
            tree.write("ways/Wrote.hs", "{-# LANGUAGE TemplateHaskell #-}\nmodule Wrote () where\n\nimport Language.Haskell.TH\nimport System.Directory\n\nrunIO (createDirectoryIfMissing True \"made\" >> readFile \"data/Makes/text.txt\" >>= writeFile \"made/text.txt\" . reverse) >> return []\n");
        })
        .edit(|tree| tree.write("data/Makes/text.txt", "louder\n"))
        .compiles(&["Makes", "Wrote"])
        .prints_otherwise();
}

/// The module that reads is the only one whose interface says so; the others of its component ran
/// nothing.
#[test]
fn a_component_of_which_one_module_reads() {
    quotes()
        .with(|tree| tree.append("ways/Quotes.hs", "-- A comment.\n"))
        .edit(|tree| {
            tree.write("data/Reads/text.txt", "louder\n");
            tree.append("ways/Unused.hs", "-- A comment.\n");
        })
        .compiles(&["Reads", "Unused"])
        .prints_otherwise();
}

/// A file is read by a splice of the base, and the splice of head reads another one.
#[test]
fn a_splice_that_reads_something_else_now() {
    reading()
        .edit(|tree| {
            tree.replace("ways/ByText.hs", "data/ByText/text.txt", "data/unread.txt");
            tree.write("data/ByText/text.txt", "louder\n");
        })
        .compiles(&["ByByteString", "ByLazyByteString", "ByReadFile", "ByText"])
        .prints_otherwise();
}

/// Code runs in a process of its own, beside GHC's.
#[test]
fn a_file_that_a_splice_reads_in_an_external_interpreter() {
    const READS: &[Way] =
        &[way("Reads", "", r#"readFile "FILE""#), way("Runs", "", r#"readProcess "cat" ["FILE"] """#)];
    Case::of(package(READS))
        .with(|tree| tree.replace(CABAL, "-O0\n", "-O0 -fexternal-interpreter -pgmi/usr/lib/ghc/bin/ghc-iserv\n"))
        .edit(|tree| {
            tree.write("data/Reads/text.txt", "louder\n");
            tree.write("data/Runs/text.txt", "louder\n");
        })
        .compiles(&names(READS))
        .all_print_otherwise();
}

/// A file for each kind of component, which a module of it reads.
fn every_kind_of_component() -> Case {
    const READS: &[Way] = &[way("OfProgram", "", r#"readFile "FILE""#)];
    let mut tree = package(READS);
    let reading = |name: &str, more: &str| {
        format!(
            "{{-# LANGUAGE TemplateHaskell #-}}\nmodule {name} where\n\nimport Language.Haskell.TH\n{more}\nvalue :: String\nvalue = $(runIO (readFile \"data/{name}/text.txt\") >>= stringE)\n{{-# NOINLINE value #-}}\n"
        )
    };
    for (stanza, fields, name) in [
        ("library", "exposed-modules:", "OfLibrary"),
        ("library inner", "exposed-modules:", "OfSublibrary"),
        ("test-suite check", "type: exitcode-stdio-1.0\n  main-is: main/Check.hs\n  other-modules:", "OfTests"),
        ("benchmark speed", "type: exitcode-stdio-1.0\n  main-is: main/Speed.hs\n  other-modules:", "OfBenchmark"),
        ("foreign-library outside", "type: native-shared\n  other-modules:", "OfForeignLibrary"),
    ] {
        tree.append(CABAL, &format!("\n{stanza}\n  import:           way\n  {fields} {name}\n"));
        let exported = if name == "OfForeignLibrary" {
            "\nforeign export ccall count :: Int\n\ncount :: Int\ncount = length value\n"
        } else {
            ""
        };
        tree.write(&format!("ways/{name}.hs"), &reading(name, exported));
        tree.write(&format!("data/{name}/text.txt"), "quiet\n");
    }
    tree.write(
        "ways/main/Check.hs",
        "module Main (main) where\n\nimport OfTests\n\nmain :: IO ()\nmain = putStrLn value\n",
    );
    tree.write(
        "ways/main/Speed.hs",
        "module Main (main) where\n\nimport OfBenchmark\n\nmain :: IO ()\nmain = putStrLn value\n",
    );
    Case::of(tree).option("tests", true).option("benchmarks", true).option("shared", true)
}

#[test]
fn files_that_splices_of_every_kind_of_component_read() {
    const KINDS: &[&str] = &["OfBenchmark", "OfForeignLibrary", "OfLibrary", "OfProgram", "OfSublibrary", "OfTests"];
    every_kind_of_component()
        .edit(|tree| {
            for name in KINDS {
                tree.write(&format!("data/{name}/text.txt"), "louder\n");
            }
        })
        .compiles(KINDS)
        .tests_otherwise();
}

/// What a test suite reads when it runs, and one file of all those that are read.
#[test]
fn a_file_that_the_splice_of_a_test_suite_reads() {
    every_kind_of_component()
        .edit(|tree| tree.write("data/OfTests/text.txt", "louder\n"))
        .compiles(&["OfTests"])
        .leaves_out(json!({ "component": "test:check", "module": "OfTests", "input": "data/OfTests/text.txt" }))
        .tests_otherwise();
}

/// A splice adds a line to a file that came with the package, and reads it.
#[test]
fn a_file_that_a_splice_writes_to_and_reads() {
    const APPENDS: &[Way] = &[
        way("Appends", "", r#"appendFile "FILE" "added\n" >> readFile "FILE""#),
        way("Only", "", r#"appendFile "FILE" "added\n" >> return "nothing""#),
    ];
    Case::of(package(APPENDS))
        .edit(|tree| {
            tree.write("data/Appends/text.txt", "louder\n");
            tree.write("README.md", "Still read by nobody.\n");
        })
        // What is left of either nobody keeps.
        .compiles(&names(APPENDS))
        .prints_otherwise();
}

/// One of each kind, for a package that nixpkgs' builder builds.
const UNDER_NIXPKGS: &[Way] = &[
    way("Reading", "", r#"readFile "FILE""#),
    way("Listing", "import Data.List", r#"unwords . sort <$> listDirectory "FOLDER""#),
    way("Asking", "", r#"show <$> doesFileExist "FOLDER/added.txt""#),
    way("Running", "", r#"readProcess "cat" ["FILE"] """#),
];

#[test]
fn what_is_observed_under_nixpkgs_builder() {
    Case::of(together(UNDER_NIXPKGS, 4))
        .edit(|tree| {
            for way in UNDER_NIXPKGS {
                tree.write(&way.file(), "louder\n");
                tree.write(&format!("{}/added.txt", way.folder()), "");
            }
        })
        .of_nixpkgs()
        .compiles(&names(UNDER_NIXPKGS))
        .leaves_out(
            json!({ "module": "Reading", "cause": "input", "input": "data/Asking/added.txt", "more": 3, "reader": "code" }),
        )
        .all_print_otherwise();
}

#[test]
fn what_nobody_reads_under_nixpkgs_builder() {
    Case::of(together(UNDER_NIXPKGS, 4))
        .edit(|tree| {
            tree.write("README.md", "Still read by nobody.\n");
            tree.write("data/unread.txt", "still nobody\n");
            tree.write("data/Reading/added.txt", "");
        })
        .of_nixpkgs()
        .compiles_nothing();
}
