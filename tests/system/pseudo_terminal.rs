//! A program in a terminal: a real pseudo-terminal of the kernel, and a screen that is looked at.

use std::io::{Read, Write};
use std::num::NonZero;
use std::os::fd::{AsFd, OwnedFd};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

/// How long a program may take to show something.
const PATIENCE: Duration = Duration::from_secs(120);

/// After this time without a word, a drawing is over.
const PAUSE: Duration = Duration::from_millis(15);

/// A terminal with a program in it.
pub(crate) struct Terminal {
    ours: OwnedFd,
    program: Child,
    shared: Arc<Mutex<Shared>>,
    reader: Option<JoinHandle<()>>,
}

struct Shared {
    screen: vt100::Parser,
    /// All that was written.
    written: Vec<u8>,
    last: Instant,
}

/// What is left when the program has ended.
pub(crate) struct Ended {
    pub(crate) status: i32,
    /// The last screen.
    pub(crate) screen: String,
    pub(crate) written: String,
}

fn of(size: u16) -> NonZero<u16> {
    NonZero::new(size).expect("it is not 0")
}

impl Terminal {
    /// Starts a program in a terminal of this many columns and lines.
    pub(crate) fn start(command: &Command, columns: u16, lines: u16) -> Self {
        let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).expect("a pseudo-terminal");
        grantpt(&ours).expect("it is ours");
        unlockpt(&ours).expect("it is ours");
        let name = ptsname(&ours, Vec::new()).expect("a name").into_string().expect("a name");
        set_size(&ours, columns, lines);
        let theirs = || {
            let file = fs_err::OpenOptions::new().read(true).write(true).open(&name).expect("the other end");
            Stdio::from(file.into_parts().0)
        };
        // It leads a session of which this is the terminal, so that Ctrl-C reaches it.
        let mut leader = Command::new("setsid");
        leader.arg("--ctty").arg(command.get_program()).args(command.get_args());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => leader.env(name, value),
                None => leader.env_remove(name),
            };
        }
        leader.current_dir(command.get_current_dir().expect("a folder"));
        leader.env("TERM", "xterm-256color").env_remove("COLUMNS").env_remove("NO_COLOR");
        for (name, value) in command.get_envs().filter(|(name, _)| *name == "TERM" || *name == "NO_COLOR") {
            leader.env(name, value.expect("a value"));
        }
        let program = leader.stdin(theirs()).stdout(theirs()).stderr(theirs()).spawn().expect("it starts");
        // The other end is closed when the last process that has it ends.
        drop(leader);

        let shared = Arc::new(Mutex::new(Shared {
            screen: vt100::Parser::new(of(lines), of(columns), 1000),
            written: Vec::new(),
            last: Instant::now(),
        }));
        let mut from = std::fs::File::from(ours.try_clone().expect("a descriptor"));
        let told = Arc::clone(&shared);
        let reader = std::thread::spawn(move || {
            let mut bytes = [0; 16 * 1024];
            // Linux says EIO when nobody has the other end any more.
            while let Ok(count @ 1..) = from.read(&mut bytes) {
                let mut shared = told.lock().expect("no panic");
                shared.screen.process(&bytes[..count]);
                shared.written.extend(&bytes[..count]);
                shared.last = Instant::now();
                assert!(!shared.screen.screen().hide_cursor(), "the cursor is hidden");
            }
        });
        Self { ours, program, shared, reader: Some(reader) }
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().expect("no panic")
    }

    /// The screen when no drawing is under way, without blanks at the ends of lines.
    pub(crate) fn screen(&self) -> String {
        let begin = Instant::now();
        loop {
            let shared = self.shared();
            if shared.last.elapsed() > PAUSE || begin.elapsed() > PATIENCE {
                return text(&shared.screen);
            }
            drop(shared);
            std::thread::sleep(PAUSE / 3);
        }
    }

    /// Waits for a screen on which something is, and returns it. Each screen until then is looked at as well.
    #[track_caller]
    pub(crate) fn wait(&mut self, what: &str, mut is_there: impl FnMut(&str) -> bool) -> String {
        let begin = Instant::now();
        loop {
            let screen = self.screen();
            if is_there(&screen) {
                return screen;
            }
            let ended = self.program.try_wait().expect("its status").is_some();
            assert!(!ended && begin.elapsed() < PATIENCE, "no {what} (ended: {ended}) on the last screen:\n{screen}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Makes the terminal another size, as its window does.
    pub(crate) fn resize(&self, columns: u16, lines: u16) {
        let mut shared = self.shared();
        shared.screen.screen_mut().set_size(of(lines), of(columns));
        set_size(&self.ours, columns, lines);
    }

    /// Types something.
    pub(crate) fn types(&self, keys: &str) {
        let mut file = std::fs::File::from(self.ours.try_clone().expect("a descriptor"));
        file.write_all(keys.as_bytes()).expect("it is read");
    }

    /// Waits for the end of the program.
    pub(crate) fn end(mut self) -> Ended {
        let status = self.program.wait().expect("it ends").code().unwrap_or(-1);
        self.reader.take().expect("there is one").join().expect("the cursor was there all the time");
        let shared = self.shared();
        let written = String::from_utf8_lossy(&shared.written).into_owned();
        Ended { status, screen: text(&shared.screen), written }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // A test that failed leaves nothing that runs: hinc ends what it started when its terminal is gone.
        if self.program.try_wait().ok().flatten().is_none() {
            let id = i32::try_from(self.program.id()).expect("a process");
            let process = rustix::process::Pid::from_raw(id).expect("a process");
            rustix::process::kill_process(process, rustix::process::Signal::TERM).ok();
            self.program.wait().ok();
        }
    }
}

fn set_size(terminal: impl AsFd, columns: u16, lines: u16) {
    let size = Winsize { ws_col: columns, ws_row: lines, ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(terminal, size).expect("it is a terminal");
}

fn text(screen: &vt100::Parser) -> String {
    let screen = screen.screen();
    let rows: Vec<String> = screen.rows(0, screen.size().1.into()).map(|row| row.trim_end().to_owned()).collect();
    rows.join("\n").trim_end().to_owned()
}
