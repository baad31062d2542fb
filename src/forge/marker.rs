//! The last line of a comment of hinc's, which nobody sees: whose it is, of which commit, and of when.
//!
//! `<!-- hinc:report:WORKFLOW/JOB/TARGET v1 sha=HEAD at=UNIXTIME run=NUMBER.ATTEMPT -->`. In an HTML comment nothing but
//! its end counts (HTML, 13.1.6), and no part of the line can write that: names have letters, digits, `.`,
//! `_` and `%` alone, all else is written as `%XX`.

use crate::model::percent;

/// The version of the marker's form.
const VERSION: u32 = 1;

const BEGIN: &str = "<!-- hinc:report:";
const END: &str = " -->";

/// How long a part of a key may be; what is longer is cut, and a digest tells it from others.
const LONGEST_PART: usize = 80;

/// Which of several comments of hinc's on one pull request it is: one for each workflow, job and target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key(String);

impl Key {
    /// Makes one of names of any form.
    pub fn new(workflow: &str, job: &str, target: &str) -> Self {
        Self([workflow, job, target].map(part).join("/"))
    }

    /// Returns it as it stands in the marker.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn part(name: &str) -> String {
    // `-` is not plain: two of them end a comment in older HTML.
    let whole = percent::encoded(name, b"._");
    if whole.len() <= LONGEST_PART {
        return whole;
    }
    let digest = blake3::hash(name.as_bytes()).to_hex();
    format!("{}.{}", &whole[..LONGEST_PART - 17], &digest[..16])
}

/// Which run of a workflow it is. GitHub counts both from 1 for each workflow
/// (<https://docs.github.com/en/actions/reference/workflows-and-actions/variables>); a later one is greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Run {
    /// The number of the run.
    pub number: u64,
    /// How often it was begun.
    pub attempt: u64,
}

/// What the last line says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marker {
    /// The version of its form.
    version: u32,
    /// Which comment it is.
    pub key: Key,
    /// The commit that the report is of: the head of the pull request then.
    pub head: String,
    /// When the build began, in seconds since 1970.
    pub at: i64,
    /// The run that posted it, where a service counts them.
    pub run: Option<Run>,
}

impl Marker {
    /// Makes one. `head` is the name of a commit.
    pub fn new(key: Key, head: String, at: i64, run: Option<Run>) -> Self {
        Self { version: VERSION, key, head, at, run }
    }

    /// Whether this version of hinc knows what it says.
    pub(super) fn is_known(&self) -> bool {
        self.version == VERSION
    }

    /// Returns a comment: the text, and the marker as its last line.
    pub(super) fn under(&self, text: &str) -> String {
        let Self { version, key, head, at, run } = self;
        let run = run.map(|run| format!(" run={}.{}", run.number, run.attempt)).unwrap_or_default();
        // An HTML comment is a block of its own only behind an empty line.
        let text = text.trim_end();
        let gap = if text.is_empty() { "" } else { "\n\n" };
        let head = percent::encoded(head, b"");
        format!("{text}{gap}{BEGIN}{} v{version} sha={head} at={at}{run}{END}", key.0)
    }

    /// Takes a comment apart into its text and its marker; none where the last line is no marker. A form that a newer hinc
    /// writes is read as far as it is known.
    pub(super) fn split(comment: &str) -> Option<(String, Self)> {
        let comment = comment.trim_end();
        let (text, line) = comment.rsplit_once('\n').unwrap_or(("", comment));
        let inner = line.strip_prefix(BEGIN)?.strip_suffix(END)?;
        let mut words = inner.split(' ');
        let key = Key(words.next()?.to_owned());
        let version = words.next()?.strip_prefix('v')?.parse().ok()?;
        let mut marker = Self { version, key, head: String::new(), at: 0, run: None };
        for word in words {
            match word.split_once('=') {
                Some(("sha", head)) => head.clone_into(&mut marker.head),
                Some(("at", at)) => marker.at = at.parse().ok()?,
                Some(("run", run)) => {
                    let (number, attempt) = run.split_once('.')?;
                    marker.run = Some(Run { number: number.parse().ok()?, attempt: attempt.parse().ok()? });
                }
                _ => {}
            }
        }
        Some((text.trim_end().replace("\r\n", "\n"), marker))
    }

    /// Whether this one is of a later run than another, or of a later build where runs are not counted. Of the same one
    /// it is not.
    pub(super) fn is_later_than(&self, other: &Self) -> bool {
        match (self.run, other.run) {
            (Some(run), Some(other)) => run > other,
            _ => self.at > other.at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn marker(run: Option<Run>) -> Marker {
        Marker::new(Key::new("CI", "build", "app"), "c".repeat(40), 1_769_850_764, run)
    }

    #[test]
    fn it_is_the_last_line_and_is_read_again() {
        let with_run = marker(Some(Run { number: 12, attempt: 2 }));
        let comment = with_run.under("### text\n");
        let line = format!("<!-- hinc:report:CI/build/app v1 sha={} at=1769850764 run=12.2 -->", "c".repeat(40));
        assert_eq!(comment, format!("### text\n\n{line}"));
        for form in [comment.clone(), comment.replace('\n', "\r\n"), format!("{comment}\n")] {
            assert_eq!(Marker::split(&form), Some(("### text".to_owned(), with_run.clone())), "{form:?}");
        }
        let without = marker(None);
        assert_eq!(Marker::split(&without.under("")), Some((String::new(), without)));
    }

    #[test]
    fn only_a_last_line_counts() {
        let line = marker(None).under("");
        for comment in [
            String::new(),
            "text".to_owned(),
            format!("> {line}"),
            format!("`{line}`"),
            format!("{line}\nLook at this"),
            line.replace("hinc:report", "hinc:other"),
            line.replace(" v1", ""),
            line.replace(" v1", " vx"),
            line.replace("at=", "at=x"),
            line.replace(" -->", ""),
            format!("{line} ").replace("--> ", "-->x"),
        ] {
            assert_eq!(Marker::split(&comment), None, "{comment}");
        }
        let newer = line.replace(" v1", " v2").replace(" at=", " moon=full at=");
        let (_, newer) = Marker::split(&newer).expect("it is read as far as it is known");
        assert!(!newer.is_known() && newer.key == marker(None).key);
    }

    #[test]
    fn a_later_run_is_greater() {
        let run = |number, attempt| Some(Run { number, attempt });
        for (one, other, expected) in [
            (run(2, 1), run(1, 9), true),
            (run(1, 2), run(1, 1), true),
            (run(1, 1), run(1, 1), false),
            (run(1, 1), run(2, 1), false),
            (None, run(1, 1), false),
        ] {
            assert_eq!(marker(one).is_later_than(&marker(other)), expected, "{one:?} {other:?}");
        }
        let later = Marker { at: marker(None).at + 1, ..marker(None) };
        assert!(later.is_later_than(&marker(run(1, 1))) && !marker(None).is_later_than(&later));
    }

    #[test]
    fn names_that_differ_stay_different() {
        let long = "x".repeat(300);
        let key = Key::new(&long, "a/b", "-->");
        assert_ne!(key, Key::new(&format!("{long}y"), "a/b", "-->"));
        assert!(key.as_str().len() < 120 && key.as_str().ends_with("/a%2Fb/%2D%2D%3E"), "{key:?}");
        assert_ne!(Key::new("a", "b/c", ""), Key::new("a/b", "c", ""));
    }

    proptest! {
        #[test]
        fn no_name_ends_the_comment(workflow in ".*", job in ".*", head in ".*", text in ".*") {
            let marker = Marker::new(Key::new(&workflow, &job, ""), head, 1, None);
            let comment = marker.under(&text);
            let line = comment.rsplit('\n').next().expect("a line");
            prop_assert!(line.ends_with(END) && !line[4..line.len() - 3].contains(['<', '>', '-', '\r']));
            prop_assert!(Marker::split(&comment).is_some_and(|(_, read)| read.key == marker.key));
        }
    }
}
