//! The tree of a dirty work tree against `git add --update` and `git write-tree`.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use hinc::history::{Error, head};
use pretty_assertions::assert_eq;

use crate::repositories::{Random, TestRepository};

/// Makes a repository of one commit with files of every kind.
fn project() -> TestRepository {
    let git = TestRepository::new();
    for (path, content) in [
        ("README", "read me\n"),
        ("src/Main.hs", "main = pure ()\n"),
        ("src/Data/Deep.hs", "module Data.Deep where\n"),
        ("src-x", "sorts between src and src/\n"),
        ("src.c", "int x;\n"),
        ("empty", ""),
        ("crlf.txt", "one\r\ntwo\r\n"),
        ("naïve name.txt", "x\n"),
        ("run.sh", "#!/bin/sh\n"),
        ("data/a", "a\n"),
        ("data/b", "b\n"),
    ] {
        git.write(path, content);
    }
    make_executable(&git.path("run.sh"), true);
    symlink("README", git.path("link")).expect("a link");
    git.commit_all(1_700_000_000);
    git
}

fn make_executable(path: &Path, executable: bool) {
    let mode = if executable { 0o755 } else { 0o644 };
    fs_err::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("a mode");
}

/// The tree that git makes of the tracked changes, in a copy of the index and beside the
/// objects of the repository, so that hinc finds none of them.
fn expected_tree(git: &TestRepository) -> String {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let index = scratch.path().join("index");
    let absolute = |name: &str| PathBuf::from(git.git(["rev-parse", "--path-format=absolute", "--git-path", name]));
    let original = absolute("index");
    if original.exists() {
        fs_err::copy(&original, &index).expect("a copy");
        // The time of an index tells which of its entries are to be trusted.
        let written = fs_err::metadata(&original).expect("an index").modified().expect("a time");
        let copy = fs_err::OpenOptions::new().write(true).open(&index).expect("the copy");
        copy.file().set_modified(written).expect("a time");
        for shared in fs_err::read_dir(original.parent().expect("a folder")).expect("a folder") {
            let path = shared.expect("an entry").path();
            let name = path.file_name().expect("a name").to_owned();
            if name.to_string_lossy().starts_with("sharedindex.") {
                fs_err::copy(&path, scratch.path().join(name)).expect("a copy");
            }
        }
    }
    let objects = scratch.path().join("objects");
    fs_err::create_dir(&objects).expect("a folder");
    let variables = [
        ("GIT_INDEX_FILE", index.as_os_str()),
        ("GIT_OBJECT_DIRECTORY", objects.as_os_str()),
        ("GIT_ALTERNATE_OBJECT_DIRECTORIES", &absolute("objects").into_os_string()),
    ];
    git.git_with(["add", "--update"], &variables, b"");
    git.git_with(["write-tree"], &variables, b"")
}

/// Every file of the repository's own folder, with its content.
fn inside_of_git(git: &TestRepository) -> BTreeMap<PathBuf, Vec<u8>> {
    let folder = git.git(["rev-parse", "--absolute-git-dir"]);
    walkdir::WalkDir::new(folder)
        .into_iter()
        .map(|entry| entry.expect("an entry"))
        .filter(|entry| entry.file_type().is_file())
        .map(|entry| (entry.path().to_owned(), fs_err::read(entry.path()).expect("a file")))
        .collect()
}

/// Compares hinc's head with git's tree, asserts whether it is dirty, that nothing was
/// written into the repository, and that every changed blob can be read back.
fn check(git: &TestRepository, case: &str, dirty: bool) {
    let before = inside_of_git(git);
    let repository = git.open();
    let found = head(&repository, None).map_err(|error| format!("{case}: {error}")).expect("a head");
    assert_eq!(inside_of_git(git), before, "{case}: hinc wrote into the repository");
    assert_eq!(found.tree.as_str(), expected_tree(git), "{case}");
    assert_eq!(found.commit.as_str(), git.git(["rev-parse", "HEAD"]), "{case}");
    assert_eq!(found.dirty, found.tree.as_str() != git.git(["rev-parse", "HEAD^{tree}"]), "{case}");
    assert_eq!(found.dirty, dirty, "{case}");

    let tree = gix::ObjectId::from_hex(found.tree.as_str().as_bytes()).expect("a name");
    let files = repository.git().find_tree(tree).expect("the tree").traverse().breadthfirst.files().expect("all trees");
    for file in files.iter().filter(|file| file.mode.is_blob_or_symlink()) {
        assert!(repository.git().find_blob(file.oid).is_ok(), "{case}: {} cannot be read", file.filepath);
    }
}

/// A change, and whether it makes the tree another one.
type Change = (&'static str, bool, fn(&TestRepository));

const CHANGES: &[Change] = &[
    ("nothing", false, |_| {}),
    ("an edit", true, |git| git.write("src/Main.hs", "main = print 1\n")),
    ("an edit of the same size, at once", true, |git| git.write("src/Main.hs", "main = pure []\n")),
    ("a staged edit", true, |git| {
        git.write("src/Main.hs", "main = print 1\n");
        git.git(["add", "src/Main.hs"]);
    }),
    ("a staged edit that is taken back in the file", false, |git| {
        git.write("src/Main.hs", "main = print 1\n");
        git.git(["add", "src/Main.hs"]);
        git.write("src/Main.hs", "main = pure ()\n");
    }),
    ("a staged edit that is edited on", true, |git| {
        git.write("src/Main.hs", "main = print 1\n");
        git.git(["add", "src/Main.hs"]);
        git.write("src/Main.hs", "main = print 2\n");
    }),
    ("the same content at another time", false, |git| {
        let readme = fs_err::OpenOptions::new().write(true).open(git.path("README")).expect("a file");
        readme.file().set_modified(std::time::UNIX_EPOCH).expect("a time");
    }),
    ("a file that is gone", true, |git| fs_err::remove_file(git.path("README")).expect("a file")),
    ("a whole folder that is gone", true, |git| fs_err::remove_dir_all(git.path("src")).expect("a folder")),
    ("a staged removal", true, |git| drop(git.git(["rm", "--quiet", "README"]))),
    ("a staged removal of a file that is still there", true, |git| {
        drop(git.git(["rm", "--cached", "--quiet", "README"]));
    }),
    ("a staged new file", true, |git| {
        git.write("src/New.hs", "module New where\n");
        git.git(["add", "src/New.hs"]);
    }),
    ("a staged new file that is gone again", false, |git| {
        git.write("src/New.hs", "module New where\n");
        git.git(["add", "src/New.hs"]);
        fs_err::remove_file(git.path("src/New.hs")).expect("a file");
    }),
    ("a file that nobody added", false, |git| git.write("src/Untracked.hs", "module Untracked where\n")),
    ("a file that will be added", true, |git| {
        git.write("src/New.hs", "module New where\n");
        git.git(["add", "--intent-to-add", "src/New.hs"]);
    }),
    ("an empty file that will be added", true, |git| {
        git.write("src/New.hs", "");
        git.git(["add", "--intent-to-add", "src/New.hs"]);
    }),
    ("a file that was to be added and is gone", false, |git| {
        git.write("src/New.hs", "module New where\n");
        git.git(["add", "--intent-to-add", "src/New.hs"]);
        fs_err::remove_file(git.path("src/New.hs")).expect("a file");
    }),
    ("a renaming", true, |git| drop(git.git(["mv", "src/Main.hs", "src/Other.hs"]))),
    ("a new executable bit", true, |git| make_executable(&git.path("README"), true)),
    ("an executable bit taken away", true, |git| make_executable(&git.path("run.sh"), false)),
    ("an executable bit where the file system has none", false, |git| {
        git.git(["config", "core.fileMode", "false"]);
        make_executable(&git.path("README"), true);
        make_executable(&git.path("run.sh"), false);
    }),
    ("an edit of an executable where the file system has none", true, |git| {
        git.git(["config", "core.fileMode", "false"]);
        git.write("run.sh", "#!/bin/sh\nexit 1\n");
        make_executable(&git.path("run.sh"), false);
    }),
    ("a link that leads elsewhere", true, |git| {
        fs_err::remove_file(git.path("link")).expect("a link");
        symlink("nowhere", git.path("link")).expect("a link");
    }),
    ("a file that became a link", true, |git| {
        fs_err::remove_file(git.path("README")).expect("a file");
        symlink("src/Main.hs", git.path("README")).expect("a link");
    }),
    ("a link that became a file", true, |git| {
        fs_err::remove_file(git.path("link")).expect("a link");
        git.write("link", "README");
    }),
    ("a file that became a folder", true, |git| {
        fs_err::remove_file(git.path("README")).expect("a file");
        git.write("README/inner", "not tracked\n");
    }),
    ("a folder that became a file", true, |git| {
        fs_err::remove_dir_all(git.path("data")).expect("a folder");
        git.write("data", "not tracked\n");
    }),
    ("a folder that became a link to one with the same files", true, |git| {
        fs_err::rename(git.path("data"), git.path("elsewhere")).expect("a folder");
        symlink("elsewhere", git.path("data")).expect("a link");
    }),
    ("a file that became a repository", true, |git| {
        fs_err::remove_file(git.path("README")).expect("a file");
        git.git(["init", "--quiet", "README"]);
        git.git(["-C", "README", "commit", "--quiet", "--allow-empty", "--message=inner"]);
    }),
    ("line ends that autocrlf turns", true, |git| {
        git.git(["config", "core.autocrlf", "true"]);
        git.write("README", "read me\r\nonce more\r\n");
        git.write("crlf.txt", "one\r\ntwo\r\nthree\r\n");
    }),
    ("line ends that autocrlf turns back to what they were", false, |git| {
        git.git(["config", "core.autocrlf", "input"]);
        git.write("README", "read me\r\n");
    }),
    ("line ends that an attribute turns", true, |git| {
        git.write(".gitattributes", "*.txt text eol=crlf\n");
        git.git(["add", ".gitattributes"]);
        git.write("crlf.txt", "one\r\ntwo\r\nthree\r\n");
    }),
    ("an attribute that nobody added", true, |git| {
        git.write(".gitattributes", "*.txt text\n");
        git.write("crlf.txt", "one\r\ntwo\r\nthree\r\n");
    }),
    ("a keyword", true, |git| {
        git.write(".gitattributes", "README ident\n");
        git.git(["add", ".gitattributes"]);
        git.write("README", "$Id: 0123456789 $\n");
    }),
    ("an encoding", true, |git| {
        git.write(".gitattributes", "*.txt working-tree-encoding=UTF-16LE\n");
        git.git(["add", ".gitattributes"]);
        git.write("crlf.txt", [b'h', 0, b'i', 0]);
    }),
    ("a filter program", true, |git| {
        git.git(["config", "filter.upper.clean", "tr a-z A-Z"]);
        git.write(".gitattributes", "README filter=upper\n");
        git.git(["add", ".gitattributes"]);
        git.write("README", "shout\n");
    }),
    ("a file that git was told not to look at", false, |git| {
        git.git(["update-index", "--assume-unchanged", "README"]);
        git.write("README", "looked at?\n");
    }),
    ("a file that a sparse checkout leaves out", false, |git| {
        git.git(["update-index", "--skip-worktree", "README"]);
        fs_err::remove_file(git.path("README")).expect("a file");
    }),
    ("a file that the user hides from git", false, |git| {
        git.git(["update-index", "--skip-worktree", "README"]);
        git.write("README", "hidden\n");
    }),
    ("a file that is there in spite of a sparse checkout", true, |git| {
        git.git(["config", "core.sparseCheckout", "true"]);
        git.git(["update-index", "--skip-worktree", "README"]);
        git.write("README", "here all the same\n");
    }),
    ("a sparse index", true, |git| {
        git.git(["sparse-checkout", "set", "--cone", "--sparse-index", "src"]);
        git.write("src/Main.hs", "main = print 1\n");
    }),
    ("an index of version 4", true, |git| {
        git.git(["update-index", "--index-version=4"]);
        git.write("src/Main.hs", "main = print 1\n");
    }),
    ("a split index", true, |git| {
        git.git(["update-index", "--split-index"]);
        git.write("src/New.hs", "module New where\n");
        git.git(["add", "src/New.hs"]);
        git.write("src/Main.hs", "main = print 1\n");
    }),
    ("an index that is gone", true, |git| fs_err::remove_file(git.path(".git/index")).expect("an index")),
    ("a name that is not UTF-8", true, |git| {
        git.write(OsStr::from_bytes(b"src/\xff\xfe.hs"), "module X where\n");
        git.git(["add", "--all"]);
        git.write(OsStr::from_bytes(b"src/\xff\xfe.hs"), "module Y where\n");
    }),
];

#[test]
fn every_change_gives_the_tree_that_git_gives() {
    for (case, dirty, change) in CHANGES {
        let git = project();
        change(&git);
        check(&git, case, *dirty);
    }
}

#[test]
fn any_row_of_changes_gives_the_tree_that_git_gives() {
    for seed in 0..25 {
        let mut random = Random(seed);
        let git = project();
        for round in 0..4 {
            for _ in 0..=random.below(3) {
                change_something(&git, &mut random);
            }
            let repository = git.open();
            let found = head(&repository, None).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
            assert_eq!(found.tree.as_str(), expected_tree(&git), "seed {seed}, round {round}");
        }
    }
}

fn change_something(git: &TestRepository, random: &mut Random) {
    let path = ["README", "src/Main.hs", "src/Data/Deep.hs", "src-x", "run.sh", "link", "src/New.hs", "data/a"]
        [random.below(8)];
    let on_disk = git.path(path);
    let is_there = fs_err::symlink_metadata(&on_disk).is_ok();
    match random.below(7) {
        0 | 1 => git.write(path, format!("{}\n", random.below(5))),
        2 if is_there => fs_err::remove_file(on_disk).expect("a file"),
        3 if is_there && path != "link" => make_executable(&on_disk, random.chance(50)),
        4 if is_there => drop(git.git(["add", path])),
        5 => drop(git.git(["add", "--update"])),
        6 => {
            git.git(["add", "--all"]);
            git.commit(1_700_000_100);
        }
        _ => {}
    }
}

#[test]
fn a_submodule_is_the_commit_that_is_checked_out_in_it() {
    let inner = TestRepository::new();
    inner.write("inner.hs", "one\n");
    inner.commit_all(1_700_000_000);
    let git = project();
    git.git([
        OsStr::new("submodule"),
        OsStr::new("--quiet"),
        OsStr::new("add"),
        inner.folder().as_os_str(),
        OsStr::new("sub"),
    ]);
    git.commit_all(1_700_000_100);
    check(&git, "a clean submodule", false);

    git.write("sub/inner.hs", "two\n");
    check(&git, "an edit in a submodule, which is none of the tree", false);
    git.git(["-C", "sub", "commit", "--quiet", "--all", "--message=two"]);
    check(&git, "a submodule with a new commit", true);

    let bare = git.cloned(&[]);
    check(&bare, "a submodule that was not fetched", false);
    fs_err::remove_dir(bare.path("sub")).expect("an empty folder");
    check(&bare, "a submodule whose folder is gone", true);
}

#[test]
fn a_linked_work_tree_has_changes_of_its_own() {
    let git = project();
    let guard = tempfile::tempdir().expect("a temporary folder");
    let folder = guard.path().join("linked");
    git.git([OsStr::new("worktree"), OsStr::new("add"), OsStr::new("--quiet"), folder.as_os_str()]);
    git.write("README", "changed in the first\n");
    let linked = TestRepository::existing(&folder);
    check(&linked, "a clean linked work tree", false);
    linked.write("src/Main.hs", "changed in the second\n");
    check(&linked, "a dirty linked work tree", true);
    check(&git, "the first work tree", true);
}

/// Git wrote such modes in its first months; checked out, they are plain files.
#[test]
fn an_old_mode_in_a_tree_is_no_change() {
    let git = project();
    let blob = git.git(["rev-parse", "HEAD:README"]);
    let id = gix::ObjectId::from_hex(blob.as_bytes()).expect("a name");
    let raw = [b"100664 README\0".as_slice(), id.as_slice()].concat();
    let tree = git.git_with(["hash-object", "-t", "tree", "-w", "--literally", "--stdin"], &[], &raw);
    let commit = git.git(["commit-tree", "-m", "old", &tree]);
    git.git(["reset", "--quiet", "--hard", &commit]);
    let found = head(&git.open(), None).expect("a head");
    assert_eq!((found.dirty, found.tree.as_str()), (false, tree.as_str()));
    git.write("README", "changed\n");
    let found = head(&git.open(), None).expect("a head");
    assert_eq!((found.dirty, found.tree.as_str()), (true, expected_tree(&git).as_str()));
}

#[test]
fn a_revision_is_never_dirty() {
    let git = project();
    git.write("README", "changed\n");
    let found = head(&git.open(), Some("HEAD")).expect("a head");
    assert!(!found.dirty);
    assert_eq!(found.tree.as_str(), git.git(["rev-parse", "HEAD^{tree}"]));
}

#[test]
fn a_conflict_is_named() {
    let git = project();
    git.git(["checkout", "--quiet", "-b", "other"]);
    git.write("README", "other\n");
    git.commit_all(1_700_000_100);
    git.git(["checkout", "--quiet", "main"]);
    git.write("README", "main\n");
    git.commit_all(1_700_000_200);
    assert!(!git.succeeds(["merge", "--quiet", "other"]), "the merge conflicts");
    match head(&git.open(), None) {
        Err(Error::Unmerged { path, count }) => assert_eq!((path.as_str(), count), ("README", 1)),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_git_cannot_store_is_named() {
    let git = project();
    fs_err::remove_file(git.path("README")).expect("a file");
    let _listener = std::os::unix::net::UnixListener::bind(git.path("README")).expect("a socket");
    match head(&git.open(), None) {
        Err(Error::Untrackable { path }) => assert_eq!(path, "README"),
        other => panic!("{other:?}"),
    }
}
