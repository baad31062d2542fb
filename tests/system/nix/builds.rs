//! How builds end: with the store of root and through a daemon the same.

use std::time::Duration;

use hinc::clock::Clock;
use hinc::error::Diagnose;
use hinc::exit::Exit;
use hinc::model::event::{Event, What};
use hinc::model::store::StorePath;
use hinc::nix::failure::Trouble;
use hinc::nix::{Error, Installable, Nix, Options, Realised, SandboxPaths};
use hinc::process;
use tokio_util::sync::CancellationToken;

use super::{run, stamp, with_option};

/// Writes a derivation that runs a script, and returns its path.
async fn derivation(script: &str, attributes: &str) -> StorePath {
    let expression = format!(
        "derivation ({{ name = \"case\"; system = builtins.currentSystem; builder = \"/bin/bash\"; \
         PATH = \"/usr/bin:/bin\"; stamp = \"{}\"; args = [ \"-c\" ''{script}'' ]; }} // {{ {attributes} }})",
        stamp()
    );
    run("nix-instantiate", &["--expr", &expression]).await.parse().expect("a derivation")
}

fn all_of(drv: StorePath) -> Installable {
    Installable { drv, outputs: Vec::new() }
}

async fn realise(nix: &Nix, wanted: &[StorePath]) -> Result<(Realised, Vec<Event>), Error> {
    let wanted: Vec<Installable> = wanted.iter().cloned().map(all_of).collect();
    let mut all = Vec::new();
    let on_events = |events: &[Event]| all.extend_from_slice(events);
    let cancel = CancellationToken::new();
    let realised = nix.realise(&wanted, &SandboxPaths::AsConfigured, on_events, Clock::System, &cancel).await?;
    Ok((realised, all))
}

/// Builds what is expected to fail, and returns how it did with Nix's message.
async fn failure(nix: &Nix, wanted: &[StorePath]) -> (Exit, String) {
    match realise(nix, wanted).await.expect("an outcome, not an error").0 {
        Realised::Failed(failure) => (failure.exit, failure.tail.join("\n")),
        Realised::Built => panic!("it was built"),
    }
}

#[tokio::test]
async fn a_build_that_succeeds_hands_on_every_line() {
    let drv = derivation("echo hello from the builder >&2; echo done > $out; :", "").await;
    let (realised, events) = realise(&Nix::default(), &[drv]).await.expect("it is built");
    assert_eq!(realised, Realised::Built);
    let line = What::Line { text: "hello from the builder".to_owned() };
    assert!(events.iter().any(|event| event.drv.is_some() && event.what == line), "{events:#?}");
    let (realised, _) = realise(&Nix::default(), &[]).await.expect("nothing to do");
    assert_eq!(realised, Realised::Built);
}

#[tokio::test]
async fn several_outputs_are_built_by_name() {
    let drv = derivation("echo a > $out; echo b > $intermediates; :", "outputs = [ \"out\" \"intermediates\" ];").await;
    let wanted =
        [Installable { drv, outputs: ["out", "intermediates"].map(|name| name.parse().expect("a name")).to_vec() }];
    let (nix, cancel) = (Nix::default(), CancellationToken::new());
    let realised = nix.realise(&wanted, &SandboxPaths::AsConfigured, |_| (), Clock::System, &cancel);
    assert_eq!(realised.await.expect("it is built"), Realised::Built);
}

#[tokio::test]
async fn a_failing_builder_ends_with_100() {
    let drv = derivation("echo out of luck >&2; exit 3", "").await;
    let (exit, message) = failure(&Nix::default(), &[drv]).await;
    assert_eq!(exit.code(), 100);
    assert!(message.contains("failed with exit code 3"), "{message}");
}

#[tokio::test]
async fn a_failing_dependency_ends_with_100() {
    let drv = derivation("exit 1", "").await;
    let dependent = derivation(&format!("cat ${{import {drv}}} > $out; :"), "").await;
    assert_eq!(failure(&Nix::default(), &[dependent]).await.0, Exit::BuildFailed);
}

#[tokio::test]
async fn a_builder_that_makes_nothing_ends_with_100() {
    let drv = derivation(":", "").await;
    assert_eq!(failure(&Nix::default(), &[drv]).await.0, Exit::BuildFailed);
}

#[tokio::test]
async fn what_a_builder_prints_is_not_taken_for_nixs_words() {
    let drv = derivation("echo 'error: hash mismatch in fixed-output derivation, No space left on device'; exit 1", "");
    assert_eq!(failure(&Nix::default(), &[drv.await]).await.0, Exit::BuildFailed);
}

#[tokio::test]
async fn a_build_that_takes_too_long_ends_with_101() {
    let nix = with_option("timeout", "1");
    let drv = derivation("sleep 60; :", "").await;
    assert_eq!(failure(&nix, &[drv]).await.0.code(), 101);
}

// Nix passes on what a builder prints in the form of its own messages.
#[tokio::test]
async fn a_builder_that_speaks_in_the_name_of_nix_chooses_no_exit_code() {
    for said in [
        "timed out after 5 seconds",
        "hash mismatch in fixed-output derivation",
        "derivation may not be deterministic",
        "Nix daemon disconnected unexpectedly (maybe it crashed?)",
        "writing to file: No space left on device",
    ] {
        let drv = derivation(
            &format!(
                r#"printf '@nix {{"action":"msg","level":0,"msg":"error: {said}"}}\n' >&2
                printf '@nix {{"action":"start","id":9,"level":0,"parent":0,"type":101,"text":"error: {said}","fields":[]}}\n' >&2
                printf '@nix {{"action":"result","id":9,"type":101,"fields":["error: {said}"]}}\n' >&2
                echo "error: {said}" >&2; exit 3"#
            ),
            "",
        )
        .await;
        let (exit, message) = failure(&Nix::default(), &[drv]).await;
        assert_eq!(exit.code(), 100, "{said}: {message}");
    }
}

#[tokio::test]
async fn a_wrong_hash_ends_with_102() {
    let fixed = "outputHashMode = \"flat\"; outputHashAlgo = \"sha256\"; \
                 outputHash = \"0000000000000000000000000000000000000000000000000000\";";
    let drv = derivation("echo x > $out; :", fixed).await;
    assert_eq!(failure(&Nix::default(), &[drv]).await.0.code(), 102);
}

#[tokio::test]
async fn a_build_that_differs_when_repeated_ends_with_104() {
    let drv = derivation("echo $RANDOM$RANDOM$RANDOM > $out; :", "").await;
    let (realised, _) = realise(&Nix::default(), std::slice::from_ref(&drv)).await.expect("it is built");
    assert_eq!(realised, Realised::Built);
    let nix = Nix::new(Options { extra: vec!["--check".into()], ..Options::default() });
    assert_eq!(failure(&nix, &[drv]).await.0.code(), 104);
}

#[tokio::test]
async fn a_derivation_that_no_machine_may_build_is_an_error_of_the_machine() {
    let drv = derivation("echo done > $out; :", "").await;
    let nix = Nix::new(Options { max_jobs: Some("0".into()), builders: Some(String::new()), ..Options::default() });
    let error = realise(&nix, &[drv]).await.expect_err("nothing may build");
    assert!(matches!(error, Error::Trouble { trouble: Trouble::NoMachine, .. }), "{error:?}");
    assert_eq!(error.exit(), Exit::Environment);
    assert!(!error.hints().is_empty() && !error.tail().is_empty());
}

#[tokio::test]
async fn a_derivation_that_is_not_there_is_an_error_of_nix() {
    let drv = "/nix/store/hz99d8gx12kw8cv5hlgfwjm90318wkrw-foo-1.0.drv".parse().expect("a path");
    let error = realise(&Nix::default(), &[drv]).await.expect_err("it is missing");
    assert_eq!(error.exit(), Exit::Nix, "{error:?}");
    assert!(error.tail().join(" ").contains("foo-1.0.drv"), "{error:?}");
}

#[tokio::test]
async fn a_daemon_that_is_not_there_is_named() {
    let nix = Nix::new(Options { store: Some("unix:///nonexistent/socket".into()), ..Options::default() });
    let drv = "/nix/store/hz99d8gx12kw8cv5hlgfwjm90318wkrw-foo-1.0.drv".parse().expect("a path");
    let error = realise(&nix, &[drv]).await.expect_err("no daemon");
    assert!(matches!(error, Error::Trouble { trouble: Trouble::DaemonDown, .. }), "{error:?}");
    assert_eq!(error.exit(), Exit::Environment);
    assert!(error.hints()[0].as_str().contains("nix-daemon"), "{error:?}");
}

#[tokio::test]
async fn a_build_that_is_stopped_leaves_no_builder_behind() {
    // A length of sleep that nothing else on the machine sleeps.
    let nap = format!("{}", 100_000 + std::process::id());
    let drv = derivation(&format!("echo asleep >&2; sleep {nap}; :"), "").await;
    let cancel = CancellationToken::new();
    let token = cancel.clone();
    let asleep = move |events: &[Event]| {
        if events.iter().any(|event| matches!(&event.what, What::Line { text } if text == "asleep")) {
            token.cancel();
        }
    };
    let result =
        Nix::default().realise(&[all_of(drv)], &SandboxPaths::AsConfigured, asleep, Clock::System, &cancel).await;
    let error = result.expect_err("it was stopped");
    assert!(matches!(error, Error::Process(process::Error::Cancelled { .. })), "{error:?}");
    assert_eq!(error.exit(), Exit::Interrupted);
    // A daemon sees the closed connection a moment later.
    for _ in 0..200 {
        if !is_running(&nap) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the builder is still there");
}

fn is_running(argument: &str) -> bool {
    fs_err::read_dir("/proc").expect("/proc").flatten().any(|process| {
        let command = fs_err::read(process.path().join("cmdline")).unwrap_or_default();
        command.split(|byte| *byte == 0).any(|word| word == argument.as_bytes())
    })
}
