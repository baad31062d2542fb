//! What past builds show together.

use hinc::model::haskell::ComponentName;
use hinc::model::plan::{Kind, Mode};
use hinc::model::record::{Build, Machine, Module, Outcome, Record};
use hinc::report::{self, Format, diff_text, trend_json, trend_text};
use pretty_assertions::assert_eq;

use crate::report::{code, incremental, module, options, record, recorded};

/// Modules that were compiled since `root` of `mono` was edited.
fn set_off(root: &str, count: u32, seconds: f64) -> Vec<Module> {
    let of = |index: u32| {
        let (name, reason) =
            if index == 0 { (root.to_owned(), "source-file-changed") } else { (format!("M{index}"), "module-changed") };
        Module {
            root_reason: Some(code("source-file-changed")),
            root_package: Some("mono".parse().expect("a name")),
            root_component: Some(ComponentName("lib".to_owned())),
            ..module("lib", &name, reason, Some(root), root, seconds)
        }
    };
    (0..count).map(of).collect()
}

fn built(hour: i64, modules: Vec<Module>) -> Record {
    let mut record = record(Mode::Incremental, vec![incremental(modules)]);
    record.started += chrono::TimeDelta::hours(hour);
    record
}

fn records() -> Vec<Record> {
    let cached = Build { outcome: Outcome::Cached, ..incremental(Vec::new()) };
    let mut both = built(1, [set_off("Types", 40, 1.0), set_off("Leaf", 1, 0.5)].concat());
    // The edit sets off modules of another package, and is one edit all the same.
    let app = Build {
        package: "app".parse().expect("a name"),
        modules_total: Some(7),
        ..incremental(set_off("Types", 4, 2.0).split_off(1))
    };
    both.builds.push(app);
    // What is built for the base is for others as well.
    both.builds.insert(0, Build { kind: Kind::Full, wanted: false, ..incremental(set_off("Base", 30, 9.0)) });
    vec![
        built(0, set_off("Types", 40, 1.5)),
        both,
        record(Mode::Incremental, vec![cached]),
        record(Mode::Incremental, recorded("broken")),
        record(Mode::Full, recorded("full")),
    ]
}

#[test]
fn a_line_for_each_build_and_what_edits_cost() {
    let trend = report::trend(&records());
    insta::assert_snapshot!(trend_text(&trend, &options()), @r"
    2026-01-31 09:12  2222222222  40 of 3,000 modules in 1 min 30 s, full build 30 min
    2026-01-31 10:12  2222222222  44 of 3,007 modules in 3 min, full build 1 h, made now
    2026-01-31 09:12  2222222222  nothing to do
    2026-01-31 09:12  2222222222  failed
    2026-01-31 09:12  2222222222  13 of 13 modules in 6.2 s, built in full

    saved by 2 incremental builds: 1 h 25 min, each between 28 min 30 s and 57 min
    the full build was there for 3 of 4 builds

    What edits cost
      Types of mono        1 min 46 s in 2 builds: 83 modules, 53 s each
      Leaf of mono            0.5 s in 1 build: 1 module, 0.5 s each
      Tree.Leaf of tree       0.1 s in 1 build: 1 module, 0.1 s each
      Tree.Branch of tree           in 1 build: 1 module
    ");
    let costs: Vec<_> =
        trend.contagious.iter().map(|one| (one.module.0.as_str(), one.builds, one.modules, one.seconds)).collect();
    assert_eq!(costs[..2], [("Types", 2, 83, Some(106.0)), ("Leaf", 1, 1, Some(0.5))]);
}

#[test]
fn a_time_that_nobody_knows_is_none() {
    let mut unknown = built(0, set_off("Types", 2, 1.0));
    let build = &mut unknown.builds[0];
    build.compile_seconds = None;
    for module in &mut build.modules {
        (module.seconds, module.began, module.ended) = (None, None, None);
    }
    let trend = report::trend(&[unknown]);
    insta::assert_snapshot!(trend_text(&trend, &options()), @r"
    2026-01-31 09:12  2222222222  2 of 3,000 modules, full build 30 min

    What edits cost
      Types of mono           in 1 build: 2 modules
    ");
    let document: serde_json::Value = serde_json::from_str(&trend_json(&trend).expect("JSON")).expect("JSON");
    assert_eq!(document["builds"][0]["compile_seconds"], serde_json::Value::Null);
    assert_eq!(document["contagious"][0]["seconds"], serde_json::Value::Null);
    assert_eq!((trend.saved, trend.incremental), (None, None));
    let page = Format::Html.render_trend(&trend, &options()).expect("a form of it").expect("a page");
    assert!(page.contains("time not known") && !page.contains("0.00 s</time>"), "{page}");
}

#[test]
fn where_nothing_was_saved_that_is_said() {
    let mut slow = built(0, set_off("Types", 2, 1.0));
    slow.builds[0].full_compile_seconds = Some(3.0);
    let told = trend_text(&report::trend(&[slow]), &options());
    assert!(told.contains("\nsaved by 1 incremental build: nothing\n"), "{told}");
}

#[test]
fn of_no_build_nothing_is_said() {
    let trend = report::trend(&[]);
    assert_eq!(trend_text(&trend, &options()), "");
    assert_eq!((trend.builds.len(), trend.contagious.len()), (0, 0));
}

#[test]
fn the_document_is_as_its_schema_says() {
    let schema = include_str!("../../docs/trend.schema.json");
    let schema = serde_json::from_str(schema).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let document: serde_json::Value =
        serde_json::from_str(&trend_json(&report::trend(&records())).expect("JSON")).expect("JSON");
    assert!(validator.is_valid(&document), "{document:#}");
    let mut broken = document;
    broken["builds"][0]["ended"] = "sometimes".into();
    assert!(!validator.is_valid(&broken));
}

#[test]
fn numbers_of_a_foreign_record_have_a_sum() {
    let largest = || Build { modules_rebuilt: u32::MAX, modules_total: Some(u32::MAX), ..incremental(Vec::new()) };
    let trend = report::trend(&[record(Mode::Incremental, vec![largest(), largest()])]);
    let build = &trend.builds[0];
    assert_eq!((build.modules_rebuilt, build.modules_total), (u32::MAX, Some(u32::MAX)));
    let unknown = Build { modules_total: None, ..largest() };
    let trend = report::trend(&[record(Mode::Incremental, vec![largest(), unknown])]);
    assert_eq!(trend.builds[0].modules_total, None);
}

fn machine(cores: u32) -> Machine {
    Machine {
        system: Some("x86_64-linux".to_owned()),
        cores: Some(cores),
        jobs: Some(cores),
        memory_bytes: Some(16 << 30),
        processor: Some("Some CPU".to_owned()),
    }
}

/// Builds of one module after another edit, on these machines.
fn on(machines: &[Option<Machine>]) -> Vec<Record> {
    let of = |(hour, machine): (i64, &Option<Machine>)| {
        let mut record = built(hour, set_off("Types", 3, f64::from(u32::try_from(hour).expect("few")) + 1.0));
        record.builds[0].machine.clone_from(machine);
        record.builds[0].compile_seconds = Some(f64::from(u32::try_from(hour * hour).expect("few")) + 20.0);
        record
    };
    (0..).zip(machines).map(of).collect()
}

#[test]
fn how_far_times_lie_apart_is_told_of_several() {
    let trend = report::trend(&on(&[Some(machine(4)), Some(machine(4)), None, Some(machine(8))]));
    insta::assert_snapshot!(trend_text(&trend, &options()), @r"
    2026-01-31 09:12  2222222222  3 of 3,000 modules in 20 s, full build 30 min
    2026-01-31 10:12  2222222222  3 of 3,000 modules in 21 s, full build 30 min
    2026-01-31 11:12  2222222222  3 of 3,000 modules in 24 s, full build 30 min
    2026-01-31 12:12  2222222222  3 of 3,000 modules in 29 s, full build 30 min

    saved by 4 incremental builds: 1 h 58 min, each between 29 min 31 s and 29 min 40 s, median 29 min
    38 s
    4 incremental builds compiled in 20 s to 29 s, median 23 s
    the full build was there for 4 of 4 builds
    not all of these were compiled alike, so their times are not those of the commits alone:
    2 builds with 4 cores, 4 modules at once, 16.0 GiB of memory (x86_64-linux, Some CPU)
    1 build with 8 cores, 8 modules at once, 16.0 GiB of memory (x86_64-linux, Some CPU)

    What edits cost
      Types of mono      30 s in 4 builds: 12 modules, 7.5 s each

    What took longest, by the median of several builds
      M1 of mono        2.5 s of 4 builds: 1.0 s to 4.0 s
      M2 of mono        2.5 s of 4 builds: 1.0 s to 4.0 s
      Types of mono     2.5 s of 4 builds: 1.0 s to 4.0 s
    ");
    let first = &trend.modules[0];
    assert_eq!((first.times.count, first.times.median, first.times.least, first.times.most), (4, 2.5, 1.0, 4.0));
    assert_eq!(trend.builds.iter().map(|build| build.machine).collect::<Vec<_>>(), [Some(0), Some(0), None, Some(1)]);
    // Where it is one, or not known, there is nothing to say of it.
    for machines in [vec![Some(machine(4)); 3], vec![None; 3]] {
        let told = trend_text(&report::trend(&on(&machines)), &options());
        assert!(!told.contains("compiled alike"), "{told}");
    }
}

#[test]
fn two_builds_of_two_machines_are_told_to_be_so() {
    let records =
        on(&[Some(machine(4)), Some(machine(8)), Some(Machine { memory_bytes: Some((16 << 30) - 5), ..machine(4) })]);
    let told = |after: &Record| diff_text(&report::diff(&records[0], after), &options());
    let words = "not compiled alike: 4 cores, 4 modules at once, 16.0 GiB of memory (x86_64-linux, Some CPU) before, \
                 8 cores, 8 modules at once, 16.0 GiB of memory (x86_64-linux, Some CPU) after ";
    assert!(told(&records[1]).replace('\n', " ").contains(words), "{}", told(&records[1]));
    assert!(!told(&records[2]).contains("compiled alike"), "a kernel told another amount of the same memory");
}

#[test]
fn past_builds_are_a_page() {
    let all = records();
    let page = Format::Html.render_trend(&report::trend(&all), &options()).expect("a form of it").expect("a page");
    for text in ["<h1>5 builds</h1>", "40 of 3,000", "class=\"failed\"", "What edits cost", "Types of mono", "made now"]
    {
        assert!(page.contains(text), "{text}");
    }
    assert!(!page.contains("#data"), "nothing is left for the script of a build's page");
    for format in [Format::Markdown, Format::Trace, Format::Junit, Format::OpenMetrics] {
        assert!(format.render_trend(&report::trend(&all), &options()).is_none());
    }
    let among = Format::Html.render_among(&all[0], &report::trend(&all), &options()).expect("a page");
    assert!(among.contains("id=\"past\"") && among.contains("The last 5 builds"));
    assert!(!Format::Html.render(&all[0], &options()).expect("a page").contains("id=\"past\""));
}
