//! Git repositories for the tests of sources, made by the real git without the user's settings.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use hinc::model::revision::TreeId;

/// A bare repository in a folder of its own.
pub(crate) struct Repo {
    folder: tempfile::TempDir,
}

impl Repo {
    /// Makes a repository of a stream for `git fast-import`.
    pub(crate) fn import(stream: &[u8]) -> Self {
        let repo = Self { folder: tempfile::tempdir().expect("a folder") };
        repo.git(&["init", "--quiet", "--bare", "."], b"");
        repo.git(&["fast-import", "--quiet"], stream);
        repo
    }

    /// Makes a repository whose only commit holds these files: path, mode, content.
    pub(crate) fn with_files<'a>(files: impl IntoIterator<Item = (String, &'a str, Vec<u8>)>) -> Self {
        let mut stream = b"commit refs/heads/main\ncommitter A <a@example.org> 1700000000 +0000\ndata 0\n".to_vec();
        for (path, mode, content) in files {
            // A submodule has no content, only the name of a commit.
            if mode == "160000" {
                writeln!(stream, "M 160000 {} {path}", "1".repeat(40)).expect("memory");
                continue;
            }
            writeln!(stream, "M {mode} inline {path}\ndata {}", content.len()).expect("memory");
            stream.extend(content);
            stream.push(b'\n');
        }
        stream.push(b'\n');
        Self::import(&stream)
    }

    /// Makes a repository of texts in plain files.
    pub(crate) fn with_texts(files: &[(&str, &str)]) -> Self {
        Self::with_files(files.iter().map(|(path, text)| ((*path).to_owned(), "100644", text.as_bytes().to_vec())))
    }

    /// Returns where it lies.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Opens it as hinc does.
    pub(crate) fn open(&self) -> gix::Repository {
        gix::open_opts(self.path(), gix::open::Options::isolated()).expect("a repository")
    }

    /// Returns the tree of the only commit.
    pub(crate) fn tree(&self) -> TreeId {
        self.object("main^{tree}").parse().expect("a tree")
    }

    /// Returns the name of an object.
    pub(crate) fn object(&self, revision: &str) -> String {
        self.git(&["rev-parse", "--verify", revision], b"").trim_end().to_owned()
    }

    /// Runs git in the repository and returns what it prints.
    pub(crate) fn git(&self, args: &[&str], input: &[u8]) -> String {
        let home = self.path();
        let settings = [("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_SYSTEM", "/dev/null"), ("LC_ALL", "C")];
        let mut git = command("git");
        let output = feed(git.args(args).current_dir(home).env("HOME", home).envs(settings), input);
        String::from_utf8(output).expect("git prints text here")
    }

    /// Writes the files of the only commit to a new folder `source` below `place`, by git and tar and
    /// byte for byte as they are stored: no attribute counts.
    pub(crate) fn checkout(&self, place: &Path) -> PathBuf {
        let all_off = "* -text -eol -ident -filter -working-tree-encoding -export-ignore -export-subst\n";
        fs_err::create_dir_all(self.path().join("info")).expect("a folder");
        fs_err::write(self.path().join("info/attributes"), all_off).expect("a file");
        let archive = place.join("source.tar");
        self.git(&["archive", "-o", archive.to_str().expect("a plain path"), "main"], b"");
        let folder = place.join("source");
        fs_err::create_dir_all(&folder).expect("a folder");
        feed(command("tar").arg("-xf").arg(&archive).arg("-C").arg(&folder), b"");
        fs_err::remove_file(archive).expect("the archive");
        folder
    }
}

/// Starts the description of a program.
#[expect(clippy::disallowed_methods, reason = "the oracle of a test is started by the test")]
pub(crate) fn command(program: &str) -> Command {
    Command::new(program)
}

/// Runs a program to its good end and returns what it prints.
pub(crate) fn feed(command: &mut Command, input: &[u8]) -> Vec<u8> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .expect("the program is installed");
    child.stdin.take().expect("a pipe").write_all(input).expect("it reads its input");
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{command:?} {}", output.status);
    output.stdout
}

/// The trees of `fixtures/nar`, by name.
pub(crate) fn recorded() -> Vec<(String, PathBuf)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/nar");
    let mut cases: Vec<(String, PathBuf)> = fs_err::read_dir(folder)
        .expect("the folder of the fixtures")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "fast-import"))
        .map(|path| (path.file_stem().expect("a name").to_str().expect("a plain name").to_owned(), path))
        .collect();
    cases.sort();
    assert!(cases.len() >= 9, "only {} cases: some have got lost", cases.len());
    cases
}

/// A repository of 5,000 files in 250 folders, 0 to 4,000 bytes each, some of them executables and links.
pub(crate) fn large() -> Repo {
    Repo::with_files((0..5000_usize).map(|index| {
        let path = format!("src/{:02}/M{:03}/{}", index % 10, index % 250, ["A.hs", "a-b", "a", "a.c"][index % 4]);
        let path = format!("{path}{index}");
        match index % 50 {
            7 => (path, "120000", format!("../target-{index}").into_bytes()),
            9 => (path, "100755", format!("#!/bin/sh\necho {index}\n").into_bytes()),
            _ => (path, "100644", text(index, (index * 7919) % 4000)),
        }
    }))
}

/// A text of this length that is unlike those of other seeds and compresses as source code does.
pub(crate) fn text(seed: usize, length: usize) -> Vec<u8> {
    let words = ["module", "where", "import", "::", "->", "data", "let", "\n  ", "=", "foldr"];
    let mut state = seed as u64 + 1;
    let mut text = Vec::with_capacity(length + 16);
    while text.len() < length {
        // The constants are Knuth's, for MMIX.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let index = usize::try_from(state >> 33).expect("31 bits");
        text.extend_from_slice(words[index % words.len()].as_bytes());
        text.extend_from_slice(format!(" x{} ", index % 5000).as_bytes());
    }
    text.truncate(length);
    text
}
