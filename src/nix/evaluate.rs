//! Evaluates `nix/drive.nix`: one request in, the derivations to build out.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use tokio_util::sync::CancellationToken;

use super::answer::{Evaluation, PlainBuilds};
use super::command::{Nix, UserArg};
use super::failure::Trouble;
use super::request::{Asked, PinnedNixpkgs, Request};
use super::{Error, Library};
use crate::foreign;
use crate::model::base_failure::Failing;
use crate::model::plan::Candidate;
use crate::model::store::StorePath;
use crate::process::{self, TAIL_LINES, system};

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
        let pinned = request.asked.pinned_nixpkgs();
        let (command, functions) = match (&request.asked, pinned) {
            (Asked::Flake(_), _) => {
                let (hash, path) = library.locked()?;
                (self.pure_evaluation(library.path(), &hash, request), path.as_path().to_owned())
            }
            (_, Some(pinned)) => {
                let nixpkgs = self.fetched(pinned, cancel).await?;
                (self.restricted_evaluation(library.path(), &nixpkgs, request), library.path().to_owned())
            }
            (_, None) => (self.evaluation(library.path(), request, user_args), library.path().to_owned()),
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
        let question =
            Request { base: None, failing: Failing::default(), plain_only: true, verify: false, ..request.clone() };
        let said = self.asked(library, &question, user_args, cancel).await?;
        let Some(answer) = said.answer else { return Ok(None) };
        let now: PlainBuilds = read_json("nix-instantiate", &answer)?;
        let before = before.iter().filter(|candidate| candidate.wanted).map(|candidate| &candidate.plain);
        Ok(now.iter().eq(before).then_some(said.messages))
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
}
