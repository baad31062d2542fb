//! The only owner of stdout, stderr and the progress display.
//!
//! Data goes to stdout and nothing else does; all that is for people goes to stderr. Text of
//! others can be in all of it, so all of it goes through [`foreign`](crate::foreign): nothing that
//! a terminal or a CI service's runner obeys comes out, but for colours where they are wanted.

mod canvas;
mod endings;
mod folds;
mod labels;
pub mod measured;
mod moving;
mod plain;
mod screen;

use std::cell::RefCell;
use std::io::{IsTerminal, Write};
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

pub(super) use screen::leave as leave_the_terminal;

use super::args::{Colour, GlobalArgs};
use super::ci::Runner;
use super::diagnostic;
use super::env::Environment;
use crate::clock::Clock;
use crate::error::Hint;
use crate::exit::Exit;
use crate::foreign;
use crate::model::event::Event;
use crate::report::{Annotation, Level};
use folds::{Folds, Place};

/// How wide a report is where nothing says how wide the terminal is.
const DEFAULT_WIDTH: usize = 100;

/// How often what moves is drawn.
const DRAWN_EVERY: Duration = Duration::from_millis(100);

/// How much is printed for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Verbosity {
    /// Errors alone.
    Quiet,
    /// Progress and the report.
    Normal,
    /// Every line of the builders as well.
    Lines,
}

/// Where a text goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stream {
    /// Answers.
    Stdout,
    /// What is for people.
    Stderr,
}

/// Writes what the program has to say.
#[derive(Debug)]
pub(super) struct Printer {
    verbosity: Verbosity,
    /// Whether stdout shows colours: one of the two may be a terminal and the other a pipe.
    colour_out: bool,
    colour: bool,
    moving: bool,
    width: usize,
    /// The service whose runner folds parts of this log.
    groups: Option<Runner>,
    /// The service whose runner makes annotations of lines of it.
    annotations: Option<Runner>,
}

impl Printer {
    /// Decides once how to print: from the flags, the environment and what stderr is.
    pub(super) fn new(args: &GlobalArgs, environment: &Environment) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let dumb = environment.term.as_deref().is_none_or(|term| term == "dumb");
        let verbosity = match (args.quiet, args.verbose) {
            (true, _) => Verbosity::Quiet,
            (false, 0) => Verbosity::Normal,
            (false, _) => Verbosity::Lines,
        };
        let colour = |terminal: bool| match args.color {
            Colour::Always => true,
            Colour::Never => false,
            Colour::Auto => terminal && !dumb && !environment.no_color,
        };
        let width = environment.columns.or_else(|| screen::size().map(|size| size.width)).unwrap_or(DEFAULT_WIDTH);
        Self {
            verbosity,
            colour_out: colour(std::io::stdout().is_terminal()),
            colour: colour(terminal),
            moving: terminal && !dumb && !environment.ci,
            width,
            groups: environment.groups,
            annotations: environment.annotations,
        }
    }

    /// Returns whether text for people may have colours where it goes.
    pub(super) fn colour(&self, stream: Stream) -> bool {
        match stream {
            Stream::Stdout => self.colour_out,
            Stream::Stderr => self.colour,
        }
    }

    /// Returns how many columns text for people has.
    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// Writes text for people to stdout.
    pub(super) fn answer(&self, text: &str) -> Exit {
        self.data(foreign::shown(text, self.colour_out).as_bytes())
    }

    /// Writes a JSON document to stdout.
    pub(super) fn json(&self, document: &str) -> Exit {
        self.data(foreign::json(document).as_bytes())
    }

    /// Writes bytes to stdout as they are: what another program is to read, such as paths, scripts
    /// and configuration. A reader that went away is no error: it has read enough.
    pub(super) fn data(&self, bytes: &[u8]) -> Exit {
        let mut stdout = std::io::stdout().lock();
        match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
            Ok(()) => Exit::Success,
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Exit::Success,
            Err(error) => {
                self.error(&format!("error: cannot write to the standard output\n  caused by: {error}\n"));
                Exit::Environment
            }
        }
    }

    /// Writes text for people that is the answer to a command: shown unless quiet.
    pub(super) fn report(&self, text: &str) {
        if self.verbosity > Verbosity::Quiet {
            self.stderr(text);
        }
    }

    /// Writes one line about what was done: shown unless quiet.
    pub(super) fn note(&self, text: &str) {
        self.report(&format!("{}\n", foreign::line(text)));
    }

    /// Writes a warning: shown unless quiet.
    pub(super) fn warning(&self, text: &str) {
        let style: Style = AnsiColor::Yellow.on_default().bold();
        self.report(&format!("{style}warning:{style:#} {}\n", diagnostic::continued(text, 2)));
    }

    /// Writes what the reader can do. Always shown.
    pub(super) fn hint(&self, hint: &Hint) {
        self.stderr(&diagnostic::render_hint(hint));
    }

    /// Writes a rendered error, or the report of a build that failed. Always shown.
    pub(super) fn error(&self, text: &str) {
        self.stderr(text);
    }

    /// Begins to show the progress of a build.
    pub(super) fn progress(&self, clock: Clock) -> Progress {
        let display = match (self.verbosity, self.moving) {
            (Verbosity::Quiet, _) => Display::Silent,
            (verbosity, true) => {
                Display::Moving(Box::new(moving::Moving::new(clock, self.colour, verbosity == Verbosity::Lines)))
            }
            (verbosity, false) => Display::Plain(Box::new(plain::Plain::new(clock, verbosity == Verbosity::Lines))),
        };
        let folds = self.groups.filter(|_| matches!(display, Display::Plain(_))).map(Folds::new);
        Progress { display: RefCell::new(display), folds: RefCell::new(folds), colour: self.colour, clock }
    }

    /// Has the runner of a CI service make annotations, where it makes some: unless quiet, but of errors always. Elsewhere
    /// nobody finds out what they would be.
    pub(super) fn annotate(&self, annotations: impl FnOnce() -> Vec<Annotation>) {
        let Some(runner) = self.annotations else { return };
        let annotations = annotations();
        let is_wanted = |level| level == Level::Error || self.verbosity > Verbosity::Quiet;
        let wanted = annotations.iter().filter(|annotation| is_wanted(annotation.level));
        for line in wanted.filter_map(|annotation| runner.annotation(annotation)) {
            command(&line);
        }
    }

    fn stderr(&self, text: &str) {
        screen::print(&foreign::shown(text, self.colour));
    }
}

/// Writes a line that a runner is to obey. Whoever makes one keeps the text of others in its place.
fn command(line: &str) {
    screen::print(&format!("{line}\n"));
}

/// Shows events as they come.
pub(super) struct Progress {
    // The events and the signs of life come from two places of the same task.
    display: RefCell<Display>,
    folds: RefCell<Option<Folds>>,
    colour: bool,
    clock: Clock,
}

enum Display {
    Silent,
    Moving(Box<moving::Moving>),
    Plain(Box<plain::Plain>),
}

impl Progress {
    /// Shows what an event changes.
    pub(super) fn event(&self, event: &Event) {
        match &mut *self.display.borrow_mut() {
            Display::Silent => {}
            Display::Moving(moving) => moving.event(event),
            Display::Plain(plain) => {
                let lines = plain.event(event);
                if !lines.is_empty() {
                    self.go(|| plain.place(event));
                }
                for line in lines {
                    self.line(&line);
                }
            }
        }
    }

    /// Gives a sign of life where it is due, and draws what moves.
    fn tick(&self) {
        match &mut *self.display.borrow_mut() {
            Display::Silent => {}
            Display::Moving(moving) => moving.draw(),
            Display::Plain(plain) => {
                if let Some(line) = plain.sign_of_life() {
                    self.line(&line);
                }
            }
        }
    }

    /// How long it is from one tick to the next.
    fn beat(&self) -> Duration {
        match *self.display.borrow() {
            Display::Moving(_) => DRAWN_EVERY,
            Display::Silent | Display::Plain(_) => Duration::from_secs(1),
        }
    }

    /// Goes to the part of the log that the next lines belong to.
    fn go(&self, place: impl FnOnce() -> Place) {
        if let Some(folds) = &mut *self.folds.borrow_mut() {
            for line in folds.go(place(), self.clock.now().timestamp()) {
                command(&line);
            }
        }
    }

    fn line(&self, line: &str) {
        screen::print(&format!("{}\n", foreign::shown(line, self.colour)));
    }

    /// Waits for the end of what the events come from, with a tick now and then, and takes the display away. Says what was
    /// stopped where `cancel` ended it.
    pub(super) async fn during<T>(&self, work: impl Future<Output = T>, cancel: &CancellationToken) -> T {
        tokio::pin!(work);
        let mut beat = tokio::time::interval(self.beat());
        beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let suspended = self.suspended();
        tokio::pin!(suspended);
        let mut stopped: Option<Vec<String>> = None;
        let result = loop {
            tokio::select! {
                result = &mut work => break result,
                _ = beat.tick() => self.tick(),
                () = &mut suspended => {}
                () = cancel.cancelled(), if stopped.is_none() => {
                    stopped = Some(self.stopping());
                    self.tick();
                }
            }
        };
        self.finish();
        if let Some(stopped) = stopped {
            self.interrupted(&stopped);
        }
        result
    }

    /// What runs at this time. The display says from now on that all of it is stopped.
    fn stopping(&self) -> Vec<String> {
        match &mut *self.display.borrow_mut() {
            Display::Silent => Vec::new(),
            Display::Moving(moving) => moving.stopping(),
            Display::Plain(plain) => plain.stopping(),
        }
    }

    fn interrupted(&self, stopped: &[String]) {
        if matches!(*self.display.borrow(), Display::Silent) {
            return;
        }
        self.line(&match stopped {
            [] => "interrupted".to_owned(),
            [one] => format!("interrupted: {one}"),
            many => format!("interrupted:\n  {}", many.join("\n  ")),
        });
    }

    /// Takes the display away each time that the user suspends hinc (Ctrl-Z), so that the shell has a line of its own. It is
    /// there again when hinc goes on. Never ends.
    async fn suspended(&self) {
        let is_moving = matches!(*self.display.borrow(), Display::Moving(_));
        let stop = SignalKind::from_raw(rustix::process::Signal::TSTP.as_raw());
        let (true, Ok(mut suspends)) = (is_moving, signal(stop)) else { return std::future::pending().await };
        while suspends.recv().await.is_some() {
            screen::clear();
            // It stops as the signal itself does where nobody listens to it: not in a process group that has no shell
            // which could let it go on, as below `ssh -t` or in a container. SIGSTOP would stop it there for good. (POSIX
            // 2024, System Interfaces 2.4.3.)
            rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::TTOU).ok();
        }
    }

    /// Takes the display away, so that a report can follow.
    fn finish(&self) {
        if let Display::Moving(moving) = &mut *self.display.borrow_mut() {
            moving.finish();
        }
        self.go(|| Place::Open);
    }
}

/// Where hinc's own log goes: stderr, an entry at a time.
#[derive(Debug, Clone, Copy)]
pub(super) struct OwnLog {
    /// Whether it has colours.
    pub(super) colour: bool,
}

impl Write for OwnLog {
    fn write(&mut self, entry: &[u8]) -> std::io::Result<usize> {
        // The text of others in it begins no line of its own.
        let text = String::from_utf8_lossy(entry);
        let text = diagnostic::continued(text.trim_end_matches('\n'), 2);
        screen::print(&format!("{}\n", foreign::shown(&text, self.colour)));
        Ok(entry.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        std::io::stderr().lock().flush()
    }
}
