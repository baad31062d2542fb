//! Runs a command until it ends or a signal asks it to stop.

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::failure::Failure;
use crate::error::{Diagnose, Hint};
use crate::exit::Exit;

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

/// Runs a command with a token that a signal cancels. A command that was stopped in this way ends with
/// the exit code of the signal, after it has ended what it started.
pub(super) fn block_on<F, R>(command: F) -> Result<Result<Exit, Failure>, Error>
where
    F: FnOnce(CancellationToken) -> R,
    R: Future<Output = Result<Exit, Failure>>,
{
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().map_err(Error::SetUp)?;
    runtime.block_on(async {
        let cancel = CancellationToken::new();
        let mut interrupt = signal(SignalKind::interrupt()).map_err(Error::SetUp)?;
        let mut terminate = signal(SignalKind::terminate()).map_err(Error::SetUp)?;
        let mut hang_up = signal(SignalKind::hangup()).map_err(Error::SetUp)?;
        let command = command(cancel.clone());
        tokio::pin!(command);
        let mut stopped = None;
        loop {
            tokio::select! {
                result = &mut command => {
                    return Ok(ended(result, stopped));
                }
                _ = interrupt.recv() => { stopped = Some(Exit::Interrupted); cancel.cancel(); }
                _ = terminate.recv() => { stopped = Some(Exit::Terminated); cancel.cancel(); }
                _ = hang_up.recv() => { stopped = Some(Exit::Terminated); cancel.cancel(); }
            }
        }
    })
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
    use crate::process;

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
