//! A machine that goes away in the middle of a build.

use std::time::Duration;

use crate::machines::Machine;
use crate::packages::{BEGUN, SLOW, build, derivations, slow, user_settings};
use crate::running::{Running, until};
use crate::scene::{HOUR, MIDNIGHT};

/// Longer than ssh's keepalives take to notice (three of 15 s), and what is built on the next machine.
const NOTICED: Duration = Duration::from_secs(180);

#[test]
fn the_build_ends_on_the_next_machine() {
    let (first, second) = (Machine::start("first"), Machine::start("second"));
    let scene = slow(5);
    user_settings(&scene, &format!("{}{}", first.settings("speed = 2.0"), second.settings("")));

    let mut hinc = Running::start(scene.hinc_command(&["build", "--builder", "first,second", "--json"]));
    hinc.until_it_says("Compiling Slow", NOTICED);
    first.cut();
    let ran = hinc.end(NOTICED);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    let record = ran.json();
    assert_eq!(build(&record, "full")["builder"], "second", "{record:#}");
    let out = record["out_paths"][0].as_str().expect("a path");
    // The first may have come to its end all the same: nobody told it of the cable.
    assert!(second.has(out));
    assert!(ran.stderr.contains("first"), "it says which one was lost:\n{}", ran.stderr);
}

#[test]
fn a_comparison_ends_on_the_next_machine() {
    let (first, second) = (Machine::start("earlier"), Machine::start("later"));
    let scene = slow(5);
    scene.replace("First.hs", "first = 1", "first = 1 -- the least");
    scene.commit_at(MIDNIGHT + HOUR, "Comment");
    user_settings(&scene, &format!("{}{}", first.settings("speed = 2.0"), second.settings("")));

    let mut hinc = Running::start(scene.hinc_command(&["verify", "--builder", "earlier,later", "--json"]));
    hinc.until_it_says("Compiling Slow", NOTICED);
    first.cut();
    let ran = hinc.end(3 * NOTICED);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    let document = ran.json();
    assert_eq!(document["verdict"], "equal", "{document:#}");
    assert!(second.has(document["packages"][0]["clean"].as_str().expect("a path")));
    assert!(ran.stderr.contains("earlier"), "it says which one was lost:\n{}", ran.stderr);
}

#[test]
fn where_there_is_no_other_it_is_said_and_a_retry_succeeds() {
    let only = Machine::start("only");
    let scene = derivations(6);
    user_settings(&scene, &only.settings(""));
    let command = || scene.hinc_command(&[&SLOW[..], &["--builder", "only"]].concat());

    let mut hinc = Running::start(command());
    hinc.until_it_says(BEGUN, NOTICED);
    only.cut();
    let ran = hinc.end(NOTICED);
    assert_eq!(ran.status, 3, "{}", ran.stderr);
    assert!(ran.stderr.contains("only") && ran.stderr.contains("hint:"), "{}", ran.stderr);

    // It cannot be reached before anything is begun: that is said as well, and soon.
    let ran = Running::start(command()).end(Duration::from_secs(60));
    assert_eq!(ran.status, 3, "{}", ran.stderr);

    only.restore();
    until("nothing builds there any more", NOTICED, || !only.does("pgrep -x seq || pgrep -x sleep"));
    Running::start(command()).end(NOTICED).status(0);
}

#[test]
fn a_killed_ssh_is_a_lost_machine_and_a_retry_succeeds() {
    let far = Machine::start("killed");
    let scene = derivations(6);
    user_settings(&scene, &far.settings(""));
    let command = || scene.hinc_command(&[&SLOW[..], &["--builder", "killed"]].concat());

    let mut hinc = Running::start(command());
    hinc.until_it_says(BEGUN, NOTICED);
    let folder = scene.home().display().to_string();
    let ssh = scene.run("pgrep", &["-f", &format!("ssh.*{folder}")]).stdout;
    assert!(!ssh.trim().is_empty(), "an ssh runs");
    for id in ssh.lines() {
        scene.run("kill", &["-KILL", id]);
    }
    let ran = hinc.end(NOTICED);
    // Whether it began anew by itself or gave up: it did not hang, and the next one succeeds.
    assert!(ran.status == 0 || ran.stderr.contains("hint:"), "{}", ran.stderr);
    Running::start(command()).end(NOTICED).status(0);
}
