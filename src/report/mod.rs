//! Renders a record.
//!
//! Layer 2. Every renderer is a pure function of a [`Record`]: the same record
//! gives the same bytes. What several of them show (edits and what each set off, the slowest
//! modules) is computed in `cascade`, and what is said of it in `content`: a form only lays it out.

mod annotations;
pub mod base;
mod base_failures;
pub mod cascade;
pub mod content;
mod diff;
mod failure;
mod forecast;
mod html;
pub mod interval;
mod junit;
mod lanes;
mod markdown;
mod openmetrics;
mod page;
mod precautions;
mod read;
pub mod sentence;
mod style;
mod text;
mod titles;
mod trace;
mod trend;
mod verification;
mod why;
mod words;

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use crate::foreign;
use crate::model::record::Record;
use crate::model::record_diff::RecordDiff;
use crate::model::trend::Trend;

pub use annotations::{Annotation, Level, Spot, annotations};
pub use base_failures::base_failure;
pub use content::{Thresholds, Worth, worth};
pub use diff::{diff, diff_json, diff_text};
pub use forecast::{forecast_json, forecast_text};
pub use html::{diff_html, html, trend_html};
pub use markdown::{LIMIT as MARKDOWN_LIMIT, markdown};
pub use read::{Error, read};
pub use text::{TextOptions, text};
pub use trend::{trend, trend_json, trend_text};
pub use verification::{verification_json, verification_text};
pub use why::{Question, why_text};

/// Makes [`Format`] of one table: a line is a form, its name on the command line, the ending of its files, and what
/// renders it.
macro_rules! formats {
    ($($(#[$doc:meta])* $form:ident = $name:literal, $ending:literal, $render:path;)+) => {
        /// A form of the report.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Format {
            $($(#[$doc])* $form,)+
        }

        impl Format {
            /// Every form, in the order in which help lists them.
            pub const ALL: &[Self] = &[$(Self::$form),+];

            /// Returns its name on the command line.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$form => $name,)+
                }
            }

            /// Returns the ending of files of this form, without the full stop. No two have the same.
            pub const fn ending(self) -> &'static str {
                match self {
                    $(Self::$form => $ending,)+
                }
            }

            /// Renders a record, harmless to whatever shows it in the end: a file is read by a terminal or a CI runner
            /// too.
            pub fn render(self, record: &Record, options: &TextOptions) -> Result<String, Error> {
                match self {
                    $(Self::$form => $render(record, options),)+
                }
            }
        }
    };
}

formats! {
    /// For a terminal.
    Text = "text", "txt", shown_text;
    /// For a pull request and for the summary of a job.
    Markdown = "markdown", "md", shown_markdown;
    /// A page for a browser.
    Html = "html", "html", shown_html;
    /// The record itself.
    Json = "json", "json", shown_json;
    /// A timeline for Perfetto and `chrome://tracing`.
    Trace = "trace", "trace.json", trace::trace;
    /// What failed, for CI services.
    Junit = "junit", "xml", junit::junit;
    /// Numbers, for GitLab and Prometheus.
    OpenMetrics = "openmetrics", "metrics.txt", openmetrics::openmetrics;
}

impl Format {
    /// Returns the form of a file by its name. `a.trace.json` is a trace and `a.json` is not: the longest ending counts.
    /// An ending of two words may be all of the name, as in `metrics.txt`.
    pub fn of_file(file: &Path) -> Option<Self> {
        let name = file.file_name()?.to_str()?;
        let has = |format: &Self| match name.strip_suffix(format.ending()) {
            Some("") => format.ending().contains('.'),
            before => before.is_some_and(|before| before.ends_with('.')),
        };
        let found = Self::ALL.iter().copied().filter(has).max_by_key(|format| format.ending().len())?;
        // A hidden file that is called as an ending has none.
        (name.strip_prefix('.') != Some(found.ending())).then_some(found)
    }

    /// Renders a record as [`Self::render`] does, with past builds of its repository where the form shows them.
    pub fn render_among(self, record: &Record, past: &Trend, options: &TextOptions) -> Result<String, Error> {
        match self {
            Self::Html => html(record, Some(past)).map(|page| foreign::shown(&page, false).into_owned()),
            _ => self.render(record, options),
        }
    }

    /// The forms that several builds are shown in.
    pub const OF_SEVERAL: &[Self] = &[Self::Text, Self::Json, Self::Html];

    /// Renders past builds; none where this form shows one build alone.
    pub fn render_trend(self, trend: &Trend, options: &TextOptions) -> Option<Result<String, Error>> {
        Some(match self {
            Self::Text => Ok(foreign::shown(&trend_text(trend, options), options.colour).into_owned()),
            Self::Json => trend_json(trend).map(|document| foreign::json(&document).into_owned()),
            Self::Html => Ok(foreign::shown(&trend_html(trend), false).into_owned()),
            Self::Markdown | Self::Trace | Self::Junit | Self::OpenMetrics => return None,
        })
    }

    /// Renders two builds side by side; none where this form shows one build alone.
    pub fn render_diff(self, diff: &RecordDiff, options: &TextOptions) -> Option<Result<String, Error>> {
        Some(match self {
            Self::Text => Ok(foreign::shown(&diff_text(diff, options), options.colour).into_owned()),
            Self::Json => diff_json(diff).map(|document| foreign::json(&document).into_owned()),
            Self::Html => Ok(foreign::shown(&diff_html(diff), false).into_owned()),
            Self::Markdown | Self::Trace | Self::Junit | Self::OpenMetrics => return None,
        })
    }

    /// Lists the names for help and hints: `` `text` or `json` ``.
    pub fn names() -> String {
        Self::names_of(Self::ALL)
    }

    /// Lists the names of some of them.
    pub fn names_of(some: &[Self]) -> String {
        listed(some.iter().map(|format| format!("`{format}`")).collect())
    }

    /// Lists the endings for help and hints: `` `.txt` or `.json` ``.
    pub fn endings() -> String {
        Self::endings_of(Self::ALL)
    }

    /// Lists the endings of some of them.
    pub fn endings_of(some: &[Self]) -> String {
        listed(some.iter().map(|format| format!("`.{}`", format.ending())).collect())
    }
}

fn listed(mut items: Vec<String>) -> String {
    let last = items.pop().unwrap_or_default();
    if items.is_empty() { last } else { format!("{} or {last}", items.join(", ")) }
}

#[expect(clippy::unnecessary_wraps, reason = "all forms are rendered alike")]
fn shown_text(record: &Record, options: &TextOptions) -> Result<String, Error> {
    Ok(foreign::shown(&text(record, options), options.colour).into_owned())
}

#[expect(clippy::unnecessary_wraps, reason = "all forms are rendered alike")]
fn shown_markdown(record: &Record, _options: &TextOptions) -> Result<String, Error> {
    Ok(foreign::shown(&markdown(record), false).into_owned())
}

fn shown_html(record: &Record, _options: &TextOptions) -> Result<String, Error> {
    html(record, None).map(|page| foreign::shown(&page, false).into_owned())
}

fn shown_json(record: &Record, _options: &TextOptions) -> Result<String, Error> {
    json(record).map(|document| foreign::json(&document).into_owned())
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.iter().copied().find(|format| format.name() == text);
        found.ok_or_else(|| format!("`{text}` is no form of the report: it is {}", Self::names()))
    }
}

/// Returns the record as indented JSON with a line end. `docs/record.md` describes it.
pub fn json(record: &Record) -> Result<String, Error> {
    let mut text = serde_json::to_string_pretty(record).map_err(Error::Write)?;
    text.push('\n');
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_file_says_the_form() {
        for format in Format::ALL {
            assert_eq!(Format::of_file(Path::new(&format!("a/b.c.{}", format.ending()))), Some(*format));
            assert_eq!(Format::ALL.iter().filter(|other| other.ending() == format.ending()).count(), 1, "{format}");
            assert_eq!(format.name().parse(), Ok(*format));
        }
        for (name, format) in [
            ("a.json", Some(Format::Json)),
            ("trace.json", Some(Format::Trace)),
            ("a.trace.json", Some(Format::Trace)),
            ("atrace.json", Some(Format::Json)),
            ("metrics.txt", Some(Format::OpenMetrics)),
            ("metrics.a.txt", Some(Format::Text)),
            ("junit.xml", Some(Format::Junit)),
            ("json", None),
            (".json", None),
            (".trace.json", None),
            ("report.", None),
            ("..", None),
        ] {
            assert_eq!(Format::of_file(Path::new(name)), format, "{name}");
        }
    }

    #[test]
    fn lists_read_as_sentences() {
        let list = |items: &[&str]| listed(items.iter().map(|&item| item.to_owned()).collect());
        assert_eq!([list(&["a"]), list(&["a", "b"]), list(&["a", "b", "c"])], ["a", "a or b", "a, b or c"]);
    }
}
