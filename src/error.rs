//! What every error of a stage can say beyond its message.
//!
//! Layer 0. A stage has one `thiserror` enum; `cli::diagnostic` alone prints it.

use crate::exit::Exit;

/// Advice for the reader of an error: one sentence that says what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    text: String,
    command: Option<OwnCommand>,
}

/// A command of hinc that hints send their readers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnCommand {
    /// `hinc doctor`.
    Doctor,
    /// `hinc builder doctor`.
    BuilderDoctor,
    /// `hinc builder up`.
    BuilderUp,
    /// `hinc builder down`.
    BuilderDown,
    /// `hinc builder status`.
    BuilderStatus,
    /// `hinc builder logs`.
    BuilderLogs,
    /// `hinc builder gc`.
    BuilderGc,
    /// `hinc builder resize`.
    BuilderResize,
}

impl Hint {
    /// Makes a hint of a sentence without a full stop, such as `install Nix`.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), command: None }
    }

    /// Makes one whose sentence says no more than that a command of hinc helps: it is no use to who runs that one.
    pub fn see(command: OwnCommand, text: impl Into<String>) -> Self {
        Self { text: text.into(), command: Some(command) }
    }

    /// Returns the sentence.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

/// Takes away what says to who runs a command that this very command helps.
pub fn hints_beside(running: Option<OwnCommand>, hints: &[Hint]) -> impl Iterator<Item = &Hint> {
    hints.iter().filter(move |hint| hint.command.is_none() || hint.command != running)
}

/// An error that knows how the program ends because of it, and what its reader can do.
pub trait Diagnose: std::error::Error {
    /// Returns the exit code of a command that ends with this error.
    fn exit(&self) -> Exit;

    /// Returns what the reader can do about it, most useful first.
    fn hints(&self) -> Vec<Hint> {
        Vec::new()
    }

    /// Returns the last lines of the program that failed, oldest first, where one did.
    fn tail(&self) -> &[String] {
        &[]
    }
}

/// Returns an error with its causes as one text, and the last line of the program that failed.
pub fn in_one_line(error: &dyn Diagnose) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(source) = cause {
        text = format!("{text}: {source}");
        cause = source.source();
    }
    match error.tail().last() {
        Some(line) => format!("{text} ({})", line.trim()),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_to_the_command_that_runs() {
        let hints = [
            Hint::new("install Nix"),
            Hint::see(OwnCommand::Doctor, "`hinc doctor` shows more"),
            Hint::see(OwnCommand::BuilderDoctor, "`hinc builder doctor` shows more"),
        ];
        let left = |running| hints_beside(running, &hints).map(Hint::as_str).collect::<Vec<_>>();
        let all = ["install Nix", "`hinc doctor` shows more", "`hinc builder doctor` shows more"];
        assert_eq!(left(None), all);
        assert_eq!(left(Some(OwnCommand::BuilderUp)), all);
        assert_eq!(left(Some(OwnCommand::Doctor)), [all[0], all[2]]);
        assert_eq!(left(Some(OwnCommand::BuilderDoctor)), all[..2]);
    }
}
