//! Evaluates `nix/drive.nix`: one request in, the derivations to build out.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use super::command::{Nix, UserArg};
use super::failure::Trouble;
use super::flake::Flake;
use super::{Error, Library};
use crate::foreign;
use crate::model::name::Url;
use crate::model::package::BuildType;
use crate::model::plan::{Candidate, Derivation};
use crate::model::store::StorePath;
use crate::model::toolchain::Toolchain;
use crate::process::{self, TAIL_LINES, system};

/// What hinc asks of `drive.nix`. Exactly one of `host`, `cabal`, `file` and `flake` is given.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Request {
    /// The source of head.
    pub head: Side,
    /// The source of the base, where there is one to build on.
    pub base: Option<Side>,
    /// The GHC of the machine.
    pub toolchain: Option<Toolchain>,
    /// Cabal packages without a Nix file, over the GHC of the machine.
    pub host: Option<Host>,
    /// Cabal packages without a Nix file, by nixpkgs' Haskell package set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cabal: Option<Cabal>,
    /// A Nix file of the user.
    pub file: Option<File>,
    /// Flakes of the user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flake: Option<Flake>,
    /// Whether the builds are to be compared, which needs more derivations.
    // Left out where it is off, so that the request is the one that was answered before.
    #[serde(skip_serializing_if = "is_off")]
    pub verify: bool,
    /// Whether head's own builds are all that is asked for.
    #[serde(skip_serializing_if = "is_off")]
    pub plain_only: bool,
}

/// One of the two commits, by its sources that are in the store.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Side {
    /// All of its tree, where that is one source.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<StorePath>,
    /// Its Cabal packages, where these are the sources.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub packages: Vec<LocalPackage>,
}

impl Side {
    /// All that the store holds of it.
    fn sources(&self) -> impl Iterator<Item = &StorePath> {
        self.source.iter().chain(self.packages.iter().map(|package| &package.source))
    }

    /// The commit whose tree is this source.
    pub fn of(source: StorePath) -> Self {
        Self { source: Some(source), ..Self::default() }
    }
}

/// A Cabal package of the repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LocalPackage {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// How it wants to be built.
    pub build_type: BuildType,
    /// Its folder, as a source.
    pub source: StorePath,
    /// The name of the package of the base that it is built on; of a package of head.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
    /// Why there is none, where that is known better than by its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub absent: Option<String>,
}

/// Cabal packages that are built over the GHC of the machine.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Host {
    /// Which of head's packages are wanted, by name.
    pub wanted: Vec<String>,
    /// How all packages are built.
    pub options: HostOptions,
    /// How single ones are built otherwise, by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub package_options: BTreeMap<String, HostOptions>,
}

/// Cabal packages that nixpkgs' Haskell package set makes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cabal {
    /// Which of head's packages are wanted, by name.
    pub wanted: Vec<String>,
    /// The package set, such as `ghc98`; none for nixpkgs' default.
    pub ghc: Option<String>,
    /// The nixpkgs; none for that of Nix's search path.
    pub nixpkgs: Option<PinnedNixpkgs>,
}

/// A nixpkgs that is fetched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PinnedNixpkgs {
    /// The archive.
    pub url: Url,
    /// The hash of its content.
    pub sha256: String,
}

/// How a package is built over the GHC of the machine. What is `None` or empty is left to the Nix functions.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct HostOptions {
    /// Whether the test suites are built and run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tests: Option<bool>,
    /// Whether the benchmarks are built.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub benchmarks: Option<bool>,
    /// Whether profiling libraries are built.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profiling: Option<bool>,
    /// Whether shared libraries are built.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shared: Option<bool>,
    /// Whether static libraries are built.
    #[serde(rename = "static", skip_serializing_if = "Option::is_none")]
    pub static_libraries: Option<bool>,
    /// Whether documentation is built.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub haddock: Option<bool>,
    /// Cabal's flags: `foo` switches one on, `-foo` off.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<String>,
    /// Arguments for `Setup configure`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub configure_flags: Vec<String>,
    /// Arguments for GHC.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ghc_options: Vec<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it")]
fn is_off(switch: &bool) -> bool {
    !switch
}

/// A Nix file in the source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct File {
    /// Where it lies below the top of the source, such as `default.nix`.
    pub path: String,
    /// The attributes to build; what `nix-build` would take where there are none.
    pub attributes: Vec<String>,
}

/// What `drive.nix` answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evaluation {
    /// One entry for each package that was asked for, and for those that these are built with.
    pub packages: Vec<Candidate>,
    /// What hinc's own functions have to say of the project.
    #[serde(default)]
    pub warnings: Vec<String>,
    /// What Nix said while it evaluated and succeeded: warnings, and what `builtins.trace` prints.
    #[serde(skip)]
    pub messages: Vec<String>,
}

impl Request {
    /// All sources of it that the store holds, each once.
    pub(super) fn sources(&self) -> BTreeSet<&StorePath> {
        [Some(&self.head), self.base.as_ref()].into_iter().flatten().flat_map(Side::sources).collect()
    }
}

impl Nix {
    /// Asks `drive.nix` for the derivations, and writes them to the store.
    pub async fn evaluate(
        &self,
        library: &Library,
        request: &Request,
        user_args: &[UserArg],
        cancel: &CancellationToken,
    ) -> Result<Evaluation, Error> {
        let said = self.asked(library, request, user_args, cancel).await?;
        let Some(answer) = said.answer else { return Err(failure(&said)) };
        let mut evaluation: Evaluation = read_json("nix-instantiate", &answer)?;
        evaluation.messages = said.messages;
        Ok(evaluation)
    }

    /// Runs `drive.nix`.
    async fn asked(
        &self,
        library: &Library,
        request: &Request,
        user_args: &[UserArg],
        cancel: &CancellationToken,
    ) -> Result<Said, Error> {
        let locked = request.flake.as_ref().map(|_| library.locked()).transpose()?;
        let pinned = request.cabal.as_ref().and_then(|cabal| cabal.nixpkgs.as_ref());
        let (command, functions) = match (locked, pinned) {
            (Some((hash, path)), _) => {
                (self.pure_evaluation(library.path(), &hash, request), path.as_path().to_owned())
            }
            (None, Some(pinned)) => {
                let nixpkgs = self.fetched(pinned, cancel).await?;
                (self.restricted_evaluation(library.path(), &nixpkgs, request), library.path().to_owned())
            }
            (None, None) => (self.evaluation(library.path(), request, user_args), library.path().to_owned()),
        };
        let command = command.map_err(|error| Error::Answer { program: "hinc itself", problem: error.to_string() })?;
        let mut messages = Vec::new();
        let finished = system::stream(&command, cancel, |line| {
            messages.push(foreign::line(&String::from_utf8_lossy(line)).into_owned());
        })
        .await
        .map_err(Error::of_nix)?;
        let answer = finished.status.success().then_some(finished.stdout);
        Ok(Said { answer, messages, functions, restricted: pinned.is_some() })
    }
}

impl Nix {
    /// Makes the store have a nixpkgs. It is fetched and not looked into.
    async fn fetched(&self, pinned: &PinnedNixpkgs, cancel: &CancellationToken) -> Result<StorePath, Error> {
        let output = system::output(&self.fetching_archive(pinned), cancel).await;
        let output = output.map_err(|error| match error {
            process::Error::Failed { tail, .. } => {
                failure(&Said { answer: None, messages: tail, functions: PathBuf::new(), restricted: false })
            }
            error => Error::of_nix(error),
        })?;
        read_json("nix-instantiate", &output.stdout)
    }
}

/// What Nix said of a request.
struct Said {
    /// The answer; none where the evaluation failed.
    answer: Option<Vec<u8>>,
    /// What it printed beside.
    messages: Vec<String>,
    /// Where hinc's own functions lay.
    functions: PathBuf,
    /// Whether it was restricted, for the sake of a nixpkgs that the repository names.
    restricted: bool,
}

/// What `drive.nix` answers to the question for head's own builds alone.
#[derive(Debug, Deserialize)]
struct PlainBuilds {
    packages: Vec<PlainBuild>,
}

#[derive(Debug, Deserialize)]
struct PlainBuild {
    plain: Derivation,
}

impl Nix {
    /// Asks whether a user's file still gives the builds of head that it gave when `before` was the answer. If so, the
    /// rest of the answer still holds: an incremental build that was right for this build of head is right today.
    /// Returns what Nix said meanwhile; none where head is another, or cannot be evaluated any more.
    ///
    /// Costs one evaluation of head, and none of the base.
    pub async fn still_evaluates(
        &self,
        library: &Library,
        request: &Request,
        user_args: &[UserArg],
        before: &[Candidate],
        cancel: &CancellationToken,
    ) -> Result<Option<Vec<String>>, Error> {
        let question = Request { base: None, plain_only: true, verify: false, ..request.clone() };
        let said = self.asked(library, &question, user_args, cancel).await?;
        let Some(answer) = said.answer else { return Ok(None) };
        let now: PlainBuilds = read_json("nix-instantiate", &answer)?;
        let now = now.packages.iter().map(|package| &package.plain);
        let before = before.iter().filter(|candidate| candidate.wanted).map(|candidate| &candidate.plain);
        Ok(now.eq(before).then_some(said.messages))
    }
}

/// Reads a JSON answer; the error says where in it the surprise is.
pub(super) fn read_json<'a, T: Deserialize<'a>>(program: &'static str, bytes: &'a [u8]) -> Result<T, Error> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let place = error.path().to_string();
        Error::Answer { program, problem: format!("{} (at `{place}`)", error.into_inner()) }
    })
}

fn failure(said: &Said) -> Error {
    let tail = last_error(&said.functions, &said.messages);
    match Trouble::in_lines(&said.messages) {
        Some(trouble) => Error::Trouble { trouble, tail },
        None => Error::Evaluation { tail, restricted: said.restricted },
    }
}

/// Cuts Nix's own message out of what it printed: the last block that begins with `error:`,
/// without the steps (`… while evaluating`) that led there, and with no path of hinc's own
/// library, which says nothing to the user.
pub(super) fn last_error(library: &Path, lines: &[String]) -> Vec<String> {
    let begins = |line: &String| line.trim_start().starts_with("error:");
    let with_text = |line: &String| begins(line) && line.trim() != "error:";
    let start = lines.iter().rposition(with_text).or_else(|| lines.iter().rposition(begins));
    let block = &lines[start.unwrap_or(0)..];
    let indent = block.first().map_or(0, |line| line.len() - line.trim_start().len());
    let library = library.display().to_string();
    let mut tail: Vec<String> = Vec::new();
    let mut place_of_hinc = false;
    for line in block {
        let line = line.get(indent..).filter(|_| line[..indent].trim().is_empty()).unwrap_or(line.trim_start());
        // A place is `at FILE:1:2:` and some lines of source, which begin with their number or a bar.
        if line.trim_start().starts_with("at ") {
            place_of_hinc = line.contains(&library) || line.contains("<nix/") || line.contains("«nix-internal»");
        }
        let of_place = |c: char| c.is_ascii_digit() || c == '|';
        let source_line = line.trim_start().starts_with("at ") || line.trim_start().starts_with(of_place);
        if line.trim().is_empty() || (place_of_hinc && source_line) {
            continue;
        }
        tail.push(line.trim_end().to_owned());
    }
    // The message stands first: a long one loses its end.
    tail.truncate(TAIL_LINES);
    tail
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn error_of(text: &str) -> Vec<String> {
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        last_error(Path::new("/cache/nix-1"), &lines)
    }

    // Printed by Nix 2.26.3.
    #[test]
    fn the_message_is_kept_and_the_way_to_it_is_not() {
        let text = "error:
       … while evaluating attribute 'a'
         at «string»:1:24:
            1| let f = x: x.foo; in { a = f {b=1;}; }
             |                        ^

       error: attribute 'foo' missing
       at «string»:1:12:
            1| let f = x: x.foo; in { a = f {b=1;}; }
             |            ^
";
        assert_eq!(
            error_of(text),
            [
                "error: attribute 'foo' missing",
                "at «string»:1:12:",
                "     1| let f = x: x.foo; in { a = f {b=1;}; }",
                "      |            ^",
            ]
        );
    }

    #[test]
    fn a_place_in_the_library_is_left_out() {
        let text = "warning: something
error:
       … while calling the 'throw' builtin
         at /cache/nix-1/drive/file.nix:3:1:
            3| throw
             | ^

       error: attribute 'x' is missing in default.nix
       at /cache/nix-1/drive/file.nix:3:1:
            3| throw
             | ^
";
        assert_eq!(error_of(text), ["error: attribute 'x' is missing in default.nix"]);
    }

    #[test]
    fn an_error_of_one_line_is_kept() {
        assert_eq!(
            error_of("error: syntax error, unexpected ';'\n       at «string»:1:10:"),
            ["error: syntax error, unexpected ';'", "       at «string»:1:10:"]
        );
        assert_eq!(error_of("nonsense"), ["nonsense"]);
        assert_eq!(error_of(""), Vec::<String>::new());
    }

    #[test]
    fn an_answer_that_is_not_understood_names_the_place() {
        let answer =
            br#"{"packages":[{"attribute":"","name":"x","version":"1","plain":{"drv":"/1abc","outputs":{}}}]}"#;
        let error = read_json::<Evaluation>("nix-instantiate", answer).expect_err("no store path");
        assert!(error.to_string().contains("packages[0].plain.drv"), "{error}");
    }

    // Both became paths here and on builders.
    #[test]
    fn a_name_that_would_lead_elsewhere_is_refused() {
        let drv = "/nix/store/hz99d8gx12kw8cv5hlgfwjm90318wkrw-x.drv";
        let path = "/nix/store/hz99d8gx12kw8cv5hlgfwjm90318wkrw-x";
        let evaluation = |name: &str, output: &str| {
            let answer = serde_json::json!({ "packages": [{
                "attribute": "", "name": name, "version": "1", "plain": { "drv": drv, "outputs": { output: path } },
            }] });
            read_json::<Evaluation>("nix-instantiate", answer.to_string().as_bytes())
        };
        evaluation("victim", "out").expect("both are names");
        for (name, output, part) in [
            ("../../../victim", "out", "`../../../victim` is not a name of a package: it has ASCII letters"),
            ("a/../../b", "out", "packages[0].name"),
            ("$(touch victim)", "out", "packages[0].name"),
            ("-rf", "out", "packages[0].name"),
            ("victim", "/../../x", "`/../../x` is not a name of an output"),
            ("victim", "out,dev", "packages[0].plain.outputs"),
        ] {
            let error = evaluation(name, output).expect_err(part).to_string();
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn a_request_is_what_drive_nix_reads() {
        let source: StorePath = "/nix/store/hz99d8gx12kw8cv5hlgfwjm90318wkrw-source".parse().expect("a path");
        let request = Request {
            head: Side::of(source.clone()),
            base: Some(Side::of(source)),
            toolchain: None,
            host: None,
            cabal: None,
            file: Some(File { path: "default.nix".into(), attributes: vec!["lib".into()] }),
            flake: None,
            verify: false,
            plain_only: false,
        };
        insta::assert_json_snapshot!(request);
    }

    #[test]
    fn only_options_that_were_set_are_said() {
        let json = |options: &HostOptions| serde_json::to_string(options).expect("JSON");
        assert_eq!(json(&HostOptions::default()), "{}");
        assert_eq!(json(&HostOptions { tests: Some(false), ..HostOptions::default() }), r#"{"tests":false}"#);
    }
}
