//! A program that is looked at while it runs.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::scene::Ran;

/// A program that runs. It is killed when this is dropped.
pub(crate) struct Running {
    child: Child,
    stdout: Option<JoinHandle<String>>,
    stderr: Arc<Mutex<String>>,
    reader: Option<JoinHandle<()>>,
}

impl Running {
    /// Starts a program.
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
        let mut out = child.stdout.take().expect("stdout");
        let stdout = std::thread::spawn(move || {
            let mut bytes = Vec::new();
            out.read_to_end(&mut bytes).expect("stdout");
            String::from_utf8_lossy(&bytes).into_owned()
        });
        let stderr = Arc::new(Mutex::new(String::new()));
        let (seen, lines) = (Arc::clone(&stderr), BufReader::new(child.stderr.take().expect("stderr")));
        let reader = std::thread::spawn(move || {
            for line in lines.split(b'\n') {
                let line = line.expect("stderr");
                let mut seen = seen.lock().expect("the other half lives");
                seen.push_str(&String::from_utf8_lossy(&line));
                seen.push('\n');
            }
        });
        Self { child, stdout: Some(stdout), stderr, reader: Some(reader) }
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it wrote to stderr until now.
    pub(crate) fn stderr(&self) -> String {
        self.stderr.lock().expect("the other half lives").clone()
    }

    /// Waits until it has written a text to stderr.
    #[track_caller]
    pub(crate) fn until_it_says(&mut self, text: &str, within: Duration) {
        let start = Instant::now();
        while !self.stderr().contains(text) {
            let ended = self.child.try_wait().expect("it can be asked");
            assert!(ended.is_none() || self.stderr().contains(text), "it ended without `{text}`:\n{}", self.stderr());
            assert!(start.elapsed() < within, "no `{text}` within {within:?}:\n{}", self.stderr());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Kills it as the kernel does when memory is short.
    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("it can be killed");
    }

    /// Waits for its end.
    #[track_caller]
    pub(crate) fn end(mut self, within: Duration) -> Ran {
        let start = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("it can be asked") {
                break status;
            }
            assert!(start.elapsed() < within, "it still runs after {within:?}:\n{}", self.stderr());
            std::thread::sleep(Duration::from_millis(50));
        };
        let stdout = self.stdout.take().expect("it is waited for once").join().expect("stdout");
        self.reader.take().expect("it is waited for once").join().expect("stderr");
        Ran { status: status.code().unwrap_or(-1), stdout, stderr: self.stderr() }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.child.try_wait().ok().flatten().is_none() {
            self.child.kill().ok();
            self.child.wait().ok();
        }
    }
}

/// Waits until something holds.
#[track_caller]
pub(crate) fn until(what: &str, within: Duration, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < within, "not within {within:?}: {what}");
        std::thread::sleep(Duration::from_millis(100));
    }
}
