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

/// Reads an error without colours and without the lines of a log that it quotes; none where it is about
/// something else.
///
/// Each text is looked for where Nix puts it. What else is in a message can be the words of a
/// server, a path, or an error of another machine.
pub(super) fn failure(message: &str) -> Option<Failure> {
    let own: Vec<&str> = message.lines().filter(|line| !line.trim_start().starts_with('>')).collect();
    let own = own.join("\n");
    Some(Failure { kind: kind(&own)?, drv: derivation(&own) })
}

fn kind(message: &str) -> Option<FailureKind> {
    use FailureKind::{Builder, Dependency, HashMismatch, NoMachine, NotDeterministic, TimedOut};
    // Of a build on another machine the error there follows.
    if let Some((_, there)) = message.strip_prefix("build of '").and_then(|rest| rest.split_once("' failed: ")) {
        return Some(kind(there.trim_start_matches("error:").trim_start()).unwrap_or(Builder));
    }
    let begins = |text: &str| message.starts_with(text);
    let reason = begins("Cannot build '")
        .then(|| message.lines().skip(1).find_map(|line| line.trim_start().strip_prefix("Reason: ")))
        .flatten();
    if let Some(reason) = reason {
        let no_machine = [
            "required system or feature not available",
            "platform mismatch",
            "missing system features",
            "local builds are disabled",
        ];
        return Some(if is_build_timeout(reason) {
            TimedOut
        } else if reason.contains(" dependency failed") || reason.contains(" dependencies failed") {
            Dependency
        } else if no_machine.iter().any(|text| reason.starts_with(text)) {
            NoMachine
        } else {
            of_builder(message)
        });
    }
    // Lix says so as well of a path that nobody has and nothing builds.
    if begins("build of '") && !message.contains(".drv") {
        return None;
    }
    // What Nix says at the end of all that it was asked for, whether it failed or something that it needs.
    if begins("build of '") && message.trim_end().ends_with("' failed") {
        return Some(Dependency);
    }
    if begins("hash mismatch in fixed-output derivation '") {
        Some(HashMismatch)
    } else if begins("derivation '") && message.contains("' may not be deterministic") {
        Some(NotDeterministic)
    } else if is_build_timeout(message)
        || begins("building of '")
            && message.find(" timed out after ").is_some_and(|at| is_build_timeout(&message[at + 1..]))
    {
        Some(TimedOut)
    } else if message.trim_start_matches(|c: char| c.is_ascii_digit()).starts_with(" dependencies of derivation '")
        && message.contains("' failed to build")
    {
        Some(Dependency)
    } else if begins("Failed to find a machine for remote build")
        || begins("a '") && message.contains("is required to build '")
    {
        Some(NoMachine)
    } else if begins("builder for '")
        || begins("build of '")
        || begins("Cannot build '")
        || begins("cycle detected in build of")
        || begins("output '") && message.contains("' is not allowed to ")
        || message.contains("failed to produce output path")
    {
        Some(of_builder(message))
    } else {
        None
    }
}

/// In which way a builder failed. Nix says how its program ended; what that had called and was ended
/// from outside shows as 128 and the signal, as shells pass it on.
fn of_builder(message: &str) -> FailureKind {
    let number = |before: &str| {
        let rest = &message[message.find(before)? + before.len()..];
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        rest[..digits].parse::<u32>().ok()
    };
    let signal = number(" failed due to signal ");
    let status = number(" failed with exit code ").and_then(|code| i32::try_from(code).ok());
    if message.contains("build failure may have been caused by lack of free disk space") {
        FailureKind::DiskFull
    } else if signal.is_some_and(|signal| FROM_OUTSIDE.contains(&signal)) || status.is_some_and(is_from_outside) {
        FailureKind::Killed
    } else {
        FailureKind::Builder
    }
}

/// The signals by which others end a program: HUP, INT, KILL (also for want of memory), TERM, XCPU.
/// Those of a program that crashes (SEGV, ABRT, BUS) are its own.
const FROM_OUTSIDE: [u32; 5] = [1, 2, 9, 15, 24];

/// Whether an exit status says that a program, or what it called, was ended from outside: 128 and the signal.
pub fn is_from_outside(status: i32) -> bool {
    status.checked_sub(128).and_then(|signal| u32::try_from(signal).ok()).is_some_and(|it| FROM_OUTSIDE.contains(&it))
}

/// What programs say that the system refused memory, a process or a file: GHC's run-time system, GCC, Clang, binutils,
/// C++'s library, and the C library's words for `ENOMEM`, `EAGAIN`, `EIO`, `ENFILE` and `EROFS`.
const REFUSED: [&str; 11] = [
    ": out of memory",
    "LLVM ERROR: out of memory",
    "virtual memory exhausted",
    ": memory exhausted",
    "std::bad_alloc",
    "Cannot allocate memory",
    "Resource temporarily unavailable",
    "resource exhausted (",
    "Input/output error",
    "Too many open files in system",
    "Read-only file system",
];

fn says_no_memory(line: &str) -> bool {
    REFUSED.iter().any(|words| line.contains(words))
}

/// Whether a line of a builder's log says that a compiler, a linker or a command was ended from outside, or refused what
/// it needs by the system, in the words of GCC, Clang, GHC and shells: these go on to fail with statuses of their own.
/// They are the builder's words, as those of [`says_no_room`].
pub fn says_killed(line: &str) -> bool {
    let by_signal = |before: &str| {
        line.split_once(before).is_some_and(|(_, rest)| {
            let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            rest[..digits].parse().is_ok_and(|signal| FROM_OUTSIDE.contains(&signal))
        })
    };
    if says_no_memory(line) {
        return true;
    }
    // collect2; GHC of the C compiler, which counts signals below 0.
    if by_signal(" terminated with signal ") || line.contains("failed in phase `") && by_signal("(Exit code: -") {
        return true;
    }
    let Some(at) = line.find("Killed") else { return false };
    let (before, after) = (&line[..at], &line[at + "Killed".len()..]);
    // GCC, now and before its version 8; Clang.
    after.starts_with(" signal terminated program ")
        || before.ends_with("internal compiler error: ") && after.starts_with(" (program ")
        || before.ends_with("unable to execute command: ")
        // A shell: `x.sh: line 3: 4242 Killed    ld`, or no more than that; GHC of a command of its own.
        || before.trim_end().ends_with(|c: char| c.is_ascii_digit()) && before.contains(": line ")
        || before.is_empty() && (after.trim().is_empty() || after.starts_with(": "))
        || before.starts_with("ghc: ") && after.trim().is_empty()
}

/// Whether a line of a builder's log says that there is no room on the disk, in the words of the system.
/// They are the builder's: it may say so of what it likes.
pub fn says_no_room(line: &str) -> bool {
    line.contains("No space left on device") || line.contains("Disk quota exceeded")
}

/// Whether a text begins with `timed out after N seconds`. What a download or a connection says
/// that takes too long begins otherwise, or counts milliseconds.
fn is_build_timeout(text: &str) -> bool {
    text.strip_prefix("timed out after ").is_some_and(|rest| {
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
pub fn without_log(message: &str) -> (String, Vec<String>) {
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

    // The builder holds its own words against the same lines: tests/nix/checks/4-failures.sh.
    #[test]
    fn the_words_of_the_machine_are_those_that_the_builder_knows() {
        let mut count = 0;
        for case in include_str!("../../fixtures/machine-words.txt").lines() {
            let (sign, line) = case.split_once('\t').expect("a sign and a line");
            assert_eq!(says_killed(line) || says_no_room(line), sign == "+", "{line}");
            count += 1;
        }
        assert!(count > 20, "{count} lines");
    }

    #[test]
    fn every_text_of_nix_has_its_kind() {
        let drv: Option<StorePath> = DRV.parse().ok();
        for (text, kind, named) in [
            (format!("builder for '{DRV}' failed with exit code 3"), FailureKind::Builder, true),
            (format!("Cannot build '{DRV}'.\nReason: builder failed with exit code 3."), FailureKind::Builder, true),
            (format!("build of '{DRV}' on 'ssh-ng://b' failed: x"), FailureKind::Builder, true),
            (format!("1 dependencies of derivation '{DRV}' failed to build"), FailureKind::Dependency, true),
            (format!("build of '{DRV}', '{DRV}' failed"), FailureKind::Dependency, true),
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
        // A network is slow, and a server or a mirror has an odd name.
        for text in [
            "unable to download 'https://cache/x.narinfo': Connection timed out after 30 seconds",
            "unable to download 'https://cache/timed out after 5 seconds': HTTP error 404",
            "cannot open connection to remote store 'ssh-ng://b': timed out after 10 seconds",
            "path 'https://x/hash mismatch in fixed-output derivation '/nix/store/x'' does not exist",
        ] {
            assert_eq!(failure(text), None, "{text}");
        }
        // Not of a build, or not its end: Nix goes on to the next machine.
        assert_eq!(failure("unable to download 'x': Connection timed out after 5001 milliseconds"), None);
        assert_eq!(failure("cannot build on 'ssh://b': error: failed to start SSH connection to 'b'"), None);
    }

    #[test]
    fn who_ended_a_builder_is_told() {
        use FailureKind::{Builder, DiskFull, Killed};
        let room = "note: build failure may have been caused by lack of free disk space";
        for (how, kind) in [
            ("failed due to signal 9 (Killed)", Killed),
            ("failed due to signal 15 (Terminated)", Killed),
            ("failed due to signal 11 (Segmentation fault)", Builder),
            ("failed with exit code 137", Killed),
            ("failed with exit code 143", Killed),
            ("failed with exit code 139", Builder),
            ("failed with exit code 9", Builder),
            ("failed with exit code 100", Builder),
        ] {
            for text in [
                format!("builder for '{DRV}' {how}"),
                format!("builder for '{DRV}' {how};\nlast 1 log lines:\n> failed with exit code 137\n> {room}"),
                format!("Cannot build '{DRV}'.\nReason: builder {how}.\nOutput paths:\n  /nix/store/x"),
                format!("build of '{DRV}' on 'ssh-ng://b' failed: error: builder for '{DRV}' {how}"),
            ] {
                assert_eq!(failure(&text).map(|found| found.kind), Some(kind), "{text}");
                let full = format!("{text}\n{room}");
                assert_eq!(failure(&full).map(|found| found.kind), Some(DiskFull), "{full}");
            }
        }
    }

    #[test]
    fn who_says_that_a_program_was_ended_from_outside_is_heard() {
        for line in [
            "collect2: fatal error: ld terminated with signal 9 [Killed]",
            "collect2: fatal error: ld terminated with signal 15 [Terminated]",
            "gcc: fatal error: Killed signal terminated program cc1",
            "x86_64-linux-gnu-gcc: fatal error: Killed signal terminated program cc1plus",
            "gcc: internal compiler error: Killed (program cc1)",
            "clang: error: unable to execute command: Killed",
            "`gcc' failed in phase `Linker'. (Exit code: -9)",
            "    `gcc' failed in phase `C Compiler'. (Exit code: -15)",
            "./build.sh: line 12:  4242 Killed                  ld -o x",
            "Killed",
            "Killed: 9",
            "ghc: /usr/bin/ld.gold: Killed",
        ] {
            assert!(says_killed(line), "{line}");
        }
        for line in [
            "collect2: fatal error: ld terminated with signal 11 [Segmentation fault]",
            "collect2: error: ld returned 1 exit status",
            "`gcc' failed in phase `Linker'. (Exit code: 1)",
            "Main.hs:3:1: error: Not in scope: data constructor `Killed'",
            "[3 of 7] Compiling Job.Killed ( Job/Killed.hs, dist/Job/Killed.o )",
            "  job 9 Killed as expected: OK",
        ] {
            assert!(!says_killed(line), "{line}");
        }
        for (status, expected) in [(137, true), (143, true), (139, false), (128, false), (9, false), (-1, false)] {
            assert_eq!(is_from_outside(status), expected, "{status}");
        }
    }

    // Nix quotes the last lines of a builder's log in its error.
    #[test]
    fn a_quoted_line_chooses_nothing() {
        for said in [
            "hash mismatch in fixed-output derivation '/nix/store/x'",
            "timed out after 5 seconds",
            "derivation 'x' may not be deterministic",
            "error: 1 dependencies of derivation 'x' failed to build",
            "Reason: platform mismatch",
        ] {
            for text in [
                format!(
                    "builder for '{DRV}' failed with exit code 3;\nlast 1 log lines:\n> {said}\nFor full logs, run:"
                ),
                format!(
                    "Cannot build '{DRV}'.\nReason: builder failed with exit code 3.\nLast 1 log lines:\n> {said}\n"
                ),
            ] {
                assert_eq!(
                    failure(&text),
                    Some(Failure { kind: FailureKind::Builder, drv: DRV.parse().ok() }),
                    "{text}"
                );
            }
        }
    }

    #[test]
    fn the_error_of_another_machine_counts() {
        let there =
            |error: &str| failure(&format!("build of '{DRV}' on 'ssh-ng://b' failed: {error}")).map(|found| found.kind);
        assert_eq!(there("error: timed out after 2 seconds"), Some(FailureKind::TimedOut));
        assert_eq!(
            there(&format!("hash mismatch in fixed-output derivation '{DRV}':")),
            Some(FailureKind::HashMismatch)
        );
        assert_eq!(there("error: something that timed out after 2 seconds"), Some(FailureKind::Builder));
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
