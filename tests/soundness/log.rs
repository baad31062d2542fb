//! What a builder's log says about the build.

use std::collections::BTreeSet;

use serde_json::Value;

/// A log, read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Log {
    /// The modules that GHC compiled to build the package, of whatever component.
    pub(crate) compiled: BTreeSet<String>,
    /// The warnings that a reader sees: those of the build, and those that were printed again for
    /// modules that GHC skipped. Each is a paragraph, or a line of JSON.
    pub(crate) warnings: BTreeSet<String>,
    /// Those that were printed again although they stand in this log already.
    pub(crate) twice: BTreeSet<String>,
    /// What the compiler, Cabal or the builder gave as a reason for the end.
    pub(crate) errors: BTreeSet<String>,
    /// What the test suites printed.
    pub(crate) tests: Vec<String>,
    /// The modules that were not restored, each with the cause.
    pub(crate) left_out: Vec<Value>,
}

impl Log {
    /// Reads a log of `nix/host/build.sh`.
    pub(crate) fn read(text: &str) -> Self {
        let mut log = Self::default();
        let mut phase = "";
        let mut lines = text.lines().peekable();
        while let Some(line) = lines.next() {
            if let Some(announced) = line.strip_prefix("@nix ") {
                phase = phase_of(announced).unwrap_or(phase);
                continue;
            }
            if let Some(told) = line.strip_prefix("@hinc ") {
                let event: Value = serde_json::from_str(told).unwrap_or_else(|error| panic!("{error}: {line}"));
                if event["event"] == "left-out" {
                    log.left_out.push(event);
                }
                continue;
            }
            if phase == "buildPhase"
                && let Some(module) = compiled_module(line)
            {
                log.compiled.insert(module.to_owned());
            }
            // Colours are part of what is printed, and of nothing else.
            let plain = without_colours(line);
            if is_error(&plain) {
                log.errors.insert(without_places(plain.trim()));
            }
            if phase == "checkPhase" {
                log.tests.push(without_durations(line));
            } else if (phase == "buildPhase" || phase == "replayPhase") && is_warning(&plain) {
                let mut paragraph = line.trim_end().to_owned();
                while let Some(more) = lines.next_if(|next| without_colours(next).starts_with(' ')) {
                    paragraph.push('\n');
                    paragraph.push_str(more.trim_end());
                }
                if log.warnings.replace(paragraph.clone()).is_some() && phase == "replayPhase" {
                    log.twice.insert(paragraph);
                }
            }
        }
        log
    }
}

fn phase_of(announced: &str) -> Option<&str> {
    announced.split("\"phase\": \"").nth(1).or_else(|| announced.split("\"phase\":\"").nth(1))?.split('"').next()
}

/// `[ 7 of 10] Compiling A.B ( src/A/B.hs, ... ) [reason]` -> `A.B`
fn compiled_module(line: &str) -> Option<&str> {
    let (_, rest) = line.strip_prefix('[')?.split_once("] Compiling ")?;
    rest.split([' ', '[']).next()
}

fn is_warning(line: &str) -> bool {
    line.contains(": warning:") || line.starts_with('{') && line.contains("\"severity\":\"Warning\"")
}

fn is_error(line: &str) -> bool {
    let told = line.contains(": error:")
        || line.starts_with('{') && line.contains("\"severity\":\"Error\"")
        || line.starts_with("Error:")
        || line.starts_with("Setup:");
    told || line.starts_with("hinc: ") && line.contains("cannot")
}

/// Takes `ESC [ … letter` and `ESC ] … ESC \` out of a line.
fn without_colours(line: &str) -> String {
    let mut pieces = line.split('\x1b');
    let mut plain = pieces.next().unwrap_or("").to_owned();
    for piece in pieces {
        if piece.starts_with('[') {
            plain.push_str(piece.split_once(|c: char| c.is_ascii_alphabetic()).map_or("", |(_, rest)| rest));
        } else if let Some(rest) = piece.strip_prefix('\\') {
            plain.push_str(rest);
        }
    }
    plain
}

/// `src/C.hs:1:1: error: wrong` -> `src/C.hs: error: wrong`
fn without_places(line: &str) -> String {
    match line.split_once(": error:") {
        Some((place, rest)) => {
            let file = place.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, ':' | '-' | '(' | ')' | ','));
            format!("{file}: error:{rest}")
        }
        None => line.to_owned(),
    }
}

/// `Finished in 0.0312 seconds` -> `Finished in # seconds`
fn without_durations(line: &str) -> String {
    let mut words: Vec<&str> = Vec::new();
    for word in line.split(' ') {
        let number = word.trim_matches(|c: char| !c.is_ascii_digit());
        let is_decimal = number.contains('.') && number.chars().all(|c| c.is_ascii_digit() || c == '.');
        words.push(if is_decimal { "#" } else { word });
    }
    words.join(" ")
}

#[test]
fn colours_and_links_are_no_text() {
    let line = "\x1b[;1msrc/A.hs:2:1: \x1b[;1m\x1b[35mwarning\x1b[0m\x1b[0m\x1b[;1m: [\x1b]8;;https://x\x1b\\GHC-1\x1b]8;;\x1b\\]";
    assert_eq!(without_colours(line), "src/A.hs:2:1: warning: [GHC-1]");
}

#[test]
fn a_log_is_read() {
    let text = "\
@nix { \"action\": \"setPhase\", \"phase\": \"buildPhase\" }
Building library for a-0.1..
[1 of 2] Compiling A.B              ( src/A/B.hs, dist/build/A/B.o )
src/A/B.hs:3:1: warning: [-Wunused-imports]
    The import of `X' is redundant
  |
[2 of 2] Compiling C[boot]          ( src/C.hs, dist/build/C.o ) [Source file changed]
src/C.hs:1:1: error: [GHC-1]
    Wrong
@nix {\"action\":\"setPhase\",\"phase\":\"replayPhase\"}
src/D.hs:3:1: warning: [-Wunused-imports]
@nix { \"action\": \"setPhase\", \"phase\": \"checkPhase\" }
All 3 tests passed (0.03s)
@hinc {\"event\":\"x\"}
@hinc {\"event\":\"left-out\",\"module\":\"A.B\",\"cause\":\"options\"}
";
    let log = Log::read(text);
    assert_eq!(log.compiled, ["A.B", "C"].map(str::to_owned).into());
    assert_eq!(log.warnings.len(), 2, "{log:?}");
    assert!(log.warnings.iter().any(|warning| warning.contains("redundant")), "{log:?}");
    assert_eq!(log.errors, ["src/C.hs: error: [GHC-1]".to_owned()].into());
    assert_eq!(log.tests, ["All 3 tests passed #"]);
    assert_eq!(log.left_out.len(), 1);
    assert_eq!(log.left_out[0]["module"], "A.B");
}
