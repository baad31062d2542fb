//! Lines of Nix's stderr into events.

use std::borrow::Cow;
use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::message::{self, Field, Message, activity, result};
use super::{cabal, failure, ghc, protocol};
use crate::foreign;
use crate::model::event::{Counter, Event, FailureKind, Speaker, What};
use crate::model::haskell::ComponentName;
use crate::model::store::StorePath;
use crate::process::CUT;

/// The phase in which hinc's builder prints the warnings of the base's build for modules that GHC skipped.
const REPLAY_PHASE: &str = "replayPhase";

/// Phases in which GHC compiles something that is not a module of the package: the Setup program,
/// or a module once more for its documentation. The names are nixpkgs' (`generic-builder.nix`).
const OTHER_PHASES: [&str; 4] =
    ["setupCompilerEnvironmentPhase", "compileBuildDriverPhase", "configurePhase", "haddockPhase"];

/// How long a line of a builder's log may be that is passed on, in bytes. GHC's longest are those of
/// `-fdiagnostics-as-json`.
const LONGEST_LINE: usize = 64 * 1024;

/// Reads the lines of one run of Nix with `--log-format internal-json`.
///
/// Every line gives at least one event, but for those by which Nix counts what nobody looks at, and
/// the begin and end of such activities.
#[derive(Debug, Default)]
pub struct Decoder {
    activities: BTreeMap<u64, Activity>,
    /// The build that ended last: Nix 2.34 does not name the one that timed out.
    last_stopped: Option<StorePath>,
}

/// Something that Nix does, as far as its lines matter later.
#[derive(Debug)]
enum Activity {
    /// A builder runs.
    Build(Builder),
    /// The hook after a build runs.
    Hook { drv: Option<StorePath> },
    /// A builder says that it does something. Nix lets it begin downloads and nothing else, with
    /// any text, and say of them what it likes.
    OfBuilder { drv: Option<StorePath> },
    /// A path is fetched or copied. A fetch is a copy within another activity of the same path.
    Transfer { path: StorePath, within: bool },
    /// Nix counts what it builds.
    Builds,
    /// Nix counts the paths that it copies, and what they weigh.
    Paths,
    /// Nix does all that it was asked for.
    Realise,
}

/// How many activities of builders are known at a time. One that begins more is not waited for:
/// what it says of them belongs to no derivation.
const OF_BUILDERS: usize = 4096;

/// The log of one builder, read so far.
#[derive(Debug)]
struct Builder {
    drv: Option<StorePath>,
    component: ComponentName,
    /// Whether the builder prints again what the base's build said.
    replays: bool,
    /// Whether what GHC compiles now are modules of the package.
    compiles: bool,
}

/// The begin of an activity, as a line has it.
struct Started<'a> {
    id: u64,
    parent: u64,
    level: u64,
    kind: u64,
    text: &'a str,
    fields: &'a [Field<'a>],
}

impl Decoder {
    /// Makes one for a new run of Nix.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads one line, with or without its line end, that was seen at a time.
    pub fn line(&mut self, bytes: &[u8], at: DateTime<Utc>, sink: &mut impl FnMut(Event)) {
        let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
        let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
        let mut send = |drv: Option<StorePath>, what| sink(Event { at, drv, what });
        match bytes.strip_prefix(message::PREFIX).and_then(message::message) {
            Some(Message::LogLine { id, text }) => match self.activities.get_mut(&id) {
                Some(Activity::Build(builder)) => {
                    let what = builder.line(&text);
                    send(builder.drv.clone(), what);
                }
                Some(Activity::Hook { drv } | Activity::OfBuilder { drv }) => send(drv.clone(), line_of(&text)),
                Some(Activity::Transfer { .. } | Activity::Builds | Activity::Paths | Activity::Realise) | None => {
                    send(None, line_of(&text));
                }
            },
            Some(Message::Start { id, parent, level, kind, text, fields }) => {
                let started = Started { id, parent, level, kind, text: &text, fields: &fields };
                self.start(&started, &mut send);
            }
            Some(Message::Stop { id }) => match self.activities.remove(&id) {
                Some(Activity::Build(builder)) => {
                    self.last_stopped.clone_from(&builder.drv);
                    send(builder.drv, What::BuildStopped);
                }
                Some(Activity::Transfer { path, within: false }) => send(None, What::TransferStopped { path }),
                _ => {}
            },
            Some(Message::Result { id, kind: kind @ (result::PROGRESS | result::SET_EXPECTED), fields }) => {
                if let Some(what) = self.counted(id, kind, &fields) {
                    send(None, what);
                }
            }
            Some(Message::Result { id, kind, fields }) => self.result(id, kind, fields, &mut send),
            Some(Message::Text { level, text, raw }) => {
                let by = if raw.is_some() || !self.builder_runs() { Speaker::Nix } else { Speaker::Unclear };
                let text = foreign::lines(&text);
                let unframed = raw.map_or_else(|| without_frame(&text), |raw| foreign::lines(&raw).into_owned());
                self.say(by, level, &text, &unframed, &mut send);
            }
            Some(Message::Unknown) | None => {
                if let Some(text) = message::cut_log_line(bytes) {
                    send(self.only_running(), line_of(&text));
                    return;
                }
                let text = String::from_utf8_lossy(bytes);
                let text = foreign::line(&text);
                // A message that cannot be read can hold anybody's words.
                let by = if bytes.starts_with(message::PREFIX) { Speaker::Unclear } else { Speaker::Program };
                let level = if text.starts_with("error:") {
                    0
                } else if text.starts_with("warning:") {
                    1
                } else {
                    3
                };
                self.say(by, level, &text, &without_frame(&text), &mut send);
            }
        }
    }

    fn start(&mut self, started: &Started<'_>, send: &mut impl FnMut(Option<StorePath>, What)) {
        let field = |index: usize| started.fields.get(index).and_then(Field::text).unwrap_or_default();
        let name = |index: usize| foreign::line(field(index)).into_owned();
        let path = || field(0).parse::<StorePath>().ok();
        let counting = match started.kind {
            activity::BUILDS => Some(Activity::Builds),
            activity::COPY_PATHS => Some(Activity::Paths),
            activity::REALISE => Some(Activity::Realise),
            _ => None,
        };
        if let Some(counting) = counting {
            if matches!(counting, Activity::Realise) {
                // A run of Nix counts from the beginning.
                send(None, What::Counted { counter: Counter::Bytes, done: 0, expected: 0 });
            }
            self.activities.insert(started.id, counting);
        }
        match (started.kind, path()) {
            (activity::BUILD, drv) => {
                send(drv.clone(), What::BuildStarted { machine: name(1) });
                let builder = Builder { drv, component: ComponentName::default(), replays: false, compiles: true };
                self.activities.insert(started.id, Activity::Build(builder));
            }
            (activity::POST_BUILD_HOOK, drv) => drop(self.activities.insert(started.id, Activity::Hook { drv })),
            (activity::SUBSTITUTE, Some(path)) => {
                self.activities.insert(started.id, Activity::Transfer { path: path.clone(), within: false });
                send(None, What::SubstitutionStarted { path, from: name(1) });
            }
            (activity::COPY_PATH, Some(path)) => {
                let within = matches!(
                    self.activities.get(&started.parent),
                    Some(Activity::Transfer { path: around, .. }) if *around == path
                );
                self.activities.insert(started.id, Activity::Transfer { path: path.clone(), within });
                send(None, What::CopyStarted { path, from: name(1), to: name(2) });
            }
            _ => match self.activities.get(&started.parent) {
                Some(Activity::Build(Builder { drv, .. }) | Activity::OfBuilder { drv }) => {
                    let drv = drv.clone();
                    if self.activities.len() < OF_BUILDERS {
                        self.activities.insert(started.id, Activity::OfBuilder { drv: drv.clone() });
                    }
                    if !started.text.is_empty() {
                        send(drv, line_of(started.text));
                    }
                }
                _ if started.text.is_empty() => {}
                _ => {
                    // Of a build that Nix's hook sent elsewhere, what the builder there begins comes as if Nix did.
                    let by = if self.builder_runs() { Speaker::Unclear } else { Speaker::Nix };
                    let text = foreign::lines(started.text).into_owned();
                    send(None, What::Message { by, level: started.level, text });
                }
            },
        }
    }

    /// What Nix counts, in the fields of a result of its own activities: those of a builder are of another kind.
    fn counted(&self, id: u64, kind: u64, fields: &[Field<'_>]) -> Option<What> {
        let number = |index: usize| fields.get(index).and_then(Field::number);
        let (first, second) = (number(0)?, number(1)?);
        Some(match (self.activities.get(&id)?, kind) {
            (Activity::Transfer { path, .. }, result::PROGRESS) => {
                What::TransferProgress { path: path.clone(), done: first, expected: second }
            }
            (Activity::Builds, result::PROGRESS) => {
                What::Counted { counter: Counter::Builds, done: first, expected: second }
            }
            (Activity::Paths, result::PROGRESS) => {
                What::Counted { counter: Counter::Paths, done: first, expected: second }
            }
            // `setExpected(type, n)`: of what is downloaded Nix tells the size as well, compressed.
            (Activity::Realise | Activity::Paths, result::SET_EXPECTED) if first == activity::COPY_PATH => {
                What::Counted { counter: Counter::Bytes, done: 0, expected: second }
            }
            _ => return None,
        })
    }

    /// Takes in what is said about an activity. What a number means depends on whose activity it is.
    fn result(&mut self, id: u64, kind: u64, fields: Vec<Field<'_>>, send: &mut impl FnMut(Option<StorePath>, What)) {
        if !matches!(kind, result::SET_PHASE | result::POST_BUILD_LOG_LINE) {
            return;
        }
        let Some(Field::Text(text)) = fields.into_iter().next() else { return };
        match self.activities.get_mut(&id) {
            Some(Activity::Build(builder)) if kind == result::SET_PHASE => {
                builder.replays = text == REPLAY_PHASE;
                builder.compiles = !OTHER_PHASES.contains(&text.as_ref());
                send(builder.drv.clone(), What::Phase { name: foreign::line(&text).into_owned() });
            }
            Some(Activity::Build(Builder { drv, .. }) | Activity::Hook { drv } | Activity::OfBuilder { drv }) => {
                send(drv.clone(), line_of(&text));
            }
            Some(Activity::Transfer { .. } | Activity::Builds | Activity::Paths | Activity::Realise) | None => {
                send(None, line_of(&text));
            }
        }
    }

    /// Passes on a message; `unframed` is the same as Nix has it before it prints it.
    fn say(&self, by: Speaker, level: u64, text: &str, unframed: &str, send: &mut impl FnMut(Option<StorePath>, What)) {
        if level == 0
            && let Some(found) = failure::failure(unframed)
        {
            let drv = found.drv.or_else(|| self.only_candidate());
            // Whoever may be a builder says no more than that one failed.
            let kind = match found.kind {
                kind if by.is_certain() => kind,
                FailureKind::Dependency => FailureKind::Dependency,
                _ => FailureKind::Builder,
            };
            send(drv, What::BuildFailed { kind, by, message: unframed.to_owned() });
            return;
        }
        send(None, What::Message { by, level, text: text.to_owned() });
    }

    fn builder_runs(&self) -> bool {
        self.activities.values().any(|activity| matches!(activity, Activity::Build(_)))
    }

    /// The build that an error without a name is about: the only one that runs, or where none
    /// does the one that ended last.
    fn only_candidate(&self) -> Option<StorePath> {
        if self.builder_runs() { self.only_running() } else { self.last_stopped.clone() }
    }

    /// The build that runs, where only one does.
    fn only_running(&self) -> Option<StorePath> {
        let mut running = self.activities.values().filter_map(|activity| match activity {
            Activity::Build(builder) => Some(&builder.drv),
            _ => None,
        });
        running.next().filter(|_| running.next().is_none()).cloned().flatten()
    }
}

/// A line that nobody knows, with its colours.
fn line_of(text: &str) -> What {
    unknown(&shortened(text))
}

fn unknown(text: &str) -> What {
    What::Line { text: foreign::coloured_line(text).into_owned() }
}

/// Cuts a line that is longer than anybody reads, and says so: of some lines many are kept.
fn shortened(text: &str) -> Cow<'_, str> {
    if text.len() <= LONGEST_LINE {
        return Cow::Borrowed(text);
    }
    let end = (0..=LONGEST_LINE).rev().find(|&end| text.is_char_boundary(end)).unwrap_or_default();
    let kept = &text[..end];
    Cow::Owned(format!("{kept}{CUT}{}]", text.len() - kept.len()))
}

/// Takes `error: ` and the indentation of the lines below it off a message.
fn without_frame(text: &str) -> String {
    let text = text.trim_start_matches("error:").trim_start();
    text.lines().map(|line| line.strip_prefix("       ").unwrap_or(line)).collect::<Vec<_>>().join("\n")
}

impl Builder {
    /// Reads one line of this builder's log.
    fn line(&mut self, text: &str) -> What {
        let text = shortened(text);
        let text = text.as_ref();
        let plain = foreign::line(text);
        let line = plain.as_ref();
        if !self.compiles {
            return protocol::said(line).unwrap_or_else(|| unknown(text));
        }
        let known = match line.as_bytes().first() {
            Some(b'[') => ghc::progress(line).map(|progress| What::Compiling {
                component: self.component.clone(),
                progress,
                text: line.to_owned(),
            }),
            Some(b'@') => protocol::said(line),
            Some(b'P' | b'B') => cabal::component(line).map(|name| {
                self.component.clone_from(&name);
                What::Component { name, text: line.to_owned() }
            }),
            _ => None,
        };
        let known = known.or_else(|| {
            let file = ghc::warning(line)?.to_owned();
            Some(What::Warning { file, text: line.to_owned(), replayed: self.replays })
        });
        known.unwrap_or_else(|| unknown(text))
    }
}
