use proptest::prelude::*;

use super::*;
use crate::cli::printer::labels::Labels;
use crate::cli::printer::moving::columns;
use crate::model::event::{Counter, Event, What};
use crate::model::haskell::{ComponentName, ModuleName, Progress};
use crate::model::outlook::Outlook;
use crate::model::plan::Plan;
use crate::model::reason::Reason;
use crate::model::store::StorePath;

/// A state that is made of events.
struct Scene {
    state: State,
    labels: Labels,
}

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).expect("a time")
}

fn path(name: &str) -> StorePath {
    StorePath::from_parts(&"0".repeat(32), name).expect("a path")
}

fn drv(name: &str) -> StorePath {
    path(&format!("{name}.drv"))
}

fn compiling(component: &str, index: u32, total: u32, module: &str) -> What {
    What::Compiling {
        component: ComponentName(component.to_owned()),
        progress: Progress {
            index,
            total,
            kind: NodeKind::Module,
            module: ModuleName(module.to_owned()),
            source: None,
            objects: Vec::new(),
            reason: Reason::MustCompile,
            reason_text: String::new(),
        },
        text: String::new(),
    }
}

fn started() -> What {
    What::BuildStarted { machine: String::new() }
}

fn phase(name: &str) -> What {
    What::Phase { name: name.to_owned() }
}

impl Scene {
    /// With a plan of these packages: their full builds, and their incremental ones with `-head` at the end of their names.
    fn new(packages: &[&str]) -> Self {
        let step = |kind: &str, package: &str, drv: StorePath| serde_json::json!({"package": package, "version": "1.0", "kind": kind, "drv": drv, "outputs": {}});
        let both =
            |name: &&str| [step("full", name, drv(name)), step("incremental", name, drv(&format!("{name}-head")))];
        let steps: Vec<_> = packages.iter().flat_map(both).collect();
        let plan: Plan =
            serde_json::from_value(serde_json::json!({"mode": "incremental", "why": "", "steps": steps, "wanted": []}))
                .expect("a plan");
        let mut scene = Self { state: State::default(), labels: Labels::default() };
        scene.happens(0, None, What::Planned { plan });
        scene
    }

    fn happens(&mut self, seconds: i64, drv: Option<StorePath>, what: What) {
        let event = Event { at: at(seconds), drv, what };
        self.labels.learn(&event);
        self.state.event(&event, &self.labels, false);
    }

    fn build(&mut self, seconds: i64, name: &str, what: What) {
        self.happens(seconds, Some(drv(name)), what);
    }

    fn counts(&mut self, counter: Counter, done: u64, expected: u64) {
        self.happens(0, None, What::Counted { counter, done, expected });
    }

    fn copies(&mut self, name: &str, from: &str, to: &str, done: u64, expected: u64) {
        self.happens(0, None, What::CopyStarted { path: path(name), from: from.to_owned(), to: to.to_owned() });
        self.happens(0, None, What::TransferProgress { path: path(name), done, expected });
    }

    /// The lines at a time, in a terminal of a size, as text.
    fn seen(&self, seconds: i64, width: usize, height: usize) -> String {
        let size = Size { width, height };
        let lines: Vec<Line> = lines(&self.state, at(0), at(seconds), size);
        for line in &lines {
            assert!(line.width() < width, "{line:?}");
            assert_eq!(line.width(), columns::width(&strip(&line.rendered(true))).max(line.width()), "{line:?}");
        }
        lines.iter().map(|line| line.rendered(false)).collect::<Vec<_>>().join("\n")
    }
}

fn strip(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}

/// Two packages, a dependency, and copies.
fn busy() -> Scene {
    let mut scene = Scene::new(&["foo", "lens-family"]);
    scene.counts(Counter::Builds, 0, 15);
    scene.build(3, "foo", started());
    scene.build(
        3,
        "foo",
        What::Foretold { outlook: Outlook { modules: None, seconds: Some(190.0), marks: Vec::new() } },
    );
    scene.build(4, "foo", phase("buildPhase"));
    scene.build(10, "foo", compiling("lib", 312, 689, "Data.Map.Strict.Internal"));
    scene.build(20, "lens-family", started());
    scene.build(21, "lens-family", phase("configurePhase"));
    scene.build(40, "zlib-1.3.1", started());
    scene.build(40, "zlib-1.3.1", phase("buildPhase"));
    scene.counts(Counter::Bytes, 0, 310 << 20);
    let started = What::SubstitutionStarted { path: path("ghc-9.6.6"), from: "https://cache.nixos.org".to_owned() };
    scene.happens(50, None, started);
    scene.copies("ghc-9.6.6", "https://cache.nixos.org", "daemon", 120 << 20, 300 << 20);
    scene.copies("source", "local", "ssh-ng://me@farm?remote-program=x", 1 << 20, 10 << 20);
    scene
}

#[test]
fn a_busy_screen_of_80_columns() {
    insta::assert_snapshot!(busy().seen(75, 80, 24), @r"
    foo-1.0 (full)         [312/689] Data.Map.Strict.Internal     1m12s, 1m58s left
    lens-family-1.0 (full) configure                                            55s
    zlib-1.3.1             build; a dependency that no cache has                35s
    ghc-9.6.6              fetched from cache.nixos.org                 120/300 MiB
    source                 copied to farm                                1.0/10 MiB
    3 building, 12 to build, 2 copies, 121/310 MiB, 1m15s
    ");
}

#[test]
fn a_busy_screen_of_40_columns() {
    insta::assert_snapshot!(busy().seen(75, 40, 24), @r"
    foo-1.0 (full)  [312/689] ..ct.Internal
    lens-family-1.. configure
    zlib-1.3.1      build; dependency
    ghc-9.6.6       from cache.nixos.org
    source          copied to farm
    3 building, 12 to build, 1m15s
    ");
}

#[test]
fn very_narrow_screens_still_say_something() {
    insta::assert_snapshot!(busy().seen(75, 20, 24), @r"
    foo-1.. [312/689]
    lens-.. configure
    zlib-.. build
    ghc-9.. fetched
    source  to farm
    3 building
    ");
    insta::assert_snapshot!(busy().seen(75, 8, 24), @r"
    .. [3..
    .. co..
    .. bu..
    .. fe..
    .. co..
    3 bui..
    ");
    assert_eq!(busy().seen(75, 1, 24), "");
    assert_eq!(busy().seen(75, 80, 1).lines().count(), 1);
}

#[test]
fn wide_screens_say_more() {
    let mut scene = busy();
    scene.build(60, "lens-family-head", What::BuildStarted { machine: "ssh-ng://farm?x=y".to_owned() });
    insta::assert_snapshot!(scene.seen(75, 120, 24), @r"
    foo-1.0 (full)         [312/689] Data.Map.Strict.Internal                                             1m12s, 1m58s left
    lens-family-1.0 (full) configure                                                                                    55s
    lens-family-1.0        begins on farm                                                                               15s
    zlib-1.3.1             build; a dependency that no cache has                                                        35s
    ghc-9.6.6              fetched from cache.nixos.org                                                         120/300 MiB
    source                 copied to farm                                                                        1.0/10 MiB
    4 building, 11 to build, 2 copies, 121/310 MiB, 1m15s
    ");
}

#[test]
fn an_incremental_build_says_how_much_of_what_was_foretold_is_done() {
    let scene = |at_least, at_most, compiled: &[&str]| {
        let mut scene = Scene::new(&["foo"]);
        scene.build(0, "foo-head", started());
        let outlook = Outlook { modules: Some(Foretold { at_least, at_most }), seconds: Some(9.0), marks: Vec::new() };
        scene.build(0, "foo-head", What::Foretold { outlook });
        scene.build(1, "foo-head", phase("buildPhase"));
        for (index, module) in (1..).zip(compiled) {
            scene.build(2, "foo-head", compiling("lib", index * 100, 3000, module));
        }
        scene
    };
    let seen = |at_least, at_most, compiled: &[&str]| scene(at_least, at_most, compiled).seen(3, 80, 24);
    insta::assert_snapshot!(seen(1, Some(1), &[]), @r"
    foo-1.0 build; 1 module foretold                                    3s, 6s left
    1 building, 3s, about 6s left
    ");
    insta::assert_snapshot!(seen(3, Some(12), &[]), @r"
    foo-1.0 build; 3-12 modules foretold                                3s, 6s left
    1 building, 3s, about 6s left
    ");
    // For profiling as well: once counts.
    insta::assert_snapshot!(seen(3, Some(12), &["A", "B", "A"]), @r"
    foo-1.0 [ 300/3000] A; 2 of 3-12 foretold                           3s, 6s left
    1 building, 3s, about 6s left
    ");
    insta::assert_snapshot!(seen(3, None, &["A"]), @r"
    foo-1.0 [ 100/3000] A; 1 of 3 or more foretold                      3s, 6s left
    1 building, 3s, about 6s left
    ");
    let mut installs = scene(3, None, &["A"]);
    installs.build(3, "foo-head", phase("installPhase"));
    insta::assert_snapshot!(installs.seen(3, 80, 24), @r"
    foo-1.0 install                                                     3s, 6s left
    1 building, 3s, about 6s left
    ");
}

#[test]
fn what_is_done_is_said_when_nothing_is_told_of_it() {
    let mut scene = Scene { state: State::default(), labels: Labels::default() };
    insta::assert_snapshot!(scene.seen(5, 80, 24), @r"
    planning, 5s
    ");
    scene = Scene::new(&["foo"]);
    insta::assert_snapshot!(scene.seen(5, 80, 24), @r"
    waiting for Nix, 5s
    ");
    scene.build(5, "foo", started());
    insta::assert_snapshot!(scene.seen(7, 80, 24), @r"
    foo-1.0 (full) begins                                                        2s
    1 building, 7s
    ");
    scene.build(7, "foo", phase("buildPhase"));
    scene.build(7, "foo", What::Component { name: ComponentName("exe:app".to_owned()), text: String::new() });
    insta::assert_snapshot!(scene.seen(7, 80, 24), @r"
    foo-1.0 (full) build exe:app                                                 2s
    1 building, 7s
    ");
    let What::Compiling { component, mut progress, text } = compiling("exe:app", 2, 2, "dist/build/app/app") else {
        panic!("it compiles")
    };
    progress.kind = NodeKind::Link;
    scene.build(8, "foo", What::Compiling { component, progress, text });
    insta::assert_snapshot!(scene.seen(8, 80, 24), @r"
    foo-1.0 (full) exe:app [2/2] linking app                                     3s
    1 building, 8s
    ");
    scene.build(9, "foo", phase("checkPhase"));
    scene.state.stopping = true;
    insta::assert_snapshot!(scene.seen(9, 80, 24), @r"
    foo-1.0 (full) check                                                         4s
    stopping, 9s
    ");
    scene.build(9, "foo", What::BuildStopped);
    scene.state.stopping = false;
    insta::assert_snapshot!(scene.seen(9, 80, 24), @r"
    waiting for Nix, 1 built, 9s
    ");
}

#[test]
fn many_builds_are_a_few_lines() {
    let mut scene = Scene::new(&["foo"]);
    for number in 0..40 {
        scene.build(number, &format!("dependency-{number}"), started());
    }
    scene.build(50, "foo", started());
    for number in 0..3 {
        scene.copies(&format!("copy-{number}"), "https://cache.nixos.org", "", 0, 0);
    }
    insta::assert_snapshot!(scene.seen(60, 60, 8), @r"
    foo-1.0 (full) begins                                   10s
    dependency-0   begins; a dependency that no cache has 1m00s
    dependency-1   begins; a dependency that no cache has   59s
    dependency-2   begins; a dependency that no cache has   58s
    copy-0         copied from cache.nixos.org
    and 37 builds and 2 copies more
    41 building, 3 copies, 1m00s
    ");
    let heights = [(1, 1), (2, 1), (3, 2), (4, 3), (10, 9), (20, 19), (21, 20), (22, 20), (500, 20)];
    for (height, expected) in heights {
        assert_eq!(scene.seen(60, 60, height).lines().count(), expected, "of {height} lines");
    }
}

#[test]
fn what_others_write_stays_in_its_line() {
    let mut scene = Scene::new(&["foo"]);
    scene.build(0, "foo", started());
    scene.build(0, "foo", phase("evil\x1b[2J\nphase\t漢字Phase"));
    insta::assert_snapshot!(scene.seen(1, 80, 24), @r"
    foo-1.0 (full) evil phase 漢字                                               1s
    1 building, 1s
    ");
    scene.build(0, "foo", compiling("exe:\x1b]0;x\x07\u{202e}b", 1, 2, "M\r\n\x1b[31m漢é\u{85}"));
    insta::assert_snapshot!(scene.seen(1, 80, 24), @r"
    foo-1.0 (full) exe:b [1/2] M  漢é                                            1s
    1 building, 1s
    ");
}

proptest! {
    #[test]
    fn no_line_is_too_wide_and_there_are_not_too_many(
        width in 0usize..200,
        height in 0usize..60,
        names in proptest::collection::vec("[a-z0-9.+-]{1,60}", 0..30),
        module in "\\PC{0,80}",
        (index, total) in (any::<u32>(), any::<u32>()),
        expected in any::<u64>(),
        seconds in -10i64..10_000_000,
    ) {
        let mut scene = Scene::new(&["foo"]);
        scene.counts(Counter::Builds, 1, expected);
        for name in &names {
            scene.build(0, name, started());
            scene.build(0, name, compiling(&module, index, total, &module));
            scene.copies(name, &module, "", expected, expected);
        }
        let lines = lines(&scene.state, at(0), at(seconds), Size { width, height });
        prop_assert!(lines.len() <= height.saturating_sub(1).max(1));
        for line in &lines {
            let text = line.rendered(false);
            prop_assert!(width == 0 || columns::width(&text) < width, "{text:?}");
            prop_assert!(!text.contains(char::is_control), "{text:?}");
        }
    }
}
