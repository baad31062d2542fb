//! What became of one derivation.

use super::Tone;
use crate::model::plan::{Kind, Mode};
use crate::model::record::{Build, Outcome, Record};
use crate::report::cascade;
use crate::report::failure;
use crate::report::sentence::{Sentence, name, said, sentence};
use crate::report::words::{counted, duration, grouped};

/// What became of a derivation: `app 1: 3 of 689 modules rebuilt in 14 s (full build 4 min: 3 min 46 s saved)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Headline {
    /// The package and its version.
    pub name: String,
    /// What became of it.
    pub told: Sentence,
    /// How good that is.
    pub tone: Tone,
    /// What follows, which is neither good nor bad: where it was built, how much time was saved.
    pub after: Sentence,
}

/// `failed` says that some build of the record did.
pub(super) fn headline(record: &Record, build: &Build, failed: bool) -> Headline {
    let helper = build.is_helper();
    let time = build.compile_seconds.unwrap_or(build.seconds);
    let place = failure::place(&build.builder);
    let mut after = Sentence::default();
    let (tone, told) = match build.outcome {
        Outcome::Built if build.kind == Kind::Incremental => {
            let saved = build.full_compile_seconds.map(|full| said(saved(full, time))).unwrap_or_default();
            after = sentence![place, saved];
            let tone = if cascade::nothing_reused(build) { Tone::Notable } else { Tone::Good };
            (tone, said(format!("{} in {}", rebuilt(build), duration(time))))
        }
        Outcome::Built => {
            let what = match (build.kind, &record.base) {
                (Kind::Full, Some(base)) if helper => sentence!["full build of the base ", name(base.commit.short())],
                (Kind::Full, _) if is_unchanged(record, build) => {
                    "full build, as nothing of it changed since the base".into()
                }
                (Kind::Full, _) => "full build".into(),
                (Kind::Partial, Some(base)) => sentence!["what compiles of the base ", name(base.commit.short())],
                _ => "plain build".into(),
            };
            let modules = build.modules_total.unwrap_or(build.modules_rebuilt);
            let modules = if modules > 0 { format!("{} in ", counted(modules, "module")) } else { String::new() };
            after = place;
            (Tone::Good, sentence![what, said(format!(": {modules}{}", duration(time)))])
        }
        Outcome::Cached if is_unchanged(record, build) => {
            (Tone::Good, "nothing of it changed since the base, the store has it".into())
        }
        Outcome::Cached => (Tone::Good, "nothing to do, the store has it".into()),
        Outcome::Substituted => (Tone::Good, "fetched from a substituter".into()),
        Outcome::Failed => {
            let what = match build.kind {
                Kind::Partial => "what compiles of the base: ",
                _ if helper => "full build of the base ",
                _ => "",
            };
            let how = build.failure.as_ref().map_or("failed", |failure| failure.kind.words());
            (Tone::Bad, sentence![what, how, said(failure::after(build.seconds)), place])
        }
        Outcome::Skipped if failed => (Tone::Notable, "not built: another build failed".into()),
        Outcome::Skipped if !record.failed_dependencies.is_empty() => {
            (Tone::Notable, "not built: a dependency failed".into())
        }
        Outcome::Skipped => (Tone::Notable, "not built".into()),
    };
    Headline { name: format!("{} {}", build.package, build.version).trim_end().to_owned(), told, tone, after }
}

/// Whether the full build of the base is itself what was asked for, though other packages changed.
fn is_unchanged(record: &Record, build: &Build) -> bool {
    build.kind == Kind::Full && build.wanted && record.mode == Mode::Incremental
}

/// `1 of 34 modules rebuilt`.
fn rebuilt(build: &Build) -> String {
    match build.modules_total {
        Some(total) => share(build.modules_rebuilt.into(), total.into()),
        None => format!("{} rebuilt", counted(build.modules_rebuilt, "module")),
    }
}

/// `1 of 34 modules rebuilt`, `all 34 modules rebuilt`.
pub(super) fn share(rebuilt: u64, total: u64) -> String {
    if total > 1 && rebuilt == total {
        return format!("all {} modules rebuilt", grouped(total));
    }
    if rebuilt > total {
        return format!("{} rebuilt", counted(rebuilt, "module"));
    }
    let noun = if total == 1 { "module" } else { "modules" };
    format!("{} of {} {noun} rebuilt", grouped(rebuilt), grouped(total))
}

fn saved(full: f64, time: f64) -> String {
    if full > time {
        format!(" (full build {}: {} saved)", duration(full), duration(full - time))
    } else {
        format!(" (full build {}: no time saved)", duration(full))
    }
}
