//! The GHC of a builder: what [`super::detect`] does on this machine, done there over ssh.
//!
//! A derivation over "the machine's GHC" names its programs and a fingerprint of all that decides what they make.
//! When it is built elsewhere, these are the programs of that machine, so both are found there. Contents are hashed
//! there too; fingerprints from here and from there never compare, and have versions of their own.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{C_LIBRARY, HostToolchain, TOOLS, folders, is_new_enough};
use crate::model::builder::Connection;
use crate::model::toolchain::Toolchain;
use crate::model::unreachable::SshFailure;
use crate::nix::fingerprint::Ingredients;
use crate::nix::ghc_info::GhcInfo;
use crate::nix::{Error, store};
use crate::process::{self, LastLines, system};

use self::trouble::{Problem, Trouble};

pub mod trouble;

/// Changes every fingerprint when what goes into it changes.
const VERSION: &str = "hinc toolchain over ssh 1";

const SCRIPT: &str = include_str!("remote.sh");
const FIRST_LINE: &str = "hinc-toolchain 1";
const LAST_LINE: &str = "hinc-toolchain end";

/// How long the answer may take. It reads a few hundred megabytes on a machine that may be slow.
const LONGEST: Duration = Duration::from_secs(300);

/// Finds the first `ghc` on the search path of a builder's non-interactive shell, and describes it, in one call of
/// ssh. Nothing of this machine goes into it.
pub async fn detect_on(connection: &Connection, cancel: &CancellationToken) -> Result<HostToolchain, Error> {
    let trouble = |problem, tail| Error::from(Trouble { builder: connection.name.clone(), problem, tail });
    let command = connection.script(SCRIPT, &[&TOOLS.join(" "), &C_LIBRARY.join(" ")]).within(LONGEST);
    let mut lines = LastLines::default();
    let finished = match system::stream(&command, cancel, |line| lines.push(line)).await {
        Err(process::Error::Late { seconds, .. }) => return Err(trouble(Problem::Late { seconds }, Vec::new())),
        finished => finished.map_err(Error::Process)?,
    };
    let tail = lines.into_lines();
    if let Some(failure) = SshFailure::of(finished.status, &tail) {
        let destination = connection.destination.to_string();
        let problem = match failure {
            SshFailure::Known(why) => Problem::Unreachable { why, destination },
            SshFailure::Unknown => Problem::Ssh { status: finished.status, destination },
        };
        return Err(trouble(problem, tail));
    }
    read(&connection.name, &String::from_utf8_lossy(&finished.stdout), tail)
}

/// Reads what the script said; `tail` is what came beside it.
pub(in crate::nix) fn read(builder: &str, text: &str, tail: Vec<String>) -> Result<HostToolchain, Error> {
    describe(text).map_err(|problem| Error::from(Trouble { builder: builder.to_owned(), problem, tail }))
}

/// The lines of an answer, in order.
struct Answer<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Answer<'a> {
    fn of(text: &'a str) -> Result<Self, Problem> {
        let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
        let odd = |what: &str| Problem::Odd { what: what.to_owned() };
        let first = lines.iter().position(|line| *line == FIRST_LINE).ok_or_else(|| odd("it is no answer"))?;
        let last = lines.iter().rposition(|line| *line == LAST_LINE).filter(|last| *last > first);
        let last = last.ok_or_else(|| odd("it ends in the middle"))?;
        Ok(Self(lines[first + 1..last].iter().map(|line| line.split_once(' ').unwrap_or((line, ""))).collect()))
    }

    fn all(&self, name: &str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(own, _)| *own == name).map(|(_, value)| *value)
    }

    fn first(&self, name: &str) -> Result<&'a str, Problem> {
        let value = self.all(name).next().filter(|value| !value.is_empty());
        value.ok_or_else(|| Problem::Odd { what: format!("there is no `{name}` in it") })
    }

    /// Returns an absolute path of that machine. It goes into derivations, scripts and a setting of Nix that has paths
    /// with spaces between them.
    fn path(&self, name: &str) -> Result<&'a str, Problem> {
        let path = self.first(name)?;
        if is_plain_path(path) {
            return Ok(path);
        }
        Err(Problem::Odd { what: format!("`{}` is no path without white space", path.escape_debug()) })
    }

    fn text(&self, name: &str) -> String {
        self.all(name).collect::<Vec<_>>().join("\n")
    }
}

/// Makes a toolchain of what the script said.
fn describe(text: &str) -> Result<HostToolchain, Problem> {
    let answer = Answer::of(text)?;
    let info_text = answer.text("info");
    let info = GhcInfo::parse(&info_text);
    // What it found so far decides, before what it then did not find: a GHC that is too old has other faults as well.
    if let (Some(version), Ok(place)) = (info.version(), answer.first("ghc")) {
        if !is_new_enough(version) {
            return Err(Problem::OldGhc { found: version.to_owned(), path: place.to_owned() });
        }
        if store::is_in_store(Path::new(answer.first("real-ghc")?)) {
            return Err(Problem::GhcFromStore { path: place.to_owned() });
        }
    }
    if let Some(failure) = answer.all("fail").next() {
        return Err(Problem::of_failure(failure, &answer.text("path"), info.version()));
    }
    let unclear = |what: &str| Problem::Odd { what: format!("there is no {what} in `ghc --info`") };
    let ghc_version = info.version().ok_or_else(|| unclear("version"))?.to_owned();
    let system = info.system().ok_or_else(|| unclear("platform that Nix knows"))?;
    let libraries = PathBuf::from(info.get("LibDir").ok_or_else(|| unclear("library folder"))?);
    if Path::new(answer.path("libraries")?) != libraries {
        return Err(Problem::Odd { what: "the shell there reads `ghc --info` differently".to_owned() });
    }
    let database = PathBuf::from(answer.path("database")?);
    let (ghc, real_ghc) = (answer.path("used-ghc")?, answer.path("real-ghc")?);
    let (cc, shell, path) = (answer.path("cc")?, answer.path("shell")?, answer.first("build-path")?);
    if let Some(odd) = path.split(':').find(|folder| !is_plain_path(folder)) {
        return Err(Problem::Odd { what: format!("`{}` is no folder of a search path", odd.escape_debug()) });
    }
    let programs = [ghc, real_ghc, cc, shell].map(Path::new);
    let exists = |folder: &Path| answer.all("exists").any(|there| Path::new(there) == folder);
    Ok(HostToolchain {
        toolchain: Toolchain {
            ghc: ghc.to_owned(),
            ghc_version,
            system,
            shell: shell.to_owned(),
            path: path.to_owned(),
            fingerprint: fingerprint(&answer, &info_text)?,
        },
        folders: folders(&programs, &libraries, &database, exists),
        profiling: answer.all("profiling").next().is_some(),
    })
}

/// Whether a text is an absolute path that can be a word of a list.
fn is_plain_path(path: &str) -> bool {
    let odd = |c: char| c.is_whitespace() || c.is_control() || "\"'\\$`;=".contains(c);
    path.starts_with('/') && !path.contains(odd)
}

/// The digest of everything: GHC's own words, the C compiler's, each file's content and each library's size.
fn fingerprint(answer: &Answer<'_>, info: &str) -> Result<String, Problem> {
    let (parts, digests): (Vec<&str>, Vec<&str>) = (answer.all("part").collect(), answer.all("digest").collect());
    let whole = |digest: &&str| digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
    // A file that could not be read has no digest, and then all that follow belong to others.
    if parts.is_empty() || parts.len() != digests.len() || !digests.iter().all(whole) {
        return Err(Problem::Unreadable);
    }
    let mut ingredients = Ingredients::default();
    ingredients.text("info", info);
    ingredients.text("cc", &answer.text("cc-version"));
    for (part, digest) in parts.iter().zip(&digests) {
        ingredients.text("part", part);
        ingredients.text("digest", digest);
    }
    ingredients.text("absent", &answer.text("absent"));
    ingredients.text("libraries", &answer.text("library"));
    Ok(ingredients.finish_as(VERSION).0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What Debian trixie said over ssh, with fewer packages.
    const TRIXIE: &str = include_str!("recorded/trixie.txt");

    fn fingerprint_of(text: &str) -> String {
        describe(text).expect("an answer").toolchain.fingerprint
    }

    #[test]
    fn a_recorded_answer_is_read() {
        let host = describe(TRIXIE).expect("an answer");
        let toolchain = &host.toolchain;
        assert_eq!((toolchain.ghc.as_str(), toolchain.ghc_version.as_str()), ("/usr/bin/ghc", "9.6.6"));
        assert_eq!((toolchain.system.as_str(), toolchain.shell.as_str()), ("x86_64-linux", "/bin/bash"));
        assert_eq!(toolchain.path, "/usr/bin:/bin");
        assert_eq!(host.folders, ["/bin", "/usr", "/lib", "/lib64", "/etc/alternatives", "/var/lib/ghc"]);
        assert!(host.profiling);
        assert_eq!(toolchain.fingerprint.len(), 32);
        assert_eq!(fingerprint_of(TRIXIE), toolchain.fingerprint);
    }

    #[test]
    fn every_ingredient_changes_the_fingerprint() {
        let first = fingerprint_of(TRIXIE);
        let mut seen = 0;
        for (number, line) in TRIXIE.lines().enumerate() {
            let (name, value) = line.split_once(' ').unwrap_or((line, ""));
            let changed = match name {
                "digest" => {
                    format!("digest {}", if value.starts_with('0') { "1" } else { "0" }.to_owned() + &value[1..])
                }
                "library" => format!("library 1{value}"),
                "absent" | "cc-version" | "part" => format!("{line}x"),
                "info" if value.contains("C compiler flags") => line.replace("\"\")", "\"-O3\")"),
                _ => continue,
            };
            seen += 1;
            let lines: Vec<&str> = TRIXIE
                .lines()
                .enumerate()
                .map(|(index, own)| if index == number { changed.as_str() } else { own })
                .collect();
            assert_ne!(fingerprint_of(&lines.join("\n")), first, "{line}");
        }
        assert!(seen > 40, "only {seen} ingredients");
    }

    #[test]
    fn what_is_missing_is_an_error() {
        let problem = |text: &str| describe(text).expect_err("a problem");
        assert!(matches!(problem(""), Problem::Odd { .. }));
        assert!(matches!(problem("hinc-toolchain 1\npath /bin\n"), Problem::Odd { .. }));
        let no_ghc = "hinc-toolchain 1\npath /usr/bin:/bin\nfail no-ghc\nhinc-toolchain end\n";
        assert!(matches!(problem(no_ghc), Problem::NoGhc { path } if path == "/usr/bin:/bin"));
        let old = TRIXIE.replace("(\"Project version\",\"9.6.6\")", "(\"Project version\",\"9.2.8\")");
        assert!(matches!(problem(&old), Problem::OldGhc { found, .. } if found == "9.2.8"));
        let in_store = TRIXIE.replace("real-ghc /usr/", "real-ghc /nix/store/00000000000000000000000000000000-ghc/");
        assert!(matches!(problem(&in_store), Problem::GhcFromStore { .. }));
        for (from, to) in [
            ("shell /bin/bash", "shell /bin/bash -c id"),
            ("used-ghc /usr/bin/ghc", "used-ghc ghc"),
            ("build-path /usr/bin:/bin", "build-path /usr/bin:.:/bin"),
            ("build-path /usr/bin:/bin", "build-path /usr/bin /etc"),
            ("database /var/lib/", "database /etc /var/lib/"),
        ] {
            assert!(TRIXIE.contains(from), "{from}");
            assert!(matches!(problem(&TRIXIE.replace(from, to)), Problem::Odd { .. }), "{to}");
        }
        let no_bash = TRIXIE.replace("used-ghc /usr/bin/ghc\n", "fail missing bash\n");
        assert!(matches!(problem(&no_bash), Problem::Incomplete { what, .. } if what == "bash"));
        let unreadable = TRIXIE.replacen("digest ", "sha256sum: permission denied ", 1);
        assert!(matches!(problem(&unreadable), Problem::Unreadable));
    }

    proptest! {
        #[test]
        fn no_answer_makes_it_panic(text in "\\PC*", cut in 0..TRIXIE.len()) {
            let _ = describe(&text).is_ok();
            let _ = describe(&format!("hinc-toolchain 1\n{text}\nhinc-toolchain end")).is_ok();
            let _ = describe(TRIXIE.get(..cut).unwrap_or_default()).is_ok();
        }
    }
}
