//! `hinc builder up` and `hinc builder down`.

use clap::Args;
use tokio_util::sync::CancellationToken;

use super::NameArgs;
use crate::builder::guest::Ending;
use crate::cli::{Context, Failure};
use crate::exit::Exit;

/// Start the guest and wait until Nix answers on it.
///
/// It goes on in the background. Where it runs already, this only waits. Says meanwhile what happens, and where it
/// does not come, why.
#[derive(Debug, Args)]
pub(super) struct UpArgs {
    #[command(flatten)]
    name: NameArgs,
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
    Ok(Exit::Success)
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
