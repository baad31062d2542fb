//! `hinc report` and what it does beside one record: forms by the names of files, records that cannot be read.

use std::process::{Command, Output, Stdio};

use hinc::model::plan::Mode;
use hinc::pipeline::Records;
use tempfile::TempDir;

use crate::report::{record, recorded};

/// A home with two records, and what hinc says there.
struct Home(TempDir);

impl Home {
    fn new() -> Self {
        let home = Self(tempfile::tempdir().expect("a folder"));
        let records = Records::below(&home.0.path().join("hinc"));
        for (case, hour) in [("comment", 1), ("export", 2)] {
            let mut record = record(Mode::Incremental, recorded(case));
            record.started += chrono::TimeDelta::hours(hour);
            records.write(home.0.path(), &record).expect("it is written");
        }
        home
    }

    fn says(&self, args: &[&str]) -> Output {
        let mut hinc = Command::new(env!("CARGO_BIN_EXE_hinc"));
        hinc.args(args).current_dir(self.0.path()).env_clear().env("HOME", self.0.path()).stdin(Stdio::null());
        hinc.env("XDG_STATE_HOME", self.0.path()).env("PATH", env!("PATH")).output().expect("it runs")
    }

    fn file(&self, name: &str) -> String {
        fs_err::read_to_string(self.0.path().join(name)).expect("it was written")
    }

    /// Makes records, the oldest first, ones of a version that nobody knows yet.
    fn spoil(&self, count: usize) {
        let folder = self.0.path().join("hinc/records");
        let mut files: Vec<_> =
            fs_err::read_dir(folder).expect("records").map(|entry| entry.expect("an entry").path()).collect();
        files.sort();
        for file in &files[..count] {
            fs_err::write(file, "{\"schema_version\": 9}").expect("it is written");
        }
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn the_name_of_a_file_says_the_form() {
    let home = Home::new();
    let ways: [(&[&str], &str, &str); 9] = [
        (&["report", "-o", "a.html"], "a.html", "<!DOCTYPE html>"),
        (&["report", "-o", "a.md"], "a.md", "### "),
        (&["report", "-o", "a.trace.json"], "a.trace.json", "{\"displayTimeUnit\""),
        (&["report", "-o", "a"], "a", "tree "),
        (&["report", "--format", "markdown", "-o", "b.html"], "b.html", "### "),
        (&["report", "trend", "-o", "t.html"], "t.html", "<!DOCTYPE html>"),
        (&["report", "trend", "--json", "-o", "u.html"], "u.html", "{\n"),
        (&["report", "diff", "-o", "d.html"], "d.html", "<!DOCTYPE html>"),
        (&["report", "diff", "-o", "d.json"], "d.json", "{\n"),
    ];
    for (args, file, begin) in ways {
        let output = home.says(args);
        assert!(output.status.success() && output.stdout.is_empty(), "{args:?}: {}", said(&output));
        assert!(home.file(file).starts_with(begin), "{args:?}: {}", home.file(file));
    }
    for args in [["report", "trend", "-o", "x.md"], ["report", "diff", "-o", "x.xml"]] {
        let output = home.says(&args);
        assert_eq!(output.status.code(), Some(2));
        assert!(said(&output).contains("ends in `.txt`, `.json` or `.html`"), "{}", said(&output));
    }
    assert!(home.says(&["report", "diff", "--format", "html"]).stdout.starts_with(b"<!DOCTYPE html>"));
}

#[test]
fn records_that_cannot_be_read_are_told() {
    let home = Home::new();
    home.spoil(1);
    let output = home.says(&["report", "trend"]);
    assert!(output.status.success(), "{}", said(&output));
    let why = "a record of schema version 9, but this version of hinc knows version 1";
    assert!(said(&output).starts_with(&format!("warning: 1 record is left out: {why}")), "{}", said(&output));
    assert!(String::from_utf8_lossy(&output.stdout).contains("4 of 13 modules"));
    home.spoil(2);
    let output = home.says(&["report", "trend"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        said(&output).contains(&format!("no record here can be read: 2 records are left out: {why}")),
        "{}",
        said(&output)
    );
    assert_eq!(home.says(&["report", "trend", "--last", "1"]).status.code(), Some(2));
}
