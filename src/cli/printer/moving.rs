//! Progress on a terminal: one line a build, with its module counter, the current module
//! and the time.

use std::collections::BTreeMap;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::endings::Endings;
use super::labels::{self, Labels};
use crate::foreign;
use crate::model::event::{Event, What};
use crate::model::store::StorePath;

/// How often the times are drawn anew.
const TICK: Duration = Duration::from_millis(120);

/// The lines of the builds that run.
pub(super) struct Moving {
    all: MultiProgress,
    style: ProgressStyle,
    colour: bool,
    all_lines: bool,
    labels: Labels,
    endings: Endings,
    running: BTreeMap<StorePath, ProgressBar>,
}

/// Returns how many columns the terminal behind stderr has.
pub(super) fn terminal_width() -> Option<usize> {
    terminal_size::terminal_size_of(std::io::stderr()).map(|(width, _)| usize::from(width.0))
}

impl Moving {
    /// Starts with nothing running. With `all_lines` each line of a builder is shown above.
    pub(super) fn new(colour: bool, all_lines: bool) -> Self {
        let template = if colour {
            "{spinner:.cyan} {prefix:.bold} {msg} {elapsed:.dim}"
        } else {
            "{spinner} {prefix} {msg} {elapsed}"
        };
        // The template is a constant, so it parses; the default style is no worse to read.
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner());
        Self {
            all: MultiProgress::new(),
            style,
            colour,
            all_lines,
            labels: Labels::default(),
            endings: Endings::default(),
            running: BTreeMap::new(),
        }
    }

    /// Shows what an event changes.
    pub(super) fn event(&mut self, event: &Event) {
        self.labels.learn(event);
        if let Some(ending) = self.endings.event(event).filter(|ending| ending.failed) {
            self.line(&format!("{}> {}", self.labels.of_event(event), ending.words));
        }
        let bar = event.drv.as_ref().and_then(|drv| self.running.get(drv));
        match &event.what {
            What::BuildStarted { machine } => {
                if let Some(drv) = &event.drv {
                    let bar = self.all.add(ProgressBar::new_spinner().with_style(self.style.clone()));
                    bar.set_prefix(self.labels.of(drv));
                    bar.set_message(if machine.is_empty() { String::new() } else { format!("on {machine}") });
                    bar.enable_steady_tick(TICK);
                    self.running.insert(drv.clone(), bar);
                }
            }
            What::BuildStopped => {
                if let Some(bar) = event.drv.as_ref().and_then(|drv| self.running.remove(drv)) {
                    bar.finish_and_clear();
                }
            }
            What::Phase { name } => {
                if let Some(bar) = bar {
                    bar.set_message(name.trim_end_matches("Phase").to_owned());
                }
            }
            What::Compiling { progress, .. } => {
                if let Some(bar) = bar {
                    let width = progress.total.to_string().len();
                    bar.set_message(format!("[{:>width$}/{}] {}", progress.index, progress.total, progress.module));
                }
            }
            What::Warning { text, .. } | What::Line { text } if self.all_lines => {
                let name = self.labels.of_event(event);
                self.line(&format!("{name}> {text}"));
            }
            What::Message { by, level: 0 | 1, text } => {
                for line in labels::message(*by, text) {
                    self.line(&line);
                }
            }
            _ => {}
        }
    }

    /// Prints a line above those that move.
    fn line(&self, line: &str) {
        self.all.println(foreign::shown(line, self.colour)).ok();
    }

    /// Takes all lines away.
    pub(super) fn finish(&mut self) {
        for bar in std::mem::take(&mut self.running).into_values() {
            bar.finish_and_clear();
        }
        self.all.clear().ok();
    }
}
