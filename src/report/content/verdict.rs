//! All of a build in one sentence.

use std::cmp::Reverse;

use super::headline::share;
use super::{Subject, Tone, foretold};
use crate::model::plan::{Kind, Mode};
use crate::model::record::{Build, Outcome, Record};
use crate::report::cascade;
use crate::report::sentence::{Sentence, name, said, sentence};
use crate::report::words::{counted, duration, grouped};

/// All of a build in one sentence: `3 of 689 modules rebuilt in 14 s, as expected`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The sentence, without a full stop.
    pub sentence: Sentence,
    /// How good that is.
    pub tone: Tone,
}

/// Returns what is to be said of a record where there is room for one sentence. `subjects` is what is said of its
/// derivations.
pub(super) fn verdict(record: &Record, subjects: &[Subject<'_>]) -> Verdict {
    if let Some(sentence) = failed(record) {
        return Verdict { sentence, tone: Tone::Bad };
    }
    let built = |kinds: &[Kind]| -> Vec<&Build> {
        let builds = record.builds.iter();
        builds.filter(|build| build.outcome == Outcome::Built && kinds.contains(&build.kind)).collect()
    };
    let is_incremental =
        |subject: &&Subject<'_>| subject.build.kind == Kind::Incremental && subject.build.outcome == Outcome::Built;
    let incremental: Vec<&Subject<'_>> = subjects.iter().filter(is_incremental).collect();
    if !incremental.is_empty() {
        return incrementally(&incremental, built(&[Kind::Plain]).len());
    }
    let wanted: Vec<&Build> = built(&[Kind::Full, Kind::Plain]).into_iter().filter(|build| build.wanted).collect();
    if wanted.is_empty() {
        let is_fetched = record.builds.iter().any(|build| build.wanted && build.outcome == Outcome::Substituted);
        let told = if is_fetched { "nothing was built, it was fetched" } else { "nothing to do, the store has it" };
        return Verdict { sentence: told.into(), tone: Tone::Good };
    }
    let (modules, seconds) = (modules(&wanted), wanted.iter().map(|build| time(build)).sum());
    let way = if record.mode == Mode::Full { "built in full" } else { "built plainly" };
    let of = if modules > 0 { format!(", {}", counted(modules, "module")) } else { String::new() };
    // In an incremental build it is the package that has a reason, and a full one is of what did not change.
    let why = match record.mode {
        Mode::Incremental => wanted.iter().find_map(|build| build.why.as_ref()),
        _ => Some(&record.why),
    };
    let why = why.map(|why| sentence![": ", name(why)]).unwrap_or_default();
    let tone = if record.mode == Mode::Incremental && !why.is_empty() { Tone::Notable } else { Tone::Good };
    Verdict { sentence: sentence![way, said(format!("{of} in {}", duration(seconds))), why], tone }
}

/// Says what failed, where what was asked for is not there; none where it is.
pub(in crate::report) fn failed(record: &Record) -> Option<Sentence> {
    let wanted = || record.builds.iter().filter(|build| build.wanted);
    if wanted().all(|build| !matches!(build.outcome, Outcome::Failed | Outcome::Skipped)) {
        return None;
    }
    let mut failed: Vec<&Build> = record.builds.iter().filter(|build| build.failed_by_itself()).collect();
    // A base that fails is not what keeps a package from being built.
    failed.sort_by_key(|build| build.is_helper());
    let more = |count: usize, noun| {
        if count > 1 { format!(", and {} more", counted(count as u64 - 1, noun)) } else { String::new() }
    };
    if let Some(first) = failed.first() {
        let how = first.failure.as_ref().map_or("failed", |failure| failure.kind.words());
        let phase = first.failure.as_ref().and_then(|failure| failure.phase.as_ref());
        let phase = phase.map(|phase| sentence![" in its step ", name(phase)]).unwrap_or_default();
        return Some(sentence![name(first.package.as_str()), " ", how, phase, said(more(failed.len(), "package"))]);
    }
    if let Some(first) = record.failed_dependencies.first() {
        let more = match record.failed_dependencies.len() {
            0 | 1 => String::new(),
            count => format!(", and {} more", grouped(count as u64 - 1)),
        };
        let how = first.failure.kind.words();
        return Some(sentence![name(&first.name), ", a dependency, ", how, said(more)]);
    }
    let first = wanted().find(|build| matches!(build.outcome, Outcome::Failed | Outcome::Skipped))?;
    Some(sentence![name(first.package.as_str()), " was not built"])
}

fn incrementally(subjects: &[&Subject<'_>], plain: usize) -> Verdict {
    let builds: Vec<&Build> = subjects.iter().map(|subject| subject.build).collect();
    let rebuilt = builds.iter().map(|build| u64::from(build.modules_rebuilt)).sum();
    let seconds = builds.iter().map(|build| time(build)).sum();
    let told = said(format!("{} in {}", share(rebuilt, modules(&builds)), duration(seconds)));
    let plainly = match plain {
        0 => Sentence::default(),
        count => said(format!(", {} built plainly", counted(count as u64, "package"))),
    };
    // The one that most modules were compiled for, and of two the first.
    let changes = subjects.iter().flat_map(|subject| &subject.changes).filter(|change| change.unexpected);
    let unexpected = changes.min_by_key(|change| Reverse(change.count));
    let is_wrongly_foretold = builds.iter().any(|build| foretold::sentence_of(build).is_some());
    let why = match unexpected {
        Some(change) => sentence![": ", change.title.clone()],
        None if is_wrongly_foretold => ", not as foretold".into(),
        None if plain > 0 => Sentence::default(),
        None => ", as expected".into(),
    };
    let is_all = builds.iter().any(|build| cascade::nothing_reused(build));
    let is_notable = is_all || plain > 0 || unexpected.is_some() || is_wrongly_foretold;
    let tone = if is_notable { Tone::Notable } else { Tone::Good };
    Verdict { sentence: sentence![told, plainly, why], tone }
}

/// How many modules builds have together, as far as that is known. Each number of a foreign record may be as large as a
/// `u32` can be.
fn modules(builds: &[&Build]) -> u64 {
    builds.iter().map(|build| u64::from(build.modules_total.unwrap_or(build.modules_rebuilt))).sum()
}

/// How long its modules took, or all of it where that is not known, in seconds.
fn time(build: &Build) -> f64 {
    build.compile_seconds.unwrap_or(build.seconds)
}
