//! Runs an [`Invocation`]. The only `Command` of hinc is here.
//!
//! Every program gets a process group of its own: a Ctrl-C in the terminal then reaches
//! hinc alone, which ends the whole group in order and still writes its record.

use std::fmt;
use std::fs::File;
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, Command};
use tokio_util::sync::CancellationToken;

use super::groups::Groups;
use super::{Error, Invocation, LastLines};

/// How long a program may take to end after it was asked to, before it is killed.
/// GitHub's runner gives the whole job 7.5 s (actions/runner issue 1309).
const GRACE: Duration = Duration::from_secs(5);

/// How long programs may take to end where hinc itself ends at once.
const SHORT_GRACE: Duration = Duration::from_secs(1);

/// The programs that hinc waits for.
static RUNNING: Groups = Groups::new();

/// A line longer than this is cut, so that memory stays bounded whatever a program prints. No piece
/// of it is handed on as a line of its own, which it would not be.
const LONGEST_LINE: usize = 1 << 20;

/// What a line ends with that was cut, before the number of bytes that it lacks and `]`.
pub const CUT: &str = " … [the rest of this line is left out, in bytes: ";

/// How much of what a program says beside its answer is kept, in bytes: its last words.
const LAST_WORDS: usize = 1 << 20;

/// How a program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It ended by itself, with this code.
    Code(i32),
    /// A signal ended it.
    Signal(i32),
}

impl Status {
    /// Whether it ended with code 0.
    pub const fn success(self) -> bool {
        matches!(self, Self::Code(0))
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => write!(f, "ended with exit status {code}"),
            Self::Signal(signal) => write!(f, "was ended by signal {signal}"),
        }
    }
}

/// What a program left when it ended, whatever its status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// How it ended.
    pub status: Status,
    /// All it wrote to its standard output.
    pub stdout: Vec<u8>,
}

/// What a program that succeeded wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// Its standard output.
    pub stdout: Vec<u8>,
    /// The end of its standard error.
    pub stderr: Vec<u8>,
}

/// Runs a program to its end and returns what it wrote; an exit status other than 0 is
/// an error that carries the last lines of its standard error.
pub async fn output(invocation: &Invocation, cancel: &CancellationToken) -> Result<Output, Error> {
    let mut stderr = Vec::new();
    let finished = stream(invocation, cancel, |line| {
        stderr.extend_from_slice(line);
        stderr.push(b'\n');
        if stderr.len() > 2 * LAST_WORDS {
            stderr.drain(..stderr.len() - LAST_WORDS);
        }
    })
    .await?;
    if !finished.status.success() {
        return Err(failed(invocation, finished.status, &stderr));
    }
    Ok(Output { stdout: finished.stdout, stderr })
}

/// Runs a program and hands on its standard error line by line, without the line ends,
/// as it comes. Returns how it ended: a status other than 0 is not an error here.
pub async fn stream(
    invocation: &Invocation,
    cancel: &CancellationToken,
    on_stderr_line: impl FnMut(&[u8]),
) -> Result<Finished, Error> {
    let program = invocation.program_name();
    if cancel.is_cancelled() {
        return Err(Error::Cancelled { program });
    }
    let Some(started) = RUNNING.begin(|| spawn(invocation), Child::id) else {
        return Err(Error::Cancelled { program });
    };
    let mut child = started?;
    let pid = child.id();
    let mut guard = KillOnDrop { pid };
    let lost = |source| Error::Lost { program: program.clone(), source };

    let stdin = child.stdin.take();
    let mut stdout_pipe = child.stdout.take();
    let stderr_pipe = child.stderr.take();

    let feed = async {
        if let Some(mut pipe) = stdin {
            // A program that does not read all of its input is no fault.
            drop(pipe.write_all(&invocation.stdin).await);
        }
        Ok::<(), Error>(())
    };
    let collect = async {
        let mut bytes = Vec::new();
        let longest = invocation.longest_answer;
        if let Some(pipe) = stdout_pipe.as_mut() {
            pipe.take(longest as u64 + 1).read_to_end(&mut bytes).await.map_err(lost)?;
        }
        if bytes.len() > longest {
            return Err(Error::TooMuch { program: program.clone(), longest });
        }
        Ok(bytes)
    };
    let read = async {
        match stderr_pipe {
            Some(pipe) => each_line(pipe, on_stderr_line).await.map_err(lost),
            None => Ok(()),
        }
    };
    // What an ended program wrote is still read to the end, so no line is lost.
    let all = async { tokio::try_join!(feed, collect, read) };
    tokio::pin!(all);
    let finished = tokio::select! {
        biased;
        () = cancel.cancelled() => Err(Error::Cancelled { program: program.clone() }),
        late = past(invocation) => Err(late),
        result = &mut all => Ok(result?),
    };
    let ((), stdout, ()) = match finished {
        Ok(finished) => finished,
        Err(why) => {
            // Not SIGINT: what a shell starts in the background ignores it.
            signal_group(pid, Signal::TERM);
            // Its last words are read on while it ends: Nix names the builds that it stops.
            if tokio::time::timeout(GRACE, &mut all).await.is_err() {
                signal_group(pid, Signal::KILL);
            }
            drop(tokio::time::timeout(GRACE, child.wait()).await);
            return Err(why);
        }
    };
    let status = child.wait().await.map_err(lost)?;
    guard.ended();
    Ok(Finished { status: status_of(status), stdout })
}

/// Ends all programs that [`stream`] and [`output`] run, with their groups, without those that wait for them; none is
/// started after that. For the end of hinc alone. What was started to go on goes on.
pub fn end_all() {
    RUNNING.end(SHORT_GRACE);
}

/// Ends when a program has taken longer than it may.
async fn past(invocation: &Invocation) -> Error {
    let Some(limit) = invocation.limit else { return std::future::pending().await };
    tokio::time::sleep(limit).await;
    Error::Late { command: invocation.summary(), seconds: limit.as_secs() }
}

/// A program that goes on when hinc ends.
#[derive(Debug)]
pub struct Running {
    program: String,
    child: Child,
}

impl Running {
    /// Returns its process id; none where it has ended and was waited for.
    pub fn pid(&self) -> Option<u32> {
        self.child.id()
    }

    /// Waits for its end. May be dropped and called again.
    pub async fn wait(&mut self) -> Result<Status, Error> {
        let status = self.child.wait().await;
        status.map(status_of).map_err(|source| Error::Lost { program: self.program.clone(), source })
    }
}

/// In which session and group a program that goes on is started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In hinc's own group, so that it can make a session of its own (`setsid`), which the leader of a group cannot.
    Here,
    /// In a group of its own, which no signal of the terminal reaches.
    OwnGroup,
}

/// Starts a program that goes on when hinc ends: all it prints goes to a file, and dropping what is returned does
/// not end it. Its standard input is a file of the caller's, or nothing. A lock on that file (`flock`) is then held
/// until the program ends, however it ends, which tells whether it lives without a word about process ids.
pub fn start(invocation: &Invocation, place: Place, stdin: Option<File>, log: File) -> Result<Running, Error> {
    let lost = |source| Error::Spawn { program: invocation.program_name(), source };
    let mut command = command(invocation);
    command
        .stdin(stdin.map_or_else(Stdio::null, Stdio::from))
        .stdout(Stdio::from(log.try_clone().map_err(lost)?))
        .stderr(Stdio::from(log))
        .kill_on_drop(false);
    if place == Place::OwnGroup {
        command.process_group(0);
    }
    Ok(Running { program: invocation.program_name(), child: spawned(invocation, &mut command)? })
}

/// Makes hinc this program, with its terminal and standard streams. Returns only where that fails.
pub fn become_program(invocation: &Invocation) -> Error {
    use std::os::unix::process::CommandExt;
    let source = command(invocation).as_std_mut().exec();
    not_started(invocation, source)
}

fn command(invocation: &Invocation) -> Command {
    tracing::debug!("starting {}", invocation.summary());
    #[expect(clippy::disallowed_methods, reason = "this is the module that the ban points to")]
    let mut command = Command::new(&invocation.program);
    command.args(&invocation.args).envs(&invocation.env);
    if let Some(folder) = &invocation.cwd {
        command.current_dir(folder);
    }
    command
}

fn spawn(invocation: &Invocation) -> Result<Child, Error> {
    let mut command = command(invocation);
    command
        .stdin(if invocation.stdin.is_empty() { Stdio::null() } else { Stdio::piped() })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true);
    spawned(invocation, &mut command)
}

fn spawned(invocation: &Invocation, command: &mut Command) -> Result<Child, Error> {
    command.spawn().map_err(|source| not_started(invocation, source))
}

fn not_started(invocation: &Invocation, source: std::io::Error) -> Error {
    let program = invocation.program_name();
    // A missing working folder gives the same error kind as a missing program.
    let folder_is_there = invocation.cwd.as_ref().is_none_or(|folder| folder.is_dir());
    if source.kind() == std::io::ErrorKind::NotFound && folder_is_there {
        Error::NotFound { program }
    } else {
        Error::Spawn { program, source }
    }
}

/// Ends the group when the future that runs it is dropped half-way.
struct KillOnDrop {
    pid: Option<u32>,
}

impl KillOnDrop {
    /// It ended by itself: its number may soon be another one's.
    fn ended(&mut self) {
        if let Some(pid) = self.pid.take() {
            RUNNING.forget(pid);
        }
    }
}

impl Drop for KillOnDrop {
    fn drop(&mut self) {
        signal_group(self.pid, Signal::KILL);
        self.ended();
    }
}

fn signal_group(pid: Option<u32>, signal: Signal) {
    let group = pid.and_then(|pid| i32::try_from(pid).ok()).and_then(Pid::from_raw);
    if let Some(group) = group {
        // The group may be gone already, which is what was wanted.
        kill_process_group(group, signal).ok();
    }
}

async fn each_line(pipe: impl AsyncRead + Unpin, mut on_line: impl FnMut(&[u8])) -> std::io::Result<()> {
    let mut reader = BufReader::with_capacity(64 * 1024, pipe);
    let mut line = Vec::new();
    let mut left_out: u64 = 0;
    let mut hand_on = |line: &mut Vec<u8>, left_out: &mut u64| {
        if *left_out > 0 {
            line.extend_from_slice(format!("{CUT}{left_out}]").as_bytes());
        }
        on_line(line);
        line.clear();
        *left_out = 0;
    };
    loop {
        let chunk = reader.fill_buf().await?;
        if chunk.is_empty() {
            if !line.is_empty() {
                hand_on(&mut line, &mut left_out);
            }
            return Ok(());
        }
        let end = memchr::memchr(b'\n', chunk);
        let piece = &chunk[..end.unwrap_or(chunk.len())];
        let (kept, cut) = piece.split_at(LONGEST_LINE.saturating_sub(line.len()).min(piece.len()));
        line.extend_from_slice(kept);
        left_out += cut.len() as u64;
        let used = end.map_or(chunk.len(), |end| end + 1);
        reader.consume(used);
        if end.is_some() {
            hand_on(&mut line, &mut left_out);
        }
    }
}

fn failed(invocation: &Invocation, status: Status, stderr: &[u8]) -> Error {
    let mut tail = LastLines::default();
    stderr.split(|&byte| byte == b'\n').for_each(|line| tail.push(line));
    Error::Failed { command: invocation.summary(), status, tail: tail.into_lines() }
}

fn status_of(status: std::process::ExitStatus) -> Status {
    use std::os::unix::process::ExitStatusExt;
    match (status.code(), status.signal()) {
        (Some(code), _) => Status::Code(code),
        (None, Some(signal)) => Status::Signal(signal),
        (None, None) => Status::Code(-1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Invocation {
        Invocation::new("sh").args(["-c", script])
    }

    #[tokio::test]
    async fn lines_come_whole_and_in_order() {
        let mut lines = Vec::new();
        let finished = stream(&shell("echo out; printf 'one\\ntwo' >&2; exit 3"), &CancellationToken::new(), |line| {
            lines.push(String::from_utf8_lossy(line).into_owned());
        })
        .await
        .expect("sh runs");
        assert_eq!(lines, ["one", "two"]);
        assert_eq!(finished, Finished { status: Status::Code(3), stdout: b"out\n".to_vec() });
    }

    #[tokio::test]
    async fn a_line_of_a_gigabyte_is_cut_and_said_to_be() {
        let mut lines = Vec::new();
        let script = "{ head -c 1G /dev/zero | tr '\\0' x; echo; echo next; } >&2";
        let mut longest = 0;
        stream(&shell(script), &CancellationToken::new(), |line| {
            longest = longest.max(line.len());
            lines.push(String::from_utf8_lossy(&line[line.len().saturating_sub(70)..]).into_owned());
        })
        .await
        .expect("sh runs");
        assert!(longest < LONGEST_LINE + 100);
        assert!(lines[0].ends_with(&format!("x{CUT}{}]", (1 << 30) - LONGEST_LINE)), "{}", lines[0]);
        assert_eq!((lines.len(), lines[1].as_str()), (2, "next"));
    }

    #[tokio::test]
    async fn an_answer_has_a_bound() {
        let endless = shell("yes").answers_at_most(1 << 20);
        let error = output(&endless, &CancellationToken::new()).await.expect_err("it never ends");
        assert!(matches!(error, Error::TooMuch { ref program, .. } if program == "sh"), "{error:?}");
        assert_eq!(error.to_string(), "`sh` answered with more than 1 MB");
        let whole = shell("head -c 1048576 /dev/zero").answers_at_most(1 << 20);
        let output = output(&whole, &CancellationToken::new()).await.expect("it is no more");
        assert_eq!(output.stdout.len(), 1 << 20);
    }

    #[tokio::test]
    async fn what_is_said_beside_an_answer_has_a_bound() {
        let script = shell("head -c 9000000 /dev/zero | tr '\\0' '\\n' >&2; echo last >&2; exit 1");
        let error = output(&script, &CancellationToken::new()).await.expect_err("it fails");
        let Error::Failed { tail, .. } = error else { panic!("{error:?}") };
        assert_eq!(tail, ["last"]);
    }

    #[tokio::test]
    async fn a_question_has_a_time_limit_and_its_group_ends() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mark = folder.path().join("mark");
        let script = format!("(sleep 1; echo alive > {}) & wait", mark.display());
        let question = shell(&script).within(Duration::from_millis(200));
        let error = output(&question, &CancellationToken::new()).await.expect_err("it is silent");
        assert!(matches!(error, Error::Late { .. }), "{error:?}");
        tokio::time::sleep(Duration::from_millis(1500)).await;
        assert!(!mark.exists());
    }

    #[tokio::test]
    async fn a_failure_carries_the_last_lines() {
        let error = output(&shell("seq 1 30 >&2; exit 1"), &CancellationToken::new()).await.expect_err("it fails");
        let Error::Failed { status, tail, .. } = error else { panic!("{error:?}") };
        assert_eq!(status, Status::Code(1));
        assert_eq!((tail.len(), tail[0].as_str(), tail[19].as_str()), (20, "11", "30"));
    }

    #[tokio::test]
    async fn a_missing_program_is_named() {
        let error = output(&Invocation::new("no-such-program"), &CancellationToken::new()).await.expect_err("missing");
        assert!(matches!(error, Error::NotFound { program } if program == "no-such-program"));
    }

    #[tokio::test]
    async fn cancelling_ends_the_whole_group() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mark = folder.path().join("mark");
        // The grandchild would write the mark if it outlived the group.
        let script = format!("(sleep 1; echo alive > {}) & echo ready >&2; wait", mark.display());
        let cancel = CancellationToken::new();
        let token = cancel.clone();
        let result = stream(&shell(&script), &cancel, move |_| token.cancel()).await;
        assert!(matches!(result, Err(Error::Cancelled { .. })), "{result:?}");
        tokio::time::sleep(Duration::from_millis(1500)).await;
        assert!(!mark.exists());
    }

    #[tokio::test]
    async fn all_groups_can_be_ended_and_none_begins_after_that() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mark = |name: &str| folder.path().join(name);
        let groups = Groups::new();
        let begin = |script: String| groups.begin(|| spawn(&shell(&script)), Child::id);
        let begun = |script: String| begin(script).expect("they are not ended").expect("sh starts");
        // One that ends when it is asked to, and tells so; and one that does not.
        let polite = format!(
            "trap 'echo > {}; exit 0' TERM; echo > {}; while :; do sleep 0.1; done",
            mark("asked").display(),
            mark("one").display()
        );
        let stubborn = format!("trap '' TERM; echo > {}; while :; do sleep 0.1; done", mark("two").display());
        let (mut polite, mut stubborn) = (begun(polite), begun(stubborn));
        while !mark("one").exists() || !mark("two").exists() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        groups.end(Duration::from_millis(500));
        assert_eq!(status_of(polite.wait().await.expect("its end")), Status::Code(0));
        assert_eq!(status_of(stubborn.wait().await.expect("its end")), Status::Signal(9));
        assert!(mark("asked").exists());
        assert!(begin("true".to_owned()).is_none());
    }

    #[tokio::test]
    async fn a_started_program_goes_on_and_holds_its_lock() {
        use rustix::fs::{FlockOperation, flock};
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = |name: &str| folder.path().join(name);
        let lock = File::from(fs_err::File::create(path("lock")).expect("a file"));
        flock(&lock, FlockOperation::LockExclusive).expect("it is free");
        let log = File::from(fs_err::File::create(path("log")).expect("a file"));
        let script = shell("echo out; echo err >&2; sleep 0.4; exit 3");
        let mut running = start(&script, Place::OwnGroup, Some(lock), log).expect("sh starts");
        let is_free = || {
            let file = fs_err::File::open(path("lock")).expect("a file");
            flock(file.file(), FlockOperation::NonBlockingLockShared).is_ok()
        };
        assert!(running.pid().is_some() && !is_free());
        assert_eq!(running.wait().await.expect("it ends"), Status::Code(3));
        assert!(is_free());
        assert_eq!(fs_err::read_to_string(path("log")).expect("the log"), "out\nerr\n");

        let log = File::from(fs_err::File::create(path("log")).expect("a file"));
        let mark = shell(&format!("sleep 0.3; echo alive > {}", path("mark").display()));
        drop(start(&mark, Place::Here, None, log).expect("sh starts"));
        tokio::time::sleep(Duration::from_millis(900)).await;
        assert!(path("mark").exists(), "it ended with what started it");
    }

    #[tokio::test]
    async fn what_cannot_be_become_is_named() {
        let error = become_program(&Invocation::new("no-such-program"));
        assert!(matches!(error, Error::NotFound { program } if program == "no-such-program"));
    }

    #[tokio::test]
    async fn input_is_fed() {
        let mut invocation = Invocation::new("cat");
        invocation.stdin = vec![b'x'; 300_000];
        let output = output(&invocation, &CancellationToken::new()).await.expect("cat runs");
        assert_eq!(output.stdout, invocation.stdin);
    }
}
