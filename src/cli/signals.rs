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
                    return Ok(match (result, stopped) {
                        // It was done before the signal could stop it.
                        (Ok(Exit::Success), _) => Ok(Exit::Success),
                        (Ok(exit), stopped) => Ok(stopped.unwrap_or(exit)),
                        (Err(failure), Some(exit)) if failure.0.exit() == Exit::Interrupted => Ok(exit),
                        (Err(failure), _) => Err(failure),
                    });
                }
                _ = interrupt.recv() => { stopped = Some(Exit::Interrupted); cancel.cancel(); }
                _ = terminate.recv() => { stopped = Some(Exit::Terminated); cancel.cancel(); }
                _ = hang_up.recv() => { stopped = Some(Exit::Terminated); cancel.cancel(); }
            }
        }
    })
}
