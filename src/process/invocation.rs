//! A command as data.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// How much a program may answer where nothing else is said, in bytes: more than any answer that
/// hinc asks for, less than a machine has.
const LONGEST_ANSWER: usize = 256 << 20;

/// A program with its arguments and surroundings, not yet started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invocation {
    /// The program: a name that is looked up on the search path, or a path.
    pub program: OsString,
    /// The arguments, without the program itself.
    pub args: Vec<OsString>,
    /// Variables that are set on top of those that hinc itself has.
    pub env: BTreeMap<OsString, OsString>,
    /// The folder it starts in; that of hinc itself where there is none.
    pub cwd: Option<PathBuf>,
    /// What it reads from its standard input; nothing where it is empty.
    pub stdin: Vec<u8>,
    /// How many bytes it may write to its standard output. One that writes more is ended.
    pub longest_answer: usize,
    /// How long it may take; none where that is for others to say. One that takes longer is ended.
    pub limit: Option<Duration>,
}

impl Invocation {
    /// Starts a command line with its program.
    pub fn new(program: impl Into<OsString>) -> Self {
        Self {
            program: program.into(),
            args: Vec::new(),
            env: BTreeMap::new(),
            cwd: None,
            stdin: Vec::new(),
            longest_answer: LONGEST_ANSWER,
            limit: None,
        }
    }

    /// Adds an argument.
    #[must_use]
    pub fn arg(mut self, arg: impl Into<OsString>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// Adds arguments, in order.
    #[must_use]
    pub fn args<I>(mut self, args: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<OsString>,
    {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    /// Sets a variable.
    #[must_use]
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.env.insert(name.into(), value.into());
        self
    }

    /// Sets the folder it starts in.
    #[must_use]
    pub fn cwd(mut self, folder: impl Into<PathBuf>) -> Self {
        self.cwd = Some(folder.into());
        self
    }

    /// Sets how long it may take.
    #[must_use]
    pub fn within(mut self, limit: Duration) -> Self {
        self.limit = Some(limit);
        self
    }

    /// Sets how many bytes it may answer.
    #[must_use]
    pub fn answers_at_most(mut self, bytes: usize) -> Self {
        self.longest_answer = bytes;
        self
    }

    /// Returns the program's name as people read it.
    pub fn program_name(&self) -> String {
        self.program.to_string_lossy().into_owned()
    }

    /// Returns the command line for a message: quoted where a shell would want it,
    /// long arguments (an expression, a JSON request) cut short.
    pub fn summary(&self) -> String {
        const LONGEST: usize = 60;
        let mut words = vec![self.program_name()];
        for arg in &self.args {
            let text = arg.to_string_lossy();
            let mut word: String = text.chars().take(LONGEST).collect();
            if text.chars().count() > LONGEST {
                word.push('…');
            }
            if word.is_empty() || word.contains(|c: char| c.is_whitespace() || "'\"$&|;<>(){}*?".contains(c)) {
                word = format!("'{}'", word.replace('\n', " "));
            }
            words.push(word);
        }
        words.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_quotes_and_shortens() {
        let command = Invocation::new("nix-store").args(["--realise", "", "a b"]).arg("x".repeat(100));
        assert_eq!(command.summary(), format!("nix-store --realise '' 'a b' {}…", "x".repeat(60)));
    }
}
