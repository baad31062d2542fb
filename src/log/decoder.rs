//! Lines of Nix's stderr into events.

use std::borrow::Cow;
use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::nix::{self, Field, Message, activity, result};
use super::{ansi, cabal, failure, ghc, protocol};
use crate::model::event::{Event, What};
use crate::model::haskell::ComponentName;
use crate::model::store::StorePath;

/// The phase in which hinc's builder prints the warnings of the base's build for modules that GHC skipped.
const REPLAY_PHASE: &str = "replayPhase";

/// Phases in which GHC compiles something that is not a module of the package: the Setup program,
/// or a module once more for its documentation. The names are nixpkgs' (`generic-builder.nix`).
const OTHER_PHASES: [&str; 4] =
    ["setupCompilerEnvironmentPhase", "compileBuildDriverPhase", "configurePhase", "haddockPhase"];

/// Reads the lines of one run of Nix with `--log-format internal-json`.
///
/// Every line gives at least one event, but for those by which Nix counts (progress,
/// expectations) and the begin and end of activities that nobody looks at.
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
}

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
        match bytes.strip_prefix(nix::PREFIX).and_then(nix::message) {
            Some(Message::LogLine { id, text }) => match self.activities.get_mut(&id) {
                Some(Activity::Build(builder)) => {
                    let what = builder.line(text);
                    send(builder.drv.clone(), what);
                }
                Some(Activity::Hook { drv }) => send(drv.clone(), What::Line { text: text.into_owned() }),
                None => send(None, What::Line { text: text.into_owned() }),
            },
            Some(Message::Start { id, level, kind, text, fields }) => {
                self.start(id, kind, &fields, level, &text, &mut send);
            }
            Some(Message::Stop { id }) => {
                if let Some(Activity::Build(builder)) = self.activities.remove(&id) {
                    self.last_stopped.clone_from(&builder.drv);
                    send(builder.drv, What::BuildStopped);
                }
            }
            Some(Message::Result { id, kind, fields }) => self.result(id, kind, fields, &mut send),
            Some(Message::Text { level, text, raw }) => self.text(level, &text, raw.as_deref(), &mut send),
            Some(Message::Unknown) | None => {
                let text = String::from_utf8_lossy(bytes);
                let text = ansi::plain(&text);
                let level = if text.starts_with("error:") {
                    0
                } else if text.starts_with("warning:") {
                    1
                } else {
                    3
                };
                self.text(level, &text, None, &mut send);
            }
        }
    }

    fn start(
        &mut self,
        id: u64,
        kind: u64,
        fields: &[Field<'_>],
        level: u64,
        text: &str,
        send: &mut impl FnMut(Option<StorePath>, What),
    ) {
        let field = |index: usize| fields.get(index).and_then(Field::text).unwrap_or_default();
        let path = || field(0).parse::<StorePath>().ok();
        match (kind, path()) {
            (activity::BUILD, drv) => {
                send(drv.clone(), What::BuildStarted { machine: field(1).to_owned() });
                let builder = Builder { drv, component: ComponentName::default(), replays: false, compiles: true };
                self.activities.insert(id, Activity::Build(builder));
            }
            (activity::POST_BUILD_HOOK, drv) => drop(self.activities.insert(id, Activity::Hook { drv })),
            (activity::SUBSTITUTE, Some(path)) => {
                send(None, What::SubstitutionStarted { path, from: field(1).to_owned() });
            }
            (activity::COPY_PATH, Some(path)) => {
                send(None, What::CopyStarted { path, from: field(1).to_owned(), to: field(2).to_owned() });
            }
            _ if !text.is_empty() => send(None, What::Message { level, text: ansi::plain(text).into_owned() }),
            _ => {}
        }
    }

    fn result(&mut self, id: u64, kind: u64, fields: Vec<Field<'_>>, send: &mut impl FnMut(Option<StorePath>, What)) {
        let Some(text) = fields.into_iter().next().and_then(|field| field.text().map(str::to_owned)) else { return };
        let drv = match self.activities.get_mut(&id) {
            Some(Activity::Build(builder)) => {
                if kind == result::SET_PHASE {
                    builder.replays = text == REPLAY_PHASE;
                    builder.compiles = !OTHER_PHASES.contains(&text.as_str());
                }
                builder.drv.clone()
            }
            Some(Activity::Hook { drv }) => drv.clone(),
            None => None,
        };
        match kind {
            result::SET_PHASE => send(drv, What::Phase { name: text }),
            result::POST_BUILD_LOG_LINE => send(drv, What::Line { text }),
            _ => {}
        }
    }

    fn text(&self, level: u64, text: &str, raw: Option<&str>, send: &mut impl FnMut(Option<StorePath>, What)) {
        let text = ansi::plain(text);
        if level == 0 {
            let message = raw.map_or_else(|| without_frame(&text), |raw| ansi::plain(raw).into_owned());
            if let Some(found) = failure::failure(&message) {
                let drv = found.drv.or_else(|| self.only_candidate());
                send(drv, What::BuildFailed { kind: found.kind, message });
                return;
            }
        }
        send(None, What::Message { level, text: text.into_owned() });
    }

    /// The build that an error without a name is about: the only one that runs, or where none
    /// does the one that ended last.
    fn only_candidate(&self) -> Option<StorePath> {
        let mut running = self.activities.values().filter_map(|activity| match activity {
            Activity::Build(builder) => Some(&builder.drv),
            Activity::Hook { .. } => None,
        });
        match (running.next(), running.next()) {
            (None, _) => self.last_stopped.clone(),
            (Some(drv), None) => drv.clone(),
            (Some(_), Some(_)) => None,
        }
    }
}

/// Takes `error: ` and the indentation of the lines below it off a message.
fn without_frame(text: &str) -> String {
    let text = text.trim_start_matches("error:").trim_start();
    text.lines().map(|line| line.strip_prefix("       ").unwrap_or(line)).collect::<Vec<_>>().join("\n")
}

impl Builder {
    /// Reads one line of this builder's log.
    fn line(&mut self, text: Cow<'_, str>) -> What {
        let plain = match ansi::plain(&text) {
            Cow::Borrowed(_) => None,
            Cow::Owned(plain) => Some(plain),
        };
        let line = plain.as_deref().unwrap_or(&text).trim_end_matches('\r');
        if !self.compiles {
            return protocol::said(line).unwrap_or_else(|| What::Line { text: text.into_owned() });
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
        known.unwrap_or_else(|| What::Line { text: text.into_owned() })
    }
}
