//! The only owner of stdout, stderr and the progress display.
//!
//! Data goes to stdout and nothing else does; all that is for people goes to stderr. Text of
//! others can be in all of it, so all of it goes through [`foreign`](crate::foreign): nothing that
//! a terminal or a CI service's runner obeys comes out, but for colours where they are wanted.

mod endings;
mod labels;
mod moving;
mod plain;

use std::cell::RefCell;
use std::io::{IsTerminal, Write};
use std::time::Duration;

use anstyle::{AnsiColor, Style};

use super::args::{Colour, GlobalArgs};
use super::diagnostic;
use super::env::Environment;
use crate::clock::Clock;
use crate::error::Hint;
use crate::exit::Exit;
use crate::foreign;
use crate::model::event::Event;

/// How wide a report is where nothing says how wide the terminal is.
const DEFAULT_WIDTH: usize = 100;

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
}

impl Printer {
    /// Decides once how to print: from the flags, the environment and what stderr is.
    pub(super) fn new(args: &GlobalArgs, environment: &Environment) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let dumb = environment.term.as_deref() == Some("dumb");
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
        let width = environment.columns.or_else(moving::terminal_width).unwrap_or(DEFAULT_WIDTH);
        Self {
            verbosity,
            colour_out: colour(std::io::stdout().is_terminal()),
            colour: colour(terminal),
            moving: terminal && !dumb && !environment.ci,
            width,
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
            (verbosity, true) => Display::Moving(moving::Moving::new(self.colour, verbosity == Verbosity::Lines)),
            (verbosity, false) => Display::Plain(plain::Plain::new(clock, verbosity == Verbosity::Lines)),
        };
        Progress { display: RefCell::new(display), colour: self.colour }
    }

    fn stderr(&self, text: &str) {
        let mut stderr = std::io::stderr().lock();
        let text = foreign::shown(text, self.colour);
        // Where stderr itself is gone there is nobody left to tell.
        stderr.write_all(text.as_bytes()).ok();
    }
}

/// Shows events as they come.
pub(super) struct Progress {
    // The events and the signs of life come from two places of the same task.
    display: RefCell<Display>,
    colour: bool,
}

enum Display {
    Silent,
    Moving(moving::Moving),
    Plain(plain::Plain),
}

impl Progress {
    /// Shows what an event changes.
    pub(super) fn event(&self, event: &Event) {
        match &mut *self.display.borrow_mut() {
            Display::Silent => {}
            Display::Moving(moving) => moving.event(event),
            Display::Plain(plain) => {
                for line in plain.event(event) {
                    self.line(&line);
                }
            }
        }
    }

    /// Gives a sign of life where it is due. To be called about once a second.
    pub(super) fn tick(&self) {
        if let Display::Plain(plain) = &mut *self.display.borrow_mut()
            && let Some(line) = plain.sign_of_life()
        {
            self.line(&line);
        }
    }

    fn line(&self, line: &str) {
        let mut stderr = std::io::stderr().lock();
        let line = foreign::shown(line, self.colour);
        stderr.write_all(line.as_bytes()).and_then(|()| stderr.write_all(b"\n")).ok();
    }

    /// Waits for the end of what the events come from, with a sign of life each second, and takes the
    /// display away.
    pub(super) async fn during<T>(&self, work: impl Future<Output = T>) -> T {
        tokio::pin!(work);
        let mut second = tokio::time::interval(Duration::from_secs(1));
        let result = loop {
            tokio::select! {
                result = &mut work => break result,
                _ = second.tick() => self.tick(),
            }
        };
        self.finish();
        result
    }

    /// Takes the display away, so that a report can follow.
    pub(super) fn finish(&self) {
        if let Display::Moving(moving) = &mut *self.display.borrow_mut() {
            moving.finish();
        }
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
        writeln!(std::io::stderr().lock(), "{}", foreign::shown(&text, self.colour))?;
        Ok(entry.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        std::io::stderr().lock().flush()
    }
}
