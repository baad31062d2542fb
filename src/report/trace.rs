//! The timeline of a build in the Trace Event Format, which Perfetto and `chrome://tracing` read.
//!
//! The format is described in "Trace Event Format" (Google, 2016); Perfetto's FAQ adds that the slices of one thread
//! have to nest. Each derivation is a process. Its first thread has the builder's time with the compilation in it, the
//! others are lanes of modules. All times are whole microseconds since the build as a whole began.

use std::collections::BTreeSet;

use serde::Serialize;

use super::Error;
use super::content;
use super::lanes::{Span, lanes, microseconds};
use super::text::TextOptions;
use super::titles;
use crate::foreign;
use crate::model::haskell::NodeKind;
use crate::model::record::{Build, Machine, Module, Outcome, Record};

/// The thread of the builder's time; those of modules come after it.
const OF_THE_BUILDER: usize = 0;

/// One event. `ph` is `X` for a slice, and `M` for what says something of a process or a thread.
#[derive(Serialize)]
struct Event<'a, A> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    cat: Option<&'static str>,
    ph: char,
    #[serde(skip_serializing_if = "Option::is_none")]
    ts: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dur: Option<u64>,
    pid: usize,
    tid: usize,
    args: A,
}

#[derive(Serialize)]
struct Name<'a> {
    name: &'a str,
}

#[derive(Serialize)]
struct Index {
    sort_index: usize,
}

#[derive(Serialize)]
struct OfBuild<'a> {
    derivation: &'a str,
    outcome: Outcome,
    builder: &'a str,
    modules_rebuilt: u32,
    modules_total: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    machine: Option<&'a Machine>,
    #[serde(skip_serializing_if = "Option::is_none")]
    endless_cores_seconds: Option<f64>,
}

#[derive(Serialize)]
struct OfModule<'a> {
    component: &'a str,
    kind: NodeKind,
    reason: &'a str,
    reason_text: &'a str,
    root_cause: &'a str,
    finished: bool,
}

#[derive(Serialize)]
struct Nothing {}

/// What the trace is of. Both viewers show it, and ignore what they do not know.
#[derive(Serialize)]
struct About<'a> {
    hinc: &'a str,
    started: String,
    head: &'a str,
    base: Option<&'a str>,
    why: &'a str,
}

/// Returns the trace of a record: a JSON object, one event a line.
pub(super) fn trace(record: &Record, _options: &TextOptions) -> Result<String, Error> {
    let about = About {
        hinc: &record.hinc,
        started: record.started.to_rfc3339(),
        head: record.head.commit.as_str(),
        base: record.base.as_ref().map(|base| base.commit.as_str()),
        why: &record.why,
    };
    let mut lines = Lines { text: String::new(), error: None };
    for (pid, build) in (1..).zip(record.builds.iter().filter(|build| build.seconds > 0.0)) {
        process(&mut lines, record, build, pid);
    }
    if let Some(error) = lines.error {
        return Err(Error::Write(error));
    }
    let about = serde_json::to_string(&about).map_err(Error::Write)?;
    let text = format!(
        "{{\"displayTimeUnit\":\"ms\",\"otherData\":{about},\"traceEvents\":[\n{}\n]}}\n",
        lines.text.trim_end_matches(",\n")
    );
    Ok(foreign::json(&text).into_owned())
}

/// Events as JSON, each on a line of its own with a comma behind it; or why one of them cannot be written.
struct Lines {
    text: String,
    error: Option<serde_json::Error>,
}

impl Lines {
    fn push(&mut self, event: &impl Serialize) {
        match serde_json::to_string(event) {
            Ok(line) => self.text.extend([line.as_str(), ",\n"]),
            Err(error) => self.error = Some(error),
        }
    }

    fn about<A: Serialize>(&mut self, name: &str, pid: usize, tid: usize, args: A) {
        self.push(&Event { name, cat: None, ph: 'M', ts: None, dur: None, pid, tid, args });
    }

    fn slice<A: Serialize>(&mut self, of: (&str, &'static str), span: Span, pid: usize, tid: usize, args: A) {
        let (name, cat) = of;
        let dur = Some(span.end - span.begin);
        self.push(&Event { name, cat: Some(cat), ph: 'X', ts: Some(span.begin), dur, pid, tid, args });
    }
}

/// Adds a derivation that was built.
fn process(lines_of_trace: &mut Lines, record: &Record, build: &Build, pid: usize) {
    let begin = build.started.map_or(0, |started| {
        (started - record.started).num_microseconds().and_then(|time| u64::try_from(time).ok()).unwrap_or(0)
    });
    let whole = Span { begin, end: begin.saturating_add(microseconds(build.seconds)) };
    let compiles = whole.begin.saturating_add(microseconds(build.compile_began.unwrap_or(0.0)));
    let title = titles::of_build(build);

    lines_of_trace.about("process_name", pid, OF_THE_BUILDER, Name { name: &title });
    lines_of_trace.about("process_sort_index", pid, OF_THE_BUILDER, Index { sort_index: pid });
    lines_of_trace.about("thread_name", pid, OF_THE_BUILDER, Name { name: "builder" });
    let args = OfBuild {
        derivation: build.drv.as_str(),
        outcome: build.outcome,
        builder: &build.builder,
        modules_rebuilt: build.modules_rebuilt,
        modules_total: build.modules_total,
        machine: build.machine.as_ref(),
        endless_cores_seconds: build.critical_path.as_ref().map(|path| path.endless_cores_seconds),
    };
    lines_of_trace.slice((&title, "derivation"), whole, pid, OF_THE_BUILDER, args);
    if let (Some(_), Some(seconds)) = (build.compile_began, build.compile_seconds) {
        // Within the builder's time: slices of one thread nest.
        let end = compiles.saturating_add(microseconds(seconds)).min(whole.end);
        let span = Span { begin: compiles.min(end), end };
        lines_of_trace.slice(("compilation", "compilation"), span, pid, OF_THE_BUILDER, Nothing {});
    }

    let modules: Vec<(&Module, Span)> = build
        .modules
        .iter()
        .filter_map(|module| {
            let begin = compiles.saturating_add(microseconds(module.began?));
            let end = match module.ended {
                Some(ended) => compiles.saturating_add(microseconds(ended)),
                // It was at work when the build failed; of another builder's modules no end is known.
                None => (build.outcome == Outcome::Failed).then_some(whole.end)?,
            };
            Some((module, Span { begin, end: end.max(begin) }))
        })
        .collect();
    let spans: Vec<Span> = modules.iter().map(|(_, span)| *span).collect();
    let mut all: Vec<_> = lanes(&spans).into_iter().zip(modules).collect();
    all.sort_by_key(|(lane, (_, span))| (*lane, *span));
    let mut named = OF_THE_BUILDER;
    let path = content::critical_path(build).unwrap_or_default();
    let path: BTreeSet<*const Module> = path.into_iter().map(std::ptr::from_ref).collect();
    let mut of_path: Vec<(&Module, Span)> =
        all.iter().map(|(_, timed)| *timed).filter(|(module, _)| path.contains(&std::ptr::from_ref(*module))).collect();
    for (lane, (module, span)) in all {
        let tid = lane + 1;
        if named < tid {
            lines_of_trace.about("thread_name", pid, tid, Name { name: &format!("modules, lane {tid}") });
            named = tid;
        }
        let args = OfModule {
            component: &module.component.0,
            kind: module.kind,
            reason: module.reason.as_str(),
            reason_text: &module.reason_text,
            root_cause: &module.root_cause,
            finished: module.ended.is_some(),
        };
        lines_of_trace.slice((&module.module.0, "module"), span, pid, tid, args);
    }
    if of_path.is_empty() {
        return;
    }
    // Once more, below the lanes: what all of it waited for.
    let tid = named + 1;
    lines_of_trace.about("thread_name", pid, tid, Name { name: "critical path" });
    of_path.sort_by_key(|(_, span)| *span);
    let mut last = 0;
    for (module, span) in of_path {
        // Slices of one thread nest, whatever a foreign record says.
        let begin = span.begin.max(last);
        last = span.end.max(begin);
        lines_of_trace.slice((&module.module.0, "critical path"), Span { begin, end: last }, pid, tid, Nothing {});
    }
}
