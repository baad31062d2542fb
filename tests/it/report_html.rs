//! The report as a page: what is written is HTML that does nothing but show itself, whatever the names.

use std::fmt::Write as _;

use data_encoding::BASE64;
use hinc::model::event::FailureKind;
use hinc::model::haskell::ComponentName;
use hinc::model::plan::{Kind, Mode};
use hinc::model::record::{Beside, Build, Failure, Machine, Module, Outcome, Record};
use hinc::report::{self, Format, content};
use pretty_assertions::assert_eq;
use proptest::prelude::*;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::log;
use crate::report::{incremental, large, module, options, record, recorded};
use crate::report_markdown::huge;

/// What a page is made of, as a browser reads it.
#[derive(Debug, PartialEq)]
enum Part {
    Open(String, Vec<(String, String)>),
    Close(String),
    Text(String),
}

/// Elements that have no end (HTML, 13.1.2).
const VOID: [&str; 4] = ["meta", "link", "input", "br"];

/// Reads a page. HTML as hinc writes it is stricter than what a browser takes: all tags are closed, all values quoted.
fn parts(page: &str) -> Vec<Part> {
    let mut rest = page.strip_prefix("<!DOCTYPE html>").expect("a document type");
    let (mut parts, mut open): (_, Vec<String>) = (Vec::new(), Vec::new());
    while !rest.is_empty() {
        // These hold text in which no tag begins but their own end.
        if let Some(name @ ("script" | "style")) = open.last().map(String::as_str) {
            let end = rest.find(&format!("</{name}")).expect("an end");
            if end > 0 {
                parts.push(Part::Text(rest[..end].to_owned()));
                rest = &rest[end..];
            }
        }
        let Some(tag) = rest.strip_prefix('<') else {
            let end = rest.find('<').unwrap_or(rest.len());
            parts.push(Part::Text(unescaped(&rest[..end])));
            rest = &rest[end..];
            continue;
        };
        if let Some(name) = tag.strip_prefix('/') {
            let (name, after) = name.split_once('>').expect("an end");
            assert_eq!(open.pop().as_deref(), Some(name), "closed in the wrong order");
            parts.push(Part::Close(name.to_owned()));
            rest = after;
            continue;
        }
        let length = tag.find(|c: char| !c.is_ascii_alphanumeric()).expect("a tag");
        let (name, mut after) = tag.split_at(length);
        assert!(!name.is_empty(), "a tag without a name: {tag:.60}");
        let mut attributes = Vec::new();
        loop {
            if let Some(end) = after.strip_prefix('>') {
                rest = end;
                break;
            }
            after = after.strip_prefix(' ').expect("a blank before an attribute");
            let length = after.find(['=', ' ', '>']).expect("an attribute");
            let (attribute, value) = after.split_at(length);
            if let Some(value) = value.strip_prefix("=\"") {
                let (value, end) = value.split_once('"').expect("a quote");
                attributes.push((attribute.to_owned(), unescaped(value)));
                after = end;
            } else {
                attributes.push((attribute.to_owned(), String::new()));
                after = value;
            }
        }
        if !VOID.contains(&name) {
            open.push(name.to_owned());
        }
        parts.push(Part::Open(name.to_owned(), attributes));
    }
    assert!(open.is_empty(), "not closed: {open:?}");
    parts
}

fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}

/// The texts of elements of a name.
fn texts<'a>(parts: &'a [Part], of: &str) -> Vec<&'a str> {
    parts
        .windows(2)
        .filter_map(|pair| match pair {
            [Part::Open(name, _), Part::Text(text)] if name == of => Some(text.as_str()),
            _ => None,
        })
        .collect()
}

/// The names of all elements.
fn elements(parts: &[Part]) -> Vec<&str> {
    parts.iter().filter_map(|part| if let Part::Open(name, _) = part { Some(name.as_str()) } else { None }).collect()
}

/// That a page holds nothing but what hinc writes, and can reach nobody.
fn assert_harmless(page: &str) -> Vec<Part> {
    let parts = parts(page);
    let (scripts, styles) = (texts(&parts, "script"), texts(&parts, "style"));
    let (scripts, data) = match scripts.as_slice() {
        [data, theme, script] => (vec![*theme, *script], *data),
        // Of several builds: charts and tables need none.
        [theme] => (vec![*theme], "{}"),
        _ => panic!("{} scripts", scripts.len()),
    };
    let [style] = styles.as_slice() else { panic!("{} styles", styles.len()) };
    let elements = "html head meta title link style body header main section div p span h1 h2 h3 bdi code kbd pre ul li dl dt \
                    dd data time svg rect details summary article noscript button label input select option canvas table \
                    thead tbody tr th td script figure figcaption g";
    let attributes = "lang charset http-equiv content name rel href id class type role tabindex title value datetime \
                      viewBox preserveAspectRatio width height scope open placeholder autocomplete spellcheck x y fill opacity";
    for part in &parts {
        let Part::Open(name, given) = part else { continue };
        assert!(elements.split_whitespace().any(|known| known == name), "<{name}>");
        for (attribute, value) in given {
            let is_known = attributes.split_whitespace().any(|known| known == attribute);
            assert!(is_known || attribute.starts_with("aria-") || attribute.starts_with("data-"), "{attribute}");
            assert!(!matches!(attribute.as_str(), "href" | "src") || value == "data:,", "{attribute}={value}");
        }
    }
    assert!(!data.contains('<') && serde_json::from_str::<Value>(data).is_ok(), "the data");
    let hash = |text: &str| format!("'sha256-{}'", BASE64.encode(&Sha256::digest(text)));
    let policy = format!(
        "default-src 'none'; script-src {}; style-src {}; img-src data:; base-uri 'none'; form-action 'none'",
        scripts.iter().map(|script| hash(script)).collect::<Vec<_>>().join(" "),
        hash(style)
    );
    let is_policy = |(attribute, value): &(String, String)| attribute == "content" && *value == policy;
    let of_page = parts.iter().find_map(|part| match part {
        Part::Open(name, given)
            if name == "meta" && given.iter().any(|(_, value)| value == "Content-Security-Policy") =>
        {
            Some(given)
        }
        _ => None,
    });
    assert!(of_page.is_some_and(|given| given.iter().any(is_policy)), "the hashes are not those of the texts");
    let odd = |c: char| {
        (c.is_control() && !matches!(c, '\n' | '\t')) || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    assert!(!page.contains(odd), "a control character");
    parts
}

fn page(record: &Record) -> String {
    Format::Html.render(record, &options()).expect("a page")
}

/// What is read without a script, a line an element.
fn outline(parts: &[Part]) -> String {
    let mut lines = String::new();
    let (mut skipped, mut depth) = (0, 0);
    for part in parts {
        match part {
            Part::Open(name, _) if matches!(name.as_str(), "head" | "script") => skipped += 1,
            Part::Close(name) if matches!(name.as_str(), "head" | "script") => skipped -= 1,
            _ if skipped > 0 => {}
            Part::Open(name, given) => {
                let id = given.iter().find(|(attribute, _)| attribute == "id");
                match (name.as_str(), id) {
                    ("section", Some((_, id))) => write!(lines, "\n== {id}").expect("a text"),
                    ("h1" | "h2" | "h3" | "p" | "li" | "summary" | "dt" | "tr", _) => lines.push('\n'),
                    ("td" | "th" | "dd", _) => lines.push_str(" | "),
                    ("details", _) => depth += 1,
                    _ => {}
                }
            }
            Part::Close(name) => depth -= i32::from(name == "details"),
            Part::Text(text) => lines.push_str(text),
        }
    }
    assert_eq!(depth, 0);
    lines.lines().map(str::trim_end).filter(|line| !line.is_empty()).fold(String::new(), |all, line| all + line + "\n")
}

/// What a harmless page says.
pub(super) fn outline_of(page: &str) -> String {
    outline(&assert_harmless(page))
}

#[test]
fn pages_of_recorded_builds() {
    for (case, mode) in [
        ("comment", Mode::Incremental),
        ("export", Mode::Incremental),
        ("splice", Mode::Incremental),
        ("flags", Mode::Incremental),
        ("boot", Mode::Incremental),
        ("cached", Mode::Incremental),
        ("broken", Mode::Incremental),
        ("redtest", Mode::Incremental),
        ("full", Mode::Full),
    ] {
        let parts = assert_harmless(&page(&record(mode, recorded(case))));
        let outline = outline(&parts);
        if matches!(case, "export" | "broken" | "cached") {
            log::settings().bind(|| insta::assert_snapshot!(format!("html-{case}"), outline));
        }
        // What the text says at the top, the page says.
        let verdict = content::verdict(&record(mode, recorded(case))).sentence.to_string();
        assert!(outline.contains(&verdict), "{case}: {verdict} is not in {outline}");
    }
}

#[test]
fn pages_of_past_builds_are_as_harmless() {
    let compiled = |case| record(Mode::Incremental, vec![recorded(case).pop().expect("a build")]);
    let (one, mut hostile) = (compiled("export"), compiled("export"));
    "</title><script>x()</script>".clone_into(&mut hostile.builds[0].modules[0].module.0);
    hostile.builds[0].machine = Some(Machine {
        system: Some("<svg onload=x()>".to_owned()),
        cores: None,
        jobs: None,
        memory_bytes: None,
        processor: Some("\u{202e}\x1b[2J".to_owned()),
    });
    let other = Machine { system: None, cores: Some(4), ..hostile.builds[0].machine.clone().expect("it has one") };
    let mut third = one.clone();
    third.builds[0].machine = Some(other);
    let trend = report::trend(&[one.clone(), hostile, third]);
    assert_harmless(&Format::Html.render_trend(&trend, &options()).expect("a form of it").expect("a page"));
    let page = Format::Html.render_among(&one, &trend, &options()).expect("a page");
    assert!(outline(&assert_harmless(&page)).contains("== past"));
    assert_harmless(&report::trend_html(&report::trend(&[])));
}

fn data(page: &str) -> Value {
    let parts = parts(page);
    serde_json::from_str(texts(&parts, "script")[0]).expect("JSON")
}

#[test]
fn ten_thousand_modules_are_a_page_that_is_bounded() {
    let page = page(&record(Mode::Incremental, huge().builds));
    assert!(page.len() < 2_000_000, "{} bytes", page.len());
    let parts = assert_harmless(&page);
    let count = |of: &str| elements(&parts).iter().filter(|&&name| name == of).count();
    assert_eq!((count("tr"), count("details")), (101, 501));
    assert!(count("li") < 700, "{} items", count("li"));
    let data = data(&page);
    assert_eq!(data["modules"].as_array().map(Vec::len), Some(10_000));
    assert_eq!(data["changes"].as_array().map(Vec::len), Some(500));
    // A cause was compiled before what it set off, and for the same change.
    let modules = data["modules"].as_array().expect("a list");
    let mut caused = 0;
    for (at, module) in modules.iter().enumerate() {
        let parent = module[6].as_i64().expect("a number");
        if let Ok(parent) = usize::try_from(parent) {
            assert!(parent < at);
            assert_eq!(modules[parent][5], module[5]);
            caused += 1;
        }
    }
    assert_eq!(caused, 9_500);
    let spans: usize =
        data["lanes"].as_array().expect("a list").iter().map(|lane| lane[1].as_array().map_or(0, Vec::len)).sum();
    assert_eq!(spans, 10_000);
}

/// The title of a lane, and of each span the entry, when it began and how long it took.
type Lane = (String, Vec<(i64, i64, i64)>);

/// The lanes of a page.
fn lanes(page: &str) -> Vec<Lane> {
    serde_json::from_value(data(page)["lanes"].clone()).expect("lanes")
}

#[test]
fn what_was_compiled_at_once_is_in_lanes_of_its_own() {
    let timed = |name: &str, component: &str, began: Option<f64>, ended: Option<f64>| Module {
        began,
        ended,
        ..module(component, name, "source-file-changed", None, name, 0.5)
    };
    let modules = vec![
        timed("A", "lib", Some(0.5), Some(2.0)),
        timed("B", "lib", Some(0.5), Some(1.0)),
        timed("C", "lib", Some(1.0), Some(3.0)),
        timed("Main", "exe:x", Some(4.0), Some(4.25)),
        timed("AtWork", "exe:x", Some(4.5), None),
        timed("Boot", "lib", None, None),
    ];
    let build = Build { compile_began: Some(90.0), ..incremental(modules) };
    let of = |build: &Build| lanes(&page(&record(Mode::Incremental, vec![build.clone()])));
    let first = ("lane 1".to_owned(), vec![(1, 500, 500), (2, 1000, 2000), (3, 4000, 250)]);
    let second = ("lane 2".to_owned(), vec![(0, 500, 1500)]);
    assert_eq!(of(&build), [first.clone(), second.clone()]);
    // What GHC was at work on when it failed is drawn to the end: ten of a hundred seconds were left.
    let (title, mut spans) = first;
    spans.push((4, 4500, 5500));
    assert_eq!(of(&Build { outcome: Outcome::Failed, ..build }), [(title, spans), second]);
}

#[test]
fn what_is_known_only_by_its_order_is_a_lane_a_component() {
    let modules = vec![
        module("lib", "A", "source-file-changed", None, "A", 1.5),
        module("exe:x", "Main", "module-changed", Some("A"), "A", 0.25),
        module("lib", "B", "module-changed", Some("A"), "A", 0.5),
    ];
    let linked =
        Beside { component: ComponentName("exe:x".to_owned()), part: hinc::model::record::Part::Linking, seconds: 2.0 };
    let other =
        Beside { component: ComponentName("lib".to_owned()), part: hinc::model::record::Part::Other, seconds: 1.0 };
    let build = Build { beside_modules: vec![linked, other], ..incremental(modules) };
    let library = |title: &str| (title.to_owned(), vec![(0, 0, 1500), (2, 1500, 500), (-2, 2000, 1000)]);
    let program = |title: &str| (title.to_owned(), vec![(1, 3000, 250), (-1, 3250, 2000)]);
    let one = lanes(&page(&record(Mode::Incremental, vec![build.clone()])));
    assert_eq!(one, [library("lib"), program("exe:x")]);
    let two = lanes(&page(&record(Mode::Incremental, vec![build.clone(), build])));
    assert_eq!(two[..2], [library("mono lib"), program("mono exe:x")]);
}

#[test]
fn builds_begin_when_they_did() {
    let of = |package: &str, started: &str, compile_began: f64| {
        let timed =
            Module { began: Some(0.0), ended: Some(1.0), ..module("lib", "A", "module-changed", None, "A", 1.0) };
        Build {
            package: package.parse().expect("a name"),
            started: Some(started.parse().expect("a time")),
            compile_began: Some(compile_began),
            ..incremental(vec![timed])
        }
    };
    let builds = vec![of("one", "2026-01-31T09:12:50Z", 3.0), of("other", "2026-01-31T09:12:44Z", 2.0)];
    let one = ("one lane 1".to_owned(), vec![(0, 7000, 1000)]);
    let other = ("other lane 1".to_owned(), vec![(1, 0, 1000)]);
    assert_eq!(lanes(&page(&record(Mode::Incremental, builds.clone()))), [one.clone(), other.clone()]);
    // Where one of them does not know, there is no time that they share.
    let unknown = Build { compile_began: None, ..builds[1].clone() };
    let one = (one.0, vec![(0, 0, 1000)]);
    assert_eq!(lanes(&page(&record(Mode::Incremental, vec![builds[0].clone(), unknown]))), [one, other]);
}

#[test]
fn times_that_nobody_can_have_measured_do_no_harm() {
    for (began, ended) in [(-5.0, -7.0), (3.0, 1.0), (1e300, 1e301), (f64::NAN, 1.0), (0.0, f64::INFINITY)] {
        let odd =
            Module { began: Some(began), ended: Some(ended), ..module("lib", "A", "module-changed", None, "A", ended) };
        let page = page(&record(Mode::Incremental, vec![incremental(vec![odd])]));
        assert_harmless(&page);
        for (_, begin, length) in lanes(&page).into_iter().flat_map(|(_, spans)| spans) {
            assert!(begin >= 0 && length >= 0 && begin + length <= 1_000_000_000_000_000, "{began} to {ended}");
        }
    }
}

#[test]
fn a_cause_is_the_module_of_the_same_component() {
    let mut modules = vec![
        module("lib", "A", "source-file-changed", None, "A", 1.0),
        module("lib", "Same", "module-changed", Some("A"), "A", 1.0),
        module("exe:x", "Same", "module-changed", Some("A"), "A", 1.0),
        module("exe:x", "B", "module-changed", Some("Same"), "A", 1.0),
        module("lib", "C", "module-changed", Some("Same"), "A", 1.0),
        module("test:t", "D", "module-changed", Some("Nowhere"), "A", 1.0),
        // A reason that names no module that was compiled, though one is called so.
        module("lib", "E", "file-changed", Some("A"), "A", 1.0),
    ];
    "Source file changed".clone_into(&mut modules[0].reason_text);
    let data = data(&page(&record(Mode::Incremental, vec![incremental(modules)])));
    let parents: Vec<i64> =
        data["modules"].as_array().expect("a list").iter().filter_map(|one| one[6].as_i64()).collect();
    assert_eq!(parents, [-1, 0, 0, 2, 1, -1, -1]);
}

/// A record in which all that others can name is called so.
fn named(name: &str) -> Record {
    let mut modules = vec![
        module(name, name, "source-file-changed", None, name, 1.0),
        module(name, "Other", "module-changed", Some(name), name, 2.0),
        module("lib", "File", "file-changed", Some(name), name, 2.0),
    ];
    name.clone_into(&mut modules[0].reason_text);
    let failure = Failure {
        kind: FailureKind::Builder,
        phase: Some(name.to_owned()),
        message: name.to_owned(),
        errors: vec![name.to_owned()],
        log_tail: vec![name.to_owned()],
        no_room: false,
        killed: false,
    };
    let built = Build { version: name.to_owned(), builder: name.to_owned(), ..incremental(modules) };
    let failed = Build { outcome: Outcome::Failed, failure: Some(failure), ..built.clone() };
    let plain = Build { kind: Kind::Plain, why: Some(name.to_owned()), ..built.clone() };
    let mut record = record(Mode::Incremental, vec![built, failed, plain]);
    name.clone_into(&mut record.hinc);
    record
}

#[test]
fn nothing_is_made_of_names() {
    let tame = page(&named("evil"));
    let expected = parts(&tame);
    for name in [
        "</script><script>alert(1)</script>",
        "<!--<script>",
        "<img src=x onerror=alert(1)>",
        "\" onmouseover=\"alert(1)",
        "]]></style>",
        "&lt;b&gt;&#60;&amp;",
        "a\u{202e}b\u{2066}c\x1b[2J\x1b]0;x\x07\u{9b}\0",
        "a\nb\r\u{2028}c",
        "::error::x ##[error]y",
        "",
    ] {
        let page = page(&named(name));
        let parts = assert_harmless(&page);
        // An empty name has none of the words around it.
        if !name.is_empty() {
            assert_eq!(elements(&parts), elements(&expected), "{name:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn nothing_is_made_of_any_name(name in "[\\PC<>\"'&/ ]{1,24}|.{0,40}") {
        assert_harmless(&page(&named(&name)));
    }
}

#[test]
fn a_page_says_what_it_leaves_out() {
    let modules: Vec<_> = (0..300)
        .map(|at| module("lib", &format!("M{at}"), "module-changed", Some("Root"), "Root", f64::from(at)))
        .collect();
    let text = outline(&assert_harmless(&page(&record(Mode::Incremental, vec![incremental(modules)]))));
    for part in
        ["The 100 that took longest, of 300", "and 280 more, each of which took less time", "M299 | lib | 4 min 59 s"]
    {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    let text = outline(&assert_harmless(&page(&record(Mode::Incremental, vec![large()]))));
    assert!(text.contains("Modules rebuilt | 202 of 3,000"), "{text}");
}

#[test]
fn times_are_for_machines_too() {
    let page = page(&record(Mode::Incremental, recorded("comment")));
    for part in [
        "<time datetime=\"PT6.200S\">6.2 s</time>",
        "<time datetime=\"PT41.000S\">41 s</time>",
        "<time datetime=\"2026-01-31T09:12:44+00:00\">2026-01-31 09:12 UTC</time>",
        "title=\"2222222222222222222222222222222222222222\"",
    ] {
        assert!(page.contains(part), "{part}");
    }
}
