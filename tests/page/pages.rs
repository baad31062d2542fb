//! Pages as files that a browser opens.

use std::path::PathBuf;

use hinc::model::record::Record;
use hinc::report::{Format, TextOptions};

/// Writes the page of a record as `target/pages/NAME.html`, and returns the file.
pub(super) fn page(name: &str, record: &Record) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/pages");
    fs_err::create_dir_all(&folder).expect("a folder");
    let file = folder.join(format!("{name}.html"));
    let options = TextOptions { colour: false, width: 100 };
    fs_err::write(&file, Format::Html.render(record, &options).expect("a page")).expect("it is written");
    file
}
