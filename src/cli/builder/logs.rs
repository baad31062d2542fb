//! `hinc builder logs`.

use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;
use std::time::Duration;

use clap::Args;
use tokio_util::sync::CancellationToken;

use super::NameArgs;
use crate::cli::context::Context;
use crate::cli::error::Error;
use crate::cli::failure::Failure;
use crate::exit::Exit;

/// Print what the guest's console has said since its last start.
#[derive(Debug, Args)]
pub(super) struct LogsArgs {
    #[command(flatten)]
    name: NameArgs,
    /// Go on printing what comes, until Ctrl-C.
    #[arg(short, long)]
    follow: bool,
    /// The guest's console. This is the default.
    #[arg(long, conflicts_with = "qemu")]
    console: bool,
    /// What QEMU and the process that looks after it have said.
    #[arg(long)]
    qemu: bool,
}

/// How often it is looked for more.
const STEP: Duration = Duration::from_millis(300);

/// Prints a log.
pub(super) async fn run(args: &LogsArgs, context: &Context, cancel: &CancellationToken) -> Result<Exit, Failure> {
    let logs = super::guest(&args.name, context)?.logs();
    let files = if args.qemu { vec![logs.supervisor, logs.qemu] } else { vec![logs.console] };
    let mut logs: Vec<(u64, Whole)> = files.iter().map(|_| (0, Whole::default())).collect();
    loop {
        for (file, (at, lines)) in files.iter().zip(&mut logs) {
            let written = loop {
                let more = more(file, at).map_err(|source| Error::Input { path: file.clone(), source })?;
                let at_end = more.is_empty();
                let text = if at_end && !args.follow { lines.rest() } else { lines.of(&more) };
                // A guest says what it likes.
                let written = context.printer.answer(&text);
                if at_end || written != Exit::Success {
                    break written;
                }
            };
            if written != Exit::Success {
                return Ok(written);
            }
        }
        if !args.follow {
            return Ok(Exit::Success);
        }
        tokio::select! {
            () = tokio::time::sleep(STEP) => {}
            () = cancel.cancelled() => return Ok(Exit::Success),
        }
    }
}

/// How much is read at a time, in bytes.
const PIECE: u64 = 1 << 20;

/// How long a line may be without an end until it is printed all the same, in bytes.
const LONGEST_LINE: usize = 64 * 1024;

/// Makes whole lines of pieces: what half a line is can only be told with its other half.
#[derive(Default)]
struct Whole {
    begun: Vec<u8>,
}

impl Whole {
    /// Adds a piece, and returns the lines that have an end now.
    fn of(&mut self, piece: &[u8]) -> String {
        self.begun.extend_from_slice(piece);
        let end = memchr::memrchr(b'\n', &self.begun).map_or(0, |end| end + 1);
        let whole: Vec<u8> = self.begun.drain(..end).collect();
        let mut text = String::from_utf8_lossy(&whole).into_owned();
        if self.begun.len() > LONGEST_LINE {
            text.push_str(&self.rest());
        }
        text
    }

    /// Returns what has no end yet, with one.
    fn rest(&mut self) -> String {
        let rest = std::mem::take(&mut self.begun);
        if rest.is_empty() { String::new() } else { format!("{}\n", String::from_utf8_lossy(&rest)) }
    }
}

/// Returns what a file has from a place on, and moves the place to its end. A file that became shorter was begun
/// anew; one that is not there has nothing.
fn more(file: &Path, at: &mut u64) -> std::io::Result<Vec<u8>> {
    let mut open = match fs_err::File::open(file) {
        Ok(open) => open,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    if open.metadata()?.len() < *at {
        *at = 0;
    }
    open.seek(SeekFrom::Start(*at))?;
    let mut bytes = Vec::new();
    open.take(PIECE).read_to_end(&mut bytes)?;
    *at += bytes.len() as u64;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_line_waits_for_the_other_half() {
        let mut lines = Whole::default();
        assert_eq!(lines.of(b"one\r\n:"), "one\r\n");
        assert_eq!(lines.of(b":error::x"), "");
        assert_eq!(lines.of(b"\ntwo"), "::error::x\n");
        assert_eq!(lines.rest(), "two\n");
        assert_eq!(lines.rest(), "");
        let long = "x".repeat(LONGEST_LINE + 1);
        assert_eq!(lines.of(long.as_bytes()), format!("{long}\n"));
    }

    #[test]
    fn a_log_is_read_on_and_anew() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("console.log");
        let mut at = 0;
        assert_eq!(more(&file, &mut at).expect("nothing"), b"");
        fs_err::write(&file, "one\n").expect("it is written");
        assert_eq!(more(&file, &mut at).expect("it is read"), b"one\n");
        fs_err::write(&file, "one\ntwo\n").expect("it is written");
        assert_eq!(more(&file, &mut at).expect("it is read"), b"two\n");
        fs_err::write(&file, "new\n").expect("it is written");
        assert_eq!(more(&file, &mut at).expect("it is read"), b"new\n");
    }
}
