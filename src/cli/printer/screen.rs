//! The terminal behind stderr: a block of lines that move, and texts that go above it and stay.
//!
//! There is one terminal, so there is one block. Three things keep it whole:
//!
//! - Between two drawings the cursor is in the first column of the first line of the block. Many terminals break lines
//!   anew when their width changes, and then nobody knows how many lines above the cursor the block begins; the cursor
//!   itself stays with the text that it is at.
//! - Each line is written over the one before, and only its rest is erased; all of a drawing is one write. So nothing is
//!   ever gone from the screen that comes again.
//! - The cursor is never hidden and no mode is set, so nothing has to be set right again, whatever ends hinc.
//!
//! The sequences are those of ECMA-48: CUU (`A`), ED (`J`), EL (`K`).

use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::{Mutex, PoisonError, mpsc};
use std::time::Duration;

use super::moving::Size;

/// Erases from the cursor to the end of the screen.
const ERASE_BELOW: &str = "\x1b[J";

/// Erases from the cursor to the end of the line.
const ERASE_REST: &str = "\x1b[K";

/// How long the terminal may take when the process ends at once.
const LONGEST_LEAVE: Duration = Duration::from_millis(200);

static SHOWN: Mutex<Shown> = Mutex::new(Shown { lines: Vec::new(), size: None });

/// What is on the screen.
struct Shown {
    /// The lines of the block.
    lines: Vec<String>,
    /// How large the terminal was then.
    size: Option<Size>,
}

/// Returns how large the terminal behind stderr is; none where it is none. One that says that it has no columns or
/// lines, as some do that nobody told, is as good as none.
pub(super) fn size() -> Option<Size> {
    let (width, height) = terminal_size::terminal_size_of(std::io::stderr())?;
    let size = Size { width: usize::from(width.0), height: usize::from(height.0) };
    (size.width > 0 && size.height > 0).then_some(size)
}

/// Shows these lines in the place of those before. None of them may be as wide as the terminal.
pub(super) fn show(lines: Vec<String>, size: Size) {
    let mut shown = SHOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(text) = drawing(&shown.lines, shown.size, &lines, size) {
        write(&text);
    }
    *shown = Shown { lines, size: Some(size) };
}

/// Writes a text to stderr, above the block where there is one. It ends with a line end then.
pub(super) fn print(text: &str) {
    let shown = SHOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if shown.lines.is_empty() {
        write(text);
    } else {
        write(&above(text, &shown.lines));
    }
}

/// Takes the block away where the process ends at once, whatever others are about. A terminal that takes nothing (Ctrl-S)
/// is not waited for.
pub(in crate::cli) fn leave() {
    let (tell, done) = mpsc::channel();
    let clearing = std::thread::Builder::new().spawn(move || {
        clear();
        tell.send(()).ok();
    });
    if clearing.is_ok() {
        done.recv_timeout(LONGEST_LEAVE).ok();
    }
}

/// Takes the block away, for good or until it is shown again.
pub(super) fn clear() {
    let mut shown = SHOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if !std::mem::take(&mut shown.lines).is_empty() {
        write(&format!("\r{ERASE_BELOW}"));
    }
}

/// Where stderr itself is gone there is nobody left to tell.
fn write(text: &str) {
    let mut stderr = std::io::stderr().lock();
    stderr.write_all(text.as_bytes()).ok();
}

/// What makes a terminal show lines that shows others; nothing where it shows these.
fn drawing(before: &[String], before_size: Option<Size>, lines: &[String], size: Size) -> Option<String> {
    let is_resized = before_size != Some(size) && !before.is_empty();
    if before == lines && !is_resized {
        return None;
    }
    let mut text = String::from("\r");
    if is_resized {
        // Its lines can take more than one now.
        text.push_str(ERASE_BELOW);
    }
    text.push_str(&block(lines));
    Some(text)
}

/// A block from where the cursor is, and the cursor at its begin.
fn block(lines: &[String]) -> String {
    let mut text = String::new();
    for (index, line) in lines.iter().enumerate() {
        if index > 0 {
            text.push_str("\r\n");
        }
        text.push_str(line);
        text.push_str(ERASE_REST);
    }
    text.push_str(ERASE_BELOW);
    if lines.len() > 1 {
        // Writing to a text does not fail.
        write!(text, "\x1b[{}A", lines.len() - 1).ok();
    }
    text.push('\r');
    text
}

/// A text in the place of a block, and the block below it.
fn above(text: &str, lines: &[String]) -> String {
    let mut whole = format!("\r{ERASE_BELOW}");
    // The block is whole again at once: what is written last counts for the eye.
    whole.push_str(&text.replace('\n', "\r\n"));
    if !text.ends_with('\n') {
        whole.push_str("\r\n");
    }
    whole.push_str(&block(lines));
    whole
}

#[cfg(test)]
mod tests {
    use std::num::NonZero;

    use super::*;

    fn of(size: u16) -> NonZero<u16> {
        NonZero::new(size).expect("it is not 0")
    }

    fn terminal(rows: u16, columns: u16) -> vt100::Parser {
        vt100::Parser::new(of(rows), of(columns), 0)
    }

    /// A terminal after what was written to it, and its cursor.
    fn seen(terminal: &mut vt100::Parser, written: &str) -> (String, (u16, u16)) {
        terminal.process(written.as_bytes());
        let screen = terminal.screen();
        let rows: Vec<String> = screen.rows(0, screen.size().1.into()).collect();
        (rows.join("\n").trim_end().to_owned(), screen.cursor_position())
    }

    fn lines(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|&text| text.to_owned()).collect()
    }

    const SIZE: Size = Size { width: 20, height: 6 };

    #[test]
    fn a_block_is_replaced_and_what_is_printed_stays_above() {
        let mut terminal = terminal(6, 20);
        let first = lines(&["one", "two is long", "three"]);
        let drawn = drawing(&[], None, &first, SIZE).expect("it is new");
        assert_eq!(seen(&mut terminal, &drawn), ("one\ntwo is long\nthree".to_owned(), (0, 0)));
        assert_eq!(drawing(&first, Some(SIZE), &first, SIZE), None);

        let second = lines(&["one", "two"]);
        let drawn = drawing(&first, Some(SIZE), &second, SIZE).expect("it is new");
        assert!(!drawn.starts_with(&format!("\r{ERASE_BELOW}")), "it flickers");
        assert_eq!(seen(&mut terminal, &drawn), ("one\ntwo".to_owned(), (0, 0)));

        let printed = above("a line that is wider than the screen\nb", &second);
        let whole = "a line that is wider\n than the screen\nb\none\ntwo".to_owned();
        assert_eq!(seen(&mut terminal, &printed), (whole, (3, 0)));

        // The screen scrolls, and the block stays at its end.
        let printed = above("c\nd\n", &second);
        let whole = " than the screen\nb\nc\nd\none\ntwo".to_owned();
        assert_eq!(seen(&mut terminal, &printed), (whole, (4, 0)));
        let drawn = drawing(&second, Some(SIZE), &[], SIZE).expect("it is new");
        assert_eq!(seen(&mut terminal, &drawn).0, " than the screen\nb\nc\nd");
    }

    // Ctrl-C is written where the cursor is.
    #[test]
    fn what_the_terminal_writes_into_the_block_is_written_over() {
        let mut terminal = terminal(6, 20);
        let block = lines(&["one", "two"]);
        seen(&mut terminal, &drawing(&[], None, &block, SIZE).expect("it is new"));
        assert_eq!(seen(&mut terminal, "^C").0, "^Ce\ntwo");
        let next = lines(&["one", "2"]);
        let drawn = drawing(&block, Some(SIZE), &next, SIZE).expect("it is new");
        assert_eq!(seen(&mut terminal, &drawn), ("one\n2".to_owned(), (0, 0)));
    }

    #[test]
    fn a_terminal_of_another_size_is_drawn_anew() {
        let mut terminal = terminal(6, 20);
        let block = lines(&["one is a long line", "two is a long line"]);
        seen(&mut terminal, "above\r\n");
        seen(&mut terminal, &drawing(&[], None, &block, SIZE).expect("it is new"));
        // What a terminal does that breaks its lines anew: the cursor stays at its text.
        seen(&mut terminal, "\x1b[2;1Hone is a\r\nlong line\r\ntwo is a\r\nlong line\x1b[2;1H");
        terminal.screen_mut().set_size(of(6), of(9));
        let narrow = Size { width: 9, height: 6 };
        let next = lines(&["one", "two"]);
        let drawn = drawing(&block, Some(SIZE), &next, narrow).expect("it is new");
        assert_eq!(seen(&mut terminal, &drawn), ("above\none\ntwo".to_owned(), (1, 0)));
        assert!(drawing(&next, Some(narrow), &next, SIZE).is_some());
    }
}
