//! The fold over events that are hard to provoke: lost connections, stops, substituters.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use hinc::log::Decoder;
use hinc::model::event::{Event, FailureKind, Speaker, What};
use hinc::model::input::{Access, Change, ObservedInput, Reader};
use hinc::model::plan::Plan;
use hinc::model::precaution::{Cause, LeftOut};
use hinc::model::record::{Build, Outcome};
use hinc::model::store::StorePath;
use hinc::record::Recorder;
use pretty_assertions::assert_eq;

const FULL: &str = "/nix/store/95rllfcv9m2pr192kxvrmb7bkjd8gz3i-a-1.drv";
const INCREMENTAL: &str = "/nix/store/5aa18sh4wcaw51792k3d7ixvvb3rf23x-a-1.drv";
const OUT: &str = "/nix/store/gi1mjwzmvxzvh56a7rf7nxbxxabsgkp6-a-1";

fn plan() -> Plan {
    let step = |kind: &str, drv: &str, out: &str| serde_json::json!({"package": "a", "version": "1", "kind": kind, "drv": drv, "outputs": {"out": out}});
    let full = step("full", FULL, "/nix/store/0g9k4man240cvgcpqrlyjl6fpgnap31l-a-1");
    let plan = serde_json::json!({"mode": "incremental", "why": "", "wanted": [1], "steps": [full, step("incremental", INCREMENTAL, OUT)]});
    serde_json::from_value(plan).expect("a plan")
}

fn path(text: &str) -> StorePath {
    text.parse().expect("a store path")
}

/// Folds events that are one second apart.
fn fold(succeeded: bool, events: impl IntoIterator<Item = (Option<&'static str>, What)>) -> Vec<Build> {
    let mut recorder = Recorder::new(&plan());
    let mut at = DateTime::<Utc>::UNIX_EPOCH;
    for (drv, what) in events {
        recorder.event(&Event { at, drv: drv.map(path), what });
        at += TimeDelta::seconds(1);
    }
    recorder.finish(succeeded)
}

fn started() -> What {
    What::BuildStarted { machine: String::new() }
}

fn line(text: &str) -> What {
    What::Line { text: text.to_owned() }
}

fn outcomes(builds: &[Build]) -> Vec<Outcome> {
    builds.iter().map(|build| build.outcome).collect()
}

#[test]
fn what_nix_does_not_mention_was_there() {
    assert_eq!(outcomes(&fold(true, [])), [Outcome::Skipped, Outcome::Cached]);
    assert_eq!(outcomes(&fold(false, [])), [Outcome::Skipped, Outcome::Skipped]);
    let built = [(Some(INCREMENTAL), started()), (Some(INCREMENTAL), What::BuildStopped)];
    let builds = fold(true, built);
    assert_eq!(outcomes(&builds), [Outcome::Cached, Outcome::Built]);
    assert!((builds[1].seconds - 1.0).abs() < f64::EPSILON);
}

#[test]
fn a_fetched_output_is_substituted() {
    let what = What::SubstitutionStarted { path: path(OUT), from: "https://cache.example".to_owned() };
    assert_eq!(outcomes(&fold(true, [(None, what)])), [Outcome::Skipped, Outcome::Substituted]);
}

#[test]
fn a_build_that_does_not_end_was_stopped() {
    let builds = fold(false, [(Some(FULL), started()), (Some(FULL), line("working"))]);
    assert_eq!(outcomes(&builds), [Outcome::Failed, Outcome::Skipped]);
    let failure = builds[0].failure.as_ref().expect("a failure");
    assert_eq!(failure.kind, FailureKind::Stopped);
    assert_eq!(failure.log_tail, ["working"]);
}

#[test]
fn the_first_error_of_a_derivation_counts_unless_it_is_about_another_one() {
    let failed = |kind, message: &str| What::BuildFailed { kind, by: Speaker::Nix, message: message.to_owned() };
    let builds = fold(
        false,
        [
            (Some(FULL), started()),
            (Some(FULL), What::BuildStopped),
            (Some(FULL), failed(FailureKind::TimedOut, "timed out after 2 seconds")),
            (Some(FULL), failed(FailureKind::Builder, "build of 'x' failed")),
            (Some(INCREMENTAL), failed(FailureKind::Dependency, "1 dependencies of derivation 'y' failed to build")),
        ],
    );
    assert_eq!(outcomes(&builds), [Outcome::Failed, Outcome::Skipped]);
    assert_eq!(builds[0].failure.as_ref().map(|failure| failure.kind), Some(FailureKind::TimedOut));
    assert_eq!(builds[1].failure, None);
}

// Nix tries again on another machine after a lost connection: what was seen of the first try is gone.
#[test]
fn a_build_that_is_begun_again_starts_from_nothing() {
    let builds = fold(
        false,
        [
            (Some(FULL), What::BuildStarted { machine: "ssh://one".to_owned() }),
            (Some(FULL), line("first try")),
            (Some(FULL), What::BuildStopped),
            (
                Some(FULL),
                What::BuildFailed { kind: FailureKind::TimedOut, by: Speaker::Nix, message: "lost".to_owned() },
            ),
            (Some(FULL), What::BuildStarted { machine: "ssh://two".to_owned() }),
            (Some(FULL), line("second try")),
        ],
    );
    assert_eq!(builds[0].builder, "ssh://two");
    let failure = builds[0].failure.as_ref().expect("a failure");
    assert_eq!(
        (failure.kind, failure.log_tail.as_slice()),
        (FailureKind::Stopped, ["second try".to_owned()].as_slice())
    );
}

// A builder can name another derivation.
#[test]
fn what_a_builder_may_have_said_of_another_counts_only_where_nix_says_nothing() {
    let said = |kind, by, message: &str| (Some(FULL), What::BuildFailed { kind, by, message: message.to_owned() });
    let claimed = || said(FailureKind::Builder, Speaker::Unclear, "a claim");
    let ran = [(Some(FULL), started()), (Some(FULL), What::BuildStopped)];
    let with = |more: Vec<(Option<&'static str>, What)>| ran.clone().into_iter().chain(more).collect::<Vec<_>>();
    assert_eq!(fold(true, with(vec![claimed()]))[0].outcome, Outcome::Built);
    assert_eq!(fold(false, with(vec![claimed()]))[0].outcome, Outcome::Failed);
    for order in [true, false] {
        let mut more = vec![claimed(), said(FailureKind::TimedOut, Speaker::Nix, "the truth")];
        if order {
            more.reverse();
        }
        let builds = fold(false, with(more));
        let failure = builds[0].failure.as_ref().expect("a failure");
        assert_eq!((failure.kind, failure.message.as_str()), (FailureKind::TimedOut, "the truth"));
    }
}

#[test]
fn the_tail_and_the_errors_do_not_grow_with_the_log() {
    let mut events = vec![(Some(FULL), started())];
    for number in 0..5000 {
        events.push((Some(FULL), line(&format!("src/A.hs:{number}:1: error: [GHC-88464]"))));
        events.push((Some(FULL), line("    Variable not in scope: x")));
        events.push((Some(FULL), line("")));
    }
    events.push((Some(FULL), line("Error: Setup failed")));
    let builds = fold(false, events);
    let failure = builds[0].failure.as_ref().expect("a failure");
    assert_eq!(failure.log_tail.len(), 30);
    assert_eq!(failure.log_tail.last().map(String::as_str), Some("Error: Setup failed"));
    assert_eq!(failure.errors.len(), 1000);
    assert_eq!(failure.errors[0], "src/A.hs:0:1: error: [GHC-88464]");
}

// Where a daemon tells nothing but the message, the log comes out of it.
#[test]
fn the_log_in_a_message_is_used_where_there_is_no_other() {
    let mut decoder = Decoder::new();
    let mut recorder = Recorder::new(&plan());
    let message = format!(
        "error: builder for '{INCREMENTAL}' failed with exit code 3;\n       last 2 log lines:\n       > one\n       > two\n       For full logs, run:\n         nix log {INCREMENTAL}"
    );
    let json = serde_json::json!({"action": "msg", "level": 0, "msg": message});
    decoder.line(format!("@nix {json}").as_bytes(), DateTime::UNIX_EPOCH, &mut |event| recorder.event(&event));
    let builds = recorder.finish(false);
    let failure = builds[1].failure.as_ref().expect("a failure");
    assert_eq!(failure.message, format!("builder for '{INCREMENTAL}' failed with exit code 3"));
    assert_eq!(failure.log_tail, ["one", "two"]);
}

// Anybody can print lines like those of GHC, without an end.
#[test]
fn what_is_kept_of_a_log_has_bounds() {
    let lines = (0..3).flat_map(|_| {
        let error = line(&format!("src/A.hs:1:1: error: {}", "x".repeat(3 << 20)));
        [(Some(FULL), error), (Some(FULL), line(""))]
    });
    let events = std::iter::once((Some(FULL), started())).chain(lines);
    let failure = fold(false, events)[0].failure.clone().expect("a failure");
    assert!(failure.errors.iter().map(String::len).sum::<usize>() <= 4 << 20);
    let log = std::iter::once("phase buildPhase\nBuilding library for a-1..".to_owned())
        .chain((0..150_000).map(|number| format!("[1 of 2] Compiling M{number} ( M.hs, dist/build/M{number}.o )")))
        .collect::<Vec<_>>();
    assert_eq!(fold_log(&log.join("\n")).modules.len(), 100_000);
}

#[test]
fn a_dependency_that_is_not_in_the_plan_is_passed_over() {
    let other = "/nix/store/21wqr17ji8gxh61g6l44f6y7c0gch8mj-other.drv";
    let events = [(Some(other), started()), (Some(other), line("noise")), (None, line("more noise"))];
    assert_eq!(outcomes(&fold(true, events)), [Outcome::Skipped, Outcome::Cached]);
}

/// Folds the log of the incremental build, a line after the other; `phase NAME` sets the phase.
fn fold_log(text: &str) -> Build {
    let start = serde_json::json!({"action": "start", "fields": [INCREMENTAL, "", 1, 1], "id": 7, "level": 3, "parent": 0, "text": "", "type": 105});
    let mut messages = vec![start];
    for line in text.lines() {
        let (kind, text) = line.strip_prefix("phase ").map_or((101, line), |phase| (104, phase));
        messages.push(serde_json::json!({"action": "result", "fields": [text], "id": 7, "type": kind}));
    }
    messages.push(serde_json::json!({"action": "stop", "id": 7}));
    let mut decoder = Decoder::new();
    let mut recorder = Recorder::new(&plan());
    for message in messages {
        let line = format!("@nix {message}");
        decoder.line(line.as_bytes(), DateTime::UNIX_EPOCH, &mut |event| recorder.event(&event));
    }
    recorder.finish(true).remove(1)
}

#[test]
fn what_was_left_out_is_the_root_of_what_it_set_off() {
    let build = fold_log(
        r#"phase configurePhase
@hinc {"event":"left-out","component":"lib","module":"A","cause":"input","input":"data/msg.txt","access":"read","change":"changed","reader":"code","more":1}
@hinc {"event":"left-out","component":"lib","module":"Gone","cause":"input","input":"data/msg.txt","access":"read","change":"changed","reader":"code","more":1}
@hinc {"event":"left-out","component":"exe:x","module":"Main","cause":"full-moon"}
@hinc {"event":"restored","modules":3,"files":12,"full_seconds":4.25,"full_modules":6}
phase buildPhase
Preprocessing library for a-1..
Building library for a-1..
[1 of 4] Compiling A[boot] ( A.hs-boot, dist/build/A.o-boot )
[2 of 4] Compiling B ( B.hs, dist/build/B.o ) [A changed]
[3 of 4] Compiling A ( A.hs, dist/build/A.o )
[4 of 4] Compiling C ( C.hs, dist/build/C.o )
Building executable 'x' for a-1..
[1 of 1] Compiling Main ( Main.hs, dist/build/x/x-tmp/Main.o )
Building executable 'y' for a-1..
[1 of 1] Compiling Main ( Main.hs, dist/build/y/y-tmp/Main.o ) [Source file changed]
"#,
    );
    let input = ObservedInput {
        path: "data/msg.txt".to_owned(),
        access: Access::Read,
        change: Change::Changed,
        reader: Reader::Code,
        program: None,
        more: 1,
    };
    let input = Some(LeftOut { cause: Cause::Input(input), about: None });
    let moon = Some(LeftOut { cause: Cause::Unknown { cause: "full-moon".to_owned() }, about: None });
    let modules: Vec<_> = build
        .modules
        .iter()
        .map(|module| (module.module.0.as_str(), module.left_out.clone(), module.root_cause.as_str()))
        .collect();
    assert_eq!(
        modules,
        [
            ("A", input.clone(), "input: data/msg.txt"),
            ("B", None, "input: data/msg.txt"),
            ("A", input, "input: data/msg.txt"),
            ("C", None, "C"),
            ("Main", moon, "full-moon"),
            ("Main", None, "Main"),
        ]
    );
    assert!(build.modules.iter().all(|module| module.module.0 != "Gone"));
    let json = serde_json::to_value(&build.modules).expect("JSON");
    assert_eq!(
        json[0]["left_out"],
        serde_json::json!({"cause": "input", "input": "data/msg.txt", "access": "read", "change": "changed",
            "reader": "code", "program": null, "more": 1, "about": null})
    );
    assert_eq!(json[1]["left_out"], serde_json::Value::Null);
}

// `ghc-options: -v0` in one component: the builder saw the module finished, so it is one of this package.
#[test]
fn a_module_that_ghc_did_not_print_is_of_its_package() {
    let build = fold_log(
        r#"phase buildPhase
Building library 'inner' for a-1..
Building executable 'x' for a-1..
[1 of 2] Compiling One ( One.hs, dist/build/x/x-tmp/One.o ) [Data.Silent changed]
[2 of 2] Compiling Main ( Main.hs, dist/build/x/x-tmp/Main.o ) [Data.Other changed]
@hinc {"event":"finished","interface":"inner/Data/Silent.hi","time":1767225601.5}
@hinc {"event":"finished","interface":"x/x-tmp/One.hi","time":1767225602.5}
@hinc {"event":"finished","interface":"x/x-tmp/Main.hi","time":1767225603.5}
"#,
    );
    let roots: Vec<_> = build.modules.iter().map(|module| serde_json::to_value(module).expect("JSON")).collect();
    let told = |index: usize| {
        ["root_cause", "root_reason", "root_package", "root_component"].map(|key| roots[index][key].clone())
    };
    assert_eq!(told(0), ["Data.Silent", "module-changed", "a", "lib:inner"].map(serde_json::Value::from));
    let nobody = serde_json::Value::Null;
    assert_eq!(told(1), ["Data.Other".into(), "module-changed".into(), nobody.clone(), nobody]);
}

/// Backpack compiles one component several times: as it stands, and for each that fills its signatures.
#[test]
fn each_instance_of_a_component_has_its_own_reason() {
    let build = fold_log(
        r"phase buildPhase
Building library 'two' for a-1..
[1 of 1] Compiling Name.Two ( two/Name/Two.hs, dist/build/two/Name/Two.o ) [Source file changed]
Building library 'said' for a-1..
[2 of 2] Compiling Said ( said/Said.hs, nothing )
Building library 'said' instantiated with
  Name = a-1-two:Name.Two
for a-1..
[1 of 2] Compiling Name[sig] ( said/Name.hsig, dist/build/a-1-said+1/Name.o ) [Prelude package changed]
[2 of 2] Compiling Said ( said/Said.hs, dist/build/a-1-said+1/Said.o ) [Name.Two changed]
Building library 'said' instantiated with
  Name = a-1-two:Name.Three
for a-1..
[1 of 2] Compiling Name[sig] ( said/Name.hsig, dist/build/a-1-said+2/Name.o ) [Prelude package changed]
Building executable 'x' for a-1..
[1 of 1] Compiling Main ( Main.hs, dist/build/x/x-tmp/Main.o ) [Said changed]
",
    );
    let modules: Vec<_> = build
        .modules
        .iter()
        .map(|module| (module.module.0.as_str(), module.reason.as_str(), module.root_cause.as_str()))
        .collect();
    assert_eq!(
        modules,
        [
            ("Name.Two", "source-file-changed", "Name.Two"),
            ("Said", "must-compile", "Said"),
            ("Name", "signature-filled", "Name"),
            ("Said", "module-changed", "Name.Two"),
            ("Name", "signature-filled", "Name"),
            ("Main", "module-changed", "Name.Two"),
        ]
    );
    assert_eq!(build.modules_rebuilt, 6);
}

#[test]
fn warnings_of_the_replay_are_counted_by_themselves() {
    let build = fold_log(
        r"phase buildPhase
Building library for a-1..
[1 of 2] Compiling A ( A.hs, dist/build/A.o ) [Source file changed]

A.hs:3:1: warning: [GHC-40910] [-Wunused-top-binds]
    Defined but not used: ‘x’
  |
3 | x = 1
  | ^
[1 of 2] Compiling A ( A.hs, dist/build/A.dyn_o ) [Source file changed]

A.hs:3:1: warning: [GHC-40910] [-Wunused-top-binds]
phase replayPhase

B.hs:5:1: warning: [GHC-40910] [-Wunused-top-binds]
    Defined but not used: ‘y’
  |
5 | y = 1
  | ^

C.hs:(5,1)-(6,2): warning: [GHC-62161] [-Wincomplete-patterns]
phase anotherPhase
[2 of 2] Compiling D ( D.hs, dist/build/D.o ) [A changed]
D.hs:1:1: warning: [-Wtabs]
",
    );
    assert_eq!((build.warnings, build.warnings_replayed), (2, 2));
}

// Recorded from Nix: `dep` is what was asked for, and needs `fail`, of which hinc knows nothing.
#[test]
fn what_fails_outside_of_the_plan_is_named_with_its_last_lines() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/failures");
    for (version, printed) in [("2.26.3", "line-fail"), ("2.34.8", "line-fail"), ("lix-2.95.3", "one")] {
        for way in ["local", "daemon"] {
            let name = format!("{version} {way}");
            let text = fs_err::read_to_string(root.join(version).join(format!("{way}-dependency-failed.log")));
            let text = text.expect("a recording");
            let end = text.find("-dep.drv").expect("what was asked for") + "-dep.drv".len();
            let dep = &text[text[..end].rfind("/nix/store/").expect("a path")..end];
            let step = serde_json::json!({"package": "dep", "version": "", "kind": "plain", "drv": dep, "outputs": {"out": OUT}});
            let plan = serde_json::json!({"mode": "plain", "why": "", "wanted": [0], "steps": [step]});
            let mut recorder = Recorder::new(&serde_json::from_value(plan).expect("a plan"));
            let mut decoder = Decoder::new();
            for (line, seconds) in text.lines().zip(0..) {
                let at = DateTime::from_timestamp(seconds, 0).expect("a time");
                decoder.line(line.as_bytes(), at, &mut |event| recorder.event(&event));
            }
            // A daemon of Nix 2.26 hands on its errors as a builder's words come: there the store is asked.
            let doubtful: BTreeSet<StorePath> = recorder.doubtful_dependencies().into_iter().collect();
            assert_eq!(doubtful.len(), usize::from((version, way) == ("2.26.3", "daemon")), "{name}");
            recorder.confirm(&doubtful);
            let failed = recorder.failed_dependencies(false);
            assert_eq!(failed.len(), 1, "{name}: {failed:#?}");
            assert_eq!((failed[0].name.as_str(), failed[0].drv.name()), ("fail", "fail.drv"), "{name}");
            assert_eq!(failed[0].failure.kind, FailureKind::Builder, "{name}");
            assert_eq!(failed[0].failure.log_tail, [printed], "{name}");
            assert!(failed[0].failure.message.contains("failed with exit code 3"), "{name}: {failed:#?}");
            assert!(failed[0].seconds > 0.0, "{name}");
            assert_eq!(outcomes(&recorder.finish(false)), [Outcome::Skipped], "{name}");
        }
    }
}

const LIBRARY: &str = "/nix/store/0c0s7m5q2w1x3y4z6a8b9c0d1f2g3h4i-zlib-1.3.drv";

fn outside(succeeded: bool, whats: impl IntoIterator<Item = What>) -> Vec<String> {
    outside_where(succeeded, &[], whats)
}

/// The same where the store says of some derivations that they failed.
fn outside_where(succeeded: bool, failed: &[&str], whats: impl IntoIterator<Item = What>) -> Vec<String> {
    let mut recorder = Recorder::new(&plan());
    for (what, seconds) in whats.into_iter().zip(0..) {
        let at = DateTime::from_timestamp(seconds, 0).expect("a time");
        recorder.event(&Event { at, drv: Some(path(LIBRARY)), what });
    }
    recorder.confirm(&failed.iter().map(|drv| path(drv)).collect());
    let failed = recorder.failed_dependencies(succeeded);
    failed
        .into_iter()
        .map(|failed| format!("{} {} {:?}", failed.name, failed.failure.message, failed.failure.log_tail))
        .collect()
}

#[test]
fn of_what_is_outside_of_the_plan_only_what_failed_is_kept() {
    let failed = |by, message: &str| What::BuildFailed { kind: FailureKind::Builder, by, message: message.to_owned() };
    let ran = || [started(), line("one"), What::BuildStopped];
    let told = ["zlib-1.3 x [\"one\"]".to_owned()];
    assert!(outside(false, ran()).is_empty());
    assert_eq!(outside(false, ran().into_iter().chain([failed(Speaker::Nix, "x"), failed(Speaker::Nix, "y")])), told);
    // Before it ended, and what Nix says counts for more than what a builder may have said.
    let early = [started(), line("one"), failed(Speaker::Unclear, "z"), failed(Speaker::Nix, "x"), What::BuildStopped];
    assert_eq!(outside(false, early.clone()), told);
    assert!(outside(true, early).is_empty(), "all was built");
    // Nobody but Nix can say it of what never began.
    assert!(outside(false, [failed(Speaker::Unclear, "x")]).is_empty());
    assert_eq!(outside(false, [failed(Speaker::Nix, "x")]), ["zlib-1.3 x []"]);
    // A second try counts alone.
    assert!(outside(false, ran().into_iter().chain([failed(Speaker::Nix, "x")]).chain(ran())).is_empty());
    let dependency = What::BuildFailed { kind: FailureKind::Dependency, by: Speaker::Nix, message: String::new() };
    assert!(outside(false, [dependency]).is_empty());
}

#[test]
fn what_a_builder_may_have_said_of_a_dependency_counts_where_the_store_bears_it_out() {
    let failed = What::BuildFailed { kind: FailureKind::Builder, by: Speaker::Unclear, message: "x".to_owned() };
    let step = What::StepFailed { phase: "build".to_owned(), status: 2 };
    for (said, told) in [
        (failed.clone(), "zlib-1.3 x [\"one\"]"),
        (step.clone(), "zlib-1.3 the builder failed in its step `build` with exit code 2 [\"one\"]"),
    ] {
        let early = [started(), line("one"), said.clone(), What::BuildStopped];
        assert!(outside(false, early.clone()).is_empty(), "{said:?}");
        assert!(outside_where(false, &[INCREMENTAL], early.clone()).is_empty(), "{said:?}");
        assert_eq!(outside_where(false, &[LIBRARY], early), [told]);
    }
    // Nix's message says more than a step.
    let both = [started(), line("one"), step, failed.clone(), What::BuildStopped];
    assert_eq!(outside_where(false, &[LIBRARY], both), ["zlib-1.3 x [\"one\"]"]);
    // Nobody but Nix can say it of what never began, so nobody asks.
    let mut recorder = Recorder::new(&plan());
    recorder.event(&Event { at: DateTime::UNIX_EPOCH, drv: Some(path(LIBRARY)), what: failed });
    assert!(recorder.doubtful_dependencies().is_empty());
}

// Another builder said that it failed, and Nix ended badly for yet another reason.
#[test]
fn a_build_whose_outputs_are_there_did_not_fail_whatever_a_builder_said() {
    let recorder = || {
        let mut recorder = Recorder::new(&plan());
        let said = What::BuildFailed { kind: FailureKind::Builder, by: Speaker::Unclear, message: "x".to_owned() };
        for (drv, what) in
            [(LIBRARY, started()), (INCREMENTAL, started()), (INCREMENTAL, said), (INCREMENTAL, What::BuildStopped)]
        {
            recorder.event(&Event { at: DateTime::UNIX_EPOCH, drv: Some(path(drv)), what });
        }
        recorder
    };
    assert_eq!(recorder().doubtful_outputs(), [path(OUT)]);
    let mut there = recorder();
    there.missing(&BTreeSet::new());
    assert_eq!(there.finish(false)[1].outcome, Outcome::Built);
    let mut missing = recorder();
    missing.missing(&[path(OUT)].into());
    assert_eq!(missing.finish(false)[1].outcome, Outcome::Failed);
}

#[test]
fn what_a_step_that_was_ended_from_outside_comes_to() {
    for (status, by, expected) in [
        (137, Speaker::Unclear, FailureKind::Killed),
        (137, Speaker::Nix, FailureKind::Killed),
        (1, Speaker::Nix, FailureKind::Builder),
        (139, Speaker::Nix, FailureKind::Builder),
    ] {
        let said = What::BuildFailed { kind: FailureKind::Builder, by, message: "builder failed".to_owned() };
        let whats = [
            started(),
            line("collect2: fatal error: ld terminated with signal 9 [Killed]"),
            What::StepFailed { phase: "build".to_owned(), status },
            said,
            What::BuildStopped,
        ];
        let builds = fold(false, whats.map(|what| (Some(INCREMENTAL), what)));
        let failure = builds[1].failure.as_ref().expect("it failed");
        // The line alone chooses nothing.
        assert_eq!((failure.kind, failure.killed, failure.no_room), (expected, true, false), "{status} {by:?}");
    }
}

// Nix says that a build ended also where it stopped it since another one failed.
#[test]
fn a_build_without_its_outputs_was_stopped() {
    let recorder = || {
        let mut recorder = Recorder::new(&plan());
        for what in [started(), line("working"), What::BuildStopped] {
            recorder.event(&Event { at: DateTime::UNIX_EPOCH, drv: Some(path(INCREMENTAL)), what });
        }
        recorder
    };
    assert_eq!(recorder().doubtful_outputs(), [path(OUT)]);
    let mut stopped = recorder();
    stopped.missing(&[path(OUT)].into());
    let builds = stopped.finish(false);
    assert_eq!(builds[1].outcome, Outcome::Failed);
    assert_eq!(builds[1].failure.as_ref().map(|failure| failure.kind), Some(FailureKind::Stopped));
    let mut built = recorder();
    built.missing(&[path(LIBRARY)].into());
    assert_eq!(built.finish(false)[1].outcome, Outcome::Built);
}

// It said of itself that it failed, or another said it, and then Nix stopped it for the sake of a third.
#[test]
fn a_build_that_nix_may_have_stopped_did_not_fail_by_what_a_builder_said() {
    let said = |by| What::BuildFailed { kind: FailureKind::Builder, by, message: "x".to_owned() };
    let step = What::StepFailed { phase: "build".to_owned(), status: 1 };
    for claim in [said(Speaker::Unclear), step] {
        let recorder = || {
            let mut recorder = Recorder::new(&plan());
            for (drv, what) in [
                (LIBRARY, started()),
                (INCREMENTAL, started()),
                (INCREMENTAL, claim.clone()),
                (LIBRARY, said(Speaker::Nix)),
                (LIBRARY, What::BuildStopped),
                (INCREMENTAL, What::BuildStopped),
            ] {
                recorder.event(&Event { at: DateTime::UNIX_EPOCH, drv: Some(path(drv)), what });
            }
            recorder
        };
        let how = |recorder: Recorder| {
            let build = recorder.finish(false).remove(1);
            (build.outcome, build.failure.map(|failure| (failure.kind, failure.phase, failure.message)))
        };
        let stopped = (FailureKind::Stopped, None, "the build was stopped before its end".to_owned());
        // Where the store does not answer, less is said as well.
        let mut unknown = recorder();
        unknown.discount_stopped();
        assert_eq!(how(unknown), (Outcome::Failed, Some(stopped.clone())), "{claim:?}");
        let mut missing = recorder();
        missing.discount_stopped();
        missing.missing(&[path(OUT)].into());
        assert_eq!(missing.failed_for_certain(false), [path(LIBRARY)].into());
        assert_eq!(how(missing), (Outcome::Failed, Some(stopped)), "{claim:?}");
        let mut there = recorder();
        there.discount_stopped();
        there.missing(&BTreeSet::new());
        assert_eq!(how(there), (Outcome::Built, None), "{claim:?}");
        // Told to keep going, Nix stops nothing.
        let mut kept_going = recorder();
        kept_going.missing(&[path(OUT)].into());
        assert_eq!(how(kept_going).1.map(|(kind, ..)| kind), Some(FailureKind::Builder), "{claim:?}");
    }
}
