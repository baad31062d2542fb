//! Progress as plain lines, for pipes and CI services.

use std::borrow::Cow;
use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::endings::Endings;
use super::folds::Place;
use super::labels::{self, Labels};
use crate::clock::Clock;
use crate::model::event::{Event, Speaker, What};
use crate::model::haskell::{ComponentName, ModuleName, NodeKind};
use crate::model::precaution::LeftOut;
use crate::model::store::StorePath;

/// After how many seconds without a line one is printed all the same: CI services end a
/// job that is silent for too long, and people begin to doubt sooner.
const SILENCE: i64 = 30;

/// What is known of the builds that run.
pub(super) struct Plain {
    clock: Clock,
    all_lines: bool,
    last_line: DateTime<Utc>,
    labels: Labels,
    endings: Endings,
    running: BTreeMap<StorePath, Running>,
}

struct Running {
    since: DateTime<Utc>,
    at: String,
    /// What the restore kept from GHC, so that GHC gives no reason.
    left_out: BTreeMap<(ComponentName, ModuleName), LeftOut>,
}

impl Plain {
    /// Starts with nothing running. With `all_lines` each line of a builder is shown.
    pub(super) fn new(clock: Clock, all_lines: bool) -> Self {
        Self {
            clock,
            all_lines,
            last_line: clock.now(),
            labels: Labels::default(),
            endings: Endings::default(),
            running: BTreeMap::new(),
        }
    }

    /// Returns the lines that an event is worth.
    pub(super) fn event(&mut self, event: &Event) -> Vec<String> {
        self.labels.learn(event);
        let name = self.labels.of_event(event);
        let ending = self.endings.event(event);
        let line = match &event.what {
            What::BuildStarted { machine } => {
                if let Some(drv) = &event.drv {
                    let running = Running { since: event.at, at: String::new(), left_out: BTreeMap::new() };
                    self.running.insert(drv.clone(), running);
                }
                let place = if machine.is_empty() { String::new() } else { format!(" on {machine}") };
                Some(format!("{name}> building{place}"))
            }
            What::BuildStopped | What::BuildFailed { .. } => {
                if let (What::BuildStopped, Some(drv)) = (&event.what, &event.drv) {
                    self.running.remove(drv);
                }
                ending.map(|ending| format!("{name}> {}", ending.words))
            }
            What::SubstitutionStarted { path, from } => Some(format!("fetching {} from {from}", path.name())),
            What::CopyStarted { path, to, .. } => Some(format!("copying {} to {to}", path.name())),
            What::Phase { name: phase } if self.all_lines => Some(format!("{name}> phase {phase}")),
            What::LeftOut { component, module, why } => {
                if let Some(running) = event.drv.as_ref().and_then(|drv| self.running.get_mut(drv)) {
                    running.left_out.insert((component.clone(), module.clone()), why.clone());
                }
                None
            }
            What::Compiling { component, progress, .. } => {
                let verb = match progress.kind {
                    NodeKind::Link => "Linking",
                    NodeKind::Instantiation => "Instantiating",
                    NodeKind::Module | NodeKind::Boot | NodeKind::Signature => "Compiling",
                };
                let width = progress.total.to_string().len();
                let place = format!("[{:>width$} of {}] {verb} {}", progress.index, progress.total, progress.module);
                let running = event.drv.as_ref().and_then(|drv| self.running.get_mut(drv));
                let mut reason = Cow::Borrowed(progress.reason_text.as_str());
                if let Some(running) = running {
                    running.at.clone_from(&place);
                    let key = (component.clone(), progress.module.clone());
                    if let Some(why) = running.left_out.get(&key).filter(|_| reason.is_empty()) {
                        reason = why.reason();
                    }
                }
                let reason = if reason.is_empty() { String::new() } else { format!(" [{reason}]") };
                Some(format!("{name}> {place}{reason}"))
            }
            What::Restored { modules, .. } => {
                let noun = if *modules == 1 { "module" } else { "modules" };
                Some(format!("{name}> starts from {modules} compiled {noun} of the base"))
            }
            What::Warning { text, .. } | What::Line { text } if self.all_lines => Some(format!("{name}> {text}")),
            What::Message { by, level: 0 | 1, text } => {
                self.last_line = self.clock.now();
                return labels::message(*by, text);
            }
            _ => None,
        };
        if line.is_some() {
            self.last_line = self.clock.now();
        }
        line.into_iter().collect()
    }

    /// Returns where the lines of the event that was seen last belong.
    pub(super) fn place(&self, event: &Event) -> Place {
        match &event.what {
            // What hinc says is to be seen, and so is how a build ended, also while others run.
            What::Message { by: Speaker::Hinc, .. } | What::BuildStopped | What::BuildFailed { .. } => Place::Open,
            _ if !self.running.is_empty() => {
                let names: Vec<String> = self.running.keys().map(|drv| self.labels.of(drv)).collect();
                Place::Builds(format!("building {}", names.join(", ")))
            }
            What::SubstitutionStarted { .. } | What::CopyStarted { .. } => Place::Transfers,
            _ => Place::Open,
        }
    }

    /// What runs at this time, for when hinc was asked to stop.
    pub(super) fn stopping(&self) -> Vec<String> {
        let now = self.clock.now();
        let what = |(drv, running): (&StorePath, &Running)| {
            let seconds = (now - running.since).num_seconds().max(0);
            let at = if running.at.is_empty() { String::new() } else { format!(", at {}", running.at) };
            format!("{} after {seconds} s{at}", self.labels.of(drv))
        };
        self.running.iter().map(what).collect()
    }

    /// Returns a line where none was printed for a while.
    pub(super) fn sign_of_life(&mut self) -> Option<String> {
        let now = self.clock.now();
        if (now - self.last_line).num_seconds() < SILENCE {
            return None;
        }
        self.last_line = now;
        let mut parts = Vec::new();
        for (drv, running) in &self.running {
            let seconds = (now - running.since).num_seconds();
            let at = if running.at.is_empty() { String::new() } else { format!(", last at {}", running.at) };
            parts.push(format!("{} since {seconds} s{at}", self.labels.of(drv)));
        }
        Some(if parts.is_empty() { "still working".to_owned() } else { format!("still building {}", parts.join("; ")) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::haskell::Progress;
    use crate::model::input::{Access, Change, ObservedInput, Reader};
    use crate::model::precaution::Cause;
    use crate::model::reason::Reason;

    fn drv() -> StorePath {
        "/nix/store/hz99d8gx12kw8cv5hlgfwjm90318wkrw-foo-1.0.drv".parse().expect("a path")
    }

    fn event(seconds: i64, what: What) -> Event {
        Event { at: DateTime::from_timestamp(seconds, 0).expect("a time"), drv: Some(drv()), what }
    }

    fn compiling() -> What {
        What::Compiling {
            component: ComponentName("lib".to_owned()),
            progress: Progress {
                index: 7,
                total: 10,
                kind: NodeKind::Module,
                module: ModuleName("Foo.Bar".to_owned()),
                source: None,
                objects: Vec::new(),
                reason: Reason::SourceFileChanged,
                reason_text: "Source file changed".to_owned(),
            },
            text: String::new(),
        }
    }

    #[test]
    fn a_build_is_told_in_lines() {
        let clock = Clock::Fixed(DateTime::from_timestamp(0, 0).expect("a time"));
        let mut plain = Plain::new(clock, false);
        let mut lines = Vec::new();
        for (seconds, what) in [
            (0, What::BuildStarted { machine: String::new() }),
            (1, What::Line { text: "Building library".to_owned() }),
            (2, compiling()),
            (12, What::BuildStopped),
        ] {
            lines.extend(plain.event(&event(seconds, what)));
        }
        assert_eq!(
            lines,
            [
                "foo-1.0> building",
                "foo-1.0> [ 7 of 10] Compiling Foo.Bar [Source file changed]",
                "foo-1.0> ended after 12.0 s"
            ]
        );
    }

    #[test]
    fn what_a_build_compiles_folds_and_how_it_ends_does_not() {
        let clock = Clock::Fixed(DateTime::from_timestamp(0, 0).expect("a time"));
        let mut plain = Plain::new(clock, false);
        let mut place = |what| {
            let event = event(0, what);
            plain.event(&event);
            plain.place(&event)
        };
        let message = |by| What::Message { by, level: 1, text: "warning: a".to_owned() };
        let copied = || What::CopyStarted { path: drv(), from: String::new(), to: "ssh-ng://x".to_owned() };
        let builds = Place::Builds("building foo-1.0".to_owned());
        assert_eq!(place(message(Speaker::Nix)), Place::Open);
        assert_eq!(place(copied()), Place::Transfers);
        assert_eq!(place(What::BuildStarted { machine: String::new() }), builds);
        assert_eq!(
            [place(compiling()), place(copied()), place(message(Speaker::Nix))],
            [(); 3].map(|()| builds.clone())
        );
        assert_eq!(place(message(Speaker::Hinc)), Place::Open);
        assert_eq!(place(compiling()), builds);
        assert_eq!(place(What::BuildStopped), Place::Open);
    }

    #[test]
    fn a_precaution_is_a_reason() {
        let clock = Clock::Fixed(DateTime::from_timestamp(0, 0).expect("a time"));
        let mut plain = Plain::new(clock, false);
        plain.event(&event(0, What::BuildStarted { machine: String::new() }));
        let input = ObservedInput {
            path: "words".to_owned(),
            access: Access::Listed,
            change: Change::Changed,
            reader: Reader::Code,
            program: None,
            more: 0,
        };
        let left_out = What::LeftOut {
            component: ComponentName("lib".to_owned()),
            module: ModuleName("Foo.Bar".to_owned()),
            why: LeftOut { cause: Cause::Input(input), about: None },
        };
        assert!(plain.event(&event(0, left_out)).is_empty());
        assert_eq!(
            plain.event(&event(0, compiling())),
            ["foo-1.0> [ 7 of 10] Compiling Foo.Bar [Source file changed]"]
        );
        let What::Compiling { component, mut progress, text } = compiling() else { panic!("it compiles") };
        progress.reason_text.clear();
        let lines = plain.event(&event(0, What::Compiling { component, progress, text }));
        assert_eq!(lines, ["foo-1.0> [ 7 of 10] Compiling Foo.Bar [words changed (listed)]"]);
    }

    // A failure in a part that is folded is not seen.
    #[test]
    fn how_a_build_ends_is_not_folded_with_what_another_compiles() {
        let clock = Clock::Fixed(DateTime::from_timestamp(0, 0).expect("a time"));
        let mut plain = Plain::new(clock, false);
        let other = "/nix/store/3yy2blwcs4lnxsb7y8vjxxrnhz5pq7bg-bar-2.0.drv".parse().expect("a path");
        let of_bar = |what| Event { drv: Some(StorePath::clone(&other)), ..event(0, what) };
        let builds = |names: &str| Place::Builds(format!("building {names}"));
        for (event, place) in [
            (event(0, What::BuildStarted { machine: String::new() }), builds("foo-1.0")),
            (of_bar(What::BuildStarted { machine: String::new() }), builds("bar-2.0, foo-1.0")),
            (of_bar(What::BuildStopped), Place::Open),
            (event(0, compiling()), builds("foo-1.0")),
            (event(0, What::BuildStopped), Place::Open),
        ] {
            assert!(!plain.event(&event).is_empty());
            assert_eq!(plain.place(&event), place, "{event:?}");
        }
    }

    // GHC's warnings have many lines: only the first is known for one.
    #[test]
    fn a_warning_of_a_skipped_module_is_shown_as_any_other() {
        let clock = Clock::Fixed(DateTime::from_timestamp(0, 0).expect("a time"));
        let lines = |all_lines, replayed| -> Vec<String> {
            let mut plain = Plain::new(clock, all_lines);
            let file = "A.hs".to_owned();
            let first = What::Warning { file, text: "A.hs:1:1: warning: [-Wtabs]".to_owned(), replayed };
            let second = What::Line { text: "    Tab character found".to_owned() };
            [first, second].into_iter().flat_map(|what| plain.event(&event(0, what))).collect()
        };
        assert_eq!(lines(true, true), ["foo-1.0> A.hs:1:1: warning: [-Wtabs]", "foo-1.0>     Tab character found"]);
        assert_eq!(lines(true, true), lines(true, false));
        assert_eq!(lines(false, true), lines(false, false));
    }

    #[test]
    fn each_message_says_whose_it_is() {
        let clock = Clock::Fixed(DateTime::from_timestamp(0, 0).expect("a time"));
        let mut plain = Plain::new(clock, false);
        let mut lines = |by, text: &str| plain.event(&event(0, What::Message { by, level: 1, text: text.to_owned() }));
        assert_eq!(lines(Speaker::Hinc, "warning: a\nhint: run this"), ["warning: a", "  hint: run this"]);
        assert_eq!(lines(Speaker::Nix, "warning: a\nhint: run this"), ["nix> warning: a", "nix> hint: run this"]);
        assert_eq!(lines(Speaker::Program, "hint: run this"), ["nix> hint: run this"]);
        assert_eq!(lines(Speaker::Unclear, "error: a"), ["log> error: a"]);
    }

    #[test]
    fn silence_is_broken_once_in_a_while() {
        let at = |seconds| Clock::Fixed(DateTime::from_timestamp(seconds, 0).expect("a time"));
        let mut plain = Plain::new(at(0), false);
        plain.event(&event(0, What::BuildStarted { machine: String::new() }));
        plain.event(&event(0, compiling()));
        plain.clock = at(29);
        assert_eq!(plain.sign_of_life(), None);
        plain.clock = at(30);
        let line = plain.sign_of_life().expect("a line");
        assert_eq!(line, "still building foo-1.0 since 30 s, last at [ 7 of 10] Compiling Foo.Bar");
        plain.clock = at(31);
        assert_eq!(plain.sign_of_life(), None);
    }
}
