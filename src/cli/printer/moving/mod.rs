//! Progress on a terminal: what runs as lines that move, and above them what failed.

mod columns;
mod errors;
mod layout;
mod left;
mod line;
mod role;
mod room;
mod state;
mod words;

use chrono::{DateTime, Utc};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

pub(super) use layout::Size;

use super::canvas::{self, Canvas};
use super::endings::Endings;
use super::labels::{self, Labels};
use super::screen;
use crate::clock::Clock;
use crate::foreign;
use crate::model::event::{Event, What};
use crate::model::store::StorePath;
use errors::Errors;
use line::Tone;
use state::State;

/// How often the lines are drawn at most, each second.
const RATE: u8 = 12;

/// What is quicker than this, in milliseconds, shows no lines that move: they would only flash.
const QUICK: i64 = 200;

/// How much text waits for the next drawing at most, in bytes.
const WAITING: usize = 64 << 10;

/// What runs, and how it is shown.
pub(super) struct Moving {
    clock: Clock,
    started: DateTime<Utc>,
    colour: bool,
    all_lines: bool,
    labels: Labels,
    endings: Endings,
    errors: Errors,
    state: State,
    /// What goes above the lines that move when they are drawn next.
    above: String,
    bar: ProgressBar,
}

impl Moving {
    /// Starts with nothing running. With `all_lines` each line of a builder is shown above.
    pub(super) fn new(clock: Clock, colour: bool, all_lines: bool) -> Self {
        let target = ProgressDrawTarget::term_like_with_hz(Box::new(Canvas::default()), RATE);
        // The template is a constant, so it parses; the default style is no worse to read.
        let style = ProgressStyle::with_template("{msg}").unwrap_or_else(|_| ProgressStyle::default_spinner());
        Self {
            clock,
            started: clock.now(),
            colour,
            all_lines,
            labels: Labels::default(),
            endings: Endings::default(),
            errors: Errors::default(),
            state: State::default(),
            above: String::new(),
            bar: ProgressBar::with_draw_target(None, target).with_style(style),
        }
    }

    /// Takes an event in. What it changes is seen when it is drawn next.
    pub(super) fn event(&mut self, event: &Event) {
        self.labels.learn(event);
        let ending = self.endings.event(event).filter(|ending| ending.failed);
        let is_all = self.all_lines;
        match &event.what {
            What::Warning { text, .. } | What::Line { text } if is_all => {
                let name = self.labels.of_event(event);
                self.line(Tone::Plain, &format!("{name}> {text}"));
            }
            What::Line { .. } => {
                for line in self.errors.event(event) {
                    let name = self.labels.of_event(event);
                    self.line(Tone::Plain, &format!("{name}> {line}"));
                }
            }
            What::Message { by, level: 0 | 1, text } => {
                for line in labels::message(*by, text) {
                    self.line(Tone::Plain, &line);
                }
            }
            _ => drop(self.errors.event(event)),
        }
        if let Some(ending) = &ending {
            let role = event.drv.as_ref().map_or("", |drv| self.role(drv).words());
            let role = if role.is_empty() { String::new() } else { format!(": {role}") };
            self.line(Tone::Bad, &format!("{}> {}{role}", self.labels.of_event(event), ending.words));
        }
        self.state.event(event, &self.labels, ending.is_some());
        if self.above.len() > WAITING {
            self.print_above();
        }
    }

    fn role(&self, drv: &StorePath) -> role::Role {
        role::Role::of(self.labels.is_planned(drv), drv.name())
    }

    /// Adds a line above those that move.
    fn line(&mut self, tone: Tone, line: &str) {
        let style = tone.style();
        let line = if self.colour { format!("{style}{line}{style:#}") } else { line.to_owned() };
        self.above.push_str(&foreign::shown(&line, self.colour));
        self.above.push('\n');
    }

    fn print_above(&mut self) {
        if !self.above.is_empty() {
            screen::print(&std::mem::take(&mut self.above));
        }
    }

    /// Draws. To be called some times a second.
    pub(super) fn draw(&mut self) {
        self.print_above();
        let now = self.clock.now();
        let is_quick = (now - self.started).num_milliseconds() < QUICK && self.state.running.is_empty();
        if is_quick && matches!(self.clock, Clock::System) {
            return;
        }
        self.bar.set_message(self.drawing(canvas::size()));
    }

    /// What is drawn in a terminal of a size.
    pub(super) fn drawing(&self, size: Size) -> String {
        let lines = layout::lines(&self.state, self.started, self.clock.now(), size);
        let lines: Vec<String> = lines.iter().map(|line| line.rendered(self.colour)).collect();
        lines.join("\n")
    }

    /// Says that hinc was asked to stop, and what runs at this time.
    pub(super) fn stopping(&mut self) -> Vec<String> {
        self.state.stopping = true;
        let now = self.clock.now();
        let place = |at: &state::At| format!(", at [{} of {}] {}", at.index, at.total, at.module);
        let what = |running: &state::Running| {
            let seconds = (now - running.since).num_seconds().max(0);
            let at = running.at.as_ref().map(place).unwrap_or_default();
            format!("{} after {}{at}", running.name, words::short_time(seconds))
        };
        self.state.running.values().map(what).collect()
    }

    /// Takes all lines away.
    pub(super) fn finish(&mut self) {
        self.print_above();
        self.bar.finish_and_clear();
        screen::clear();
    }
}

#[cfg(test)]
mod tests;
