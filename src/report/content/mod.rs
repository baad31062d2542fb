//! What a report says of a build, before anything is laid out.
//!
//! Each thing is decided here once: text, Markdown and the page only set it. Sentences know which of their words are
//! others' ([`Sentence`]), so a layout can set these off and make them harmless in its own way.

mod base;
mod beside;
mod change;
mod contagious;
mod critical_path;
mod foretold;
mod headline;
mod machine;
mod saved;
mod transfers;
mod verdict;
mod worth;

use super::base_failures::base_failure;
use super::cascade::{self, Causes};
use super::sentence::{Sentence, name, said, sentence};
use super::words::{counted, duration, grouped};
use crate::model::haskell::NodeKind;
use crate::model::plan::{Kind, Mode};
use crate::model::record::{Build, Module, Outcome, Record};

pub use change::{Change, reason};
pub(super) use change::{changes, declarations};
pub(super) use critical_path::{critical_path, sentence_of as critical_path_in_words};
pub use headline::Headline;
pub(super) use machine::{
    difference as machine_difference, is_one as is_one_machine, machines, words as machine_in_words,
};
pub use saved::{TimeSaved, time_saved};
pub use verdict::Verdict;
pub(super) use verdict::failed;
pub use worth::{Thresholds, Worth, worth};

/// What a report says.
#[derive(Debug, Clone)]
pub struct Content<'a> {
    /// All of it in one sentence.
    pub verdict: Verdict,
    /// On what it was built, or why in another way.
    pub how: Vec<Sentence>,
    /// The derivations that are worth words.
    pub subjects: Vec<Subject<'a>>,
    /// What went to builders and came back.
    pub transfers: Vec<Sentence>,
}

/// What is said of one derivation.
#[derive(Debug, Clone)]
pub struct Subject<'a> {
    /// The derivation.
    pub build: &'a Build,
    /// What became of it.
    pub headline: Headline,
    /// Why it was built plainly, where others were not.
    pub plainly: Option<&'a str>,
    /// Whether how the record's builds were made is to be told beside it: once, at the first that it concerns.
    pub tells_how: bool,
    /// That nothing of the base could be reused.
    pub nothing_reused: Option<NothingReused>,
    /// What changed and what each change set off: first what nobody expected, of each group first what took longest.
    pub changes: Vec<Change<'a>>,
    /// What else is worth knowing.
    pub remarks: Vec<Remark>,
}

/// Nothing of the base could be reused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NothingReused {
    /// Why, where there is one cause.
    pub why: Option<Sentence>,
    /// What to know of that cause.
    pub explanation: Option<Sentence>,
    /// Whether that is true of each module alone, so that a list of them would tell nothing.
    pub says_all: bool,
}

/// Something worth knowing beside the changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// What.
    pub text: Sentence,
    /// Whether nobody expected it.
    pub unexpected: bool,
}

impl Remark {
    fn of(text: Sentence) -> Self {
        Self { text, unexpected: false }
    }
}

/// How good or bad something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// As it should be.
    Good,
    /// Somebody may want to look at it.
    Notable,
    /// It failed.
    Bad,
}

/// From how many compiled modules on the slowest are worth a line.
const MANY_MODULES: u32 = 10;
/// How many of the slowest and of the most contagious are named.
const TOP: usize = 3;

/// Returns what is to be said of a build.
pub fn content(record: &Record) -> Content<'_> {
    let failed = record.builds.iter().any(|build| build.outcome == Outcome::Failed);
    let is_one_wanted = record.builds.iter().any(|build| build.wanted);
    let causes = Causes::of(record);
    let mut how_is_told = false;
    let mut subjects = Vec::new();
    for build in &record.builds {
        let worked = matches!(build.outcome, Outcome::Built | Outcome::Failed);
        let helper = build.is_helper();
        // What helps another is worth a line where something was done for it.
        if !build.wanted && !worked && (helper || is_one_wanted) {
            continue;
        }
        let own_way = record.mode == Mode::Incremental && build.kind == Kind::Plain;
        let tells_how = !own_way && !helper && !how_is_told;
        how_is_told |= tells_how;
        let (nothing_reused, changes) =
            if worked && build.kind == Kind::Incremental { changes(&causes, build) } else { (None, Vec::new()) };
        subjects.push(Subject {
            build,
            headline: headline::headline(record, build, failed),
            plainly: build.why.as_deref().filter(|_| own_way),
            tells_how,
            nothing_reused,
            changes,
            remarks: if worked { remarks(build) } else { Vec::new() },
        });
    }
    change::tell_apart(&mut subjects);
    Content {
        verdict: verdict::verdict(record, &subjects),
        how: how(record),
        subjects,
        transfers: transfers::transfers(record),
    }
}

/// Returns what is to be said of a build where there is room for one sentence.
pub fn verdict(record: &Record) -> Verdict {
    content(record).verdict
}

/// On what, or why in another way.
fn how(record: &Record) -> Vec<Sentence> {
    let mut told = Vec::new();
    match (record.mode, &record.base) {
        (Mode::Incremental, Some(base)) => told.push(base::sentence_of(base, record.head.committer_time)),
        (Mode::Incremental, None) => {}
        (Mode::Full, _) => told.push(sentence!["built in full: ", name(&record.why)]),
        (Mode::Plain, _) => told.push(sentence!["built plainly: ", name(&record.why)]),
    }
    let failures = record.base.iter().flat_map(|base| record.base_failures.iter().map(move |failure| (failure, base)));
    told.extend(failures.map(|(failure, base)| base_failure(failure, &base.commit)));
    told.extend(machine::sentences(record));
    told
}

fn remarks(build: &Build) -> Vec<Remark> {
    let mut told = Vec::new();
    if build.modules_rebuilt > MANY_MODULES {
        told.extend(slowest(build).map(Remark::of));
        told.extend(contagious::sentence_of(build, TOP).map(Remark::of));
        told.extend(critical_path::sentence_of(build).map(Remark::of));
    }
    told.extend(beside::sentence_of(build).map(Remark::of));
    told.extend(foretold::sentence_of(build).map(|text| Remark { text, unexpected: true }));
    told.extend(warnings(build).map(|text| Remark::of(said(text))));
    told
}

fn slowest(build: &Build) -> Option<Sentence> {
    let slow = cascade::slowest(build, TOP);
    let told = slow.iter().map(|(module, time)| sentence![label(module), said(format!(" {}", duration(*time)))]);
    (!slow.is_empty()).then(|| sentence!["slowest: ", Sentence::joined(told, ", ")])
}

fn warnings(build: &Build) -> Option<String> {
    match (build.warnings, build.warnings_replayed) {
        (0, 0) => None,
        (new, 0) => Some(counted(new, "warning")),
        (0, old) => Some(format!("{} of modules not rebuilt", counted(old, "warning"))),
        (new, old) => Some(format!("{}, and {} of modules not rebuilt", counted(new, "warning"), grouped(old.into()))),
    }
}

/// What a module is called in a list: with its component where that is not the main library.
pub(super) fn label(module: &Module) -> Sentence {
    let kind = match module.kind {
        NodeKind::Boot => "[boot]",
        NodeKind::Signature => "[sig]",
        NodeKind::Module | NodeKind::Instantiation | NodeKind::Link => "",
    };
    name(match module.component.0.as_str() {
        "" | "lib" => format!("{}{kind}", module.module),
        component => format!("{}{kind} ({component})", module.module),
    })
}

/// Takes the hash out of store paths: `/nix/store/HASH-foo-1.0/lib/x` is `foo-1.0/lib/x`.
fn shortened(text: &str) -> &str {
    text.strip_prefix("/nix/store/").and_then(|rest| rest.get(33..)).unwrap_or(text)
}
