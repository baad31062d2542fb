//! The report as a page: one file that needs no network, and that may do nothing but show itself.
//!
//! All that matters is in the HTML: the script makes trees of the causes, draws the timeline, and searches, sorts and
//! turns the pages of the table. Words of others are text in both; the policy of the page lets nothing else run.

mod causes;
mod chart;
mod data;
mod diff;
mod entries;
mod failures;
mod modules;
mod packages;
mod policy;
mod summary;
mod text;
mod timeline;
mod trend;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use self::entries::Entries;
use self::timeline::Timeline;
use super::Error;
use super::content;
use crate::foreign;
use crate::model::record::Record;
use crate::model::trend::Trend;

pub use self::diff::diff_html;
pub use self::trend::trend_html;

const STYLE: &str = include_str!("style.css");
const THEME: &str = include_str!("theme.js");
const SCRIPT: &str = include_str!("page.js");

/// Returns the report as one HTML document, with what is known of past builds of the repository, if anything.
///
/// Fails with [`Error::Write`] where what the script reads cannot be written as JSON.
pub fn html(record: &Record, past: Option<&Trend>) -> Result<String, Error> {
    let content = content::content(record);
    let entries = Entries::of(&content);
    let timeline = Timeline::of(&entries);
    let data = data::data(&entries, &timeline).map_err(Error::Write)?;
    let title = content.verdict.sentence.fitted(100).to_string();
    let body = html! {
        (summary::header(record, &content))
        main {
            (summary::section(record, &content))
            (failures::section(record))
            (causes::section(&entries))
            (timeline::section(&timeline))
            (modules::section(&entries))
            (packages::section(&content))
            @if let Some(past) = past { (trend::section(past)) }
        }
        script #data type="application/json" { (PreEscaped(data)) }
    };
    Ok(document(&title, &body, &[THEME, SCRIPT]))
}

/// A page with these scripts, which may do nothing but show itself.
fn document(title: &str, body: &Markup, scripts: &[&str]) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy::policy(scripts, STYLE));
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                title { (foreign::line(title)) }
                link rel="icon" href="data:,";
                style { (PreEscaped(STYLE)) }
            }
            body {
                (body)
                @for script in scripts { script { (PreEscaped(script)) } }
            }
        }
    };
    page.into_string() + "\n"
}
