//! What goes on: the events so far, as far as a screen shows them.
//!
//! Nothing here knows a terminal. Each event costs a look into a small map, as a log can have a million lines.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::left::Pace;
use super::role::Role;
use crate::cli::printer::labels::Labels;
use crate::model::event::{Counter, Event, What};
use crate::model::haskell::{NodeKind, Progress};
use crate::model::outlook::Foretold;
use crate::model::store::StorePath;

/// How many modules of a build are told apart, as in the record: anybody can print lines that look like GHC's.
const MODULES: usize = 100_000;

/// What goes on at a time.
#[derive(Default)]
pub(super) struct State {
    /// Whether it is known what is to be built.
    pub(super) planned: bool,
    /// Whether hinc was asked to stop.
    pub(super) stopping: bool,
    /// The builds that run, by derivation.
    pub(super) running: BTreeMap<StorePath, Running>,
    /// The paths that are fetched or copied.
    pub(super) transfers: BTreeMap<StorePath, Transfer>,
    /// How many builds ended and did not fail, as far as anybody has said so.
    pub(super) built: u64,
    /// The builds that failed.
    pub(super) failed: BTreeSet<StorePath>,
    /// How many builds Nix counts that did not begin yet.
    expected: u64,
    counted_done: u64,
    /// How many bytes of paths came that are whole, and how many Nix expects with those to come.
    transferred: u64,
    expected_bytes: u64,
    /// How many builds and transfers began so far.
    begun: u64,
}

/// A build that runs.
pub(super) struct Running {
    pub(super) name: String,
    pub(super) role: Role,
    /// The machine: empty where it is this one, or the builder that Nix was sent to.
    pub(super) machine: String,
    pub(super) since: DateTime<Utc>,
    /// Its place among all that began.
    pub(super) number: u64,
    /// Without `Phase` at its end.
    pub(super) phase: String,
    pub(super) component: String,
    /// What GHC does, since the phase began.
    pub(super) at: Option<At>,
    /// How many modules GHC compiled so far, each once.
    pub(super) compiled: u32,
    pub(super) foretold: Option<Foretold>,
    pub(super) pace: Pace,
    /// What GHC has begun with, of a build of which something is foretold.
    seen: BTreeSet<(String, String)>,
}

/// Where GHC is.
pub(super) struct At {
    pub(super) index: u32,
    pub(super) total: u32,
    pub(super) module: String,
    pub(super) kind: NodeKind,
}

/// A path that is fetched or copied.
pub(super) struct Transfer {
    pub(super) way: Way,
    /// A store, as Nix writes it.
    pub(super) place: String,
    pub(super) done: u64,
    /// 0 where it is not known.
    pub(super) expected: u64,
    pub(super) number: u64,
}

/// Which way a path goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// From a cache.
    Fetched,
    /// From another store.
    From,
    /// Into another store.
    To,
}

impl State {
    /// Takes an event in. `failed` is whether it says of its derivation that it failed.
    pub(super) fn event(&mut self, event: &Event, labels: &Labels, failed: bool) {
        if let Some(drv) = &event.drv {
            if failed {
                self.failed.insert(drv.clone());
            }
            self.of_build(drv, event, labels, failed);
            return;
        }
        match &event.what {
            What::Planned { .. } => {
                self.planned = true;
                (self.expected, self.counted_done) = (0, 0);
            }
            What::SubstitutionStarted { path, from } => self.transfer(path, Way::Fetched, from),
            // What a fetch does is a copy as well.
            What::CopyStarted { path, from, to } if !self.transfers.contains_key(path) => {
                let (way, place) = if is_here(to) { (Way::From, from) } else { (Way::To, to) };
                self.transfer(path, way, place);
            }
            What::TransferProgress { path, done, expected } => {
                if let Some(transfer) = self.transfers.get_mut(path) {
                    (transfer.done, transfer.expected) = (*done, *expected);
                }
            }
            What::TransferStopped { path } => {
                if let Some(transfer) = self.transfers.remove(path) {
                    self.transferred = self.transferred.saturating_add(transfer.done);
                }
            }
            What::Counted { counter: Counter::Builds, done, expected } => {
                (self.counted_done, self.expected) = (*done, *expected);
            }
            What::Counted { counter: Counter::Bytes, expected, .. } => {
                // Each call of Nix begins at none.
                if *expected == 0 {
                    self.transferred = 0;
                }
                self.expected_bytes = *expected;
            }
            _ => {}
        }
    }

    fn of_build(&mut self, drv: &StorePath, event: &Event, labels: &Labels, failed: bool) {
        match &event.what {
            What::BuildStarted { machine } => {
                let running = Running {
                    name: labels.of(drv),
                    role: Role::of(labels.is_planned(drv), drv.name()),
                    machine: machine.clone(),
                    since: event.at,
                    number: self.begun,
                    phase: String::new(),
                    component: String::new(),
                    at: None,
                    compiled: 0,
                    foretold: None,
                    pace: Pace::default(),
                    seen: BTreeSet::new(),
                };
                self.begun += 1;
                self.failed.remove(drv);
                self.running.insert(drv.clone(), running);
            }
            What::BuildStopped => {
                if self.running.remove(drv).is_some() && !failed && !self.failed.contains(drv) {
                    self.built += 1;
                }
            }
            what => {
                if let Some(running) = self.running.get_mut(drv) {
                    running.event(what, event.at);
                }
            }
        }
        // Nix can say so after it ended.
        if failed && !self.running.contains_key(drv) && !matches!(event.what, What::BuildStopped) {
            self.built = self.built.saturating_sub(1);
        }
    }

    fn transfer(&mut self, path: &StorePath, way: Way, place: &str) {
        let transfer = Transfer { way, place: place.to_owned(), done: 0, expected: 0, number: self.begun };
        self.begun += 1;
        self.transfers.insert(path.clone(), transfer);
    }

    /// How many builds are still to begin, by Nix's count.
    pub(super) fn to_build(&self) -> u64 {
        let running = u64::try_from(self.running.len()).unwrap_or(u64::MAX);
        self.expected.saturating_sub(self.counted_done).saturating_sub(running)
    }

    /// How many bytes came of those that Nix expects; none where it expects none.
    pub(super) fn bytes(&self) -> Option<(u64, u64)> {
        let running: u64 = self.transfers.values().map(|transfer| transfer.done).fold(0, u64::saturating_add);
        let done = self.transferred.saturating_add(running);
        (self.expected_bytes > 0).then(|| (done.min(self.expected_bytes), self.expected_bytes))
    }
}

impl Running {
    fn event(&mut self, what: &What, at: DateTime<Utc>) {
        match what {
            What::Phase { name } => {
                name.trim_end_matches("Phase").clone_into(&mut self.phase);
                self.at = None;
            }
            What::Component { name, .. } => {
                self.component.clone_from(&name.0);
                self.at = None;
            }
            What::Compiling { component, progress, .. } => {
                self.component.clone_from(&component.0);
                self.pace.begun((&component.0, &progress.module.0), (at - self.since).num_milliseconds());
                self.count(progress);
                self.at = Some(At {
                    index: progress.index,
                    total: progress.total,
                    module: progress.module.0.clone(),
                    kind: progress.kind,
                });
            }
            What::Foretold { outlook } => {
                self.foretold = outlook.modules;
                self.pace = Pace::of(outlook);
            }
            _ => {}
        }
    }

    /// Counts a module once, however many ways it is compiled in.
    fn count(&mut self, progress: &Progress) {
        let counts = matches!(progress.kind, NodeKind::Module | NodeKind::Signature);
        if self.foretold.is_some()
            && counts
            && self.seen.len() < MODULES
            && self.seen.insert((self.component.clone(), progress.module.0.clone()))
        {
            self.compiled += 1;
        }
    }
}

/// Whether a store is that of this machine, as Nix names it.
fn is_here(store: &str) -> bool {
    matches!(store, "" | "local" | "daemon" | "auto") || store.starts_with("unix://") || store.starts_with('/')
}
