//! Pages as files that a browser opens.

use std::path::PathBuf;

use hinc::model::record::Record;
use hinc::report::{self, Format, TextOptions};

const OPTIONS: TextOptions = TextOptions { colour: false, width: 100 };

/// Writes the page of a record as `target/pages/NAME.html`, and returns the file.
pub(super) fn page(name: &str, record: &Record) -> PathBuf {
    written(name, &Format::Html.render(record, &OPTIONS).expect("a page"))
}

/// The same of the last of some builds, with those before it.
pub(super) fn page_among(name: &str, records: &[Record]) -> PathBuf {
    let (last, trend) = (records.last().expect("one"), report::trend(records));
    written(name, &Format::Html.render_among(last, &trend, &OPTIONS).expect("a page"))
}

/// The same of several builds.
pub(super) fn trend(name: &str, records: &[Record]) -> PathBuf {
    let page = Format::Html.render_trend(&report::trend(records), &OPTIONS);
    written(name, &page.expect("it is a form of it").expect("a page"))
}

/// The same of two builds side by side.
pub(super) fn diff(name: &str, before: &Record, after: &Record) -> PathBuf {
    let page = Format::Html.render_diff(&report::diff(before, after), &OPTIONS);
    written(name, &page.expect("it is a form of it").expect("a page"))
}

fn written(name: &str, page: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/pages");
    fs_err::create_dir_all(&folder).expect("a folder");
    let file = folder.join(format!("{name}.html"));
    fs_err::write(&file, page).expect("it is written");
    file
}
