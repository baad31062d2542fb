//! GHC's own reading of a source's head: `Oracle.hs`.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// GHC, as a library.
pub(super) struct Oracle {
    program: PathBuf,
    libdir: String,
}

/// What GHC is asked: a source, and what the C preprocessor is told.
pub(super) struct Request {
    pub(super) file: PathBuf,
    pub(super) flags: Vec<String>,
}

/// What GHC says: the module's name and its imports, or why it cannot read it.
pub(super) type Said = Result<(String, BTreeSet<String>), String>;

impl Oracle {
    /// Compiles it, where a run before has not.
    pub(super) fn made() -> &'static Self {
        static MADE: OnceLock<Oracle> = OnceLock::new();
        MADE.get_or_init(Self::make)
    }

    fn make() -> Self {
        let ghc = |asked: &str| {
            let output = Command::new("ghc").arg(asked).output().expect("ghc");
            String::from_utf8(output.stdout).expect("text").trim().to_owned()
        };
        let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("imports-{}", ghc("--numeric-version")));
        fs_err::create_dir_all(&place).expect("a folder");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/system/imports/Oracle.hs");
        let made = Command::new("ghc")
            .args(["--make", "-v0", "-O0", "-package", "ghc", "-outputdir", ".", "-o", "Oracle"])
            .arg(source)
            .current_dir(&place)
            .status();
        assert!(made.expect("ghc").success());
        Self { program: place.join("Oracle"), libdir: ghc("--print-libdir") }
    }

    pub(super) fn ask(&self, requests: &[Request]) -> Vec<Said> {
        let mut text = String::new();
        for Request { file, flags } in requests {
            writeln!(text, "{}\t{}", file.display(), flags.join("\t")).expect("a string");
        }
        let mut child = Command::new(&self.program)
            .arg(&self.libdir)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the oracle");
        let mut stdin = child.stdin.take().expect("a pipe");
        let writer = std::thread::spawn(move || stdin.write_all(text.as_bytes()));
        let output = child.wait_with_output().expect("the oracle");
        writer.join().expect("a thread").expect("the oracle reads");
        let said: Vec<Said> = String::from_utf8(output.stdout).expect("text").lines().map(said).collect();
        assert_eq!(said.len(), requests.len(), "the oracle ended early");
        said
    }
}

fn said(line: &str) -> Said {
    let mut words = line.split('\t').map(str::to_owned);
    let kind = words.next().unwrap_or_default();
    let next = words.next().unwrap_or_default();
    if kind == "ok" { Ok((next, words.collect())) } else { Err(next) }
}
