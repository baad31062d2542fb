//! What QEMU and the guest's console said last.

use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;

use crate::foreign;
use crate::process::TAIL_LINES;

/// How much of a file's end is looked at.
const WINDOW: u64 = 16 * 1024;

/// Returns the last lines of a file, without control characters and empty lines; none where it cannot be read.
pub(super) fn tail(path: &Path, lines: usize) -> Vec<String> {
    let read = || -> std::io::Result<Vec<u8>> {
        let mut file = fs_err::File::open(path)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(WINDOW)))?;
        let mut bytes = Vec::new();
        file.take(WINDOW).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let bytes = read().unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let text = foreign::lines(&text);
    let all: Vec<&str> = text.lines().map(str::trim_end).filter(|line| !line.trim().is_empty()).collect();
    all[all.len().saturating_sub(lines)..].iter().map(ToString::to_string).collect()
}

/// Returns the last lines of QEMU and of the console, with a word before each that says whose it is.
pub(super) fn both(qemu: &Path, console: &Path) -> Vec<String> {
    let named = |name: &str, path: &Path| -> Vec<String> {
        tail(path, TAIL_LINES / 2).into_iter().map(|line| format!("{name}: {line}")).collect()
    };
    [named("console", console), named("qemu", qemu)].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_readable() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("console.log");
        let text = "\u{1b}c\u{1b}[?7l\u{1b}[2J[    0.1] Linux\r\n\r\n\u{1b}]3008;start=1\u{1b}\\[\u{1b}[0;32m  OK  \u{1b}[0m] Started ssh\r\nlogin: ";
        fs_err::write(&path, format!("{}{text}", "x".repeat(20_000))).expect("it can be written");
        assert_eq!(tail(&path, 2), ["[  OK  ] Started ssh", "login:"]);
        assert_eq!(tail(&path, 9).len(), 3);
        assert!(tail(&folder.path().join("none"), 2).is_empty());
        assert_eq!(both(&path, &folder.path().join("none")).last().map(String::as_str), Some("qemu: login:"));
    }
}
