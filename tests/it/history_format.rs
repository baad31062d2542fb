//! Repositories of forms that hinc does not read: one clear sentence, and never an answer that git would not give.

use std::fmt::Write as _;

use hinc::error::Diagnose as _;
use hinc::exit::Exit;
use hinc::history::{Error, head, open};
use pretty_assertions::assert_eq;

use crate::repositories::TestRepository;

/// A repository in a folder of its own, made by `git init` with more arguments, with one commit.
fn made(args: &[&str]) -> (tempfile::TempDir, TestRepository) {
    let guard = tempfile::tempdir().expect("a temporary folder");
    let git = TestRepository::existing(&fs_err::canonicalize(guard.path()).expect("a folder"));
    git.git([&["init", "--quiet", "--initial-branch=main"], args].concat());
    git.write("file", "text\n");
    git.commit_all(1_769_817_600);
    (guard, git)
}

/// Returns why it is refused, as hinc prints it.
fn refused(git: &TestRepository) -> (String, String) {
    let error = open(git.folder()).map(|_| ()).expect_err("it is not read");
    assert!(matches!(error, Error::Unsupported { .. }), "{error:?}");
    assert_eq!(error.exit(), Exit::History);
    let text = error.to_string();
    assert!(!text.contains('\n') && !text.ends_with('.'), "{text}");
    let hints: Vec<String> = error.hints().iter().map(|hint| hint.as_str().to_owned()).collect();
    (text, hints.join("\n"))
}

#[test]
fn a_reftable_is_refused_and_what_is_said_of_it_helps() {
    let (_guard, git) = made(&["--ref-format=reftable"]);
    let (text, hints) = refused(&git);
    assert!(text.ends_with(".git` keeps its branches as `reftable`, and hinc reads `files` alone"), "{text}");
    assert!(hints.contains("git clone --ref-format=files URL"), "{hints}");
    // From a folder below as well.
    fs_err::create_dir(git.path("below")).expect("a folder");
    refused(&TestRepository::existing(&git.path("below")));

    let clone = git.cloned(&["--ref-format=files"]);
    let found = head(&clone.open(), None).expect("a head").commit;
    assert_eq!(found.as_str(), git.git(["rev-parse", "HEAD"]));
}

#[test]
fn other_names_of_objects_are_refused_and_what_is_said_of_them_helps() {
    let (_guard, git) = made(&["--object-format=sha256"]);
    let (text, hints) = refused(&git);
    assert!(text.ends_with(".git` names its objects by `sha256`, and hinc reads `sha1` alone"), "{text}");
    assert!(hints.contains("git fast-export --all --signed-tags=strip | git -C COPY fast-import"), "{hints}");

    // `git` leaves out the last line's end.
    let export = git.git(["fast-export", "--all", "--signed-tags=strip"]) + "\n\n";
    let copy = TestRepository::new();
    copy.git_with(["fast-import", "--quiet"], &[], export.as_bytes());
    let found = head(&copy.open(), Some("main")).expect("a head");
    assert_eq!(found.committer_time, 1_769_817_600);
    // Where a further work tree is, too.
    git.git(["worktree", "add", "--quiet", "--detach", "further"]);
    refused(&TestRepository::existing(&git.path("further")));
}

/// What git refuses hinc refuses, whatever the order and the letters are in.
#[test]
fn what_git_refuses_is_refused() {
    let cases: [(&[(&str, &str)], bool); 12] = [
        (&[], true),
        (&[("core.repositoryFormatVersion", "1")], true),
        (&[("core.repositoryFormatVersion", "1"), ("extensions.noop", "")], true),
        (&[("core.repositoryFormatVersion", "1"), ("extensions.partialClone", "origin")], true),
        (&[("core.repositoryFormatVersion", "1"), ("extensions.worktreeConfig", "true")], true),
        (&[("core.repositoryFormatVersion", "1"), ("extensions.objectFormat", "sha1")], true),
        (&[("core.repositoryFormatVersion", "0"), ("extensions.unheardOf", "1")], true),
        (&[("core.repositoryFormatVersion", "1"), ("extensions.unheardOf", "1")], false),
        (&[("core.repositoryFormatVersion", "1"), ("EXTENSIONS.UNHEARDOF", "1")], false),
        (&[("core.repositoryFormatVersion", "2")], false),
        (&[("core.repositoryFormatVersion", "0"), ("extensions.objectFormat", "sha1")], false),
        (&[("core.repositoryFormatVersion", "0"), ("extensions.refStorage", "files")], false),
    ];
    for (settings, is_read) in cases {
        let (_guard, git) = made(&[]);
        // By hand: git itself would set none in a repository that it does not read.
        let mut text = fs_err::read_to_string(git.path(".git/config")).expect("the settings");
        for (name, value) in settings {
            let (section, key) = name.split_once('.').expect("a key of a section");
            writeln!(text, "[{section}]\n\t{key} = {value}").expect("text");
        }
        fs_err::write(git.path(".git/config"), text).expect("the settings");
        assert_eq!(git.succeeds(["rev-parse", "HEAD"]), is_read, "git, {settings:?}");
        let is_opened = open(git.folder()).is_ok();
        assert_eq!(is_opened, is_read, "hinc, {settings:?}");
        if !is_read {
            let (_, hints) = refused(&git);
            assert!(!hints.is_empty(), "{settings:?}");
        }
    }
}

#[test]
fn the_sentence_and_what_helps_are_printed() {
    let (_guard, git) = made(&["--ref-format=reftable"]);
    let hinc = std::process::Command::new(env!("CARGO_BIN_EXE_hinc")).arg("base").current_dir(git.folder()).output();
    let output = hinc.expect("it runs");
    let said = String::from_utf8(output.stderr).expect("text");
    assert_eq!(output.status.code(), Some(4), "{said}");
    let folder = git.path(".git");
    assert!(
        said.starts_with(&format!("error: the git repository `{}` keeps its branches as", folder.display())),
        "{said}"
    );
    assert!(said.contains("\nhint: `git refs migrate --ref-format=files` changes it"), "{said}");
}
