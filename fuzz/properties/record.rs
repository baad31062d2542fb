//! A record, as `hinc report FILE` reads it.

use hinc::foreign;
use hinc::report::{self, TextOptions};

use super::{is_a_line, is_harmless, is_told_harmlessly};

pub(super) fn hold(bytes: &[u8]) {
    let record = match report::read(bytes) {
        Ok(record) => record,
        Err(error) => return is_told_harmlessly(&error),
    };
    for (colour, width) in [(false, 100), (true, 40), (false, 1)] {
        let text = report::text(&record, &TextOptions { colour, width });
        assert!(text.is_empty() || text.ends_with('\n'));
        for line in text.lines() {
            is_a_line(line);
            assert!(colour || !line.starts_with("error:"), "{line:?}");
        }
        is_harmless(&foreign::shown(&text, false));
    }
    let json = report::json(&record).expect("JSON");
    let again = report::read(json.as_bytes()).expect("a record");
    assert_eq!(again, record);
    // As the printer writes it.
    let shown = foreign::json(&json);
    assert_eq!(report::read(shown.as_bytes()).expect("a record"), record);
    assert!(!shown.contains(|c: char| c.is_control() && c != '\n'));
}
