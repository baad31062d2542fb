//! Colours, where they are wanted.

use anstyle::{AnsiColor, Style};

/// Paints text, or leaves it alone.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paint {
    /// Whether to paint.
    pub(super) colour: bool,
}

impl Paint {
    /// For what was done.
    pub(super) fn good(self, text: &str) -> String {
        self.paint(AnsiColor::Green.on_default().bold(), text)
    }

    /// For what failed.
    pub(super) fn bad(self, text: &str) -> String {
        self.paint(AnsiColor::Red.on_default().bold(), text)
    }

    /// For what was not expected.
    pub(super) fn notable(self, text: &str) -> String {
        self.paint(AnsiColor::Yellow.on_default().bold(), text)
    }

    /// For titles.
    pub(super) fn title(self, text: &str) -> String {
        self.paint(Style::new().bold(), text)
    }

    /// For what matters less.
    pub(super) fn faint(self, text: &str) -> String {
        self.paint(Style::new().dimmed(), text)
    }

    fn paint(self, style: Style, text: &str) -> String {
        if self.colour && !text.is_empty() { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }
}
