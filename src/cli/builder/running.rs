//! `hinc builder up` and `hinc builder down`.

use clap::Args;
use tokio_util::sync::CancellationToken;

use super::NameArgs;
use crate::builder::Guest;
use crate::builder::guest::Ending;
use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::exit::Exit;

/// Start the guest and wait until Nix answers on it.
///
/// It goes on in the background. Where it runs already, this only waits. Says meanwhile what happens, and where it
/// does not come, why.
#[derive(Debug, Args)]
pub(super) struct UpArgs {
    #[command(flatten)]
    name: NameArgs,
    /// Stay until the guest has ended, and shut it down where this is ended by a signal. For services.
    #[arg(long)]
    foreground: bool,
}

/// Shut the guest down.
///
/// The guest is asked to switch itself off; where it does not, QEMU is ended, and the guest's store is looked
/// through at the next start. No process is left.
#[derive(Debug, Args)]
pub(super) struct DownArgs {
    #[command(flatten)]
    name: NameArgs,
}

/// Starts the guest.
pub(super) async fn up(args: &UpArgs, context: &Context, cancel: &CancellationToken) -> Result<Exit, Failure> {
    let guest = super::guest(&args.name, context)?;
    super::started(&guest, context, cancel).await?;
    context.printer.note(&format!("{} is up", guest.name()));
    if args.foreground {
        stay(&guest, context, cancel).await?;
    }
    Ok(Exit::Success)
}

/// Waits until the guest has ended.
async fn stay(guest: &Guest, context: &Context, cancel: &CancellationToken) -> Result<(), Failure> {
    match guest.wait_for_end(cancel).await {
        Err(_) if cancel.is_cancelled() => {
            let say = |text: &str| context.printer.note(&format!("{}: {text}", guest.name()));
            // The signal was meant for the guest: its shutting down is not to be stopped by it.
            guest.down(&say, &CancellationToken::new()).await?;
        }
        ended => ended?,
    }
    context.printer.note(&format!("{} has ended", guest.name()));
    Ok(())
}

/// Shuts the guest down.
pub(super) async fn down(args: &DownArgs, context: &Context, cancel: &CancellationToken) -> Result<Exit, Failure> {
    let guest = super::guest(&args.name, context)?;
    let say = |text: &str| context.printer.note(&format!("{}: {text}", guest.name()));
    let ending = guest.down(&say, cancel).await?;
    let name = guest.name();
    context.printer.note(&match ending {
        None => format!("{name} does not run"),
        Some(Ending::Clean) => format!("{name} is down"),
        Some(Ending::Quit | Ending::Killed) => {
            format!("{name} is down; it did not switch itself off, so its store is looked through at the next start")
        }
    });
    Ok(Exit::Success)
}
