//! Nix's errors about a derivation.
//!
//! Source of the facts: `derivation-goal.cc`, `derivation-building-goal.cc`,
//! `derivation-builder.cc` and `worker.cc` of NixOS/nix; each text was seen from 2.26 or 2.34.
//! The exit status is no substitute: a daemon does not pass it on (NixOS/nix issue 4813).

use crate::model::event::FailureKind;
use crate::model::store::StorePath;

/// An error that says that a derivation failed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Failure {
    /// In which way.
    pub(super) kind: FailureKind,
    /// Which one; Nix 2.34 does not say of which it is that a build timed out.
    pub(super) drv: Option<StorePath>,
}

/// Reads an error without colours; none where it is about something else.
pub(super) fn failure(message: &str) -> Option<Failure> {
    use FailureKind::{Builder, Dependency, HashMismatch, NoMachine, NotDeterministic, TimedOut};
    let has = |text: &str| message.contains(text);
    let kind = if has("hash mismatch in fixed-output derivation") {
        HashMismatch
    } else if has("may not be deterministic") {
        NotDeterministic
    } else if has_build_timeout(message) {
        TimedOut
    } else if has("dependencies of derivation") && has("failed to build")
        || has("Reason: ") && (has(" dependency failed") || has(" dependencies failed"))
    {
        Dependency
    } else if has("Failed to find a machine for remote build")
        || has("Reason: required system or feature not available")
        || has("Reason: platform mismatch")
        || has("Reason: missing system features")
        || has("Reason: local builds are disabled")
        || has("is required to build")
    {
        NoMachine
    } else if message.starts_with("builder for '")
        || message.starts_with("build of '")
        || message.starts_with("Cannot build '")
        || message.starts_with("cycle detected in build of")
        || has("is not allowed to refer to the following paths")
        || has("is not allowed to have direct references to")
        || has("failed to produce output path")
    {
        Builder
    } else {
        return None;
    };
    Some(Failure { kind, drv: derivation(message) })
}

/// Whether a text has `timed out after N seconds`. A download that times out says milliseconds.
fn has_build_timeout(message: &str) -> bool {
    message.match_indices("timed out after ").any(|(at, words)| {
        let rest = &message[at + words.len()..];
        let number = rest.bytes().take_while(u8::is_ascii_digit).count();
        number > 0 && rest[number..].starts_with(" seconds")
    })
}

/// The first derivation in a text, which may be followed by outputs: `X.drv^*`, `X.drv!out`.
fn derivation(message: &str) -> Option<StorePath> {
    for (start, _) in message.match_indices("/nix/store/") {
        let path: &str = &message[start..];
        let end = path.find(".drv")?;
        if let Ok(path) = path[..end + ".drv".len()].parse() {
            return Some(path);
        }
    }
    None
}

/// Takes the lines of the builder's log out of a message, and Nix's advice about them: returns
/// the message in one or a few lines, and the log lines.
pub(super) fn without_log(message: &str) -> (String, Vec<String>) {
    let mut kept = Vec::new();
    let mut log = Vec::new();
    let mut in_outputs = false;
    for line in message.lines() {
        let text = line.trim();
        let lower = text.to_ascii_lowercase();
        if let Some(quoted) = text.strip_prefix("> ") {
            log.push(quoted.to_owned());
        } else if text == ">" {
            log.push(String::new());
        } else if lower.starts_with("last ") && lower.ends_with(" log lines:")
            || text.starts_with("For full logs, run")
            || text.starts_with("nix log /")
            || text.starts_with("nix-store -l /")
        {
            in_outputs = false;
        } else if text == "Output paths:" {
            in_outputs = true;
        } else if !in_outputs {
            kept.push(text);
        }
    }
    (kept.join("\n").trim_end_matches(';').replace("'.\nReason: ", "': "), log)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DRV: &str = "/nix/store/95rllfcv9m2pr192kxvrmb7bkjd8gz3i-ok.drv";

    #[test]
    fn every_text_of_nix_has_its_kind() {
        let drv: Option<StorePath> = DRV.parse().ok();
        for (text, kind, named) in [
            (format!("builder for '{DRV}' failed with exit code 3"), FailureKind::Builder, true),
            (format!("Cannot build '{DRV}'.\nReason: builder failed with exit code 3."), FailureKind::Builder, true),
            (format!("build of '{DRV}' on 'ssh-ng://b' failed: x"), FailureKind::Builder, true),
            (format!("1 dependencies of derivation '{DRV}' failed to build"), FailureKind::Dependency, true),
            (format!("Cannot build '{DRV}'.\nReason: 1 dependency failed."), FailureKind::Dependency, true),
            (format!("Cannot build '{DRV}'.\nReason: 2 dependencies failed."), FailureKind::Dependency, true),
            (
                format!("hash mismatch in fixed-output derivation '{DRV}':\n  specified: x"),
                FailureKind::HashMismatch,
                true,
            ),
            (format!("building of '{DRV}^*' from .drv file timed out after 2 seconds"), FailureKind::TimedOut, true),
            ("timed out after 2 seconds".to_owned(), FailureKind::TimedOut, false),
            ("timed out after 2 seconds of silence".to_owned(), FailureKind::TimedOut, false),
            (
                format!("derivation '{DRV}' may not be deterministic: output '/nix/store/x' differs"),
                FailureKind::NotDeterministic,
                true,
            ),
            (
                format!("a 'x86_64-darwin' with features {{}} is required to build '{DRV}', but I am a 'x86_64-linux'"),
                FailureKind::NoMachine,
                true,
            ),
        ] {
            let found = failure(&text).unwrap_or_else(|| panic!("not a failure: {text}"));
            assert_eq!((found.kind, found.drv), (kind, drv.clone().filter(|_| named)), "{text}");
        }
        assert_eq!(failure("path '/nix/store' is broken"), None);
        assert_eq!(failure("undefined variable 'x'"), None);
        // Not of a build, or not its end: Nix goes on to the next machine.
        assert_eq!(failure("unable to download 'x': Connection timed out after 5001 milliseconds"), None);
        assert_eq!(failure("cannot build on 'ssh://b': error: failed to start SSH connection to 'b'"), None);
    }

    #[test]
    fn the_log_is_taken_out_of_a_message() {
        let old = format!(
            "builder for '{DRV}' failed with exit code 3;\nlast 1 log lines:\n> line-fail\nFor full logs, run:\n  nix log {DRV}"
        );
        assert_eq!(
            without_log(&old),
            (format!("builder for '{DRV}' failed with exit code 3"), vec!["line-fail".to_owned()])
        );
        let new = format!(
            "Cannot build '{DRV}'.\nReason: builder failed with exit code 3.\nOutput paths:\n  /nix/store/x\nLast 1 log lines:\n> a\n>\nFor full logs, run:\n  nix log {DRV}"
        );
        assert_eq!(
            without_log(&new),
            (format!("Cannot build '{DRV}': builder failed with exit code 3."), vec!["a".to_owned(), String::new()])
        );
    }
}
