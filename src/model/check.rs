//! What `hinc doctor` finds.

use serde::{Serialize, Serializer};

use crate::error::{Diagnose, Hint, in_one_line};

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// As it should be.
    Ok,
    /// hinc works, but less well than it could.
    Warning,
    /// hinc cannot work, or not with the machine's GHC.
    Failed,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What was looked at, such as `sandbox`.
    pub name: String,
    /// How it came out.
    pub state: State,
    /// What was found, in one line.
    pub found: String,
    /// What to do about it. Nothing where all is well.
    #[serde(serialize_with = "lines")]
    pub advice: Vec<Hint>,
}

impl Check {
    /// A check that found what it should.
    pub fn ok(name: &str, found: impl Into<String>) -> Self {
        Self { name: name.to_owned(), state: State::Ok, found: found.into(), advice: Vec::new() }
    }

    /// A check that found something that could be better.
    pub fn warning(name: &str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { name: name.to_owned(), state: State::Warning, found: found.into(), advice: vec![Hint::new(advice)] }
    }

    /// A check that found what keeps hinc from working.
    pub fn failed(name: &str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { name: name.to_owned(), state: State::Failed, found: found.into(), advice: vec![Hint::new(advice)] }
    }

    /// A check that could not be made, or found what is wrong, as an error says it: the message with its causes, the
    /// last of the program's own lines, and a line of advice for each hint.
    pub fn of_error(name: &str, error: &dyn Diagnose) -> Self {
        Self { name: name.to_owned(), state: State::Failed, found: in_one_line(error), advice: error.hints() }
    }
}

/// JSON has one text of all lines, or null.
fn lines<S: Serializer>(advice: &[Hint], serializer: S) -> Result<S::Ok, S::Error> {
    let lines: Vec<&str> = advice.iter().map(Hint::as_str).collect();
    (!lines.is_empty()).then(|| lines.join("\n")).serialize(serializer)
}
