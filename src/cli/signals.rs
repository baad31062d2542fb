//! Runs a command until it ends or a signal asks it to stop.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::failure::Failure;
use super::printer::leave_the_terminal;
use crate::error::{Diagnose, Hint};
use crate::exit::Exit;
use crate::files;
use crate::process;

/// Why a command did not run to its end.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    /// The runtime or the signal handlers could not be set up.
    #[error("cannot set up the program")]
    SetUp(#[source] std::io::Error),
}

impl Diagnose for Error {
    fn exit(&self) -> Exit {
        Exit::Environment
    }

    fn hints(&self) -> Vec<Hint> {
        vec![Hint::new(
            "the system gave no threads or no signal handlers: look at the limits of this user (`ulimit -a`)",
        )]
    }
}

/// How long a command that computes may take until it sees that it is to stop.
const PATIENCE: Duration = Duration::from_secs(3);

/// Signals that come so close together are one: `sudo` and `timeout` pass on what the terminal sent to all already.
const AS_ONE: Duration = Duration::from_millis(500);

/// What a second signal does to a command that is about to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Second {
    /// It ends it at once.
    Ends,
    /// Nothing: the command shuts down what would go on without it.
    Waits,
}

/// What the thread that listens and the one that runs the command tell each other.
#[derive(Debug, Default)]
struct Heard {
    /// How the command is to end, once a signal came.
    stopped: OnceLock<Exit>,
    /// The command has seen that it is to stop.
    noticed: Notify,
}

/// Runs a command with a token that a signal cancels. A command that was stopped in this way ends with
/// the exit code of the signal, after it has ended what it started.
///
/// Signals are heard on a thread of their own: a command that computes cannot keep them from being heard. Where it does
/// not see the token in time, or a second signal comes, the process ends at once, and what it started with it.
pub(super) fn block_on<F, R>(second: Second, command: F) -> Result<Result<Exit, Failure>, Error>
where
    F: FnOnce(CancellationToken) -> R,
    R: Future<Output = Result<Exit, Failure>>,
{
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().map_err(Error::SetUp)?;
    let cancel = CancellationToken::new();
    let heard = Arc::new(Heard::default());
    listen(second, Arc::clone(&heard), cancel.clone()).map_err(Error::SetUp)?;
    tracing::debug!("listening for signals");
    runtime.block_on(async {
        let command = command(cancel.clone());
        tokio::pin!(command);
        let mut noticed = false;
        loop {
            tokio::select! {
                result = &mut command => return Ok(ended(result, heard.stopped.get().copied())),
                () = cancel.cancelled(), if !noticed => { noticed = true; heard.noticed.notify_one(); }
            }
        }
    })
}

/// Starts the thread that listens. When this returns, no signal ends the process by itself.
fn listen(second: Second, heard: Arc<Heard>, cancel: CancellationToken) -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut signals = {
        let _inside = runtime.enter();
        Signals::new()?
    };
    let end = async move {
        let first = signals.next().await;
        // Nobody else sets it.
        heard.stopped.set(first).ok();
        cancel.cancel();
        let came = Instant::now();
        let unseen = async {
            if tokio::time::timeout(PATIENCE, heard.noticed.notified()).await.is_ok() {
                std::future::pending::<()>().await;
            }
        };
        let again = async {
            loop {
                let next = signals.next().await;
                if second == Second::Ends && came.elapsed() > AS_ONE {
                    return next;
                }
            }
        };
        let exit = tokio::select! {
            exit = again => exit,
            () = unseen => first,
        };
        process::system::end_all();
        files::remove_temporary_folders();
        leave_the_terminal();
        end_process(exit);
    };
    std::thread::Builder::new().name("signals".to_owned()).spawn(move || runtime.block_on(end)).map(drop)
}

#[expect(clippy::exit, reason = "the thread that computes can be ended in no other way")]
fn end_process(exit: Exit) {
    std::process::exit(exit.code().into());
}

/// The signals that ask a program to end.
#[derive(Debug)]
struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Signal,
}

impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    /// Waits for the next, and returns how the program ends by it.
    async fn next(&mut self) -> Exit {
        tokio::select! {
            _ = self.interrupt.recv() => Exit::Interrupted,
            _ = self.terminate.recv() => Exit::Terminated,
            _ = self.hang_up.recv() => Exit::Terminated,
        }
    }
}

/// How a command ends that a signal may have stopped. What fails after that fails for it: a connection that was cut off
/// is not its own fault then.
fn ended(result: Result<Exit, Failure>, stopped: Option<Exit>) -> Result<Exit, Failure> {
    match (result, stopped) {
        // It was done before the signal could stop it.
        (Ok(Exit::Success), _) => Ok(Exit::Success),
        (_, Some(exit)) => Ok(exit),
        (result, None) => result,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline;

    // A builder that no longer answered since hinc let go of it was "lost": 3 in place of 130.
    #[test]
    fn whoever_is_stopped_ends_with_the_code_of_the_signal() {
        let lost = || Failure::from(pipeline::Error::BuilderLost { builder: "far".to_owned(), tail: Vec::new() });
        let cancelled = || Failure::from(process::Error::Cancelled { program: "nix".to_owned() });
        let code = |result: Result<Exit, Failure>, stopped| match ended(result, stopped) {
            Ok(exit) => exit,
            Err(Failure(error)) => error.exit(),
        };
        for (stopped, expected) in [(Exit::Interrupted, Exit::Interrupted), (Exit::Terminated, Exit::Terminated)] {
            assert_eq!(code(Err(lost()), Some(stopped)), expected);
            assert_eq!(code(Err(cancelled()), Some(stopped)), expected);
            assert_eq!(code(Ok(Exit::BuildFailed), Some(stopped)), expected);
            assert_eq!(code(Ok(Exit::Success), Some(stopped)), Exit::Success);
        }
        assert_eq!(code(Err(lost()), None), Exit::Environment);
        assert_eq!(code(Ok(Exit::BuildFailed), None), Exit::BuildFailed);
    }
}
