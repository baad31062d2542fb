//! Records whose pages are looked at.

use hinc::model::event::FailureKind;
use hinc::model::haskell::{ComponentName, ModuleName};
use hinc::model::plan::{Kind, Mode};
use hinc::model::prediction::{Known, ModuleId, Prediction};
use hinc::model::reason::ReasonCode;
use hinc::model::record::{Beside, Build, CriticalPath, Failure, Machine, Module, Outcome, Part, Record};
use hinc::model::revision::{BaseReason, Head};

use crate::made;

/// A record of edits that are not committed.
pub(super) fn record(builds: Vec<Build>) -> Record {
    let made = made::record(Mode::Incremental, builds);
    Record { seconds: 106.2, head: Head { dirty: true, ..made.head.clone() }, ..made }
}

pub(super) fn build(package: &str, kind: Kind, modules: Vec<Module>) -> Build {
    let seconds: f64 = modules.iter().filter_map(|module| module.seconds).sum();
    Build {
        package: package.parse().expect("a name"),
        kind,
        wanted: kind != Kind::Full,
        seconds: seconds + 20.0,
        compile_seconds: Some(seconds),
        modules_total: Some(u32::try_from(modules.len()).expect("few") * 6 / 5),
        ..made::incremental(modules)
    }
}

/// A module, compiled for `reason`, which names `cause`, for what happened to `root` of the library.
pub(super) fn module(
    component: &str,
    name: &str,
    reason: &str,
    cause: Option<&str>,
    root: &str,
    seconds: f64,
) -> Module {
    Module {
        reason_text: cause.map_or_else(|| "Source file changed".to_owned(), |cause| format!("{cause} changed")),
        root_reason: Some(ReasonCode::SourceFileChanged),
        root_package: Some("mono".parse().expect("a name")),
        root_component: Some(ComponentName("lib".to_owned())),
        ..made::module(component, name, reason, cause, root, seconds)
    }
}

/// Says when modules were compiled, so many at once, and what share of the wall clock that is of each.
fn timed(mut modules: Vec<Module>, at_once: usize) -> Vec<Module> {
    let mut ends = vec![0.5; at_once];
    let mut last = 0.0;
    for module in &mut modules {
        let slot = (0..at_once).min_by(|&a, &b| f64::total_cmp(&ends[a], &ends[b])).expect("a slot");
        module.began = Some(ends[slot]);
        ends[slot] += module.seconds.expect("a time");
        module.ended = Some(ends[slot]);
        module.seconds = Some((ends[slot] - last).max(0.0));
        last = last.max(ends[slot]);
    }
    modules
}

/// A day's work: two edits, flags, several components.
pub(super) fn ordinary() -> Record {
    let mut modules = vec![module("lib", "Mono.Types", "source-file-changed", None, "Mono.Types", 1.2)];
    for (area, seconds) in [("Parser", 0.8), ("Printer", 1.05), ("Check", 1.3), ("Solve", 1.55), ("Store", 1.8)] {
        let top = format!("Mono.{area}");
        modules.push(module("lib", &top, "module-changed", Some("Mono.Types"), "Mono.Types", seconds));
        for part in 0..5_u32 {
            let name = format!("{top}.Part{part}");
            let cause = if part > 2 { format!("{top}.Part{}", part - 1) } else { top.clone() };
            modules.push(module(
                "lib",
                &name,
                "module-changed",
                Some(&cause),
                "Mono.Types",
                f64::from(part) / 5.0 + 0.1,
            ));
        }
    }
    modules.push(module("lib", "Mono.Log", "source-file-changed", None, "Mono.Log", 0.7));
    let flags = |component: &str, name: &str, seconds| {
        let mut module = module(component, name, "flags-changed", None, "flags", seconds);
        "Flags changed".clone_into(&mut module.reason_text);
        module.root_reason = Some(ReasonCode::FlagsChanged);
        module.root_component = None;
        module
    };
    modules.extend([
        flags("exe:mono", "Main", 0.9),
        flags("test:spec", "Main", 1.4),
        flags("test:spec", "SpecHelp", 0.3),
    ]);
    let beside =
        |component: &str, part, seconds| Beside { component: ComponentName(component.to_owned()), part, seconds };
    let beside = vec![
        beside("lib", Part::Other, 2.5),
        beside("exe:mono", Part::Linking, 1.8),
        beside("test:spec", Part::Linking, 2.1),
    ];
    let of = |build: Build| Build { beside_modules: beside.clone(), modules_total: Some(689), ..build };
    let cached = Build { outcome: Outcome::Cached, ..build("mono-data", Kind::Incremental, Vec::new()) };
    record(vec![of(build("mono", Kind::Incremental, modules)), cached])
}

/// A build of many cores, of which it is known what it waited for, and the builds before it.
pub(super) fn past() -> Vec<Record> {
    let one = |day: i64| {
        let mut record = ordinary();
        record.started += chrono::TimeDelta::days(day);
        let build = &mut record.builds[0];
        build.modules = timed(std::mem::take(&mut build.modules), 3);
        build.compile_seconds = Some(f64::from(u32::try_from(day * day % 17).expect("few")) + 20.0);
        build.critical_path =
            Some(CriticalPath { modules: vec![0, 1, 2, 30], seconds: 3.5, endless_cores_seconds: 14.0 });
        let modules = (0..day + 40).map(|at| ModuleId {
            component: ComponentName("lib".to_owned()),
            module: ModuleName(format!("Mono.M{at}")),
        });
        build.prediction = Some(Prediction {
            known: Known::Interfaces,
            changed: Vec::new(),
            at_most: modules.collect(),
            certain: Vec::new(),
            precaution: Vec::new(),
            everything: None,
        });
        build.machine = Some(Machine {
            system: Some("x86_64-linux".to_owned()),
            cores: Some(if day < 9 { 4 } else { 8 }),
            jobs: Some(3),
            memory_bytes: Some(16 << 30),
            processor: Some("A processor with a rather long name of its own, at 3.20GHz".to_owned()),
        });
        record
    };
    let mut all: Vec<Record> = (0..14).map(one).collect();
    all[3].builds[0].outcome = Outcome::Failed;
    all[5].builds[0].outcome = Outcome::Cached;
    all
}

/// Ten thousand modules for five hundred edits, in chains.
pub(super) fn huge() -> Record {
    let modules = (0..10_000_u32).map(|index| {
        let root = format!("Mono.Area{}.Part{}", index % 500 % 20, index % 500);
        let name = format!("Mono.Area{}.Part{index}", index % 500 % 20);
        let seconds = f64::from(index * 7919 % 97) / 10.0;
        let component = if index < 9_000 { "lib" } else { "test:spec" };
        if index < 500 {
            return module("lib", &name, "source-file-changed", None, &root, seconds);
        }
        // Every second one hangs on the one before it, the others on the root.
        let cause = if index / 500 % 2 == 0 {
            format!("Mono.Area{}.Part{}", index % 500 % 20, index - 500)
        } else {
            root.clone()
        };
        module(component, &name, "module-changed", Some(&cause), &root, seconds)
    });
    record(vec![build("mono", Kind::Incremental, timed(modules.collect(), 8))])
}

/// A build that failed, of several packages.
pub(super) fn failed() -> Record {
    let broken = Failure {
        kind: FailureKind::Builder,
        phase: Some("build".to_owned()),
        message: "builder failed with exit code 1".to_owned(),
        errors:
            "src/Mono/Types.hs:12:7: error: [GHC-83865]\n    • Couldn't match expected type ‘Int’ with actual type \
                 ‘[Char]’\n    • In the expression: \"one\"\n      In an equation for ‘one’: one = \"one\"\n   |\n12 | \
                 one = \"one\"\n   |       ^^^^^"
                .lines()
                .map(str::to_owned)
                .collect(),
        log_tail: Vec::new(),
        no_room: false,
        killed: false,
    };
    let modules = vec![module("lib", "Mono.Log", "source-file-changed", None, "Mono.Log", 0.7)];
    let failed = Build {
        outcome: Outcome::Failed,
        failure: Some(broken),
        modules_total: Some(689),
        ..build("mono", Kind::Incremental, modules)
    };
    let skipped = Build { outcome: Outcome::Skipped, seconds: 0.0, ..build("mono-web", Kind::Incremental, Vec::new()) };
    let base = build("mono", Kind::Full, vec![module("lib", "Mono.Types", "must-compile", None, "Mono.Types", 3.0)]);
    record(vec![base, failed, skipped])
}

/// A build whose names are made to do something.
pub(super) fn hostile() -> Record {
    let names = [
        "</script><script>window.pwned = 1</script>",
        "<img src=x onerror=\"window.pwned = 2\">",
        "'\"><svg onload=window.pwned=3>",
        "<!--<script>",
        "javascript:window.pwned=4",
        "\u{202e}gpj.exe\u{2066}",
        "\x1b]0;title\x07\x1b[2J\0",
        "]]></style><style>body { display: none }</style>",
        "&lt;b&gt; &#60;",
        "a-name-without-any-place-to-break-it".repeat(12).leak(),
    ];
    let mut modules = Vec::new();
    for (at, name) in names.iter().enumerate() {
        modules.push(module(name, name, "source-file-changed", None, name, 1.0));
        let mut caused = module("lib", &format!("Set{at}{name}"), "module-changed", Some(name), name, 2.0);
        caused.root_component = None;
        modules.push(caused);
    }
    let mut build = build("mono", Kind::Incremental, modules);
    names[0].clone_into(&mut build.builder);
    names[1].clone_into(&mut build.version);
    let failure = Failure {
        kind: FailureKind::Builder,
        phase: Some(names[0].to_owned()),
        message: names[2].to_owned(),
        errors: names.iter().map(|&name| name.to_owned()).collect(),
        log_tail: Vec::new(),
        no_room: false,
        killed: false,
    };
    let failed = Build { outcome: Outcome::Failed, failure: Some(failure), ..build.clone() };
    let mut record = record(vec![build, failed]);
    names[1].clone_into(&mut record.hinc);
    names[0].clone_into(&mut record.why);
    if let Some(base) = &mut record.base {
        base.reason = BaseReason::Newer(names[1].to_owned());
    }
    record
}
