//! What people read of edits: whose they are, in which order, and how many modules each set off.

use hinc::model::haskell::NodeKind;
use hinc::model::plan::{Kind, Mode};
use hinc::model::record::{Build, Module};
use hinc::report;
use pretty_assertions::assert_eq;

use crate::report::{code, incremental, module, options, record};

/// A module whose chain of reasons ends in a package, at an entry of a reason.
fn rooted(module: Module, package: &str, component: Option<&str>, reason: &str) -> Module {
    Module {
        root_package: Some(package.parse().expect("a name")),
        root_component: component.map(|component| serde_json::from_value(component.into()).expect("a component")),
        root_reason: Some(code(reason)),
        ..module
    }
}

fn of(package: &str, kind: Kind, modules: Vec<Module>) -> Build {
    Build { package: package.parse().expect("a name"), kind, ..incremental(modules) }
}

/// The headlines of edits.
fn edits(builds: Vec<Build>) -> Vec<String> {
    let text = report::text(&record(Mode::Incremental, builds), &options());
    let is_headline = |line: &&str| line.starts_with("  ") && !line.starts_with("   ") && line.contains(": ");
    let told = text.lines().filter(is_headline).map(|line| line.trim().to_owned());
    told.filter(|line| line.contains(" module") && !line.starts_with("slowest")).collect()
}

// Both packages have a program, and the base of one was built in full just now.
#[test]
fn an_edited_main_is_edited_though_another_package_has_a_new_one() {
    let main = |component: &str, reason: &str| module(component, "Main", reason, None, "Main", 0.3);
    let edited = rooted(main("exe:app", "source-file-changed"), "app", Some("exe:app"), "source-file-changed");
    let new = |package: &str, component: &str| {
        rooted(main(component, "must-compile"), package, Some(component), "must-compile")
    };
    let builds = vec![
        of("app", Kind::Full, vec![new("app", "exe:app")]),
        of("app", Kind::Incremental, vec![edited]),
        of("core", Kind::Full, vec![new("core", "exe:core")]),
        of("tool", Kind::Incremental, vec![new("tool", "exe:tool")]),
    ];
    let told = edits(builds);
    assert_eq!(
        told,
        [
            "Main (exe:app) was edited: 1 module, 0.3 s",
            "Main (exe:tool) is new, or compiled each time: 1 module, 0.3 s"
        ]
    );
}

#[test]
fn an_edit_of_another_package_is_told_with_its_package() {
    let because = |module: Module, root: &str, package, component, reason| {
        rooted(Module { root_cause: root.to_owned(), ..module }, package, component, reason)
    };
    let passed_on = |name: &str, cause: &str| module("lib", name, "module-changed", Some(cause), cause, 1.0);
    let builds = vec![of(
        "app",
        Kind::Incremental,
        vec![
            because(passed_on("A", "Low"), "Low", "core", Some("lib"), "source-file-changed"),
            because(passed_on("B", "Lower"), "flags", "core", None, "flags-changed"),
            because(passed_on("C", "Own"), "Own", "app", Some("lib:inner"), "module-changed"),
            passed_on("D", "Far.Away"),
        ],
    )];
    assert_eq!(
        edits(builds),
        [
            "flags of core changed: 1 module, 1.0 s",
            "Far.Away, of another package, changed: 1 module, 1.0 s",
            "Low of core was edited: 1 module, 1.0 s",
            "Own (lib:inner) changed: 1 module, 1.0 s",
        ]
    );
}

// Six edits of two modules each and one of a single module that took longest of all.
#[test]
fn what_cost_most_time_comes_first_whatever_it_set_off() {
    let mut modules = Vec::new();
    for name in ["F", "E", "D", "C", "B", "A"] {
        modules.push(module("lib", name, "source-file-changed", None, name, 1.0));
        modules.push(module("lib", &format!("{name}.Sub"), "module-changed", Some(name), name, 1.0));
    }
    modules.push(module("lib", "Slow", "source-file-changed", None, "Slow", 85.0));
    modules.push(module("lib", "Flags", "flags-changed", None, "flags", 0.1));
    let told = edits(vec![incremental(modules)]);
    assert_eq!(
        told,
        [
            "flags changed: 1 module, 0.1 s",
            "Slow was edited: 1 module, 1 min 25 s",
            "A was edited: 2 modules, 2.0 s",
            "B was edited: 2 modules, 2.0 s",
            "C was edited: 2 modules, 2.0 s",
            "D was edited: 2 modules, 2.0 s",
            "and 2 changes more: 4 modules",
        ]
    );
}

// Eleven modules and ten boot files: nine lines at most, the slowest among them, and one count.
#[test]
fn modules_of_a_long_cascade_are_counted_in_one_way() {
    let mut modules = vec![module("lib", "Root", "source-file-changed", None, "Root", 0.1)];
    for index in 0..10 {
        let name = format!("M{index}");
        let caused = |seconds| module("lib", &name, "module-changed", Some("Root"), "Root", seconds);
        modules.push(Module { kind: NodeKind::Boot, seconds: None, ..caused(0.0) });
        modules.push(caused(if index == 9 { 50.0 } else { 0.2 }));
    }
    let text = report::text(&record(Mode::Incremental, vec![incremental(modules)]), &options());
    let told: Vec<&str> = text.lines().skip_while(|line| !line.contains("Root was edited")).take(10).collect();
    assert_eq!(told[0], "  Root was edited: 11 modules, 52 s");
    assert!(told[1].starts_with("    Root ") && told[8].starts_with("    M9 ") && told[8].contains("50 s"), "{text}");
    assert_eq!(told[9], "    and 3 more");
    assert!(!text.contains("[boot]"), "{text}");
}
