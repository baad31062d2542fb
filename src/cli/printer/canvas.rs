//! What indicatif draws on.
//!
//! indicatif says when to draw. By itself it would also say how: it fills each line with blanks up to the width of the
//! terminal and relies on it to go on in the next (`DrawState::draw_to_term`, 0.18). A terminal that breaks lines anew
//! when its width changes takes all of them for one long line then. So here its lines are lines again, and [`screen`]
//! draws them.

use std::io;
use std::sync::{Mutex, PoisonError};

use indicatif::TermLike;

use super::moving::Size;
use super::screen;

/// How large a terminal is that does not say it: as the first ones were.
const USUAL: Size = Size { width: 80, height: 24 };

/// Lines, and where the next text goes.
#[derive(Debug, Default)]
pub(super) struct Canvas {
    rows: Mutex<Rows>,
}

#[derive(Debug, Default)]
struct Rows {
    texts: Vec<String>,
    at: usize,
    /// Whether the row was filled up to the width.
    is_full: bool,
}

/// Returns how large the terminal is.
pub(super) fn size() -> Size {
    screen::size().unwrap_or(USUAL)
}

impl Rows {
    fn row(&mut self) -> &mut String {
        if self.texts.len() <= self.at {
            self.texts.resize(self.at + 1, String::new());
        }
        &mut self.texts[self.at]
    }

    fn write(&mut self, text: &str) {
        // No line of a layout is of blanks alone.
        if text.bytes().all(|byte| byte == b' ') {
            self.is_full = true;
            return;
        }
        if std::mem::take(&mut self.is_full) {
            self.at += 1;
        }
        self.row().push_str(text);
    }

    fn move_to(&mut self, at: usize) {
        self.at = at;
        self.is_full = false;
    }

    fn lines(&self) -> Vec<String> {
        let end = self.texts.iter().rposition(|text| !text.is_empty()).map_or(0, |last| last + 1);
        self.texts[..end].to_vec()
    }
}

impl Canvas {
    fn with<T>(&self, change: impl FnOnce(&mut Rows) -> T) -> T {
        change(&mut self.rows.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl TermLike for Canvas {
    fn width(&self) -> u16 {
        u16::try_from(size().width).unwrap_or(u16::MAX)
    }

    fn height(&self) -> u16 {
        u16::try_from(size().height).unwrap_or(u16::MAX)
    }

    fn move_cursor_up(&self, n: usize) -> io::Result<()> {
        self.with(|rows| rows.move_to(rows.at.saturating_sub(n)));
        Ok(())
    }

    fn move_cursor_down(&self, n: usize) -> io::Result<()> {
        self.with(|rows| rows.move_to(rows.at + n));
        Ok(())
    }

    fn move_cursor_right(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_left(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        self.with(|rows| {
            rows.write(text);
            rows.is_full = true;
        });
        Ok(())
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        self.with(|rows| rows.write(text));
        Ok(())
    }

    fn clear_line(&self) -> io::Result<()> {
        self.with(|rows| {
            rows.row().clear();
            rows.is_full = false;
        });
        Ok(())
    }

    fn flush(&self) -> io::Result<()> {
        screen::show(self.with(|rows| rows.lines()), size());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

    use super::*;

    /// A canvas that keeps what would be shown.
    #[derive(Debug, Default, Clone)]
    struct Kept {
        canvas: Arc<Canvas>,
        shown: Arc<Mutex<Vec<Vec<String>>>>,
    }

    impl TermLike for Kept {
        fn width(&self) -> u16 {
            20
        }
        fn height(&self) -> u16 {
            6
        }
        fn move_cursor_up(&self, n: usize) -> io::Result<()> {
            self.canvas.move_cursor_up(n)
        }
        fn move_cursor_down(&self, n: usize) -> io::Result<()> {
            self.canvas.move_cursor_down(n)
        }
        fn move_cursor_right(&self, n: usize) -> io::Result<()> {
            self.canvas.move_cursor_right(n)
        }
        fn move_cursor_left(&self, n: usize) -> io::Result<()> {
            self.canvas.move_cursor_left(n)
        }
        fn write_line(&self, text: &str) -> io::Result<()> {
            self.canvas.write_line(text)
        }
        fn write_str(&self, text: &str) -> io::Result<()> {
            self.canvas.write_str(text)
        }
        fn clear_line(&self) -> io::Result<()> {
            self.canvas.clear_line()
        }
        fn flush(&self) -> io::Result<()> {
            self.shown.lock().expect("no other").push(self.canvas.with(|rows| rows.lines()));
            Ok(())
        }
    }

    // What indicatif asks of a terminal is no part of its promises: a newer one must not break this unseen.
    #[test]
    fn lines_of_indicatif_stay_lines() {
        let kept = Kept::default();
        let bar = ProgressBar::no_length().with_style(ProgressStyle::with_template("{msg}").expect("a template"));
        bar.set_draw_target(ProgressDrawTarget::term_like(Box::new(kept.clone())));
        for message in ["one\ntwo", "\x1b[1mone\x1b[0m\ntwo\nthree of 漢字", "three", ""] {
            bar.set_message(message);
        }
        bar.set_message("again\nand again");
        bar.finish_and_clear();
        let shown = kept.shown.lock().expect("no other").clone();
        let expected: [&[&str]; 6] = [
            &["one", "two"],
            &["\x1b[1mone\x1b[0m", "two", "three of 漢字"],
            &["three"],
            &[],
            &["again", "and again"],
            &[],
        ];
        assert_eq!(shown, expected);
    }
}
