//! A line of a screen: texts, each in a tone.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use super::columns;

/// How a text is set apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    Plain,
    /// What the line is about.
    Name,
    /// What matters less.
    Dim,
    /// A failure.
    Bad,
}

impl Tone {
    /// How a terminal shows it.
    pub(super) const fn style(self) -> Style {
        match self {
            Self::Plain => Style::new(),
            Self::Name => Style::new().bold(),
            Self::Dim => Style::new().dimmed(),
            Self::Bad => AnsiColor::Red.on_default().bold(),
        }
    }
}

/// A line of a screen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Line {
    texts: Vec<(Tone, String)>,
    width: usize,
}

impl Line {
    /// A line of one text.
    pub(super) fn one(tone: Tone, text: &str) -> Self {
        let mut line = Self::default();
        line.add(tone, text);
        line
    }

    /// Adds a text at the end.
    pub(super) fn add(&mut self, tone: Tone, text: &str) {
        self.width += columns::width(text);
        self.texts.push((tone, text.to_owned()));
    }

    /// Adds blanks at the end.
    pub(super) fn blanks(&mut self, count: usize) {
        if count > 0 {
            self.add(Tone::Plain, &" ".repeat(count));
        }
    }

    /// How many columns it takes.
    pub(super) const fn width(&self) -> usize {
        self.width
    }

    /// Returns it as a terminal takes it.
    pub(super) fn rendered(&self, colour: bool) -> String {
        let mut text = String::new();
        for (tone, part) in &self.texts {
            let style = if colour { tone.style() } else { Style::new() };
            // Writing to a text does not fail.
            write!(text, "{style}{part}{style:#}").ok();
        }
        text.truncate(text.trim_end().len());
        text
    }
}
