//! What a step of a CI service is left with after a build: the report in its summary, and its outputs.

use std::path::Path;

use super::ci;
use super::context::Context;
use super::report as rendering;
use crate::forge::Worth;
use crate::model::plan::Mode;
use crate::model::record::{Outcome, Record};
use crate::model::store::StorePath;
use crate::report::{self, Format, Thresholds};

/// Returns the report that is shown on a pull request and in a summary.
pub(super) fn markdown(record: &Record, context: &Context) -> Result<String, report::Error> {
    rendering::render(record, Format::Markdown, context, false)
}

/// Returns whether a reader should act.
pub(super) fn worth(record: &Record, thresholds: &Thresholds) -> Worth {
    if report::worth(record, thresholds).is_some() { Worth::Acting } else { Worth::Routine }
}

/// Tells the service of a build, where the service gave files for that. That it cannot be written is no reason for a build
/// to fail.
pub(super) fn tell(record: &Record, file: Option<&Path>, context: &Context) {
    if !context.environment.summaries.is_empty() {
        match markdown(record, context) {
            Ok(text) => summary(&text, context),
            Err(error) => context.printer.warning(&format!("no summary of this step: {error}")),
        }
    }
    if let Some(outputs) = &context.environment.outputs
        && let Err(error) = ci::outputs(outputs, &values(record, file))
    {
        context.printer.warning(&format!("no outputs of this step: {error}"));
    }
}

/// Adds a text to the summary of this step.
pub(super) fn summary(text: &str, context: &Context) {
    for file in &context.environment.summaries {
        match ci::summary(file, text) {
            Ok(true) => {}
            Ok(false) => context.printer.warning("the report is left out of the summary of this step: it has no room"),
            Err(error) => context.printer.warning(&format!("no summary of this step: {error}")),
        }
    }
}

/// The outputs, as docs/report.md lists them.
fn values(record: &Record, file: Option<&Path>) -> Vec<(&'static str, String)> {
    let wanted = || record.builds.iter().filter(|build| build.wanted);
    let paths: Vec<&str> = record.out_paths.iter().map(StorePath::as_str).collect();
    let full = match (&record.base, record.mode) {
        (Some(base), _) => base.commit.as_str(),
        (None, Mode::Full) => record.head.commit.as_str(),
        (None, _) => "",
    };
    let mut of_base = record.builds.iter().filter(|build| build.kind.is_of_base()).peekable();
    let cached = match of_base.peek() {
        None => String::new(),
        Some(_) => (!of_base.any(|build| matches!(build.outcome, Outcome::Built | Outcome::Failed))).to_string(),
    };
    let rebuilt: u64 = wanted().map(|build| u64::from(build.modules_rebuilt)).sum();
    // A package that did not say how many it has makes a sum that is none.
    let total: Option<u64> = wanted().map(|build| build.modules_total.map(u64::from)).sum();
    vec![
        ("out-path", paths.join("\n")),
        ("full-build-rev", full.to_owned()),
        ("full-build-cached", cached),
        ("modules-rebuilt", rebuilt.to_string()),
        ("modules-total", total.map(|total| total.to_string()).unwrap_or_default()),
        ("seconds", format!("{:.1}", record.seconds)),
        ("report-json", file.map(|file| file.display().to_string()).unwrap_or_default()),
    ]
}
