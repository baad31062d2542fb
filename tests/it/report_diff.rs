//! Two builds side by side.

use hinc::model::plan::{Kind, Mode};
use hinc::model::record::{Build, Module, Outcome};
use hinc::report::{self, Format, diff_json, diff_text};

use crate::report::{incremental, module, options, record, recorded};

fn edited(name: &str, seconds: f64) -> Module {
    module("lib", name, "module-changed", Some("Types"), "Types", seconds)
}

fn of(package: &str, modules: Vec<Module>, seconds: f64) -> Build {
    Build { package: package.parse().expect("a name"), compile_seconds: Some(seconds), ..incremental(modules) }
}

#[test]
fn what_one_compiled_and_the_other_did_not() {
    let base = Build { kind: Kind::Full, wanted: false, ..of("core", vec![edited("Base", 9.0)], 90.0) };
    let before = record(
        Mode::Incremental,
        vec![base, of("core", vec![edited("A", 1.0), edited("B", 2.0), edited("C", 3.0)], 6.0)],
    );
    let many = (0..12).map(|index| edited(&format!("M{index}"), 0.1 * f64::from(index))).collect();
    let after = record(
        Mode::Incremental,
        vec![
            of("core", vec![edited("A", 1.1), edited("B", 4.0), edited("D", 0.2)], 5.3),
            of("app", many, 8.0),
            Build { outcome: Outcome::Cached, ..of("tool", Vec::new(), 0.0) },
        ],
    );
    insta::assert_snapshot!(diff_text(&report::diff(&before, &after), &options()), @r"
    before 2222222222 on a1b2c3d4e5, 2026-01-31 09:12 UTC: 3 of 3,000 modules rebuilt in 6.0 s, as expected
    after  2222222222 on a1b2c3d4e5, 2026-01-31 09:12 UTC: 15 of 6,000 modules rebuilt in 13 s, as expected
    app: built only after, 12 modules
      compiled only after: 12
        M11     1.1 s  Types changed
        M10     1.0 s  Types changed
        M9      0.9 s  Types changed
        M8      0.8 s  Types changed
        M7      0.7 s  Types changed
        M6      0.6 s  Types changed
        M5      0.5 s  Types changed
        M4      0.4 s  Types changed
        M3      0.3 s  Types changed
        M2      0.2 s  Types changed
        and 2 more
    core: as many modules, 0.7 s less
      compiled only after: 1
        D     0.2 s  Types changed
      compiled only before: 1
        C     3.0 s  Types changed
      compiled both times, in another time: 1
        B  2.0 s before, 4.0 s after
    ");
    // The other way round it is the other way round.
    let back = diff_text(&report::diff(&after, &before), &options());
    assert!(
        back.contains("app: built only before, 12 modules") && back.contains("B  4.0 s before, 2.0 s after"),
        "{back}"
    );
    let comment = record(Mode::Incremental, recorded("comment"));
    let export = record(Mode::Incremental, recorded("export"));
    insta::assert_snapshot!(diff_text(&report::diff(&comment, &export), &options()), @r"
    before 2222222222 on a1b2c3d4e5, 2026-01-31 09:12 UTC: 1 of 13 modules rebuilt in 6.2 s, as expected
    after  2222222222 on a1b2c3d4e5, 2026-01-31 09:12 UTC: 4 of 13 modules rebuilt in 6.2 s, as expected
    tree: 3 modules more, in as much time
      compiled only after: 3
        Main (exe:tree)     0.4 s  Source file changed
        Tree.Root           0.3 s  Tree.Branch changed
        Tree.Branch         0.2 s  Tree.Leaf changed
    ");
    insta::assert_snapshot!(diff_text(&report::diff(&comment, &comment), &options()), @r"
    before 2222222222 on a1b2c3d4e5, 2026-01-31 09:12 UTC: 1 of 13 modules rebuilt in 6.2 s, as expected
    after  2222222222 on a1b2c3d4e5, 2026-01-31 09:12 UTC: 1 of 13 modules rebuilt in 6.2 s, as expected
    tree: as many modules, in as much time
    ");
}

#[test]
fn two_builds_are_a_page() {
    let before = record(Mode::Incremental, vec![of("core", vec![edited("A", 1.0), edited("<b>evil", 3.0)], 6.0)]);
    let many = (0..300).map(|index| edited(&format!("M{index}"), 0.1)).collect();
    let after = record(Mode::Incremental, vec![of("core", vec![edited("A", 4.0)], 5.3), of("app", many, 8.0)]);
    let shown = |before, after| {
        let page = Format::Html.render_diff(&report::diff(before, after), &options()).expect("a form of it");
        page.expect("a page")
    };
    let page = shown(&before, &after);
    for text in [
        "<h1>Two builds side by side</h1>",
        "default-src 'none'; script-src 'sha256-",
        "compiled only after: 300",
        "compiled only before: 1",
        "compiled both times, in another time: 1",
        "&lt;b&gt;evil",
        "1 module fewer, 0.7 s less",
        "2 of 3,000 modules rebuilt",
        "and 100 modules more, which the JSON document has",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
    assert!(!page.contains("<b>") && !page.contains("#data"), "{page}");
    assert!(shown(&record(Mode::Incremental, Vec::new()), &record(Mode::Full, Vec::new())).contains("neither of them"));
    for format in [Format::Markdown, Format::Trace, Format::Junit, Format::OpenMetrics] {
        assert!(format.render_diff(&report::diff(&before, &after), &options()).is_none());
    }
}

#[test]
fn the_document_is_as_its_schema_says() {
    let schema = include_str!("../../docs/report-diff.schema.json");
    let schema = serde_json::from_str(schema).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let [one, other] = ["comment", "full"].map(|case| record(Mode::Incremental, recorded(case)));
    let document: serde_json::Value =
        serde_json::from_str(&diff_json(&report::diff(&one, &other)).expect("JSON")).expect("JSON");
    assert!(validator.is_valid(&document), "{document:#}");
    let mut broken = document;
    broken["packages"][0]["modules"][0]["after"] = 3.into();
    assert!(!validator.is_valid(&broken));
}
