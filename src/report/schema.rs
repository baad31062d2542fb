//! Holds `docs/record.schema.json` against the types.

use crate::model::record::Record;

/// Returns the schema that the types give.
fn schema() -> String {
    let mut schema = schemars::schema_for!(Record);
    schema.insert("title".to_owned(), "The record of a hinc build, schema version 1".into());
    serde_json::to_string_pretty(&schema).expect("JSON") + "\n"
}

// Run with HINC_UPDATE_DOCS=1 to write the file anew.
#[test]
fn the_schema_is_that_of_the_types() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/record.schema.json");
    #[expect(clippy::disallowed_methods, reason = "a switch of this test, not of the program")]
    if std::env::var_os("HINC_UPDATE_DOCS").is_some() {
        fs_err::write(path, schema()).expect("a file that can be written");
    }
    let written = fs_err::read_to_string(path).expect("the schema");
    pretty_assertions::assert_eq!(written, schema());
}

// A field that is not described in words is not described.
#[test]
fn the_page_about_the_record_names_every_field() {
    let page = include_str!("../../docs/record.md");
    let schema: serde_json::Value = serde_json::from_str(&schema()).expect("JSON");
    let mut missing = Vec::new();
    let types = schema["$defs"].as_object().expect("types").values().chain([&schema]);
    for properties in types.filter_map(|of_type| of_type["properties"].as_object()) {
        missing.extend(properties.keys().filter(|name| !page.contains(&format!("`{name}`"))).cloned());
    }
    assert!(missing.is_empty(), "not in docs/record.md: {missing:?}");
}
