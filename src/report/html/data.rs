//! What the script of the page draws from.

use std::collections::BTreeMap;

use serde::Serialize;

use super::entries::Entries;
use super::modules::kind_mark;
use super::text::plain;
use super::timeline::{Timeline, What};
use crate::foreign;
use crate::model::record::Part;
use crate::report::content;

/// A document for a data block: short, as there may be many thousand entries. Indices are -1 where there is none, times
/// are in milliseconds.
#[derive(Serialize)]
struct Data<'a> {
    /// The derivations: their names, and whether they are full builds of the base that nobody asked for.
    builds: Vec<(String, bool)>,
    /// Words that many entries share.
    words: Vec<String>,
    /// What changed.
    changes: Vec<String>,
    /// What GHC compiled.
    modules: Vec<Row<'a>>,
    /// The numbers of the modules that the others waited for.
    path: Vec<usize>,
    /// The lanes of the timeline.
    lanes: Vec<(&'a str, Vec<DrawnSpan>)>,
}

/// The name, the derivation, the component (of the words), the mark of its kind (of the words), the reason (of the
/// words), the change, the entry that the reason names, and the time.
type Row<'a> = (std::borrow::Cow<'a, str>, usize, usize, usize, usize, isize, isize, i64);

/// The entry, or -1 for what a program was linked in and -2 for the rest; when it began, and how long it took.
type DrawnSpan = (isize, i64, i64);

/// Words by their number.
#[derive(Default)]
struct Words {
    numbers: BTreeMap<String, usize>,
    all: Vec<String>,
}

impl Words {
    fn number(&mut self, word: &str) -> usize {
        if let Some(&number) = self.numbers.get(word) {
            return number;
        }
        let number = self.all.len();
        self.numbers.insert(word.to_owned(), number);
        self.all.push(foreign::line(word).into_owned());
        number
    }
}

/// Returns the data block: JSON in which no `<` is written, so that no tag and no comment can begin or end in it.
pub(super) fn data(entries: &Entries<'_>, timeline: &Timeline) -> Result<String, serde_json::Error> {
    let mut words = Words::default();
    let modules = entries.all.iter().map(|entry| {
        let module = entry.module;
        (
            foreign::line(&module.module.0),
            entry.subject,
            words.number(&module.component.0),
            words.number(kind_mark(module.kind)),
            words.number(&plain(&content::reason(module))),
            number(entry.change),
            number(entry.parent),
            module.seconds.map_or(-1, milliseconds),
        )
    });
    let modules = modules.collect();
    let lanes = timeline.lanes.iter().map(|lane| {
        let spans = lane.spans.iter().map(|span| {
            let what = match span.what {
                What::Entry(at) => number(Some(at)),
                What::Beside(Part::Linking) => -1,
                What::Beside(Part::Other) => -2,
            };
            let milliseconds = |time: u64| i64::try_from(time / 1000).map_or(MOST, |time| time.min(MOST));
            let begin = milliseconds(span.time.begin);
            (what, begin, milliseconds(span.time.end) - begin)
        });
        (lane.title.as_str(), spans.collect())
    });
    let data = Data {
        builds: entries
            .subjects
            .iter()
            .enumerate()
            .map(|(at, told)| (foreign::line(&entries.label(at)).into_owned(), told.build.is_helper()))
            .collect(),
        words: words.all,
        changes: entries
            .changes
            .iter()
            .map(|change| foreign::line(&plain(&change.distinct_title)).into_owned())
            .collect(),
        modules,
        path: timeline.path.clone(),
        lanes: lanes.collect(),
    };
    // JSON has this character nowhere but in texts, where its number means the same (RFC 8259, 7).
    Ok(serde_json::to_string(&data)?.replace('<', "\\u003c"))
}

fn number(index: Option<usize>) -> isize {
    index.and_then(|index| isize::try_from(index).ok()).unwrap_or(-1)
}

/// More milliseconds than this are as good as endless: 30,000 years, which JavaScript still has exactly.
const MOST: i64 = 1_000_000_000_000_000;

/// A time that JavaScript has exactly, whatever a record says.
#[expect(clippy::cast_possible_truncation, reason = "a cast saturates, and makes 0 of what is no number")]
pub(super) fn milliseconds(seconds: f64) -> i64 {
    ((seconds * 1000.0).round() as i64).clamp(0, MOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_whole_numbers() {
        for (seconds, expected) in [
            (0.0, 0),
            (1.2345, 1235),
            (-3.0, 0),
            (f64::NAN, 0),
            (f64::INFINITY, 1_000_000_000_000_000),
            (1e300, 1_000_000_000_000_000),
        ] {
            assert_eq!(milliseconds(seconds), expected, "{seconds}");
        }
    }
}
