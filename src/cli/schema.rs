//! Holds the schemas under `docs/` against the types.

use super::interval::Suggestion;
use crate::builder::guest::Status;
use crate::model::forecast::Forecast;
use crate::model::reason::ReasonCode;
use crate::model::record::Record;
use crate::model::record_diff::RecordDiff;
use crate::model::revision::Base;
use crate::model::trend::Trend;
use crate::model::verification::Verification;

/// A schema with the page that describes it in words.
struct Document {
    file: &'static str,
    page: &'static str,
    schema: String,
}

fn documents() -> [Document; 8] {
    [
        Document {
            file: "record.schema.json",
            page: "record.md",
            schema: schema(schemars::schema_for!(Record), "The record of a hinc build, schema version 1"),
        },
        Document {
            file: "verification.schema.json",
            page: "verify.md",
            schema: schema(schemars::schema_for!(Verification), "What hinc verify found, schema version 2"),
        },
        Document {
            file: "base.schema.json",
            page: "base.md",
            schema: schema(schemars::schema_for!(Base), "The base of a hinc build, schema version 2"),
        },
        Document {
            file: "interval.schema.json",
            page: "base.md",
            schema: schema(schemars::schema_for!(Suggestion), "What hinc interval suggest says, schema version 1"),
        },
        Document {
            file: "plan.schema.json",
            page: "plan.md",
            schema: schema(schemars::schema_for!(Forecast), "What hinc plan says, schema version 1"),
        },
        Document {
            file: "report-diff.schema.json",
            page: "report.md",
            schema: schema(schemars::schema_for!(RecordDiff), "What hinc report diff says, schema version 1"),
        },
        Document {
            file: "trend.schema.json",
            page: "report.md",
            schema: schema(schemars::schema_for!(Trend), "What hinc report trend says, schema version 1"),
        },
        Document {
            file: "builder-status.schema.json",
            page: "builder.md",
            schema: schema(schemars::schema_for!(Status), "How a guest of hinc is, schema version 1"),
        },
    ]
}

fn schema(mut schema: schemars::Schema, title: &str) -> String {
    schema.insert("title".to_owned(), title.into());
    serde_json::to_string_pretty(&schema).expect("JSON") + "\n"
}

fn docs(name: &str) -> String {
    format!("{}/docs/{name}", env!("CARGO_MANIFEST_DIR"))
}

// Run with HINC_UPDATE_DOCS=1 to write the files anew.
#[test]
fn the_schemas_are_those_of_the_types() {
    for document in documents() {
        let path = docs(document.file);
        #[expect(clippy::disallowed_methods, reason = "a switch of this test, not of the program")]
        if std::env::var_os("HINC_UPDATE_DOCS").is_some() {
            fs_err::write(&path, &document.schema).expect("a file that can be written");
        }
        let written = fs_err::read_to_string(&path).expect("the schema");
        pretty_assertions::assert_eq!(written, document.schema);
    }
}

// A field that is not described in words is not described. The page about the verification leads to that
// about the record for what both have.
#[test]
fn the_pages_name_every_field() {
    let mut text = String::new();
    for document in documents() {
        text += &fs_err::read_to_string(docs(document.page)).expect("the page");
        let schema: serde_json::Value = serde_json::from_str(&document.schema).expect("JSON");
        let mut missing = Vec::new();
        let types = schema["$defs"].as_object().expect("types").values().chain([&schema]);
        for properties in types.filter_map(|of_type| of_type["properties"].as_object()) {
            missing.extend(properties.keys().filter(|name| !text.contains(&format!("`{name}`"))).cloned());
        }
        assert!(missing.is_empty(), "not in docs/{}: {missing:?}", document.page);
    }
}

#[test]
fn the_page_of_the_record_names_every_reason() {
    let text = fs_err::read_to_string(docs("record.md")).expect("the page");
    let missing: Vec<_> = ReasonCode::KNOWN.iter().filter(|code| !text.contains(&format!("`{code}`"))).collect();
    assert!(missing.is_empty(), "not in docs/record.md: {missing:?}");
}
