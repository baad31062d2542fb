//! The log of Nix and of a builder, into events, a record and a report.

use chrono::DateTime;
use hinc::foreign;
use hinc::log::Decoder;
use hinc::model::event::{Event, What};
use hinc::model::plan::Plan;
use hinc::nix::failure::Classifier;
use hinc::process::Status;
use hinc::record::Recorder;

use super::{is_a_line, is_harmless};

/// A plan whose derivations the seeds speak of.
const PLAN: &str = include_str!("../../fixtures/logs/nix-2.34.8-ghc-9.10.3/full.plan.json");

/// What one line may become: itself, cut, with a bound for what is said of the cut.
const LONGEST: usize = 64 * 1024 + 200;

pub(super) fn hold(bytes: &[u8]) {
    let plan: Plan = serde_json::from_str(PLAN).expect("a plan");
    let (mut decoder, mut recorder, mut classifier) = (Decoder::new(), Recorder::new(&plan), Classifier::default());
    let mut events = 0;
    let mut lines = 0;
    for (number, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        let at = DateTime::from_timestamp(1_769_731_200 + i64::try_from(number).unwrap_or(0), 0).expect("a time");
        lines += 1;
        decoder.line(line, at, &mut |event| {
            events += 1;
            looked_at(&event);
            recorder.event(&event);
            classifier.event(&event);
        });
    }
    assert!(events <= 4 * lines, "{events} events of {lines} lines");
    let verdict = format!("{:?}", classifier.verdict(Status::Code(1)));
    assert!(verdict.len() < 1000, "{verdict}");
    for line in classifier.tail() {
        is_harmless(&foreign::shown(line, false));
    }
    for build in recorder.finish(true) {
        let json = serde_json::to_string(&build).expect("JSON");
        assert_eq!(serde_json::from_str::<hinc::model::record::Build>(&json).expect("a build"), build);
    }
}

/// What is kept of an event is one line, or of an error lines, and has a bound.
fn looked_at(event: &Event) {
    let shown = |text: &str| {
        is_a_line(text);
        assert!(text.len() <= 4 * LONGEST, "{} bytes", text.len());
        is_harmless(&foreign::shown(text, false));
        for line in foreign::shown(text, true).split('\n') {
            is_a_line(line);
        }
    };
    match &event.what {
        What::Line { text } | What::Component { text, .. } | What::Compiling { text, .. } => shown(text),
        What::Warning { file, text, .. } => [file, text].into_iter().for_each(|text| shown(text)),
        What::Phase { name } => shown(name),
        What::BuildFailed { message, .. } => message.split('\n').for_each(shown),
        _ => {}
    }
}
