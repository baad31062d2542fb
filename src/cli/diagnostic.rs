//! Prints errors: what failed, the chain of causes, the last lines of the program that
//! failed, and what to do.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use crate::error::{Diagnose, Hint, OwnCommand, hints_beside};
use crate::foreign;

const ERROR: Style = AnsiColor::Red.on_default().bold();
const HINT: Style = AnsiColor::Cyan.on_default().bold();

/// Renders an error for people, with ANSI colours that the printer strips where they are not wanted.
pub(super) fn render(error: &dyn Diagnose, running: Option<OwnCommand>) -> String {
    let mut text = format!("{ERROR}error:{ERROR:#} {}\n", continued(&error.to_string(), 2));
    let mut cause = error.source();
    while let Some(error) = cause {
        // Some causes (a place in a TOML file) have several lines and an end of their own.
        writeln!(text, "  caused by: {}", continued(error.to_string().trim_end(), 4)).ok();
        cause = error.source();
    }
    if !error.tail().is_empty() {
        text.push('\n');
        for line in error.tail() {
            writeln!(text, "  > {}", foreign::line(line)).ok();
        }
    }
    let hints = error.hints();
    for (index, hint) in hints_beside(running, &hints).enumerate() {
        if index == 0 {
            text.push('\n');
        }
        text.push_str(&render_hint(hint));
    }
    text
}

/// Renders one piece of advice.
pub(super) fn render_hint(hint: &Hint) -> String {
    format!("{HINT}hint:{HINT:#} {}\n", continued(hint.as_str(), 2))
}

/// Lays out a text that may have several lines, and the words of others in it: all but the first
/// are indented, so that none looks like a line of hinc's.
pub(super) fn continued(text: &str, indent: usize) -> String {
    foreign::lines(text).replace('\n', &format!("\n{:indent$}", ""))
}

/// Renders an error as one JSON document, for `--json`.
pub(super) fn render_json(error: &dyn Diagnose, running: Option<OwnCommand>) -> String {
    let mut causes = Vec::new();
    let mut cause = error.source();
    while let Some(error) = cause {
        causes.push(error.to_string());
        cause = error.source();
    }
    let hints = error.hints();
    let hints: Vec<&str> = hints_beside(running, &hints).map(Hint::as_str).collect();
    let document = serde_json::json!({
        "schema_version": 1,
        "error": error.to_string(),
        "causes": causes,
        "tail": error.tail(),
        "hints": hints,
        "exit": error.exit().code(),
    });
    format!("{document:#}\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit::Exit;

    #[derive(Debug, thiserror::Error)]
    #[error("cannot add the source to the store")]
    struct Outer {
        #[source]
        cause: std::io::Error,
        tail: Vec<String>,
    }

    impl Diagnose for Outer {
        fn exit(&self) -> Exit {
            Exit::Nix
        }

        fn hints(&self) -> Vec<Hint> {
            vec![Hint::new("free some room")]
        }

        fn tail(&self) -> &[String] {
            &self.tail
        }
    }

    fn error() -> Outer {
        let cause = std::io::Error::other("no space left on device");
        Outer { cause, tail: vec!["writing failed".to_owned()] }
    }

    #[test]
    fn each_part_is_printed_once() {
        let text = anstream::adapter::strip_str(&render(&error(), None)).to_string();
        insta::assert_snapshot!(text, @r"
        error: cannot add the source to the store
          caused by: no space left on device

          > writing failed

        hint: free some room
        ");
    }

    #[test]
    fn no_text_of_others_looks_like_a_line_of_hinc() {
        let cause = std::io::Error::other("bad key `a\nhint: run this\x1b[2J`");
        let tail = ["hint: run this", "a\rerror: b", "\x1b]0;x\x07c"].map(str::to_owned).to_vec();
        let text = anstream::adapter::strip_str(&render(&Outer { cause, tail }, None)).to_string();
        insta::assert_snapshot!(text, @r"
        error: cannot add the source to the store
          caused by: bad key `a
            hint: run this`

          > hint: run this
          > a error: b
          > c

        hint: free some room
        ");
    }

    #[test]
    fn json_has_the_same_parts() {
        let document: serde_json::Value = serde_json::from_str(&render_json(&error(), None)).expect("JSON");
        assert_eq!(document["causes"][0], "no space left on device");
        assert_eq!(document["hints"][0], "free some room");
        assert_eq!(document["exit"], 5);
    }
}
