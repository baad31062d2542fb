//! The report as a page: one file that needs no network, and that may do nothing but show itself.
//!
//! All that matters is in the HTML: the script makes trees of the causes, draws the timeline, and searches, sorts and
//! turns the pages of the table. Words of others are text in both; the policy of the page lets nothing else run.

mod causes;
mod data;
mod entries;
mod failures;
mod modules;
mod packages;
mod policy;
mod summary;
mod text;
mod timeline;

use maud::{DOCTYPE, PreEscaped, html};

use self::entries::Entries;
use self::timeline::Timeline;
use super::Error;
use super::content;
use crate::foreign;
use crate::model::record::Record;

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("page.js");

/// Returns the report as one HTML document.
///
/// Fails with [`Error::Write`] where what the script reads cannot be written as JSON.
pub fn html(record: &Record) -> Result<String, Error> {
    let content = content::content(record);
    let entries = Entries::of(&content);
    let timeline = Timeline::of(&entries);
    let data = data::data(&entries, &timeline).map_err(Error::Write)?;
    let title = content.verdict.sentence.fitted(100).to_string();
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy::policy(SCRIPT, STYLE));
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                title { (foreign::line(&title)) }
                link rel="icon" href="data:,";
                style { (PreEscaped(STYLE)) }
            }
            body {
                (summary::header(record, &content))
                main {
                    (summary::section(record, &content))
                    (failures::section(record))
                    (causes::section(&entries))
                    (timeline::section(&timeline))
                    (modules::section(&entries))
                    (packages::section(&content))
                }
                script #data type="application/json" { (PreEscaped(data)) }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    Ok(page.into_string() + "\n")
}
